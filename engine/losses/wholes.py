"""Losses that compare an answer with its target as a whole: as distributions, as directions, as areas."""

import numpy as np

from engine.call import INPUT, Call, call, unless
from engine.losses.loss import Loss
from engine.spec import choice, number

SUM_TOLERANCE = 1e-3


class KLDivergence(Loss, frozen=True):
    """Kullback-Leibler divergence: how much one distribution differs from another. For a network that ends in
    LogSoftmax; numbers that it predicts must be shares that sum to 1.
    """

    title = "Kullback-Leibler divergence"
    group = "Classes and numbers"
    formula = r"L = \sum_k y_k (\log y_k - \hat{y}_k)"
    tasks = ("classification", "regression")
    takes_scaled = False
    of_rows = True
    fewest = 2
    answers = "the logarithms of shares"

    def function(self) -> Call:
        return call("nn.KLDivLoss", reduction="batchmean")

    def ends_in(self) -> tuple[str, ...]:
        return ("LogSoftmax", "AdaptiveLogSoftmax")

    def reading(self) -> Call | None:
        return call(".exp", INPUT)

    def refuses(self, targets: np.ndarray) -> str:
        off = np.abs(targets.sum(axis=1, dtype=np.float64) - 1)
        if targets.min() >= 0 and off.max() <= SUM_TOLERANCE:
            return ""
        return f"{self.title} compares shares that sum to 1, which the numbers to predict are not."


class CosineDistance(Loss, frozen=True):
    """Cosine distance: how far the direction of the answer is from that of the target, however long both are."""

    title = "Cosine distance"
    group = "Classes and numbers"
    formula = r"L = 1 - \frac{\hat{y} \cdot y}{\|\hat{y}\| \, \|y\|}"
    tasks = ("regression", "classification")
    tells_each = True
    takes_scaled = False
    fewest = 2
    answers = "values whose direction counts"

    def function(self) -> Call:
        return call("modules.CosineDistance")


class Overlap(Loss, frozen=True):
    """Base of those that compare areas."""

    listed = False
    group = "Segmentation"
    formula = r"L = 1 - \frac{1}{K} \sum_k \frac{2 \sum p_k y_k + s}{\sum p_k + \sum y_k + s}"
    tasks = ("classification",)

    smooth: float = number(1, low=1e-6, high=1e6, help="Added above and below, so that an empty area counts little.")
    over: str = choice(
        "batch", "sample", help="Whether an area is that in all samples of a batch together, or that in each of them."
    )

    def of_known(self, function: Call) -> Call:
        # Its areas leave out what is not known by themselves.
        return function

    def made(self, activation: str) -> Call:
        """The module that turns scores into probabilities with this activation."""
        smooth, over = unless(self.smooth, 1.0), unless(self.over, "batch")
        return call("modules.DiceLoss", activation, smooth=smooth, over=over)


class Dice(Overlap, frozen=True):
    """Dice loss: how little the areas of the classes overlap with the true ones. Small areas count like large ones,
    which suits a class for each pixel (Milletari et al. 2016).
    """

    absorbs = "Softmax"
    fewest = 2

    def function(self) -> Call:
        return self.made("softmax")


class BinaryDice(Overlap, frozen=True):
    """Binary Dice loss: how little the area that is answered yes overlaps with the true one; of several classes, each
    by itself.
    """

    title = "Binary Dice"
    absorbs = "Sigmoid"

    def function(self) -> Call:
        return self.made("sigmoid")
