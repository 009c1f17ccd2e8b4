"""Curves that are saved as a table, beside the window: of a long training that takes minutes."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from engine.datasets import Progress
from engine.errors import LayerloomError
from engine.runs import Run

if TYPE_CHECKING:
    from gui.notice import Work
    from gui.window import Window

PATIENCE_MILLISECONDS = 300
"""After which it is said what is being done."""


class TableSaving(QObject):
    """Has the curves of a run written, shows how far that is and offers to give it up; then says where they are."""

    def __init__(self, window: "Window", run: Run, path: Path, smoothing: float) -> None:
        super().__init__(window)
        self._window, self._path = window, path
        self._work: Work | None = None
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MILLISECONDS)
        self._patience.timeout.connect(self._show_work)
        self._job = window.services.save_table(run, path, smoothing)
        self._job.progress.connect(self._show_progress)
        self._job.done.connect(self._tell)
        self._job.failed.connect(self._fail)
        self._patience.start()

    def cancel(self) -> None:
        """Gives it up: what was there stays."""
        self._job.cancel()
        self._end()

    def _show_work(self) -> None:
        words = self.tr("Saving the curves as {name}…").format(name=self._path.name)
        self._work = self._window.notices.show_work(words, self.cancel)

    def _show_progress(self, progress: object) -> None:
        if self._work is not None and isinstance(progress, Progress):
            self._work.show_progress(progress.done, progress.total)

    def _tell(self) -> None:
        self._end()
        words = self.tr("The curves are saved: {path}").format(path=self._path)
        self._window.notices.show_text(words, kind="good")

    def _fail(self, error: LayerloomError) -> None:
        self._end()
        self._window.notices.show_error(error)

    def _end(self) -> None:
        self._patience.stop()
        if self._work is not None:
            self._work.dismiss()
        self.deleteLater()
