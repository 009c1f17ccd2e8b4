"""Several Inputs and several Outputs: parts of a sample enter side by side, and auxiliary answers help to learn."""

from pathlib import Path

import pytest
import torch
from drawings import stack
from networks import NETWORKS, two_heads, wide_and_deep
from torch import nn
from training_runs import losses, only, trained

from engine.advice import explains
from engine.analysis import analyse
from engine.blocks import Blueprint
from engine.build import TotalLoss, build, loss_function
from engine.checkpoints import read_weights
from engine.data import Data, prepare
from engine.datasets import BreastCancer, Digits, Iris
from engine.ends import answers_of, loss_at, main_output
from engine.evaluation import evaluate, predict
from engine.events import Epoch, Finished
from engine.graph import Graph, Node
from engine.layers import Flatten, Input, Linear, Output, ReLU
from engine.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from engine.optimizers import GradientDescent
from engine.project import Project, from_json, to_json
from engine.report import Problem
from engine.spec import Shape, write_spec
from engine.training import Training

TWO_HEADS = NETWORKS["two heads"]


def told(project: Project, rule: str) -> Problem:
    (found,) = [problem for problem in analyse(project).problems if problem.rule == rule]
    return found


def rules(project: Project) -> list[str]:
    return [problem.rule for problem in analyse(project).problems]


def mended(project: Project, rule: str) -> Project:
    fix = told(project, rule).fix
    assert fix is not None
    after = fix.apply(project)
    assert rule not in rules(after)
    return after


# Outputs


def test_the_answer_is_that_of_the_one_output_that_is_not_auxiliary() -> None:
    assert main_output(TWO_HEADS.network) == "output"
    answer, helper = answers_of(TWO_HEADS)
    assert (answer.output, answer.end, answer.absorbed, answer.weight) == ("output", "last", "softmax", 1.0)
    assert (helper.output, helper.end, helper.absorbed, helper.weight) == ("early", "head", "head_softmax", 0.3)
    assert explains(TWO_HEADS, "early")


def test_the_total_loss_is_the_weighted_sum() -> None:
    network, x, labels = build(TWO_HEADS), torch.rand(5, 1, 8, 8), torch.arange(5)
    stem = network.bend(network.stem(x))
    main = network.last(network.flat(network.deeper(stem)))
    early = network.head(network.head_flat(stem))
    compare = nn.CrossEntropyLoss()
    total = loss_function(TWO_HEADS)(network.training_values(x), (labels, labels))
    assert torch.equal(total, compare(main, labels) + 0.3 * compare(early, labels))


def test_one_answer_alone_is_compared_as_it_stands() -> None:
    value, wanted = torch.rand(3, 2), torch.rand(3, 2)
    assert torch.equal(TotalLoss([nn.MSELoss()], [1.0])((value,), (wanted,)), nn.MSELoss()(value, wanted))


def test_an_auxiliary_head_is_not_run_for_an_answer() -> None:
    network = build(TWO_HEADS)
    network.head.register_forward_hook(lambda *_: pytest.fail("it was run"))
    assert network(torch.rand(2, 1, 8, 8)).shape == (2, 10)
    assert "head.weight" in network.state_dict()


