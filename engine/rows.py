"""Rows of a table as people write them, to ask a trained network: JSON objects, cells between commas, a file of rows.

Words are the categories that the network knows; an empty cell is missing. Each complaint names row and column.
"""

import csv
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from engine.datasets.dataset import Asked, Feature
from engine.datasets.tables.format import NUMBERS
from engine.errors import DataError
from engine.spec import abbreviate

Decimal = Literal["point", "comma"]

SUFFIXES = (".csv", ".tsv", ".txt")
MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none"})
"""Cells that stand for a missing value, lower case, unless they are a category."""
UNKNOWN = -1.0
_DELIMITERS = ",;\t|"
_LARGEST_FILE = 2**28
_SECONDS_OF_A_DAY = 86_400
EXAMPLE = date(2024, 1, 31)
_SHOWN = 5


def is_row(text: str, features: Sequence[Feature]) -> bool:
    """Whether a text is meant as a row of a table, or a file of such rows, of these features."""
    text = text.strip()
    if not features:
        return False
    if Path(text).suffix.lower() in SUFFIXES or text.startswith(("{", "[{")):
        return True
    if text.startswith("["):
        return '"' in text or "null" in text
    cells = _cells(text, ",")
    return len(cells) == len(features) and ("" in cells or any(feature.categories for feature in features))


def rows_in(text: str, features: Sequence[Feature], decimal: Decimal = "point") -> list[Asked]:
    """The rows that a text stands for; ``decimal`` is what stands before the fractions of numbers in a file. Raises
    `DataError`.
    """
    text = text.strip()
    if Path(text).suffix.lower() in SUFFIXES and not text.startswith(("{", "[")):
        return _from_file(Path(text), features, decimal)
    if text.startswith(("{", "[")):
        return _from_json(text, features)
    name = abbreviate(text, 60)
    return [_row(name, "The row", dict(zip(_names(features), _cells(text, ","), strict=True)), features)]


def _from_json(text: str, features: Sequence[Feature]) -> list[Asked]:
    name = abbreviate(text, 60)
    try:
        found: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise DataError(
            f"{name} is not JSON.", expected=f"A row is written like {_example(features)}, with double quotes."
        ) from None
    several = isinstance(found, list) and bool(found) and all(isinstance(one, list | dict) for one in found)
    rows: list[Any] = found if several else [found]
    return [
        _row(f"{name}[{number}]" if several else name, f"Row {number + 1}", _named(row, number, features), features)
        for number, row in enumerate(rows)
    ]


def _named(row: Any, number: int, features: Sequence[Feature]) -> Mapping[str, Any]:
    """A row of JSON as values by column. Raises `DataError`."""
    known = _names(features)
    if isinstance(row, dict):
        for name in row:
            if name not in known:
                alike = get_close_matches(abbreviate(name, 60), known, 1)
                raise DataError(
                    f"Row {number + 1}: there is no column “{abbreviate(name, 60)}”.",
                    expected=f"Nearest to it: {alike[0]}." if alike else f"There are: {_listed(known)}.",
                )
        return row
    if not isinstance(row, list) or len(row) != len(features):
        given = f"{len(row)} values" if isinstance(row, list) else "no row"
        raise DataError(f"Row {number + 1} holds {given}.", expected=f"A row has {len(features)}: {_listed(known)}.")
    return dict(zip(known, row, strict=True))


