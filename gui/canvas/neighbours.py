"""Which layer comes next when one walks a network by keys. Values only."""

from typing import Literal

from engine.graph import Graph, Node
from engine.layout import GAP, NODE_HEIGHT_WITH_SUMMARY, NODE_WIDTH

Way = Literal["down", "up", "left", "right"]

_ROW = NODE_HEIGHT_WITH_SUMMARY + GAP


def reading_order(network: Graph) -> tuple[str, ...]:
    """Each layer after all that feed it, and one branch after the other; from the left where several begin."""
    waiting = {node.id: len(set(network.predecessors(node.id))) for node in network.nodes}
    ready = sorted((node for node in network.nodes if not waiting[node.id]), key=_from_the_right)
    order: list[str] = []
    while ready:
        node = ready.pop()
        order.append(node.id)
        opened: list[Node] = []
        for target in {wire.target for wire in network.outgoing(node.id)}:
            waiting[target] -= 1
            if not waiting[target]:
                opened.append(network.node(target))
        ready += sorted(opened, key=_from_the_right)
    return tuple(order)


def neighbour(network: Graph, at: str, way: Way) -> str | None:
    """Where an arrow leads: along the flow to what a layer feeds, against it to what feeds it, across to a sibling."""
    onward: tuple[Way, Way] = ("right", "left") if network.direction == "right" else ("down", "up")
    if way == onward[0]:
        return _straightest(network, at, [wire.target for wire in network.outgoing(at)], way)
    if way == onward[1]:
        return _straightest(network, at, list(network.predecessors(at)), way)
    return _beside(network, at, siblings(network, at), way) or _beside(network, at, _in_line(network, at, way), way)


def siblings(network: Graph, at: str) -> list[str]:
    """The layers that are fed by the same as this one, or feed the same; the ends of a network are each other's."""
    sources, targets = network.predecessors(at), [wire.target for wire in network.outgoing(at)]
    found = {wire.target for source in sources for wire in network.outgoing(source)}
    found |= {source for target in targets for source in network.predecessors(target)}
    if not sources:
        found |= {node.id for node in network.nodes if not network.incoming(node.id)}
    return sorted(found - {at})


def _straightest(network: Graph, at: str, ends: list[str], way: Way) -> str | None:
    """The end that lies least to the side; of two, the one on the left or above."""
    across = 1 if way in ("left", "right") else 0
    here = network.node(at).position[across]

    def aside(end: str) -> tuple[float, float]:
        there = network.node(end).position[across]
        return abs(there - here), there

    return min(ends, key=aside, default=None)


def _beside(network: Graph, at: str, others: list[str], way: Way) -> str | None:
    """The nearest of these that lies on that side."""
    along = 0 if way in ("left", "right") else 1
    sign = 1 if way in ("right", "down") else -1
    here = network.node(at).position

    def distance(other: str) -> float:
        return sign * (network.node(other).position[along] - here[along])

    return min((other for other in others if distance(other) > 0), key=distance, default=None)


def _in_line(network: Graph, at: str, way: Way) -> list[str]:
    """The layers that stand in one row with this one, or in one column."""
    x, y = network.node(at).position
    if way in ("left", "right"):
        return [node.id for node in network.nodes if abs(node.position[1] - y) < _ROW]
    return [node.id for node in network.nodes if abs(node.position[0] - x) < NODE_WIDTH]


def _from_the_right(node: Node) -> tuple[float, float]:
    return (-node.position[0], -node.position[1])
