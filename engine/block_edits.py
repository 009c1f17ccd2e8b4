"""What a person does with blocks: makes them, takes them apart, names them, and chooses what each use may set.

Each answers with the edited network, or raises `ProjectError` where that cannot be.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from engine.blocks import (
    Blueprint,
    Exposed,
    Target,
    block_of,
    blueprints,
    carried,
    check_blueprint,
    layers_of,
    renewed,
    substance,
)
from engine.errors import ProjectError
from engine.graph import Graph, Node, Position, Wire
from engine.layers import Input, Layer, Output, Twin
from engine.layout import GAP, below, flow_of, shifted
from engine.tidy import tidied

MOST_UNPACKED = 5_000


def made_block(network: Graph, node_ids: Iterable[str], name: str) -> tuple[Graph, str]:
    """The network with these nodes as one block, which stands where they stood; and the id of that."""
    chosen = {node_id: network.node(node_id) for node_id in node_ids}
    _check_choice(network, chosen)
    entering, leaving = _entering(network, chosen), _leaving(network, chosen)
    blueprint = Blueprint(name, _drawn(network.part(chosen), entering, leaving))
    check_blueprint(blueprint)
    block = blueprint.kind()
    turned = flow_of(network.direction).turned
    first = min(chosen.values(), key=lambda node: turned(node.position)[1])
    new = Node(network.new_id(type(block)), block, first.position)
    sources = [wires[0].source for wires in entering if wires[0].source]
    followers = [wire for node_id in chosen for wire in network.outgoing(node_id) if wire.target not in chosen]
    kept = tuple(wire for wire in network.wires if wire.source not in chosen and wire.target not in chosen)
    graph = replace(
        network,
        nodes=_in_place_of(network.nodes, chosen, (new,)),
        wires=(
            *kept,
            *(Wire(source, new.id, port) for port, source in enumerate(sources)),
            *(Wire(new.id, wire.target, wire.port) for wire in followers),
        ),
    )
    step = _end(network, [new]) - _end(network, chosen.values())
    return shifted(graph, graph.descendants(new.id), step), new.id


def unpacked(network: Graph, node_id: str) -> tuple[Graph, tuple[str, ...]]:
    """The network with the layers of a block in its place, as often as it is repeated; and their ids."""
    node, block = network.node(node_id), block_of(network, node_id)
    if layers_of(block) > MOST_UNPACKED:
        raise ProjectError(f"{node_id} holds {layers_of(block):,} layers.", expected=f"At most {MOST_UNPACKED:,}.")
    rest = network.remove([node_id], heal=False)
    graph, made = rest, list[Node]()
    arriving = {wire.port: wire.source for wire in network.incoming(node_id)}
    inside = block.inside
    if inside.direction != network.direction:
        inside = tidied(inside.flow(network.direction))
    turned = flow_of(network.direction).turned
    across, along = turned(node.position)
    for _ in range(block.repeat):
        graph, copied, arriving = _poured(graph, node, inside, arriving, turned((across, along)))
        made += copied
        along = _end(network, copied, along)
    leaving = tuple(Wire(arriving[0], wire.target, wire.port) for wire in network.outgoing(node_id) if arriving.get(0))
    graph = replace(graph, nodes=_in_place_of(network.nodes, {node_id: node}, tuple(made)), wires=graph.wires + leaving)
    if made:
        # What is written inside comes along once, beside the first of the repetitions.
        origin = next(one for one in inside.nodes if not isinstance(one.layer, Input | Output)).position
        offset = (made[0].position[0] - origin[0], made[0].position[1] - origin[1])
        graph, _ = graph.merge(replace(inside, nodes=(), wires=()), offset)
    step = along - _end(network, [node])
    followers = {wire.target for wire in network.outgoing(node_id)}
    moving = (followers | graph.descendants(*followers)) - {one.id for one in made}
    return shifted(graph, moving, step), tuple(one.id for one in made)


def made_unique(network: Graph, node_id: str, name: str) -> Graph:
    """The network with one use turned into a block of its own, which the others no longer follow."""
    block = block_of(network, node_id)
    blueprint = replace(block.blueprint, name=name)
    check_blueprint(blueprint)
    return network.replace_layer(node_id, carried(block, blueprint))


def renamed_block(network: Graph, old: str, new: str) -> Graph:
    """The network, which is the whole project's, with a block called otherwise."""
    known = blueprints(network)
    if new in known and new != old:
        raise ProjectError(f"There is a block called “{new}” already.")
    blueprint = replace(known[old], name=new)
    check_blueprint(blueprint)
    return renewed(network, {old: blueprint})


