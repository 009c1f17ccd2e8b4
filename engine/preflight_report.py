"""What a pre-flight found. Plain values, so that they cross the process border as they are."""

from typing import Literal

import msgspec

from engine.report import ChangeSetting

Verdict = Literal["good", "doubt", "fault"]


class Check(msgspec.Struct, frozen=True):
    """One look: its verdict, what was found in a sentence, and what to do, if anything."""

    name: str
    verdict: Verdict
    message: str
    fix: ChangeSetting | None = None


class RateCurve(msgspec.Struct, frozen=True):
    """The smoothed loss at each learning rate that was tried, item by item, and the rate to begin with; 0: none."""

    rates: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    suggested: float = 0.0


class Estimate(msgspec.Struct, frozen=True):
    """What an epoch takes, with its validation, and the memory of the process while it lasts."""

    seconds_per_epoch: float
    memory_bytes: int
    largest_batch: int
    """The largest power of two that fits into memory, or all samples; 0: not even one."""


class Preflight(msgspec.Struct, frozen=True):
    """All that was found."""

    checks: tuple[Check, ...]
    rates: RateCurve
    estimate: Estimate
