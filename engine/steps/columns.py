"""Steps on whole columns."""

import numpy as np

from engine.datasets.dataset import Layout
from engine.errors import DataError
from engine.steps.fitted import Kept
from engine.steps.step import TableStep, told, with_features


class DropColumns(TableStep, frozen=True):
    """Keeps columns from the network: those that say nothing, or that give the answer away."""

    title = "Drop columns"
    group = "Columns"
    takes = "all"

    def layout(self, before: Layout) -> Layout:
        kept, features = self._kept(before), self.table(before).features
        if not kept:
            raise DataError(f"{self.title} leaves no column for the network.", fix="Name fewer columns.")
        return with_features(before, (features[place] for place in kept))

    def fit(self, values: np.ndarray, layout: Layout) -> Kept:
        del values
        kept, features = self._kept(layout), self.table(layout).features
        dropped = [f"{one.name} left out" for place, one in enumerate(features) if place not in set(kept)]
        return Kept(kept, words=told(dropped) or ("No column is named.",))

    def _kept(self, layout: Layout) -> tuple[int, ...]:
        dropped = set(self.chosen(layout)) if self.columns else set[int]()
        return tuple(place for place in range(layout.shape[0]) if place not in dropped)
