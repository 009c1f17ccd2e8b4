"""What is painted: nodes and wires. They hold no rules and take no events; the scene tells them what to show.

Painting in Python is what costs, so texts and outlines are prepared beforehand, wires are painted by Qt alone, and
detail falls away with distance.
"""

from typing import Any, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPainterPathStroker, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsRectItem, QGraphicsSimpleTextItem

from engine.graph import Node, Wire
from engine.layout import NODE_WIDTH, node_height
from gui.canvas.faces import SIGNS, Face
from gui.canvas.ink import Ink, Line, bar, body, tile_outline
from gui.canvas.routes import MIDDLE, Port, Side, arrival, breadth
from gui.theme import BADGE_RADIUS, GRID, NODE_BAR, NODE_PADDING, NODE_TILE, PORT_RADIUS

NEAR = 0.45
"""The zoom from which texts can be read."""
FAR = 0.22
"""The zoom below which a node is a coloured mark."""

WIRE_REACH = 2 * GRID
"""How far from a wire the pointer may be and still touch it."""

_TEXT_LEFT = NODE_BAR + 9 + NODE_TILE + 9
_TEXT_RIGHT = NODE_WIDTH - NODE_PADDING
_SHAPE_GAP = 16
_BELOW = 26
_LABEL_PLACES = (0.5, 0.36, 0.64)


