"""Choices that cannot go together: the end of a network, its loss, its data. Nothing here needs torch."""

import math
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from engine.blocks import Block
from engine.data import Data
from engine.datasets import Dataset
from engine.ends import absorbed, auxiliary_outputs, kind_of, last_layer, loss_at, main_output
from engine.errors import DataError
from engine.excluded import counted
from engine.graph import Node
from engine.layers import (
    Activation,
    AdaptiveAvgPool2d,
    AdaptiveLogSoftmax,
    Conv1d,
    Conv2d,
    Conv3d,
    Expression,
    Flatten,
    Identity,
    Layer,
    Linear,
    LogSoftmax,
    Output,
    PythonLayer,
    Reshape,
    Sigmoid,
    Softmax,
    Transpose,
    Twin,
    Unflatten,
    in_words,
)
from engine.layers.endpoints import SAME_LOSS, name_of
from engine.layers.recurrent import Recurrent
from engine.losses import BinaryCrossEntropy, Loss, Task
from engine.optimizers import Adam
from engine.paces import paces_of
from engine.project import Project
from engine.report import ChangeSetting, DrawFitting, Fix, InsertBefore, LeaveOut, NodeReport, Problem, Remove, Replace
from engine.spec import Shape
from engine.splits import AtRandom
from engine.steps import layouts
from engine.transcripts import passes_over

MOST_DIMENSIONS = 4
"""Of an answer to which a layer with weights can be added; with the fourth it is a volume of channels."""
ANSWERS: dict[Task, str] = {
    "classification": "classes",
    "multilabel": "sets of labels",
    "regression": "numbers",
    "transcription": "sequences of symbols",
}


def explains(project: Project, output: str = "") -> str:
    """What a person should know of the activation before an Output that training leaves to the loss; empty where there
    is none.
    """
    end = absorbed(project, output)
    if not end:
        return ""
    return (
        f"{loss_at(project, output).title} applies this {kind_of(project, end)} itself while training, which is the "
        "same function computed without loss of precision. The trained network still answers with probabilities."
    )


def part_sizes(data: Data) -> tuple[int, int, int]:
    """How many samples there are for training, validation and test, as `prepare` divides them. Nothing is read for it:
    see `is_counted`.
    """
    count, own_test = data.dataset.sizes
    brought = data.dataset.brings_validation
    if data.fold:
        test = count // max(1, data.folds) + (data.fold <= count % max(1, data.folds))
    else:
        test = 0 if own_test else round(count * data.test)
    # Files that bring a part for validation mostly bring as many for it as for the test.
    validation = own_test if brought else round((count - test) * data.validation)
    train = count - test - (0 if brought else validation)
    kept = share_kept(data)
    stays = kept * (1 - min(1.0, counted(data.excluded) / max(1, count)))
    return (
        max(1, round(train * stays)),
        round(validation * (kept if brought else stays)),
        round(test * stays) or round(own_test * kept),
    )


def is_counted(data: Data) -> bool:
    """Whether `part_sizes` are exact: all parts are shares, and nothing is left out of them."""
    is_shared = isinstance(data.split, AtRandom) and not data.dataset.brings_validation
    return is_shared and not data.excluded and share_kept(data) == 1


def training_samples(data: Data) -> int:
    """How many samples are left to train on, or about as many: see `is_counted`."""
    return part_sizes(data)[0]


def training_samples_in_words(data: Data) -> str:
    """The same, as it is told."""
    return f"{'' if is_counted(data) else 'about '}{training_samples(data):,}"


def share_kept(data: Data) -> float:
    """About which share of the samples no step leaves out, where columns lack values independently of each other."""
    share, whole = 1.0, sum(data.dataset.sizes)
    try:
        before = layouts(data.dataset.layout, data.steps)
    except DataError:
        return share  # What does not fit is said elsewhere.
    for step, layout in zip(data.steps, before, strict=False):
        share *= step.keeps_about(layout, max(1, whole))
    return share


def step_samples(project: Project) -> int:
    """How many samples a training step sees."""
    if not project.data.dataset.sizes[0]:
        # Nobody knows how many there are until it is opened.
        return project.training.batch_size
    available = training_samples(project.data)
    return available if project.training.optimizer.whole_set else min(project.training.batch_size, available)


