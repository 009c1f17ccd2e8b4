"""Networks that look at an image through windows of several sizes at once."""

from engine.blocks import Block
from engine.layers import (
    AdaptiveAvgPool2d,
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


def inception_v3() -> Project:
    """Szegedy et al. (2015), “Rethinking the inception architecture”, with its auxiliary head, which counts 0.4 as in
    torchvision.
    """
    step = conv_norm_relu()
    net = Sketch(Input())
    net.part("Stem", step(channels=32, size=3, stride=2), step(channels=32, size=3), _same(step, 64, 3))
    net.part("Stem, wider", MaxPool2d(3, 2), step(channels=80), step(channels=192, size=3), MaxPool2d(3, 2))
    fine, tall, wide = _fine(step), _tall(step), _wide(step)
    net.part("35 × 35", fine(pooled=32), fine(repeat=2))
    net.note("A window of 5 × 5 is two of 3 × 3, and one of 7 × 7 is a row and a column: the same sight for less.")
    net.part("17 × 17", _shrink(step), tall(inner=128), tall(inner=160, repeat=2), tall(inner=192))
    seen = net.end
    net.part("8 × 8", _shrink_more(step), wide(repeat=2))
    network = net.end
    with net.frame("Auxiliary head"):
        net.then(AvgPool2d(5, 3), step(channels=128), step(channels=768, size=5), after=seen)
        net.then(AdaptiveAvgPool2d(1), Flatten(), Linear(CLASSES), Softmax())
    net.note("While training it answers too, so that the layers halfway down get a gradient of their own.")
    net.then(Output(auxiliary=True, weight=0.4))
    net.end = network
    about = (
        "Windows taken apart into rows and columns, and a second answer halfway down that helps training.\n"
        "C. Szegedy et al., 2015. On ImageNet it reaches 77.3 % top-1."
    )
    return on_images(
        classified(net, AdaptiveAvgPool2d(1), Dropout(), Flatten(), Linear(CLASSES)), "Inception v3", about, size=299
    )


def _same(step: type[Block], channels: int, size: int | tuple[int, int] = 1) -> Block:
    """A step that keeps the size."""
    return step(channels=channels, size=size, padding=0 if size == 1 else "same")


def _ways(*ways: tuple[Layer, ...]) -> Sketch:
    """Several ways from the beginning of a block, which meet at its end."""
    net = Sketch(Input())
    start = net.end
    net.join(Concat(), *[net.then(*way, after=start) for way in ways])
    net.then(Output())
    return net


def _fine(step: type[Block]) -> type[Block]:
    net = _ways(
        (_same(step, 64),),
        (_same(step, 48), _same(step, 64, 5)),
        (_same(step, 64), _same(step, 96, 3), _same(step, 96, 3)),
        (AvgPool2d(3, 1, 1), _same(step, 64)),
    )
    return block("Fine", net, "Windows of 1, 3 and 5 side by side.", {"pooled": "convnormrelu_7.channels"})


def _tall(step: type[Block]) -> type[Block]:
    net = _ways(
        (_same(step, 192),),
        (_same(step, 128), _same(step, 128, (1, 7)), _same(step, 192, (7, 1))),
        (
            *(_same(step, 128), _same(step, 128, (7, 1)), _same(step, 128, (1, 7))),
            *(_same(step, 128, (7, 1)), _same(step, 192, (1, 7))),
        ),
        (AvgPool2d(3, 1, 1), _same(step, 192)),
    )
    inner = ", ".join(f"convnormrelu_{number}.channels" for number in (2, 3, 5, 6, 7, 8))
    return block("Tall", net, "Windows of 7 × 7, taken apart into rows and columns.", {"inner": inner})


def _wide(step: type[Block]) -> type[Block]:
    net = Sketch(Input())
    start = net.end
    plain = net.then(_same(step, 320), after=start)
    once = net.then(_same(step, 384), after=start)
    rows, columns = (net.then(_same(step, 384, size), after=once) for size in ((1, 3), (3, 1)))
    once = net.join(Concat(), rows, columns)
    twice = net.then(_same(step, 448), _same(step, 384, 3), after=start)
    rows, columns = (net.then(_same(step, 384, size), after=twice) for size in ((1, 3), (3, 1)))
    twice = net.join(Concat(), rows, columns)
    pooled = net.then(AvgPool2d(3, 1, 1), _same(step, 192), after=start)
    net.join(Concat(), plain, once, twice, pooled)
    net.then(Output())
    return block("Wide", net, "Many channels on a small image: rows and columns side by side.", {})


def _shrink(step: type[Block]) -> Block:
    net = _ways(
        (step(channels=384, size=3, stride=2),),
        (_same(step, 64), _same(step, 96, 3), step(channels=96, size=3, stride=2)),
        (MaxPool2d(3, 2),),
    )
    return block("Shrink", net, "Halves the image on three ways.", {})()


def _shrink_more(step: type[Block]) -> Block:
    net = _ways(
        (_same(step, 192), step(channels=320, size=3, stride=2)),
        (_same(step, 192), _same(step, 192, (1, 7)), _same(step, 192, (7, 1)), step(channels=192, size=3, stride=2)),
        (MaxPool2d(3, 2),),
    )
    return block("ShrinkMore", net, "Halves the image once more.", {})()
