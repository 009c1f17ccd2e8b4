"""How large nodes are and where new ones stand, in canvas units. Positions are the top left corner of a node."""

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from engine.blocks import Block
from engine.graph import Direction, Graph, Node, Position
from engine.layers import Input, Layer, Output

GRID = 4
NODE_WIDTH = 236
NODE_HEIGHT = 36
NODE_HEIGHT_WITH_SUMMARY = 54
INSET_PADDING = 14
"""Between the edge of an unfolded block and its inside."""
GAP = 26
LANE = 60
"""The room beside a column for a wire that passes layers, and its words."""
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
        """What a new node takes along the flow."""
        return node_height(layer) if self.direction == "down" else NODE_WIDTH

    def length_of(self, node: Node) -> float:
        """What a node takes along the flow."""
        return height_of(node) if self.direction == "down" else NODE_WIDTH


_FLOWS = {
    "down": Flow("down", GAP, NODE_WIDTH, NODE_WIDTH + 2 * GAP),
    "right": Flow("right", GAP_TO_THE_RIGHT, NODE_HEIGHT_WITH_SUMMARY, NODE_HEIGHT_WITH_SUMMARY + 2 * GAP + 2),
}


def flow_of(direction: Direction) -> Flow:
    """The measures of a direction."""
    return _FLOWS[direction]


@lru_cache(maxsize=4_096)
def node_height(layer: Layer) -> int:
    """A layer with something to say of its settings takes a second line; the ends of a network say it of the data."""
    return NODE_HEIGHT_WITH_SUMMARY if layer.summary() or isinstance(layer, Input | Output) else NODE_HEIGHT


class Inset(NamedTuple):
    """How the inside of an unfolded block lies in its node: shrunk by ``scale``, its ``origin`` at ``place``."""

    scale: float
    origin: Position
    place: Position
    height: int
    """That of the node around it."""


def height_of(node: Node) -> int:
    """The height of a node as it stands, which an unfolded block shares with its inside."""
    if shows_inside(node) and isinstance(node.layer, Block):
        return inset_of(node.layer).height
    return node_height(node.layer)


def shows_inside(node: Node) -> bool:
    """Whether a block is unfolded where it stands. While it is bypassed, its wire runs there instead."""
    return node.unfolded and not node.bypassed


@lru_cache(maxsize=4_096)
def inset_drawing(block: Block) -> Graph:
    """The inside of a block as it lies in its node: turned downwards, as what flows to the right is too wide for it."""
    if block.inside.direction == "down":
        return block.inside
    # It lays nodes out by the measures of this module.
    from engine.tidy import tidied

    return tidied(block.inside.flow("down"))


@lru_cache(maxsize=4_096)
def inset_of(block: Block) -> Inset:
    """How the inside of a block lies in its node once that is unfolded."""
    drawing = inset_drawing(block)
    nodes = drawing.nodes
    left, top = (min((node.position[axis] for node in nodes), default=0.0) for axis in (0, 1))
    if any(len(drawing.incoming(node.id)) > 1 for node in nodes):
        left -= LANE
    width = max((node.position[0] for node in nodes), default=0.0) + NODE_WIDTH - left
    height = max((node.position[1] + height_of(node) for node in nodes), default=top) - top
    scale = min(1.0, (NODE_WIDTH - 2 * INSET_PADDING) / width)
    place = ((NODE_WIDTH - width * scale) / 2, float(NODE_HEIGHT_WITH_SUMMARY))
    whole = NODE_HEIGHT_WITH_SUMMARY + height * scale + INSET_PADDING
    return Inset(scale, (left, top), place, 2 * math.ceil(whole / 2))


def below(node: Node, direction: Direction = "down") -> Position:
    """Where a node stands that follows this one in a stack: under it or, where values flow to the right, beside it."""
    flow = flow_of(direction)
    across, along = flow.turned(node.position)
    return flow.turned((across, along + flow.length_of(node) + flow.gap))


def shifted(network: Graph, node_ids: Iterable[str], step: float) -> Graph:
    """The network with these nodes moved along the flow."""
    flow = flow_of(network.direction)
    places = {node_id: flow.turned(network.node(node_id).position) for node_id in node_ids}
    return network.move({node_id: flow.turned((across, along + step)) for node_id, (across, along) in places.items()})


def room_for(network: Graph, node_id: str, layer: Layer) -> Graph:
    """The network with ``node_id`` and all that follows it pushed on, to make room for this layer before it."""
    flow = flow_of(network.direction)
    return shifted(network, {node_id, *network.descendants(node_id)}, flow.length(layer) + flow.gap)


def stacked(network: Graph) -> Graph:
    """The network with its nodes in one line, in the order in which values flow."""
    flow, along = flow_of(network.direction), 0.0
    positions: dict[str, Position] = {}
    for node_id in network.order:
        positions[node_id] = flow.turned((0.0, along))
        along += flow.length_of(network.node(node_id)) + flow.gap
    return network.move(positions)
