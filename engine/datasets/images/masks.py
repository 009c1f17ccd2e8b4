"""Masks: images whose pixels say, by a number or a colour, which class is there."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from engine.datasets.images.labels import read_table
from engine.datasets.images.parallel import in_order
from engine.datasets.images.pictures import (
    Decoding,
    Fit,
    UnreadableError,
    fitted,
    header_of,
    on_white,
    opened_picture,
    turn_of,
)
from engine.datasets.images.proposal import evenly
from engine.datasets.images.walking import File, Folder
from engine.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

ASKED = 300
"""Masks that are decoded to see which values there are."""
NO_CLASS = 255
"""What a mask that was read holds where there is no class."""
MOST_CLASSES = NO_CLASS
FEW = 32
"""Images of at most so many different values are masks, whatever their folder is called."""
NEAR = 12
"""Shades that JPEG may have made of one."""
NEAR_IN_COLOUR = 40
"""The same of each of the three parts of a colour: JPEG keeps colours worse than shades."""
MOST_PEAKS = 16
CLEAR = 0.9
"""Share of the pixels that must be near to one of so few values that JPEG has blurred."""
MOST_COUNTED = 5000
"""Different values of a mask that are counted: the most frequent ones."""
RARE = 0.002
"""Share of the pixels below which a value in a JPEG is taken for one that JPEG made."""
ALIKE = 0.02
"""How far the proportions of a mask may be from those of its image."""
DEEPEST_GREY = 65_536
VOIDS = ("-1", "255", "65535")
"""Beside class numbers, these values are by custom no class, but what nobody could tell, such as the rim of an object.
"""
VOID_COLOUR = "#e0e0c0"
"""The same among the colours of Pascal VOC."""
VOID_NAMES = frozenset(
    ("void", "ignore", "ignored", "ignore label", "unlabeled", "unlabelled", "unknown", "dontcare", "don't care")
)
"""The same among the names of classes, in lower case."""
FIRST_NUMBERS = 40
"""Values below this are class numbers rather than shades, and so are others of which at least half are there."""


class ColouredError(UnreadableError):
    """A mask has colours where numbers are asked for."""


class Palette(NamedTuple):
    """The values that stand for classes, such as ``0``, ``255`` or ``#ff0000``; ``nearest``: others count for the
    nearest of them.
    """

    values: tuple[str, ...]
    nearest: bool = False


class MaskReading(msgspec.Struct, frozen=True):
    """How masks become class numbers of one size: the first of the ``values`` is class 0. What is ``ignored``, and a
    border that is added, is `NO_CLASS`.
    """

    height: int
    width: int
    fit: Fit
    values: tuple[str, ...]
    nearest: bool = False
    ignored: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width: there is one class at each pixel."""
        return (self.height, self.width)

    def read(self, file: File) -> tuple[np.ndarray, bool]:
        """The class numbers (height × width, uint8) of a mask. Raises `UnreadableError`, also where it does not fit its
        image.
        """
        from PIL import Image

        with opened_picture(file.path) as image:
            turn = turn_of(image)
            numbers = turn(Image.fromarray(self._numbers(image)))
            if file.image is not None:
                _refuse_other_proportions(numbers, file.image)
            how = Decoding(self.height, self.width, "grey", self.fit)
            return np.asarray(fitted(numbers, how, smooth=False, border=NO_CLASS)), False

    def _numbers(self, image: "Image.Image") -> np.ndarray:
        in_colour = are_colours(self.values)
        found = colours_in(image) if in_colour else greys_in(image)
        known = np.array([*map(_as_number, self.values), *map(_as_number, self.ignored)])
        numbers = np.full(len(known), NO_CLASS, np.uint8)
        numbers[: len(self.values)] = np.arange(len(self.values))
        if self.nearest:
            return numbers[_nearest(found, known, in_colour)]
        order = np.argsort(known)
        places = order[np.searchsorted(known[order], found).clip(max=len(known) - 1)]
        strange = known[places] != found
        if strange.any():
            value = int(found[strange][0])
            raise UnreadableError(f"its value {written(value, in_colour)} stands for no class")
        return numbers[places]


