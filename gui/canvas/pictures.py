"""Small pictures of a network, for cards."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from engine.graph import Graph
from engine.layout import GAP
from gui.canvas.ink import wire_pen
from gui.canvas.routes import content_of, direct, ends, rectangle
from gui.theme import GRID, NODE_RADIUS, Theme

_LARGEST_SCALE = 0.3
_RATIO = 2.0


def thumbnail(network: Graph, theme: Theme, size: QSize) -> QPixmap:
    """The network fitted into ``size`` (in points; the picture is sharp on fine screens too), on nothing."""
    picture = QPixmap(size * _RATIO)
    picture.setDevicePixelRatio(_RATIO)
    picture.fill(Qt.GlobalColor.transparent)
    content = content_of(network)
    if content.isEmpty():
        return picture
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    room = QRectF(0, 0, size.width(), size.height()).adjusted(GRID, GRID, -GRID, -GRID)
    scale = min(_LARGEST_SCALE, room.width() / content.width(), room.height() / content.height())
    painter.translate(room.center())
    painter.scale(scale, scale)
    painter.translate(-content.center())
    _paint_bars(painter, network, theme)
    painter.end()
    return picture


def _paint_bars(painter: QPainter, network: Graph, theme: Theme) -> None:
    """Wires first, so that the bars lie on them. Bars stand apart at any scale."""
    painter.setPen(wire_pen(theme.colour("faint", 0.7), GAP / 4))
    for wire in network.wires:
        painter.drawPath(direct(*ends(network, wire), network.direction))
    painter.setPen(QPen(Qt.PenStyle.NoPen))
    for node in network.nodes:
        painter.setBrush(theme.family(type(node.layer).family))
        painter.drawRoundedRect(rectangle(node), 2 * NODE_RADIUS, 2 * NODE_RADIUS)
