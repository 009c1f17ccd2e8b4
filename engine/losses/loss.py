"""What training makes small. A loss is one class; ``function`` is the PyTorch call that computes it.

Networks in textbooks end in Softmax (or Sigmoid) and are trained with (binary) cross-entropy. Computed as written that
loses precision, and PyTorch's own losses apply the activation themselves. So a loss names the activation that it
``absorbs``: where the network ends in it, training takes the values before it, and the result is the very same
function, computed stably. The trained network still answers with probabilities.
"""

from typing import ClassVar, Literal

import msgspec

from engine.call import Call, call
from engine.spec import Spec

Task = Literal["classification", "regression"]
TargetForm = Literal["class", "one-hot", "values"]


class Loss(Spec, frozen=True):
    """Base of all losses."""

    formula: ClassVar[str]
    absorbs: ClassVar[str] = ""
    """The layer kind that training leaves to the loss when the network ends in it."""
    tasks: ClassVar[tuple[Task, ...]]
    tells_each: ClassVar[bool] = False
    """Whether it is the mean of what its module tells of each place with ``reduction="none"``."""

    def function(self) -> Call:
        """The module that takes the network's values and the targets."""
        raise NotImplementedError

    def target_form(self, task: Task) -> TargetForm:
        """How the loss wants its targets: class numbers, one-hot rows, or values."""
        return "values" if task == "regression" else "one-hot"

    def takes_shares(self, task: Task) -> bool:
        """Whether a target may be some of one class and some of another, as that of mixed samples is."""
        return self.target_form(task) != "class"

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        """`function` with a weight for each class, where the network has so many outputs for each sample, or for each
        of its places, which have so many dimensions. None: this loss has no weights.
        """
        del weights, outputs, places
        return None

    def of_known(self, function: Call) -> Call:
        """`function`, or what `weighted` answers, over those places alone whose class is known. Class numbers are -100
        at the others, rows NaN.
        """
        if not self.tells_each:
            return call("modules.OfKnown", function)
        each = msgspec.structs.replace(function, options=(*function.options, ("reduction", "none")))
        return call("modules.MeanOfKnown", each)
