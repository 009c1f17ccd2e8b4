"""From a project to a `Report`: order, shapes, parameters, FLOPs, memory, and problems with their fixes."""

import math
from collections.abc import Iterator, Sequence

import psutil
from msgspec.structs import replace

from engine.advice import advise, more_weights, output_of, step_samples, training_samples
from engine.errors import LayerloomError
from engine.graph import Node
from engine.layers import Input, Layer, in_words
from engine.layers.layer import pair_in_words
from engine.layers.merge import listed
from engine.measure import RESERVED, Measured, measure
from engine.project import Project
from engine.report import ChangeSetting, Fix, InsertBefore, NodeReport, Problem, Remove, Rename, Report, Totals
from engine.spec import Shape
from engine.training import Training
from engine.wiring import lacks_inputs, wiring_problems

FLOAT_BYTES = 4


def analyse(project: Project) -> Report:
    """All that is known of a project, faults first. Never raises for what a person has drawn or chosen."""
    unreadable = _unreadable(project)
    walk = _Walk(project, None if unreadable else project.data.dataset.shape)
    problems = [*wiring_problems(project.network), *walk.problems]
    samples = project.training.batch_size if unreadable else step_samples(project)
    nodes = _with_memory(project, walk.nodes, samples)
    totals = _totals(project, nodes)
    if unreadable:
        problems.append(unreadable)
    else:
        problems += advise(project, nodes)
        problems += _training_faults(project, nodes, totals, walk.need_batch)
    problems.sort(key=lambda problem: problem.severity == "doubt")
    return Report(nodes, totals, tuple(problems), project.network.order)


def _unreadable(project: Project) -> Problem | None:
    """Why nothing is known of the dataset; None: all is."""
    dataset = project.data.dataset
    try:
        _ = dataset.shape, dataset.classes, dataset.targets, dataset.sizes
    except LayerloomError as fault:
        return Problem(str(fault))
    return None


class _Walk:
    """Every node in the order in which values flow: what is known of it, and what does not fit."""

    def __init__(self, project: Project, sample: Shape | None) -> None:
        self.nodes: dict[str, NodeReport] = {}
        self.problems: list[Problem] = []
        self.need_batch: list[str] = []
        self._project = project
        self._sample = sample
        for node_id in project.network.order:
            self._visit(project.network.node(node_id))

    def _visit(self, node: Node) -> None:
        network = self._project.network
        if node.id in RESERVED:
            fix = Rename(node.id, network.new_id(type(node.layer)))
            self.problems.append(Problem(f"PyTorch needs the name “{node.id}” for itself.", node.id, fix))
        arriving = [self.nodes[source].output_shape for source in network.predecessors(node.id)]
        if isinstance(node.layer, Input):
            arriving = [self._entering(node, node.layer)]
        shapes = tuple(shape for shape in arriving if shape is not None)
        measured = Measured()
        if len(shapes) == len(arriving) and not lacks_inputs(network, node):
            misfit = self._misfit(node, shapes)
            if misfit:
                self.problems.append(misfit)
            else:
                measured = measure(node.layer, shapes)
        if measured.refusal:
            words = f"{node.layer.title} cannot take {listed(shapes)}: {measured.refusal}."
            self.problems.append(Problem(words, node.id))
        if measured.needs_batch:
            self.need_batch.append(node.id)
        self.nodes[node.id] = NodeReport(
            node.id,
            type(node.layer).__name__,
            shapes,
            measured.output_shape,
            measured.parameters,
            measured.trainable_parameters,
            measured.flops,
        )

    def _entering(self, node: Node, layer: Input) -> Shape | None:
        """The shape of the samples that enter here."""
        if layer.shape and self._sample and layer.shape != self._sample:
            self.problems.append(
                Problem(
                    f"Input takes {in_words(layer.shape)}, but a sample of {self._project.data.dataset.title} is "
                    f"{in_words(self._sample)}.",
                    node.id,
                    ChangeSetting(f"network.{node.id}.shape", (), "Use the data's shape"),
                )
            )
        return layer.shape or self._sample

    def _misfit(self, node: Node, shapes: tuple[Shape, ...]) -> Problem | None:
        """Why a layer does not take these shapes, as it says itself; None: it does."""
        layer = node.layer
        for shape in shapes:
            if not layer.accepts.takes(shape):
                words = f"{layer.title} needs {layer.accepts.words} but receives {in_words(shape)}."
                return Problem(words, node.id, self._adapter(node))
        refusal = layer.refuses(*shapes)
        if refusal is None:
            return None
        if refusal.value is None:
            return Problem(refusal.message, node.id)
        value = pair_in_words(refusal.value) if isinstance(refusal.value, tuple) else refusal.value
        words = f"Set {refusal.setting.replace('_', ' ')} to {value}"
        fix = ChangeSetting(f"network.{node.id}.{refusal.setting}", refusal.value, words)
        return Problem(refusal.message, node.id, fix)

    def _adapter(self, node: Node) -> Fix | None:
        """The edit that makes a layer receive a shape it accepts, where one is known."""
        accepts, network = node.layer.accepts, self._project.network
        if accepts.adapter:
            return InsertBefore(node.id, Layer.kinds[accepts.adapter]())
        source = network.predecessors(node.id)[0]
        before = self.nodes[source].input_shapes
        if len(network.outgoing(source)) == 1 and len(before) == 1 and accepts.takes(before[0]):
            return Remove(source)
        return None


