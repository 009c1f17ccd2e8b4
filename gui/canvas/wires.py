"""What is painted of wires: their ways, by Qt alone, and the words on them."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QGraphicsRectItem

from engine.graph import Wire
from gui.canvas.ink import Ink, Lettering, Line
from gui.canvas.items import NEAR
from gui.canvas.wire_words import words_place
from gui.theme import GRID

WIRE_REACH = 2 * GRID
"""How far from a wire the pointer may be and still touch it."""


class WireItem(QGraphicsPathItem):
    """One wire, with the shape of what it carries beside it."""

    def __init__(self, wire: Wire, ink: Ink, changed: "Callable[[WireItem], object]") -> None:
        super().__init__()
        self.wire = wire
        self._changed = changed
        self.label = ""
        """What is written beside it."""
        self.is_long = False
        """Whether a node could come to stand in its way."""
        self.area = QRectF()
        """The rectangle around its way; that of a straight one has some breadth, for an empty one meets nothing."""
        self._reach: QPainterPath | None = None
        self._is_hovered = False
        self._is_lit = False
        self._is_straight = False
        self._is_crowded = False
        self._label = WireLabel(self)
        self.set_ink(ink)

    def set_ink(self, ink: Ink) -> None:
        """Takes over the colours of a theme."""
        self._ink = ink
        self._label.show_words(self.label, ink)
        self._set_pen()

    def set_route(self, path: QPainterPath, *, is_crowded: bool = False) -> None:
        """Runs along this path; a straight one lies over the others. ``is_crowded``: its words need a ground."""
        self.setPath(path)
        self.area = path.boundingRect().adjusted(-1, -1, 1, 1)
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
            self._label.show_words(words, self._ink)
            self._place_label()

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
        size = self._label.size
        words = words_place(self.path(), size, self.wire.port, is_crowded=self._is_crowded) if self.label else None
        self._label.setVisible(words is not None)
        if words is not None:
            self._label.place(words.place.topLeft(), 0 if self._is_straight else GRID, on_ground=words.on_ground)


class WireLabel(QGraphicsRectItem):
    """The words beside a wire, on a ground of their own where wires run behind them. From afar they are left out."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.setPen(QPen(Qt.PenStyle.NoPen))
        self._line: Line | None = None
        self._has_ground = False
        self.size = QSizeF()
        """The room that the words take."""

    def show_words(self, words: str, ink: Ink) -> None:
        """Says this, in the colours of a theme."""
        self._line, self._ink = _line(words, ink.small) if words else None, ink
        self.size = QSizeF(self._line.width, self._line.height) if self._line is not None else QSizeF()
        self.update()

    def place(self, corner: QPointF, margin: int, *, on_ground: bool) -> None:
        """Stands with its words at this corner; the ground reaches as far as the margin beside them."""
        self._has_ground = on_ground
        self.setRect(-margin, 0, self.size.width() + 2 * margin, self.size.height())
        self.setPos(round(corner.x()), round(corner.y()))

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        del option, widget
        if self._line is None or painter.worldTransform().m11() < NEAR:
            return
        if self._has_ground:
            painter.fillRect(self.rect(), self._ink.background)
        painter.setPen(self._ink.faint)
        self._line.paint(painter)


@lru_cache(maxsize=1024)
def _line(words: str, lettering: Lettering) -> Line:
    """Laid out once for all wires that carry the same."""
    return Line(words, lettering)


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
