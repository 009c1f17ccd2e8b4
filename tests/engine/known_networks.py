"""Networks as their authors drew them, in which no doubt is in place."""

from collections.abc import Callable

from drawings import project

from engine.data import Data
from engine.datasets import Cifar10, Dataset, Mnist
from engine.graph import Graph, Node
from engine.layers import (
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from engine.project import Project


class _Drawing:
    """A graph that grows at its end."""

    def __init__(self, *layers: Layer) -> None:
        self.graph, self.end = Graph(), ""
        self.then(*layers)

    def then(self, *layers: Layer, after: str = "") -> str:
        """These layers behind the end, or behind another node; answers the new end."""
        self.end = after or self.end
        for layer in layers:
            node = Node(self.graph.new_id(type(layer)), layer)
            self.graph = self.graph.add(node)
            if self.end:
                self.graph = self.graph.connect(self.end, node.id)
            self.end = node.id
        return self.end

    def add(self, *ends: str) -> str:
        """The sum of several ends, which is the new end."""
        self.end = self.then(Add(), after=ends[0])
        for end in ends[1:]:
            self.graph = self.graph.connect(end, self.end)
        return self.end

    def project(self, dataset: Dataset) -> Project:
        """The drawing on data."""
        return Project(self.graph, Data(dataset))


def lenet(bend: Callable[[], Layer], pool: Callable[[], Layer]) -> Project:
    """LeCun et al. (1998), with the bends and poolings of different textbooks."""
    return project(
        *(Input(), Conv2d(6, 5, padding=2), bend(), pool(), Conv2d(16, 5), bend(), pool(), Flatten()),
        *(Linear(120), bend(), Linear(84), bend(), Linear(10), Softmax(), Output()),
        dataset=Mnist(),
    )


def keras_mnist() -> Project:
    """The convolutional example of the Keras documentation."""
    return project(
        *(Input(), Conv2d(32), ReLU(), MaxPool2d(), Conv2d(64), ReLU(), MaxPool2d(), Flatten()),
        *(Dropout(0.5), Linear(10), Softmax(), Output()),
        dataset=Mnist(),
    )


def vgg16() -> Project:
    """Simonyan and Zisserman (2014) for ten classes of small images, with its 134 million weights."""
    layers: list[Layer] = [Input()]
    for width, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            layers += [Conv2d(width, 3, padding=1), ReLU()]
        layers.append(MaxPool2d())
    layers += [AdaptiveAvgPool2d(7), Flatten()]
    for _ in range(2):
        layers += [Linear(4096), ReLU(), Dropout()]
    return project(*layers, Linear(10), Output(), dataset=Cifar10())


def resnet18() -> Project:
    """He et al. (2015), in the size for small images."""
    net = _Drawing(Input(), Conv2d(64, 3, padding=1, bias=False), BatchNorm2d(), ReLU())
    width_before = 64
    for width, stride in ((64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)):
        start = net.end
        way = net.then(Conv2d(width, 3, stride, 1, bias=False), BatchNorm2d(), ReLU())
        way = net.then(Conv2d(width, 3, 1, 1, bias=False), BatchNorm2d(), after=way)
        short = start
        if stride > 1 or width != width_before:
            short = net.then(Conv2d(width, 1, stride, bias=False), BatchNorm2d(), after=start)
        net.add(way, short)
        net.then(ReLU())
        width_before = width
    net.then(AdaptiveAvgPool2d(1), Flatten(), Linear(10), Output())
    return net.project(Cifar10())


def network_in_network() -> Project:
    """Lin et al. (2013): the last convolution gives the classes, and their mean over the image is the answer."""
    return project(
        *(Input(), Conv2d(192, 5, padding=2), ReLU(), Conv2d(160, 1), ReLU(), Conv2d(96, 1), ReLU()),
        *(MaxPool2d(3, 2, 1), Dropout(), Conv2d(192, 5, padding=2), ReLU(), Conv2d(192, 1), ReLU()),
        *(Conv2d(192, 1), ReLU(), AvgPool2d(3, 2, 1), Dropout(), Conv2d(192, 3, padding=1), ReLU()),
        *(Conv2d(192, 1), ReLU(), Conv2d(10, 1), ReLU(), AvgPool2d(8), Flatten(), Output()),
        dataset=Cifar10(),
    )


def mobilenet_v2() -> Project:
    """Sandler et al. (2018): bottlenecks without a bend, and convolutions that see one channel each."""
    net = _Drawing(Input(), Conv2d(32, 3, 1, 1, bias=False), BatchNorm2d(), ReLU())
    channels = 32
    for factor, width, depth, stride in ((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1)):
        for number in range(depth):
            start, inner = net.end, channels * factor
            if factor > 1:
                net.then(Conv2d(inner, 1, bias=False), BatchNorm2d(), ReLU())
            step = stride if number == 0 else 1
            net.then(Conv2d(inner, 3, step, 1, groups=inner, bias=False), BatchNorm2d(), ReLU())
            way = net.then(Conv2d(width, 1, bias=False), BatchNorm2d())
            if step == 1 and channels == width:
                net.add(start, way)
            channels = width
    net.then(Conv2d(1280, 1, bias=False), BatchNorm2d(), ReLU(), AdaptiveAvgPool2d(1), Flatten(), Dropout(0.2))
    net.then(Linear(10), Output())
    return net.project(Cifar10())


KNOWN: dict[str, Callable[[], Project]] = {
    "lenet with tanh": lambda: lenet(Tanh, AvgPool2d),
    "lenet with sigmoid": lambda: lenet(Sigmoid, AvgPool2d),
    "lenet with relu": lambda: lenet(ReLU, MaxPool2d),
    "keras mnist": keras_mnist,
    "vgg16": vgg16,
    "resnet18": resnet18,
    "network in network": network_in_network,
    "mobilenet v2": mobilenet_v2,
}
