"""A frame on the canvas: a titled rectangle behind a part of the drawing."""

from typing import Any

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsRectItem

from engine.framing import TITLE
from engine.remarks import Frame
from gui.canvas.ink import Ink, Line
from gui.canvas.items import NEAR
from gui.canvas.signs import FrameSign
from gui.theme import FRAME_PADDING, FRAME_RADIUS

_MARGIN = 1.0


class FrameItem(QGraphicsRectItem):
    """One frame, behind nodes and wires. Only its title bar and its edge are taken hold of."""

    def __init__(self, frame: Frame, ink: Ink) -> None:
        super().__init__()
        self.frame = frame
        self.is_selected = False
        self.ink = ink
        self.sign = FrameSign(self)
        self._title: Line | None = None
        self._fit()

    @property
    def place(self) -> QRectF:
        """Where it stands now, which differs from where the graph has it while it is dragged."""
        return QRectF(self.x(), self.y(), *self.frame.size)

    @property
    def title_place(self) -> QRectF:
        """The bar that has the title."""
        return QRectF(self.x(), self.y(), self.frame.size[0], min(TITLE, self.frame.size[1]))

    def show_frame(self, frame: Frame) -> None:
        """Takes over title, colour, size and place."""
        self.frame = frame
        self._title = None
        self._fit()

    def show_selected(self, value: bool) -> None:
        """Repaints only where that is new."""
        if value != self.is_selected:
            self.is_selected = value
            self.update()

    def show_ink(self, ink: Ink) -> None:
        """Takes over the colours of a theme."""
        self.ink = ink
        self._title = None
        self.update()
        self.sign.update()

    def move(self, position: tuple[float, float]) -> None:
        """Stands elsewhere."""
        before = self.pos()
        self.setPos(*position)
        self.sign.setPos(self.sign.pos() + self.pos() - before)

    def _fit(self) -> None:
        width, height = self.frame.size
        # The larger lies behind, so that each of two frames, one in the other, can be seen and taken hold of.
        self.setZValue(-2 - width * height / (1 + width * height))
        self.setRect(-_MARGIN, -_MARGIN, width + 2 * _MARGIN, height + 2 * _MARGIN)
        self.move(self.frame.position)
        self.update()

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        del option, widget
        width, height = self.frame.size
        colours = self.ink.frames[self.frame.colour]
        ground = QRectF(0.5, 0.5, width - 1, height - 1)
        painter.setPen(self.ink.outline_selected if self.is_selected else colours.edge)
        painter.setBrush(colours.tint)
        painter.drawRoundedRect(ground, FRAME_RADIUS, FRAME_RADIUS)
        if painter.worldTransform().m11() >= NEAR:
            painter.setPen(self.ink.text)
            self._laid_out().paint(painter)

    def _laid_out(self) -> Line:
        if self._title is None:
            room = self.frame.size[0] - 2 * FRAME_PADDING
            self._title = Line(self.frame.title, self.ink.title, room).placed(FRAME_PADDING, TITLE / 2)
        return self._title
