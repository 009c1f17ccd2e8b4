"""Blocks: several layers as one. A block that a person has drawn is a kind of layer like any other.

A `Blueprint` holds the drawing and the settings that each use may have otherwise. `Blueprint.kind` is the layer that it
makes: its fields are those settings and ``repeat``, so palette, form, file and tooltip need not know of blocks.
Equal blueprints have one kind, and a node that uses it carries the whole drawing: a network is complete by itself.
"""

import math
import weakref
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Any, ClassVar

import msgspec
from msgspec.structs import replace

from engine.call import Call
from engine.errors import LayerloomError, ProjectError, SettingError
from engine.graph import Graph, Node
from engine.ids import check_id
from engine.layers import Input, Layer, Output
from engine.spec import Field, Shape, SpecMeta, abbreviate, integer

MOST_REPEATS = 1_000
LONGEST_HELP = 1_000
DEEPEST = 16
"""How many blocks may lie inside one another."""
_TAKEN = frozenset({"repeat", "self", "super", "range", "nn", "torch"})
"""What a setting cannot be called: each block has the first, and the code of its class needs the others."""


class Target(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A setting inside a block that one outside reaches: it is that one, ``times`` as large where it is a number."""

    node: str
    setting: str
    times: int = 1


class Exposed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A setting that each use of a block may have otherwise, and what inside it reaches."""

    name: str
    targets: tuple[Target, ...]


class Blueprint(msgspec.Struct, frozen=True, dict=True):
    """What a block is: its name, its drawing, the settings that it shows outside, and a sentence of help.

    Values enter at the drawing's Inputs, in their order, and leave at its Output.
    """

    name: str
    graph: Graph
    exposed: tuple[Exposed, ...] = ()
    help: str = ""

    @cached_property
    def kind(self) -> "type[Block]":
        """The layer that this is, the same for equal blueprints."""
        kind = _kinds.get(self)
        if kind is None:
            kind = _kinds[self] = _made(self)
        return kind

    @cached_property
    def depth(self) -> int:
        """How many blocks lie inside one another here, this one counted."""
        return 1 + max((inner.depth for inner in self.inner), default=0)

    @property
    def inner(self) -> "Iterator[Blueprint]":
        """The blueprints of the blocks that are drawn inside."""
        return (node.layer.blueprint for node in self.graph.nodes if isinstance(node.layer, Block))

    def field(self, exposed: Exposed) -> Field:
        """A setting as it is shown outside: what it is inside, at the first place that it reaches, and within the
        limits of them all.
        """
        first, *others = (self._field_of(target) for target in exposed.targets)
        for other in others:
            first = replace(
                first,
                low=None if first.low is None or other.low is None else max(first.low, other.low),
                high=None if first.high is None or other.high is None else min(first.high, other.high),
                options=tuple(option for option in first.options if option in other.options),
            )
        return replace(first, name=exposed.name)

    def _field_of(self, target: Target) -> Field:
        layer = self.graph.node(target.node).layer
        inside, value = layer.declared[target.setting], getattr(layer, target.setting)
        if target.times == 1:
            return replace(inside, default=value)
        low, high = math.ceil((inside.low or 0) / target.times), (inside.high or 0) // target.times
        return replace(inside, default=max(1, value // target.times), low=max(1, low), high=int(high))


class Block(Layer, frozen=True):
    """Base of the layers that people have drawn."""

    listed = False
    family = "Block"
    formula = ""
    blueprint: ClassVar[Blueprint]

    repeat: int = integer(1, low=1, high=MOST_REPEATS, help="How many of it follow each other.")

    @property
    def inside(self) -> Graph:
        """The drawing with the settings of this use."""
        return _inside(self)

    def module(self, *shapes: Shape) -> Call | None:
        raise NotImplementedError("A block is made of the layers inside it.")

    def summary(self) -> str:
        words = [f"{self.repeat} times"] if self.repeat > 1 else []
        return ", ".join([*words, self.settings_in_words()])

    def settings_in_words(self) -> str:
        """What this use has set; a block without settings of its own says how much is inside."""
        names = [exposed.name for exposed in self.blueprint.exposed]
        words = [f"{name.replace('_', ' ')} {_in_words(getattr(self, name))}" for name in names]
        count = sum(not isinstance(node.layer, Input | Output) for node in self.blueprint.graph.nodes)
        return ", ".join(words) or ("1 layer" if count == 1 else f"{count} layers")

    def __reduce__(self) -> tuple[Any, ...]:
        # Its class cannot be found by name in another process.
        return (_revived, (self.blueprint, msgspec.structs.asdict(self)))


_kinds: "weakref.WeakValueDictionary[Blueprint, type[Block]]" = weakref.WeakValueDictionary()


def check_blueprint(blueprint: Blueprint) -> None:
    """Raises `ProjectError` unless this can be a block: the check of whatever a person or a file names."""
    check_id(blueprint.name, "block")
    if blueprint.name in Layer.kinds:
        raise ProjectError(f"A block cannot be called “{blueprint.name}”: there is a layer of this name.")
    if blueprint.depth > DEEPEST:
        raise ProjectError(f"Blocks lie more than {DEEPEST} deep inside one another.")
    names = [exposed.name for exposed in blueprint.exposed]
    for exposed in blueprint.exposed:
        check_id(exposed.name, "setting")
        if exposed.name in _TAKEN or hasattr(Layer, exposed.name) or names.count(exposed.name) > 1:
            raise ProjectError(f"A setting of {blueprint.name} cannot be called “{exposed.name}”: the name is taken.")
        if not exposed.targets:
            raise ProjectError(f"The setting “{exposed.name}” of {blueprint.name} reaches nothing inside.")
        for target in exposed.targets:
            _check_target(blueprint, exposed, target)
        default = blueprint.field(exposed).default
        try:
            _spread(blueprint.graph, exposed, default)
        except SettingError:
            raise ProjectError(
                f"The setting “{exposed.name}” of {blueprint.name} is {_in_words(default)}, which cannot be everywhere "
                "that it reaches.",
                fix="Set it so that it fits each of these layers first.",
            ) from None


def blueprints(network: Graph) -> dict[str, Blueprint]:
    """The blueprints that a network uses, by name; those inside others come before them."""
    found: dict[str, Blueprint] = {}
    for node in network.nodes:
        if isinstance(node.layer, Block) and type(node.layer).__name__ not in found:
            found |= blueprints(node.layer.blueprint.graph)
            found[node.layer.blueprint.name] = node.layer.blueprint
    return found


def check_names(network: Graph) -> None:
    """Raises `ProjectError` where two different blocks have one name: a file could hold only one of them."""
    found: dict[str, Blueprint] = {}
    drawings = [network]
    while drawings:
        for node in drawings.pop().nodes:
            if not isinstance(node.layer, Block):
                continue
            blueprint = node.layer.blueprint
            there = found.get(blueprint.name)
            if there is None:
                found[blueprint.name] = blueprint
                drawings.append(blueprint.graph)
            elif there is not blueprint and there != blueprint:
                raise ProjectError(f"Two different blocks are called “{blueprint.name}”.", fix="Choose another name.")


@lru_cache(maxsize=4_096)
def layers_of(layer: Layer) -> int:
    """How many layers a layer is once its blocks are written out."""
    return layer.repeat * sum(layers_of(node.layer) for node in layer.inside.nodes) if isinstance(layer, Block) else 1


def takes(layer: Layer, shape: Shape) -> bool:
    """Whether a sample of this shape has a rank that a layer takes, or a block's layers at its first Input."""
    if not isinstance(layer, Block):
        return layer.accepts.takes(shape)
    graph = layer.blueprint.graph
    door = next((node.id for node in graph.nodes if isinstance(node.layer, Input)), "")
    return all(takes(graph.node(wire.target).layer, shape) for wire in graph.outgoing(door))


def substance(network: Graph) -> object:
    """What a network computes, as a value that compares: where its layers stand, in blocks too, is no matter."""
    nodes = {node.id: (_substance_of(node.layer), node.frozen, node.bypassed) for node in network.nodes}
    return nodes, frozenset(network.wires)


def opened(network: Graph, place: tuple[str, ...]) -> Graph:
    """The drawing at a place: the ids of the blocks that lead there, from outside in. Raises `ProjectError`."""
    for node_id in place:
        network = block_of(network, node_id).inside
    return network


def block_of(network: Graph, node_id: str) -> Block:
    """The use of a block that is this node. Raises `ProjectError` where it is none."""
    layer = network.node(node_id).layer
    if not isinstance(layer, Block):
        raise ProjectError(f"{node_id} is no block.")
    return layer


def block_at(network: Graph, place: tuple[str, ...]) -> Block | None:
    """The use of a block whose drawing is at a place; None: it is the network itself. Raises `ProjectError`."""
    layer = opened(network, place[:-1]).node(place[-1]).layer if place else None
    return layer if isinstance(layer, Block) else None


def place_of(network: Graph, name: str) -> tuple[str, ...]:
    """The place of the first use of a block; empty where there is none."""
    for node in network.nodes:
        if not isinstance(node.layer, Block):
            continue
        if node.layer.blueprint.name == name:
            return (node.id,)
        if inner := place_of(node.layer.blueprint.graph, name):
            return (node.id, *inner)
    return ()


def closed(network: Graph, place: tuple[str, ...], edited: Graph) -> Graph:
    """The network with the drawing at a place edited. Every use of that block follows; what a use may have otherwise
    is changed for the use alone through which it was opened. Raises `ProjectError` where that cannot be.
    """
    changed: dict[str, Blueprint] = {}
    network = _put_back(network, place, edited, changed)
    return renewed(network, changed) if changed else network


def renewed(
    network: Graph,
    changed: Mapping[str, Blueprint],
    settings: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> Graph:
    """The network with these blueprints in place of those of their names; ``settings`` are new names of exposed ones,
    by block and old name. Raises `ProjectError` where a block would contain itself.
    """
    for name, blueprint in changed.items():
        _check_apart(name, blueprint, changed)
    made: dict[str, Blueprint] = {}

    def blueprint_of(old: Blueprint) -> Blueprint:
        if old.name not in made:
            new = _with_names(changed.get(old.name, old), settings)
            graph = graph_of(new.graph)
            made[old.name] = new if graph is new.graph else replace(_following(new, graph), graph=graph)
        return made[old.name]

    def graph_of(graph: Graph) -> Graph:
        nodes = tuple(node_of(node) for node in graph.nodes)
        if all(new is old for new, old in zip(nodes, graph.nodes, strict=True)):
            return graph
        return _fitted(replace(graph, nodes=nodes))

    def node_of(node: Node) -> Node:
        if not isinstance(node.layer, Block):
            return node
        old = node.layer.blueprint
        new = blueprint_of(old)
        names = {before: after for (block, before), after in settings.items() if block == old.name}
        return node if new.kind is type(node.layer) else replace(node, layer=carried(node.layer, new, names))

    return graph_of(network)


def carried(layer: Block, blueprint: Blueprint, names: Mapping[str, str] = MappingProxyType({})) -> Block:
    """A use of another blueprint with the settings that both have; ``names``: what some are called there."""
    made = blueprint.kind()
    for name, field in layer.declared.items():
        value, new = getattr(layer, name), names.get(name, name)
        if new in made.declared and value != field.default:
            try:
                made = made.with_setting(new, value)
            except LayerloomError:
                # Outside what the other allows: it keeps its own.
                continue
    return made


def _put_back(network: Graph, place: tuple[str, ...], edited: Graph, changed: dict[str, Blueprint]) -> Graph:
    if not place:
        return edited
    layer = block_of(network, place[0])
    inside = _put_back(layer.inside, place[1:], edited, changed)
    if inside is layer.inside:
        return network
    blueprint, use = _taken_over(layer, inside)
    if blueprint != layer.blueprint:
        check_blueprint(blueprint)
        changed[blueprint.name] = blueprint
    return network if use == layer else _fitted(network.replace_layer(place[0], use))


def _taken_over(layer: Block, inside: Graph) -> tuple[Blueprint, Block]:
    """The blueprint and the use that an edited drawing stands for."""
    blueprint = _following(layer.blueprint, inside)
    values: dict[str, Any] = {}
    graph = inside
    for exposed in blueprint.exposed:
        default = blueprint_value(layer.blueprint, exposed.name)
        value = _value_inside(layer, exposed, inside)
        values[exposed.name] = value
        graph = _spread(graph, exposed, default)
    made = replace(blueprint, graph=graph)
    return made, carried(layer, made).with_settings(values)


def blueprint_value(blueprint: Blueprint, name: str) -> Any:
    """What a setting is where a use does not say otherwise."""
    return blueprint.kind.declared[name].default


def _value_inside(layer: Block, exposed: Exposed, inside: Graph) -> Any:
    """What a setting has become inside; where it reaches several places, the one that was changed counts."""
    before = getattr(layer, exposed.name)
    for target in exposed.targets:
        value = getattr(inside.node(target.node).layer, target.setting)
        if target.times != 1 and value % target.times:
            raise ProjectError(
                f"{target.node}.{target.setting} is {target.times} times “{exposed.name}”, so it cannot be {value:,}."
            )
        value = value // target.times if target.times != 1 else value
        if value != before:
            return value
    return before


def _following(blueprint: Blueprint, inside: Graph) -> Blueprint:
    """With the targets of its settings following renamed layers, and without those that are gone."""
    names = {node.id: node.id for node in inside.nodes}
    if len(inside.nodes) == len(blueprint.graph.nodes):
        pairs = zip(blueprint.graph.nodes, inside.nodes, strict=True)
        names |= {old.id: new.id for old, new in pairs if old.id not in inside}
    kept: list[Exposed] = []
    for exposed in blueprint.exposed:
        targets = tuple(
            replace(target, node=names[target.node])
            for target in exposed.targets
            if target.node in names and target.setting in inside.node(names[target.node]).layer.declared
        )
        if targets:
            kept.append(replace(exposed, targets=targets))
    return replace(blueprint, exposed=tuple(kept))


def _spread(graph: Graph, exposed: Exposed, value: Any) -> Graph:
    """The graph with a setting at all the places that it reaches."""
    for target in exposed.targets:
        layer = graph.node(target.node).layer
        wanted = value * target.times if target.times != 1 else value
        if getattr(layer, target.setting) != wanted:
            graph = graph.replace_layer(target.node, layer.with_setting(target.setting, wanted))
    return graph


def _fitted(network: Graph) -> Graph:
    """Without the wires to inputs that a changed block no longer has."""
    surplus = [
        wire
        for wire in network.wires
        if (inputs := network.node(wire.target).layer.inputs) is not None and wire.port >= inputs
    ]
    return network.disconnect(*surplus) if surplus else network


def _with_names(blueprint: Blueprint, settings: Mapping[tuple[str, str], str]) -> Blueprint:
    """With the targets of its settings following renamed settings of the blocks inside."""
    if not settings:
        return blueprint

    def followed(target: Target) -> Target:
        kind = type(blueprint.graph.node(target.node).layer).__name__
        return replace(target, setting=settings.get((kind, target.setting), target.setting))

    exposed = tuple(replace(one, targets=tuple(map(followed, one.targets))) for one in blueprint.exposed)
    return blueprint if exposed == blueprint.exposed else replace(blueprint, exposed=exposed)


def _check_apart(name: str, blueprint: Blueprint, changed: Mapping[str, Blueprint]) -> None:
    inner = list(blueprint.inner)
    seen: set[str] = set()
    while inner:
        found = inner.pop()
        if found.name == name:
            raise ProjectError(f"{name} cannot lie inside itself.", fix="Use another block there, or unpack it.")
        if found.name not in seen:
            seen.add(found.name)
            inner += changed.get(found.name, found).inner


def _check_target(blueprint: Blueprint, exposed: Exposed, target: Target) -> None:
    where = f"The setting “{exposed.name}” of {blueprint.name}"
    layer = blueprint.graph.node(target.node).layer
    if target.setting not in layer.declared:
        shown = abbreviate(target.setting, 60)
        raise ProjectError(f"{where} reaches “{shown}” of {target.node}, which has no such setting.")
    kind = layer.declared[target.setting].kind
    if target.times < 1 or (target.times > 1 and kind != "integer"):
        raise ProjectError(f"{where} cannot be multiplied by {target.times} for {target.node}.{target.setting}.")
    first = exposed.targets[0]
    if target is first and target.times > 1 and (value := getattr(layer, target.setting)) % target.times:
        raise ProjectError(
            f"{where} is a whole number, {target.times} times which cannot be the {value:,} of {target.node}.",
            fix=f"Give {target.node}.{target.setting} a multiple of {target.times}.",
        )
    if kind != blueprint.graph.node(first.node).layer.declared[first.setting].kind:
        raise ProjectError(f"{where} reaches settings of different kinds.")


@lru_cache(maxsize=4_096)
def _inside(layer: Block) -> Graph:
    graph = layer.blueprint.graph
    for exposed in layer.blueprint.exposed:
        graph = _spread(graph, exposed, getattr(layer, exposed.name))
    return graph


@lru_cache(maxsize=4_096)
def _substance_of(layer: Layer) -> object:
    return (layer.repeat, substance(layer.inside)) if isinstance(layer, Block) else layer


def _made(blueprint: Blueprint) -> type[Block]:
    fields = {exposed.name: blueprint.field(exposed) for exposed in blueprint.exposed}
    ends = sum(isinstance(node.layer, Input) for node in blueprint.graph.nodes)
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": blueprint.help or "A block of layers, drawn in this project.",
        "__annotations__": dict.fromkeys(fields, Any),
        "listed": False,
        "blueprint": blueprint,
        # While its Input is being replaced, a block keeps the wire to it.
        "inputs": max(ends, 1),
        **fields,
    }
    return SpecMeta(blueprint.name, (Block,), namespace, frozen=True)


def _revived(blueprint: Blueprint, settings: Mapping[str, Any]) -> Block:
    return blueprint.kind(**settings)


def _in_words(value: Any) -> str:
    return " × ".join(map(str, value)) if isinstance(value, tuple) else str(value)
