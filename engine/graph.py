"""The network as a person draws it: immutable nodes and wires. Every edit returns a new graph.

A wire runs from a node to a numbered input port of another. What a drawing may hold while it is edited (an unconnected
layer, say) is a `Problem` of the analysis; what no drawing can be (a cycle, a wire to nowhere) is refused here.
"""

import graphlib
from collections import defaultdict
from collections.abc import Callable, Iterable, KeysView, Mapping
from functools import cached_property
from itertools import pairwise
from operator import attrgetter, is_not
from typing import Literal, TypeVar

import msgspec
from msgspec.structs import replace

from engine.errors import ProjectError
from engine.ids import FreeIds, check_id
from engine.layers import Layer, Twin
from engine.remarks import Frame, Note, Remark
from engine.spec import abbreviate, carried_over

Position = tuple[float, float]
Direction = Literal["down", "right"]
"""Where values flow to."""

MOST_TO_FOLLOW = 10
"""Of more wires than these that came or went, it is quicker to look at all."""

T = TypeVar("T")


class Node(msgspec.Struct, frozen=True):
    """A layer at a place. The id names its weights and its attribute in the exported code."""

    id: str
    layer: Layer
    position: Position = (0.0, 0.0)
    frozen: bool = False
    """Its weights stay as they are while the others train."""
    bypassed: bool = False
    """Skipped: what arrives leaves unchanged."""
    unfolded: bool = False
    """For a block: its inside is shown where it stands."""

    @property
    def has_own_name(self) -> bool:
        """Whether a person has chosen its id, which is not one that `Graph.new_id` gives."""
        stem, _, number = self.id.rpartition("_")
        return stem != type(self.layer).__name__.lower() or not number.isdigit()


class Wire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """From the output of ``source`` to input ``port`` of ``target``."""

    source: str
    target: str
    port: int = 0


