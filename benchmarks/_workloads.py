"""What is trained to compare speeds: five networks, and their samples as arrays that every framework reads."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

CONVOLUTIONS = ("conv 32", "relu", "pool", "conv 64", "relu", "pool", "flatten", "linear 128", "relu", "linear 10")
"""Convolutions of 3 × 3 that keep the size, and max-pooling over 2 × 2."""


class Workload(NamedTuple):
    """A network and how it is trained; ``reach`` is the share of the best peer's time that is allowed.

    ``layers`` are ``linear``, ``conv``, ``relu``, ``sigmoid``, ``pool`` and ``flatten``. One value at the end says yes
    or no, through a sigmoid that the loss applies; more are logits of classes.
    """

    name: str
    title: str
    layers: tuple[str, ...]
    batch_size: int
    samples: int
    reach: float
    epochs: int
    """Of Layerloom in each round, one more to warm up not counted."""

    @property
    def judged(self) -> int:
        """How many samples each epoch is judged on."""
        return self.samples // 10 or self.samples


MLP = ("flatten", "linear 512", "relu", "linear 512", "relu", "linear 10")

WORKLOADS = (
    Workload("mnist-mlp", "MNIST 784-512-512-10", MLP, 128, 20_000, 0.70, 3),
    Workload("mnist-cnn", "MNIST CNN", CONVOLUTIONS, 128, 6_000, 0.70, 3),
    Workload("cifar10-cnn", "CIFAR-10 CNN", CONVOLUTIONS, 128, 6_000, 0.85, 3),
    Workload("digits", "digits 64-64-10", ("flatten", "linear 64", "relu", "linear 10"), 32, 1_797, 0.60, 30),
    Workload("xor", "XOR 2-2-1", ("linear 2", "sigmoid", "linear 1"), 4, 4, 0.60, 1_500),
)


KINDS = {"mnist-mlp": "Mnist", "mnist-cnn": "Mnist", "cifar10-cnn": "Cifar10", "digits": "Digits"}


def write_samples(workload: Workload, folder: Path) -> None:
    """Writes the samples as NumPy files: bytes of images (N × C × H × W) or values (N × n), and class numbers."""
    inputs, labels = _samples(workload)
    count, judged = workload.samples, workload.judged
    # All of the digits and of XOR are trained on, so that they are judged on some of these.
    held = slice(count, count + judged) if len(inputs) >= count + judged else slice(judged)
    for name, array in (("x", inputs), ("y", labels)):
        np.save(folder / f"{name}_train.npy", array[:count])
        np.save(folder / f"{name}_validation.npy", array[held])


def _samples(workload: Workload) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels, as many as there are. Raises `LayerloomError` where they cannot be had."""
    from engine.datasets import Dataset
    from engine.loading import brought

    if workload.name == "xor":
        return np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([0, 1, 1, 0], np.int64)
    dataset = Dataset.kinds[KINDS[workload.name]]()
    for _ in brought(dataset, "memory"):
        pass
    loaded = dataset.load()
    parts = [part for part in (loaded.train, loaded.test) if part is not None]
    inputs = np.concatenate([np.asarray(part.inputs) for part in parts])
    labels = np.concatenate([part.targets for part in parts]).ravel()
    return inputs[: workload.samples + workload.judged], labels[: workload.samples + workload.judged].astype(np.int64)
