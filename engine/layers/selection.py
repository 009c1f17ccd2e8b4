"""Layers that keep a part of their input, or add to its border."""

from engine.call import INPUT, Call, Span, at, call, unless
from engine.layers.layer import IMAGE, Layer, Refusal, dimension_refusal, in_words, pair_in_words, pair_of
from engine.layers.reshape import FAMILY, MOST_DIMENSIONS
from engine.spec import Pair, Shape, choice, flag, integer, number, pair

DIMENSION = "1 is the channels of an image, the steps of a sequence."
SIDES = ("left", "right", "top", "bottom", "front", "back")


class Slice(Layer, frozen=True):
    """Keeps the positions from one to another along one dimension."""

    family = FAMILY
    formula = r"y_i = x_{start + i \cdot step}"

    dim: int = integer(1, low=1, high=MOST_DIMENSIONS, help=f"Dimension that is cut; {DIMENSION}")
    start: int = integer(0, low=-1_000_000, help="First position that is kept, from 0; −1 is the last one.")
    stop: int = integer(0, low=-1_000_000, help="First position that is not kept any more; 0 keeps all up to the end.")
    step: int = integer(1, low=1, help="2 keeps every second position.")

    def module(self, *shapes: Shape) -> Call:
        return at(INPUT, *[Span()] * self.dim, self._span())

    def summary(self) -> str:
        return f"{self._span()!r} of dimension {self.dim}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if missing := dimension_refusal("Slice", self.dim, shapes[0]):
            return missing
        size, span = shapes[0][self.dim - 1], self._span()
        if range(size)[span.start : span.stop : span.step]:
            return None
        words = f"Slice keeps nothing: {span!r} of the {size} positions of dimension {self.dim} is none."
        return Refusal(words, "start", 0) if self.start else Refusal(words, "stop", 0)

    def _span(self) -> Span:
        return Span(self.start or None, self.stop or None, unless(self.step, 1))


class Split(Layer, frozen=True):
    """Divides one dimension into equal parts and answers one of them."""

    family = FAMILY
    formula = r"x = [x_1, \dots, x_n], \quad y = x_k"

    dim: int = integer(1, low=1, high=MOST_DIMENSIONS, help=f"Dimension that is divided; {DIMENSION}")
    parts: int = integer(
        2, low=1, high=4096, help="How many parts; where they cannot be equal, the first ones are larger by one."
    )
    part: int = integer(1, low=1, high=4096, help="The part that is answered; 1 is the first.")

    def module(self, *shapes: Shape) -> Call:
        divide = ".chunk" if shapes[0][self.dim - 1] % self.parts == 0 else ".tensor_split"
        return at(call(divide, INPUT, self.parts, dim=self.dim), self.part - 1)

    def summary(self) -> str:
        return f"part {self.part} of {self.parts}, dimension {self.dim}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if missing := dimension_refusal("Split", self.dim, shapes[0]):
            return missing
        size = shapes[0][self.dim - 1]
        if self.parts > size:
            words = (
                f"Split makes {self.parts} parts, but dimension {self.dim} of {in_words(shapes[0])} has only {size}."
            )
            return Refusal(words, "parts", size)
        if self.part > self.parts:
            return Refusal(f"Split makes {self.parts} parts, so there is no part {self.part}.", "part", self.parts)
        return None


