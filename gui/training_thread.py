"""TrainingThread: starts a trainer, or finds one at work, gives it commands, follows its log and says what happens.

The trainer is a process of its own, ``main.py train RUN``: it can crash without the window and outlive it. A
`SpareTrainer` keeps one warm, so that training begins at once. In-thread training runs the same generator right here.
"""

import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QThread, Signal

import engine
from engine import trust
from engine.curves import History
from engine.errors import LayerloomError, RunError, worded
from engine.events import (
    AnyCommand,
    AnyEvent,
    Event,
    Failed,
    Finished,
    Pause,
    Resume,
    Started,
    Stop,
    Stopped,
)
from engine.foreign import content_of
from engine.logs import log_file
from engine.runs import Result, Run, trainer_lives, unwritable
from engine.runs import gone as run_gone
from gui.sending import Sender

logger = logging.getLogger("layerloom.training")

PROGRAM = Path(engine.__file__).parent.parent / "main.py"
POLL_SECONDS, CALM_POLL_SECONDS = 0.03, 0.1
"""Between two looks at the log, and where nobody waits for an answer: each look takes time of the cores that train."""
PATIENCE_SECONDS = 1.0
"""For so long after a command, its answer is waited for."""
GONE_SECONDS = 2.0
"""For which the folder of a run may be away."""
AT_ONCE_BYTES = 2**21
"""The end of a log whose events are handed on one by one; what stands before is read as curves."""

Trainer = subprocess.Popen[bytes]


def _tr(text: str) -> str:
    return QCoreApplication.translate("TrainingThread", text)


