"""Layers that keep values in a range in which learning goes well."""

from engine.call import Call, call, unless
from engine.layers.layer import FLAT, IMAGE
from engine.layers.weighted import Scaling
from engine.spec import Shape, flag, number

FAMILY = "Normalization"
BATCH_FORMULA = r"y = \gamma \frac{x - \mu_{batch}}{\sqrt{\sigma^2_{batch} + \epsilon}} + \beta"


class BatchNorm1d(Scaling, frozen=True):
    """Standardises each feature over the batch, then scales and shifts it by learned amounts."""

    family = FAMILY
    accepts = FLAT
    formula = BATCH_FORMULA

    eps: float = number(1e-5, low=1e-12, high=1, help="Added to the variance, so that nothing is divided by zero.")
    momentum: float = number(0.1, low=0, high=1, help="How fast the running mean and variance follow the batches.")
    affine: bool = flag(True, help="Learn a scale and a shift per feature.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.BatchNorm1d", shapes[0][0], **batch_options(self))


class BatchNorm2d(Scaling, frozen=True):
    """Standardises each channel over the batch, then scales and shifts it by learned amounts."""

    family = FAMILY
    accepts = IMAGE
    formula = BATCH_FORMULA

    eps: float = number(1e-5, low=1e-12, high=1, help="Added to the variance, so that nothing is divided by zero.")
    momentum: float = number(0.1, low=0, high=1, help="How fast the running mean and variance follow the batches.")
    affine: bool = flag(True, help="Learn a scale and a shift per channel.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.BatchNorm2d", shapes[0][0], **batch_options(self))


class LayerNorm(Scaling, frozen=True):
    """Standardises all values of a sample together, then scales and shifts each by learned amounts."""

    family = FAMILY
    formula = r"y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta"

    eps: float = number(1e-5, low=1e-12, high=1, help="Added to the variance, so that nothing is divided by zero.")
    elementwise_affine: bool = flag(True, help="Learn a scale and a shift per value.")

    def module(self, *shapes: Shape) -> Call:
        return call(
            "nn.LayerNorm",
            shapes[0][0] if len(shapes[0]) == 1 else shapes[0],
            eps=unless(self.eps, 1e-5),
            elementwise_affine=unless(self.elementwise_affine, True),
        )


def batch_options(layer: BatchNorm1d | BatchNorm2d) -> dict[str, float | bool | None]:
    """The options that differ from PyTorch's own defaults; None: as PyTorch has it."""
    return {
        "eps": unless(layer.eps, 1e-5),
        "momentum": unless(layer.momentum, 0.1),
        "affine": unless(layer.affine, True),
    }
