"""How weights follow the gradient. An optimizer is one class; ``construction`` is the PyTorch call that makes it."""

from typing import ClassVar

from engine.call import Call
from engine.spec import Spec, number

LEARNING_RATE = "Size of each step: too small learns slowly, too large never settles."
WEIGHT_DECAY = "Pull of every weight towards zero; keeps a network from learning by heart."
EPS = "Added to the divisor, so that nothing is divided by zero."


class Optimizer(Spec, frozen=True):
    """Base of all optimizers."""

    formula: ClassVar[str]
    whole_set: ClassVar[bool] = False
    """Whether each step sees all training samples, whatever the batch size."""
    tries_places: ClassVar[bool] = False
    """Whether a step asks for the gradient at several places, so that torch's takes a closure."""

    learning_rate: float = number(0.01, low=0, high=1000, help=LEARNING_RATE)

    @property
    def state_per_weight(self) -> int:
        """How many values it remembers for each weight."""
        return 0

    def construction(self) -> Call:
        """The call that makes it, less the parameters it is to change (its first argument)."""
        raise NotImplementedError
