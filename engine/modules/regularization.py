"""Noise while training."""

import torch
from torch import nn


class StochasticDepth(nn.Module):
    """Drops whole samples of a branch at random while training (Huang et al. 2016)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training or self.p == 0:
            return x
        kept = 1 - self.p
        mask = x.new_empty([len(x)] + [1] * (x.dim() - 1)).bernoulli_(kept)
        return x * mask / kept

    def extra_repr(self) -> str:
        return f"p={self.p}"


class GaussianNoise(nn.Module):
    """Adds normal random numbers while training."""

    def __init__(self, std: float) -> None:
        super().__init__()
        self.std = std

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.std * torch.randn_like(x) if self.training else x

    def extra_repr(self) -> str:
        return f"std={self.std}"
