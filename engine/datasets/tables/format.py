"""How a text file is written, found out from its beginning: separator, quotes, header, decimal comma, missing marks."""

import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec

from engine.datasets.tables.content import LONGEST_ROW, Content, beginning_of, too_long
from engine.datasets.tables.table import QUOTES, SEPARATORS, Quote, Separator, Table
from engine.errors import DataError

SAMPLE = 2**18
"""Bytes."""
SAMPLE_ROWS = 500
MOST_LINES_BEFORE = 20
LIKELY: tuple[Separator, ...] = ("tab", "semicolon", "bar", "comma")
"""A comma comes last: it stands in numbers and in sentences too."""
STEADY = 0.9
"""Share of the rows that must have as many cells as most have."""

MARKS = ("?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null")
"""What stands for a missing value in any column."""
MARKS_AMONG_NUMBERS = ("-", "--", ".", "None", "none", "missing", "n.a.", "NIL", "nil", "#NULL!", "*")
"""What stands for a missing value where all others are numbers."""

_POWER = r"([eE][-+]?\d{1,4})?"
_BEFORE, _BEHIND = r"[-+]?([$€£¥]\s?)?", r"(\s?[$€£¥%])?"
"""A number may be an amount of money or percents: the sign says nothing more."""
POINT_NUMBER = re.compile(
    rf"{_BEFORE}(\d{{1,3}}(,\d{{3}})+(\.\d*)?|\d+\.?\d*|\.\d+){_POWER}{_BEHIND}|[-+]?inf(inity)?", re.IGNORECASE
)
COMMA_NUMBER = re.compile(rf"{_BEFORE}(\d{{1,3}}(\.\d{{3}})+(,\d*)?|\d+,?\d*|,\d+){_POWER}{_BEHIND}")
NUMBERS = {"point": POINT_NUMBER, "comma": COMMA_NUMBER}
"""What a number looks like, by what stands before its fraction; thousands may be parted by the other."""

Rows = list[list[str]]


def with_format(table: Table, path: Path, content: Content) -> Table | None:
    """The table with the format that its file most likely has; None: it does not look like a table.

    Raises `DataError` where the first row does not end, or blanks before quotes would have cells divided.
    """
    text = _sample(path, content.encoding)
    quote = _quote(text)
    separator, rows = _separated(text, quote)
    count = width(rows)
    if not count or (path.suffix.lower() in _PROSE and not _is_table(rows, count)):
        return None
    _refuse_blanks_before_quotes(path, text, SEPARATORS[separator], QUOTES[quote])
    before = next((number for number, row in enumerate(rows[:MOST_LINES_BEFORE]) if _begins(row, count)), 0)
    first, rest = rows[before], [row for row in rows[before + 1 :] if len(row) == count]
    return msgspec.structs.replace(
        table,
        encoding=content.encoding,
        separator=separator,
        quote=quote,
        lines_before=_lines(text, before),
        header=_is_header(first, rest),
        decimal=_decimal(rest, separator),
        marks=(*MARKS, *_marks_among_numbers(rest)),
    )


def _refuse_blanks_before_quotes(path: Path, text: str, separator: str, quote: str) -> None:
    # A quote counts only right behind the separator, and pyarrow's reader cannot be told otherwise.
    mark, part = re.escape(quote), re.escape(separator)
    divided = re.compile(rf"{part} +{mark}[^{mark}\n]*{part}[^{mark}\n]*{mark} *({part}|$)", re.MULTILINE)
    found = divided.search(text) if not separator.isspace() else None
    if found:
        line = text.count("\n", 0, found.start()) + 1
        raise DataError(
            f"Line {line:,} of {path.name} has a blank before the quote of a cell, so the “{separator}” within the "
            "quotes would divide it.",
            expected="A quote stands right behind the separator.",
            fix=f"Replace “{separator} {quote}” by “{separator}{quote}” in the whole file, and open it again.",
        )


def beginning(table: Table, path: Path) -> Rows:
    """The first rows of the file as the table's format reads them, the header too. Raises `DataError`."""
    text = "".join(_sample(path, table.encoding).splitlines(keepends=True)[table.lines_before :])
    return _parsed(text, SEPARATORS[table.separator], table.quote)


def header(rows: Rows, table: Table, path: Path) -> list[str]:
    """What the columns are called, as many as most rows have cells; empty where nothing is said. Raises `DataError`."""
    count = width(rows)
    if not table.header:
        return [""] * count
    said = rows[0]
    while len(said) > count and not said[-1]:
        said = said[:-1]
    if len(said) == count - 1 and len(rows) > 1:
        return ["", *said]  # R leaves out the name of the column with the rows' own names.
    if len(said) != count:
        raise DataError(
            f"The header of {path.name} names {len(said):,} columns, but most rows have {count:,} cells.",
            fix="Correct the header, or the separator of the table.",
        )
    return said


