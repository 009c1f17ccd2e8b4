"""Cells that list labels, such as ``sports|arts``: found out from their marks, and read as rows of yes and no."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.datasets.tables.arrow import ArrowColumn
from engine.datasets.tables.arrow import compute as functions
from engine.datasets.tables.column import MOST_CATEGORIES
from engine.datasets.tables.values import plain, trimmed, written

MARKS = ("|", ";", ",")
"""What may stand between two labels."""
MOST_LABELS = 100
"""More labels than these are not proposed."""
ROWS_OF_A_LABEL = 2
"""On average, at least: what hardly ever returns is no label."""


class Lists:
    """Which labels the cells of a column list, by the mark that stands between them; forgets a mark with too many."""

    def __init__(self) -> None:
        self._labels: dict[str, dict[str, None]] = {mark: {} for mark in MARKS}
        self._counts: dict[str, set[int]] = {mark: set() for mark in MARKS}
        """How many labels stand together in one cell."""

    def add(self, words: ArrowColumn) -> None:
        """Looks at the different cells of a block, without blanks around them."""
        compute = functions()
        for mark in list(self._labels):
            parts = compute.split_pattern(words, mark)
            self._counts[mark] |= set(compute.list_value_length(parts).unique().to_pylist())
            found = compute.unique(trimmed(parts.flatten())).drop_null()
            if len(found) <= MOST_CATEGORIES:
                self._labels[mark] |= dict.fromkeys(found.to_pylist())
            if len(found) > MOST_CATEGORIES or len(self._labels[mark]) > MOST_CATEGORIES:
                del self._labels[mark]

    def labels(self, mark: str) -> tuple[str, ...]:
        """The labels between these marks; none where they are too many, or no cell has the mark."""
        return tuple(self._labels.get(mark, ())) if max(self._counts.get(mark, ()), default=1) > 1 else ()

    def likely(self, different: float, rows: int) -> str:
        """The mark between labels, where so many different cells in so many rows look as if they list some; else empty.

        Labels are fewer than the ways in which they come together, return, and are not always as many in a cell: unlike
        a town with its country, a name, or prose.
        """
        for mark in self._labels:
            count = len(self.labels(mark))
            returns = count * ROWS_OF_A_LABEL <= rows and count < different
            if 2 <= count <= MOST_LABELS and returns and len(self._counts[mark]) > 1:
                return mark
        return ""


def list_among(classes: Sequence[str], rows: int) -> str:
    """The first of the classes of so many rows that looks as if it lists several labels; empty: none does."""
    import pyarrow as pa

    lists = Lists()
    lists.add(pa.array(classes, pa.string()))
    mark = lists.likely(len(classes), rows)
    return next((name for name in classes if mark and mark in name), "")


class ListedLabels:
    """Cells to rows of labels; remembers what it has met. ``unknown`` counts labels that are none."""

    stopped = False

    def __init__(self, labels: tuple[str, ...], mark: str) -> None:
        self._places = {label: place for place, label in enumerate(labels)}
        self._mark = mark
        self.unknown: dict[str, int] = {}
        self.empty = 0
        """Cells that list nothing."""

    def of(self, cells: Any, marks: Sequence[str]) -> np.ndarray:
        """Rows (N × labels, float64) of 0 and 1. A cell that is empty, or one of the ``marks`` of what is missing,
        lists no label, as pandas has it.
        """
        import pyarrow as pa

        compute = functions()

        found = cells if pa.types.is_dictionary(cells.type) else compute.dictionary_encode(plain(cells))
        # Behind all words that which is missing.
        words = ["" if word is None else written(word) for word in (*found.dictionary.to_pylist(), None)]
        places = found.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
        rows = np.zeros((len(words), len(self._places)))
        for row, word, count in zip(rows, words, np.bincount(places, minlength=len(words)).tolist(), strict=True):
            listed = [label for label in map(str.strip, word.split(self._mark)) if label] if word not in marks else []
            self.empty += 0 if listed else count
            for label in listed:
                if label in self._places:
                    row[self._places[label]] = 1
                elif count:
                    self.unknown[label] = self.unknown.get(label, 0) + count
        return rows[places]