def described_block(network: Graph, name: str, help: str) -> Graph:
    """The network, which is the whole project's, with another sentence on what a block is for."""
    return renewed(network, {name: replace(blueprints(network)[name], help=help)})


def exposed_setting(network: Graph, block: str, name: str, target: Target) -> Graph:
    """The network, which is the whole project's, with a setting inside a block that each use may have otherwise.

    Where the block has a setting of this name, that reaches one place more.
    """
    blueprint = blueprints(network)[block]
    found = {exposed.name: exposed for exposed in blueprint.exposed}
    before = found.get(name, Exposed(name, ())).targets
    others = tuple(one for one in before if (one.node, one.setting) != (target.node, target.setting))
    found[name] = Exposed(name, (*others, target))
    changed = replace(blueprint, exposed=tuple(found.values()))
    check_blueprint(changed)
    return renewed(network, {block: changed})


def hidden_setting(network: Graph, block: str, name: str) -> Graph:
    """The network, which is the whole project's, with a setting that no use has otherwise any more."""
    blueprint = blueprints(network)[block]
    rest = tuple(exposed for exposed in blueprint.exposed if exposed.name != name)
    return renewed(network, {block: replace(blueprint, exposed=rest)})


def released_setting(network: Graph, block: str, target: Target) -> Graph:
    """The network, which is the whole project's, with a setting inside a block that no use reaches any more."""
    blueprint = blueprints(network)[block]
    place = (target.node, target.setting)
    kept = (
        replace(one, targets=tuple(found for found in one.targets if (found.node, found.setting) != place))
        for one in blueprint.exposed
    )
    return renewed(network, {block: replace(blueprint, exposed=tuple(one for one in kept if one.targets))})


def renamed_setting(network: Graph, block: str, old: str, new: str) -> Graph:
    """The network, which is the whole project's, with an exposed setting called otherwise; uses keep their values."""
    blueprint = blueprints(network)[block]
    exposed = tuple(replace(one, name=new) if one.name == old else one for one in blueprint.exposed)
    changed = replace(blueprint, exposed=exposed)
    check_blueprint(changed)
    return renewed(network, {block: changed}, {(block, old): new})


def adopted(network: Graph, pasted: Graph) -> Graph:
    """``pasted`` as it can be part of ``network``'s project: blocks of which that has another under the same name get
    a new one.
    """
    known, changed = blueprints(network), dict[str, Blueprint]()
    for name, blueprint in blueprints(pasted).items():
        there = known.get(name)
        if there is None or there == blueprint:
            continue
        if there.exposed == blueprint.exposed and substance(there.graph) == substance(blueprint.graph):
            changed[name] = there
        else:
            changed[name] = replace(blueprint, name=free_name(name, {*known, *blueprints(pasted)}))
            known[changed[name].name] = changed[name]
    return renewed(pasted, changed) if changed else pasted


def free_name(stem: str, taken: Iterable[str]) -> str:
    """A name for a block that no other has: ``Stage``, ``Stage2`` …"""
    names = {*taken, *Layer.kinds}
    number, name = 1, stem
    while name in names:
        number += 1
        name = f"{stem}{number}"
    return name


def uses(network: Graph, name: str) -> int:
    """How often a block is drawn in a network, in the drawings of others too."""
    drawings = [network, *(blueprint.graph for blueprint in blueprints(network).values())]
    return sum(type(node.layer).__name__ == name for drawing in drawings for node in drawing.nodes)


def _check_choice(network: Graph, chosen: Mapping[str, Node]) -> None:
    if not chosen:
        raise ProjectError("A block needs a layer to hold.", fix="Select layers first.")
    for node in chosen.values():
        if isinstance(node.layer, Input | Output):
            raise ProjectError(
                f"{node.id} is an end of the network and stays outside a block.", fix="Leave it out of the selection."
            )
    for node in network.nodes:
        if (
            isinstance(node.layer, Twin)
            and node.layer.of in network
            and (node.id in chosen) != (node.layer.of in chosen)
        ):
            lacking = node.layer.of if node.id in chosen else node.id
            raise ProjectError(
                f"{node.id} uses the weights of {node.layer.of}, so both go into the block or neither.",
                fix=f"Select {lacking} as well.",
            )
    after, before = network.descendants(*chosen), network.ancestors(*chosen)
    for node in network.nodes:
        if node.id in after and node.id in before and node.id not in chosen:
            raise ProjectError(
                f"{node.id} lies between the selected layers, so they cannot be one block without it.",
                fix=f"Select {node.id} as well.",
            )


