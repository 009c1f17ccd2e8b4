"""Positions, a token for the class, and attention that looks back only."""

import torch
from torch import nn


class ClassToken(nn.Module):
    """Puts one learned step before all others, to gather what is said of the whole (Dosovitskiy et al. 2021)."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.zeros(1, 1, features))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1)

    def extra_repr(self) -> str:
        return f"features={self.token.shape[2]}"


class LearnedPosition(nn.Module):
    """Adds learned values to each step, by its position (Gehring et al. 2017)."""

    def __init__(self, steps: int, features: int) -> None:
        super().__init__()
        self.position = nn.Parameter(torch.empty(1, steps, features).normal_(std=0.02))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.position

    def extra_repr(self) -> str:
        return f"steps={self.position.shape[1]}, features={self.position.shape[2]}"


class SinePosition(nn.Module):
    """Adds waves of the position, each longer than the one before (Vaswani et al. 2017)."""

    table: torch.Tensor

    def __init__(self, steps: int, features: int, base: float = 10_000.0) -> None:
        super().__init__()
        feature = torch.arange(features)
        angle = torch.arange(steps).unsqueeze(1) / base ** (feature // 2 * 2 / features)
        self.register_buffer("table", torch.where(feature % 2 == 0, angle.sin(), angle.cos()), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.table

    def extra_repr(self) -> str:
        return f"steps={self.table.shape[0]}, features={self.table.shape[1]}"


class RotaryPosition(nn.Module):
    """Turns pairs of features by angles that grow with the position (Su et al. 2021)."""

    sine: torch.Tensor
    cosine: torch.Tensor

    def __init__(self, steps: int, features: int, base: float = 10_000.0) -> None:
        super().__init__()
        angle = torch.arange(steps).unsqueeze(1) / base ** (torch.arange(0, features, 2) / features)
        self.register_buffer("sine", angle.sin(), persistent=False)
        self.register_buffer("cosine", angle.cos(), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        even, odd = x[..., 0::2], x[..., 1::2]
        turned = torch.stack([even * self.cosine - odd * self.sine, even * self.sine + odd * self.cosine], dim=-1)
        return turned.flatten(-2)

    def extra_repr(self) -> str:
        return f"steps={self.sine.shape[0]}, features={2 * self.sine.shape[1]}"


class CausalSelfAttention(nn.Module):
    """Attention of each step to itself and those before it, as in GPT (Radford et al. 2018)."""

    def __init__(
        self, features: int, num_heads: int, dropout: float = 0.0, bias: bool = True, rotary_steps: int = 0
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.attend = nn.Linear(features, 3 * features, bias=bias)
        self.project = nn.Linear(features, features, bias=bias)
        self.rotary = RotaryPosition(rotary_steps, features // num_heads) if rotary_steps else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # Each of N × heads × steps × features of a head.
        parts = self.attend(x).unflatten(2, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = parts.unbind(0)
        mixed = nn.functional.scaled_dot_product_attention(
            self.rotary(query),
            self.rotary(key),
            value,
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=True,
        )
        x = self.project(mixed.transpose(1, 2).flatten(2))
        return nn.functional.dropout(x, self.dropout, self.training)

    def extra_repr(self) -> str:
        return f"num_heads={self.num_heads}, dropout={self.dropout}"


class SqueezeExcitation(nn.Module):
    """Weighs each channel by what the whole image shows (Hu et al. 2018)."""

    def __init__(self, channels: int, squeeze_channels: int, activation: str = "ReLU", gate: str = "Sigmoid") -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(channels, squeeze_channels, 1)
        self.activation = getattr(nn, activation)()
        self.excite = nn.Conv2d(squeeze_channels, channels, 1)
        self.gate = getattr(nn, gate)()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        seen = x.mean(dim=(2, 3), keepdim=True)
        return x * self.gate(self.excite(self.activation(self.squeeze(seen))))
