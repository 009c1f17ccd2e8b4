"""From a project to what torch trains: the network and the loss.

A training step reads::

    loss = loss_of(network.training_values(inputs), targets)

``inputs`` are N × shape, float32 and scaled. ``targets`` are one tensor for each loss of each Output, those of the
answer first (see `engine.ends.terms_of`). They follow ``loss.target_form(task)``:

- ``"class"``: N class numbers, int64.
- ``"one-hot"``: N × K, float32; where two classes meet a network of one output, N × 1 with the class number as 0 or 1.
- ``"signs"``: the same with −1 for 0.
- ``"values"``: N × targets, float32 and scaled.

A last batch of one sample is best left out: normalising over a batch refuses it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from operator import add
from typing import Any, NamedTuple, Self

from torch import Tensor, nn

from engine.analysis import analyse
from engine.balance import weighted
from engine.blocks import Block
from engine.ends import absorbed, activity_places, loss_at, main_output, taken_of, terms_of
from engine.errors import TrainingError
from engine.graph import Graph, Node
from engine.layers import PythonLayer, Twin, in_words
from engine.measure import Used, function_of, resolve
from engine.plans import planned, quickened, run
from engine.project import Project
from engine.report import NodeReport
from engine.spec import Shape
from engine.twins import twins_at_work

__all__ = [
    "Network",
    "answers_with_values",
    "build",
    "loss_function",
    "resolve",
]


class Kept(NamedTuple):
    """A layer that a person has written, held to the shape of the answer that it gave when it was tried."""

    compute: Callable[..., Any]
    name: str
    shape: Shape

    def __call__(self, *inputs: Tensor) -> Tensor:
        output: object = self.compute(*inputs)
        if not isinstance(output, Tensor) or output.shape[1:] != self.shape:
            found = in_words(tuple(output.shape[1:])) if isinstance(output, Tensor) else type(output).__name__
            raise TrainingError(
                f"{self.name} now answers with {found}, where it was {in_words(self.shape)} before.",
                expected="A layer must answer with one tensor, always of the same shape.",
                fix="Correct its code.",
            )
        return output


class Network(nn.Module):
    """A drawing as a module. Its submodules have the ids of the nodes, so weights are called ``conv2d_1.weight``, and
    ``stage_1.0.conv2d_1.weight`` inside the first repetition of a block.

    ``known`` is the report of each node, ``taken`` are the nodes whose values the losses take. Layers that do not lead
    to an Output have their weights here, but are not run.
    """

    def __init__(self, graph: Graph, known: Mapping[str, NodeReport], taken: Sequence[str] = ()) -> None:
        super().__init__()
        computes = {node_id: self._made(graph.node(node_id), known[node_id]) for node_id in graph.order}
        computes |= {node.id: self._shared(graph, node, known[node.id]) for node in twins_at_work(graph)}
        self._answer = planned(graph, computes, (main_output(graph),))
        self._quick_answer = quickened(self._answer)
        self._training = quickened(planned(graph, computes, taken))
        # Without itself, as a network that holds itself would be in memory for some time after its last use.
        self._parts = tuple(module for module in self.modules() if module is not self)

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        """What the network answers to a batch of samples (N × shape); a block takes one value for each Input."""
        # What is exported is as it was drawn; a block that trains comes through here as well.
        return run(self._quick_answer if self.training else self._answer, (x, *others))[0]

    def training_values(self, x: Tensor) -> tuple[Tensor, ...]:
        """What the losses take, for a batch of samples: what reaches each Output, less the activation that its loss
        applies; that of the answer first.
        """
        return run(self._training, (x,))

    def train(self, mode: bool = True) -> Self:
        """As `nn.Module.train`, which takes long at the ends of short epochs: it asks much before it sets anything."""
        for module in (self, *self._parts):
            if type(module).train in (nn.Module.train, Network.train):
                vars(module)["training"] = mode
            else:
                module.train(mode)
        return self

    def _made(self, node: Node, known: NodeReport) -> Callable[..., Tensor] | None:
        if node.bypassed:
            return None
        if isinstance(node.layer, Block):
            compute = module = _repeated(node.layer, known)
        else:
            compute, module = function_of(node.layer, *known.input_shapes)
        if isinstance(node.layer, PythonLayer) and compute:
            compute = Kept(compute, node.layer.reading.class_name, known.output_shape or ())
        if module:
            self.add_module(node.id, module.requires_grad_(False) if node.frozen else module)
        return compute

    def _shared(self, graph: Graph, twin: Node, known: NodeReport) -> Callable[..., Tensor]:
        """What a twin does with the module of another node."""
        assert isinstance(twin.layer, Twin)
        origin = graph.node(twin.layer.of)
        module, use = self.get_submodule(origin.id), twin.layer.use_of(origin.layer, *known.input_shapes)
        compute = module if use is None else Used(use, module)
        return Kept(compute, twin.id, known.output_shape or ()) if isinstance(origin.layer, PythonLayer) else compute


def _repeated(block: Block, known: NodeReport) -> nn.Module:
    networks = [Network(block.inside, nodes) for nodes in known.inside]
    return networks[0] if len(networks) == 1 else nn.Sequential(*networks)


class TotalLoss(nn.Module):
    """What training makes small: the losses of all Outputs, each times its weight, added up.

    ``places`` says which Output each loss is for; where nothing is said, each has one.
    """

    def __init__(self, losses: Sequence[nn.Module], weights: Sequence[float], places: Sequence[int] = ()) -> None:
        super().__init__()
        self._losses, self._weights = nn.ModuleList(losses), weights
        self._places = places or range(len(losses))
        self._is_plain = list(weights) == [1]

    def forward(self, values: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
        """The mean over a batch, of the values of each Output and what each loss compares them with."""
        if self._is_plain:
            return self._losses[0](values[self._places[0]], targets[0])
        parts = [
            weight * loss_of(values[place], wanted) if weight != 1 else loss_of(values[place], wanted)
            for loss_of, weight, place, wanted in zip(self._losses, self._weights, self._places, targets, strict=True)
        ]
        return reduce(add, parts)


class PenalisedLoss(TotalLoss):
    """A loss with the penalties of a project: of the weights of its network, and of what layers answer."""

    def __init__(self, loss: TotalLoss, project: Project, network: nn.Module) -> None:
        super().__init__((), ())
        self._loss = loss
        self._penalties = [
            (partial(penalty.function().made, resolve), activity_places(project, penalty))
            for penalty in project.training.penalties
        ]
        # Its weights are not those of the loss.
        self._network = (network,)

    def forward(self, values: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
        """The mean over a batch, and the penalties of the weights as they are now and of what layers have answered."""
        penalties = (
            penalty((*self._network, [values[place] for place in places])) for penalty, places in self._penalties
        )
        return reduce(add, penalties, self._loss(values, targets))


def build(project: Project) -> Network:
    """The network of a project, on the CPU, with weights from torch's random numbers as they stand (seed them first).

    Raises `TrainingError` where the project has faults.
    """
    report = analyse(project)
    for fault in report.faults:
        raise TrainingError(fault.message, fix=f"{fault.fix.label}." if fault.fix else "")
    return Network(project.network, report.nodes, taken_of(project))


def answers_with_values(project: Project) -> bool:
    """Whether the network of a classification answers with logits: the loss applies an activation (`Loss.absorbs`)
    that the network does not end in. Apply it to turn answers into probabilities.
    """
    return bool(loss_at(project).absorbs) and not absorbed(project)


def loss_function(project: Project, weights: tuple[float, ...] = ()) -> TotalLoss:
    """The module that takes what `Network.training_values` gives and the targets, and answers with their mean loss.

    ``weights`` say how much each class counts; none: all the same.
    """
    terms, nodes = terms_of(project), analyse(project).nodes if weights else {}
    outputs = [(nodes[term.output].output_shape or (0,))[0] if weights else 0 for _, term in terms]
    calls = (weighted(project, term, width, weights) for (_, term), width in zip(terms, outputs, strict=True))
    losses = [call.made(resolve) for call in calls]
    return TotalLoss(losses, [term.weight for _, term in terms], [place for place, _ in terms])
