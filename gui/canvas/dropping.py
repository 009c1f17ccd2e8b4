"""Dropping: a layer that is dragged over the canvas from elsewhere, with its ghost under the pointer."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent

from engine.errors import LayerloomError
from gui.canvas.dragging import carried_by
from gui.canvas.gestures import Drop

if TYPE_CHECKING:
    from gui.canvas.view import Canvas


class Dropping(QObject):
    """Takes what is dragged in as a `Drop` of the canvas's hand."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._hand = canvas.hand

    def enter(self, event: QDragEnterEvent) -> None:
        """Takes hold of a layer; anything else may be meant for the window."""
        editor = self._canvas.editor
        try:
            kind = carried_by(event.mimeData(), editor)
        except LayerloomError as error:
            editor.refused.emit(error)
            kind = None
        if kind is None:
            event.ignore()
            return
        self._canvas.abandon()
        self._hand.begin(Drop(self._canvas, kind))
        self._canvas.hint.hide()
        event.acceptProposedAction()

    def move(self, event: QDragMoveEvent) -> None:
        """Shows what dropping it here would give."""
        gesture = self._hand.gesture
        if not isinstance(gesture, Drop):
            event.ignore()
            return
        at = self._hand.pointer = event.position().toPoint()
        gesture.scrolls = gesture.scrolls or self._hand.away_from_edge().contains(at)
        self._hand.follow(at)
        event.acceptProposedAction()

    def leave(self, event: QDragLeaveEvent) -> None:
        """All is as it was."""
        if isinstance(self._hand.gesture, Drop):
            self._canvas.abandon()
        event.accept()

    def drop(self, event: QDropEvent) -> None:
        """Adds the layer where it is let go."""
        gesture = self._hand.gesture
        if not isinstance(gesture, Drop):
            event.ignore()
            return
        gesture.move(self._canvas.mapToScene(event.position().toPoint()))
        self._hand.complete()
        event.acceptProposedAction()
        self._canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        self._canvas.grow()
