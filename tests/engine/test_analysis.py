"""The report: true counts, faults in words, and fixes that mend what they say they mend."""

from collections.abc import Callable
from itertools import pairwise

import msgspec
import pytest
import torch
from drawings import every, project, specs, stack
from growth import grows_gently
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from engine import analysis
from engine.analysis import analyse, in_bytes
from engine.build import build
from engine.datasets import Cifar10, Dataset, Diabetes, Iris, Mnist, TinyShakespeare, TwoPoints
from engine.errors import DataError, ProjectError
from engine.graph import Graph, Node, Wire
from engine.layers import (
    Add,
    BatchNorm1d,
    BatchNorm2d,
    Concat,
    Conv1d,
    Conv2d,
    Dropout,
    Flatten,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from engine.losses import Loss, MeanSquaredError
from engine.measure import measure
from engine.optimizers import SGD, Adagrad, Adam, GradientDescent, Momentum, Optimizer
from engine.project import Project
from engine.report import Measure, Problem, Report
from engine.spec import Shape

MNIST_CNN = (
    Input(), Conv2d(32), ReLU(), MaxPool2d(), Flatten(), Linear(128), ReLU(), Linear(10), Softmax(), Output(),
)  # fmt: skip


def problem(report: Report, words: str) -> Problem:
    """The one problem that has these words."""
    found = [each for each in report.problems if words in each.message]
    assert len(found) == 1, [each.message for each in report.problems]
    return found[0]


def mended(drawn: Project, words: str) -> Project:
    """The project after the fix of a problem, which is gone."""
    trouble = problem(analyse(drawn), words)
    assert trouble.fix is not None
    assert trouble.fix.label
    after = trouble.fix.apply(drawn)
    assert not [
        each for each in analyse(after).problems if (each.message, each.node) == (trouble.message, trouble.node)
    ]
    return after


def drawn_with(graph: Graph, drawn: Project | None = None) -> Project:
    return (drawn or project()).with_network(graph)


def test_a_network_that_people_know() -> None:
    report = analyse(project(*MNIST_CNN, dataset=Mnist()))
    assert not report.problems
    shapes = [node.output_shape for node in report.nodes.values()]
    assert shapes[:5] == [(1, 28, 28), (32, 26, 26), (32, 26, 26), (32, 13, 13), (5408,)]
    assert report.nodes["linear_1"].input_shapes == ((5408,),)
    assert report.nodes["conv2d_1"].parameters == 320
    assert report.nodes["linear_1"].parameters == 5408 * 128 + 128
    assert report.totals.parameters == report.totals.trainable_parameters == 693_962
    # 26 · 26 · 32 · 9 for the convolution, then 5408 · 128 and 128 · 10.
    assert report.totals.multiply_adds == 26 * 26 * 32 * 9 + 5408 * 128 + 128 * 10
    assert report.totals.flops == 2 * report.totals.multiply_adds
    assert report.totals.weight_bytes == 4 * 693_962
    values = 784 + 2 * 32 * 26 * 26 + 32 * 13 * 13 + 5408 + 2 * 128 + 2 * 10
    assert report.totals.activation_bytes == 4 * 32 * values
    assert report.totals.training_bytes == 4 * 4 * 693_962 + report.totals.activation_bytes


def test_counts_are_those_of_the_network_that_is_built() -> None:
    drawn = project(
        Input(), Conv2d(16, padding="same"), BatchNorm2d(), ReLU(), MaxPool2d(), Conv2d(32, groups=4), Flatten(),
        Dropout(), Linear(20), BatchNorm1d(), Tanh(), Linear(10), Output(), dataset=Cifar10(),
    )  # fmt: skip
    report, network = analyse(drawn), build(drawn).eval()
    with FlopCounterMode(display=False) as counter:
        network(torch.randn(1, 3, 32, 32))
    assert report.totals.flops == counter.get_total_flops()
    assert report.totals.parameters == sum(weights.numel() for weights in network.parameters())


@pytest.mark.parametrize(("optimizer", "copies"), [(SGD(), 2), (Momentum(), 3), (Adagrad(), 3), (Adam(), 4)])
def test_memory_counts_weights_gradients_and_what_the_optimizer_keeps(optimizer: Optimizer, copies: int) -> None:
    totals = analyse(project(*MNIST_CNN, dataset=Mnist(), optimizer=optimizer)).totals
    assert totals.training_bytes - totals.activation_bytes == copies * totals.weight_bytes


@pytest.mark.parametrize("optimizer", [SGD(), Adam()])
def test_what_the_layers_hold_adds_up_to_the_whole(optimizer: Optimizer) -> None:
    report = analyse(project(*MNIST_CNN, dataset=Mnist(), optimizer=optimizer))
    totals, nodes = report.totals, report.nodes.values()
    assert sum(node.training_bytes for node in nodes) == totals.training_bytes
    assert sum(node.activation_bytes for node in nodes) == totals.activation_bytes
    assert totals.optimizer_bytes == optimizer.state_per_weight * totals.gradient_bytes
    parts = totals.weight_bytes + totals.gradient_bytes + totals.optimizer_bytes + totals.activation_bytes
    assert parts == totals.training_bytes


def test_the_whole_set_is_held_where_each_step_takes_it() -> None:
    whole = analyse(project(*MNIST_CNN, dataset=Mnist(), optimizer=GradientDescent())).totals
    batch = analyse(project(*MNIST_CNN, dataset=Mnist(), batch_size=54_000)).totals
    assert whole.activation_bytes == batch.activation_bytes


def test_a_report_crosses_the_process_border_as_it_is() -> None:
    report = analyse(project(Input((3, 3)), Linear(10), Output()))
    assert msgspec.json.decode(msgspec.json.encode(report.nodes), type=dict[str, analysis.NodeReport]) == report.nodes


# What a drawing lacks


def test_an_empty_network() -> None:
    after = mended(Project(), "The network is empty")
    assert after.network.order == ("input_1",)


def test_following_the_fixes_leads_from_nothing_to_a_network_that_trains() -> None:
    drawn = Project()
    while faults := analyse(drawn).faults:
        fix = next(each.fix for each in faults if each.fix)
        drawn = fix.apply(drawn)
    assert drawn.network.order == ("input_1", "flatten_1", "linear_1", "output_1")
    assert not analyse(drawn).problems


def test_no_input() -> None:
    after = mended(project(Flatten(), Linear(10), Output()), "has no Input")
    assert after.network.order == ("input_1", "flatten_1", "linear_1", "output_1")


def test_no_output() -> None:
    after = mended(project(Input(), Flatten(), Linear(10)), "has no Output")
    assert after.network.order == ("input_1", "flatten_1", "linear_1", "output_1")


def test_a_second_output() -> None:
    drawn = project(Input(), Flatten(), Linear(10), Output())
    drawn = drawn_with(Graph().add(Node("output_0", Output())).merge(drawn.network)[0])
    trouble = problem(analyse(drawn), "A network gives one answer")
    assert trouble.node == "output_0", "the one that is wired stays"
    mended(drawn, "A network gives one answer")


def test_a_layer_that_receives_nothing_is_connected_to_the_one_above() -> None:
    graph = stack(Input(), Flatten(), Linear(10), Output())
    after = mended(drawn_with(graph.disconnect(*graph.incoming("linear_1"))), "Linear receives nothing")
    assert after.network == graph.disconnect(*graph.incoming("linear_1")).connect("flatten_1", "linear_1")


def test_a_loose_layer_with_nothing_above_is_removed() -> None:
    graph = stack(Input(), Flatten(), Linear(10), Output()).add(Node("loose", Linear(), (0.0, -500.0)))
    assert mended(drawn_with(graph), "receives nothing").network == graph.remove(["loose"])


def test_with_nothing_above_no_wire_is_guessed() -> None:
    graph = stack(Input(), Linear(), ReLU()).disconnect(Wire("input_1", "linear_1")).move({"linear_1": (0.0, -500.0)})
    assert problem(analyse(drawn_with(graph)), "receives nothing").fix is None


def test_an_output_is_connected_wherever_it_stands() -> None:
    graph = stack(Input(), Flatten(), Linear(10)).add(Node("output_1", Output(), (0.0, -500.0)))
    assert not analyse(mended(drawn_with(graph), "Output receives nothing")).problems


@pytest.mark.parametrize("kind", [Add, Concat])
def test_a_merge_with_one_input(kind: type[Layer]) -> None:
    drawn = project(Input(), Flatten(), kind(), Linear(10), Output())
    after = mended(drawn, f"{kind.title} needs two inputs or more but has only one")
    assert not analyse(after).problems


def test_a_layer_that_leads_nowhere_is_a_doubt() -> None:
    graph = stack(Input(), Flatten(), Linear(10), Output()).add(Node("loose", ReLU())).connect("flatten_1", "loose")
    report = analyse(drawn_with(graph))
    assert not report.faults
    assert problem(report, "ReLU leads nowhere").node == "loose"
    assert "loose" not in mended(drawn_with(graph), "leads nowhere").network


@pytest.mark.parametrize(
    "name", ["forward", "train", "type", "training", "training_values", "parameters", "T_destination"]
)
def test_a_name_that_pytorch_needs_for_itself(name: str) -> None:
    drawn = project(Input(), Flatten(), Linear(10), Output())
    after = mended(drawn_with(drawn.network.rename("linear_1", name)), f"PyTorch needs the name “{name}”")
    assert name not in after.network
    assert build(after)(torch.zeros(2, 1, 8, 8)).shape == (2, 10)


# What does not fit


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (
            (Conv2d(), MaxPool2d(), Linear(10)),
            "Linear needs a flat list of numbers or a sequence (steps × features) but receives 32×3×3.",
        ),
        ((Flatten(), Conv2d()), "Conv2d needs an image (channels × height × width) but receives 64."),
        (
            (Conv2d(), BatchNorm1d()),
            "BatchNorm1d needs a flat list of numbers or a signal (channels × length) but receives 32×6×6.",
        ),
        ((Flatten(), ReLU(), Conv1d()), "Conv1d needs a signal (channels × length) but receives 64."),
        ((Conv2d(kernel_size=9),), "Conv2d slides a window of 9 × 9 but receives an image of only 1×8×8."),
        ((Conv2d(30), Conv2d(32, groups=4)), "Conv2d cannot divide 30 channels into 4 equal groups."),
        ((MaxPool2d(3, padding=2),), "MaxPool2d's padding is more than half of its window of 3 × 3."),
    ],
)
def test_a_misfit_says_what_arrives_and_the_fix_mends_it(layers: tuple[Layer, ...], words: str) -> None:
    after = mended(project(Input(), *layers, Output()), words)
    assert all(node.output_shape for node in analyse(after).nodes.values())


