"""Each rule fires where it should, is silent nearby, and its fix mends it; networks that people know raise no doubt."""

import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest
from drawings import project, stack
from growth import grows_gently
from known_networks import KNOWN
from msgspec.structs import replace
from networks import wired

from engine.analysis import analyse
from engine.block_edits import made_block
from engine.datasets import Cifar10, Dataset, Diabetes, Iris, Mnist
from engine.datasets.tables import Table, TableColumn
from engine.doubts import RULES
from engine.graph import Graph, Node
from engine.layers import (
    GELU,
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Input,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from engine.losses import BinaryCrossEntropy, MeanSquaredError, Triplet
from engine.optimizers import SGD, Adam, Momentum
from engine.project import Project
from engine.report import Report
from engine.schedules import Cosine
from engine.steps import DropColumns, Embed, OneHot, Step
from engine.templates import Template, templates

IMAGE = Conv2d(8, padding="same"), ReLU()
END = Flatten(), Linear(10)


class Case(NamedTuple):
    """A project in which a rule fires, at a node, and one nearby in which it does not."""

    rule: str
    doubtful: Project
    sound: Project
    node: str | None


def layers(*middle: Layer, dataset: Dataset | None = None, **choices: object) -> Project:
    """These layers between an Input and an Output, on the digits where no dataset is named."""
    return project(Input(), *middle, Output(), dataset=dataset, **choices)  # pyright: ignore[reportArgumentType]


def table(*middle: Layer, **choices: object) -> Project:
    """These layers on Iris: four numbers in, three classes out."""
    return layers(*middle, dataset=Iris(), **choices)


def travellers(*steps: Step) -> Project:
    """A small network on a table in which one column is a category, with its data prepared in these steps."""
    columns = (
        TableColumn("Age", holds="numbers"),
        TableColumn("Port", "category", ("C", "Q", "S")),
        TableColumn("Sex", "category", ("female", "male")),
        TableColumn("Survived", "category", ("no", "yes")),
    )
    dataset = Table("tabular/titanic.csv", target="Survived", columns=columns, rows=891)
    drawn = layers(Linear(8), ReLU(), Linear(2), dataset=dataset)
    return drawn.with_data(replace(drawn.data, steps=steps))


def numbers(*middle: Layer) -> Project:
    """These layers on a regression."""
    return layers(*middle, dataset=Diabetes(), loss=MeanSquaredError())


def side_branch(width: int, joined: bool) -> Project:
    """A narrow Linear, which is the only way or beside another."""
    parts: dict[str, Layer] = {
        "input": Input(), "a": Linear(width), "bend": Tanh(), "b": Linear(8), "skip": Linear(8), "sum": Add(),
        "last": Linear(3), "output": Output(),
    }  # fmt: skip
    wires = ["input a", "a bend", "bend b", "b sum", "input skip" if joined else "bend skip", "skip sum"]
    graph = wired(parts, [*wires, "sum last", "last output"])
    return table().with_network(graph)


def dead_end(leads_on: bool) -> Project:
    """A second layer on the Input, which is added to the first or leads nowhere."""
    parts: dict[str, Layer] = {
        "input": Input(), "a": Linear(3), "b": Linear(3), "sum": Add() if leads_on else ReLU(), "output": Output()
    }  # fmt: skip
    joined = ["b sum"] if leads_on else []
    return table().with_network(wired(parts, ["input a", "input b", "a sum", *joined, "sum output"]))


def two_doors(first: Input, second: Input) -> Project:
    """Two ways from Inputs of their own to a sum."""
    parts: dict[str, Layer] = {
        "first": first, "a": Linear(3), "second": second, "b": Linear(3), "sum": Add(), "output": Output()
    }  # fmt: skip
    return table().with_network(wired(parts, ["first a", "second b", "a sum", "b sum", "sum output"]))


def closing_block(*middle: Layer) -> Project:
    """The end of a classification as one block."""
    design = table(Linear(8), ReLU(), *middle)
    names = [node.id for node in design.network.nodes if not isinstance(node.layer, Input | Output)]
    return design.with_network(made_block(design.network, names[2:], "Head")[0])


SIGMOIDS = (Linear(8), Sigmoid()) * 5
CASES = [
    Case("activation-in-block", closing_block(Linear(3), Softmax()), closing_block(Linear(3)), "head_1"),
    Case("inputs-alike", two_doors(Input(), Input()), two_doors(Input(stop=2), Input(start=2)), "second"),
    Case("unused-part", two_doors(Input(stop=2), Input(start=3)), two_doors(Input(stop=2), Input(start=2)), "second"),
    Case("leads-nowhere", dead_end(False), dead_end(True), "b"),
    Case("no-nonlinearity", table(Linear(8), Linear(3)), table(Linear(8), ReLU(), Linear(3)), "linear_2"),
    Case(
        "no-nonlinearity",
        layers(Conv2d(8, bias=False), BatchNorm2d(), AvgPool2d(), Dropout(), *END),
        layers(Conv2d(8, bias=False), BatchNorm2d(), LeakyReLU(), AvgPool2d(), Dropout(), *END),
        "linear_1",
    ),
    Case(
        "no-nonlinearity",
        layers(*IMAGE, Conv2d(16), Conv2d(32), ReLU(), *END),
        layers(*IMAGE, Conv2d(32), ReLU(), Conv2d(8, 1), Conv2d(32, 1), ReLU(), *END),
        "conv2d_3",
    ),
    Case(
        "bias-before-norm",
        layers(Conv2d(8), BatchNorm2d(), ReLU(), *END),
        layers(Conv2d(8), ReLU(), BatchNorm2d(), *END),
        "conv2d_1",
    ),
    Case(
        "bias-before-norm",
        table(Linear(8), BatchNorm1d(), ReLU(), Linear(3)),
        table(Linear(8), LayerNorm(), ReLU(), Linear(3)),
        "linear_1",
    ),
    Case(
        "softmax-twice", table(Linear(3), Softmax(), Softmax()), table(Linear(3), Softmax()), "softmax_2"
    ),
    Case(
        "softmax-inside",
        table(Linear(8), Softmax(), Dropout(0.2), Linear(3)),
        table(Linear(8), ReLU(), Linear(3), Softmax()),
        "softmax_1",
    ),
    Case(
        "activation-twice",
        table(Linear(8), ReLU(), GELU(), Linear(3)),
        table(Linear(8), ReLU(), Linear(3), Tanh(), Softmax()),
        "gelu_1",
    ),
    Case(
        "dropout-twice",
        table(Linear(8), ReLU(), Dropout(0.2), Dropout(0.2), Linear(3)),
        table(Dropout(0.2), Linear(8), ReLU(), Dropout(0.2), Linear(3)),
        "dropout_2",
    ),
    Case(
        "norm-twice",
        table(Linear(8, bias=False), BatchNorm1d(), LayerNorm(), ReLU(), Linear(3)),
        table(LayerNorm(), Linear(8, bias=False), BatchNorm1d(), ReLU(), Linear(3)),
        "layernorm_1",
    ),
    Case(
        "dropout-before-norm",
        table(Linear(8), ReLU(), Dropout(), BatchNorm1d(), Linear(3)),
        table(Linear(8), ReLU(), BatchNorm1d(), Dropout(), Linear(3)),
        "batchnorm1d_1",
    ),
    Case(
        "strong-dropout",
        table(Linear(8), ReLU(), Dropout(0.9), Linear(3)),
        table(Linear(8), ReLU(), Dropout(0.8), Linear(3)),
        "dropout_1",
    ),
    Case("saturating-stack", table(*SIGMOIDS, Linear(3)), table(*SIGMOIDS[2:], Linear(3)), "sigmoid_1"),
    Case(
        "saturating-stack",
        table(*(Linear(8), Tanh()) * 10, Linear(3)),
        table(*(Linear(8), Tanh()) * 5, LayerNorm(), *(Linear(8), Tanh()) * 5, Linear(3)),
        "tanh_1",
    ),
    Case("bottleneck-of-one", side_branch(1, joined=False), side_branch(1, joined=True), "a"),
    Case("bottleneck-of-one", table(Linear(1), Tanh(), Linear(3)), numbers(Linear(8), ReLU(), Linear(1)), "linear_1"),
    Case(
        "norm-of-one-value",
        table(Linear(1), LayerNorm(), ReLU(), Linear(3)),
        table(Linear(2), LayerNorm(), ReLU(), Linear(3)),
        "layernorm_1",
    ),
    Case(
        "receptive-field",
        layers(Conv2d(8), ReLU(), AdaptiveAvgPool2d(1), *END, dataset=Mnist()),
        layers(Conv2d(8), ReLU(), AdaptiveAvgPool2d(10), *END, dataset=Mnist()),
        "adaptiveavgpool2d_1",
    ),
    Case(
        "receptive-field",
        layers(*(*IMAGE, MaxPool2d()) * 2, AvgPool2d(7), *END, dataset=Mnist()),
        layers(*(*IMAGE, MaxPool2d()) * 2, *IMAGE, AvgPool2d(7), *END, dataset=Mnist()),
        "avgpool2d_1",
    ),
    Case(
        "pooling-drops-rows",
        layers(Conv2d(8, 4), ReLU(), MaxPool2d(), *END),
        layers(Conv2d(8, 3), ReLU(), MaxPool2d(), *END),
        "maxpool2d_1",
    ),
    Case(
        "pooling-drops-rows",
        layers(*IMAGE, AvgPool2d(3), *END),
        layers(*IMAGE, AvgPool2d(3, padding=1), *END),
        "avgpool2d_1",
    ),
    Case(
        "skipped-pixels",
        layers(Conv2d(8, 2, stride=3), ReLU(), *END),
        layers(Conv2d(8, 2, stride=2), ReLU(), Conv2d(8, 1, stride=2), ReLU(), *END),
        "conv2d_1",
    ),
    Case(
        "skipped-pixels",
        layers(*IMAGE, MaxPool2d(2, (2, 3)), *END),
        layers(*IMAGE, MaxPool2d(3, 2), *END),
        "maxpool2d_1",
    ),
    Case(
        "dropout-before-output",
        table(Linear(3), Dropout(), Softmax()),
        table(Linear(8), ReLU(), Dropout(), Linear(3), Softmax()),
        "dropout_1",
    ),
    Case(
        "norm-before-output",
        table(Linear(3, bias=False), BatchNorm1d(), Softmax()),
        table(Linear(8, bias=False), BatchNorm1d(), ReLU(), Linear(3), Softmax()),
        "batchnorm1d_1",
    ),
    Case("category-as-number", travellers(), travellers(OneHot(("Port",))), None),
    Case("category-as-number", travellers(), travellers(Embed()), None),
    Case("category-as-number", travellers(), travellers(DropColumns(("Port",))), None),
    Case("learning-rate-zero", table(Linear(3), optimizer=SGD(0)), table(Linear(3), optimizer=SGD(0.1)), None),
    Case("learning-rate-high", table(Linear(3), optimizer=Adam(1)), table(Linear(3), optimizer=Adam(0.3)), None),
    Case(
        "learning-rate-high", table(Linear(3), optimizer=Momentum(5)), table(Linear(3), optimizer=Momentum(1)), None
    ),
    Case("learning-rate-low", table(Linear(3), optimizer=Adam(1e-8)), table(Linear(3), optimizer=Adam(1e-5)), None),
    Case(
        "warmup-long",
        table(Linear(3), schedule=Cosine(warmup=21)),
        table(Linear(3), schedule=Cosine(warmup=20)),
        None,
    ),
    Case("embedding-as-answer", table(Linear(3), loss=Triplet()), table(Linear(3)), "output_1"),
    Case("watches-nothing", table(Linear(3), best_by="auroc"), table(Linear(3), best_by="f1"), None),
    Case("batch-larger-than-data", table(Linear(3), batch_size=109), table(Linear(3), batch_size=108), None),
    Case(
        "small-batch-norm",
        table(Linear(8, bias=False), BatchNorm1d(), ReLU(), Linear(3), batch_size=4),
        layers(Conv2d(8, bias=False), BatchNorm2d(), ReLU(), *END, batch_size=4),
        "batchnorm1d_1",
    ),
    Case(
        "larger-than-data",
        table(Linear(512), ReLU(), Linear(512), ReLU(), Linear(3)),
        table(Linear(256), ReLU(), Linear(256), ReLU(), Linear(3)),
        "linear_2",
    ),
    Case("softmax-over-numbers", numbers(Linear(1), Softmax()), numbers(Linear(1)), "softmax_1"),
    Case(
        "softmax-of-one-value",
        table(Linear(1), Softmax(), Linear(3)),
        table(Linear(3), Softmax()),
        "softmax_1",
    ),
    Case(
        "activation-against-loss",
        table(Linear(3), Sigmoid()),
        table(Linear(3), Sigmoid(), loss=BinaryCrossEntropy()),
        "sigmoid_1",
    ),
    Case("hidden-activation", table(Linear(3), Softmax(), Flatten()), table(Linear(3), Softmax()), "softmax_1"),
    Case("bounded-answer", numbers(Linear(1), ReLU()), numbers(Linear(1), LeakyReLU()), "relu_1"),
    Case("bounded-answer", numbers(Linear(1), Tanh(), Dropout()), numbers(Linear(8), Tanh(), Linear(1)), "tanh_1"),
    Case(
        "bounded-scores",
        table(Linear(3), ReLU(), Softmax()),
        table(Linear(8), ReLU(), Linear(3), Softmax()),
        "relu_1",
    ),
    Case(
        "bounded-scores", table(Linear(3), Tanh()), table(Linear(3), Tanh(), loss=MeanSquaredError()), "tanh_1"
    ),
]  # fmt: skip


def found(drawn: Project, rule: str) -> list[str | None]:
    """Where a rule fires."""
    return [problem.node for problem in analyse(drawn).problems if problem.rule == rule]


cases = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)


