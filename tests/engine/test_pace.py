"""The time left: of trainings whose course is known, to the second."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from engine.events import Changed, Checkpoint, Epoch, Event, Finished, Paused, Resumed, Started, Steps, Validation
from engine.pace import Pace

EPOCHS, STEPS = 20, 100


def begun(**counts: Any) -> Started:
    usual = {
        "epochs": EPOCHS,
        "steps_per_epoch": STEPS,
        "train_samples": 3200,
        "validation_samples": 320,
        "test_samples": 640,
    }
    return Started(time=0.0, run="run", pid=1, device="CPU", **usual | counts)


def course(per_step: float, judging: float, saving: float = 0.0, warm: float = 0.0, each: int = 10) -> Iterator[Event]:
    """A training in which each step takes so long, and each validation; ``warm`` is lost with the first step."""
    now, validation = warm, {"loss": 1.0}
    yield begun()
    for epoch in range(1, EPOCHS + 1):
        for first in range(0, STEPS, each):
            now += per_step * each
            steps = [(epoch - 1) * STEPS + first + number for number in range(1, each + 1)]
            yield Steps(time=now, epoch=epoch, step=steps, loss=[1.0] * each, samples_per_second=32 / per_step)
        now += judging
        yield Epoch(time=now, epoch=epoch, step=epoch * STEPS, train=validation, validation=validation, seconds=now)
        now += saving
        yield Checkpoint(time=now, name="last", epoch=epoch, step=epoch * STEPS)
    now += 3 * judging
    yield Finished(time=now, epoch=EPOCHS, step=EPOCHS * STEPS, seconds=now, validation=validation, test=validation)


@pytest.mark.parametrize(
    ("per_step", "judging", "saving", "warm"),
    [(0.05, 0, 0, 0), (0.05, 2, 0, 0), (0.05, 1, 1, 0), (0.01, 0.1, 0, 1.0), (1.0, 20, 5, 10)],
    ids=["steps alone", "validation", "checkpoints", "slow first steps", "slow"],
)
def test_after_a_tenth_the_time_left_is_known(per_step: float, judging: float, saving: float, warm: float) -> None:
    happening = list(course(per_step, judging, saving, warm))
    pace, event = Pace(), happening[0]
    while pace.share < 0.1 or not isinstance(event, Checkpoint):
        pace.take(event := happening.pop(0))

    assert pace.seconds_left(event.time) == pytest.approx(happening[-1].time - event.time, rel=0.06)


def test_before_the_first_validation_it_is_guessed() -> None:
    happening = list(course(0.05, 0.17))
    pace = Pace(happening[:6])
    assert pace.seconds_left(happening[5].time) == pytest.approx(happening[-1].time - happening[5].time, rel=0.05)


def test_judging_within_a_line_of_many_epochs_is_counted_once() -> None:
    pace = Pace([begun(epochs=1000, steps_per_epoch=1, train_samples=4, validation_samples=4, test_samples=4)])
    now, each, lines = 0.0, 100, 2
    for line in range(lines):
        steps = [line * each + number for number in range(1, each + 1)]
        for step in steps:
            now += 0.001
            pace.take(Epoch(time=now, epoch=step, step=step, train={}, validation={"loss": 1.0}, seconds=0.001))
        pace.take(Steps(time=now, epoch=steps[-1], step=steps, loss=[1.0] * each, samples_per_second=4000.0))

    assert pace.seconds_left(now) == pytest.approx(0.001 * (1000 - lines * each), rel=0.02)


def test_a_machine_that_becomes_busy_is_followed() -> None:
    slow = [Steps(time=60 + 2 * n, epoch=7, step=[600 + n], loss=[1.0], samples_per_second=16) for n in range(60)]
    pace = Pace([*(event for event in course(0.1, 0) if event.time <= 60), *slow])
    left = EPOCHS * STEPS - 659
    assert left * 1.7 < (pace.seconds_left(slow[-1].time) or 0) <= left * 2.05


def test_the_time_runs_between_two_events_and_not_in_a_pause() -> None:
    pace = Pace([begun(), Steps(time=10.0, epoch=1, step=list(range(1, 101)), loss=[1.0] * 100)])
    soon = pace.seconds_left(10.0)
    assert soon is not None
    assert pace.seconds_left(15.0) == pytest.approx(soon - 5)
    assert pace.seconds_left(1e9) == 0
    pace.take(Paused(time=10.0, step=100))
    assert pace.seconds_left(20.0) is None
    pace.take(Resumed(time=1000.0, step=100))
    assert pace.seconds_left(1000.0) == pytest.approx(soon)


def test_a_clock_that_jumps_and_a_machine_that_sleeps_say_nothing() -> None:
    def steps(time: float, first: int) -> Steps:
        return Steps(
            time=time, epoch=1, step=list(range(first, first + 50)), loss=[1.0] * 50, samples_per_second=32 * 10
        )

    pace = Pace([begun(), steps(5.0, 1), steps(10.0, 51)])
    usual = pace.seconds_left(10.0)
    for time, first in ((-7000.0, 101), (9000.0, 151)):
        pace.take(steps(time, first))
        assert pace.seconds_left(time) == pytest.approx(usual, rel=0.1)


@pytest.mark.parametrize("where", [Checkpoint, Validation])
def test_a_machine_that_sleeps_between_steps_says_nothing(where: type[Event]) -> None:
    def told(asleep: float) -> float | None:
        happened: list[Event] = [begun()]
        for number in (1, 2, 3):
            steps, later = list(range(100 * number - 99, 100 * number + 1)), asleep if number == 2 else 0.0
            now = 12.0 * number + (asleep if number == 3 else 0.0)
            happened.append(Steps(time=now - 2, epoch=number, step=steps, loss=[1.0] * 100, samples_per_second=320))
            judged = now - 1 + (later if where is Validation else 0.0)
            happened.append(Validation(time=judged, epoch=number, step=steps[-1], validation={"loss": 1.0}))
            happened.append(Checkpoint(time=now + later, name="last", epoch=number, step=steps[-1]))
        return Pace(happened).seconds_left(happened[-1].time)

    awake = told(0.0)
    assert awake is not None
    assert told(8 * 3600.0) == pytest.approx(awake, rel=0.1)


@pytest.mark.parametrize("asleep", [40.0, 300.0, 8 * 3600.0])
@pytest.mark.parametrize("sleeping", [1, 2, 3])
def test_a_machine_that_sleeps_while_it_judges_says_nothing(asleep: float, sleeping: int) -> None:
    def told(asleep: float) -> float | None:
        happened: list[Event] = [begun()]
        for number in (1, 2, 3):
            now = 12.0 * number + (asleep if number >= sleeping else 0.0)
            began = 12.0 * (number - 1) + (asleep if number > sleeping else 0.0)
            steps = list(range(100 * number - 99, 100 * number + 1))
            happened.append(Steps(time=began + 8, epoch=number, step=steps, loss=[1.0] * 100, samples_per_second=400))
            # The clock of the trainer stands still while the machine sleeps.
            judged = Epoch(time=now, epoch=number, step=steps[-1], train={}, validation={"loss": 1.0}, seconds=12.0)
            happened.append(judged)
        return Pace(happened).seconds_left(happened[-1].time)

    awake = told(0.0)
    assert awake == pytest.approx(17 * 12 + 4 * 3, rel=0.1)
    assert told(asleep) == pytest.approx(awake, rel=0.01)


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 86_400.0 * 365])
def test_a_clock_that_is_set_between_two_events_changes_nothing(monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    clock = [0.0, 0.0]
    monkeypatch.setattr("engine.pace.time.time", lambda: 1e9 + clock[0] + clock[1])
    monkeypatch.setattr("engine.pace.time.monotonic", lambda: 100 + clock[0])
    # They are heard of a second after they were written.
    start = replace(begun(), time=1e9 - 11)
    pace = Pace([start, Steps(time=1e9 - 1, epoch=1, step=list(range(1, 101)), loss=[1.0] * 100)])
    soon = pace.seconds_left()
    clock[0] = 4.0
    assert soon is not None
    assert pace.seconds_left() == pytest.approx(soon - 4)
    clock[1] = jump
    assert pace.seconds_left() == pytest.approx(soon - 4)


def test_a_budget_ends_it_before_its_last_epoch() -> None:
    whole = [event for event in course(0.1, 0) if event.time <= 30]
    left = Pace(whole).seconds_left(30) or 0
    assert left == pytest.approx(EPOCHS * STEPS * 0.1 - 30, rel=0.05)

    in_steps = Pace([replace(whole[0], most_steps=500), *whole[1:]])
    assert in_steps.planned_steps == 500
    assert in_steps.seconds_left(30) == pytest.approx(20, rel=0.1)

    in_time = Pace([replace(whole[0], most_seconds=45.0), *whole[1:]])
    assert in_time.seconds_left(30) == pytest.approx(15, rel=0.1)
    # A pause takes nothing from it.
    in_time.take(Paused(time=30, step=300))
    in_time.take(Resumed(time=1030, step=300))
    assert in_time.seconds_left(1030) == pytest.approx(15, rel=0.1)
    changed = Changed(time=1030, step=300, path="training.stops", value=[], epochs=EPOCHS, steps=EPOCHS * STEPS)
    in_time.take(changed)
    assert in_time.seconds_left(1030) == pytest.approx(left, rel=0.1)


def test_more_epochs_take_more_time() -> None:
    pace = Pace(event for event in course(0.1, 0) if event.time <= 60)
    before = pace.seconds_left(60)
    pace.take(Changed(time=60.0, step=600, path="training.epochs", value=2 * EPOCHS))
    assert (pace.planned_steps, pace.epochs) == (2 * EPOCHS * STEPS, 2 * EPOCHS)
    assert pace.seconds_left(60) == pytest.approx((before or 0) + EPOCHS * STEPS * 0.1, rel=0.01)


def test_nothing_is_said_of_what_has_not_begun_or_is_over() -> None:
    happening = list(course(0.1, 0.1))
    assert Pace().seconds_left() is None
    assert Pace(happening[:1]).seconds_left() is None
    assert Pace(happening).seconds_left() is None
    assert Pace(happening).share == 1
