"""Training on the command line: lines or a picture of how far it is, Ctrl+C, and the warm-up of a spare trainer."""

# ruff: noqa: T201 — to print is what this file is for.

import math
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal, Protocol

from engine import events
from engine.data import Data
from engine.datasets import Digits
from engine.errors import RunError, TrainingError
from engine.events import Event, Metrics
from engine.graph import Graph
from engine.layers import Conv2d, Flatten, Input, Linear, MaxPool2d, Output, ReLU
from engine.losses import CrossEntropy
from engine.metrics import title_within, value_in_words
from engine.optimizers import Adam
from engine.project import Project
from engine.runs import Result, Run, trainer_lives
from engine.training import Training

Telling = Literal["picture", "lines", "nothing"]
"""How a training is told: a picture on a terminal, lines, or not at all."""

MOST_LINES = 50
"""For the epochs of a training; where there are more, some have none."""

SECONDS_OF_SILENCE = 30.0
"""After which each epoch has its line, so that long trainings show that they live."""

LOOK_SECONDS = 0.1
"""Between two looks at a run that is followed."""

GRACE_SECONDS = 2.0
"""How long a trainer that is gone may have left something unread."""

START_SECONDS = 30.0
"""How long a trainer may take to its first word."""

LEARNING_RATE = "training.optimizer.learning_rate"
"""A setting of whose changes an event of its own tells."""

STOPS = "Ctrl+C stops the training and keeps everything."
STOPPING = "Stopping: saving what is learned. Ctrl+C once more ends at once, with the last checkpoint."
LEAVES = "Ctrl+C leaves; the training goes on."


class Teller(Protocol):
    """What tells a person of a training."""

    def show(self, event: Event) -> None:
        """Takes what has happened."""
        ...

    def catch_up(self, past: list[Event]) -> None:
        """Takes what happened before anyone looked."""
        ...

    def stopping(self, words: str) -> None:
        """Says that it is being stopped. May be called by a signal, at any moment."""
        ...


def telling(as_json: bool, plain: bool) -> Telling:
    """How to tell a training: a picture where standard output is a terminal that can draw, and lines are not wished."""
    if as_json:
        return "nothing"
    draws = sys.stdout.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")
    return "picture" if draws and not plain else "lines"


def train(run: Run, changes: Mapping[str, Any], how: Telling) -> Result:
    """Trains a run, or goes on with it, saying how far it is. Raises `TrainingError` where training failed, and
    `RunError` where a person ended it at once.
    """
    # Taken before torch is imported: what a person asks meanwhile must not be lost.
    commands = run.commands()
    end: Event | None = None
    try:
        with _teller(how, run, STOPS) as teller, _stopping_on_signals(run, teller):
            from engine import trainer

            for event in trainer.record(run, trainer.train(run, run.has_checkpoint(), commands, changes)):
                teller.show(event)
                end = event
    except KeyboardInterrupt:
        raise _cut_short(run) from None
    if isinstance(end, events.Failed):
        raise TrainingError(end.message, expected=end.cause, fix=end.fix)
    return run.result()


def follow(run: Run, how: Telling) -> Result | None:
    """Tells of a training that another process does, until it is over; None: a person left before. Raises
    `TrainingError` where it failed, and `RunError` where nobody trains the run.
    """
    log, watch = run.follow(), _Watch(run)
    past = watch.taken(log.read())
    if watch.end is None and watch.is_gone():
        raise watch.fault()
    try:
        with _teller(how, run, LEAVES) as teller:
            teller.catch_up(past)
            while watch.end is None:
                time.sleep(LOOK_SECONDS)
                # Asked before reading: what a trainer writes last is then surely read.
                gone = watch.is_gone()
                new = watch.taken(log.read())
                if gone and not new:
                    raise watch.fault()
                for event in new:
                    teller.show(event)
    except KeyboardInterrupt:
        return None
    if isinstance(watch.end, events.Failed):
        raise TrainingError(watch.end.message, expected=watch.end.cause, fix=watch.end.fix)
    return run.result()


