"""Metrics of classifications, some of them also of labels. Class numbers below 0 stand for places without a class,
which are left out.
"""

import re
from typing import Self

from engine.call import Call, call
from engine.losses import Task
from engine.losses.distances import DISTANCES, HOW_FAR
from engine.metrics.metric import EACH_CLASS, Asked, Metric
from engine.spec import choice, integer

BINS_OF_PLACES = 200
"""Thresholds where each pixel has an answer: those of all samples would be more than memory holds."""

CLASSIFICATION = "torchmetrics.classification."
CLASSES_OR_LABELS: tuple[Task, ...] = ("classification", "multilabel")


class OfClasses(Metric, frozen=True):
    """Base of all."""

    listed = False
    group = "Classes"
    tasks = ("classification",)
    takes = "labels"

    def _made(self, name: str, asked: Asked, **options: object) -> Call:
        if asked.of_labels:
            return call(f"{CLASSIFICATION}Multilabel{name}", num_labels=asked.count, **options)
        return call(f"{CLASSIFICATION}Multiclass{name}", num_classes=asked.count, **options)


class TopKAccuracy(OfClasses, frozen=True):
    """Share of the samples whose true class is among the k that the network finds most likely."""

    title = "Top-k accuracy"
    formula = r"\frac{1}{n} \sum_i [y_i \in top_k(\hat{y}_i)]"
    takes = "scores"
    percent = True

    k: int = integer(5, low=1, high=1000, help="How many classes may be guessed.")

    @property
    def name(self) -> str:
        return f"top_{self.k}_accuracy"

    @property
    def full_title(self) -> str:
        return f"Top-{self.k} accuracy"

    @classmethod
    def named(cls, name: str) -> Self | None:
        found = re.fullmatch(r"top_([1-9]\d{0,3})_accuracy", name)
        return cls(int(found[1])) if found and int(found[1]) <= 1000 else None

    def function(self, asked: Asked) -> Call:
        return self._made("Accuracy", asked, average="micro", top_k=self.k)

    def lacks(self, asked: Asked) -> str:
        return "" if self.k < asked.count else f"of {asked.count:,} classes one is always among the first {self.k:,}"


class Averaged(OfClasses, frozen=True):
    """Base of those that are a number of each class, taken together in one of several ways."""

    listed = False
    stem = ""
    module = ""
    percent = True

    average: str = choice(
        "macro",
        "micro",
        "weighted",
        EACH_CLASS,
        help="Macro is the mean over the classes that occur, or over all labels; micro takes the answers of all "
        "classes together; weighted lets each class count as often as it occurs; each class has a number of its own.",
    )

    @property
    def name(self) -> str:
        return self.stem if self.is_each else f"{self.stem}_{self.average}"

    @property
    def full_title(self) -> str:
        return self.title if self.is_each else f"{self.title} ({self.average})"

    @property
    def is_each(self) -> bool:
        return self.average == EACH_CLASS

    def function(self, asked: Asked) -> Call:
        return self._made(self.module, asked, average="none" if self.is_each else self.average)


class Precision(Averaged, frozen=True):
    """Of the samples that were given a class, the share that belongs to it."""

    formula = r"\frac{TP}{TP + FP}"
    tasks = CLASSES_OR_LABELS
    stem, module = "precision", "Precision"


class Recall(Averaged, frozen=True):
    """Of the samples that belong to a class, the share that was found."""

    formula = r"\frac{TP}{TP + FN}"
    tasks = CLASSES_OR_LABELS
    stem, module = "recall", "Recall"


class F1(Averaged, frozen=True):
    """The harmonic mean of precision and recall: high only where both are."""

    formula = r"\frac{2 \, TP}{2 \, TP + FP + FN}"
    tasks = CLASSES_OR_LABELS
    stem, module = "f1", "F1Score"


class IoU(Averaged, frozen=True):
    """Intersection over union (Jaccard index): the area that answers and truth share, of the area that either has. The
    usual measure of a class for each pixel.
    """

    title = "IoU"
    group = "Segmentation"
    formula = r"\frac{TP}{TP + FP + FN}"
    stem, module = "iou", "JaccardIndex"


