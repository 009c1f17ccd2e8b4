"""Where ports are and how wires run between them.

Where values flow downwards, inputs are on top of a node and outputs below; where they flow to the right, inputs are on
its left and outputs on its right, both at the height of its first line. Routes are found as if values flowed downwards,
and flipped over the diagonal where they flow to the right.
"""

import bisect
import itertools
from collections.abc import Callable, Collection
from typing import Literal

import msgspec
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QTransform

from engine.graph import Direction, Graph, Node, Wire
from engine.layers import Layer
from engine.layout import GAP, NODE_HEIGHT, NODE_WIDTH, Flow, flow_of, height_of

Side = Literal["input", "output"]

MIDDLE = NODE_WIDTH / 2
_LEVEL = NODE_HEIGHT / 2
_LEVEL_MARGIN = 6
_ARRIVAL_SPACING = 18
_PORT_SPACING = 40
_CORNER = 9
_FLIPPED = QTransform(0, 1, 1, 0, 0, 0)
_MOST_TO_FOLLOW = 32

_Place = tuple[float, float, float, float, str]
"""Of a node: from where to where along the flow, from where to where across it, and its id."""


class Port(msgspec.Struct, frozen=True):
    """One end for wires: the output of a node or one of its inputs."""

    node: str
    side: Side
    number: int = 0


def arrival(layer: Layer, number: int, wires: int, direction: Direction = "down") -> float:
    """How far from the middle of its side an input lies.

    A layer that takes any number of wires has one wide port: the first wire arrives in its middle, so that a stack
    stays straight, and the others by turns to both sides of it.
    """
    room = 2 * (MIDDLE - GAP) if direction == "down" else 2 * (_LEVEL - _LEVEL_MARGIN)
    if layer.inputs is not None:
        aside = (number - (layer.inputs - 1) / 2) * min(_PORT_SPACING, room / max(layer.inputs - 1, 1))
        # A wire to an input that the settings have taken away stays at the node until it is removed.
        return min(aside, room / 2)
    step = min(_ARRIVAL_SPACING, room / max(wires, 1))
    return (number + 1) // 2 * step * (-1 if number % 2 else 1)


