"""Telling: has assistive technology hear what changes on the canvas, as it changes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface

from gui.canvas.accessible import accessible

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_MANY = 50
"""More layers than this are not told of one by one when they are selected together."""


class Telling(QObject):
    """Follows the editor. While nobody listens, it costs nothing."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._list = accessible(canvas)
        self._nodes: frozenset[str] = frozenset()
        self._selection: frozenset[str] = frozenset()
        # The canvas itself is told to have the focus first; only then the layer is.
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self.tell_focus)
        canvas.editor.project_changed.connect(self._tell_layers)
        canvas.editor.place_changed.connect(self._tell_layers)
        canvas.editor.report_changed.connect(self._tell_description)
        canvas.editor.selection_changed.connect(self._tell_selection)
        self._tell_layers()

    def tell_focus_soon(self) -> None:
        """Tells where one is once the canvas has the focus."""
        if QAccessible.isActive():
            self._soon.start()

    def tell_focus(self) -> None:
        """Tells where one is."""
        if QAccessible.isActive() and (item := self._list.focusChild()) is not None:
            _tell(item, QAccessible.Event.Focus)

    def _tell_layers(self) -> None:
        nodes = frozenset(self._canvas.editor.network.ids)
        came, gone = nodes - self._nodes, self._nodes - nodes
        self._nodes = nodes
        is_heard = QAccessible.isActive()
        for node_id in gone & self._list.known():
            if is_heard:
                _tell(self._list.item(node_id), QAccessible.Event.ObjectDestroyed)
            self._list.forget(node_id)
        for node_id in came if is_heard else ():
            _tell(self._list.item(node_id), QAccessible.Event.ObjectCreated)

    def _tell_selection(self, node_ids: tuple[str, ...]) -> None:
        before, self._selection = self._selection, frozenset(node_ids)
        if not QAccessible.isActive():
            return
        changed = (before ^ self._selection) & self._nodes
        if len(changed) > _MANY:
            _tell(self._list, QAccessible.Event.SelectionWithin)
        for node_id in changed if len(changed) <= _MANY else ():
            is_new = node_id in self._selection
            event = QAccessible.Event.SelectionAdd if is_new else QAccessible.Event.SelectionRemove
            _tell(self._list.item(node_id), event)
        self.tell_focus()

    def _tell_description(self) -> None:
        if QAccessible.isActive() and (item := self._list.focusChild()) is not None:
            _tell(item, QAccessible.Event.DescriptionChanged)


def _tell(item: QAccessibleInterface, event: QAccessible.Event) -> None:
    QAccessible.updateAccessibility(QAccessibleEvent(item, event))
