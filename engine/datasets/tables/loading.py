"""The rows of a table as samples: numbers as they are, categories as their places, dates as days."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from engine.datasets.dataset import Loaded, Samples, Skipped
from engine.datasets.tables.arrow import ArrowType
from engine.datasets.tables.arrow import compute as functions
from engine.datasets.tables.cells import Cells, Reader
from engine.datasets.tables.column import TableColumn
from engine.datasets.tables.listed import ListedLabels
from engine.datasets.tables.reading import reader_of
from engine.datasets.tables.table import Table
from engine.datasets.tables.values import days, numbers, plain, without, written
from engine.errors import DataError


def loaded(table: Table, samples_of: "Callable[[Part], Samples] | None" = None) -> Loaded:
    """The samples of a table and of its second file, in memory unless they are read otherwise. Raises `DataError`."""
    if table.lacks:
        # Where the file is gone, nothing else matters.
        table.file()
        raise DataError(table.lacks, fix="Choose another column to be predicted, or correct how this one is used.")
    return _loaded(table, table.asked_for, samples_of or Part.samples)


def loaded_unasked(table: Table, samples_of: "Callable[[Part], Samples] | None" = None) -> Loaded:
    """All rows of a table and of its second file, with no targets (N × 0): nothing is asked for. Raises `DataError`."""
    return _loaded(table, None, samples_of or Part.samples)


def _loaded(table: Table, target: TableColumn | None, samples_of: "Callable[[Part], Samples]") -> Loaded:
    train, *more = parts(table, target)
    samples, tests = samples_of(train), [samples_of(part) for part in more]
    return Loaded(
        samples,
        tests[0] if tests else None,
        keys=Keys(table, train.kept, more[0].kept if more else None),
        places=train.kept,
        skipped=(*train.skipped(), *(one for part in more for one in part.skipped("of the test file"))),
        note=" ".join((*train.notes(), *(note for part in more for note in part.notes()))),
    )


def parts(table: Table, target: TableColumn | None) -> "list[Part]":
    """The file of a table and its second one, to be read. Raises `DataError`."""
    train = Part(table, table.file(), target, table.rows)
    return [train, Part(table, second_file(table), target, table.test_rows)] if table.test_path else [train]


def second_file(table: Table) -> Path:
    """Where the file for the test lies. Raises `DataError`."""
    if table.second.found() is None:
        raise DataError(f"{table.test_path} is not there.", fix="Choose the file for the test again.")
    return table.second.file()


class Codes:
    """Words to the places of categories; remembers what it has met. ``unknown`` counts words that are none."""

    def __init__(self, categories: tuple[str, ...]) -> None:
        self.categories = categories
        self.places: dict[object, float] = {word: float(place) for place, word in enumerate(categories)}
        self.unknown: dict[str, int] = {}
        self.stopped = False
        """Whether words were taken for categories though a full stop follows them."""

    def of(self, cells: Any, marks: tuple[str, ...]) -> np.ndarray:
        """Places (N, float64), NaN for what is missing or no category."""
        import pyarrow as pa

        compute = functions()

        found = cells if pa.types.is_dictionary(cells.type) else compute.dictionary_encode(plain(cells))
        if not (pa.types.is_string(found.dictionary.type) or pa.types.is_floating(found.dictionary.type)):
            found = compute.dictionary_encode(plain(found))
        words = [None if value is None else written(value) for value in found.dictionary.to_pylist()]
        counts = np.bincount(found.indices.drop_null().to_numpy(), minlength=len(words)) if len(words) else []
        places = [self._place(word, int(count), marks) for word, count in zip(words, counts, strict=True)]
        indices = found.indices.fill_null(len(places)).to_numpy(zero_copy_only=False)
        return np.array([*places, np.nan])[indices]

    def _place(self, word: str | None, count: int, marks: tuple[str, ...]) -> float:
        if word is None or not word or word in marks:
            return np.nan
        if word not in self.places:
            self.places[word] = self._nearest(word)
        place = self.places[word]
        if np.isnan(place):
            self.unknown[word] = self.unknown.get(word, 0) + count
        return place

    def _nearest(self, word: str) -> float:
        """The place of what is the same but for a full stop or the way in which a number is written."""
        bare = word.rstrip(".")
        if bare != word and bare in self.places:
            self.stopped = True
            return self.places[bare]
        try:
            return self.places.get(written(float(word)), np.nan)
        except ValueError:
            return np.nan


class Account(msgspec.Struct, frozen=True):
    """What became of the rows of a file: how many were left out, the first of them, and what was met in the others."""

    ragged: int = 0
    unasked: int = 0
    first_ragged: tuple[Skipped, ...] = ()
    first_unasked: tuple[int, ...] = ()
    stopped: tuple[str, ...] = ()
    """The columns whose words end in a full stop that was left out."""
    unknown: Mapping[str, tuple[str, int]] = MappingProxyType({})
    """By column, the first word that is no category, and how many cells hold such words."""
    empty: int = 0
    """Rows that list no label."""


class Part:
    """One file of a table, read. Without a target every row is a sample. ``found``: about how many rows it has."""

    def __init__(self, table: Table, path: Path, target: TableColumn | None, found: int = 0) -> None:
        self.table, self.path, self.target, self.found = table, path, target, found
        self.reader = reader_of(table, path)
        self.codes = {column.name: _codes_of(column) for column in (*table.inputs, *self._asked)}
        self.kept = np.empty(0, np.int64)
        """The numbers of the rows that became samples."""
        self.account = Account()

    @property
    def _asked(self) -> tuple[TableColumn, ...]:
        return self.table.predicted if self.target else ()

    def samples(self) -> Samples:
        """Raises `DataError`."""
        inputs, targets = list[np.ndarray](), list[np.ndarray]()
        for values, asked in self.blocks():
            inputs.append(values)
            targets.append(asked)
        return Samples(_joined(inputs), np.concatenate(targets))

    def blocks(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The inputs and the targets of the rows that have one, block by block; which rows these are, and what became
        of the others, is known once it ends. Raises `DataError`, also where there is none.
        """
        columns = (*self.table.inputs, *self._asked)
        # Rows are counted by the cells of a column, also where none is wanted.
        wanted = [column.name for column in columns] or self.reader.names[:1]
        check_columns(self.table, self.reader, self.path)
        kept: list[np.ndarray] = []
        without_target: list[int] = []
        unasked = 0
        for cells in self.reader.read(wanted, types_of(columns)):
            values = [self._values(column, cells) for column in columns]
            asked = self._asked_of(values[len(self.table.inputs) :]) if self.target else np.zeros(len(cells.rows))
            values = values[: len(self.table.inputs)]
            known = ~np.isnan(asked if asked.ndim == 1 else asked.sum(axis=1))
            # Of a large table so many that half the size matters.
            small = len(cells.rows) == 0 or cells.rows[-1] < 2**31
            kept.append(cells.rows[known].astype(np.int32 if small else np.int64))
            unasked += int((~known).sum())
            without_target += cells.rows[~known][: MOST_SKIPPED - len(without_target)].tolist()
            yield _matrix(values, known), self._as_targets(asked[known])
        self.kept = np.concatenate(kept) if kept else self.kept
        self.account = self._accounted(unasked, without_target)
        if not len(self.kept):
            lacking = f"No row of {self.path.name} has a value in “{self.target.name}”." if self.target else ""
            raise DataError(lacking or f"{self.path.name} holds no rows.", fix="Choose a file with rows in it.")

    def _accounted(self, unasked: int, without_target: list[int]) -> Account:
        return Account(
            len(self.reader.skipped),
            unasked,
            tuple(islice(self.reader.skipped.values(), MOST_SKIPPED)),
            tuple(without_target),
            tuple(name for name, codes in self.codes.items() if codes.stopped),
            {
                name: (next(iter(codes.unknown)), sum(codes.unknown.values()))
                for name, codes in self.codes.items()
                if codes.unknown
            },
            sum(codes.empty for codes in self.codes.values() if isinstance(codes, ListedLabels)),
        )

    def _values(self, column: TableColumn, cells: Cells) -> np.ndarray:
        found = cells.batch.column(column.name)
        if column.kind in ("category", "labels"):
            return self.codes[column.name].of(found, self.table.marks)
        if column.kind == "date":
            return days(found, column.dates) if column.dates else days(found)
        return numbers(found, self.table.decimal)

    @staticmethod
    def _asked_of(values: list[np.ndarray]) -> np.ndarray:
        """What is asked for in each row: one value, or one for each label."""
        return np.column_stack(values) if len(values) > 1 else values[0]

    def _as_targets(self, values: np.ndarray) -> np.ndarray:
        if self.target is None:
            return np.zeros((len(values), 0), np.float32)
        if self.target.kind == "category":
            return values.astype(np.int64)
        if self.table.task == "multilabel":
            return values > 0.5
        return values.astype(np.float32)[:, None]

    def skipped(self, where: str = "") -> Iterator[Skipped]:
        """What was left out, the first `MOST_SKIPPED` of each reason."""
        place = f" {where}" if where else ""
        for skipped in self.account.first_ragged:
            yield Skipped(skipped.place + place, skipped.reason)
        for row in self.account.first_unasked:
            yield Skipped(f"row {row:,}{place}", self._why_unasked)

    @property
    def _why_unasked(self) -> str:
        first, *others = self._asked
        if others:
            return "It does not say of each label whether it applies."
        return f"It has no value in “{first.name}” that is known."

    def notes(self) -> Iterator[str]:
        """What a person must know of how the file was read."""
        ragged, unasked = self.account.ragged, self.account.unasked
        if ragged:
            yield f"{self.path.name}: {ragged:,} {_rows(ragged)} {self.reader.faulty} left out."
        if unasked:
            does = f"that {'does' if unasked == 1 else 'do'} not say of each label whether it applies"
            lacking = f"without “{self._asked[0].name}”" if len(self._asked) == 1 else does
            yield f"{self.path.name}: {unasked:,} {_rows(unasked)} {lacking} left out."
        if empty := self.account.empty:
            nothing = f"{_rows(empty)} {'lists' if empty == 1 else 'list'} nothing in “{self._asked[0].name}”"
            yield f"{self.path.name}: {empty:,} {nothing}: no label applies."
        for name in self.codes:
            if name in self.account.stopped:
                yield f"{self.path.name}: the values of “{name}” end in a full stop, which was left out."
            if name in self.account.unknown:
                first, count = self.account.unknown[name]
                is_listed = isinstance(self.codes[name], ListedLabels)
                what, becomes = ("label", "are passed over") if is_listed else ("category", "count as missing")
                yield (
                    f"{self.path.name}: {count:,} values of “{name}” are no {what} that is known, such as “{first}”; "
                    f"they {becomes}."
                )