def test_a_misfit_is_told_once_and_not_by_all_that_follow() -> None:
    report = analyse(project(Input(), Linear(30), ReLU(), Linear(10), Softmax(), Output()))
    assert [each.node for each in report.problems] == ["linear_1"]
    assert report.nodes["input_1"].output_shape == (1, 8, 8)
    assert report.nodes["softmax_1"].output_shape is None


def test_inputs_of_a_merge_that_do_not_fit() -> None:
    graph = stack(Input(), Flatten(), Linear(4), Add(), Output()).connect("flatten_1", "add_1")
    assert problem(analyse(drawn_with(graph)), "Add needs inputs of one shape but receives 4 and 64.").node == "add_1"


def test_an_input_that_is_not_the_datas_shape() -> None:
    drawn = project(Input((784,)), Linear(10), Output(), dataset=Mnist())
    after = mended(drawn, "Input takes 784, but a sample of MNIST is 1×28×28.")
    assert analyse(after).nodes["input_1"].output_shape == (1, 28, 28)


def test_what_torch_alone_refuses_is_told_in_the_layers_terms() -> None:
    drawn = project(Input((65_536, 65_536, 256)), Conv2d(1_000_000), Flatten(), Linear(1_000_000), Output())
    trouble = problem(analyse(drawn), "Linear cannot take")
    assert trouble.node == "linear_1"
    assert "too many for any machine" in trouble.message


