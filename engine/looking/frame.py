"""Frame: a dataset that was read, as columns over all of its rows, and as samples.

Rows are numbered as they come: those that a dataset brings for training, then its own for validation, then its own for
the test. Columns that cost something are made when somebody asks for them.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from engine.data import SPLITS, Data, divided
from engine.datasets.dataset import Dataset, Loaded, Samples
from engine.datasets.files import FromFile
from engine.datasets.labels import labels_in_words
from engine.datasets.symbols import text_of
from engine.datasets.tables.column import TableColumn
from engine.datasets.tables.table import Table
from engine.errors import DataError
from engine.held import held, held_rows, in_words, key_values, test_key_values
from engine.looking.pixels import Pixels, pixels_of
from engine.looking.view import Head, Look, Sight

MOST_COLUMNS = 1000
MOST_ANSWERS = 8
"""Of more numbers to predict than these, none is a column: they are an image or a curve."""
MOST_SKIPPED = 200
PART = "part"


class Column:
    """The values of a column: float64 with NaN (numbers, dates in days), int32 with −1 (places in its categories), a
    pyarrow array with nulls (texts).
    """

    def __init__(self, head: Head, make: Callable[[], Any]) -> None:
        self.head = head
        self._make = make

    @cached_property
    def values(self) -> Any:
        """All of them, in the order of the rows."""
        return self._make()


class Frame:
    """All rows of the data of a project; what these ``lack`` is said with them."""

    def __init__(self, data: Data, loaded: Loaded, lack: str = "") -> None:
        self.dataset, self.lack = data.dataset, lack
        self.loaded = loaded
        given = [part for part in (loaded.train, loaded.validation, loaded.test) if part is not None]
        looked_at = held_rows(given)
        self._segments = [held(part, rows) for part, rows in zip(given, looked_at, strict=True)]
        self._ends = np.cumsum([len(segment) for segment in self._segments])
        before = np.cumsum([0, *map(len, given)])
        self.numbers = np.concatenate([first + rows for first, rows in zip(before, looked_at, strict=False)])
        """Of each row its number among all that the dataset brings, ascending."""
        self.given, self.too_many = looked_at[0], in_words(given, looked_at)
        parts, self.fault = _parts(data, loaded)
        self.parts = parts[self.numbers]
        self.columns = _named(columns_of(self))
        self.orders: dict[object, np.ndarray] = {}
        """Row numbers of what was asked for, by what was asked."""

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def look(self) -> Look:
        """How its rows are shown."""
        rank = len(self.dataset.shape)
        if rank == 3:
            return "images"
        if rank == 2:
            return "curves"
        return "texts" if self._tells_words else "table"

    @cached_property
    def pixels(self) -> Pixels:
        """What the values of images or curves tell."""
        return pixels_of(self.dataset, self._segments)

    @cached_property
    def _tells_words(self) -> bool:
        return bool(len(self)) and bool(self.dataset.words_of(self._segments[0].inputs[0]))

    def places(self, numbers: Sequence[int]) -> np.ndarray:
        """Where the rows of these numbers are; of those that are not there, nowhere."""
        wanted = np.asarray(numbers, np.int64)
        found = np.searchsorted(self.numbers, wanted).clip(max=max(0, len(self) - 1))
        return found[self.numbers[found] == wanted] if len(self) else found[:0]

    def segments(self) -> Iterator[Samples]:
        """The samples, piece by piece, in the order of the rows."""
        yield from self._segments

    def pick(self, rows: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Input and target of each of these rows."""
        picked: list[tuple[np.ndarray, np.ndarray]] = []
        for row in rows.tolist():
            which = int(np.searchsorted(self._ends, row, side="right"))
            samples = self._segments[which]
            place = row - (int(self._ends[which - 1]) if which else 0)
            picked.append((samples.inputs[place], samples.targets[place]))
        return picked

    def column(self, name: str) -> Column:
        """The column of this name. Raises `DataError`."""
        found = self.columns.get(name)
        if found is None:
            raise DataError(f"There is no column “{name}” in {self.dataset.title}.", fix="Choose another column.")
        return found

    def words(self, row: int) -> str:
        """What the row is called; empty: it is numbered."""
        number = int(self.numbers[row])
        return self.loaded.names[number] if number < len(self.loaded.names) else ""

    def sight(self) -> Sight:
        """What there is to be looked at."""
        counts = np.bincount(self.parts, minlength=len(SPLITS)).tolist()
        hidden = max(0, _width(self) - MOST_COLUMNS)
        return Sight(
            title=name_of(self.dataset),
            look=self.look,
            columns=tuple(column.head for column in self.columns.values()),
            count=len(self),
            parts=dict(zip(SPLITS, counts, strict=True)),
            notes=tuple(note for note in (self.lack, self.too_many, self.loaded.note, self.fault) if note),
            skipped=self.loaded.skipped[:MOST_SKIPPED],
            left_out=len(self.loaded.skipped),
            hidden=hidden,
        )


