"""How large nodes are and where new ones stand, in canvas units. Positions are the top left corner of a node."""

from typing import NamedTuple

from engine.graph import Direction, Graph, Node, Position
from engine.layers import Input, Layer, Output

GRID = 4
NODE_WIDTH = 236
NODE_HEIGHT = 36
NODE_HEIGHT_WITH_SUMMARY = 54
GAP = 26
GAP_TO_THE_RIGHT = 104
"""Between nodes side by side: the words of the wire stand there."""


class Flow(NamedTuple):
    """What a direction means for places: *along* runs with the values, *across* beside them."""

    direction: Direction
    gap: float
    """Between a node and the one that follows it."""
    breadth: float
    """The most that a node takes across."""
    spacing: float
    """From one line of nodes to the next, with room for wires between them."""

    def turned(self, position: Position) -> Position:
        """A position on the canvas as (across, along), and the other way round."""
        return position if self.direction == "down" else (position[1], position[0])

    def length(self, layer: Layer) -> float:
        """What a node takes along the flow."""
        return node_height(layer) if self.direction == "down" else NODE_WIDTH


_FLOWS = {
    "down": Flow("down", GAP, NODE_WIDTH, NODE_WIDTH + 2 * GAP),
    "right": Flow("right", GAP_TO_THE_RIGHT, NODE_HEIGHT_WITH_SUMMARY, NODE_HEIGHT_WITH_SUMMARY + 2 * GAP + 2),
}


def flow_of(direction: Direction) -> Flow:
    """The measures of a direction."""
    return _FLOWS[direction]


def node_height(layer: Layer) -> int:
    """A layer with something to say of its settings takes a second line; the ends of a network say it of the data."""
    return NODE_HEIGHT_WITH_SUMMARY if layer.summary() or isinstance(layer, Input | Output) else NODE_HEIGHT


def below(node: Node) -> Position:
    """Where a node stands that is stacked under this one."""
    return (node.position[0], node.position[1] + node_height(node.layer) + GAP)


def room_for(network: Graph, node_id: str, layer: Layer) -> Graph:
    """The network with ``node_id`` and all that follows it pushed down, to make room for this layer above it."""
    step = node_height(layer) + GAP
    pushed = {node_id, *network.descendants(node_id)}
    return network.move(
        {name: (network.node(name).position[0], network.node(name).position[1] + step) for name in pushed}
    )


def stacked(network: Graph) -> Graph:
    """The network with its nodes in one column, in the order in which values flow."""
    positions: dict[str, Position] = {}
    y = 0.0
    for node_id in network.order:
        positions[node_id] = (0.0, y)
        y += node_height(network.node(node_id).layer) + GAP
    return network.move(positions)
