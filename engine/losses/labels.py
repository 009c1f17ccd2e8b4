"""Losses of labels, of which a sample may have any number."""

from engine.call import Call, call
from engine.losses.loss import Loss, Task


class OfLabels(Loss, frozen=True):
    """Base of those that nothing else takes."""

    listed = False
    group = "Labels"
    tasks = ("multilabel",)


class MultiLabelSoftMargin(OfLabels, frozen=True):
    """Multi-label soft margin loss: binary cross-entropy under the name that PyTorch gives it for labels."""

    title = "Multi-label soft margin"
    formula = r"L = -\frac{1}{K} \sum_k y_k \log p_k + (1 - y_k) \log (1 - p_k)"
    absorbs = "Sigmoid"

    def function(self) -> Call:
        return call("nn.MultiLabelSoftMarginLoss")


class MultiLabelMargin(OfLabels, frozen=True):
    """Multi-label margin loss: each label that applies must score higher than each that does not, by a margin of 1. Of
    scores between 0 and 1 that is a yes or no to each. Samples that have none of the labels, or all, teach it nothing.
    """

    title = "Multi-label margin"
    formula = r"L = \frac{1}{K} \sum_{i: y_i = 1} \sum_{j: y_j = 0} \max(0, 1 - \hat{y}_i + \hat{y}_j)"

    def function(self) -> Call:
        return call("modules.MultiLabelMargin")

    def takes_shares(self, task: Task) -> bool:
        del task
        return False

    def ends_in(self) -> tuple[str, ...]:
        # It compares scores with each other alone: without an end, nobody knows where a yes begins.
        return ("Sigmoid",)
