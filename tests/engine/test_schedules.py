"""Schedules: the factors that torch's own schedulers give, and trainings that follow them."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch
from drawings import every, project, specs
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.optim import Optimizer, lr_scheduler
from training_runs import only, trained

from engine import checkpoints
from engine.datasets import Iris
from engine.errors import SettingError
from engine.events import Epoch, Set, Started, Steps
from engine.export import export
from engine.layers import BatchNorm1d, Dropout, Input, Linear, Output, ReLU, Softmax
from engine.optimizers import SGD, AdamW
from engine.project import Project, from_json, to_json
from engine.runs import Run
from engine.schedules import (
    ByHand,
    Constant,
    Cosine,
    Exponential,
    InverseSquareRoot,
    MultiStep,
    OneCycle,
    Plateau,
    Polynomial,
    RatePoint,
    Schedule,
    Step,
    WarmRestarts,
)
from engine.stretch import Stretch
from engine.trainer import record, train

EPOCHS, PER_EPOCH = 12, 10
STEPS = EPOCHS * PER_EPOCH

TORCH: list[tuple[Schedule, Callable[[Optimizer], lr_scheduler.LRScheduler]]] = [
    (Constant(), lambda made: lr_scheduler.ConstantLR(made, 1)),
    (Constant(warmup=9), lambda made: lr_scheduler.LinearLR(made, 0.1, total_iters=9)),
    (Cosine(), lambda made: lr_scheduler.CosineAnnealingLR(made, STEPS)),
    (Cosine(final=0.1), lambda made: lr_scheduler.CosineAnnealingLR(made, STEPS, eta_min=0.1)),
    (
        Cosine(warmup=9, final=0.1),
        lambda made: lr_scheduler.SequentialLR(
            made,
            [
                lr_scheduler.LinearLR(made, 0.1, total_iters=9),
                lr_scheduler.CosineAnnealingLR(made, STEPS - 9, eta_min=0.1),
            ],
            [9],
        ),
    ),
    (
        OneCycle(),
        lambda made: lr_scheduler.OneCycleLR(made, 1.0, STEPS, cycle_momentum=False),
    ),
    (
        OneCycle(rising=0.5, start=0.1, final=0.001),
        lambda made: lr_scheduler.OneCycleLR(
            made, 1.0, STEPS, pct_start=0.5, div_factor=10, final_div_factor=100, cycle_momentum=False
        ),
    ),
    (Step(every=3, gamma=0.5), lambda made: lr_scheduler.StepLR(made, 3 * PER_EPOCH, 0.5)),
    (
        MultiStep(milestones=(2, 5, 5, 11), gamma=0.5),
        lambda made: lr_scheduler.MultiStepLR(made, [milestone * PER_EPOCH for milestone in (2, 5, 5, 11)], 0.5),
    ),
    (Exponential(gamma=0.8), lambda made: lr_scheduler.ExponentialLR(made, 0.8 ** (1 / PER_EPOCH))),
    (Polynomial(), lambda made: lr_scheduler.PolynomialLR(made, STEPS, 1.0)),
    (Polynomial(power=2.5), lambda made: lr_scheduler.PolynomialLR(made, STEPS, 2.5)),
    (
        WarmRestarts(),
        lambda made: lr_scheduler.CosineAnnealingWarmRestarts(made, PER_EPOCH, 2),
    ),
    (
        WarmRestarts(first=3, growth=1, final=0.1),
        lambda made: lr_scheduler.CosineAnnealingWarmRestarts(made, 3 * PER_EPOCH, 1, eta_min=0.1),
    ),
]

POINTS = ((0.0, 0.1), (0.25, 1.0), (0.5, 1.0), (0.5, 0.2), (1.0, 0.0))
"""A curve with a jump in the middle."""
BY_HAND = ByHand(tuple(RatePoint(*point) for point in POINTS))
TORCH.append(
    (
        BY_HAND,
        lambda made: lr_scheduler.LambdaLR(
            made, lambda step: float(np.interp(step / (STEPS - 1), *np.array(POINTS).T))
        ),
    )
)

DRAWN = project(
    *(Input(), Linear(8, lr_factor=0.1), ReLU(), Dropout(0.2), Linear(3), Softmax(), Output()),
    dataset=Iris(),
    optimizer=AdamW(learning_rate=0.05),
    epochs=6,
)
"""A network with random numbers in every step and a layer that learns at a pace of its own."""


def scheduled(schedule: Schedule, drawn: Project = DRAWN) -> Project:
    return drawn.with_training(msgspec.structs.replace(drawn.training, schedule=schedule))


@pytest.mark.filterwarnings("ignore:Detected call of")
@pytest.mark.parametrize(("schedule", "made"), TORCH, ids=[repr(schedule) for schedule, _ in TORCH])
def test_the_factors_are_those_of_torch(
    schedule: Schedule, made: Callable[[Optimizer], lr_scheduler.LRScheduler]
) -> None:
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = made(optimizer)
    for step in range(STEPS):
        assert schedule.factor(step, STEPS, PER_EPOCH) == pytest.approx(scheduler.get_last_lr()[0], abs=1e-6), step
        optimizer.step()
        scheduler.step()


def test_every_schedule_is_compared_with_torch_or_with_its_formula() -> None:
    assert {type(schedule) for schedule, _ in TORCH} == {*Schedule.kinds.values()} - {InverseSquareRoot, Plateau}
    falls = InverseSquareRoot(timescale=100, warmup=4)
    assert [falls.factor(step, STEPS, PER_EPOCH) for step in (0, 3, 4)] == pytest.approx([0.2, 0.8, 1])
    assert falls.factor(304, STEPS, PER_EPOCH) == pytest.approx(0.5)


def test_a_smooth_curve_by_hand_has_no_corners_and_meets_its_points() -> None:
    smooth = msgspec.structs.replace(BY_HAND, smooth=True)
    factors = np.array([smooth.factor(step, 1001, 10) for step in range(1001)])
    assert factors[[0, 250, 500, 1000]] == pytest.approx([0.1, 1, 0.2, 0])
    slopes = np.diff(factors[:499])
    assert abs(np.diff(slopes)).max() < 1e-4
    assert smooth.factor(2000, 1001, 10) == 0


def test_points_keep_the_curve_of_another_schedule_and_their_file() -> None:
    traced = ByHand.traced(Polynomial(final=0.2), STEPS, PER_EPOCH)
    assert [traced.factor(step, STEPS, PER_EPOCH) for step in (0, 40, STEPS - 1)] == pytest.approx(
        [Polynomial(final=0.2).factor(step, STEPS, PER_EPOCH) for step in (0, 40, STEPS - 1)], abs=0.01
    )
    assert ByHand.traced(BY_HAND, STEPS, PER_EPOCH) == BY_HAND
    warmed = Polynomial(final=0.2, warmup=4)
    traced = ByHand.traced(warmed, STEPS, PER_EPOCH)
    assert [traced.factor(step, STEPS, PER_EPOCH) for step in range(8)] == pytest.approx(
        [warmed.factor(step, STEPS, PER_EPOCH) for step in range(8)], abs=0.01
    )
    assert from_json(to_json(scheduled(BY_HAND))).training.schedule == BY_HAND
    with pytest.raises(SettingError):
        BY_HAND.with_setting("points", [{"at": 0.5, "rate": 1.5}])


@given(
    schedule=st.sampled_from(every(Schedule)).flatmap(specs),
    steps=st.integers(1, 400),
    step=st.integers(0, 500),
    per_epoch=st.integers(1, 50),
)
def test_a_factor_is_a_share_at_every_step(schedule: Schedule, steps: int, step: int, per_epoch: int) -> None:
    factor = schedule.factor(step, steps, per_epoch)
    assert 0 <= factor <= 1
    assert not schedule.is_constant or factor == 1


def test_a_file_says_the_schedule_where_there_is_one() -> None:
    assert b"schedule" not in to_json(DRAWN)
    for kind in every(Schedule):
        assert from_json(to_json(scheduled(kind()))).training.schedule == kind()
    written = DRAWN.with_value("training.schedule", "Cosine").with_value("training.schedule.final", 0.1)
    assert written.training.schedule == Cosine(final=0.1)
    with pytest.raises(SettingError, match="no schedule called"):
        DRAWN.with_value("training.schedule", "Cosinus")


@pytest.mark.parametrize("kind", every(Schedule), ids=lambda kind: kind.__name__)
def test_a_training_takes_the_steps_that_are_planned(
    kind: type[Schedule], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = project(Input(), Linear(3), Output(), dataset=Iris(), optimizer=SGD(0.1), epochs=3)
    drawn = scheduled(kind(), drawn)
    worker = Stretch(run := Run.create(tmp_path / "run", drawn), drawn, checkpoints.State(), run.commands(), [])
    rates: list[float] = []
    stepper = worker.bench.stepper
    step = stepper.step

    def noted(*rows: Any) -> Any:
        rates.append(stepper.optimizer.param_groups[0]["lr"])
        return step(*rows)

    monkeypatch.setattr(stepper, "step", noted)

    happening = list(worker.happening())

    per_epoch = worker.bench.steps_per_epoch
    assert rates == [0.1 * kind().factor(step, 3 * per_epoch, per_epoch) for step in range(3 * per_epoch)]
    assert [epoch.learning_rate for epoch in only(Epoch, happening)] == rates[per_epoch - 1 :: per_epoch]


def test_epochs_that_are_added_follow_the_longer_curve(tmp_path: Path) -> None:
    drawn = scheduled(Cosine(), DRAWN.with_value("training.epochs", 2))
    run, _ = trained(tmp_path / "run", drawn)
    longer = run.project().with_value("training.epochs", 4)
    state = checkpoints.read_state(run)
    worker = Stretch(run, longer, state, run.commands(), [])
    whole = [group["lr"] for group in worker.bench.stepper.optimizer.param_groups]
    worker.set_rate()
    assert [group["lr"] for group in worker.bench.stepper.optimizer.param_groups] == pytest.approx(
        [0.5 * each for each in whole]
    )


@pytest.mark.usefixtures("every_step")
def test_a_schedule_can_change_while_training(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", scheduled(Cosine()))
    told = [
        Set("training.schedule.final", 0.5),
        Set("training.schedule", "Constant"),
        Set("training.optimizer.learning_rate", 0.01),
    ]
    for event in record(run, train(run)):
        if isinstance(event, Steps) and told:
            run.send(told.pop(0))
    state = checkpoints.read_state(run)
    assert state.changes["training.schedule"] == "Constant"
    assert len(only(Epoch, run.events())) == 6


@pytest.mark.parametrize(
    "kind", [kind for kind in every(Schedule) if not kind().is_constant], ids=lambda kind: kind.__name__
)
@pytest.mark.parametrize("batch_size", [32, 107])
def test_the_exported_script_follows_the_same_curve(
    kind: type[Schedule], batch_size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = (Input(), Linear(4, lr_factor=0.5), BatchNorm1d(), Linear(3), Output())
    drawn = scheduled(kind(), project(*layers, dataset=Iris(), optimizer=SGD(0.1), epochs=3, batch_size=batch_size))
    run, happening = trained(tmp_path / "run", drawn)
    list(export(run, "python", tmp_path / "net.py"))
    rates: list[list[float]] = []

    class Watched(lr_scheduler.LambdaLR):
        def step(self, epoch: int | None = None) -> None:
            super().step(epoch)
            rates.append(self.get_last_lr())

    monkeypatch.setattr(lr_scheduler, "LambdaLR", Watched)
    monkeypatch.syspath_prepend(tmp_path)
    runpy.run_path(str(tmp_path / "net_train.py"), run_name="__main__")

    per_epoch = only(Started, happening)[0].steps_per_epoch
    factors = [kind().factor(step, 3 * per_epoch, per_epoch) for step in range(3 * per_epoch)]
    # What is planned after the last step is never used.
    assert rates[:-1] == [pytest.approx([0.05 * factor, 0.1 * factor]) for factor in factors]