def test_data_that_cannot_be_read_is_a_problem_and_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: Dataset) -> Shape:
        raise DataError("people.csv is not there.", fix="Choose the file again.")

    monkeypatch.setattr(Iris, "shape", property(missing))
    report = analyse(project(Input(), Linear(3), Output(), dataset=Iris()))
    assert [each.message for each in report.problems] == ["people.csv is not there. Choose the file again."]
    assert report.nodes["linear_1"].output_shape is None


def test_a_network_without_weights() -> None:
    after = mended(project(Input(), ReLU(), Output(), dataset=Iris()), "There is nothing to train")
    assert analyse(after).totals.parameters == 4 * 3 + 3


def test_a_network_that_no_machine_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "memory_bytes", lambda: 24 * 10**9)
    drawn = project(Input(), Flatten(), Linear(1_000_000), Linear(262_144), Linear(10), Output(), optimizer=Adam())
    trouble = problem(analyse(drawn), "Training needs about 4.2 TB, but this machine has 24 GB.")
    assert trouble.node == "linear_2"


def test_a_batch_that_no_machine_holds_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "memory_bytes", lambda: 20 * 2**20)
    drawn = project(*MNIST_CNN, dataset=Mnist(), batch_size=4096)
    after = mended(drawn, "Training needs about")
    assert 1 < after.training.batch_size < 4096
    assert not analyse(after).problems


