"""Images in a folder with a table that names them and their labels."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, Self

import numpy as np

from engine.datasets.dataset import Skipped
from engine.datasets.images.archives import folder_in
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
    with_header,
)
from engine.datasets.images.source import ImageSource, Listing
from engine.datasets.images.walking import File, Folder, is_image, walk
from engine.errors import DataError
from engine.losses import Task
from engine.spec import LONGEST_NAME, MOST_NAMES, abbreviate, choice, names, text


class LabelledImages(ImageSource, frozen=True):
    """Images in a folder together with a table (CSV) that has a row for each: its file and its label, or its number."""

    title = "Images with a table of labels"
    order = 30
    finds = ("path", "counts", "found_in", "columns")

    table: str = text("", longest=LONGEST_NAME, help="The file with the labels, in the folder of the images.")
    file_column: str = text("", longest=LONGEST_NAME, help="The column that names the files.")
    label_column: str = text("", longest=LONGEST_NAME, help="The column that is predicted.")
    label: Literal["class", "number"] = choice(
        "class", "number", help="Whether the label is one of several classes or a quantity."
    )
    part_column: str = text(
        "",
        longest=LONGEST_NAME,
        help="The column that says what is for training, validation and test; empty: they are split.",
    )
    class_names: tuple[str, ...] = names(help="The labels that are told apart; other rows are left out.", advanced=True)
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
        """Regression where the label is a number."""
        return "regression" if self.label == "number" else "classification"

    @property
    def classes(self) -> tuple[str, ...]:
        return self.class_names if self.label == "class" else ()

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
        label = label_column(table, files, part) if files else ""
        if not label or _are_folders(table, files, label, part, index):
            return None
        kind = "number" if are_numbers(table.column(label)) else "class"
        columns = {"file_column": files, "label_column": label, "part_column": part, "label": kind}
        found = self.with_settings(columns)._refreshed(folder, table, index)
        return found.found_out(found._listing(folder, table, index).files)

    def _refreshed(self, folder: Folder, table: Table, index: Index) -> Self:
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
        columns = tuple(name for name in table.columns if len(name) <= LONGEST_NAME)[:MOST_NAMES]
        new = self.with_settings({"class_names": classes, "found_in": self._asked, "columns": columns})
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
        parts: tuple[list[tuple[File, float]], ...] = ([], [], [])
        seen: set[str] = set()
        labels, files = self._cells(table, self.label_column), self._cells(table, self.file_column)
        said = self._cells(table, self.part_column) if self.part_column else [""] * len(labels)
        numbers = {name: number for number, name in enumerate(self.class_names)}
        for line, cell, label, part in zip(table.lines, files, labels, said, strict=True):
            file = index.file(cell)
            target = as_number(label) if self.label == "number" else numbers.get(label)
            if file is None:
                why = f"{abbreviate(cell, 60) or 'nothing'} is not there"
            elif file.name in seen:
                why = f"{file.name} is named a second time"
            elif target is None:
                why = _why_no_target(label, self.label)
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
        targets = np.array([target for _, target in rows])
        train, validation, test = map(len, parts)
        return Listing(
            tuple(file for file, _ in rows),
            targets.astype(np.float32)[:, None] if self.label == "number" else targets.astype(np.int64),
            (train, validation, test),
            tuple(skipped),
        )


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


def _why_no_target(label: str, kind: str) -> str:
    if not label:
        return "it has no label"
    shown = abbreviate(label, 60)
    return f"“{shown}” is no number" if kind == "number" else f"“{shown}” is none of the classes"


def _unnamed(folder: Folder, seen: set[str]) -> Iterator[str]:
    return (file.name for file in folder.all_images() if file.name not in seen)
