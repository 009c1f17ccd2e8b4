"""Handles of a curve of learning rates: places that can be dragged, for a setting of the schedule or for a point."""

import math
from collections.abc import Iterator

import msgspec

from engine.schedules import (
    ByHand,
    Exponential,
    InverseSquareRoot,
    MultiStep,
    OneCycle,
    Polynomial,
    Schedule,
    Step,
    WarmRestarts,
)

MOST_POINTS = 100
"""Of a curve that is drawn by hand."""


class Plan(msgspec.Struct, frozen=True):
    """How long a training is."""

    epochs: int
    per_epoch: int

    @property
    def steps(self) -> int:
        """Of all epochs."""
        return self.epochs * self.per_epoch


class Handle(msgspec.Struct, frozen=True):
    """A place on the curve: a share of the training, and what the learning rate is multiplied by there. ``setting`` is
    what a drag changes, ``number`` which of several.
    """

    setting: str
    at: float
    rate: float
    number: int = 0


def handles(schedule: Schedule, plan: Plan) -> list[Handle]:
    """All that can be dragged, from left to right."""
    found = [*_own(schedule, plan), *_common(schedule, plan)]
    return sorted(found, key=lambda handle: (handle.at, handle.number))


def _own(schedule: Schedule, plan: Plan) -> Iterator[Handle]:
    match schedule:
        case ByHand():
            yield from (Handle("points", point.at, point.rate, n) for n, point in enumerate(schedule.in_order))
        case Step():
            yield Handle("every", min(1.0, schedule.every / plan.epochs), schedule.gamma)
        case MultiStep():
            for number, milestone in enumerate(sorted(schedule.milestones)):
                yield Handle("milestones", min(1.0, milestone / plan.epochs), schedule.gamma ** (number + 1), number)
        case OneCycle():
            yield Handle("start", 0.0, schedule.start)
            yield Handle("rising", schedule.rising, 1.0)
        case Exponential():
            yield Handle("gamma", 1.0, schedule.gamma**plan.epochs)
        case Polynomial():
            yield Handle("power", 0.5, schedule.factor(plan.steps // 2, plan.steps, plan.per_epoch))
        case WarmRestarts():
            yield Handle("first", min(1.0, schedule.first / plan.epochs), 1.0)
        case InverseSquareRoot():
            at = (schedule.warmup + schedule.timescale) / plan.steps
            yield Handle("timescale", min(1.0, at), schedule.factor(round(min(1, at) * plan.steps), plan.steps, 1))
        case _:
            pass


def _common(schedule: Schedule, plan: Plan) -> Iterator[Handle]:
    if "final" in schedule.declared:
        yield Handle("final", 1.0, getattr(schedule, "final", 0.0))
    if "warmup" in schedule.declared:
        warmup = min(getattr(schedule, "warmup", 0), plan.steps)
        yield Handle("warmup", warmup / plan.steps, schedule.factor(warmup, plan.steps, plan.per_epoch))


def dragged(schedule: Schedule, handle: Handle, at: float, rate: float, plan: Plan) -> Schedule:
    """The schedule with a handle at another place, or as near to it as its setting allows."""
    at, rate = min(1.0, max(0.0, at)), min(1.0, max(0.0, rate))
    if isinstance(schedule, ByHand):
        return _point_at(schedule, handle.number, at, rate)
    epoch = max(1, round(at * plan.epochs))
    match handle.setting:
        case "every":
            return schedule.with_settings({"every": epoch, "gamma": _digits(rate)})
        case "milestones":
            assert isinstance(schedule, MultiStep)
            milestones = sorted(schedule.milestones)
            milestones[handle.number] = epoch
            gamma = _digits(rate ** (1 / (handle.number + 1)))
            return schedule.with_settings({"milestones": milestones, "gamma": gamma})
        case "gamma":
            return schedule.with_setting("gamma", _digits(rate ** (1 / plan.epochs), 4))
        case "power":
            return schedule.with_setting("power", _power(getattr(schedule, "final", 0.0), rate))
        case "first":
            return schedule.with_setting("first", epoch)
        case "timescale":
            warmup = getattr(schedule, "warmup", 0)
            return schedule.with_setting("timescale", max(1, round(at * plan.steps) - warmup))
        case "warmup":
            return schedule.with_setting("warmup", round(at * plan.steps))
        case "rising":
            return schedule.with_setting("rising", round(at, 2))
        case name:
            return schedule.with_setting(name, _digits(rate))


def added(schedule: ByHand, at: float, rate: float) -> ByHand:
    """With one more point."""
    return _with_points(schedule, [*_pairs(schedule), (_digits(at, 3), _digits(rate, 3))][:MOST_POINTS])


def removed(schedule: ByHand, number: int) -> ByHand:
    """Without a point; two are always left."""
    pairs = _pairs(schedule)
    return _with_points(schedule, [*pairs[:number], *pairs[number + 1 :]]) if len(pairs) > 2 else schedule


def _point_at(schedule: ByHand, number: int, at: float, rate: float) -> ByHand:
    """A point stays between its neighbours, and the outer ones at their ends."""
    pairs = _pairs(schedule)
    low = pairs[number - 1][0] if number else 0.0
    high = pairs[number + 1][0] if number + 1 < len(pairs) else 1.0
    outer = {0: pairs[0][0], len(pairs) - 1: pairs[-1][0]}
    pairs[number] = (outer.get(number, min(high, max(low, round(at, 3)))), _digits(rate))
    return _with_points(schedule, pairs)


def _pairs(schedule: ByHand) -> list[tuple[float, float]]:
    return [(point.at, point.rate) for point in schedule.in_order]


def _with_points(schedule: ByHand, pairs: list[tuple[float, float]]) -> ByHand:
    points = [{"at": at, "rate": rate} for at, rate in sorted(pairs, key=lambda pair: pair[0])]
    return schedule.with_setting("points", points)


def _power(final: float, rate: float) -> float:
    """The power with which half of the training leaves this share of the learning rate."""
    share = min(0.999, max(0.001, (rate - final) / max(1e-9, 1 - final)))
    return min(100.0, max(0.01, _digits(math.log(share) / math.log(0.5), 3)))


def _digits(value: float, count: int = 2) -> float:
    return float(f"{value:.{count}g}")
