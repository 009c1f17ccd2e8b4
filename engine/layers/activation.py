"""Layers that bend: without one between them, two linear layers are no more than one."""

from engine.call import Call, call
from engine.layers.layer import Layer
from engine.spec import Shape, number

FAMILY = "Activation"


class ReLU(Layer, frozen=True):
    """Keeps what is positive and sets the rest to zero."""

    family = FAMILY
    formula = r"y = \max(0, x)"

    def module(self, *shapes: Shape) -> Call:
        return call("nn.ReLU")


class LeakyReLU(Layer, frozen=True):
    """Like ReLU, but lets a little of the negative through, so that no unit goes silent for good."""

    family = FAMILY
    formula = r"y = \max(0, x) + a \min(0, x)"

    negative_slope: float = number(0.01, low=0, high=10, help="Slope for negative values.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.LeakyReLU", self.negative_slope)

    def summary(self) -> str:
        return f"slope {self.negative_slope:g}"


class GELU(Layer, frozen=True):
    """A smooth ReLU: weighs each value by how likely a normal random number lies below it."""

    family = FAMILY
    formula = r"y = x \, \Phi(x)"

    def module(self, *shapes: Shape) -> Call:
        return call("nn.GELU")


class Sigmoid(Layer, frozen=True):
    """Presses every value between 0 and 1; as the last layer, the probability of yes."""

    family = FAMILY
    formula = r"y = \frac{1}{1 + e^{-x}}"

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Sigmoid")


class Tanh(Layer, frozen=True):
    """Presses every value between −1 and 1."""

    family = FAMILY
    formula = r"y = \tanh(x)"

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Tanh")


class Softmax(Layer, frozen=True):
    """Turns scores into probabilities that sum to 1, one for each class."""

    family = FAMILY
    formula = r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}"

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Softmax", dim=1)
