"""Run: a folder. What was trained, everything that happened, the checkpoints: the one truth about a training.

::

    project.loom       the very document that was trained     environment.json  versions, device, seed, data fingerprint
    log.jsonl          events, appended, one line each        control.jsonl     commands, appended
    checkpoints/       NAME.safetensors weights, last.state   artifacts/        arrays that an event names (.npy)
    preprocessing.json what the network must be given         trainer.lock      held by the one that trains it
    fork.json          where it was forked from              log.digest        arrays of a long log: see `engine.digest`
"""

import errno
import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import psutil

from engine import project as projects
from engine.disk import flush_folder, is_full, write_atomically
from engine.errors import RunError
from engine.events import (
    AnyCommand,
    AnyEvent,
    Changed,
    Epoch,
    Event,
    Failed,
    Finished,
    Forked,
    Metrics,
    Paused,
    Resumed,
    Started,
    Stopped,
    Validation,
)
from engine.foreign import check_own, json_of
from engine.project import Project
from engine.training import AUTOMATIC

if TYPE_CHECKING:
    from engine.curves import History

Status = Literal["new", "running", "interrupted", "finished", "stopped", "failed"]

_events = msgspec.json.Decoder(AnyEvent)
_commands = msgspec.json.Decoder(AnyCommand)
ORIGIN = "fork.json"
"""In the folder of a run that was forked: its `Origin`."""

LOCK = "trainer.lock"
LOCK_SECONDS = 0.3
"""For which a trainer waits: who asks whether a run is trained holds its lock for a moment."""

TAIL_BYTES = 65_536
"""More than the longest line that ends a log."""

PART_BYTES = 2**24
"""Of a log, that are read together."""
LONGEST_LINE_BYTES = 2**25
"""Hundreds of times as long as the longest that a trainer writes."""

_FOLD = re.compile(r"fold-\d+")
_CHECKPOINT = re.compile(r"best|last|\d{1,9}")


class LogReader:
    """Follows an appended file of JSON lines from where it had been read. A torn last line is left for later."""

    def __init__(self, path: Path, decoder: msgspec.json.Decoder[Any], offset: int = 0) -> None:
        self._path = path
        self._decoder = decoder
        self.offset = offset

    def read(self, heads: tuple[bytes, ...] = ()) -> list[Any]:
        """What has been appended since the last call; lines that cannot be read are passed over, and those that begin
        with none of the heads, where there are any. Raises `RunError`.
        """
        return [each for part in self.parts(heads) for each in part]

    def parts(self, heads: tuple[bytes, ...] = ()) -> Iterator[list[Any]]:
        """The same, some of it at a time, with the offset as far as that."""
        for lines in self._whole_lines():
            found: list[Any] = []
            for line in lines.splitlines():
                if heads and not line.startswith(heads):
                    continue
                try:
                    found.append(self._decoder.decode(line))
                except (ValueError, RecursionError):
                    # Also a text in a line that is no text.
                    continue
            yield found

    def _whole_lines(self) -> Iterator[bytes]:
        """The lines that have been appended, some at a time: nobody knows how long a file from elsewhere is."""
        try:
            if self._path.exists() and not self._path.is_file():
                # Opening what is no file could wait for ever.
                raise OSError(errno.EINVAL, "it is not a file")
            with self._path.open("rb") as file:
                file.seek(self.offset)
                rest = b""
                while more := file.read(PART_BYTES):
                    lines, end, last = (rest + more).rpartition(b"\n")
                    rest = last if end else rest + more
                    self.offset += len(lines) + len(end)
                    if len(rest) > LONGEST_LINE_BYTES:
                        raise _too_long(self._path)
                    yield lines
        except FileNotFoundError:
            return
        except OSError as fault:
            words = f"{self._path} cannot be read: {fault.strerror or fault}."
            raise RunError(words, fix="Check that it is a file and that you may read it.") from None


def _too_long(path: Path) -> RunError:
    return RunError(
        f"{path} has a line of more than {LONGEST_LINE_BYTES // 2**20} MB, so it was not written by Layerloom.",
        fix="Do without this run, or take its log from where it was trained.",
    )


class Result(msgspec.Struct, frozen=True):
    """What a run has come to so far, as the list of runs shows it."""

    status: Status
    epochs: int = 0
    seconds: float = 0.0
    validation: Metrics = {}
    test: Metrics = {}
    message: str = ""
    """Why it failed, or ended before its last epoch."""
    fix: str = ""
    confusion: str = ""
    """The file in ``artifacts/`` with the confusion matrix of the test; empty where there is none."""
    transcripts: str = ""
    """The file in ``artifacts/`` with sequences of the test and what was answered; empty where there is none."""
    planned: int = 0
    """How many epochs it is to have, where it has not ended; 0: not known."""
    waits: bool = False
    """Whether its trainer waits, because a person or a full disk has it wait."""


