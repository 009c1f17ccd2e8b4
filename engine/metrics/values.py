"""Metrics of numbers that are predicted, in the units of the data."""

from engine.call import Call, call
from engine.metrics.metric import EACH_NUMBER, Asked, Metric
from engine.spec import choice


class OfNumbers(Metric, frozen=True):
    """Base of all."""

    listed = False
    group = "Numbers"
    tasks = ("regression",)
    takes = "values"
    stem = ""

    @property
    def name(self) -> str:
        return self.stem


class OfErrors(OfNumbers, frozen=True):
    """Base of those that are a mean of errors."""

    listed = False
    higher_is_better = False

    of: str = choice(
        "all numbers",
        EACH_NUMBER,
        help="Whether it is of all numbers that are predicted together, or each of them has one of its own.",
    )

    @property
    def is_each(self) -> bool:
        return self.of == EACH_NUMBER

    def outputs(self, asked: Asked) -> int | None:
        """How many numbers it tells apart; None: none."""
        return asked.count if self.is_each and asked.count > 1 else None


class MAE(OfErrors, frozen=True):
    """How far the answers are from the true values on average, in the units of the data."""

    title = "Mean absolute error"
    formula = r"\frac{1}{n} \sum_i |\hat{y}_i - y_i|"
    stem = "mae"

    def function(self, asked: Asked) -> Call:
        return call("modules.InDouble", call("torchmetrics.MeanAbsoluteError", num_outputs=self.outputs(asked)))


class RMSE(OfErrors, frozen=True):
    """How far the answers are from the true values, large errors counting more, in the units of the data."""

    title = "Root mean squared error"
    formula = r"\sqrt{\frac{1}{n} \sum_i (\hat{y}_i - y_i)^2}"
    stem = "rmse"

    def function(self, asked: Asked) -> Call:
        outputs = self.outputs(asked)
        return call("modules.InDouble", call("torchmetrics.MeanSquaredError", squared=False, num_outputs=outputs))


class R2(OfNumbers, frozen=True):
    """How much of what the true values vary the network explains: 1 is all of it; 0 is no better than their mean."""

    title = "R²"
    formula = r"1 - \frac{\sum_i (\hat{y}_i - y_i)^2}{\sum_i (y_i - \bar{y})^2}"
    stem = "r2"

    average: str = choice(
        "uniform",
        "weighted",
        EACH_NUMBER,
        help="Uniform is the mean over the numbers that are predicted; weighted lets each count as much as it varies; "
        "each number has one of its own.",
    )

    @property
    def name(self) -> str:
        return "r2_weighted" if self.average == "weighted" else self.stem

    @property
    def full_title(self) -> str:
        return "R² (weighted)" if self.average == "weighted" else self.title

    @property
    def is_each(self) -> bool:
        return self.average == EACH_NUMBER

    def function(self, asked: Asked) -> Call:
        ways = {"uniform": None, "weighted": "variance_weighted", EACH_NUMBER: "raw_values"}
        return call("modules.InDouble", call("torchmetrics.R2Score", multioutput=ways[self.average]))
