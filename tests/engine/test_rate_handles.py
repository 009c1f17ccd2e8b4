"""Handles of the curve of learning rates: each lies on the curve, and a drag sets what it stands for."""

import msgspec
import pytest
from drawings import project

from engine.datasets import Iris
from engine.events import Set
from engine.layers import Input, Linear, Output
from engine.rate_handles import Handle, Plan, added, dragged, handles, removed
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
from engine.steering import steered, way

PLAN = Plan(epochs=20, per_epoch=50)
CURVE = ByHand((RatePoint(0.0, 1.0), RatePoint(0.5, 0.4), RatePoint(1.0, 0.0)))


def handle(schedule: Schedule, setting: str, number: int = 0) -> Handle:
    return next(each for each in handles(schedule, PLAN) if (each.setting, each.number) == (setting, number))


@pytest.mark.parametrize(
    ("schedule", "setting", "to", "new"),
    [
        (Constant(warmup=10), "warmup", (0.1, 0.3), Constant(warmup=100)),
        (Cosine(), "final", (0.5, 0.25), Cosine(final=0.25)),
        (Cosine(), "warmup", (0.05, 0.0), Cosine(warmup=50)),
        (OneCycle(), "rising", (0.456, 0.0), OneCycle(rising=0.46)),
        (OneCycle(), "start", (0.9, 0.2), OneCycle(start=0.2)),
        (Step(), "every", (0.2, 0.5), Step(every=4, gamma=0.5)),
        (MultiStep(milestones=(12, 5)), "milestones", (0.5, 0.3), MultiStep(milestones=(10, 12), gamma=0.3)),
        (Exponential(), "gamma", (0.3, 0.5), Exponential(gamma=0.9659)),
        (Polynomial(), "power", (0.1, 0.25), Polynomial(power=2)),
        (WarmRestarts(), "first", (0.25, 0.1), WarmRestarts(first=5)),
        (InverseSquareRoot(warmup=10), "timescale", (0.51, 0.1), InverseSquareRoot(timescale=500, warmup=10)),
        (Plateau(), "warmup", (0.02, 1.0), Plateau(warmup=20)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Schedule) else "",
)
def test_a_drag_sets_what_the_handle_stands_for(
    schedule: Schedule, setting: str, to: tuple[float, float], new: Schedule
) -> None:
    assert dragged(schedule, handle(schedule, setting), *to, PLAN) == new


@pytest.mark.parametrize("kind", [*Schedule.kinds.values()], ids=lambda kind: kind.__name__)
def test_every_handle_can_be_dragged_anywhere(kind: type[Schedule]) -> None:
    for each in handles(kind(), PLAN):
        assert 0 <= each.at <= 1
        assert 0 <= each.rate <= 1
        for at, rate in ((-1, -1), (0, 0), (0.5, 0.5), (1, 1), (2, 2)):
            changed = dragged(kind(), each, at, rate, PLAN)
            assert [h.setting for h in handles(changed, PLAN)].count(each.setting) >= 1


def test_a_point_stays_between_its_neighbours_and_the_ends_at_theirs() -> None:
    middle = handle(CURVE, "points", 1)
    assert dragged(CURVE, middle, 0.7, 0.9, PLAN) == ByHand(
        (RatePoint(0.0, 1.0), RatePoint(0.7, 0.9), RatePoint(1.0, 0.0))
    )
    left = handle(CURVE, "points", 0)
    assert dragged(CURVE, left, 0.9, 0.3, PLAN).in_order[0] == RatePoint(0.0, 0.3)  # pyright: ignore
    assert dragged(CURVE, middle, 1.5, 2, PLAN).in_order[1] == RatePoint(1.0, 1.0)  # pyright: ignore


def test_points_are_added_and_removed_but_two_are_left() -> None:
    more = added(CURVE, 0.25, 0.75)
    assert [point.at for point in more.in_order] == [0.0, 0.25, 0.5, 1.0]
    assert removed(more, 1) == CURVE
    two = removed(CURVE, 1)
    assert removed(two, 0) == two
    assert len(added(ByHand(), 0.5, 0.9).in_order) == 3


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CURVE, added(CURVE, 0.25, 0.9)),
        (Cosine(), CURVE),
        (Step(), dragged(Step(), handle(Step(), "every"), 0.2, 0.5, PLAN)),
    ],
    ids=["a point more", "by hand instead", "two settings in a drag"],
)
def test_a_curve_that_is_edited_can_be_handed_to_a_training_under_way(before: Schedule, after: Schedule) -> None:
    drawn = project(Input(), Linear(3), Output(), dataset=Iris())
    one, other = (
        drawn.with_training(drawn.training.with_setting("schedule", schedule)) for schedule in (before, after)
    )
    led = way(one, other)
    assert not led.others
    for change in led.changes:
        told = msgspec.json.decode(msgspec.json.encode(Set(change.path, change.value)), type=Set)
        one = steered(one, told.path, told.value)
    assert one.training.schedule == after
