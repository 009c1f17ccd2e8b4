"""A table as a dataset: each row a sample, its columns the inputs and what is to be predicted."""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self

import msgspec
import numpy as np

from engine.datasets.dataset import Dataset, Feature, Layout, Loaded, Progress
from engine.datasets.files import FromFile
from engine.datasets.tables.arrow import ArrowTable
from engine.datasets.tables.column import MOST_CATEGORIES, TableColumn
from engine.losses import Task
from engine.spec import Shape, choice, flag, integer, names, place, records, text

Separator = Literal["comma", "semicolon", "tab", "bar", "blank"]
Quote = Literal["double", "single", "none"]

SEPARATORS: Mapping[Separator, str] = MappingProxyType(
    {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "blank": " "}
)
QUOTES: Mapping[Quote, str] = MappingProxyType({"double": '"', "single": "'", "none": ""})

TEXT = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data")
WORKBOOK = (".xlsx", ".xlsm")
PARQUET = (".parquet", ".pq")
JSON_LINES = (".jsonl", ".ndjson", ".json")
SQLITE = (".sqlite", ".sqlite3", ".db")

MOST_ROWS = 2**53
MOST_UNASKED = 2**27
"""Bytes of rows that are looked at in memory before it is chosen what is to be predicted."""


class Table(FromFile, frozen=True):
    """Rows and columns from a file: CSV and its kin, Parquet, Excel, lines of JSON, or SQLite.

    One column is to be predicted: a category makes it a classification, a number a regression, and cells that list
    labels, such as sports|arts, a multi-label classification, as do several columns that each are used as a label.
    Numbers, categories and dates are inputs; what is missing is kept as missing, for the preparation to fill.
    """

    order = 60
    suffixes = (*TEXT, *WORKBOOK, *PARQUET, *JSON_LINES, *SQLITE)
    fold_title = "How the file is written"
    finds = ("path", "target", "columns", "rows", "test_rows", "found_as")

    test_path: str = place(help="A second file of the same columns with the samples for the test; empty: none.")
    target: str = text("", help="The column that is to be predicted.", longest=1000)
    columns: tuple[TableColumn, ...] = records(TableColumn, help="The columns, and how each is used.")
    separator: Separator = choice(
        "comma", "semicolon", "tab", "bar", "blank", help="What stands between two cells of a text file.", advanced=True
    )
    quote: Quote = choice(
        "double", "single", "none", help="The marks around a cell that holds the separator.", advanced=True
    )
    decimal: Literal["point", "comma"] = choice(
        "point", "comma", help="What stands before the fraction of a number.", advanced=True
    )
    encoding: str = text("utf-8", help="How letters are written as bytes.", longest=40, advanced=True)
    header: bool = flag(True, help="Whether the first row names the columns.", advanced=True)
    lines_before: int = integer(0, high=1000, help="Lines to leave out before the table begins.", advanced=True)
    marks: tuple[str, ...] = names(help="Words that stand for a missing value, beside the empty cell.", advanced=True)
    part: str = text(
        "", help="The sheet of a workbook or the table of a database; empty: the first.", longest=1000, advanced=True
    )
    query: str = text(
        "", help="One SELECT that asks a database for the rows; empty: a whole table.", longest=10_000, advanced=True
    )
    rows: int = integer(0, high=MOST_ROWS, help="Rows that were found in the file.", advanced=True)
    test_rows: int = integer(0, high=MOST_ROWS, help="Rows that were found in the file for the test.", advanced=True)
    found_as: str = text(
        "", help="Stands for the format under which the columns were found.", longest=64, advanced=True
    )

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        """The table in this file; None: it is none. Raises `DataError`."""
        *_, found = cls.opening(path)
        return found if isinstance(found, cls) else None

    @classmethod
    def opening(cls, path: Path) -> Iterator[Progress | Self | None]:
        if path.suffix.lower() not in cls.suffixes or not path.is_file():
            yield None
            return
        from engine.datasets.tables.finding import table_in

        for found in table_in(path):
            yield msgspec.convert(found, cls, from_attributes=True) if isinstance(found, Table) else found

    @property
    def inputs(self) -> tuple[TableColumn, ...]:
        """The columns that the network is given."""
        return tuple(column for column in self.columns if column.is_input and column.name != self.target)

    @property
    def asked_for(self) -> TableColumn | None:
        """The column that is to be predicted; None: there is none of that name."""
        return next((column for column in self.columns if self.target and column.name == self.target), None)

    @property
    def predicted(self) -> tuple[TableColumn, ...]:
        """The columns that are to be predicted: one, or all that are used as a label where it is one of them."""
        target = self.asked_for
        if target is None or target.kind != "label":
            return (target,) if target else ()
        return tuple(column for column in self.columns if column.kind == "label")

    @property
    def task(self) -> Task:  # pyright: ignore[reportIncompatibleVariableOverride]
        """A classification where a category is to be predicted, of several labels where cells list them, else a
        regression.
        """
        tasks: Mapping[str, Task] = {"category": "classification", "labels": "multilabel", "label": "multilabel"}
        return tasks.get(self.asked_for.kind, "regression") if self.asked_for else "classification"

    @property
    def shape(self) -> Shape:
        return (max(1, len(self.inputs)),)

    @property
    def classes(self) -> tuple[str, ...]:
        if self.asked_for is None or self.task == "regression":
            return ()
        is_one_of_them = self.asked_for.kind == "label"
        return tuple(column.name for column in self.predicted) if is_one_of_them else self.asked_for.categories

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.inputs)

    @property
    def layout(self) -> Layout:
        return Layout(
            self.shape,
            tuple(
                Feature(
                    column.name,
                    column.categories if column.kind == "category" else (),
                    column.missing,
                    dates=column.dates if column.kind == "date" else "",
                )
                for column in self.inputs
            ),
        )

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.name != self.target and column.holds != "other")

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows in which the target is known, of both files."""
        unknown = max((column.unknown for column in self.predicted), default=0)
        return (max(0, self.rows - unknown), self.test_rows)

    @property
    def second(self) -> Self:
        """The table in the file for the test."""
        return msgspec.structs.replace(self, path=self.test_path, test_path="")

    def is_here(self) -> bool:
        return super().is_here() and (not self.test_path or self.second.is_here())

    @property
    def download_size(self) -> int:
        return super().download_size + (self.second.download_size if self.test_path else 0)

    def fetch(self) -> Iterator[Progress]:
        yield from super().fetch()
        if self.test_path:
            yield from self.second.fetch()

    @property
    def lacks(self) -> str:
        return super().lacks or (self.second.lacks if self.test_path else self._lacks_choice())

    @property
    def lacks_to_look(self) -> str:
        return super().lacks or (self.second.lacks_to_look if self.test_path else "")

    def to_look(self) -> tuple[Dataset, Loaded]:
        """Itself and its samples; where it lacks what is to be predicted, the rows with all columns as they are."""
        if not self._lacks_choice():
            return self, self.load()
        from engine.datasets.tables.loading import loaded_unasked
        from engine.datasets.tables.on_disk import samples_on_disk

        values: dict[str, Any] = {name: getattr(self, name) for name in Table.__struct_fields__}
        values["target"] = ""
        unasked = Table(**values)
        return unasked, loaded_unasked(unasked, samples_on_disk if unasked.memory > MOST_UNASKED else None)

    def _lacks_choice(self) -> str:
        target = self.asked_for
        if len(self.columns) == 1:
            only = self.columns[0].name
            return f"{Path(self.path).name} has only one column, “{only}”: to predict one, another is needed."
        if target is None:
            return "No column is chosen to be predicted."
        if target.kind not in ("number", "category", "labels", "label", "date"):
            return f"“{target.name}” cannot be predicted: it must be a number or a category. {target.reason}".rstrip()
        if self.task != "regression" and len(target.categories) > MOST_CATEGORIES:
            return f"“{target.name}” has {len(target.categories):,} different values: too many to be classes."
        if len(self.predicted) == 1 and target.kind == "label":
            return f"“{target.name}” alone is used as a label: use another column as one, too, or this as a category."
        if target.is_constant:
            always = f" It is always “{target.categories[0]}”." if target.categories else ""
            return f"“{target.name}” cannot be predicted: it must have at least two different values.{always}"
        return "" if self.inputs else "No column is left to predict from."

    def arrow(self) -> tuple[ArrowTable, np.ndarray]:
        """All rows of the file as a table of pyarrow, and the number of each; see `view.arrow`. Raises `DataError`."""
        from engine.datasets.tables.view import arrow

        return arrow(self)

    @property
    def is_stale(self) -> bool:
        return bool(self.path) and self.found_as != self.written_as()

    def written_as(self) -> str:
        """A few letters that stand for all settings that say how the file is written."""
        parts = (self.separator, self.quote, self.decimal, self.encoding, self.header, self.lines_before)
        return sha256(repr((*parts, self.marks, self.part, self.query)).encode("utf-8", "replace")).hexdigest()[:16]

    def refreshed(self) -> Self:
        from engine.datasets.tables.finding import found_anew

        *_, found = found_anew(self)
        return msgspec.convert(found, type(self), from_attributes=True)

    @property
    def memory(self) -> int:
        return 4 * len(self.inputs) * (self.rows + self.test_rows)

    def keep_on_disk(self) -> Iterator[Progress]:
        from engine.datasets.tables.on_disk import kept_on_disk

        yield from kept_on_disk(self)

    def load_to_disk(self) -> Loaded | None:
        from engine.datasets.tables.on_disk import loaded_to_disk

        return loaded_to_disk(self)

    def load(self) -> Loaded:
        """The rows in which the target is known: N × features, with NaN for what is missing. Raises `DataError`."""
        from engine.datasets.tables.loading import loaded

        return loaded(self)
