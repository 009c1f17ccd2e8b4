"""The classes that blocks are in code: which there must be, what each is given, and how its layers are made.

A block that is used several times is one class. What differs between its uses becomes an argument: the settings that
a person has chosen for that, and sizes that follow from the shapes. Uses whose layers are not of the same kinds get a
class each.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

import msgspec
from msgspec.structs import replace

from engine.blocks import Block, Blueprint, blueprints
from engine.call import Call, quoted
from engine.export.definitions import sources
from engine.export.written import TAKEN, names_in
from engine.graph import Graph
from engine.layers import Input, Layer, Twin
from engine.layers.weighted import Weighted
from engine.report import NodeReport

_SIZES = {"Conv": "in_channels", "Linear": "in_features", "Norm": "num_features"}
"""What PyTorch calls the size that a layer takes from its input, by a part of the layer's name."""
_LARGEST_MULTIPLE = 16

Repetition = Literal["once", "alike", "first", "listed"]
"""How a block is repeated: all alike; the first otherwise than the rest; each by itself."""


class Instance(msgspec.Struct, frozen=True):
    """A drawing as one place of the network uses it, and what is known of its nodes there."""

    graph: Graph
    known: Mapping[str, NodeReport]
    use: Block | None = None

    @property
    def key(self) -> object:
        """Instances of one key are written alike."""
        entries = (node.id for node in self.graph.nodes if isinstance(node.layer, Input))
        return self.use, tuple(self.known[node_id].output_shape for node_id in entries)

    def holds_block(self, node_id: str) -> bool:
        """Whether a node is a block that is not skipped."""
        node = self.graph.node(node_id)
        return isinstance(node.layer, Block) and not node.bypassed

    def inner(self, node_id: str) -> "list[Instance]":
        """The drawing of a block inside, once for each repetition."""
        block = self.graph.node(node_id).layer
        assert isinstance(block, Block)
        return [Instance(block.inside, nodes, block) for nodes in self.known[node_id].inside]

    def call(self, node_id: str) -> Call | None:
        """The call behind a node that is no block; None: what arrives passes on."""
        node = self.graph.node(node_id)
        return None if node.bypassed else node.layer.module(*self.known[node_id].input_shapes)

    def module_of(self, node_id: str) -> str:
        """The node whose module works at a node: its own, or that of the layer whose twin it is."""
        node = self.graph.node(node_id)
        return node.layer.of if isinstance(node.layer, Twin) and not node.bypassed else node_id

    def use_of(self, node_id: str) -> Call | None:
        """How the module of a node is applied; None: to what arrives, as it stands."""
        layer, shapes = self.graph.node(node_id).layer, self.known[node_id].input_shapes
        if isinstance(layer, Twin) and self.module_of(node_id) != node_id:
            return layer.use_of(self.graph.node(layer.of).layer, *shapes)
        return layer.use(*shapes)

    def start_of(self, node_id: str) -> object:
        """How the weights of a node begin and are bound; the same for those that are written alike."""
        layer = self.graph.node(node_id).layer
        return (tuple(layer.beginnings().items()), layer.bound()) if isinstance(layer, Weighted) else None

    @property
    def modules(self) -> list[str]:
        """The nodes that are modules of the class, in order."""
        return [name for name in self.graph.order if self.holds_block(name) or _is_module(self.call(name))]


class Slot(msgspec.Struct, frozen=True):
    """A place in a constructor where a value is written: for a node, under a name, in one of its repetitions."""

    node: str
    name: str
    number: int = 0
    keyword: bool = False


class Made(msgspec.Struct, frozen=True):
    """The expression that makes a module: ``target(words)``."""

    target: str
    words: tuple[str, ...]
    is_module: ClassVar[bool] = True


class Class(msgspec.Struct, frozen=True):
    """A class of the source: the arguments it takes and how each of its modules is made, in order."""

    name: str
    arguments: tuple[str, ...]
    modules: Mapping[str, Made]
    instances: tuple[Instance, ...]
    """The places that it stands for, those that are written alike once."""

    @property
    def settings(self) -> tuple[str, ...]:
        """The arguments that a person has named, which are given by name."""
        use = self.instances[0].use
        return tuple(exposed.name for exposed in use.blueprint.exposed) if use else ()


