"""The metrics that every training has. All of a classification follow from its confusion matrix.

A confusion matrix is classes × classes: rows are true classes, columns what the network answered, cells count samples.

With two classes, precision, recall and F1 are those of the second one (the “positive” class), as scikit-learn's
``average="binary"`` has it. With more, they are the plain mean over the classes that occur in the row or the column
sums (``average="macro"``). Where nothing can be divided, a class counts 0.
"""

import numpy as np

from engine.events import Metrics

ROUNDING = 1e-12


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
    if len(confusion) == 2:
        return _of_two(*confusion.ravel().tolist())
    right, answered, true = confusion.diagonal(), confusion.sum(axis=0), confusion.sum(axis=1)
    both = answered + true
    shares = right / np.maximum(1, np.array((answered, true, both)))
    # A class that neither occurs nor is answered says nothing of the network; scikit-learn passes it over as well.
    precision, recall, half_f1 = shares.compress(both > 0, axis=1).mean(axis=1).tolist()
    accuracy = int(right.sum()) / max(1, int(true.sum()))
    return {"accuracy": accuracy, "precision": precision, "recall": recall, "f1": 2 * half_f1}


def _of_two(right_no: int, wrong_yes: int, wrong_no: int, right_yes: int) -> Metrics:
    """The same of two classes, as counts. Arrays would take longer here than judging a small network does."""
    right, wrong = right_no + right_yes, wrong_yes + wrong_no
    return {
        "accuracy": right / max(1, right + wrong),
        "precision": right_yes / max(1, right_yes + wrong_yes),
        "recall": right_yes / max(1, right_yes + wrong_no),
        "f1": 2 * right_yes / max(1, 2 * right_yes + wrong),
    }


def label_metrics(counts: np.ndarray) -> Metrics:
    """Accuracy, precision, recall and F1 of labels, of which a sample may have any number.

    ``counts`` are labels × 2 × 2: for each label a confusion matrix of no and yes. The last three are the plain mean
    over all labels, as scikit-learn's ``average="macro"`` has it of labels.
    """
    wrong_yes, wrong_no, right = counts[:, 0, 1], counts[:, 1, 0], counts[:, 1, 1]
    accuracy = (counts[:, 0, 0] + right).sum() / max(1, int(counts.sum()))
    said = np.array((right + wrong_yes, right + wrong_no, 2 * right + wrong_yes + wrong_no))
    precision, recall, half_f1 = (right / np.maximum(1, said)).mean(axis=1).tolist()
    return {"accuracy": float(accuracy), "precision": precision, "recall": recall, "f1": 2 * half_f1}


def regression_metrics(answers: np.ndarray, targets: np.ndarray) -> Metrics:
    """What `Errors` says of answers (N × K) whose true values are these."""
    errors = Errors()
    errors.add(answers, targets)
    return errors.metrics()
