"""Factors and constants that are learned."""

import torch
from torch import nn


class Scale(nn.Module):
    """Multiplies by factors; small at first, they let a deep network begin gently (Touvron et al. 2021)."""

    def __init__(self, shape: tuple[int, ...], value: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.full(shape, value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.factor

    def extra_repr(self) -> str:
        return f"shape={tuple(self.factor.shape)}"


class Shift(nn.Module):
    """Adds constants."""

    def __init__(self, shape: tuple[int, ...], value: float) -> None:
        super().__init__()
        self.amount = nn.Parameter(torch.full(shape, value))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.amount

    def extra_repr(self) -> str:
        return f"shape={tuple(self.amount.shape)}"
