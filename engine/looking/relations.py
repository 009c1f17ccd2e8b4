"""How strongly columns go with each other.

Between two numbers: Pearson's correlation (K. Pearson, Proceedings of the Royal Society 58, 1895). Between a category
and a number: the correlation ratio η (R. A. Fisher, Statistical Methods for Research Workers, 1925). Between two
categories: Cramér's V (H. Cramér, Mathematical Methods of Statistics, 1946) without the strength that many categories
have by chance (W. Bergsma, Journal of the Korean Statistical Society 42, 2013). Rows that lack one of two values say
nothing of these two.
"""

from collections.abc import Sequence

import numpy as np

from engine.looking.frame import Column, Frame
from engine.looking.view import Relations

MOST_NAMES = 40
MOST_CATEGORIES = 50
"""Of more categories than these, each has too few rows to say anything."""
MOST_ROWS = 250_000
"""Of more rows than these, as many are taken evenly from all: the figures stay the same to two decimals."""


def relations(frame: Frame) -> Relations | None:
    """Of the columns of what is given and asked for; None: there are no two."""
    columns = _related(frame)
    if len(columns) < 2:
        return None
    rows = _rows(len(frame))
    values = [column.values[rows] for column in columns]
    strengths = np.full((len(columns), len(columns)), np.nan)
    is_number = np.array([column.head.kind != "category" for column in columns])
    numbers, categories = np.flatnonzero(is_number).tolist(), np.flatnonzero(~is_number).tolist()
    weights = [weights_of(values[place]) for place in numbers] if categories else []
    if numbers:
        strengths[np.ix_(numbers, numbers)] = correlations(np.stack([values[place] for place in numbers], axis=1))
    for one in categories:
        strengths[one, numbers] = strengths[numbers, one] = correlation_ratios(values[one], weights)
        for other in categories:
            if other <= one:
                strengths[one, other] = strengths[other, one] = cramers_v(values[one], values[other])
    names = tuple(column.head.name for column in columns)
    return Relations(names, strengths.astype(np.float32), len(frame) if rows == slice(None) else len(values[0]))


def _rows(count: int) -> slice:
    return slice(None) if count <= MOST_ROWS else slice(0, None, -(-count // MOST_ROWS))


def _related(frame: Frame) -> list[Column]:
    """The columns that can be compared; where there are very many, the first and what is asked for."""
    fits = [column for column in frame.columns.values() if _can_relate(column)]
    targets = [column for column in fits if column.head.role == "target"]
    inputs = [column for column in fits if column.head.role != "target"]
    return [*inputs[: MOST_NAMES - len(targets[:MOST_NAMES])], *targets[:MOST_NAMES]]


def _can_relate(column: Column) -> bool:
    head = column.head
    return head.role != "part" and head.kind != "text" and (head.kind != "category" or _few(len(head.categories)))


def _few(categories: int) -> bool:
    return 2 <= categories <= MOST_CATEGORIES


def correlations(values: np.ndarray) -> np.ndarray:
    """Pearson's of every two columns (N × columns, NaN where missing), from the rows that have both."""
    known = np.isfinite(values)
    # Around their means, or the squares of large numbers would drown their differences.
    counts = np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, values, 0.0)
    centred = np.where(known, centred - centred.sum(axis=0) / counts, 0.0)
    both = known.astype(np.float64)
    pairs = both.T @ both
    sums, squares = centred.T @ both, np.square(centred).T @ both
    products = centred.T @ centred
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = squares - np.square(sums) / pairs
        shared = products - sums * sums.T / pairs
        found = shared / np.sqrt(spread * spread.T)
    # What does not vary goes with nothing.
    varies = (spread > 1e-12 * np.maximum(squares, 1e-300)) & (pairs > 1)
    return np.clip(np.where(varies & varies.T, found, np.nan), -1, 1)


Weights = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Of each number: whether it is known, how far it is from the mean of its column (0 where unknown), and its square."""


def weights_of(values: np.ndarray) -> Weights:
    """What a column of numbers adds to its categories, whichever these are."""
    known = np.isfinite(values)
    centred = np.where(known, values - (values[known].mean() if known.any() else 0.0), 0.0)
    return known.astype(np.float64), centred, np.square(centred)


def correlation_ratios(codes: np.ndarray, columns: Sequence[Weights]) -> list[float]:
    """Which part of the deviation of each column of numbers is between the categories: η from 0 to 1; NaN where nothing
    varies.
    """
    # What has no category is counted before the first one.
    places = codes.astype(np.intp) + 1
    return [_ratio(places, column) for column in columns]


def _ratio(places: np.ndarray, column: Weights) -> float:
    counts, sums, squares = (np.bincount(places, weights)[1:] for weights in column)
    count = counts.sum()
    if not count:
        return float("nan")
    moved = sums.sum() ** 2 / count
    whole = squares.sum() - moved
    if whole <= 1e-12 * squares.sum():
        return float("nan")
    between = (np.square(sums) / np.maximum(counts, 1)).sum() - moved
    return float(np.sqrt(min(1.0, max(0.0, between / whole))))


def cramers_v(one: np.ndarray, other: np.ndarray) -> float:
    """Bergsma's V of two columns of categories, from 0 to 1; NaN: one of them does not vary."""
    known = (one >= 0) & (other >= 0)
    one, other = one[known], other[known]
    if len(one) < 2:
        return float("nan")
    width = int(other.max()) + 1
    table = np.bincount(one.astype(np.int64) * width + other, minlength=(int(one.max()) + 1) * width)
    table = table.reshape(-1, width).astype(np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if min(table.shape) < 2:
        return float("nan")
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / len(one)
    phi = float((np.square(table - expected) / expected).sum()) / len(one)
    rows, columns = table.shape
    chance = (rows - 1) * (columns - 1) / (len(one) - 1)
    least = min(size - (size - 1) ** 2 / (len(one) - 1) for size in (rows, columns)) - 1
    return float(np.sqrt(min(1.0, max(0.0, phi - chance) / least))) if least > 0 else float("nan")
