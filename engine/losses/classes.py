"""Losses that judge which class a network answers with."""

from engine.call import Call, call, unless
from engine.losses.loss import Loss, TargetForm, Task
from engine.spec import choice, number


class OfClasses(Loss, frozen=True):
    """Base of those that are asked for one class among several."""

    listed = False
    group = "Classes"
    tasks = ("classification",)
    tells_each = True

    def target_form(self, task: Task) -> TargetForm:
        del task
        return "class"


class OfAnswers(Loss, frozen=True):
    """Base of those that are asked for a yes or no to each class, or label."""

    listed = False
    group = "Classes"
    absorbs = "Sigmoid"
    tasks = ("classification", "multilabel")
    tells_each = True


class CrossEntropy(OfClasses, frozen=True):
    """Cross-entropy: how surprised the network is by the true class. The usual choice for several classes."""

    title = "Cross-entropy"
    formula = r"L = -\log p_{class}"
    absorbs = "Softmax"

    label_smoothing: float = number(
        0,
        low=0,
        high=0.99,
        help="Share of each target that is spread over all classes, so that none is ever quite sure.",
    )

    def function(self) -> Call:
        return call("nn.CrossEntropyLoss", label_smoothing=self.label_smoothing or None)

    def takes_shares(self, task: Task) -> bool:
        del task
        return True

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        del outputs, places
        made = call("torch.tensor", weights)
        return call("nn.CrossEntropyLoss", weight=made, label_smoothing=self.label_smoothing or None)


class BinaryCrossEntropy(OfAnswers, frozen=True):
    """Binary cross-entropy: how surprised the network is by each yes or no. The usual choice for two classes,
    and where a sample may have several labels.
    """

    title = "Binary cross-entropy"
    formula = r"L = -y \log p - (1 - y) \log (1 - p)"

    def function(self) -> Call:
        return call("nn.BCEWithLogitsLoss")

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        return call("nn.BCEWithLogitsLoss", pos_weight=_of_yes(weights, outputs, places))


class Focal(OfClasses, frozen=True):
    """Focal loss: cross-entropy in which what is already recognised hardly counts. For classes of which some are rare
    or hard (Lin et al. 2017).
    """

    formula = r"L = -(1 - p_{class})^\gamma \log p_{class}"
    absorbs = "Softmax"

    gamma: float = number(2, low=0, high=10, help="How little counts what is recognised; 0 is cross-entropy.")

    def function(self) -> Call:
        return call("modules.FocalLoss", self.gamma)

    def takes_shares(self, task: Task) -> bool:
        del task
        return True

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        del outputs, places
        return call("modules.FocalLoss", self.gamma, call("torch.tensor", weights))


class BinaryFocal(OfAnswers, frozen=True):
    """Binary focal loss: binary cross-entropy in which what is already recognised hardly counts (Lin et al. 2017)."""

    title = "Binary focal"
    formula = r"L = -y (1 - p)^\gamma \log p - (1 - y) \, p^\gamma \log (1 - p)"

    gamma: float = number(2, low=0, high=10, help="How little counts what is recognised; 0 is binary cross-entropy.")

    def function(self) -> Call:
        return call("modules.BinaryFocalLoss", self.gamma)

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        return call("modules.BinaryFocalLoss", self.gamma, _of_yes(weights, outputs, places))


class NegativeLogLikelihood(OfClasses, frozen=True):
    """Negative log-likelihood (NLL): cross-entropy for a network that ends in LogSoftmax itself, or for many classes in
    AdaptiveLogSoftmax.
    """

    title = "Negative log-likelihood (NLL)"
    formula = r"L = -\hat{y}_{class}"

    def function(self) -> Call:
        return call("nn.NLLLoss")

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        del outputs, places
        return call("nn.NLLLoss", weight=call("torch.tensor", weights))

    def ends_in(self) -> tuple[str, ...]:
        return ("LogSoftmax", "AdaptiveLogSoftmax")


class MultiClassHinge(OfClasses, frozen=True):
    """Multi-class hinge loss: the true class must score higher than every other by a margin; what does counts
    nothing. It makes scores, not probabilities.
    """

    title = "Multi-class hinge"
    formula = r"L = \frac{1}{K} \sum_{k \neq class} \max(0, m - \hat{y}_{class} + \hat{y}_k)^p"
    of_rows = True
    tells_each = False

    margin: float = number(1, low=0.001, high=1000, help="By how much the true class must score higher.")
    power: str = choice("linear", "squared", help="How what lacks of the margin counts.")

    def function(self) -> Call:
        return self._made(None)

    def weighted(self, weights: tuple[float, ...], outputs: int, places: int) -> Call | None:
        del outputs, places
        return self._made(call("torch.tensor", weights))

    def _made(self, weight: Call | None) -> Call:
        power = 2 if self.power == "squared" else None
        return call("nn.MultiMarginLoss", p=power, margin=unless(self.margin, 1.0), weight=weight)


class SoftMargin(OfAnswers, frozen=True):
    """Soft margin loss: what is on the wrong side counts by how far, what is on the right side hardly. The same
    function as binary cross-entropy, written with answers of −1 and 1.
    """

    title = "Soft margin"
    formula = r"L = \log (1 + e^{-y \hat{y}})"

    def function(self) -> Call:
        return call("nn.SoftMarginLoss")

    def target_form(self, task: Task) -> TargetForm:
        del task
        return "signs"


def _of_yes(weights: tuple[float, ...], outputs: int, places: int) -> Call:
    """How much a yes counts for each output, shaped to broadcast over the places."""
    # With one output, what is not the second class is the first, whose weight is then 1.
    each = call("torch.tensor", weights if outputs > 1 else (weights[1] / weights[0],))
    return call(".reshape", each, -1, *[1] * places) if places else each
