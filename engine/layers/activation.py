"""Layers that bend: without one between them, two linear layers are no more than one."""

from typing import ClassVar

from msgspec.structs import astuple

from engine.call import INPUT, Call, at, call, unless
from engine.layers.layer import VALUES, Layer, Refusal, dimension_refusal, in_words
from engine.layers.weighted import Weighted
from engine.spec import Shape, choice, flag, integer, number


class Activation(Layer, frozen=True):
    """Base of all of them. Each has the name of its module in `torch.nn`, whose arguments are its settings in order."""

    listed = False
    family = "Activation"
    bounds: ClassVar[str] = ""
    """Between what its values lie, in words; empty: they can be anything."""

    def module(self, *shapes: Shape) -> Call:
        return call(f"nn.{type(self).__name__}", *astuple(self))


class ReLU(Activation, frozen=True):
    """Keeps what is positive and sets the rest to zero."""

    formula = r"y = \max(0, x)"
    bounds = "not below zero"


class LeakyReLU(Activation, frozen=True):
    """Like ReLU, but lets a little of the negative through, so that no unit goes silent for good."""

    formula = r"y = \max(0, x) + a \min(0, x)"

    negative_slope: float = number(0.01, low=0, high=10, help="Slope for negative values.")

    def summary(self) -> str:
        return f"slope {self.negative_slope:g}"


class GELU(Activation, frozen=True):
    """A smooth ReLU: weighs each value by how likely a normal random number lies below it."""

    formula = r"y = x \, \Phi(x)"
    bounds = "hardly below zero"

    approximate: str = choice("none", "tanh", help="Compute it exactly, or by tanh as the first GPT did.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.GELU", approximate=unless(self.approximate, "none"))

    def summary(self) -> str:
        return "" if self.approximate == "none" else "by tanh"


class SiLU(Activation, frozen=True):
    """A smooth ReLU, also called Swish: weighs each value by its own Sigmoid."""

    formula = r"y = \frac{x}{1 + e^{-x}}"
    bounds = "hardly below zero"


class Sigmoid(Activation, frozen=True):
    """Presses every value between 0 and 1; as the last layer, the probability of yes."""

    formula = r"y = \frac{1}{1 + e^{-x}}"
    bounds = "between 0 and 1"


class Tanh(Activation, frozen=True):
    """Presses every value between −1 and 1."""

    formula = r"y = \tanh(x)"
    bounds = "between −1 and 1"


class AlongDimension(Activation, frozen=True):
    """Base of those in which the values of one dimension depend on each other."""

    listed = False
    accepts = VALUES

    dim: int = integer(1, low=0, high=6, help="Dimension whose values belong together; 1 is the first, 0 the last.")

    def module(self, *shapes: Shape) -> Call:
        return call(f"nn.{type(self).__name__}", dim=self.place(shapes[0]))

    def summary(self) -> str:
        return {0: "over the last dimension", 1: ""}.get(self.dim, f"over dimension {self.dim}")

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return dimension_refusal(self.title, self.dim, shapes[0])

    def place(self, shape: Shape) -> int:
        """The dimension as torch counts it, for a sample of this shape."""
        return self.dim or len(shape)

    def extent(self, shape: Shape) -> int:
        """How many values belong together."""
        return shape[self.place(shape) - 1]


class Softmax(AlongDimension, frozen=True):
    """Turns scores into probabilities that sum to 1, one for each class."""

    formula = r"y_i = \frac{e^{x_i}}{\sum_j e^{x_j}}"
    bounds = "between 0 and 1"


class LogSoftmax(AlongDimension, frozen=True):
    """The logarithm of Softmax, computed without loss of precision."""

    formula = r"y_i = x_i - \log \sum_j e^{x_j}"
    bounds = "not above zero"


class Softmin(AlongDimension, frozen=True):
    """Softmax turned around: the smallest score becomes the most probable."""

    formula = r"y_i = \frac{e^{-x_i}}{\sum_j e^{-x_j}}"
    bounds = "between 0 and 1"


