"""EngineProcess: what needs torch is done in another process, one job after another; the window only hears of it.

The process is spawned, kept warm, and replaced when it crashes or a job in it is cancelled.
"""

import logging
import multiprocessing
import pickle
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from engine.errors import LayerloomError
from engine.logs import log_file
from engine.project import Project
from engine.worker import GRACE, Answer, Done, Failed, Step, serve, warm_up

logger = logging.getLogger("layerloom.engine")


class Job(QObject):
    """One call. Ends with `done` or `failed`, once; after `cancel` with neither."""

    progress = Signal(object)
    """An item of a generator function."""
    done = Signal(object)
    """What the function returned; of a generator function that returns nothing, its last item."""
    failed = Signal(object)
    """A `LayerloomError`."""

    def __init__(self, engine: "EngineProcess", call: bytes) -> None:
        super().__init__(engine)
        self._engine = engine
        self.call = call

    def cancel(self) -> None:
        """Drops the job if it waits, ends its process if it runs; afterwards it is silent."""
        self._engine.drop(self)


class EngineProcess(QObject):
    """Runs functions of the engine elsewhere. Arguments and results are pickled: numbers and documents, no tensors.

    In one that ``trains``, torch's threads wait for one another as those of a trainer do.
    """

    ready = Signal()
    """torch is loaded and a first analysis done: from now on answers come at once."""

    _arrived = Signal(object, object)

    def __init__(self, parent: QObject | None = None, *, trains: bool = False) -> None:
        super().__init__(parent)
        self._trains = trains
        self._waiting: deque[Job] = deque()
        self._running: Job | None = None
        self._worker: _Worker | None = None
        self._retired: list[_Worker] = []
        self._keep_warm = False
        self._is_closed = False
        self.allowed: frozenset[str] = frozenset()
        """The digests of the code that may run there; see `engine.trust`."""
        self._arrived.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Starts the process and warms it up. Without this, the first job starts it."""
        self.submit(warm_up).done.connect(self._say_ready)

    def submit(self, function: Callable[..., Any] | str, *arguments: Any) -> Job:
        """Runs a module-level function, in turn. One whose module loads torch is named: ``"module:function"``."""
        job = Job(self, pickle.dumps((function, arguments, self.allowed)))
        self._waiting.append(job)
        self._next()
        return job

    def drop(self, job: Job) -> None:
        """What `Job.cancel` does."""
        if job in self._waiting:
            self._waiting.remove(job)
            job.deleteLater()
        elif job is self._running:
            self._running = None
            self._retire()
            job.deleteLater()
            self._next()
            self._warm_again()

    def cancel(self) -> None:
        """Cancels all its jobs."""
        for job in [*self._waiting, *([self._running] if self._running else [])]:
            self.drop(job)

    def close(self) -> None:
        """Ends the process, within a second, and with it all jobs, silently. What is asked later stays undone."""
        self._is_closed = True
        self._waiting.clear()
        self._running = None
        self._retire()
        for worker in self._retired:
            worker.end()
        self._retired.clear()

    def _say_ready(self) -> None:
        self._keep_warm = True
        self.ready.emit()

    def _warm_again(self) -> None:
        # Once only: a process that cannot even warm up is not started over and over.
        if self._keep_warm:
            self._keep_warm = False
            self.submit(warm_up).done.connect(self._stay_warm)

    def _stay_warm(self) -> None:
        self._keep_warm = True

    def _next(self) -> None:
        if self._is_closed or self._running is not None or not self._waiting:
            return
        self._running = self._waiting.popleft()
        self._worker = self._worker or _Worker(self._arrived.emit, self._trains)
        self._worker.send(self._running.call)

    def _retire(self) -> None:
        """Asks the process to leave; it may take a moment, in which another one takes its place."""
        self._retired = [worker for worker in self._retired if worker.is_alive]
        if self._worker:
            self._worker.send(None)
            self._retired.append(self._worker)
            self._worker = None

    def _take(self, worker: "_Worker", answer: Answer | None) -> None:
        if worker is not self._worker:
            return
        job = self._running
        if job is not None and isinstance(answer, Step):
            job.progress.emit(answer.item)
            return
        self._running = None
        if answer is None:
            self._worker = None
            answer = Failed(_crashed(worker.end()))
            self._warm_again()
        if job is not None:
            self._finish(job, answer)
        self._next()

    def _finish(self, job: Job, answer: Answer) -> None:
        if isinstance(answer, Failed):
            job.failed.emit(_told(answer))
        elif isinstance(answer, Done):
            job.done.emit(answer.result)
        job.deleteLater()


def _told(failure: Failed) -> LayerloomError:
    """The error as a person reads it; a mistake of ours is written down in full."""
    if not failure.traceback:
        return failure.error
    logger.error("in the engine process:\n%s", failure.traceback)
    return LayerloomError(failure.error.message, fix=f"Try again. What happened is written in {log_file()}.")


def _crashed(exit_code: int | None) -> LayerloomError:
    logger.error("the engine process ended by itself: exit code %s", exit_code)
    return LayerloomError(
        "The process that computes for the window ended unexpectedly.",
        expected="It has been replaced by a new one, and nothing of your work is lost.",
        fix="Try again; if it happens again, free some memory by closing other programs.",
    )


class _Worker:
    """One process with the pipe to it, and the thread that waits for its answers."""

    def __init__(self, arrived: Callable[["_Worker", Answer | None], object], trains: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, trains), name="layerloom-engine", daemon=True)
        self._process.start()
        # Its end must be open in that process alone: only then does its death end the reading here.
        theirs.close()
        self._reader = threading.Thread(target=self._read, args=(arrived,), name="layerloom-engine", daemon=True)
        self._reader.start()

    @property
    def is_alive(self) -> bool:
        """Whether it has not yet left."""
        return self._reader.is_alive()

    def send(self, task: bytes | None) -> None:
        """Gives it a task; None: asks it to leave."""
        # Where it is gone already, the reading thread says so.
        with suppress(OSError):
            self._pipe.send(task)

    def end(self) -> int | None:
        """Waits until it has left, by force if need be, and answers its exit code."""
        self._reader.join(1.5 * GRACE)
        if self._reader.is_alive():
            self._process.kill()
            self._reader.join()
        return self._process.exitcode

    def _read(self, arrived: Callable[["_Worker", Answer | None], object]) -> None:
        while True:
            try:
                answer: Answer = self._pipe.recv()
            except (EOFError, OSError):
                break
            arrived(self, answer)
        self._process.join()
        self._pipe.close()
        arrived(self, None)


class Analyst(QObject):
    """Has the newest project analysed: one at a time, and those overtaken by a newer edit never."""

    analysed = Signal(object, object)
    """The `Project` and its `Report`."""
    failed = Signal(object)
    """A `LayerloomError`: a mistake of ours, or a crash. What a person draws or chooses never fails."""

    def __init__(self, engine: EngineProcess, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._asked: Project | None = None
        self._next: Project | None = None

    def analyse(self, project: Project) -> None:
        """Asks for a report of this project, in place of any that still waits."""
        self._next = project
        if self._asked is None:
            self._ask()

    def forget(self) -> None:
        """Drops what waits; the answer to what has been asked still comes."""
        self._next = None

    def _ask(self) -> None:
        self._asked, self._next = self._next, None
        if self._asked is not None:
            job = self._engine.submit("engine.analysis:analyse", self._asked)
            job.done.connect(self._report)
            job.failed.connect(self._fail)

    def _report(self, report: object) -> None:
        project = self._asked
        self._ask()
        self.analysed.emit(project, report)

    def _fail(self, error: LayerloomError) -> None:
        self._ask()
        self.failed.emit(error)
