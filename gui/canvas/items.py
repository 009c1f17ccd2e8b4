"""What is painted of nodes. Items hold no rules and take no events; the scene tells them what to show.

Painting in Python is what costs, so texts and outlines are prepared beforehand, Qt keeps a picture of each node until
it changes, wires are painted by Qt alone, and detail falls away with distance.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsRectItem

from engine.blocks import Block
from engine.graph import Direction, Node, Position
from engine.layout import NODE_WIDTH, height_of, node_height, shows_inside
from engine.report import Report
from gui.canvas.faces import Face
from gui.canvas.ink import Ink, Line, bar, body, snowflake, tile_outline, wire_pen
from gui.canvas.inset import InsetItem
from gui.canvas.routes import Port, Side, breadth, input_point, output_point
from gui.theme import (
    BADGE_RADIUS,
    CARD_INSET,
    CARD_STEP,
    GRID,
    NODE_BAR,
    NODE_PADDING,
    NODE_RADIUS,
    NODE_TILE,
    PORT_RADIUS,
)

NEAR = 0.6
"""The zoom from which all texts can be read; below it, nodes have their titles alone."""
WITHIN_REACH = 0.45
"""The zoom from which ports can be seen and taken."""
FAR = 0.22
"""The zoom below which a node is a coloured mark."""

_TEXT_LEFT = NODE_BAR + 9 + NODE_TILE + 9
_TEXT_RIGHT = NODE_WIDTH - NODE_PADDING
_TEXT_GAP = 8
_LEADING = 18
_SNOW = 6
_SNOW_GAP = 6
_SHAPE_GAP = 16
_BELOW = 26
_FOLD_WIDTH = 30
_BESIDE = 104
_RIM = 5


State = Literal["is_selected", "is_hovered", "is_ghost", "is_end", "is_match"]


class NodeItem(QGraphicsRectItem):
    """One node. Its rectangle is where it may paint; `place` is where it stands."""

    def __init__(self, node: Node, ink: Ink, changed: "Callable[[NodeItem], object]") -> None:
        super().__init__()
        self.setZValue(1)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self._changed = changed
        self.node = node
        self.position = node.position
        """Where it stands now."""
        self.height = 0
        self.inset: InsetItem | None = None
        self.facts: tuple[object, ...] = ()
        self.face = Face("", "")
        self.is_selected = False
        self.is_hovered = False
        self.is_ghost = False
        self.is_end = False
        self.is_match = False
        self.warmth: float | None = None
        self.share = ""
        self.lit: Side | None = None
        self.hot: Port | None = None
        self.arriving = 0
        self.direction: Direction = "down"
        self._ink = ink
        self._words: list[tuple[QColor, Line]] | None = None
        self._large_words: list[Line] | None = None
        self._snow = QPointF()
        self.set_node(node)

    def set_node(self, node: Node) -> bool:
        """Takes over place, size and inputs; answers whether they are new, so that wires end elsewhere."""
        inputs, self.node = self.node.layer.inputs, node
        height = height_of(node)
        if self.height == height and self.position == node.position:
            return node.layer.inputs != inputs
        self.height = height
        self.move(node.position)
        margin = BADGE_RADIUS + 3
        self._words = self._large_words = None
        self.setRect(-margin, -margin, NODE_WIDTH + margin + _BESIDE, self.height + margin + _BELOW)
        return True

    def move(self, position: Position) -> None:
        """Stands elsewhere."""
        self.position = position
        self.setPos(*position)
        self._changed(self)

    def turn(self, direction: Direction) -> None:
        """Has its ports where values flow through in this direction."""
        if direction != self.direction:
            self.direction = direction
            self._words = None
            self.update()

    @property
    def place(self) -> QRectF:
        """Where the node stands now, which differs from where the graph has it while it is dragged."""
        return QRectF(*self.position, NODE_WIDTH, self.height)

    @property
    def title_place(self) -> QRectF:
        """Where its title stands in it."""
        middle = self._head / 2 - (_LEADING / 2 if self.face.summary else 0)
        return QRectF(_TEXT_LEFT, middle - _LEADING / 2, (_TEXT_RIGHT - _TEXT_LEFT) * 0.6, _LEADING)

    @property
    def mark(self) -> QBrush:
        """What it is painted in from afar; the same object for nodes of one colour."""
        if self.warmth is not None:
            return self._ink.warmth(self.warmth)
        return self._ink.quiet if self.face.is_bypassed else self._ink.family(type(self.node.layer).family)

    @property
    def extent(self) -> QRectF:
        """Where it stands, with the words below it that say what the last of a branch gives."""
        return self.place.adjusted(0, 0, 0, _BELOW if self.is_end else 0)

    @property
    def is_block(self) -> bool:
        """Whether it has an inside to be shown."""
        return isinstance(self.node.layer, Block)

    @property
    def fold_place(self) -> QRectF:
        """Where the triangle is that folds and unfolds; empty where there is none."""
        if not self._fold_sign:
            return QRectF()
        left = NODE_WIDTH - _FOLD_WIDTH
        return QRectF(self.x() + left, self.y() + self._head / 2, _FOLD_WIDTH, self._head / 2)

    @property
    def _fold_sign(self) -> str:
        if not self.is_block or self.node.bypassed:
            return ""
        return "▾" if self.node.unfolded else "▸"

    @property
    def _head(self) -> float:
        """The height of the part that has the words."""
        return node_height(self.node.layer) if shows_inside(self.node) else self.height

    def show_inside(self, report: Report) -> None:
        """Shows the inside of an unfolded block with what is known of it; there is none in other nodes."""
        layer = self.node.layer
        shown = layer if shows_inside(self.node) and isinstance(layer, Block) else None
        if self.inset is None and shown is not None:
            self.inset = InsetItem(self)
        if self.inset is not None:
            self.inset.show_block(shown, report, self._ink.theme)

    def set_face(self, face: Face, ink: Ink) -> None:
        """Takes over what is to be said; it is laid out when it comes into view."""
        if face != self.face or ink is not self._ink:
            self.face, self._ink = face, ink
            self._words = None
            self._large_words = None
            self._repaint()

    def show_state(self, name: State, value: bool) -> None:
        """Repaints only where the state is new."""
        if getattr(self, name) != value:
            setattr(self, name, value)
            self._words = None
            self._repaint()

    def show_heat(self, warmth: float | None, share: str) -> None:
        """Is tinted between the coolest (0) and the hottest (1), and says its share in place of its parameters."""
        if (warmth, share) != (self.warmth, self.share):
            self.warmth, self.share = warmth, share
            self._words = self._large_words = None
            self._repaint()

    def show_ports(self, *, lit: Side | None = None, hot: Port | None = None) -> None:
        """``lit``: a side that can take the wire being drawn; ``hot``: the port under the pointer."""
        if (lit, hot) != (self.lit, self.hot):
            self.lit, self.hot = lit, hot
            self._repaint()

    def _repaint(self) -> None:
        self.update()
        self._changed(self)

    def marks(self) -> Iterator[tuple[QRectF, QBrush]]:
        """What is seen of it from afar: places in it and their colours, each over the one before."""
        whole = QRectF(0, 0, NODE_WIDTH, self.height)
        colour = self._ink.match if self.is_match else self.mark
        yield whole, self._ink.accent if self.is_selected else colour if self.warmth is None else self._ink.rim
        if self.warmth is not None and not self.is_selected:
            yield whole.adjusted(_RIM, _RIM, -_RIM, -_RIM), colour
        if self.face.is_frozen:
            yield QRectF(0, 0, 40, self.height), self._ink.frost
        if self.face.severity is not None:
            height = self.height if self.face.severity == "fault" else self.height / 2
            yield QRectF(NODE_WIDTH - 40, 0, 40, height), self._ink.badges[self.face.severity]

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        del option, widget
        zoom = painter.worldTransform().m11()
        if zoom < FAR:
            for place, brush in self.marks():
                painter.fillRect(place, brush)
            return
        family = self._ink.family(type(self.node.layer).family)
        self._paint_body(painter, family)
        if zoom < NEAR:
            self._paint_large_words(painter)
            if zoom >= WITHIN_REACH:
                self._paint_ports(painter)
            self._paint_badge(painter)
            return
        painter.setPen(self._ink.hollow if self.face.is_bypassed else Qt.PenStyle.NoPen)
        painter.setBrush(self._ink.panel if self.face.is_bypassed else family)
        painter.drawPath(tile_outline(self._head))
        if self._words is None:
            self._words = self._laid_out()
        if self.face.is_bypassed:
            self._clear_for_words(painter, self._words)
        for colour, line in self._words:
            painter.setPen(colour)
            line.paint(painter)
        if self.face.is_frozen:
            self._paint_snow(painter, self._snow)
        self._paint_ports(painter)
        self._paint_badge(painter)

    def _laid_out(self) -> list[tuple[QColor, Line]]:
        face, ink = self.face, self._ink
        first = self._head / 2 - (_LEADING / 2 if face.summary else 0)
        # On a tint only the strongest words can be read.
        dim, faint = (ink.dim, ink.faint) if self.warmth is None else (ink.text, ink.text)
        named = dim if face.is_bypassed else ink.text
        cost = Line(self.share or face.parameters, ink.title if self.share else ink.regular)
        taken = cost.width + _TEXT_GAP if cost.width else 0
        if face.is_frozen:
            self._snow = QPointF(_TEXT_RIGHT - (cost.width + _SNOW_GAP if cost.width else 0) - _SNOW, first)
            taken += 2 * _SNOW + _SNOW_GAP
        room = _TEXT_RIGHT - _TEXT_LEFT - taken
        times = Line(face.times, ink.regular)
        beside = times.width + _TEXT_GAP if times.width else 0
        title = Line(face.title, ink.title, room - beside).placed(_TEXT_LEFT, first)
        letter = Line(face.letter, ink.mark).centred(NODE_BAR + 9 + NODE_TILE / 2, self._head / 2)
        words = [
            (named, title),
            (dim, cost.placed(_TEXT_RIGHT - cost.width, first)),
            (ink.dim if face.is_bypassed else ink.on_family, letter),
            (ink.accent.color(), times.placed(_TEXT_LEFT + title.width + _TEXT_GAP, first)),
        ]
        left = room - title.width - _TEXT_GAP - beside
        if face.own_name and left > 2 * NODE_PADDING:
            own = Line(face.own_name, ink.small, left)
            words.append((faint, own.placed(_TEXT_LEFT + room - left, first)))
        if face.summary:
            fold = Line(self._fold_sign, ink.regular)
            words.append((faint, fold.placed(_TEXT_RIGHT - fold.width, first + _LEADING)))
            summary = Line(face.summary, ink.small, _TEXT_RIGHT - _TEXT_LEFT - 2 * fold.width)
            words.append((dim, summary.placed(_TEXT_LEFT, first + _LEADING)))
        if self.is_end:
            shape = Line(face.shape, ink.small)
            end = output_point(QRectF(0, 0, NODE_WIDTH, self.height), self.direction)
            is_down = self.direction == "down"
            aside = QPointF(_SHAPE_GAP, _BELOW / 2) if is_down else QPointF(_SHAPE_GAP, 0)
            words.append((ink.faint, shape.placed(end.x() + aside.x(), end.y() + aside.y())))
        return [(colour, line) for colour, line in words if line.width]

    def _paint_large_words(self, painter: QPainter) -> None:
        middle = self._head / 2
        if self._large_words is None:
            share = Line(self.share, self._ink.large)
            room = NODE_WIDTH - 3 * NODE_PADDING - (share.width + _TEXT_GAP if self.share else 0)
            title = Line(self.face.title, self._ink.large, room).placed(NODE_BAR + NODE_PADDING, middle)
            words = (title, share.placed(_TEXT_RIGHT - share.width, middle))
            self._large_words = [line for line in words if line.width]
        painter.setPen(self._ink.dim if self.face.is_bypassed and self.warmth is None else self._ink.text)
        for line in self._large_words:
            line.paint(painter)
        if self.face.is_frozen and not self.share:
            self._paint_snow(painter, QPointF(_TEXT_RIGHT - _SNOW, middle), 2 * _SNOW)

    def _paint_body(self, painter: QPainter, family: QBrush) -> None:
        if self.face.times:
            self._paint_cards_behind(painter)
        painter.setPen(self._outline())
        painter.setBrush(self._ink.panel if self.warmth is None else self.mark)
        painter.drawPath(body(self.height))
        if self.face.is_bypassed:
            self._paint_wire_through(painter)
            return
        if self.face.is_frozen:
            painter.fillPath(body(self.height), self._ink.chill)
        painter.fillPath(bar(self.height), family)

    def _paint_wire_through(self, painter: QPainter) -> None:
        """What arrives leaves as it is, so its wire runs on."""
        painter.setPen(self._ink.wire)
        painter.drawLine(*self._way_through())

    def _way_through(self) -> tuple[QPointF, QPointF]:
        place = QRectF(0, 0, NODE_WIDTH, self.height)
        start = input_point(self.node.layer, place, 0, self.arriving, self.direction)
        return start, output_point(place, self.direction)

    def _clear_for_words(self, painter: QPainter, words: Iterable[tuple[QColor, Line]]) -> None:
        """The wire passes behind the words, and stops short of them."""
        way = QRectF(*self._way_through()).normalized().adjusted(-1, -1, 1, 1)
        for _, line in words:
            place = QRectF(line.at.x() - GRID, line.at.y() + 1, line.width + 2 * GRID, line.height - 2)
            if place.intersects(way) and place.bottom() < self.height:
                painter.fillRect(place, self._ink.panel if self.warmth is None else self.mark)

    def _paint_snow(self, painter: QPainter, centre: QPointF, radius: float = _SNOW) -> None:
        painter.setPen(self._ink.snow if self.warmth is None else wire_pen(self._ink.text, 1.25))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(snowflake(radius).translated(centre))

    def _paint_cards_behind(self, painter: QPainter) -> None:
        """A repeated block lies on others like it."""
        painter.setPen(self._ink.outline_hovered)
        painter.setBrush(self._ink.panel)
        for number in (2, 1):
            inset = number * CARD_INSET
            place = QRectF(0.5, 0.5, NODE_WIDTH - 1 + number * CARD_STEP, self.height - 1)
            painter.drawRoundedRect(place.adjusted(inset, inset, 0, -inset), NODE_RADIUS, NODE_RADIUS)

    def _outline(self) -> QPen:
        if self.is_ghost:
            return self._ink.outline_ghost
        if self.is_selected:
            return self._ink.outline_selected
        if self.is_match:
            return self._ink.outline_match
        if self.face.is_bypassed:
            return self._ink.outline_bypassed
        if self.is_hovered:
            return self._ink.outline_hovered
        return self._ink.outline_frozen if self.face.is_frozen else self._ink.outline

    def _paint_ports(self, painter: QPainter) -> None:
        layer, place, direction = self.node.layer, QRectF(0, 0, NODE_WIDTH, self.height), self.direction
        if layer.outputs:
            self._paint_port(painter, Port(self.node.id, "output"), output_point(place, direction), 0)
        half = breadth(layer, self.arriving, direction)
        for number in range(1 if layer.inputs is None else layer.inputs):
            centre = input_point(layer, place, number, self.arriving, direction)
            self._paint_port(painter, Port(self.node.id, "input", number), centre, half)

    def _paint_port(self, painter: QPainter, port: Port, centre: QPointF, half: float) -> None:
        is_hot = self.hot is not None and (self.hot.side, self.hot.number) == (port.side, port.number)
        is_hot = is_hot or (half > 0 and self.hot is not None and self.hot.side == port.side)
        radius = PORT_RADIUS + 2 if is_hot else PORT_RADIUS
        painter.setPen(self._ink.ring_lit if is_hot or self.lit == port.side else self._ink.ring)
        painter.setBrush(self._ink.accent if is_hot else self._ink.background)
        wide, high = (half + radius, radius) if self.direction == "down" else (radius, half + radius)
        place = QRectF(centre.x() - wide, centre.y() - high, 2 * wide, 2 * high)
        painter.drawRoundedRect(place, radius, radius)

    def _paint_badge(self, painter: QPainter) -> None:
        severity = self.face.severity
        if severity is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._ink.badges[severity])
            painter.drawEllipse(QPointF(NODE_WIDTH - 2, 2), BADGE_RADIUS, BADGE_RADIUS)
            painter.setPen(self._ink.on_badge)
            self._ink.signs[severity].paint(painter)


class Band(QGraphicsRectItem):
    """The rectangle with which nodes are selected."""

    def __init__(self, ink: Ink) -> None:
        super().__init__()
        self.setPen(ink.band)
        self.setBrush(ink.band_fill)
        self.setZValue(3)
