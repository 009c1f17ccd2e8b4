"""A recipe drawn on the canvas against the same one written by hand, in one run.

``python benchmarks recipe``. The network is that of airbench (K. Jordan, “94% on CIFAR-10 in 3.29 Seconds on a Single
GPU”, 2024) without its whitened first filters, and so is the recipe: mirrored and shifted images, label smoothing,
Nesterov momentum, one cycle of the learning rate. By hand it is a script as someone writes it who wants speed: images
on the device, batches from a permutation, augmentation there, channels last, bf16 on a GPU, nothing read back within an
epoch. Layerloom trains the project and writes its log. They take turns, each in a process of its own; the median of the
epochs counts, but for the first. On a GPU it is all of CIFAR-10, on a CPU a part of it.
Exit status 1 where Layerloom is the slower.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks._session import ROOT, Measured, print_rows, private_home
from benchmarks._workloads import WORKLOADS, write_samples

ROUNDS = 3
WIDTHS = (24, 64, 256, 256)
RATE, MOMENTUM, DECAY, SMOOTHING, PADDING = 0.2, 0.85, 5e-4, 0.2, 2
RISING, START, FINAL = 0.25, 0.2, 0.07
"""Of the learning rate: the share of the steps in which it rises, and where it starts and ends, as shares of it."""
AT_MOST = 1.0


class Size(NamedTuple):
    """How much is trained on a device."""

    samples: int
    batch: int
    epochs: int
    precision: str


SIZES = {"cpu": Size(1_000, 100, 4, "fp32"), "cuda": Size(50_000, 1_000, 9, "bf16")}


def main() -> int:
    """Measures and prints a table."""
    if len(sys.argv) > 1:
        way, folder, device = sys.argv[1:]
        print(json.dumps({"drawn": drawn, "written": written}[way](Path(folder), device)))
        return 0
    with private_home(), tempfile.TemporaryDirectory(prefix="layerloom-benchmark-") as folder:
        return print_rows(rows(Path(folder)))


def rows(folder: Path) -> Iterator[Measured]:
    """The table, measured one after the other."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    size = SIZES[device]
    workload = next(each for each in WORKLOADS if each.name == "cifar10-cnn")
    write_samples(workload._replace(samples=size.samples), folder)
    found = [(measured("drawn", folder, device), measured("written", folder, device)) for _ in range(ROUNDS)]
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    what = f"{size.samples:,} images, batches of {size.batch:,}, {size.precision}, {name}"
    ours, theirs = (statistics.median(epoch for pair in found for epoch in pair[way]["epochs"]) for way in (0, 1))
    right = [statistics.mean(pair[way]["accuracy"] for pair in found) for way in (0, 1)]
    yield Measured(f"Written by hand: {what}", f"{1000 * theirs:,.1f} ms, {right[1]:.1%} right", "", True)
    yield Measured("Drawn on the canvas", f"{1000 * ours:,.1f} ms, {right[0]:.1%} right", "", True)
    share = ours / theirs
    yield Measured("  of the time of what is written by hand", f"{share:.2f}", f"≤ {AT_MOST:.2f}", share <= AT_MOST)


def measured(way: str, folder: Path, device: str) -> dict[str, Any]:
    """What `drawn` or `written` finds in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.recipe", way, str(folder), device]
    told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    return json.loads(told.strip().splitlines()[-1])


def drawn(folder: Path, device: str) -> dict[str, Any]:
    """Seconds of each epoch but the first of Layerloom's trainer, and the accuracy after the last."""
    from engine.events import Epoch, Finished
    from engine.runs import Run
    from engine.trainer import record, train

    with tempfile.TemporaryDirectory() as home:
        run = Run.create(Path(home) / "run", project_of(folder, device))
        happening = list(record(run, train(run)))
    if not isinstance(happening[-1], Finished):
        raise SystemExit(f"Layerloom could not train: {happening[-1]}")
    epochs = [event for event in happening if isinstance(event, Epoch)]
    seconds = [after.time - before.time for before, after in pairwise(epochs)]
    return {"epochs": seconds, "accuracy": epochs[-1].validation["accuracy"]}


