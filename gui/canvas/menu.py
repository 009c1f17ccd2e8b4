"""The menu of the right mouse button: the actions that apply where it was pressed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from gui.words import translated

if TYPE_CHECKING:
    from gui.canvas.view import Canvas


def menu_at(canvas: "Canvas", node_id: str, is_wire: bool, where: QPoint) -> QMenu:
    """The actions that apply there."""
    menu = QMenu(canvas)
    menu.setObjectName("canvasMenu")
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if node_id:
        for problem in canvas.problems_of(node_id):
            if problem.fix is not None:
                _add(menu, translated(problem.fix.label), lambda problem=problem: canvas.editor.mend(problem))
        if menu.actions():
            menu.addSeparator()
        _add(menu, canvas.tr("Cut"), canvas.cut, QKeySequence.StandardKey.Cut)
        _add(menu, canvas.tr("Copy"), canvas.copy, QKeySequence.StandardKey.Copy)
        _add(menu, canvas.tr("Duplicate"), canvas.duplicate, "Ctrl+D")
        _add(menu, canvas.tr("Disconnect"), lambda: canvas.disconnect_node(node_id))
        _add(menu, canvas.tr("Delete"), canvas.delete_selection, QKeySequence.StandardKey.Delete)
    elif is_wire:
        _add(menu, canvas.tr("Remove the wire"), canvas.delete_selection, QKeySequence.StandardKey.Delete)
    else:
        _add(menu, canvas.tr("Paste"), lambda: canvas.paste_at(where), QKeySequence.StandardKey.Paste)
        _add(menu, canvas.tr("Select all"), canvas.select_all, QKeySequence.StandardKey.SelectAll)
        _add(menu, canvas.tr("Fit"), canvas.fit)
    return menu


def _add(
    menu: QMenu, words: str, action: Callable[[], object], shortcut: QKeySequence.StandardKey | str | None = None
) -> None:
    entry = menu.addAction(words)
    # Shown only: the window's own actions hold the shortcuts.
    if shortcut is not None:
        entry.setShortcut(QKeySequence(shortcut))
        entry.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    entry.triggered.connect(lambda: action())