def _from_file(path: Path, features: Sequence[Feature], decimal: Decimal) -> list[Asked]:
    lines = _lines(path)
    delimiter = max(_DELIMITERS, key=lines[0].count)
    head, *rest = (
        [cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    )
    known = _names(features)
    by_name = bool(set(head) & set(known))
    if by_name and (lacking := [name for name in known if name not in head]):
        raise DataError(
            f"{path.name} lacks the column “{lacking[0]}”.", expected=f"The network was trained on: {_listed(known)}."
        )
    names, rows, first = (head, rest, 2) if by_name else (known, [head, *rest], 1)
    found: list[Asked] = []
    for number, cells in enumerate(rows, start=first):
        if not any(cells):
            continue
        if len(cells) != len(names):
            raise DataError(
                f"{path.name}, row {number} has {len(cells)} cells.", expected=f"The others have {len(names)}."
            )
        place = f"{path.name}, row {number}"
        found.append(_row(place, place, dict(zip(names, cells, strict=True)), features, decimal))
    if not found:
        raise DataError(f"{path.name} holds no rows.", fix="Choose another file.")
    return found


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise DataError(
                f"{path.name} is larger than {_LARGEST_FILE // 2**20} MB.", fix="Ask for fewer rows at once."
            )
        content = path.read_bytes()
    except OSError as fault:
        raise DataError(f"{path} cannot be read: {fault.strerror or fault}.", fix="Check that it is there.") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    lines = io.StringIO(text.replace("\0", " "), newline=None).readlines()
    if not lines:
        raise DataError(f"{path.name} is empty.", fix="Choose another file.")
    return lines


def _row(
    name: str, place: str, cells: Mapping[str, Any], features: Sequence[Feature], decimal: Decimal = "point"
) -> Asked:
    notes: list[str] = []
    values = [_value(cells.get(feature.name), feature, place, notes.append, decimal) for feature in features]
    return Asked(name, np.array(values, np.float32), tuple(notes))


def _value(cell: Any, feature: Feature, place: str, note: Callable[[str], None], decimal: Decimal) -> float:
    word = "" if cell is None else str(cell).strip()
    if feature.categories:
        return _category(word, feature, place, note)
    if word.lower() in MISSING:
        return math.nan
    day = _day(word, feature.dates)
    number = _number(word, decimal) if day is None else day
    if number is None or not math.isfinite(number):
        example = EXAMPLE.strftime(feature.dates) if "%" in feature.dates else EXAMPLE.isoformat()
        raise DataError(
            f"{place}, column “{feature.name}”: “{abbreviate(word, 60)}” is no number.",
            expected=f"It must be a number, such as 22.5, a date, such as {example}, or empty where it is not known.",
        )
    return number


def _category(word: str, feature: Feature, place: str, note: Callable[[str], None]) -> float:
    learned = [name for name in feature.categories if name not in feature.unseen]
    for known in (word, word.removesuffix(".0"), word.lower()):
        if known in learned:
            return float(feature.categories.index(known))
    if word.lower() in MISSING and word not in feature.unseen:
        return math.nan
    note(
        f"{place}, column “{feature.name}”: “{abbreviate(word, 60)}” did not occur in training; "
        f"known are {_listed(learned)}."
    )
    return UNKNOWN


def _number(word: str, decimal: Decimal) -> float | None:
    try:
        return float(_plain(word, decimal))
    except ValueError:
        pass
    try:
        # Tables hold dates as days since 1970.
        return float(np.datetime64(word, "s").astype(np.int64)) / _SECONDS_OF_A_DAY
    except ValueError:
        return None


def _day(word: str, pattern: str) -> float | None:
    """A date as tables hold them, in days since 1970; None: it is not written in this pattern."""
    try:
        return datetime.strptime(word, pattern).replace(tzinfo=UTC).timestamp() / _SECONDS_OF_A_DAY
    except ValueError:
        return None


def _plain(word: str, decimal: Decimal) -> str:
    """A number as Python writes it, where it is written as a table is, with thousands parted or a sign of money."""
    if not NUMBERS[decimal].fullmatch(word):
        return word
    bare = _UNITS.sub("", word)
    part, point = (".", ",") if decimal == "comma" else (",", ".")
    return bare.replace(part, "").replace(point, ".")


_UNITS = re.compile(r"[\s$€£¥%]")


def _cells(text: str, delimiter: str) -> list[str]:
    read = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    return [cell.strip() for cell in read]


def _names(features: Iterable[Feature]) -> list[str]:
    return [feature.name for feature in features]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return abbreviate(", ".join(names[:_SHOWN]), 200) + more


def _example(features: Sequence[Feature]) -> str:
    """The first columns of a row, as JSON."""
    first = {feature.name: feature.categories[0] if feature.categories else 1 for feature in features[:2]}
    return msgspec.json.encode(first).decode()
