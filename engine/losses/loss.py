"""What training makes small. A loss is one class; ``function`` is the PyTorch call that computes it.

Networks in textbooks end in Softmax (or Sigmoid) and are trained with (binary) cross-entropy. Computed as written that
loses precision, and PyTorch's own losses apply the activation themselves. So a loss names the activation that it
``absorbs``: where the network ends in it, training takes the values before it, and the result is the very same
function, computed stably. The trained network still answers with probabilities.
"""

from typing import ClassVar, Literal

import msgspec
import numpy as np

from engine.call import Call, call
from engine.spec import Spec, number

Task = Literal["classification", "multilabel", "regression", "transcription"]
"""What is asked for: one of several classes, any number of several labels, numbers, or a sequence of symbols such as a
text.
"""
TargetForm = Literal["class", "one-hot", "signs", "values"]


class Loss(Spec, frozen=True, kw_only=True):
    """Base of all losses."""

    group: ClassVar[str]
    """The heading it is listed under."""
    formula: ClassVar[str]
    absorbs: ClassVar[str] = ""
    """The layer kind that training leaves to the loss when the network ends in it."""
    tasks: ClassVar[tuple[Task, ...]]
    tells_each: ClassVar[bool] = False
    """Whether it is the mean of what its module tells of each place with ``reduction="none"``."""
    takes_scaled: ClassVar[bool] = True
    """Whether values may be standardised before it compares them; a count, say, is none any more then."""
    of_rows: ClassVar[bool] = False
    """Whether PyTorch computes it of N × K values alone, so that each place of a sample is judged like a sample."""
    of_samples: ClassVar[bool] = False
    """Whether it compares samples with each other, each as a whole."""
    embeds: ClassVar[bool] = False
    """Whether it learns where samples lie, in as many values as one likes, none of which stands for a class."""
    fewest: ClassVar[int] = 1
    """With fewer values in an answer it has nothing to compare."""
    answers: ClassVar[str] = "values"
    """What the network answers with where numbers are asked for."""

    weight: float = number(
        1.0, low=0.0001, high=10_000, help="How much it counts where several losses are added up.", advanced=True
    )

    def terms(self) -> "tuple[tuple[float, Loss], ...]":
        """The losses that are added up, each with how much it counts: mostly itself alone."""
        return ((1.0, self),)

    def function(self) -> Call:
        """The module that takes the network's values and the targets."""
        raise NotImplementedError

    def target_form(self, task: Task) -> TargetForm:
        """How the loss wants its targets: class numbers, one-hot rows, the same with −1 for 0, or values, as which rows
        of labels are there already.
        """
        return "one-hot" if task == "classification" else "values"

    def takes_shares(self, task: Task) -> bool:
        """Whether a target may be some of one class and some of another, as that of mixed samples is."""
        return self.target_form(task) in ("one-hot", "values")

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

    def ends_in(self) -> tuple[str, ...]:
        """The kinds of layers one of which must be the network's last, the usual one first; none: any will do."""
        return ()

    def width(self, values: int) -> int:
        """How many values the network answers with where so many are asked for."""
        return values

    def reading(self) -> Call | None:
        """What turns an answer of the network into the numbers asked for; None: it is them."""
        return None

    def refuses(self, targets: np.ndarray) -> str:
        """Why it cannot compare with these values (N × target shape), as a sentence; empty: it can."""
        del targets
        return ""
