"""The table that names images and their labels: how it is read, and which of its columns say what."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from engine.datasets.images.walking import File
from engine.datasets.symbols import TEXT_WORDS, may_be_read
from engine.errors import DataError

SUFFIXES = (".csv", ".tsv", ".txt")
LARGEST_TABLE = 500_000_000
LONGEST_CELL = 1_000_000
SAMPLED = 200
"""Rows that are looked at to tell what a column is."""
ENOUGH = 0.5
"""Share of them in which the column of the files must name one that is there."""
MOST_NUMBERED_CLASSES = 20
"""Of more different whole numbers than these, a column holds a quantity."""
LABEL_WORDS = ("label", "labels", "class", "target", "category", "class_name", "classname", "y", "id_code", "diagnosis")
PART_WORDS = ("split", "set", "data set", "dataset", "data_set", "subset", "partition", "part", "usage")
PARTS: Mapping[str, int] = {
    **dict.fromkeys(("train", "training"), 0),
    **dict.fromkeys(("val", "valid", "validation", "dev"), 1),
    **dict.fromkeys(("test", "testing"), 2),
}
"""What a column says that sets samples apart for training, validation and test."""


class Table(msgspec.Struct, frozen=True, eq=False):
    """The rows of a table of labels under its columns, and the line of the file in which each stands."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> list[str]:
        """The cells of a column, empty where a row is too short."""
        place = self.columns.index(name)
        return [row[place].strip() if place < len(row) else "" for row in self.rows]


class Index(msgspec.Struct, frozen=True, eq=False):
    """The files of a folder by all that a table may call them: path, name, name without its ending."""

    by_name: Mapping[str, File]

    @classmethod
    def of(cls, files: Sequence[File]) -> "Index":
        """Names that several files have are left out."""
        found: dict[str, File | None] = {}
        for file in files:
            path = PurePosixPath(file.name)
            for name in {path.name, path.stem, str(path.with_suffix(""))}:
                found[name] = None if name in found else file
        whole = {file.name: file for file in files}
        return cls({name: file for name, file in found.items() if file} | whole)

    def file(self, cell: str) -> File | None:
        """The file that a cell names; None: it is not there. What leaves the folder is not there either."""
        name = cell.replace("\\", "/").removeprefix("./")
        while name:
            if found := self.by_name.get(name):
                return found
            _, _, name = name.partition("/")
        return None


def read_table(path: Path) -> Table:
    """Raises `DataError`."""
    try:
        if path.stat().st_size > LARGEST_TABLE:
            raise DataError(f"{path.name} is larger than {LARGEST_TABLE // 10**6:,} MB.", fix="Leave out columns.")
        content = path.read_bytes()
    except OSError as fault:
        raise DataError(f"{path} cannot be read: {fault.strerror or fault}.") from None
    try:
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        lines = text.replace("\0", "").splitlines()
        reader = csv.reader(lines, delimiter=_separator(lines))
        rows = [(tuple(row), reader.line_num) for row in reader if any(row)]
    except csv.Error as fault:
        raise DataError(f"{path.name} is no table that can be read: {fault}.") from None
    finally:
        csv.field_size_limit(before)
    if not rows:
        raise DataError(f"{path.name} is empty.", expected="It names images and their labels.")
    columns = tuple(name.strip() for name in rows[0][0])
    return Table(path.name, columns, tuple(row for row, _ in rows[1:]), tuple(line for _, line in rows[1:]))


def with_header(table: Table, index: Index) -> Table:
    """The table; one whose first row names an image already has no header, so its columns are numbered."""
    if not any(index.file(cell) for cell in table.columns):
        return table
    columns = tuple(f"column {number}" for number in range(1, len(table.columns) + 1))
    return Table(table.name, columns, (table.columns, *table.rows), (1, *table.lines))


def file_column(table: Table, index: Index) -> str:
    """The column that names files; empty: there is none."""
    shares = {name: _share(table.column(name)[:SAMPLED], index) for name in table.columns}
    best = max(shares, key=lambda name: shares[name], default="")
    return best if best and shares[best] >= ENOUGH else ""


def label_column(table: Table, files: str, part: str) -> str:
    """The column that is most likely the label; empty: there is none."""
    others = [name for name in table.columns if name not in (files, part)]
    for word in LABEL_WORDS:
        for name in others:
            if name.lower() == word:
                return name
    return next((name for name in others if _may_be_label(table.column(name))), "")


def text_column(table: Table, files: str, part: str) -> str:
    """The column that most likely says what there is to be read, symbol for symbol; empty: there is none."""
    others = [name for name in table.columns if name not in (files, part)]
    for name in others:
        cells = table.column(name)
        if name.lower() in TEXT_WORDS and may_be_read(cells):
            return name
    only = others[0] if len(others) == 1 else ""
    cells = table.column(only) if only else []
    return only if may_be_read(cells) and not all(as_number(cell) is not None for cell in cells) else ""


def part_column(table: Table, files: str) -> str:
    """The column that sets samples apart for training, validation and test; empty: there is none."""
    for name in table.columns:
        said = {cell.lower() for cell in table.column(name) if cell}
        if name != files and name.lower() in PART_WORDS and said and said <= PARTS.keys():
            return name
    return ""


def are_numbers(cells: Iterable[str]) -> bool:
    """Whether labels are a quantity: numbers with a fraction, or more whole ones than there are classes."""
    labels = {cell for cell in cells if cell}
    values = [number for label in labels if (number := as_number(label)) is not None]
    if len(values) < len(labels) or not values:
        return False
    return any(value != round(value) for value in values) or len(labels) > MOST_NUMBERED_CLASSES


def as_number(cell: str) -> float | None:
    """The finite number that a cell holds; None: it holds none."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if abs(value) < 1e30 else None


def in_order_of(labels: Iterable[str]) -> tuple[str, ...]:
    """Classes as people order them: numbers by their size, words by the alphabet."""
    different = set(labels) - {""}
    if all(as_number(label) is not None for label in different):
        return tuple(sorted(different, key=lambda label: (float(label), label)))
    return tuple(sorted(different))


def _separator(lines: Sequence[str]) -> str:
    head = lines[:20]
    counts = {separator: min(line.count(separator) for line in head) for separator in ",;\t|"} if head else {}
    return max(counts, key=lambda separator: counts[separator]) if any(counts.values()) else ","


def _share(cells: Sequence[str], index: Index) -> float:
    return sum(index.file(cell) is not None for cell in cells) / max(len(cells), 1)


def _may_be_label(cells: Sequence[str]) -> bool:
    """Not the same in every row, and not a different word in each."""
    different = set(cells) - {""}
    return len(different) > 1 and (len(different) <= max(len(cells) // 2, 2) or are_numbers(different))