def name_of(dataset: Dataset) -> str:
    """What the data is called: its file, or the dataset."""
    return (Path(dataset.path).name if isinstance(dataset, FromFile) else "") or dataset.title


def columns_of(frame: Frame) -> Iterator[Column]:
    """The columns of a frame: names, what is given, what is asked for, the part. Those of a file stand as there."""
    found = list(_columns_of(frame))
    if isinstance(frame.dataset, Table):
        order = {column.name: place for place, column in enumerate(frame.dataset.columns)}
        found.sort(key=lambda column: order.get(column.head.name, len(order)))
    yield from found


def _columns_of(frame: Frame) -> Iterator[Column]:
    if frame.loaded.names:
        yield _names(frame)
    yield from _inputs(frame)
    yield from _keys(frame)
    yield from _targets(frame)
    yield _category(Head(PART, "category", "part", SPLITS), lambda: frame.parts.astype(np.int32))


def _parts(data: Data, loaded: Loaded) -> tuple[np.ndarray, str]:
    """The place of each row's part in `SPLITS`, and why the samples for training could not be divided."""
    parts, fault = np.zeros(len(loaded.train), np.int8), ""
    try:
        rows = divided(data, loaded)
        parts[rows.validation], parts[rows.test] = 1, 2
    except DataError as error:
        # The rows can be looked at all the same, and that may show what is wrong.
        fault = error.message
    own = [np.full(len(part or ()), number, np.int8) for number, part in ((1, loaded.validation), (2, loaded.test))]
    return np.concatenate([parts, *own]), fault


def _named(columns: Iterator[Column]) -> dict[str, Column]:
    """By their names, which are made different where two are the same."""
    named: dict[str, Column] = {}
    for column in columns:
        name, number = column.head.name, 1
        while name in named:
            number += 1
            name = f"{column.head.name} ({number})"
        if name != column.head.name:
            old = column.head
            column.head = Head(name, old.kind, old.role, old.categories, old.is_whole)
        named[name] = column
    return named


def _width(frame: Frame) -> int:
    return frame.loaded.train.inputs.shape[1] if frame.look == "table" and len(frame.dataset.shape) == 1 else 0


# What is given, and what is known beside it


def _keys(frame: Frame) -> Iterator[Column]:
    """What the samples may be divided by and the network is not given; of samples for training alone."""
    dataset, given = frame.dataset, {*frame.dataset.features, _class_name(frame.dataset)}
    if isinstance(dataset, Table):
        others = (column for column in dataset.columns if column.name in dataset.keys and column.name not in given)
        yield from (_of_file(frame, column) for column in others)
        return
    for name, values in frame.loaded.keys.items():
        if name not in given:
            yield _known(frame, name, values[frame.given])


