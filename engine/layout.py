"""How large nodes are and where new ones stand, in canvas units. Positions are the top left corner of a node."""

from engine.graph import Graph, Node, Position
from engine.layers import Input, Layer, Output

GRID = 4
NODE_WIDTH = 236
NODE_HEIGHT = 36
NODE_HEIGHT_WITH_SUMMARY = 54
GAP = 26


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
