"""The training that the window is concerned with: started, paused, stopped, resumed, found again, left running."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from PySide6.QtCore import QObject, Signal

from engine.errors import LayerloomError, RunError
from engine.events import (
    Advance,
    AnyCommand,
    AnyEvent,
    Changed,
    Checkpoint,
    Failed,
    Pause,
    Paused,
    Resume,
    Resumed,
    Set,
    Started,
    Stop,
)
from engine.project import Project
from engine.runs import Outline, Result, Run, new_run_path, runs_in
from engine.steering import Change, as_trained
from gui.ownership import Owner
from gui.services import Services
from gui.settings import runs_folder
from gui.training_thread import TrainingThread
from gui.unhurried import Unhurried

FOLLOWER = "window.json"
"""In the folder of a run: the window that follows its training."""

State = Literal["idle", "starting", "running", "paused", "stopping"]


class TrainingControl(QObject):
    """Owns the thread of the training under way, of which there is one at a time."""

    started = Signal(object)
    """The `Run`, before its first event."""
    design_changed = Signal()
    """A setting of the training under way has changed; `trained` has it."""
    events = Signal(list)
    past = Signal(object)
    """The `History` of a long run up to where its events begin."""
    checkpoint_written = Signal()
    """From now on there are weights to export, or newer ones."""
    ended = Signal(object, object)
    """The `Run` and its `Result`."""
    state_changed = Signal(str)
    failed = Signal(object)
    """A `LayerloomError`: the training could not start."""
    stuck = Signal(object, object)
    """The `Run` and its `Failed`, which offers ways to go on."""
    waits = Signal(str)
    """What the training waits for, of its own accord; empty: it goes on."""
    interrupted = Signal(object, object)
    """The `Run` and a `LayerloomError`: the trainer ended without a word; it can go on from the last checkpoint."""

    def __init__(self, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._thread: TrainingThread | None = None
        self._unhurried = Unhurried(self)
        self._stuck: Failed | None = None
        self.run: Run | None = None
        self.trained: Project | None = None
        """The design of that run, as it was trained, or is by now."""
        self.state: State = "idle"
        self._before_stopping: State = "idle"

    @property
    def is_busy(self) -> bool:
        """Whether a training is under way."""
        return self.state != "idle"

    @property
    def exportable(self) -> Run | None:
        """The run that was trained or opened last, once it has weights to export."""
        return self.run if self.run is not None and self.run.has_checkpoint() else None

    def train(self, project: Project, title: str, first: AnyCommand | None = None) -> None:
        """Starts a new run of the project; while one is under way, does nothing. What it is to hear before its first
        step may be said.
        """
        if not self.is_busy and (run := self.prepare(project, title, first)) is not None:
            self._follow(run, project, self._services.trainer_for(run))

    def prepare(self, project: Project, title: str, first: AnyCommand | None = None) -> Run | None:
        """A new run of the project, to be trained later; None: it cannot be made, which it has said."""
        try:
            run = Run.create(new_run_path(runs_folder(), Path(title).stem), project)
            if first is not None:
                run.send(first)
            return run
        except RunError as error:
            self.failed.emit(error)
            return None

    def resume_run(self, run: Run, changes: Mapping[str, Any] | None = None) -> None:
        """Goes on from the last checkpoint of a run, with these settings changed; one at a time."""
        if self.is_busy:
            self.failed.emit(RunError("Another network is training.", fix="Wait for its end, or stop it first."))
        elif is_running(run):
            self.failed.emit(RunError(f"{run.name} is already being trained.", fix="Open it to follow the training."))
        elif (project := self._project_of(run)) is not None:
            self._follow(run, project, self._services.trainer_for(run, changes))

    def attach_running(self, folder: Path) -> Run | None:
        """Follows a training that an earlier window left running; answers which, if any. One that another window
        follows belongs to that one.
        """
        for run in runs_in(folder):
            if is_running(run) and not is_followed(run):
                project = self._project_of(run)
                if project is not None:
                    self._follow(run, project, self._services.attached_to(run))
                    return run
        return None

    def look_at(self, run: Run | None) -> None:
        """Takes a finished run as the one to export; None: the document shown has none yet."""
        if not self.is_busy:
            self.run = run
            self.trained = self._project_of(run) if run is not None else None
            self.state_changed.emit(self.state)

    def change(self, changes: Sequence[Change]) -> None:
        """Changes settings of the training from its next step on."""
        for change in changes:
            self._send(Set(change.path, change.value))

    def advance(self, by: Literal["step", "epoch"]) -> None:
        """Has it go on by one step, or to the end of the epoch, and wait there."""
        if self.state in ("running", "paused"):
            self._send(Advance(by))

    def stop_after_epoch(self) -> None:
        """Ends the training with the epoch."""
        if self.state in ("running", "paused"):
            self._send(Stop("epoch"))

    def _send(self, command: AnyCommand) -> None:
        if self._thread is not None:
            self._thread.send(command)

    def toggle_pause(self) -> None:
        """Pauses, or goes on."""
        if self.state == "paused":
            self._send(Resume())
        elif self.state == "running":
            self._send(Pause())

    def stop(self) -> None:
        """Ends the training after the current step; its last state is kept."""
        if self._thread is not None and self.state != "stopping":
            self._send(Stop())
            self._before_stopping = self.state
            self._enter("stopping")

    def leave(self) -> Run | None:
        """Follows the training no longer, which goes on beside; answers which that is. None: it cannot be left."""
        thread, run = self._thread, self.run
        if thread is None or run is None or self.state not in ("running", "paused") or not thread.is_of_its_own:
            return None
        # What the thread has sent already would still arrive, and be taken for news of the next training.
        self._unhurried.blockSignals(True)
        thread.detach(awaits=True)
        thread.deleteLater()
        self._leave()
        self._thread = None
        self._enter("idle")
        return run

    def follow(self, run: Run) -> bool:
        """Follows a training that is under way and that no window follows; answers whether it does."""
        if self.is_busy or not is_running(run) or is_followed(run):
            return False
        project = self._project_of(run)
        if project is not None:
            self._follow(run, project, self._services.attached_to(run))
        return project is not None

    def close(self) -> None:
        """Stops following; the trainer goes on unless it was told to stop."""
        if self._thread is not None:
            self._thread.detach()
            self._leave()

    def _refuse(self, error: RunError) -> None:
        """A command could not be written, so the training goes on as it was."""
        self.failed.emit(error)
        if self.state == "stopping":
            self._enter(self._before_stopping)

    def _project_of(self, run: Run) -> Project | None:
        try:
            return as_trained(run)
        except LayerloomError as error:
            self.failed.emit(error)
            return None

    def _follow(self, run: Run, project: Project, thread: TrainingThread) -> None:
        self.run, self.trained, self._thread = run, project, thread
        with suppress(OSError):
            # Where it cannot be written, nothing keeps another window from following too.
            file = run.path / FOLLOWER
            # A link that someone put there would have it written elsewhere.
            file.unlink(missing_ok=True)
            file.write_bytes(Owner.here().encoded)
        self.started.emit(run)
        self._enter("starting")
        self._listen(thread)
        thread.start()

    def _listen(self, thread: TrainingThread) -> None:
        self._unhurried.deleteLater()
        self._unhurried = Unhurried(self)
        self._unhurried.delivered.connect(self._take)
        self._unhurried.ended.connect(self._finish)
        self._unhurried.past.connect(self.past)
        thread.refused.connect(self._refuse)
        thread.past.connect(self._unhurried.begin)
        thread.events.connect(self._unhurried.take)
        thread.ended.connect(self._unhurried.end)

    def _take(self, events: list[AnyEvent]) -> None:
        for event in events:
            match event:
                case Started() | Resumed():
                    self.waits.emit("")
                    if self.state != "stopping":
                        self._enter("running")
                case Paused():
                    self.waits.emit(event.reason)
                    self._enter("paused")
                case Changed():
                    self._note_change(event)
                case Checkpoint():
                    self.checkpoint_written.emit()
                case Failed() if event.offers:
                    self._stuck = event
                case Failed():
                    self.failed.emit(LayerloomError(event.message, expected=event.cause, fix=event.fix))
                case _:
                    pass
        self.events.emit(events)

    def _note_change(self, change: Changed) -> None:
        assert self.trained is not None
        with suppress(LayerloomError):
            self.trained = self.trained.with_value(change.path, change.value)
            self.design_changed.emit()

    def _finish(self, result: Result) -> None:
        assert self.run is not None
        if self._thread is not None:
            self._thread.wait()
            self._thread.deleteLater()
        self._thread = None
        self._leave()
        self._enter("idle")
        self.ended.emit(self.run, result)
        if stuck := self._stuck:
            self._stuck = None
            self.stuck.emit(self.run, stuck)
        if result.status == "interrupted":
            self.interrupted.emit(self.run, LayerloomError(result.message, fix=result.fix))

    def _leave(self) -> None:
        """From now on another window may follow the training."""
        if self.run is not None:
            with suppress(OSError):
                (self.run.path / FOLLOWER).unlink(missing_ok=True)

    def _enter(self, state: State) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


class Watch:
    """Asks again and again whether a trainer is at work on a run, and reads no part of its log twice."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._outline: Outline | None = None

    def sees_it_running(self) -> bool:
        """Whether one is at work by now; false where that cannot be read."""
        run = self._run
        try:
            # What takes longest is asked last.
            if run.has_ended() or not run.may_be_trained():
                return False
            self._outline = self._outline or run.outline()
            return self._outline.result().status == "running"
        except RunError:
            # What became of it cannot be read; the list of runs says so.
            return False


def is_running(run: Run) -> bool:
    """Whether a trainer is at work on a run; false where that cannot be read."""
    return Watch(run).sees_it_running()


def is_followed(run: Run) -> bool:
    """Whether a window that still lives follows the training."""
    try:
        return Owner.read(run.path / FOLLOWER).lives
    except (OSError, ValueError):
        return False
