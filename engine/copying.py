"""Copies of a run's log in the formats of other tools, written while it is trained, or afterwards from the log.

While it is trained, a thread of its own writes them: neither a slow server nor a full disk holds the training up.
"""

import csv
import importlib
import os
import queue
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from engine import events
from engine.copies import Csv, LogCopy, Mlflow, TensorBoard
from engine.datasets import Progress
from engine.errors import LayerloomError, RunError
from engine.events import Event, Metrics
from engine.project import Project
from engine.runs import Run
from engine.spec import Spec

POINTS_EACH = 10
"""Of the many steps of a line, at most, that are written one by one; of more, the means of so many groups."""

CLOSING_SECONDS = 30.0
"""How long the end of a training waits for the last copy."""

TOGETHER, TOGETHER_SECONDS = 500, 5.0
"""How many numbers are sent to MLflow at once, or after how many seconds those that there are."""

UNANSWERED = "Max retries exceeded"
"""What MLflow says, among much else, where there is no server."""

LONGEST_PARAMETER = 500

FAULTS = OSError, ValueError, RuntimeError, LookupError, TypeError, AttributeError, LayerloomError
"""What libraries raise where something cannot be written."""

Points = Sequence[tuple[int, float]]


class Sink(Protocol):
    """What takes the events of a run, in their order."""

    def take(self, event: Event) -> None:
        """Writes what has happened."""
        ...

    def close(self) -> None:
        """Writes what is left. Nothing is taken any more."""
        ...


def beside(run: Run, project: Project, happening: Iterator[Event]) -> Iterator[Event]:
    """Passes the events of a training on, and has copies of them written, where the project asks for some.

    Where one cannot be written, that is a warning, and the training goes on.
    """
    chosen = project.training.copies
    if not chosen:
        yield from happening
        return
    copyist = _Copyist(run, project, chosen)
    try:
        for event in happening:
            copyist.take(event)
            if isinstance(event, events.Finished | events.Stopped):
                # It is the last word, after which no warning may come.
                copyist.close()
            yield from copyist.complaints()
            yield event
    finally:
        copyist.close()


def copied(run: Run, copy: LogCopy, folder: Path | None = None) -> Generator[Progress, None, str]:
    """Writes a copy of the log as it is; answers where. Raises `RunError` where it cannot be written."""
    run.check_own()
    log, total = run.follow(), run.untold(0)
    project = run.project()
    sink: Sink | None = None
    try:
        sink = _sink(run, project, copy, folder)
        for happened in log.parts():
            for event in happened:
                sink.take(event)
            yield Progress(f"Writing {copy.title}", log.offset, total, "bytes")
    except FAULTS as fault:
        raise RunError(_refused(copy, fault)) from None
    finally:
        if sink is not None:
            sink.close()
    return place_of(run, copy, folder)


def place_of(run: Run, copy: LogCopy, folder: Path | None = None) -> str:
    """Where a copy is written: a folder, or the address of a server."""
    if isinstance(copy, Mlflow):
        return _address(run, copy)
    return str(folder or run.path / copy.name)


def _sink(run: Run, project: Project, copy: LogCopy, folder: Path | None = None) -> Sink:
    if copy.lacks:
        raise RunError(copy.lacks)
    match copy:
        case Csv():
            return CsvTables(folder or run.path / copy.name)
        case TensorBoard():
            return EventFiles(folder or run.path / copy.name, project)
        case Mlflow():
            return MlflowLog(run, project, copy)
        case _:
            raise NotImplementedError(copy)


def _refused(copy: LogCopy, fault: Exception) -> str:
    if isinstance(fault, LayerloomError):
        reason = fault.message
    elif isinstance(fault, OSError) and fault.strerror:
        reason = f"{fault.filename}: {fault.strerror}" if fault.filename else fault.strerror
    else:
        reason = str(fault).partition("\n")[0] or repr(fault)
    return f"{copy.title} cannot be written: {reason.rstrip('.')}."


