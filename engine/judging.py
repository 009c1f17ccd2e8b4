"""The chosen metrics of a project, accumulated on the device batch by batch, and read once."""

import math
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from engine.chosen_metrics import asked_of, fitting
from engine.datasets.dataset import Dataset
from engine.ends import ends_in_logarithms, loss_at
from engine.events import Metrics
from engine.measure import resolve
from engine.metrics import METRICS, Metric
from engine.project import Project

CPU = torch.device("cpu")


class Judges:
    """What the chosen metrics of a project come to over samples that come piece by piece.

    ``values`` are training values of the answer (N × K × places), ``labels`` the class numbers that they stand for and
    ``truth`` the true ones (N × places, below 0 where nothing is known); of a regression ``values`` and ``truth`` are N
    × what is predicted, in the units of the data less any constant; of a transcription ``labels`` and ``truth`` are
    numbers of symbols (N × steps), filled up with numbers below 0.
    """

    def __init__(self, project: Project, device: torch.device) -> None:
        self._project, self._dataset = project, project.data.dataset
        # Metrics of numbers are computed in double numbers, which Apple's graphics cards do not have.
        self._device = CPU if device.type == "mps" else device
        self._made: list[tuple[Metric, Any]] = [(metric, self._of(metric)) for metric in fitting(project)]
        self._has_scores = any(metric.takes == "scores" for metric, _ in self._made)
        self._samples, self._has_rows = 0, False

    def _of(self, metric: Metric) -> Any:
        made: Any = metric.function(asked_of(self._project)).made(resolve)
        for module in made.modules():
            if hasattr(module, "validate_args"):
                # What is compared is known to fit, and a look at it would have to be read back.
                module.validate_args = False
        return made.to(self._device)

    def __bool__(self) -> bool:
        return bool(self._made)

    def take(self, values: Tensor, labels: Tensor | None, truth: Tensor, embedding: Tensor | None = None) -> None:
        """More answers. Nothing is read back."""
        values, truth = values.to(self._device), truth.to(self._device)
        self._samples += len(truth)
        self._has_rows = self._has_rows or labels is None
        if labels is None:
            for _, made in self._made:
                made.update(values.flatten(1), truth.flatten(1))
            return
        labels = labels.to(self._device)
        if self._dataset.task == "transcription":
            self._has_rows = self._has_rows or len(truth) > 0
            for _, made in self._made:
                made.update(labels, truth)
            return
        scores = self._scores(values) if self._has_scores else values
        rows, known = self._rows(truth)
        self._has_rows = self._has_rows or len(rows) > 0
        flat = {"scores": scores.movedim(1, -1).flatten(0, -2), "labels": labels.flatten()}
        given = {name: each if known is None else each[known] for name, each in flat.items()}
        for metric, made in self._made:
            if metric.takes == "embeddings" and embedding is not None:
                made.update(embedding.to(self._device), truth)
            elif metric.takes_samples:
                made.update(labels, truth)
            elif len(rows):
                made.update(given[metric.takes], rows)

    def metrics(self) -> Metrics:
        """All that can be told: what is not finite, or asks for more samples than there are, is left out."""
        with warnings.catch_warnings():
            # That a class never came is no news: where it matters, the number is left out.
            warnings.simplefilter("ignore", UserWarning)
            return {name: value for name, value in self._numbers() if math.isfinite(value)}

    def _numbers(self) -> Iterator[tuple[str, float]]:
        for metric, made in self._made if self._has_rows else ():
            if metric.takes == "values" and self._samples < 2 and metric.higher_is_better:
                # Of a single sample nothing varies.
                continue
            found = made.compute().reshape(-1).tolist()
            names = metric.names(_parts(self._dataset, len(found)))
            yield from ((name, value) for name, value in zip(names, found, strict=True) if name not in METRICS)

    def _rows(self, truth: Tensor) -> tuple[Tensor, Tensor | None]:
        """The true classes of all places in a row, and which of them are known; None: all."""
        rows = truth.flatten()
        if not self._dataset.ignores:
            return rows, None
        known = rows >= 0
        return rows[known], known

    def _scores(self, values: Tensor) -> Tensor:
        """A score of each class, N × K × places: a probability where the network tells some."""
        absorbs = loss_at(self._project).absorbs
        if absorbs:
            values = values.softmax(1) if absorbs == "Softmax" else values.sigmoid()
        elif ends_in_logarithms(self._project):
            values = values.exp()
        # One value says how likely the second of two classes is.
        return values if values.shape[1] > 1 else torch.cat((1 - values, values), 1)


def _parts(dataset: Dataset, count: int) -> tuple[str, ...]:
    """What the numbers of a metric are of: the classes, or the numbers that are predicted, from 1."""
    return dataset.classes if dataset.task == "classification" else tuple(str(each + 1) for each in range(count))
