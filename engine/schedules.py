"""How the learning rate changes while training. A schedule is one class; ``function`` is the call of `engine.rates`
that says what the rates are multiplied by at each step, and that exported source prints.

The curve spans the planned epochs: with more of them, those that are left follow the longer curve.
"""

import operator
from typing import Annotated, Any, ClassVar

import msgspec

from engine import rates
from engine.call import Call, Value, call
from engine.events import Metrics
from engine.spec import Spec, flag, integer, metric, number, records, several
from engine.stopping import Waiting

STEP, STEPS, PER_EPOCH = Value(0), Value(1), Value(2)
"""Stand for the steps that are done, those planned, and those of one epoch."""

GAMMA = "What the learning rate is multiplied by each time."
TRACED = 5
"""Points that stand for the curve of another schedule."""

FINAL = "Where it ends, as a share of the learning rate."


class Schedule(Spec, frozen=True):
    """Base of all schedules."""

    formula: ClassVar[str]

    def function(self) -> Call:
        """The call that answers the factor, of `STEP`, `STEPS` and `PER_EPOCH`."""
        raise NotImplementedError

    def factor(self, step: int, steps: int, per_epoch: int) -> float:
        """What the learning rate is multiplied by after ``step`` of ``steps`` steps."""
        return self.function().made(_resolve, (step, steps, per_epoch))

    def reached(self, step: int, ahead: int) -> int:
        """The step of the plan that comes after ``step`` steps, where a change of the batch size makes the plan so many
        steps longer or, below 0, shorter.
        """
        return step + ahead

    @property
    def is_constant(self) -> bool:
        """Whether the learning rate stays as it is."""
        return False

    @property
    def watches(self) -> str:
        """The metric of the validation samples that it follows; empty: none."""
        return ""


class _Warmed(Schedule, frozen=True):
    """A schedule before which the rate can rise from nearly nothing."""

    listed = False

    warmup: int = integer(
        0, help="Steps over which the learning rate first rises, so that a fresh network is not upset."
    )

    def reached(self, step: int, ahead: int) -> int:
        # A network that is warm is not warmed again.
        return max(super().reached(step, ahead), min(step, self.warmup))


class Constant(_Warmed, frozen=True):
    """The learning rate stays as it is."""

    formula = r"\eta_t = \eta"

    def function(self) -> Call:
        return call("warm", STEP, warmup=self.warmup)

    @property
    def is_constant(self) -> bool:
        return not self.warmup


class Cosine(_Warmed, frozen=True):
    """Falls along half a cosine: slowly at first, then faster, and gently to its end. The usual choice today."""

    formula = r"\eta_t = \eta \frac{1 + \cos(\pi t / T)}{2}"

    final: float = number(0, low=0, high=1, help=FINAL)

    def function(self) -> Call:
        return call("cosine", STEP, STEPS, final=self.final, warmup=self.warmup)


class OneCycle(Schedule, frozen=True):
    """Rises to the learning rate, then falls far below it: fast training with a high rate in the middle."""

    title = "One cycle"
    formula = r"\eta / d \rightarrow \eta \rightarrow \eta / D"

    rising: float = number(0.3, low=0, high=1, help="Share of the training in which it rises.")
    start: float = number(0.04, low=0, high=1, help="Where it starts, as a share of the learning rate.")
    final: float = number(0.000004, low=0, high=1, help=FINAL)

    def function(self) -> Call:
        return call("one_cycle", STEP, STEPS, rising=self.rising, start=self.start, final=self.final)


class Step(_Warmed, frozen=True):
    """Drops after each so many epochs."""

    title = "Steps"
    formula = r"\eta_t = \eta \gamma^{\lfloor epoch / n \rfloor}"

    every: int = integer(10, low=1, help="Epochs between two drops.")
    gamma: float = number(0.1, low=0, high=1, help=GAMMA)

    def function(self) -> Call:
        return call("drops", STEP, call("*", self.every, PER_EPOCH), gamma=self.gamma, warmup=self.warmup)


class MultiStep(_Warmed, frozen=True):
    """Drops at chosen epochs, as the residual networks were trained."""

    title = "Steps at chosen epochs"
    formula = r"\eta_t = \eta \gamma^{n}, \quad n = |\{m : m \leq epoch\}|"

    milestones: tuple[int, ...] = several((5, 8), low=1, help="After how many epochs it drops.")
    gamma: float = number(0.1, low=0, high=1, help=GAMMA)

    def function(self) -> Call:
        return call("drops_at", STEP, PER_EPOCH, milestones=self.milestones, gamma=self.gamma, warmup=self.warmup)


class Exponential(_Warmed, frozen=True):
    """Falls by the same share with each epoch, a little at every step."""

    formula = r"\eta_t = \eta \gamma^{epoch}"

    gamma: float = number(0.9, low=0, high=1, help="What is left of it after an epoch, as a share.")

    def function(self) -> Call:
        return call("exponential", STEP, PER_EPOCH, gamma=self.gamma, warmup=self.warmup)


