"""The whole network in a corner of the canvas, with the part in view as a rectangle that can be dragged."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, QSizeF, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from engine.layout import NODE_WIDTH
from gui.theme import GRID, MINIMAP, MINIMAP_LEAST, RADIUS, Appearance, Theme

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_PADDING = 2 * GRID
_MARGIN = 3 * GRID
_LARGEST_SCALE = 0.12
_LARGEST_STRETCH = 5
"""How much more a long network may be shrunk in one direction than in the other."""
_THINNEST = QSizeF(3, 1)
_SMALLEST_PART = 6
_EDGE = 2
"""What stays free around the part in view, where all of the map is seen."""
_CHANGE_MILLISECONDS = 80
_REST_MILLISECONDS = 250


class Minimap(QWidget):
    """Comes into view where a part of the network is out of view. A press or a drag on it moves the view there.

    Its picture is kept: it is painted anew when the network or its colours change, and panning moves the rectangle
    alone. Where it would cover layers in its own corner and none in the other, it stands in the other.
    """

    moved = Signal()
    """It stands in its other corner."""

    def __init__(self, canvas: "Canvas", appearance: Appearance) -> None:
        super().__init__(canvas.viewport())
        self.setObjectName("minimap")
        self.setAccessibleName(self.tr("Minimap of the network"))
        self.setToolTip(self.tr("Drag to move the view"))
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        # What the menu of the canvas would speak of lies below the map.
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._canvas = canvas
        self._theme = appearance.theme
        self._is_wanted = True
        self.is_left = False
        self._content = QRectF()
        self._scale = QSizeF(1, 1)
        self._picture = QPixmap()
        self._grip: QPointF | None = None
        """How far from the middle of the part in view it was taken hold of; None: it is not."""
        self._change = QTimer(self, singleShot=True, interval=_CHANGE_MILLISECONDS)
        self._change.timeout.connect(self.repaint_network)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MILLISECONDS)
        self._rest.timeout.connect(self._choose_corner)
        self.hide()
        canvas.editor.project_changed.connect(self.refresh)
        canvas.editor.document_replaced.connect(self.repaint_network)
        canvas.editor.place_changed.connect(self.refresh)
        canvas.zoom_changed.connect(self.place)
        appearance.changed.connect(self._show_theme)

    def offer(self, wanted: bool) -> None:
        """Whether it comes into view at all."""
        self._is_wanted = wanted
        self.place()

    def place(self) -> None:
        """Stands in its corner while a part of the network is out of view."""
        needed = self._is_wanted and not self._content.isEmpty() and not self._seen().contains(self._content)
        self.setVisible(needed)
        if needed:
            self.move(self._corner(self.is_left))
            self.update()
            self._rest.start()

    def refresh(self) -> None:
        """Paints the network anew, shortly: it or its colours have changed."""
        self._change.start()

    def repaint_network(self) -> None:
        """Paints the network as it is now."""
        self._change.stop()
        self._content = self._canvas.picture.content()
        if not self._content.isEmpty():
            self._fit()
            self._paint_network()
        self.place()

    # Where it is, and where what it shows is

    def _fit(self) -> None:
        """Takes as much room as the network needs in its shape."""
        room = MINIMAP.boundedTo(self._canvas.viewport().size() * 0.5) - QSize(2 * _PADDING, 2 * _PADDING)
        across = min(_LARGEST_SCALE, max(1, room.width()) / self._content.width())
        down = min(_LARGEST_SCALE, max(1, room.height()) / self._content.height())
        self._scale = QSizeF(min(across, _LARGEST_STRETCH * down), min(down, _LARGEST_STRETCH * across))
        width, height = (round(part) + 2 * _PADDING for part in self._shrunk(self._content).size().toTuple())
        self.resize(QSize(width, height).expandedTo(MINIMAP_LEAST))

    def _corner(self, left: bool) -> QPoint:
        room = self._canvas.viewport().size()
        x = _MARGIN if left else room.width() - self.width() - _MARGIN
        return QPoint(x, room.height() - self.height() - _MARGIN)

    def _choose_corner(self) -> None:
        if self._grip is None and not self.underMouse():
            is_left = self._covers(self._corner(False)) and not self._covers(self._corner(True))
            if is_left != self.is_left:
                self.is_left = is_left
                self.move(self._corner(is_left))
                self.moved.emit()

    def _covers(self, corner: QPoint) -> bool:
        area = self._canvas.mapToScene(QRect(corner, self.size())).boundingRect()
        left, top, right, bottom = area.left() - NODE_WIDTH, area.top(), area.right(), area.bottom()
        # Qt's own search would first sort all that is on the canvas, and a large network would stand still for it.
        return any(
            left < item.position[0] < right and top - item.height < item.position[1] < bottom
            for item in self._canvas.picture.nodes.values()
        )

    def _seen(self) -> QRectF:
        return self._canvas.mapToScene(self._canvas.viewport().rect()).boundingRect()

    def _shrunk(self, area: QRectF) -> QRectF:
        """An area of the scene in the size of the map, the network's top left corner at the origin."""
        across, down = self._scale.toTuple()
        corner = area.topLeft() - self._content.topLeft()
        return QRectF(corner.x() * across, corner.y() * down, area.width() * across, area.height() * down)

    def _on_map(self, area: QRectF) -> QRectF:
        free = self.size() - self._shrunk(self._content).size().toSize()
        return self._shrunk(area).translated(free.width() / 2, free.height() / 2)

    def _part(self) -> QRectF:
        """The part in view, as it is drawn."""
        part = self._on_map(self._seen())
        wider = max(0.0, _SMALLEST_PART - part.width()) / 2
        higher = max(0.0, _SMALLEST_PART - part.height()) / 2
        room = QRectF(self.rect()).adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        return part.adjusted(-wider, -higher, wider, higher) & room

    def _look_at(self, place: QPointF) -> None:
        """Moves the view so that its middle is at a place on the map."""
        origin = self._on_map(self._content).topLeft()
        away = place - origin
        across, down = self._scale.toTuple()
        self._canvas.look_at(self._content.topLeft() + QPointF(away.x() / across, away.y() / down))

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        part = self._on_map(self._seen())
        is_taken = self._part().contains(event.position())
        self._grip = event.position() - part.center() if is_taken else QPointF()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._look_at(event.position() - self._grip)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        event.accept()
        if self._grip is not None:
            self._look_at(event.position() - self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self._grip = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.colour("line"))
        painter.setBrush(self._theme.colour("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.drawPixmap(0, 0, self._picture)
        painter.setPen(self._theme.colour("accent"))
        painter.setBrush(self._theme.colour("accent", 0.12))
        part = QRectF(self._part().toAlignedRect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(part, RADIUS - _EDGE, RADIUS - _EDGE)

    def _paint_network(self) -> None:
        ratio = self.devicePixelRatioF()
        self._picture = QPixmap(self.size() * ratio)
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(self._picture)
        # Without an edge the coolest of the colours of heat could not be told from the ground.
        is_tinted = any(item.warmth is not None for item in self._canvas.picture.nodes.values())
        painter.setPen(self._canvas.picture.ink.edge if is_tinted else QPen(Qt.PenStyle.NoPen))
        painter.translate(self._on_map(self._content).topLeft())
        painter.scale(*self._scale.toTuple())
        painter.translate(-self._content.topLeft())
        self._paint_remarks(painter)
        for brush, bars in self._bars():
            painter.setBrush(brush)
            painter.drawRects(bars)
        painter.end()

    def _paint_remarks(self, painter: QPainter) -> None:
        """Frames behind the nodes, the larger first, and notes."""
        remarks, ink = self._canvas.picture.remarks, self._canvas.picture.ink
        painter.save()
        for frame in reversed(remarks.frames_inwards()):
            colours = ink.frames[frame.frame.colour]
            painter.setPen(_thin(colours.edge))
            painter.setBrush(colours.tint)
            painter.drawRect(frame.place)
        painter.setPen(_thin(ink.note_edge))
        painter.setBrush(ink.note)
        for note in remarks.notes.values():
            painter.drawRect(note.place)
        painter.restore()

    def _bars(self) -> Iterable[tuple[QBrush, list[QRectF]]]:
        """The bars of the nodes in the scene for each colour; none is too thin to be seen."""
        across, down = self._scale.toTuple()
        width, lowest = max(NODE_WIDTH, _THINNEST.width() / across), _THINNEST.height() / down
        bars: dict[int, tuple[QBrush, list[QRectF]]] = {}
        for item in self._canvas.picture.nodes.values():
            mark = item.mark
            bar = QRectF(*item.node.position, width, max(item.height, lowest))
            bars.setdefault(id(mark), (mark, []))[1].append(bar)
        return bars.values()

    def _show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.repaint_network()


def _thin(pen: QPen) -> QPen:
    """One pixel wide at every scale."""
    thin = QPen(pen)
    thin.setCosmetic(True)
    thin.setWidth(1)
    return thin