def test_every_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} == set(RULES)


@cases
def test_a_rule_fires_where_it_should(case: Case) -> None:
    assert not analyse(case.doubtful).faults
    assert found(case.doubtful, case.rule) == [case.node]


@cases
def test_a_rule_is_silent_nearby(case: Case) -> None:
    assert not analyse(case.sound).faults
    assert found(case.sound, case.rule) == []


@cases
def test_a_doubt_says_what_and_why(case: Case) -> None:
    doubt = next(problem for problem in analyse(case.doubtful).problems if problem.rule == case.rule)
    assert doubt.severity == "doubt"
    assert doubt.message.endswith(".")
    assert 30 < len(doubt.message) < 260
    assert doubt.fix is None or doubt.fix.label


@cases
def test_a_fix_mends_its_doubt_and_breaks_nothing(case: Case) -> None:
    doubt = next(problem for problem in analyse(case.doubtful).problems if problem.rule == case.rule)
    if doubt.fix is None:
        pytest.skip("there is no one edit that mends it")
    after = doubt.fix.apply(case.doubtful)
    assert found(after, case.rule) == []
    assert not analyse(after).faults


def test_most_doubts_can_be_mended_with_one_click() -> None:
    without = {case.rule for case in CASES if analyse(case.doubtful).problems[0].fix is None}
    assert without <= {"larger-than-data", "receptive-field", "inputs-alike"}


