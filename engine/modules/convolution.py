"""Convolutions made of two."""

# torch names the four words of padding_mode in its types, for which exported source would need an import.
# pyright: reportArgumentType=false

import torch
from torch import nn


class SeparableConv1d(nn.Conv1d):
    """A filter for each channel, then a mix of the channels (Sifre 2014; Chollet 2017)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        padding: int | str = 0,
        dilation: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(in_channels, out_channels, 1, bias=bias)
        self.depthwise = nn.Conv1d(
            in_channels, in_channels, kernel_size, stride, padding, dilation, in_channels, False, padding_mode
        )

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(self.depthwise(input))


class SeparableConv2d(nn.Conv2d):
    """A filter for each channel, then a mix of the channels (Sifre 2014; Chollet 2017)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | str | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__(in_channels, out_channels, 1, bias=bias)
        self.depthwise = nn.Conv2d(
            in_channels, in_channels, kernel_size, stride, padding, dilation, in_channels, False, padding_mode
        )

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return super().forward(self.depthwise(input))
