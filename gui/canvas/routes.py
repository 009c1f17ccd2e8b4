"""Where ports are and how wires run between them. Values flow downwards: inputs on top of a node, outputs below."""

import bisect
import itertools
from typing import Literal

import msgspec
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from engine.graph import Graph, Node, Wire
from engine.layers import Layer
from engine.layout import GAP, NODE_HEIGHT, NODE_HEIGHT_WITH_SUMMARY, NODE_WIDTH, node_height

Side = Literal["input", "output"]

MIDDLE = NODE_WIDTH / 2
_ARRIVAL_SPACING = 18
_PORT_SPACING = 40
_CORNER = 9
_LANE = NODE_WIDTH / 2 + GAP


class Port(msgspec.Struct, frozen=True):
    """One end for wires: the output of a node or one of its inputs."""

    node: str
    side: Side
    number: int = 0


def arrival(layer: Layer, number: int, wires: int) -> float:
    """How far from the middle of a node an input lies.

    A layer that takes any number of wires has one wide port: the first wire arrives in its middle, so that a stack
    stays straight, and the others by turns to the left and right of it.
    """
    if layer.inputs is not None:
        return (number - (layer.inputs - 1) / 2) * _PORT_SPACING
    step = min(_ARRIVAL_SPACING, 2 * (MIDDLE - GAP) / max(wires, 1))
    return (number + 1) // 2 * step * (-1 if number % 2 else 1)


def breadth(layer: Layer, wires: int) -> float:
    """Half the width of a wide port; 0 for a layer with a ring for each wire."""
    return 0 if layer.inputs is not None else abs(arrival(layer, max(wires, 2) // 2 * 2, max(wires, 2)))


def rectangle(node: Node) -> QRectF:
    """The place that a node takes."""
    return QRectF(*node.position, NODE_WIDTH, node_height(node.layer))


def content_of(network: Graph) -> QRectF:
    """The rectangle around all nodes; empty where there are none."""
    if not network.nodes:
        return QRectF()
    columns = [node.position[0] for node in network.nodes]
    rows = [node.position[1] for node in network.nodes]
    bottom = max(row + node_height(node.layer) for row, node in zip(rows, network.nodes, strict=True))
    return QRectF(QPointF(min(columns), min(rows)), QPointF(max(columns) + NODE_WIDTH, bottom))


def output_point(place: QRectF) -> QPointF:
    """Where wires leave a node that stands at this place."""
    return QPointF(place.left() + MIDDLE, place.bottom())


def input_point(layer: Layer, place: QRectF, number: int, wires: int) -> QPointF:
    """Where the wire of this number arrives."""
    return QPointF(place.left() + MIDDLE + arrival(layer, number, wires), place.top())


def ends(network: Graph, wire: Wire) -> tuple[QPointF, QPointF]:
    """Where a wire starts and ends."""
    source, target = network.node(wire.source), network.node(wire.target)
    arriving = len(network.incoming(wire.target))
    return output_point(rectangle(source)), input_point(target.layer, rectangle(target), wire.port, arriving)


def may_be_blocked(start: QPointF, end: QPointF) -> bool:
    """Whether a node could stand in the straight way of this wire."""
    return end.y() - start.y() > NODE_HEIGHT + GAP and abs(end.x() - start.x()) < NODE_WIDTH


class Columns:
    """Where the nodes of a network stand, sorted so that it is quickly told what is in the way of a wire."""

    def __init__(self, network: Graph) -> None:
        self._columns: dict[int, list[tuple[float, float, float, str]]] = {}
        for node in network.nodes:
            left, top = node.position
            entry = (top, top + node_height(node.layer), left, node.id)
            self._columns.setdefault(int(left // NODE_WIDTH), []).append(entry)
        for column in self._columns.values():
            column.sort()

    def is_blocked(self, start: QPointF, end: QPointF, own: frozenset[str]) -> bool:
        """Whether a node other than its ``own`` stands between the ends of a wire that runs down."""
        left, right = sorted((start.x(), end.x()))
        top, bottom = start.y() + GAP / 2, end.y() - GAP / 2
        for number in range(int(left // NODE_WIDTH) - 1, int(right // NODE_WIDTH) + 1):
            column = self._columns.get(number, [])
            first = bisect.bisect_left(column, (top - NODE_HEIGHT_WITH_SUMMARY,))
            for node_top, node_bottom, node_left, node_id in itertools.islice(column, first, None):
                if node_top >= bottom:
                    break
                is_beside = node_left >= right or node_left + NODE_WIDTH <= left
                if node_bottom > top and not is_beside and node_id not in own:
                    return True
        return False


def direct(start: QPointF, end: QPointF) -> QPainterPath:
    """Straight where the ends are aligned, and a smooth curve that leaves and arrives upright otherwise."""
    path = QPainterPath(start)
    down, across = end.y() - start.y(), abs(end.x() - start.x())
    if across < 1 and down > 0:
        path.lineTo(end)
        return path
    pull = max(abs(down) / 2, min(across / 2, GAP)) if down > 0 else min(GAP * 3, GAP + abs(down) / 2 + across / 8)
    path.cubicTo(start + QPointF(0, pull), end - QPointF(0, pull), end)
    return path


def around(start: QPointF, end: QPointF, number: int) -> QPainterPath:
    """Past the nodes between: out to a lane beside the column, down, and back in.

    Odd numbers pass on the left, as the words beside wires stand on the right.
    """
    side = -1 if number % 2 else 1
    lane = start.x() + side * (_LANE + _CORNER * (number // 2))
    top, bottom = start.y() + GAP / 2, end.y() - GAP / 2
    inwards = 1 if end.x() > lane else -1
    path = QPainterPath(start)
    path.lineTo(start.x(), top - _CORNER)
    path.quadTo(start.x(), top, start.x() + side * _CORNER, top)
    path.lineTo(lane - side * _CORNER, top)
    path.quadTo(lane, top, lane, top + _CORNER)
    path.lineTo(lane, bottom - _CORNER)
    path.quadTo(lane, bottom, lane + inwards * _CORNER, bottom)
    path.lineTo(end.x() - inwards * _CORNER, bottom)
    path.quadTo(end.x(), bottom, end.x(), bottom + _CORNER)
    path.lineTo(end)
    return path
