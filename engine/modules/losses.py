"""Losses that `torch.nn` does not have. Values are N × K × places; places may be missing."""

import torch
from torch import nn


class FocalLoss(nn.Module):
    """Cross-entropy in which what is recognised hardly counts (Lin et al. 2017).

    Targets are class numbers, N × places, or shares of the classes, N × K × places. Classes may have weights. With
    the ``reduction`` “none” it answers for each place.
    """

    weight: torch.Tensor | None

    def __init__(self, gamma: float, weight: torch.Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.gamma = gamma
        self.register_buffer("weight", weight)
        self.reduction = reduction

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        log_p = values.log_softmax(1)
        # Never quite 0, where a root would have no slope.
        surprise = -log_p * (-torch.expm1(log_p)).clamp(min=1e-7) ** self.gamma
        if not targets.is_floating_point():
            # What is no class at all is left out by the one who asks for each place.
            targets = torch.zeros_like(log_p).scatter_(1, targets.clamp(min=0).unsqueeze(1), 1.0)
        if self.weight is not None:
            targets = targets * self.weight.reshape(-1, *[1] * (values.dim() - 2))
        each = (surprise * targets).sum(1)
        return each if self.reduction == "none" else each.sum() / targets.sum()

    def extra_repr(self) -> str:
        return f"gamma={self.gamma}"


class BinaryFocalLoss(nn.Module):
    """Binary cross-entropy in which what is recognised hardly counts (Lin et al. 2017)."""

    pos_weight: torch.Tensor | None

    def __init__(self, gamma: float, pos_weight: torch.Tensor | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.gamma = gamma
        self.register_buffer("pos_weight", pos_weight)
        self.reduction = reduction

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        surprise = nn.functional.binary_cross_entropy_with_logits(
            values, targets, pos_weight=self.pos_weight, reduction="none"
        )
        p = values.sigmoid()
        missed = p + targets - 2 * p * targets
        # Never quite 0, where a root would have no slope.
        each = surprise * missed.clamp(min=1e-7) ** self.gamma
        return each if self.reduction == "none" else each.mean()

    def extra_repr(self) -> str:
        return f"gamma={self.gamma}"


class DiceLoss(nn.Module):
    """1 − the Dice coefficient of probabilities and targets (both N × K × places), as a mean over the classes.

    ``smooth`` is added above and below; ``over`` says whether areas are those of a batch or of each sample. Where a
    target is NaN, nothing is known.
    """

    def __init__(self, activation: str, smooth: float = 1.0, over: str = "batch") -> None:
        super().__init__()
        self.activation = activation
        self.smooth = smooth
        self.over = over

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        p = values.softmax(1) if self.activation == "softmax" else values.sigmoid()
        p, targets = (
            p.masked_fill(targets.isnan(), 0).unsqueeze(2).flatten(2),
            targets.nan_to_num().unsqueeze(2).flatten(2),
        )
        axes = (0, 2) if self.over == "batch" else (2,)
        shared = (p * targets).sum(axes)
        both = p.sum(axes) + targets.sum(axes)
        return 1 - ((2 * shared + self.smooth) / (both + self.smooth)).mean()

    def extra_repr(self) -> str:
        return f"{self.activation}, smooth={self.smooth}, over={self.over}"


class CosineDistance(nn.Module):
    """1 − the cosine between values and targets, both N × K × places."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        each = 1 - nn.functional.cosine_similarity(values, targets, dim=1)
        return each if self.reduction == "none" else each.mean()


class GaussianLoss(nn.Module):
    """How unlikely the targets (N × K × …) are under normal distributions, whose means are the first K of the values
    (N × 2K × …) and the logarithms of whose variances are the others.
    """

    def __init__(self, eps: float = 1e-6, full: bool = False) -> None:
        super().__init__()
        self.eps = eps
        self.full = full

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        mean, log_variance = values.chunk(2, 1)
        return nn.functional.gaussian_nll_loss(mean, targets, log_variance.exp(), full=self.full, eps=self.eps)

    def extra_repr(self) -> str:
        return f"eps={self.eps}, full={self.full}"


class EachPlace(nn.Module):
    """A loss of N × K values, for those of N × K × places: each place counts like a sample."""

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        rows = values.movedim(1, -1).flatten(0, -2)
        wanted = targets.movedim(1, -1).flatten(0, -2) if targets.dim() == values.dim() else targets.flatten()
        return self.loss(rows, wanted)


class RankingLoss(nn.Module):
    """By how much the one of two samples whose target is larger does not score higher, by a
    margin: the mean over all pairs within a batch whose targets differ. Values and targets
    are N × K, each of the K by itself.
    """

    def __init__(self, margin: float) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        values = values.float()
        signs = (targets[:, None] - targets).sign()
        lacking = nn.functional.margin_ranking_loss(values[:, None], values[None], signs, self.margin, reduction="none")
        counts = signs.abs()
        return (lacking * counts).sum() / counts.sum().clamp(min=1)

    def extra_repr(self) -> str:
        return f"margin={self.margin}"


class MultiLabelMargin(nn.Module):
    """Each label that applies must score higher than each that does not, by 1. It is
    ``nn.MultiLabelMarginLoss`` for targets of 0 and 1, one for each label.
    """

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        applies, labels = targets.sort(dim=1, descending=True)
        # torch takes the numbers of the labels that apply, up to the first -1.
        named = labels.masked_fill(applies < 0.5, -1)
        return nn.functional.multilabel_margin_loss(values, named)
