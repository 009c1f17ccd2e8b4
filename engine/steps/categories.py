"""Steps for categories: words that a network can take as numbers only."""

import numpy as np
from msgspec.structs import replace

from engine.datasets.dataset import Feature, Layout
from engine.errors import DataError
from engine.steps.fitted import Numbered, OneHotted
from engine.steps.step import TableStep, told, with_features

GROUP = "Categories"
MOST_CATEGORIES = 1000
"""Of more, a column each would drown everything else."""
UNKNOWN = "(not known)"
_SHOWN = 5


class OneHot(TableStep, frozen=True):
    """Makes of each category a column of its own, which is 1 in the rows that are of it and 0 in all others."""

    title = "One-hot"
    group = GROUP
    takes = "categories"

    def layout(self, before: Layout) -> Layout:
        places, table = set(self.chosen(before)), self.table(before)
        features: list[Feature] = []
        for place, feature in enumerate(table.features):
            if place not in places:
                features.append(feature)
                continue
            if len(feature.categories) > MOST_CATEGORIES:
                raise DataError(
                    f"{self.title} would make {len(feature.categories):,} columns of “{feature.name}”.",
                    expected=f"It makes at most {MOST_CATEGORIES:,} of one column.",
                    fix="Embed this column, or drop it.",
                )
            features += (Feature(f"{feature.name} = {name}", of=feature.name) for name in feature.categories)
        return with_features(table, features)

    def fit(self, values: np.ndarray, layout: Layout) -> OneHotted:
        places, features = self.chosen(layout), self.table(layout).features
        words = [f"{features[place].name} → {_listed(features[place].categories)}" for place in places]
        unseen = _unseen(values, places, features)
        words += _told_unseen(unseen, places, features)
        counts = tuple(len(features[place].categories) for place in places)
        return OneHotted(places, counts, unseen, words=told(words) or ("There are no categories.",))


class Embed(TableStep, frozen=True):
    """Keeps each category as a whole number, for an Embedding layer. What is missing or not known has a number of its
    own, the last.
    """

    title = "Number for an Embedding"
    group = GROUP
    takes = "categories"

    def layout(self, before: Layout) -> Layout:
        places, table = set(self.chosen(before)), self.table(before)
        features = (_numbered(one) if at in places else one for at, one in enumerate(table.features))
        return with_features(table, features)

    def fit(self, values: np.ndarray, layout: Layout) -> Numbered:
        places, features = self.chosen(layout), self.table(layout).features
        counts = tuple(len(features[place].categories) for place in places)
        words = [
            f"{features[place].name} → 0 to {count}, of which {count} stands for all that is not known"
            for place, count in zip(places, counts, strict=True)
        ]
        unseen = _unseen(values, places, features)
        words += _told_unseen(unseen, places, features)
        return Numbered(places, counts, unseen, words=told(words) or ("There are no categories.",))


def _numbered(feature: Feature) -> Feature:
    return replace(feature, categories=(*feature.categories, UNKNOWN), missing=0, of=feature.of or feature.name)


def _listed(categories: tuple[str, ...]) -> str:
    more = f" and {len(categories) - _SHOWN:,} more" if len(categories) > _SHOWN else ""
    return ", ".join(categories[:_SHOWN]) + more


def _unseen(values: np.ndarray, places: tuple[int, ...], features: tuple[Feature, ...]) -> tuple[tuple[int, ...], ...]:
    """Of each column the categories that no training sample has; none at all where there are none in any."""
    found = tuple(unseen(values[:, place], features[place]) for place in places)
    return found if any(found) else ()


def _told_unseen(
    unseen: tuple[tuple[int, ...], ...], places: tuple[int, ...], features: tuple[Feature, ...]
) -> list[str]:
    """What is said of categories that no training sample has: the network learns nothing of them."""
    words: list[str] = []
    for place, strange in zip(places, unseen, strict=False):
        names = tuple(features[place].categories[at] for at in strange)
        if names:
            words.append(f"{features[place].name}: no training sample has {_listed(names)}")
    return words


def unseen(column: np.ndarray, feature: Feature) -> tuple[int, ...]:
    """The places of a feature's categories that no sample has in this column."""
    seen = set(np.unique(column).tolist())
    return tuple(place for place in range(len(feature.categories)) if place not in seen)