def _of_file(frame: Frame, column: TableColumn) -> Column:
    """A column of the file that is no input; it is read when it is looked at."""
    name = column.name

    def known() -> np.ndarray:
        given = key_values(frame.loaded, name, frame.given)
        tested = test_key_values(frame.loaded, name, frame.numbers[len(given) :] - len(frame.loaded.train))
        return given if tested is None else np.concatenate([given, tested])

    if column.holds == "numbers":
        return Column(
            Head(name, "number", "other"),
            lambda: _filled(frame, known().astype(np.float64)),
        )
    if column.holds == "dates":
        return Column(
            Head(name, "date", "other"),
            lambda: _filled(frame, known().astype(np.float64)),
        )
    return Column(Head(name, "text", "other"), lambda: _as_texts(frame, known()))


def _known(frame: Frame, name: str, values: np.ndarray) -> Column:
    """A column of values that are there already."""
    if np.issubdtype(values.dtype, np.datetime64):
        return Column(Head(name, "date", "other"), lambda: _filled(frame, _in_days(values)))
    if values.dtype.kind in "biuf":
        head = Head(name, "number", "other")
        return _number(head, lambda: _filled(frame, values.astype(np.float64)), looked=frame)
    return Column(Head(name, "text", "other"), lambda: _as_texts(frame, values))


def _in_days(values: np.ndarray) -> np.ndarray:
    seconds = values.astype("datetime64[s]").astype(np.float64)
    return np.where(np.isnat(values), np.nan, seconds / 86_400)


def _filled(frame: Frame, values: np.ndarray) -> np.ndarray:
    """Numbers of the first samples; of the others none is known."""
    return np.concatenate([values, np.full(len(frame) - len(values), np.nan)])


def _as_texts(frame: Frame, values: np.ndarray) -> Any:
    import pyarrow as pa

    words = [None if word is None or word == "" or word != word else str(word) for word in values.tolist()]
    return pa.array(words + [None] * (len(frame) - len(words)), pa.string())


def _names(frame: Frame) -> Column:
    def made() -> Any:
        import pyarrow as pa

        names: list[str | None] = [frame.loaded.names[row] for row in frame.given.tolist()]
        return pa.array(names + [None] * (len(frame) - len(names)), pa.string())

    return Column(Head("name", "text", "other"), made)


def _inputs(frame: Frame) -> Iterator[Column]:
    if frame.look == "texts":
        yield Column(Head("text", "text"), lambda: _texts(frame))
    elif frame.look == "table" and len(frame.dataset.shape) == 1:
        yield from _features(frame)
    else:
        measures = _OF_IMAGES if frame.look == "images" else _OF_CURVES
        for name, measured in measures.items():
            yield _number(Head(name, "number", "other"), lambda measured=measured: measured(frame))


def _features(frame: Frame) -> Iterator[Column]:
    dataset, layout = frame.dataset, frame.dataset.layout.features
    dates = (
        {column.name for column in dataset.columns if column.kind == "date"} if isinstance(dataset, Table) else set()
    )
    for place in range(min(_width(frame), MOST_COLUMNS)):
        name = layout[place].name if layout else f"value {place + 1}"
        categories = layout[place].categories if layout else ()

        def made(place: int = place) -> np.ndarray:
            return np.concatenate([segment.inputs[:, place].astype(np.float64) for segment in frame.segments()])

        if categories:
            yield _category(Head(name, "category", "input", categories), lambda made=made: _codes(made()))
        elif name in dates:
            yield Column(Head(name, "date"), made)
        else:
            yield _number(Head(name, "number"), made, looked=frame)


def _texts(frame: Frame) -> Any:
    import pyarrow as pa

    words = frame.dataset.words_of
    return pa.array([words(sample) for segment in frame.segments() for sample in segment.inputs], pa.string())


def _means(frame: Frame) -> np.ndarray:
    return frame.pixels.means


def _deviations(frame: Frame) -> np.ndarray:
    return frame.pixels.deviations


def _lowest(frame: Frame) -> np.ndarray:
    return _of_samples(frame, np.min)


