"""What layers have in common that slide, or otherwise look, over a signal, an image or a volume."""

from collections.abc import Sequence

from engine.layers.layer import IMAGE, SIGNAL, VOLUME, Layer, Refusal, as_size, in_words, sides_in_words, sides_of
from engine.spec import Border, Shape, Size

GRIDS = {1: SIGNAL, 2: IMAGE, 3: VOLUME}
"""What a layer takes, by the number of its sides."""

WORDS = {1: "a signal", 2: "an image", 3: "a volume"}


class Spatial(Layer, frozen=True):
    """Base of layers that there are for signals, images and volumes: a class for each says how many ``sides``.

    Each has the name of its module in `torch.nn`.
    """

    listed = False

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "sides" in cls.__dict__:
            cls.accepts = GRIDS[cls.sides]

    def in_words(self, size: Size) -> str:
        """A size of this layer: ``3 × 3``."""
        return sides_in_words(size, self.sides)

    def is_all(self, value: Size | Border, number: int) -> bool:
        """Whether a size is this number on every side."""
        return value != "same" and set(sides_of(value, self.sides)) == {number}

    def torch_name(self) -> str:
        """``nn.Conv2d``."""
        return f"nn.{type(self).__name__}"


class Windowed(Spatial, frozen=True):
    """Base of those that look at their input through a window which moves by fixed steps."""

    listed = False

    @property
    def window(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """How far a window extends, and its step, side by side."""
        raise NotImplementedError


def window_refusal(
    layer: Layer,
    grid: Shape,
    kernel: Size,
    border: Size | Border = 0,
    dilation: Size = 1,
    reach: Size = 0,
) -> Refusal | None:
    """A window larger than what it slides over would give an empty result; ``reach``: how far it may stand over."""
    count = len(grid) - 1
    pads, steps, extents = (sides_of(value, count) for value in (border, dilation, kernel))
    room = [size + 2 * pad for size, pad in zip(grid[1:], pads, strict=True)]
    spans = [step * (extent - 1) + 1 for step, extent in zip(steps, extents, strict=True)]
    over = sides_of(reach, count)
    if all(span <= space + more for span, space, more in zip(spans, room, over, strict=True)):
        return None
    fitting = [
        max(1, min(extent, (space - 1) // step + 1)) for extent, space, step in zip(extents, room, steps, strict=True)
    ]
    words = f"{layer.title} slides a window of {sides_in_words(kernel, count)} but receives {WORDS[count]} of only"
    return Refusal(f"{words} {in_words(grid)}.", "kernel_size", as_size(tuple(fitting)))


def stride_refusal(layer: Layer, stride: Size, count: int) -> Refusal | None:
    """A stride of 0 means the window's own size, which it cannot be on some sides alone."""
    steps = sides_of(stride, count)
    if 0 in steps and any(steps):
        return Refusal(f"{layer.title} has a stride of 0 in one direction only.", "stride", 0)
    return None


def groups_refusal(title: str, count: int, what: str, groups: int) -> Refusal | None:
    """What cannot be divided into so many equal groups."""
    if count % groups:
        return Refusal(f"{title} cannot divide {count} {what} into {groups} equal groups.", "groups", 1)
    return None


def first(refusals: Sequence[Refusal | None]) -> Refusal | None:
    """The first of several reasons."""
    return next((refusal for refusal in refusals if refusal), None)