def planned_rates(project: Project, points: int) -> list[float]:
    """About the learning rates of a training, at so many of its steps, evenly spread from the first to the last."""
    training = project.training
    per_epoch = math.ceil(training_samples(project.data) / step_samples(project))
    steps = training.epochs * per_epoch
    at = (round(point * (steps - 1) / max(1, points - 1)) for point in range(points))
    return [training.optimizer.learning_rate * training.schedule.factor(step, steps, per_epoch) for step in at]


def penalty_problems(project: Project) -> Iterator[Problem]:
    """Penalties that say nothing of this network."""
    for number, penalty in enumerate(project.training.penalties):
        if words := penalty.misfit(project.network):
            fix = LeaveOut("penalties", number, f"Leave out {penalty.title}", "training")
            yield Problem(words, fix=fix, rule="penalty-misfit")


def advise(project: Project, nodes: Mapping[str, NodeReport]) -> Iterator[Problem]:
    """Why it cannot be trained. ``nodes`` is what is known of each node. Raises `DataError` with unreadable data."""
    yield from _task(project)
    yield from _optimizer(project)
    if not all(project.data.dataset.answer_shape):
        # Data that was never opened has no classes: nobody knows yet what is asked for.
        return
    main = main_output(project.network)
    for output in (main, *auxiliary_outputs(project.network)) if main else ():
        yield from _own_task(project, output)
        yield from _unfitting_losses(project, output)
        answer = nodes[output].output_shape
        if answer is None:
            continue
        if project.data.dataset.task == "transcription":
            yield from _steps(project, nodes, output, answer)
            continue
        if answer and answer[1:] == project.data.dataset.answer_shape[1:]:
            yield from _width(project, nodes, output, answer)
        else:
            yield _misshapen(project, nodes, output, answer)


def _misshapen(project: Project, nodes: Mapping[str, NodeReport], output: str, answer: Shape) -> Problem:
    """The answer is not of the shape that the data asks for, whatever its classes or channels."""
    wanted = project.data.dataset.answer_shape
    if len(wanted) == 1:
        words = f"The answer must be a flat list of numbers, but Output receives {in_words(answer)}."
        return Problem(words, output, InsertBefore(output, Flatten()), rule="answer-not-flat")
    words = f"The answer must be {in_words(wanted)}, but Output receives {in_words(answer)}."
    return Problem(words, output, _reshaped(project, nodes, output, wanted), rule="answer-shape")


def _steps(project: Project, nodes: Mapping[str, NodeReport], output: str, answer: Shape) -> Iterator[Problem]:
    """Why the steps of an answer cannot spell the sequences that the data ask for."""
    dataset = project.data.dataset
    width, longest = dataset.answer_shape
    if len(answer) != 2:
        words = (
            f"The answer must be {width:,} scores at each of {longest:,} steps or more, but Output receives "
            f"{in_words(answer)}."
        )
        # Each column of an image is a step, with all that stands in it.
        fix = InsertBefore(output, Flatten(1, 2)) if len(answer) == 3 else DrawFitting()
        yield Problem(words, output, fix, rule="answer-shape")
    elif answer[0] != width:
        yield Problem(*_scores(project, nodes, output, answer), rule="answer-width")
    elif answer[1] < longest and not passes_over(loss_at(project, output)):
        given = f"{answer[1]:,} {'step' if answer[1] == 1 else 'steps'}"
        words = f"The network answers at {given}, but the sequences of {dataset.title} have up to {longest:,} symbols."
        yield Problem(words, output, DrawFitting(), rule="too-few-steps")


def _scores(project: Project, nodes: Mapping[str, NodeReport], output: str, answer: Shape) -> tuple[str, str, Fix]:
    """What is said of answers whose first dimension is not the scores, where, and what mends it."""
    width, end = project.data.dataset.answer_shape[0], last_layer(project, output)
    layer = project.network.node(end).layer
    if answer[1] == width:
        words = f"The answer must be scores × steps, but Output receives {in_words(answer)}, steps × scores."
        return words, output, InsertBefore(output, Transpose())
    steps_first = isinstance(layer, Linear | Recurrent)
    words = (
        f"The network gives {answer[steps_first]:,} values at each step, but {project.data.dataset.title} needs "
        f"{width:,}: one for each of its {width - 1:,} symbols, and one for none."
    )
    if steps_first and not isinstance(layer, Linear):
        return words, end, InsertBefore(output, Linear(width))
    return words, end, _resized(project, nodes, output, width)


