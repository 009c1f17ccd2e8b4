"""Networks that do much with few parameters."""

from engine.blocks import Block
from engine.layers import (
    AdaptiveAvgPool2d,
    Add,
    BatchNorm2d,
    Concat,
    Conv2d,
    DepthwiseConv2d,
    Dropout,
    Flatten,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    ReLU6,
    SiLU,
    SqueezeExcitation,
    StochasticDepth,
)
from engine.project import Project
from tools.templates.classics import CLASSES, classified, on_images
from tools.templates.sketch import Sketch, block


def squeezenet() -> Project:
    """Iandola et al. (2016), version 1.1."""
    fire = _fire()
    net = Sketch(Input())
    net.part("Stem", Conv2d(64, 3, 2), ReLU(), MaxPool2d(3, 2, ceil_mode=True))
    net.part("Stage 1", fire(squeeze=16, expand=64, repeat=2), MaxPool2d(3, 2, ceil_mode=True))
    net.note("The 3 × 3 windows look at a few squeezed channels only: that is where the parameters are saved.")
    net.part("Stage 2", fire(squeeze=32, expand=128, repeat=2), MaxPool2d(3, 2, ceil_mode=True))
    net.part("Stage 3", fire(squeeze=48, expand=192, repeat=2), fire(squeeze=64, expand=256, repeat=2))
    network = classified(net, Dropout(), Conv2d(CLASSES, 1), ReLU(), AdaptiveAvgPool2d(1), Flatten())
    about = (
        "As good as AlexNet with a fiftieth of its parameters.\n"
        "F. Iandola et al., 2016, version 1.1. On ImageNet it reaches 58.2 % top-1."
    )
    return on_images(network, "SqueezeNet 1.1", about)


def _fire() -> type[Block]:
    net = Sketch(Input(), Conv2d(16, 1), ReLU())
    squeezed = net.end
    one = net.then(Conv2d(64, 1), ReLU(), after=squeezed)
    three = net.then(Conv2d(64, 3, padding=1), ReLU(), after=squeezed)
    net.join(Concat(), one, three)
    net.then(Output())
    exposed = {"squeeze": "conv2d_1.out_channels", "expand": "conv2d_2.out_channels, conv2d_3.out_channels"}
    return block("Fire", net, "Squeezes the channels, then looks at them with 1 × 1 and 3 × 3 windows.", exposed)


def mobilenet_v2() -> Project:
    """Sandler et al. (2018), “MobileNetV2: inverted residuals and linear bottlenecks”."""
    words = "Widens to six times as many channels, looks at each alone, narrows, and adds what it was given."
    same = block("Inverted", _inverted(), words, {"channels": "conv2d_2.out_channels, conv2d_1.out_channels × 6"})
    settings = {
        "expanded": "conv2d_1.out_channels",
        "channels": "conv2d_2.out_channels",
        "stride": "depthwiseconv2d_1.stride",
    }
    first = block("InvertedFirst", _inverted(adds=False), "The same to another width and size.", settings)
    net = Sketch(Input())
    net.part("Stem", Conv2d(32, 3, 2, 1, bias=False), BatchNorm2d(), ReLU6())
    alone = (DepthwiseConv2d(kernel_size=3, padding=1, bias=False), BatchNorm2d(), ReLU6())
    net.part("Stage 1", *alone, Conv2d(16, 1, bias=False), BatchNorm2d())
    net.note("Each filter looks at one channel alone; a 1 × 1 convolution mixes them. That costs a ninth.")
    before = 16
    rows = ((24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))
    for number, (width, depth, stride) in enumerate(rows, 2):
        rest = (same(channels=width, repeat=depth - 1),) if depth > 1 else ()
        net.part(f"Stage {number}", first(expanded=6 * before, channels=width, stride=stride), *rest)
        before = width
    net.part("Head", Conv2d(1280, 1, bias=False), BatchNorm2d(), ReLU6())
    network = classified(net, AdaptiveAvgPool2d(1), Flatten(), Dropout(0.2), Linear(CLASSES))
    about = (
        "Made for telephones: each filter looks at one channel alone, and 1 × 1 convolutions mix them.\n"
        "M. Sandler et al., 2018. On ImageNet it reaches 71.9 % top-1."
    )
    return on_images(network, "MobileNet v2", about)