def _highest(frame: Frame) -> np.ndarray:
    return _of_samples(frame, np.max)


_OF_IMAGES = {"brightness": _means, "contrast": _deviations}
_OF_CURVES = {"mean": _means, "lowest": _lowest, "highest": _highest}


def _of_samples(frame: Frame, reduced: Callable[..., np.ndarray]) -> np.ndarray:
    """One number for each sample, from all of its values."""
    parts = [reduced(segment.inputs.reshape(len(segment), -1), axis=1) for segment in frame.segments() if len(segment)]
    return np.concatenate([np.zeros(0), *parts]).astype(np.float64)


# What is asked for


def _targets(frame: Frame) -> Iterator[Column]:
    dataset = frame.dataset
    if dataset.task == "transcription":
        yield Column(Head(_class_name(dataset), "text", "target"), lambda: _transcripts(frame))
        return
    if dataset.task == "multilabel":
        yield Column(Head(_class_name(dataset), "text", "target"), lambda: _label_texts(frame))
        return
    if dataset.classes:
        if not dataset.places:
            yield _category(Head(_class_name(dataset), "category", "target", dataset.classes), lambda: _labels(frame))
        return
    shape = dataset.target_shape
    if frame.loaded.train.targets.shape[1:] != shape:
        return  # Nothing is asked for yet.
    if len(shape) == 1 and shape[0] <= MOST_ANSWERS:
        for place, name in enumerate(_answer_names(dataset, shape[0])):
            yield _number(Head(name, "number", "target"), lambda place=place: _answers(frame, place), looked=frame)


def _class_name(dataset: Dataset) -> str:
    usual = {"transcription": "text", "multilabel": "labels"}
    of_columns = isinstance(dataset, Table) and len(dataset.predicted) > 1
    return ("" if of_columns else _target_name(dataset)) or usual.get(dataset.task, "class")


def _target_name(dataset: Dataset) -> str:
    """What the file calls that which is asked for; empty: nothing."""
    return str(getattr(dataset, "target", "") or getattr(dataset, "label_column", ""))


def _answer_names(dataset: Dataset, count: int) -> Sequence[str]:
    name = _target_name(dataset) or "target"
    return [name] if count == 1 else [f"{name} {number + 1}" for number in range(count)]


def _labels(frame: Frame) -> np.ndarray:
    return np.concatenate([segment.targets.astype(np.int32) for segment in frame.segments()])


def _transcripts(frame: Frame) -> Any:
    import pyarrow as pa

    symbols = frame.dataset.classes
    texts = [text_of(target, symbols) for segment in frame.segments() for target in segment.targets]
    return pa.array(texts, pa.string())


def _label_texts(frame: Frame) -> Any:
    import pyarrow as pa

    names = frame.dataset.classes
    texts = [labels_in_words(target, names) for segment in frame.segments() for target in segment.targets]
    return pa.array(texts, pa.string())


def _answers(frame: Frame, place: int) -> np.ndarray:
    flat = [segment.targets.reshape(len(segment), -1)[:, place] for segment in frame.segments()]
    return np.concatenate(flat).astype(np.float64)


# Columns by their kind


def _category(head: Head, make: Callable[[], np.ndarray]) -> Column:
    return Column(head, make)


def _number(head: Head, make: Callable[[], np.ndarray], looked: Frame | None = None) -> Column:
    column = Column(head, make)
    if looked is not None:
        column.head = Head(head.name, head.kind, head.role, (), is_whole(make()))
    return column


def is_whole(values: np.ndarray) -> bool:
    """Whether the numbers have no fraction."""
    known = values[np.isfinite(values)]
    return bool(len(known)) and bool((known == np.rint(known)).all())


def _codes(values: np.ndarray) -> np.ndarray:
    """Places in categories, −1 where there is none."""
    codes: np.ndarray = np.where(np.isnan(values), -1, values).astype(np.int32)
    return codes
