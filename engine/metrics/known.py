"""What each number is called, by the names that events and files use."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import chain

from msgspec.structs import replace

from engine.events import Metrics
from engine.metrics.metric import Figure, Metric
from engine.spec import as_percent

METRICS = {
    "loss": Figure("Loss", "What training makes small, as a mean over the samples.", "", higher_is_better=False),
    "accuracy": Figure(
        "Accuracy",
        "Share of the samples that are given their true class, or their whole sequence without a fault; "
        "of labels the share of all yes and no that are right.",
        r"\frac{\text{right}}{\text{all}}",
        percent=True,
    ),
    "exact_match": Figure(
        "Exact match",
        "Share of the samples that are given all of their labels and no other.",
        r"\frac{1}{n} \sum_i [\hat{y}_i = y_i]",
        percent=True,
    ),
    "precision": Figure(
        "Precision",
        "Of the samples that were given a class, the share that belongs to it. "
        "Of two classes the second is meant; of more, and of labels, the mean over all.",
        r"\frac{TP}{TP + FP}",
        percent=True,
    ),
    "recall": Figure(
        "Recall",
        "Of the samples that belong to a class, the share that was found. "
        "Of two classes the second is meant; of more, and of labels, the mean over all.",
        r"\frac{TP}{TP + FN}",
        percent=True,
    ),
    "f1": Figure(
        "F1",
        "The harmonic mean of precision and recall: high only where both are.",
        r"\frac{2 \, TP}{2 \, TP + FP + FN}",
        percent=True,
    ),
    "mae": Figure(
        "Mean absolute error",
        "How far the answers are from the true values on average, in the units of the data.",
        r"\frac{1}{n} \sum_i |\hat{y}_i - y_i|",
        higher_is_better=False,
    ),
    "rmse": Figure(
        "Root mean squared error",
        "How far the answers are from the true values, large errors counting more, in the units of the data.",
        r"\sqrt{\frac{1}{n} \sum_i (\hat{y}_i - y_i)^2}",
        higher_is_better=False,
    ),
    "r2": Figure(
        "R²",
        "How much of what the true values vary the network explains: 1 is all of it; 0 is no better than their mean.",
        r"1 - \frac{\sum_i (\hat{y}_i - y_i)^2}{\sum_i (y_i - \bar{y})^2}",
    ),
}
"""Every metric that is always there, by its name, in the order in which they are listed."""

OF_TASK = {
    "classification": ("loss", "accuracy", "precision", "recall", "f1"),
    "multilabel": ("loss", "accuracy", "exact_match", "precision", "recall", "f1"),
    "regression": ("loss", "mae", "rmse", "r2"),
    "transcription": ("loss", "accuracy"),
}
"""Which of them a training has."""


@lru_cache(maxsize=1024)
def described(name: str) -> Figure | None:
    """What a number is: one that is always there or one of a metric that can be chosen; None: there is no such one."""
    stem, colon, part = name.partition(":")
    kinds: tuple[type[Metric], ...] = tuple(Metric.kinds.values())
    chosen = (found.figure for kind in kinds if (found := kind.named(stem)))
    # What stands always for all classes together means each of them before a colon.
    figure = METRICS.get(stem) or next(chosen, None)
    return replace(figure, title=f"{figure.title}: {part}") if figure and colon else figure


def is_better_high(name: str) -> bool:
    """Whether more of a metric is better; of one that nobody knows, too."""
    figure = described(name)
    return figure is None or figure.higher_is_better


def title_of(name: str) -> str:
    """The title of a number; the name itself where nobody knows it."""
    figure = described(name)
    return figure.title if figure else name


def title_within(name: str) -> str:
    """The title of a number within a sentence: F1, R² and AUROC stay as they are."""
    title = title_of(name)
    first = title.partition(" ")[0]
    # A word that has digits or capitals within stays as it is.
    return title[:1].lower() + title[1:] if first[1:].islower() else title


def in_words(metrics: Metrics) -> str:
    """``loss 0.0712, accuracy 97.81 %``."""
    return ", ".join(f"{title_within(name)} {value_in_words(name, value)}" for name, value in metrics.items())


def in_rows(parts: Mapping[str, Metrics], corner: str = "") -> list[str]:
    """A line for each metric, with its value in each part that has any below the name of the part; ``corner`` says of
    what all of it is.
    """
    shown = {part: metrics for part, metrics in parts.items() if metrics}
    names = dict.fromkeys(chain.from_iterable(shown.values()))
    heads = [corner, *map(title_within, names)]
    columns = [[f"{head:{max(map(len, heads))}}" for head in heads]]
    for part, metrics in shown.items():
        cells = [part, *(value_in_words(name, metrics[name]) if name in metrics else "" for name in names)]
        columns.append([f"{cell:>{max(map(len, cells))}}" for cell in cells])
    return ["  ".join(row).rstrip() for row in zip(*columns, strict=True)] if names else []


def value_in_words(name: str, value: float) -> str:
    """``97.81 %`` of a share, else ``0.0712``."""
    figure = described(name)
    return as_percent(value, 2) if figure and figure.percent else f"{value:.4g}"
