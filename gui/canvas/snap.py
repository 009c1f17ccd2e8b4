"""Snapping as a person sees it: what is held comes to rest among other nodes, on thin lines that show why."""

from collections.abc import Collection, Iterator
from itertools import zip_longest

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsLineItem

from engine.graph import Graph, Node, Position
from engine.layout import NODE_WIDTH, height_of
from engine.snapping import Box, Mark, Pull, Span, Surroundings
from gui.canvas.routes import ends
from gui.canvas.scene import NetworkScene
from gui.theme import GUIDE_TICK, SNAP_FURTHEST, SNAP_REACH

_DEPTH = 0.9
"""Over the wires, and under the nodes, whose words are to be read."""


class Snap:
    """The places at which one node, note or frame comes to rest while others move along with it."""

    def __init__(self, picture: NetworkScene, network: Graph, held: str, moved: Collection[str]) -> None:
        self._picture = picture
        self._size = picture.place_of(held).size()
        across = 0 if network.direction == "down" else 1
        boxes = [_box_of(node) for node in network.nodes if node.id not in moved]
        boxes += [_box_around(picture.place_of(note.id)) for note in network.notes if note.id not in moved]
        pulls = list(_pulls(network, held, moved))
        self._surroundings = Surroundings(boxes, pulls, across, has_gaps=len(moved) == 1)
        self._lines: list[QGraphicsLineItem] = []

    def rest(self, position: Position, zoom: float) -> Position:
        """Where rests what is held at this place, with its lines shown."""
        box = _box_around(QRectF(QPointF(*position), self._size))
        rest = self._surroundings.rest(box, min(SNAP_REACH / zoom, SNAP_FURTHEST))
        lines = [_line(mark) for mark in rest.lines]
        for mark in rest.gaps:
            lines += _with_ticks(mark, GUIDE_TICK / zoom)
        self._show(lines)
        return rest.position

    def hide(self) -> None:
        """Takes its lines away."""
        for line in self._lines:
            self._picture.removeItem(line)
        self._lines = []

    def _show(self, lines: list[QLineF]) -> None:
        """Each line is an item of its own: one for all of them would have all between them painted again."""
        while len(self._lines) < len(lines):
            item = QGraphicsLineItem()
            item.setPen(self._picture.ink.guide)
            item.setZValue(_DEPTH)
            self._lines.append(item)
            self._picture.addItem(item)
        for item, line in zip_longest(self._lines, lines):
            item.setVisible(line is not None)
            item.setLine(line or QLineF())


def _box_of(node: Node) -> Box:
    x, y = node.position
    return Span(x, x + NODE_WIDTH), Span(y, y + height_of(node))


def _box_around(area: QRectF) -> Box:
    return Span(area.left(), area.right()), Span(area.top(), area.bottom())


def _pulls(network: Graph, held: str, moved: Collection[str]) -> Iterator[Pull]:
    """Where the held node stands in line with those that it is wired to, and where its wires run straight."""
    if held not in network:
        return
    axis = 0 if network.direction == "down" else 1
    position = network.node(held).position[axis]
    for wire in (*network.incoming(held), *network.outgoing(held)):
        points = [(point.x(), point.y())[axis] for point in ends(network, wire)]
        is_source = wire.source == held
        mine, line = points if is_source else points[::-1]
        other = wire.target if is_source else wire.source
        if other not in moved:
            yield Pull(position + line - mine, line, _box_of(network.node(other)))
            # Where a wire arrives beside the middle, standing in one column is another wish than a straight wire.
            start = network.node(other).position[axis]
            if start != position + line - mine:
                yield Pull(start, start + mine - position, _box_of(network.node(other)))


def _line(mark: Mark) -> QLineF:
    if mark.axis == 0:
        return QLineF(mark.span.start, mark.at, mark.span.end, mark.at)
    return QLineF(mark.at, mark.span.start, mark.at, mark.span.end)


def _with_ticks(mark: Mark, size: float) -> list[QLineF]:
    """A gap with a tick at either end."""
    across = Span(mark.at - size / 2, mark.at + size / 2)
    ticks = [Mark(1 if mark.axis == 0 else 0, across, at) for at in mark.span]
    return [_line(line) for line in (mark, *ticks)]
