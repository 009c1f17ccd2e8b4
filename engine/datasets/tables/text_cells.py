"""The cells of a text file, block by block, read by pyarrow with the types that are asked for."""

import csv
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from engine.datasets.dataset import Skipped
from engine.datasets.tables.arrow import ArrowBatch, ArrowType
from engine.datasets.tables.cells import Cells, too_many_columns, unique_names
from engine.datasets.tables.content import LONGEST_ROW, content_of, too_long, unreadable
from engine.datasets.tables.format import NUMBERS, Rows, beginning, header, no_rows
from engine.datasets.tables.table import QUOTES, SEPARATORS, Table
from engine.errors import DataError

_CONVERSION = re.compile(r"In CSV column #(\d+).*conversion error")


class TextCells:
    """One pass over a text file; see `Reader`."""

    faulty: ClassVar[str] = "of another length"

    def __init__(self, table: Table, path: Path) -> None:
        self.table, self.path = table, path
        self.skipped: dict[int, Skipped] = {}
        self.bytes_read = 0
        self.first_row = table.lines_before + table.header + 1

    @cached_property
    def beginning(self) -> Rows:
        """The first rows, with the header. Raises `DataError`."""
        with reading(self.path):
            rows = beginning(self.table, self.path)
        if not rows:
            raise no_rows(self.path)
        return rows

    @property
    def names(self) -> list[str]:
        """The names of the columns, each different. Raises `DataError`."""
        return self._names

    @cached_property
    def _names(self) -> list[str]:
        return unique_names(too_many_columns(header(self.beginning, self.table, self.path), self.path))

    def numeric(self) -> list[str]:
        """The columns in which the first rows hold numbers or what is missing, and nothing else."""
        rows = [row for row in self.beginning[self.table.header :] if len(row) == len(self.names)]
        number, missing = NUMBERS[self.table.decimal], {"", *self.table.marks}
        columns = zip(self.names, zip(*rows, strict=True), strict=True) if rows else ()
        return [name for name, cells in columns if all(cell in missing or number.fullmatch(cell) for cell in cells)]

    def read(self, wanted: Sequence[str], types: Mapping[str, ArrowType]) -> Iterator[Cells]:
        """The wanted columns in blocks. A column that is not of its type somewhere goes on as text."""
        import pyarrow as pa

        types, done = {name: types.get(name, pa.string()) for name in wanted}, 0
        while True:
            passed, row = 0, self.first_row
            try:
                for batch in self._blocks(types):
                    rows = self._numbered(row, batch.num_rows)
                    passed, row = passed + len(rows), int(rows[-1]) + 1 if len(rows) else row
                    if new := max(0, passed - done):
                        done = passed
                        yield Cells(batch.slice(len(rows) - new), rows[-new:])
                    self._refuse_ragged(passed)
                self._refuse_ragged(passed)
                if self.skipped and not passed:
                    raise self._ragged()
                return
            except pa.ArrowInvalid as fault:
                types = self._as_text(types, str(fault))

    def _blocks(self, types: Mapping[str, ArrowType]) -> Iterator[ArrowBatch]:
        import pyarrow as pa
        from pyarrow import csv as arrow

        table = self.table
        read = arrow.ReadOptions(
            # Blocks one after the other: then the rows that are left out have numbers; and it is no slower.
            use_threads=False,
            block_size=LONGEST_ROW,
            skip_rows=table.lines_before,
            skip_rows_after_names=int(table.header),
            column_names=self.names,
            encoding=table.encoding,
        )
        parse = arrow.ParseOptions(
            delimiter=SEPARATORS[table.separator],
            quote_char=QUOTES[table.quote] or False,
            newlines_in_values=table.quote != "none",
            invalid_row_handler=self._leave_out,
        )
        with reading(self.path), pa.OSFile(str(self.path)) as file:
            for batch in arrow.open_csv(file, read, parse, self._conversion(types)):
                self.bytes_read = file.tell()
                yield batch

    def _conversion(self, types: Mapping[str, ArrowType]) -> Any:
        from pyarrow import csv as arrow

        marks = ["", *self.table.marks]
        return arrow.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            null_values=[*marks, *(f" {mark}" for mark in marks), *(f"{mark} " for mark in marks)],
            strings_can_be_null=True,
            decimal_point="," if self.table.decimal == "comma" else ".",
        )

    def _leave_out(self, row: Any) -> str:
        cells = "1 cell" if row.actual_columns == 1 else f"{row.actual_columns:,} cells"
        reason = f"It has {cells} instead of {row.expected_columns:,}."
        self.skipped[row.number] = Skipped(f"row {row.number:,}", reason)
        return "skip"

    def _numbered(self, row: int, count: int) -> np.ndarray:
        """The numbers of the next rows, less those left out."""
        left_out = np.array([number for number in self.skipped if number >= row], np.int64)
        rows = np.arange(row, row + count + len(left_out))
        return rows[~np.isin(rows, left_out)][:count] if len(left_out) else rows

    def _refuse_ragged(self, passed: int) -> None:
        if len(self.skipped) > max(FEW, passed):
            raise self._ragged()

    def _ragged(self) -> DataError:
        first = next(iter(self.skipped.values()))
        return DataError(
            f"Most rows of {self.path.name} have another number of cells than its header, such as {first.place}: "
            f"{first.reason}",
            fix="Correct the separator or the quotes of the table.",
        )

    def _as_text(self, types: Mapping[str, ArrowType], fault: str) -> dict[str, ArrowType]:
        """The types with text for the column that was refused. Raises `DataError` where that is not the reason."""
        import pyarrow as pa

        if "UTF8" in fault:
            content_of(self.path)
        elif found := _CONVERSION.match(fault):
            name = self.names[int(found[1])]
            if types[name] != pa.string():
                return {**types, name: pa.string()}
        elif "straddling" in fault or "out of sync" in fault:
            raise too_long(self.path, _endless_row(self.table, self.path))
        elif "Empty" in fault:
            raise no_rows(self.path)
        raise DataError(f"{self.path.name} cannot be read: {fault.splitlines()[0][:200].rstrip('.')}.")


FEW = 20
"""As many rows may be left out of any file."""


@contextmanager
def reading(path: Path) -> Generator[None]:
    """Turns what the system or the encoding refuses into a `DataError`."""
    try:
        yield
    except OSError as fault:
        raise unreadable(path, fault) from None
    except UnicodeError:
        raise DataError(
            f"{path.name} is not written in the encoding that was chosen.", fix="Choose another encoding of the table."
        ) from None
    except LookupError:
        raise DataError("There is no encoding of that name.", fix="Choose another, such as utf-8.") from None


def _endless_row(table: Table, path: Path) -> int:
    """The row that does not end, as near as can be told."""
    row = table.lines_before
    with path.open(encoding=table.encoding, errors="replace", newline="") as lines:
        reader = csv.reader(lines, delimiter=SEPARATORS[table.separator], quotechar=QUOTES[table.quote] or None)
        try:
            for row, _ in enumerate(reader, table.lines_before + 1):  # noqa: B007
                pass
        except csv.Error:
            return row + 1
    return row
