"""When a training ends early, slows down, validates, and which weights it keeps."""

import itertools
import math
import runpy
import sys
from pathlib import Path

import pytest
import torch
from drawings import every, project
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from torch.optim import lr_scheduler
from training_runs import assert_same_weights, losses, only, told, trained

from engine import checkpoints
from engine.curves import History
from engine.datasets import Diabetes, Iris
from engine.errors import RunError
from engine.events import Checkpoint, Epoch, Finished, LearningRate, Started, Stop, Validation
from engine.export import export
from engine.layers import Input, Linear, Output, ReLU
from engine.losses import MeanSquaredError
from engine.optimizers import SGD
from engine.project import Project, from_json, to_json
from engine.rates import watched
from engine.runs import Run
from engine.schedules import Plateau
from engine.stopping import EarlyStopping, Goal, StepBudget, StopRule, TimeBudget, Waiting
from engine.trainer import record, train

PLAIN = project(Input(), Linear(8), ReLU(), Linear(3), Output(), dataset=Iris(), optimizer=SGD(0.1), epochs=6)
PER_EPOCH = 4


def chosen(drawn: Project = PLAIN, **training: object) -> Project:
    return drawn.with_training(replace(drawn.training, **training))


def end_of(happening: list[object]) -> Finished:
    end = happening[-1]
    assert isinstance(end, Finished), end
    return end


# Rules


@pytest.mark.parametrize("kind", every(StopRule), ids=lambda kind: kind.__name__)
def test_every_rule_is_kept_in_the_document(kind: type[StopRule]) -> None:
    drawn = chosen(stops=(kind(),))
    assert from_json(to_json(drawn)) == drawn
    assert kind.help()


@given(values=st.lists(st.floats(-10, 10), min_size=1, max_size=30), delta=st.floats(0, 1), higher=st.booleans())
def test_what_is_watched_is_what_a_look_back_finds(values: list[float], delta: float, higher: bool) -> None:
    best, waiting = None, 0
    for value in values:
        best, waiting = watched(value, best, waiting, min_delta=delta, higher=higher)

    signed = [value if higher else -value for value in values]
    expected, since = signed[0], 0
    for value in signed[1:]:
        expected, since = (value, 0) if value - expected > delta else (expected, since + 1)
    assert (best, waiting) == (expected if higher else -expected, since)


def test_it_ends_when_nothing_gets_better(tmp_path: Path) -> None:
    still = chosen(optimizer=SGD(0), stops=(EarlyStopping(patience=2),), epochs=50)

    run, happening = trained(tmp_path / "run", still)

    assert end_of(happening).reason == "The validation loss was not better 2 times in a row."
    assert end_of(happening).epoch == 3
    assert (run.result().status, run.result().message) == ("finished", end_of(happening).reason)


def test_it_goes_on_while_it_gets_better(tmp_path: Path) -> None:
    _, happening = trained(tmp_path / "run", chosen(stops=(EarlyStopping(patience=1),)))
    assert (end_of(happening).epoch, end_of(happening).reason) == (6, "")


def test_it_ends_when_it_is_good_enough(tmp_path: Path) -> None:
    _, happening = trained(tmp_path / "run", chosen(stops=(Goal("loss", 1.0),), epochs=100))

    epochs = only(Epoch, happening)
    assert end_of(happening).reason == "The validation loss has reached 1."
    assert epochs[-1].validation["loss"] <= 1 < min(epoch.validation["loss"] for epoch in epochs[:-1])


@pytest.mark.parametrize("steps", [1, 4, 7, 8])
def test_it_ends_after_its_steps(steps: int, tmp_path: Path) -> None:
    run, happening = trained(tmp_path / "run", chosen(stops=(StepBudget(steps),)))

    assert list(losses(happening)) == list(range(1, steps + 1))
    assert end_of(happening).step == steps
    assert end_of(happening).reason == f"The {steps} steps that it was given are done."
    last = only(Validation, happening) if steps % PER_EPOCH else only(Epoch, happening)
    assert last[-1].step == steps, "what was learned is judged"
    assert checkpoints.read_state(run).step == steps