def classes_of(network: Instance, name: str) -> list[Class]:
    """The class of each block and, last, that of the network itself; inner ones come before those that use them."""
    writer = _Writer(name, names_in(network.graph))
    found = _instances(network)
    blocks = [made for each in blueprints(network.graph).values() for made in writer.write_block(found.get(each, []))]
    return [*blocks, writer.write(name, [network])]


class _Writer:
    """Writes the classes from the inside out, so that each finds those that it uses."""

    def __init__(self, name: str, taken: Collection[str]) -> None:
        self._names = {name, *TAKEN, *sources(), *taken}
        self._known: dict[object, tuple[Class, dict[str, Any]]] = {}
        """For each instance its class, and the values of the arguments there."""

    def write_block(self, instances: Sequence[Instance]) -> list[Class]:
        """One class for all instances of a block whose layers are of the same kinds."""
        groups: dict[object, list[Instance]] = {}
        for instance in instances:
            groups.setdefault(self._signature(instance), []).append(instance)
        return [self.write(self._free_name(type(group[0].use).__name__), group) for group in groups.values()]

    def write(self, name: str, group: Sequence[Instance]) -> Class:
        """One class for all of these."""
        slots = [self._slots(instance, group) for instance in group]
        arguments = _Arguments(group, slots)
        words: dict[str, dict[Slot, str]] = {node_id: {} for node_id in group[0].modules}
        for slot in slots[0]:
            words[slot.node][slot] = arguments.word(slot, [values[slot] for values in slots])
        modules = {node_id: self._made(group[0], node_id, own) for node_id, own in words.items()}
        made = Class(name, arguments.names, modules, tuple(group))
        for number, instance in enumerate(group):
            self._known[instance.key] = (made, arguments.values(number))
        return made

    def _free_name(self, stem: str) -> str:
        stem = stem[0].upper() + stem[1:]
        number, name = 1, stem
        while name in self._names:
            number += 1
            name = f"{stem}{number}"
        self._names.add(name)
        return name

    def _signature(self, instance: Instance) -> object:
        """What must be the same for instances to share a class."""
        return tuple(self._part(instance, node_id) for node_id in instance.graph.order)

    def _part(self, instance: Instance, node_id: str) -> object:
        if instance.holds_block(node_id):
            inner = tuple(self._known[one.key][0].name for one in instance.inner(node_id))
            how = self._repetition(instance, node_id)
            return (how, inner) if how == "listed" else (how, inner[0])
        call = instance.call(node_id)
        if call is None or not call.is_module:
            return call, instance.module_of(node_id), instance.use_of(node_id)
        return call.target, len(call.arguments), instance.use_of(node_id), instance.start_of(node_id)

    def _repetition(self, instance: Instance, node_id: str) -> Repetition:
        first, *rest = [self._known[one.key] for one in instance.inner(node_id)]
        if not rest:
            return "once"
        if any(other != rest[0] or other[0] is not first[0] for other in rest):
            return "listed"
        return "alike" if first == rest[0] else "first"

    def _slots(self, instance: Instance, group: Sequence[Instance]) -> dict[Slot, Any]:
        slots: dict[Slot, Any] = {}
        for node_id in instance.modules:
            blocks = instance.holds_block(node_id)
            slots |= self._block_slots(instance, node_id) if blocks else _call_slots(instance, node_id, group)
        return slots

    def _block_slots(self, instance: Instance, node_id: str) -> dict[Slot, Any]:
        inner, how = instance.inner(node_id), self._repetition(instance, node_id)
        written = {"once": 1, "alike": 1, "first": 2, "listed": len(inner)}[how]
        slots: dict[Slot, Any] = {
            Slot(node_id, name, number): value
            for number, one in enumerate(inner[:written])
            for name, value in self._known[one.key][1].items()
        }
        return slots | ({Slot(node_id, "repeat"): len(inner)} if how in ("alike", "first") else {})

    def _made(self, instance: Instance, node_id: str, words: Mapping[Slot, str]) -> Made:
        if instance.holds_block(node_id):
            return self._repeated(instance, node_id, words)
        call = instance.call(node_id)
        assert call is not None
        return Made(call.name, tuple(f"{slot.name}={word}" if slot.keyword else word for slot, word in words.items()))

    def _repeated(self, instance: Instance, node_id: str, words: Mapping[Slot, str]) -> Made:
        how = self._repetition(instance, node_id)
        classes = [self._known[one.key][0] for one in instance.inner(node_id)]
        if how == "once":
            return Made(classes[0].name, tuple(_given(classes[0], node_id, 0, words)))

        def single(number: int) -> str:
            return f"{classes[number].name}({', '.join(_given(classes[number], node_id, number, words))})"

        if how == "listed":
            return Made("nn.Sequential", tuple(single(number) for number in range(len(classes))))
        count = words[Slot(node_id, "repeat")]
        if how == "alike":
            return Made("nn.Sequential", (f"*[{single(0)} for _ in range({count})]",))
        rest = str(int(count) - 1) if count.isdigit() else f"{count} - 1"
        return Made("nn.Sequential", (single(0), f"*[{single(1)} for _ in range({rest})]"))


