"""Losses that judge how far the answers are from values; of a classification those are 0 and 1 for each class."""

import numpy as np

from engine.call import INPUT, Call, at, call, unless
from engine.losses.loss import Loss
from engine.spec import flag, number


class OfValues(Loss, frozen=True):
    """Base of those that take the difference of answers and values."""

    listed = False
    group = "Numbers"
    tasks = ("regression", "classification")
    tells_each = True


class MeanSquaredError(OfValues, frozen=True):
    """Mean squared error: large errors count far more than small ones. The usual choice for numbers."""

    title = "Mean squared error"
    formula = r"L = \frac{1}{n} \sum_i (\hat{y}_i - y_i)^2"

    def function(self) -> Call:
        return call("nn.MSELoss")


class MeanAbsoluteError(OfValues, frozen=True):
    """Mean absolute error (L1): every error counts by its size, so outliers matter less."""

    title = "Mean absolute error (L1)"
    formula = r"L = \frac{1}{n} \sum_i |\hat{y}_i - y_i|"

    def function(self) -> Call:
        return call("nn.L1Loss")


class Huber(OfValues, frozen=True):
    """Huber loss: squared for small errors, so that it settles; linear for large ones, so that outliers matter less."""

    formula = r"L = \min(\frac{1}{2} e^2, \delta (|e| - \frac{1}{2} \delta))"

    delta: float = number(1, low=0.001, high=1000, help="The error beyond which it is linear.")

    def function(self) -> Call:
        return call("nn.HuberLoss", delta=self.delta)


class SmoothL1(OfValues, frozen=True):
    """Smooth L1: the mean absolute error, rounded off where errors are small."""

    title = "Smooth L1"
    formula = r"L = \min(\frac{1}{2 \beta} e^2, |e| - \frac{1}{2} \beta)"

    beta: float = number(1, low=0.001, high=1000, help="The error below which it is squared.")

    def function(self) -> Call:
        return call("nn.SmoothL1Loss", beta=self.beta)


class PoissonNLL(Loss, frozen=True):
    """Poisson loss: how surprised the network is by a count, such as how often something happens."""

    title = "Poisson (NLL)"
    group = "Numbers"
    formula = r"L = \hat{y} - y \log \hat{y}"
    tasks = ("regression",)
    takes_scaled = False

    log_input: bool = flag(
        True, help="The network answers with the logarithm of the count that it expects, so any answer is possible."
    )
    full: bool = flag(False, help="Add what depends on the targets alone: it changes the loss, but not the training.")

    @property
    def answers(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride]
        return "the logarithms of counts" if self.log_input else "counts"

    def function(self) -> Call:
        return call("nn.PoissonNLLLoss", log_input=self.log_input, full=self.full or None)

    def ends_in(self) -> tuple[str, ...]:
        return () if self.log_input else ("Softplus", "ReLU", "ReLU6", "Sigmoid")

    def reading(self) -> Call | None:
        return call(".exp", INPUT) if self.log_input else None

    def refuses(self, targets: np.ndarray) -> str:
        if targets.min() >= 0:
            return ""
        return f"{self.title} compares counts, but {targets.min():.6g} is among the numbers to predict."


class GaussianNLL(Loss, frozen=True):
    """Gaussian loss: the network says for each number what it expects, and how sure it is of that. It learns where it
    cannot know (Nix and Weigend 1994).
    """

    title = "Gaussian (NLL)"
    group = "Numbers"
    formula = r"L = \frac{1}{2} (\log \sigma^2 + \frac{(\hat{y} - y)^2}{\sigma^2})"
    tasks = ("regression",)
    answers = "values, then the logarithms of their variances"

    eps: float = number(1e-6, low=1e-12, high=1, help="The smallest variance.")
    full: bool = flag(False, help="Add the constant: it changes the loss, but not the training.")

    def function(self) -> Call:
        return call("modules.GaussianLoss", eps=unless(self.eps, 1e-6), full=self.full or None)

    def width(self, values: int) -> int:
        return 2 * values

    def reading(self) -> Call | None:
        return at(call(".chunk", INPUT, 2, 1), 0)


class MarginRanking(Loss, frozen=True):
    """Margin ranking loss: of two samples, the one with the larger true value must score higher by a margin. It learns
    their order alone, so its answers are scores; add it to a loss of numbers where the numbers matter too. It takes
    all pairs within each batch.
    """

    title = "Margin ranking"
    group = "Numbers"
    formula = r"L = \max(0, m - \mathrm{sign}(y_1 - y_2) (\hat{y}_1 - \hat{y}_2))"
    tasks = ("regression",)
    of_samples = True
    answers = "scores whose order counts"

    margin: float = number(1, low=0.001, high=1000, help="By how much the larger one must score higher.")

    def function(self) -> Call:
        return call("modules.RankingLoss", self.margin)
