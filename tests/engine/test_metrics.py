"""The metrics are those that scikit-learn computes."""

import warnings

import numpy as np
import pytest
import torch
from sklearn import metrics as sklearn_metrics

from engine.judging import Confusion
from engine.metrics import METRICS, Errors, classification_metrics, in_rows, regression_metrics


def counted(labels: np.ndarray, answered: np.ndarray, classes: int) -> np.ndarray:
    """The confusion matrix, where the samples come in two pieces."""
    confusion = Confusion(classes)
    for start, end in ((0, len(labels) // 2), (len(labels) // 2, len(labels))):
        counted = confusion.counted(torch.from_numpy(answered[start:end]), torch.from_numpy(labels[start:end]))
        confusion.add(counted, end - start)
    return confusion.counts()


@pytest.mark.parametrize("classes", [2, 3, 10])
@pytest.mark.parametrize("samples", [1, 7, 500])
def test_classification_metrics_agree_with_scikit_learn(classes: int, samples: int) -> None:
    rng = np.random.default_rng(classes * samples)
    labels, answered = rng.integers(0, classes, (2, samples))
    average = "binary" if classes == 2 else "macro"
    expected = {
        "accuracy": sklearn_metrics.accuracy_score(labels, answered),
        "precision": sklearn_metrics.precision_score(labels, answered, average=average, zero_division=0),
        "recall": sklearn_metrics.recall_score(labels, answered, average=average, zero_division=0),
        "f1": sklearn_metrics.f1_score(labels, answered, average=average, zero_division=0),
    }

    confusion = counted(labels, answered, classes)

    assert np.array_equal(confusion, sklearn_metrics.confusion_matrix(labels, answered, labels=list(range(classes))))
    assert classification_metrics(confusion) == pytest.approx(expected)


def test_places_without_a_class_are_not_counted() -> None:
    confusion = Confusion(2, ignores=True)
    confusion.add(confusion.counted(torch.tensor([[0, 1], [1, 1]]), torch.tensor([[0, -1], [0, 1]])), 2)

    assert confusion.counts().tolist() == [[1, 1], [0, 1]]
    assert Confusion(3).counts().tolist() == [[0, 0, 0]] * 3


def test_a_network_that_never_says_yes_has_no_precision_and_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        judged = classification_metrics(counted(np.array([0, 1]), np.array([0, 0]), 2))

    assert judged == {"accuracy": 0.5, "precision": 0.0, "recall": 0.0, "f1": 0.0}


def test_mean_absolute_error_agrees_with_scikit_learn() -> None:
    answers, targets = np.random.default_rng(0).normal(size=(2, 20, 3)).astype(np.float32)

    assert regression_metrics(answers, targets)["mae"] == pytest.approx(
        sklearn_metrics.mean_absolute_error(targets, answers)
    )


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_explained(name: str) -> None:
    assert METRICS[name].title
    assert METRICS[name].help.endswith(".")


def test_metrics_of_numbers_are_those_of_scikit_learn() -> None:
    truth = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    answers = truth + np.random.default_rng(1).normal(size=(50, 2)).astype(np.float32)
    found = regression_metrics(answers, truth)
    expected = {
        "mae": sklearn_metrics.mean_absolute_error(truth, answers),
        "rmse": sklearn_metrics.root_mean_squared_error(truth.ravel(), answers.ravel()),
        "r2": sklearn_metrics.r2_score(truth, answers),
    }
    assert found == {name: pytest.approx(value, rel=1e-5) for name, value in expected.items()}
    assert "r2" not in regression_metrics(answers, np.ones_like(truth))


def test_metrics_of_numbers_are_the_same_piece_by_piece() -> None:
    truth = 1e4 + np.random.default_rng(0).normal(size=(50, 2, 3)).astype(np.float32)
    answers = truth + np.random.default_rng(1).normal(size=truth.shape).astype(np.float32)
    errors = Errors()
    for start, end in ((0, 1), (1, 30), (30, 50)):
        errors.add(answers[start:end], truth[start:end])
    assert errors.metrics() == pytest.approx(regression_metrics(answers, truth), rel=1e-9)
    same = np.full((50, 2), 0.1, np.float32)
    errors = Errors()
    for start, end in ((0, 7), (7, 50)):
        errors.add(same[start:end] + 1, same[start:end])
    assert "r2" not in errors.metrics()


def test_parts_stand_beside_each_other_and_metrics_below() -> None:
    judged = {"validation": {"loss": 0.5, "f1": 0.25}, "test": {"loss": 0.0125}, "train": {}}
    assert in_rows(judged) == [
        "      validation    test",
        "loss         0.5  0.0125",
        "F1       25.00 %",
    ]
    assert in_rows({"validation": {}, "test": {}}, "best weights") == []
    assert in_rows({"test": {"loss": 0.5}}, "best weights") == ["best weights  test", "loss           0.5"]