def _entering(network: Graph, chosen: Mapping[str, Node]) -> list[list[Wire]]:
    """The wires that enter, those of one source together; where none does, one to each layer that lacks its input."""
    by_source: dict[str, list[Wire]] = {}
    for node_id in chosen:
        for wire in network.incoming(node_id):
            if wire.source not in chosen:
                by_source.setdefault(wire.source, []).append(wire)
    if by_source:
        return list(by_source.values())
    return [[Wire("", node_id)] for node_id in chosen if not network.incoming(node_id)]


def _leaving(network: Graph, chosen: Mapping[str, Node]) -> str:
    """The one node whose values leave."""
    leaving = [name for name in chosen if any(wire.target not in chosen for wire in network.outgoing(name))]
    ends = leaving or [name for name in chosen if not network.outgoing(name)]
    if len(ends) > 1:
        raise ProjectError(
            f"A block answers with one value, but {ends[0]} and {ends[1]} both lead out of it.",
            fix="Select fewer layers, or the one where they meet as well.",
        )
    return ends[0]


def _drawn(part: Graph, entering: Sequence[Sequence[Wire]], leaving: str) -> Graph:
    """The drawing of a block: its part of the network between an Input for each source and an Output."""
    graph, flow = part, flow_of(part.direction)
    start = min(flow.turned(node.position)[1] for node in part.nodes) - flow.length(Input()) - flow.gap
    for number, wires in enumerate(entering):
        aside = flow.turned(part.node(wires[0].target).position)[0] + number * (flow.breadth + GAP)
        door = Node(graph.new_id(Input), Input(), flow.turned((aside, start)))
        graph = graph.add(door)
        for wire in wires:
            graph = graph.connect(door.id, wire.target, wire.port)
    aside = flow.turned(part.node(leaving).position)[0]
    exit_ = Node(graph.new_id(Output), Output(), flow.turned((aside, _end(part, part.nodes))))
    return graph.add(exit_).connect(leaving, exit_.id)


def _poured(
    graph: Graph, node: Node, inside: Graph, arriving: Mapping[int, str], place: Position
) -> tuple[Graph, list[Node], dict[int, str]]:
    """The graph with one copy of a block's layers; they; and what leaves them, as what arrives at the next."""
    doors = [one.id for one in inside.nodes if isinstance(one.layer, Input)]
    origin = {door: arriving.get(port, "") for port, door in enumerate(doors)}
    layers = [one for one in inside.nodes if not isinstance(one.layer, Input | Output)]
    left = min((one.position[0] for one in layers), default=0.0)
    top = min((one.position[1] for one in layers), default=0.0)
    copied: list[Node] = []
    for one in layers:
        name = one.id if one.id not in graph else graph.new_id(type(one.layer))
        copy = replace(
            one,
            id=name,
            position=(place[0] + one.position[0] - left, place[1] + one.position[1] - top),
            frozen=one.frozen or node.frozen,
            bypassed=one.bypassed or node.bypassed,
        )
        graph, origin[one.id] = graph.add(copy), name
        copied.append(copy)
    copied = [replace(one, layer=one.layer.called(origin)) if isinstance(one.layer, Twin) else one for one in copied]
    graph = replace(graph, nodes=(*graph.nodes[: len(graph.nodes) - len(copied)], *copied))
    inner = tuple(
        Wire(origin[wire.source], origin[wire.target], wire.port)
        for wire in inside.wires
        if wire.target in origin and origin[wire.source]
    )
    end = next((one.id for one in inside.nodes if isinstance(one.layer, Output)), "")
    leaving = {wire.port: origin[wire.source] for wire in inside.incoming(end)} if end else {}
    return replace(graph, wires=graph.wires + inner), copied, leaving


def _in_place_of(nodes: Sequence[Node], gone: Mapping[str, Node], new: tuple[Node, ...]) -> tuple[Node, ...]:
    """The nodes with new ones where the first of those that are gone was."""
    first = next(number for number, node in enumerate(nodes) if node.id in gone)
    before = tuple(nodes[:first])
    return (*before, *new, *(node for node in nodes[first:] if node.id not in gone))


def _end(network: Graph, nodes: Iterable[Node], otherwise: float = 0.0) -> float:
    """Where along the flow what follows these nodes begins; with no nodes, where it would otherwise."""
    turned = flow_of(network.direction).turned
    return max((turned(below(node, network.direction))[1] for node in nodes), default=otherwise)
