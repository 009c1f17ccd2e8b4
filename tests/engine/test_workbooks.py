"""Excel workbooks: whatever is in a sheet, and both ways of reading it."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.chart import LineChart

from engine.datasets import Table
from engine.datasets.files import open_data
from engine.datasets.tables import workbook
from engine.datasets.tables.workbook import WorkbookCells, sheets
from engine.errors import DataError

EVERYTHING = ["name", "when", "clock", "span", "is it", "count", "fault", "sum", 2020, " padded "]


def odd_book() -> bytes:
    """Every kind of cell, beginning at B3, with a gap between the rows, and sheets of other kinds beside it."""
    book, file = openpyxl.Workbook(), BytesIO()
    sheet: Any = book.active
    sheet.title = "one"
    for column, name in enumerate(EVERYTHING, 2):
        sheet.cell(3, column, name)
    for row in (4, 5, 6, 7, 8, 12):
        cells: list[Any] = [f"n\n{row}", datetime(2020, 1, row, 3 * (row == 5)), time(3, 4, 5), timedelta(hours=30)]
        cells += [row % 2 == 0, 2**60 if row == 6 else row, {5: "#DIV/0!", 6: "#N/A"}.get(row, row / 4), "=G4*2"]
        cells += ["" if row == 5 else row, " x "]
        for column, cell in enumerate(cells, 2):
            sheet.cell(row, column, cell)
    sheet.merge_cells("B7:C7")
    book.create_sheet("two").append(["a", "b"])
    book.create_sheet("empty")
    chart = LineChart()
    book.create_chartsheet("drawn").add_chart(chart)
    book.create_sheet("hidden").sheet_state = "hidden"
    book.save(file)
    return file.getvalue()


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A workbook of every kind of cell."""
    path = tmp_path / "odd.xlsx"
    path.write_bytes(odd_book())
    return path


