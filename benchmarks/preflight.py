"""What a pre-flight predicts against what then happens: seconds of an epoch, memory, and the time left after a tenth.

``python benchmarks preflight``, or ``python -m benchmarks.preflight NAME …`` for some templates. Each is tried out and
then trained, each in a process of its own, one right after the other. A ratio is what was predicted divided by what
happened. Exit status 1 where one is not kept.
"""

import json
import math
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchmarks._session import ROOT, Measured, print_rows, private_home

NAMES = (
    *("xor", "digits", "iris", "diabetes", "spirals", "breast-cancer", "two-layer-classifier", "lstm"),
    *("mnist-mlp", "mnist-cnn", "cifar10-cnn", "titanic", "california-housing", "shakespeare-pieces"),
)
SECONDS = 12.0
"""About how long each is trained, but for two epochs."""
FEWEST = 2
OFF, LEFT_OFF = 0.25, 0.15
"""How far a prediction may be from what happens; and the time left after a tenth of the training."""
BETWEEN_LOOKS = 0.01
MEGABYTE = 1e6


class Seen(NamedTuple):
    """What was predicted, and what happened."""

    predicted: dict[str, float]
    seconds: float
    memory: float
    left: float
    truly_left: float


def main() -> int:
    """Measures and prints a table, or does what one of its processes does."""
    if sys.argv[1:2] == ["try"]:
        print(json.dumps(tried(Path(sys.argv[2]))))
        return 0
    with private_home() as home:
        return print_rows(rows(sys.argv[1:] or NAMES, home))


def rows(names: Any, home: Path) -> Iterator[Measured]:
    """Three rows for each template."""
    from engine.project import save
    from engine.templates import template

    for name in names:
        path = home / f"{name}.loom"
        save(template(name).project, path)
        seen = compared(path, home / name)
        yield ratio(f"{name}: seconds of an epoch", seen.predicted["seconds_per_epoch"], seen.seconds, 1, "s", OFF)
        memory = seen.predicted["memory_bytes"]
        yield ratio(f"{name}: memory", memory, seen.memory, MEGABYTE, "MB", OFF)
        yield ratio(f"{name}: time left after a tenth", seen.left, seen.truly_left, 1, "s", LEFT_OFF)


def ratio(what: str, predicted: float, happened: float, unit: float, unit_name: str, off: float) -> Measured:
    """A row of the table."""
    found = predicted / happened
    words = f"{predicted / unit:.3g} predicted, {happened / unit:.3g} {unit_name}: ratio {found:.2f}"
    return Measured(what, words, f"{1 - off:.2f} to {1 + off:.2f}", abs(found - 1) <= off)


def compared(path: Path, run: Path) -> Seen:
    """Tries a project out, then trains it."""
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.preflight", "try", str(path)], cwd=ROOT, check=True, capture_output=True
    )
    predicted = json.loads(answer.stdout.splitlines()[-1])
    epochs = max(FEWEST, math.ceil(SECONDS / predicted["seconds_per_epoch"]))
    words = ["train", str(path), "--run", str(run), "--epochs", str(epochs), "--json"]
    process = subprocess.Popen([sys.executable, "main.py", *words], cwd=ROOT, stdout=subprocess.DEVNULL)
    memory = highest(process)
    return Seen(predicted, *happened(run), *left(run))._replace(memory=memory)


def tried(path: Path) -> dict[str, float]:
    """The estimate of a pre-flight."""
    import msgspec

    from engine.datasets.dataset import outcome
    from engine.preflight import preflight
    from engine.project import load

    return msgspec.to_builtins(outcome(preflight(load(path))).estimate)


def highest(process: "subprocess.Popen[bytes]") -> float:
    """The most that a process held until its end, in bytes."""
    most, watched = 0.0, psutil.Process(process.pid)
    while process.poll() is None:
        try:
            most = max(most, watched.memory_info().rss)
        except psutil.Error:
            break
        time.sleep(BETWEEN_LOOKS)
    process.wait()
    return most


def happened(run: Path) -> tuple[float, float]:
    """The seconds of an epoch, and room for the memory."""
    from engine.events import Epoch
    from engine.runs import Run

    seconds = [event.seconds for event in Run(run).events() if isinstance(event, Epoch)]
    return sum(seconds) / len(seconds), 0.0


def left(run: Path) -> tuple[float, float]:
    """The time left as it was told after a tenth of the training, and as it was."""
    from engine.events import Finished
    from engine.pace import Pace
    from engine.runs import Run

    events = Run(run).events()
    end = next(event for event in events if isinstance(event, Finished))
    pace = Pace()
    for event in events:
        pace.take(event)
        if pace.share >= 0.1 and (seconds := pace.seconds_left(event.time)) is not None:
            return seconds, end.time - event.time
    raise AssertionError("the training was too short")


if __name__ == "__main__":
    raise SystemExit(main())