class Origin(msgspec.Struct, frozen=True):
    """Where a run was forked: from which run beside it, after which epoch and step."""

    parent: str
    epoch: int = 0
    step: int = 0


class _Judged(msgspec.Struct):
    best_by: str = AUTOMATIC


class _Design(msgspec.Struct):
    """Of a document, how its training is judged."""

    training: _Judged = msgspec.field(default_factory=_Judged)


class Run:
    """One run folder. Any number may read it; one trainer writes its log, anyone may append a command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, project: Project) -> "Run":
        """A new run folder that holds the project. Raises `RunError` where the folder is taken or cannot be made."""
        try:
            if path.exists() and (not path.is_dir() or any(path.iterdir())):
                raise RunError(
                    f"{path} is there already and is not empty.",
                    expected="A run writes into a new folder.",
                    fix="Choose another folder, or resume that run with “train” and its path alone.",
                )
            (path / "checkpoints").mkdir(parents=True)
            (path / "artifacts").mkdir()
            write_atomically(path / "project.loom", lambda file: file.write_bytes(projects.to_json(project)))
            flush_folder(path.parent)
        except OSError as fault:
            raise unwritable(path, fault) from None
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> "Run":
        """The run in a folder. Raises `RunError`."""
        if not (path / "project.loom").is_file():
            raise RunError(f"{path} is not a run folder.", expected="A run folder holds project.loom and log.jsonl.")
        return cls(path)

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def log(self) -> Path:
        """The file with the events."""
        return self.path / "log.jsonl"

    @property
    def _control(self) -> Path:
        return self.path / "control.jsonl"

    def check_own(self) -> None:
        """Raises `RunError` where something in the folder leads elsewhere, so that writing it could do harm there."""
        check_own(self.path.rglob("*"))

    def project(self) -> Project:
        """The document that was trained. Raises `ProjectError`."""
        return projects.load(self.path / "project.loom")

    def origin(self) -> Origin | None:
        """Where it was forked from; None: it was not."""
        try:
            return json_of(self.path / ORIGIN, Origin)
        except (OSError, ValueError):
            return None

    def judged_by(self) -> str:
        """The metric by which its best weights are chosen. The rest of the document is not read: there may be many
        runs, with large networks.
        """
        try:
            return json_of(self.path / "project.loom", _Design).training.best_by
        except (OSError, ValueError):
            return AUTOMATIC

    def follow(self, offset: int = 0) -> LogReader:
        """A reader of the events."""
        return LogReader(self.log, _events, offset)

    def commands(self) -> LogReader:
        """A reader of the commands that are meant for the training about to begin.

        For a new run these are all that were ever sent: a person may press Stop before the trainer is up.
        """
        control = self._control
        begun = self.log.exists() and self.log.stat().st_size > 0
        return LogReader(control, _commands, control.stat().st_size if begun and control.exists() else 0)

    @contextmanager
    def trained_alone(self) -> Generator[None]:
        """Keeps every other trainer out; the system lets go when the process ends, however it ends.

        Raises `RunError` where another one is at work, or where the folder cannot be written.
        """
        from filelock import FileLock, Timeout

        self.check_own()

        # A generator that holds the lock may be closed from another thread.
        lock = FileLock(self.path / LOCK, timeout=LOCK_SECONDS, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            raise RunError(
                f"{self.name} is already being trained.", fix="Wait for that training to end, or stop it first."
            ) from None
        except OSError as fault:
            raise unwritable(self.path, fault) from None
        try:
            yield
        finally:
            lock.release()

    def may_be_trained(self) -> bool:
        """Whether a trainer may be at work in this very folder: a copy of it has all but the trainer."""
        from filelock import FileLock, Timeout

        file = self.path / LOCK
        if not file.exists():
            return True
        try:
            with FileLock(file, timeout=0, thread_local=False):
                return False
        except (Timeout, OSError):
            return True

    def has_ended(self) -> bool:
        """Whether a trainer's last word ends the log. Only the end is read, however long the run was."""
        size = self.log.stat().st_size if self.log.exists() else 0
        tail = self.follow(max(0, size - TAIL_BYTES)).read()
        return bool(tail) and type(tail[-1]) in _ENDS

    def events(self) -> list[AnyEvent]:
        """Everything that has happened. Raises `RunError`."""
        return self.follow().read()

    def history(self, *, but: int = 0) -> tuple["History", LogReader]:
        """The curves of all that has happened, and a reader of what will. Of a log that no digest tells, about so many
        bytes at its end may be left to the reader. Raises `RunError`.
        """
        from engine import digest

        return self.go_on(*digest.history(self.log), but=but)

    def go_on(self, found: "History", reached: int, *, but: int = 0) -> tuple["History", LogReader]:
        """The same where the history is known as far as that of the log."""
        reader = self.follow(reached)
        for events in reader.parts() if self.untold(reached) > but else ():
            found.take(events)
            if self.untold(reader.offset) <= but:
                break
        return found, reader

    def untold(self, reached: int) -> int:
        """How many bytes the log has beyond those that were read."""
        return self.log.stat().st_size - reached if self.log.exists() else 0

    def outline(self) -> "Outline":
        """What a list of runs needs of all that has happened. Raises `RunError`."""
        return Outline(self)

    def turns(self, *kinds: type[Event]) -> list[Any]:
        """The events of these kinds, which tell no points. The others, which may be millions, are not read. Raises
        `RunError`.
        """
        from engine import digest

        found, reached = digest.happened(self.log)
        heads = tuple(f'{{"event":"{kind.__struct_config__.tag}"'.encode() for kind in kinds)
        return [event for event in found if isinstance(event, kinds)] + self.follow(reached).read(heads)

    def send(self, command: AnyCommand) -> None:
        """Asks something of the trainer. Raises `RunError`."""
        check_own([self._control])
        try:
            try:
                self._append(command)
            except OSError as fault:
                if not is_full(fault) or not self.reserve.exists():
                    raise
                self.reserve.unlink(missing_ok=True)
                self._append(command)
        except OSError as fault:
            raise RunError(f"The command cannot be written to {self.path}: {fault.strerror or fault}.") from None

    def _append(self, command: AnyCommand) -> None:
        with self._control.open("ab") as file:
            # On a line of its own, even where a power cut has left half of another.
            file.write(b"\n" + msgspec.json.encode(command) + b"\n")

    @property
    def reserve(self) -> Path:
        """Room on the disk that is given up when it is full, so that the log can still say so, and commands be sent."""
        return self.path / "log.reserve"

    def weights(self, checkpoint: str) -> Path:
        """The weight file of a checkpoint: ``best``, ``last`` or an epoch's number. Raises `RunError`."""
        path = self.path / "checkpoints" / f"{checkpoint}.safetensors"
        if not _CHECKPOINT.fullmatch(checkpoint) or not path.is_file():
            files = (self.path / "checkpoints").glob("*.safetensors")
            there = sorted(file.stem for file in files if _CHECKPOINT.fullmatch(file.stem))
            raise RunError(
                f"{self.name} has no checkpoint “{checkpoint}”.",
                expected=f"It has: {', '.join(there) or 'none yet'}.",
                fix="" if there else "Train until the first epoch is done.",
            )
        return path

    def has_checkpoint(self) -> bool:
        """Whether a training can go on from here."""
        return (self.path / "checkpoints" / "last.state.safetensors").is_file()

    def result_or_fault(self) -> Result:
        """The same for a list of runs: one that cannot be read has failed, and says why."""
        try:
            return self.result()
        except RunError as error:
            return Result("failed", message=error.message, fix=error.fix)

    def result(self) -> Result:
        """What the run has come to so far. Raises `RunError`."""
        return self.outline().result()


