"""How far the values of training samples reach, which augmentation goes by. Nothing here needs torch."""

import msgspec
import numpy as np

from engine.augmentation.augmentation import sort_of
from engine.data import Data

LOOKED_AT = 10_000
"""Samples, spread over the training part, that tell it."""


class Reach(msgspec.Struct, frozen=True):
    """The darkest and brightest pixel, or how far each feature spreads, before any scaling."""

    lowest: float
    highest: float
    deviations: tuple[float, ...] = ()

    @classmethod
    def of(cls, data: Data, inputs: np.ndarray) -> "Reach":
        """That of training samples (N × shape) after the steps."""
        if inputs.dtype == np.uint8:
            return cls(0.0, float(data.dataset.largest))
        seen = some_of(inputs)
        if sort_of(data.dataset, data.shape) == "images":
            return cls(float(seen.min()), float(seen.max()))
        columns = np.moveaxis(seen, 1, 0).reshape(seen.shape[1], -1)
        features = data.layout.features
        deviations = [_deviation(column) for column in columns]
        if len(features) == len(deviations):
            # A category is its place in a list: there is nothing between two of them.
            deviations = [0.0 if each.categories else found for each, found in zip(features, deviations, strict=True)]
        return cls(0.0, 1.0, tuple(deviations))

    @property
    def span(self) -> float:
        """From the darkest to the brightest pixel."""
        return max(self.highest - self.lowest, 1e-12)


def some_of(inputs: np.ndarray) -> np.ndarray:
    """As many samples as are looked at, evenly spread."""
    return inputs[np.linspace(0, len(inputs) - 1, min(LOOKED_AT, len(inputs))).astype(int)]


def _deviation(column: np.ndarray) -> float:
    """How far a column spreads; 0 where it says yes or no, which is no number to be changed a little."""
    present = column[~np.isnan(column)]
    is_number = len(present) and ((present != present.min()) & (present != present.max())).any()
    return float(present.std()) if is_number else 0.0
