"""Steps of training: what they are made of, each against what torch computes, and that all of it survives a resume."""

import runpy
import sys
from pathlib import Path

import pytest
import torch
from drawings import project
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from torch import Tensor, nn
from training_runs import assert_same_weights, losses, only, told, trained

from engine import averages, checkpoints
from engine.averaging import Averaging, EpochsAverage, MovingAverage
from engine.build import build, loss_function
from engine.clipping import ClipNorm, ClipValue
from engine.data import prepare
from engine.datasets import Iris
from engine.events import Epoch, Finished, Started, Stop
from engine.export import export
from engine.layers import BatchNorm1d, Conv2d, Dropout, Flatten, Input, Linear, Output, ReLU
from engine.optimizers import LBFGS, SGD, Adafactor, AdamW, Muon, Optimizer
from engine.optimizing import parameter_groups
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.runs import Run
from engine.scoring import Part
from engine.stepping import Average, Stepper

CPU = torch.device("cpu")
PLAIN = project(Input(), Linear(8), ReLU(), Linear(3), Output(), dataset=Iris(), optimizer=SGD(0.5), batch_size=32)
DROPPING = project(
    *(Input(), Flatten(), Linear(16), BatchNorm1d(), ReLU(), Dropout(0.2), Linear(10), Output()), epochs=3
)
"""A network with random numbers and statistics in every step."""


def stepper(drawn: Project) -> Stepper:
    torch.manual_seed(drawn.training.seed)
    data = prepare(drawn.data)
    part = Part(data.train, drawn, Preprocessing.of(data, drawn.data.dataset.task), CPU)
    return Stepper(drawn, build(drawn), part, loss_function(drawn), CPU)


def chosen(drawn: Project, **training: object) -> Project:
    return drawn.with_training(replace(drawn.training, **training))


def weights(taking: Stepper) -> list[Tensor]:
    return [each for group in taking.optimizer.param_groups for each in group["params"]]


# The gradient


@given(sizes=st.lists(st.integers(1, 16), min_size=2, max_size=6))
@settings(max_examples=20, deadline=None)
def test_pieces_come_to_the_gradient_of_the_whole(sizes: list[int]) -> None:
    rows = torch.randperm(100, generator=torch.Generator().manual_seed(0))[: sum(sizes)]
    whole, pieces = stepper(PLAIN), stepper(PLAIN)

    expected = whole.step([rows], 0)
    found = pieces.step(rows.split(sizes), 0)

    torch.testing.assert_close(found[:2], expected[:2])
    assert found[2] == expected[2] == sum(sizes)
    torch.testing.assert_close(weights(pieces), weights(whole))


def test_accumulated_batches_are_a_step(tmp_path: Path) -> None:
    small = chosen(PLAIN, batch_size=8, accumulation=4, epochs=3)

    _, pieces = trained(tmp_path / "pieces", small)
    _, whole = trained(tmp_path / "whole", chosen(PLAIN, batch_size=32, epochs=3))

    assert losses(pieces) == pytest.approx(losses(whole), rel=1e-5)


@pytest.mark.parametrize("longest", [0.01, 1.0])
def test_a_long_gradient_is_shortened_and_keeps_its_direction(longest: float) -> None:
    free, held = stepper(PLAIN), stepper(chosen(PLAIN, clipping=ClipNorm(longest)))
    rows = torch.arange(32)
    for each in (free, held):
        each.step([rows], 0)

    before, after = (
        torch.cat([weight.grad.flatten() for weight in weights(each) if weight.grad is not None])
        for each in (free, held)
    )

    assert after.norm() == pytest.approx(min(longest, before.norm().item()), rel=1e-4)
    assert nn.functional.cosine_similarity(before, after, dim=0) == pytest.approx(1)


def test_large_numbers_of_a_gradient_are_cut_off() -> None:
    held = stepper(chosen(PLAIN, clipping=ClipValue(0.001)))
    held.step([torch.arange(32)], 0)
    assert max(weight.grad.abs().max().item() for weight in weights(held) if weight.grad is not None) == pytest.approx(
        0.001
    )


# Weight decay


