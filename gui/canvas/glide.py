"""Glide: nodes move to their new places in sight, so that the eye keeps hold of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, QVariantAnimation
from PySide6.QtWidgets import QStyle, QWidget

from engine.graph import Position

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_MOST_NODES = 400
"""More of them would stutter, and could not be followed by any eye."""


def system_duration(widget: QWidget) -> int:
    """How many milliseconds things move; 0 where the system shows no animations."""
    return widget.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, widget)


class Glide(QVariantAnimation):
    """Moves what is drawn, never the document, from where nodes stood to where they stand."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._before: dict[str, Position] = {}
        self._after: dict[str, Position] = {}
        self.setStartValue(0.0)
        self.setEndValue(1.0)
        self.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self.valueChanged.connect(self._show)

    def begin(self, before: Mapping[str, Position]) -> None:
        """From these places to those that the document has. At once where the system asks for stillness."""
        network = self._canvas.editor.network
        places = {node_id: place for node_id, place in before.items() if node_id in network}
        self._after = {node_id: network.node(node_id).position for node_id in places}
        self._before = places
        length = system_duration(self._canvas)
        if length > 0 and self._canvas.isVisible() and 0 < len(places) <= _MOST_NODES:
            self.setDuration(length)
            self._show(0.0)
            self.start()

    def finish(self) -> None:
        """Everything stands where it belongs."""
        if self.state() == QVariantAnimation.State.Running:
            self.stop()
            self._show(1.0)

    def _show(self, share: float) -> None:
        picture = self._canvas.picture
        # A node that an edit has taken away in the meantime glides no further.
        picture.move({node_id: self._at(node_id, share) for node_id in self._before if node_id in picture.nodes})

    def _at(self, node_id: str, share: float) -> Position:
        (left, top), (x, y) = self._before[node_id], self._after[node_id]
        return (left + (x - left) * share, top + (y - top) * share) if share < 1 else (x, y)