def _inverted(*, adds: bool = True) -> Sketch:
    net = Sketch(Input())
    start = net.end
    net.then(Conv2d(96, 1, bias=False), BatchNorm2d(), ReLU6())
    net.then(DepthwiseConv2d(kernel_size=3, padding=1, bias=False), BatchNorm2d(), ReLU6())
    way = net.then(Conv2d(16, 1, bias=False), BatchNorm2d())
    if adds:
        net.join(Add(), way, start)
    net.then(Output())
    return net


def efficientnet_b0() -> Project:
    """Tan and Le (2019), “EfficientNet: rethinking model scaling for convolutional neural networks”."""
    of_all = {"squeezed": "squeezeexcitation_1.squeeze_channels", "size": "depthwiseconv2d_1.kernel_size"}
    wide = {"channels": "conv2d_2.out_channels, conv2d_1.out_channels × 6", "drop": "stochasticdepth_1.p"}
    words = "Widens, looks at each channel alone, weighs the channels, narrows, and adds what it was given."
    same = block("MBConv", _mobile(), words, wide | of_all)
    settings = {"expanded": "conv2d_1.out_channels", "channels": "conv2d_2.out_channels"} | of_all
    moving = {"stride": "depthwiseconv2d_1.stride", "padding": "depthwiseconv2d_1.padding"}
    first = block("MBConvFirst", _mobile(adds=False), "The same to another width and size.", settings | moving)
    net = Sketch(Input())
    net.part("Stem", Conv2d(32, 3, 2, 1, bias=False), BatchNorm2d(), SiLU())
    alone = (DepthwiseConv2d(kernel_size=3, padding=1, bias=False), BatchNorm2d(), SiLU(), SqueezeExcitation(8, "SiLU"))
    net.part("Stage 1", *alone, Conv2d(16, 1, bias=False), BatchNorm2d())
    net.note("Each channel is weighed by what all of them see: squeeze and excite.")
    before, passed = 16, 1
    rows = ((24, 2, 2, 3), (40, 2, 2, 5), (80, 3, 2, 3), (112, 3, 1, 5), (192, 4, 2, 5), (320, 1, 1, 3))
    for number, (width, depth, stride, size) in enumerate(rows, 2):
        shape = {"squeezed": before // 4, "size": size, "padding": size // 2, "stride": stride}
        layers: list[Layer] = [first(expanded=6 * before, channels=width, **shape)]
        if depth > 1:
            # The paper drops ever more, up to a fifth; here all blocks of a stage drop as much as its middle.
            drop = round(0.2 * (passed + depth / 2) / 16, 3)
            layers.append(same(channels=width, squeezed=width // 4, size=size, drop=drop, repeat=depth - 1))
        net.part(f"Stage {number}", *layers)
        before, passed = width, passed + depth
    net.part("Head", Conv2d(1280, 1, bias=False), BatchNorm2d(), SiLU())
    network = classified(net, AdaptiveAvgPool2d(1), Flatten(), Dropout(0.2), Linear(CLASSES))
    about = (
        "Found by a search: the most accurate network for its four hundred million multiply-adds.\n"
        "M. Tan and Q. Le, 2019. On ImageNet it reaches 77.7 % top-1."
    )
    return on_images(network, "EfficientNet-B0", about)


def _mobile(*, adds: bool = True) -> Sketch:
    net = Sketch(Input())
    start = net.end
    net.then(Conv2d(96, 1, bias=False), BatchNorm2d(), SiLU())
    looks = DepthwiseConv2d(kernel_size=3, padding="same" if adds else 1, bias=False)
    net.then(looks, BatchNorm2d(), SiLU(), SqueezeExcitation(4, "SiLU"))
    way = net.then(Conv2d(16, 1, bias=False), BatchNorm2d())
    if adds:
        way = net.then(StochasticDepth(0.1))
        net.join(Add(), way, start)
    net.then(Output())
    return net