@pytest.mark.parametrize("template", templates(), ids=lambda template: template.name)
def test_no_template_raises_a_doubt(template: Template) -> None:
    assert analyse(template.project).problems == ()


@pytest.mark.parametrize("name", KNOWN)
def test_no_network_that_people_know_raises_a_doubt(name: str) -> None:
    assert [(problem.rule, problem.node) for problem in analyse(KNOWN[name]()).problems] == []


def test_the_receptive_field_is_told_in_pixels() -> None:
    drawn = layers(Conv2d(8), ReLU(), MaxPool2d(), Conv2d(8), ReLU(), AdaptiveAvgPool2d(1), *END, dataset=Cifar10())
    (doubt,) = analyse(drawn).problems
    # 3, then 1 more for the pooling, then 2 steps of 2.
    assert doubt.message.startswith("Each position sees only 8×8 of 32×32 pixels.")
    assert doubt.fix is not None
    assert doubt.fix.label == "Keep 4 × 4 positions"


def test_a_layer_that_is_bypassed_bends_nothing() -> None:
    drawn = table(Linear(8), ReLU(), Linear(3))
    assert found(drawn.with_network(drawn.network.bypass(["relu_1"])), "no-nonlinearity") == ["linear_2"]


def test_a_merge_that_is_bypassed_passes_the_first_value_on() -> None:
    network = Graph.chain(Input(), Flatten(), Linear(32), ReLU(), Linear(32), ReLU(), Linear(10), Output())
    network = network.insert_before("linear_3", Node("add_1", Add())).connect("relu_1", "add_1")
    assert not analyse(Project(network)).problems
    assert not analyse(Project(network.bypass(["add_1"]))).problems


