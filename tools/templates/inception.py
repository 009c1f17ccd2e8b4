"""Networks that look at an image through windows of several sizes at once."""

from engine.blocks import Block
from engine.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    Input,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
)
from engine.project import Project
from tools.templates.classics import CLASSES, classified, on_images
from tools.templates.sketch import Sketch, between_ends, block


def conv_norm_relu() -> type[Block]:
    """The one step that these networks are made of."""
    exposed = {
        "channels": "conv2d_1.out_channels",
        "size": "conv2d_1.kernel_size",
        "stride": "conv2d_1.stride",
        "padding": "conv2d_1.padding",
    }
    drawing = between_ends(Conv2d(64, 1, 1, 0, bias=False), BatchNorm2d(eps=0.001), ReLU())
    return block("ConvNormReLU", drawing, "Filters, normalisation, bend: the one step all is made of.", exposed)


def googlenet() -> Project:
    """Szegedy et al. (2014) with batch norm and 3 × 3 for 5 × 5, as torchvision has it; without the auxiliary heads."""
    step = conv_norm_relu()
    mixed = _mixed(step)
    net = Sketch(Input())
    net.part("Stem", step(channels=64, size=7, stride=2, padding=3), MaxPool2d(3, 2, ceil_mode=True))
    net.part("Stem, wider", step(), step(channels=192, size=3, padding=1), MaxPool2d(3, 2, ceil_mode=True))
    stages = (
        ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
        (
            *((192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64)),
            *((112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128)),
        ),
        ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)),
    )
    shrinks = (MaxPool2d(3, 2, ceil_mode=True), MaxPool2d(2, 2, ceil_mode=True))
    for number, rows in enumerate(stages, 1):
        blocks = [mixed(**dict(zip(BRANCHES, row, strict=True))) for row in rows]
        net.part(f"Stage {number}", *blocks, *shrinks[number - 1 : number])
        if number == 1:
            net.note("Each block looks through windows of several sizes at once, and keeps what all of them see.")
    network = classified(net, AdaptiveAvgPool2d(1), Flatten(), Dropout(0.2), Linear(CLASSES))
    about = (
        "Windows of several sizes side by side: the winner of 2014, a twentieth as large as VGG16.\n"
        "C. Szegedy et al., 2014, with batch norm as in torchvision. On ImageNet it reaches 69.8 % top-1."
    )
    return on_images(network, "GoogLeNet", about)


BRANCHES = ("ones", "before_threes", "threes", "before_more", "more", "pooled")


def _mixed(step: type[Block]) -> type[Block]:
    """Four ways side by side."""
    net = Sketch(Input())
    start = net.end
    ways = [
        net.then(step(), after=start),
        net.then(step(), step(size=3, padding=1), after=start),
        net.then(step(), step(size=3, padding=1), after=start),
        net.then(MaxPool2d(3, 1, 1), step(), after=start),
    ]
    net.join(Concat(), *ways)
    net.then(Output())
    exposed = {name: f"convnormrelu_{number}.channels" for number, name in enumerate(BRANCHES, 1)}
    return block("Mixed", net, "Four ways through windows of several sizes, side by side.", exposed)
