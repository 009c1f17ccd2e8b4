"""What training adds to its loss so that weights stay small."""

from typing import ClassVar

from engine.call import Call, Value, call
from engine.spec import Spec, flag, number

MODEL = Value(0)
"""Stands for the network whose weights are too large."""


class Penalty(Spec, frozen=True):
    """Base of all penalties. They are a part of the training loss, not of that on validation and test samples."""

    formula: ClassVar[str]

    def function(self) -> Call:
        """The call that tells the penalty of the `MODEL`, to be added to the loss."""
        raise NotImplementedError


class L1(Penalty, frozen=True):
    """Every weight counts by its size, so that those which matter little become zero."""

    title = "L1: the sizes of the weights"
    formula = r"\lambda \sum_i |w_i|"

    amount: float = number(1e-5, low=0, high=1000, help="How much a weight of 1 adds to the loss.")
    biases: bool = flag(False, help="Let biases and the scales of normalizations count, too.")

    def function(self) -> Call:
        return call("modules.l1_penalty", MODEL, self.amount, biases=self.biases or None)


class L2(Penalty, frozen=True):
    """Every weight counts by its square, so that none becomes large. With plain gradient descent the same as weight
    decay of twice as much.
    """

    title = "L2: the squares of the weights"
    formula = r"\lambda \sum_i w_i^2"

    amount: float = number(1e-4, low=0, high=1000, help="How much a weight of 1 adds to the loss.")
    biases: bool = flag(False, help="Let biases and the scales of normalizations count, too.")

    def function(self) -> Call:
        return call("modules.l2_penalty", MODEL, self.amount, biases=self.biases or None)