class _Watch:
    """Whether someone trains a run, by what its log says."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._started: events.Started | None = None
        self.end: Event | None = None

    def taken(self, new: list[Event]) -> list[Event]:
        """The same events, noted."""
        for event in new:
            if isinstance(event, events.Started):
                self._started, self.end = event, None
            elif isinstance(event, events.Finished | events.Stopped | events.Failed):
                self.end = event
        return new

    def is_gone(self) -> bool:
        """Whether no trainer is there, nor seems to be coming."""
        if self._started is not None and trainer_lives(self._started) and self._run.may_be_trained():
            return False
        grace = GRACE_SECONDS if self._started else START_SECONDS
        return time.time() - max(map(_changed_at, self._run.path.glob("*"))) > grace

    def fault(self) -> RunError:
        """Why there is nothing to follow."""
        words = ": its trainer ended without a word" if self._started else ""
        return RunError(f"{self._run.name} is not being trained{words}.", fix=f"Train with: {how_to_go_on(self._run)}")


def _changed_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def warm_up() -> None:
    """Trains a little network on a little data, so that what is done on first use is done before it is waited for."""
    from engine import trainer

    network = Graph.chain(Input(), Conv2d(8), ReLU(), MaxPool2d(), Flatten(), Linear(10), Output())
    project = Project(network, Data(Digits()), Training(CrossEntropy(), Adam(), batch_size=1024, epochs=1))
    with tempfile.TemporaryDirectory(prefix="layerloom-", ignore_cleanup_errors=True) as folder:
        for _ in trainer.train(Run.create(Path(folder) / "warm-up", project)):
            pass


@contextmanager
def _teller(how: Telling, run: Run, hint: str) -> Generator[Teller]:
    if how == "picture":
        # Where nobody looks, nothing is drawn, and the library for it is not loaded.
        from engine.display import Display

        with Display(run.name, run.project(), hint) as display:
            yield display
    else:
        yield Lines(_print if how == "lines" else _say_nothing)


@contextmanager
def _stopping_on_signals(run: Run, teller: Teller) -> Generator[None]:
    """Ctrl+C, a scheduler's request to end and a terminal that is closed stop the training with a checkpoint; a second
    one ends it at once.
    """
    closed = getattr(signal, "SIGHUP", None)

    def stop(number: int, frame: object) -> None:
        del frame
        if number == closed:
            _print_nowhere()
        for kind, former in before.items():
            signal.signal(kind, former)
        run.send(events.Stop())
        teller.stopping(STOPPING)

    kinds = (signal.SIGINT, signal.SIGTERM, *([closed] if closed else []))
    # What is ignored, as Ctrl+C is in the background of a script, is not meant for it.
    before = {kind: former for kind in kinds if (former := signal.getsignal(kind)) is not signal.SIG_IGN}
    try:
        for kind in before:
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


def _print_nowhere() -> None:
    """Nobody reads it any more, and a terminal that is gone takes no word."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


def how_to_go_on(run: Run) -> str:
    """What a person types to go on with a run."""
    path = str(run.path)
    return f'layerloom train "{path}"' if " " in path else f"layerloom train {path}"


def _cut_short(run: Run) -> RunError:
    kept = "with its last checkpoint" if run.has_checkpoint() else "before its first checkpoint"
    return RunError(f"{run.name} was ended at once, {kept}.", fix=f"Go on with: {how_to_go_on(run)}")


