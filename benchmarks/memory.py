"""What a table larger than the memory that may be taken needs of it: a CSV of 2 GB, from opening to the final test.

``python benchmarks memory``: an engine process that opens the file, shows it and examines it, and a trainer that begins
with nothing prepared. RSS is what the system counts: what a process made for itself, and pages of files, its libraries
among them. With a folder (``python -m benchmarks.memory FOLDER``) the CSV is left there for the next time. Exit status
1 where a limit is not kept.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
from msgspec.structs import replace

from benchmarks._session import ROOT, Measured, print_rows, private_home

BYTES = 2_000_000_000
AT_ONCE = 250_000
NUMBERS = 17
MEGABYTES = 1000
EPOCHS, BATCH = 2, 1024
BETWEEN_LOOKS = 0.01


class Peak(NamedTuple):
    """The most that a process held, in bytes: in all, and of it what was no page of a file; and the seconds."""

    whole: int
    own: int
    seconds: float


def main() -> int:
    """Measures and prints a table, or does what one of its processes does."""
    if len(sys.argv) > 2:
        {"look": look, "train": train}[sys.argv[1]](*map(Path, sys.argv[2:]))
        return 0
    with private_home() as home:
        return print_rows(rows(Path(sys.argv[1]) if len(sys.argv) == 2 else home, home))


def rows(folder: Path, home: Path) -> Iterator[Measured]:
    """The table, measured one after the other."""
    path, project = folder / "large.csv", home / "project.loom"
    if not path.is_file():
        write(path)
    yield Measured(f"A CSV of {path.stat().st_size / 1e9:.2f} GB, 20 columns", "", "", True)
    yield from told("engine process", watched("look", path, project))
    for kept in home.rglob("decoded/*"):
        kept.unlink()
    yield from told("trainer", watched("train", project, home / "run"))


def told(process: str, stages: "dict[str, Peak]") -> Iterator[Measured]:
    """A row for each stage of a process."""
    for stage, peak in stages.items():
        megabytes = peak.whole / 1e6
        words = f"{megabytes:,.0f} MB, {peak.own / 1e6:,.0f} its own, {peak.seconds:,.0f} s"
        yield Measured(f"{process}: {stage}", words, f"≤ {MEGABYTES:,} MB", megabytes <= MEGABYTES)


def write(path: Path) -> None:
    """Numbers of several kinds, two columns of words, and a class that follows from them, until it is large enough."""
    import pyarrow as pa
    from pyarrow import csv

    drawn = np.random.default_rng(0)
    words = pa.array(["north", "south", "east", "west", "middle"])
    names = pa.array([f"kind {number}" for number in range(40)])
    with path.open("wb") as file:
        while file.tell() < BYTES:
            columns = {
                f"x{place}": np.round(drawn.normal(0, 10 ** (place % 4), AT_ONCE), 4) for place in range(NUMBERS)
            }
            columns["x3"] = drawn.integers(0, 100_000, AT_ONCE)
            columns |= {"region": words.take(pa.array(drawn.integers(0, 5, AT_ONCE)))}
            columns |= {"kind": names.take(pa.array(drawn.integers(0, 40, AT_ONCE)))}
            columns["label"] = (columns["x0"] + columns["x4"] > 0).astype(np.int64)
            options = csv.WriteOptions(include_header=file.tell() == 0)
            csv.write_csv(pa.table(columns), file, options)


def watched(process: str, *paths: Path) -> dict[str, Peak]:
    """The most memory that each stage of a process took: it prints the name of each as it begins."""
    command = [sys.executable, "-m", "benchmarks.memory", process, *map(str, paths)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    found, stage = dict[str, Peak](), ["start"]
    watching = threading.Thread(target=_watch, args=(child, stage, found))
    watching.start()
    assert child.stdout is not None
    for line in child.stdout:
        stage[0] = line.strip()
    status = child.wait()
    watching.join()
    if status:
        raise SystemExit(f"The process “{process}” failed.")
    return found


def _watch(child: "subprocess.Popen[str]", stage: list[str], found: dict[str, Peak]) -> None:
    watched, begun, name = psutil.Process(child.pid), time.perf_counter(), stage[0]
    while child.poll() is None:
        if name != stage[0]:
            name, begun = stage[0], time.perf_counter()
        before = found.get(name, Peak(0, 0, 0))
        try:
            memory = watched.memory_info()
        except psutil.Error:
            return
        own = memory.rss - getattr(memory, "shared", 0)
        seconds = time.perf_counter() - begun
        found[name] = Peak(max(before.whole, memory.rss), max(before.own, own), seconds)
        time.sleep(BETWEEN_LOOKS)


def look(path: Path, project: Path) -> None:
    """What the engine process does for one who opens the file, looks at it, has it examined and designs a network."""
    from engine import looking
    from engine.analysis import analyse
    from engine.datasets.files import open_data
    from engine.doctor import examine
    from engine.looking.view import Query
    from engine.project import save
    from engine.proposing import fitting, proposed
    from engine.worker import warm_up

    warm_up()
    _say("opens the file")
    data = fitting(open_data(str(path)))
    _say("reads it, to be looked at")
    _to_the_end(looking.opened(data))
    _say("describes all columns")
    _to_the_end(looking.overview(data))
    _say("sorts by a column")
    looking.rows(data, Query(sort="x5", descending=True))
    _say("examines it")
    _to_the_end(examine(data))
    _say("analyses a network for it")
    designed = proposed(replace(data, loading="stream"))
    analyse(designed)
    save(replace(designed, training=replace(designed.training, epochs=EPOCHS, batch_size=BATCH)), project)


def train(project: Path, folder: Path) -> None:
    """What a trainer does, from nothing prepared to the final test."""
    from engine import console, events
    from engine.project import load
    from engine.runs import Run
    from engine.trainer import record
    from engine.trainer import train as training

    console.warm_up()
    run = Run.create(folder, load(project))
    _say("brings the rows onto the disk")
    for event in record(run, training(run)):
        if isinstance(event, events.Loading) and event.message.startswith("Reading"):
            _say("divides and fits them")
        elif isinstance(event, events.Started):
            _say(f"trains {EPOCHS} epochs, with validation and test")
        elif isinstance(event, events.Failed):
            raise SystemExit(event.message)


def _say(stage: str) -> None:
    print(stage, flush=True)


def _to_the_end(items: Iterator[object]) -> None:
    for _ in items:
        pass


if __name__ == "__main__":
    raise SystemExit(main())
