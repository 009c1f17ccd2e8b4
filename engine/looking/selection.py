"""Which rows pass the filters, and in which order they are."""

from typing import Any

import numpy as np

from engine.errors import DataError
from engine.looking.arrow import compute
from engine.looking.frame import Column, Frame
from engine.looking.view import Among, Between, Contains, Filter, Missing, Numbered, Query

MOST_ORDERS = 8


def ordered(frame: Frame, query: Query) -> np.ndarray:
    """The numbers of the rows that pass all filters, in the order that is asked for. Raises `DataError`.

    It is remembered: the pages of one answer cost nothing more.
    """
    asked = (query.filters, query.sort, query.descending)
    found = frame.orders.get(asked)
    if found is None:
        while len(frame.orders) >= MOST_ORDERS:
            del frame.orders[next(iter(frame.orders))]
        found = frame.orders[asked] = _found(frame, query)
    return found


def _found(frame: Frame, query: Query) -> np.ndarray:
    rows = np.arange(len(frame))
    for each in query.filters:
        rows = rows[passing(frame, each, rows)]
    if not query.sort:
        return rows
    column = frame.column(query.sort)
    return rows[_order(column, rows, query.descending)]


def passing(frame: Frame, each: Filter, rows: np.ndarray) -> np.ndarray:
    """Which of these rows pass a filter, as flags. Raises `DataError` where it does not suit the column."""
    if isinstance(each, Numbered):
        wanted = np.zeros(len(frame), bool)
        wanted[frame.places(each.rows)] = True
        return wanted[rows]
    column = frame.column(each.column)
    match each:
        case Missing():
            return is_missing(column, rows) != each.is_not
        case Between():
            return _between(column, each, rows)
        case Among():
            return _among(column, each, rows)
        case Contains():
            return _contains(column, each, rows)


def is_missing(column: Column, rows: np.ndarray) -> np.ndarray:
    """Which of these rows have no value."""
    match column.head.kind:
        case "number" | "date":
            return np.isnan(column.values[rows])
        case "category":
            return column.values[rows] < 0
        case "text":
            return _flags(column.values.is_null())[rows]


def _between(column: Column, each: Between, rows: np.ndarray) -> np.ndarray:
    if column.head.kind not in ("number", "date"):
        raise DataError(
            f"{column.head.name} holds no numbers.", expected="It can be asked which words are in it.", fix=_FIX
        )
    values = column.values[rows]
    above = values >= each.low if each.with_low else values > each.low
    below = values <= each.high if each.with_high else values < each.high
    inside = above & below
    return ~inside & ~np.isnan(values) if each.is_not else inside


def _among(column: Column, each: Among, rows: np.ndarray) -> np.ndarray:
    if column.head.kind == "text":
        import pyarrow as pa

        return _flags(compute().is_in(column.values, pa.array(each.values, pa.string())))[rows]
    wanted = np.array([category in each.values for category in column.head.categories] + [False], bool)
    # A missing one is −1, the last of the flags.
    return wanted[column.values[rows]] if column.head.kind == "category" else np.zeros(len(rows), bool)


def _contains(column: Column, each: Contains, rows: np.ndarray) -> np.ndarray:
    words = each.words.casefold()
    if column.head.kind == "category":
        fits = [
            (words == name.casefold()) if each.is_whole else words in name.casefold() for name in column.head.categories
        ]
        return np.array([*fits, False], bool)[column.values[rows]]
    if column.head.kind != "text":
        raise DataError(f"{column.head.name} holds no words.", expected="It can be compared with a number.", fix=_FIX)
    if each.is_whole:
        return _flags(compute().equal(compute().utf8_lower(column.values), each.words.lower()))[rows]
    return _flags(compute().match_substring(column.values, each.words, ignore_case=True))[rows]


def _flags(found: Any) -> np.ndarray:
    """A pyarrow array of flags as numpy's; what is null is not so."""
    return found.fill_null(False).to_numpy(zero_copy_only=False).astype(bool)


def _order(column: Column, rows: np.ndarray, descending: bool) -> np.ndarray:
    """The places of the rows in sorted order; those without a value come last, equal ones as they come."""
    if column.head.kind == "text":
        way = "descending" if descending else "ascending"
        picked = column.values.take(rows)
        return compute().array_sort_indices(picked, order=way, null_placement="at_end").to_numpy()
    values = column.values[rows]
    if column.head.kind == "category":
        values = np.where(values < 0, np.nan, values.astype(np.float64))
    return np.argsort(-values if descending else values, kind="stable")


_FIX = "Correct the filter, or take it away."
