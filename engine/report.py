"""Report: what the engine says of a project. Plain values, so that it crosses the process border as it is."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Literal

import msgspec
from msgspec.structs import replace

from engine.block_edits import unpacked
from engine.blocks import block_at
from engine.errors import LayerloomError
from engine.graph import Graph, Node
from engine.layers import Layer
from engine.layout import below, room_for
from engine.project import Project, Silenced
from engine.spec import Shape
from engine.steps import Step

Severity = Literal["fault", "doubt"]

Measure = Literal["parameters", "flops", "memory"]
"""What a layer costs can be told by."""

_MEASURED: dict[Measure, str] = {"parameters": "parameters", "flops": "flops", "memory": "training_bytes"}


class Fix(msgspec.Struct, frozen=True, tag=True):
    """Base of the edits that mend a problem: a label for the button and the edit itself."""

    @property
    def label(self) -> str:
        """What the button says, such as “Insert Flatten”."""
        raise NotImplementedError

    def apply(self, project: Project) -> Project:
        """The project mended."""
        raise NotImplementedError


class InsertBefore(Fix, frozen=True):
    """A layer on the wire that arrives at a node: the first, or the one of this number."""

    node: str
    layer: Layer
    number: int = 0

    @property
    def label(self) -> str:
        return f"Insert {self.layer.title}"

    def apply(self, project: Project) -> Project:
        network = project.network
        new = Node(network.new_id(type(self.layer)), self.layer, network.node(self.node).position)
        roomy = room_for(network, self.node, self.layer)
        return project.with_network(roomy.insert_before(self.node, new, self.number))


class ChangeSetting(Fix, frozen=True):
    """Another value at a path of the project, as `Project.with_value` takes it."""

    path: str
    value: int | float | str | tuple[int, ...]
    words: str

    @property
    def label(self) -> str:
        return self.words

    def apply(self, project: Project) -> Project:
        return project.with_value(self.path, self.value)


class ChangeSteps(Fix, frozen=True):
    """Other steps that prepare the samples."""

    steps: tuple[Step, ...]
    words: str

    @property
    def label(self) -> str:
        return self.words

    def apply(self, project: Project) -> Project:
        return project.with_data(replace(project.data, steps=self.steps))


class LeaveOut(Fix, frozen=True):
    """One of the choices in a list of the data, or of the training, by its number."""

    setting: str
    number: int
    words: str
    of: Literal["data", "training"] = "data"

    @property
    def label(self) -> str:
        return self.words

    def apply(self, project: Project) -> Project:
        chosen = getattr(project.data if self.of == "data" else project.training, self.setting)
        return project.with_value(f"{self.of}.{self.setting}", chosen[: self.number] + chosen[self.number + 1 :])


class Connect(Fix, frozen=True):
    """A wire that is missing."""

    source: str
    target: str

    @property
    def label(self) -> str:
        return f"Connect {self.source} to {self.target}"

    def apply(self, project: Project) -> Project:
        return project.with_network(project.network.connect(self.source, self.target))


class Remove(Fix, frozen=True):
    """A layer that is in the way; what it joined stays joined."""

    node: str

    @property
    def label(self) -> str:
        return f"Remove {self.node}"

    def apply(self, project: Project) -> Project:
        return project.with_network(project.network.remove([self.node]))


class Replace(Fix, frozen=True):
    """Layers that should be of another kind."""

    nodes: tuple[str, ...]
    layer: Layer

    @property
    def label(self) -> str:
        return f"Use {self.layer.title} instead"

    def apply(self, project: Project) -> Project:
        network = project.network
        for node in self.nodes:
            network = network.replace_layer(node, self.layer)
        return project.with_network(network)


class MoveBehind(Fix, frozen=True):
    """Two neighbours that should stand the other way round: ``node`` goes behind the one that it feeds."""

    node: str
    other: str

    @property
    def label(self) -> str:
        return f"Move it behind {self.other}"

    def apply(self, project: Project) -> Project:
        first, second = project.network.node(self.node), project.network.node(self.other)
        network = project.network.remove([self.node]).insert_after(self.other, first)
        places = {self.node: second.position, self.other: first.position}
        return project.with_network(network.move(places))


class Rename(Fix, frozen=True):
    """A name that cannot stay."""

    node: str
    name: str

    @property
    def label(self) -> str:
        return f"Rename to {self.name}"

    def apply(self, project: Project) -> Project:
        return project.with_network(project.network.rename(self.node, self.name))


class UseAgain(Fix, frozen=True):
    """A layer that was bypassed."""

    node: str

    @property
    def label(self) -> str:
        return f"Use {self.node} again"

    def apply(self, project: Project) -> Project:
        return project.with_network(project.network.bypass([self.node], False))


class Unpack(Fix, frozen=True):
    """A block whose layers must stand outside it."""

    node: str

    @property
    def label(self) -> str:
        return f"Unpack {self.node}"

    def apply(self, project: Project) -> Project:
        return project.with_network(unpacked(project.network, self.node)[0])


class Thaw(Fix, frozen=True):
    """Layers whose weights were held."""

    nodes: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"Let {self.nodes[0]} train" if len(self.nodes) == 1 else f"Let {len(self.nodes):,} layers train"

    def apply(self, project: Project) -> Project:
        return project.with_network(project.network.freeze(self.nodes, False))


class ReadCode(Fix, frozen=True):
    """The code of a Python layer, to be read and allowed or corrected. That is for a person: it changes nothing."""

    node: str
    words: str

    @property
    def label(self) -> str:
        return self.words

    def apply(self, project: Project) -> Project:
        return project


class Inside(Fix, frozen=True):
    """A fix of the drawing inside a block, at the place that the ids of the blocks lead to."""

    place: tuple[str, ...]
    fix: Fix

    @property
    def label(self) -> str:
        return self.fix.label

    def apply(self, project: Project) -> Project:
        return project.closed(self.place, self.fix.apply(project.opened(self.place)))


class Append(Fix, frozen=True):
    """A layer at the end of the stack, wired to ``after`` where there is such a node."""

    layer: Layer
    after: str = ""

    @property
    def label(self) -> str:
        return f"Add {self.layer.title}"

    def apply(self, project: Project) -> Project:
        network = project.network
        place = below(network.node(self.after), network.direction) if self.after else (0.0, 0.0)
        new = Node(network.new_id(type(self.layer)), self.layer, place)
        network = network.add(new)
        return project.with_network(network.connect(self.after, new.id) if self.after else network)


class DrawFitting(Fix, frozen=True):
    """Another network and training: those that are proposed for the data."""

    @property
    def label(self) -> str:
        return "Draw a network that fits"

    def apply(self, project: Project) -> Project:
        # It advises, and so speaks in fixes itself.
        from engine.proposing import proposed

        made = proposed(project.data)
        return project.with_network(made.network).with_training(made.training)


class Problem(msgspec.Struct, frozen=True):
    """A fault (training cannot start) or a doubt (it can, but look here), its place and the edit that mends it."""

    message: str
    node: str | None = None
    fix: Fix | None = None
    severity: Severity = "fault"
    rule: str = ""
    """Its name, the same from version to version, so that a project can silence it."""
    place: tuple[str, ...] = ()
    """The blocks inside which the node stands, from outside in."""

    def inside(self, block: str) -> "Problem":
        """The problem as the network around a block has it."""
        place = (block, *self.place)
        fix = self.fix.fix if isinstance(self.fix, Inside) else self.fix
        return replace(self, place=place, fix=Inside(place, fix) if fix else None)

    @property
    def path(self) -> str | None:
        """The ids that lead to its node, as in ``block_1/conv2d_1``; None: it is at no node."""
        return "/".join((*self.place, self.node)) if self.node else None

    @property
    def can_be_silenced(self) -> bool:
        """Whether a person may choose not to hear of it: a doubt, never a fault."""
        return self.severity == "doubt"


class NodeReport(msgspec.Struct, frozen=True):
    """What is known of a node. ``output_shape`` is None where a fault leaves it unknown. FLOPs are for one sample."""

    id: str
    type: str
    input_shapes: tuple[Shape, ...] = ()
    output_shape: Shape | None = None
    parameters: int = 0
    trainable_parameters: int = 0
    flops: int = 0
    activation_bytes: int = 0
    """What it adds, for a batch, to the activations that are held until the gradients are known."""
    training_bytes: int = 0
    """Its part of `Totals.training_bytes`."""
    values: int = 0
    """Numbers of one sample that it adds to what is held until its gradient is known."""
    inside: tuple[Mapping[str, "NodeReport"], ...] = ()
    """For a block, what is known of the nodes inside it: once for each time that it is repeated."""


class Totals(msgspec.Struct, frozen=True):
    """Sums over the network. FLOPs and multiply-adds for one sample; bytes as float32, activations for a batch."""

    parameters: int = 0
    trainable_parameters: int = 0
    flops: int = 0
    multiply_adds: int = 0
    weight_bytes: int = 0
    activation_bytes: int = 0
    training_bytes: int = 0
    """Weights, gradients, optimizer state and activations: what a training holds at once."""
    gradient_bytes: int = 0
    optimizer_bytes: int = 0
    """What the optimizer remembers between steps."""


class Report(msgspec.Struct, frozen=True):
    """All that the engine says of a project."""

    nodes: Mapping[str, NodeReport] = {}
    totals: Totals = Totals()
    problems: tuple[Problem, ...] = ()
    order: tuple[str, ...] = ()
    silenced: tuple[Problem, ...] = ()
    """Doubts that this project is not to be asked about any more."""

    @property
    def faults(self) -> tuple[Problem, ...]:
        """The problems that keep a training from starting."""
        return tuple(problem for problem in self.problems if problem.severity == "fault")

    def opened(self, place: tuple[str, ...]) -> "Report":
        """What is known of the drawing at a place, where a repeated block is seen the first time; the totals stay."""
        nodes: Mapping[str, NodeReport] = self.nodes
        for node_id in place:
            known = nodes.get(node_id)
            nodes = known.inside[0] if known and known.inside else {}
        problems, silenced = _seen_from(place, self.problems), _seen_from(place, self.silenced)
        opened = replace(self, nodes=nodes, problems=problems, order=tuple(nodes), silenced=silenced)
        return opened if place else self

    def total(self, measure: Measure) -> int:
        """What the nodes come to: parameters, FLOPs for one sample, or the bytes that a training holds at once."""
        return sum(getattr(node, _MEASURED[measure]) for node in self.nodes.values())

    def shares(self, measure: Measure) -> dict[str, float]:
        """The part of each node in the total, from 0 to 1; they add up to 1 unless nothing costs anything."""
        total = self.total(measure)
        costs = {node_id: getattr(node, _MEASURED[measure]) for node_id, node in self.nodes.items()}
        return {node_id: cost / total if total else 0.0 for node_id, cost in costs.items()}

    def problems_of(self, node_id: str) -> tuple[Problem, ...]:
        """The problems at one node, and inside it where it is a block."""
        return tuple(
            problem
            for problem in self.problems
            if (problem.node == node_id and not problem.place) or problem.place[:1] == (node_id,)
        )


def _seen_from(place: tuple[str, ...], problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those inside a place, as one who has opened it sees them."""
    depth = len(place)
    return tuple(
        replace(problem, place=problem.place[depth:]) for problem in problems if problem.place[:depth] == place
    )


