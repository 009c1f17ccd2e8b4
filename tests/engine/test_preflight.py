"""Pre-flight: what it finds on networks that are known to be sound, dead, unscaled or blind."""

import math
from pathlib import Path

import numpy as np
import pytest
from drawings import project
from msgspec.structs import replace

from engine import preflight as looks
from engine.datasets import Diabetes, Digits, Iris
from engine.datasets.dataset import outcome
from engine.layers import BatchNorm1d, Expression, Flatten, Input, Linear, Output, ReLU
from engine.losses import MeanSquaredError
from engine.optimizers import LBFGS, SGD, Adam
from engine.preflight import Check, Preflight, preflight, suggestion
from engine.project import Project

SOUND = project(Input(), Flatten(), Linear(32), ReLU(), Linear(10), Output(), dataset=Digits(), optimizer=Adam(0.003))


@pytest.fixture(autouse=True)
def _in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "SECONDS_EACH", 2.0)


def found(drawn: Project) -> Preflight:
    return outcome(preflight(drawn))


def check(result: Preflight, name: str) -> Check:
    return next(each for each in result.checks if each.name == name)


def test_a_sound_network_passes() -> None:
    result = found(SOUND)

    assert {each.verdict for each in result.checks} == {"good"}, result.checks
    assert f"guessing would give {math.log(10):.4g}, ln of 10 classes" in check(result, "first loss").message
    assert result.estimate.seconds_per_epoch > 0
    assert result.estimate.memory_bytes > 1e6
    assert 1024 <= result.estimate.largest_batch <= 1797


def test_the_suggested_rate_trains() -> None:
    result = found(SOUND)

    assert 1e-4 <= result.rates.suggested <= 1
    (fix,) = [each.fix for each in result.checks if each.name == "learning rate" and each.fix]
    assert fix.apply(SOUND).training.optimizer.learning_rate == result.rates.suggested
    assert len(result.rates.rates) == len(result.rates.losses) > 20
    assert list(result.rates.rates) == sorted(result.rates.rates)


def test_inputs_that_are_far_too_large_are_found() -> None:
    loud = project(Input(), Flatten(), Expression("a * 1000"), Linear(10), Output(), dataset=Digits())
    assert check(found(loud), "first loss").verdict == "doubt"


def test_values_that_are_no_numbers_are_found() -> None:
    broken = project(Input(), Flatten(), Expression("(a - 100) ** 0.5"), Linear(10), Output(), dataset=Digits())
    result = found(broken)
    assert check(result, "first loss").verdict == "fault"
    assert "linear_1" in check(result, "gradients").message


def test_weights_without_a_gradient_are_named() -> None:
    dead = project(
        *(Input(), Flatten(), Linear(16), Expression("min(a, 0) * 0"), Linear(10), Output()), dataset=Digits()
    )
    words = check(found(dead), "gradients")
    assert words.verdict == "doubt"
    assert "linear_1" in words.message


def test_a_network_that_cannot_learn_a_batch_is_found() -> None:
    still = SOUND.with_training(replace(SOUND.training, optimizer=SGD(1e-9)))
    words = check(found(still), "one batch")
    assert words.verdict == "doubt"
    assert "by heart" in words.message


def test_a_rate_far_from_the_suggested_one_is_a_doubt() -> None:
    slow = SOUND.with_training(replace(SOUND.training, optimizer=Adam(1e-7)))
    assert check(found(slow), "learning rate").verdict == "doubt"


def test_numbers_are_compared_with_their_mean() -> None:
    drawn = project(Input(), Linear(8), ReLU(), Linear(1), Output(), dataset=Diabetes(), loss=MeanSquaredError())
    words = check(found(drawn), "first loss")
    assert words.verdict == "good"
    chance = float(words.message.partition("give ")[2].rstrip("."))
    assert chance == pytest.approx(1, abs=0.3), "scaled values vary by 1"


@pytest.mark.parametrize(
    "drawn",
    [
        project(Input(), Linear(8), BatchNorm1d(), Linear(3), Output(), dataset=Iris(), batch_size=107),
        project(Input(), Linear(3), Output(), dataset=Iris(), optimizer=LBFGS(), batch_size=8),
        project(Input(), Linear(3), Output(), dataset=Iris(), accumulation=3, batch_size=8),
    ],
    ids=["a batch of one is left out", "the whole set", "in pieces"],
)
def test_every_way_of_training_is_tried(drawn: Project) -> None:
    result = found(drawn)
    assert check(result, "gradients").verdict == "good"
    assert result.estimate.seconds_per_epoch > 0
    assert bool(result.rates.rates) is not drawn.training.optimizer.tries_places


def test_it_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found(SOUND)
    assert not list(tmp_path.iterdir())


def test_the_suggestion_is_where_the_loss_falls_fastest() -> None:
    rates = np.logspace(-7, 1, 100)
    losses = 2.3 / (1 + np.exp(3 * (np.log10(rates) + 2))) + np.where(rates > 0.3, 20 * rates, 0)
    assert suggestion(rates.tolist(), losses.tolist()) == pytest.approx(0.01, rel=0.3)


def test_where_nothing_falls_nothing_is_suggested() -> None:
    rates = np.logspace(-7, 1, 50)
    assert suggestion(rates.tolist(), np.linspace(1, 9, 50).tolist()) == 0.0
