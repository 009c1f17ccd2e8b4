"""What steps have found out from the training samples, as plain numbers: it is kept as JSON and applied anywhere.

A `Step` is what a person chooses; what it comes to is one of these few operations. They take raw or half-prepared
samples, N × shape, of which a table's are float32 with NaN for what is missing and a place for each category (−1: one
that is not known), and answer with new ones; nothing that is given is changed. What is infinite counts as missing.
"""

import msgspec
import numpy as np

from engine.scaling import SLICE, Scaling

GREY = (0.299, 0.587, 0.114)
"""What red, green and blue weigh in grey: ITU-R BT.601, as in Pillow."""


NOT_KNOWN = -1.0
"""In place of a category: none that is known."""


class Fitted(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Base of all. ``words`` say what was found, a sentence or a column each."""

    words: tuple[str, ...] = ()

    def apply(self, values: np.ndarray) -> np.ndarray:
        """The samples (N × shape) after it."""
        raise NotImplementedError

    def keeps(self, values: np.ndarray) -> np.ndarray | None:
        """Which of the samples stay, N × bool; None: all."""
        del values
        return None


class Filled(Fitted, frozen=True):
    """Columns whose missing values become these."""

    places: tuple[int, ...]
    values: tuple[float, ...]

    def apply(self, values: np.ndarray) -> np.ndarray:
        places, filled = list(self.places), values.astype(np.float32)
        found = filled[:, places]
        filled[:, places] = np.where(np.isfinite(found), found, np.asarray(self.values, np.float32))
        return filled


class Complete(Fitted, frozen=True):
    """Columns that no sample may lack; those that do are left out."""

    places: tuple[int, ...]

    def apply(self, values: np.ndarray) -> np.ndarray:
        return values

    def keeps(self, values: np.ndarray) -> np.ndarray:
        return np.count_nonzero(~np.isfinite(values[:, list(self.places)]), axis=1) == 0


class Scaled(Fitted, frozen=True):
    """Columns that become ``(value − offset) / scale``."""

    places: tuple[int, ...]
    scaling: Scaling

    def apply(self, values: np.ndarray) -> np.ndarray:
        places, scaled = list(self.places), values.astype(np.float32)
        scaled[:, places] = self.scaling.apply(scaled[:, places])
        return scaled


class Logarithmic(Fitted, frozen=True):
    """Columns that become ``sign(value) · ln(1 + |value|)``."""

    places: tuple[int, ...]

    def apply(self, values: np.ndarray) -> np.ndarray:
        places, bent = list(self.places), values.astype(np.float32)
        found = bent[:, places]
        bent[:, places] = np.sign(found) * np.log1p(np.abs(found))
        return bent


class Clipped(Fitted, frozen=True):
    """Columns whose values are kept between two limits each."""

    places: tuple[int, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def apply(self, values: np.ndarray) -> np.ndarray:
        places, clipped = list(self.places), values.astype(np.float32)
        low, high = np.asarray(self.low, np.float32), np.asarray(self.high, np.float32)
        clipped[:, places] = np.minimum(np.maximum(clipped[:, places], low), high)
        return clipped


class Binned(Fitted, frozen=True):
    """Columns that become the number of their bin: how many of the column's ``edges`` they reach."""

    places: tuple[int, ...]
    edges: tuple[tuple[float, ...], ...]

    def apply(self, values: np.ndarray) -> np.ndarray:
        binned = values.astype(np.float32)
        for place, edges in zip(self.places, self.edges, strict=True):
            column = binned[:, place]
            reached = np.searchsorted(np.asarray(edges, np.float32), column, side="right")
            binned[:, place] = np.where(np.isnan(column), column, reached)
        return binned


class OneHotted(Fitted, frozen=True):
    """Categories that become a column each, 1 for the one that it is; with none of them known, all are 0."""

    places: tuple[int, ...]
    counts: tuple[int, ...]
    unseen: tuple[tuple[int, ...], ...] = ()
    """Of each column the categories that no training sample has, which count as not known; empty: of none."""

    def apply(self, values: np.ndarray) -> np.ndarray:
        widths = np.ones(values.shape[1], np.int64)
        widths[list(self.places)] = self.counts
        starts = np.cumsum(widths) - widths
        wide = np.zeros((len(values), int(widths.sum())), np.float32)
        kept = np.setdiff1d(np.arange(values.shape[1]), self.places)
        wide[:, starts[kept]] = values[:, kept]
        values = forgotten(values, self.places, self.unseen)
        for place, count in zip(self.places, self.counts, strict=True):
            column = values[:, place]
            rows = np.flatnonzero((column >= 0) & (column < count))
            wide[rows, starts[place] + column[rows].astype(np.int64)] = 1
        return wide


class Numbered(Fitted, frozen=True):
    """Categories as whole numbers; one that is missing or not known is numbered behind all others."""

    places: tuple[int, ...]
    counts: tuple[int, ...]
    unseen: tuple[tuple[int, ...], ...] = ()
    """Of each column the categories that no training sample has, which count as not known; empty: of none."""

    def apply(self, values: np.ndarray) -> np.ndarray:
        places, numbered = list(self.places), forgotten(values.astype(np.float32), self.places, self.unseen)
        found, counts = numbered[:, places], np.asarray(self.counts, np.float32)
        numbered[:, places] = np.where((found >= 0) & (found < counts), found, counts)
        return numbered


class Kept(Fitted, frozen=True):
    """The columns that stay."""

    places: tuple[int, ...]

    def apply(self, values: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(values[:, list(self.places)])


class ScaledImages(Fitted, frozen=True):
    """Images whose channels become ``(value − offset) / scale``."""

    scaling: Scaling

    def apply(self, values: np.ndarray) -> np.ndarray:
        return self.scaling.apply(values)


class Resized(Fitted, frozen=True):
    """Images of another size: between pixels it is interpolated, and where they shrink, whole areas are averaged."""

    height: int
    width: int
    whole: bool = False
    """Whether pixels are whole numbers from 0 to 255, and stay so."""

    def apply(self, values: np.ndarray) -> np.ndarray:
        rows, columns = resampling(values.shape[2], self.height), resampling(values.shape[3], self.width)
        made = np.empty((*values.shape[:2], self.height, self.width), values.dtype)
        for start in range(0, len(values), SLICE):
            part = rows @ values[start : start + SLICE].astype(np.float32) @ columns.T
            made[start : start + SLICE] = as_pixels(part) if self.whole else part
        return made


class Greyed(Fitted, frozen=True):
    """Images whose three channels become one, as bright as they look."""

    whole: bool = False
    """Whether pixels are whole numbers from 0 to 255, and stay so."""

    def apply(self, values: np.ndarray) -> np.ndarray:
        made = np.empty((len(values), 1, *values.shape[2:]), values.dtype)
        weights = np.asarray(GREY, np.float32)
        for start in range(0, len(values), SLICE):
            part = np.tensordot(values[start : start + SLICE].astype(np.float32), weights, (1, 0))[:, None]
            made[start : start + SLICE] = as_pixels(part) if self.whole else part
        return made


AnyFitted = (
    Filled
    | Complete
    | Scaled
    | Logarithmic
    | Clipped
    | Binned
    | OneHotted
    | Numbered
    | Kept
    | ScaledImages
    | Resized
    | Greyed
)


def forgotten(values: np.ndarray, places: tuple[int, ...], unseen: tuple[tuple[int, ...], ...]) -> np.ndarray:
    """Samples whose categories that were not seen in a column count as not known."""
    if not any(unseen):
        return values
    values = values.copy()
    for place, strange in zip(places, unseen, strict=True):
        values[np.isin(values[:, place], strange), place] = NOT_KNOWN
    return values


def resampling(before: int, after: int) -> np.ndarray:
    """What each pixel of a side counts for each pixel of the new one, after × before: a triangle as wide as what it
    stands for, as Pillow's bilinear filter has it.
    """
    step = before / after
    reach = max(step, 1.0)
    centres = (np.arange(after) + 0.5) * step
    distance = np.abs(np.arange(before) + 0.5 - centres[:, None]) / reach
    weights = np.maximum(0.0, 1.0 - distance)
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def as_pixels(made: np.ndarray) -> np.ndarray:
    """Numbers as the nearest pixels."""
    return np.rint(made).clip(0, 255)
