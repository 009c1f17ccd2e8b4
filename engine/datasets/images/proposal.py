"""Which size, colour and fit suit the images of a folder, from the headers of some of them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.datasets.images.parallel import in_order
from engine.datasets.images.pictures import Colour, Fit, Header, UnreadableError, header_of, picture_of
from engine.datasets.images.walking import File
from engine.errors import DataError

ASKED = 1000
"""Headers that are read."""
LOOKED_AT = 24
"""Images in colour that are decoded to see whether they are grey all the same."""
LARGEST_SIDE = 96
"""Pixels to which photographs are brought: enough to tell what they show, and a network still learns on a laptop."""
KEPT_SIDE = 256
"""Images that all have the same size keep it up to here."""
STEP = 8
"""Sides that are proposed are multiples of it: halved three times, they stay whole."""
ALIKE = 1.05
"""Images whose proportions differ by no more than this are stretched."""
GREY = ("1", "L", "LA", "La", "F", "I")


class Proposal(NamedTuple):
    """Height and width in pixels, colour and fit."""

    height: int
    width: int
    colour: Colour
    fit: Fit


def proposed(title: str, files: Sequence[File]) -> Proposal:
    """What suits these files. Raises `DataError` where none of them can be read."""
    some = evenly(files, ASKED)
    headers = list(in_order(lambda file: header_of(file.path, file.name), some))
    good = [header for header in headers if not header.fault]
    if not good:
        if not headers:
            raise DataError(f"{title} holds no images.", fix="Choose another folder.")
        first = f"{headers[0].name}: {headers[0].fault}"
        raise DataError(f"None of the images in {title} can be read ({first}).", fix="Check the files.")
    sizes = np.array([(header.height, header.width) for header in good], np.float64)
    proportions = sizes[:, 0] / sizes[:, 1]
    fit: Fit = "resize" if proportions.max() <= ALIKE * proportions.min() else "crop"
    is_grey = all(map(_is_grey, good)) or _looks_grey(evenly(some, LOOKED_AT))
    return Proposal(*_size(sizes), "grey" if is_grey else "colour", fit)


def evenly(files: Sequence[File], count: int) -> list[File]:
    """So many files, spread over all."""
    places = np.linspace(0, len(files) - 1, min(count, len(files))).astype(int)
    return [files[place] for place in places]


def _size(sizes: np.ndarray) -> tuple[int, int]:
    height, width = np.median(sizes, axis=0)
    if (sizes == sizes[0]).all() and max(height, width) <= KEPT_SIDE:
        return int(height), int(width)
    share = min(1.0, LARGEST_SIDE / max(height, width))
    if share == 1.0:
        return max(round(height), 1), max(round(width), 1)
    return max(round(height * share / STEP), 1) * STEP, max(round(width * share / STEP), 1) * STEP


def _is_grey(header: Header) -> bool:
    return header.mode in GREY or header.mode.startswith("I;16")


def _looks_grey(files: Sequence[File]) -> bool:
    """Whether images that could have colours have none."""

    def colours(file: File) -> bool:
        try:
            pixels = picture_of(file.path, LARGEST_SIDE).astype(np.int16)
        except UnreadableError:
            return False
        return bool((pixels.max(axis=2) - pixels.min(axis=2)).max() > 0)

    return not any(in_order(colours, files))
