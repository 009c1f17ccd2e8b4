"""History: every edit in words, the newest below. A click goes back to any of them, or forth again."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QPainter, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engine.graph import Node
from engine.project import Project
from gui import theme as looks
from gui.editor import Editor
from gui.theme import Appearance, icon

Index = QModelIndex | QPersistentModelIndex

SAVED = Qt.ItemDataRole.UserRole
"""Whether the file holds the document as it was then."""


class History(QListView):
    """The steps of the undo history. The current one is marked; those that were undone are faint."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history")
        self.setAccessibleName(self.tr("History of edits"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setUniformItemSizes(True)
        self.setViewportMargins(2 * looks.GRID, looks.GRID, 2 * looks.GRID, 0)
        self.setIconSize(QSize(looks.ICON, looks.ICON))
        self._editor = editor
        self._steps = Steps(editor, appearance, self)
        self.setModel(self._steps)
        self.setItemDelegate(StepDelegate(appearance, self))
        self.selectionModel().currentChanged.connect(self._go_to)
        self._steps.dataChanged.connect(self._show_current)

    def sizeHint(self) -> QSize:
        return QSize(looks.INSPECTOR_WIDTH, super().sizeHint().height())

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        """Paints these rows again. All are equally high, so the others need no new places, which Qt would give them."""
        QAbstractItemView.dataChanged(self, first, last, roles)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_current()

    def _show_current(self) -> None:
        """Follows the document, which may have gone elsewhere by a key or a button. Out of sight it need not."""
        if not self.isVisible():
            return
        current = self._steps.index(self._editor.undo_stack.index())
        if current != self.currentIndex():
            self.selectionModel().setCurrentIndex(current, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(current)

    def _go_to(self, current: QModelIndex) -> None:
        if current.isValid() and current.row() != self._editor.undo_stack.index():
            self._editor.go_to(current.row())


class Steps(QAbstractListModel):
    """The undo history as rows: first the document as it was opened, then one row for each edit."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._editor = editor
        self._appearance = appearance
        self._count = editor.undo_stack.count() + 1
        self._at = editor.undo_stack.index()
        self._symbols: dict[int, str] = {}
        editor.history_changed.connect(self._refresh)
        editor.name_changed.connect(self._repaint)
        appearance.changed.connect(self._repaint)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = index.row()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._words(row)
            case Qt.ItemDataRole.DecorationRole:
                return icon(self._symbol(row), self._appearance.theme, "faint" if self._is_undone(row) else "dim")
            case Qt.ItemDataRole.ForegroundRole:
                return self._appearance.theme.colour("faint" if self._is_undone(row) else "text")
            case Qt.ItemDataRole.FontRole:
                is_current = row == self._editor.undo_stack.index()
                return looks.title_font() if is_current else looks.interface_font()
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                return self._described(row)
            case _ if role == SAVED:
                return row == self._editor.undo_stack.cleanIndex()
            case _:
                return None

    def _words(self, row: int) -> str:
        return self._editor.undo_stack.text(row - 1) if row else self.tr("As it was opened")

    def _described(self, row: int) -> str:
        notes = [self._words(row)]
        if self._is_undone(row):
            notes.append(self.tr("undone"))
        if row == self._editor.undo_stack.index():
            notes.append(self.tr("this is how it is now"))
        if row == self._editor.undo_stack.cleanIndex():
            notes.append(self.tr("saved like this"))
        return ", ".join(notes)

    def _is_undone(self, row: int) -> bool:
        return row > self._editor.undo_stack.index()

    def _symbol(self, row: int) -> str:
        if row == 0:
            return "file-outline"
        if row not in self._symbols:
            self._symbols[row] = symbol_of(*self._editor.change(row - 1))
        return self._symbols[row]

    def _refresh(self) -> None:
        """A step came, went or was merged into; those before the last stay as they are."""
        stack = self._editor.undo_stack
        count = stack.count() + 1
        is_full = stack.count() == stack.undoLimit()
        if count < self._count or is_full:
            self._symbols.clear()
        self._symbols.pop(stack.index(), None)
        if count > self._count:
            self.beginInsertRows(QModelIndex(), self._count, count - 1)
            self._count = count
            self.endInsertRows()
        elif count < self._count:
            self.beginRemoveRows(QModelIndex(), count, self._count - 1)
            self._count = count
            self.endRemoveRows()
        before, self._at = min(self._at, count - 1), stack.index()
        if is_full:
            # The oldest step has gone, so every row is another one.
            self._repaint()
        else:
            self.dataChanged.emit(self.index(min(before, self._at)), self.index(max(before, self._at)))

    def _repaint(self) -> None:
        self.dataChanged.emit(self.index(0), self.index(self._count - 1))


class StepDelegate(QStyledItemDelegate):
    """A row with the sign of a saved file at its right end where the file holds that state."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        if index.data(SAVED):
            place = option.rect  # pyright: ignore[reportAttributeAccessIssue]
            side = looks.ICON
            right = QRect(place.right() - side - looks.PADDING, place.center().y() - side // 2, side, side)
            icon("content-save-outline", self._appearance.theme, "dim").paint(painter, right)


def symbol_of(before: Project, after: Project) -> str:
    """The icon that says what became other from one project to the next."""
    old, new = before.network, after.network
    if old.nodes != new.nodes:
        return _symbol_of_nodes(old.nodes, new.nodes)
    if len(old.wires) != len(new.wires):
        return "vector-polyline-plus" if len(new.wires) > len(old.wires) else "vector-polyline-minus"
    if old.wires != new.wires:
        return "vector-polyline-edit"
    if old != new:
        return "note-edit-outline"
    if before.data != after.data:
        return "database-outline"
    if before.training != after.training:
        return "school-outline"
    return "bell-outline" if before.silenced != after.silenced else "pencil-outline"


def _symbol_of_nodes(old: Sequence[Node], new: Sequence[Node]) -> str:
    if len(old) != len(new):
        return "plus" if len(new) > len(old) else "minus"
    before = {node.id: node for node in old}
    if before.keys() != {node.id for node in new}:
        return "rename-outline"
    is_moved_only = all(replace(node, position=before[node.id].position) == before[node.id] for node in new)
    return "cursor-move" if is_moved_only else "tune-variant"
