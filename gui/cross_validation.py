"""Cross-validation in the window: one training after another, a fold each, and what they come to together."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import QDesktopServices

from engine import folds
from engine.errors import LayerloomError
from engine.project import Project
from engine.runs import Result, Run, new_run_path
from gui import dialogs
from gui.notice import Work
from gui.settings import runs_folder

if TYPE_CHECKING:
    from gui.window import Window


class Order(NamedTuple):
    """A cross-validation that was asked for: the design, into how many folds, and where the runs lie."""

    project: Project
    folds: int
    folder: Path

    def runs(self) -> list[Run]:
        """One for each fold, made where there is none yet. Raises `RunError`, `DataError`."""
        numbers = range(1, self.folds + 1)
        return [folds.run_of_fold(self.project, self.folder, number, self.folds) for number in numbers]


class CrossValidating(QObject):
    """Has the folds trained by the same trainer as everything else, until all are done or a person stops one."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        self._order: Order | None = None
        self._run: Run | None = None
        self._number = 0
        self._work: Work | None = None
        # Others show the end of a fold before the next begins.
        window.training.ended.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def is_under_way(self) -> bool:
        """Whether folds are being trained."""
        return self._order is not None

    @property
    def fold(self) -> str:
        """Which fold is being trained, in words; empty: none, or the last, after which there is nothing to come."""
        if self._order is None or self._run is None or self._number == self._order.folds:
            return ""
        return self.tr("Fold {fold} of {count}").format(fold=self._number, count=self._order.folds)

    def ask(self) -> None:
        """Asks for the number of folds and begins; with faults in the design, shows them instead."""
        window = self._window
        project = window.editor.project
        if window.training.is_busy or self.is_under_way or not window.runs.may_train():
            return
        count = dialogs.ask_folds(window, project.data.folds or folds.USUAL)
        if count is not None:
            self.begin(project, count)

    def begin(self, project: Project, count: int) -> None:
        """Trains every fold that is not trained yet: one of this very design that was broken off is gone on with."""
        title = Path(self._window.documents.name).stem
        try:
            folder = folds.begun_in(runs_folder(), project, count) or new_run_path(runs_folder(), title)
        except LayerloomError as error:
            self._window.notices.show_refusal(error)
            return
        self._go_on(Order(project, count, folder))

    def _go_on(self, order: Order) -> None:
        """Trains the next fold; after the last, says what they came to."""
        if self._window.training.is_busy:
            return
        self._order = order
        try:
            runs = order.runs()
            done = [folds.is_finished(run) for run in runs]
            if all(done):
                self._sum_up(order, runs)
            else:
                self._train(order, runs[done.index(False)], done.index(False) + 1)
        except LayerloomError as error:
            self._end()
            self._window.notices.show_error(error)

    def _train(self, order: Order, run: Run, fold: int) -> None:
        words = self.tr("Cross-validation: fold {fold} of {count}").format(fold=fold, count=order.folds)
        self._show_work(words, fold - 1, order.folds)
        self._run, self._number = run, fold
        self._window.training.resume_run(run)
        if not self._window.training.is_busy:
            # It has said why.
            self._end()

    def _take(self, run: Run, result: Result) -> None:
        order = self._order
        if order is None or self._run is None or run.path != self._run.path:
            return
        if result.status == "finished":
            self._go_on(order)
        else:
            self._end()
            words = self.tr("The cross-validation was left in {fold}.").format(fold=run.name.replace("-", " "))
            self._window.notices.show_text(words, (self.tr("Go on with it"), lambda: self._go_on(order)), kind="doubt")

    def _sum_up(self, order: Order, runs: list[Run]) -> None:
        self._end()
        found = folds.summary(runs)
        folds.write(found, order.folder)
        words = self.tr("Cross-validation over {count} folds, on their test parts: {metrics}.")
        # No line ends within a figure.
        figures = [each.replace(" ± ", "\u00a0±\u00a0").replace(" %", "\u00a0%") for each in found.in_words()]
        metrics = ", ".join(figures)
        offer = (self.tr("Show the runs"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(order.folder))))
        self._window.notices.show_text(words.format(count=order.folds, metrics=metrics), offer, kind="good")

    # What is shown meanwhile

    def _show_work(self, words: str, done: int, total: int) -> None:
        self._dismiss_work()
        self._work = self._window.notices.show_work(words, self._window.training.stop)
        self._work.show_progress(done, total)

    def _dismiss_work(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            work.dismiss()

    def _end(self) -> None:
        self._order = self._run = None
        self._dismiss_work()