class Dice(Averaged, frozen=True):
    """Dice coefficient: how much the areas of answers and truth overlap, of both together. Over all samples it is the
    F1 of the classes.
    """

    group = "Segmentation"
    formula = r"\frac{2 \, TP}{2 \, TP + FP + FN}"
    stem, module = "dice", "F1Score"

    over: str = choice(
        "all samples",
        "each sample",
        help="Whether areas are those in all samples together, or those in each sample, of which the mean over the "
        "classes in it, and then over the samples, is taken.",
    )

    @property
    def idle(self) -> tuple[str, ...]:
        return ("average",) if self._is_of_samples else ()

    @property
    def _is_of_samples(self) -> bool:
        return self.over == "each sample"

    @property
    def takes_samples(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._is_of_samples

    @property
    def name(self) -> str:
        return "dice_per_sample" if self._is_of_samples else super().name

    @property
    def full_title(self) -> str:
        return "Dice (of each sample)" if self._is_of_samples else super().full_title

    @property
    def is_each(self) -> bool:
        return self.average == EACH_CLASS and not self._is_of_samples

    def function(self, asked: Asked) -> Call:
        return call("modules.DiceOfSamples", asked.count) if self._is_of_samples else super().function(asked)


class MatthewsCorrelation(OfClasses, frozen=True):
    """Matthews correlation coefficient (MCC): how far answers and truth go together, 1 always, 0 as by chance. It is
    not deceived by rare classes.
    """

    title = "MCC (Matthews correlation)"
    formula = r"\frac{TP \cdot TN - FP \cdot FN}{\sqrt{(TP+FP)(TP+FN)(TN+FP)(TN+FN)}}"
    tasks = CLASSES_OR_LABELS

    @property
    def name(self) -> str:
        return "mcc"

    def function(self, asked: Asked) -> Call:
        return self._made("MatthewsCorrCoef", asked)


class Ranked(OfClasses, frozen=True):
    """Base of those that ask how a class is told from all others at every threshold."""

    listed = False
    takes = "scores"
    tasks = CLASSES_OR_LABELS
    stem = ""
    module = ""

    average: str = choice(
        "macro",
        "weighted",
        EACH_CLASS,
        help="Macro is the mean over the classes that occur, of two classes the number of the second; weighted lets "
        "each class count as often as it occurs; each class has a number of its own.",
    )
    thresholds: int = integer(
        0,
        high=10_000,
        help="0 is exact and keeps the answers to all samples until the end of a validation; else so many thresholds "
        f"are tried in a fixed memory. Where each pixel has an answer, 0 stands for {BINS_OF_PLACES}.",
        advanced=True,
    )

    @property
    def name(self) -> str:
        return f"{self.stem}_weighted" if self.average == "weighted" else self.stem

    @property
    def full_title(self) -> str:
        return f"{self.title} (weighted)" if self.average == "weighted" else self.title

    @property
    def is_each(self) -> bool:
        return self.average == EACH_CLASS

    def function(self, asked: Asked) -> Call:
        bins = self.thresholds or (BINS_OF_PLACES if asked.for_each_place else None)
        each = self._made(self.module, asked, average="none", thresholds=bins)
        of_two = asked.count == 2 and not asked.of_labels
        average = "none" if self.is_each else "second" if of_two else self.average
        return call("modules.OfPresent", each, asked.count, average, squashes=not asked.are_shares or None)


class AUROC(Ranked, frozen=True):
    """Area under the ROC curve: how likely a sample of a class scores higher for it than one of another; 0.5 is chance.
    Of several classes each against all others.
    """

    formula = r"P(\hat{y}_+ > \hat{y}_-)"
    stem, module = "auroc", "AUROC"


class AveragePrecision(Ranked, frozen=True):
    """Average precision: the area under the curve of precision over recall. It shows more than the ROC curve where a
    class is rare.
    """

    title = "Average precision"
    formula = r"\sum_t (R_t - R_{t-1}) P_t"
    stem, module = "average_precision", "AveragePrecision"


class RecallAtK(OfClasses, frozen=True):
    """Share of the samples that have one of their class among the k others nearest to them, in what an Output answers
    whose loss learns an embedding, such as Triplet.
    """

    title = "Recall at k"
    group = "Embeddings"
    formula = r"\frac{1}{n} \sum_i [y_i \in \{y_j : j \in near_k(i)\}]"
    takes = "embeddings"
    percent = True

    k: int = integer(1, low=1, high=1000, help="How many neighbours are looked at.")
    distance: str = choice(*DISTANCES, help=HOW_FAR)

    @property
    def name(self) -> str:
        return f"recall_at_{self.k}"

    @property
    def full_title(self) -> str:
        return f"Recall at {self.k}"

    @classmethod
    def named(cls, name: str) -> Self | None:
        found = re.fullmatch(r"recall_at_([1-9]\d{0,3})", name)
        return cls(int(found[1])) if found and int(found[1]) <= 1000 else None

    def function(self, asked: Asked) -> Call:
        distance = None if self.distance == "euclidean" else self.distance
        return call("modules.NearestNeighbours", self.k, distance=distance)

    def lacks(self, asked: Asked) -> str:
        return "a sample has many classes" if asked.for_each_place else ""


class Perplexity(OfClasses, frozen=True):
    """Perplexity: among how many equally likely classes the network seems to choose. The usual measure of what comes
    next in a text.
    """

    formula = r"e^{-\frac{1}{n} \sum_i \log p_{class}}"
    takes = "scores"
    needs_shares = True
    higher_is_better = False

    @property
    def name(self) -> str:
        return "perplexity"

    def function(self, asked: Asked) -> Call:
        return call("modules.OfShares", call("torchmetrics.text.Perplexity"))
