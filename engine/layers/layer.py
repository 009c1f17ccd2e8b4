"""What every layer promises. A layer is one class; palette, form, file, analysis and export follow from it."""

import math
from collections.abc import Sequence
from typing import ClassVar

import msgspec

from engine.call import Call
from engine.spec import Pair, Shape, Spec


class Accepts(msgspec.Struct, frozen=True):
    """The ranks that a layer takes, in words, and the layer that makes such an input where one exists."""

    words: str
    ranks: tuple[int, ...] = ()
    adapter: str = ""

    def takes(self, shape: Shape) -> bool:
        """Whether a sample of this shape has a rank that is taken."""
        return not self.ranks or len(shape) in self.ranks


ANY = Accepts("any shape")
FLAT = Accepts("a flat list of numbers", (1,), adapter="Flatten")
IMAGE = Accepts("an image (channels × height × width)", (3,))
SEQUENCE = Accepts("a sequence (steps × features)", (2,))


class Refusal(msgspec.Struct, frozen=True):
    """Why a layer cannot take an input: a sentence and, where one setting would mend it, that setting."""

    message: str
    setting: str = ""
    value: int | tuple[int, ...] | float | str | None = None


class Layer(Spec, frozen=True):
    """Base of all layers. Shapes are those of one sample, without the batch."""

    family: ClassVar[str]
    accepts: ClassVar[Accepts] = ANY
    formula: ClassVar[str]
    inputs: ClassVar[int | None] = 1
    """How many wires arrive; None: two or more."""
    outputs: ClassVar[bool] = True
    """Whether wires can leave."""

    @property
    def equation(self) -> str:
        """The formula as it is with these settings."""
        return self.formula

    def module(self, *shapes: Shape) -> Call | None:
        """The call that makes this layer for inputs of these shapes; None: the input passes unchanged."""
        raise NotImplementedError

    def use(self, *shapes: Shape) -> Call | None:
        """How its module is applied to what arrives, where that is not simply ``module(*inputs)``; see `applied`."""
        del shapes
        return None

    def summary(self) -> str:
        """The main settings in words; empty where there is nothing to say."""
        return ""

    def refuses(self, *shapes: Shape) -> Refusal | None:
        """Why inputs of accepted ranks still do not fit; None: they fit."""
        del shapes
        return None


def in_words(shape: Shape) -> str:
    """A shape as people write it: ``32×13×13``; a single number has no cross."""
    return "×".join(f"{size:,}" if len(shape) == 1 else str(size) for size in shape) or "a single number"


def pair_of(value: Pair) -> tuple[int, int]:
    """Height and width, where one number may stand for both."""
    return (value, value) if isinstance(value, int) else value


def pair_in_words(value: Pair) -> str:
    """``3 × 3``."""
    return sizes_in_words(pair_of(value))


def sizes_in_words(sizes: Sequence[int]) -> str:
    """``1 × 28 × 28``."""
    return " × ".join(map(str, sizes))


def largest_divisor(whole: int, most: int) -> int:
    """The largest number up to ``most`` that divides."""
    return next(number for number in range(min(whole, most), 0, -1) if whole % number == 0)


def dimension_refusal(title: str, dim: int, shape: Shape, setting: str = "dim") -> Refusal | None:
    """A dimension that a sample does not have; the first is 1."""
    if dim <= len(shape):
        return None
    words = f"{title} works along dimension {dim} but receives {in_words(shape)}."
    return Refusal(words, setting, len(shape)) if shape else Refusal(words)


def window_refusal(title: str, image: Shape, kernel: Pair, border: Pair, dilation: Pair = 1) -> Refusal | None:
    """A window larger than the image with its border would give an empty result."""
    sides = [
        size + 2 * pad - step * (extent - 1)
        for size, pad, step, extent in zip(image[1:], pair_of(border), pair_of(dilation), pair_of(kernel), strict=True)
    ]
    if min(sides) >= 1:
        return None
    steps = pair_of(dilation)
    fitting = tuple(
        max(1, math.floor((size + 2 * pad - 1) / step) + 1)
        for size, pad, step in zip(image[1:], pair_of(border), steps, strict=True)
    )
    extents = pair_of(kernel)
    smaller = (min(extents[0], fitting[0]), min(extents[1], fitting[1]))
    return Refusal(
        f"{title} slides a window of {pair_in_words(kernel)} but receives an image of only {in_words(image)}.",
        "kernel_size",
        smaller[0] if smaller[0] == smaller[1] else smaller,
    )
