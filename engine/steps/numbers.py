"""Steps for numbers: their scale, their shape, their outliers. scikit-learn finds the parameters."""

import warnings
from typing import Any, Literal

import numpy as np
from msgspec.structs import replace

from engine.datasets.dataset import Feature, Layout
from engine.errors import DataError
from engine.scaling import Scaling, divisors
from engine.spec import choice, integer, number
from engine.steps.fitted import Binned, Clipped, Logarithmic, Scaled
from engine.steps.step import TableStep, short, told, with_features

SCALE, SHAPE = "Scale", "Outliers and shape"


class Scaler(TableStep, frozen=True):
    """Base of the steps that move and stretch columns."""

    listed = False
    group = SCALE
    scales = True

    def layout(self, before: Layout) -> Layout:
        self.chosen(before)
        return self.table(before)

    def fit(self, values: np.ndarray, layout: Layout) -> Scaled:
        places, features = self.chosen(layout), self.table(layout).features
        columns = [_known(self, values[:, place], features[place]) for place in places]
        found = [self.found(column) for column in columns]
        words = [
            f"{features[place].name}: {self.told(offset, scale)}"
            for place, (offset, scale) in zip(places, found, strict=True)
        ]
        offsets, scales = tuple(offset for offset, _ in found), np.array([scale for _, scale in found])
        return Scaled(places, Scaling(offsets, divisors(scales)), words=told(words) or (NO_NUMBERS,))

    def found(self, column: np.ndarray) -> tuple[float, float]:
        """What is subtracted from a column (N × 1, float64), and what it is then divided by."""
        raise NotImplementedError

    def told(self, offset: float, scale: float) -> str:
        """The two numbers in words."""
        raise NotImplementedError


NO_NUMBERS = "There are no numbers."


class Standardise(Scaler, frozen=True):
    """Moves and stretches each column to mean 0 and deviation 1."""

    def found(self, column: np.ndarray) -> tuple[float, float]:
        from sklearn.preprocessing import StandardScaler

        fitted = StandardScaler().fit(column)
        return _first(fitted.mean_), _first(fitted.scale_)

    def told(self, offset: float, scale: float) -> str:
        return f"mean {short(offset)}, deviation {short(scale)}"


class MinMax(Scaler, frozen=True):
    """Moves and stretches each column so that its smallest value becomes 0 and its largest 1."""

    title = "Min-max"

    def found(self, column: np.ndarray) -> tuple[float, float]:
        from sklearn.preprocessing import MinMaxScaler

        fitted = MinMaxScaler().fit(column)
        return _first(fitted.data_min_), 1 / _first(fitted.scale_)

    def told(self, offset: float, scale: float) -> str:
        return f"from {short(offset)} to {short(offset + scale)}"


class Robust(Scaler, frozen=True):
    """Moves and stretches each column by its median and its middle half, which outliers do not move."""

    title = "Robust scale"

    def found(self, column: np.ndarray) -> tuple[float, float]:
        from sklearn.preprocessing import RobustScaler

        fitted = RobustScaler().fit(column)
        return _first(fitted.center_), _first(fitted.scale_)

    def told(self, offset: float, scale: float) -> str:
        return f"median {short(offset)}, middle half {short(scale)} wide"


class Logarithm(TableStep, frozen=True):
    """Bends each column by ln(1 + x), so that what grows by factors grows by steps; negative values likewise, with
    their sign.
    """

    group = SHAPE

    def layout(self, before: Layout) -> Layout:
        self.chosen(before)
        return self.table(before)

    def fit(self, values: np.ndarray, layout: Layout) -> Logarithmic:
        del values
        places, features = self.chosen(layout), self.table(layout).features
        return Logarithmic(places, words=told([f"{features[at].name} → ln(1 + x)" for at in places]) or (NO_NUMBERS,))