class TrainingThread(QThread):
    """One per run. Begins it, or goes on from its last checkpoint where there is one."""

    past = Signal(object)
    """The `History` of a long run, or of one that goes on, before the events that follow it."""
    events = Signal(list)
    """What has happened, some thirty times a second at most."""
    refused = Signal(object)
    """A `RunError`: a command could not be written."""
    ended = Signal(object)
    """The `Result`. Where the trainer ended without a word, it is “interrupted” and says what is known."""

    def __init__(
        self,
        run: Run,
        spare: "SpareTrainer | None" = None,
        *,
        in_thread: bool = False,
        allowed: frozenset[str] = frozenset(),
        changes: Mapping[str, Any] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """``allowed`` are the digests of the code that may run; see `engine.trust`. ``changes`` are settings with which
        a run goes on, by their paths.
        """
        super().__init__(parent)
        self._run = run
        self._allowed = allowed
        self._changes = changes or {}
        self._spare = spare
        self._in_thread = in_thread
        self._attach = False
        self._leaving = threading.Event()
        self._stirred = threading.Event()
        self._awaits = False
        self._sender = Sender(run, self._refuse)
        self._asked = time.monotonic()
        if spare is not None:
            self.finished.connect(spare.prepare)

    @classmethod
    def attached(cls, run: Run) -> "TrainingThread":
        """For a trainer that an earlier window started and that is still at work."""
        thread = cls(run)
        thread._attach = True
        return thread

    # What a person asks of it

    def pause(self) -> None:
        """Has the trainer wait after the current step."""
        self.send(Pause())

    def resume(self) -> None:
        """Has it go on."""
        self.send(Resume())

    def stop(self) -> None:
        """Has it end after the current step, keeping everything."""
        self.send(Stop())

    def send(self, command: AnyCommand) -> None:
        """Has a command written; what is asked before the trainer listens is kept for it."""
        self._sender.send(command)
        self._asked = time.monotonic()
        self._stirred.set()

    @property
    def is_of_its_own(self) -> bool:
        """Whether the trainer is a process of its own, which goes on without this thread."""
        return not self._in_thread

    def detach(self, *, awaits: bool = False) -> None:
        """Stops following, at once and in silence; the trainer goes on. One in this thread is ended first. ``awaits``:
        its end is to be noticed, because this process goes on as well.
        """
        self._awaits = awaits
        self._leaving.set()
        self._stirred.set()
        if self._in_thread:
            self._run.send(Stop())
        self.wait()

    # The thread

    def run(self) -> None:
        """What the thread does; call `start`."""
        self.setObjectName(f"training {self._run.name}")
        try:
            last_word = self._train_here() if self._in_thread else self._follow()
        except LayerloomError as error:
            last_word = Result("interrupted", message=error.message, fix=error.fix)
        except OSError as fault:
            last_word = self._not_started(fault)
        except Exception as error:
            # The outermost border of this thread: otherwise the window would wait for a last word for ever.
            logger.exception("in the thread of a training")
            told = worded(error)
            fix = told.fix or _tr("Try again. What happened is written in {file}.").format(file=log_file())
            last_word = Result("interrupted", message=told.message, fix=fix)
        self._sender.end()
        if not self._leaving.is_set():
            self.ended.emit(last_word)

    def _not_started(self, fault: OSError) -> Result:
        if str(fault.filename or "").startswith(str(self._run.path)):
            error = unwritable(self._run.path, fault)
            return Result("interrupted", message=error.message, fix=error.fix)
        words = _tr("The trainer cannot be started: {reason}.").format(reason=fault.strerror or fault)
        return Result("interrupted", message=words, fix=_tr("Close other programs and try again."))

    def _follow(self) -> Result:
        history, log = self._run.history(but=AT_ONCE_BYTES)
        past: list[AnyEvent] = log.read()
        if not self._attach:
            # Of a training that is over, its events would tell what is no more.
            history.take(past)
        if log.offset > (AT_ONCE_BYTES if self._attach else 0):
            self._show_past(history)
        trainer: _Process = _Attached(history, past) if self._attach else self._begin()
        ended = self._attach and (self._pass_on(past) or (not past and history.has_ended))
        there = time.monotonic()
        while not ended and not self._rested():
            # Asked before reading: what a trainer writes last is then surely read.
            gone = trainer.poll() is not None
            ended = self._pass_on(log.read())
            if gone and not ended:
                return self._interrupted(trainer.poll())
            # A disk of a network may be away for a moment.
            there = time.monotonic() if self._run.path.exists() else there
            if time.monotonic() - there > GONE_SECONDS:
                trainer.leave()
                error = run_gone(self._run.path)
                return Result("interrupted", message=error.message, fix=error.fix)
        if ended or self._awaits:
            trainer.leave()
        return self._run.result()

    def _show_past(self, history: History) -> None:
        if self._attach and (turns := [event for event in (history.started, history.pause) if event]):
            self._pass_on(turns)
        history.prepare()
        self.past.emit(history)

    def _begin(self) -> "_Child":
        """A trainer for this run."""
        self._run.check_own()
        # The spare is told of a run alone.
        trainer = self._spare.take(self._run.path, self._allowed) if self._spare and not self._changes else None
        return _Child(trainer or _start_trainer(self._run.path, self._allowed, self._changes))

    def _rested(self) -> bool:
        """Waits until it is time to look at the log again; answers whether this thread is to leave instead."""
        waits_for_answer = time.monotonic() - self._asked < PATIENCE_SECONDS
        self._stirred.wait(POLL_SECONDS if waits_for_answer else CALM_POLL_SECONDS)
        self._stirred.clear()
        return self._leaving.is_set()

    def _pass_on(self, events: Sequence[Event]) -> bool:
        """Emits events and answers whether the trainer's last word is among them."""
        if not events:
            return False
        # From its first event on a trainer listens.
        self._sender.begin()
        self.events.emit(list(events))
        turns = (event for event in reversed(events) if isinstance(event, Started | Finished | Stopped | Failed))
        return isinstance(next(turns, None), Finished | Stopped | Failed)

    def _refuse(self, error: RunError) -> None:
        # Where the window has let go of this thread meanwhile, nobody is there to be told.
        with suppress(RuntimeError):
            self.refused.emit(error)

    def _interrupted(self, exit_code: int | None) -> Result:
        if self._run.has_checkpoint():
            fix = _tr("Go on from the last checkpoint.")
        else:
            fix = _tr("Train again; there is no checkpoint yet to go on from.")
        message = _how_it_ended(exit_code, _last_line(self._run.path / "trainer.log"))
        return msgspec.structs.replace(self._run.result(), status="interrupted", message=message, fix=fix)

    def _train_here(self) -> Result:
        # Imported here alone: the window process has torch only when it is asked to train in-thread.
        from engine.trainer import record, train

        trust.allow(self._allowed)
        for event in record(self._run, train(self._run, self._run.has_checkpoint(), changes=self._changes)):
            self._pass_on([event])
        return self._run.result()


class SpareTrainer(QObject):
    """Keeps one trainer warm: torch is loaded, and a line with a run folder sets it to work."""

    ready = Signal()
    """It is warm: training begins at once from now on."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._trainer: Trainer | None = None
        self._taking = threading.Lock()
        self._waiting: threading.Thread | None = None
        self._closed = False

    def prepare(self) -> None:
        """Starts one, unless there is one, or the program is ending."""
        if self._closed or (self._trainer is not None and self._trainer.poll() is None):
            return
        try:
            trainer = _spawn(["train", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        except OSError:
            # Training will start its own and, where that fails as well, say why.
            return
        self._trainer = trainer
        self._waiting = threading.Thread(target=self._wait, args=(trainer,), name="spare trainer", daemon=True)
        self._waiting.start()

    def take(self, run: Path, allowed: Iterable[str] = ()) -> Trainer | None:
        """Sets the spare to work on a run; None: there is none. From any thread."""
        with self._taking:
            trainer, self._trainer = self._trainer, None
        if trainer is None or trainer.stdin is None:
            return None
        try:
            trainer.stdin.write(msgspec.json.encode([str(run.absolute()), *allowed]) + b"\n")
            trainer.stdin.close()
        except OSError:
            return None
        return trainer if trainer.poll() is None else None

    def close(self) -> None:
        """Ends the spare, if it is still one, for good."""
        # A training that ends with the window still asks for the next spare.
        self._closed = True
        with self._taking:
            trainer, self._trainer = self._trainer, None
        if trainer is not None:
            with trainer:
                trainer.kill()
        if self._waiting is not None:
            self._waiting.join()

    def _wait(self, trainer: Trainer) -> None:
        assert trainer.stdout is not None
        # Closed underneath when the spare is closed before it is warm.
        with suppress(ValueError, OSError), trainer.stdout:
            if trainer.stdout.readline() and trainer is self._trainer:
                self.ready.emit()


def _start_trainer(run: Path, allowed: Iterable[str], changes: Mapping[str, Any]) -> Trainer:
    """A trainer that outlives the window. What it prints goes to a file: a pipe would break with the window."""
    with (run / "trainer.log").open("ab") as log:
        permissions = [f"--allow={digest}" for digest in allowed]
        permissions += [f"--set={path}={json.dumps(value)}" for path, value in changes.items()]
        return _spawn(["train", str(run.absolute()), *permissions], stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _spawn(
    arguments: list[str], *, stdin: int, stdout: "int | IO[Any]", stderr: "int | IO[Any]"
) -> subprocess.Popen[bytes]:
    """The command line of this program in a process that neither Ctrl-C nor the end of the terminal reaches."""
    command = [sys.executable, str(PROGRAM), *arguments]
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, creationflags=flags)
    return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True)


class _Process(Protocol):
    """What a trainer is to the thread that follows it."""

    def poll(self) -> int | None:
        """The exit code; None: it is at work."""
        ...

    def leave(self) -> None:
        """Lets it go after its last word, without waiting: torch takes a second to leave."""
        ...


class _Child:
    """A trainer that this window started."""

    def __init__(self, process: Trainer) -> None:
        self._process = process

    def poll(self) -> int | None:
        return self._process.poll()

    def leave(self) -> None:
        # Someone must hear its end, or it stays behind as a zombie.
        threading.Thread(target=self._process.wait, name="trainer leaving", daemon=True).start()


class _Attached:
    """A trainer that an earlier window started, known by what it wrote first. How it ended cannot be known."""

    UNKNOWN = 0

    def __init__(self, history: History, past: list[AnyEvent]) -> None:
        later = (event for event in reversed(past) if isinstance(event, Started))
        self._started = next(later, history.started)

    def poll(self) -> int | None:
        return None if self._started and trainer_lives(self._started) else self.UNKNOWN

    def leave(self) -> None:
        pass


def _how_it_ended(exit_code: int | None, last_line: str) -> str:
    killed = getattr(signal, "SIGKILL", None)
    if exit_code is not None and killed is not None and exit_code == -killed:
        return _tr("The trainer was killed, as the system does when memory runs out.")
    if exit_code is not None and exit_code < 0:
        words = _tr("The trainer crashed ({signal}).")
        return words.format(signal=signal.strsignal(-exit_code) or f"signal {-exit_code}")
    if last_line:
        return _tr("The trainer ended without finishing: {reason}").format(reason=last_line)
    return _tr("The trainer ended without finishing.")


def _last_line(file: Path) -> str:
    try:
        lines = content_of(file).decode(errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
