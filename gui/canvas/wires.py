"""What is painted of wires, by Qt alone: their ways, and the words on them."""

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsRectItem, QGraphicsSimpleTextItem

from engine.graph import Wire
from gui.canvas.ink import Ink
from gui.canvas.wire_words import words_place
from gui.theme import GRID

WIRE_REACH = 2 * GRID
"""How far from a wire the pointer may be and still touch it."""


class WireItem(QGraphicsPathItem):
    """One wire, with the shape of what it carries beside it. Qt paints both."""

    def __init__(self, wire: Wire, ink: Ink, changed: "Callable[[WireItem], object]") -> None:
        super().__init__()
        self.wire = wire
        self._changed = changed
        self.label = ""
        """What is written beside it."""
        self.is_long = False
        """Whether a node could come to stand in its way."""
        self._reach: QPainterPath | None = None
        self._is_hovered = False
        self._is_lit = False
        self._is_straight = False
        self._is_crowded = False
        self._is_near = True
        self._has_room = False
        self._plate: QGraphicsRectItem | None = None
        self._label = QGraphicsSimpleTextItem(self)
        self.set_ink(ink)

    def set_ink(self, ink: Ink) -> None:
        """Takes over the colours of a theme."""
        self._ink = ink
        self._label.setFont(ink.small.font)
        self._label.setBrush(QBrush(ink.faint))
        if self._plate is not None:
            self._plate.setBrush(ink.background)
        self._set_pen()

    def set_route(self, path: QPainterPath, *, is_crowded: bool = False) -> None:
        """Runs along this path; a straight one lies over the others. ``is_crowded``: its words need a ground."""
        self.setPath(path)
        self._is_straight = path.elementCount() == 2
        self._is_crowded = is_crowded
        self.setZValue(0.5 if self._is_straight else 0)
        self._reach = None
        self._place_label()
        self._changed(self)

    def set_label(self, words: str) -> None:
        """Says what it carries."""
        if words != self.label:
            self.label = words
            self._label.setText(words)
            self._place_label()

    def show_label(self, visible: bool) -> None:
        """Far away the words cannot be read."""
        self._is_near = visible
        self._label.setVisible(visible and self._has_room)

    def show_hover(self, value: bool) -> None:
        """Stands out under the pointer, and while it is chosen."""
        if value != self._is_hovered:
            self._is_hovered = value
            self._set_pen()

    def show_lit(self, value: bool) -> None:
        """Is part of the path that is followed."""
        if value != self._is_lit:
            self._is_lit = value
            self._set_pen()

    def _set_pen(self) -> None:
        ink = self._ink
        self.setPen(ink.wire_hovered if self._is_hovered else ink.wire_lit if self._is_lit else ink.wire)
        self._changed(self)

    def show_lifted(self, value: bool) -> None:
        """It is out of sight while one of its ends is carried elsewhere."""
        self.setVisible(not value)
        self._changed(self)

    def reach(self) -> QPainterPath:
        """The area in which the pointer touches the wire."""
        if self._reach is None:
            self._reach = reach_of(self.path())
        return self._reach

    def _place_label(self) -> None:
        size = self._label.boundingRect().size()
        words = words_place(self.path(), size, self.wire.port, is_crowded=self._is_crowded) if self.label else None
        self._has_room = words is not None
        self._label.setVisible(self._is_near and self._has_room)
        if words is not None:
            self._label.setPos(round(words.place.x()), round(words.place.y()))
            margin = 0 if self._is_straight else GRID
            ground = QRectF(-margin, 0, size.width() + 2 * margin, size.height())
            self._show_plate(ground if words.on_ground else QRectF())

    def _show_plate(self, place: QRectF) -> None:
        """The ground on which words stand on a wire; most wires need none. It comes and goes with the words."""
        if self._plate is None and place.isEmpty():
            return
        if self._plate is None:
            self._plate = QGraphicsRectItem(self._label)
            self._plate.setFlag(QGraphicsItem.GraphicsItemFlag.ItemStacksBehindParent)
            self._plate.setPen(QPen(Qt.PenStyle.NoPen))
            self._plate.setBrush(self._ink.background)
        self._plate.setRect(place)


class LooseWire(QGraphicsPathItem):
    """The wire that is being drawn."""

    def __init__(self, ink: Ink) -> None:
        super().__init__()
        self.setPen(ink.wire_drawn)
        self.setZValue(3)


def reach_of(path: QPainterPath, far: float = WIRE_REACH) -> QPainterPath:
    """The area in which the pointer touches a wire, or is no further from it than this."""
    stroker = QPainterPathStroker()
    stroker.setWidth(2 * far)
    return stroker.createStroke(path)