class Polynomial(_Warmed, frozen=True):
    """Falls as a power of what remains of the training; with power 1 along a straight line."""

    formula = r"\eta_t = \eta (1 - t / T)^p"

    power: float = number(1, low=0.01, high=100, help="1 falls evenly; larger falls fast at first.")
    final: float = number(0, low=0, high=1, help=FINAL)

    def function(self) -> Call:
        return call("polynomial", STEP, STEPS, power=self.power, final=self.final, warmup=self.warmup)


class WarmRestarts(_Warmed, frozen=True):
    """Falls along half a cosine, starts again at the top, and takes longer each time."""

    title = "Cosine with warm restarts"
    formula = r"\eta_t = \eta \frac{1 + \cos(\pi t_i / T_i)}{2}"

    first: int = integer(1, low=1, help="Epochs of the first fall.")
    growth: int = integer(2, low=1, high=100, help="How many times as long each fall takes as the one before.")
    final: float = number(0, low=0, high=1, help=FINAL)

    def function(self) -> Call:
        first = call("*", self.first, PER_EPOCH)
        return call("warm_restarts", STEP, first, growth=self.growth, final=self.final, warmup=self.warmup)


class InverseSquareRoot(_Warmed, frozen=True):
    """Falls as one over the root of the steps: never to nothing, so that a training can always go on."""

    title = "Inverse square root"
    formula = r"\eta_t = \eta \sqrt{\frac{n}{n + t}}"

    timescale: int = integer(1000, low=1, help="Steps after which 71 % of it are left.")

    def function(self) -> Call:
        return call("inverse_square_root", STEP, timescale=self.timescale, warmup=self.warmup)


class Plateau(_Warmed, frozen=True):
    """Drops whenever the network has not done better on the validation samples for some time."""

    title = "When nothing gets better"
    formula = r"\eta \leftarrow \gamma \eta"

    metric: str = metric("loss", help="Which metric of the validation samples is watched.")
    gamma: float = number(0.1, low=0, high=1, help=GAMMA)
    patience: int = integer(5, help="Validations in a row that may bring nothing better before it drops.")
    min_delta: float = number(0.0001, low=0, high=1e6, help="How much better counts as better.")

    def function(self) -> Call:
        return call("warm", STEP, warmup=self.warmup)

    @property
    def is_constant(self) -> bool:
        return False

    @property
    def watches(self) -> str:
        return self.metric

    def is_due(self, validation: Metrics, waiting: Waiting) -> bool:
        """Whether it drops after this validation; ``waiting`` is what it remembers."""
        if self.metric not in validation:
            return False
        waiting.see(validation[self.metric], self.metric, self.min_delta)
        if waiting.waited <= self.patience:
            return False
        waiting.waited = 0
        return True


class RatePoint(msgspec.Struct, frozen=True):
    """A point of a curve: a share of the training, and what the learning rate is multiplied by there."""

    at: Annotated[float, msgspec.Meta(ge=0, le=1)]
    rate: Annotated[float, msgspec.Meta(ge=0, le=1)]


class ByHand(Schedule, frozen=True):
    """Follows points that are drawn into the curve: drag them, double-click to add or to remove one."""

    title = "By hand"
    formula = r"(t_i, \eta_i) \rightarrow (t_{i+1}, \eta_{i+1})"

    points: tuple[RatePoint, ...] = records(RatePoint, help="Shares of the training, and of the learning rate there.")
    smooth: bool = flag(False, help="Go from point to point without corners.")

    def function(self) -> Call:
        points = tuple((point.at, point.rate) for point in self.in_order)
        return call("by_hand", STEP, STEPS, points=points, smooth=self.smooth)

    @property
    def in_order(self) -> tuple[RatePoint, ...]:
        """The points as the training comes to them; without any, straight from the learning rate to nothing."""
        usual = (RatePoint(0.0, 1.0), RatePoint(1.0, 0.0))
        return tuple(sorted(self.points, key=lambda point: point.at)) or usual

    @classmethod
    def traced(cls, schedule: Schedule, steps: int, per_epoch: int) -> "ByHand":
        """Points on the curve of another schedule."""
        if isinstance(schedule, ByHand):
            return schedule
        places = [place / (TRACED - 1) for place in range(TRACED)]
        if isinstance(schedule, _Warmed) and 0 < schedule.warmup < steps - 1:
            # Where the rise ends, which the others would draw out to the first of them.
            places = sorted({*places, schedule.warmup / (steps - 1)})
        factors = (schedule.factor(round(place * (steps - 1)), steps, per_epoch) for place in places)
        return cls(tuple(RatePoint(place, round(rate, 4)) for place, rate in zip(places, factors, strict=True)))


def _resolve(name: str) -> Any:
    return operator.mul if name == "*" else getattr(rates, name)
