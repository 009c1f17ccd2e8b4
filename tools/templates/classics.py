"""The networks that made history on ImageNet, drawn as their papers draw them, for 1,000 classes of 224 × 224 pixels.

Where paper and torchvision differ, torchvision is followed, whose weights the world uses: its parameters are counted
here to the last one.
"""

from engine.data import Data
from engine.datasets import RandomImages
from engine.graph import Graph
from engine.layers import (
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    Softmax,
)
from engine.losses import CrossEntropy
from engine.optimizers import Momentum
from engine.project import Project, Silenced
from engine.training import Training
from tools.templates.sketch import Sketch, between_ends, block

CLASSES = 1000
CHANNELS = {"channels": "conv2d_1.out_channels"}


def on_images(network: Graph, title: str, description: str, learning_rate: float = 0.01, size: int = 224) -> Project:
    """A network as a document: images of noise until real ones are there, trained as the papers did."""
    return Project(
        network,
        Data(RandomImages(image_size=size), test=0.1),
        Training(CrossEntropy(), Momentum(learning_rate=learning_rate, weight_decay=1e-4), batch_size=16),
        title,
        # A number and its percent sign stay on one line.
        description.replace(" %", "\u00a0%"),
    )


def classified(net: Sketch, *layers: Layer) -> Graph:
    """The network with its last part and its answer."""
    net.part("Classifier", *layers, Softmax())
    net.then(Output())
    return net.drawn()


def alexnet() -> Project:
    """Krizhevsky (2014), “One weird trick for parallelizing convolutional neural networks”."""
    net = Sketch(Input())
    net.part("Coarse patterns", Conv2d(64, 11, 4, 2), ReLU(), MaxPool2d(3, 2))
    net.note("The network that began it all: it won ImageNet in 2012 by ten points.\n\nThis is its version of 2014.")
    net.part("Combinations", Conv2d(192, 5, padding=2), ReLU(), MaxPool2d(3, 2))
    bends = (ReLU(),)
    deep = (Conv2d(384, 3, padding=1), *bends, Conv2d(256, 3, padding=1), *bends, Conv2d(256, 3, padding=1), *bends)
    net.part("Parts of things", *deep, MaxPool2d(3, 2), AdaptiveAvgPool2d(6), Flatten())
    net.note("Nearly all of the 61 million parameters stand in the three Linear layers below.")
    network = classified(net, Dropout(), Linear(4096), ReLU(), Dropout(), Linear(4096), ReLU(), Linear(CLASSES))
    about = (
        "The network with which deep learning took over computer vision.\n"
        "A. Krizhevsky, 2014, after Krizhevsky, Sutskever and Hinton, 2012. On ImageNet it reaches 56.5 % top-1."
    )
    return on_images(network, "AlexNet", about)


def vgg16(normalized: bool = False) -> Project:
    """Simonyan and Zisserman (2014), configuration D; with batch normalisation as torchvision adds it."""
    norm = (BatchNorm2d(),) if normalized else ()
    layers = (Conv2d(64, 3, padding=1), *norm, ReLU())
    name, words = ("ConvNormReLU", "Filters, normalisation, bend") if normalized else ("ConvReLU", "Filters and bend")
    step = block(name, between_ends(*layers), f"{words}: the one step that VGG is made of.", CHANNELS)
    net = Sketch(Input())
    for number, (width, depth) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), 1):
        net.part(f"Stage {number}", step(channels=width, repeat=depth), MaxPool2d())
        if number == 1:
            net.note("Two windows of 3 × 3 see as much as one of 5 × 5, with fewer weights and one more bend.")
    net.then(AdaptiveAvgPool2d(7), Flatten())
    network = classified(net, Linear(4096), ReLU(), Dropout(), Linear(4096), ReLU(), Dropout(), Linear(CLASSES))
    title, reached = ("VGG16 with batch norm", "73.4") if normalized else ("VGG16", "71.6")
    sentence = (
        "VGG16 that learns from scratch without tricks: each convolution is followed by batch norm."
        if normalized
        else "Sixteen layers of nothing but 3 × 3 windows: simple, large, and still a favourite as a base."
    )
    about = f"{sentence}\nK. Simonyan and A. Zisserman, 2014. On ImageNet it reaches {reached} % top-1."
    project = on_images(network, title, about)
    # The published network has these biases, and its number of parameters counts them.
    return project.with_silence(Silenced("bias-before-norm")) if normalized else project


def resnet18() -> Project:
    """He et al. (2015)."""
    inner = "conv2d_1.out_channels, conv2d_2.out_channels"
    same = block("Residual", _basic(), "Adds what it finds to what it was given.", {"channels": inner})
    halving = {"channels": f"{inner}, conv2d_3.out_channels"}
    smaller = block("Projection", _basic(stride=2), "A residual block that halves the image on both ways.", halving)
    net = Sketch(Input())
    net.part("Stem", Conv2d(64, 7, 2, 3, bias=False), BatchNorm2d(), ReLU(), MaxPool2d(3, 2, 1))
    net.part("Stage 1", same(channels=64, repeat=2))
    net.note(
        "The way around the two convolutions lets gradients pass: from then on networks could be ten times as deep."
    )
    for number, width in enumerate((128, 256, 512), 2):
        net.part(f"Stage {number}", smaller(channels=width), same(channels=width))
    network = classified(net, AdaptiveAvgPool2d(1), Flatten(), Linear(CLASSES))
    about = (
        "The smallest residual network: ways around its layers let it learn quickly and well.\n"
        "K. He, X. Zhang, S. Ren and J. Sun, 2015. On ImageNet it reaches 69.8 % top-1."
    )
    return on_images(network, "ResNet-18", about, 0.1)


