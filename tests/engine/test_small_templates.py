"""The small templates: exactly so many parameters, each trains, and the quick ones reach what they say."""

import math
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from training_runs import only, trained

from engine import stretch
from engine.analysis import analyse
from engine.build import build, loss_function
from engine.data import Data, Prepared, prepare
from engine.datasets import Oscillator
from engine.datasets.physics import distance
from engine.events import Epoch, Finished
from engine.optimizers import Adam
from engine.templates import template
from engine.training import Training
from tools.templates.__main__ import SMALL

PARAMETERS = {
    "lenet5": 61_706,
    "keras-mnist-cnn": 1_199_882,
    "mnist-convnet": 34_826,
    "fashion-mlp": 247_766,
    "fashion-convnet": 61_674,
    "resnet20": 269_722,
    "autoencoder": 437_664,
    "variational-autoencoder": 438_704,
    "small-unet": 117_243,
    "which-digits": 61_050,
    "lstm": 19_594,
    "cnn-1d": 9_578,
    "transformer-encoder": 18_154,
    "mlp-mixer": 11_338,
    "character-gpt": 813_568,
    "siamese": 8_961,
    "number-reader": 123_899,
    "wide-and-deep": 1_228,
    "oscillator": 8_705,
}

QUICK = {"wide-and-deep": 0.94, "lstm": 0.96, "cnn-1d": 0.96, "transformer-encoder": 0.95, "mlp-mixer": 0.95}
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
        parts = {part: whole.part(part).pick(np.arange(16)) for part in ("train", "validation", "test")}
        return msgspec.structs.replace(whole, **parts)

    monkeypatch.setattr(stretch, "prepare", few)
    plan = Training(template(name).project.training.loss, Adam(), batch_size=8, epochs=4)
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


def test_the_cloud_of_the_variational_autoencoder_is_drawn_towards_the_normal_one() -> None:
    project = template("variational-autoencoder").project
    torch.manual_seed(0)
    network = build(project)
    images = torch.rand(5, 1, 28, 28)
    layers = dict(network.named_children())
    seen = layers["relu_2"](layers["linear_2"](layers["relu_1"](layers["linear_1"](images.flatten(1)))))
    middle, width = layers["linear_3"](seen), layers["linear_4"](seen)
    normal = torch.distributions.Normal(0.0, 1.0)
    distance_to_normal = torch.distributions.kl_divergence(
        torch.distributions.Normal(middle, (width / 2).exp()), normal
    )

    drawn, order = network.training_values(images)
    loss = loss_function(project)((drawn, order), (images, images))

    off = torch.nn.functional.mse_loss(drawn, images)
    assert loss.item() == pytest.approx(
        (off + 0.001 * (1 + distance_to_normal.mean() - images.mean())).item(), abs=1e-6
    )


def test_all_small_networks_have_their_figures() -> None:
    assert {name.partition("-")[2] for name in SMALL} == set(PARAMETERS)


def test_the_weight_on_a_spring_obeys_its_law() -> None:
    loaded = Oscillator(noise=0).load().train
    time, stiffness, damping, mass = loaded.inputs.T.astype(np.float64)
    small = 1e-4
    before, now, after = (distance(time + shift, stiffness, damping, mass) for shift in (-small, 0, small))
    force = mass * (after - 2 * now + before) / small**2 + damping * (after - before) / (2 * small) + stiffness * now
    assert np.abs(force).max() < 1e-4
    assert np.allclose(distance(np.zeros(4000), stiffness, damping, mass), 1)
    assert np.allclose(loaded.targets[:, 0], now, atol=1e-5)
