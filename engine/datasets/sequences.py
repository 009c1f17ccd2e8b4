"""A table whose rows follow one another in time, in windows: what comes next, or of which class each window is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.datasets.dataset import Asked, Layout, Loaded, Progress, Samples
from engine.datasets.tables import Table, TableColumn
from engine.errors import DataError
from engine.spec import Shape, abbreviate, choice, integer, number


class TableWindows(Table, frozen=True):
    """Windows of a table whose rows follow one another in time, such as weather by the hour or a stock by the day.

    A number as target is forecast: the values that follow the window. A category is that of the window's last row. The
    last rows are never trained on: the first half of them is for validation, the second for the test.
    """

    title = "Windows of a table"
    order = 61
    brings_validation = True
    finds = (*Table.finds, "test_path")

    window: int = integer(24, low=1, high=4096, help="Rows of a window: how far back the network can look.")
    stride: int = integer(1, low=1, high=4096, help="Rows from the beginning of one window to that of the next.")
    horizon: int = integer(1, low=1, high=1024, help="Values after the window that are forecast.")
    held_back: float = number(
        0.2, low=0.02, high=0.9, help="Share of the rows at the end that is kept for validation and the test."
    )
    axes: str = choice(
        "columns × rows",
        "rows × columns",
        help="How a window lies: columns first, as convolutions read it, each scaled by itself; or rows first, as "
        "recurrent layers read it, each row scaled by itself.",
    )

    @property
    def given(self) -> tuple[TableColumn, ...]:
        """The columns of a window: those of numbers and dates, and the past of a number that is forecast."""
        forecast = (self.asked_for,) if self.asked_for and self.task == "regression" else ()
        return tuple(column for column in (*self.inputs, *forecast) if column.kind in ("number", "date"))

    @property
    def shape(self) -> Shape:
        columns = max(1, len(self.given))
        return (columns, self.window) if self.channels_first else (self.window, columns)

    @property
    def channels_first(self) -> bool:
        return self.axes == "columns × rows"

    @property
    def features(self) -> tuple[str, ...]:
        """None: a sample is no row of a table."""
        return ()

    @property
    def layout(self) -> Layout:
        return Layout(self.shape)

    @property
    def keys(self) -> tuple[str, ...]:
        """None: windows that overlap must not be divided otherwise than in time."""
        return ()

    @property
    def targets(self) -> int:
        return self.horizon

    @property
    def sizes(self) -> tuple[int, int]:
        length = self.window + self._ahead
        train, _, test = (len(_starts(*part, length, self.stride)) for part in self._parts(self.rows))
        return (train, test)

    def _lacks_choice(self) -> str:
        if self.task == "multilabel":
            return f"“{self.target}” says which labels apply, which windows cannot ask for: use it as a category."
        words = super()._lacks_choice()
        # The past of the target is enough to forecast it.
        if words and (self.inputs or not self.given):
            return words
        if not self.given:
            return "No column of numbers is left to look at."
        return self._too_few()

    def _too_few(self) -> str:
        if min(self.sizes) > 0:
            return ""
        length = self.window + self._ahead
        return f"The table has {self.rows:,} rows: too few for windows of {length:,} in each of its parts."

    def load(self) -> Loaded:
        """Raises `DataError`. Where a value is missing, the one before it stands in."""
        if self.lacks or self.asked_for is None:
            self.file()
            raise DataError(self.lacks, fix="Choose shorter windows, or other columns.")
        asked = self._values(self.asked_for)
        trained_on = self._parts(len(asked))[0][1]
        columns = [_filled(self._values(column), trained_on) for column in self.given]
        values = np.column_stack(columns).astype(np.float32)
        missing = int(np.isnan(asked).sum())
        train, validation, test = (self._windows(values, asked, *part) for part in self._parts(len(values)))
        if not len(train):
            raise DataError(f"“{self.target}” is missing in every window.", fix="Choose another target.")
        note = f"“{self.target}” is missing in {missing:,} rows; no window asks for those." if missing else ""
        return Loaded(train, test, validation, note=note)

    @property
    def memory(self) -> int:
        return 0

    def keep_on_disk(self) -> Iterator[Progress]:
        yield from ()

    def load_to_disk(self) -> None:
        """Not known: each row is in many windows."""

    def asked(self, words: str) -> Asked | None:
        """The last window of a table in a file that is written as this one. Raises `DataError`."""
        file = Path(words.strip())
        if file.suffix.lower() not in self.suffixes:
            return None
        if not file.is_file():
            raise DataError(f"There is no file {abbreviate(str(file), 60)}.", fix="Check its name.")
        other = msgspec.structs.replace(self, path=str(file.absolute()), test_path="")
        values = [_filled(found, len(found)) for found in other._columns(file)]
        rows = len(values[0])
        if rows < self.window:
            raise DataError(
                f"{file.name} has {rows:,} rows.", expected=f"The network looks back over {self.window:,} rows."
            )
        sample = np.stack([column[-self.window :] for column in values]).astype(np.float32)
        note = (f"Its last {self.window:,} of {rows:,} rows are read.",) if rows > self.window else ()
        return Asked(words, sample if self.channels_first else sample.T, note)

    def _columns(self, file: Path) -> list[np.ndarray]:
        """The values of each column of a window. Raises `DataError` where one is not there."""
        from engine.datasets.tables.reading import reader_of

        there = reader_of(self, file).names
        for column in self.given:
            if column.name not in there:
                raise DataError(
                    f"{file.name} lacks the column “{column.name}”.",
                    expected=f"The network reads {abbreviate(', '.join(column.name for column in self.given), 200)}.",
                )
        return [self._values(column) for column in self.given]

    def _windows(self, values: np.ndarray, asked: np.ndarray, start: int, end: int) -> Samples:
        starts = np.array(_starts(start, end, self.window + self._ahead, self.stride), np.int64)
        inputs = sliding_window_view(values, self.window, axis=0)[starts]
        if not self.channels_first:
            inputs = inputs.swapaxes(1, 2)
        if self._ahead:
            targets = sliding_window_view(asked, self.horizon)[starts + self.window].astype(np.float32)
            known = np.isfinite(targets).all(axis=1)
            return Samples(np.ascontiguousarray(inputs[known]), targets[known])
        targets = asked[starts + self.window - 1]
        known = ~np.isnan(targets)
        return Samples(np.ascontiguousarray(inputs[known]), targets[known].astype(np.int64))

    def _values(self, column: TableColumn) -> np.ndarray:
        """Every value of a column, float64: of a category its place, NaN for what is missing."""
        from engine.datasets.tables.loading import column_values
        from engine.datasets.tables.view import arrow

        _, rows = arrow(self, (column.name,))
        found: Any = column_values(self, column, rows)
        if column.kind != "category":
            return found
        places = {name: float(number) for number, name in enumerate(column.categories)}
        return np.array([places.get(str(value), np.nan) for value in found])

    @property
    def _ahead(self) -> int:
        """Rows after a window that are asked for."""
        return self.horizon if self.task == "regression" else 0

    def _parts(self, rows: int) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """Where training, validation and test begin and end."""
        kept = max(0, round(rows * (1 - self.held_back)))
        middle = kept + (rows - kept) // 2
        return (0, kept), (kept, middle), (middle, rows)


def _starts(start: int, end: int, length: int, stride: int) -> range:
    """Where the windows of a part begin; none reaches beyond it."""
    return range(start, max(start, end - length + 1), stride)


def _filled(values: np.ndarray, known_until: int) -> np.ndarray:
    """With the value before in place of each that is missing; at the beginning the first one of the rows up to there,
    as later ones are not known yet; else 0.
    """
    known = np.isfinite(values)
    early = values[:known_until][known[:known_until]]
    places = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    return np.where(places < 0, early[0] if len(early) else 0.0, values[places])
