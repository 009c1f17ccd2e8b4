"""Choices that cannot go together: the end of a network, its loss, its data. Nothing here needs torch."""

import math
from collections.abc import Iterator, Mapping

from engine.blocks import Block
from engine.data import Data
from engine.graph import Node
from engine.layers import (
    AdaptiveAvgPool2d,
    Conv1d,
    Conv2d,
    Conv3d,
    Flatten,
    Linear,
    Output,
    Reshape,
    Sigmoid,
    Softmax,
    Transpose,
    Unflatten,
    in_words,
)
from engine.losses import BinaryCrossEntropy, Loss, Task
from engine.project import Project
from engine.report import ChangeSetting, Fix, InsertBefore, NodeReport, Problem
from engine.spec import Shape

MOST_DIMENSIONS = 4
"""Of an answer to which a layer with weights can be added; with the fourth it is a volume of channels."""
ANSWERS: dict[Task, str] = {"classification": "classes", "regression": "numbers"}


def absorbed(project: Project) -> str:
    """The id of the activation that training leaves to the loss; empty: none.

    It is the node that feeds the one Output, where it is of the kind that the loss absorbs.
    """
    end = last_layer(project)
    return end if end and kind_of(project, end) == project.training.loss.absorbs else ""


def explains(project: Project) -> str:
    """What a person should know of the activation that training leaves to the loss; empty where there is none."""
    end = absorbed(project)
    if not end:
        return ""
    return (
        f"{project.training.loss.title} applies this {kind_of(project, end)} itself while training, which is the same "
        "function computed without loss of precision. The trained network still answers with probabilities."
    )


def last_layer(project: Project) -> str:
    """The id of the node that feeds the one Output, bypassed ones aside; empty: there is none."""
    network, at = project.network, output_of(project)
    while at:
        at = next(iter(network.predecessors(at)), "")
        if at and not network.node(at).bypassed:
            return at
    return ""


def output_of(project: Project) -> str:
    """The id of the one Output; empty: there is none, or more."""
    ends = [node.id for node in project.network.nodes if isinstance(node.layer, Output)]
    return ends[0] if len(ends) == 1 else ""


def kind_of(project: Project, node_id: str) -> str:
    """The name of a node's kind, as files hold it."""
    return type(project.network.node(node_id).layer).__name__


def training_samples(data: Data) -> int:
    """How many samples are left to train on, as `prepare` divides them; nothing is read for it."""
    count, own_test = data.dataset.sizes
    if not own_test:
        count -= round(count * data.test)
    return max(1, count if data.dataset.brings_validation else count - round(count * data.validation))


def step_samples(project: Project) -> int:
    """How many samples a training step sees."""
    available = training_samples(project.data)
    return available if project.training.optimizer.whole_set else min(project.training.batch_size, available)


def advise(project: Project, nodes: Mapping[str, NodeReport]) -> Iterator[Problem]:
    """Why it cannot be trained. ``nodes`` is what is known of each node. Raises `DataError` with unreadable data."""
    yield from _task(project)
    output = output_of(project)
    answer = nodes[output].output_shape if output else None
    if answer is None:
        return
    if not answer or answer[1:] != project.data.dataset.answer_shape[1:]:
        yield _misshapen(project, nodes, answer)
    else:
        yield from _width(project, nodes, answer[0])


def _misshapen(project: Project, nodes: Mapping[str, NodeReport], answer: Shape) -> Problem:
    """The answer is not of the shape that the data asks for, whatever its classes or channels."""
    wanted, output = project.data.dataset.answer_shape, output_of(project)
    if len(wanted) == 1:
        words = f"The answer must be a flat list of numbers, but Output receives {in_words(answer)}."
        return Problem(words, output, InsertBefore(output, Flatten()), rule="answer-not-flat")
    words = f"The answer must be {in_words(wanted)}, but Output receives {in_words(answer)}."
    return Problem(words, output, _reshaped(project, nodes, answer, wanted), rule="answer-shape")


def _reshaped(project: Project, nodes: Mapping[str, NodeReport], answer: Shape, wanted: Shape) -> Fix:
    """An edit on the way to an answer of the shape that is wanted."""
    output, size = output_of(project), math.prod(wanted)
    if len(wanted) == len(answer) == 2 and answer[0] == wanted[1]:
        return InsertBefore(output, Transpose())
    if math.prod(answer) == size:
        return InsertBefore(output, Unflatten(1, wanted) if len(answer) == 1 else Reshape(wanted))
    if len(wanted) == len(answer) == 3:
        return InsertBefore(output, AdaptiveAvgPool2d((wanted[1], wanted[2])))
    return _resized(project, nodes, size) if len(answer) == 1 else InsertBefore(output, Flatten())


