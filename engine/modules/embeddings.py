"""What is done with embeddings: values that say where samples lie."""

import torch
from torch import nn


def distances(
    some: torch.Tensor,
    others: torch.Tensor,
    distance: str = "euclidean",
) -> torch.Tensor:
    """How far each of some samples (N × D) lies from each of others (M × D): N × M."""
    if distance == "cosine":
        some, others = (nn.functional.normalize(each, dim=1) for each in (some, others))
        return 1 - some @ others.T
    if distance == "manhattan":
        return torch.cdist(some, others, p=1)
    squares = some.square().sum(1)[:, None] + others.square().sum(1)
    # Never quite 0, where a root would have no slope.
    return (squares - 2 * some @ others.T).clamp(min=1e-12).sqrt()


class TripletLoss(nn.Module):
    """By how much samples of one class do not lie nearer to each other than to those of
    others, by a margin (Hermans et al. 2017). Values are N × D, targets class numbers.

    By “hardest” mining, the mean over the samples that have one of their class and one
    of another; by “all”, the mean over all triplets that do not keep the margin. It is
    0 where there are none.
    """

    def __init__(
        self,
        margin: float,
        mining: str = "hardest",
        distance: str = "euclidean",
    ) -> None:
        super().__init__()
        self.margin = margin
        self.mining = mining
        self.distance = distance

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        # In full precision: what is near is the difference of large numbers.
        apart = distances(values.float(), values.float(), self.distance)
        same = targets[:, None] == targets
        itself = torch.eye(len(targets), dtype=torch.bool, device=targets.device)
        if self.mining == "all":
            each = apart[:, :, None] - apart[:, None, :] + self.margin
            is_triplet = (same & ~itself)[:, :, None] & ~same[:, None, :]
            lacking = each.clamp(min=0).masked_fill(~is_triplet, 0)
            return lacking.sum() / (lacking > 0).sum().clamp(min=1)
        farthest = apart.masked_fill(~same | itself, 0).amax(1)
        nearest = apart.masked_fill(same, float("inf")).amin(1)
        counts = (same & ~itself).any(1) & ~same.all(1)
        nearest = nearest.masked_fill(~counts, 0)
        lacking = (farthest - nearest + self.margin).clamp(min=0) * counts
        return lacking.sum() / counts.sum().clamp(min=1)

    def extra_repr(self) -> str:
        return f"margin={self.margin}, {self.mining}, {self.distance}"


class PairLoss(nn.Module):
    """How far apart the two samples of a pair lie that are of one class, and by how much two
    of different classes lie nearer than a margin: the mean over all pairs within a batch.
    Values are N × D, targets class numbers.
    """

    def __init__(self, margin: float, distance: str = "euclidean") -> None:
        super().__init__()
        self.margin = margin
        self.distance = distance

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        # In full precision: what is near is the difference of large numbers.
        apart = distances(values.float(), values.float(), self.distance)
        signs = 2.0 * (targets[:, None] == targets) - 1
        lacking = nn.functional.hinge_embedding_loss(apart, signs, self.margin, reduction="none")
        pairs = len(values) * (len(values) - 1) // 2
        return lacking.triu(1).sum() / max(pairs, 1)

    def extra_repr(self) -> str:
        return f"margin={self.margin}, {self.distance}"


class NearestNeighbours(nn.Module):
    """The share of the samples that have one of their class among the k others that are
    nearest to them (recall at k). Those whose class has no other sample do not count.
    """

    def __init__(self, k: int, distance: str = "euclidean") -> None:
        super().__init__()
        self.k = k
        self.distance = distance
        self.samples: list[torch.Tensor] = []
        self.targets: list[torch.Tensor] = []

    def update(self, values: torch.Tensor, targets: torch.Tensor) -> None:
        """More samples, and their classes."""
        self.samples.append(values.float())
        self.targets.append(targets)

    def compute(self) -> torch.Tensor:
        """What all so far come to."""
        samples, targets = torch.cat(self.samples), torch.cat(self.targets)
        found = torch.zeros((), device=samples.device)
        counted = torch.zeros((), device=samples.device)
        for rows in torch.arange(len(samples), device=samples.device).split(500):
            apart = distances(samples[rows], samples, self.distance)
            apart[torch.arange(len(rows), device=samples.device), rows] = float("inf")
            nearest = apart.topk(min(self.k, len(samples) - 1), largest=False).indices
            alike = targets[rows, None] == targets
            counts = alike.sum(1) > 1
            hits = (targets[nearest] == targets[rows, None]).any(1)
            found += (hits & counts).sum()
            counted += counts.sum()
        return found / counted