def test_normalising_over_a_batch_of_one() -> None:
    drawn = project(Input(), Flatten(), BatchNorm1d(), Linear(10), Output(), batch_size=1)
    assert mended(drawn, "BatchNorm1d compares the samples of a batch").training.batch_size == 32
    assert not analyse(project(Input(), BatchNorm2d(), Flatten(), Linear(10), Output(), batch_size=1)).problems


# Speed


def built_anew(drawn: Project) -> int:
    """How many layers an analysis has to build because nothing is known of them yet."""
    before = measure.cache_info().misses
    analyse(drawn)
    return measure.cache_info().misses - before


def deep(blocks: int) -> Project:
    """A network of three layers for each of its blocks."""
    layers = [Input()] + [layer for _ in range(blocks) for layer in (Conv2d(8, padding=1), BatchNorm2d(), ReLU())]
    nodes = tuple(Node(f"layer_{number}", layer) for number, layer in enumerate(layers))
    return drawn_with(Graph(nodes, tuple(Wire(one.id, two.id) for one, two in pairwise(nodes))))


def test_a_first_analysis_builds_each_layer_once_and_a_second_none() -> None:
    measure.cache_clear()
    drawn = project(*MNIST_CNN)
    assert 0 < built_anew(drawn) <= len(drawn.network.nodes)
    assert built_anew(drawn) == 0


def test_an_edit_among_a_thousand_layers_builds_only_what_it_changes() -> None:
    drawn = deep(333)
    analyse(drawn)
    # The layer itself, and the three after it that now receive another shape.
    assert built_anew(drawn.with_value("network.layer_499.out_channels", 9)) <= 4


def test_analysing_ten_times_the_layers_takes_nothing_like_a_hundred_times_as_long() -> None:
    def analysing(blocks: int) -> Callable[[], Report]:
        drawn = deep(blocks)
        analyse(drawn)
        return lambda: analyse(drawn)

    assert grows_gently(analysing, 50)


# Whatever is drawn


@st.composite
def projects(draw: st.DrawFn) -> Project:
    """A project as a person in a hurry leaves it: any layers, wires missing and crossing, choices at random."""
    kinds = st.sampled_from(every(Layer))
    small = st.sampled_from(
        [Input(), Output(), Flatten(), Linear(3), Linear(1), Softmax(), Sigmoid(), Dropout(), Add()]
    )
    layers = draw(st.lists(st.one_of(small, kinds.flatmap(specs)), max_size=8))
    graph = Graph(tuple(Node(f"layer_{number}", layer, (0.0, 80.0 * number)) for number, layer in enumerate(layers)))
    names = [node.id for node in graph.nodes]
    shortcuts = [(draw(st.sampled_from(names)), draw(st.sampled_from(names))) for _ in names[5:]]
    for source, target in [*pairwise(names), *shortcuts]:
        if not graph.refuses_wire(source, target) and draw(st.integers(0, 9)):
            graph = graph.connect(source, target)
    dataset = draw(st.sampled_from(every(Dataset)))()
    loss, optimizer = draw(st.sampled_from(every(Loss)))(), draw(st.sampled_from(every(Optimizer)))()
    if draw(st.booleans()):
        optimizer = optimizer.with_setting("learning_rate", 0)
    batch_size = draw(st.sampled_from([1, 2, 32, 100_000]))
    return project(dataset=dataset, loss=loss, optimizer=optimizer, batch_size=batch_size).with_network(graph)