class ELU(Activation, frozen=True):
    """Like ReLU, but bends smoothly towards a floor below zero."""

    formula = r"y = \max(0, x) + \min(0, \alpha (e^x - 1))"

    alpha: float = number(1.0, low=0, high=100, help="How deep the floor lies.")


class SELU(Activation, frozen=True):
    """An ELU scaled so that values keep a mean of 0 and a spread of 1 from layer to layer."""

    formula = r"y = 1.0507 \, (\max(0, x) + \min(0, 1.6733 \, (e^x - 1)))"


class CELU(Activation, frozen=True):
    """An ELU whose slope has no jump, however deep its floor lies."""

    formula = r"y = \max(0, x) + \min(0, \alpha (e^{x / \alpha} - 1))"

    alpha: float = number(1.0, low=0.01, high=100, help="How deep the floor lies.")


class PReLU(Activation, Weighted, frozen=True):
    """A LeakyReLU that learns its slope for negative values."""

    accepts = VALUES
    formula = r"y = \max(0, x) + a \min(0, x)"

    per_channel: bool = flag(False, help="Learn a slope for each channel (or feature) instead of one for all.")
    init: float = number(0.25, low=-10, high=10, help="Slope to begin with.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.PReLU", shapes[0][0] if self.per_channel else 1, init=unless(self.init, 0.25))


class RReLU(Activation, frozen=True):
    """A LeakyReLU whose slope for negative values is drawn at random while training."""

    formula = r"y = \max(0, x) + a \min(0, x), \quad a \sim \mathcal{U}(l, u)"

    lower: float = number(0.125, low=0, high=10, help="Smallest slope.")
    upper: float = number(1 / 3, low=0, high=10, help="Largest slope.")

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if self.lower > self.upper:
            words = f"RReLU's smallest slope of {self.lower:g} is larger than its largest of {self.upper:g}."
            return Refusal(words, "upper", self.lower)
        return None


class ReLU6(Activation, frozen=True):
    """A ReLU that stops at 6, so that values fit into few bits."""

    formula = r"y = \min(\max(0, x), 6)"
    bounds = "between 0 and 6"


class Mish(Activation, frozen=True):
    """A smooth ReLU that dips a little below zero."""

    formula = r"y = x \tanh(\log(1 + e^x))"
    bounds = "hardly below zero"


class Hardswish(Activation, frozen=True):
    """SiLU made of straight lines and one parabola, for small machines."""

    formula = r"y = \frac{x}{6} \min(\max(0, x + 3), 6)"
    bounds = "hardly below zero"


class Hardsigmoid(Activation, frozen=True):
    """Sigmoid made of straight lines, for small machines."""

    formula = r"y = \frac{1}{6} \min(\max(0, x + 3), 6)"
    bounds = "between 0 and 1"


class Hardtanh(Activation, frozen=True):
    """Keeps values between two limits: what is beyond is set to the limit."""

    formula = r"y = \min(\max(l, x), u)"
    bounds = "between its two limits"

    min_val: float = number(-1.0, low=-1000, high=1000, help="Lower limit.")
    max_val: float = number(1.0, low=-1000, high=1000, help="Upper limit.")

    def summary(self) -> str:
        return f"{self.min_val:g} to {self.max_val:g}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if self.min_val >= self.max_val:
            words = f"Hardtanh's lower limit of {self.min_val:g} must be less than its upper one of {self.max_val:g}."
            lowered = self.max_val - 1 if self.max_val > -999 else None
            return Refusal(words, "min_val" if lowered is not None else "", lowered)
        return None


class Softplus(Activation, frozen=True):
    """A smooth ReLU that is never quite zero."""

    formula = r"y = \frac{1}{\beta} \log(1 + e^{\beta x})"
    bounds = "above zero"

    beta: float = number(1.0, low=0.01, high=100, help="How sharp the bend is.")
    threshold: float = number(20.0, low=0, high=1000, help="Above this value it is a straight line.")


class Softsign(Activation, frozen=True):
    """Presses every value between −1 and 1, more gently than Tanh."""

    formula = r"y = \frac{x}{1 + |x|}"
    bounds = "between −1 and 1"


