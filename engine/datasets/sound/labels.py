"""Which sounds there are in a folder, and what each is called: by its folder, or by a table that lies there too."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from engine.datasets.links import strays
from engine.datasets.symbols import TEXT_WORDS, may_be_read
from engine.datasets.text.reading import text_of
from engine.datasets.text.rows import LABEL_NAMES
from engine.errors import DataError

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif", ".au")
TABLES = (".csv", ".tsv")
SPLIT = ("train", "test")
MOST_FILES = 1_000_000

ColumnOf = Callable[[Sequence[str], dict[str, list[str]]], str]
"""Says which of these columns is the label; empty: none."""


class Found(msgspec.Struct, frozen=True):
    """A sound, its name from the folder on, and its label."""

    file: Path
    name: str
    label: str


def sounds_in(folder: Path) -> tuple[list[Found], list[Found]]:
    """The sounds for training and those for the test; neither: it is no folder of sounds. Raises `DataError`."""
    if all((folder / part).is_dir() for part in SPLIT):
        train, test = (_in_class_folders(folder / part) for part in SPLIT)
        if train and test:
            return train, test
    return _in_class_folders(folder) or _by_table(folder), []


def texts_in(folder: Path) -> list[Found]:
    """The sounds that a table in the folder names with what is said in each, as the label; none: there is no such
    table. Raises `DataError`.
    """
    return _by_table(folder, _text)


def only_label(folder: Path) -> str | None:
    """The one folder in which all sounds lie, empty where they lie right here; None: there are none, or other things
    beside them.
    """
    holding = [within for within in _folders(folder) if any(True for _ in within.iterdir())]
    if any(True for _ in _sounds(folder)):
        return None if holding else ""
    if len(holding) != 1:
        return None
    label = only_label(holding[0])
    return label if label is None or holding[0].name in SPLIT else holding[0].name


def _in_class_folders(folder: Path) -> list[Found]:
    """Those in folders by class; a folder whose name begins with a mark is none."""
    found: list[Found] = []
    for within in _folders(folder):
        sounds = [Found(file, f"{within.name}/{file.name}", within.name) for file in _sounds(within)]
        found += sounds
    return found if len({sound.label for sound in found}) >= 2 else []


def _by_table(folder: Path, column_of: ColumnOf | None = None) -> list[Found]:
    """Those that a table in the folder, or in one below it, names with a label, which the column has that is chosen."""
    files: dict[str, Path] = {}
    tables: list[Path] = []
    for within in (folder, *_folders(folder)):
        files |= {file.name: file for file in _sounds(within)}
        tables += [
            file for file in sorted(within.iterdir()) if file.suffix.lower() in TABLES and not strays(file, folder)
        ]
    # Tables often leave the ending out.
    files = {path.stem: path for path in files.values()} | files
    for table in tables if files else ():
        if found := _named(table, files, column_of or _label):
            return found
    return []


def _named(table: Path, files: dict[str, Path], column_of: ColumnOf) -> list[Found]:
    text = text_of(table)
    separator = max(",;\t", key=text[:10_000].count)
    try:
        rows = list(csv.DictReader(io.StringIO(text), delimiter=separator))
    except csv.Error as fault:
        raise DataError(f"{table.name} cannot be read: {fault}.", fix="Correct it, or take it away.") from None
    columns = [name for name in (rows[0] if rows else ()) if isinstance(name, str)]
    cells = {name: [str(row.get(name) or "").strip() for row in rows] for name in columns}
    name = next((name for name in columns if sum(cell in files for cell in cells[name]) * 2 > len(rows)), "")
    label = column_of([column for column in columns if column != name], cells)
    if not name or not label:
        return []
    pairs = zip(cells[name], cells[label], strict=True)
    return [Found(files[cell], files[cell].name, said) for cell, said in pairs if cell in files and said]


def _label(columns: Sequence[str], cells: dict[str, list[str]]) -> str:
    """The column that says most likely what each sound is: named so, in words, of few values."""
    fits = [column for column in columns if 2 <= len(set(cells[column])) <= max(2, len(cells[column]) // 2)]
    return min(
        fits,
        key=lambda name: (
            name.lower() not in LABEL_NAMES,
            all(cell.lstrip("-").isdecimal() for cell in cells[name]),
            len(set(cells[name])),
        ),
        default="",
    )


def _text(columns: Sequence[str], cells: dict[str, list[str]]) -> str:
    """The column that says most likely, symbol for symbol, what is heard."""
    fits = [column for column in columns if may_be_read(cells[column])]
    named = next((column for column in fits if column.lower() in TEXT_WORDS), "")
    return named or (fits[0] if len(fits) == len(columns) == 1 else "")


def _folders(folder: Path) -> list[Path]:
    entries = sorted(folder.iterdir())
    return [path for path in entries if path.is_dir() and not path.is_symlink() and path.name[0] not in "._"]


def _sounds(folder: Path) -> Iterator[Path]:
    return (
        path for path in sorted(folder.iterdir()) if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    )
