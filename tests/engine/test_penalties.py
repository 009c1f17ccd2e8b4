"""Penalties: what large weights add to the training loss, in the loop as in the exported script."""

import runpy
import sys
from pathlib import Path

import pytest
import torch
from drawings import project
from test_source import assert_clean
from training_runs import losses, only, trained

from engine.analysis import analyse
from engine.build import build
from engine.data import prepare
from engine.datasets import Iris
from engine.evaluation import load_model
from engine.events import Epoch, Finished, Started
from engine.export import Exported, export
from engine.layers import BatchNorm1d, Flatten, Input, Layer, Linear, Output, ReLU, Softmax, Tanh
from engine.optimizers import GradientDescent
from engine.penalties import L1, L2, ActivityL1, ActivityL2, Penalty
from engine.project import Project
from engine.workbench import Workbench

PENALTIES = (L1(0.01), L2(0.1, biases=True))


def drawn(*penalties: L1 | L2) -> Project:
    layers = (Input(), Flatten(), Linear(8), BatchNorm1d(), Linear(10), Output())
    return project(*layers, optimizer=GradientDescent(0.01), epochs=2, penalties=penalties)


def test_large_weights_add_to_the_training_loss_alone(tmp_path: Path) -> None:
    _, plain = trained(tmp_path / "plain", drawn())
    run, happening = trained(tmp_path / "run", drawn(*PENALTIES))
    torch.manual_seed(0)
    weights = [weight.detach() for weight in build(drawn()).parameters()]
    expected = 0.01 * sum(weight.abs().sum() for weight in weights if weight.dim() > 1)
    expected += 0.1 * sum(weight.square().sum() for weight in weights)
    assert losses(happening)[1] - losses(plain)[1] == pytest.approx(float(expected), rel=1e-4)
    first = only(Epoch, happening)[0]
    assert first.train["loss"] - first.validation["loss"] > 0.9 * float(expected)
    assert any("includes the penalties" in note for note in only(Started, happening)[0].notes)
    assert run.project() == drawn(*PENALTIES)


def test_squares_pull_like_weight_decay(tmp_path: Path) -> None:
    plain = drawn().with_value("training.optimizer", "SGD").with_value("training.batch_size", 5000)
    penalised = plain.with_value("training.penalties", (L2(0.05, biases=True),))
    decayed = plain.with_value("training.optimizer.weight_decay", 0.1).with_value("training.decay_all", True)
    (one, _), (other, _) = trained(tmp_path / "one", penalised), trained(tmp_path / "other", decayed)
    first, second = (torch_weights(run.path) for run in (one, other))
    for name, tensor in first.items():
        torch.testing.assert_close(tensor, second[name], rtol=1e-4, atol=1e-6)


