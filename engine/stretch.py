"""The training loop: what is done from a start, or from a checkpoint, to the end or a stop.

Speed comes from leaving things out. The samples lie on the device, a batch is one `index_select`, and nothing is read
back per step: losses stay where they are until it is time for the next line of the log. With the same seed on a
CPU two runs write identical losses: the number of threads, which decides the order of sums, follows from the network
and the machine and not from a measurement.
"""

import itertools
import math
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BytesIO
from traceback import clear_frames
from typing import Any, Literal

import msgspec
import numpy as np
import psutil

from engine import devices, events
from engine.batches import Batches
from engine.checkpoints import State
from engine.data import Prepared, prepare
from engine.disk import is_full
from engine.diverging import explained
from engine.environment import describe, prepared_again, same_data
from engine.errors import DataError, LayerloomError, SettingError
from engine.events import AnyCommand, Changed, Event, Metrics
from engine.health import Health
from engine.keeping import Keeper
from engine.ledger import DivergedError, Ledger
from engine.project import Project
from engine.runs import LogReader, Run, gone, is_gone, since_boot
from engine.schedules import Plateau
from engine.shortage import is_shortage, shortage
from engine.steering import MATTERS, changes_in, noted, steered, touches, value_at
from engine.stepping import Rows
from engine.stopping import Waiting, budget, out_of_budget
from engine.watching import Watch
from engine.workbench import Workbench

LOOK_UP_SECONDS = 0.05
"""Between two lines of steps in the log, and two looks at the commands."""
SLOW_WRITING_SECONDS, WRITING_SHARE, SLOWEST_LINE_SECONDS = 0.05, 10, 10.0
"""Where writing a line takes longer than the first, the next one waits so many times as long, and at most that long."""

SAVE_SECONDS = 5.0
"""Between two checkpoints at the ends of epochs."""

SAVE_WITHIN_EPOCH_SECONDS = 120.0
"""Between two checkpoints while an epoch lasts, the first epoch too."""

ROOM_SECONDS = 1.0
"""Between two attempts to write to a full disk, at least."""

CONFUSION = "confusion.npy"
TRANSCRIPTS = "transcripts.json"

BEFORE = {"training.device", "training.copies"}
"""What can change before a stretch of a training alone."""