def _reshaped(project: Project, nodes: Mapping[str, NodeReport], output: str, wanted: Shape) -> Fix:
    """An edit on the way to an answer of the shape that is wanted."""
    answer, size = tuple(nodes[output].output_shape or ()), math.prod(wanted)
    if len(wanted) == len(answer) == 2 and answer[0] == wanted[1]:
        return InsertBefore(output, Transpose())
    if math.prod(answer) == size:
        return InsertBefore(output, Unflatten(1, wanted) if len(answer) == 1 else Reshape(wanted))
    if project.data.dataset.places and len(answer) == 1:
        # One answer for each step or pixel is not had from a network that was drawn to give one in all.
        return DrawFitting()
    if len(wanted) == len(answer) == 3:
        return InsertBefore(output, AdaptiveAvgPool2d((wanted[1], wanted[2])))
    return _resized(project, nodes, output, size) if len(answer) == 1 else InsertBefore(output, Flatten())


def more_weights(project: Project, answer: Shape) -> Fix | None:
    """A layer with weights that answers as the data asks."""
    if not 1 <= len(answer) <= MOST_DIMENSIONS:
        return None
    output = main_output(project.network)
    # Data that was never opened has no classes: any width will do until it is.
    return _inserted(project, output, max(1, wanted_outputs(project, output)), len(answer))


def wanted_outputs(project: Project, output: str) -> int:
    """How many values should arrive at an Output; of two classes both one and two can be right."""
    dataset, loss = project.data.dataset, loss_at(project, output)
    if dataset.task == "transcription":
        return dataset.answer_shape[0]
    if dataset.task == "regression":
        return loss.width(dataset.target_shape[0])
    end = last_layer(project, output)
    ends_in_softmax = bool(end) and isinstance(project.network.node(end).layer, Softmax)
    is_of_two = dataset.task == "classification" and len(dataset.classes) == 2
    yes_or_no = is_of_two and loss.absorbs == Sigmoid.__name__ and not ends_in_softmax
    return 1 if yes_or_no else len(dataset.classes)


def _fits(project: Project, output: str, width: int) -> bool:
    dataset, loss = project.data.dataset, loss_at(project, output)
    if loss.embeds and output != main_output(project.network):
        return width >= loss.fewest
    if dataset.task == "regression":
        return width == loss.width(dataset.target_shape[0])
    classes = len(dataset.classes)
    form = loss.target_form(dataset.task)
    takes_one = dataset.task == "classification" and form != "class" and loss.fewest == 1
    return width == classes or (width == 1 and classes == 2 and takes_one)


def _task(project: Project) -> Iterator[Problem]:
    task, chosen = project.data.dataset.task, project.training.loss
    usual = loss_change(_usual(task))
    if not chosen.terms():
        yield Problem(f"{chosen.title} is empty: add the losses that count.", fix=usual, rule="empty-sum")
    for _, loss in chosen.terms():
        if task not in loss.tasks:
            yield Problem(against_task(loss, project), fix=usual, rule="loss-against-task")
            return


def _usual(task: Task) -> type[Loss]:
    """The loss that people mostly choose."""
    return next(kind for kind in Loss.kinds.values() if task in kind.tasks)


def _optimizer(project: Project) -> Iterator[Problem]:
    """What an optimizer that tries several places at each step cannot do."""
    chosen = project.training.optimizer
    if not chosen.tries_places:
        return
    adam = ChangeSetting("training.optimizer", Adam.__name__, f"Use {Adam.title}")
    if paces_of(project.network):
        words = f"{chosen.title} moves all weights at one pace, but some layers are to learn faster or slower."
        yield Problem(words, fix=adam, rule="optimizer-against-paces")
    if project.training.precision == "fp16":
        words = f"{chosen.title} needs gradients as they are, but fp16 must scale them."
        fix = ChangeSetting("training.precision", "fp32", "Compute in fp32")
        yield Problem(words, fix=fix, rule="optimizer-against-precision")


