"""Images in a folder with a table that names them and their labels."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from engine.datasets.archives import folder_in
from engine.datasets.dataset import Skipped
from engine.datasets.images.labels import (
    PARTS,
    SUFFIXES,
    Index,
    Table,
    are_numbers,
    as_number,
    file_column,
    in_order_of,
    label_column,
    part_column,
    read_table,
    text_column,
    with_header,
)
from engine.datasets.images.source import ImageSource, Listing
from engine.datasets.images.walking import File, Folder, is_image, walk
from engine.datasets.symbols import LONGEST, longest_of, numbered, padded, symbols_of, why_not
from engine.datasets.tables.listed import list_among
from engine.errors import DataError
from engine.losses import Task
from engine.spec import LONGEST_NAME, MOST_NAMES, abbreviate, choice, integer, names, text


class LabelledImages(ImageSource, frozen=True):
    """Images in a folder together with a table (CSV) that has a row for each: its file and its label, its number, or
    the text in it.
    """

    title = "Images with a table of labels"
    order = 30
    finds = ("path", "counts", "found_in", "columns", "longest_text")

    table: str = text("", longest=LONGEST_NAME, help="The file with the labels, in the folder of the images.")
    file_column: str = text("", longest=LONGEST_NAME, help="The column that names the files.")
    label_column: str = text("", longest=LONGEST_NAME, help="The column that is predicted.")
    label: Literal["class", "number", "text"] = choice(
        "class",
        "number",
        "text",
        help="Whether the label is one of several classes, a quantity, or a text that is read symbol by symbol.",
    )
    part_column: str = text(
        "",
        longest=LONGEST_NAME,
        help="The column that says what is for training, validation and test; empty: they are split.",
    )
    class_names: tuple[str, ...] = names(
        help="The labels, or the symbols of texts, that are told apart; other rows are left out.", advanced=True
    )
    longest_text: int = integer(0, high=LONGEST, help="Symbols of the longest text.", advanced=True)
    columns: tuple[str, ...] = names(help="The columns of the table, as found when it was opened.", advanced=True)
    found_in: tuple[str, ...] = names(
        help="From what the classes were found out: the table, its columns, what a label is.", advanced=True
    )

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        tables = [path] if path.is_file() and path.suffix.lower() in SUFFIXES else None
        root = path.parent if tables else folder_in(path)
        if root is None or (tables and not _names_images(path)):
            return None
        folder = walk(root)
        for table in tables or _tables(folder):
            found = cls(path=str(path.parent if tables else path), table=table.relative_to(root).as_posix())
            if opened := found._opened(folder):
                return opened
        return None

    @property
    def task(self) -> Task:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What a label is."""
        tasks: Mapping[str, Task] = {"class": "classification", "number": "regression", "text": "transcription"}
        return tasks[self.label]

    @property
    def longest(self) -> int:
        return self.longest_text if self.label == "text" else 0

    @property
    def classes(self) -> tuple[str, ...]:
        return () if self.label == "number" else self.class_names

    @property
    def scales_targets(self) -> bool:
        return self.task == "regression"

    @property
    def offers(self) -> Mapping[str, tuple[str, ...]]:
        return dict.fromkeys(("file_column", "label_column", "part_column"), self.columns)

    @property
    def is_stale(self) -> bool:
        return bool(self.table) and self.found_in != self._asked

    @property
    def _asked(self) -> tuple[str, ...]:
        return (self.table, self.file_column, self.label_column, self.part_column, self.label)

    def refreshed(self) -> Self:
        folder = walk(self.root())
        index = Index.of(list(folder.all_images()))
        table = with_header(read_table(folder.path / self.table), index)
        return self._refreshed(folder, table, index)

    def listing(self) -> Listing:
        folder = walk(self.root())
        index = Index.of(list(folder.all_images()))
        return self._listing(folder, with_header(read_table(folder.path / self.table), index), index)

    def _opened(self, folder: Folder) -> Self | None:
        """With columns, classes and size found out; None: the table names no images, or only their folders."""
        index = Index.of(list(folder.all_images()))
        try:
            table = with_header(read_table(folder.path / self.table), index)
        except DataError:
            return None
        files = file_column(table, index)
        part = part_column(table, files)
        text = text_column(table, files, part) if files else ""
        label = text or (label_column(table, files, part) if files else "")
        if not label or _are_folders(table, files, label, part, index):
            return None
        kind = "text" if text else "number" if are_numbers(table.column(label)) else "class"
        columns = {"file_column": files, "label_column": label, "part_column": part, "label": kind}
        found = self.with_settings(columns)._refreshed(folder, table, index)
        found = found.found_out(found._listing(folder, table, index).files)
        # A text whose ends are cut off is not what its label says.
        return found.with_setting("fit", "pad") if text and found.fit == "crop" else found

    def _refreshed(self, folder: Folder, table: Table, index: Index) -> Self:
        if self.label == "text":
            return self._read(folder, table, index)
        labels = self._cells(table, self.label_column) if self.label == "class" else []
        classes = in_order_of(labels)
        if len(classes) > MOST_NAMES:
            raise DataError(
                f"The column “{self.label_column}” of {self.table} holds {len(classes):,} different labels.",
                expected=f"At most {MOST_NAMES:,} classes can be told apart.",
                fix="Choose another column, or take the labels for numbers.",
            )
        different = classes if self.label == "class" else in_order_of(self._cells(table, self.label_column))
        if len(different) == 1:
            raise DataError(
                f"Every row of {self.table} has the same label, {different[0]}.",
                expected="There must be at least two different ones.",
                fix="Choose another column.",
            )
        return self._with(folder, table, index, {"class_names": classes})

    def _read(self, folder: Folder, table: Table, index: Index) -> Self:
        """With the symbols of the texts for training found out, and how long any text is."""
        texts = self._cells(table, self.label_column)
        said = self._cells(table, self.part_column) if self.part_column else [""] * len(texts)
        training = [text for text, part in zip(texts, said, strict=True) if not PARTS.get(part.lower())]
        symbols = symbols_of(training)
        if len(symbols) > MOST_NAMES:
            raise DataError(
                f"The texts of “{self.label_column}” in {self.table} hold {len(symbols):,} different symbols.",
                expected=f"At most {MOST_NAMES:,} can be told apart.",
                fix="Choose another column.",
            )
        if not symbols:
            raise DataError(
                f"No row of {self.table} has a text for training in “{self.label_column}”.",
                fix="Choose another column.",
            )
        return self._with(folder, table, index, {"class_names": symbols, "longest_text": longest_of(texts)})

    def _with(self, folder: Folder, table: Table, index: Index, found: Mapping[str, Any]) -> Self:
        """With what was found out of the labels, and how many images there are."""
        columns = tuple(name for name in table.columns if len(name) <= LONGEST_NAME)[:MOST_NAMES]
        new = self.with_settings({**found, "found_in": self._asked, "columns": columns})
        return new.with_setting("counts", new._listing(folder, table, index).counts)

    def _cells(self, table: Table, column: str) -> list[str]:
        if column not in table.columns:
            raise DataError(
                f"{self.table} has no column “{abbreviate(column, 60)}”.",
                expected=f"It has: {abbreviate(', '.join(table.columns))}.",
                fix="Choose one of its columns.",
            )
        return table.column(column)

    def _listing(self, folder: Folder, table: Table, index: Index) -> Listing:
        skipped = list(folder.all_skipped())
        parts: tuple[list[tuple[File, Any]], ...] = ([], [], [])
        seen: set[str] = set()
        labels, files = self._cells(table, self.label_column), self._cells(table, self.file_column)
        said = self._cells(table, self.part_column) if self.part_column else [""] * len(labels)
        numbers = {name: number for number, name in enumerate(self.class_names)}
        for line, cell, label, part in zip(table.lines, files, labels, said, strict=True):
            file = index.file(cell)
            target = self._target_of(label, numbers)
            if file is None:
                why = f"{abbreviate(cell, 60) or 'nothing'} is not there"
            elif file.name in seen:
                why = f"{file.name} is named a second time"
            elif target is None:
                why = _why_no_target(label, self.label, numbers)
            elif part.lower() not in PARTS and self.part_column:
                why = f"“{abbreviate(part, 60)}” is neither train, validation nor test"
            else:
                seen.add(file.name)
                parts[PARTS[part.lower()] if self.part_column else 0].append((file, target))
                continue
            if file is not None:
                seen.add(file.name)
            skipped.append(Skipped(f"row {line} of {table.name}", why))
        skipped += (Skipped(name, f"it has no label in {table.name}") for name in _unnamed(folder, seen))
        rows = [row for part in parts for row in part]
        train, validation, test = map(len, parts)
        listing = list_among(self.class_names, len(rows)) if self.label == "class" else ""
        told = f"Labels such as “{listing}” seem to list several; of images each such list is a class of its own."
        return Listing(
            tuple(file for file, _ in rows),
            self._as_targets([target for _, target in rows]),
            (train, validation, test),
            tuple(skipped),
            (told,) if listing else (),
        )

    def _target_of(self, label: str, numbers: Mapping[str, int]) -> Any:
        """What a label asks for; None: nothing can be asked for."""
        if self.label == "text":
            return None if why_not(label, numbers) else numbered(label, numbers)
        return as_number(label) if self.label == "number" else numbers.get(label)

    def _as_targets(self, targets: list[Any]) -> np.ndarray:
        if self.label == "text":
            return padded(targets, self.longest_text)
        return np.array(targets, np.float32)[:, None] if self.label == "number" else np.array(targets, np.int64)


