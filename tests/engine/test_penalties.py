"""Penalties: what large weights add to the training loss, in the loop as in the exported script."""

import runpy
import sys
from pathlib import Path

import pytest
import torch
from drawings import project
from training_runs import losses, only, trained

from engine.build import build
from engine.events import Epoch, Finished, Started
from engine.export import Exported, export
from engine.layers import BatchNorm1d, Flatten, Input, Linear, Output
from engine.optimizers import GradientDescent
from engine.penalties import L1, L2
from engine.project import Project

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
