"""Room for unfolded blocks: where one becomes taller, what stands behind it moves on; where it becomes lower, back."""

from collections.abc import Mapping

from msgspec.structs import replace

from engine.blocks import blueprints, renewed
from engine.graph import Graph
from engine.layout import height_of


def folded(network: Graph, node_id: str, *, unfolded: bool) -> Graph:
    """The network with a block unfolded, what follows it making room; or folded, what follows it closing up."""
    return _spaced(network, network.unfold(node_id, unfolded))


def with_room(before: Graph, after: Graph) -> Graph:
    """An edited network in which each unfolded block has the room that the edit has left it; inside blocks too.

    What the edit itself has moved stays where it is. The same network where all have room.
    """
    if not _shows_inside(after):
        return after
    known = blueprints(before)
    # Those inside others come first, so each is as tall as it will be before the one around it is looked at.
    for name in blueprints(after):
        if name not in known:
            continue
        blueprint = blueprints(after)[name]
        graph = _spaced(known[name].graph, blueprint.graph)
        if graph is not blueprint.graph:
            after = renewed(after, {name: replace(blueprint, graph=graph)})
    return _spaced(before, after)


def _shows_inside(network: Graph) -> bool:
    drawings = [network, *(blueprint.graph for blueprint in blueprints(network).values())]
    return any(node.unfolded for drawing in drawings for node in drawing.nodes)


def _spaced(before: Graph, after: Graph) -> Graph:
    """A drawing with what is behind its unfolded blocks moved by as much as these have grown."""
    grown: dict[str, float] = {}
    for node in after.nodes:
        if node.id in before and (node.unfolded or before.node(node.id).unfolded):
            grown[node.id] = height_of(node) - height_of(before.node(node.id))
    if not any(grown.values()):
        return after
    steps = _following(after, grown) if after.direction == "down" else _beneath(before, grown)
    places = {node.id: node.position for node in after.nodes if node.id in before and steps.get(node.id)}
    kept = {name: place for name, place in places.items() if before.node(name).position == place}
    return after.move({name: (x, y + steps[name]) for name, (x, y) in kept.items()}) if kept else after


def _following(network: Graph, grown: Mapping[str, float]) -> dict[str, float]:
    """How far down each node moves that follows one that has grown; behind several branches, as far as any needs."""
    steps: dict[str, float] = {}
    for node_id in network.order:
        feeding = [source for source in network.predecessors(node_id) if source in grown or source in steps]
        if feeding:
            steps[node_id] = max(grown.get(source, 0) + steps.get(source, 0) for source in feeding)
    return steps


def _beneath(network: Graph, grown: Mapping[str, float]) -> dict[str, float]:
    """How far down each node moves that stands lower than one that has grown: the lines of nodes stay straight."""
    floors = {name: network.node(name).position[1] + height_of(network.node(name)) for name in grown}
    return {
        node.id: sum(step for name, step in grown.items() if node.id != name and node.position[1] >= floors[name])
        for node in network.nodes
    }
