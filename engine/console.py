"""Training on the command line: progress in lines, Ctrl+C, and the warm-up of a spare trainer."""

# ruff: noqa: T201 — to print is what this file is for.

import math
import signal
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine import events
from engine.data import Data
from engine.datasets import Digits
from engine.errors import TrainingError
from engine.events import Event
from engine.graph import Graph
from engine.layers import Conv2d, Flatten, Input, Linear, MaxPool2d, Output, ReLU
from engine.losses import CrossEntropy
from engine.metrics import in_words
from engine.optimizers import Adam
from engine.project import Project
from engine.runs import Result, Run
from engine.spec import as_percent
from engine.training import Training

MOST_LINES = 50
"""For the epochs of a training; where there are more, some have none."""

SECONDS_OF_SILENCE = 30.0
"""After which each epoch has its line, so that long trainings show that they live."""


def train(run: Run, changes: Mapping[str, Any], silent: bool) -> Result:
    """Trains a run, or goes on with it, saying how far it is. Raises `TrainingError` where training failed."""
    # Taken before torch is imported: what a person asks meanwhile must not be lost.
    commands = run.commands()
    with _stopping_on_signals(run):
        from engine import trainer

        progress = Progress(silent)
        end: Event | None = None
        for event in trainer.record(run, trainer.train(run, run.has_checkpoint(), commands, changes)):
            progress.show(event)
            end = event
    if isinstance(end, events.Failed):
        raise TrainingError(end.message, expected=end.cause, fix=end.fix)
    return run.result()


def warm_up() -> None:
    """Trains a little network on a little data, so that what is done on first use is done before it is waited for."""
    from engine import trainer

    network = Graph.chain(Input(), Conv2d(8), ReLU(), MaxPool2d(), Flatten(), Linear(10), Output())
    project = Project(network, Data(Digits()), Training(CrossEntropy(), Adam(), batch_size=1024, epochs=1))
    with tempfile.TemporaryDirectory(prefix="layerloom-", ignore_cleanup_errors=True) as folder:
        for _ in trainer.train(Run.create(Path(folder) / "warm-up", project)):
            pass


@contextmanager
def _stopping_on_signals(run: Run) -> Generator[None]:
    """Ctrl+C and a scheduler's request to end stop the training with a checkpoint; a second one ends it at once."""

    def stop(number: int, frame: object) -> None:
        del number, frame
        for kind, former in before.items():
            signal.signal(kind, former)
        run.send(events.Stop())

    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.getsignal(kind) for kind in kinds}
    try:
        for kind in kinds:
            signal.signal(kind, stop)
    except ValueError:
        # Only the main thread takes signals; elsewhere whoever started the thread does.
        yield
        return
    try:
        yield
    finally:
        for kind, former in before.items():
            signal.signal(kind, former)


class Progress:
    """Training in lines: one an epoch, and on a terminal one that is written over while the epoch lasts.

    Of many epochs, evenly spread ones have a line. Warnings go to standard error. Silent: nothing else is said.
    """

    def __init__(self, silent: bool) -> None:
        self._silent = silent
        self._live = sys.stdout.isatty() and not silent
        self._said = -math.inf
        self._held = ""
        self._epochs = 0
        self._every = 1

    def show(self, event: Event) -> None:
        """Tells what has happened, as far as it is of interest."""
        match event:
            case events.Started():
                self._epochs = event.epochs
                self._every = math.ceil((event.epochs - event.epoch) / MOST_LINES) or 1
                self._say(f"Training on {event.device}: {event.train_samples:,} samples, {event.epochs:,} epochs.")
                for note in event.notes:
                    self._say(f"Note: {note}")
            case events.Loading():
                share = f" {as_percent(event.done / event.total)}" if event.total else " …"
                self._over(f"{event.message}{share}")
            case events.Steps():
                rate = f"{event.samples_per_second:,.0f} samples/s"
                self._over(f"epoch {event.epoch:,}  step {event.step[-1]:,}  loss {event.loss[-1]:.4f}  {rate}")
            case events.Epoch():
                self._epoch(event)
            case events.Warning():
                print(f"Warning: {event.message}", file=sys.stderr)
            case events.Paused():
                self._say(f"Paused after step {event.step:,}.")
            case events.Resumed():
                self._say("Going on.")
            case events.LearningRate():
                self._say(f"The learning rate is {event.learning_rate:g} from step {event.step:,} on.")
            case events.Finished() | events.Stopped() | events.Failed():
                self._say(self._held)
                if isinstance(event, events.Finished):
                    self._say(event.reason)
            case _:
                pass

    def _epoch(self, event: events.Epoch) -> None:
        self._epochs = max(self._epochs, event.epoch)
        words = f"epoch {event.epoch:>{len(str(self._epochs))}}/{self._epochs}  loss {event.train['loss']:.4f}"
        validation = f"validation: {in_words(event.validation)}  " if event.validation else ""
        line = f"{words}  {validation}{event.seconds:.1f} s"
        if event.epoch % self._every and time.monotonic() < self._said + SECONDS_OF_SILENCE:
            self._held = line
            return
        self._said = time.monotonic()
        self._held = ""
        self._say(line)

    def _say(self, line: str) -> None:
        if line and not self._silent:
            print(f"\r\x1b[K{line}" if self._live else line, flush=True)

    def _over(self, line: str) -> None:
        if self._live:
            print(f"\r\x1b[K{line}", end="", flush=True)