MOST_SKIPPED = 1000


def _codes_of(column: TableColumn) -> Codes | ListedLabels:
    return ListedLabels(column.categories, column.mark) if column.kind == "labels" else Codes(column.categories)


def _rows(count: int) -> str:
    return "row" if count == 1 else "rows"


def _matrix(values: list[np.ndarray], known: np.ndarray) -> np.ndarray:
    matrix = np.empty((int(known.sum()), len(values)), np.float32)
    for place, column in enumerate(values):
        matrix[:, place] = column[known]
    return matrix


def _joined(blocks: list[np.ndarray]) -> np.ndarray:
    """The blocks below each other; each is let go once it is copied, as both would take twice the room."""
    whole = np.empty((sum(map(len, blocks)), blocks[0].shape[1]), np.float32)
    row = 0
    while blocks:
        block = blocks.pop(0)
        whole[row : row + len(block)] = block
        row += len(block)
    return whole


def types_of(columns: tuple[TableColumn, ...]) -> Mapping[str, ArrowType]:
    """What the cells of these columns are best read as."""
    import pyarrow as pa

    texts = pa.dictionary(pa.int32(), pa.string())
    types = {"number": pa.float64(), "category": texts, "labels": texts}
    return {column.name: types[column.kind] for column in columns if column.kind in types}


