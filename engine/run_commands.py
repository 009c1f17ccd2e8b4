"""What the command line does with runs that are there: steers them, forks them, lists them as the tree they are."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from engine.commands import Answer, changes_of, check_code, open_run, trained
from engine.errors import RunError, UsageError
from engine.events import Advance, AnyCommand, Pause, Resume, SaveCheckpoint, Set, Stop
from engine.forking import fork, point_at
from engine.metrics import in_words
from engine.runs import Result, Run, new_run_path, runs_in, tree_of
from engine.steering import Change, as_trained, steered
from engine.waypoints import Point, owner, points_of


def steer_run(options: argparse.Namespace) -> Answer:
    """Asks something of a training that is under way."""
    run = open_run(options.run)
    if run.result().status != "running":
        fix = f"To go on with it: layerloom train {run.path}, with --set for other settings."
        raise RunError(f"{run.name} is not being trained.", fix=fix)
    asked = list(_asked(run, options))
    if not asked:
        raise UsageError("There is nothing to ask of it.", expected="Say --pause, --resume, --set PATH=VALUE …")
    for command in asked:
        run.send(command)
    words = f"{run.name} does so after its current step. To see it: layerloom attach {run.path}"
    return Answer({"run": str(run.path), "asked": msgspec.to_builtins(asked)}, [words])


def _asked(run: Run, options: argparse.Namespace) -> Iterator[AnyCommand]:
    """The commands, in the order in which they make sense. Raises `SettingError`, `ProjectError`."""
    design = as_trained(run)
    for path, value in changes_of(options):
        design = steered(design, path, value)
        yield Set(path, value)
    wishes = {"checkpoint": SaveCheckpoint(), "pause": Pause(), "resume": Resume(), "one_step": Advance("step")}
    wishes |= {"one_epoch": Advance("epoch"), "stop_after_epoch": Stop("epoch"), "stop": Stop()}
    yield from (command for name, command in wishes.items() if getattr(options, name))


def fork_run(options: argparse.Namespace) -> Answer:
    """Trains a new run that goes on from a checkpoint of another."""
    from engine.taking_up import check_there

    run = open_run(options.source)
    if options.points:
        return _listed(points_of(run))
    if options.epoch is not None and options.step is not None:
        raise UsageError("Give --epoch or --step, not both.", expected="Either names the checkpoint to fork from.")
    point = point_at(run, epoch=options.epoch, step=options.step)
    run = owner(run, point)
    check_code(options, run.project())
    check_there(run.project(), has_begun=True)
    folder = options.run or new_run_path(run.path.resolve().parent, f"{run.name}-fork")
    changes = [Change(path, value) for path, value in changes_of(options)]
    forked = fork(run, point, folder, changes)
    answer = trained(forked, {}, options)
    document = {**answer.document, "parent": str(run.path), "epoch": point.epoch, "step": point.step}
    return Answer(document, [f"Forked from {run.name} {_in_words(point)}.", *answer.lines])


def _listed(points: list[Point]) -> Answer:
    document = [{"epoch": point.epoch, "step": point.step} for point in points]
    return Answer(document, [_in_words(point) for point in points])


def _in_words(point: Point) -> str:
    if point.file is None:
        return "from its beginning"
    return f"after epoch {point.epoch:,}, step {point.step:,}"


def list_runs(options: argparse.Namespace) -> Answer:
    """The runs of a folder, the newest first, and below each those that were forked from it."""
    found = [(run, depth, run.result_or_fault()) for run, depth in tree_of(list(runs_in(options.folder)))]
    return Answer([_record(run, result) for run, _, result in found], list(_lines(found, options.folder)))


def _record(run: Run, result: Result) -> dict[str, Any]:
    origin = run.origin()
    return {
        "run": str(run.path),
        "status": result.status,
        "epochs": result.epochs,
        "validation": result.validation,
        "test": result.test,
        "parent": origin.parent if origin else None,
        "forked_at": {"epoch": origin.epoch, "step": origin.step} if origin else None,
    }


def _lines(found: list[tuple[Run, int, Result]], folder: Path) -> Iterator[str]:
    if not found:
        yield f"There are no runs in {folder}."
    names = ["  " * depth + ("└ " if depth else "") + run.name for run, depth, _ in found]
    width = max(map(len, names), default=0)
    for name, (run, _, result) in zip(names, found, strict=True):
        origin = run.origin()
        place = f"  from epoch {origin.epoch:,}" if origin else ""
        outcome = in_words(result.test or result.validation) or result.message
        status = "paused" if result.waits else result.status
        epochs = f"{result.epochs:>6,} epoch{' ' if result.epochs == 1 else 's'}"
        yield f"{name:{width}}  {status:11} {epochs}  {outcome}{place}".rstrip()
