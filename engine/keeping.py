"""What a training writes beside its log: checkpoints, the best weights, and what its result is made of."""

import time
from collections.abc import Iterator
from contextlib import suppress

from engine import checkpoints, events, waypoints
from engine.checkpoints import Best, State
from engine.disk import flush, write_atomically
from engine.events import Event, Metrics
from engine.metrics import is_better_high
from engine.runs import Run
from engine.workbench import Workbench


class Keeper:
    """Keeps one stretch of a training, and knows which of its weights did best. What writes raises OSError."""

    def __init__(self, run: Run, bench: Workbench, state: State) -> None:
        self._run, self._bench, self._state = run, bench, state
        self.best: Best | None = None
        """The weights that did best; None: none are remembered yet."""
        self.is_asked = False
        """Whether the next checkpoint is also kept under the number of its epoch."""
        self._best_is_new = False

    def restore(self) -> None:
        """Takes up the last checkpoint. Raises `RunError`."""
        waypoints.forget_after(self._run, self._state.epoch)
        checkpoints.restore(self._run, self._bench.network, self._bench.stepper, self._bench.device)
        best = checkpoints.read_best(self._run, self._bench.device)
        self.best = best if best and best.rank else None

    def compare(self, validation: Metrics, metric: str) -> None:
        """Remembers the weights if none did better: by this metric, or by accuracy, then by loss."""
        rank = (validation.get("accuracy", 0.0), -validation["loss"])
        if metric in validation:
            rank = (validation[metric] if is_better_high(metric) else -validation[metric],)
        if self.best is None or rank > self.best.rank:
            self.remember(rank)

    def remember(self, rank: tuple[float, ...] = ()) -> None:
        """Takes the weights of now for the best. Unranked, they give way to the first that are judged."""
        with self._bench.stepper.averaged():
            weights = checkpoints.weights_of(self._bench.network)
        self.best, self._best_is_new = Best(weights, rank, self._state.epoch, self._state.step), True

    def checkpoints(self) -> Iterator[Event]:
        """Writes all that is needed to go on from here."""
        with suppress(FileNotFoundError):
            # Or a power cut could leave steps trained that no curve shows.
            flush(self._run.path / "log.jsonl")
        yield from self.best_written()
        epoch, step = self._state.epoch, self._state.step
        kept = self.is_asked
        if kept:
            with self._bench.stepper.averaged():
                checkpoints.write_kept(self._run, self._bench.network, self._state)
            self.is_asked = False
            yield events.Checkpoint(time=time.time(), name=str(epoch), epoch=epoch, step=step)
        checkpoints.write_last(self._run, self._bench.network, self._bench.stepper, self._state)
        if not self._state.step_in_epoch:
            waypoints.keep(self._run, epoch, asked=kept)
        yield events.Checkpoint(time=time.time(), name="last", epoch=epoch, step=step)

    def best_written(self) -> Iterator[Event]:
        """Writes the best weights, where they are not yet."""
        if self.best and self._best_is_new:
            checkpoints.write_best(self._run, self.best)
            self._best_is_new = False
            yield events.Checkpoint(time=time.time(), name="best", epoch=self.best.epoch, step=self.best.step)

    def written(self, name: str, content: bytes) -> Iterator[Event]:
        """Writes what belongs to the result into a file of this name."""
        write_atomically(self._run.path / "artifacts" / name, lambda file: file.write_bytes(content))
        yield from ()
