"""Losses where the class of some places is not known."""

import torch
from torch import nn


class MeanOfKnown(nn.Module):
    """The mean of a loss over the places whose class is known; 0 where none is.

    ``loss`` answers with a number for each place. A place has no class where its class
    number is -100 or, of rows of 0 and 1, where these are NaN.
    """

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        if targets.is_floating_point():
            known = ~targets.isnan()
            each = self.loss(values, targets.nan_to_num())
            known = known if each.dim() == known.dim() else known[:, 0]
            counts = known
        else:
            known = targets != -100
            each = self.loss(values, targets)
            weight = getattr(self.loss, "weight", None)
            counts = known if weight is None else weight[targets.clamp(min=0)] * known
        return each.masked_fill(~known, 0).sum() / counts.sum().clamp(min=1e-12)


class OfKnown(nn.Module):
    """A loss over the places whose class is known, each given to it like a sample; 0
    where none is. For the rest see `MeanOfKnown`.
    """

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, values: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        are_rows = targets.is_floating_point()
        known = ~targets[:, 0].isnan() if are_rows else targets != -100
        if not known.any():
            return 0 * values.sum()
        wanted = (targets.movedim(1, -1) if are_rows else targets)[known]
        return self.loss(values.movedim(1, -1)[known], wanted)


def rows_of_known(numbers: torch.Tensor, classes: int) -> torch.Tensor:
    """Class numbers (N × places) as 0 and 1 for each class, N × classes × places; of
    one class whether it is number 1. NaN where there is no class.
    """
    rows = numbers[..., None].clamp(min=0)
    if classes > 1:
        rows = nn.functional.one_hot(rows[..., 0], classes)
    missing = (numbers < 0)[..., None]
    return rows.float().masked_fill(missing, float("nan")).movedim(-1, 1)
