"""What all values of images or curves tell, found in one pass: means, deviations and mean images."""

import math
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np

from engine.datasets.dataset import Dataset, Samples

MOST_MEANS = 100
"""Of more classes than these, none has a mean image."""
PIECE = 1 << 19
"""Values that are looked at together: few enough to stay in the cache of a processor."""


class Pixels(msgspec.Struct, frozen=True, eq=False):
    """``means`` and ``deviations`` have one number a sample; ``images`` the mean image of each class (classes ×
    channels × height × width, float64) and ``counts`` of how many. Without classes all are of one.
    """

    means: np.ndarray
    deviations: np.ndarray
    images: np.ndarray
    counts: np.ndarray

    @property
    def mean_image(self) -> np.ndarray:
        """That of all samples."""
        weights = self.counts / max(1, self.counts.sum())
        return np.tensordot(weights, self.images, axes=1)


def has_means(dataset: Dataset) -> bool:
    """Whether each class has a mean image of its own."""
    return dataset.task == "classification" and not dataset.places and 0 < len(dataset.classes) <= MOST_MEANS


def pixels_of(dataset: Dataset, segments: Sequence[Samples]) -> Pixels:
    """Of all samples, in their order."""
    by_class = has_means(dataset)
    values = math.prod(dataset.shape)
    sums = np.zeros((len(dataset.classes) if by_class else 1, values))
    counts = np.zeros(len(sums), np.int64)
    found = np.empty((2, sum(map(len, segments))), np.float64)
    place = 0
    for inputs, targets in _pieces(segments, values):
        labels = targets if by_class else np.zeros(len(inputs), np.int64)
        order = np.argsort(labels, kind="stable")
        piece = inputs[order].astype(np.float32)
        means = piece.sum(axis=1, dtype=np.float32) / values
        squares = np.einsum("ij,ij->i", piece, piece) / values
        found[0, place + order] = means
        found[1, place + order] = np.sqrt(np.maximum(squares - np.square(means), 0))
        here = np.bincount(labels, minlength=len(sums))
        there = here > 0
        # Sorted by their class, all images of one lie together.
        sums[there] += np.add.reduceat(piece, (np.cumsum(here) - here)[there], axis=0)
        counts += here
        place += len(inputs)
    images = sums / np.maximum(counts, 1)[:, None]
    return Pixels(found[0], found[1], images.reshape(len(sums), *dataset.shape), counts)


def _pieces(segments: Sequence[Samples], values: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    step = max(1, PIECE // values)
    for segment in segments:
        for start in range(0, len(segment), step):
            inputs = segment.inputs[start : start + step]
            yield inputs.reshape(len(inputs), values), segment.targets[start : start + step]