def parted(
    problems: Iterable[Problem], silences: Iterable[Silenced], network: Graph
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """The problems to be asked about, and the doubts that are silenced in this network. A fault cannot be."""
    told = {(silence.rule, _drawn_at(network, silence.node)) for silence in silences}
    asked, silenced = list[Problem](), list[Problem]()
    for problem in problems:
        what = {(place.rule, _drawn_at(network, place.node)) for place in places_of(problem)} if told else set()
        is_silenced = problem.can_be_silenced and not told.isdisjoint(what)
        (silenced if is_silenced else asked).append(problem)
    return tuple(asked), tuple(silenced)


def silencing(problem: Problem, silences: Iterable[Silenced], network: Graph) -> tuple[Silenced, ...]:
    """Those that silence a doubt in this network. One at a node of a block speaks of it in every use of the block."""
    return tuple(silence for silence in silences if parted([problem], [silence], network)[1])


def _drawn_at(network: Graph, path: str | None) -> tuple[str, str] | None:
    """The drawing in which a node stands, by its name, and the node; None: no node is meant."""
    if path is None:
        return None
    *place, node = path.split("/")
    block = block_at(network, tuple(place))
    return (block.blueprint.name if block is not None else "", node)


def places_of(problem: Problem) -> tuple[Silenced, ...]:
    """What silences a doubt: its rule at its place, and its rule everywhere."""
    return Silenced(problem.rule, problem.path), Silenced(problem.rule)


def mended(project: Project, fixes: Iterable[Fix]) -> Project:
    """The project after these fixes. One that the others have made needless, or impossible, is left out."""
    for fix in fixes:
        with suppress(LayerloomError):
            project = fix.apply(project)
    return project
