"""Layers that multiply or shift, by what is learned or by a number that stays."""

from typing import ClassVar

from engine.call import INPUT, Call, call
from engine.layers.merge import FAMILY
from engine.layers.weighted import Weighted
from engine.spec import Shape, choice, flag, number

LARGEST = 1e6


class PerDimension(Weighted, frozen=True, kw_only=True):
    """Base of the layers with one number for each position of a dimension."""

    listed = False
    family = FAMILY

    per: str = choice(
        "automatic",
        *("first dimension", "last dimension", "one for all"),
        help="What has a number of its own; automatic: each channel of an image, each feature of a sequence.",
    )

    def sizes(self, sample: Shape) -> Shape:
        """The shape of the numbers, so that they meet the dimension that they belong to."""
        if self.per == "one for all" or not sample:
            return (1,)
        is_first = self.per == "first dimension" or (self.per == "automatic" and len(sample) > 2)
        return (*sample[:1], *[1] * (len(sample) - 1)) if is_first else sample[-1:]

    def summary(self) -> str:
        return "" if self.per == "automatic" else self.per


class Adjusted(PerDimension, frozen=True):
    """Base of the layers whose numbers are learned or fixed."""

    listed = False
    operator: ClassVar[str]

    value: float = number(1, low=-LARGEST, high=LARGEST, help="The number, or what it is at first.")
    learned: bool = flag(True, help="Learn it; otherwise it stays.")

    def module(self, *shapes: Shape) -> Call:
        if not self.learned:
            return call(self.operator, INPUT, float(self.value))
        return call(f"modules.{type(self).__name__}", self.sizes(shapes[0]), float(self.value))

    def summary(self) -> str:
        return ", ".join(filter(None, [f"{self.value:g}, {'learned' if self.learned else 'fixed'}", super().summary()]))


class Scale(Adjusted, frozen=True):
    """Multiplies by a number, one for each channel or feature, that is learned or stays."""

    formula = r"y_c = s_c \, x_c"
    operator = "*"


class Shift(Adjusted, frozen=True):
    """Adds a number, one for each channel or feature, that is learned or stays."""

    formula = r"y_c = x_c + b_c"
    operator = "+"


class LayerScale(PerDimension, frozen=True):
    """Multiplies each channel or feature of a branch by a learned factor that begins near zero."""

    formula = r"y_c = \lambda_c \, x_c"

    init: float = number(1e-6, low=0, high=1, help="What the factors are at first.")

    def module(self, *shapes: Shape) -> Call:
        return call("modules.Scale", self.sizes(shapes[0]), float(self.init))