def torch_weights(run: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(run / "checkpoints" / "last.safetensors")


def test_the_script_adds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, happening = trained(tmp_path / "run", drawn(*PENALTIES))
    assert isinstance(happening[-1], Finished)
    *_, written = export(run, "python", tmp_path / "penalised.py")
    assert isinstance(written, Exported)
    script = (tmp_path / "penalised_train.py").read_text(encoding="utf-8")
    assert "loss = loss + l1_penalty(model, 0.01)\n" in script
    monkeypatch.syspath_prepend(str(tmp_path))
    threads = torch.get_num_threads()
    runpy.run_path(str(tmp_path / "penalised_train.py"), run_name="__main__")
    torch.set_num_threads(threads)
    sys.modules.pop("penalised", None)
    told = [line.split("loss ")[1].split(",")[0] for line in capsys.readouterr().out.splitlines() if "epoch" in line]
    expected = [event.train["loss"] for event in only(Epoch, happening)]
    assert list(map(float, told)) == pytest.approx(expected, abs=2e-4)


# Of what layers answer

ACTIVE = (Input(), Flatten(), Linear(8), ReLU(), Linear(6), Tanh(), Linear(10), Output())


def of_outputs(*penalties: Penalty, **training: object) -> Project:
    return project(*ACTIVE, optimizer=GradientDescent(0.01), epochs=2, penalties=penalties, **training)


def first_batch(drawn: Project) -> torch.Tensor:
    """The samples of the first step, as the network takes them."""
    bench = Workbench(drawn, prepare(drawn.data))
    rows = next(bench.training.drawn(drawn.training.seed * 1_000_003, bench.batches(), range(1)))
    return bench.training.batch(rows)[0]


@pytest.mark.parametrize("layers", [(), ("linear_1", "tanh_1")])
@pytest.mark.parametrize("kind", [ActivityL1, ActivityL2])
def test_what_layers_answer_adds_to_the_training_loss_alone(
    tmp_path: Path, kind: type[ActivityL1], layers: tuple[str, ...]
) -> None:
    penalty = kind(0.01, layers)
    _, plain = trained(tmp_path / "plain", of_outputs())
    _, happening = trained(tmp_path / "run", of_outputs(penalty))
    x = first_batch(of_outputs())
    torch.manual_seed(0)
    network = build(of_outputs())
    with torch.no_grad():
        weighed = network.get_submodule("linear_1")(x.flatten(1))
        bent = weighed.relu()
        last = network.get_submodule("linear_2")(bent).tanh()
    taken = [weighed if layers else bent, last]
    power = 1 if kind is ActivityL1 else 2
    expected = 0.01 * sum(float((each.abs() ** power).sum(1).mean()) for each in taken)
    assert losses(happening)[1] - losses(plain)[1] == pytest.approx(expected, rel=1e-3)
    first = only(Epoch, happening)[0]
    assert first.train["loss"] > first.validation["loss"]


def test_outputs_become_fewer(tmp_path: Path) -> None:
    sizes = []
    for name, penalties in (("plain", ()), ("penalised", (ActivityL1(0.05),))):
        drawn = of_outputs(*penalties).with_value("training.epochs", 6)
        run, _ = trained(tmp_path / name, drawn.with_value("training.optimizer.learning_rate", 0.1))
        network, _ = load_model(run, "last")
        x = first_batch(drawn)
        sizes.append(float(network.get_submodule("linear_1")(x.flatten(1)).relu().mean()))
    assert sizes[1] < 0.5 * sizes[0]


@pytest.mark.parametrize(
    ("penalty", "words"),
    [
        (ActivityL1(layers=("conv",)), "“conv” is no layer"),
        (ActivityL2(layers=("output_1",)), "“output_1” is no layer"),
    ],
)
def test_a_layer_that_is_not_there_is_a_fault_that_can_be_mended(penalty: Penalty, words: str) -> None:
    (fault,) = analyse(of_outputs(penalty)).faults
    assert words in fault.message
    assert fault.fix is not None
    assert not analyse(fault.fix.apply(of_outputs(penalty))).faults
    bare = project(Input(), Flatten(), Linear(10), Output(), penalties=(ActivityL1(),))
    assert "no activation" in analyse(bare).faults[0].message


@pytest.mark.parametrize("ends", [(), (Softmax(),)], ids=["plain", "softmax"])
def test_the_script_penalises_the_same_outputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], ends: tuple[Layer, ...]
) -> None:
    penalties = (ActivityL1(0.01), ActivityL2(0.02, ("linear_1",)), L2(0.001))
    drawn = project(*ACTIVE[:-1], *ends, Output(), optimizer=GradientDescent(0.01), epochs=2, penalties=penalties)
    run, happening = trained(tmp_path / "run", drawn)
    assert isinstance(happening[-1], Finished)
    *_, written = export(run, "python", tmp_path / "active.py")
    assert isinstance(written, Exported)
    assert_clean(tmp_path)
    script = (tmp_path / "active_train.py").read_text(encoding="utf-8")
    assert "loss = loss + l1_activity([values[1], values[2]], 0.01)\n" in script
    assert "loss = loss + l2_activity([values[3]], 0.02)\n" in script
    monkeypatch.syspath_prepend(str(tmp_path))
    threads = torch.get_num_threads()
    runpy.run_path(str(tmp_path / "active_train.py"), run_name="__main__")
    torch.set_num_threads(threads)
    sys.modules.pop("active", None)
    told = [line.split("loss ")[1].split(",")[0] for line in capsys.readouterr().out.splitlines() if "epoch" in line]
    expected = [event.train["loss"] for event in only(Epoch, happening)]
    assert list(map(float, told)) == pytest.approx(expected, abs=2e-3)


def test_a_penalty_follows_the_layers_that_it_names() -> None:
    drawn = project(Input(), Linear(4), ReLU(), Linear(3), Output(), dataset=Iris())
    named = drawn.with_value("training.penalties", (L2(), ActivityL1(0.1, ("relu_1", "linear_1", "gone"))))
    renamed = named.with_network(named.network.rename("relu_1", "bend"))
    assert renamed.training.penalties == (L2(), ActivityL1(0.1, ("bend", "linear_1", "gone")))
    # What is taken away is told, not forgotten.
    less = renamed.with_network(renamed.network.remove("bend"))
    assert less.training.penalties == renamed.training.penalties
    assert named.with_network(named.network).training is named.training