def breadth(layer: Layer, wires: int, direction: Direction = "down") -> float:
    """Half the width of a wide port; 0 for a layer with a ring for each wire."""
    return 0 if layer.inputs is not None else abs(arrival(layer, max(wires, 2) // 2 * 2, max(wires, 2), direction))


def rectangle(node: Node) -> QRectF:
    """The place that a node takes."""
    return QRectF(*node.position, NODE_WIDTH, height_of(node))


def content_of(network: Graph, height: Callable[[Node], float] = height_of) -> QRectF:
    """The rectangle around all nodes; empty where there are none. ``height``: how high each stands, where one knows."""
    if not network.nodes:
        return QRectF()
    columns = [node.position[0] for node in network.nodes]
    rows = [node.position[1] for node in network.nodes]
    bottom = max(row + height(node) for row, node in zip(rows, network.nodes, strict=True))
    return QRectF(QPointF(min(columns), min(rows)), QPointF(max(columns) + NODE_WIDTH, bottom))


def output_point(place: QRectF, direction: Direction = "down") -> QPointF:
    """Where wires leave a node."""
    if direction == "down":
        return QPointF(place.left() + MIDDLE, place.bottom())
    return QPointF(place.right(), place.top() + _LEVEL)


def input_point(layer: Layer, place: QRectF, number: int, wires: int, direction: Direction = "down") -> QPointF:
    """Where the wire of this number arrives."""
    aside = arrival(layer, number, wires, direction)
    if direction == "down":
        return QPointF(place.left() + MIDDLE + aside, place.top())
    return QPointF(place.left(), place.top() + _LEVEL + aside)


def ends(network: Graph, wire: Wire) -> tuple[QPointF, QPointF]:
    """Where a wire starts and ends."""
    source, target, direction = network.node(wire.source), network.node(wire.target), network.direction
    arriving = len(network.incoming(wire.target))
    start = output_point(rectangle(source), direction)
    return start, input_point(target.layer, rectangle(target), wire.port, arriving, direction)


def may_be_blocked(start: QPointF, end: QPointF, direction: Direction = "down") -> bool:
    """Whether a node could stand in the straight way of this wire."""
    if direction == "down":
        return end.y() - start.y() > NODE_HEIGHT + GAP
    return end.x() - start.x() > NODE_WIDTH


class Columns:
    """Where the nodes of a network stand, sorted so that it is quickly told what is in the way of a wire."""

    def __init__(self, network: Graph) -> None:
        self._flow = flow_of(network.direction)
        self._longest = 0.0
        self._columns: dict[int, list[_Place]] = {}
        self._fill(network)

    def _fill(self, network: Graph) -> None:
        self._columns.clear()
        for node in network.nodes:
            self._column_of(node).append(self._place(node))
        for column in self._columns.values():
            column.sort()

    def follow(self, before: Graph, after: Graph, node_ids: Collection[str]) -> None:
        """Takes over that these nodes came, went or stand elsewhere."""
        if len(node_ids) > _MOST_TO_FOLLOW:
            self._fill(after)
            return
        for node_id in node_ids:
            if node_id in before:
                node = before.node(node_id)
                self._column_of(node).remove(self._place(node))
            if node_id in after:
                node = after.node(node_id)
                bisect.insort(self._column_of(node), self._place(node))

    def _column_of(self, node: Node) -> list[_Place]:
        across, _ = self._flow.turned(node.position)
        return self._columns.setdefault(int(across // self._flow.breadth), [])

    def _place(self, node: Node) -> _Place:
        across, along = self._flow.turned(node.position)
        length = self._flow.length_of(node)
        self._longest = max(self._longest, length)
        return along, along + length, across, across + _across(node, self._flow), node.id

    def route(self, start: QPointF, end: QPointF, wire: Wire) -> QPainterPath:
        """Straight or curved where nothing is in the way, and otherwise around what is."""
        if self._flow.direction == "down":
            return self._around(start, end, wire)
        return _FLIPPED.map(self._around(start.transposed(), end.transposed(), wire))

    def _around(self, start: QPointF, end: QPointF, wire: Wire) -> QPainterPath:
        own = frozenset((wire.source, wire.target))
        if not self._is_blocked(start, end, own):
            return direct(start, end)
        for lane in (end.x(), start.x()):
            if abs(start.x() - end.x()) > 2 * _CORNER and not self._is_blocked(
                QPointF(lane, start.y()), QPointF(lane, end.y()), own
            ):
                return _bent(start, end, lane)
        return _bent(start, end, start.x() + self._beside(max(wire.port, 1)))

    def _beside(self, number: int) -> float:
        """How far beside its start a wire passes a column.

        Odd numbers pass on the left, as the words beside wires stand on the right.
        """
        far = self._flow.spacing / 2 + _CORNER * (number // 2)
        return -far if number % 2 else far

    def _is_blocked(self, start: QPointF, end: QPointF, own: frozenset[str]) -> bool:
        """Whether a node other than its ``own`` stands between the ends of a wire that runs down."""
        left, right = sorted((start.x(), end.x()))
        top, bottom = start.y() + GAP / 2, end.y() - GAP / 2
        for number in range(int(left // self._flow.breadth) - 1, int(right // self._flow.breadth) + 1):
            column = self._columns.get(number, [])
            first = bisect.bisect_left(column, (top - self._longest,))
            for node_top, node_bottom, node_left, node_right, node_id in itertools.islice(column, first, None):
                if node_top >= bottom:
                    break
                is_beside = node_left > right or node_right < left
                if node_bottom > top and not is_beside and node_id not in own:
                    return True
        return False


def direct(start: QPointF, end: QPointF, direction: Direction = "down") -> QPainterPath:
    """Straight where the ends are aligned, and a smooth curve that leaves and arrives with the flow otherwise."""
    if direction == "right":
        return _FLIPPED.map(direct(start.transposed(), end.transposed()))
    path = QPainterPath(start)
    down, across = end.y() - start.y(), abs(end.x() - start.x())
    if across < 1 and down > 0:
        path.lineTo(end)
        return path
    pull = max(abs(down) / 2, min(across / 2, GAP)) if down > 0 else min(GAP * 3, GAP + abs(down) / 2 + across / 8)
    path.cubicTo(start + QPointF(0, pull), end - QPointF(0, pull), end)
    return path


def _bent(start: QPointF, end: QPointF, lane: float) -> QPainterPath:
    """Past the nodes between: out to a lane, down, and back in. Where the lane is that of an end, it bends once."""
    path = QPainterPath(start)
    top, bottom = start.y() + GAP / 2, end.y() - GAP / 2
    if lane != start.x():
        _step_aside(path, top, lane)
    if lane != end.x():
        _step_aside(path, bottom, end.x())
    path.lineTo(end)
    return path


def _step_aside(path: QPainterPath, level: float, lane: float) -> None:
    """Down to the level, along it, and into the lane, with round corners."""
    at = path.currentPosition().x()
    corner = min(_CORNER, abs(lane - at) / 2) * (1 if lane > at else -1)
    path.lineTo(at, level - abs(corner))
    path.quadTo(at, level, at + corner, level)
    path.lineTo(lane - corner, level)
    path.quadTo(lane, level, lane, level + abs(corner))


def _across(node: Node, flow: Flow) -> float:
    return NODE_WIDTH if flow.direction == "down" else height_of(node)
