"""Forks: a run that goes on from a checkpoint of another, with everything that belongs to it, as a run of its own."""

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import msgspec
from msgspec.structs import replace

from engine.errors import LayerloomError, RunError
from engine.events import Changed, Epoch, Event, Forked, LearningRate, Started, Steps, Validation
from engine.foreign import content_of
from engine.project import Project, write_atomically
from engine.runs import ORIGIN, Origin, Run, unwritable
from engine.steering import Change, steered, value_at
from engine.waypoints import Point, nearest, owner, points_of, step_of

KEPT = (Started, Epoch, Validation, LearningRate, Changed)
"""Of what has happened, beside the steps, what a fork shares with the run it comes from."""


def point_at(run: Run, *, epoch: int | None = None, step: int | None = None) -> Point:
    """The point of a run nearest to the end of an epoch, or to a step; without either its last checkpoint."""
    points = points_of(run)
    if step is None and epoch is None:
        return points[-1]
    if step is not None:
        return nearest(points, step)
    return min(points, key=lambda point: (abs(point.epoch - (epoch or 0)), point.step))


def design_at(run: Run, point: Point) -> Project:
    """What a run trained at that point, with what had been changed by then. Raises `ProjectError`."""
    project = owner(run, point).project()
    for path, value in point.changes.items():
        project = project.with_value(path, value)
    return project


def fork(run: Run, point: Point, path: Path, changes: Sequence[Change] = ()) -> Run:
    """A new run in a folder that goes on from a point of another: weights, optimizer, schedule, means and random
    numbers are those of the point. The changes are made before its first step. What a run has from the one that it was
    forked from is forked from there. Raises `RunError`, `SettingError`.
    """
    run = owner(run, point)
    project, made = design_at(run, point), list[Change]()
    for change in changes:
        before = value_at(project, change.path)
        project = steered(project, change.path, change.value)
        made.append(Change(change.path, change.value, before))
    if point.file is None:
        forked = Run.create(path, project)
        _note_origin(forked, run, point)
        return forked
    forked = Run.create(path, run.project())
    try:
        _take_along(run, point, forked)
        _write_log(forked, chain(_shared(run, point), _begun(run, point, made)))
        _note_origin(forked, run, point)
    except (OSError, LayerloomError) as fault:
        shutil.rmtree(path, ignore_errors=True)
        raise fault if isinstance(fault, LayerloomError) else unwritable(path, fault) from None
    return forked


def _take_along(run: Run, point: Point, forked: Run) -> None:
    assert point.file is not None
    checkpoints = forked.path / "checkpoints"
    shutil.copyfile(point.file, checkpoints / "last.state.safetensors")
    for name in ("environment.json", "preprocessing.json"):
        if (run.path / name).exists():
            (forked.path / name).write_bytes(_content(run.path / name))
    best = step_of(run.path / "checkpoints" / "best.safetensors")
    if best is not None and best <= point.step:
        shutil.copyfile(run.path / "checkpoints" / "best.safetensors", checkpoints / "best.safetensors")


def _content(file: Path) -> bytes:
    try:
        return content_of(file)
    except OSError as fault:
        words = f"{file} cannot be read: {fault.strerror}."
        raise RunError(words, fix="Fork the run from its beginning, or train it anew.") from None


def _shared(run: Run, point: Point) -> Iterator[Event]:
    """What has happened up to a point. A change right there belongs to it if the checkpoint has it."""
    for event in chain.from_iterable(run.follow().parts()):
        if isinstance(event, Steps):
            count = sum(step <= point.step for step in event.step)
            metrics = {name: values[:count] for name, values in event.metrics.items()}
            if count:
                yield replace(event, step=event.step[:count], loss=event.loss[:count], metrics=metrics)
        elif isinstance(event, Changed) and event.step == point.step:
            if point.changes.get(event.path) == event.value:
                yield event
        elif isinstance(event, KEPT) and event.step <= point.step:
            yield event


def _begun(run: Run, point: Point, changes: Iterable[Change]) -> Iterator[Event]:
    now = time.time()
    yield Forked(time=now, parent=run.name, epoch=point.epoch, step=point.step)
    for change in changes:
        yield Changed(time=now, step=point.step, path=change.path, value=change.value, before=change.before)


def _write_log(run: Run, events: Iterable[Event]) -> None:
    def write(file: Path) -> None:
        with file.open("wb") as opened:
            opened.writelines(msgspec.json.encode(event) + b"\n" for event in events)

    write_atomically(run.log, write)


def _note_origin(forked: Run, run: Run, point: Point) -> None:
    origin = msgspec.json.encode(Origin(run.name, point.epoch, point.step))
    try:
        write_atomically(forked.path / ORIGIN, lambda file: file.write_bytes(origin))
    except OSError as fault:
        raise unwritable(forked.path, fault) from None
