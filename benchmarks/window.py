"""The window while a network trains: its longest pause, the cost of watching, and how soon Train shows something.

``python benchmarks window``; it needs no display. Exit status 1 where a limit is not kept.
"""

import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks._session import ROOT, Measured, open_window, print_rows, private_home, settle, wait_for

LONGEST_PAUSE = 0.100
LEAST_SPEED = 0.95
LATEST_POINT = 1.0
HEARTBEAT_MILLISECONDS = 2
ROUNDS = 3
"""Trainings of each kind that are compared: the fastest counts, for others disturb a machine but never help it."""

EPOCHS = {"xor": 3000, "digits": 40}
"""Enough for several seconds of training each."""


def main() -> int:
    """Measures and prints a table."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with private_home() as home:
        return print_rows(measured(home))


def measured(home: Path) -> list[Measured]:
    """Every row, measured in a real window."""
    with open_window(home) as window:
        first_point = min(train(window, "digits", 3)[1] for _ in range(ROUNDS))
        _, _, pauses = train(window, "xor", 1000)
        pause, soon = max(pauses), first_point <= LATEST_POINT
        rows = [
            Measured("Train to the first point, digits", f"{first_point:.2f} s", "at most 1.0 s", soon),
            Measured("Longest pause while XOR trains", f"{1000 * pause:.0f} ms", "below 100 ms", pause < LONGEST_PAUSE),
        ]
        for name, epochs in EPOCHS.items():
            seconds = [(headless(home, name, epochs), train(window, name, epochs)[0]) for _ in range(ROUNDS)]
            speed = min(alone for alone, _ in seconds) / min(watched for _, watched in seconds)
            words = f"Speed with the window watching, {name} ({epochs:,} epochs)"
            rows.append(Measured(words, f"{speed:.3f}", "at least 0.95", speed >= LEAST_SPEED))
    return rows


def train(window: Any, name: str, epochs: int) -> tuple[float, float, list[float]]:
    """Trains a template in the window. Answers the seconds of training, those to the first point, and the pauses."""
    from PySide6.QtCore import Qt, QTimer

    from engine.events import Steps
    from engine.templates import template

    window.documents.show_project(template(name).project.with_value("training.epochs", epochs))
    settle()
    points: list[float] = []
    beats: list[float] = []

    def note(events: list[object]) -> None:
        points.extend(time.perf_counter() for event in events if isinstance(event, Steps))

    heart = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=HEARTBEAT_MILLISECONDS)
    heart.timeout.connect(lambda: beats.append(time.perf_counter()))
    window.training.events.connect(note)
    begun = time.perf_counter()
    heart.start()
    _, result = wait_for(window.training.ended, window.runs.train)
    heart.stop()
    window.training.events.disconnect(note)
    settle()
    pauses = [after - before for before, after in pairwise(beats)]
    return result.seconds, points[0] - begun, pauses


def headless(home: Path, name: str, epochs: int) -> float:
    """The seconds of the same training from the command line, with no window at it."""
    from engine.runs import Run
    from engine.templates import template

    project = template(name).project.with_value("training.epochs", epochs)
    run = Run.create(home / f"headless-{name}-{time.time_ns()}", project)
    subprocess.run(
        [sys.executable, ROOT / "main.py", "train", run.path], check=True, stdout=subprocess.DEVNULL, cwd=ROOT
    )
    return run.result().seconds


if __name__ == "__main__":
    raise SystemExit(main())
