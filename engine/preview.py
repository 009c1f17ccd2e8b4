"""What a person sees of their data before training: real samples, the balance of the classes, the sizes of the parts.

Small enough to cross the process border: a few samples and points, and numbers about the rest.
"""

import math
from collections.abc import Generator, Iterator
from typing import Any

import msgspec
import numpy as np

from engine.data import SPLITS, Data, Prepared, SplitName, prepare
from engine.datasets import Dataset, Progress, Samples
from engine.datasets.dataset import Feature, Skipped, class_counts
from engine.datasets.labels import labels_in_words
from engine.datasets.symbols import text_of
from engine.loading import brought
from engine.losses import Task
from engine.spec import Shape
from engine.splits import spread

MOST_POINTS = 500
BINS = 20
MOST_SKIPPED = 1000
MOST_COUNTED = 100
"""Of masks that are read from the disk as needed: the classes of these are counted, not of all."""
MOST_CATEGORIES = 8
MOST_VALUES = 8
"""Of more values than these, what is asked for is no label."""
LARGEST_SIDE = 64
"""Pixels. Images are shown small, so of larger ones only each second, third … row and column is."""


class Column(msgspec.Struct, frozen=True):
    """One feature of a table over the training part, in its own unit."""

    name: str
    mean: float
    deviation: float
    lowest: float
    highest: float
    missing: int = 0
    """Samples that lack it; the numbers are those of the others, and 0 where there are none."""
    categories: tuple[tuple[str, int], ...] = ()
    """The most frequent ones with their counts, of a feature that is a category; the numbers mean nothing then."""
    different: int = 0
    """How many categories there are."""
    shown: tuple[str, ...] = ()
    """Its values in the samples that are shown, in words: categories by name, a dash for what is missing; empty where
    it is a plain number.
    """


class Points(msgspec.Struct, frozen=True, eq=False):
    """Samples of two features for a scatter plot: N × 2 inputs and N targets (class numbers, or values)."""

    inputs: np.ndarray
    targets: np.ndarray


class Histogram(msgspec.Struct, frozen=True):
    """How often a target of a regression falls between two edges; one edge more than counts."""

    counts: tuple[int, ...]
    edges: tuple[float, ...]


class Preview(msgspec.Struct, frozen=True, eq=False):
    """A look at the data of a project, before any scaling.

    ``samples`` (N × shape, large images `thinned`) are of the training part, each with a word in ``labels``; ``lowest``
    and ``highest`` bound their values for display. ``balance`` counts the classes of each part, in the order of
    ``classes``. Tables have ``columns``, samples of two features have ``points``, regressions a ``histogram`` of their
    first target. A part that is judged on the training samples has size 0; ``notes`` say so.
    """

    title: str
    source: str
    task: Task
    shape: Shape
    classes: tuple[str, ...]
    samples: np.ndarray
    labels: tuple[str, ...]
    lowest: float
    highest: float
    sizes: dict[SplitName, int]
    balance: dict[SplitName, tuple[int, ...]]
    notes: tuple[str, ...]
    columns: tuple[Column, ...] = ()
    points: Points | None = None
    histogram: Histogram | None = None
    answers: np.ndarray | None = None
    """What is asked for of each of ``samples``, where that is an image too: N × channels × height × width, from 0 for
    the lowest value to 255 for the highest; or class numbers, N × 1 × height × width, negative where there is no class.
    """
    steps: tuple[tuple[str, ...], ...] = ()
    """What each step found in the training part, in words."""
    skipped: tuple[Skipped, ...] = ()
    """Rows or files that were left out, the first `MOST_SKIPPED`."""
    skipped_count: int = 0


def previewed(data: Data) -> Generator[Progress, None, Preview]:
    """`preview`, telling meanwhile how far the samples are that must be decoded first. Raises `DataError`."""
    yield from brought(data.dataset, data.loading)
    return preview(data)


def preview(data: Data, count: int = 24) -> Preview:
    """A look at the data, with ``count`` samples. Raises `DataError`."""
    prepared = prepare(data)
    dataset = data.dataset.with_settings(prepared.learned) if prepared.learned else data.dataset
    train, classes = _seen(prepared.train), prepared.classes
    shown = train.pick(_typical(train, count))
    is_image = train.inputs.dtype == np.uint8
    parts: dict[SplitName, np.ndarray] = {name: _own_targets(prepared, name) for name in SPLITS}
    return Preview(
        title=dataset.title,
        source=dataset.source,
        task=dataset.task,
        shape=dataset.shape,
        classes=classes,
        samples=thinned(shown.inputs),
        labels=tuple(_label(dataset, *sample) for sample in zip(shown.inputs, shown.targets, strict=True)),
        lowest=0.0 if is_image else _bound(np.fmin, train.inputs),
        highest=dataset.largest if is_image else _bound(np.fmax, train.inputs),
        sizes={name: len(targets) for name, targets in parts.items()},
        balance={name: _counts(targets, len(classes)) for name, targets in parts.items()} if classes else {},
        notes=(*prepared.notes, *_how_counted(prepared.train)) if classes else prepared.notes,
        columns=_columns(train.inputs, dataset.layout.features, shown.inputs) if _is_table(dataset) else (),
        points=_points(train) if dataset.shape == (2,) and dataset.task != "multilabel" else None,
        histogram=None if classes else _histogram(train.targets),
        answers=_as_images(shown.targets),
        steps=tuple(fitted.words for fitted in prepared.steps),
        skipped=prepared.skipped[:MOST_SKIPPED],
        skipped_count=len(prepared.skipped),
    )