def _own_task(project: Project, output: str) -> Iterator[Problem]:
    """A loss of its own that cannot compare what the data asks for."""
    loss = loss_at(project, output)
    if loss != project.training.loss and project.data.dataset.task not in loss.tasks:
        fix = ChangeSetting(f"network.{output}.loss", SAME_LOSS, "Use the loss of the training")
        yield Problem(against_task(loss, project), output, fix, rule="loss-against-task")


def _unfitting_losses(project: Project, output: str) -> Iterator[Problem]:
    """Losses that cannot compare what arrives at an Output, whatever its width."""
    losses = [loss for _, loss in loss_at(project, output).terms()]
    if any(project.data.dataset.task not in loss.tasks for loss in losses):
        return
    for loss in losses:
        yield from _unfitting(project, output, loss)
    for loss in losses[1:]:
        if found := _unlike(project, output, losses[0], loss):
            reason, fix = found
            words = f"{losses[0].title} and {loss.title} cannot be added up: {reason}."
            yield Problem(words, output, fix, rule="losses-unlike")


def _unlike(project: Project, output: str, one: Loss, other: Loss) -> tuple[str, Fix] | None:
    """Why two losses cannot take the same values, and what mends it; None: they can."""
    asked = _asked(project.data.dataset)
    fix = loss_of(project, output, type(one))
    if project.data.dataset.task == "regression" and (
        one.width(asked) != other.width(asked) or one.reading() != other.reading()
    ):
        return f"one takes {one.answers}, the other {other.answers}", fix
    end = last_layer(project, output)
    closing = kind_of(project, end) if end else ""
    if one.absorbs != other.absorbs and closing and closing in (one.absorbs, other.absorbs):
        behind = other if one.absorbs == closing else one
        # An embedding has no use for it, and the loss that it is for applies it by itself.
        fix = Remove(end) if behind.embeds else fix
        return f"one takes the values before {closing}, the other those behind it", fix
    return None


def _unfitting(project: Project, output: str, loss: Loss) -> Iterator[Problem]:
    """One loss that cannot compare what arrives at an Output."""
    dataset = project.data.dataset
    if _asked(dataset) < loss.fewest:
        words = f"{loss.title} compares several values with each other, but {dataset.title} asks for one."
        fix = loss_of(project, output, _usual(dataset.task))
        yield Problem(words, output, fix, rule="loss-of-several")
    if loss.of_samples and len(dataset.answer_shape) > 1:
        asked = "a class" if dataset.task == "classification" else "a number"
        words = f"{loss.title} compares samples with each other, but {dataset.title} asks for {asked} at each place."
        yield Problem(words, output, loss_of(project, output, _usual(dataset.task)), rule="loss-of-several")
    kinds, end = loss.ends_in(), _telling(project, output)
    closing = project.network.node(end).layer if end else None
    if dataset.task == "multilabel" and isinstance(closing, Softmax | LogSoftmax | AdaptiveLogSoftmax):
        words = f"{closing.title} chooses one label among all, but several may apply: Sigmoid answers for each."
        # The last of them brings weights of its own.
        instead = Linear(len(dataset.classes)) if isinstance(closing, AdaptiveLogSoftmax) else Sigmoid()
        yield Problem(words, end, Replace((end,), instead), rule="softmax-of-labels")
        return
    if kinds and end and kind_of(project, end) not in kinds:
        wanted, found = Layer.kinds[kinds[0]](), project.network.node(end).layer
        words = f"{loss.title} is for a network that ends in {wanted.title}, but {end} is its last layer."
        fix = Replace((end,), wanted) if isinstance(found, Activation) else InsertBefore(output, wanted)
        yield Problem(words, end, fix, rule="loss-of-other-end")


def _asked(dataset: Dataset) -> int:
    """How many classes there are, or numbers to predict, for each place where there are several."""
    return dataset.target_shape[0] if dataset.task == "regression" else len(dataset.classes)


