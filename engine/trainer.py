"""Training, as a generator of events. The window, the command line and a cluster all run this one."""

import logging
import time
from collections.abc import Generator, Iterator, Mapping
from typing import Any

import msgspec

from engine import checkpoints, events, waiting
from engine.checkpoints import State
from engine.copying import beside
from engine.disk import sweep
from engine.errors import LayerloomError, RunError, TrainingError
from engine.events import AnyCommand, Event
from engine.ledger import DivergedError
from engine.loading import brought
from engine.measure import in_short
from engine.project import Project
from engine.recording import record
from engine.runs import LogReader, Run, unwritable
from engine.shortage import is_shortage
from engine.steering import noted, steered
from engine.stretch import BEFORE, Stretch
from engine.workbench import tiny_numbers_as_zero
from engine.written import at_work

FETCH_SECONDS = 0.05
"""Between two words on how far the samples are, and two looks at the commands meanwhile."""

__all__ = ["record", "train"]

STOP = events.Stop()
logger = logging.getLogger(__name__)


def train(
    run: Run, resume: bool = False, commands: LogReader | None = None, changes: Mapping[str, Any] | None = None
) -> Iterator[Event]:
    """Trains a run, or goes on from its last checkpoint. Each event is already what belongs in the log.

    ``commands`` is `Run.commands` as taken before a slow start. ``changes`` are settings that may change between two
    stretches of a training, by their paths (see `engine.steering`). What goes wrong in training is the event `Failed`.
    Raises `RunError` where another trainer is at work or nothing is left to do, and `SettingError` for changes.
    """
    commands = commands or run.commands()
    with run.trained_alone():
        for folder in (run.path, run.path / "checkpoints", run.path / "artifacts"):
            sweep(folder)
        state = checkpoints.read_state(run) if resume and run.has_checkpoint() else State()
        project = _with_changes(run, state, changes or {})
        try:
            with at_work(), tiny_numbers_as_zero(), waiting.adapted():
                yield from _trained(run, project, state, commands, changes or {})
        except DivergedError as fault:
            yield _failed(fault, fault.step)
        except LayerloomError as fault:
            yield _failed(fault, state.step)
        except OSError as fault:
            yield _failed(unwritable(run.path, fault), state.step)
        except (MemoryError, RuntimeError, ValueError) as fault:
            # torch has no exceptions of its own.
            logger.exception("training failed")
            yield _failed(_worded(fault), state.step)


def _with_changes(run: Run, state: State, changes: Mapping[str, Any]) -> Project:
    """The run's project with the changes of its last stretch and these. Raises `RunError`, `SettingError`."""
    project = run.project()
    for path, value in state.changes.items():
        project = steered(project, path, value)
    changed = project
    for path, value in changes.items():
        # Refused here where it cannot be; made, and written down, once training goes on.
        changed = steered(changed, path, value)
    if state.ended:
        if not any(path.startswith(("training.stops", "training.epochs")) for path in changes):
            words = f"{run.name} is finished: {state.ended}"
            raise RunError(words, fix="To go on, give it other rules, such as “--set training.stops=[]”.")
        state.ended, state.waiting = "", {}
    if state.step and state.epoch >= changed.training.epochs and run.result().status == "finished":
        raise RunError(
            f"{run.name} is finished: all its {state.epoch:,} epochs are trained.",
            fix=f"To go on, give it more of them, such as “--epochs {2 * state.epoch}”.",
        )
    for path in changes.keys() & BEFORE:
        state.changes = noted(state.changes, path, changes[path])
        project = steered(project, path, changes[path])
    return project


def _trained(
    run: Run, project: Project, state: State, commands: LogReader, changes: Mapping[str, Any]
) -> Iterator[Event]:
    """Brings the samples, then trains."""
    early = yield from _fetched(project, commands)
    if STOP in early:
        yield events.Stopped(
            time=time.time(), epoch=state.epoch, step=state.step, seconds=state.seconds, validation={}, test={}
        )
        return
    asked = [events.Set(path, value) for path, value in changes.items() if path not in BEFORE]
    stretch = Stretch(run, project, state, commands, [*asked, *early])
    yield from beside(run, project, stretch.happening())


def _fetched(project: Project, commands: LogReader) -> Generator[Event, None, list[AnyCommand]]:
    """Brings the samples to this machine, unless told to stop; returns the commands that came meanwhile."""
    dataset, early, due = project.data.dataset, list[AnyCommand](), 0.0
    for progress in brought(dataset, project.data.loading):
        if time.monotonic() < due:
            continue
        due = time.monotonic() + FETCH_SECONDS
        yield events.Loading(time=time.time(), **msgspec.structs.asdict(progress))
        early += commands.read()
        if STOP in early:
            return early
    yield events.Loading(time=time.time(), message=f"Reading {dataset.title}")
    return early + commands.read()


def _failed(fault: LayerloomError, step: int) -> Event:
    return events.Failed(
        time=time.time(),
        message=fault.message,
        cause=fault.expected,
        fix=fault.fix,
        step=step,
        offers=fault.offers if isinstance(fault, TrainingError) else (),
    )


def _worded(fault: Exception) -> TrainingError:
    """A failure of torch in words that help."""
    if is_shortage(fault):
        return TrainingError(
            "There is not enough memory for this training.",
            expected=f"PyTorch says: {in_short(fault)}.",
            fix="Try a smaller batch size or a smaller network, or train on another device.",
        )
    return TrainingError(
        "PyTorch could not go on.",
        expected=f"It says: {in_short(fault)}.",
        fix="The last checkpoint is untouched. Try another device, or change the network.",
    )
