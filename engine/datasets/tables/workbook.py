"""The cells of a sheet of an Excel workbook.

calamine reads them ten times as fast as openpyxl, and holds the whole sheet meanwhile, with all that is empty between
the first cell and the last. What is too large for that, or what calamine cannot read, openpyxl reads row by row; what
is said of a damaged file follows from that alone.
"""

import re
import zlib
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, ClassVar
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile, ZipInfo

from engine.datasets.dataset import Skipped
from engine.datasets.tables.arrow import ArrowType
from engine.datasets.tables.cells import Cells, too_many_columns, unique_names
from engine.datasets.tables.content import beginning_of, unreadable
from engine.datasets.tables.rows import blocks
from engine.datasets.tables.table import Table
from engine.datasets.tables.values import written
from engine.errors import DataError

OLE = b"\xd0\xcf\x11\xe0"
"""How a workbook begins that is locked with a password, or older than Excel 2007."""
LARGEST = 2**31
"""Bytes of a workbook unpacked: it is packed, and could be made to fill the machine."""
LARGEST_QUICK = 2**28
"""Bytes of a sheet unpacked; larger ones are read row by row."""
MOST_SPANNED = 2**22
"""Cells of a sheet that are held at once, 32 bytes each: one far below the others takes room for all between."""
PIECE = 2**22
FIRST = 20
"""Rows that tell what the columns are called, and what stands above."""
WORDS = "xl/sharedStrings.xml"
_NO_PLACE = re.compile(rb"""\sr\s*=\s*(?!["'][A-Z]{0,3}\d{0,7}["'])""")
"""What stands where the place of a cell should: nobody knows what calamine makes of it."""
_COLUMN = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})\d{1,7}["']""")
_ROW = re.compile(rb"""\sr\s*=\s*["'][A-Z]{0,3}(\d{1,7})["']""")
DAMAGED = (
    *(BadZipFile, zlib.error, ParseError, EOFError, KeyError, IndexError, ValueError, TypeError, AttributeError),
    *(NotImplementedError, RuntimeError, OverflowError, AssertionError),
)
"""What openpyxl and the modules below it raise on a damaged workbook."""


def sheets(path: Path) -> tuple[str, ...]:
    """The names of the sheets of a workbook. Raises `DataError`."""
    if (book := _quick_book(path)) is not None:
        return _names_in(book)
    with _opened(path) as slow:
        return tuple(sheet.title for sheet in slow.worksheets)


