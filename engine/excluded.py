"""Training samples that are left out, as a project keeps them: numbers from 0, and ranges such as ``30-34``."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from engine.errors import DataError
from engine.spec import MOST_NAMES, abbreviate

_ENTRY = re.compile(r"[0-9]{1,15}(-[0-9]{1,15})?")


def numbers(entries: Iterable[str], count: int) -> np.ndarray:
    """The rows that these entries name, ascending. Raises `DataError` where one is no range of the ``count`` rows."""
    found = [np.arange(first, last + 1) for first, last in (_range(entry, count) for entry in entries)]
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


def counted(entries: Iterable[str]) -> int:
    """How many rows these entries name; what is no range names none."""
    return sum(max(0, last - first + 1) for first, last in map(_bounds, filter(_is_range, entries)))


def _is_range(entry: str) -> bool:
    return _ENTRY.fullmatch(entry.strip()) is not None


def _range(entry: str, count: int) -> tuple[int, int]:
    first, last = _bounds(entry) if _is_range(entry) else (0, -1)
    if first > last:
        raise DataError(
            f"“{abbreviate(entry, 60)}” names no samples that could be left out.",
            expected="It must be a number or a range, counted from 0, such as 12 or 30-34.",
        )
    if last >= count:
        raise DataError(
            f"Sample {last:,} is to be left out, but there are only {count:,}, counted from 0.",
            expected="The data have changed since samples were chosen to be left out.",
            fix="Use all samples again and examine the data anew.",
        )
    return first, last


def spelled(rows: Iterable[int] | np.ndarray) -> tuple[str, ...] | None:
    """The entries that name these rows; None: they are so scattered that a project could not keep them."""
    unique = np.unique(np.fromiter(rows, np.int64))
    entries = tuple(map(_spelled, _runs(unique)))
    return entries if len(entries) <= MOST_NAMES else None


def joined(entries: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """Both as ascending ranges without repetition; what is no range stays as it is, at the end."""
    both = (*entries, *more)
    ranges = sorted(_bounds(entry) for entry in both if _is_range(entry))
    merged: list[tuple[int, int]] = []
    for first, last in ranges:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return (*map(_spelled, merged), *(entry for entry in both if not _is_range(entry)))


def _bounds(entry: str) -> tuple[int, int]:
    first, _, last = entry.strip().partition("-")
    return int(first), int(last or first)


def _spelled(bounds: tuple[int, int]) -> str:
    first, last = bounds
    return f"{first}" if first == last else f"{first}-{last}"


def _runs(rows: np.ndarray) -> Iterator[tuple[int, int]]:
    """First and last of each run of ascending rows that follow each other."""
    if not len(rows):
        return
    breaks = np.flatnonzero(np.diff(rows) > 1) + 1
    bounds = [0, *breaks.tolist(), len(rows)]
    for start, end in pairwise(bounds):
        yield int(rows[start]), int(rows[end - 1])
