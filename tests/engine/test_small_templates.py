"""The small templates: exactly so many parameters, each trains, and the quick ones reach what they say."""

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
from training_runs import only, trained

from engine import trainer
from engine.analysis import analyse
from engine.data import Data, Prepared, prepare
from engine.datasets import Oscillator
from engine.datasets.physics import distance
from engine.events import Epoch, Finished
from engine.optimizers import Adam
from engine.templates import template
from engine.training import Training
from tools.templates.__main__ import DRAWN

PARAMETERS = {
    "lenet5": 61_706,
    "mnist-convnet": 34_826,
    "fashion-mlp": 247_766,
    "autoencoder": 437_664,
    "small-unet": 117_243,
    "lstm": 19_594,
    "cnn-1d": 9_578,
    "transformer-encoder": 18_154,
    "mlp-mixer": 11_338,
    "character-gpt": 813_568,
    "oscillator": 8_705,
}

QUICK = {"lstm": 0.96, "cnn-1d": 0.96, "transformer-encoder": 0.95, "mlp-mixer": 0.95}
"""The share of the test digits that they must find, a little below what they say: another machine rounds otherwise."""


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_small_network_has_exactly_so_many_parameters(name: str) -> None:
    assert analyse(template(name).project).totals.parameters == PARAMETERS[name]


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_small_network_says_where_it_comes_from_and_what_it_reaches(name: str) -> None:
    origin = template(name).origin
    assert any(str(year) in origin for year in range(1950, 2030))
    assert any(figure.isdigit() for figure in origin.partition(". ")[2]) or "%" in origin


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("name", PARAMETERS)
def test_a_small_network_trains(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def few(data: Data) -> Prepared:
        whole = prepare(data)
        parts = {part: whole.part(part).pick(np.arange(64)) for part in ("train", "validation", "test")}
        return msgspec.structs.replace(whole, **parts)

    monkeypatch.setattr(trainer, "prepare", few)
    plan = Training(template(name).project.training.loss, Adam(), batch_size=32, epochs=4)
    project = template(name).project.with_training(plan)

    _, happening = trained(tmp_path / "run", project)

    assert isinstance(happening[-1], Finished), happening[-1]
    first, *_, last = only(Epoch, happening)
    assert math.isfinite(last.validation["loss"])
    assert last.train["loss"] < first.train["loss"]


@pytest.mark.parametrize("name", QUICK)
def test_a_quick_network_reaches_what_it_says(name: str, tmp_path: Path) -> None:
    _, happening = trained(tmp_path / "run", template(name).project)
    end = happening[-1]
    assert isinstance(end, Finished), end
    assert end.test["accuracy"] >= QUICK[name]


def test_the_files_are_those_that_are_drawn() -> None:
    for name, draw in DRAWN.items():
        assert template(name.partition("-")[2]).project == draw(), "run: python -m tools.templates"


def test_the_weight_on_a_spring_obeys_its_law() -> None:
    loaded = Oscillator(noise=0).load().train
    time, stiffness, damping, mass = loaded.inputs.T.astype(np.float64)
    small = 1e-4
    before, now, after = (distance(time + shift, stiffness, damping, mass) for shift in (-small, 0, small))
    force = mass * (after - 2 * now + before) / small**2 + damping * (after - before) / (2 * small) + stiffness * now
    assert np.abs(force).max() < 1e-4
    assert np.allclose(distance(np.zeros(4000), stiffness, damping, mass), 1)
    assert np.allclose(loaded.targets[:, 0], now, atol=1e-5)