class Outline:
    """The history of a run without the curves of the training, which nearly all of a long log are, read on from where
    it had been read. Raises `RunError`.
    """

    def __init__(self, run: Run) -> None:
        from engine import digest

        self._run = run
        self.history, reached = digest.history(run.log, with_points=False)
        self._reader = run.follow(reached)
        self._read()

    def _read(self) -> None:
        self.history.take(self._reader.read(_OUTLINE))

    def result(self) -> Result:
        """What the run has come to by now."""
        self._read()
        history = self.history
        end, started = history.end, history.started
        status = _STATUS[type(history.turn)] if history.turn else "new"
        if isinstance(end, Finished | Stopped):
            reason = end.reason if isinstance(end, Finished) else ""
            seconds, files = end.seconds, (end.confusion, end.transcripts)
            return Result(status, end.epoch, seconds, end.validation, end.test, reason, "", *files)
        if status == "running" and started and not (trainer_lives(started) and self._run.may_be_trained()):
            status = "interrupted"
        epochs = history.epochs.get("seconds")
        judged = max((curve.last_step for curve in history.validation.values() if len(curve)), default=0.0)
        return Result(
            status,
            int(epochs.last_step) if epochs else 0,
            sum(epochs.values.tolist()) if epochs else 0.0,
            {name: float(curve.values[-1]) for name, curve in history.validation.items() if curve.last_step == judged},
            message=end.message if end else "",
            fix=end.fix if end else "",
            planned=history.planned_epochs,
            waits=status == "running" and isinstance(history.pause, Paused),
        )