@st.composite
def nearly_right(draw: st.DrawFn) -> Project:
    """A whole stack, with ends and choices that need not fit together."""
    dataset = draw(st.sampled_from(every(Dataset)))()
    ends = st.sampled_from([Softmax(), Sigmoid(), Dropout(), Flatten(), ReLU(), BatchNorm1d(), Linear(2), Linear(1)])
    middle = draw(st.sampled_from([(Flatten(), Linear(3)), (Flatten(),), (ReLU(),), (Flatten(), Linear(10), Tanh())]))
    layers = (Input(), *middle, *draw(st.lists(ends, max_size=4)), Output())
    loss, optimizer = draw(st.sampled_from(every(Loss)))(), draw(st.sampled_from(every(Optimizer)))()
    return project(*layers, dataset=dataset, loss=loss, optimizer=optimizer, batch_size=draw(st.sampled_from([1, 32])))


@settings(max_examples=400, deadline=None)
@given(st.one_of(projects(), nearly_right()))
def test_every_fix_mends_its_problem(drawn: Project) -> None:
    report = analyse(drawn)
    assert len({(each.message, each.node) for each in report.problems}) == len(report.problems), "told twice"
    for trouble in report.problems:
        assert trouble.message.endswith(".")
        assert trouble.node is None or trouble.node in drawn.network
        if trouble.fix is None:
            continue
        after = trouble.fix.apply(drawn)
        after.network.check()
        left = [(each.message, each.node) for each in analyse(after).problems]
        assert (trouble.message, trouble.node) not in left


@settings(max_examples=100, deadline=None)
@given(nearly_right())
def test_what_the_fixes_lead_to_can_be_built_and_run(drawn: Project) -> None:
    for _ in range(20):
        faults = analyse(drawn).faults
        if not faults:
            break
        assert faults[0].fix is not None
        drawn = faults[0].fix.apply(drawn)
    report = analyse(drawn)
    assert not report.faults
    tokens = isinstance(drawn.data.dataset, TinyShakespeare)
    samples = torch.zeros if tokens else torch.randn
    output = build(drawn)(samples(2, *drawn.data.dataset.shape))
    assert tuple(output.shape[1:]) == report.nodes["output_1"].output_shape


def test_sizes_in_words() -> None:
    sizes = [0, 999, 1000, 1500, 24 * 10**9, 4 * 10**12, 44 * 10**11]
    assert [in_bytes(size) for size in sizes] == ["0 bytes", "999 bytes", "1 kB", "1.5 kB", "24 GB", "4 TB", "4.4 TB"]


def test_two_points_are_few_but_enough() -> None:
    drawn = project(Input(), Linear(3), Linear(1), Output(), dataset=TwoPoints(), loss=MeanSquaredError(), batch_size=2)
    assert not analyse(drawn).faults


def test_a_project_error_is_for_files_and_not_for_drawings() -> None:
    with pytest.raises(ProjectError):
        project(Input()).network.connect("input_1", "gone")
    assert analyse(project(Linear(1), dataset=Diabetes())).faults


@pytest.mark.parametrize("measure", ["parameters", "flops", "memory"])
def test_shares_add_up_to_the_whole(measure: Measure) -> None:
    report = analyse(project(*MNIST_CNN, dataset=Mnist()))
    assert sum(report.shares(measure).values()) == pytest.approx(1, abs=1e-12)
    assert report.total("memory") == report.totals.training_bytes
    assert not any(analyse(project(Flatten())).shares(measure).values())


def test_a_bypassed_layer_that_could_not_take_what_arrives_is_not_asked_what_it_would_give() -> None:
    drawn = project(Input(), Flatten(), Conv2d(), Conv2d(), Output(), dataset=Mnist())
    drawn = drawn.with_network(drawn.network.bypass(["conv2d_1"]))
    assert [fault.node for fault in analyse(drawn).faults] == ["conv2d_2"]
