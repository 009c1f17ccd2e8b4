"""Losses that judge which class a network answers with."""

from engine.call import Call, call
from engine.losses.loss import Loss, TargetForm, Task
from engine.spec import number


class CrossEntropy(Loss, frozen=True):
    """Cross-entropy: how surprised the network is by the true class. The usual choice for several classes."""

    title = "Cross-entropy"
    formula = r"L = -\log p_{class}"
    absorbs = "Softmax"
    tasks = ("classification",)
    tells_each = True

    label_smoothing: float = number(
        0,
        low=0,
        high=0.99,
        help="Share of each target that is spread over all classes, so that none is ever quite sure.",
    )

    def function(self) -> Call:
        return call("nn.CrossEntropyLoss", label_smoothing=self.label_smoothing or None)

    def target_form(self, task: Task) -> TargetForm:
        del task
        return "class"

    def takes_shares(self, task: Task) -> bool:
        del task
        return True

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        del outputs, places
        made = call("torch.tensor", weights)
        return call("nn.CrossEntropyLoss", weight=made, label_smoothing=self.label_smoothing or None)


class BinaryCrossEntropy(Loss, frozen=True):
    """Binary cross-entropy: how surprised the network is by each yes or no. The usual choice for two classes."""

    title = "Binary cross-entropy"
    formula = r"L = -y \log p - (1 - y) \log (1 - p)"
    absorbs = "Sigmoid"
    tasks = ("classification",)
    tells_each = True

    def function(self) -> Call:
        return call("nn.BCEWithLogitsLoss")

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        # With one output, what is not the second class is the first, whose weight is then 1.
        each = call("torch.tensor", weights if outputs > 1 else (weights[1] / weights[0],))
        shaped = call(".reshape", each, -1, *[1] * places) if places else each
        return call("nn.BCEWithLogitsLoss", pos_weight=shaped)
