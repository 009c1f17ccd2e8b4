"""Design: a project as its values flow, which is how the rules look at it."""

from collections.abc import Iterator, Mapping
from copy import copy
from functools import cached_property

from engine.ends import auxiliary_outputs, last_layer, loss_at, main_output
from engine.graph import Graph, Node
from engine.layers import ConvTranspose, Layer, Linear, Sliding
from engine.losses import Loss
from engine.project import Project
from engine.report import Fix, NodeReport, Problem
from engine.spec import Shape

Weighing = Linear | Sliding | ConvTranspose
"""The layers that weigh what they receive and bend nothing."""


class Design:
    """A project and what is known of its nodes. Layers that are bypassed are not there."""

    def __init__(self, project: Project, nodes: Mapping[str, NodeReport]) -> None:
        self.network = _at_work(project.network)
        self.project = project if self.network is project.network else project.with_network(self.network)
        self.order = self.network.order
        self.nodes = nodes
        self.output = main_output(self.network)
        """The Output that is looked at: the one that gives the answer; empty: there is none, or more."""

    def at_each_output(self) -> "Iterator[Design]":
        """The same, as it is seen from each Output."""
        for output in (self.output, *auxiliary_outputs(self.network)) if self.output else ():
            seen = copy(self)
            seen.output = output
            yield seen

    @property
    def last(self) -> str:
        """The node that feeds the Output; empty: none does."""
        return last_layer(self.project, self.output)

    @property
    def loss(self) -> Loss:
        """What compares what arrives at the Output with the target."""
        return loss_at(self.project, self.output)

    def layer(self, node_id: str) -> Layer:
        """The layer of a node."""
        return self.network.node(node_id).layer

    def of_kind(self, kind: type[Layer] | tuple[type[Layer], ...]) -> Iterator[Node]:
        """The nodes whose layer is of a kind, in the order they were added."""
        return (node for node in self.network.nodes if isinstance(node.layer, kind))

    def before(self, node_id: str) -> str:
        """The one node that feeds a node; empty: none does, or several do."""
        feeding = self.network.predecessors(node_id)
        return feeding[0] if len(feeding) == 1 else ""

    def after(self, node_id: str) -> tuple[str, ...]:
        """The nodes that a node feeds."""
        return tuple(wire.target for wire in self.network.outgoing(node_id))

    def entering(self, node_id: str) -> Shape | None:
        """The shape of what a node with one input receives; None: it is not known."""
        shapes = self.nodes[node_id].input_shapes
        return shapes[0] if len(shapes) == 1 else None

    def leaving(self, node_id: str) -> Shape | None:
        """The shape of what a node answers; None: it is not known."""
        return self.nodes[node_id].output_shape

    @cached_property
    def passed_by_all(self) -> set[str]:
        """The nodes that lie on every way from where values enter to where the answer leaves."""
        used = {self.output, *self.network.ancestors(self.output)} if self.output else set[str]()
        order = [node_id for node_id in self.order if node_id in used]
        index = {node_id: number for number, node_id in enumerate(order)}
        found, furthest = set[str](), 0
        for number, node_id in enumerate(order):
            if furthest <= number:
                found.add(node_id)
            furthest = max([furthest, *(index[each] for each in self.after(node_id) if each in index)])
        return found


def _at_work(network: Graph) -> Graph:
    """The network without what is bypassed; of several values that arrive there, the first passes on."""
    skipped = [node.id for node in network.nodes if node.bypassed]
    unused = [wire for node_id in skipped for wire in network.incoming(node_id)[1:]]
    return network.disconnect(*unused).remove(skipped) if skipped else network


def doubt(message: str, node: str | None = None, fix: Fix | None = None) -> Problem:
    """A doubt whose first sentence says what, and the next ones why and what to do."""
    return Problem(message, node, fix, "doubt")


def path_of(node_id: str, setting: str) -> str:
    """Where a setting of a layer is, as `Project.with_value` takes it."""
    return f"network.{node_id}.{setting}"
