"""What every step of preparing samples promises: one class each; the list, the form and the file follow from it.

A step says what a sample is after it (`layout`) without reading any, and is fitted on the training part alone. What it
found (a `Fitted`) is plain numbers: kept in the run, applied wherever the trained network is asked, and exported.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

import numpy as np
from msgspec.structs import replace

from engine.datasets.dataset import Feature, Layout
from engine.errors import DataError
from engine.layers.layer import in_words
from engine.spec import Shape, Spec, abbreviate, names
from engine.steps.fitted import AnyFitted

MOST_WORDS = 50
MOST_SHORT, LONGEST_WHOLE = 1e4, 1e9
"""Numbers from here to there are written without a fraction."""
"""Columns of which a step says what it found; of more, only how many there are."""
_SHOWN = 8

Takes = Literal["numbers", "categories", "all"]


class Step(Spec, frozen=True):
    """Base of all steps."""

    group: ClassVar[str]
    """The heading it is listed under."""
    scales: ClassVar[bool] = False
    """Whether what leaves it is scaled, so that nothing else need be."""
    drops: ClassVar[bool] = False
    """Whether it leaves out samples."""

    def layout(self, before: Layout) -> Layout:
        """What a sample is after it. Raises `DataError` where it does not fit; nothing is read for it."""
        raise NotImplementedError

    def fit(self, values: np.ndarray, layout: Layout) -> AnyFitted:
        """What it comes to for training samples (N × shape) of this layout. Raises `DataError`."""
        raise NotImplementedError

    def keeps_about(self, before: Layout, count: int) -> float:
        """About which share of ``count`` samples of this layout stay; nothing is read for it."""
        del before, count
        return 1.0


class TableStep(Step, frozen=True):
    """Base of the steps that change columns of a table."""

    listed = False
    takes: ClassVar[Takes] = "numbers"

    columns: tuple[str, ...] = names(help="The columns that it changes; none named: all that it fits.")

    def chosen(self, layout: Layout) -> tuple[int, ...]:
        """The places of its columns. Raises `DataError` where one is not there or is of another kind."""
        features = self.table(layout).features
        if not self.columns:
            return tuple(place for place, feature in enumerate(features) if not feature.of and self._fits(feature))
        found: list[int] = []
        for name in self.columns:
            places = [place for place, feature in enumerate(features) if name in (feature.name, feature.of)]
            if not places:
                raise self._absent(name, features)
            for place in places:
                if not self._fits(features[place]):
                    raise self._misfit(features[place])
            found += places
        return tuple(dict.fromkeys(found))

    def table(self, layout: Layout) -> Layout:
        """The layout with a feature for each value, where they have no names. Raises `DataError` for no table."""
        if len(layout.shape) != 1:
            raise DataError(
                f"{self.title} prepares the columns of a table, but a sample is {in_words(layout.shape)}.",
                fix="Remove this step.",
            )
        if layout.features:
            return layout
        return Layout(layout.shape, tuple(Feature(f"value {number}") for number in range(1, layout.shape[0] + 1)))

    def _fits(self, feature: Feature) -> bool:
        return self.takes == "all" or bool(feature.categories) == (self.takes == "categories")

    def _absent(self, name: str, features: Sequence[Feature]) -> DataError:
        known = ", ".join(feature.name for feature in features[:_SHOWN])
        more = f" and {len(features) - _SHOWN:,} more" if len(features) > _SHOWN else ""
        return DataError(
            f"{self.title} names the column “{abbreviate(name, 60)}”, which is not there.",
            expected=f"There are: {abbreviate(known, 200)}{more}.",
            fix="Choose other columns, or remove this step.",
        )

    def _misfit(self, feature: Feature) -> DataError:
        is_category = bool(feature.categories)
        kind, wanted = ("categories", "numbers") if is_category else ("numbers", "categories")
        return DataError(
            f"{self.title} needs {wanted}, but the column “{abbreviate(feature.name, 60)}” holds {kind}.",
            fix="Leave the column out, or make numbers of it first." if is_category else "Leave the column out.",
        )


class ImageStep(Step, frozen=True):
    """Base of the steps that change images."""

    listed = False
    group = "Images"

    def shape_of(self, layout: Layout) -> Shape:
        """Channels, height and width. Raises `DataError` where samples are no images."""
        if len(layout.shape) != 3:
            raise DataError(
                f"{self.title} prepares images, but a sample is {in_words(layout.shape)}.", fix="Remove this step."
            )
        return layout.shape


def with_features(layout: Layout, features: Iterable[Feature]) -> Layout:
    """A table of these features instead."""
    features = tuple(features)
    return replace(layout, shape=(len(features), *layout.shape[1:]), features=features)


def short(value: float) -> str:
    """A number that was found, as short as people read it: four digits, or all before the point."""
    return f"{value:,.0f}" if MOST_SHORT <= abs(value) < LONGEST_WHOLE else f"{value:.4g}"


def told(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a step, as many as anyone reads."""
    more = len(words) - MOST_WORDS
    return (*words[:MOST_WORDS], f"and {more:,} more columns") if more > 0 else tuple(words)