class NodeItem(QGraphicsRectItem):
    """One node. Its rectangle is where it may paint; `place` is where it stands."""

    def __init__(self, node: Node, ink: Ink) -> None:
        super().__init__()
        self.setZValue(1)
        self.node = node
        self.facts: tuple[object, ...] = ()
        self.face = Face("", "")
        self.is_selected = False
        self.is_hovered = False
        self.is_ghost = False
        self.is_end = False
        self.lit: Side | None = None
        self.hot: Port | None = None
        self.arriving = 0
        self._ink = ink
        self._lines: list[tuple[QColor, Line]] = []
        self._badge: Line | None = None
        self._large_title: Line | None = None
        self._shape: Line | None = None
        self.set_node(node)

    def set_node(self, node: Node) -> None:
        """Takes over place and size."""
        self.node = node
        self.height = node_height(node.layer)
        self.setPos(*node.position)
        margin = BADGE_RADIUS + 3
        self.setRect(-margin, -margin, NODE_WIDTH + 2 * margin, self.height + margin + _BELOW)

    @property
    def place(self) -> QRectF:
        """Where the node stands now, which differs from where the graph has it while it is dragged."""
        return QRectF(self.x(), self.y(), NODE_WIDTH, self.height)

    def set_face(self, face: Face, ink: Ink) -> None:
        """Lays out what is to be said."""
        if face == self.face and ink is self._ink:
            return
        self.face, self._ink = face, ink
        first = self.height / 2 - (9 if face.summary else 0)
        cost = Line(face.parameters, ink.regular)
        room = _TEXT_RIGHT - _TEXT_LEFT - (cost.width + 10 if face.parameters else 0)
        title = Line(face.title, ink.title, room).placed(_TEXT_LEFT, first)
        lines = [(ink.text, title), (ink.dim, cost.placed(_TEXT_RIGHT - cost.width, first))]
        left = room - title.width - 8
        if face.own_name and left > 24:
            own = Line(face.own_name, ink.small, left)
            lines.append((ink.faint, own.placed(_TEXT_LEFT + title.width + 8, first)))
        if face.summary:
            summary = Line(face.summary, ink.small, _TEXT_RIGHT - _TEXT_LEFT)
            lines.append((ink.dim, summary.placed(_TEXT_LEFT, first + 18)))
        letter = Line(face.letter, ink.mark).centred(NODE_BAR + 9 + NODE_TILE / 2, self.height / 2)
        lines.append((ink.theme.colour("panel"), letter))
        self._lines, self._large_title = lines, None
        self._shape = Line(face.shape, ink.small).placed(MIDDLE + _SHAPE_GAP, self.height + 13) if face.shape else None
        self._badge = (
            Line(SIGNS[face.severity], ink.mark).centred(NODE_WIDTH - 2, 2) if face.severity is not None else None
        )
        self.update()

    def show_state(self, name: Literal["is_selected", "is_hovered", "is_ghost", "is_end"], value: bool) -> None:
        """Repaints only where the state is new."""
        if getattr(self, name) != value:
            setattr(self, name, value)
            self.update()

    def show_ports(self, *, lit: Side | None = None, hot: Port | None = None) -> None:
        """``lit``: a side that can take the wire being drawn; ``hot``: the port under the pointer."""
        if (lit, hot) != (self.lit, self.hot):
            self.lit, self.hot = lit, hot
            self.update()

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        del option, widget
        zoom = painter.worldTransform().m11()
        family = self._ink.family(type(self.node.layer).family)
        if zoom < FAR:
            self._paint_mark(painter, family)
            return
        self._paint_body(painter, family)
        if zoom < NEAR:
            self._paint_large_title(painter)
            self._paint_badge(painter)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(family)
        painter.drawPath(tile_outline(self.height))
        for colour, line in self._lines:
            painter.setPen(colour)
            line.paint(painter)
        self._paint_ports(painter)
        self._paint_badge(painter)
        if self.is_end and self._shape is not None:
            painter.setPen(self._ink.faint)
            self._shape.paint(painter)

    def _paint_mark(self, painter: QPainter, family: QBrush) -> None:
        whole = QRectF(0, 0, NODE_WIDTH, self.height)
        painter.fillRect(whole, self._ink.accent if self.is_selected else family)
        if self.face.severity is not None:
            painter.fillRect(QRectF(NODE_WIDTH - 40, 0, 40, self.height), self._ink.badges[self.face.severity])

    def _paint_large_title(self, painter: QPainter) -> None:
        if self._large_title is None:
            line = Line(self.face.title, self._ink.large, NODE_WIDTH - 3 * NODE_PADDING)
            self._large_title = line.placed(NODE_BAR + NODE_PADDING, self.height / 2)
        painter.setPen(self._ink.text)
        self._large_title.paint(painter)

    def _paint_body(self, painter: QPainter, family: QBrush) -> None:
        painter.setPen(self._outline())
        painter.setBrush(self._ink.panel)
        painter.drawPath(body(self.height))
        painter.fillPath(bar(self.height), family)

    def _outline(self) -> QPen:
        if self.is_ghost:
            return self._ink.outline_ghost
        if self.is_selected:
            return self._ink.outline_selected
        return self._ink.outline_hovered if self.is_hovered else self._ink.outline

    def _paint_ports(self, painter: QPainter) -> None:
        layer = self.node.layer
        if layer.outputs:
            self._paint_port(painter, Port(self.node.id, "output"), QPointF(MIDDLE, self.height), 0)
        if layer.inputs is None:
            self._paint_port(painter, Port(self.node.id, "input"), QPointF(MIDDLE, 0), breadth(layer, self.arriving))
            return
        for number in range(layer.inputs):
            centre = QPointF(MIDDLE + arrival(layer, number, self.arriving), 0)
            self._paint_port(painter, Port(self.node.id, "input", number), centre, 0)

    def _paint_port(self, painter: QPainter, port: Port, centre: QPointF, half: float) -> None:
        is_hot = self.hot is not None and (self.hot.side, self.hot.number) == (port.side, port.number)
        is_hot = is_hot or (half > 0 and self.hot is not None and self.hot.side == port.side)
        radius = PORT_RADIUS + 2 if is_hot else PORT_RADIUS
        painter.setPen(self._ink.ring_lit if is_hot or self.lit == port.side else self._ink.ring)
        painter.setBrush(self._ink.accent if is_hot else self._ink.background)
        place = QRectF(centre.x() - half - radius, centre.y() - radius, 2 * (half + radius), 2 * radius)
        painter.drawRoundedRect(place, radius, radius)

    def _paint_badge(self, painter: QPainter) -> None:
        if self.face.severity is None or self._badge is None:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ink.badges[self.face.severity])
        painter.drawEllipse(QPointF(NODE_WIDTH - 2, 2), BADGE_RADIUS, BADGE_RADIUS)
        painter.setPen(self._ink.theme.colour("background"))
        self._badge.paint(painter)


