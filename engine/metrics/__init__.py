"""How good a network is, in numbers: those that every training has, and those that can be chosen, one file per family.

Importing this package fills `Metric.kinds`, in the order of the list. Nothing here needs torch; what needs torchmetrics
is made of the `Call` that a metric answers with (see `engine.judging`).
"""

# ruff: noqa: I001 — the order of these imports is the order of the list.

from engine.metrics.metric import EACH_CLASS, EACH_NUMBER, MOST_EACH, Asked, Figure, Metric
from engine.metrics.classes import (
    AUROC,
    F1,
    AveragePrecision,
    Dice,
    IoU,
    MatthewsCorrelation,
    Perplexity,
    Precision,
    Recall,
    RecallAtK,
    TopKAccuracy,
)
from engine.metrics.labels import HammingDistance
from engine.metrics.values import MAE, R2, RMSE
from engine.metrics.sequences import CharacterErrorRate
from engine.metrics.known import (
    METRICS,
    OF_TASK,
    described,
    in_rows,
    in_words,
    is_better_high,
    title_of,
    title_within,
    value_in_words,
)
from engine.metrics.tallies import Errors, classification_metrics, label_metrics, regression_metrics

__all__ = [
    "AUROC",
    "EACH_CLASS",
    "EACH_NUMBER",
    "F1",
    "MAE",
    "METRICS",
    "MOST_EACH",
    "OF_TASK",
    "R2",
    "RMSE",
    "Asked",
    "AveragePrecision",
    "CharacterErrorRate",
    "Dice",
    "Errors",
    "Figure",
    "HammingDistance",
    "IoU",
    "MatthewsCorrelation",
    "Metric",
    "Perplexity",
    "Precision",
    "Recall",
    "RecallAtK",
    "TopKAccuracy",
    "classification_metrics",
    "described",
    "in_rows",
    "in_words",
    "is_better_high",
    "label_metrics",
    "regression_metrics",
    "title_of",
    "title_within",
    "value_in_words",
]
