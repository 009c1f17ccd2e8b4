"""Images and curves of samples, as small as they are shown; mean images and sizes."""

import math
from collections import Counter
from contextlib import suppress

import numpy as np

from engine.datasets.dataset import Dataset
from engine.datasets.images.source import ImageSource, headers
from engine.errors import DataError
from engine.looking.frame import Frame
from engine.looking.pixels import has_means
from engine.looking.view import ImageOverview
from engine.scaling import SLICE

THUMBNAIL = 96
LARGE = 512
POINTS = 64
FINE_POINTS = 1024
MOST_FILES = 5000
MOST_SIZES = 200


def pictures(frame: Frame, rows: np.ndarray, side: int = THUMBNAIL) -> np.ndarray:
    """The images of these rows: uint8, N × height × width × 1 or 3, no side longer than asked for."""
    samples = [shrunk(sample, side) for sample, _ in frame.pick(rows)]
    if not samples:
        return np.zeros((0, 1, 1, 1), np.uint8)
    return painted(np.stack(samples), *limits(frame))


def shrunk(image: np.ndarray, side: int) -> np.ndarray:
    """An image (channels × height × width) with each pixel the mean of a square of them, where it is too large."""
    step = math.ceil(max(image.shape[1:]) / side)
    if step <= 1:
        return image
    channels, height, width = image.shape
    high, wide = max(1, height // step), max(1, width // step)
    # Of a side shorter than a square, all of it is the square.
    down, across = min(step, height), min(step, width)
    squares = image[:, : high * down, : wide * across].reshape(channels, high, down, wide, across)
    means = squares.mean(axis=(2, 4), dtype=np.float32)
    return np.rint(means).astype(np.uint8) if image.dtype == np.uint8 else means


def painted(images: np.ndarray, lowest: float, highest: float) -> np.ndarray:
    """Images (N × channels × height × width) for the eye: three channels are colours, of others the first is grey."""
    shown = images[:, :3] if images.shape[1] >= 3 else images[:, :1]
    if shown.dtype != np.uint8 or (lowest, highest) != (0.0, 255.0):
        scaled = (shown.astype(np.float32) - lowest) * (255 / max(highest - lowest, 1e-12))
        shown = np.nan_to_num(np.clip(np.rint(scaled), 0, 255)).astype(np.uint8)
    return np.ascontiguousarray(shown.transpose(0, 2, 3, 1))


def limits(frame: Frame) -> tuple[float, float]:
    """The values that are painted black and white."""
    first = next(frame.segments()).inputs
    if first.dtype == np.uint8:
        return 0.0, float(frame.dataset.largest) if frame.dataset.largest > 1 else 255.0
    if not first.size:
        return 0.0, 1.0
    # A look at some of them is enough to tell 0 … 1 from −1 … 1.
    some = first[:: max(1, len(first) // SLICE)]
    known = some[np.isfinite(some)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def curves(frame: Frame, rows: np.ndarray, points: int = POINTS) -> np.ndarray:
    """The samples of these rows as curves from 0 to 1: N × channels (at most 8) × points."""
    picked = [thinned(_channels(frame.dataset, sample)[:8], points) for sample, _ in frame.pick(rows)]
    if not picked:
        return np.zeros((0, 1, 1), np.float32)
    lowest, highest = limits(frame)
    return np.clip((np.stack(picked) - lowest) / max(highest - lowest, 1e-12), 0, 1).astype(np.float32)


def _channels(dataset: Dataset, sample: np.ndarray) -> np.ndarray:
    """A curve as channels × steps."""
    return sample if dataset.channels_first else sample.T


def thinned(curve: np.ndarray, points: int) -> np.ndarray:
    """A curve (channels × steps) of at most so many steps: the lowest and the highest of each stretch are kept."""
    steps = curve.shape[1]
    if steps <= points:
        return curve
    stretch = -(-steps // (points // 2))
    whole = np.pad(curve, ((0, 0), (0, -steps % stretch)), mode="edge").reshape(len(curve), -1, stretch)
    return np.stack([whole.min(axis=2), whole.max(axis=2)], axis=2).reshape(len(curve), -1)


def image_overview(frame: Frame) -> ImageOverview:
    """Mean images and sizes. Mean images are of all rows."""
    found, lowest_highest = frame.pixels, limits(frame)
    names = frame.dataset.classes if has_means(frame.dataset) else ()
    means = [
        (name, painted(shrunk(image, THUMBNAIL)[None], *lowest_highest)[0])
        for name, image, count in zip(names, found.images, found.counts, strict=False)
        if count
    ]
    return ImageOverview(
        painted(shrunk(found.mean_image, THUMBNAIL)[None], *lowest_highest)[0], tuple(means), sizes(frame)
    )


def sizes(frame: Frame) -> tuple[tuple[tuple[int, int], int], ...]:
    """How many images have which size (width, height), the most frequent first, as they are in their files. Of very
    many files, so many are looked at, evenly from all.
    """
    dataset = frame.dataset
    if not isinstance(dataset, ImageSource):
        _, height, width = dataset.shape
        return (((width, height), len(frame)),)
    files = dataset.listing().files
    looked_at = files[:: -(-len(files) // MOST_FILES) or 1]
    counts = Counter((header.width, header.height) for header in headers(looked_at) if not header.fault)
    return tuple(counts.most_common(MOST_SIZES))


def large_picture(frame: Frame, row: int) -> np.ndarray:
    """The image of a row, as large as it is in its file, where it has one that can be read."""
    name = frame.words(row)
    if isinstance(frame.dataset, ImageSource) and name:
        with suppress(DataError, OSError):
            return frame.dataset.picture_of(name, LARGE)
    return pictures(frame, np.array([row]), LARGE)[0]


def answer_picture(dataset: Dataset, target: np.ndarray) -> np.ndarray | None:
    """The image that is asked for, uint8, height × width × 1 or 3; None: it is none."""
    if dataset.classes or target.ndim != 3:
        return None
    image = shrunk(target, LARGE)[None]
    return painted(image, float(image.min()), float(image.max()))[0]


def answer_classes(dataset: Dataset, target: np.ndarray) -> np.ndarray | None:
    """The class of each pixel, height × width; None: it has one class or none."""
    if not dataset.classes or target.ndim != 2:
        return None
    step = math.ceil(max(target.shape) / LARGE)
    return target[::step, ::step].astype(np.int32)
