"""Training against its peers: a plain PyTorch loop, Lightning, and Keras on TensorFlow and on PyTorch, all in one run.

``python benchmarks training``, or ``python -m benchmarks.training [WORKLOAD ...]`` for some of the networks. Layerloom
trains as a person sees it: in a process of its own, its curves streamed to an open window. Each peer trains the same
network on the same samples in a process of the environment that ``LAYERLOOM_PEERS`` names, or that is made for it in
``build/peers``. They take turns; the median of all epochs counts, but for the first of each turn. The fastest is shown
as well: others disturb a machine, but never help it. Every epoch of every one trains on all samples, judges those of
validation, and finds loss and accuracy of both. Behind each time stands what share of it Layerloom takes. Exit status 1
where a limit is not kept.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from benchmarks._session import ROOT, open_window, private_home, settle, wait_for
from benchmarks._workloads import WORKLOADS, Workload, write_samples

ROUNDS = 3
SECONDS = 2.0
"""Of each peer in a round, unless it comes to as many epochs as Layerloom before."""

SETTLE_SECONDS = 0.5
PEERS = {
    "torch": "plain PyTorch loop",
    "lightning": "Lightning",
    "keras-tensorflow": "Keras on TensorFlow",
    "keras-torch": "Keras on PyTorch",
}
WANTED = ("torch==2.13.0", "lightning==2.6.*", "keras==3.15.*", "tensorflow")
MOST_OF_RATE = 3.0
"""Times the machine's arithmetic limit that the MLP may take."""
MOST_MEMORY = 1.2
"""Of the plain loop's."""


class Peer:
    """A peer in its process."""

    def __init__(self, python: Path, name: str) -> None:
        command = [str(python), str(ROOT / "benchmarks" / "_peers.py"), name]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.about = self._answer()

    def ask(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """What it answers. Raises SystemExit where it ends instead."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"A peer ended without an answer: {' '.join(map(str, self._process.args))}")
        return json.loads(line)


class Layerloom:
    """The window with its trainer."""

    def __init__(self, window: Any, folder: Path) -> None:
        self._window, self._folder = window, folder

    def train(self, workload: Workload) -> dict[str, Any]:
        """Trains in the window. Answers what a peer does: seconds of epochs, the last loss, and the peak of memory."""
        from engine.events import Epoch, Started

        window, ends, peak = self._window, list[Epoch](), [0]
        trainer: list[psutil.Process] = []

        def note(events: list[Any]) -> None:
            trainer.extend(psutil.Process(event.pid) for event in events if isinstance(event, Started))
            ends.extend(event for event in events if isinstance(event, Epoch))
            peak[0] = max([peak[0], *map(_peak, trainer)])

        window.documents.show_project(project_of(workload, self._folder / workload.name, workload.epochs + 1))
        settle(SETTLE_SECONDS)
        window.training.events.connect(note)
        _, result = wait_for(window.training.ended, window.runs.train)
        window.training.events.disconnect(note)
        if result.status != "finished":
            raise SystemExit(f"Layerloom could not train {workload.name}: {result.message}")
        wait_for(window.services.trainer_ready, lambda: None)
        settle(SETTLE_SECONDS)
        seconds = [after.time - before.time for before, after in pairwise(ends)]
        return {"epochs": seconds, "loss": ends[-1].train["loss"], "peak": peak[0]}


def main(names: list[str]) -> int:
    """Measures and prints a table for each network."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    chosen = [workload for workload in WORKLOADS if workload.name in names or not names]
    python = peers_python()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="layerloom-benchmark-")))
        for workload in chosen:
            (folder / workload.name).mkdir()
            write_samples(workload, folder / workload.name)
        peers = dict(started(stack, python))
        rate = peers["torch"].ask({"rate": True})["rate"]
        print(f"Product of large matrices: {rate / 1e9:.0f} GFLOP/s", flush=True)
        home = stack.enter_context(private_home())
        own = Layerloom(stack.enter_context(open_window(home)), folder)
        kept = [measured(workload, peers, own, folder, rate, python) for workload in chosen]
    return int(not all(kept))


def started(stack: ExitStack, python: Path) -> Iterator[tuple[str, Peer]]:
    """The peers that are there; what each is, or why it is not there, is printed."""
    for name, title in PEERS.items():
        peer = Peer(python, name)
        stack.callback(peer.close)
        print(f"{title}: {peer.about.get('version') or 'not measured, ' + peer.about['missing']}", flush=True)
        if "version" in peer.about:
            yield name, peer


def measured(
    workload: Workload, peers: Mapping[str, Peer], own: Layerloom, folder: Path, rate: float, python: Path
) -> bool:
    """Measures one network and prints its table. Answers whether all limits are kept."""
    job = job_of(workload, folder)
    times: dict[str, list[float]] = {"layerloom": [], **{name: [] for name in peers}}
    losses, trained = dict[str, float](), dict[str, Any]()
    for _ in range(ROUNDS):
        found = {name: peer.ask(job) for name, peer in peers.items()}
        found["layerloom"] = trained = own.train(workload)
        for name, each in found.items():
            times[name].extend(1000 * seconds for seconds in each["epochs"])
            losses[name] = each["loss"]
    # In a process that has done nothing else, and after the clock has been looked at.
    alone = Peer(python, "torch")
    peaks = {"layerloom": trained["peak"], "torch": alone.ask({**job, "epochs": 1})["peak"]}
    alone.close()
    return report(workload, times, losses, peaks, rate)