class Clip(TableStep, frozen=True):
    """Pulls outliers back to a limit: a share of the training samples, or a value."""

    title = "Clip outliers"
    group = SHAPE

    by: Literal["shares", "values"] = choice("shares", "values", help="What the limits are given as.")
    low_share: float = number(0.01, low=0, high=0.5, help="Share of the samples that lie below the lower limit.")
    high_share: float = number(0.99, low=0.5, high=1, help="Share of the samples that lie below the upper limit.")
    low_value: float = number(0, low=-1e30, high=1e30, help="The lower limit, where values are given.")
    high_value: float = number(1, low=-1e30, high=1e30, help="The upper limit, where values are given.")

    @property
    def idle(self) -> tuple[str, ...]:
        return ("low_share", "high_share") if self.by == "values" else ("low_value", "high_value")

    def layout(self, before: Layout) -> Layout:
        self.chosen(before)
        if self.by == "values" and self.low_value > self.high_value:
            raise DataError(
                f"{self.title}: the lower limit {self.low_value:g} lies above the upper one, {self.high_value:g}.",
                fix="Exchange them.",
            )
        return self.table(before)

    def fit(self, values: np.ndarray, layout: Layout) -> Clipped:
        places, features = self.chosen(layout), self.table(layout).features
        limits = [self._limits(_known(self, values[:, place], features[place])) for place in places]
        words = [
            f"{features[place].name}: from {short(low)} to {short(high)}, "
            f"{int(((values[:, place] < low) | (values[:, place] > high)).sum()):,} outside"
            for place, (low, high) in zip(places, limits, strict=True)
        ]
        lows, highs = tuple(low for low, _ in limits), tuple(high for _, high in limits)
        return Clipped(places, lows, highs, words=told(words) or (NO_NUMBERS,))

    def _limits(self, column: np.ndarray) -> tuple[float, float]:
        if self.by == "values":
            return self.low_value, self.high_value
        low, high = np.quantile(column, (self.low_share, self.high_share))
        return float(low), float(high)


class Bins(TableStep, frozen=True):
    """Sorts each column into a few bins, which are categories from then on: one-hot or embed them next."""

    title = "Sort into bins"
    group = SHAPE

    count: int = integer(5, low=2, high=1000, help="How many bins.")
    strategy: Literal["quantile", "uniform", "kmeans"] = choice(
        "quantile",
        "uniform",
        "kmeans",
        help="Where they begin: as many samples in each, all equally wide, or around centres found by k-means.",
    )

    def layout(self, before: Layout) -> Layout:
        places, table = set(self.chosen(before)), self.table(before)
        names = tuple(f"bin {number}" for number in range(1, self.count + 1))
        features = (replace(one, categories=names) if at in places else one for at, one in enumerate(table.features))
        return with_features(table, features)

    def fit(self, values: np.ndarray, layout: Layout) -> Binned:
        places, features = self.chosen(layout), self.table(layout).features
        edges = [self._edges(_known(self, values[:, place], features[place])) for place in places]
        words = [
            f"{features[place].name}: bins begin at {', '.join(f'{short(edge)}' for edge in found)}"
            for place, found in zip(places, edges, strict=True)
        ]
        return Binned(places, tuple(edges), words=told(words) or (NO_NUMBERS,))

    def _edges(self, column: np.ndarray) -> tuple[float, ...]:
        """Where the second bin and all after it begin."""
        from sklearn.preprocessing import KBinsDiscretizer

        chosen: dict[str, Any] = {"quantile_method": "averaged_inverted_cdf"} if self.strategy == "quantile" else {}
        with warnings.catch_warnings():
            # Bins that would be empty are left out, and the words say where the others begin.
            warnings.simplefilter("ignore")
            fitted = KBinsDiscretizer(
                self.count, encode="ordinal", strategy=self.strategy, random_state=0, **chosen
            ).fit(column)
        return tuple(fitted.bin_edges_[0][1:-1].tolist())


def _first(found: Any) -> float:
    """What scikit-learn found of the one column that it was given."""
    return float(np.ravel(found)[0])


def _known(step: TableStep, column: np.ndarray, feature: Feature) -> np.ndarray:
    """The values that a column has, N × 1 as float64. Raises `DataError` where there are none."""
    known = column[np.isfinite(column)].astype(np.float64)
    if not len(known):
        raise DataError(
            f"{step.title}: no training sample has a value in the column “{feature.name}”.",
            fix="Drop this column first.",
        )
    return known[:, None]