def more_weights(project: Project, answer: Shape) -> Fix | None:
    """A layer with weights that answers as the data asks."""
    return _inserted(project, wanted_outputs(project), len(answer)) if 1 <= len(answer) <= MOST_DIMENSIONS else None


def wanted_outputs(project: Project) -> int:
    """How many values the network should answer with; of two classes both one and two can be right."""
    dataset, loss = project.data.dataset, project.training.loss
    if dataset.task == "regression":
        return dataset.target_shape[0]
    end = last_layer(project)
    ends_in_softmax = bool(end) and isinstance(project.network.node(end).layer, Softmax)
    yes_or_no = len(dataset.classes) == 2 and isinstance(loss, BinaryCrossEntropy) and not ends_in_softmax
    return 1 if yes_or_no else len(dataset.classes)


def _fits(project: Project, width: int) -> bool:
    dataset, loss = project.data.dataset, project.training.loss
    if dataset.task == "regression":
        return width == dataset.target_shape[0]
    classes = len(dataset.classes)
    return width == classes or (width == 1 and classes == 2 and loss.target_form(dataset.task) == "one-hot")


def _task(project: Project) -> Iterator[Problem]:
    loss, dataset = project.training.loss, project.data.dataset
    if dataset.task in loss.tasks:
        return
    words = f"{loss.title} compares {ANSWERS[loss.tasks[0]]}, but {dataset.title} asks for {ANSWERS[dataset.task]}."
    fitting = next(kind for kind in Loss.kinds.values() if dataset.task in kind.tasks)
    yield Problem(words, fix=loss_change(fitting), rule="loss-against-task")


def loss_change(kind: type[Loss]) -> Fix:
    """Another loss."""
    return ChangeSetting("training.loss", kind.__name__, f"Use {kind.title[0].lower()}{kind.title[1:]}")


def _width(project: Project, nodes: Mapping[str, NodeReport], width: int) -> Iterator[Problem]:
    if _fits(project, width):
        return
    dataset, classes = project.data.dataset, len(project.data.dataset.classes)
    given = f"The network gives {width:,} {'value' if width == 1 else 'values'}"
    if len(dataset.answer_shape) > 1:
        given += " for each place"
    if dataset.task == "regression":
        words = f"{given} but {dataset.title} asks for {dataset.target_shape[0]:,}."
    else:
        words = f"{given} but {dataset.title} has {classes:,} classes."
    alone = width == 1 and classes == 2
    fix = loss_change(BinaryCrossEntropy) if alone else _resized(project, nodes, wanted_outputs(project))
    yield Problem(words, last_layer(project), fix, rule="answer-width")


def _resized(project: Project, nodes: Mapping[str, NodeReport], width: int) -> Fix:
    """The edit that makes the network answer with so many values: the last layer that decides, or a new one."""
    network = project.network
    at = last_layer(project)
    while not (setting := _deciding(network.node(at))):
        node, sources = network.node(at), network.predecessors(at)
        # What a block answers need not follow from what it receives, even where both are of one shape.
        decides = isinstance(node.layer, Block) and not node.bypassed
        keeps = len(sources) == 1 and nodes[sources[0]].output_shape == nodes[at].output_shape
        if decides or not (keeps or isinstance(node.layer, Transpose)):
            return _inserted(project, width, len(nodes[output_of(project)].output_shape or ()))
        at = sources[0]
    return ChangeSetting(f"network.{at}.{setting}", width, f"Set the outputs of {at} to {width:,}")


def _deciding(node: Node) -> str:
    """The setting that decides how many values a layer answers with; empty: none does."""
    settings = () if node.bypassed else node.layer.declared
    return next((name for name in ("out_features", "out_channels") if name in settings), "")


def _inserted(project: Project, width: int, rank: int = 1) -> Fix:
    """A layer with weights at the end, that answers with so many values, for each place where there are several."""
    end = last_layer(project)
    closing = isinstance(project.network.node(end).layer, Softmax | Sigmoid)
    deciding = (Linear(width), Conv1d(width, 1), Conv2d(width, 1), Conv3d(width, 1))
    chosen = deciding[rank - 1] if 1 <= rank <= MOST_DIMENSIONS else Flatten()
    return InsertBefore(end if closing else output_of(project), chosen)
