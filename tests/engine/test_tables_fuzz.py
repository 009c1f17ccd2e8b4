"""Damaged tables, thousands of them: each is a table that loads, or is refused in one sentence."""

import json
import sqlite3
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.datasets import Table
from engine.errors import DataError

CELLS = st.sampled_from(
    [
        *("", " ", "1", "2", "-3.5", "1e5", "1e999", "1,5", "1.234,5", "nan", "inf", "?", "NA", "-", "x", "yes", "no"),
        *("2020-01-01", "2020-02-31", "31.12.1999", "2020-01-01T25:00", "12/13/2014", '"', '"a,b"', '"a\nb"', "'", "é"),
        *(
            "ünï",
            "\u2028",
            "a.png",
            "true",
            "0",
            "07",
            "+4",
            "1 000",
            "\ufeff",
            "[1]",
            "None",
            "\r",
            "\t",
            "#x",
            "0x1F",
        ),
    ]
)
SEPARATORS = st.sampled_from([",", ";", "\t", "|", ", ", " "])
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "utf-16-le", "shift_jis"])
FUZZ = settings(deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    """Rows of cells, mostly of one length, in some encoding, perhaps with bytes damaged."""
    separator, width = draw(SEPARATORS), draw(st.integers(1, 6))
    row = st.lists(CELLS, min_size=width, max_size=width) | st.lists(CELLS, max_size=8)
    rows = draw(st.lists(row, max_size=30))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    text = end.join(separator.join(cells) for cells in rows) + draw(st.sampled_from(["", end]))
    return damaged(draw, text.encode(draw(ENCODINGS), "replace"))


def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """The bytes with a few changed, put in or cut off."""
    changed = bytearray(content)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(changed)))
        changed[place : place + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(changed)


def loads_or_is_refused(path: Path) -> None:
    """The one promise."""
    try:
        check(path)
    except DataError as refused:
        sentence = str(refused)
        if "\n" in sentence or len(sentence) > 1000:
            pytest.fail(f"no clear sentence: {sentence}")


def check(path: Path) -> None:
    """What it finds out and what it reads agree."""
    table = Table.opened(path)
    if table is None:
        return
    assert Table.read(json.loads(json.dumps(table.settings())), "here") == table
    cells, rows = table.arrow()
    assert cells.num_rows == len(rows) == table.rows
    assert (np.diff(rows) > 0).all()
    if table.lacks:
        return
    loaded = table.load()
    assert loaded.train.inputs.shape == (table.sizes[0], *table.shape)
    assert loaded.train.inputs.dtype == np.float32
    assert not np.isinf(loaded.train.inputs).any()
    assert not np.isnan(loaded.train.targets).any()
    for name in table.keys:
        assert len(loaded.keys[name]) == len(loaded.train)


@pytest.mark.parametrize("ending", [".csv", ".txt"])
@settings(FUZZ, max_examples=500)
@given(content=texts())
def test_damaged_text(ending: str, content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    loads_or_is_refused(written(content, ending, tmp_path_factory))


@settings(FUZZ, max_examples=300)
@given(content=st.binary(max_size=300))
def test_any_bytes(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    loads_or_is_refused(written(content, ".csv", tmp_path_factory))


@settings(FUZZ, max_examples=300)
@given(data=st.data())
def test_damaged_lines_of_json(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.just([1]) | CELLS
    rows = data.draw(st.lists(st.dictionaries(st.sampled_from(["a", "b", "y", ""]), values, max_size=4), max_size=20))
    lines = data.draw(st.booleans())
    content = "\n".join(map(json.dumps, rows)) if lines else json.dumps(rows)
    changed = data.draw(st.composite(lambda draw: damaged(draw, content.encode()))())
    loads_or_is_refused(written(changed, ".jsonl" if lines else ".json", tmp_path_factory))


@pytest.mark.parametrize("ending", [".parquet", ".xlsx", ".db"])
@settings(FUZZ, max_examples=150)
@given(data=st.data())
def test_damaged_files(ending: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = WHOLE[ending]()
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        changed[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content))) if data.draw(st.booleans()) else len(content)
    loads_or_is_refused(written(bytes(changed[:cut]), ending, tmp_path_factory))


def written(content: bytes, ending: str, folders: pytest.TempPathFactory) -> Path:
    """A file with this content."""
    path = folders.getbasetemp() / f"damaged{ending}"
    path.write_bytes(content)
    return path


ROWS = [{"age": 20 + place % 7, "town": "Rome" if place % 3 else "Oslo", "y": place % 2} for place in range(40)]


@cache
def parquet() -> bytes:
    """A whole Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    file = BytesIO()
    parquet.write_table(pa.Table.from_pylist(ROWS), file)
    return file.getvalue()


@cache
def workbook() -> bytes:
    """A whole workbook."""
    import openpyxl

    book, file = openpyxl.Workbook(), BytesIO()
    for row in (list(ROWS[0]), *(list(row.values()) for row in ROWS)):
        book.active.append(row)  # pyright: ignore
    book.save(file)
    return file.getvalue()


@cache
def database() -> bytes:
    """A whole database."""
    made = sqlite3.connect(":memory:")
    made.execute("CREATE TABLE people (age, town, y)")
    made.executemany("INSERT INTO people VALUES (?, ?, ?)", [list(row.values()) for row in ROWS])
    made.commit()
    content = made.serialize()
    made.close()
    return content


WHOLE = {".parquet": parquet, ".xlsx": workbook, ".db": database}
