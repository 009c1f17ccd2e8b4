"""Networks that answer for each pixel."""

from engine.blocks import Block
from engine.data import Data
from engine.datasets import RandomImages
from engine.layers import (
    BatchNorm2d,
    Concat,
    Conv2d,
    ConvTranspose2d,
    Input,
    MaxPool2d,
    Output,
    ReLU,
    Sigmoid,
)
from engine.losses import BinaryCrossEntropy
from engine.optimizers import Adam
from engine.project import Project
from engine.training import Training
from tools.templates.sketch import Sketch, between_ends, block

SIZE = 256


def unet() -> Project:
    """Ronneberger et al. (2015), with borders kept and batch norm, as nearly everybody builds it today."""
    step, up = double(), up_again()
    net = Sketch(Input())
    levels = [net.part("Level 1", step(channels=64))]
    net.note("Down: ever smaller, ever more channels: *what* is there.\n\nUp: back to each pixel: *where* it is.")
    for number, width in enumerate((128, 256, 512), 2):
        levels.append(net.part(f"Level {number}", MaxPool2d(), step(channels=width)))
    net.part("Bottom", MaxPool2d(), step(channels=1024))
    for width, level in zip((512, 256, 128, 64), reversed(levels), strict=True):
        net.join(up(channels=width), net.end, level)
    net.part("Answer", Conv2d(1, 1), Sigmoid())
    net.then(Output())
    about = (
        "Finds what belongs to a thing, pixel by pixel: the standard of medical images.\n"
        "O. Ronneberger, P. Fischer and T. Brox, 2015. With thirty images of cells it won its challenge."
    )
    data = Data(RandomImages(image_size=SIZE, class_count=2, samples=64, classified="pixels"), test=0.1)
    training = Training(BinaryCrossEntropy(), Adam(learning_rate=0.0001), batch_size=2)
    return Project(net.drawn(), data, training, "U-Net", about)


def double() -> type[Block]:
    layers = (Conv2d(64, 3, padding=1, bias=False), BatchNorm2d(), ReLU())
    exposed = {"channels": "conv2d_1.out_channels, conv2d_2.out_channels"}
    return block("DoubleConv", between_ends(*layers, *layers), "Looks twice.", exposed)


def up_again() -> type[Block]:
    net = Sketch(Input())
    larger = net.then(ConvTranspose2d(64, 2, 2))
    beside = net.beside(Input())
    net.join(Concat(), beside, larger)
    for _ in range(2):
        net.then(Conv2d(64, 3, padding=1, bias=False), BatchNorm2d(), ReLU())
    net.then(Output())
    places = ("convtranspose2d_1", "conv2d_1", "conv2d_2")
    exposed = {"channels": ", ".join(f"{place}.out_channels" for place in places)}
    words = "Doubles the image from below (first), lays what was seen on the way down (second) beside it, looks twice."
    return block("Up", net, words, exposed)
