"""Rows of Python values as columns of one type each, for the readers that get them one by one."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import numpy as np

from engine.datasets.tables.arrow import ArrowColumn
from engine.datasets.tables.cells import Cells
from engine.datasets.tables.values import written

BLOCK = 20_000
MOST_CELLS = 1_000_000
"""Of a block: of very many columns fewer rows are held at a time."""


def block_of(columns: int, most: int = BLOCK) -> int:
    """How many rows of so many columns are a block."""
    return max(1, min(most, MOST_CELLS // max(1, columns)))


def blocks(rows: Iterable[tuple[int, Sequence[Any]]], names: Sequence[str], wanted: Sequence[str]) -> Iterator[Cells]:
    """The wanted columns of numbered rows, block by block. A row that is too short lacks the last values."""
    import pyarrow as pa

    places, remaining = [names.index(name) for name in wanted], iter(rows)
    while block := list(islice(remaining, block_of(len(names)))):
        columns = [column_of([_at(row, place) for _, row in block]) for place in places]
        numbers = np.array([number for number, _ in block], np.int64)
        yield Cells(pa.RecordBatch.from_arrays(columns, names=list(wanted)), numbers)


def _at(row: Sequence[Any], place: int) -> Any:
    return row[place] if place < len(row) else None


def column_of(values: list[Any]) -> ArrowColumn:
    """The values as numbers or as times where all are, else as words; lists and the like as what no table holds."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float, Decimal}:
        return pa.array([None if value is None else _number(value) for value in values], pa.float64())
    if kinds <= {datetime, date}:
        return pa.array([None if value is None else _time(value) for value in values], pa.timestamp("us"))
    if kinds & {list, dict, tuple, bytes}:
        return pa.array([None if value is None else [0] for value in values], pa.list_(pa.int8()))
    return pa.array([None if value is None else _words(value) for value in values], pa.string())


def _number(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("nan")  # A whole number of more than 308 digits.


def _time(value: Any) -> datetime:
    whole = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
    return whole.replace(tzinfo=None)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    # Half of a pair of UTF-16 is no letter that could be written.
    return written(float(value) if isinstance(value, Decimal) else value).encode("utf-8", "replace").decode("utf-8")