def _with_memory(project: Project, nodes: dict[str, NodeReport], samples: int) -> dict[str, NodeReport]:
    """The same nodes, each with what it holds in a training step on so many samples."""
    copies = 1 + project.training.optimizer.state_per_weight
    held: dict[str, NodeReport] = {}
    for node_id, node in nodes.items():
        activations = FLOAT_BYTES * samples * _values_kept(project, node)
        weights = FLOAT_BYTES * (node.parameters + copies * node.trainable_parameters)
        held[node_id] = replace(node, activation_bytes=activations, training_bytes=weights + activations)
    return held


def _totals(project: Project, nodes: dict[str, NodeReport]) -> Totals:
    """Sums over the network."""
    parameters = sum(node.parameters for node in nodes.values())
    trainable = sum(node.trainable_parameters for node in nodes.values())
    flops = sum(node.flops for node in nodes.values())
    return Totals(
        parameters,
        trainable,
        flops,
        multiply_adds=flops // 2,
        weight_bytes=FLOAT_BYTES * parameters,
        activation_bytes=sum(node.activation_bytes for node in nodes.values()),
        training_bytes=sum(node.training_bytes for node in nodes.values()),
        gradient_bytes=FLOAT_BYTES * trainable,
        optimizer_bytes=FLOAT_BYTES * trainable * project.training.optimizer.state_per_weight,
    )


def _values_kept(project: Project, node: NodeReport) -> int:
    """Values of one sample that a node adds to what is held until its gradient is known."""
    passes_on = not project.network.node(node.id).layer.outputs
    return 0 if node.output_shape is None or passes_on else math.prod(node.output_shape)


def _training_faults(
    project: Project, nodes: dict[str, NodeReport], totals: Totals, need_batch: Sequence[str]
) -> Iterator[Problem]:
    """Why a network that is whole still cannot be trained."""
    output = output_of(project)
    answer = nodes[output].output_shape if output else None
    if answer is not None and not totals.trainable_parameters:
        yield Problem("There is nothing to train: no layer has weights.", output, more_weights(project, answer))
    if step_samples(project) == 1:
        for node_id in need_batch:
            title = project.network.node(node_id).layer.title
            words = f"{title} compares the samples of a batch, so each step needs two or more."
            yield Problem(words, node_id, _larger_batch(project))
    if totals.training_bytes > memory_bytes():
        yield _too_large(project, nodes, totals)


def _larger_batch(project: Project) -> Fix | None:
    usual = min(Training.declared["batch_size"].default, training_samples(project.data))
    words = f"Set the batch size to {usual:,}"
    return ChangeSetting("training.batch_size", usual, words) if usual > 1 else None


def _too_large(project: Project, nodes: dict[str, NodeReport], totals: Totals) -> Problem:
    words = f"Training needs about {in_bytes(totals.training_bytes)}, but this machine has {in_bytes(memory_bytes())}."
    samples = step_samples(project)
    largest = max(nodes.values(), key=lambda node: node.training_bytes, default=None)
    room = memory_bytes() - (totals.training_bytes - totals.activation_bytes)
    fitting = room * samples // max(1, totals.activation_bytes)
    fix = ChangeSetting("training.batch_size", fitting, f"Set the batch size to {fitting:,}")
    helps = fitting >= 1 and not project.training.optimizer.whole_set
    return Problem(words, largest.id if largest else None, fix if helps else None)


def memory_bytes() -> int:
    """The memory of this machine."""
    return psutil.virtual_memory().total


def in_bytes(count: int) -> str:
    """A number of bytes in words: ``24 GB``; a GB is a thousand million bytes."""
    size, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB", "PB", "EB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:,.0f} {unit}" if size >= 10 or size == int(size) else f"{size:.1f} {unit}"
