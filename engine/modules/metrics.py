"""What is put around metrics of torchmetrics, and one that it does not have. Each is given batches by ``update`` and
answers by ``compute``.
"""

# torch's types take what a module is asked for by name for a tensor.
# pyright: reportCallIssue=false

import torch
from torch import nn


class OfPresent(nn.Module):
    """A metric of each class against all others, or of each label, over those of which
    there are samples and others: without either it has no meaning, and is NaN.

    ``average`` is “macro”, “weighted” by the samples of each class, “second” for the
    second of two classes, or “none” for a number of each. Scores (N × K) of any size
    are brought between 0 and 1 where it ``squashes``.
    """

    counts: torch.Tensor

    def __init__(
        self,
        metric: nn.Module,
        classes: int,
        average: str,
        squashes: bool = False,
    ) -> None:
        super().__init__()
        self.metric = metric
        self.average = average
        self.squashes = squashes
        self.samples = 0
        self.register_buffer("counts", torch.zeros(classes, dtype=torch.long))

    def update(self, scores: torch.Tensor, targets: torch.Tensor) -> None:
        """More answers, and what is true of them: class numbers, or rows of labels."""
        if self.squashes:
            # In double numbers, so that no two become the same.
            scores = scores.double()
            scores = 0.5 + 0.5 * scores / (1 + scores.abs())
        self.metric.update(scores, targets)
        self.samples += len(targets)
        if targets.dim() > 1:
            self.counts += targets.sum(0)
        else:
            self.counts += torch.bincount(targets, minlength=len(self.counts))

    def compute(self) -> torch.Tensor:
        """What all so far come to."""
        present = (self.counts > 0) & (self.counts < self.samples)
        each = self.metric.compute().masked_fill(~present, float("nan"))
        if self.average == "none":
            return each
        if self.average == "second":
            return each[1]
        weights = present * (self.counts if self.average == "weighted" else 1)
        return (each.nan_to_num() * weights).sum() / weights.sum()


class OfShares(nn.Module):
    """A metric of logarithms (1 × N × K), given probabilities (N × K)."""

    def __init__(self, metric: nn.Module) -> None:
        super().__init__()
        self.metric = metric

    def update(self, shares: torch.Tensor, targets: torch.Tensor) -> None:
        """More answers, and what is true of them."""
        tiny = torch.finfo(shares.dtype).tiny
        self.metric.update(shares.clamp(min=tiny).log()[None], targets[None])

    def compute(self) -> torch.Tensor:
        """What all so far come to."""
        return self.metric.compute()


class InDouble(nn.Module):
    """A metric of values, computed in double numbers: what is far from 0 and hardly
    varies would be lost in others.
    """

    def __init__(self, metric: nn.Module) -> None:
        super().__init__()
        self.metric = metric.set_dtype(torch.float64)

    def update(self, answers: torch.Tensor, targets: torch.Tensor) -> None:
        """More answers, and what is true of them."""
        self.metric.update(answers.double(), targets.double())

    def compute(self) -> torch.Tensor:
        """What all so far come to."""
        return self.metric.compute()


class DiceOfSamples(nn.Module):
    """The mean over the samples of the Dice coefficients of their classes. Class
    numbers are N × places; what is below 0 in the targets is not known. A class that is
    in neither answer nor target of a sample does not count there.
    """

    total: torch.Tensor
    samples: torch.Tensor

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.register_buffer("total", torch.zeros(()))
        self.register_buffer("samples", torch.zeros((), dtype=torch.long))

    def update(self, answers: torch.Tensor, targets: torch.Tensor) -> None:
        """More answers, and what is true of them."""
        answers = answers.reshape(len(answers), -1)
        targets = targets.reshape(len(targets), -1)
        known = (targets >= 0).unsqueeze(-1)
        found = nn.functional.one_hot(answers, self.classes) * known
        true = nn.functional.one_hot(targets.clamp(min=0), self.classes) * known
        both = found.sum(1) + true.sum(1)
        occurs = both > 0
        each = 2 * (found * true).sum(1) / both.clamp(min=1)
        counted = occurs.any(1)
        self.total += (each.sum(1) / occurs.sum(1).clamp(min=1))[counted].sum()
        self.samples += counted.sum()

    def compute(self) -> torch.Tensor:
        """What all so far come to."""
        return self.total / self.samples
