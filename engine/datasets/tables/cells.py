"""What every reader of a table hands over: its columns in blocks, with the row of each line."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Protocol

import msgspec
import numpy as np

from engine.datasets.dataset import Skipped
from engine.datasets.tables.arrow import ArrowBatch, ArrowType
from engine.errors import DataError


class Cells(msgspec.Struct, frozen=True, eq=False):
    """A block of rows: the columns that were asked for, and the number of each row (N, int64) as a spreadsheet counts
    them: from 1, the header included.
    """

    batch: ArrowBatch
    rows: np.ndarray


class Reader(Protocol):
    """One pass over a table. ``skipped`` holds, by row, what has been left out so far."""

    skipped: dict[int, Skipped]
    faulty: ClassVar[str]
    """What the rows are that are left out, in words that follow “rows”."""

    @property
    def bytes_read(self) -> int:
        """How much of the file has been read, about; 0: nobody knows."""
        ...

    @property
    def names(self) -> list[str]:
        """The names of its columns, each different. Raises `DataError`."""
        ...

    def read(self, wanted: Sequence[str], types: Mapping[str, ArrowType]) -> Iterator[Cells]:
        """The wanted columns; of the types that are asked for where that costs nothing. Raises `DataError`."""
        ...


def unique_names(said: Sequence[str]) -> list[str]:
    """The names without blanks around them; those that lack are counted, those that return are numbered."""
    found: dict[str, None] = {}
    for place, name in enumerate(said, 1):
        plain = " ".join(str(name).split())[:LONGEST_NAME] or f"column {place}"
        new, count = plain, 2
        while new in found:
            new, count = f"{plain} ({count})", count + 1
        found[new] = None
    return list(found)


def too_many_columns(said: Sequence[str], path: Path) -> Sequence[str]:
    """The names as they are. Raises `DataError` where they are more than a table has."""
    if len(said) > MOST_COLUMNS:
        raise DataError(
            f"{path.name} has {len(said):,} columns.",
            expected=f"A table has at most {MOST_COLUMNS:,}.",
            fix="Save its numbers as an array (.npy) and open that.",
        )
    return said


LONGEST_NAME = 200
MOST_COLUMNS = 10_000