def _telling(project: Project, output: str) -> str:
    """The layer that shapes the values which arrive at an Output; empty: nobody can tell."""
    network, at = project.network, last_layer(project, output)
    while at and (network.node(at).bypassed or isinstance(network.node(at).layer, Flatten | Identity)):
        at = next(iter(network.predecessors(at)), "")
    return "" if at and isinstance(network.node(at).layer, Block | PythonLayer | Expression | Twin) else at


def against_task(loss: Loss, project: Project) -> str:
    """What is said of a loss that is not for what the data asks for."""
    dataset = project.data.dataset
    return f"{loss.title} compares {ANSWERS[loss.tasks[0]]}, but {dataset.title} asks for {ANSWERS[dataset.task]}."


def loss_change(kind: type[Loss]) -> ChangeSetting:
    """Another loss for the training."""
    return ChangeSetting("training.loss", kind.__name__, f"Use {name_of(kind)}")


def _width(project: Project, nodes: Mapping[str, NodeReport], output: str, answer: Shape) -> Iterator[Problem]:
    width = answer[0]
    if _fits(project, output, width):
        return
    dataset, classes = project.data.dataset, len(project.data.dataset.classes)
    giver = "The network gives" if output == main_output(project.network) else f"{output} receives"
    given = f"{giver} {width:,} {'value' if width == 1 else 'values'}"
    if len(dataset.answer_shape) > 1:
        given += " for each place"
    loss, asked = loss_at(project, output), _asked(dataset)
    if dataset.task == "regression" and loss.width(asked) != asked:
        words = f"{given} but {loss.title} takes {loss.width(asked):,}: {loss.answers}."
    elif dataset.task == "regression":
        words = f"{given} but {dataset.title} asks for {asked:,}."
    else:
        named = "labels" if dataset.task == "multilabel" else "classes"
        words = f"{given} but {dataset.title} has {classes:,} {named}."
    alone = width == 1 and classes == 2 and dataset.task == "classification"
    wanted = wanted_outputs(project, output)
    fix = loss_of(project, output, BinaryCrossEntropy) if alone else _resized(project, nodes, output, wanted)
    yield Problem(words, last_layer(project, output), fix, rule="answer-width")


def loss_of(project: Project, output: str, kind: type[Loss]) -> Fix:
    """Another loss for an Output, or for the training where it has none of its own."""
    layer, change = project.network.node(output).layer, loss_change(kind)
    is_own = isinstance(layer, Output) and layer.own_loss
    return replace(change, path=f"network.{output}.loss", value=name_of(kind)) if is_own else change


def _resized(project: Project, nodes: Mapping[str, NodeReport], output: str, width: int) -> Fix:
    """The edit that makes the network answer with so many values: the last layer that decides, or a new one."""
    network = project.network
    at = last_layer(project, output)
    while not (setting := _deciding(network.node(at))):
        node, sources = network.node(at), network.predecessors(at)
        # What a block answers need not follow from what it receives, even where both are of one shape.
        decides = isinstance(node.layer, Block) and not node.bypassed
        keeps = len(sources) == 1 and nodes[sources[0]].output_shape == nodes[at].output_shape
        if decides or not (keeps or isinstance(node.layer, Transpose)):
            return _inserted(project, output, width, len(nodes[output].output_shape or ()))
        at = sources[0]
    return ChangeSetting(f"network.{at}.{setting}", width, f"Set the outputs of {at} to {width:,}")


def _deciding(node: Node) -> str:
    """The setting that decides how many values a layer answers with; empty: none does."""
    settings = () if node.bypassed else node.layer.declared
    return next((name for name in ("out_features", "out_channels") if name in settings), "")


def _inserted(project: Project, output: str, width: int, rank: int = 1) -> Fix:
    """A layer with weights before an Output, that gives so many values, for each place where there are several."""
    end = last_layer(project, output)
    closing = isinstance(project.network.node(end).layer, Softmax | Sigmoid)
    deciding = (Linear(width), Conv1d(width, 1), Conv2d(width, 1), Conv3d(width, 1))
    chosen = deciding[rank - 1] if 1 <= rank <= MOST_DIMENSIONS else Flatten()
    return InsertBefore(end if closing else output, chosen)