def greys_in(image: "Image.Image") -> np.ndarray:
    """The number of each pixel, height × width: its place in the palette or its brightness. Raises `ColouredError` for
    what has colours, `UnreadableError`.
    """
    if image.mode == "P" or image.mode.startswith(("I", "F")):
        values = np.asarray(image)
        if image.mode == "F" and not (np.isfinite(values) & (values == np.rint(values))).all():
            raise UnreadableError("its values are no whole numbers")
        return values.astype(np.int64).clip(-1, DEEPEST_GREY - 1)
    if image.mode in ("1", "L", "LA"):
        return np.asarray(image.convert("LA").getchannel(0) if image.mode == "LA" else image.convert("L"), np.int64)
    pixels = np.asarray(image.convert("RGB"))
    if (pixels[..., 0] != pixels[..., 1]).any() or (pixels[..., 0] != pixels[..., 2]).any():
        raise ColouredError("it has colours, unlike the other masks")
    return pixels[..., 0].astype(np.int64)


def colours_in(image: "Image.Image") -> np.ndarray:
    """The colour of each pixel as one number, ``0xrrggbb``, height × width."""
    pixels = np.asarray(on_white(image).convert("RGB")).astype(np.int64)
    return (pixels[..., 0] << 16) | (pixels[..., 1] << 8) | pixels[..., 2]


def are_colours(values: Sequence[str]) -> bool:
    """Whether these values are colours."""
    return values[0].startswith("#")


def value_in(word: str, in_colour: bool) -> str:
    """The value that a person has written, as `written` gives it; empty: it is none."""
    word = word.strip()
    if in_colour != word.startswith("#") or (in_colour and len(word) != 7):
        return ""
    try:
        number = _as_number(word)
    except ValueError:
        return ""
    lowest, end = (0, 1 << 24) if in_colour else (-1, DEEPEST_GREY)
    return written(number, in_colour) if lowest <= number < end else ""


def _as_number(value: str) -> int:
    return int(value[1:], 16) if value.startswith("#") else int(value)


def void_in(palette: Palette, names: Sequence[str]) -> tuple[str, ...]:
    """Those values that by custom stand for no class, where their classes are called so; none where fewer than two
    others would be left.
    """
    named = {value for value, name in zip(palette.values, names, strict=True) if _plain(name) in VOID_NAMES}
    found = tuple(value for value in palette.values if value in named or _is_void(value, palette))
    return found if len(palette.values) - len(found) > 1 else ()


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", " ").replace("-", " ")


def _is_void(value: str, palette: Palette) -> bool:
    if value == VOID_COLOUR:
        return True
    if value not in VOIDS or palette.nearest or are_colours(palette.values):
        return False
    others = [int(other) for other in palette.values if other not in VOIDS]
    return max(others, default=0) < max(FIRST_NUMBERS, 2 * len(others))


def written(value: int, in_colour: bool) -> str:
    """A value as settings and sentences write it."""
    return f"#{value:06x}" if in_colour else str(value)


def palette_of(files: Sequence[File], most: int = MOST_CLASSES) -> Palette | None:
    """The values in these masks; None: there are too many for classes, so they are pictures."""
    found = [counts for counts in in_order(_counted, evenly(files, ASKED)) if counts is not None]
    in_colour = any(counts.in_colour for counts in found)
    totals: dict[int, int] = {}
    for counts in found:
        for value, count in (counts.in_colours() if in_colour else counts.greys).items():
            totals[value] = totals.get(value, 0) + count
    if not totals:
        return None
    if len(totals) <= most and not any(counts.is_jpeg for counts in found):
        return Palette(tuple(written(value, in_colour) for value in sorted(totals)))
    # Pictures, too, have few colours at times; that they are masks, their folder must say.
    return None if in_colour and most < MOST_CLASSES else _peaks(totals, in_colour)


class _Counts(NamedTuple):
    in_colour: bool
    is_jpeg: bool
    greys: Mapping[int, int]
    colours: Mapping[int, int]
    """Those of an image without colours or palette are its shades."""

    def in_colours(self) -> Mapping[int, int]:
        """How often each colour is there."""
        shades = {value: min(value, 255) * 0x010101 for value in self.greys}
        return self.colours or {shades[value]: count for value, count in self.greys.items()}