class WireItem(QGraphicsPathItem):
    """One wire, with the shape of what it carries beside it. Qt paints both."""

    def __init__(self, wire: Wire, ink: Ink) -> None:
        super().__init__()
        self.wire = wire
        self.is_long = False
        """Whether a node could come to stand in its way."""
        self._reach: QPainterPath | None = None
        self._is_hovered = False
        self._plate = QGraphicsRectItem(self)
        self._plate.setPen(QPen(Qt.PenStyle.NoPen))
        self._label = QGraphicsSimpleTextItem(self)
        self.set_ink(ink)

    def set_ink(self, ink: Ink) -> None:
        """Takes over the colours of a theme."""
        self._ink = ink
        self._label.setFont(ink.small.font)
        self._label.setBrush(QBrush(ink.faint))
        self._plate.setBrush(ink.background)
        self.setPen(ink.wire_hovered if self._is_hovered else ink.wire)

    def set_route(self, path: QPainterPath) -> None:
        """Runs along this path."""
        self.setPath(path)
        self._reach = None
        self._place_label()

    def set_label(self, words: str) -> None:
        """Says what it carries."""
        if words != self._label.text():
            self._label.setText(words)
            self._place_label()

    def show_label(self, visible: bool) -> None:
        """Far away the words cannot be read."""
        self._label.setVisible(visible)
        self._plate.setOpacity(visible)

    @property
    def label(self) -> str:
        """What is written beside it."""
        return self._label.text()

    def show_hover(self, value: bool) -> None:
        """Stands out under the pointer, and while it is chosen."""
        if value != self._is_hovered:
            self._is_hovered = value
            self.setPen(self._ink.wire_hovered if value else self._ink.wire)

    def reach(self) -> QPainterPath:
        """The area in which the pointer touches the wire."""
        if self._reach is None:
            self._reach = reach_of(self.path())
        return self._reach

    def _place_label(self) -> None:
        """Beside a straight wire; on a curved one, which it interrupts, at a height that differs by the port."""
        is_straight = self.path().elementCount() == 2
        self._plate.setVisible(not is_straight and bool(self._label.text()))
        if not self._label.text():
            return
        size = self._label.boundingRect()
        if is_straight:
            middle = self.path().pointAtPercent(0.5)
            self._label.setPos(round(middle.x() + _SHAPE_GAP), round(middle.y() - size.height() / 2))
            return
        at = self.path().pointAtPercent(_LABEL_PLACES[self.wire.port % len(_LABEL_PLACES)])
        self._label.setPos(round(at.x() - size.width() / 2), round(at.y() - size.height() / 2))
        self._plate.setRect(size.translated(self._label.pos()).adjusted(-GRID, 0, GRID, 0))


class LooseWire(QGraphicsPathItem):
    """The wire that is being drawn."""

    def __init__(self, ink: Ink) -> None:
        super().__init__()
        self.setPen(ink.wire_drawn)
        self.setZValue(3)


class Band(QGraphicsRectItem):
    """The rectangle with which nodes are selected."""

    def __init__(self, ink: Ink) -> None:
        super().__init__()
        self.setPen(ink.band)
        self.setBrush(ink.band_fill)
        self.setZValue(3)


def reach_of(path: QPainterPath) -> QPainterPath:
    """The area in which the pointer touches a wire."""
    stroker = QPainterPathStroker()
    stroker.setWidth(2 * WIRE_REACH)
    return stroker.createStroke(path)