class Stretch:
    """One stretch of a training, from its preparation to its result."""

    def __init__(self, run: Run, project: Project, state: State, commands: LogReader, early: list[AnyCommand]) -> None:
        self.run, self.project, self.state = run, project, state
        self.commands, self.early = commands, early
        self.replays = deque(changes_in(run.turns(*MATTERS), state.step))
        """What was changed after the checkpoint that training goes on from."""
        data = prepared_again(run, project.data) if state.step else prepare(project.data)
        self.bench = Workbench(project, data)
        self.watch = self.bench.stepper.watch = Watch(project.network, self.bench.network, self.bench.device)
        self.watch.look_at_steps(project.training.watch_gradients)
        self.health = Health(long_steps=project.training.optimizer.tries_places)
        self.factor = 1.0
        self.ledger = Ledger(state, self.bench.training.metric)
        self.keeper = Keeper(run, self.bench, state)
        self.stopping = self.stops_after_epoch = self.paused = self.is_cut = False
        self.disk_refuses = self.waits_for_room = False
        self.pauses_after: Literal["", "step", "epoch"] = ""
        self.saved_at = -math.inf
        self.validates_at = self._next_validation()
        self.notes = [*data.notes, *data.left_out]
        self.notes += [*self._tail_note(), *self._penalty_note(), *self._resumed(data)]
        describe(run, project, data, self.bench.device)
        self.since = time.monotonic()
        self.writing = 0.0
        """Seconds that the last line took until it was written."""
        self.due = self.since + LOOK_UP_SECONDS

    def happening(self) -> Iterator[Event]:
        """Trains to the end, or until told to stop, and judges the result."""
        # What is known before the first step is done before it, so that what is told first is the plan that holds.
        known = [*self.changed_again(), *self.obeyed()]
        yield self._started()
        yield from known
        try:
            while self.state.epoch < self.project.training.epochs and not self.stopping and not self.state.ended:
                yield from self.epoch()
            if self.state.ended and self.state.step_in_epoch:
                yield from self.validated()
            yield from self.result()
        except DataError:
            # A file has changed or is gone: what is learned so far is kept.
            yield from self.saved()
            yield from self.keeper.best_written()
            raise
        except DivergedError as fault:
            # The last checkpoint stays as it is; the best weights are from before the fault.
            yield from self.keeper.best_written()
            raise explained(self, fault) from None
        except (MemoryError, RuntimeError) as fault:
            if not is_shortage(fault):
                raise
            # What was being computed is held by where it was computed.
            clear_frames(fault.__traceback__)
            raise shortage(self.project, self.bench, fault) from None

    def epoch(self) -> Iterator[Event]:
        """One epoch, or the rest of one, or as far as its batches stay as they are."""
        self.bench.network.train()
        self.is_cut = False
        batches = self.bench.batches(self.state.cut_place, self.state.began_with)
        last = self.state.cut_step + self.bench.steps_for(batches)
        for pieces in self.pieces(batches):
            self.set_rate()
            self.ledger.note(*self.bench.stepper.step(pieces, self.state.step))
            if self.state.step == self.validates_at:
                yield from self.validated()
            # At its end the epoch is closed first: what is changed then always meets the same state.
            if self.state.step_in_epoch < last:
                yield from self.between_steps()
            if self.stopping or self.state.ended or self.is_cut:
                return
        self.end_if_spent()
        if self.state.step_in_epoch >= last:
            yield from self.end_of_epoch()

    def between_steps(self) -> Iterator[Event]:
        """What is due after a step within an epoch."""
        if self.replays:
            yield from self.changed_again()
        if self.pauses_after == "step":
            self.paused = True
        if self.paused or time.monotonic() >= self.due:
            yield from self.look_up()

    def set_rate(self) -> None:
        """Lets the weights learn as fast as the schedule plans for the step to come."""
        training, per_epoch = self.project.training, self.bench.steps_per_epoch
        if training.schedule.is_constant:
            return
        step = training.schedule.reached(self.state.step, self.state.ahead)
        planned = training.schedule.factor(step, training.epochs * per_epoch, per_epoch)
        self.factor = planned * self.state.reduced
        self.bench.stepper.set_rate(self.factor)

    def pieces(self, batches: Batches) -> Iterator[Sequence[Rows]]:
        """The rows of each step of the epoch, in pieces, less those that are done; each epoch has its own order."""
        training, state = self.project.training, self.state
        done = state.step_in_epoch - state.cut_step
        if training.optimizer.whole_set and self.project.data.balance != "balanced sampling":
            yield from [[slice(None)]][done:]
            return
        seed = training.seed * 1_000_003 + state.epoch
        each = self.bench.together
        limits = [rule.most_steps - state.step for rule in training.stops if rule.most_steps]
        end = min([batches.length, *((done + left) * each for left in limits)])
        pieces = self.bench.training.drawn(seed, batches, range(done * each, end))
        while step := list(itertools.islice(pieces, each)):
            yield step

    def look_up(self) -> Iterator[Event]:
        """Between two steps: writes down what has happened, and does what was asked."""
        if self.ledger.seconds >= self.line_seconds:
            yield from self.written_down()
        yield from self.obeyed()
        self.end_if_spent()
        if self.paused and not self.stopping:
            yield from self.written_down()
            yield from self.pause()
        if time.monotonic() - max(self.saved_at, self.since) > SAVE_WITHIN_EPOCH_SECONDS:
            yield from self.saved()
        self.due = time.monotonic() + LOOK_UP_SECONDS

    def written_down(self) -> Iterator[Event]:
        """The steps since the last line. Raises `DivergedError` once all before the fault are written."""
        self.ledger.read()
        line = self.ledger.line()
        if line:
            writing = time.monotonic()
            yield line
            self.writing = time.monotonic() - writing
        if seen := self.watch.line(self.state.step, self.learning_rate):
            yield seen
            for doubt in self.health.doubts(seen):
                yield events.Warning(time=time.time(), message=doubt)
        self.ledger.check()

    @property
    def line_seconds(self) -> float:
        """Between two lines of the log: on a slow disk longer, so that writing takes a small share of the time."""
        return min(SLOWEST_LINE_SECONDS, WRITING_SHARE * self.writing) if self.writing > SLOW_WRITING_SECONDS else 0.0

    @property
    def learning_rate(self) -> float:
        """Of the last step."""
        return self.project.training.optimizer.learning_rate * self.factor

    def end_of_epoch(self) -> Iterator[Event]:
        """Validates, keeps what is best, and saves now and then."""
        self.ledger.read()
        # Epochs of a few steps would otherwise write more lines than anyone can read.
        if self.ledger.diverged or self.ledger.seconds >= max(LOOK_UP_SECONDS, self.line_seconds):
            yield from self.written_down()
        pausing = time.monotonic()
        self.bench.stepper.end_epoch(self.state.epoch + 1)
        validation = self.judged() if self._validates_epoch else {}
        yield self._epoch_event(validation)
        if validation:
            yield from self.learned_of(validation)
        if self._keeps_epoch or time.monotonic() - self.saved_at >= SAVE_SECONDS:
            self.keeper.is_asked |= self._keeps_epoch
            yield from self.saved()
        self.ledger.leave_out(time.monotonic() - pausing)
        if self.stops_after_epoch:
            self.stopping = True
        if self.pauses_after and self.state.epoch < self.project.training.epochs:
            self.paused = True
        yield from self.changed_again()
        if self.paused or time.monotonic() >= self.due:
            yield from self.look_up()

    @property
    def _validates_epoch(self) -> bool:
        """Whether the epoch that ends is followed by a validation; the last one always is."""
        training, done = self.project.training, self.state.epoch + 1
        due = training.validate_unit == "epochs" and done % training.validate_every == 0
        return due or done >= training.epochs or bool(self.state.ended)

    @property
    def _keeps_epoch(self) -> bool:
        """Whether the weights after the epoch that has ended are kept under its number."""
        every = self.project.training.keep_every
        return every > 0 and self.state.epoch % every == 0

    def validated(self) -> Iterator[Event]:
        """Validates within an epoch."""
        pausing = time.monotonic()
        yield from self.written_down()
        validation = self.judged()
        state = self.state
        yield events.Validation(time=time.time(), epoch=state.epoch + 1, step=state.step, validation=validation)
        yield from self.learned_of(validation)
        self.validates_at = self._next_validation()
        self.bench.network.train()
        self.ledger.leave_out(time.monotonic() - pausing)

    def _next_validation(self) -> int:
        """The step within an epoch that is followed by a validation; 0: none is."""
        training, done = self.project.training, self.state.step
        every = training.validate_every
        return (done // every + 1) * every if training.validate_unit == "steps" else 0

    def judged(self) -> Metrics:
        """What the network is worth on the validation samples. Raises `DivergedError`."""
        with self.bench.stepper.averaged():
            validation, _ = self.bench.judge(self.bench.validation)
        if not math.isfinite(validation["loss"]):
            raise DivergedError("The validation loss", self.state.step)
        return validation

    def learned_of(self, validation: Metrics) -> Iterator[Event]:
        """Draws the conclusions of a validation: what is best, whether to end, whether to slow down."""
        training, state = self.project.training, self.state
        self.keeper.compare(validation, training.best_by)
        for place, rule in enumerate(training.stops):
            waiting = state.waiting.setdefault(str(place), Waiting())
            state.ended = rule.judges(validation, waiting) or state.ended
        schedule = training.schedule
        if isinstance(schedule, Plateau) and schedule.is_due(
            validation, state.waiting.setdefault("schedule", Waiting())
        ):
            state.reduced *= schedule.gamma
            rate = training.optimizer.learning_rate * state.reduced
            yield events.LearningRate(time=time.time(), step=state.step, learning_rate=rate)

    def budget(self) -> dict[str, Any]:
        """The steps and seconds that it is given, as events tell them."""
        return budget(self.project.training.stops, self.seconds)

    @property
    def seconds(self) -> float:
        """How long it has been trained, pauses left out."""
        return self.state.seconds + time.monotonic() - self.since

    def end_if_spent(self) -> None:
        """Ends the training where its steps or its time are over."""
        stops = self.project.training.stops
        self.state.ended = self.state.ended or out_of_budget(stops, self.state.step, self.seconds)

    def pause(self) -> Iterator[Event]:
        """Waits until told to go on or to stop. What is trained so far is safe: people switch off paused machines."""
        yield from self.saved()
        self.pauses_after = ""
        yield events.Paused(time=time.time(), step=self.state.step)
        pausing = time.monotonic()
        while self.paused and not self.stopping:
            time.sleep(LOOK_UP_SECONDS)
            yield from self.obeyed()
        self.ledger.leave_out(time.monotonic() - pausing)
        self.since = time.monotonic()
        yield events.Resumed(time=time.time(), step=self.state.step)

    def obeyed(self) -> Iterator[Event]:
        """Does what was asked since the last look."""
        asked: list[AnyCommand] = [*self.early, *self.commands.read()]
        self.early = []
        for command in asked:
            match command:
                case events.Pause():
                    self.paused = True
                case events.Resume():
                    self.paused, self.pauses_after = False, ""
                case events.Advance():
                    self.paused, self.pauses_after = False, command.by
                case events.Stop():
                    self.stopping = self.stopping or command.after == "step"
                    self.stops_after_epoch, self.paused = True, False
                case events.SaveCheckpoint():
                    self.keeper.is_asked = True
                    if not self.waits_for_room:
                        yield from self.saved()
                case events.Set():
                    yield from self.changed(command.path, command.value)

    def changed(self, path: str, value: Any) -> Iterator[Event]:
        """Changes a setting from here on, because a person asks for it."""
        try:
            if path in BEFORE:
                raise SettingError(f"{path} cannot change while training.", fix="Stop, then resume with it.")
            change = self.make(path, value)
        except LayerloomError as fault:
            yield events.Warning(time=time.time(), message=str(fault))
            return
        self.replays = deque(other for other in self.replays if not touches(path, other.path))
        yield change
        if path.endswith(".learning_rate"):
            rate = self.project.training.optimizer.learning_rate
            yield events.LearningRate(time=time.time(), step=self.state.step, learning_rate=rate)

    def changed_again(self) -> Iterator[Event]:
        """Changes what was changed after this step before the training was interrupted."""
        while self.replays and self.replays[0].step <= self.state.step:
            change = self.replays.popleft()
            yield msgspec.structs.replace(self.make(change.path, change.value), again=True)

    def make(self, path: str, value: Any) -> Changed:
        """Makes a change. Raises `SettingError`, `ProjectError` and `TrainingError`, with nothing changed."""
        state, before = self.state, value_at(self.project, path)
        project = steered(self.project, path, value)
        old = self.bench.batch_size, self.bench.together
        self.bench.configure(project)
        self.watch.look_at_steps(project.training.watch_gradients)
        self.project = project
        state.changes = noted(state.changes, path, value)
        if path == "training.schedule":
            state.reduced = 1.0
        self.factor = 1.0
        self.validates_at = self._next_validation()
        if (self.bench.batch_size, self.bench.together) != old:
            self.cut(old[0])
        now = value_at(project, path)
        return Changed(
            time=time.time(),
            step=state.step,
            path=path,
            value=now,
            before=before,
            epochs=self.planned_epochs,
            steps=self.planned_steps,
            steps_per_epoch=self.bench.steps_per_epoch,
            **self.budget(),
        )

    def cut(self, batch_size: int) -> None:
        """Cuts the rest of the epoch, which was cut into batches of this size, into batches of the size of now."""
        self.ledger.read()
        state, self.is_cut = self.state, True
        if state.step_in_epoch:
            state.began_with = state.began_with or batch_size
            state.cut_place, state.cut_step = state.samples, state.step_in_epoch
        left = self.bench.steps_for(self.bench.batches(state.cut_place, state.began_with))
        state.ahead = (state.epoch + 1) * self.bench.steps_per_epoch - left - state.step

    @property
    def planned_epochs(self) -> int:
        """Of the whole training, those done included; one that has begun is trained to its end."""
        return max(self.project.training.epochs, self.state.epoch + (self.state.step_in_epoch > 0))

    @property
    def planned_steps(self) -> int:
        """Of the whole training, those done included."""
        return self.planned_epochs * self.bench.steps_per_epoch - self.state.ahead

    def saved(self) -> Iterator[Event]:
        """Writes the checkpoints; a disk that refuses is a warning, for the ones before are untouched.

        Raises `DivergedError` rather than replace good weights with spoilt ones.
        """
        yield from self.written_down()
        if spoilt := self.bench.stepper.spoilt():
            raise DivergedError(spoilt, self.state.step)
        try:
            yield from self.with_room(self._checkpoints)
            self.disk_refuses = False
        except OSError as fault:
            if not self.disk_refuses:
                words = f"The checkpoint cannot be written: {fault.strerror or fault}. The one before is untouched."
                words = f"{words} Make room: the next one is tried again."
                if is_gone(self.run.path, fault):
                    words = f"{gone(self.run.path).message} Put it back: no checkpoint can be written meanwhile."
                yield events.Warning(time=time.time(), message=words)
            self.disk_refuses = True
        self.saved_at = time.monotonic()

    def with_room(self, written: Callable[[], Iterator[Event]]) -> Iterator[Event]:
        """Does what writes; while the disk is full, waits. Raises OSError, also where it is told to stop meanwhile."""
        full = False
        while True:
            trying = time.monotonic()
            try:
                yield from written()
                break
            except OSError as fault:
                if self.stopping or self.waits_for_room or not is_full(fault):
                    raise
                if not full:
                    yield events.Paused(time=time.time(), step=self.state.step, reason=_no_room(self.run, fault))
                full = True
            # What is large takes long to try, and fills the disk each time.
            yield from self.wait(max(ROOM_SECONDS, 10 * (time.monotonic() - trying)))
        if full:
            yield events.Resumed(time=time.time(), step=self.state.step)

    def wait(self, seconds: float) -> Iterator[Event]:
        """Does what is asked for so long, or until told to stop; the time counts for nothing."""
        self.count_time()
        waiting = time.monotonic()
        self.waits_for_room = True
        while not self.stopping and time.monotonic() < waiting + seconds:
            time.sleep(LOOK_UP_SECONDS)
            yield from self.obeyed()
        self.waits_for_room = False
        self.ledger.leave_out(time.monotonic() - waiting)
        self.since = time.monotonic()

    def result(self) -> Iterator[Event]:
        """The last checkpoint, and what the best one is worth on validation and test. Raises OSError."""
        if self.keeper.best is None:
            # Stopped within the first epoch: what there is must do.
            self.keeper.remember()
        yield from self.saved()
        if self.disk_refuses:
            # For this, room was reserved.
            self.run.reserve.unlink(missing_ok=True)
            yield from self._checkpoints()
        assert self.keeper.best is not None
        self.bench.network.load_state_dict(self.keeper.best.weights)
        validation, _ = self.bench.judge(self.bench.validation)
        test, confusion = self.bench.judge(self.bench.test)
        if confusion is not None:
            content = BytesIO()
            np.save(content, confusion)
            yield from self.with_room(partial(self.keeper.written, CONFUSION, content.getvalue()))
        pairs = self.bench.transcripts()
        if pairs:
            yield from self.with_room(partial(self.keeper.written, TRANSCRIPTS, msgspec.json.encode(pairs)))
        self.count_time()
        end = events.Stopped(
            time=time.time(),
            epoch=self.state.epoch,
            step=self.state.step,
            seconds=self.state.seconds,
            validation=_finite(validation),
            test=_finite(test),
            confusion="" if confusion is None else CONFUSION,
            transcripts=TRANSCRIPTS if pairs else "",
        )
        if self.state.epoch >= self.project.training.epochs or self.state.ended:
            end = events.Finished(**msgspec.structs.asdict(end), reason=self.state.ended)
        yield end

    def _checkpoints(self) -> Iterator[Event]:
        self.count_time()
        yield from self.keeper.checkpoints()

    def count_time(self) -> None:
        """Adds to the state the time since this was last done."""
        now = time.monotonic()
        self.state.seconds += now - self.since
        self.state.epoch_seconds += now - self.since
        self.since = now

    def _penalty_note(self) -> Iterator[str]:
        if self.project.training.penalties:
            yield "The training loss includes the penalties; the loss on validation and test samples does not."

    def _tail_note(self) -> Iterator[str]:
        if self.bench.leaves_one_out:
            yield "One sample is left out of each epoch, by turns: BatchNorm cannot be trained on a batch of one."

    def _started(self) -> Event:
        return events.Started(
            time=time.time(),
            run=self.run.name,
            pid=os.getpid(),
            since_boot=since_boot(psutil.Process()),
            device=devices.title_of(self.bench.device),
            epochs=self.project.training.epochs,
            steps_per_epoch=self.bench.steps_per_epoch,
            train_samples=len(self.bench.training),
            validation_samples=len(self.bench.validation),
            test_samples=len(self.bench.test),
            epoch=self.state.epoch,
            step=self.state.step,
            notes=tuple(self.notes),
            steps=self.planned_steps if self.state.ahead else 0,
            **self.budget(),
        )

    def _epoch_event(self, validation: Metrics) -> Event:
        """Closes the epoch in the state."""
        self.count_time()
        state = self.state
        train = {"loss": state.loss / state.samples, self.bench.training.metric: state.metric / state.samples}
        seconds = state.epoch_seconds
        state.begin_epoch()
        return events.Epoch(
            time=time.time(),
            epoch=state.epoch,
            step=state.step,
            train=train,
            validation=validation,
            seconds=seconds,
            learning_rate=self.learning_rate,
        )

    def _resumed(self, data: Prepared) -> Iterator[str]:
        """Takes up the last checkpoint, if the state is one; gives notes."""
        if not self.state.step:
            return
        self.keeper.restore()
        if not same_data(self.run, data):
            yield "The samples are not the same as when this run began."


def _no_room(run: Run, fault: OSError) -> str:
    reason = fault.strerror or str(fault)
    return f"The disk with {run.path} is full ({reason.lower()}): training waits and goes on once there is room."


def _finite(metrics: Metrics) -> Metrics:
    """JSON knows no infinity, which the loss on samples far from those trained on can be."""
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