class _Copyist:
    """Writes copies in a thread."""

    def __init__(self, run: Run, project: Project, chosen: Sequence[LogCopy]) -> None:
        self._run, self._project, self._chosen = run, project, chosen
        self._events = queue.SimpleQueue[Event | None]()
        self._complaints = queue.SimpleQueue[str]()
        self._is_closed = False
        self._thread = threading.Thread(target=self._write, name="copies of the log", daemon=True)
        self._thread.start()

    def take(self, event: Event) -> None:
        """Has it written."""
        self._events.put(event)

    def close(self) -> None:
        """Waits until all is written, but not for ever."""
        if self._is_closed:
            return
        self._is_closed = True
        self._events.put(None)
        self._thread.join(CLOSING_SECONDS)
        if self._thread.is_alive():
            names = ", ".join(copy.title for copy in self._chosen)
            again = f"layerloom log {self._run.path} --format NAME"
            self._complaints.put(f"{names}: not all is written yet, and is not waited for. To write it: {again}")

    def complaints(self) -> Iterator[Event]:
        """What could not be written since this was last asked."""
        while not self._complaints.empty():
            yield events.Warning(time=time.time(), message=self._complaints.get())

    def _write(self) -> None:
        sinks = {copy: sink for copy in self._chosen if (sink := self._attempt(copy, self._opened, copy))}
        while (event := self._events.get()) is not None:
            for copy, sink in list(sinks.items()):
                if not self._attempt(copy, _taken, sink, event):
                    del sinks[copy]
        for copy, sink in sinks.items():
            self._attempt(copy, sink.close)

    def _opened(self, copy: LogCopy) -> Sink:
        return _sink(self._run, self._project, copy)

    def _attempt(self, copy: LogCopy, act: Any, *arguments: Any) -> Any:
        """What the act answers; None where it fails, of which a person is told."""
        try:
            return act(*arguments)
        except FAULTS as fault:
            again = f"layerloom log {self._run.path} --format {copy.name}"
            words = "The training goes on. To write all of it later:"
            self._complaints.put(f"{_refused(copy, fault)} {words} {again}")
            return None


def _taken(sink: Sink, event: Event) -> bool:
    sink.take(event)
    return True


# CSV


