"""What training makes small. A loss is one class; ``function`` is the PyTorch call that computes it.

Networks in textbooks end in Softmax (or Sigmoid) and are trained with (binary) cross-entropy. Computed as written that
loses precision, and PyTorch's own losses apply the activation themselves. So a loss names the activation that it
``absorbs``: where the network ends in it, training takes the values before it, and the result is the very same
function, computed stably. The trained network still answers with probabilities.
"""

from typing import ClassVar, Literal

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


class CrossEntropy(Loss, frozen=True):
    """Cross-entropy: how surprised the network is by the true class. The usual choice for several classes."""

    title = "Cross-entropy"
    formula = r"L = -\log p_{class}"
    absorbs = "Softmax"
    tasks = ("classification",)

    def function(self) -> Call:
        return call("nn.CrossEntropyLoss")

    def target_form(self, task: Task) -> TargetForm:
        del task
        return "class"

    def takes_shares(self, task: Task) -> bool:
        del task
        return True

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        del outputs, places
        return call("nn.CrossEntropyLoss", weight=call("torch.tensor", weights))


class BinaryCrossEntropy(Loss, frozen=True):
    """Binary cross-entropy: how surprised the network is by each yes or no. The usual choice for two classes."""

    title = "Binary cross-entropy"
    formula = r"L = -y \log p - (1 - y) \log (1 - p)"
    absorbs = "Sigmoid"
    tasks = ("classification",)

    def function(self) -> Call:
        return call("nn.BCEWithLogitsLoss")

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        # With one output, what is not the second class is the first, whose weight is then 1.
        each = call("torch.tensor", weights if outputs > 1 else (weights[1] / weights[0],))
        shaped = call(".reshape", each, -1, *[1] * places) if places else each
        return call("nn.BCEWithLogitsLoss", pos_weight=shaped)


class MeanSquaredError(Loss, frozen=True):
    """Mean squared error: large errors count far more than small ones. The usual choice for numbers."""

    title = "Mean squared error"
    formula = r"L = \frac{1}{n} \sum_i (\hat{y}_i - y_i)^2"
    tasks = ("regression", "classification")

    def function(self) -> Call:
        return call("nn.MSELoss")


class MeanAbsoluteError(Loss, frozen=True):
    """Mean absolute error (L1): every error counts by its size, so outliers matter less."""

    title = "Mean absolute error (L1)"
    formula = r"L = \frac{1}{n} \sum_i |\hat{y}_i - y_i|"
    tasks = ("regression", "classification")

    def function(self) -> Call:
        return call("nn.L1Loss")
