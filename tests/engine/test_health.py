"""What is said of a training that does not go well, and that nothing is said of one that does."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from drawings import project
from msgspec.structs import replace
from training_runs import only, trained

from engine.datasets import Iris
from engine.events import Warning, Watched
from engine.health import PATIENCE, Health
from engine.layers import Input, Linear, Output, ReLU, Sigmoid
from engine.optimizers import SGD
from engine.project import Project
from engine.templates import template

LAYERS = ("linear_1", "linear_2", "linear_3")


def said(
    gradients: Iterable[list[float | None]],
    updates: list[float | None] | None = None,
    *,
    apart: int = 10,
    **health: bool,
) -> list[str]:
    """What is said of a training whose layers have these gradients, from look to look."""
    following, found = Health(**health), list[str]()
    for number, lengths in enumerate(gradients):
        whole = sum(length or 0.0 for length in lengths)
        seen = Watched(
            time=0,
            step=1 + number * apart,
            gradient=whole,
            gradients=lengths,
            updates=updates or [1e-3] * len(LAYERS),
            layers=LAYERS if number == 0 else (),
        )
        found += following.doubts(seen)
    return found


def test_a_training_that_goes_well_is_let_alone() -> None:
    assert said([[1.0 / number, 0.1, 0.01] for number in range(1, 500)]) == []


def test_layers_that_no_gradient_reaches_are_named_once() -> None:
    (words,) = said([[0.0, 0.0, 1.0]] * 200)
    assert words.startswith("No gradient reaches linear_1 and linear_2,")


def test_a_layer_that_gets_next_to_nothing_is_named() -> None:
    (words,) = said([[1e-9, 0.1, 1.0]] * 200)
    assert words.startswith("Almost no gradient reaches linear_1,")


def test_steps_that_are_too_long_are_named_unless_they_are_meant_to_be() -> None:
    (words,) = said([[1.0, 1.0, 1.0]] * 200, [0.5, 0.2, 0.3])
    assert "linear_1, linear_2 and linear_3" in words
    assert said([[1.0, 1.0, 1.0]] * 200, [0.5, 0.2, 0.3], long_steps=True) == []


def test_a_gradient_that_leaps_up_is_said_before_the_training_fails() -> None:
    (words,) = said([[1.0, 1.0, 1.0]] * 50 + [[500.0, 1.0, 1.0]] * 50)
    assert words.startswith("The gradient is 167 times as strong as ever at the start")


@pytest.mark.parametrize(
    "gradients",
    [
        [[0.0, 1.0, 1.0]] * (PATIENCE - 1),
        [[0.0, 1.0, 1.0]] * (PATIENCE - 1) + [[1e-3, 1.0, 1.0]] * 50,
        [[0.0, 0.0, 0.0]] * 200,
        [[None, None, 1.0]] * 200,
        [[1.0, 1.0, 1.0]] * 50 + [[900.0, 1.0, 1.0]] + [[1.0, 1.0, 1.0]] * 50,
    ],
    ids=["short", "over", "nothing left to learn", "frozen", "one spike"],
)
def test_what_does_not_last_or_is_meant_is_not_said(gradients: list[list[float | None]]) -> None:
    assert said(gradients) == []


def test_a_few_steps_say_little_however_often_they_are_looked_at() -> None:
    assert said([[0.0, 1.0, 1.0]] * 50, apart=1) == []


# In a training


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if it lasted long: every step is looked at."""
    monkeypatch.setattr("engine.watching.LEAST_SECONDS", 0.0)
    monkeypatch.setattr("engine.watching.SHARE", 1e9)
    monkeypatch.setattr("engine.stretch.LOOK_UP_SECONDS", 0.0)


@pytest.mark.usefixtures("often")
def test_a_dead_layer_is_said_while_it_trains(tmp_path: Path) -> None:
    drawn = project(
        *(Input(), Linear(8), ReLU(), Linear(8, bias=False, weight_init="zeros"), ReLU(), Linear(3), Output()),
        dataset=Iris(),
        optimizer=SGD(0.01),
        batch_size=8,
        epochs=12,
    )
    _, happening = trained(tmp_path / "run", drawn)
    (warning,) = only(Warning, happening)
    assert "No gradient reaches" in warning.message


@pytest.mark.usefixtures("often")
def test_a_gradient_that_vanishes_is_said_while_it_trains(tmp_path: Path) -> None:
    layers = [layer for _ in range(14) for layer in (Linear(4), Sigmoid())]
    drawn = project(Input(), *layers, Linear(3), Output(), dataset=Iris(), optimizer=SGD(0.01), epochs=30)
    _, happening = trained(tmp_path / "run", drawn)
    messages = [warning.message for warning in only(Warning, happening)]
    assert any(message.startswith("Almost no gradient reaches linear_1") for message in messages)


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("name", ["digits", "xor", "two-layer-classifier", "iris"])
def test_templates_are_let_alone(tmp_path: Path, name: str) -> None:
    drawn: Project = template(name).project
    drawn = drawn.with_training(replace(drawn.training, epochs=min(drawn.training.epochs, 300 if name == "xor" else 4)))
    _, happening = trained(tmp_path / "run", drawn)
    assert only(Warning, happening) == []
