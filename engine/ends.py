"""Where answers leave: the one that a network gives, and those that only help it to learn. Nothing here needs torch."""

import msgspec
from msgspec.structs import replace

from engine.graph import Graph
from engine.layers import AdaptiveLogSoftmax, LogSoftmax, Output
from engine.losses import Loss
from engine.penalties import Penalty
from engine.project import Project


class Answer(msgspec.Struct, frozen=True):
    """What arrives at an Output, and how it counts while training."""

    output: str
    loss: Loss
    weight: float
    absorbed: str
    """The node of the activation that training leaves to the loss; empty: none."""
    end: str
    """The node whose values the loss takes."""


def answers_of(project: Project) -> tuple[Answer, ...]:
    """What leaves the network, the answer that it gives before the auxiliary ones; nothing unless all are wired."""
    main = main_output(project.network)
    outputs = (main, *auxiliary_outputs(project.network)) if main else ()
    if not all(project.network.incoming(output) for output in outputs):
        return ()
    return tuple(_answer(project, output) for output in outputs)


def terms_of(project: Project) -> tuple[tuple[int, Answer], ...]:
    """What is added up while training: for each loss the number of its answer in `answers_of`, and that answer with
    this loss alone and the weight it has.
    """
    return tuple(
        (number, replace(answer, loss=loss, weight=answer.weight * weight))
        for number, answer in enumerate(answers_of(project))
        for weight, loss in answer.loss.terms()
    )


def embedding_place(project: Project) -> int | None:
    """Where among `answers_of` the first embedding stands; None: no loss learns one."""
    found = (
        number
        for number, answer in enumerate(answers_of(project))
        if any(loss.embeds for _, loss in answer.loss.terms())
    )
    return next(found, None)


def activities_of(project: Project) -> tuple[str, ...]:
    """The nodes whose answers are penalised while training."""
    penalties = project.training.penalties
    return tuple(dict.fromkeys(name for penalty in penalties for name in penalty.watched(project.network)))


def taken_of(project: Project) -> tuple[str, ...]:
    """The nodes whose values training takes: those at the end of each answer, then those that are penalised."""
    return (*(answer.end for answer in answers_of(project)), *activities_of(project))


def activity_places(project: Project, penalty: Penalty) -> tuple[int, ...]:
    """Where among the values that training takes those stand that a penalty is of."""
    taken, first = activities_of(project), len(answers_of(project))
    return tuple(first + taken.index(name) for name in penalty.watched(project.network))


def main_output(network: Graph) -> str:
    """The id of the one Output that gives the answer; empty: there is none, or more."""
    found = [node.id for node in network.nodes if isinstance(node.layer, Output) and not node.layer.auxiliary]
    return found[0] if len(found) == 1 else ""


def auxiliary_outputs(network: Graph) -> tuple[str, ...]:
    """The ids of the Outputs that only help to learn, in the order in which they were added."""
    return tuple(node.id for node in network.nodes if isinstance(node.layer, Output) and node.layer.auxiliary)


def loss_at(project: Project, output: str = "") -> Loss:
    """The loss of an Output, where none is named of the one that gives the answer: its own, or that of the training."""
    output = output or main_output(project.network)
    layer = project.network.node(output).layer if output else None
    own = layer.own_loss if isinstance(layer, Output) else None
    return own or project.training.loss


def tells_probabilities(project: Project) -> bool:
    """Whether what the network answers, after what its loss applies, are probabilities of classes."""
    ends_in = kind_of(project, end) if (end := last_layer(project)) else ""
    return bool(loss_at(project).absorbs) or ends_in in ("Softmax", "Sigmoid") or ends_in_logarithms(project)


def ends_in_logarithms(project: Project) -> bool:
    """Whether the network answers with logarithms of probabilities."""
    end = last_layer(project)
    return bool(end) and kind_of(project, end) in (LogSoftmax.__name__, AdaptiveLogSoftmax.__name__)


def last_layer(project: Project, output: str = "") -> str:
    """The id of the node that feeds an Output, where none is named the one that gives the answer; bypassed ones aside.

    Empty: there is none.
    """
    network, at = project.network, output or main_output(project.network)
    while at:
        at = next(iter(network.predecessors(at)), "")
        if at and not network.node(at).bypassed:
            return at
    return ""


def absorbed(project: Project, output: str = "") -> str:
    """The id of the activation that training leaves to the loss of an Output (see `last_layer`); empty: none.

    It is the node that feeds the Output, where it is of the kind that the loss absorbs.
    """
    end = last_layer(project, output)
    return end if end and kind_of(project, end) == loss_at(project, output).absorbs else ""


def kind_of(project: Project, node_id: str) -> str:
    """The name of a node's kind, as files hold it."""
    return type(project.network.node(node_id).layer).__name__


def _answer(project: Project, output: str) -> Answer:
    layer = project.network.node(output).layer
    assert isinstance(layer, Output)
    activation = absorbed(project, output)
    end = project.network.predecessors(activation or output)[0]
    return Answer(output, loss_at(project, output), layer.weight, activation, end)