def _basic(stride: int = 1) -> Sketch:
    """Two convolutions and a way around them."""
    net = Sketch(Input())
    start = net.end
    net.then(Conv2d(64, 3, stride, 1, bias=False), BatchNorm2d(), ReLU())
    way = net.then(Conv2d(64, 3, 1, 1, bias=False), BatchNorm2d())
    around = net.then(Conv2d(64, 1, stride, bias=False), BatchNorm2d(), after=start) if stride > 1 else start
    net.join(Add(), way, around)
    net.then(ReLU(), Output())
    return net


def resnet50() -> Project:
    """He et al. (2015), with the stride in the 3 × 3 convolution as torchvision and most others have it."""
    inner = "conv2d_1.out_channels, conv2d_2.out_channels, conv2d_3.out_channels × 4"
    same = block("Bottleneck", _bottleneck(), "Narrows, looks, widens, and adds what it was given.", {"width": inner})
    exposed = {"width": f"{inner}, conv2d_4.out_channels × 4", "stride": "conv2d_2.stride, conv2d_4.stride"}
    words = "A bottleneck whose way around is brought to the new width and size as well."
    first = block("Projection", _bottleneck(widens=True), words, exposed)
    net = Sketch(Input())
    net.part("Stem", Conv2d(64, 7, 2, 3, bias=False), BatchNorm2d(), ReLU(), MaxPool2d(3, 2, 1))
    stages = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
    for number, (width, depth, stride) in enumerate(stages, 1):
        net.part(f"Stage {number}", first(width=width, stride=stride), same(width=width, repeat=depth - 1))
        if number == 1:
            net.note("1 × 1 narrows to a quarter, 3 × 3 looks there, 1 × 1 widens again: deep, and still cheap.")
    network = classified(net, AdaptiveAvgPool2d(1), Flatten(), Linear(CLASSES))
    about = (
        "The network that most others are measured against.\n"
        "K. He, X. Zhang, S. Ren and J. Sun, 2015. On ImageNet it reaches 76.1 % top-1, 80.9 % with today's training."
    )
    return on_images(network, "ResNet-50", about, 0.1)


def _bottleneck(widens: bool = False) -> Sketch:
    """Three convolutions, the middle one narrow, and a way around them."""
    net = Sketch(Input())
    start = net.end
    net.then(Conv2d(64, 1, bias=False), BatchNorm2d(), ReLU(), Conv2d(64, 3, 1, 1, bias=False), BatchNorm2d(), ReLU())
    way = net.then(Conv2d(256, 1, bias=False), BatchNorm2d())
    around = net.then(Conv2d(256, 1, 1, bias=False), BatchNorm2d(), after=start) if widens else start
    net.join(Add(), way, around)
    net.then(ReLU(), Output())
    return net


def densenet121() -> Project:
    """Huang et al. (2016), “Densely connected convolutional networks”, growth rate 32."""
    inside = Sketch(Input())
    start = inside.end
    inside.then(BatchNorm2d(), ReLU(), Conv2d(128, 1, bias=False))
    new = inside.then(BatchNorm2d(), ReLU(), Conv2d(32, 3, padding=1, bias=False))
    inside.join(Concat(), start, new)
    inside.then(Output())
    grows = {"growth": "conv2d_1.out_channels × 4, conv2d_2.out_channels"}
    dense = block("Dense", inside, "Adds a few new channels to all that came before.", grows)
    shrinks = between_ends(BatchNorm2d(), ReLU(), Conv2d(128, 1, bias=False), AvgPool2d())
    transition = block("Transition", shrinks, "Halves the channels and the image.", CHANNELS)
    net = Sketch(Input())
    net.part("Stem", Conv2d(64, 7, 2, 3, bias=False), BatchNorm2d(), ReLU(), MaxPool2d(3, 2, 1))
    for number, (depth, width) in enumerate(((6, 128), (12, 256), (24, 512)), 1):
        net.part(f"Stage {number}", dense(repeat=depth), transition(channels=width))
        if number == 1:
            net.note("Nothing found is ever lost: each layer sees what all before it have found.")
    net.part("Stage 4", dense(repeat=16), BatchNorm2d(), ReLU())
    network = classified(net, AdaptiveAvgPool2d(1), Flatten(), Linear(CLASSES))
    about = (
        "Each layer sees what all before it found, so that few parameters do much.\n"
        "G. Huang, Z. Liu, L. van der Maaten and K. Weinberger, 2016. On ImageNet it reaches 74.4 % top-1."
    )
    return on_images(network, "DenseNet-121", about, 0.1)
