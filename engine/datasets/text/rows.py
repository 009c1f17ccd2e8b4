"""Texts with a label each: in columns, in lines of JSON, in lines that begin with their label, in folders by class."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec

from engine.datasets.dataset import Skipped
from engine.datasets.links import strays
from engine.datasets.quotes import refuse_open_quote
from engine.datasets.text.reading import beginning_of, text_of
from engine.errors import DataError

MARK = "__label__"
"""Before a label at the beginning of a line, as fastText writes it."""
SEPARATORS = ",;\t|"
COLUMNS = (".csv", ".tsv", ".tab", ".txt")
JSON_LINES = (".jsonl", ".ndjson")
TEXTS = (".txt", ".text", ".md")
SAMPLE = 400
MOST_COLUMNS = 4
FEWEST_WORDS = 3
MOST_LABELS = 1000
TEXT_NAMES = {"text", "sentence", "review", "comment", "message", "tweet", "content", "title", "body", "question"}
LABEL_NAMES = {"label", "labels", "class", "category", "sentiment", "target", "intent", "topic", "genre", "language"}


class Row(msgspec.Struct, frozen=True):
    """A text and its label, and where they stand."""

    place: str
    text: str
    label: str


class LikelyColumns(msgspec.Struct, frozen=True):
    """The columns by name, and which of them are the text and the label; both empty: it does not look so."""

    columns: tuple[str, ...] = ()
    text: str = ""
    label: str = ""


def layout_of(path: Path) -> LikelyColumns:
    """What a file of rows most likely holds. Raises `DataError`."""
    if path.suffix.lower() not in (*COLUMNS, *JSON_LINES):
        return LikelyColumns()
    # No more is read: it may be a large table instead.
    text = beginning_of(path)
    if path.suffix.lower() in JSON_LINES:
        return _likely(_sound(_objects(text, path.name)))
    beginning = _lines(text)
    if sum(line.startswith(MARK) for line in beginning) * 10 >= len(beginning) * 9 > 0:
        return LikelyColumns(("label", "text"), "text", "label")
    separator = _separator(beginning)
    if not separator:
        return LikelyColumns()
    return _likely(_sound(_records(text, path.name, separator)))


def rows_of(path: Path, text: str, label: str) -> Iterator[Row | Skipped]:
    """Every row, and what stands instead of one that lacks its text or label. Raises `DataError`."""
    content = text_of(path)
    if path.suffix.lower() in COLUMNS and content.count('"') % 2 and not content.startswith(MARK):
        separator = _separator(_lines(content)) or ","
        (_, first), *_ = [*islice(_records(content, path.name, separator), 1), (0, {})]
        refuse_open_quote(io.StringIO(content), path.name, separator, '"', len(first))
    if path.suffix.lower() in JSON_LINES:
        named: Iterable[tuple[int, dict[str, str]]] = _objects(content, path.name)
    elif content.startswith(MARK):
        named = _marked(content)
    else:
        named = _records(content, path.name, _separator(_lines(content)) or ",")
    for number, cells in named:
        if not cells.get(text, "").strip():
            yield Skipped(f"row {number}", "It has no text.")
        elif not cells.get(label, "").strip():
            yield Skipped(f"row {number}", "It has no label.")
        else:
            yield Row(f"row {number}", cells[text], cells[label].strip())


def rows_in_folder(folder: Path) -> Iterator[Row | Skipped]:
    """Every text in the folders of the classes, one file each. Raises `DataError`."""
    for within in class_folders(folder):
        for file in _texts(within):
            place = f"{within.name}/{file.name}"
            if why := strays(file, folder):
                yield Skipped(place, why)
                continue
            text = text_of(file)
            yield Row(place, text, within.name) if text.strip() else Skipped(place, "It is empty.")


def class_folders(folder: Path) -> list[Path]:
    """The folders below this one, if each of two or more holds texts and nothing else."""
    found = [path for path in _entries(folder) if path.is_dir() and not path.is_symlink()]
    return found if len(found) >= 2 and all(any(True for _ in _texts(path)) for path in found) else []


def only_class(folder: Path) -> str:
    """The one folder here, if it holds texts and nothing else lies beside it; else empty."""
    entries = _entries(folder)
    is_alone = len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink()
    return entries[0].name if is_alone and any(True for _ in _texts(entries[0])) else ""


def _texts(folder: Path) -> Iterator[Path]:
    return (path for path in _entries(folder) if path.suffix.lower() in TEXTS and (path.is_file() or path.is_symlink()))


def _entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _sound(records: Iterator[tuple[int, dict[str, str]]]) -> list[tuple[int, dict[str, str]]]:
    """The first records, up to one that cannot be read."""
    found: list[tuple[int, dict[str, str]]] = []
    with suppress(DataError):
        found.extend(islice(records, SAMPLE))
    return found


def _lines(text: str) -> list[str]:
    return [line for line in islice(io.StringIO(text), SAMPLE) if line.strip()]


def _separator(lines: Sequence[str]) -> str:
    """What divides each of these lines into as many cells, 2 to 4; empty: nothing does."""

    def agreement(separator: str) -> float:
        counts: Counter[int] = Counter()
        with suppress(csv.Error):
            counts.update(len(cells) for cells in csv.reader(lines, delimiter=separator) if cells)
        most, rows = max(counts.items(), key=lambda item: item[1], default=(0, 0))
        return rows / max(1, counts.total()) if 2 <= most <= MOST_COLUMNS else 0.0

    best = max(SEPARATORS, key=agreement)
    return best if agreement(best) >= 0.9 else ""


def _records(text: str, file: str, separator: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    names: list[str] = []
    try:
        for number, cells in enumerate(reader, 1):
            if not cells:
                continue
            if names:
                yield number, dict(zip(names, cells, strict=False))
                continue
            names = [f"column {place}" for place in range(1, len(cells) + 1)]
            if any(cell.strip().lower() in TEXT_NAMES | LABEL_NAMES for cell in cells):
                names = [cell.strip() or name for cell, name in zip(cells, names, strict=True)]
            else:
                yield number, dict(zip(names, cells, strict=True))
    except csv.Error as fault:
        raise DataError(
            f"{file} cannot be read at line {reader.line_num}: {fault}.",
            fix="Check the quotation marks around the text before it.",
        ) from None


def _objects(text: str, file: str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            raise DataError(
                f"{file} cannot be read at line {number}: it is no JSON.", fix="Correct or remove the line."
            ) from None
        if isinstance(found, dict):
            yield number, {str(key): _word(value) for key, value in found.items()}


def _word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _marked(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(MARK):
            label, _, words = line.removeprefix(MARK).partition(" ")
            yield number, {"label": label, "text": words}


def _likely(records: Sequence[tuple[int, dict[str, str]]]) -> LikelyColumns:
    """The column of long texts and that of few labels."""
    columns = tuple(dict.fromkeys(name for _, cells in records for name in cells))
    if not 2 <= len(columns) <= MOST_COLUMNS:
        return LikelyColumns(columns)
    values = {name: [cells.get(name, "").strip() for _, cells in records] for name in columns}
    words = {name: sum(len(cell.split()) for cell in cells) / len(cells) for name, cells in values.items()}
    text = max(columns, key=lambda name: (words[name] >= FEWEST_WORDS and name.lower() in TEXT_NAMES, words[name]))
    others = [name for name in columns if name != text and words[name] < FEWEST_WORDS]
    # Whatever else is measured makes it a table.
    is_table = len(columns) > 2 and any(_is_fraction(cell) for name in others for cell in values[name])
    if words[text] < FEWEST_WORDS or len(others) != len(columns) - 1 or is_table:
        return LikelyColumns(columns)
    label = min(others, key=lambda name: (name.lower() not in LABEL_NAMES, len(set(values[name]))))
    different = len(set(filter(None, values[label])))
    return (
        LikelyColumns(columns, text, label) if 2 <= different <= max(20, len(records) // 4) else LikelyColumns(columns)
    )


def _is_fraction(cell: str) -> bool:
    return "." in cell and cell.replace(".", "").lstrip("-").isdecimal()
