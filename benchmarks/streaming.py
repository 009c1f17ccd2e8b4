"""Data larger than memory: how soon the first batch comes, what the process needs, how much slower it is than memory.

``python benchmarks streaming``. 20 GB of rows lie in a sparse file, which takes no room on the disk; a network trains a
fixed number of steps on them, which draw from all over the file as those of a whole epoch do. The same network then
trains on rows that fit, from memory and from the disk. Exit status 1 where a limit is not kept. Figures of memory
are those of the process that trains: RSS counts what it holds, without the pages that the system keeps of files.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks._session import ROOT, Measured, print_rows, private_home

LARGE = (2_500_000, 2048)
SMALL = (30_000, 784)
ROUNDS = 5
CLASSES = 10
BATCH = 128
STEPS = 4000
"""On the large file: about 4 GB of it, hundreds of buffers one after the other. A whole epoch is five times as long."""


def main() -> int:
    """Measures and prints a table."""
    if len(sys.argv) > 1:
        print(json.dumps(train(Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:]))))
        return 0
    with private_home(), tempfile.TemporaryDirectory(prefix="layerloom-benchmark-") as folder:
        return print_rows(rows(Path(folder)))


def rows(folder: Path) -> Iterator[Measured]:
    """The table, measured one after the other."""
    size = LARGE[0] * LARGE[1] * 4
    if size > psutil.disk_usage(str(folder)).total:
        raise SystemExit("The disk is too small even for a sparse file of 20 GB.")
    large, small = made(folder / "large", LARGE, sparse=True), made(folder / "small", SMALL, sparse=False)
    streamed = measured(large, "stream", 1, STEPS)
    yield Measured(
        f"{size / 1e9:.0f} GB of rows: from reading to the first step", f"{streamed['first']:.2f} s", "", True
    )
    wait = streamed["batch"]
    yield Measured("  of which the first batch", f"{wait:.2f} s", "≤ 2 s", wait <= 2)
    peak = streamed["peak"] / 1e6
    yield Measured("  largest RSS of the process", f"{peak:,.0f} MB", "≤ 1,000 MB", peak <= 1000)
    yield Measured("  largest USS of the process", f"{streamed['uss'] / 1e6:,.0f} MB", "", True)
    speed = streamed["steps"] * BATCH / streamed["seconds"]
    words = f"  rows a second, over {streamed['steps']:,.0f} steps from all over the file"
    yield Measured(words, f"{speed:,.0f}", "", True)
    both = [(measured(small, "memory", 3), measured(small, "stream", 3)) for _ in range(ROUNDS)]
    fastest = [min(each[way]["seconds"] for each in both) for way in (0, 1)]
    share = fastest[0] / fastest[1]
    yield Measured("Speed from the disk, where memory is 1 (94 MB)", f"{share:.2f}", "≥ 0.8", share >= 0.8)


def made(folder: Path, shape: tuple[int, int], *, sparse: bool) -> Path:
    """Rows and their labels, in a folder; of a sparse file nothing but zeros can be read."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, shape[0])
    labels[:CLASSES] = np.arange(CLASSES)
    values = np.lib.format.open_memmap(folder / "x.npy", "w+", np.float32, shape)
    if not sparse:
        values[:] = rng.random(shape, np.float32) + labels[:, None] / CLASSES
    del values
    np.save(folder / "y.npy", labels)
    return folder


def measured(folder: Path, loading: str, epochs: int, steps: int = 0) -> dict[str, float]:
    """What `train` finds in a process of its own, whose memory is watched from here."""
    command = [sys.executable, "-m", "benchmarks.streaming", str(folder), loading, str(epochs), str(steps)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    watched, peak, uss = psutil.Process(process.pid), 0, 0
    while process.poll() is None:
        try:
            found = watched.memory_full_info()
            peak, uss = max(peak, found.rss), max(uss, found.uss)
        except psutil.Error:
            break
        time.sleep(0.1)
    assert process.stdout is not None
    told = process.stdout.read().strip().splitlines()
    process.wait()
    return {**json.loads(told[-1]), "peak": peak, "uss": uss}


def train(folder: Path, loading: Any, epochs: int, most: int = 0) -> dict[str, float]:
    """Trains a small network, so many steps of an epoch at most (0: all). Answers the seconds to the first step, of its
    batch alone, and of all epochs but the first, and how many steps an epoch has.
    """
    from engine.batches import Batches
    from engine.data import Data
    from engine.datasets.arrays import stored
    from engine.datasets.files import open_data
    from engine.events import Epoch, Started
    from engine.graph import Graph
    from engine.layers import Input, Linear, Output, ReLU
    from engine.losses import CrossEntropy
    from engine.optimizers import Adam
    from engine.project import Project
    from engine.runs import Run
    from engine.stretch import Stretch
    from engine.trainer import train as training
    from engine.training import Training
    from engine.workbench import Workbench

    # Those that fit are read here as well as mapped, so that only where the samples lie makes a difference.
    stored.MAPPED_FROM = 1
    network = Graph.chain(Input(), Linear(128), ReLU(), Linear(CLASSES), Output())
    data = Data(open_data(str(folder)), loading=loading, validation=0.01, test=0.01)
    project = Project(network, data, Training(CrossEntropy(), Adam(), batch_size=BATCH, epochs=epochs))
    moments: dict[str, float] = {}
    pieces, whole = Stretch.pieces, Workbench.batches

    def timed(self: Stretch, batches: Batches) -> Iterator[Any]:
        begun = time.perf_counter()
        for batch in pieces(self, batches):
            moments.setdefault("batch", time.perf_counter() - begun)
            moments.setdefault("first", time.perf_counter() - start)
            yield batch

    def fewer(self: Workbench, begins: int = 0, began_with: int = 0) -> Batches:
        found = whole(self, begins, began_with)
        return found._replace(samples=min(found.samples, most * found.size)) if most else found

    Stretch.pieces = timed
    Workbench.batches = fewer
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as home:
        happening = list(training(Run.create(Path(home) / "run", project)))
    # The first epoch warms up, where there are more.
    epoch = [event for event in happening if isinstance(event, Epoch)]
    (started,) = (event for event in happening if isinstance(event, Started))
    seconds = sum(each.seconds for each in epoch[1:] or epoch)
    return {**moments, "seconds": seconds, "steps": started.steps_per_epoch}


if __name__ == "__main__":
    raise SystemExit(main())
