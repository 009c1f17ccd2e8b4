"""Tables that are damaged or odd: read as far as they can be, or refused in one sentence that names the row."""

import json
import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import numpy as np
import pytest

from engine.datasets import Table
from engine.datasets.files import open_data
from engine.datasets.tables import rows as table_rows
from engine.datasets.tables import sqlite
from engine.datasets.tables.editing import with_column_kind, with_target, with_test_file
from engine.errors import DataError

PEOPLE = "age,town,rich\n31,Rome,yes\n45,Oslo,no\n28,Rome,yes\n"


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a file and answers its path."""

    def write(content: str | bytes, name: str = "people.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def opened(path: Path) -> Table:
    """The table in a file."""
    dataset = open_data(str(path))
    assert isinstance(dataset, Table)
    return dataset


def refusal(path: Path) -> str:
    """What is said of a file that cannot be opened."""
    with pytest.raises(DataError) as fault:
        open_data(str(path))
    assert "\n" not in str(fault.value)
    return str(fault.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "people.csv is empty."),
        (b"\n\n\n", "people.csv holds no rows"),
        (b"age,town,rich\n", "people.csv holds only a header and no rows."),
        (b"\x7fELF\x02\x01\x00\x00\n" * 9, "people.csv is no text: row 1 holds a zero byte."),
        ("age,town\n31,Zürich\n".encode() + b"4,Gen\xe8ve\n", "row 3 is no UTF-8, though row 2 is."),
        ("a,b\n1,2\n" + "x" * (5 << 20), "Row 3 of people.csv is longer than 4 MB."),
        ("a,b\n1,2\n" * 10 + '"open,2\n' + "1,2\n" * (3 << 20), "Line 21 of people.csv opens a quote"),
        ("a,b,c\n" + "1,2,3\n1,2\n1\n1,2,3,4\n" * 90, "Most rows of people.csv have another number of cells"),
        (",".join(f"c{n}" for n in range(50_000)) + "\n" + ",".join(["1"] * 50_000), "people.csv has 50,000 columns."),
        ('a,place,y\n1, "x, y",3\n2, "z, y",4\n', "Line 2 of people.csv has a blank before the quote of a cell"),
        (b"\xff\xfea\x00,\x00b\x00\n\x00\x00\xd8", "begins as UTF-16 and goes on as something else"),
    ],
)
def test_a_file_that_is_no_table_is_refused_in_a_sentence(content: str | bytes, words: str, write: Any) -> None:
    assert words in refusal(write(content))


def test_a_row_of_100_mb_is_refused_without_reading_it_all(write: Any) -> None:
    assert "Row 2 of people.csv is longer than 4 MB." in refusal(write(b"a,b\n" + b"7" * 100_000_000))


def test_rows_of_other_lengths_are_left_out_and_named(write: Any) -> None:
    table = opened(write(PEOPLE + "1,2\n" + "9,Bern,no\n" * 9 + "1,2,3,4\n"))
    loaded = table.load()
    assert len(loaded.train) == table.sizes[0] == 12
    assert [(left.place, left.reason) for left in loaded.skipped] == [
        ("row 5", "It has 2 cells instead of 3."),
        ("row 15", "It has 4 cells instead of 3."),
    ]
    assert "2 rows of another length left out" in loaded.note
    _, rows = table.arrow()
    assert rows.tolist() == [2, 3, 4, *range(6, 15)]


def test_rows_without_a_target_are_left_out_and_named(write: Any) -> None:
    loaded = opened(write(PEOPLE + "50,Bern,\n")).load()
    assert len(loaded.train) == 3
    assert loaded.skipped[0].place == "row 5"
    assert "1 row without “rich” left out" in loaded.note


def test_commas_before_the_fraction_are_read(write: Any) -> None:
    table = opened(write("a;b;y\n1,5;-2,25;3\n2,5;1.000,5;4\n0,5;7;5\n"))
    assert table.decimal == "comma"
    assert table.separator == "semicolon"
    assert table.load().train.inputs.tolist() == [[1.5, -2.25], [2.5, 1000.5], [0.5, 7]]


def test_what_is_infinite_or_too_large_counts_as_missing(write: Any) -> None:
    table = opened(write("a,b,y\n1,2,3\ninf,nan,4\n-inf,1e300,5\n1e39,0,inf\n7,7,NaN\n"))
    loaded = table.load()
    expected = np.array([[1, 2], [np.nan, np.nan], [np.nan, np.nan]], np.float32)
    assert np.array_equal(loaded.train.inputs, expected, equal_nan=True)
    assert loaded.train.targets.ravel().tolist() == [3, 4, 5]
    assert [left.place for left in loaded.skipped] == ["row 5", "row 6"]


def test_names_that_return_or_lack_are_told_apart(write: Any) -> None:
    table = opened(write("a,a,,y,a\n1,2,3,4,5\n6,7,8,9,5\n2,2,3,4,9\n"))
    assert [column.name for column in table.columns] == ["a", "a (2)", "column 3", "y", "a (3)"]
    assert table.load().train.inputs.shape == (3, 4)


@pytest.mark.parametrize("name", ["label", "price", "anything"])
@pytest.mark.parametrize("value", ["x", "7", "0.5"])
def test_a_target_of_one_value_is_said_instead_of_predicting_another_column(name: str, value: str, write: Any) -> None:
    table = opened(write(f"a,b,{name}\n1,2,{value}\n3,5,{value}\n7,4,{value}\n"))
    assert table.target == name
    words = f"“{name}” cannot be predicted: it must have at least two different values. It is always “{value}”."
    assert table.lacks == words
    with pytest.raises(DataError, match="Choose another column to be predicted"):
        table.load()
    assert not with_target(table, "b").lacks


def test_a_constant_column_is_passed_over_where_another_is_plainly_meant(write: Any) -> None:
    table = opened(write("a,species,version\n1,cat,7\n3,dog,7\n7,cat,7\n"))
    assert (table.target, table.lacks) == ("species", "")


@pytest.mark.parametrize("prefix", ["c", ""])
def test_a_label_of_10_000_classes_is_said_instead_of_predicting_another_column(prefix: str, write: Any) -> None:
    table = opened(write("a,b,label\n" + "".join(f"{n % 997},{n % 7},{prefix}{n % 10_000}\n" for n in range(20_000))))
    assert table.target == "label"
    assert "“label” cannot be predicted" in table.lacks
    assert "more than 1,000 different" in table.lacks
    assert "\n" not in table.lacks


def test_labels_of_several_hundred_classes_are_classes_as_words_and_as_numbers(write: Any) -> None:
    for prefix in ("c", ""):
        table = opened(write("a,b,label\n" + "".join(f"{n % 97},{n},{prefix}{n % 300}\n" for n in range(2400))))
        assert (table.target, table.task, len(table.classes), table.lacks) == ("label", "classification", 300, "")
        assert table.load().train.targets.max() == 299
        assert table.refreshed().classes == table.classes
        other = with_target(table, "a")
        assert with_target(other, "label").classes == table.classes


def test_a_target_of_10_000_classes_is_refused(write: Any) -> None:
    table = opened(write("a,b,name\n" + "".join(f"{n * n % 997},{n % 7},person {n:x}\n" for n in range(10_000))))
    assert table.target == "b"
    with pytest.raises(DataError, match="“name” has more than 1,000 different values"):
        with_target(table, "name")


def test_quotes_and_line_breaks_in_cells_are_read(write: Any) -> None:
    table = opened(write('a,b,y\r\n1,"x, ""y""\nz",3\r\n2,w,4\r\n3,w,5\r\n'))
    assert table.columns[1].categories == ("w", 'x, "y"\nz')
    assert len(table.load().train) == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_letters_of_other_encodings_are_read(encoding: str, write: Any) -> None:
    text = "ort,größe,y\n" + "Zürich,3,1\nGenève,4,2\nMalmö,5,3\n" * 9
    table = opened(write(text.encode(encoding)))
    assert [column.name for column in table.columns] == ["ort", "größe", "y"]
    assert table.columns[0].categories == ("Genève", "Malmö", "Zürich")
    assert table.load().train.inputs[0].tolist() == [2, 3]


def test_lines_before_the_table_are_passed_over(write: Any) -> None:
    table = opened(write("Report of May\n\na,b,y\n1,2,3\n4,5,6\n7,8,1\n"))
    assert table.lines_before == 2
    assert [column.name for column in table.columns] == ["a", "b", "y"]
    assert table.arrow()[1].tolist() == [4, 5, 6]


def test_a_table_without_a_header_counts_its_columns(write: Any) -> None:
    table = opened(write("5.1,3.5,setosa\n4.9,3.0,setosa\n6.2,2.9,virginica\n"))
    assert not table.header
    assert table.target == "column 3"
    assert table.load().train.targets.tolist() == [0, 0, 1]
    assert table.arrow()[1].tolist() == [1, 2, 3]


def test_blanks_before_quotes_do_no_harm_where_no_separator_is_within(write: Any) -> None:
    table = opened(write('a,place,y\n1, "x",3\n2,"z, y",4\n3, "w",7\n'))
    assert len(table.load().train) == 3


@pytest.mark.parametrize(
    ("cells", "is_unclear"), [(["01/02/2024", "03/04/2024"], True), (["31/01/2024", "01/02/2024"], False)]
)
def test_dates_that_could_begin_with_the_month_too_are_told(cells: list[str], is_unclear: bool, write: Any) -> None:
    table = opened(write("when,y\n" + "".join(f"{cell},{row}\n" for row, cell in enumerate(cells))))
    when = table.columns[0]
    assert (when.kind, when.dates) == ("date", "%d/%m/%Y")
    assert ("begin with the day or with the month" in when.reason) == is_unclear


@pytest.mark.parametrize(
    ("cell", "fault", "form"),
    [
        ("2024-02-{day:02}", "2024-02-30", "ISO8601"),
        ("2024/02/{day:02}", "0000/00/00", "%Y/%m/%d"),
        ("{day:02}/11/2024", "31/11/2024", "%d/%m/%Y"),
        ("02/{day:02}/2024", "02/30/2024", "%m/%d/%Y"),
    ],
)
def test_dates_that_no_calendar_has_are_missing(cell: str, fault: str, form: str, write: Any) -> None:
    cells = [cell.format(day=day) for day in range(1, 29)]
    table = opened(write("when,y\n" + "".join(f"{cell},{row}\n" for row, cell in enumerate([*cells, fault, fault]))))
    when = table.columns[0]
    assert (when.kind, when.dates, when.missing, when.reason) == ("date", form, 2, "")
    found = table.load().train.inputs[:, 0]
    assert np.diff(found[:28]).tolist() == [1] * 27
    assert np.isnan(found[28:]).all()


def test_texts_of_which_many_are_no_dates_are_categories(write: Any) -> None:
    cells = [*["2024-01-31", "2024-02-30"] * 20, "spring"]
    table = opened(write("when,y\n" + "".join(f"{cell},{row}\n" for row, cell in enumerate(cells))))
    assert table.columns[0].kind == "category"


def test_what_never_ends_holds_nothing_or_is_code_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "model.pkl").write_bytes(b"code")
    assert "empty is an empty folder." in refusal(tmp_path / "empty")
    assert "model.pkl is a pickle, which is code and is never opened." in refusal(tmp_path / "model.pkl")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no such files")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "pipe.csv is neither a file nor a folder." in refusal(tmp_path / "pipe.csv")


def test_dates_are_days(write: Any) -> None:
    table = opened(write("when,other,y\n1970-01-02,31.12.1969,1\n1970-01-01T12:00:00Z,1.1.1970,2\n,2.1.1970,4\n"))
    assert [column.kind for column in table.columns] == ["date", "date", "number"]
    inputs = table.load().train.inputs
    assert np.array_equal(inputs, np.array([[1, -1], [0.5, 0], [np.nan, 1]], np.float32), equal_nan=True)


def test_a_file_that_lost_a_column_is_refused(write: Any) -> None:
    path = write(PEOPLE)
    table = opened(path)
    path.write_text("age,rich\n31,yes\n")
    with pytest.raises(DataError, match="has no column “town” any more"):
        table.load()


def test_a_file_that_vanished_is_refused(write: Any) -> None:
    path = write(PEOPLE)
    table = opened(path)
    path.unlink()
    assert "is not there" in table.lacks
    with pytest.raises(DataError, match=r"is not there\. Choose where it is\.$"):
        table.load()


def test_new_words_in_a_file_that_changed_count_as_missing_and_are_told(write: Any) -> None:
    path = write(PEOPLE)
    table = opened(path)
    path.write_text(PEOPLE + "33,Lima,no\nold,Oslo,perhaps\n")
    loaded = table.load()
    assert len(loaded.train) == 4
    assert np.isnan(loaded.train.inputs[3, 1])
    assert "such as “Lima”" in loaded.note
    assert loaded.skipped[0].place == "row 6"


def test_a_second_file_with_full_stops_is_matched(shared_data: Path) -> None:
    table = opened(shared_data / "tabular/adult_train.csv")
    table = with_test_file(table, str(shared_data / "tabular/adult_test.csv"))
    loaded = table.load()
    assert table.sizes == (32561, 16281)
    assert loaded.test is not None
    assert np.bincount(loaded.test.targets).tolist() == [12435, 3846]
    assert "the values of “Y” end in a full stop" in loaded.note


def test_both_files_are_downloaded(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table("tabular/adult_train.csv", test_path="tabular/adult_test.csv")
    assert table.is_here()
    monkeypatch.delenv("LAYERLOOM_DATA_MIRROR")
    assert not table.is_here()
    assert table.download_size == 3_974_469 + 2_003_296
    assert msgspec.structs.replace(table, test_path="elsewhere.csv").lacks == "elsewhere.csv is not there."


def test_a_column_is_used_in_another_way(shared_data: Path) -> None:
    wine = opened(shared_data / "tabular/winequality-red.csv")
    classes = with_column_kind(wine, "quality", "category")
    assert (classes.task, classes.classes) == ("classification", ("3", "4", "5", "6", "7", "8"))
    assert np.bincount(classes.load().train.targets).tolist() == [10, 53, 681, 638, 199, 18]
    titanic = opened(shared_data / "tabular/titanic.csv")
    cabins = with_column_kind(titanic, "Cabin", "category")
    assert cabins.shape == (8,)
    assert len(cabins.layout.features[-2].categories) == 147
    fare = with_target(titanic, "Fare")
    assert (fare.task, fare.features[0]) == ("regression", "Survived")
    assert fare.load().train.inputs[:3, 0].tolist() == [0, 1, 1]


def test_the_keys_are_the_values_of_the_samples(shared_data: Path) -> None:
    table = opened(shared_data / "tabular/titanic.csv")
    loaded = table.load()
    assert set(loaded.keys) == set(table.keys) == {column.name for column in table.columns} - {"Survived"}
    assert loaded.keys["PassengerId"].tolist() == list(range(1, 892))
    assert loaded.keys["Name"][0] == "Braund, Mr. Owen Harris"
    assert np.isnan(loaded.keys["Age"]).sum() == 177
    assert (loaded.keys["Cabin"] == "").sum() == 687


def test_the_cells_are_those_of_the_file(shared_data: Path) -> None:
    cells, rows = opened(shared_data / "tabular/adult_train.csv").arrow()
    assert (cells.num_rows, cells.num_columns, rows[0], rows[-1]) == (32561, 15, 2, 32562)
    assert cells.column("workclass").null_count == 1836
    assert cells.column("sex")[0].as_py() == "Male"
    assert cells.column("age")[0].as_py() == 39


def test_a_corrected_format_finds_the_columns_anew(write: Any) -> None:
    table = opened(write(PEOPLE))
    wrong = msgspec.structs.replace(table, separator="semicolon")
    assert wrong.is_stale
    assert [column.name for column in wrong.refreshed().columns] == ["age,town,rich"]
    again = msgspec.structs.replace(wrong.refreshed(), separator="comma").refreshed()
    assert [column.name for column in again.columns] == ["age", "town", "rich"]
    assert not table.is_stale


@pytest.mark.parametrize("name", ["people.parquet", "people.xlsx", "people.jsonl", "people.db"])
def test_the_same_table_in_every_format(name: str, tmp_path: Path, shared_data: Path) -> None:
    plain = opened(shared_data / "tabular/titanic.csv")
    path = tmp_path / name
    written_as(plain, path)
    table = opened(path)
    assert [(c.name, c.kind, c.categories, c.missing) for c in table.columns] == [
        (c.name, c.kind, c.categories, c.missing) for c in plain.columns
    ]
    assert np.array_equal(table.load().train.inputs, plain.load().train.inputs, equal_nan=True)
    assert np.array_equal(table.load().train.targets, plain.load().train.targets)
    assert table.load().keys["Name"].tolist() == plain.load().keys["Name"].tolist()


@pytest.mark.parametrize("name", ["people.parquet", "people.xlsx", "people.db"])
def test_a_file_that_is_cut_off_is_refused(name: str, tmp_path: Path, shared_data: Path) -> None:
    path = tmp_path / name
    written_as(opened(shared_data / "tabular/titanic.csv"), path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert name in refusal(path)


def written_as(table: Table, path: Path) -> None:
    """Writes the cells of a table in another format."""
    import openpyxl
    from pyarrow import parquet

    cells, _ = table.arrow()
    rows = cells.to_pylist()
    if path.suffix == ".parquet":
        parquet.write_table(cells, path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(map(json.dumps, rows)))
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in (cells.column_names, *(list(row.values()) for row in rows)):
            book.active.append(row)  # pyright: ignore
        book.save(path)
    else:
        database = sqlite3.connect(path)
        database.execute(f"CREATE TABLE people ({', '.join(cells.column_names)})")
        marks = ", ".join("?" * len(cells.column_names))
        database.executemany(f"INSERT INTO people VALUES ({marks})", [list(row.values()) for row in rows])
        database.commit()
        database.close()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("DELETE FROM people", "The query would do more than read."),
        ("SELECT 1; SELECT 2", "more than one statement"),
        ("ATTACH DATABASE 'other.db' AS other", "would do more than read"),
        ("PRAGMA writable_schema = 1", "would do more than read"),
        ("SELECT load_extension('x')", "would do more than read"),
        ("SELEC age FROM people", "cannot be asked"),
        ("SELECT wealth FROM people", "no such column: wealth"),
    ],
)
def test_a_query_may_only_read(query: str, words: str, tmp_path: Path) -> None:
    table = opened(database(tmp_path))
    with pytest.raises(DataError, match=words):
        msgspec.structs.replace(table, query=query).refreshed()
    assert opened(tmp_path / "people.db").rows == 3


def test_a_long_table_is_read_however_long_its_rows_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(sqlite, "STEPS", 1)
    monkeypatch.setattr(sqlite, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(table_rows, "MOST_CELLS", 3)
    reader = sqlite.SqliteCells(Table(), database(tmp_path))
    found = 0
    for block in reader.read(reader.names, {}):
        found += len(block.rows)
        now[0] += 0.9 * sqlite.SECONDS
    assert found == 3

    hurried = SimpleNamespace(monotonic=iter(range(0, 10**6, 100)).__next__)
    monkeypatch.setattr(sqlite, "time", hurried)
    with pytest.raises(DataError, match="was stopped after 60 seconds"):
        list(reader.read(reader.names, {}))


def test_a_query_chooses_rows(tmp_path: Path) -> None:
    table = msgspec.structs.replace(opened(database(tmp_path)), query="SELECT age, rich FROM people WHERE age > 30")
    assert table.refreshed().rows == 2


def database(folder: Path) -> Path:
    """A small database."""
    path = folder / "people.db"
    made = sqlite3.connect(path)
    made.executescript(
        "CREATE TABLE people (age, town, rich); INSERT INTO people VALUES (31, 'Rome', 'yes'), (45, 'Oslo', 'no'), "
        "(28, 'Rome', 'yes');"
    )
    made.close()
    return path


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "locked with a password, or older than Excel 2007"),
        ("a.xlsx", b"PK\x03\x04 nothing", "is no whole Excel workbook"),
        ("a.parquet", b"PAR1 nothing PAR1", "is no whole Parquet file"),
        ("a.db", b"SQLite format 3\0" + bytes(200), "cannot be asked"),
        ("a.db", b"something else", "is no SQLite database"),
        ("a.jsonl", b"1\n2\n", "holds no rows"),
        ("a.jsonl", b'{"a": 1}\n' + b'{"a": 1\n' * 50, "are no objects, such as row 2"),
    ],
)
def test_a_damaged_file_is_refused_in_a_sentence(name: str, content: bytes, words: str, write: Any) -> None:
    assert words in refusal(write(content, name))


ROWS = [f"{row}.5,{row % 7},{'ab'[row % 2]}" for row in range(300)]


@pytest.mark.parametrize("cell", ['"0.5,3,a', '0.5,"3,a', '0.5,3,"a'])
@pytest.mark.parametrize("more", [1, 60])
def test_a_quote_that_is_never_closed_swallows_no_rows(cell: str, more: int, write: Any) -> None:
    rows = [*ROWS[:50], cell, *ROWS[51:], *ROWS * more]
    assert "Line 52 of people.csv opens a quote that is not closed there" in refusal(write("\n".join(["x,n,y", *rows])))


def test_marks_of_inches_are_no_quotes(write: Any) -> None:
    rows = [f'{row},{row}" wide,{"ab"[row % 2]}' for row in range(21)]
    table = opened(write("\n".join(["x,size,y", *rows, '21,"over\ntwo lines",a'])))
    assert table.rows == 22


def test_most_rows_of_another_length_are_refused_at_the_end_of_a_file_too(write: Any) -> None:
    rows = [row + ",9" * (1 + place % 3) for place, row in enumerate(ROWS)]
    words = refusal(write("\n".join(["x,n,y", *ROWS[:130], *rows])))
    assert "Most rows of people.csv have another number of cells than its header, such as row 132" in words


def test_nothing_but_blanks_is_no_table(write: Any) -> None:
    assert "people.csv holds nothing but empty cells." in refusal(write("\n\n  \n"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"x": 1, "y": "a"', "It breaks off behind character 17: a quote or a bracket is not closed."),
        ('{"x": 1, "y": "a}', "The quote at character 15 is not closed."),
        ('{"x": 1, y: "a"}', 'It is no JSON from character 10 on: “y: "a"}”.'),
        ("[" * 200_000, "It holds lists within lists, deeper than can be read."),
        ("[1]", "It is no object."),
        ('{"x": 1, "y": "é"}', "It is no JSON in UTF-8."),
    ],
)
def test_a_bad_line_of_json_is_named_with_what_is_wrong(line: str, reason: str, write: Any) -> None:
    lines = [f'{{"x": {row}.5, "y": "{"ab"[row % 2]}"}}' for row in range(60)]
    content = "\n".join([*lines[:30], line, *lines[30:]]).encode("latin-1")
    loaded = opened(write(content, "a.jsonl")).load()
    assert [(one.place, one.reason) for one in loaded.skipped] == [("row 31", reason)]
    assert loaded.note == "a.jsonl: 1 row that cannot be read left out."


def test_a_list_of_json_that_breaks_off_is_told_where(write: Any) -> None:
    assert "in line 3 at character 9" in refusal(write('[{"x": 1},\n{"x": 2},\n{"x": 3 ', "a.json"))


def test_prose_is_no_table(write: Any) -> None:
    assert Table.opened(write("To be, or not to be,\nthat is the question.\n" * 20, "hamlet.txt")) is None