def report(
    workload: Workload,
    times: Mapping[str, list[float]],
    losses: Mapping[str, float],
    peaks: Mapping[str, int],
    rate: float,
) -> bool:
    """Prints what was found of one network."""
    medians = {name: statistics.median(found) for name, found in times.items()}
    mine = medians["layerloom"]
    best = min((name for name in medians if name != "layerloom"), key=medians.__getitem__)
    print(f"\n{workload.title}, batch {workload.batch_size} ({workload.samples:,}, judged {workload.judged:,})")
    for name, median in medians.items():
        fastest, own_fastest = min(times[name]), min(times["layerloom"])
        at_best = f"fastest {fastest:9.4g} ms{own_fastest / fastest:6.2f}"
        learned = f"{len(times[name])} epochs, loss {losses[name]:.3f}"
        print(f"  {PEERS.get(name, 'Layerloom'):20}{median:9.4g} ms{mine / median:6.2f}   {at_best}   {learned}")
    share, memory = mine / medians[best], peaks["layerloom"] / peaks["torch"]
    kept = [_line(f"of the best, {PEERS[best]}", share, workload.reach)]
    sizes = ", ".join(f"{size / 1e6:.0f}" for size in peaks.values())
    kept.append(_line(f"of the plain loop's memory ({sizes} MB)", memory, MOST_MEMORY))
    if workload.name == "mnist-mlp":
        limit = 1000 * operations(workload) / rate
        kept.append(_line(f"of the arithmetic limit ({limit:.0f} ms)", mine / limit, MOST_OF_RATE))
    return all(kept)


def _line(what: str, value: float, limit: float) -> bool:
    print(f"  {value:.2f} {what}; at most {limit:.2f}{'' if value <= limit else '   NOT KEPT'}", flush=True)
    return value <= limit


def job_of(workload: Workload, folder: Path) -> dict[str, Any]:
    """What a peer is asked for."""
    return {
        "folder": str(folder / workload.name),
        "layers": workload.layers,
        "batch_size": workload.batch_size,
        "seconds": SECONDS,
        "epochs": workload.epochs,
    }


def operations(workload: Workload) -> float:
    """Floating-point operations of an epoch of a network of Linear layers on MNIST: forward, backward, and judging."""
    widths = [784, *(int(layer.split()[1]) for layer in workload.layers if " " in layer)]
    products = [2 * before * after for before, after in pairwise(widths)]
    # The first layer need not know the gradient of what enters.
    return workload.samples * (3 * sum(products) - products[0]) + workload.judged * sum(products)


def project_of(workload: Workload, folder: Path, epochs: int) -> Any:
    """The workload as a project: the same network, optimizer and samples as the peers'."""
    from engine.data import Data
    from engine.datasets.files import open_data
    from engine.graph import Graph
    from engine.layers import Conv2d, Flatten, Input, Linear, MaxPool2d, Output, ReLU, Sigmoid
    from engine.losses import BinaryCrossEntropy, CrossEntropy
    from engine.optimizers import Adam
    from engine.project import Project
    from engine.training import Training

    plain = {"relu": ReLU(), "sigmoid": Sigmoid(), "pool": MaxPool2d(2), "flatten": Flatten()}
    wide = {"linear": Linear, "conv": lambda width: Conv2d(width, 3, padding=1)}
    named = (layer.partition(" ") for layer in workload.layers)
    layers = [wide[kind](int(width)) if width else plain[kind] for kind, _, width in named]
    single = workload.layers[-1] == "linear 1"
    # The loss applies this sigmoid itself, as those of the peers do.
    ends = [Sigmoid()] if single else []
    data = Data(open_data(str(folder)), validation=0, test=0, normalization="unit")
    loss = BinaryCrossEntropy() if single else CrossEntropy()
    training = Training(loss, Adam(), batch_size=workload.batch_size, epochs=epochs, device="cpu")
    return Project(Graph.chain(Input(), *layers, *ends, Output()), data, training)


def peers_python() -> Path:
    """The Python of the peers' environment, which is made where there is none."""
    place = Path(os.environ.get("LAYERLOOM_PEERS", ROOT / "build" / "peers"))
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"Installing the peers into {place}, once", flush=True)
        venv.create(place, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *WANTED[:1]], check=True)
        for package in WANTED[1:]:
            # One that cannot be had is said to be missing when it is asked for.
            subprocess.run([python, "-m", "pip", "install", "--quiet", *WANTED[:1], package], check=False)
    return python


def _peak(process: psutil.Process) -> int:
    """The most memory that a process has held, in bytes; 0 once it is gone."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        return 1024 * int(status.split("VmHWM:")[1].split()[0])
    except (OSError, IndexError):
        return _held(process)


def _held(process: psutil.Process) -> int:
    try:
        return process.memory_info().rss
    except psutil.Error:
        return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
