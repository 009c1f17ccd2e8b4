"""From a project to a `Report`: order, shapes, parameters, FLOPs, memory, and problems with their fixes."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

import msgspec
import psutil
from msgspec.structs import replace

from engine import trust
from engine.advice import advise, more_weights, penalty_problems, step_samples, training_samples
from engine.balance import unsuitable
from engine.blocks import Block, layers_of
from engine.chosen_metrics import metric_problems
from engine.data import MOST_NAMED, Data
from engine.doubts import OF_A_BLOCK, OF_THE_DRAWING, RULES, doubts
from engine.ends import auxiliary_outputs, last_layer, main_output
from engine.errors import DataError, LayerloomError
from engine.graph import Graph, Node
from engine.layers import Input, Layer, PythonLayer, Twin, in_words
from engine.layers.layer import mends, sizes_in_words
from engine.layers.merge import listed
from engine.measure import RESERVED, measure
from engine.optimizers import SGD
from engine.project import Project
from engine.report import (
    ChangeSetting,
    ChangeSteps,
    Fix,
    InsertBefore,
    Inside,
    NodeReport,
    Problem,
    ReadCode,
    Remove,
    Rename,
    Report,
    Thaw,
    Totals,
    UseAgain,
    parted,
)
from engine.spec import Shape
from engine.steps import FillMissing, misfit, unfilled
from engine.training import Training
from engine.twins import acting, origin_of, twin_problems
from engine.wiring import lacks_inputs, wiring_problems

FLOAT_BYTES = 4
EDIT_CODE = "Edit its code"
MOST_LAYERS = 20_000
"""More than these, written out, no block can be."""


_NTH = ("first", "second", "third", "fourth", "fifth", "sixth")


def analyse(project: Project) -> Report:
    """All that is known of a project, faults first. Never raises for what a person has drawn or chosen."""
    unreadable = _unreadable(project)
    walk = _Walk(project.network, *((None, "") if unreadable else _sample_of(project.data)))
    problems = [*wiring_problems(project.network), *walk.problems]
    samples = project.training.batch_size if unreadable else step_samples(project)
    nodes = _with_memory(project, walk.nodes, samples)
    totals = _totals(project, nodes)
    if unreadable:
        problems.append(unreadable)
    else:
        problems += (_with_use(problem, walk, project) for problem in advise(project, nodes))
        problems += _missing_values(project.data)
        problems += unsuitable(project)
        problems += metric_problems(project)
        problems += penalty_problems(project)
        problems += _training_faults(project, nodes, totals, walk.need_batch)
    problems += doubts(project, nodes, OF_THE_DRAWING if unreadable else RULES)
    problems.sort(key=lambda problem: problem.severity == "doubt")
    asked, silenced = parted(problems, project.silenced, project.network)
    return Report(nodes, totals, asked, project.network.order, silenced)


def _sample_of(data: Data) -> "tuple[tuple[Shape, ...], str]":
    prepared = "a prepared sample" if data.steps else "a sample"
    return (data.shape,), f"{prepared} of {data.dataset.title} is"


def _unreadable(project: Project) -> Problem | None:
    """Why nothing is known of the samples; None: all is."""
    data, dataset = project.data, project.data.dataset
    try:
        _ = dataset.shape, dataset.classes, dataset.targets, dataset.sizes
        if found := misfit(dataset.layout, data.steps):
            steps = (*data.steps[: found.number], *data.steps[found.number + 1 :])
            words = f"Remove the step “{data.steps[found.number].title}”"
            return Problem(str(found.fault), fix=ChangeSteps(steps, words), rule="step-misfit")
        _ = data.shape
        if fault := _split_fault(data):
            fix = ChangeSetting("data.split", "AtRandom", "Split at random")
            return Problem(str(fault), fix=fix, rule="split-misfit")
    except LayerloomError as fault:
        return Problem(str(fault), rule="unreadable-data")
    return None


def _split_fault(data: Data) -> DataError | None:
    """Why the samples cannot be divided as they should be; None: they can."""
    try:
        data.check_split()
    except DataError as fault:
        return fault
    return None


def _missing_values(data: Data) -> Iterator[Problem]:
    """The columns that are known to lack values when they reach the network."""
    lacking = unfilled(data.layout)
    if not lacking:
        return
    names = ", ".join(f"“{name}” ({count:,})" for name, count in list(lacking.items())[:MOST_NAMED])
    more = f" and {len(lacking) - MOST_NAMED:,} more" if len(lacking) > MOST_NAMED else ""
    words = f"Values are missing in {names}{more}, and a network can only take numbers."
    yield Problem(words, fix=ChangeSteps((FillMissing(), *data.steps), "Fill what is missing"), rule="missing-values")


class _Walk:
    """Every node in the order in which values flow: what is known of it, and what does not fit.

    ``entering`` are the shapes that enter at the Inputs (None: unknown), ``giver`` says who gives them.
    """

    def __init__(self, network: Graph, entering: tuple[Shape, ...] | None, giver: str) -> None:
        self.nodes: dict[str, NodeReport] = {}
        self.problems: list[Problem] = []
        self.need_batch: list[Problem] = []
        """What would be wrong if a step saw one sample."""
        self._network = network
        self._giver = giver
        self._said: set[object] = set()
        inputs = [node.id for node in network.nodes if isinstance(node.layer, Input)]
        # At each Input of a block something of its own enters; all those of a network see the same samples.
        self._entering = {
            node_id: entering[min(number, len(entering) - 1)] for number, node_id in enumerate(inputs) if entering
        }
        for node_id in network.order:
            self._visit(network.node(node_id))
        self.problems += twin_problems(network, self.nodes)

    def _visit(self, node: Node) -> None:
        network = self._network
        if node.id in RESERVED:
            fix = Rename(node.id, network.new_id(type(node.layer)))
            words = f"PyTorch needs the name “{node.id}” for itself."
            self.problems.append(Problem(words, node.id, fix, rule="reserved-name"))
        arriving = [self.nodes[source].output_shape for source in network.predecessors(node.id)]
        if isinstance(node.layer, Input):
            arriving = [self._entered(node, node.layer)]
        shapes = tuple(shape for shape in arriving if shape is not None)
        whole = len(shapes) == len(arriving) and not lacks_inputs(network, node)
        report = self._looked_at(node, shapes) if whole else NodeReport(node.id, type(node.layer).__name__, shapes)
        self.nodes[node.id] = _frozen(report) if node.frozen else report

    def _looked_at(self, node: Node, shapes: tuple[Shape, ...]) -> NodeReport:
        known = NodeReport(node.id, type(node.layer).__name__, shapes)
        if node.bypassed:
            return replace(known, output_shape=shapes[0])
        if isinstance(node.layer, Twin):
            return self._as_another(node, known)
        misfit = self._misfit(node, shapes)
        if misfit:
            skipped = self.skipped_before(node)
            self.problems.append(replace(misfit, fix=UseAgain(skipped)) if skipped else misfit)
            return known
        if isinstance(node.layer, Block):
            return self._look_inside(node, node.layer, known)
        if not _may_run(node.layer):
            words = "This layer carries Python code that has not been allowed to run."
            self.problems.append(Problem(words, node.id, ReadCode(node.id, "Read and allow"), rule="code-not-allowed"))
            return known
        measured = measure(node.layer, shapes)
        if measured.refusal:
            self.problems.append(_refused(node, shapes, measured.refusal))
        if measured.needs_batch:
            words = f"{node.layer.title} compares the samples of a batch, so each step needs two or more."
            self.need_batch.append(Problem(words, node.id, rule="batch-of-one"))
        return replace(
            known,
            output_shape=measured.output_shape,
            parameters=measured.parameters,
            trainable_parameters=measured.trainable_parameters,
            flops=measured.flops,
            values=math.prod(measured.output_shape) if measured.output_shape is not None and node.layer.outputs else 0,
        )

    def _as_another(self, node: Node, known: NodeReport) -> NodeReport:
        """What is known of a twin, whose weights count where they are."""
        layer, shapes = acting(self._network, node, self.nodes), known.input_shapes
        if layer is None or not layer.accepts.takes(shapes[0]) or layer.refuses(*shapes) or not _may_run(layer):
            return known
        if isinstance(layer, Block):
            report = known if _repeats_badly(layer, node.id) else _examined(layer, shapes, trust.allowed()).report
            return replace(report, id=node.id, type=known.type, parameters=0, trainable_parameters=0)
        measured = measure(layer, shapes)
        leaving = measured.output_shape
        values = math.prod(leaving) if leaving is not None else 0
        return replace(known, output_shape=leaving, flops=measured.flops, values=values)

    def _look_inside(self, node: Node, block: Block, known: NodeReport) -> NodeReport:
        if too_much := _repeats_badly(block, node.id):
            self.problems.append(too_much)
            return known
        found = _examined(block, known.input_shapes, trust.allowed())
        self.problems += (problem.inside(node.id) for problem in found.problems if self._is_news(block, problem))
        self.need_batch += (problem.inside(node.id) for problem in found.need_batch)
        return replace(found.report, id=node.id)

    def _is_news(self, block: Block, problem: Problem) -> bool:
        """Whether this was not said of another use of the block: its drawing is the same."""
        saying = (type(block).__name__, problem.place, problem.node, problem.message)
        is_news = saying not in self._said
        self._said.add(saying)
        return is_news

    def _entered(self, node: Node, layer: Input) -> Shape | None:
        """The shape of the samples that enter here."""
        entering = self._entering.get(node.id)
        if layer.shape and entering is not None and layer.shape != entering:
            self.problems.append(
                Problem(
                    f"Input takes {in_words(layer.shape)}, but {self._giver} {in_words(entering)}.",
                    node.id,
                    ChangeSetting(f"network.{node.id}.shape", (), "Use the data's shape"),
                    rule="input-shape",
                )
            )
        return layer.shape or entering

    def _misfit(self, node: Node, shapes: tuple[Shape, ...]) -> Problem | None:
        """Why a layer does not take these shapes, as it says itself; None: it does."""
        layer = node.layer
        for number, shape in enumerate(shapes):
            if not layer.accepts.takes(shape):
                received = "receives" if len(shapes) == 1 else f"its {_NTH[number]} input is"
                words = f"{layer.title} needs {layer.accepts.words} but {received} {in_words(shape)}."
                return Problem(words, node.id, self._adapter(node, shape, number), rule="wrong-rank")
        refusal = layer.refuses(*shapes)
        if refusal is None:
            return None
        if isinstance(layer, PythonLayer):
            return Problem(refusal.message, node.id, ReadCode(node.id, EDIT_CODE), rule="misfit")
        if refusal.value is None or not mends(layer, shapes):
            return Problem(refusal.message, node.id, rule="misfit")
        words = _set_in_words(refusal.setting.replace("_", " "), refusal.value)
        fix = ChangeSetting(f"network.{node.id}.{refusal.setting}", refusal.value, words)
        return Problem(refusal.message, node.id, fix, rule="misfit")

    def _adapter(self, node: Node, shape: Shape, number: int) -> Fix | None:
        """The edit that makes a layer receive a shape it accepts instead of this one, where one is known.

        ``number`` is that of the wire, among those that arrive.
        """
        accepts, network = node.layer.accepts, self._network
        if accepts.adapter:
            return InsertBefore(node.id, Layer.kinds[accepts.adapter](), number)
        source = network.predecessors(node.id)[number]
        before = self.nodes[source].input_shapes
        if len(network.outgoing(source)) == 1 and len(before) == 1 and accepts.takes(before[0]):
            return Remove(source)
        if accepts.raiser and len(shape) + 1 in accepts.ranks:
            return InsertBefore(node.id, Layer.kinds[accepts.raiser](), number)
        return None

    def skipped_before(self, node: Node) -> str:
        """A bypassed layer without which this one receives another shape; empty: there is none."""
        for source in self._network.predecessors(node.id):
            while source and not self._changes_shape(source):
                source = next(iter(self._network.predecessors(source)), "")
            if source and self._network.node(source).bypassed:
                return source
        return ""

    def _changes_shape(self, node_id: str) -> bool:
        """Whether another shape leaves a node than arrives; of one that is bypassed, whether one would."""
        node, known = self._network.node(node_id), self.nodes[node_id]
        if not node.bypassed:
            return known.input_shapes != (known.output_shape,)
        leaving = shape_after(node.layer, known.input_shapes)
        return leaving is not None and known.input_shapes != (leaving,)


def _set_in_words(setting: str, value: object) -> str:
    if isinstance(value, bool):
        return f"Turn {setting} {'on' if value else 'off'}"
    return f"Set {setting} to {sizes_in_words(value) if isinstance(value, tuple) else value}"


def _with_use(problem: Problem, walk: _Walk, project: Project) -> Problem:
    """A fault of the answer whose cause is a bypassed layer is mended by using that again."""
    main = main_output(project.network)
    for output in (main, *auxiliary_outputs(project.network)) if main and problem.severity == "fault" else ():
        if problem.node in (output, last_layer(project, output)):
            skipped = walk.skipped_before(project.network.node(output))
            return replace(problem, fix=UseAgain(skipped)) if skipped else problem
    return problem


def shape_after(layer: Layer, shapes: tuple[Shape, ...]) -> Shape | None:
    """What would leave a layer that receives these shapes; None: it does not take them."""
    if isinstance(layer, Block):
        return _examined(layer, shapes, trust.allowed()).report.output_shape
    if len(shapes) < (layer.inputs or 1) or not all(layer.accepts.takes(shape) for shape in shapes):
        return None
    if layer.refuses(*shapes) or not _may_run(layer):
        return None
    return measure(layer, shapes).output_shape


def _may_run(layer: Layer) -> bool:
    """Whether a layer is none with code of its own, or one whose code a person has allowed."""
    return not isinstance(layer, PythonLayer) or trust.is_allowed(layer.source)


def _refused(node: Node, shapes: tuple[Shape, ...], reason: str) -> Problem:
    """What torch, or the code of the layer itself, does not do with these shapes."""
    layer = node.layer
    if isinstance(layer, PythonLayer):
        words = f"{layer.reading.class_name} {reason}."
        return Problem(words, node.id, ReadCode(node.id, EDIT_CODE), rule="refused-by-code")
    return Problem(f"{layer.title} cannot take {listed(shapes)}: {reason}.", node.id, rule="refused-by-torch")


def _frozen(report: NodeReport) -> NodeReport:
    """The same with nothing to train, inside either."""
    inside = _inside_changed(report, lambda nodes: {node_id: _frozen(node) for node_id, node in nodes.items()})
    return replace(report, trainable_parameters=0, inside=inside)


def _inside_changed(
    report: NodeReport, change: Callable[[Mapping[str, NodeReport]], Mapping[str, NodeReport]]
) -> tuple[Mapping[str, NodeReport], ...]:
    """What is known inside a block, changed: repetitions that are alike share one report, and go on doing so."""
    apart = {id(nodes): nodes for nodes in report.inside}
    changed = {key: change(nodes) for key, nodes in apart.items()}
    return tuple(changed[id(nodes)] for nodes in report.inside)


class _Examined(msgspec.Struct, frozen=True):
    """A block for inputs of certain shapes."""

    report: NodeReport
    problems: tuple[Problem, ...]
    need_batch: tuple[Problem, ...]


@lru_cache(maxsize=4_096)
def _examined(block: Block, shapes: tuple[Shape, ...], allowed: frozenset[str]) -> _Examined:
    """The block for inputs of these shapes, one repetition after the other; ``allowed`` is the code that may run."""
    del allowed
    inside, repetitions = block.inside, list[Mapping[str, NodeReport]]()
    problems, need_batch = list(wiring_problems(inside, "block")), list[Problem]()
    end = main_output(inside)
    leaving: Shape | None = None
    entering, walked = shapes, None
    for _ in range(block.repeat):
        if walked != entering:
            walk, walked = _Walk(inside, entering, "the block receives"), entering
            if not repetitions:
                problems += doubts(Project(inside), walk.nodes, OF_A_BLOCK)
            problems += (problem for problem in walk.problems if problem not in problems)
            need_batch += (problem for problem in walk.need_batch if problem not in need_batch)
            repetitions.append(walk.nodes)
        else:
            repetitions.append(repetitions[-1])
        leaving = repetitions[-1][end].output_shape if end else None
        if leaving is None:
            break
        entering = (leaving,)
    reports = [report for nodes in repetitions for report in nodes.values()]
    passing = sum(report.values for report in reports if report.type == Input.__name__)
    return _Examined(
        NodeReport(
            "",
            type(block).__name__,
            shapes,
            leaving,
            sum(report.parameters for report in reports),
            sum(report.trainable_parameters for report in reports),
            sum(report.flops for report in reports),
            values=sum(report.values for report in reports) - passing,
            inside=tuple(repetitions),
        ),
        tuple(problems),
        tuple(need_batch),
    )


def _repeats_badly(block: Block, node_id: str) -> Problem | None:
    """Why a block cannot be repeated as often as it is; None: it can."""
    if block.repeat > 1 and block.inputs != 1:
        words = f"{block.title} cannot be repeated: it has {block.inputs} inputs but one output."
        fix = ChangeSetting(f"network.{node_id}.repeat", 1, "Use it once")
        return Problem(words, node_id, fix, rule="repeated-inputs")
    if (layers := layers_of(block)) > MOST_LAYERS:
        words = f"{block.title} would be {layers:,} layers; a block can be at most {MOST_LAYERS:,}."
        fix = ChangeSetting(f"network.{node_id}.repeat", 1, "Use it once") if block.repeat > 1 else None
        return Problem(words, node_id, fix, rule="block-too-large")
    return None


def _with_memory(project: Project, nodes: Mapping[str, NodeReport], samples: int) -> dict[str, NodeReport]:
    """The same nodes, each with what it holds in a training step on so many samples."""
    copies = 1 + project.training.optimizer.state_per_weight
    held: dict[str, NodeReport] = {}
    for node_id, node in nodes.items():
        activations = FLOAT_BYTES * samples * node.values
        weights = FLOAT_BYTES * (node.parameters + copies * node.trainable_parameters)
        inside = _inside_changed(node, lambda nodes: _with_memory(project, nodes, samples))
        held[node_id] = replace(node, activation_bytes=activations, training_bytes=weights + activations, inside=inside)
    return held


def _totals(project: Project, nodes: Mapping[str, NodeReport]) -> Totals:
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


def _training_faults(
    project: Project, nodes: Mapping[str, NodeReport], totals: Totals, need_batch: Sequence[Problem]
) -> Iterator[Problem]:
    """Why a network that is whole still cannot be trained."""
    output = main_output(project.network)
    answer = nodes[output].output_shape if output else None
    if answer is not None and not _learns(project.network, nodes, output):
        held = _thawing(project.network, nodes, output)
        words = "all layers that have weights are frozen" if held else "no layer has weights"
        fix = held or more_weights(project, answer)
        yield Problem(f"There is nothing to train: {words}.", output, fix, rule="nothing-to-train")
    if step_samples(project) == 1:
        for problem in need_batch:
            yield replace(problem, fix=_larger_batch(project))
    if totals.training_bytes > memory_bytes():
        yield _too_large(project, nodes, totals)
    if project.training.optimizer.whole_set and project.data.loading == "stream":
        words = f"{project.training.optimizer.title} takes all samples in each step, but they are to stay on the disk."
        fix = ChangeSetting("training.optimizer", SGD.__name__, f"Use {SGD.title}")
        yield Problem(words, fix=fix, rule="whole-set-streamed")


def _learns(network: Graph, nodes: Mapping[str, NodeReport], output: str) -> bool:
    """Whether a weight that trains has a say in the answer."""
    leading = network.ancestors(output)
    shared = {origin.id for node_id in leading if (origin := origin_of(network, network.node(node_id)))}
    return any(nodes[node_id].trainable_parameters for node_id in leading | shared)


def _thawing(network: Graph, nodes: Mapping[str, NodeReport], output: str) -> Fix | None:
    """The edit after which the frozen layers train again, on the level where they are; None: there are none."""
    leading = network.ancestors(output)
    weighty = [node_id for node_id in network.order if node_id in leading and nodes[node_id].parameters]
    held = tuple(node_id for node_id in weighty if network.node(node_id).frozen)
    if held:
        return Thaw(held)
    for node_id in weighty:
        layer, known = network.node(node_id).layer, nodes[node_id]
        if isinstance(layer, Block):
            inside = layer.inside
            if inner := _thawing(inside, known.inside[0], main_output(inside)):
                place, fix = (inner.place, inner.fix) if isinstance(inner, Inside) else ((), inner)
                return Inside((node_id, *place), fix)
    return None


def _larger_batch(project: Project) -> Fix | None:
    usual = Training.declared["batch_size"].default
    if project.data.dataset.sizes[0]:
        usual = min(usual, training_samples(project.data))
    words = f"Set the batch size to {usual:,}"
    return ChangeSetting("training.batch_size", usual, words) if usual > 1 else None


def _too_large(project: Project, nodes: Mapping[str, NodeReport], totals: Totals) -> Problem:
    words = f"Training needs about {in_bytes(totals.training_bytes)}, but this machine has {in_bytes(memory_bytes())}."
    samples = step_samples(project)
    largest = max(nodes.values(), key=lambda node: node.training_bytes, default=None)
    room = memory_bytes() - (totals.training_bytes - totals.activation_bytes)
    fitting = room * samples // max(1, totals.activation_bytes)
    fix = ChangeSetting("training.batch_size", fitting, f"Set the batch size to {fitting:,}")
    helps = fitting >= 1 and not project.training.optimizer.whole_set
    return Problem(words, largest.id if largest else None, fix if helps else None, rule="too-large")


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