def _tables(folder: Folder) -> list[Path]:
    """The tables that may hold labels: those here, and in the one folder that is there."""
    found = [file.path for file in folder.files if file.path.suffix.lower() in SUFFIXES]
    return found or (_tables(folder.folders[0]) if len(folder.folders) == 1 else [])


def _names_images(path: Path) -> bool:
    """Whether one of the first rows of a table names an image that lies beside it, or in a folder there."""
    try:
        with path.open("rb") as content:
            lines = content.read(20_000).decode("utf-8-sig", "replace").splitlines()[:20]
    except OSError:
        return False
    cells = (cell.strip(" \"'") for line in lines for cell in line.replace(";", ",").replace("\t", ",").split(","))
    return any(_lies(path.parent, cell) for cell in cells if is_image(cell) and not Path(cell).is_absolute())


def _lies(folder: Path, name: str) -> bool:
    try:
        return (folder / name).is_file() and ".." not in Path(name).parts
    except (OSError, ValueError):
        return False


def _are_folders(table: Table, files: str, label: str, part: str, index: Index) -> bool:
    """Whether the labels only repeat in which folder each file lies."""
    found = [(index.file(cell), word) for cell, word in zip(table.column(files), table.column(label), strict=True)]
    return not part and all(file is None or file.path.parent.name == word for file, word in found)


def _why_no_target(label: str, kind: str, symbols: Mapping[str, int]) -> str:
    if kind == "text":
        return why_not(label, symbols)
    if not label:
        return "it has no label"
    shown = abbreviate(label, 60)
    return f"“{shown}” is no number" if kind == "number" else f"“{shown}” is none of the classes"


def _unnamed(folder: Folder, seen: set[str]) -> Iterator[str]:
    return (file.name for file in folder.all_images() if file.name not in seen)