class _Arguments:
    """What a class is given: its exposed settings, and sizes in which its instances differ."""

    def __init__(self, group: Sequence[Instance], slots: Sequence[Mapping[Slot, Any]]) -> None:
        self._layers = {node.id: node.layer for node in group[0].graph.nodes}
        self._sizes: dict[str, list[Any]] = {}
        self._settings: dict[str, list[Any]] = {}
        self._widths: set[str] = set()
        """The settings that decide on a shape, so that other layers inside may follow from them."""
        self._targets: dict[tuple[str, str], str] = {}
        use = group[0].use
        for exposed in use.blueprint.exposed if use else ():
            reached = {(target.node, target.setting): target.times for target in exposed.targets}
            if not any((slot.node, slot.name) in reached for slot in slots[0]):
                continue
            self._settings[exposed.name] = [getattr(instance.use, exposed.name) for instance in group]
            self._targets |= {place: _times(times, exposed.name) for place, times in reached.items()}
            if any(self._decides_on_shape(*place) for place in reached):
                self._widths.add(exposed.name)

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments, sizes first."""
        return (*self._sizes, *self._settings)

    def values(self, number: int) -> dict[str, Any]:
        """The arguments as the instance of this number has them."""
        return {name: values[number] for name, values in (*self._sizes.items(), *self._settings.items())}

    def word(self, slot: Slot, values: Sequence[Any]) -> str:
        """What is written at a slot that has these values in the instances."""
        if target := self._targets.get((slot.node, slot.name)):
            return target
        constant = all(value == values[0] for value in values)
        known = self._settings if not constant else {name: self._settings[name] for name in self._widths}
        if (not constant or self._follows(slot)) and (found := _expressed({**known, **self._sizes}, values)):
            return found
        if constant:
            return _printed(values[0])
        name = slot.name if slot.name not in self.names else f"{slot.node}_{slot.name}"
        self._sizes[name] = list(values)
        return name

    def _follows(self, slot: Slot) -> bool:
        """Whether what is written here follows from the shapes."""
        layer = self._layers[slot.node]
        return slot.name not in layer.declared

    def _decides_on_shape(self, node_id: str, setting: str) -> bool:
        layer = self._layers[node_id]
        return any(name.startswith(("out_", "hidden_", "embedding_")) for name in _reached(layer, setting))


def _reached(layer: Layer, setting: str) -> Iterator[str]:
    """The settings of plain layers that one is, or reaches inside a block."""
    if not isinstance(layer, Block):
        yield setting
        return
    for exposed in layer.blueprint.exposed:
        for target in exposed.targets if exposed.name == setting else ():
            yield from _reached(layer.blueprint.graph.node(target.node).layer, target.setting)


def _instances(network: Instance) -> dict[Blueprint, list[Instance]]:
    """Every instance of each block, those that are written alike once."""
    found: dict[Blueprint, dict[object, Instance]] = {}
    waiting = [network]
    while waiting:
        instance = waiting.pop(0)
        blocks = filter(instance.holds_block, instance.graph.order)
        for inner in (one for node_id in blocks for one in instance.inner(node_id)):
            assert inner.use is not None
            alike = found.setdefault(inner.use.blueprint, {})
            if inner.key not in alike:
                alike[inner.key] = inner
                waiting.append(inner)
    return {blueprint: list(alike.values()) for blueprint, alike in found.items()}


def _call_slots(instance: Instance, node_id: str, group: Sequence[Instance]) -> dict[Slot, Any]:
    """The arguments of a layer's call, by position and by name.

    A call leaves out what PyTorch takes unasked. Where another instance writes it, the setting of that name has it.
    """
    call, layer = instance.call(node_id), instance.graph.node(node_id).layer
    assert call is not None
    names = _names_by_position(instance, node_id)
    slots: dict[Slot, Any] = {Slot(node_id, name): value for name, value in zip(names, call.arguments, strict=True)}
    given = dict(call.options)
    written = [name for one in group if (other := one.call(node_id)) for name, _ in other.options]
    for name in dict.fromkeys(written):
        slots[Slot(node_id, name, keyword=True)] = given[name] if name in given else getattr(layer, name, None)
    return slots


def _names_by_position(instance: Instance, node_id: str) -> list[str]:
    """What a call's arguments are called: as the settings that they come from, or as the sizes that PyTorch takes."""
    layer = instance.graph.node(node_id).layer
    shapes = instance.known[node_id].input_shapes
    marks = {name: _marked(getattr(layer, name)) for name in layer.declared}
    known = {name: mark for name, mark in marks.items() if mark is not None}
    marked = replace(layer, **known).module(*shapes)
    assert marked is not None
    names: list[str] = []
    for number, argument in enumerate(marked.arguments):
        setting = next((name for name, mark in known.items() if mark is argument), None)
        names.append(setting or _size_name(type(layer), number))
    return names


