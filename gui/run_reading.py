"""The curves of runs, read beside the window where that takes a while: a log may hold millions of steps."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from engine import digest
from engine.curves import History
from engine.datasets import Progress
from engine.errors import LayerloomError, RunError
from engine.runs import LogReader, Run, called, gone

if TYPE_CHECKING:
    from gui.engine_process import Job
    from gui.notice import Work
    from gui.window import Window

AT_ONCE_BYTES = 2**21
"""A log that is read in less time than a person notices."""
PATIENCE_MILLISECONDS = 100
"""After which it is said what is being done."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("Reading", text)


Take = Callable[[History, LogReader], object]


class Reading(QObject):
    """Reads a run, in another thread, and first has another process write a digest where there is none of a long log.

    ``take`` gets its curves and a reader of what happens from there on, unless the reading is cancelled.
    """

    _read = Signal(object, object)
    _failed = Signal(object)
    _lacks_digest = Signal()
    done = Signal()
    """Read, failed or cancelled."""

    def __init__(self, window: "Window", run: Run, take: Take) -> None:
        super().__init__()
        self._window, self._run, self._take = window, run, take
        self._work: Work | None = None
        self._job: Job | None = None
        self._is_over = False
        self._kept: Reading | None = None
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MILLISECONDS)
        self._patience.timeout.connect(self._say)
        self._read.connect(self._hand_over)
        self._failed.connect(self._tell)
        self._lacks_digest.connect(self._ask_for_digest)

    def start(self) -> None:
        """Begins; a short log is read before this returns."""
        try:
            if self._run.untold(0) <= AT_ONCE_BYTES:
                self._hand_over(*_found(self._run, self._run.history()))
                return
        except (OSError, LayerloomError) as fault:
            self._tell(_told(self._run, fault))
            return
        self._patience.start()
        self._begin(with_digest=True)

    def cancel(self) -> None:
        """Forgets about it."""
        if self._job is not None:
            self._job.cancel()
        self._end()

    # In the thread

    def _begin(self, *, with_digest: bool) -> None:
        # Until its thread has ended: what belongs to the window's thread must end there.
        self._kept = self
        threading.Thread(target=self._work_through, args=(with_digest,), name="run reading", daemon=True).start()

    def _work_through(self, with_digest: bool) -> None:
        try:
            told, reached = digest.history(self._run.log)
            if with_digest and self._run.untold(reached) > digest.LONG_BYTES:
                self._lacks_digest.emit()
                return
            history, reader = _found(self._run, self._run.go_on(told, reached))
            history.prepare()
        except (OSError, LayerloomError) as fault:
            self._failed.emit(_told(self._run, fault))
        else:
            self._read.emit(history, reader)

    # In the window

    def _ask_for_digest(self) -> None:
        self._kept = None
        if self._is_over:
            return
        self._job = job = self._window.services.read_log(self._run)
        job.progress.connect(self._show_progress)
        job.done.connect(self._read_all)
        # Without one all is read from the log, as slow as that is.
        job.failed.connect(self._read_all)

    def _read_all(self) -> None:
        self._job = None
        if not self._is_over:
            self._begin(with_digest=False)

    def _say(self) -> None:
        words = self.tr("Reading the curves of {name}…").format(name=called(self._run.path))
        self._work = self._window.notices.show_work(words, self.cancel)

    def _show_progress(self, progress: Progress) -> None:
        if self._work is not None:
            self._work.show_progress(progress.done, progress.total)

    def _hand_over(self, history: History, reader: LogReader) -> None:
        self._kept = None
        if not self._is_over:
            self._end()
            self._take(history, reader)

    def _tell(self, error: LayerloomError) -> None:
        self._kept = None
        if not self._is_over:
            self._end()
            self._window.notices.show_error(error)

    def _end(self) -> None:
        self._is_over = True
        self._patience.stop()
        if self._work is not None:
            self._work.dismiss()
            self._work = None
        self.done.emit()


def _found(run: Run, read: tuple[History, LogReader]) -> tuple[History, LogReader]:
    """What was read of a run, if it is still there. Raises `RunError`."""
    if run.path.exists():
        return read
    raise gone(run.path)


def _told(run: Run, fault: OSError | LayerloomError) -> LayerloomError:
    if isinstance(fault, LayerloomError):
        return fault
    words = _tr("The run {name} cannot be read: {reason}.")
    words = words.format(name=called(run.path), reason=fault.strerror or fault)
    return RunError(words, fix=_tr("Check that its folder is there and that you may read it."))
