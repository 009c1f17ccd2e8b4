"""The data side of a project: which dataset, how it is split, how its numbers are scaled.

`prepare` is what training, evaluation, preview and export all read their samples from. Splits depend on the dataset and
the split seed alone, so an evaluation next year sees the samples that the training never saw.
"""

from typing import Literal

import msgspec
import numpy as np

from engine.datasets import Dataset, Loaded, Samples
from engine.errors import DataError
from engine.spec import Spec, choice, integer, number

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")

SLICE = 1024


class Data(Spec, frozen=True):
    """A dataset and how it is divided."""

    dataset: Dataset
    validation: float = number(
        0.1,
        low=0,
        high=0.9,
        help="Share of the training samples kept aside to judge each epoch; 0: judge on those trained on.",
    )
    test: float = number(
        0.2,
        low=0,
        high=0.9,
        help="Share kept aside for the final test where the dataset brings no test part; 0: test on those trained on.",
    )
    normalization: Literal["automatic", "none", "unit", "standard"] = choice(
        "automatic",
        "none",
        "unit",
        "standard",
        help="How inputs are scaled: as suits the dataset, not at all, to 0 … 1, or to mean 0 and deviation 1.",
    )
    split_seed: int = integer(0, high=2**31 - 1, help="Number that decides which samples go where.")


class Scaling(msgspec.Struct, frozen=True):
    """``(value − offset) / scale``, per channel or per feature; one number each stands for all."""

    offset: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1.0,)

    @property
    def is_identity(self) -> bool:
        """Whether it leaves every value as it is."""
        return set(self.offset) == {0.0} and set(self.scale) == {1.0}

    def arrays(self, rank: int) -> tuple[np.ndarray, np.ndarray]:
        """Offset and scale as float32, shaped to broadcast over a batch of samples of this rank."""
        trailing = (1,) * (rank - 1)
        return (
            np.asarray(self.offset, np.float32).reshape(-1, *trailing),
            np.asarray(self.scale, np.float32).reshape(-1, *trailing),
        )

    def apply(self, values: np.ndarray) -> np.ndarray:
        """The batch (N × shape) scaled, as float32."""
        offset, scale = self.arrays(values.ndim - 1)
        return (values.astype(np.float32) - offset) / scale

    def undo(self, values: np.ndarray) -> np.ndarray:
        """The batch (N × shape) as it was before scaling."""
        offset, scale = self.arrays(values.ndim - 1)
        return values * scale + offset


class Prepared(msgspec.Struct, frozen=True):
    """Samples as they were read, in three parts, with the scaling that the training part asks for."""

    train: Samples
    validation: Samples
    test: Samples
    inputs: Scaling
    targets: Scaling
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def part(self, name: SplitName) -> Samples:
        """One of the three parts."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


class Division(msgspec.Struct, frozen=True, eq=False):
    """Which of the training samples that a dataset brings are in which part, as their ascending row numbers."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def divided(data: Data, loaded: Loaded) -> Division:
    """Divides what the dataset brings for training. A part of its own, or of no share, takes no rows of it."""
    rows = np.random.default_rng(data.split_seed).permutation(len(loaded.train))
    rest, test = rows, rows[:0]
    if loaded.test is None:
        rest, test = _divide(rest, loaded, data.test)
    validation = rest[:0]
    if loaded.validation is None:
        rest, validation = _divide(rest, loaded, data.validation)
    return Division(np.sort(rest), np.sort(validation), np.sort(test))


def prepare(data: Data) -> Prepared:
    """Reads the dataset, splits it and fits the scaling on the training part. Raises `DataError`."""
    loaded = data.dataset.load()
    notes = [loaded.note] if loaded.note else []
    rows = divided(data, loaded)
    if not len(rows.train):
        raise DataError(
            f"The split leaves no samples to train on: {data.dataset.title} has {len(loaded.train):,}.",
            fix="Choose smaller shares for validation and test.",
        )
    train = loaded.train.pick(rows.train)
    validation = loaded.validation or loaded.train.pick(rows.validation)
    test = loaded.test or loaded.train.pick(rows.test)
    if not len(validation):
        validation = train
        notes.append("No samples are kept aside for validation: it is judged on the training samples.")
    if not len(test):
        test = train
        notes.append("No samples are kept aside for the test: it is judged on the training samples.")
    return Prepared(
        train,
        validation,
        test,
        _input_scaling(data, train.inputs),
        _target_scaling(data, train.targets),
        data.dataset.classes,
        tuple(notes),
    )


def _divide(rows: np.ndarray, loaded: Loaded, share: float) -> tuple[np.ndarray, np.ndarray]:
    """Rows to keep and rows set aside: that share of all, and of each class as nearly as can be."""
    targets = loaded.train.targets
    if targets.dtype.kind == "i" and targets.ndim == 1:
        rows = rows[spread(targets[rows])]
    count = round(len(rows) * share)
    return rows[count:], rows[:count]


def spread(labels: np.ndarray) -> np.ndarray:
    """An order in which every beginning holds each class by its share; samples of a class keep their order."""
    by_class = np.argsort(labels, kind="stable")
    counts = np.bincount(labels)
    rank = np.arange(len(labels)) - (np.cumsum(counts) - counts)[labels[by_class]]
    place = np.empty(len(labels))
    place[by_class] = (rank + 0.5) / counts[labels[by_class]]
    return np.argsort(place, kind="stable")


def _input_scaling(data: Data, inputs: np.ndarray) -> Scaling:
    kind = data.dataset.normalization if data.normalization == "automatic" else data.normalization
    if kind == "standard":
        return _standard(inputs)
    if kind == "unit":
        return (
            Scaling((0.0,), (float(data.dataset.largest),)) if inputs.dtype == np.uint8 else _from_zero_to_one(inputs)
        )
    return Scaling()


def _target_scaling(data: Data, targets: np.ndarray) -> Scaling:
    # Targets in the hundreds would cost hundreds of steps only to find their mean; every answer is scaled back.
    standard = data.dataset.normalization == "standard" and data.normalization != "none"
    return _standard(targets) if standard and targets.dtype.kind == "f" else Scaling()


def _standard(values: np.ndarray) -> Scaling:
    axes = _all_but_channels(values)
    mean = values.mean(axis=axes, dtype=np.float64)
    centre = mean.reshape(-1, *[1] * (values.ndim - 2))
    # In slices: the squares of all of MNIST at once would take 400 MB.
    squares = sum(
        np.square(values[start : start + SLICE] - centre).sum(axis=axes) for start in range(0, len(values), SLICE)
    )
    deviation = np.sqrt(squares * len(mean) / values.size)
    return Scaling(tuple(mean.tolist()), _divisors(deviation))


def _from_zero_to_one(values: np.ndarray) -> Scaling:
    axes = _all_but_channels(values)
    lowest = values.min(axis=axes).astype(np.float64)
    return Scaling(tuple(lowest.tolist()), _divisors(values.max(axis=axes) - lowest))


def _all_but_channels(values: np.ndarray) -> tuple[int, ...]:
    return tuple(axis for axis in range(values.ndim) if axis != 1)


def _divisors(scale: np.ndarray) -> tuple[float, ...]:
    # What never changes is only moved: there is nothing to divide by.
    return tuple(float(value) or 1.0 for value in scale)