class WorkbookCells:
    """One pass over a sheet; see `Reader`."""

    faulty: ClassVar[str] = "that cannot be read"

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
        first = list(islice(self._rows(), FIRST))
        if not first:
            raise DataError(f"{self.path.name} has no cells in its sheet.", fix="Choose another sheet.")
        width = max(len(_without_end(row)) for _, row in first)
        said = [*first[0][1], *[None] * width][:width] if self.table.header else [None] * width
        return unique_names(too_many_columns(["" if name is None else written(name) for name in said], self.path))

    @property
    def holds_table(self) -> bool:
        """Whether there are rows of several cells, and not just notes."""
        return sum(_filled(row) > 1 for _, row in self._first) > 1

    def lines_above(self) -> int:
        """How many rows stand above the names of the columns, such as a title: texts in far fewer cells."""
        first = self._first
        filled = sorted(_filled(row) for _, row in first)
        usual = filled[len(filled) // 2] if filled else 0
        above = sum(1 for _ in takewhile(lambda row: _is_title(row[1], usual), first))
        return first[above][0] - 1 if 0 < above < len(first) - 1 else 0

    @cached_property
    def _first(self) -> list[tuple[int, Sequence[Any]]]:
        first: list[tuple[int, Sequence[Any]]] = []
        # calamine would read the whole sheet for it; what is damaged is said by who reads all.
        with suppress(DataError):
            first.extend(islice(self._numbered(self._one_by_one()), FIRST))
        return first

    def read(self, wanted: Sequence[str], types: Mapping[str, ArrowType]) -> Iterator[Cells]:
        """The wanted columns in blocks."""
        del types
        yield from blocks(islice(self._rows(), int(self.table.header), None), self.names, wanted)

    def _rows(self) -> Iterator[tuple[int, Sequence[Any]]]:
        """The rows that are not empty, numbered as Excel numbers them. Raises `DataError`."""
        yield from self._numbered(self._quickly() if self._quick_sheet else self._one_by_one())

    def _numbered(self, rows: Iterator[Sequence[Any]]) -> Iterator[tuple[int, Sequence[Any]]]:
        for number, row in enumerate(rows, 1):
            if number > self.table.lines_before:
                cells = [_plain(cell) if isinstance(cell, str) else cell for cell in row]
                if any(cell is not None for cell in cells):
                    yield number, cells

    def _quickly(self) -> Iterator[Sequence[Any]]:
        """All rows from the first on, as calamine reads them; it leaves out the columns before the first cell."""
        start, done = self._quick_sheet.start, 0
        before = [None] * start[1] if start else []
        with _Panics(), suppress(_calamine().CalamineError, *DAMAGED):
            for done, row in enumerate(self._quick_sheet.iter_rows(), 1):  # noqa: B007
                yield [*before, *row]
            return
        # A cell that it cannot make a value of, such as a span of a million years.
        yield from islice(self._one_by_one(), done, None)

    def _one_by_one(self) -> Iterator[Sequence[Any]]:
        """All rows from the first on, as openpyxl reads them."""
        with _opened(self.path) as book:
            sheet = self._sheet(book)
            sheet.reset_dimensions()  # What a sheet says of its own size is often wrong.
            yield from sheet.iter_rows(values_only=True)

    @cached_property
    def _quick_sheet(self) -> Any:
        """The whole sheet as calamine reads it; None: it is too large for that, or is no sheet that it can read."""
        book, part = _quick_book(self.path), self.table.part
        there = _names_in(book) if book is not None else ()
        if book is None or not there or part not in ("", *there):
            return None
        with _Panics(), suppress(OSError, _calamine().CalamineError):
            return book.get_sheet_by_name(part or there[0])
        return None

    def _sheet(self, book: Any) -> Any:
        part = self.table.part
        found = [sheet for sheet in book.worksheets if not part or sheet.title == part]
        if not found:
            there = ", ".join(sheet.title for sheet in book.worksheets) or "none"
            raise DataError(f"{self.path.name} has no sheet “{part}”.", expected=f"It has: {there}.")
        return found[0]


def _filled(row: Sequence[Any]) -> int:
    return sum(cell is not None for cell in row)


def _is_title(row: Sequence[Any], usual: int) -> bool:
    """Whether it stands above a table whose rows usually have so many cells."""
    count, begins = _filled(row), next(cell for cell in row if cell is not None)
    is_alone = count == 1 < usual and row[0] is not None
    return isinstance(begins, str) and (is_alone or 2 * count < usual)


def _calamine() -> Any:
    import python_calamine

    return python_calamine


def _quick_book(path: Path) -> Any:
    """The workbook as calamine opens it; None: it cannot, or a sheet would take too much room."""
    _refuse_locked(path)
    with _Panics(), suppress(OSError, _calamine().CalamineError, *DAMAGED):
        if _bytes_unpacked(path) <= LARGEST and _spanned(path) <= MOST_SPANNED:
            return _calamine().CalamineWorkbook.from_path(path)
    return None


def _names_in(book: Any) -> tuple[str, ...]:
    """The sheets of cells; others hold charts."""
    of_cells = _calamine().SheetTypeEnum.WorkSheet
    return tuple(sheet.name for sheet in book.sheets_metadata if sheet.typ == of_cells)


class _Panics:
    """Holds back what Rust raises where it gives up: no `Exception`, and of a class that cannot be imported."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and kind.__name__ == "PanicException"


def _spanned(path: Path) -> int:
    """How many cells lie between the first and the last of a sheet, at most: those of the largest sheet."""
    with ZipFile(path) as packed:
        # A sheet may lie anywhere; only the texts of all cells hold what looks like places and is none.
        return max((_spanned_by(packed, part) for part in packed.infolist() if part.filename != WORDS), default=0)


def _spanned_by(packed: ZipFile, part: ZipInfo) -> int:
    if part.file_size > LARGEST_QUICK:
        return part.file_size
    columns, rows, rest = {b"A"}, {b"1"}, b""
    with packed.open(part) as sheet:
        while piece := sheet.read(PIECE):
            found, _, rest = (rest + piece).rpartition(b"<")
            if _NO_PLACE.search(found):
                return LARGEST
            columns.update(_COLUMN.findall(found))
            rows.update(_ROW.findall(found))
    return max(map(_number_of_column, columns)) * max(map(int, rows))


def _number_of_column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _plain(cell: str) -> str | None:
    """The text; an empty one and a mistake in a formula are missing values."""
    return None if not cell or (cell.startswith("#") and cell.endswith(("!", "?", "/A"))) else cell


def _without_end(row: Sequence[Any]) -> Sequence[Any]:
    """The row up to the last cell that holds something."""
    last = max((place for place, cell in enumerate(row) if cell is not None), default=-1)
    return row[: last + 1]


@contextmanager
def _opened(path: Path) -> Generator[Any]:
    """The workbook, open for reading. Raises `DataError`."""
    _refuse_locked(path)
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


def _refuse_locked(path: Path) -> None:
    if beginning_of(path, 4) == OLE:
        raise DataError(
            f"{path.name} is locked with a password, or older than Excel 2007.",
            fix="Save it in Excel as an .xlsx without a password, or as CSV.",
        )


def _bytes_unpacked(path: Path) -> int:
    with ZipFile(path) as packed:
        return sum(part.file_size for part in packed.infolist())


def _refuse_bomb(path: Path) -> None:
    size = _bytes_unpacked(path)
    if size > LARGEST:
        raise DataError(
            f"{path.name} would take {size / 2**30:,.1f} GB unpacked.",
            expected=f"Workbooks of at most {LARGEST / 2**30:.0f} GB are read.",
            fix="Save the table as CSV or Parquet.",
        )