def _seen(samples: Samples) -> Samples:
    """Samples in memory: all or, of those that stay on the disk, some from everywhere."""
    if not samples.is_streamed:
        return samples
    return samples.read(np.linspace(0, len(samples) - 1, min(MOST_POINTS, len(samples))).astype(int))


def _as_images(targets: np.ndarray) -> np.ndarray | None:
    """Targets that are images, `thinned`; None: they are none."""
    images = thinned(targets[:, None] if targets.ndim == 3 else targets)
    if images.ndim != 4:
        return None
    if images.dtype.kind == "i":
        return images.astype(np.result_type(*map(np.min_scalar_type, (images.min(), images.max()))))
    lowest, highest = images.min(), images.max()
    return ((images - lowest) * (255 / max(highest - lowest, 1e-12))).astype(np.uint8)


def thinned(samples: np.ndarray) -> np.ndarray:
    """Images (N × channels × height × width) with only so many rows and columns as can be seen; others as they are."""
    # A line of text is wide, but no larger than an image that is as high as wide.
    side = math.sqrt(math.prod(samples.shape[2:])) if samples.ndim == 4 else 0.0
    if side <= LARGEST_SIDE:
        return samples
    step = math.ceil(side / LARGEST_SIDE)
    return np.ascontiguousarray(samples[:, :, ::step, ::step])


def _typical(samples: Samples, count: int) -> np.ndarray:
    """Rows that show every class by its share or, where there are none, lie evenly over the set."""
    if samples.targets.dtype.kind == "i" and samples.targets.ndim == 1:
        return spread(samples.targets)[:count]
    return np.linspace(0, len(samples) - 1, min(count, len(samples))).astype(int)


def _how_counted(train: Samples) -> Iterator[str]:
    """What must be said of the counts of classes, where masks are read as needed."""
    targets: Any = train.targets
    if not isinstance(targets, np.ndarray) and len(targets) > MOST_COUNTED:
        yield f"The classes are counted in {MOST_COUNTED} masks of each part, evenly spread."


def _own_targets(prepared: Prepared, name: SplitName) -> np.ndarray:
    part = prepared.part(name)
    borrowed = name != "train" and part is prepared.train
    return part.targets[:0] if borrowed else part.targets


def _counts(targets: Any, classes: int) -> tuple[int, ...]:
    if not isinstance(targets, np.ndarray):
        targets = targets[np.linspace(0, len(targets) - 1, min(MOST_COUNTED, len(targets))).astype(int)]
    return tuple(class_counts(targets, classes).tolist())


def _label(dataset: Dataset, sample: np.ndarray, target: np.ndarray) -> str:
    """What stands below a sample: the sample in words, its class, or its few values."""
    if words := dataset.words_of(sample):
        return words
    if dataset.task == "transcription":
        return text_of(target, dataset.classes)
    if dataset.task == "multilabel":
        return labels_in_words(target, dataset.classes)
    if target.size > MOST_VALUES:
        return ""
    if dataset.classes:
        return ", ".join(dataset.classes[int(number)] for number in np.atleast_1d(target).ravel())
    return ", ".join(f"{value:.4g}" for value in np.atleast_1d(target))


def _bound(better: np.ufunc, values: np.ndarray) -> float:
    """The lowest or highest value, whatever is missing."""
    bound = float(better.reduce(values, axis=None))
    return bound if math.isfinite(bound) else 0.0


def _is_table(dataset: Dataset) -> bool:
    """Whether each value of a sample is a feature with a name."""
    return dataset.shape == (len(dataset.layout.features),)


def _columns(inputs: np.ndarray, features: tuple[Feature, ...], shown: np.ndarray) -> tuple[Column, ...]:
    return tuple(_column(*column) for column in zip(features, inputs.T, shown.T, strict=True))


def _column(feature: Feature, values: np.ndarray, shown: np.ndarray) -> Column:
    known = values[~np.isnan(values)].astype(np.float64)
    missing = len(values) - len(known)
    words = tuple(_cell(feature, value) for value in shown.tolist())
    if feature.categories:
        counts = np.bincount(known[known >= 0].astype(np.int64), minlength=len(feature.categories))
        most = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES].tolist()
        named = tuple((feature.categories[place], int(counts[place])) for place in most)
        return Column(feature.name, 0.0, 0.0, 0.0, 0.0, missing, named, len(feature.categories), words)
    numbers = (known.mean(), known.std(), known.min(), known.max()) if len(known) else (0.0,) * 4
    return Column(feature.name, *map(float, numbers), missing=missing, shown=words)


def _cell(feature: Feature, value: float) -> str:
    if math.isnan(value):
        return "–"
    return feature.categories[int(value)] if feature.categories and value >= 0 else ""


def _points(samples: Samples) -> Points:
    picked = samples.pick(_typical(samples, MOST_POINTS))
    return Points(picked.inputs, picked.targets if picked.targets.ndim == 1 else picked.targets[:, 0])


def _histogram(targets: np.ndarray) -> Histogram:
    counts, edges = np.histogram(targets.reshape(len(targets), -1)[:, 0], bins=BINS)
    return Histogram(tuple(counts.tolist()), tuple(edges.tolist()))
