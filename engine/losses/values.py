"""Losses that judge how far the answers are from values; of a classification those are 0 and 1 for each class."""

from engine.call import Call, call
from engine.losses.loss import Loss
from engine.spec import number


class MeanSquaredError(Loss, frozen=True):
    """Mean squared error: large errors count far more than small ones. The usual choice for numbers."""

    title = "Mean squared error"
    formula = r"L = \frac{1}{n} \sum_i (\hat{y}_i - y_i)^2"
    tasks = ("regression", "classification")
    tells_each = True

    def function(self) -> Call:
        return call("nn.MSELoss")


class MeanAbsoluteError(Loss, frozen=True):
    """Mean absolute error (L1): every error counts by its size, so outliers matter less."""

    title = "Mean absolute error (L1)"
    formula = r"L = \frac{1}{n} \sum_i |\hat{y}_i - y_i|"
    tasks = ("regression", "classification")
    tells_each = True

    def function(self) -> Call:
        return call("nn.L1Loss")


class Huber(Loss, frozen=True):
    """Huber loss: squared for small errors, so that it settles; linear for large ones, so that outliers matter less."""

    formula = r"L = \min(\frac{1}{2} e^2, \delta (|e| - \frac{1}{2} \delta))"
    tasks = ("regression", "classification")
    tells_each = True

    delta: float = number(1, low=0.001, high=1000, help="The error beyond which it is linear.")

    def function(self) -> Call:
        return call("nn.HuberLoss", delta=self.delta)


class SmoothL1(Loss, frozen=True):
    """Smooth L1: the mean absolute error, rounded off where errors are small."""

    title = "Smooth L1"
    formula = r"L = \min(\frac{1}{2 \beta} e^2, |e| - \frac{1}{2} \beta)"
    tasks = ("regression", "classification")
    tells_each = True

    beta: float = number(1, low=0.001, high=1000, help="The error below which it is squared.")

    def function(self) -> Call:
        return call("nn.SmoothL1Loss", beta=self.beta)
