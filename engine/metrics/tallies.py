"""The metrics that every training has. All of a classification follow from its confusion matrix.

A confusion matrix is classes × classes: rows are true classes, columns what the network answered, cells count samples.

With two classes, precision, recall and F1 are those of the second one (the “positive” class), as scikit-learn's
``average="binary"`` has it. With more, they are the plain mean over the classes that occur in the row or the column
sums (``average="macro"``). Where nothing can be divided, a class counts 0.
"""

import numpy as np

from engine.events import Metrics

ROUNDING = 1e-12


def confusion_matrix(labels: np.ndarray, answered: np.ndarray, classes: int) -> np.ndarray:
    """Counts by true class (row) and answered class (column), both given as N class numbers: classes × classes. A true
    class below 0 is none: what was answered there is not counted.
    """
    if labels.min(initial=0) < 0:
        known = labels >= 0
        labels, answered = labels[known], answered[known]
    counts = np.bincount(labels * classes + answered, minlength=classes * classes)
    return counts.reshape(classes, classes)


class Confusion:
    """The confusion matrix of answers that come piece by piece."""

    def __init__(self, classes: int) -> None:
        self.counts = np.zeros((classes, classes), np.int64)

    def add(self, answers: np.ndarray, targets: np.ndarray) -> None:
        """More answers and their true classes, as class numbers of any shape."""
        self.counts += confusion_matrix(targets.ravel(), answers.ravel(), len(self.counts))

    def metrics(self) -> Metrics:
        """Those of all so far."""
        return classification_metrics(self.counts)


class Matches:
    """How many sequences of symbols are answered without a fault, where they come piece by piece."""

    def __init__(self) -> None:
        self._right = self._count = 0

    def add(self, answers: np.ndarray, targets: np.ndarray) -> None:
        """More answers (N × steps) and the true sequences (N × L), both filled up with numbers below 0."""
        shared = min(answers.shape[1], targets.shape[1])
        alike = (answers[:, :shared] == targets[:, :shared]).all(axis=1)
        ended = (answers[:, shared:] < 0).all(axis=1) & (targets[:, shared:] < 0).all(axis=1)
        self._right += int((alike & ended).sum())
        self._count += len(targets)

    def metrics(self) -> Metrics:
        """Those of all so far."""
        return {"accuracy": self._right / max(1, self._count)}


class Errors:
    """How far answers are from their true values, where they come piece by piece."""

    def __init__(self) -> None:
        self._count = 0
        self._absolute = self._squares = self._means = self._spread = np.zeros(0)
        """Of each value: sums of absolute and squared errors; mean of the true ones, and their squares around it."""

    def add(self, answers: np.ndarray, targets: np.ndarray) -> None:
        """More answers (N × K, K of any shape) and their true values."""
        answered, true = (values.reshape(len(values), -1).astype(np.float64) for values in (answers, targets))
        if not self._count:
            self._absolute, self._squares, self._means, self._spread = np.zeros((4, true.shape[1]))
        errors = answered - true
        self._absolute = self._absolute + np.abs(errors).sum(axis=0)
        self._squares = self._squares + np.square(errors).sum(axis=0)
        # Two parts merged as Chan, Golub and LeVeque (1979) have it: nothing large is taken from something large.
        means, count = true.mean(axis=0), self._count + len(true)
        apart = means - self._means
        self._spread = self._spread + np.square(true - means).sum(axis=0)
        self._spread += np.square(apart) * (self._count * len(true) / count)
        self._means = self._means + apart * (len(true) / count)
        self._count = count

    def metrics(self) -> Metrics:
        """Mean absolute error, root mean squared error and R² of all so far.

        R² is the plain mean over the K values, as scikit-learn's ``r2_score`` has it; it is left out where no value
        varies.
        """
        # What varies by rounding alone does not vary.
        known = self._spread > self._count * np.square(ROUNDING * self._means)
        found = {
            "mae": float(self._absolute.mean() / self._count),
            "rmse": float(np.sqrt(self._squares.mean() / self._count)),
        }
        if known.any():
            found["r2"] = float(1 - (self._squares[known] / self._spread[known]).mean())
        return found


def classification_metrics(confusion: np.ndarray) -> Metrics:
    """Accuracy, precision, recall and F1 of a confusion matrix."""
    right, answered, true = confusion.diagonal(), confusion.sum(axis=0), confusion.sum(axis=1)
    both = answered + true
    # All at once: for a small network, this would otherwise take longer than the judging.
    shares = right / np.maximum(1, np.array((answered, true, both)))
    # A class that neither occurs nor is answered says nothing of the network; scikit-learn passes it over as well.
    judged = shares[:, 1:] if len(confusion) == 2 else shares.compress(both > 0, axis=1)
    precision, recall, half_f1 = judged.mean(axis=1).tolist()
    accuracy = int(right.sum()) / max(1, int(true.sum()))
    return {"accuracy": accuracy, "precision": precision, "recall": recall, "f1": 2 * half_f1}


def regression_metrics(answers: np.ndarray, targets: np.ndarray) -> Metrics:
    """What `Errors` says of answers (N × K) whose true values are these."""
    errors = Errors()
    errors.add(answers, targets)
    return errors.metrics()
