"""Runs for tests to train, and what their events come to."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import torch

from engine import checkpoints
from engine.events import AnyCommand, Event, Steps
from engine.project import Project
from engine.runs import Run
from engine.trainer import record, train

ROOT = Path(__file__).parent.parent.parent
Kind = TypeVar("Kind", bound=Event)


def trained(folder: Path, project: Project, *, resume: bool = False) -> tuple[Run, list[Event]]:
    """A run trained to its end in this process, and its events."""
    run = Run.open(folder) if resume else Run.create(folder, project)
    return run, list(record(run, train(run, resume)))


def only(kind: type[Kind], happening: Iterable[object]) -> list[Kind]:
    """The events of one kind."""
    return [event for event in happening if isinstance(event, kind)]


def losses(happening: Iterable[object]) -> dict[int, float]:
    """The loss of each step; of a step that was trained twice, the later one."""
    return {step: loss for line in only(Steps, happening) for step, loss in zip(line.step, line.loss, strict=True)}


def started(*words: str, stdin: int | None = None) -> subprocess.Popen[str]:
    """The program with these words, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), *words],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def told(run: Run, at: int, *commands: AnyCommand, resume: bool = False) -> list[Event]:
    """Trains a run and sends it commands once so many steps are written down."""
    seen: list[Event] = []
    waiting = list(commands)
    for event in record(run, train(run, resume)):
        seen.append(event)
        if isinstance(event, Steps) and event.step[-1] >= at:
            while waiting:
                run.send(waiting.pop(0))
    return seen


def assert_same_weights(run: Run, other: Run) -> None:
    """Both came to the same weights, bit for bit."""
    for checkpoint in ("best", "last"):
        first, second = (checkpoints.read_weights(each, checkpoint) for each in (run, other))
        assert all(torch.equal(first[name], second[name]) for name in first)
