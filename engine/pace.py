"""How fast a training goes and how long it will still take, from the times of its events."""

import math
import time
from collections import deque
from collections.abc import Iterable

from msgspec.structs import replace

from engine.events import (
    Changed,
    Checkpoint,
    Epoch,
    Event,
    Failed,
    Finished,
    Paused,
    Resumed,
    Started,
    Steps,
    Stopped,
    Validation,
)

JUDGED_PER_STEP = 1 / 3
"""What judging a sample takes of what training on it does, as long as nobody has seen it: there is no way back."""

SETTLING_SECONDS = 2.0
"""How long the speed takes to follow a change; a line of a few milliseconds then says little."""

LONG_SECONDS = 30.0
"""Between two events, from which on the time of day is doubted."""

ASLEEP_SECONDS, ASLEEP_TIMES = 600.0, 20
"""Longer than that, and than so many times the usual, nothing between steps takes: the machine has slept."""


class Pace:
    """The pace of a training, fed with the events of its run in their order.

    All time but pauses counts: to steps, or to what comes between them, which is mostly validation. What is old is
    forgotten, so that the pace follows a machine that has become busy, and the first steps, which are slow, soon weigh
    nothing.
    """

    def __init__(self, happened: Iterable[Event] = ()) -> None:
        self.started: Started | None = None
        self.step = 0
        self.rate = 0.0
        """Samples in a second of steps, smoothed; 0: not known."""
        self._epochs = self._steps_planned = self._most_steps = 0
        self._ends = math.inf
        """When a budget of time ends it, in seconds since the epoch."""
        self._begin()
        for event in happened:
            self.take(event)

    def _begin(self) -> None:
        self._pieces: deque[tuple[int, float]] = deque()
        self._steps, self._seconds = 0, 0.0
        self._between, self._judged, self._between_steps = 0.0, 0, 0
        self._since_epoch = 0.0
        self._mark: float | None = None
        self._is_warm = self._is_waiting = self._is_over = self._judges_within = False
        self.rate = 0.0
        self._heard, self._lag = time.monotonic(), 0.0

    @property
    def epochs(self) -> int:
        """How many are planned."""
        return self._epochs

    @property
    def planned_steps(self) -> int:
        """Of the whole training, as far as its budget goes; 0: it has not begun."""
        planned = self._steps_planned or (self._epochs * self.started.steps_per_epoch if self.started else 0)
        return min(planned, self._most_steps) if self._most_steps else planned

    @property
    def share(self) -> float:
        """How much of the training is done, from 0 to 1."""
        return min(1.0, self.step / self.planned_steps) if self.planned_steps else 0.0

    def take(self, event: Event) -> None:
        """Takes what has happened next."""
        match event:
            case Started():
                self._begin()
                self.started, self.step, self._epochs = event, event.step, event.epochs
                self._steps_planned = event.steps
                self._take_budget(event)
                self._note(event)
            case Steps() if self.started and event.step:
                self._take_steps(event)
            case Epoch() | Validation() | Checkpoint() if self._mark is not None and event.step == self.step:
                # Where epochs last milliseconds, no line ends with them: then they count to the steps.
                seconds = event.time - self._mark
                if isinstance(event, Epoch):
                    seconds = min(_believed(seconds, event.seconds - self._since_epoch), event.seconds)
                self._take_between(seconds, isinstance(event, Epoch | Validation))
                self._note(event)
            case Epoch() | Validation():
                # Its step is in a line that is still to come, and so is the time that judging took.
                self._judges_within = True
            case Changed(steps=steps) if steps:
                self._take_plan(event)
            case Changed(path="training.epochs", value=int()):
                self._epochs = event.value
            case Paused():
                if not self._is_waiting:
                    self._ends -= event.time
                self._is_waiting = True
            case Resumed():
                if self._is_waiting:
                    self._ends += event.time
                self._is_waiting = False
                self._note(event)
            case Finished() | Stopped() | Failed():
                self._is_over = True
            case _:
                pass
        if isinstance(event, Epoch):
            self._since_epoch = 0.0

    def _note(self, event: Event) -> None:
        """Time is counted from this event on."""
        self._mark, self._heard = event.time, time.monotonic()
        lag = time.time() - event.time
        # Of an older event nobody knows whether the clock was set since.
        self._lag = lag if 0 < lag < LONG_SECONDS else 0.0

    def _take_plan(self, event: Changed) -> None:
        """What is planned from now on. Steps of another batch size take another time, which is found out anew."""
        self._epochs, self._steps_planned = event.epochs, event.steps
        self._take_budget(event)
        per_epoch = event.steps_per_epoch
        if self.started is not None and per_epoch and per_epoch != self.started.steps_per_epoch:
            self.started = replace(self.started, steps_per_epoch=per_epoch)
            self._pieces.clear()
            self._is_warm = False

    def _take_budget(self, event: Started | Changed) -> None:
        self._most_steps = event.most_steps
        self._ends = event.time + event.most_seconds if event.most_seconds else math.inf

    def seconds_left(self, now: float | None = None) -> float | None:
        """Until the training has ended and been tested, now or at a time in seconds since the epoch; None: nobody knows
        yet, or it waits, or is over.
        """
        if self._is_over or self._is_waiting or not self._steps or not self.started or self._mark is None:
            return None
        left = max(0, self.planned_steps - self.step)
        seconds = min(left * (self._per_step + self._between_per_step), self._ends - self._mark) + self._closing
        # Between two events time goes on as it does, whatever the clock is set to.
        since = self._lag + time.monotonic() - self._heard if now is None else now - self._mark
        return max(0.0, seconds - max(0.0, since))

    @property
    def _per_step(self) -> float:
        return self._seconds / self._steps

    @property
    def _between_per_step(self) -> float:
        """What comes between steps, for each of them."""
        if self._judged:
            return self._between / max(1, self._between_steps)
        if self._judges_within:
            return 0.0
        assert self.started is not None
        return self._per_step * JUDGED_PER_STEP * self.started.validation_samples / max(1, self.started.train_samples)

    @property
    def _closing(self) -> float:
        """The last look at the validation samples, and the first at the test samples."""
        assert self.started is not None
        samples = self.started.validation_samples + self.started.test_samples
        if self._judged and self.started.validation_samples:
            return self._between / self._judged * samples / self.started.validation_samples
        per_sample = self._per_step * self.started.steps_per_epoch / max(1, self.started.train_samples)
        return JUDGED_PER_STEP * per_sample * samples

    def _take_steps(self, event: Steps) -> None:
        seconds = self._seconds_of(event)
        self._since_epoch += seconds
        self._note(event)
        self.step = event.step[-1]
        if not self._is_warm:
            # The first steps also make what the later ones use; they count until there are others.
            self._is_warm = True
            self._steps, self._seconds = len(event.step), seconds
        else:
            if not self._pieces:
                self._steps, self._seconds = 0, 0.0
            self._pieces.append((len(event.step), seconds))
            self._steps, self._seconds = self._steps + len(event.step), self._seconds + seconds
            self._forget()
        self._take_rate(event.samples_per_second, seconds)

    def _seconds_of(self, event: Steps) -> float:
        """What these steps took."""
        assert self.started is not None
        seconds = event.time - (event.time if self._mark is None else self._mark)
        if event.samples_per_second <= 0:
            return max(0.0, seconds)
        samples = len(event.step) * self.started.train_samples / max(1, self.started.steps_per_epoch)
        return _believed(seconds, samples / event.samples_per_second)

    def _forget(self) -> None:
        """Leaves out what lies in the older half, as long as enough is left to be sure of."""
        assert self.started is not None
        enough = max(SETTLING_SECONDS, self._mark - self.started.time if self._mark else 0.0) / 2
        while self._seconds - self._pieces[0][1] > enough:
            steps, seconds = self._pieces.popleft()
            self._steps, self._seconds = self._steps - steps, self._seconds - seconds

    def _take_between(self, seconds: float, judged: bool) -> None:
        assert self.started is not None
        if self._judged and seconds > max(ASLEEP_SECONDS, ASLEEP_TIMES * self._between / self._judged):
            seconds = self._between / self._judged
        self._between += max(0.0, seconds)
        self._since_epoch += max(0.0, seconds)
        self._judged += judged
        self._between_steps = self.step - self.started.step

    def _take_rate(self, rate: float, seconds: float) -> None:
        if rate > 0:
            past = self.rate or rate
            self.rate = past + (1 - math.exp(-seconds / SETTLING_SECONDS)) * (rate - past)


def _believed(seconds: float, told: float) -> float:
    """What passed by the time of day or, where that has jumped or the machine has slept, by the trainer's own clock."""
    return seconds if 0 <= seconds < max(LONG_SECONDS, 3 * told) else max(0.0, told)