@pytest.fixture(params=["at once", "row by row"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both readers."""
    if request.param == "row by row":
        monkeypatch.setattr(workbook, "MOST_SPANNED", -1)
    return request.param


def cells_of(path: Path, part: str = "") -> dict[str, list[Any]]:
    """The columns of a sheet as they are read, and the numbers of the rows."""
    reader = WorkbookCells(Table(path=str(path), part=part), path)
    (block,) = reader.read(reader.names, {})
    return {**{name: block.batch.column(name).to_pylist() for name in reader.names}, "row": block.rows.tolist()}


def test_every_kind_of_cell(odd: Path, way: str) -> None:
    found = cells_of(odd)
    assert list(found) == ["column 1", "name", *EVERYTHING[1:8], "2020", "padded", "row"]
    assert found["row"] == [4, 5, 6, 7, 8, 12]
    assert found["column 1"] == found["sum"] == [None] * 6
    assert found["name"] == ["n\n4", "n\n5", "n\n6", "n\n7", "n\n8", "n\n12"]
    assert found["when"][:4] == [datetime(2020, 1, 4), datetime(2020, 1, 5, 3), datetime(2020, 1, 6), None]
    assert found["clock"] == ["03:04:05"] * 6
    assert found["span"] == ["1 day, 6:00:00"] * 6
    assert found["is it"] == ["true", "false", "true", "false", "true", "true"]
    assert found["count"] == [4, 5, 2**60, 7, 8, 12]
    assert found["fault"] == [1, None, None, 7 / 4, 2, 3]
    assert found["2020"] == [4, None, 6, 7, 8, 12]
    assert found["padded"] == ["x"] * 6


def test_both_ways_find_the_same(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = cells_of(odd)
    monkeypatch.setattr(workbook, "MOST_SPANNED", -1)
    assert cells_of(odd) == quick


def test_sheets_of_cells_are_listed_and_chosen(odd: Path, way: str) -> None:
    assert sheets(odd) == ("one", "two", "empty", "hidden")
    assert cells_of(odd, "one")["row"] == [4, 5, 6, 7, 8, 12]
    with pytest.raises(DataError, match="has no cells in its sheet"):
        cells_of(odd, "empty")
    with pytest.raises(DataError, match="has no sheet “three”"):
        cells_of(odd, "three")


@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ([], 0),
        ([["Sales of May"], []], 2),
        ([[], ["Sales of May"], ["made", "by Ann"], []], 4),
        ([["Sales", None, None, None, None], ["in euros"]], 2),
    ],
)
def test_what_stands_above_a_table_is_passed_over(above: list[list[Any]], lines: int, tmp_path: Path, way: str) -> None:
    path, book = tmp_path / "sales.xlsx", openpyxl.Workbook()
    for row in [*above, ["day", "town", "units", "price", "sold"]]:
        book.active.append(row)  # pyright: ignore
    for number in range(30):
        book.active.append([number % 7, ("Ulm", "Bonn")[number % 2], number, number * 1.5, number % 3 > 0])  # pyright: ignore
    book.save(path)
    table = open_data(str(path))
    assert isinstance(table, Table)
    assert (table.lines_before, table.rows) == (lines, 30)
    assert [column.name for column in table.columns] == ["day", "town", "units", "price", "sold"]


@pytest.mark.parametrize("notes", [[], [["Written by Ann"]], [["Read this first:"], ["the data are behind"], ["Ann"]]])
def test_a_sheet_of_notes_is_passed_over(notes: list[list[Any]], tmp_path: Path, way: str) -> None:
    path, book = tmp_path / "two.xlsx", openpyxl.Workbook()
    for row in notes:
        book.active.append(row)  # pyright: ignore
    sheet = book.create_sheet("Data")
    for row in [["Sales of May"], [], ["units", "price"], *([number, number * 1.5] for number in range(30))]:
        sheet.append(row)
    book.save(path)
    table = open_data(str(path))
    assert isinstance(table, Table)
    assert (table.part, table.lines_before, table.rows) == ("Data", 2, 30)
    assert [column.name for column in table.columns] == ["units", "price"]


def test_where_no_sheet_holds_a_table_the_first_says_what_is_wrong(tmp_path: Path, way: str) -> None:
    path, book = tmp_path / "notes.xlsx", openpyxl.Workbook()
    book.active.append(["Written by Ann"])  # pyright: ignore
    book.create_sheet("More").append(["and by Bob"])
    book.save(path)
    with pytest.raises(DataError, match="holds only a header and no rows"):
        open_data(str(path))


@pytest.mark.parametrize("first", [[None, "value"], ["id", "value"], [5, None]])
def test_a_narrow_sheet_is_its_own_header(first: list[Any], tmp_path: Path) -> None:
    path, book = tmp_path / "narrow.xlsx", openpyxl.Workbook()
    book.active.append(first)  # pyright: ignore
    for number in range(30):
        book.active.append([number, number * 1.5])  # pyright: ignore
    book.save(path)
    table = open_data(str(path))
    assert isinstance(table, Table)
    assert table.lines_before == 0


def test_days_of_either_calendar(tmp_path: Path, way: str) -> None:
    path, book = tmp_path / "days.xlsx", openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904  # pyright: ignore
    sheet: Any = book.active
    for row in (["day", "y"], *([date(2021, 5, day), day % 2] for day in range(1, 9))):
        sheet.append(row)
    book.save(path)
    assert cells_of(path)["day"] == [datetime(2021, 5, day) for day in range(1, 9)]


def test_a_cell_far_below_is_read_row_by_row(tmp_path: Path) -> None:
    # All between would be 17,179,869,184 cells, which no memory holds.
    path, book = tmp_path / "far.xlsx", openpyxl.Workbook()
    sheet: Any = book.active
    for row in (["a", "y"], [1, 0], [2, 1]):
        sheet.append(row)
    sheet["XFD1048576"] = "lost"
    book.save(path)
    with pytest.raises(DataError, match="has 16,384 columns"):
        cells_of(path)


@pytest.mark.parametrize("place", ["XFD1048576", "AAAAAAAA1", "A99999999999", "xfd1048576"])
def test_no_place_of_a_cell_takes_all_memory(place: str, odd: Path) -> None:
    with ZipFile(odd) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b'r="K12"', f'r="{place}"'.encode())
    with ZipFile(odd, "w", ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    assert workbook._spanned(odd) > workbook.MOST_SPANNED
    assert workbook._quick_book(odd) is None


def test_a_sheet_as_excel_writes_it_is_read_at_once(odd: Path) -> None:
    with ZipFile(odd) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    before = parts["xl/worksheets/sheet1.xml"]
    named = before.replace(b"<worksheet ", b'<worksheet xmlns:r="http://schemas.openxmlformats.org/officeDocument" ', 1)
    assert named != before
    with ZipFile(odd, "w", ZIP_DEFLATED) as packed:
        for name, content in (parts | {"xl/worksheets/sheet1.xml": named}).items():
            packed.writestr(name, content)
    assert workbook._quick_book(odd) is not None


def test_where_one_reader_gives_up_the_other_reads(odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class PanicException(BaseException):
        pass

    class Panicking:
        sheets_metadata: Any = ()

        @classmethod
        def from_path(cls, path: Path) -> Any:
            raise PanicException(path)

    quick = cells_of(odd)
    monkeypatch.setattr(workbook._calamine(), "CalamineWorkbook", Panicking)
    assert cells_of(odd) == quick


def test_no_interruption_is_held_back() -> None:
    with pytest.raises(KeyboardInterrupt), workbook._Panics():
        raise KeyboardInterrupt


WORDS = st.sampled_from(
    [
        *(b"0", b"-1", b"999999999999", b"18446744073709551616", b"XFD1048576", b"A0", b"AAAA1", b'"', b"<", b"</c>"),
        *(b"<c>", b"&#0;", b"\xff\xfe", b"s", b"str", b"e", b"d", b"inlineStr", b"1e999", b"NaN", b""),
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_damage_within_the_parts_of_a_workbook(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What packs well is damaged within: a table that loads, or one sentence."""
    with ZipFile(BytesIO(odd_book())) as packed:
        parts = {name: packed.read(name) for name in packed.namelist()}
    for _ in range(data.draw(st.integers(1, 3))):
        name = data.draw(st.sampled_from(sorted(parts)))
        place, length = data.draw(st.integers(0, len(parts[name]))), data.draw(st.integers(0, 40))
        parts[name] = parts[name][:place] + data.draw(WORDS) + parts[name][place + length :]
    path = tmp_path_factory.getbasetemp() / "within.xlsx"
    with ZipFile(path, "w", ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    with suppress(DataError):
        assert np.isfinite(open_data(str(path)).load().train.targets).all()