def test_it_ends_after_its_time(tmp_path: Path) -> None:
    drawn = chosen(stops=(TimeBudget(0.5 / 60),), epochs=1_000_000)
    _, happening = trained(tmp_path / "run", drawn)
    assert end_of(happening).reason.endswith("minutes that it was given are over.")
    assert end_of(happening).seconds >= 0.5


def test_what_it_is_given_is_told_at_its_start(tmp_path: Path) -> None:
    drawn = chosen(stops=(StepBudget(6), StepBudget(9), TimeBudget(5)))
    run, happening = trained(tmp_path / "run", drawn)
    (start,) = only(Started, happening)
    assert start.most_steps == 6
    assert 240 < start.most_seconds <= 300

    (again,) = only(Started, record(run, train(run, True, changes={"training.stops": []})))
    assert (again.most_steps, again.most_seconds) == (0, 0)


def test_a_rule_that_has_ended_it_must_give_way(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", chosen(stops=(StepBudget(6),)))

    with pytest.raises(RunError, match="is finished: The 6 steps"):
        list(train(run, True))
    happening = list(record(run, train(run, True, changes={"training.stops": []})))

    assert end_of(happening).epoch == 6
    assert list(losses(run.events())) == list(range(1, 6 * PER_EPOCH + 1))


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize(
    "choices",
    [
        {"stops": (EarlyStopping(patience=2, min_delta=0.1),)},
        {"schedule": Plateau(patience=0, min_delta=0.1)},
        {"stops": (StepBudget(14),), "validate_every": 3, "validate_unit": "steps"},
    ],
    ids=["early stopping", "plateau", "steps"],
)
def test_what_was_watched_goes_on_as_if_never_stopped(choices: dict[str, object], tmp_path: Path) -> None:
    drawn = chosen(epochs=12, **choices)
    undisturbed, expected = trained(tmp_path / "undisturbed", drawn)
    run = Run.create(tmp_path / "run", drawn)

    stopped = told(run, 10, Stop())
    _, resumed = trained(run.path, drawn, resume=True)

    assert {**losses(stopped), **losses(resumed)} == losses(expected)
    assert end_of(resumed).reason == end_of(expected).reason
    assert_same_weights(run, undisturbed)


# Slowing down


def test_the_rate_drops_when_nothing_gets_better(tmp_path: Path) -> None:
    drawn = chosen(schedule=Plateau(patience=1, gamma=0.5, min_delta=1e6), epochs=6)

    _, happening = trained(tmp_path / "run", drawn)

    # As torch's: after more than so many validations that were no better.
    assert [event.learning_rate for event in only(LearningRate, happening)] == [0.05, 0.025]
    assert [event.learning_rate for event in only(Epoch, happening)] == [0.1, 0.1, 0.1, 0.05, 0.05, 0.025]


@given(values=st.lists(st.floats(0, 2), min_size=1, max_size=30), patience=st.integers(0, 4))
def test_a_plateau_is_where_torch_finds_it(values: list[float], patience: int) -> None:
    schedule, factor, waiting = Plateau(patience=patience, gamma=0.5), 1.0, Waiting()
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0)
    expected = lr_scheduler.ReduceLROnPlateau(
        optimizer, factor=0.5, patience=patience, threshold=1e-4, threshold_mode="abs", eps=0
    )
    for value in values:
        expected.step(value)
        factor *= 0.5 if schedule.is_due({"loss": value}, waiting) else 1
        assert factor == optimizer.param_groups[0]["lr"]


# Validation and checkpoints


@pytest.mark.parametrize(("every_", "epochs"), [(2, [2, 4, 6]), (4, [4, 6]), (100, [6])])
def test_it_validates_after_so_many_epochs_and_at_the_end(every_: int, epochs: list[int], tmp_path: Path) -> None:
    run, happening = trained(tmp_path / "run", chosen(validate_every=every_))
    assert [event.epoch for event in only(Epoch, happening) if event.validation] == epochs
    assert len(only(Epoch, happening)) == 6
    assert run.result().validation == end_of(happening).validation


