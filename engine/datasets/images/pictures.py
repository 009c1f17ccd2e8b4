"""One image file: what its header says, and its pixels as a network receives them.

Every format that Pillow reads, save those that would start another program. Training, looking and predicting all read
their pixels here, so that they see the same image.
"""

import logging
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np

if TYPE_CHECKING:
    from PIL import Image

    from engine.datasets.images.walking import File

Fit = Literal["resize", "crop", "pad"]
Colour = Literal["colour", "grey"]

MOST_PIXELS = 100_000_000
"""Larger images are refused by their header, before they take memory; of a JPEG, which is made smaller while it is
decoded, Pillow allows 179 million.
"""

NEVER = frozenset({"BUFR", "EPS", "GRIB", "HDF5", "MPEG", "WMF"})
"""Formats that Pillow only knows by name, or that it hands to Ghostscript or Windows."""

FAULTS = (
    *(OSError, ValueError, TypeError, LookupError, ArithmeticError, SyntaxError, AttributeError, RuntimeError),
    *(AssertionError, EOFError, MemoryError, struct.error, zlib.error),
)
"""What Pillow raises for damaged files: its readers are many, and each fails in its own way."""

# What is wrong with a file is told once, where it is left out, and not in the log as well.
logging.getLogger("PIL").setLevel(logging.CRITICAL)
# Pillow warns of an image from 89 million pixels on; the limit that counts is ours.
warnings.filterwarnings("ignore", message=r"Image size \(\d+ pixels\) exceeds limit")


class UnreadableError(Exception):
    """Why a file is no image that can be used, as a clause such as “it is cut off”."""


class Decoding(msgspec.Struct, frozen=True):
    """How images become samples of one shape: all stretched to it, scaled and cropped, or scaled and padded."""

    height: int
    width: int
    colour: Colour = "colour"
    fit: Fit = "resize"

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        return (1 if self.colour == "grey" else 3, self.height, self.width)

    def read(self, file: "File") -> tuple[np.ndarray, bool]:
        """See `pixels_of`."""
        return pixels_of(file.path, self)


class Header(msgspec.Struct, frozen=True):
    """What is known of an image without decoding it: width and height in pixels as it is seen (turned as its camera
    says), Pillow's mode and format, its bytes, whether it moves; or, in ``fault``, why it cannot be read.
    """

    name: str
    width: int = 0
    height: int = 0
    mode: str = ""
    format: str = ""
    bytes: int = 0
    moves: bool = False
    fault: str = ""


def header_of(path: Path, name: str = "") -> Header:
    """What the header of a file says; a file that is no image has a ``fault``."""
    name = name or path.name
    try:
        size = path.stat().st_size
    except OSError as fault:
        return Header(name, fault=_reason(fault, path))
    try:
        with opened_picture(path) as image:
            width, height = image.size
            if _orientation(image) >= 5:
                width, height = height, width
            return Header(name, width, height, image.mode, image.format or "", size, _moves(image))
    except UnreadableError as fault:
        return Header(name, bytes=size, fault=str(fault))


def pixels_of(path: Path | BytesIO, how: Decoding) -> tuple[np.ndarray, bool]:
    """The image as uint8, channels × height × width, and whether it is the first of several. Raises
    `UnreadableError`.
    """
    with opened_picture(path) as image:
        moves = _moves(image)
        # Twice what is asked for, so that what is made smaller here is still averaged over whole areas.
        side = 2 * max(how.height, how.width)
        image.draft(None, (side, side))  # pyright: ignore[reportArgumentType]  (None: the mode stays)
        whole = upright(image, how.colour)
        pixels = np.asarray(fitted(whole, how, smooth=True))
    return pixels.reshape(how.height, how.width, -1).transpose(2, 0, 1), moves


def picture_of(path: Path, longest_side: int) -> np.ndarray:
    """The image in colour as it is, height × width × 3 as uint8, made smaller where a side is longer than that. Raises
    `UnreadableError`.
    """
    from PIL import Image

    with opened_picture(path) as image:
        image.draft(None, (longest_side, longest_side))  # pyright: ignore[reportArgumentType]
        whole = upright(image, "colour")
        whole.thumbnail((longest_side, longest_side), Image.Resampling.BOX)
        return np.array(whole)


@contextmanager
def opened_picture(path: Path | BytesIO) -> Generator["Image.Image"]:
    """An image of which only the header is read yet. What goes wrong with it becomes an `UnreadableError`."""
    from PIL import Image

    try:
        with Image.open(path, formats=formats()) as image:
            _refuse_giants(image)
            yield image
    except Image.DecompressionBombError as fault:
        # All that Pillow tells is the number of pixels.
        count = int(next(iter(re.findall(r"\d+", str(fault))), MOST_PIXELS))
        raise UnreadableError(f"it has {count:,} pixels; at most {MOST_PIXELS:,} are read") from None
    except FAULTS as fault:
        raise UnreadableError(_reason(fault, path)) from None


def upright(image: "Image.Image", colour: Colour) -> "Image.Image":
    """The image in eight bits, grey or in three colours, turned as its camera says, on white where it lets through."""
    turn = turn_of(image)
    image.load()
    return turn(on_white(in_eight_bits(image)).convert("L" if colour == "grey" else "RGB"))