def check_columns(table: Table, reader: Reader, path: Path) -> None:
    """Raises `DataError` where the file lacks a column that it had when it was opened."""
    there = set(reader.names)
    lacking = [column.name for column in (*table.inputs, *table.predicted) if column.name not in there]
    if lacking:
        raise DataError(
            f"{path.name} has no column “{lacking[0]}” any more.",
            expected=f"It had {len(table.columns):,} columns when it was opened.",
            fix="Open the file again, or put the column back.",
        )


class Keys(Mapping[str, np.ndarray]):
    """The values of each column for the samples, read when they are asked for: together they would fill the memory."""

    def __init__(self, table: Table, kept: np.ndarray, test_kept: np.ndarray | None = None) -> None:
        """``kept``: the numbers of the rows that are samples; ``test_kept``: those of the file for the test."""
        self.table, self.kept, self.test_kept = table, kept, test_kept

    def __iter__(self) -> Iterator[str]:
        return iter(self.table.keys)

    def __len__(self) -> int:
        return len(self.table.keys)

    def __getitem__(self, name: str) -> np.ndarray:
        return self.some(name, np.arange(len(self.kept)))

    def some(self, name: str, rows: np.ndarray) -> np.ndarray:
        """The values of these samples, whose places ascend. Raises KeyError, `DataError`."""
        column = next((column for column in self.table.columns if column.name == name), None)
        if column is None or name not in self.table.keys:
            raise KeyError(name)
        return column_values(self.table, column, self.kept[rows])

    def of_test(self, name: str, rows: np.ndarray) -> np.ndarray | None:
        """The values of these samples of the test, whose places ascend; None: there is no file for it, or it lacks this
        column. Raises `DataError`.
        """
        if self.test_kept is None:
            return None
        second = self.table.second
        column = next(column for column in self.table.columns if column.name == name)
        if name not in reader_of(second, second.file()).names:
            return None
        return column_values(second, column, self.test_kept[rows])


