"""Layers that make one value of many, along one dimension."""

from typing import ClassVar

from engine.call import INPUT, Call, call, unless
from engine.layers.layer import Layer, Refusal, dimension_refusal
from engine.layers.reshape import FAMILY, MOST_DIMENSIONS
from engine.spec import Shape, flag, integer


class Reduction(Layer, frozen=True):
    """Base of the layers that make one value of all along a dimension."""

    listed = False
    family = FAMILY
    method: ClassVar[str]

    dim: int = integer(
        1,
        low=1,
        high=MOST_DIMENSIONS,
        help="Dimension that goes; 1 is the channels of an image, the steps of a sequence.",
    )
    keepdim: bool = flag(False, help="Keep it as a dimension of size 1.")

    def module(self, *shapes: Shape) -> Call:
        return call(f".{self.method}", INPUT, dim=self.dim, keepdim=unless(self.keepdim, False))

    def summary(self) -> str:
        return f"over dimension {self.dim}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return dimension_refusal(self.title, self.dim, shapes[0])


class Mean(Reduction, frozen=True):
    """Averages along one dimension, such as over all steps of a sequence."""

    formula = r"y = \frac{1}{n} \sum_{i=1}^{n} x_i"
    method = "mean"


class Max(Reduction, frozen=True):
    """Keeps the largest value along one dimension."""

    formula = r"y = \max_i x_i"
    method = "amax"


class Sum(Reduction, frozen=True):
    """Adds up along one dimension."""

    formula = r"y = \sum_i x_i"
    method = "sum"