class Lines:
    """Training in lines: one an epoch; of many epochs, evenly spread ones have a line."""

    def __init__(
        self,
        say: Callable[[str], None],
        warn: Callable[[str], None] | None = None,
        width: Callable[[], float] = lambda: math.inf,
    ) -> None:
        """``warn`` takes warnings; they go to standard error without it. Of an epoch, metrics that would not fit into
        the ``width`` are left out.
        """
        self._say, self._warn, self._width = say, warn or _warn, width
        self._is_heard = say is not _say_nothing
        self._said = -math.inf
        self._held = self._doing = ""
        self._epochs = 0
        self._every = 1
        self._columns = dict[tuple[str, str], int]()

    def stopping(self, words: str) -> None:
        """Says that it is being stopped, past what may just be printed: a signal comes at any moment."""
        if self._is_heard:
            with suppress(OSError, ValueError):
                os.write(sys.stderr.fileno(), f"{words}{os.linesep}".encode(errors="replace"))

    def catch_up(self, past: list[Event]) -> None:
        """Says how far it was before anyone looked."""
        if not any(isinstance(event, events.Started) for event in past):
            self._say("It has not begun yet. Waiting for its trainer.")
        for kind in (events.Started, events.Epoch):
            if (last := next((event for event in reversed(past) if isinstance(event, kind)), None)) is not None:
                self.show(last)

    def show(self, event: Event) -> None:
        """Tells what has happened, as far as it is of interest."""
        match event:
            case events.Started():
                self._epochs = event.epochs
                self._every = math.ceil((event.epochs - event.epoch) / MOST_LINES) or 1
                planned, done = (f"{count:,} epoch{'s' * (count != 1)}" for count in (event.epochs, event.epoch))
                self._say(f"Training on {event.device}: {event.train_samples:,} samples, {planned}.")
                if event.step:
                    self._say(f"Going on after step {event.step:,}, with {done} done.")
                for note in event.notes:
                    self._say(f"Note: {note}")
            case events.Loading() if event.total and event.message != self._doing:
                self._doing = event.message
                self._say(f"{event.message}.")
            case events.Epoch():
                self._epoch(event)
            case events.Warning():
                self._warn(event.message)
            case events.Paused():
                self._say(f"Paused after step {event.step:,}.")
                if event.reason:
                    self._warn(event.reason)
            case events.Resumed():
                self._say("Going on.")
            case events.LearningRate():
                self._say(f"The learning rate is {event.learning_rate:g} from step {event.step:,} on.")
            case events.Changed() if event.path != LEARNING_RATE:
                self._epochs = event.epochs or self._epochs
                value = event.value.get("type", event.value) if isinstance(event.value, dict) else event.value
                self._say(f"{event.path} is {value} from step {event.step:,} on.")
            case events.Finished() | events.Stopped() | events.Failed():
                for line in (self._held, event.reason if isinstance(event, events.Finished) else ""):
                    if line:
                        self._say(line)
            case _:
                pass

    def _epoch(self, event: events.Epoch) -> None:
        self._epochs = max(self._epochs, event.epoch)
        words = f"epoch {event.epoch:>{len(str(self._epochs))}}/{self._epochs}"
        if (loss := event.train.get("loss")) is not None:
            words += f"  {''.join(self._aligned('train', {'loss': loss}))}"
        told, end = list(self._aligned("validation", event.validation)), f"  {event.seconds:.1f} s"
        while len(line := words + _judged(told) + end) > self._width() and told:
            told.pop()
        if event.epoch % self._every and time.monotonic() < self._said + SECONDS_OF_SILENCE:
            self._held = line
            return
        self._said = time.monotonic()
        self._held = ""
        self._say(line)

    def _aligned(self, part: str, metrics: Metrics) -> Iterator[str]:
        """``accuracy  97.81 %`` for each, as wide as the widest so far."""
        for name, value in metrics.items():
            words = value_in_words(name, value)
            width = self._columns[part, name] = max(self._columns.get((part, name), 0), len(words))
            yield f"{title_within(name)} {words:>{width}}"


def _judged(told: list[str]) -> str:
    return f"  validation: {', '.join(told)}" if told else ""


def _print(line: str) -> None:
    print(line, flush=True)


def _warn(line: str) -> None:
    print(f"Warning: {line}", file=sys.stderr)


def _say_nothing(line: str) -> None:
    del line