def test_it_validates_after_so_many_steps(tmp_path: Path) -> None:
    _, happening = trained(tmp_path / "run", chosen(validate_every=5, validate_unit="steps"))

    assert [event.step for event in only(Validation, happening)] == [5, 10, 15, 20]
    curve = History(happening).validation["loss"]
    assert curve.steps.tolist() == [5, 10, 15, 20, 24]


def test_validations_do_not_change_what_is_learned(tmp_path: Path) -> None:
    _, often = trained(tmp_path / "often", chosen(validate_every=1, validate_unit="steps"))
    _, seldom = trained(tmp_path / "seldom", chosen(validate_every=100))
    assert losses(often) == losses(seldom)


@pytest.mark.parametrize(
    ("metric", "best"),
    [("loss", min), ("f1", max), ("recall", max)],
)
def test_the_best_is_what_the_metric_says(metric: str, best: object, tmp_path: Path) -> None:
    drawn = chosen(best_by=metric, optimizer=SGD(1.5), epochs=10)
    _, happening = trained(tmp_path / "run", drawn)

    epochs = only(Epoch, happening)
    expected = best(epoch.validation[metric] for epoch in epochs)  # pyright: ignore[reportCallIssue]
    first = next(epoch for epoch in epochs if epoch.validation[metric] == expected)
    assert [event.epoch for event in only(Checkpoint, happening) if event.name == "best"][-1] == first.epoch


def test_the_weights_of_each_so_many_epochs_are_kept(tmp_path: Path) -> None:
    run, happening = trained(tmp_path / "run", chosen(keep_every=2))

    assert [event.name for event in only(Checkpoint, happening) if event.name.isdigit()] == ["2", "4", "6"]
    assert all(run.weights(name).is_file() for name in ("2", "4", "6"))


# Taken away


@pytest.mark.parametrize(
    ("choices", "lines"),
    [
        ({"stops": (EarlyStopping("accuracy", patience=2),)}, 3),
        ({"stops": (EarlyStopping(patience=2), StepBudget(100))}, 3),
        ({"stops": (Goal("accuracy", 0.0),)}, 1),
        ({"schedule": Plateau(patience=0, warmup=3)}, 6),
    ],
    ids=["early stopping", "in place of the loss", "goal", "plateau"],
)
def test_the_exported_script_watches_too(
    choices: dict[str, object],
    lines: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    drawn = chosen(optimizer=SGD(0), epochs=6, **choices)
    run, _ = trained(tmp_path / "run", drawn)
    list(export(run, "python", tmp_path / "net.py"))
    monkeypatch.syspath_prepend(tmp_path)
    rates: list[float] = []

    class Watched(lr_scheduler.LambdaLR):
        def step(self, epoch: int | None = None) -> None:
            super().step(epoch)
            rates.append(self.lr_lambdas[0](self.last_epoch))

    monkeypatch.setattr(lr_scheduler, "LambdaLR", Watched)
    runpy.run_path(str(tmp_path / "net_train.py"), run_name="__main__")
    sys.modules.pop("net")

    told = capsys.readouterr().out.splitlines()
    assert len([line for line in told if line.startswith("epoch")]) == lines
    if rates:
        assert rates[-1] == pytest.approx(0.1**4), "it drops after each epoch that is no better"
    script = (tmp_path / "net_train.py").read_text(encoding="utf-8")
    assert ("Knows nothing of: Budget of steps." in " ".join(script.split())) is (len(drawn.training.stops) == 2)


def test_a_regression_is_watched_by_its_error(tmp_path: Path) -> None:
    drawn = project(Input(), Linear(1), Output(), dataset=Diabetes(), loss=MeanSquaredError(), optimizer=SGD(0))
    _, happening = trained(tmp_path / "run", chosen(drawn, stops=(EarlyStopping("mae", patience=1),)))
    assert end_of(happening).epoch == 2
    assert math.isfinite(end_of(happening).test["mae"])
    assert list(itertools.islice(losses(happening), 1)) == [1]
