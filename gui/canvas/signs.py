"""The title of a frame as it is seen from afar, where the words in its bar can no longer be read."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsRectItem

from engine.graph import Direction
from gui.canvas.ink import Line
from gui.canvas.items import NEAR
from gui.theme import GRID, SIGN_PADDING, SIGN_RADIUS, SIGN_WIDTH

if TYPE_CHECKING:
    from gui.canvas.frames import FrameItem

_FURTHER = 5


class FrameSign(QGraphicsRectItem):
    """A plate beside its frame, of one size on the screen however far one is; near by there is none."""

    def __init__(self, of: "FrameItem") -> None:
        super().__init__()
        self.setZValue(1.5)
        self.hide()
        self._of = of
        self._line: Line | None = None

    @property
    def place(self) -> QRectF:
        """What of the scene it takes; empty where it is not shown."""
        return self.rect().translated(self.pos()) if self.isVisible() else QRectF()

    def stand(self, zoom: float, direction: Direction, is_free: Callable[[QRectF], bool]) -> None:
        """Takes the first free place around its frame as it is seen at a zoom; where there is none, its top."""
        frame = self._of.place
        self.setVisible(zoom < NEAR and bool(self._of.frame.title))
        if not self.isVisible():
            return
        size = self._sized(SIGN_WIDTH, zoom)
        place = next(filter(is_free, _around(frame, size, GRID / zoom, direction)), None)
        if place is None:
            place = QRectF(frame.topLeft(), self._sized(frame.width() * zoom, zoom))
        self.setPos(place.topLeft())
        self.setRect(QRectF(QPointF(), place.size()))
        self.update()

    def _sized(self, width: float, zoom: float) -> QSizeF:
        """Lays the title out for so many pixels; answers what the plate takes of the scene."""
        room = max(1.0, width - 2 * SIGN_PADDING)
        self._line = line = Line(self._of.frame.title, self._of.ink.title, room)
        return QSizeF(line.width + 2 * SIGN_PADDING, line.height + SIGN_PADDING) / zoom

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        del option, widget
        if self._line is None:
            return
        colours, zoom = self._of.ink.frames[self._of.frame.colour], painter.worldTransform().m11()
        plate = QRectF(0, 0, self.rect().width() * zoom, self.rect().height() * zoom)
        painter.save()
        painter.scale(1 / zoom, 1 / zoom)
        painter.setPen(colours.edge)
        painter.setBrush(colours.sign)
        painter.drawRoundedRect(plate.adjusted(0.5, 0.5, -0.5, -0.5), SIGN_RADIUS, SIGN_RADIUS)
        painter.setPen(self._of.ink.text)
        self._line.placed(SIGN_PADDING, plate.height() / 2).paint(painter)
        painter.restore()


def _around(frame: QRectF, size: QSizeF, gap: float, direction: Direction) -> Iterator[QRectF]:
    """Places beside a frame, close to it and further away, those first that lie across the way of the values."""
    for away in (gap, _FURTHER * gap):
        left = QPointF(frame.left() - away - size.width(), frame.top())
        right = QPointF(frame.right() + away, frame.top())
        above = QPointF(frame.left(), frame.top() - away - size.height())
        below = QPointF(frame.left(), frame.bottom() + away)
        order = (left, right, above, below) if direction == "down" else (above, below, left, right)
        yield from (QRectF(corner, size) for corner in order)