def _size_name(kind: type[Layer], number: int) -> str:
    name = next((size for part, size in _SIZES.items() if part in kind.__name__), "size")
    return name if number == 0 else f"{name}_{number + 1}"


class _Whole(int):
    """A whole number that can be told from another of the same value."""


class _Broken(float):
    """A number that can be told from another of the same value."""


class _Word(str):
    """A text that can be told from another of the same letters."""


def _marked(value: Any) -> Any:
    """An equal value that is recognised where it comes out again; None: there is no such thing."""
    match value:
        case bool():
            return None
        case int():
            return _Whole(value)
        case float():
            return _Broken(value)
        case str():
            return _Word(value)
        case tuple():
            return (*value,)
        case _:
            return None


def _given(made: Class, node_id: str, number: int, words: Mapping[Slot, str]) -> Iterator[str]:
    for name in made.arguments:
        word = words[Slot(node_id, name, number)]
        yield f"{name}={word}" if name in made.settings else word


def _expressed(arguments: Mapping[str, Sequence[Any]], values: Sequence[Any]) -> str:
    """The values as an argument or a multiple of one; empty: they are none."""
    if any(type(value) is not int for value in values):
        return ""
    for times in range(1, _LARGEST_MULTIPLE + 1):
        for name, known in arguments.items():
            if all(type(value) is int for value in known) and [times * value for value in known] == list(values):
                return _times(times, name)
    return ""


def _times(times: int, name: str) -> str:
    return name if times == 1 else f"{times} * {name}"


def _printed(value: Any) -> str:
    return quoted(value) if isinstance(value, str) else repr(value)


def _is_module(call: Call | None) -> bool:
    return call is not None and call.is_module