def test_weights_that_are_frozen_learn_nothing_by_heart() -> None:
    large = next(case.doubtful for case in CASES if case.rule == "larger-than-data")
    assert found(large.with_network(large.network.freeze(["linear_2"])), "larger-than-data") == []


@pytest.mark.parametrize("draw", [lambda: (Linear(8), Sigmoid()), lambda: (Linear(8), Linear(8))])
def test_looking_through_ten_times_the_layers_takes_nothing_like_a_hundred_times_as_long(
    draw: Callable[[], tuple[Layer, ...]],
) -> None:
    def looking(count: int) -> Callable[[], Report]:
        drawn = table().with_network(stack(Input(), *draw() * count, Linear(3), Output()))
        assert analyse(drawn).problems
        return lambda: analyse(drawn)

    assert grows_gently(looking, 80)


def test_doubts_are_there_without_torch() -> None:
    words = "import sys, engine.doubts; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 0


def test_a_dropout_that_feeds_other_layers_too_is_left_to_them() -> None:
    network = table(Linear(8), ReLU(), Dropout(), Linear(3)).network
    helping = network.add(Node("early", Output(auxiliary=True, weight=0.3))).connect("dropout_1", "early")
    drawn = table(Linear(3)).with_network(helping)
    assert "dropout-before-output" not in {problem.rule for problem in analyse(drawn).problems}