class CsvTables:
    """Three tables: a row for each step, for each epoch or validation, and for each metric of the result."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._steps, self._epochs = Table(folder / "steps.csv"), Table(folder / "epochs.csv")
        self._watched = Table(folder / "watched.csv")

    def take(self, event: Event) -> None:
        """Adds what has happened; what is trained again after an interruption replaces what was."""
        match event:
            case events.Started():
                for table in (self._steps, self._epochs, self._watched):
                    table.cut(event.step)
                (self._folder / "result.csv").unlink(missing_ok=True)
            case events.Steps():
                names = ("step", "epoch", "loss", *event.metrics)
                columns = zip(event.step, event.loss, *event.metrics.values(), strict=True)
                self._steps.add([dict(zip(names, (step, event.epoch, *rest), strict=True)) for step, *rest in columns])
            case events.Epoch():
                row = {"epoch": event.epoch, "step": event.step, "seconds": event.seconds}
                row |= {"learning_rate": event.learning_rate} | _named("train", event.train)
                self._epochs.add([row | _named("validation", event.validation)])
            case events.Watched():
                self._watched.add([{"step": event.step, "learning_rate": event.learning_rate, **watched(event)}])
            case events.Validation():
                row = {"epoch": event.epoch, "step": event.step}
                self._epochs.add([row | _named("validation", event.validation)])
            case events.Finished() | events.Stopped():
                result = Table(self._folder / "result.csv")
                names = dict.fromkeys((*event.validation, *event.test))
                found = ((name, event.validation.get(name, ""), event.test.get(name, "")) for name in names)
                result.add([dict(zip(("metric", "validation", "test"), row, strict=True)) for row in found])
            case _:
                pass

    def close(self) -> None:
        """Each row is on the disk already."""


class Table:
    """A CSV file that grows, also by columns: what a row lacks is empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._columns: list[str] = []

    def cut(self, step: int) -> None:
        """Keeps the rows up to this step. Raises OSError."""
        if step == 0 or not self._path.exists():
            self._path.unlink(missing_ok=True)
            self._columns = []
            return
        with self._path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            self._columns = list(reader.fieldnames or ())
            kept = [row for row in reader if (row.get("step") or "").isdecimal() and int(row["step"]) <= step]
        self._write_anew(kept)

    def add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Adds rows. Raises OSError."""
        new = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in self._columns]
        if new:
            before = self._read() if self._columns else []
            self._columns += new
            self._write_anew(before)
        with self._path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, self._columns).writerows(rows)

    def _read(self) -> list[dict[str, Any]]:
        with self._path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def _write_anew(self, rows: Sequence[Mapping[str, Any]]) -> None:
        with self._path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self._columns)
            writer.writeheader()
            writer.writerows(rows)


def _named(part: str, metrics: Metrics) -> dict[str, float]:
    return {f"{part}_{name}": value for name, value in metrics.items()}


# TensorBoard


class EventFiles:
    """Event files as TensorBoard reads them: ``loss/train`` and ``loss/validation`` share a picture."""

    def __init__(self, folder: Path, project: Project) -> None:
        self._folder, self._project = folder, project
        self._writer: Any = None

    def take(self, event: Event) -> None:
        """Adds what has happened; TensorBoard passes over what is trained again after an interruption."""
        if isinstance(event, events.Started):
            self._begin(event)
        if self._writer is not None:
            for name, part, step, value in numbers(event):
                self._writer.add_scalar(f"{name}/{part}" if part else name, value, step, walltime=event.time)

    def close(self) -> None:
        """Writes what is left."""
        if self._writer is not None:
            self._writer.close()

    def _begin(self, event: events.Started) -> None:
        package: Any = importlib.import_module("tensorboardX")
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        if event.step == 0:
            for old in self._folder.glob("events.out.tfevents.*"):
                old.unlink()
        # Two that begin within a second would have the same name.
        suffix = f".{time.monotonic_ns()}"
        self._writer = package.SummaryWriter(str(self._folder), purge_step=event.step + 1, filename_suffix=suffix)
        settings = "\n".join(f"| {name} | {value} |" for name, value in settings_of(self._project).items())
        self._writer.add_text("settings", f"| setting | value |\n|---|---|\n{settings}", event.step, event.time)


# MLflow


class MlflowLog:
    """A run of MLflow: parameters, metrics and how it ended. A training that goes on goes on with its run there."""

    KEPT = "mlflow-run.txt"

    def __init__(self, run: Run, project: Project, copy: Mlflow) -> None:
        # MLflow asks whoever keeps runs in a folder to say so, and waits minutes for a server that is not there.
        for name, value in (("MLFLOW_ALLOW_FILE_STORE", "true"), ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")):
            os.environ.setdefault(name, value)
        package: Any = importlib.import_module("mlflow")
        self._entities: Any = importlib.import_module("mlflow.entities")
        self._fault: type[Exception] = package.exceptions.MlflowException
        self._address = _address(run, copy)
        with self._refusals():
            self._client: Any = package.MlflowClient(tracking_uri=self._address)
        self._kept = run.path / self.KEPT
        self._name, self._project, self._copy = run.name, project, copy
        self._id, self._end, self._heard = "", "FAILED", 0.0
        self._metrics: list[Any] = []
        self._sent = time.monotonic()

    def take(self, event: Event) -> None:
        """Adds what has happened. Raises `RunError` where MLflow refuses."""
        with self._refusals():
            self._take(event)

    def close(self) -> None:
        """Sends what is left, and says how the run ended. Raises `RunError`."""
        if not self._id:
            return
        with self._refusals():
            self._send()
            # Of a log that is written later, it has ended when its last event happened.
            self._client.set_terminated(self._id, self._end, int(1000 * self._heard))

    @contextmanager
    def _refusals(self) -> Generator[None]:
        """Says in a sentence what MLflow refuses."""
        try:
            yield
        except self._fault as fault:
            words = str(fault).partition("\n")[0].strip()
            raise RunError(f"no server answers at {self._address}" if UNANSWERED in words else words) from None

    def _take(self, event: Event) -> None:
        if isinstance(event, events.Started):
            self._begin(event)
        elif isinstance(event, events.Finished | events.Stopped):
            self._end = "FINISHED" if isinstance(event, events.Finished) else "KILLED"
        self._heard = event.time
        moment = int(1000 * event.time)
        self._metrics += [
            self._entities.Metric(f"{part}_{name}" if part else name, value, moment, step)
            for name, part, step, value in numbers(event)
        ]
        if len(self._metrics) >= TOGETHER or time.monotonic() - self._sent > TOGETHER_SECONDS:
            self._send()

    def _begin(self, event: events.Started) -> None:
        if event.step and self._kept.exists():
            self._id = self._kept.read_text(encoding="utf-8").strip()
            self._client.update_run(self._id, status="RUNNING")
            return
        found = self._client.get_experiment_by_name(self._copy.experiment)
        experiment = found.experiment_id if found else self._client.create_experiment(self._copy.experiment)
        started = self._client.create_run(experiment, start_time=int(1000 * event.time), run_name=self._name)
        self._id = started.info.run_id
        self._kept.write_text(self._id, encoding="utf-8")
        items = settings_of(self._project).items()
        self._client.log_batch(
            self._id, params=[self._entities.Param(name, value[:LONGEST_PARAMETER]) for name, value in items]
        )

    def _send(self) -> None:
        for first in range(0, len(self._metrics), TOGETHER):
            self._client.log_batch(self._id, metrics=self._metrics[first : first + TOGETHER])
        self._metrics.clear()
        self._sent = time.monotonic()


def _address(run: Run, copy: Mlflow) -> str:
    folder = (run.path.absolute().parent / "mlruns").as_uri()
    return copy.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI") or folder


# What several need


class Number(NamedTuple):
    """A number of the log, as copies name it; ``part`` is the one of the data that it is of, empty where it is none."""

    name: str
    part: str
    step: int
    value: float


def numbers(event: Event) -> Iterator[Number]:
    """What an event has to tell in numbers. Many steps are thinned out, see `thinned`."""
    match event:
        case events.Steps():
            for name, values in {"loss": event.loss, **event.metrics}.items():
                yield from (Number(_plain(name), "train", *point) for point in thinned(event.step, values))
            yield Number("samples_per_second", "", event.step[-1], event.samples_per_second)
        case events.Epoch():
            yield from _judged("validation", event.step, event.validation)
            if event.learning_rate:
                yield Number("learning_rate", "", event.step, event.learning_rate)
        case events.Validation():
            yield from _judged("validation", event.step, event.validation)
        case events.Watched():
            yield from (Number(name, "", event.step, value) for name, value in watched(event).items())
        case events.Finished() | events.Stopped():
            yield from _judged("test", event.step, event.test)
        case _:
            pass


def _judged(part: str, step: int, metrics: Metrics) -> Iterator[Number]:
    return (Number(_plain(name), part, step, value) for name, value in metrics.items())


def watched(event: events.Watched) -> dict[str, float]:
    """What is seen of the training as a whole, by the names that it has in copies; memory in bytes."""
    seen = {"gradient_norm": event.gradient, "memory": event.memory, "device_memory": event.device_memory}
    return {name: value for name, value in seen.items() if value}


def thinned(steps: Sequence[int], values: Sequence[float]) -> Points:
    """The values of a line of the log at their steps or, of many, the means of `POINTS_EACH` groups at their last."""
    if len(steps) <= POINTS_EACH:
        return list(zip(steps, values, strict=True))
    ends = np.linspace(0, len(steps), POINTS_EACH + 1).astype(int)
    pairs = zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    return [(steps[last - 1], float(np.mean(values[first:last]))) for first, last in pairs]


def _plain(name: str) -> str:
    """The name of a metric in letters that all take: ``iou.road``."""
    return name.replace(":", ".")


def settings_of(project: Project) -> dict[str, str]:
    """The settings of data and training by their paths, as texts."""
    found = {"dataset": project.data.dataset.title}
    for name in type(project.training).__struct_fields__:
        value = getattr(project.training, name)
        if isinstance(value, Spec):
            found[name] = value.title
            found |= {f"{name}.{inner}": str(getattr(value, inner)) for inner in type(value).__struct_fields__}
        elif isinstance(value, tuple):
            found[name] = ", ".join(each.title for each in value if isinstance(each, Spec))
        else:
            found[name] = str(value)
    return found
