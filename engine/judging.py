"""The chosen metrics of a project, accumulated on the device batch by batch, and read once."""

import math
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.chosen_metrics import asked_of, fitting
from engine.datasets.dataset import Dataset
from engine.ends import ends_in_logarithms, loss_at
from engine.events import Metrics
from engine.measure import resolve
from engine.metrics import METRICS, Metric, classification_metrics, label_metrics
from engine.modules.sequences import are_same
from engine.project import Project

CPU = torch.device("cpu")


class Confusion:
    """The confusion matrix of answers that come piece by piece, counted on their device. See `engine.metrics`.

    With ``ignores``, an answer does not count where the true class is below 0; without, there is none below 0.
    """

    def __init__(self, classes: int, ignores: bool = False) -> None:
        self._classes, self._ignores = classes, ignores
        self._counts: Tensor | None = None

    def counted(self, answered: Tensor, truth: Tensor) -> Tensor:
        """What `add` takes of answers and their true classes, class numbers of the same shape. Nothing is read back."""
        cells = truth * self._classes + answered
        if self._ignores:
            # What does not count has a cell of its own.
            cells = torch.where(truth >= 0, cells, self._classes**2)
        return torch.bincount(cells.flatten(), minlength=self._classes**2 + self._ignores)

    def add(self, counted: Tensor, samples: int) -> None:
        """More answers, of so many samples."""
        del samples
        self._counts = counted if self._counts is None else self._counts + counted

    def counts(self) -> np.ndarray:
        """Of all so far: classes × classes."""
        shape = self._classes, self._classes
        if self._counts is None:
            return np.zeros(shape, np.int64)
        return self._counts[: self._classes**2].cpu().numpy().reshape(shape)

    def metrics(self) -> Metrics:
        """Those of all so far."""
        return classification_metrics(self.counts())


class LabelCounts:
    """How often each label is answered and true, and in how many samples all are right, of answers that come piece by
    piece, counted on their device.
    """

    def __init__(self, labels: int) -> None:
        self._labels = labels
        self._counts: Tensor | None = None
        self._samples = 0

    def counted(self, answered: Tensor, truth: Tensor) -> Tensor:
        """What `add` takes of answers (N × K, bool) and the truth (N × K, 0 or 1). Nothing is read back."""
        true = truth > 0.5
        of_each = torch.stack((answered & true, answered, true)).sum(1)
        return torch.cat((of_each.flatten(), (answered == true).all(1).sum()[None]))

    def add(self, counted: Tensor, samples: int) -> None:
        """More answers, of so many samples."""
        self._counts = counted if self._counts is None else self._counts + counted
        self._samples += samples

    def counts(self) -> np.ndarray:
        """Of all so far, labels × 2 × 2: for each label a confusion matrix of no and yes."""
        right, answered, true = self._found[:-1].reshape(3, self._labels)
        neither = self._samples - answered - true + right
        return np.stack((neither, answered - right, true - right, right), axis=1).reshape(-1, 2, 2)

    def metrics(self) -> Metrics:
        """Those of all so far."""
        found = label_metrics(self.counts())
        exact = int(self._found[-1]) / max(1, self._samples)
        return {"accuracy": found.pop("accuracy"), "exact_match": exact, **found}

    @property
    def _found(self) -> np.ndarray:
        return np.zeros(3 * self._labels + 1, np.int64) if self._counts is None else self._counts.cpu().numpy()


class Matches:
    """How many sequences of symbols are answered without a fault, where they come piece by piece."""

    def __init__(self) -> None:
        self._right: Tensor | int = 0
        self._count = 0

    def counted(self, answered: Tensor, truth: Tensor) -> Tensor:
        """What `add` takes of answers (N × steps) and the true sequences (N × L), both filled up with numbers below 0.
        Nothing is read back.
        """
        return are_same(answered, truth).sum()

    def add(self, counted: Tensor, samples: int) -> None:
        """More answers, of so many samples."""
        self._right = self._right + counted
        self._count += samples

    def metrics(self) -> Metrics:
        """Those of all so far."""
        return {"accuracy": int(self._right) / max(1, self._count)}


class Judges:
    """What the chosen metrics of a project come to over samples that come piece by piece.

    ``values`` are training values of the answer (N × K × places), ``labels`` the class numbers that they stand for and
    ``truth`` the true ones (N × places, below 0 where nothing is known); of a regression ``values`` and ``truth`` are N
    × what is predicted, in the units of the data less any constant; of labels ``labels`` and ``truth`` say of each
    whether it applies (N × K); of a transcription they are numbers of symbols (N × steps), filled up with numbers below
    0.
    """

    def __init__(self, project: Project, device: torch.device) -> None:
        self._project, self._dataset = project, project.data.dataset
        # Metrics of numbers are computed in double numbers, which Apple's graphics cards do not have.
        self._device = CPU if device.type == "mps" else device
        self._metrics = fitting(project)
        self._has_scores = any(metric.takes == "scores" for metric in self._metrics)
        self.begin()

    def begin(self) -> None:
        """Forgets all samples so far."""
        self._made: list[tuple[Metric, Any]] = [(metric, self._of(metric)) for metric in self._metrics]
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
        if not self._made:
            return
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
        if self._dataset.task == "multilabel":
            self._has_rows = self._has_rows or len(truth) > 0
            for metric, made in self._made:
                made.update(scores if metric.takes == "scores" else labels.long(), truth.long())
            return
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
        if not self._made:
            return {}
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
    return dataset.classes or tuple(str(each + 1) for each in range(count))
