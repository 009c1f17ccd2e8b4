"""Forking in the window: from where, with which settings of the design that is open, and what becomes of it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from engine.errors import LayerloomError
from engine.forking import design_at, point_at
from engine.project import Project
from engine.runs import Run, new_run_path
from engine.steering import Change, Way, way
from engine.waypoints import Point, owner
from gui import dialogs
from gui.changes import change_in_words, title_of
from gui.run_rows import named, titled
from gui.settings import runs_folder
from gui.words import with_thousands

if TYPE_CHECKING:
    from gui.window import Window


EPOCHS = "training.epochs"


def _tr(words: str) -> str:
    return QCoreApplication.translate("Forking", words)


class Forking(QObject):
    """Asks about a fork, has it made beside the window, and trains it."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        window.curves.fork_asked.connect(self._ask_at)
        window.run_list.fork_asked.connect(lambda path: self.ask(Run(path)))

    def _ask_at(self, step: float) -> None:
        run = self._window.training.run
        if run is not None:
            self.ask(run, round(step))

    def ask(self, run: Run, step: int | None = None) -> None:
        """Asks whether to fork a run at a step, or at its end."""
        window = self._window
        try:
            point = point_at(run, step=step)
            source = owner(run, point)
            trained = design_at(run, point)
            found = self._way(trained)
        except LayerloomError as error:
            window.notices.show_error(error)
            return
        title = self.tr("Fork {name} {place}?").format(name=named(source.path), place=_place_in_words(point))
        details, can_start = self._details(trained, point, step, found), not window.training.is_busy
        if source is not run:
            words = self.tr("{name}, forked from there, has that step from it.")
            details.insert(0, words.format(name=named(run.path)))
        answer = dialogs.ask_fork(window, title, details, can_start, bool(found.changes))
        if answer != "cancel":
            changes = found.changes if answer == "fork" else ()
            if epochs := _added_epochs(trained, point, changes):
                others = (change for change in changes if change.path != EPOCHS)
                changes = (*others, Change(EPOCHS, epochs))
            self._fork(run, point, changes)

    def _way(self, trained: Project) -> Way:
        """What of the design in the window can be taken."""
        project = self._window.editor.project
        found = way(trained, project)
        # Another network altogether: nothing of it is meant for this run.
        return Way() if "network" in found.others or not project.network.nodes else found

    def _details(self, trained: Project, point: Point, step: int | None, found: Way) -> list[str]:
        details: list[str] = []
        if step is not None and step != point.step:
            words = self.tr("That is the checkpoint nearest to step {step}.")
            details.append(words.format(step=with_thousands(step)))
        details.append(
            self.tr("Weights, their averages, optimizer, schedule and random numbers are those of that moment.")
        )
        taken = [change_in_words(one.path, one.value, one.before) for one in found.changes]
        if taken:
            details.append(
                self.tr("The design in the window has other settings: {changes}.").format(changes="; ".join(taken))
            )
        else:
            details.append(self.tr("All settings stay as they were."))
        if found.others:
            names = ", ".join(title_of(path) for path in found.others)
            details.append(self.tr("It does not take, as that needs a new training: {names}.").format(names=names))
        if epochs := _added_epochs(trained, point, found.changes):
            words = self.tr("No epoch would be left, so it trains to epoch {epochs}; “Now training” can change that.")
            details.append(words.format(epochs=with_thousands(epochs)))
        if found.changes and (epochs := _added_epochs(trained, point, ())):
            words = self.tr("Without these settings it trains to epoch {epochs}.")
            details.append(words.format(epochs=with_thousands(epochs)))
        return details

    def _fork(self, run: Run, point: Point, changes: tuple[Change, ...]) -> None:
        path = new_run_path(runs_folder(), titled(run.path))
        job = self._window.services.jobs.submit("engine.forking:fork", run, point, path, changes)
        job.done.connect(self._begin)
        job.failed.connect(self._window.notices.show_error)

    def _begin(self, forked: Run) -> None:
        window = self._window
        if window.training.is_busy:
            window.waiting.add(forked)
        else:
            window.show_editor()
            window.training.resume_run(forked)


def _added_epochs(trained: Project, point: Point, changes: tuple[Change, ...]) -> int:
    """Where no epoch would be left, how many it is to have: as many again as there were to be in all; otherwise 0."""
    epochs = {change.path: change.value for change in changes}.get(EPOCHS, trained.training.epochs)
    return 0 if point.epoch < epochs else point.epoch + epochs


def _place_in_words(point: Point) -> str:
    if point.file is None:
        return _tr("from its beginning")
    words = _tr("after epoch {epoch}, step {step}")
    return words.format(epoch=with_thousands(point.epoch), step=with_thousands(point.step))