@pytest.mark.parametrize("spares", [True, False])
def test_biases_decay_only_where_it_is_asked_for(spares: bool) -> None:
    drawn = project(Input(), Flatten(), Linear(4), BatchNorm1d(), Linear(10), Output(), optimizer=AdamW())
    drawn = chosen(drawn, decay_all=not spares)
    network = build(drawn)

    groups = parameter_groups(drawn, network)

    decaying = {id(each) for group in groups if group.get("weight_decay") != 0 for each in group["params"]}
    names = {name for name, each in network.named_parameters() if id(each) in decaying}
    matrices = {"linear_1.weight", "linear_2.weight"}
    assert names == (matrices if spares else {name for name, _ in network.named_parameters()})


def test_without_weight_decay_all_weights_are_one_group() -> None:
    assert len(parameter_groups(PLAIN, build(PLAIN))) == 1


# Means of weights


@pytest.mark.parametrize("averaging", [MovingAverage(0.9), EpochsAverage()], ids=lambda each: type(each).__name__)
def test_means_are_those_of_torch(averaging: Averaging) -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    function = averaging.function()
    assert function is not None
    mean = Average(network)

    def enter(means: list[Tensor], values: list[Tensor], count: Tensor) -> None:
        function.made(lambda name: getattr(averages, name), (means, values, count))

    expected = torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=enter, use_buffers=True)
    for step in range(20):
        network(torch.randn(8, 3, generator=torch.Generator().manual_seed(step)))
        for parameter in network.parameters():
            parameter.data.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(step)))
        mean.take(function)
        expected.update_parameters(network)

    torch.testing.assert_close(dict(mean.tensors())["0.weight"], expected.module[0].weight.data)
    torch.testing.assert_close(dict(mean.tensors())["1.running_mean"], expected.module[1].running_mean)


def test_the_plain_mean_is_the_mean() -> None:
    layer, mean, seen = nn.Linear(2, 2), None, list[Tensor]()
    mean = Average(layer)
    for number in range(7):
        layer.weight.data.fill_(float(number))
        seen.append(layer.weight.detach().clone())
        mean.take(EpochsAverage().function())
    torch.testing.assert_close(dict(mean.tensors())["weight"], torch.stack(seen).mean(0))


def test_a_network_is_judged_by_its_means_and_trained_on_by_its_weights() -> None:
    taking = stepper(chosen(PLAIN, averaging=MovingAverage(0.9)))
    for number in range(10):
        taking.step([torch.arange(32)], number)
    trained_weights = [each.detach().clone() for each in weights(taking)]

    with taking.averaged():
        judged = [each.detach().clone() for each in weights(taking)]

    assert not torch.equal(judged[0], trained_weights[0])
    assert all(map(torch.equal, trained_weights, weights(taking)))


def test_the_mean_of_epochs_begins_where_it_is_to(tmp_path: Path) -> None:
    drawn = chosen(PLAIN, epochs=4, averaging=EpochsAverage(0.5))
    each = [
        checkpoints.read_weights(trained(tmp_path / str(epochs), chosen(PLAIN, epochs=epochs))[0], "last")
        for epochs in (3, 4)
    ]

    run, _ = trained(tmp_path / "mean", drawn)

    found = checkpoints.read_weights(run, "last")
    for name in found:
        torch.testing.assert_close(found[name], (each[0][name] + each[1][name]) / 2)


# Precision


@pytest.mark.parametrize("precision", ["tf32", "bf16", "fp16"])
def test_narrow_numbers_learn_about_the_same(precision: str, tmp_path: Path) -> None:
    drawn = chosen(PLAIN, epochs=10)

    _, narrow = trained(tmp_path / precision, chosen(drawn, precision=precision))
    _, exact = trained(tmp_path / "fp32", drawn)

    assert isinstance(narrow[-1], Finished)
    assert isinstance(exact[-1], Finished)
    assert narrow[-1].validation["loss"] == pytest.approx(exact[-1].validation["loss"], rel=0.1)
    assert (losses(narrow) == losses(exact)) is (precision == "tf32"), "a processor knows no tf32"


def test_only_operations_that_repeat_themselves_are_chosen_where_asked(
    tmp_path: Path,
) -> None:
    trained(tmp_path / "deterministic", chosen(PLAIN, epochs=1, deterministic=True))
    assert torch.are_deterministic_algorithms_enabled()
    trained(tmp_path / "any", chosen(PLAIN, epochs=1))
    assert not torch.are_deterministic_algorithms_enabled()


