"""The rows as tables: one row below the other, or as pictures side by side."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QCoreApplication, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from engine.looking.view import Among, Head, Value, written
from gui.data_view.rows import Place, Rows
from gui.theme import Appearance
from gui.words import translated, with_thousands

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole

NOT_HERE = "…"
LONGEST_LINE = 120
_NOWHERE = QModelIndex()


class TableModel(QAbstractTableModel):
    """A row for each row, a column for each column."""

    def __init__(self, rows: Rows, appearance: Appearance) -> None:
        super().__init__(rows)
        self._rows = rows
        self._appearance = appearance
        rows.replaced.connect(self._replace)
        rows.arrived.connect(self._show_arrived)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else self._rows.matching

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows.columns)

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        head = self._rows.columns[index.column()]
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if is_number(head) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role not in (Role.DisplayRole, Role.ToolTipRole, Role.AccessibleTextRole, Role.ForegroundRole):
            return None
        place = self._rows.at(index.row())
        if role == Role.ForegroundRole:
            return self._ink(place, index.column())
        words = self._words(place, head, index.column())
        return words if role != Role.AccessibleTextRole else f"{head.name}: {words}"

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            place = self._rows.peek(section) if role == Role.DisplayRole else None
            return with_thousands(place.number + 1) if place else None
        if not 0 <= section < len(self._rows.columns):
            return None
        head = self._rows.columns[section]
        if role == Role.DisplayRole:
            return title_of(head)
        if role == Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if is_number(head) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignTop
        return (
            self.tr("{column}: click or press S to sort").format(column=title_of(head))
            if role == Role.ToolTipRole
            else None
        )

    def _words(self, place: Place | None, head: Head, column: int) -> str:
        if place is None:
            return NOT_HERE
        value = place.value(column)
        if value is None:
            return self.tr("missing")
        return one_line(value_in_words(head, value))

    def _ink(self, place: Place | None, column: int) -> QColor | None:
        known = place is not None and place.value(column) is not None
        return None if known else self._appearance.theme.colour("faint")

    def _replace(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _show_arrived(self, first: int, end: int) -> None:
        if end > first and self._rows.columns:
            self.dataChanged.emit(self.index(first, 0), self.index(end - 1, len(self._rows.columns) - 1))
            self.headerDataChanged.emit(Qt.Orientation.Vertical, first, end - 1)


class GalleryModel(QAbstractTableModel):
    """As many rows side by side as fit."""

    def __init__(self, rows: Rows) -> None:
        super().__init__(rows)
        self._rows = rows
        self._columns = 1
        rows.replaced.connect(self._replace)
        rows.arrived.connect(self._show_arrived)

    def lay_out(self, columns: int) -> None:
        """Puts so many side by side."""
        if columns != self._columns:
            self.beginResetModel()
            self._columns = max(1, columns)
            self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else -(-self._rows.matching // self._columns)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else self._columns

    def place_of(self, index: Index) -> int:
        """Which of the rows is there."""
        return index.row() * self._columns + index.column()

    def index_of(self, place: int) -> QModelIndex:
        """Where a row is."""
        return self.index(place // self._columns, place % self._columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        is_there = self.place_of(index) < self._rows.matching
        return super().flags(index) if is_there else Qt.ItemFlag.NoItemFlags

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        place = self.place_of(index)
        if role not in (Role.UserRole, Role.DisplayRole, Role.ToolTipRole) or place >= self._rows.matching:
            return None
        row = self._rows.at(place)
        if role == Role.UserRole:
            return row
        return NOT_HERE if row is None else caption(self._rows.columns, row, whole=role == Role.ToolTipRole)

    def _replace(self) -> None:
        self.beginResetModel()
        self.endResetModel()

    def _show_arrived(self, first: int, end: int) -> None:
        if end > first:
            rows = (first // self._columns, (end - 1) // self._columns)
            self.dataChanged.emit(self.index(rows[0], 0), self.index(rows[1], self._columns - 1))


def caption(columns: Sequence[Head], row: Place, *, whole: bool = False) -> str:
    """What stands below a picture: what is asked for, else its name; or, whole, all that is known."""
    known = [(head, row.value(place)) for place, head in enumerate(columns)]
    if whole:
        return "\n".join(
            f"{title_of(head)}: {value_in_words(head, value)}" for head, value in known if value is not None
        )
    asked = [written(head, value, 4) for head, value in known if head.role == "target" and value is not None]
    return ", ".join(map(translated, asked)) or with_thousands(row.number + 1)


def title_of(head: Head) -> str:
    """The name of a column; that of the parts in the language of the window."""
    return translated(head.name) if head.role == "part" else head.name


def value_in_words(head: Head, value: Value) -> str:
    """A value as people read it; the parts are called as they are everywhere in the window."""
    return part_in_words(str(value)) if head.role == "part" else written(head, value)


def part_in_words(part: str) -> str:
    """What a part of the data is called."""
    return {
        "train": QCoreApplication.translate("Parts", "Training"),
        "validation": QCoreApplication.translate("Parts", "Validation"),
        "test": QCoreApplication.translate("Parts", "Test"),
    }.get(part, part)


def parts_named(head: Head, words: str) -> Among | None:
    """The parts in whose names these words are; None: it is no column of parts, or there are none."""
    is_asked = head.role == "part" and words.strip()
    found = [part for part in head.categories if words.strip().lower() in part_in_words(part).lower()]
    return Among(head.name, tuple(found)) if is_asked and found else None


def is_number(head: Head) -> bool:
    """Whether its values stand right in their column."""
    return head.kind in ("number", "date")


def one_line(words: str, longest: int = LONGEST_LINE) -> str:
    """The beginning of a text on one line."""
    line = "↵ ".join(words[:longest].splitlines())
    return line if len(words) <= longest else f"{line}…"
