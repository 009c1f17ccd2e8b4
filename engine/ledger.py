"""What the steps gave: kept on the device until it is worth reading, because each reading makes the device wait."""

import math
import time

import torch
from torch import Tensor

from engine.checkpoints import State
from engine.errors import TrainingError
from engine.events import Steps


class DivergedError(TrainingError):
    """A loss, or a weight, is no longer finite after ``step``; ``where`` it began, as far as that is known."""

    def __init__(self, what: str, step: int, where: str = "") -> None:
        begun = f"; it began with {where}" if where else ""
        super().__init__(
            f"{what} is not a finite number any more at step {step:,}{begun}, so training cannot go on.",
            expected="The steps were probably too large for this network and its data.",
            fix="Try a learning rate ten times smaller, or scale the inputs (normalization “standard”).",
        )
        self.what = what
        self.step = step


class Ledger:
    """The steps since the last line of the log. Counts them in the state, and adds up the epoch's sums."""

    def __init__(self, state: State, metric: str) -> None:
        self._state = state
        self._metric = metric
        self._unread: list[tuple[Tensor, Tensor, int]] = []
        self._steps: list[int] = []
        self._losses: list[float] = []
        self._scores: list[float] = []
        self._samples = 0
        self._since = time.monotonic()
        self.diverged = 0
        """The step from which losses are not finite; 0: all are."""

    @property
    def seconds(self) -> float:
        """Since the last line."""
        return time.monotonic() - self._since

    def note(self, loss: Tensor, score: Tensor, samples: int) -> None:
        """Takes a step: its mean loss and metric, still on the device."""
        self._unread.append((loss, score, samples))
        self._state.step += 1
        self._state.step_in_epoch += 1

    def leave_out(self, seconds: float) -> None:
        """Time that was not spent on steps, and does not count for the samples per second."""
        # A line may have been written meanwhile, and counting begins there: what comes is never ahead of the clock.
        self._since = min(self._since + seconds, time.monotonic())

    def read(self) -> None:
        """Reads what lies on the device."""
        if not self._unread:
            return
        losses, scores, sizes = zip(*self._unread, strict=True)
        first = self._state.step - len(sizes) + 1
        self._unread.clear()
        numbers = torch.stack((torch.stack(losses), torch.stack(scores))).tolist()
        # One after the other: a sum in another order would differ in its last digits after a resume.
        for step, loss, score, size in zip(range(first, first + len(sizes)), *numbers, sizes, strict=True):
            if self.diverged or not (math.isfinite(loss) and math.isfinite(score)):
                self.diverged = self.diverged or step
                return
            self._steps.append(step)
            self._losses.append(loss)
            self._scores.append(score)
            self._samples += size
            self._state.samples += size
            self._state.loss += loss * size
            self._state.metric += score * size

    def line(self) -> Steps | None:
        """The steps read since the last line; None: there are none."""
        if not self._steps:
            return None
        state = self._state
        line = Steps(
            time=time.time(),
            # Between two epochs the state already counts the one before as done.
            epoch=state.epoch + (state.step_in_epoch > 0),
            step=self._steps,
            loss=self._losses,
            metrics={self._metric: self._scores},
            samples_per_second=self._samples / max(1e-9, self.seconds),
        )
        self._steps, self._losses, self._scores, self._samples = [], [], [], 0
        self._since = time.monotonic()
        return line

    def check(self) -> None:
        """Raises `DivergedError` where a loss was not finite."""
        if self.diverged:
            raise DivergedError("The loss", self.diverged)
