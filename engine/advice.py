"""Choices that do not fit together: the end of a network, its loss, its data. Nothing here needs torch."""

from collections.abc import Iterator, Mapping

from engine.data import Data
from engine.layers import Dropout, Flatten, Linear, Output, Sigmoid, Softmax, in_words
from engine.losses import BinaryCrossEntropy, Loss, Task
from engine.project import Project
from engine.report import ChangeSetting, Fix, InsertBefore, NodeReport, Problem, Remove
from engine.spec import Shape

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
    return max(1, count - round(count * data.validation))


def step_samples(project: Project) -> int:
    """How many samples a training step sees."""
    available = training_samples(project.data)
    return available if project.training.optimizer.whole_set else min(project.training.batch_size, available)


def advise(project: Project, nodes: Mapping[str, NodeReport]) -> Iterator[Problem]:
    """What does not fit together. ``nodes`` is what is known of each node. Raises `DataError` with unreadable data."""
    yield from _learning_rate(project)
    yield from _batch(project)
    yield from _task(project)
    yield from _softmax_twice(project)
    output = output_of(project)
    answer = nodes[output].output_shape if output else None
    if answer is None:
        return
    if len(answer) != 1:
        yield Problem(
            f"The answer must be a flat list of numbers, but Output receives {in_words(answer)}.",
            output,
            InsertBefore(output, Flatten()),
        )
        return
    yield from _width(project, nodes, answer[0])
    yield from _last_activation(project, answer[0])
    yield from _hidden_activation(project, nodes)


def more_weights(project: Project, answer: Shape) -> Fix | None:
    """A layer with weights that answers as the data asks."""
    return _inserted(project, wanted_outputs(project)) if len(answer) == 1 else None


def wanted_outputs(project: Project) -> int:
    """How many values the network should answer with; of two classes both one and two can be right."""
    dataset, loss = project.data.dataset, project.training.loss
    if dataset.task == "regression":
        return dataset.targets
    end = last_layer(project)
    ends_in_softmax = bool(end) and isinstance(project.network.node(end).layer, Softmax)
    yes_or_no = len(dataset.classes) == 2 and isinstance(loss, BinaryCrossEntropy) and not ends_in_softmax
    return 1 if yes_or_no else len(dataset.classes)


def _fits(project: Project, width: int) -> bool:
    dataset, loss = project.data.dataset, project.training.loss
    if dataset.task == "regression":
        return width == dataset.targets
    classes = len(dataset.classes)
    return width == classes or (width == 1 and classes == 2 and loss.target_form(dataset.task) == "one-hot")


def _learning_rate(project: Project) -> Iterator[Problem]:
    optimizer = project.training.optimizer
    if optimizer.learning_rate == 0:
        usual = type(optimizer)().learning_rate
        fix = ChangeSetting("training.optimizer.learning_rate", usual, f"Set the learning rate to {usual:g}")
        yield Problem("The learning rate is 0, so nothing will be learned.", fix=fix, severity="doubt")


def _batch(project: Project) -> Iterator[Problem]:
    size, available = project.training.batch_size, training_samples(project.data)
    if size <= available or project.training.optimizer.whole_set:
        return
    words = f"A batch of {size:,} is larger than the {available:,} training samples, so each step takes all of them."
    fix = ChangeSetting("training.batch_size", available, f"Set the batch size to {available:,}")
    yield Problem(words, fix=fix, severity="doubt")


def _task(project: Project) -> Iterator[Problem]:
    loss, dataset = project.training.loss, project.data.dataset
    if dataset.task in loss.tasks:
        return
    words = f"{loss.title} compares {ANSWERS[loss.tasks[0]]}, but {dataset.title} asks for {ANSWERS[dataset.task]}."
    fitting = next(kind for kind in Loss.kinds.values() if dataset.task in kind.tasks)
    yield Problem(words, fix=_loss_change(fitting))


def _loss_change(kind: type[Loss]) -> Fix:
    return ChangeSetting("training.loss", kind.__name__, f"Use {kind.title[0].lower()}{kind.title[1:]}")


