"""Steps one after the other: what they make of a layout, where one does not fit, which a new table should have."""

from collections.abc import Sequence

import msgspec

from engine.datasets.dataset import Dataset, Layout
from engine.datasets.files import FromFile
from engine.errors import DataError
from engine.steps.categories import MOST_CATEGORIES, OneHot
from engine.steps.columns import DropColumns
from engine.steps.missing import FillMissing
from engine.steps.numbers import Standardise
from engine.steps.step import Step


class Misfit(msgspec.Struct, frozen=True):
    """The step that does not fit what is before it, by its place, and why."""

    number: int
    fault: DataError


def layouts(before: Layout, steps: Sequence[Step]) -> tuple[Layout, ...]:
    """What a sample is before the first step and after each. Raises `DataError` where one does not fit."""
    found = [before]
    for step in steps:
        found.append(step.layout(found[-1]))
    return tuple(found)


def misfit(before: Layout, steps: Sequence[Step]) -> Misfit | None:
    """The first step that does not fit; None: all do."""
    for number, step in enumerate(steps):
        try:
            before = step.layout(before)
        except DataError as fault:
            return Misfit(number, fault)
    return None


def unfilled(layout: Layout) -> dict[str, int]:
    """How many values are known to be missing, by the columns that lack some."""
    return {feature.name: feature.missing for feature in layout.features if feature.missing}


def proposed_steps(dataset: Dataset) -> tuple[Step, ...]:
    """What a newly opened table needs before a network can take it; sets that come along are scaled without."""
    features = dataset.layout.features
    if not features or not isinstance(dataset, FromFile):
        return ()
    boundless = tuple(one.name for one in features if len(one.categories) > MOST_CATEGORIES)
    bounded = any(0 < len(one.categories) <= MOST_CATEGORIES for one in features)
    needed: list[tuple[bool, Step]] = [
        (len(boundless) > 0 and len(boundless) < len(features), DropColumns(boundless)),
        (any(one.missing and one.name not in boundless for one in features), FillMissing()),
        (bounded, OneHot()),
        (any(not one.categories for one in features), Standardise()),
    ]
    return tuple(step for is_needed, step in needed if is_needed)
