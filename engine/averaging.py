"""Which weights a training ends with: those of its last step, or a mean over its course, which is often better."""

from typing import ClassVar

from engine.call import Call, Value, call
from engine.spec import Spec, number

AVERAGES, WEIGHTS, COUNT = Value(0), Value(1), Value(2)
"""Stand for the means so far, the weights that come to them, and how many are in the means already."""


class Averaging(Spec, frozen=True):
    """Base of all choices."""

    formula: ClassVar[str] = ""
    each_epoch: ClassVar[bool] = False
    """Whether the weights enter the mean at the end of each epoch; otherwise after each step."""

    def function(self) -> Call | None:
        """The call of `engine.averages` that lets `WEIGHTS` enter the `AVERAGES` of `COUNT`; None: there are none."""
        raise NotImplementedError

    def begins(self, epochs: int) -> int:
        """The epochs that must be done, of so many planned, before weights enter the mean."""
        del epochs
        return 0


class LastWeights(Averaging, frozen=True):
    """The weights as the last step leaves them."""

    title = "None: the weights as trained"

    def function(self) -> Call | None:
        return None


class MovingAverage(Averaging, frozen=True):
    """A mean over the recent steps (EMA), which forgets old ones little by little: steadier than any single step."""

    title = "Moving average (EMA)"
    formula = r"\bar{\theta} \leftarrow \lambda \bar{\theta} + (1 - \lambda) \theta"

    decay: float = number(
        0.999, low=0, high=0.999999, help="What is kept of the mean at each step; fewer at first, while it is young."
    )

    def function(self) -> Call | None:
        return call("moving_average", AVERAGES, WEIGHTS, COUNT, decay=self.decay)


class EpochsAverage(Averaging, frozen=True):
    """The plain mean of the weights after each of the last epochs (SWA); suits a learning rate that stays high."""

    title = "Mean of the last epochs (SWA)"
    formula = r"\bar{\theta} = \frac{1}{n} \sum_{i=1}^{n} \theta_i"
    each_epoch = True

    start: float = number(0.75, low=0, high=1, help="Share of the epochs after which the mean begins.")

    def function(self) -> Call | None:
        return call("plain_average", AVERAGES, WEIGHTS, COUNT)

    def begins(self, epochs: int) -> int:
        return min(epochs - 1, int(self.start * epochs))