class Pad(Layer, frozen=True):
    """Widens each side by values of your choice: zeros, the border itself, or a mirror of what lies inside."""

    family = FAMILY
    formula = r"y_{i, j} = x_{i - top, \, j - left}"

    left: int = integer(1, high=4096, help="How far it grows before the first column (along the last dimension).")
    right: int = integer(1, high=4096, help="How far it grows behind the last column.")
    top: int = integer(0, high=4096, help="How far it grows above the first row (along the dimension before the last).")
    bottom: int = integer(0, high=4096, help="How far it grows below the last row.")
    front: int = integer(0, high=4096, help="How far it grows before the first plane: an image's channels.")
    back: int = integer(0, high=4096, help="How far it grows behind the last plane.")
    mode: str = choice(
        "constant",
        *("reflect", "replicate", "circular"),
        help="One value, a mirror of the inside, the border repeated, or the opposite side.",
    )
    value: float = number(0, low=-1e6, high=1e6, help="What a constant border holds.")

    def module(self, *shapes: Shape) -> Call:
        is_constant = self.mode == "constant"
        return call(
            "nn.functional.pad",
            INPUT,
            self._sides()[: self._reach(len(shapes[0]))],
            mode=unless(self.mode, "constant"),
            value=unless(self.value, 0.0) if is_constant else None,
        )

    def summary(self) -> str:
        sides = self._sides()
        words = str(sides[0]) if len(set(sides[:4])) == 1 and not any(sides[4:]) else self._named_sides()
        return words if self.mode == "constant" else f"{words}, {self.mode}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        shape = shapes[0]
        # A mirror and the like leave the channels alone.
        sides = shape if self.mode == "constant" else shape[1:] or shape
        for place, (side, amount) in enumerate(zip(SIDES, self._sides(), strict=True)):
            size = sides[-1 - place // 2] if place // 2 < len(sides) else None
            if amount and size is None:
                words = f"Pad grows {in_words(shape)} at the {side}, where it has no side (mode “{self.mode}”)."
                return Refusal(words, side, 0)
            most = {"reflect": (size or 1) - 1, "circular": size or 0}.get(self.mode, amount)
            if amount > most:
                words = f"Pad needs {amount} values for the {side}, but {in_words(shape)} has only {most} to give."
                return Refusal(words, side, most)
        return None

    def _sides(self) -> tuple[int, ...]:
        return tuple(getattr(self, side) for side in SIDES)

    def _reach(self, rank: int) -> int:
        """How many sides torch is told of: of a mirror and the like, all that there are."""
        if self.mode != "constant":
            return 2 * max(1, rank - 1)
        widened = [place for place, amount in enumerate(self._sides()) if amount]
        return 2 * (max(widened, default=0) // 2 + 1)

    def _named_sides(self) -> str:
        sides = [(side, amount) for side, amount in zip(SIDES, self._sides(), strict=True) if amount]
        return ", ".join(f"{side} {amount}" for side, amount in sides[:3]) or "nothing"


class Crop(Layer, frozen=True):
    """Cuts a window out of an image."""

    family = FAMILY
    accepts = IMAGE
    formula = r"y_{i, j} = x_{i + top, \, j + left}"

    size: Pair = pair(24, low=1, help="Height and width of what is kept.")
    position: str = choice(
        "center",
        *("top left", "top right", "bottom left", "bottom right"),
        help="Where the window lies in the image.",
    )

    def module(self, *shapes: Shape) -> Call:
        return at(INPUT, ..., *(Span(start, start + size) for start, size in self._windows(shapes[0])))

    def summary(self) -> str:
        return f"{pair_in_words(self.size)}, {self.position}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        height, width = (min(size, side) for size, side in zip(pair_of(self.size), shapes[0][1:], strict=True))
        if (height, width) == pair_of(self.size):
            return None
        words = f"Crop keeps {pair_in_words(self.size)} but receives an image of only {in_words(shapes[0])}."
        return Refusal(words, "size", height if height == width else (height, width))

    def _windows(self, image: Shape) -> list[tuple[int, int]]:
        """Where the window starts and how far it reaches, down and across."""
        rooms = [side - size for side, size in zip(image[1:], pair_of(self.size), strict=True)]
        if self.position == "center":
            starts = [room // 2 for room in rooms]
        else:
            ends = ("bottom", "right")
            starts = [room if end in self.position else 0 for room, end in zip(rooms, ends, strict=True)]
        return list(zip(starts, pair_of(self.size), strict=True))


class Repeat(Layer, frozen=True):
    """Repeats its input along one dimension."""

    family = FAMILY
    formula = r"y = [x, x, \dots]"

    dim: int = integer(1, low=1, high=MOST_DIMENSIONS, help=f"Dimension that grows; {DIMENSION}")
    repeats: int = integer(2, low=1, high=4096, help="How often it stands there.")
    interleave: bool = flag(False, help="Repeat each position by itself instead of the whole.")

    def module(self, *shapes: Shape) -> Call:
        if self.interleave:
            return call(".repeat_interleave", INPUT, self.repeats, dim=self.dim)
        times = [self.repeats if number == self.dim else 1 for number in range(len(shapes[0]) + 1)]
        return call(".repeat", INPUT, *times)

    def summary(self) -> str:
        return f"{self.repeats} times along dimension {self.dim}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return dimension_refusal("Repeat", self.dim, shapes[0])
