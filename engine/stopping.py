"""When a training ends before its last epoch: because nothing gets better, because it is good enough, or because the
time or the steps that it was given are over.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from engine.events import Metrics
from engine.metrics import is_better_high, title_within
from engine.rates import watched
from engine.spec import Spec, integer, metric, number

METRIC = "Which metric of the validation samples is watched."


class Waiting(msgspec.Struct):
    """What someone who watches a metric has seen: its best value, and how many validations were no better since."""

    best: float | None = None
    waited: int = 0

    def see(self, value: float, metric: str, min_delta: float) -> None:
        """Takes the next value."""
        higher = is_better_high(metric)
        self.best, self.waited = watched(value, self.best, self.waited, min_delta=min_delta, higher=higher)


class StopRule(Spec, frozen=True):
    """Base of all rules."""

    @property
    def watches(self) -> str:
        """The metric that it watches; empty: none."""
        return ""

    @property
    def most_steps(self) -> int | None:
        """The steps after which it ends; None: it does not count them."""
        return None

    @property
    def most_seconds(self) -> float | None:
        """The seconds of training after which it ends; None: it does not look at the clock."""
        return None

    def judges(self, validation: Metrics, waiting: Waiting) -> str:
        """Why the training should end after this validation; empty: it need not. ``waiting`` is what it remembers."""
        del validation, waiting
        return ""


class EarlyStopping(StopRule, frozen=True):
    """Ends when the network has not done better on the validation samples for some time."""

    title = "Early stopping"

    metric: str = metric("loss", help=METRIC)
    patience: int = integer(5, low=1, help="Validations in a row that may bring nothing better.")
    min_delta: float = number(0, low=0, high=1e6, help="How much better counts as better.")

    @property
    def watches(self) -> str:
        return self.metric

    def judges(self, validation: Metrics, waiting: Waiting) -> str:
        if self.metric not in validation:
            return ""
        waiting.see(validation[self.metric], self.metric, self.min_delta)
        return (
            f"The validation {title_within(self.metric)} was not better {waiting.waited:,} times in a row."
            if waiting.waited >= self.patience
            else ""
        )


class Goal(StopRule, frozen=True):
    """Ends as soon as the network is good enough on the validation samples."""

    metric: str = metric("accuracy", help=METRIC)
    value: float = number(0.95, low=-1e9, high=1e9, help="What it must reach; a share is written as 0.95.")

    @property
    def watches(self) -> str:
        return self.metric

    def judges(self, validation: Metrics, waiting: Waiting) -> str:
        del waiting
        found = validation.get(self.metric)
        if found is None or (found < self.value if is_better_high(self.metric) else found > self.value):
            return ""
        return f"The validation {title_within(self.metric)} has reached {self.value:.10g}."


class StepBudget(StopRule, frozen=True):
    """Ends after so many steps."""

    title = "Budget of steps"

    steps: int = integer(1000, low=1, high=1_000_000_000, help="Steps in all, from the beginning of the training.")

    @property
    def most_steps(self) -> int | None:
        return self.steps


class TimeBudget(StopRule, frozen=True):
    """Ends after so many minutes of training; pauses do not count."""

    title = "Budget of minutes"

    minutes: float = number(10, low=0.001, high=1e6, help="Minutes in all, from the beginning of the training.")

    @property
    def most_seconds(self) -> float | None:
        return 60 * self.minutes


def budget(stops: Sequence[StopRule], spent: float) -> dict[str, Any]:
    """The steps and seconds that these rules give, as events tell them, after so many seconds; 0: as many as needed."""
    steps = [rule.most_steps for rule in stops if rule.most_steps is not None]
    seconds = [rule.most_seconds - spent for rule in stops if rule.most_seconds is not None]
    return {"most_steps": min(steps, default=0), "most_seconds": max(0.0, min(seconds, default=0.0))}


def out_of_budget(stops: Sequence[StopRule], steps: int, seconds: float) -> str:
    """Why a training must end after so many steps and seconds; empty: neither are over."""
    for rule in stops:
        if rule.most_steps is not None and steps >= rule.most_steps:
            return f"The {rule.most_steps:,} steps that it was given are done."
        if rule.most_seconds is not None and seconds >= rule.most_seconds:
            return f"The {rule.most_seconds / 60:,.10g} minutes that it was given are over."
    return ""
