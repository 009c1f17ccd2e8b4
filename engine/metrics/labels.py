"""Metrics of labels, of which a sample may have any number, that classes do not have."""

from engine.call import Call, call
from engine.metrics.metric import Asked, Metric


class HammingDistance(Metric, frozen=True):
    """Hamming distance: the share of all labels of all samples that are answered wrong, missed or wrongly given."""

    title = "Hamming distance"
    group = "Labels"
    formula = r"\frac{1}{n K} \sum_i \sum_k [\hat{y}_{ik} \neq y_{ik}]"
    tasks = ("multilabel",)
    takes = "labels"
    percent = True
    higher_is_better = False

    @property
    def name(self) -> str:
        return "hamming_distance"

    def function(self, asked: Asked) -> Call:
        return call("torchmetrics.classification.MultilabelHammingDistance", num_labels=asked.count)