def test_two_heads_learn_as_a_loop_in_plain_torch(tmp_path: Path) -> None:
    training = Training(CrossEntropy(), GradientDescent(0.1), epochs=3, seed=7)
    project = Project(two_heads(), Data(Digits(), 0.1), training)
    run, happening = trained(tmp_path / "run", project)
    found = losses(happening)

    data = prepare(project.data)
    pixels = torch.from_numpy(data.train.inputs)
    inputs = torch.from_numpy(data.inputs.apply(pixels.numpy()))
    labels = torch.from_numpy(data.train.targets.astype("int64"))
    torch.manual_seed(7)
    network = build(project)
    begun = {name: weight.clone() for name, weight in network.state_dict().items()}
    optimizer, compare = torch.optim.SGD(network.parameters(), lr=0.1), nn.CrossEntropyLoss()
    expected: list[float] = []
    for _ in range(3):
        stem = network.bend(network.stem(inputs))
        main = network.last(network.flat(network.deeper(stem)))
        early = network.head(network.head_flat(stem))
        loss = compare(main, labels) + 0.3 * compare(early, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        expected.append(loss.item())
    assert list(found.values()) == pytest.approx(expected, rel=1e-4)
    kept = read_weights(run, "last")
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(kept[name], weight, rtol=1e-3, atol=1e-5)
        assert not torch.equal(kept[name], begun[name]), f"{name} has learned"


def test_a_run_with_two_heads_is_judged_by_its_answer(tmp_path: Path) -> None:
    run, happening = trained(tmp_path / "run", TWO_HEADS)
    (finished,) = only(Finished, happening)
    last = only(Epoch, happening)[-1]
    assert last.train["loss"] == pytest.approx(last.validation["loss"], rel=0.5), "both are the total"
    judged = evaluate(run)
    assert judged.metrics["accuracy"] == pytest.approx(finished.test["accuracy"])
    (answer,) = predict(run, [str([0.0] * 64)])
    assert sum(answer.probabilities.values()) == pytest.approx(1, abs=1e-4)


def test_an_answer_with_a_loss_of_its_own_has_its_own_targets() -> None:
    project = NETWORKS["wide and deep"]
    assert loss_at(project, "errors") == MeanSquaredError()
    assert loss_at(project) == CrossEntropy()
    network, x = build(project), torch.rand(6, 4)
    labels = torch.arange(6) % 3
    rows = nn.functional.one_hot(labels, 3).float()
    value = network(x)
    total = loss_function(project)(network.training_values(x), (labels, rows))
    expected = nn.CrossEntropyLoss()(value, labels) + 2 * nn.MSELoss()(value, rows)
    torch.testing.assert_close(total, expected)


def test_the_loss_of_the_answer_may_be_its_own() -> None:
    network = stack(Input(), Linear(1), Output(loss="binary cross-entropy"))
    project = Project(network, Data(BreastCancer()))
    assert not analyse(project).faults
    assert loss_at(project) == BinaryCrossEntropy()


def test_a_second_answer_becomes_auxiliary() -> None:
    network = two_heads().replace_layer("early", Output())
    project = Project(network)
    assert told(project, "several-ends").node == "early"
    after = mended(project, "several-ends")
    assert after.network.node("early").layer == Output(auxiliary=True)
    assert not analyse(after).faults


def test_a_loose_second_output_is_removed() -> None:
    network = stack(Input(), Flatten(), Linear(10), Output())
    project = Project(network.add(Node("loose", Output())))
    assert "loose" not in mended(project, "several-ends").network


def test_a_network_whose_outputs_are_all_auxiliary_gives_no_answer() -> None:
    project = Project(stack(Input(), Flatten(), Linear(10), Output(auxiliary=True)))
    assert not analyse(mended(project, "no-answer")).faults


def test_each_answer_must_fit_the_data() -> None:
    project = TWO_HEADS.with_value("network.head.out_features", 7)
    assert told(project, "answer-width").message.startswith("early receives 7 values but")
    assert mended(project, "answer-width") == TWO_HEADS


def test_a_loss_of_its_own_must_fit_the_task() -> None:
    project = NETWORKS["regression"]
    project = project.with_value("network.output_1.loss", "cross-entropy")
    assert mended(project, "loss-against-task") == NETWORKS["regression"]


def test_a_softmax_before_a_helping_output_is_judged_like_any() -> None:
    project = TWO_HEADS.with_value("network.early.loss", "binary cross-entropy")
    assert told(project, "activation-against-loss").node == "head_softmax"


def test_a_block_gives_one_answer() -> None:
    inside = Graph.chain(Input(), ReLU(), Output()).add(Node("early", Output(auxiliary=True)))
    inside = inside.connect("relu_1", "early")
    project = Project(stack(Input(), Flatten(), Blueprint("Twice", inside).kind(), Linear(10), Output()))
    trouble = told(project, "several-ends")
    assert (trouble.node, trouble.place) == ("early", ("twice_1",))
    assert not analyse(mended(project, "several-ends")).faults


# Inputs


def test_each_input_takes_its_part_of_a_sample() -> None:
    project = NETWORKS["wide and deep"]
    known = analyse(project).nodes
    assert (known["numbers"].output_shape, known["others"].output_shape) == ((3,), (1,))
    network, x = build(project), torch.rand(5, 4)
    wide = torch.cat([network.bend(network.deep(x[:, :3])), x[:, 3:]], dim=1)
    assert torch.equal(network(x), network.last(wide))


def test_parts_of_an_image_are_its_channels() -> None:
    layer = Input(start=1, stop=3)
    assert layer.part_of((3, 8, 8)) == range(1, 3)
    assert layer.refuses((3, 8, 8)) is None
    assert layer.summary() == "part 1:3"


@pytest.mark.parametrize(
    ("layer", "sample", "setting"),
    [
        (Input(start=4), (4,), "start"),
        (Input(stop=5), (4,), "stop"),
        (Input(start=2, stop=2), (4,), "stop"),
        (Input(start=1), (), "start"),
    ],
)
def test_a_part_outside_the_sample_is_refused(layer: Input, sample: Shape, setting: str) -> None:
    refusal = layer.refuses(sample)
    assert refusal is not None
    assert refusal.setting == setting
    assert refusal.value is not None
    again = layer.with_setting(setting, refusal.value).refuses(sample)
    assert again is None or again.message != refusal.message


@pytest.mark.parametrize(
    ("first", "second"), [(Input(stop=2), Input(start=3)), (Input(stop=2), Input(start=2, stop=3))]
)
def test_what_enters_nowhere_is_told(first: Input, second: Input) -> None:
    network = wide_and_deep().replace_layer("numbers", first).replace_layer("others", second)
    project = Project(network, Data(Iris()))
    assert told(project, "unused-part").severity == "doubt"
    mended(project, "unused-part")


def test_the_same_entering_twice_is_told() -> None:
    network = wide_and_deep().replace_layer("numbers", Input()).replace_layer("others", Input())
    assert told(Project(network, Data(Iris())), "inputs-alike").node == "others"


def test_an_input_that_feeds_nothing_is_removed() -> None:
    network = stack(Input(), Flatten(), Linear(10), Output())
    project = Project(network.add(Node("input_2", Input())))
    assert mended(project, "leads-nowhere").network == network


# Files


@pytest.mark.parametrize("name", ["two heads", "wide and deep"])
def test_ends_survive_a_file(name: str) -> None:
    project = NETWORKS[name]
    assert from_json(to_json(project)) == project


def test_plain_ends_are_written_as_ever() -> None:
    ends = [write_spec(layer) for layer in (Input(), Output())]
    assert ends == [{"type": "Input", "settings": {"shape": ()}}, {"type": "Output", "settings": {}}]
