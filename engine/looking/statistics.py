"""How the values of one column are distributed."""

from typing import Any

import numpy as np

from engine.looking.arrow import compute
from engine.looking.frame import Column
from engine.looking.view import ColumnOverview, Head, Quantiles
from engine.preview import Histogram

BINS = 30
MOST_TOP = 20
_SHARES = (0.25, 0.5, 0.75)


def column_overview(column: Column) -> ColumnOverview:
    """What is known of a column."""
    match column.head.kind:
        case "number" | "date":
            return of_numbers(column.head, column.values)
        case "category":
            return of_categories(column.head, column.values)
        case "text":
            return of_texts(column.head, column.values)


def of_numbers(head: Head, values: np.ndarray) -> ColumnOverview:
    """Of float64 values in which NaN stands for a missing one."""
    missing = int(np.isnan(values).sum())
    ordered = np.sort(values[np.isfinite(values)])
    infinite = len(values) - missing - len(ordered)
    counted = ColumnOverview(head, len(values), missing, 0, infinite=infinite)
    if not len(ordered):
        return counted
    quarter, middle, three_quarters = np.quantile(ordered, _SHARES).tolist()
    return ColumnOverview(
        head,
        len(values),
        missing,
        distinct=1 + int(np.count_nonzero(ordered[1:] != ordered[:-1])),
        mean=float(ordered.mean()),
        deviation=float(ordered.std()),
        quantiles=Quantiles(float(ordered[0]), quarter, middle, three_quarters, float(ordered[-1])),
        histogram=histogram(ordered, head.is_whole),
        infinite=infinite,
    )


def histogram(ordered: np.ndarray, whole: bool) -> Histogram:
    """Of finite numbers in ascending order. The last bar holds its upper edge; few whole numbers get a bar each."""
    low, high = float(ordered[0]), float(ordered[-1])
    if whole and high - low < BINS:
        edges = np.arange(low - 0.5, high + 1)
    elif whole:
        # Bars of the same number of whole numbers: none looks lower only because it holds fewer of them.
        step = np.ceil((high - low + 1) / BINS)
        edges = np.arange(low - 0.5, high + step, step)
    else:
        edges = np.linspace(low, high, BINS + 1) if high > low else np.array([low - 0.5, low + 0.5])
    below = np.searchsorted(ordered, edges, side="left")
    below[-1] = len(ordered)
    return Histogram(tuple(np.diff(below).tolist()), tuple(edges.tolist()))


def of_categories(head: Head, codes: np.ndarray) -> ColumnOverview:
    """Of places in the categories of the head, in which −1 stands for a missing one."""
    counts = np.bincount(codes[codes >= 0], minlength=len(head.categories))
    # What is used for training, validation and test is best known in that order.
    order = np.arange(len(counts)) if head.role == "part" else np.argsort(-counts, kind="stable")
    top = [(head.categories[place], int(counts[place])) for place in order[:MOST_TOP].tolist() if counts[place]]
    missing = int((codes < 0).sum())
    return _of_counted(head, len(codes), missing, int(np.count_nonzero(counts)), top)


def of_texts(head: Head, values: Any) -> ColumnOverview:
    """Of a pyarrow array of texts."""
    missing = values.null_count
    counted = compute().value_counts(values.drop_null())
    counts = counted.field("counts").to_numpy(zero_copy_only=False)
    order = np.argsort(-counts, kind="stable")[:MOST_TOP]
    words = counted.field("values").take(order).to_pylist()
    top = [(word, int(counts[place])) for word, place in zip(words, order.tolist(), strict=True)]
    return _of_counted(head, len(values), missing, len(counts), top)


def _of_counted(head: Head, count: int, missing: int, distinct: int, top: list[tuple[str, int]]) -> ColumnOverview:
    others = count - missing - sum(times for _, times in top)
    return ColumnOverview(head, count, missing, distinct, top=tuple(top), others=others)