class LogSigmoid(Activation, frozen=True):
    """The logarithm of Sigmoid, computed without loss of precision."""

    formula = r"y = -\log(1 + e^{-x})"
    bounds = "not above zero"


class Threshold(Activation, frozen=True):
    """Keeps what is above a threshold and sets the rest to one value."""

    formula = r"y = x \, [x > t] + v \, [x \leq t]"

    threshold: float = number(0.0, low=-1000, high=1000, help="What must be exceeded.")
    value: float = number(0.0, low=-1000, high=1000, help="What the rest is set to.")

    def summary(self) -> str:
        return f"above {self.threshold:g}"


class Hardshrink(Activation, frozen=True):
    """Sets small values to zero, whatever their sign."""

    formula = r"y = x \, [|x| > \lambda]"

    lambd: float = number(0.5, low=0, high=1000, help="Up to where values are small.")


class Softshrink(Activation, frozen=True):
    """Pulls all values towards zero by the same amount; small ones become zero."""

    formula = r"y = \mathrm{sign}(x) \max(0, |x| - \lambda)"

    lambd: float = number(0.5, low=0, high=1000, help="By how much values are pulled.")


class Tanhshrink(Activation, frozen=True):
    """What Tanh takes away: small values nearly vanish, large ones lose 1."""

    formula = r"y = x - \tanh(x)"


class Gate(Activation, frozen=True):
    """Base of the gates: one half of the values decides how much of the other half passes."""

    listed = False
    accepts = VALUES

    dim: int = integer(0, low=0, high=6, help="Dimension that is halved; 1 is the first, 0 the last.")

    def summary(self) -> str:
        return f"halves dimension {self.dim}" if self.dim else "halves the last dimension"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if refusal := dimension_refusal(self.title, self.dim, shapes[0]):
            return refusal
        extent = shapes[0][self.place(shapes[0]) - 1]
        if extent % 2:
            words = f"{self.title} halves a dimension of {extent:,} in {in_words(shapes[0])}, which must be even."
            even = next((number for number, side in enumerate(shapes[0], 1) if side % 2 == 0), None)
            return Refusal(words, "dim" if even else "", even)
        return None

    def place(self, shape: Shape) -> int:
        """The dimension as torch counts it, for a sample of this shape."""
        return self.dim or len(shape)

    def halves(self, shape: Shape) -> tuple[Call, Call]:
        """What passes, and what decides."""
        parts = call(".chunk", INPUT, 2, self.place(shape))
        return at(parts, 0), at(parts, 1)


class GLU(Gate, frozen=True):
    """The gated linear unit: the Sigmoid of one half decides how much of the other passes."""

    formula = r"y = a \odot \sigma(b), \quad [a, b] = x"

    def module(self, *shapes: Shape) -> Call:
        return call("nn.GLU", dim=self.place(shapes[0]))


class SwiGLU(Gate, frozen=True):
    """A gate in which SiLU of one half weighs the other (Shazeer 2020): inside many language models."""

    formula = r"y = \mathrm{SiLU}(a) \odot b, \quad [a, b] = x"

    def module(self, *shapes: Shape) -> Call:
        decides, passes = self.halves(shapes[0])
        return call("*", call("nn.functional.silu", decides), passes)


class GEGLU(Gate, frozen=True):
    """A gate in which GELU of one half weighs the other (Shazeer 2020)."""

    formula = r"y = a \odot \mathrm{GELU}(b), \quad [a, b] = x"

    def module(self, *shapes: Shape) -> Call:
        passes, decides = self.halves(shapes[0])
        return call("*", passes, call("nn.functional.gelu", decides))


class ReGLU(Gate, frozen=True):
    """A gate in which ReLU of one half weighs the other (Shazeer 2020)."""

    formula = r"y = a \odot \max(0, b), \quad [a, b] = x"

    def module(self, *shapes: Shape) -> Call:
        passes, decides = self.halves(shapes[0])
        return call("*", passes, call("nn.functional.relu", decides))
