"""What every layer promises. A layer is one class; palette, form, file, analysis and export follow from it."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec

from engine.call import Call
from engine.spec import Border, Shape, Size, Spec


class Accepts(msgspec.Struct, frozen=True):
    """The ranks that a layer takes, in words, and the layer that makes such an input where one exists."""

    words: str
    ranks: tuple[int, ...] = ()
    adapter: str = ""
    raiser: str = ""
    """The layer that makes such an input of one that lacks its first dimension."""
    tokens: bool = False
    """Whether the numbers stand for things, such as words: whole numbers, through which no gradient flows."""

    def takes(self, shape: Shape) -> bool:
        """Whether a sample of this shape has a rank that is taken."""
        return not self.ranks or len(shape) in self.ranks


ANY = Accepts("any shape")
VALUES = Accepts("values in one dimension or more", tuple(range(1, 7)))
FLAT = Accepts("a flat list of numbers", (1,), adapter="Flatten")
SEQUENCE = Accepts("a sequence (steps × features)", (2,))
SIGNAL = Accepts("a signal (channels × length)", (2,), raiser="Unsqueeze")
IMAGE = Accepts("an image (channels × height × width)", (3,), raiser="Unsqueeze")
VOLUME = Accepts("a volume (channels × depth × height × width)", (4,), raiser="Unsqueeze")
CHANNELS = Accepts("channels of values (a signal, an image or a volume)", (2, 3, 4))


class Refusal(msgspec.Struct, frozen=True):
    """Why a layer cannot take an input: a sentence and, where one setting would mend it, that setting."""

    message: str
    setting: str = ""
    value: int | tuple[int, ...] | float | str | None = None


_MOST_CHANGES = 9
"""More settings than this hang together in no layer."""


class Layer(Spec, frozen=True):
    """Base of all layers. Shapes are those of one sample, without the batch."""

    family: ClassVar[str]
    accepts: ClassVar[Accepts] = ANY
    formula: ClassVar[str]
    inputs: ClassVar[int | None] = 1
    """How many wires arrive; None: two or more."""
    outputs: ClassVar[bool] = True
    """Whether wires can leave."""
    beyond_onnx: ClassVar[str] = ""
    """What it does that ONNX has no words for, after its name; empty: ONNX can say it."""

    @property
    def equation(self) -> str:
        """The formula as it is with these settings."""
        return self.formula

    @property
    def most_inputs(self) -> int | None:
        """How many wires a drawing can hold; where settings decide how many arrive, surplus ones stay until removed."""
        return self.inputs

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


def mends(layer: Layer, shapes: Sequence[Shape]) -> bool:
    """Whether the settings that a layer asks for, one after the other, make it take inputs of these shapes."""
    for _ in range(_MOST_CHANGES):
        refusal = layer.refuses(*shapes)
        if refusal is None:
            return True
        if refusal.value is None:
            return False
        layer = layer.with_setting(refusal.setting, refusal.value)
    return False


def in_words(shape: Shape) -> str:
    """A shape as people write it: ``32×13×13``; a single number has no cross."""
    return "×".join(f"{size:,}" if len(shape) == 1 else str(size) for size in shape) or "a single number"


def sides_of(value: Size | Border, count: int) -> tuple[int, ...]:
    """One size for each side, where one number may stand for all; no border for “same”."""
    if isinstance(value, str):
        return (0,) * count
    return (value,) * count if isinstance(value, int) else value


def sides_in_words(value: Size, count: int) -> str:
    """``3 × 3`` for two sides."""
    return sizes_in_words(sides_of(value, count))


def sizes_in_words(sizes: Sequence[int]) -> str:
    """``1 × 28 × 28``."""
    return " × ".join(map(str, sizes))


def as_size(sides: tuple[int, ...]) -> Size:
    """One number where all sides agree."""
    return sides[0] if len(set(sides)) == 1 else sides


def pair_of(value: Size) -> tuple[int, int]:
    """Height and width, where one number may stand for both."""
    height, width = sides_of(value, 2)
    return height, width


def pair_in_words(value: Size) -> str:
    """``3 × 3``."""
    return sides_in_words(value, 2)


def largest_divisor(whole: int, most: int) -> int:
    """The largest number up to ``most`` that divides."""
    return next(number for number in range(min(whole, most), 0, -1) if whole % number == 0)


def dimension_refusal(title: str, dim: int, shape: Shape, setting: str = "dim") -> Refusal | None:
    """A dimension that a sample does not have; the first is 1."""
    if dim <= len(shape):
        return None
    words = f"{title} works along dimension {dim} but receives {in_words(shape)}."
    return Refusal(words, setting, len(shape)) if shape else Refusal(words)