class Graph(msgspec.Struct, frozen=True, dict=True):
    """Nodes in the order they were added, the wires between them, and what is written beside them."""

    nodes: tuple[Node, ...] = ()
    wires: tuple[Wire, ...] = ()
    direction: Direction = "down"
    """Where values flow to on the canvas."""
    notes: tuple[Note, ...] = ()
    frames: tuple[Frame, ...] = ()

    @classmethod
    def chain(cls, *layers: Layer) -> "Graph":
        """These layers wired one after the other, all at one place; `engine.layout.stacked` gives them theirs."""
        names = FreeIds(())
        nodes = tuple(Node(names.take(type(layer)), layer) for layer in layers)
        graph = cls(nodes, tuple(Wire(above.id, below.id) for above, below in pairwise(nodes)))
        graph.check()
        return graph

    @cached_property
    def _by_id(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _incoming(self) -> dict[str, tuple[Wire, ...]]:
        arriving: dict[str, list[Wire]] = {}
        for wire in sorted(self.wires, key=attrgetter("port")):
            arriving.setdefault(wire.target, []).append(wire)
        return {target: tuple(wires) for target, wires in arriving.items()}

    @cached_property
    def _outgoing(self) -> dict[str, tuple[Wire, ...]]:
        leaving: dict[str, list[Wire]] = {}
        for wire in self.wires:
            leaving.setdefault(wire.source, []).append(wire)
        return {source: tuple(wires) for source, wires in leaving.items()}

    def __contains__(self, node_id: object) -> bool:
        return node_id in self._by_id

    @property
    def ids(self) -> KeysView[str]:
        """The ids of all nodes, in no order."""
        return self._by_id.keys()

    def node(self, node_id: str) -> Node:
        """The node of this id. Raises `ProjectError`."""
        try:
            return self._by_id[node_id]
        except KeyError:
            raise ProjectError(f"There is no layer called “{abbreviate(node_id)}”.") from None

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """The frames and notes. Their ids share one name space with those of the nodes."""
        return (*self.frames, *self.notes)

    def has(self, name: str) -> bool:
        """Whether there is a node, a note or a frame of this id."""
        return name in self or any(remark.id == name for remark in self.remarks)

    def remark(self, name: str) -> Remark:
        """The note or frame of this id. Raises `ProjectError`."""
        for remark in self.remarks:
            if remark.id == name:
                return remark
        raise ProjectError(f"There is no note or frame called “{abbreviate(name)}”.")

    def incoming(self, node_id: str) -> tuple[Wire, ...]:
        """The wires that arrive at a node, in the order of its ports."""
        return self._incoming.get(node_id, ())

    def outgoing(self, node_id: str) -> tuple[Wire, ...]:
        """The wires that leave a node."""
        return self._outgoing.get(node_id, ())

    def predecessors(self, node_id: str) -> tuple[str, ...]:
        """The ids of the nodes that feed a node, in the order of its ports."""
        return tuple(wire.source for wire in self.incoming(node_id))

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The ids so that each node comes after all that feed it. Raises `ProjectError` on a cycle."""
        sorter = graphlib.TopologicalSorter({node.id: self.predecessors(node.id) for node in self.nodes})
        try:
            return tuple(sorter.static_order())
        except graphlib.CycleError as cycle:
            names = " → ".join(cycle.args[1])
            raise ProjectError(
                f"The wires run in a circle: {abbreviate(names)}.",
                expected="Values flow from Input to Output and never back.",
                fix="Remove one of these wires.",
            ) from None

    def recall(self, other: "Graph") -> None:
        """Takes over what another graph has worked out, as far as its nodes and wires are the very same."""
        known = vars(other)
        if "_by_id" in known:
            gone, came = difference(other.nodes, self.nodes)
            vars(self)["_by_id"] = _with_others(known["_by_id"], gone, came)
        gone, came = difference(other.wires, self.wires)
        if len(gone) + len(came) > MOST_TO_FOLLOW:
            return
        if "_incoming" in known:
            ends = {wire.target for wire in (*gone, *came)}
            vars(self)["_incoming"] = known["_incoming"] | {end: self._arriving_at(end) for end in ends}
        if "_outgoing" in known:
            ends = {wire.source for wire in (*gone, *came)}
            vars(self)["_outgoing"] = known["_outgoing"] | {end: self._leaving(end) for end in ends}

    def _arriving_at(self, node_id: str) -> tuple[Wire, ...]:
        return tuple(sorted((wire for wire in self.wires if wire.target == node_id), key=attrgetter("port")))

    def _leaving(self, node_id: str) -> tuple[Wire, ...]:
        return tuple(wire for wire in self.wires if wire.source == node_id)

    def forget(self) -> None:
        """Lets go of what was worked out to find nodes and wires quickly; it comes back when it is asked for."""
        vars(self).clear()

    # Edits

    def add(self, *nodes: Node) -> "Graph":
        """With these nodes as well. Raises `ProjectError` on an id that is taken or cannot be a name."""
        taken = self._taken
        for node in nodes:
            check_id(node.id)
            if node.id in taken:
                raise ProjectError(f"Two layers are called “{node.id}”.", fix="Give one of them another name.")
            taken.add(node.id)
        return self._with(nodes=self.nodes + nodes)

    def connect(self, source: str, target: str, port: int | None = None) -> "Graph":
        """With a wire as well; without a port, to the first free one. Raises `ProjectError` where none can be."""
        self.node(source)
        refusal = self.refuses_wire(source, target, port)
        if refusal:
            raise ProjectError(refusal)
        if port is None:
            port = self.free_port(target)
        return self._with(wires=(*self.wires, Wire(source, target, port or 0)))

    def refuses_wire(self, source: str, target: str, port: int | None = None) -> str:
        """Why no such wire can be; empty: it can."""
        if reason := self._refuses_ends(source, target, port):
            return reason
        if source == target or source in self.descendants(target):
            return f"A wire from {source} to {target} would close a circle."
        return ""

    def _refuses_ends(self, source: str, target: str, port: int | None) -> str:
        start, end = self.node(source), self.node(target)
        if not start.layer.outputs:
            return f"Nothing leaves {source}: it is where the answer ends."
        if end.layer.inputs == 0:
            return f"Nothing enters {target}: it is where the samples start."
        if port is None and self.free_port(target) is None:
            return f"{target} already has its input."
        if port is not None and (port < 0 or (end.layer.inputs is not None and port >= end.layer.inputs)):
            return f"{target} has no input number {port}."
        if port is not None and any(wire.port == port for wire in self.incoming(target)):
            return f"Input {port} of {target} already has a wire."
        return ""

    def free_port(self, node_id: str) -> int | None:
        """The lowest port without a wire; None: all are taken."""
        taken = {wire.port for wire in self.incoming(node_id)}
        limit = self.node(node_id).layer.inputs
        port = next(number for number in range(len(taken) + 1) if number not in taken)
        return port if limit is None or port < limit else None

    def descendants(self, *node_ids: str) -> set[str]:
        """All nodes that the values of these reach."""
        return reached(node_ids, lambda at: (wire.target for wire in self.outgoing(at)))

    def ancestors(self, *node_ids: str) -> set[str]:
        """All nodes whose values reach one of these."""
        return reached(node_ids, lambda at: (wire.source for wire in self.incoming(at)))

    def disconnect(self, *wires: Wire) -> "Graph":
        """Without these wires."""
        gone = set(wires)
        return self._with(wires=tuple(wire for wire in self.wires if wire not in gone))

    def remove(self, node_ids: Iterable[str], *, heal: bool = True) -> "Graph":
        """Without these nodes. Healing joins what fed a removed node with what it fed, so that a stack stays whole."""
        gone = dict.fromkeys(node_ids)
        wiring = _Wiring(self.wires)
        for node_id in gone:
            arriving, leaving = wiring.take_off(node_id)
            if heal and len(arriving) == 1:
                wiring.add(*(Wire(arriving[0].source, wire.target, wire.port) for wire in leaving))
        rest = self._with(tuple(node for node in self.nodes if node.id not in gone), tuple(wiring.wires))
        return rest._with_remarks(remark for remark in self.remarks if remark.id not in gone)

    def replace_layer(self, node_id: str, layer: Layer) -> "Graph":
        """With another layer, or other settings, in the same place."""
        return self._replace(node_id, layer=layer)

    def refuses_kind(self, node_id: str, layer: Layer) -> str:
        """Why this layer cannot take the place of a node with all its wires; empty: it can."""
        arriving, leaving = self.incoming(node_id), self.outgoing(node_id)
        if leaving and not layer.outputs:
            return f"Nothing leaves {layer.title}, but {node_id} feeds {leaving[0].target}."
        if layer.most_inputs is not None and len(arriving) > layer.most_inputs:
            takes = "no wire" if not layer.inputs else "one wire" if layer.inputs == 1 else f"{layer.inputs} wires"
            arrive = "one arrives" if len(arriving) == 1 else f"{len(arriving)} arrive"
            return f"{layer.title} takes {takes}, but {arrive} at {node_id}."
        return ""

    def replace_kind(self, node_ids: Iterable[str], layer: Layer) -> tuple["Graph", tuple[str, ...]]:
        """With nodes turned into layers of another kind, and the ids of these.

        Each keeps its place, its wires, the settings that both kinds have, and its id where a person has chosen that.
        Raises `ProjectError` where a wire could not stay.
        """
        names: dict[str, str] = {}
        free = FreeIds(self._taken)
        for node_id in node_ids:
            if reason := self.refuses_kind(node_id, layer):
                raise ProjectError(reason, fix="Remove the wires that it cannot have, then replace it.")
            node = self.node(node_id)
            is_name_kept = node.has_own_name or type(node.layer).__name__ == type(layer).__name__
            names[node_id] = node_id if is_name_kept else free.take(type(layer))
        turned = self._each(lambda node: _turned(node, names[node.id], layer) if node.id in names else node)
        turned = turned._each(lambda node: _called(node, names))
        return turned._with(wires=self._rewired(names, layer.most_inputs)), tuple(names.values())

    def freeze(self, node_ids: Iterable[str], frozen: bool = True) -> "Graph":
        """With the weights of these nodes held, or let go."""
        chosen = set(node_ids)
        return self._each(lambda node: replace(node, frozen=frozen) if node.id in chosen else node)

    def bypass(self, node_ids: Iterable[str], bypassed: bool = True) -> "Graph":
        """With these nodes skipped, or at work again. Raises `ProjectError` for one that cannot be skipped."""
        chosen = set(node_ids)
        for node_id in chosen if bypassed else ():
            if _is_end(self.node(node_id).layer):
                raise ProjectError(f"{node_id} cannot be skipped: it is an end of the network.")
        return self._each(lambda node: replace(node, bypassed=bypassed) if node.id in chosen else node)

    def unfold(self, node_id: str, unfolded: bool = True) -> "Graph":
        """With the inside of a block shown where it stands, or hidden."""
        return self._replace(node_id, unfolded=unfolded)

    def move(self, positions: Mapping[str, Position]) -> "Graph":
        """With nodes, notes and frames at other places."""
        moved = self._each(lambda node: replace(node, position=positions[node.id]) if node.id in positions else node)
        here = [replace(remark, position=positions[remark.id]) for remark in self.remarks if remark.id in positions]
        return moved.annotate(*here) if here else moved

    def annotate(self, *remarks: Remark) -> "Graph":
        """With these notes and frames as well, or in place of those of the same ids. Raises `ProjectError` where a node
        has the id.
        """
        made = {remark.id: remark for remark in self.remarks}
        for remark in remarks:
            if remark.id in self or type(made.get(remark.id, remark)) is not type(remark):
                raise ProjectError(f"“{abbreviate(remark.id)}” is called something else already.")
            made[remark.id] = remark
        return self._with_remarks(made.values())

    def flow(self, direction: Direction) -> "Graph":
        """With values flowing to this side; where the nodes stand is for `engine.tidy` to say."""
        return replace(self, direction=direction)

    def rename(self, old: str, new: str) -> "Graph":
        """With another id. Raises `ProjectError` where it is taken or cannot be a name."""
        self.node(old)
        check_id(new)
        if new != old and new in self._taken:
            raise ProjectError(f"Another layer, note or frame is already called “{new}”.")
        ends = {old: new}
        graph = self._replace(old, id=new)._each(lambda node: _called(node, ends))
        return graph._with(
            wires=tuple(
                Wire(ends.get(wire.source, wire.source), ends.get(wire.target, wire.target), wire.port)
                for wire in self.wires
            )
        )

    def insert_before(self, node_id: str, node: Node, number: int = 0) -> "Graph":
        """With a node on one of the wires that arrive at ``node_id``: the first, or the one of this number."""
        graph = self.add(node)
        arriving = graph.incoming(node_id)
        if not arriving:
            return graph.connect(node.id, node_id)
        wire = arriving[number]
        return graph.disconnect(wire).connect(wire.source, node.id).connect(node.id, node_id, wire.port)

    def insert_after(self, node_id: str, node: Node) -> "Graph":
        """With a node that takes over all wires that left ``node_id``."""
        graph = self.add(node)
        leaving = graph.outgoing(node_id)
        graph = graph.disconnect(*leaving).connect(node_id, node.id)
        if leaving and not node.layer.outputs:
            raise ProjectError(f"Nothing leaves {node.id}: it is where the answer ends.")
        return graph._with(wires=graph.wires + tuple(Wire(node.id, wire.target, wire.port) for wire in leaving))

    def merge(
        self, other: "Graph", offset: Position = (0.0, 0.0), incoming: Iterable[Wire] = ()
    ) -> tuple["Graph", tuple[str, ...]]:
        """With a copy of another graph, moved, its ids made new where they are taken; and those new ids, of notes and
        frames too.

        ``incoming``: wires from nodes that are here to nodes of the other graph; those that can be come along.
        """
        free, names, copies = FreeIds(self._taken), dict[str, str](), list[Node]()
        for node in other.nodes:
            names[node.id] = free.claim(node.id) or free.take(type(node.layer))
            copies.append(replace(node, id=names[node.id], position=_plus(node.position, offset)))
        inner = tuple(
            Wire(names[wire.source], names[wire.target], wire.port)
            for wire in other.wires
            if wire.source in names and wire.target in names
        )
        said: list[Remark] = []
        for remark in other.remarks:
            name = free.claim(remark.id) or free.take(type(remark))
            said.append(replace(remark, id=name, position=_plus(remark.position, offset)))
        graph = self.add(*(_called(copy, names) for copy in copies)).annotate(*said)
        graph = graph._with(wires=graph.wires + inner)
        # None of these can close a circle: no wire leads back from the copy.
        fitting: dict[tuple[str, int], Wire] = {}
        for wire in incoming:
            end = names.get(wire.target, "")
            if wire.source in self and end and not graph._refuses_ends(wire.source, end, wire.port):
                fitting.setdefault((end, wire.port), Wire(wire.source, end, wire.port))
        ids = (*names.values(), *(remark.id for remark in said))
        return graph._with(wires=graph.wires + tuple(fitting.values())), ids

    def part(self, node_ids: Iterable[str]) -> "Graph":
        """These nodes, notes and frames, and the wires between them."""
        kept = set(node_ids)
        part = self._with(
            tuple(node for node in self.nodes if node.id in kept),
            tuple(wire for wire in self.wires if wire.source in kept and wire.target in kept),
        )
        return part._with_remarks(remark for remark in self.remarks if remark.id in kept)

    def new_id(self, kind: type[Layer]) -> str:
        """A free id for a layer of this kind: ``conv2d_1``, ``conv2d_2`` …"""
        return FreeIds(self._taken).take(kind)

    def new_remark_id(self, kind: type[Remark]) -> str:
        """A free id for a note or a frame: ``note_1``, ``frame_1`` …"""
        return FreeIds(self._taken).take(kind)

    def check(self) -> None:
        """Raises `ProjectError` unless this is a drawing that can be: the check of whatever comes from outside."""
        graph = Graph().add(*self.nodes)
        names = [remark.id for remark in self.remarks]
        if len({*names, *(node.id for node in self.nodes)}) != len(names) + len(self.nodes):
            raise ProjectError("A note or a frame has an id that is taken.", fix="Give it another.")
        for wire in self.wires:
            for end in (wire.source, wire.target):
                if end not in graph:
                    raise ProjectError(
                        f"A wire leads from “{abbreviate(wire.source, 60)}” to “{abbreviate(wire.target, 60)}”, "
                        f"but there is no layer “{abbreviate(end, 60)}”.",
                        fix="Remove the wire or add the layer.",
                    )
        graph = self
        _ = graph.order
        for node in self.nodes:
            ports = [wire.port for wire in graph.incoming(node.id)]
            limit = node.layer.most_inputs
            if len(ports) != len(set(ports)) or any(port < 0 for port in ports):
                raise ProjectError(f"Two wires arrive at the same input of “{node.id}”.", fix="Remove one of them.")
            if limit is not None and any(port >= limit for port in ports):
                raise ProjectError(f"A wire arrives at an input of “{node.id}” that it does not have.")
            if node.bypassed and _is_end(node.layer):
                raise ProjectError(f"“{node.id}” cannot be skipped: it is an end of the network.")
            if not node.layer.outputs and graph.outgoing(node.id):
                raise ProjectError(f"A wire leaves “{node.id}”, which is where the answer ends.")

    def _replace(self, node_id: str, **changes: object) -> "Graph":
        self.node(node_id)
        return self._each(lambda node: replace(node, **changes) if node.id == node_id else node)

    def _rewired(self, names: Mapping[str, str], inputs: int | None) -> tuple[Wire, ...]:
        """The wires with these nodes renamed; where one has fewer inputs than before, its wires move up."""
        ports: dict[Wire, int] = {}
        for node_id in names:
            arriving = self.incoming(node_id)
            if inputs is not None and any(wire.port >= inputs for wire in arriving):
                ports |= {wire: number for number, wire in enumerate(arriving)}
        return tuple(
            Wire(names.get(wire.source, wire.source), names.get(wire.target, wire.target), ports.get(wire, wire.port))
            for wire in self.wires
        )

    @property
    def _taken(self) -> set[str]:
        return {*self._by_id, *(remark.id for remark in self.remarks)}

    def _with_remarks(self, remarks: Iterable[Remark]) -> "Graph":
        kept = tuple(remarks)
        if not kept and not self.notes and not self.frames:
            return self
        notes = tuple(remark for remark in kept if isinstance(remark, Note))
        graph = replace(self, notes=notes, frames=tuple(remark for remark in kept if isinstance(remark, Frame)))
        vars(graph).update(vars(self))
        return graph

    def _each(self, change: Callable[[Node], Node]) -> "Graph":
        return self._with(nodes=tuple(change(node) for node in self.nodes))

    def _with(self, nodes: tuple[Node, ...] | None = None, wires: tuple[Wire, ...] | None = None) -> "Graph":
        """With other nodes or wires; all else that is drawn stays."""
        graph = replace(
            self, nodes=self.nodes if nodes is None else nodes, wires=self.wires if wires is None else wires
        )
        graph.recall(self)
        return graph


def _called(node: Node, names: Mapping[str, str]) -> Node:
    """The node where others have got these names: a twin goes on using the same weights."""
    return replace(node, layer=node.layer.called(names)) if isinstance(node.layer, Twin) else node


def _plus(one: Position, other: Position) -> Position:
    return (one[0] + other[0], one[1] + other[1])


class _Wiring:
    """Wires while many nodes go one after the other; each step costs as much as it has wires."""

    def __init__(self, wires: Iterable[Wire]) -> None:
        self.wires: dict[Wire, None] = {}
        self._arriving: defaultdict[str, dict[Wire, None]] = defaultdict(dict)
        self._leaving: defaultdict[str, dict[Wire, None]] = defaultdict(dict)
        self.add(*wires)

    def add(self, *wires: Wire) -> None:
        """With these wires as well."""
        for wire in wires:
            self.wires[wire] = self._arriving[wire.target][wire] = self._leaving[wire.source][wire] = None

    def take_off(self, node_id: str) -> tuple[tuple[Wire, ...], tuple[Wire, ...]]:
        """Without the wires of a node: those that arrived at it and those that left it."""
        ends = tuple(self._arriving.pop(node_id, ())), tuple(self._leaving.pop(node_id, ()))
        for wire in (*ends[0], *ends[1]):
            self.wires.pop(wire, None)
            self._arriving[wire.target].pop(wire, None)
            self._leaving[wire.source].pop(wire, None)
        return ends


def _turned(node: Node, name: str, layer: Layer) -> Node:
    """The node with another kind of layer; an end of the network cannot be skipped."""
    skipped = node.bypassed and not _is_end(layer)
    return replace(node, id=name, layer=carried_over(node.layer, layer), bypassed=skipped)


def _is_end(layer: Layer) -> bool:
    """Whether values enter or leave the network here."""
    return layer.inputs == 0 or not layer.outputs


def difference(before: tuple[T, ...], after: tuple[T, ...]) -> tuple[tuple[T, ...], tuple[T, ...]]:
    """What went and what came: all between the beginning and the end that are the very same objects in both."""
    head = _alike(before, after)
    tail = _alike(before[head:][::-1], after[head:][::-1])
    return before[head : len(before) - tail], after[head : len(after) - tail]


def _alike(one: tuple[object, ...], other: tuple[object, ...]) -> int:
    """How many of the first entries are the very same objects."""
    if one is other:
        return len(one)
    least = min(len(one), len(other))
    return next((number for number, differs in enumerate(map(is_not, one, other)) if differs), least)


def _with_others(known: dict[str, Node], gone: Iterable[Node], came: Iterable[Node]) -> dict[str, Node]:
    if not gone and not came:
        return known
    found = known.copy()
    for node in gone:
        found.pop(node.id, None)
    return found | {node.id: node for node in came}


def reached(starts: Iterable[str], step: Callable[[str], Iterable[str]]) -> set[str]:
    """Where steps lead from these nodes; one of them is among it only where a step leads there."""
    found: set[str] = set()
    open_ends = list(starts)
    while open_ends:
        for node_id in step(open_ends.pop()):
            if node_id not in found:
                found.add(node_id)
                open_ends.append(node_id)
    return found