# Going on

WAYS: dict[str, dict[str, object]] = {
    "in pieces": {"accumulation": 3},
    "clipped": {"clipping": ClipNorm(0.1)},
    "moving average": {"averaging": MovingAverage(0.95)},
    "mean of epochs": {"averaging": EpochsAverage(0.3)},
    "bf16": {"precision": "bf16"},
    "fp16": {"precision": "fp16"},
    "weight decay": {"optimizer": AdamW(weight_decay=0.1)},
    "Muon": {"optimizer": Muon()},
    "Adafactor": {"optimizer": Adafactor()},
}


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at", [5, 41])
def test_all_of_it_goes_on_as_if_never_stopped(way: str, at: int, tmp_path: Path) -> None:
    drawn = chosen(DROPPING, batch_size=16, **WAYS[way])
    undisturbed, expected = trained(tmp_path / "undisturbed", drawn)
    run = Run.create(tmp_path / "run", drawn)

    stopped = told(run, at, Stop())
    _, resumed = trained(run.path, drawn, resume=True)

    assert {**losses(stopped), **losses(resumed)} == losses(expected)
    assert resumed[-1].test == expected[-1].test  # pyright: ignore[reportAttributeAccessIssue]
    assert_same_weights(run, undisturbed)


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("searches", [True, False])
def test_lbfgs_goes_on_with_the_curvature_that_it_knows(searches: bool, tmp_path: Path) -> None:
    optimizer = LBFGS(learning_rate=0.5, max_iter=4, history_size=5, line_search=searches)
    drawn = chosen(PLAIN, optimizer=optimizer, epochs=12)
    undisturbed, expected = trained(tmp_path / "undisturbed", drawn)
    run = Run.create(tmp_path / "run", drawn)

    stopped = told(run, 6, Stop())
    _, resumed = trained(run.path, drawn, resume=True)

    assert {**losses(stopped), **losses(resumed)} == losses(expected)
    assert_same_weights(run, undisturbed)
    first, *_, last = only(Epoch, expected)
    assert last.train["loss"] < first.train["loss"] / 4


@pytest.mark.parametrize("optimizer", [Muon(), Adafactor()], ids=lambda each: type(each).__name__)
def test_they_train_networks_with_filters(optimizer: Optimizer, tmp_path: Path) -> None:
    drawn = project(Input(), Conv2d(4), ReLU(), Flatten(), Linear(10), Output(), optimizer=optimizer, epochs=2)
    _, happening = trained(tmp_path / "run", drawn)
    first, last = only(Epoch, happening)
    assert last.train["loss"] < first.train["loss"]


# Taken away


@pytest.mark.parametrize("way", [*WAYS, "L-BFGS", "deterministic"])
def test_the_exported_script_comes_to_the_same_weights(
    way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One step for each epoch on all samples: the order in which they are drawn is no matter.
    choices = {"L-BFGS": {"optimizer": LBFGS(max_iter=5)}, "deterministic": {"deterministic": True}, **WAYS}[way]
    samples = len(prepare(PLAIN.data).train)
    one_step = {"batch_size": samples // 3} if way == "in pieces" else {"batch_size": samples}
    drawn = chosen(PLAIN, epochs=8, **one_step, **choices)
    run, happening = trained(tmp_path / "run", drawn)
    assert only(Started, happening)[0].steps_per_epoch == 1
    list(export(run, "python", tmp_path / "net.py"))
    monkeypatch.syspath_prepend(tmp_path)
    # Scripts of other tests have a network of the same name.
    monkeypatch.delitem(sys.modules, "net", raising=False)

    runpy.run_path(str(tmp_path / "net_train.py"), run_name="__main__")

    found = torch.load(tmp_path / "net_trained.pt", weights_only=True)
    for name, expected in checkpoints.read_weights(run, "last").items():
        # Few bits, and a curvature that is learned, make more of what is rounded otherwise.
        near = 5e-3 if "16" in way or way == "L-BFGS" else 1e-4
        torch.testing.assert_close(found[name], expected, rtol=1e-3, atol=near)
    sys.modules.pop("net")