def project_of(folder: Path, device: str) -> Any:
    """The recipe as it is drawn."""
    from engine.augmentation import HorizontalFlip, RandomCrop
    from engine.data import Data
    from engine.datasets.files import open_data
    from engine.graph import Graph
    from engine.layers import GELU, BatchNorm2d, Conv2d, Flatten, Input, Linear, MaxPool2d, Output
    from engine.losses import CrossEntropy
    from engine.optimizers import Nesterov
    from engine.project import Project
    from engine.schedules import OneCycle
    from engine.training import Training

    size = SIZES[device]
    layers: list[Any] = [Conv2d(WIDTHS[0], 2), GELU()]
    for width in WIDTHS[1:]:
        layers += [Conv2d(width, 3, padding=1, bias=False), MaxPool2d(2), BatchNorm2d(), GELU()]
        layers += [Conv2d(width, 3, padding=1, bias=False), BatchNorm2d(), GELU()]
    network = Graph.chain(Input(), *layers, MaxPool2d(3), Flatten(), Linear(10), Output())
    changes = (HorizontalFlip(), RandomCrop(padding=PADDING))
    data = Data(open_data(str(folder)), validation=0, test=0, normalization="standard", augmentation=changes)
    training = Training(
        CrossEntropy(label_smoothing=SMOOTHING),
        Nesterov(learning_rate=RATE, momentum=MOMENTUM, weight_decay=DECAY),
        batch_size=size.batch,
        epochs=size.epochs,
        device=device,
        precision=size.precision,
        schedule=OneCycle(rising=RISING, start=START, final=FINAL),
        watch_gradients=False,
    )
    return Project(network, data, training)


def written(folder: Path, device: str) -> dict[str, Any]:
    """The same of a script."""
    import torch
    from torch import nn

    size = SIZES[device]
    torch.manual_seed(0)
    parts = {
        name: torch.from_numpy(np.load(folder / f"{name}.npy")).to(device)
        for name in ("x_train", "y_train", "x_validation", "y_validation")
    }
    pixels = parts["x_train"].float()
    mean, deviation = pixels.mean((0, 2, 3), keepdim=True), pixels.std((0, 2, 3), keepdim=True)
    images = nn.functional.pad(pixels.sub_(mean).div_(deviation), (PADDING,) * 4, "reflect")
    images, labels = images.contiguous(memory_format=torch.channels_last), parts["y_train"]
    judged = ((parts["x_validation"] - mean) / deviation).contiguous(memory_format=torch.channels_last)

    layers = [nn.Conv2d(3, WIDTHS[0], 2), nn.GELU()]
    for before, width in pairwise(WIDTHS):
        layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.MaxPool2d(2)]
        layers += [nn.BatchNorm2d(width), nn.GELU(), nn.Conv2d(width, width, 3, padding=1, bias=False)]
        layers += [nn.BatchNorm2d(width), nn.GELU()]
    network: Any = nn.Sequential(*layers, nn.MaxPool2d(3), nn.Flatten(), nn.Linear(WIDTHS[-1], 10))
    network = network.to(device, memory_format=torch.channels_last)

    loss_of = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
    matrices = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim == 1]
    groups = [{"params": matrices, "weight_decay": DECAY}, {"params": others}]
    optimizer = torch.optim.SGD(groups, RATE, MOMENTUM, nesterov=True, fused=True)
    steps = size.epochs * -(-len(labels) // size.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        RATE,
        steps,
        pct_start=RISING,
        div_factor=1 / START,
        final_div_factor=START / FINAL,
        cycle_momentum=False,
    )
    half = torch.autocast(device, torch.bfloat16, enabled=size.precision == "bf16")

    def batch(rows: torch.Tensor) -> torch.Tensor:
        """Some of the images, each cut out of the padded one somewhere, and mirrored or not."""
        found, side = images[rows], parts["x_train"].shape[-1]
        made = torch.empty((len(rows), 3, side, side), device=device).contiguous(memory_format=torch.channels_last)
        shifts = torch.randint(0, 2 * PADDING + 1, (2, len(rows)), device=device)
        for top in range(2 * PADDING + 1):
            for left in range(2 * PADDING + 1):
                those = (shifts[0] == top) & (shifts[1] == left)
                made[those] = found[those, :, top : top + side, left : left + side]
        mirrored = torch.rand(len(rows), device=device)[:, None, None, None] < 0.5
        return torch.where(mirrored, made.flip(-1), made)

    seconds, right = list[float](), 0.0
    for _ in range(size.epochs):
        began = time.perf_counter()
        network.train()
        total = torch.zeros((), device=device)
        for rows in torch.randperm(len(labels), device=device).split(size.batch):
            with half:
                loss = loss_of(network(batch(rows)), labels[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
        network.eval()
        with torch.no_grad(), half:
            answers = torch.cat([network(some).argmax(1) for some in judged.split(1000)])
        right = (answers == parts["y_validation"]).float().mean().item()
        total.item()
        seconds.append(time.perf_counter() - began)
    return {"epochs": seconds[1:], "accuracy": right}


if __name__ == "__main__":
    raise SystemExit(main())
