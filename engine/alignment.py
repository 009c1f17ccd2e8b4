"""Nodes in a row: edges or middles brought to one line, equal gaps between them."""

from collections.abc import Iterable
from typing import Literal

from engine.graph import Graph, Node, Position
from engine.layout import NODE_WIDTH, height_of

Edge = Literal["left", "centre", "right", "top", "middle", "bottom"]
Axis = Literal["horizontally", "vertically"]

_FEWEST_APART = 3


def aligned(network: Graph, node_ids: Iterable[str], edge: Edge) -> Graph:
    """The network with these nodes at the outermost of their edges, or their middles at the middle of them all."""
    nodes = _chosen(network, node_ids)
    if not nodes:
        return network
    across: Axis = "horizontally" if edge in ("left", "centre", "right") else "vertically"
    low = min(_start(node, across) for node in nodes)
    high = max(_start(node, across) + _size(node, across) for node in nodes)
    share = {"left": 0.0, "top": 0.0, "centre": 0.5, "middle": 0.5, "right": 1.0, "bottom": 1.0}[edge]
    places = {node.id: round(low + share * (high - low - _size(node, across))) for node in nodes}
    return network.move({node.id: _placed(node, across, places[node.id]) for node in nodes})


def distributed(network: Graph, node_ids: Iterable[str], axis: Axis) -> Graph:
    """The network with equal gaps between these nodes; the first and the last of them stay."""
    nodes = sorted(_chosen(network, node_ids), key=lambda node: (_start(node, axis), node.id))
    if len(nodes) < _FEWEST_APART:
        return network
    end = max(_start(node, axis) + _size(node, axis) for node in nodes)
    room = end - _start(nodes[0], axis) - sum(_size(node, axis) for node in nodes)
    places: dict[str, Position] = {}
    at = _start(nodes[0], axis)
    for node in nodes:
        places[node.id] = _placed(node, axis, round(at))
        at += _size(node, axis) + room / (len(nodes) - 1)
    return network.move(places)


def _chosen(network: Graph, node_ids: Iterable[str]) -> list[Node]:
    return [network.node(node_id) for node_id in dict.fromkeys(node_ids)]


def _start(node: Node, axis: Axis) -> float:
    return node.position[0] if axis == "horizontally" else node.position[1]


def _size(node: Node, axis: Axis) -> float:
    return NODE_WIDTH if axis == "horizontally" else height_of(node)


def _placed(node: Node, axis: Axis, start: float) -> Position:
    return (start, node.position[1]) if axis == "horizontally" else (node.position[0], start)
