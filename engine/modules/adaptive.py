"""Answers for many classes."""

import torch
from torch import nn


class AdaptiveLogSoftmax(nn.Module):
    """The logarithms of the probabilities of many classes (Grave et al. 2017), the first
    of which are the frequent ones. Behind each cutoff a group begins that shares one
    place among them. ``softmax(values, classes)`` is torch's own loss, which computes
    only the groups that are asked for.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: tuple[int, ...],
        div_value: float = 4.0,
        head_bias: bool = False,
    ) -> None:
        super().__init__()
        self.softmax = nn.AdaptiveLogSoftmaxWithLoss(in_features, n_classes, cutoffs, div_value, head_bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        frequent = self.softmax.shortlist_size
        head = self.softmax.head(x).log_softmax(-1)
        answers = [head[..., :frequent]]
        for place, group in enumerate(self.softmax.tail, frequent):
            answers.append(head[..., place, None] + group(x).log_softmax(-1))
        return torch.cat(answers, -1)