_TOLD = (Started, Epoch, Validation, Changed, Paused, Resumed, Forked, Finished, Stopped, Failed)
_OUTLINE = tuple(f'{{"event":"{kind.__struct_config__.tag}"'.encode() for kind in _TOLD)
"""How the lines begin that say what a run has come to."""

_ENDS = (Finished, Stopped, Failed)
_STATUS: dict[type[AnyEvent], Status] = {
    Started: "running",
    Forked: "stopped",
    Finished: "finished",
    Stopped: "stopped",
    Failed: "failed",
}
"""What a run is after these, as far as its log says."""


def is_gone(path: Path, fault: OSError) -> bool:
    """Whether a folder was not written because it is not there any more."""
    return fault.errno == errno.ENOENT and not path.exists()


def unwritable(path: Path, fault: OSError) -> RunError:
    """Why a run folder does not take what is written to it."""
    if is_gone(path, fault):
        return gone(path)
    return RunError(
        f"The run folder {path} cannot be written: {fault.strerror or fault}.",
        fix="Choose a folder that you may write to; a run goes on in a copy of its folder, too.",
    )


def gone(path: Path) -> RunError:
    """A run folder is not there any more."""
    return RunError(
        f"The run folder {path} is not there any more: it was moved or deleted.",
        fix="Put it back, or go on with it where it is now: from its last checkpoint.",
    )


def trainer_lives(started: Started) -> bool:
    """Whether the process that wrote this event still runs; another one may have been given its number since."""
    try:
        process = psutil.Process(started.pid)
        # Where the clock was set meanwhile, the time at which a process began has moved with it.
        is_it = process.create_time() <= started.time + 1 or abs(since_boot(process) - started.since_boot) < 1
        return is_it and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def since_boot(process: psutil.Process) -> float:
    """Seconds from the start of the machine to that of a process, whatever the clock says. Raises `psutil.Error`."""
    return process.create_time() - psutil.boot_time()


def runs_in(folder: Path) -> Iterator[Run]:
    """The runs in a folder and those of cross-validations in it, the newest first."""
    patterns = ("*/project.loom", "*/fold-*/project.loom") if folder.is_dir() else ()
    found = [file for pattern in patterns for file in folder.glob(pattern) if file.is_file()]
    for path in sorted(found, key=_changed_at, reverse=True):
        yield Run(path.parent)


def tree_of(runs: Sequence[Run]) -> list[tuple[Run, int]]:
    """Runs in their order, below each those that were forked from it, and how deep each is in that tree."""
    origins = {run.path: run.origin() for run in runs}
    parents = {path: path.parent / origin.parent for path, origin in origins.items() if origin}
    known = {run.path: run for run in runs}
    return [(known[path], depth) for path, depth in tree([run.path for run in runs], parents)]


def tree(paths: Sequence[Path], parents: Mapping[Path, Path]) -> list[tuple[Path, int]]:
    """Paths in their order, below each those whose parent it is, and how deep each is. One whose parent is not among
    them stands for itself.
    """
    children: dict[Path | None, list[Path]] = {}
    for path in paths:
        parent = parents.get(path)
        children.setdefault(parent if parent in paths and parent != path else None, []).append(path)
    found: list[tuple[Path, int]] = []
    waiting = [(path, 0) for path in reversed(children.pop(None, []))]
    while waiting:
        path, depth = waiting.pop()
        found.append((path, depth))
        waiting += [(child, depth + 1) for child in reversed(children.pop(path, []))]
    # Folders that were renamed into a circle stand for themselves.
    return found + [(path, 0) for rest in children.values() for path in rest]


def called(path: Path) -> str:
    """What a run is called beside others: as its folder; a fold, of which there are many, with its cross-validation."""
    return f"{path.parent.name} {path.name}" if _FOLD.fullmatch(path.name) else path.name


def _changed_at(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        # Deleted since it was found; whoever reads the run will see that.
        return 0.0


def new_run_path(folder: Path, title: str) -> Path:
    """A free folder for a run of a project of this title."""
    stem = re.sub(r"[^\w-]+", "-", title, flags=re.ASCII).strip("-").lower()[:40] or "run"
    stamp = time.strftime("%Y%m%d-%H%M%S")
    path, number = folder / f"{stem}-{stamp}", 2
    while path.exists():
        path, number = folder / f"{stem}-{stamp}-{number}", number + 1
    return path