def _softmax_twice(project: Project) -> Iterator[Problem]:
    network = project.network
    for node in network.nodes:
        if not isinstance(node.layer, Softmax):
            continue
        for source in network.predecessors(node.id):
            if isinstance(network.node(source).layer, Softmax):
                words = f"Two Softmax follow each other: {node.id} only evens out the probabilities of {source}."
                yield Problem(words, node.id, Remove(node.id), "doubt")


def _width(project: Project, nodes: Mapping[str, NodeReport], width: int) -> Iterator[Problem]:
    if _fits(project, width):
        return
    dataset, classes = project.data.dataset, len(project.data.dataset.classes)
    given = f"The network gives {width:,} {'value' if width == 1 else 'values'}"
    if dataset.task == "regression":
        words = f"{given} but {dataset.title} asks for {dataset.targets:,}."
    else:
        words = f"{given} but {dataset.title} has {classes:,} classes."
    alone = width == 1 and classes == 2
    fix = _loss_change(BinaryCrossEntropy) if alone else _resized(project, nodes, wanted_outputs(project))
    yield Problem(words, last_layer(project), fix)


def _resized(project: Project, nodes: Mapping[str, NodeReport], width: int) -> Fix:
    """The edit that makes the network answer with so many values: the last Linear's, or a new one's."""
    network = project.network
    at = last_layer(project)
    while not isinstance(network.node(at).layer, Linear):
        sources = network.predecessors(at)
        if len(sources) != 1 or nodes[sources[0]].output_shape != nodes[at].output_shape:
            return _inserted(project, width)
        at = sources[0]
    return ChangeSetting(f"network.{at}.out_features", width, f"Set the outputs of {at} to {width:,}")


def _inserted(project: Project, width: int) -> Fix:
    end = last_layer(project)
    closing = isinstance(project.network.node(end).layer, Softmax | Sigmoid)
    return InsertBefore(end if closing else output_of(project), Linear(width))


def _last_activation(project: Project, width: int) -> Iterator[Problem]:
    end = last_layer(project)
    layer, loss = project.network.node(end).layer, project.training.loss
    regression = project.data.dataset.task == "regression"
    if isinstance(layer, Softmax) and regression:
        words = "Softmax makes all answers sum to 1, which the numbers to predict do not."
        yield Problem(words, end, Remove(end), "doubt")
    elif isinstance(layer, Softmax) and width == 1:
        yield Problem("Softmax over a single value always answers 1.", end, Remove(end), "doubt")
    elif isinstance(layer, Softmax | Sigmoid) and loss.absorbs and not absorbed(project) and not regression:
        yield Problem(
            f"{loss.title} applies a {loss.absorbs} of its own; behind {layer.title} it sees only values between 0 and "
            "1 and learns slowly.",
            end,
            _matching_loss(project, layer) or Remove(end),
            "doubt",
        )


def _matching_loss(project: Project, layer: Softmax | Sigmoid) -> Fix | None:
    if isinstance(layer, Sigmoid) and len(project.data.dataset.classes) > 2:
        return None
    kind = next(kind for kind in Loss.kinds.values() if kind.absorbs == type(layer).__name__)
    return _loss_change(kind)


def _hidden_activation(project: Project, nodes: Mapping[str, NodeReport]) -> Iterator[Problem]:
    """An activation that the loss would absorb, were there no Dropout or Flatten behind it."""
    network, loss = project.network, project.training.loss
    between: list[str] = []
    at = last_layer(project)
    while isinstance(network.node(at).layer, Dropout | Flatten):
        between.append(at)
        at = network.predecessors(at)[0]
    if not between or kind_of(project, at) != loss.absorbs:
        return
    alone = len(between) == 1 and nodes[between[0]].output_shape == nodes[at].output_shape
    yield Problem(
        f"{loss.title} applies a {loss.absorbs} of its own, and {between[-1]} hides that {at} is one already: "
        "training would apply it twice.",
        at,
        Remove(between[0] if alone else at),
        "doubt",
    )