def column_values(table: Table, column: TableColumn, kept: np.ndarray) -> np.ndarray:
    """The values of a column in these rows (their numbers, ascending): numbers and days as float64 with NaN for what is
    missing, texts as objects with an empty one. Raises `DataError`.
    """
    path = table.file()
    found: list[np.ndarray] = []
    for cells in reader_of(table, path).read([column.name], {}):
        values = _reader_for(table, column)(cells.batch.column(0))
        # Of a long table only those of this block: to look through all for each would never end.
        first, end = np.searchsorted(kept, (cells.rows[0], cells.rows[-1] + 1)) if len(cells.rows) else (0, 0)
        found.append(values[np.isin(cells.rows, kept[first:end], assume_unique=True)])
    return np.concatenate(found) if found else np.empty(0)


def column_words(table: Table, column: TableColumn) -> Iterator[set[str]]:
    """The different values of a column as categories are called, block by block. Raises `DataError`."""
    import pyarrow as pa

    types = {column.name: pa.dictionary(pa.int32(), pa.string())}
    for cells in reader_of(table, table.file()).read([column.name], types):
        found = cells.batch.column(0)
        distinct = found.dictionary if pa.types.is_dictionary(found.type) else plain(found).unique()
        words = {written(value) for value in distinct.to_pylist() if value is not None and value == value}
        yield words - {"", *table.marks}


def test_samples(table: Table) -> int:
    """How many rows of the second file have a target that is known. Raises `DataError`."""
    part = Part(table, second_file(table), table.asked_for)
    return sum(len(asked) for _, asked in part.blocks())


def _reader_for(table: Table, column: TableColumn) -> Callable[[Any], np.ndarray]:
    if column.holds == "numbers" and column.kind != "category":
        return lambda cells: numbers(cells, table.decimal)
    if column.holds == "dates":
        return lambda cells: days(cells, column.dates) if column.dates else days(cells)
    return lambda cells: _words(cells, table.marks)


def _words(cells: Any, marks: tuple[str, ...]) -> np.ndarray:
    import pyarrow as pa

    found = plain(cells)
    if pa.types.is_string(found.type):
        return without(found, marks).fill_null("").to_numpy(zero_copy_only=False)
    return np.array(["" if value is None else written(value) for value in found.to_pylist()], object)
