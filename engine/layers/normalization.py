"""Layers that keep values in a range in which learning goes well."""

from math import prod
from typing import Any

from engine.call import Call, call, unless
from engine.layers.layer import CHANNELS, VALUES, Accepts, Layer, Refusal, in_words
from engine.layers.spatial import WORDS, Spatial, groups_refusal
from engine.layers.weighted import Scaling
from engine.spec import Shape, flag, integer, number

FAMILY = "Normalization"
EPS = number(1e-5, low=1e-12, high=1, help="Added to the variance, so that nothing is divided by zero.")
MOMENTUM = number(0.1, low=0, high=1, help="How fast the running mean and variance follow the batches.")


class BatchNorm(Scaling, frozen=True):
    """Base of those that compare the samples of a batch."""

    listed = False
    family = FAMILY
    formula = r"y = \gamma \frac{x - \mu_{batch}}{\sqrt{\sigma^2_{batch} + \epsilon}} + \beta"

    eps: float = EPS
    momentum: float = MOMENTUM
    affine: bool = flag(True, help="Learn a scale and a shift per channel (or feature).")

    def module(self, *shapes: Shape) -> Call:
        return call(
            f"nn.{type(self).__name__}",
            shapes[0][0],
            eps=unless(self.eps, 1e-5),
            momentum=unless(self.momentum, 0.1),
            affine=unless(self.affine, True),
        )


class BatchNorm1d(BatchNorm, frozen=True):
    """Standardises each feature, or each channel of a signal, over the batch; then scales and shifts it as learned."""

    accepts = Accepts("a flat list of numbers or a signal (channels × length)", (1, 2), adapter="Flatten")


class BatchNorm2d(BatchNorm, Spatial, frozen=True):
    """Standardises each channel over the batch, then scales and shifts it by learned amounts."""

    sides = 2


class BatchNorm3d(BatchNorm, Spatial, frozen=True):
    """Standardises each channel of a volume over the batch, then scales and shifts it by learned amounts."""

    sides = 3


class OverLastDimensions(Scaling, frozen=True):
    """Base of those that treat the last dimensions of a sample as one."""

    listed = False
    accepts = VALUES
    family = FAMILY

    eps: float = EPS
    elementwise_affine: bool = flag(True, help="Learn a scale and a shift per value.")
    dimensions: int = integer(0, high=6, help="How many of the last dimensions are taken together; 0 means all.")

    def summary(self) -> str:
        words = {0: "", 1: "over the last dimension"}
        return words.get(self.dimensions, f"over the last {self.dimensions} dimensions")

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if self.dimensions > len(shapes[0]):
            words = f"{self.title} takes the last {self.dimensions} dimensions together"
            return Refusal(f"{words} but receives {in_words(shapes[0])}.", "dimensions", 0)
        return None

    def part(self, shape: Shape) -> int | Shape:
        """The sizes of what is taken together, as torch takes them."""
        sizes = shape[-self.dimensions :]
        return sizes[0] if len(sizes) == 1 else sizes


class LayerNorm(OverLastDimensions, frozen=True):
    """Standardises all values of a sample together, or those of each step, then scales and shifts each as learned."""

    formula = r"y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta"

    bias: bool = flag(True, help="Learn the shift too; without it only the scale.")

    def module(self, *shapes: Shape) -> Call:
        return call(
            "nn.LayerNorm",
            self.part(shapes[0]),
            eps=unless(self.eps, 1e-5),
            elementwise_affine=unless(self.elementwise_affine, True),
            bias=unless(self.bias, True),
        )


class RMSNorm(OverLastDimensions, frozen=True):
    """LayerNorm without the mean: divides by the root of the mean square, then scales each value as learned."""

    formula = r"y = \gamma \odot \frac{x}{\sqrt{\frac{1}{n} \sum_i x_i^2 + \epsilon}}"

    eps: float = number(1e-6, low=1e-12, high=1, help="Added to the mean square, so that nothing is divided by zero.")
    elementwise_affine: bool = flag(True, help="Learn a scale per value.")

    def module(self, *shapes: Shape) -> Call:
        affine = unless(self.elementwise_affine, True)
        return call("nn.RMSNorm", self.part(shapes[0]), eps=self.eps, elementwise_affine=affine)


