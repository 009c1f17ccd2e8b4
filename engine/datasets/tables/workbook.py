"""The cells of a sheet of an Excel workbook."""

import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from engine.datasets.dataset import Skipped
from engine.datasets.tables.arrow import ArrowType
from engine.datasets.tables.cells import Cells, too_many_columns, unique_names
from engine.datasets.tables.content import beginning_of, unreadable
from engine.datasets.tables.rows import blocks
from engine.datasets.tables.table import Table
from engine.errors import DataError

OLE = b"\xd0\xcf\x11\xe0"
"""How a workbook begins that is locked with a password, or older than Excel 2007."""
LARGEST = 2**31
"""Bytes of a workbook unpacked: it is packed, and could be made to fill the machine."""
DAMAGED = (
    *(BadZipFile, zlib.error, ParseError, EOFError, KeyError, IndexError, ValueError, TypeError, AttributeError),
    *(NotImplementedError, RuntimeError, OverflowError, AssertionError),
)
"""What openpyxl and the modules below it raise on a damaged workbook."""


def sheets(path: Path) -> tuple[str, ...]:
    """The names of the sheets of a workbook. Raises `DataError`."""
    with _opened(path) as book:
        return tuple(sheet.title for sheet in book.worksheets)


class WorkbookCells:
    """One pass over a sheet; see `Reader`."""

    def __init__(self, table: Table, path: Path) -> None:
        self.table, self.path = table, path
        self.skipped: dict[int, Skipped] = {}
        self.bytes_read = 0

    @property
    def names(self) -> list[str]:
        """The names of the columns, each different. Raises `DataError`."""
        return self._names

    @cached_property
    def _names(self) -> list[str]:
        with _opened(self.path) as book:
            first = list(islice(self._rows(book), 20))
        if not first:
            raise DataError(f"{self.path.name} has no cells in its sheet.", fix="Choose another sheet.")
        width = max(len(_without_end(row)) for _, row in first)
        said = [*first[0][1], *[None] * width][:width] if self.table.header else [None] * width
        return unique_names(too_many_columns(["" if name is None else str(name) for name in said], self.path))

    def read(self, wanted: Sequence[str], types: Mapping[str, ArrowType]) -> Iterator[Cells]:
        """The wanted columns in blocks."""
        del types
        names = self.names
        with _opened(self.path) as book:
            yield from blocks(islice(self._rows(book), int(self.table.header), None), names, wanted)

    def _rows(self, book: Any) -> Iterator[tuple[int, Sequence[Any]]]:
        """The rows that are not empty, numbered as Excel numbers them."""
        sheet = self._sheet(book)
        sheet.reset_dimensions()  # What a sheet says of its own size is often wrong.
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            if number > self.table.lines_before and any(cell is not None for cell in row):
                yield number, [_plain(cell) for cell in row]

    def _sheet(self, book: Any) -> Any:
        part = self.table.part
        found = [sheet for sheet in book.worksheets if not part or sheet.title == part]
        if not found:
            there = ", ".join(sheet.title for sheet in book.worksheets) or "none"
            raise DataError(f"{self.path.name} has no sheet “{part}”.", expected=f"It has: {there}.")
        return found[0]


def _plain(cell: Any) -> Any:
    """The value; a mistake in a formula is a missing value."""
    return None if isinstance(cell, str) and cell.startswith("#") and cell.endswith(("!", "?", "/A")) else cell


def _without_end(row: Sequence[Any]) -> Sequence[Any]:
    """The row up to the last cell that holds something."""
    last = max((place for place, cell in enumerate(row) if cell is not None), default=-1)
    return row[: last + 1]


@contextmanager
def _opened(path: Path) -> Generator[Any]:
    """The workbook, open for reading. Raises `DataError`."""
    if beginning_of(path, 4) == OLE:
        raise DataError(
            f"{path.name} is locked with a password, or older than Excel 2007.",
            fix="Save it in Excel as an .xlsx without a password, or as CSV.",
        )
    book = None
    try:
        _refuse_bomb(path)
        from openpyxl import load_workbook

        book = load_workbook(path, read_only=True, data_only=True)
        yield book
    except OSError as fault:
        raise unreadable(path, fault) from None
    except DAMAGED:
        raise DataError(
            f"{path.name} is no whole Excel workbook: it is damaged.", fix="Save it anew, or as CSV."
        ) from None
    finally:
        if book is not None:
            book.close()


def _refuse_bomb(path: Path) -> None:
    with ZipFile(path) as packed:
        size = sum(part.file_size for part in packed.infolist())
    if size > LARGEST:
        raise DataError(
            f"{path.name} would take {size / 2**30:,.1f} GB unpacked.",
            expected=f"Workbooks of at most {LARGEST / 2**30:.0f} GB are read.",
            fix="Save the table as CSV or Parquet.",
        )