def _counted(file: File) -> _Counts | None:
    try:
        with opened_picture(file.path) as image:
            is_jpeg = image.format in ("JPEG", "MPO")
            image.load()
            try:
                greys, in_colour = _unique(greys_in(image)), False
            except ColouredError:
                greys, in_colour = {}, True
            # Of masks without colours, those with a palette are colours too, should others have some.
            needs_colours = in_colour or image.mode in ("P", "RGB", "RGBA")
            return _Counts(in_colour, is_jpeg, greys, _unique(colours_in(image)) if needs_colours else {})
    except UnreadableError:
        return None


def _unique(values: np.ndarray) -> dict[int, int]:
    found, counts = np.unique(values, return_counts=True)
    most = np.argsort(-counts, kind="stable")[:MOST_COUNTED]
    return dict(zip(found[most].tolist(), counts[most].tolist(), strict=True))


def _peaks(totals: Mapping[int, int], in_colour: bool) -> Palette | None:
    """The few values that JPEG has blurred; None: there are none such."""
    near = NEAR_IN_COLOUR if in_colour else NEAR
    values, counts = np.array(list(totals)), np.array(list(totals.values()))
    parts, whole = _parts_of(values, in_colour), counts.sum()
    order = np.argsort(-counts, kind="stable")
    peaks: list[int] = []
    apart = np.full(len(values), 256)
    for place in order[counts[order] >= RARE * whole].tolist():
        reach = np.abs(parts - parts[place]).max(axis=1)
        # What is less frequent than a neighbour is the slope of a peak.
        if apart[place] > near and counts[reach <= near].max() == counts[place]:
            peaks.append(int(values[place]))
            apart = np.minimum(apart, reach)
    clear = counts[apart <= near].sum() >= CLEAR * whole and 1 < len(peaks) <= MOST_PEAKS
    return Palette(tuple(written(value, in_colour) for value in sorted(peaks)), nearest=True) if clear else None


def _nearest(found: np.ndarray, known: np.ndarray, in_colour: bool) -> np.ndarray:
    """Which of the known values each of those found is nearest to."""
    values, back = np.unique(found, return_inverse=True)
    apart = np.abs(_parts_of(values, in_colour)[:, None] - _parts_of(known, in_colour)).sum(axis=2)
    return apart.argmin(axis=1)[back].reshape(found.shape)


def _parts_of(values: np.ndarray, in_colour: bool) -> np.ndarray:
    """Shades, N × 1, or red, green and blue, N × 3."""
    return np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1) if in_colour else values[:, None]


def names_of(values: Sequence[str], folder: Folder) -> tuple[str, ...]:
    """What the classes are called: as a table in the folder says (name, r, g, b), or a list of one name on each line,
    or else as their values are.
    """
    for file in folder.files:
        if file.path.suffix.lower() in (".csv", ".txt"):
            named = _named(file.path, values)
            if named:
                return named
    return tuple(values)


def _named(path: Path, values: Sequence[str]) -> tuple[str, ...] | None:
    try:
        table = read_table(path)
    except DataError:
        return None
    columns = {name.lower(): name for name in table.columns}
    if {"name", "r", "g", "b"} <= columns.keys():
        names, *colours = (table.column(columns[word]) for word in ("name", "r", "g", "b"))
        known = {
            written(int(red) << 16 | int(green) << 8 | int(blue), True): name
            for name, red, green, blue in zip(names, *colours, strict=True)
            if red.isdigit() and green.isdigit() and blue.isdigit()
        }
        return tuple(known.get(value, value) for value in values)
    lines = (table.columns, *table.rows)
    if path.stem.lower() in ("classes", "labels", "names") and all(len(line) == 1 for line in lines):
        known = {str(number): line[0].strip() for number, line in enumerate(lines)}
        return tuple(known.get(value, value) for value in values)
    return None


def _refuse_other_proportions(mask: "Image.Image", image: Path) -> None:
    header = header_of(image)
    if header.fault:
        return  # The image itself tells.
    if abs(mask.width * header.height - mask.height * header.width) > ALIKE * mask.height * header.width:
        raise UnreadableError(
            f"it is {mask.width}×{mask.height} pixels large, but its image {header.width}×{header.height}"
        )
