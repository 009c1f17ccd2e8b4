"""Many runs and long ones: how soon the list of runs stands, how soon a curve of millions of points is drawn, and how
long the window does not answer meanwhile.

``python benchmarks runs [STEPS]``; it needs no display. Exit status 1 where a limit is not kept.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks._session import Measured, open_window, print_rows, private_home, settle

STEPS = 10_000_000
RUNS = 50
EACH = 1000
"""Steps in a line of the log, as of a small network."""
HEARTBEAT_MILLISECONDS = 2
LIST_SECONDS, CURVE_SECONDS = 0.5, 1.0
LONGEST_PAUSE = 0.1
FRAMES = 30
ROUNDS = 3
"""Of each: the fastest counts, for others disturb a machine but never help it."""


def main(steps: int) -> int:
    """Measures and prints a table."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with private_home() as home:
        return print_rows(measured(home, steps))


def measured(home: Path, steps: int) -> Iterator[Measured]:
    """Every row, in a real window."""
    from engine import digest
    from gui.settings import runs_folder

    folder = runs_folder()
    for number in range(RUNS):
        written(folder / f"many-{number:02d}", steps // RUNS)
    long = written(home / "long", steps)
    log, kept = long.log.stat().st_size, (long.path / digest.NAME).stat().st_size
    yield Measured(
        f"A log of {steps:,} steps, and what is kept of it", f"{log / 1e6:.0f} and {kept / 1e6:.0f} MB", "", True
    )
    with open_window(home) as window:
        # The canvas and the plots are made for the first run that is opened, however short it is.
        short = written(home / "short", 100)
        timed(lambda: window.runs._open(short.path), lambda: shows(window, 100))
        yield from listed(window, folder, steps)
        yield from drawn(window, long.path, steps)
        yield from looked_at(window)
        yield from without_digests(window, folder, long.path, steps)


def written(path: Path, steps: int) -> Any:
    """A run of so many steps, written as a trainer writes it."""
    from engine.recording import record
    from engine.runs import Run
    from engine.templates import template

    run = Run.create(path, template("xor").project)
    for _ in record(run, happening(path.name, steps)):
        pass
    return run


def happening(name: str, steps: int) -> Iterator[Any]:
    """The events of a training of a hundred epochs."""
    import numpy as np

    from engine.events import Epoch, Finished, Started, Steps

    generator, epochs = np.random.default_rng(0), 100
    sizes = {"train_samples": 4, "validation_samples": 0, "test_samples": 0}
    yield Started(
        time=time.time(), run=name, pid=0, device="cpu", epochs=epochs, steps_per_epoch=steps // epochs, **sizes
    )
    for first in range(1, steps + 1, EACH):
        numbers = np.arange(first, min(first + EACH, steps + 1))
        loss = 2 * np.exp(-3 * numbers / steps) + 0.05 * generator.random(len(numbers))
        hits = generator.integers(0, 5, len(numbers)) / 4
        epoch = (first - 1) * epochs // steps + 1
        yield Steps(
            time=time.time(),
            epoch=epoch,
            step=numbers.tolist(),
            loss=loss.astype(np.float32).tolist(),
            metrics={"accuracy": hits.tolist()},
            samples_per_second=1e5,
        )
        if numbers[-1] * epochs // steps >= epoch:
            judged = {"loss": 1 / epoch, "accuracy": 1 - 1 / epoch}
            yield Epoch(time=time.time(), epoch=epoch, step=int(numbers[-1]), train={}, validation=judged, seconds=1.0)
    yield Finished(time=time.time(), epoch=epochs, step=steps, seconds=100.0, validation=judged, test=judged)


# In the window


def listed(window: Any, folder: Path, steps: int) -> Iterator[Measured]:
    """The list of runs, from nothing to its last row."""
    seconds, pause = min(list_of(window, folder) for _ in range(ROUNDS))
    kept = seconds <= LIST_SECONDS
    yield Measured(f"{RUNS} runs, {steps:,} steps: the list stands", f"{1000 * seconds:.0f} ms", "at most 500 ms", kept)
    yield not_answering(pause)


def drawn(window: Any, path: Path, steps: int) -> Iterator[Measured]:
    """A long run, from the click to its picture."""
    window.docks["curvesDock"].raise_()
    before = resident()
    seconds, pause = min(opened(window, path, steps) for _ in range(ROUNDS))
    what = f"A run of {steps:,} steps: opened, loss and accuracy drawn"
    yield Measured(what, f"{1000 * seconds:.0f} ms", "at most 1,000 ms", seconds <= CURVE_SECONDS)
    yield not_answering(pause)
    yield Measured("  memory that the window takes more", f"{(resident() - before) / 1e6:.0f} MB", "", True)


def looked_at(window: Any) -> Iterator[Measured]:
    """What a person does with the curves then: each picture by itself."""
    curves = window.curves
    view = curves._plots[0].view
    curves._follow.setChecked(False)

    def frames(change: Callable[[int], object]) -> float:
        found = []
        for number in range(FRAMES):
            change(number)
            begun = time.perf_counter()
            curves._frame.stop()
            curves._draw()
            view.viewport().repaint()
            found.append(time.perf_counter() - begun)
        return max(found)

    last = curves._history.last_step
    for what, change in (
        (
            "moved, a tenth in view",
            lambda number: view._box.setXRange(number * last / 40, number * last / 40 + last / 10),
        ),
        (
            "zoomed from all to a thousand steps",
            lambda number: view._box.setXRange(0, last / (last / 1000) ** (number / FRAMES)),
        ),
        ("smoothing changed up to 0.99", lambda number: curves._smoothing.setValue(70 + number)),
    ):
        yield Measured(f"  {what}: longest picture", f"{1000 * frames(change):.0f} ms", "", True)
    curves._smoothing.setValue(60)
    curves.fit()


def without_digests(window: Any, folder: Path, path: Path, steps: int) -> Iterator[Measured]:
    """The same of runs that an earlier version has written, which had nothing beside their logs."""
    from engine import digest

    for file in (*folder.glob(f"*/{digest.NAME}"), path / digest.NAME):
        file.unlink()
    settle(1)
    seconds, pause = list_of(window, folder)
    yield Measured("From logs alone, as of an earlier version: the list stands", f"{1000 * seconds:.0f} ms", "", True)
    yield not_answering(pause)
    seconds, pause = opened(window, path, steps)
    yield Measured("  the long run drawn, its progress shown", f"{1000 * seconds:.0f} ms", "", True)
    yield not_answering(pause)
    again, _ = opened(window, path, steps)
    yield Measured(
        "  and opened the next time", f"{1000 * again:.0f} ms, {seconds / again:.0f} times as fast", "", True
    )


def list_of(window: Any, folder: Path) -> tuple[float, "Pause"]:
    """The seconds until the list says of every run what it came to, and has been painted since."""
    read: list[Any] = []
    runs = window.run_list
    runs._rows.show_runs([])

    def note(path: Path, _row: object) -> None:
        read.append(path)

    runs._reader.read.connect(note)

    def stands() -> bool:
        if len(read) == RUNS:
            runs.repaint()
        return len(read) == RUNS

    found = timed(lambda: runs.show_folder(folder), stands)
    runs._reader.read.disconnect(note)
    return found


def opened(window: Any, path: Path, steps: int) -> tuple[float, "Pause"]:
    """The seconds until the curves of a run are drawn, where none were."""
    window.runs.show_document()
    settle(1)
    return timed(lambda: window.runs._open(path), lambda: shows(window, steps))


def shows(window: Any, steps: int) -> bool:
    """Whether the curves reach to the last step, and have been painted since."""
    plots = window.curves._plots
    x = plots[0]._raw.getData()[0] if plots else None
    if x is None or not len(x) or x[-1] < steps:
        return False
    for plot in plots[:2]:
        plot.view.viewport().repaint()
    return True


class Pause(NamedTuple):
    """A time in which the window did not answer, and how much of it the window's thread worked: the rest of it the
    machine was busy with something else.
    """

    seconds: float
    work: float


def timed(begin: Callable[[], object], is_done: Callable[[], bool]) -> tuple[float, Pause]:
    """Begins something; answers the seconds until it is done, and the longest in which the window did not answer."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    beats: list[Pause] = []
    loop = QEventLoop()
    heart = QTimer(timerType=Qt.TimerType.PreciseTimer, interval=HEARTBEAT_MILLISECONDS)

    def beat() -> None:
        beats.append(now())
        if is_done():
            beats.append(now())
            loop.quit()

    heart.timeout.connect(beat)
    beats.append(now())
    heart.start()
    begin()
    loop.exec()
    heart.stop()
    pauses = [Pause(after.seconds - before.seconds, after.work - before.work) for before, after in pairwise(beats)]
    return now().seconds - beats[0].seconds, max(pauses)


def now() -> Pause:
    """The clock, and what this thread has worked by now."""
    return Pause(time.perf_counter(), time.thread_time())


def not_answering(pause: Pause) -> Measured:
    """The row of a pause."""
    value = f"{1000 * pause.seconds:.0f} ms, {1000 * pause.work:.0f} of work"
    kept = pause.seconds < LONGEST_PAUSE
    return Measured("  longest time in which the window did not answer", value, "below 100 ms", kept)


def resident() -> int:
    """Bytes that this process holds."""
    import psutil

    return psutil.Process().memory_info().rss


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else STEPS))
