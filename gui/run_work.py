"""What a person does with runs in a window: trains, goes on, opens, lays over and exports them."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices

from engine.copies import LogCopy
from engine.curves import History
from engine.errors import LayerloomError
from engine.events import Advance, AnyCommand, AnyEvent, Failed, Started, Warning, Watched
from engine.folds import is_current
from engine.project import Project
from engine.runs import LogReader, Result, Run, called
from engine.steering import as_trained
from gui import dialogs
from gui.export_dialog import ExportDialog
from gui.onlooking import Onlooker
from gui.run_reading import Reading, Take
from gui.run_rows import named
from gui.settings import runs_folder
from gui.table_saving import TableSaving
from gui.training_control import is_running
from gui.words import translated

if TYPE_CHECKING:
    from gui.window import Window


class RunWork(QObject):
    """Trainings and their runs, as the parts of a window show them."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._training = window.training
        self._curves, self._result = window.curves, window.result_view
        self._list, self._notices = window.run_list, window.notices
        self._wait = ""
        self._readings: dict[Path | None, Reading] = {}
        """The runs that are being read to be laid over, and under None the one that is to be opened."""
        self._onlooker = Onlooker(window)
        self._wire()

    def _wire(self) -> None:
        training, runs = self._training, self._list
        training.past.connect(self._curves.show_history)
        training.events.connect(self._curves.show_events)
        training.events.connect(self._window.progress.show_events)
        training.checkpoint_written.connect(self.show_state)
        training.state_changed.connect(self._state_changed)
        training.failed.connect(self._notices.show_error)
        training.waits.connect(self._show_wait)
        training.started.connect(self._started)
        training.ended.connect(self._ended)
        training.interrupted.connect(self._offer_to_go_on)
        training.design_changed.connect(self.show_whether_current)
        training.design_changed.connect(self._show_steering)
        steer = self._window.training_panel.steer
        steer.asked.connect(training.change)
        steer.advance_asked.connect(training.advance)
        steer.stop_asked.connect(training.stop_after_epoch)
        training.stuck.connect(self._offer_ways_on)
        runs.overlay_toggled.connect(self._overlay)
        runs.run_opened.connect(self._open)
        runs.resume_asked.connect(self._go_on)
        runs.export_asked.connect(self.export_of)
        runs.more_asked.connect(self._ask_for_more)
        runs.copy_asked.connect(self._copy_log)
        runs.failed.connect(self._notices.show_error)
        runs.deleted.connect(self._forget_run)
        training.events.connect(self._hear)
        self._curves.choose(self._window.settings.plots)
        self._curves.chosen.connect(self._remember_plots)
        self._curves.failed.connect(self._notices.show_error)
        self._curves.table_asked.connect(self._save_table)

    def _hear(self, events: list[AnyEvent]) -> None:
        """After the curves have taken them."""
        for event in events:
            if isinstance(event, Warning):
                self._notices.show_text(translated(event.message), kind="doubt")
        if any(isinstance(event, Watched) for event in events):
            self._show_learning()
        if any(isinstance(event, Started) for event in events):
            # It has brought what was not here.
            self._window.data_panel.look_again()

    def _show_learning(self) -> None:
        """How the layers learn, unless the design is another by now."""
        trained = self._training.trained
        current = trained is not None and is_current(trained, self._window.editor.project)
        self._window.inspector.show_learning(self._curves.learning() if current else {})

    def _remember_plots(self, names: list[str]) -> None:
        self._window.settings.plots = names

    # What is shown

    def show_state(self) -> None:
        """Offers what can be done while the training is as it is."""
        window, state, actions = self._window, self._training.state, self._window.actions_by_name
        busy = state != "idle"
        actions["train"].setEnabled(state not in ("starting", "stopping") and not window.is_at_start)
        actions["crossValidate"].setEnabled(not busy and not window.is_at_start)
        actions["pause"].setEnabled(state in ("running", "paused"))
        actions["pause"].setProperty("symbol", "play" if state == "paused" else "pause")
        actions.reword("pause", self.tr("Resume") if state == "paused" else self.tr("Pause"))
        actions["stop"].setEnabled(state in ("running", "paused", "starting"))
        actions["export"].setEnabled(self._training.exportable is not None)
        at_work = state in ("running", "paused")
        actions["stopAfterEpoch"].setEnabled(at_work)
        for name in ("oneStep", "oneEpoch"):
            actions[name].setEnabled(at_work or (not busy and not window.is_at_start))
        self._show_steering()
        window.status.show_training(state)
        window.curves.expect(is_coming=busy)
        if state == "starting":
            window.progress.show_starting()
        elif state == "stopping":
            window.progress.show_stopping()

    def _show_steering(self) -> None:
        """Offers to change the training under way."""
        training = self._training
        self._window.training_panel.show_training(training.trained if training.is_busy else None)

    def show_whether_current(self) -> None:
        """Says so where curves and result are not of the design as it is now."""
        trained = self._training.trained
        differs = trained is not None and not is_current(trained, self._window.editor.project)
        note = self.tr("This is from before your last edits. Train again to see the design as it is now.")
        if self._training.is_busy:
            note = self.tr("Your last edits are not in this training yet: see “Now training” in the Training tab.")
        self._curves.show_note(note if differs else "")
        self._show_learning()
        self._result.show_note(note if differs else "")

    def show_document(self) -> None:
        """Another document has no run yet; one that is being trained stays in view."""
        if not self._training.is_busy:
            self._list.untick()
            self._show_no_run()
        self.show_state()

    def _show_no_run(self) -> None:
        """As before a training; curves that are laid over stay."""
        self._onlooker.end()
        self._training.look_at(None)
        self.show_whether_current()
        self._list.mark(None)
        self._curves.clear()
        self._result.clear()
        self._window.progress.clear()

    # What is asked for

    def train(self, first: AnyCommand | None = None) -> None:
        """Trains the design as it is; with faults in it, shows them instead. While another trains, it is asked whether
        this one waits for it or goes on beside; while this very one is starting, a second click means nothing. What is
        to be heard before the first step may be said.
        """
        if not self.may_train():
            return
        if self._training.state == "starting" and self._training.trained == self._window.editor.project:
            return
        if self._training.is_busy:
            self._window.waiting.ask()
        else:
            self._training.train(self._window.editor.project, self._window.documents.name, first)

    def advance(self, by: Literal["step", "epoch"]) -> None:
        """Has the training go on by one step, or to the end of the epoch, and wait there. Where none is under way, one
        begins: a small network has done all of its epochs before anyone can pause it.
        """
        if self._training.is_busy:
            self._training.advance(by)
        else:
            self.train(Advance(by))

    def may_train(self) -> bool:
        """Whether the design is without faults and its data are there; otherwise shows what is amiss."""
        window = self._window
        # Whoever was looking at the rows sees there neither the training nor what is amiss.
        window.show_editor()
        if window.opening.is_missing():
            window.opening.tell_missing()
            return False
        faults = window.editor.report.faults if window.editor.is_report_current else ()
        if faults:
            window.docks["problemsDock"].raise_()
            fix = self.tr("Mend this before training; see Problems.")
            self._notices.show_refusal(LayerloomError(faults[0].message, fix=fix))
        return not faults

    def export(self) -> None:
        """Exports the run that was trained or opened last."""
        if self._training.exportable is not None:
            self.export_of(self._training.exportable.path)

    def show_folder(self) -> None:
        """Shows where runs are kept, in the system's own view of files."""
        runs_folder().mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(runs_folder())))

    def find_running(self) -> None:
        """Follows a training again that an earlier window left running."""
        self._list.show_folder(runs_folder())
        found = self._training.attach_running(runs_folder()) is not None
        self._window.waiting.find()
        window, trained = self._window, self._training.trained
        # A document that was asked for or rescued stays; data that were asked for may still be read.
        if found and trained is not None and not window.is_editing and not window.opening.is_busy:
            window.show_editor()
            window.editor.open(trained)

    def export_of(self, path: Path) -> None:
        """Exports the run in this folder."""
        dialog = ExportDialog(Run(path), self._window.settings.folder, self._window.services.jobs, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _copy_log(self, path: Path, copy: LogCopy) -> None:
        job = self._window.services.jobs.submit("engine.copying:copied", Run(path), copy)
        job.done.connect(partial(self._tell_copy, copy))
        job.failed.connect(self._notices.show_error)

    def _save_table(self, path: Path, smoothing: float) -> None:
        """The curves that are drawn are those of the run that is followed or was opened."""
        if self._training.run is not None:
            TableSaving(self._window, self._training.run, path, smoothing)

    def _tell_copy(self, copy: LogCopy, place: str) -> None:
        words = self.tr("{kind} of the log: {place}").format(kind=translated(copy.title), place=place)
        self._notices.show_text(words, kind="good")

    def _go_on(self, path: Path, changes: Mapping[str, Any] | None = None) -> None:
        self._window.show_editor()
        self._training.resume_run(Run(path), changes)

    def _ask_for_more(self, path: Path) -> None:
        """Goes on with a run for as many epochs as a person says."""
        run = Run(path)
        try:
            done, planned = run.result().epochs, as_trained(run).training.epochs
        except LayerloomError as error:
            self._notices.show_error(error)
            return
        epochs = dialogs.ask_epochs(self._window, named(path), done, planned)
        if epochs is not None:
            self._window.show_editor()
            self._training.resume_run(run, {"training.epochs": epochs} if epochs != planned else {})

    def _open(self, path: Path) -> None:
        run = Run(path)
        try:
            project = run.project()
        except LayerloomError as error:
            self._notices.show_error(error)
            return
        # Of two that are opened one after the other, the later is meant.
        self._forget_reading(None)
        self._read(None, run, partial(self._show_opened, run, project))

    def _show_opened(self, run: Run, project: Project, history: History, reader: LogReader) -> None:
        with suppress(LayerloomError):
            # With the changes to which its result is owed.
            project = as_trained(run)
        if not self._window.documents.show_project(project):
            return
        if is_running(run) and self._window.waiting.set_aside() and self._training.follow(run):
            return
        if self._training.is_busy:
            words = self.tr("A network is training, whose curves stay. Tick {name} in the runs to lay its curves over.")
            self._notices.show_text(words.format(name=named(run.path)), kind="doubt")
            return
        self._curves.show_history(history)
        self._show_result(run)
        self._training.look_at(run)
        self._list.mark(run.path)
        self.show_whether_current()
        self._onlooker.end()
        if is_running(run):
            self._onlooker.begin(run, history, reader)

    def show_end(self, run: Run) -> None:
        """A run that is shown has ended, steered elsewhere."""
        self._list.refresh(run.path)
        self._show_result(run)

    def _show_result(self, run: Run) -> None:
        try:
            self._result.show_run(run)
        except LayerloomError as error:
            self._result.clear()
            self._notices.show_error(error)

    def _overlay(self, path: Path, shown: bool) -> None:
        if not shown:
            self._forget_curves(path)
            return
        self._forget_reading(path)
        self._read(path, Run(path), partial(self._lay_over, path))

    def _lay_over(self, path: Path, history: History, reader: LogReader) -> None:
        self._curves.overlay(called(path), history, named(path))
        self._window.waiting.drawn(path, reader)

    def _forget_curves(self, path: Path) -> None:
        self._forget_reading(path)
        self._curves.remove_overlay(called(path))

    def _forget_run(self, path: Path) -> None:
        """A run is no more: of the one that is shown, nothing could be exported or saved."""
        self._forget_curves(path)
        shown = self._training.run
        if shown is not None and shown.path == path and not self._training.is_busy:
            self._show_no_run()

    def _read(self, key: Path | None, run: Run, take: Take) -> None:
        """Reads a run to lay it over, by its path, or to open it."""
        reading = self._readings[key] = Reading(self._window, run, take)
        reading.done.connect(partial(self._readings.pop, key, None))
        reading.start()

    def _forget_reading(self, key: Path | None) -> None:
        if reading := self._readings.get(key):
            reading.cancel()

    def close(self) -> None:
        """Gives up what is still being read."""
        self._onlooker.end()
        for reading in list(self._readings.values()):
            reading.cancel()

    # What comes of it

    def _state_changed(self, state: str) -> None:
        self.show_state()
        self.show_whether_current()
        self._window.actions_by_name.show_theme(self._window.appearance.theme)
        run = self._training.run
        if state == "running" and run is not None:
            # Until that is read, the list keeps saying that it starts.
            self._list.refresh(run.path)
        else:
            self._list.show_starting(run.path if state == "starting" and run is not None else None)

    def _started(self, run: Run) -> None:
        self._curves.clear()
        self._result.clear()
        self._notices.clear()
        self._window.docks["curvesDock"].raise_()
        self._list.refresh(run.path)
        self._list.mark(run.path)
        self.show_whether_current()

    def _ended(self, run: Run, result: Result) -> None:
        self._show_wait("")
        self._list.refresh(run.path)
        self._show_result(run)
        self.show_state()
        if result.status == "finished" and result.message:
            words = self.tr("Training ended before its last epoch. {reason}").format(reason=translated(result.message))
            self._notices.show_text(words, kind="good")

    def _offer_ways_on(self, run: Run, failed: Failed) -> None:
        error = LayerloomError(failed.message, expected=failed.cause, fix=failed.fix)
        offers = [(translated(offer.title), partial(self._go_on, run.path, offer.changes)) for offer in failed.offers]
        self._notices.show_error(error, *offers)

    def _show_wait(self, reason: str) -> None:
        self._notices.withdraw(self._wait)
        self._wait = translated(reason)
        if reason:
            self._notices.show_text(self._wait, kind="doubt")

    def _offer_to_go_on(self, run: Run, error: LayerloomError) -> None:
        self._window.progress.show_interrupted()
        offer = (self.tr("Go on"), partial(self._go_on, run.path)) if run.has_checkpoint() else None
        self._notices.show_error(error, offer)
