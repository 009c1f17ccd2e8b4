"""Layers that only arrange values anew."""

from engine.call import Call, call
from engine.layers.layer import Layer
from engine.spec import Shape


class Flatten(Layer, frozen=True):
    """Lays all values of a sample in one flat list."""

    family = "Shape"
    formula = r"y = \mathrm{vec}(x)"

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Flatten")
