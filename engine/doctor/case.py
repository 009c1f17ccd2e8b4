"""Case: data under examination. What many rules ask for is read and computed once."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from engine.data import Data, divided
from engine.datasets import Dataset, Loaded, Samples
from engine.datasets.dataset import Feature
from engine.doctor.finding import MOST_ROWS, Finding, Severity
from engine.held import held, held_rows, in_words
from engine.report import Fix
from engine.steps import DropColumns

MOST_MODELLED = 20_000
"""Samples that models and comparisons of pairs see; of more, as many are drawn."""
CHANNELS = (1, 3, 4)


class Case:
    """The samples that the dataset brings for training, less those left out, and its other parts.

    ``dataset`` is that of the data, or what can be looked at of it (see `Dataset.to_look`).
    """

    def __init__(self, data: Data, dataset: Dataset, loaded: Loaded) -> None:
        self.data, self.dataset, self.loaded = data, dataset, loaded
        division = divided(data, loaded)
        self.part_of = _parts(len(loaded.train), division.train, division.validation, division.test)
        """For each training sample that the dataset brings: 0 training, 1 validation, 2 test, -1 left out."""
        self._brought = [part for part in (loaded.train, loaded.validation, loaded.test) if part is not None]
        self._held = held_rows(self._brought)
        self.rows = self._held[0][self.part_of[self._held[0]] >= 0]
        """The numbers of the samples that are looked at: those that are used or, of very many, some from everywhere."""
        self.parts = self.part_of[self.rows]
        self.samples = held(loaded.train, self.rows)
        self.notes = [words] if (words := in_words(self._brought, self._held)) else list[str]()

    def __len__(self) -> int:
        return len(self.rows)

    # What the samples are

    @property
    def inputs(self) -> np.ndarray:
        """N × shape."""
        return self.samples.inputs

    @cached_property
    def labels(self) -> np.ndarray | None:
        """The class of each sample (N, int64); None: each has not just one."""
        targets = self.samples.targets
        return targets if self.dataset.classes and targets.ndim == 1 and targets.dtype.kind in "iu" else None

    @property
    def is_images(self) -> bool:
        """Whether each sample is an image."""
        return self.inputs.ndim == 4 and self.inputs.shape[1] in CHANNELS and self.inputs.dtype == np.uint8

    @property
    def is_table(self) -> bool:
        """Whether each sample is a row of named columns."""
        return self.inputs.ndim == 2 and len(self.features) == self.inputs.shape[1]

    @property
    def is_sequence(self) -> bool:
        """Whether samples are cut from a longer whole, such as windows of a text, and so repeat by nature."""
        return not self.is_table and (
            len(self.dataset.places) == 1 or (self.inputs.dtype.kind in "iu" and not self.is_images)
        )

    @cached_property
    def features(self) -> tuple[Feature, ...]:
        """The columns, as they are read."""
        return self.dataset.layout.features

    @cached_property
    def columns(self) -> dict[int, Feature]:
        """Those that the preparation does not drop, by their places; one that is to be predicted is never one."""
        dropped = {name for step in self.data.steps if isinstance(step, DropColumns) for name in step.columns}
        dropped.add(getattr(self.data.dataset, "target", ""))
        return (
            {place: one for place, one in enumerate(self.features) if one.name not in dropped} if self.is_table else {}
        )

    def called(self, count: int) -> str:
        """``240 rows``, ``1 image``."""
        return f"{count:,} {self.noun if count == 1 else f'{self.noun}s'}"

    @property
    def noun(self) -> str:
        """What one sample is called."""
        return "row" if self.is_table else "image" if self.is_images else "sample"

    # What is computed once

    @cached_property
    def digests(self) -> np.ndarray:
        """A number for the inputs of each sample; the same inputs have the same."""
        return digests(self.inputs)

    @cached_property
    def drawn(self) -> np.ndarray:
        """The places of the samples that models see, ascending: all, or `MOST_MODELLED` of them."""
        if len(self) <= MOST_MODELLED:
            return np.arange(len(self))
        return np.sort(np.random.default_rng(0).choice(len(self), MOST_MODELLED, replace=False))

    def others(self) -> Iterator[tuple[np.ndarray, str, Samples]]:
        """The parts that the dataset brings apart: the numbers of their rows, their name, their samples."""
        names = [name for name in ("validation", "test") if getattr(self.loaded, name) is not None]
        first = len(self.loaded.train)
        for name, part, rows in zip(names, self._brought[1:], self._held[1:], strict=True):
            yield first + rows, name, held(part, rows)
            first += len(part)

    def find(
        self,
        rule: str,
        severity: Severity,
        message: str,
        places: np.ndarray | None = None,
        *,
        column: str = "",
        fix: Fix | None = None,
    ) -> Finding:
        """A finding at these places among the samples that are used."""
        rows = self.rows[places] if places is not None else np.empty(0, int)
        return Finding(rule, severity, message, tuple(rows[:MOST_ROWS].tolist()), len(rows), column, fix)


def _parts(count: int, *rows: np.ndarray) -> np.ndarray:
    parts = np.full(count, -1, np.int8)
    for number, some in enumerate(rows):
        parts[some] = number
    return parts


def digests(values: np.ndarray) -> np.ndarray:
    """A number (int64) for each of N arrays; equal arrays have equal numbers."""
    return np.fromiter((hash(one.tobytes()) for one in values), np.int64, len(values))
