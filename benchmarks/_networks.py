"""Networks of the sizes that are measured, wired as networks are."""

from engine.data import Data
from engine.datasets import Digits
from engine.graph import Graph, Node, Wire
from engine.layers import (
    AdaptiveAvgPool2d,
    Add,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
)
from engine.project import Project

COLUMN_WIDTH, ROW_HEIGHT = 300, 92
STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))


def residual(nodes: int) -> Project:
    """So many nodes and half as many wires again: Linear layers, each with a way around it that is added."""
    layers: dict[str, Layer] = {"input_1": Input(), "flatten_1": Flatten()}
    wires, before = [("input_1", "flatten_1", 0)], "flatten_1"
    for number in range(1, (nodes - 4) // 2 + 1):
        linear, add = f"linear_{number}", f"add_{number}"
        layers |= {linear: Linear(64), add: Add()}
        wires += [(before, linear, 0), (linear, add, 0), (before, add, 1)]
        before = add
    layers |= {"linear_0": Linear(10), "output_1": Output()}
    wires += [(before, "linear_0", 0), ("linear_0", "output_1", 0)]
    return placed(layers, wires)


def resnet50() -> Project:
    """ResNet-50 by He et al. (2015), table 1, with each batch norm, activation and addition as a node of its own."""
    drawing = _Drawing()
    x = drawing.add("", Input((3, 224, 224)))
    x = drawing.add(drawing.normalized(x, Conv2d(64, 7, 2, 3, bias=False)), ReLU())
    x = drawing.add(x, MaxPool2d(3, 2, 1))
    for width, blocks in STAGES:
        for block in range(blocks):
            stride = 2 if block == 0 and width > STAGES[0][0] else 1
            x = drawing.bottleneck(x, width, stride, widens=block == 0)
    x = drawing.add(drawing.add(x, AdaptiveAvgPool2d(1)), Flatten())
    drawing.add(drawing.add(x, Linear(1000)), Output())
    return placed(drawing.layers, drawing.wires)


class _Drawing:
    """A network while it is drawn: each layer is told which node feeds it."""

    def __init__(self) -> None:
        self.layers: dict[str, Layer] = {}
        self.wires: list[tuple[str, str, int]] = []

    def add(self, before: str, layer: Layer) -> str:
        kind = type(layer).__name__.lower()
        node_id = f"{kind}_{sum(name.rpartition('_')[0] == kind for name in self.layers) + 1}"
        self.layers[node_id] = layer
        if before:
            self.wires.append((before, node_id, 0))
        return node_id

    def normalized(self, x: str, convolution: Conv2d) -> str:
        return self.add(self.add(x, convolution), BatchNorm2d())

    def bottleneck(self, x: str, width: int, stride: int, *, widens: bool) -> str:
        inner = self.add(self.normalized(x, Conv2d(width, 1, bias=False)), ReLU())
        inner = self.add(self.normalized(inner, Conv2d(width, 3, stride, 1, bias=False)), ReLU())
        inner = self.normalized(inner, Conv2d(4 * width, 1, bias=False))
        beside = self.normalized(x, Conv2d(4 * width, 1, stride, bias=False)) if widens else x
        added = self.add(inner, Add())
        self.wires.append((beside, added, 1))
        return self.add(added, ReLU())


def placed(layers: dict[str, Layer], wires: list[tuple[str, str, int]]) -> Project:
    """In columns, as many as make the drawing about as wide as a screen."""
    rows = max(1, round((len(layers) * COLUMN_WIDTH / ROW_HEIGHT / 1.6) ** 0.5))
    nodes = tuple(
        Node(node_id, layer, (number // rows * COLUMN_WIDTH, number % rows * ROW_HEIGHT))
        for number, (node_id, layer) in enumerate(layers.items())
    )
    graph = Graph(nodes, tuple(Wire(*wire) for wire in wires))
    graph.check()
    return Project(graph, Data(Digits()))