def in_eight_bits(image: "Image.Image") -> "Image.Image":
    """Images of 16 or 32 bits scaled to 0 … 255, others as they are. Of 16 bits all stand for 0 … 1; of 32, the values
    between the lowest and the highest, unless they lie within 0 … 1, one byte or two.
    """
    from PIL import Image

    if not image.mode.startswith(("I", "F")):
        return image
    values = np.nan_to_num(np.asarray(image, np.float64), posinf=0.0, neginf=0.0)
    lowest, highest = 0.0, 65_535.0
    if not image.mode.startswith("I;16"):
        limits = (1.0, 255.0, 65_535.0) if image.mode == "F" else (255.0, 65_535.0)
        lowest, highest = min(0.0, values.min()), values.max()
        highest = next((limit for limit in limits if lowest == 0 and highest <= limit), highest)
    scaled = (values - lowest) * (255 / max(highest - lowest, 1e-12))
    return Image.fromarray(np.rint(scaled).clip(0, 255).astype(np.uint8))


def on_white(image: "Image.Image") -> "Image.Image":
    """The image with white behind all that lets through."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    image = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)


def fitted(image: "Image.Image", how: Decoding, *, smooth: bool, border: int = 0) -> "Image.Image":
    """The image in the size asked for; not ``smooth``: its values stay those that there are, as in a mask. A ``border``
    that is added has this value.
    """
    from PIL import Image

    width, height = how.width, how.height
    if how.fit == "pad":
        share = min(width / image.width, height / image.height)
        inner = max(round(image.width * share), 1), max(round(image.height * share), 1)
        sheet = Image.new(image.mode, (width, height), border)
        sheet.paste(_resized(image, inner, smooth), ((width - inner[0]) // 2, (height - inner[1]) // 2))
        return sheet
    box = (0.0, 0.0, float(image.width), float(image.height))
    if how.fit == "crop":
        share = min(image.width / width, image.height / height)
        left, top = (image.width - width * share) / 2, (image.height - height * share) / 2
        # Rounded, an edge may come to lie a hair outside, which Pillow refuses.
        right, bottom = min(left + width * share, image.width), min(top + height * share, image.height)
        box = (max(left, 0.0), max(top, 0.0), right, bottom)
    return _resized(image, (width, height), smooth, box)


def _resized(
    image: "Image.Image", size: tuple[int, int], smooth: bool, box: tuple[float, float, float, float] | None = None
) -> "Image.Image":
    from PIL import Image

    # Whole areas are averaged where the image shrinks; a smoother filter would blur small ones away.
    shrinks = image.width > size[0] or image.height > size[1]
    by = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR
    return image.resize(size, by if smooth else Image.Resampling.NEAREST, box)


@cache
def formats() -> tuple[str, ...]:
    """The formats that are read, by Pillow's names."""
    from PIL import Image

    Image.init()
    return tuple(name for name in Image.ID if name not in NEVER)


@cache
def suffixes() -> frozenset[str]:
    """The endings of files that are images, lower case with the dot."""
    from PIL import Image

    return frozenset(suffix for suffix, kind in Image.registered_extensions().items() if kind in formats())


def _refuse_giants(image: "Image.Image") -> None:
    width, height = image.size
    if width * height > MOST_PIXELS and image.format not in ("JPEG", "MPO"):
        raise UnreadableError(f"it is {width:,}×{height:,} pixels large; at most {MOST_PIXELS:,} are read")


def _orientation(image: "Image.Image") -> int:
    """How its camera was held, as EXIF numbers it from 1 (upright) to 8."""
    # Pillow turns a TIFF itself. A PNG may say it behind its pixels: asked before, it would decode them.
    if image.format == "TIFF" or (image.format == "PNG" and "exif" not in image.info):
        return 1
    with suppress(*FAULTS):
        return int(image.getexif().get(0x0112, 1))
    return 1


def turn_of(image: "Image.Image") -> Callable[["Image.Image"], "Image.Image"]:
    """What brings this image, or one made of it, upright: asked before it is decoded."""
    from PIL.Image import Transpose

    turns = Transpose.FLIP_LEFT_RIGHT, Transpose.ROTATE_180, Transpose.FLIP_TOP_BOTTOM, Transpose.TRANSPOSE
    more = Transpose.ROTATE_270, Transpose.TRANSVERSE, Transpose.ROTATE_90
    turn = dict(enumerate((*turns, *more), 2)).get(_orientation(image))
    return (lambda made: made) if turn is None else (lambda made: made.transpose(turn))


def _moves(image: "Image.Image") -> bool:
    with suppress(*FAULTS):
        return bool(getattr(image, "is_animated", False))
    return False


def _reason(fault: BaseException, path: Path | BytesIO) -> str:
    from PIL import UnidentifiedImageError

    if isinstance(fault, FileNotFoundError):
        return "it is no longer there"
    if isinstance(fault, MemoryError):
        return "there is not enough memory for it"
    if isinstance(fault, UnidentifiedImageError):
        return "it is empty" if _is_empty(path) else "it is no image"
    if isinstance(fault, OSError) and fault.strerror:
        return f"it cannot be read ({fault.strerror})"
    return "it is cut off or damaged"


def _is_empty(path: Path | BytesIO) -> bool:
    if isinstance(path, BytesIO):
        return not path.getbuffer().nbytes
    with suppress(OSError):
        return path.stat().st_size == 0
    return False
