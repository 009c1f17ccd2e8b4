"""Steps for what is missing: filled with something likely, or left out."""

import math
from typing import Literal

import numpy as np
from msgspec.structs import replace

from engine.datasets.dataset import Feature, Layout
from engine.errors import DataError
from engine.spec import choice, number
from engine.steps.fitted import Complete, Filled
from engine.steps.step import TableStep, short, told, with_features

GROUP = "Missing values"
_STRATEGIES = {"median": "median", "mean": "mean", "most frequent": "most_frequent"}


class FillMissing(TableStep, frozen=True):
    """Puts something likely where a value is missing: the median of the column, for instance. Of categories it is
    always the most frequent one.
    """

    title = "Fill missing values"
    group = GROUP
    takes = "all"

    method: Literal["median", "mean", "most frequent", "value"] = choice(
        "median", "mean", "most frequent", "value", help="What is put in place of a missing number."
    )
    value: float = number(0, low=-1e30, high=1e30, help="The value that is put in, where one is given by hand.")

    @property
    def idle(self) -> tuple[str, ...]:
        return () if self.method == "value" else ("value",)

    def layout(self, before: Layout) -> Layout:
        places, table = set(self.chosen(before)), self.table(before)
        features = (replace(one, missing=0) if at in places else one for at, one in enumerate(table.features))
        return with_features(table, features)

    def fit(self, values: np.ndarray, layout: Layout) -> Filled:
        places, features = self.chosen(layout), self.table(layout).features
        fills = [self._fill(values[:, place], features[place]) for place in places]
        missing = [_missing(values[:, place]) for place in places]
        found = zip(places, fills, missing, strict=True)
        words = [self._words(features[place], fill, count) for place, fill, count in found if count]
        return Filled(places, tuple(fills), words=told(words) or ("Nothing is missing in the training samples.",))

    def _fill(self, column: np.ndarray, feature: Feature) -> float:
        from sklearn.impute import SimpleImputer

        if self.method == "value" and not feature.categories:
            return self.value
        known = column[np.isfinite(column)].astype(np.float64)
        if not len(known):
            raise DataError(
                f"{self.title}: no training sample has a value in the column “{feature.name}”.",
                fix="Drop this column first.",
            )
        strategy = "most_frequent" if feature.categories else _STRATEGIES[self.method]
        fitted = SimpleImputer(strategy=strategy).fit(known[:, None])
        return float(np.asarray(fitted.transform([[np.nan]]))[0, 0])

    def _words(self, feature: Feature, fill: float, missing: int) -> str:
        if feature.categories:
            return f"{feature.name}: {missing:,} missing → {feature.categories[int(fill)]} (most frequent)"
        return f"{feature.name}: {missing:,} missing → {short(fill)} ({self.method})"


class DropMissing(TableStep, frozen=True):
    """Leaves out the rows in which a value is missing. The network cannot answer to such rows later either."""

    title = "Drop rows with missing values"
    group = GROUP
    takes = "all"
    drops = True

    def layout(self, before: Layout) -> Layout:
        places, table = set(self.chosen(before)), self.table(before)
        features = (replace(one, missing=0) if at in places else one for at, one in enumerate(table.features))
        return with_features(table, features)

    def keeps_about(self, before: Layout, count: int) -> float:
        features = self.table(before).features
        return math.prod(max(0.0, 1 - features[place].missing / count) for place in self.chosen(before))

    def fit(self, values: np.ndarray, layout: Layout) -> Complete:
        places, features = self.chosen(layout), self.table(layout).features
        missing = [(features[place].name, _missing(values[:, place])) for place in places]
        complete = Complete(places)
        dropped = len(values) - int(complete.keeps(values).sum())
        words = [f"{name}: {count:,} missing" for name, count in missing if count]
        return Complete(places, words=(f"{dropped:,} of {len(values):,} training rows left out", *told(words)))


def _missing(column: np.ndarray) -> int:
    return int(np.count_nonzero(~np.isfinite(column)))