class GroupNorm(Scaling, frozen=True):
    """Standardises groups of channels of each sample together: needs no batch."""

    family = FAMILY
    accepts = VALUES
    formula = r"y = \gamma_c \frac{x - \mu_g}{\sqrt{\sigma^2_g + \epsilon}} + \beta_c"

    num_groups: int = integer(1, low=1, help="Number of groups that the channels are divided into.")
    eps: float = EPS
    affine: bool = flag(True, help="Learn a scale and a shift per channel.")

    def module(self, *shapes: Shape) -> Call:
        affine = unless(self.affine, True)
        return call("nn.GroupNorm", self.num_groups, shapes[0][0], eps=unless(self.eps, 1e-5), affine=affine)

    def summary(self) -> str:
        return "1 group" if self.num_groups == 1 else f"{self.num_groups:,} groups"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        shape = shapes[0]
        if refusal := groups_refusal(self.title, shape[0], "channels", self.num_groups):
            return Refusal(refusal.message, "num_groups", 1)
        if prod(shape) == self.num_groups:
            words = (
                f"GroupNorm would standardise single values, of which nothing is left: it receives {in_words(shape)}."
            )
            return Refusal(words, "num_groups", 1) if self.num_groups > 1 else Refusal(words)
        return None


class InstanceNorm(Spatial, Scaling, frozen=True):
    """Base of those that look at each channel of each sample by itself."""

    listed = False
    family = FAMILY
    formula = r"y = \frac{x - \mu_c}{\sqrt{\sigma^2_c + \epsilon}}"

    eps: float = EPS
    momentum: float = MOMENTUM
    affine: bool = flag(False, help="Learn a scale and a shift per channel.")
    track_running_stats: bool = flag(False, help="Use the mean and variance seen in training when it is used.")

    def module(self, *shapes: Shape) -> Call:
        return call(self.torch_name(), shapes[0][0], **self._options())

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if prod(shapes[0][1:]) > 1:
            return None
        what = WORDS[self.sides]
        return Refusal(f"{self.title} standardises the positions of {what}, but {in_words(shapes[0])} has only one.")

    def _options(self) -> dict[str, Any]:
        return {
            "eps": unless(self.eps, 1e-5),
            "momentum": unless(self.momentum, 0.1),
            "affine": unless(self.affine, False),
            "track_running_stats": unless(self.track_running_stats, False),
        }


class InstanceNorm2d(InstanceNorm, frozen=True):
    """Standardises each channel of each image by itself: takes contrast and colour cast away."""

    sides = 2


class InstanceNorm1d(InstanceNorm, frozen=True):
    """Standardises each channel of each signal by itself."""

    sides = 1


class InstanceNorm3d(InstanceNorm, frozen=True):
    """Standardises each channel of each volume by itself."""

    sides = 3


class LocalResponseNorm(Layer, frozen=True):
    """Divides each value by the size of its neighbours in the next channels, as AlexNet did."""

    family = FAMILY
    accepts = CHANNELS
    formula = r"y_c = x_c \left(k + \frac{\alpha}{n} \sum_{j} x_j^2\right)^{-\beta}"

    size: int = integer(5, low=1, high=4096, help="Number of neighbouring channels.")
    alpha: float = number(1e-4, low=0, high=1000, help="How much the neighbours weigh.")
    beta: float = number(0.75, low=0, high=10, help="Power of the divisor.")
    k: float = number(1.0, low=1e-6, high=1000, help="What the divisor has at least.")

    def module(self, *shapes: Shape) -> Call:
        return call(
            "nn.LocalResponseNorm",
            self.size,
            alpha=unless(self.alpha, 1e-4),
            beta=unless(self.beta, 0.75),
            k=unless(self.k, 1.0),
        )

    def summary(self) -> str:
        return f"{self.size} channels"