def _begins(row: list[str], count: int) -> bool:
    """Whether a table of that many columns begins with this row."""
    return len(row) >= count or (len(row) == count - 1 > 1)


_PROSE = (".txt", ".dat", ".data")
"""Endings of files that may hold anything."""


def _sample(path: Path, encoding: str) -> str:
    """The first whole lines."""
    for size in (SAMPLE, LONGEST_ROW):
        raw = beginning_of(path, size)
        text = raw.decode("utf-8-sig" if encoding == "utf-8" else encoding, "ignore")
        if len(raw) < size:
            return text
        end = max(text.rfind("\n"), text.rfind("\r"))
        if end > 0:
            return text[: end + 1]
    raise too_long(path, 1)


def _quote(text: str) -> Quote:
    singles, doubles = (len(re.findall(rf"(?:^|[,;\t|])\s?{mark}", text, re.MULTILINE)) for mark in "'\"")
    return "single" if singles > doubles and singles > 2 else "double"


def _separated(text: str, quote: Quote) -> tuple[Separator, Rows]:
    """The separator under which most rows have equally many cells, and the rows that it gives."""
    found = {name: _parsed(text, SEPARATORS[name], quote) for name in LIKELY}
    best = max(LIKELY, key=lambda name: _likelihood(found[name]))
    return (best, found[best]) if width(found[best]) > 1 else ("comma", found["comma"])


def _likelihood(rows: Rows) -> tuple[bool, float]:
    """Whether they are several columns; how steady their number is. What is steady enough is as good as any other."""
    steady = _steadiness(rows)
    return width(rows) > 1, 1.0 if steady >= STEADY else steady


def _parsed(text: str, separator: str, quote: Quote) -> Rows:
    # Excel leaves a first row empty but for separators; csv raises only where a cell is longer than 128 KB.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quotechar=QUOTES[quote] or None)
    rows: Rows = []
    try:
        for row in reader:
            if row:
                rows.append([cell.strip() for cell in row])
            if len(rows) >= SAMPLE_ROWS:
                break
    except csv.Error:
        return rows
    return rows


def width(rows: Rows) -> int:
    """How many cells most rows have, or those after the first."""
    counts = Counter(map(len, rows[1:] or rows))
    return counts.most_common(1)[0][0] if counts else 0


def _steadiness(rows: Rows) -> float:
    count = width(rows)
    return sum(len(row) == count for row in rows) / max(1, len(rows))


def _is_table(rows: Rows, count: int) -> bool:
    """Whether rows of a file that may hold anything are cells, not sentences."""
    if count < 2 or len(rows) < 3 or _steadiness(rows) < STEADY:
        return False
    lengths = sorted(len(cell) for row in rows for cell in row)
    return lengths[len(lengths) * 9 // 10] <= 40


def _lines(text: str, rows: int) -> int:
    """How many lines those rows take at the beginning, with the empty ones between."""
    lines = text.splitlines()
    full = [number for number, line in enumerate(lines) if line.strip()]
    return full[rows] if rows < len(full) else 0


def _is_header(first: list[str], rest: Rows) -> bool:
    if any(is_number(cell) for cell in first) or not any(first):
        return False
    if not rest or len(first) != len(rest[0]):
        return True
    columns = list(zip(*rest, strict=True))
    if any(sum(map(is_number, column)) > len(column) / 2 for column in columns):
        return True
    return not any(name in column for name, column in zip(first, columns, strict=True))


def is_number(cell: str) -> bool:
    """Whether it is a number, with a point or a comma before its fraction."""
    return bool(POINT_NUMBER.fullmatch(cell) or COMMA_NUMBER.fullmatch(cell))


def _decimal(rows: Rows, separator: Separator) -> Literal["point", "comma"]:
    if separator == "comma" and not any("," in cell for row in rows for cell in row):
        return "point"
    cells = [cell for row in rows for cell in row if is_number(cell)]
    points, commas = (sum(form.fullmatch(cell) is None for cell in cells) for form in (COMMA_NUMBER, POINT_NUMBER))
    # 1,234 may be both; a table that parts its cells by something else than commas writes fractions with them.
    unclear = sum("," in cell and "." not in cell for cell in cells) if separator != "comma" else 0
    return "comma" if commas + unclear > points else "point"


def _marks_among_numbers(rows: Rows) -> tuple[str, ...]:
    found: set[str] = set()
    for column in zip(*rows, strict=True):
        others = {cell for cell in column if cell and cell not in MARKS and not is_number(cell)}
        if others and others <= set(MARKS_AMONG_NUMBERS) and any(map(is_number, column)):
            found |= others
    return tuple(mark for mark in MARKS_AMONG_NUMBERS if mark in found)


def no_rows(path: Path) -> DataError:
    """What is said of a file with nothing but a header."""
    return DataError(f"{path.name} holds only a header and no rows.", fix="Choose a file with rows in it.")
