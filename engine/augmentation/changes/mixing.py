"""Two samples made one. Each sample of a batch is mixed with the one before it: the
order is random already.

``tensors`` are what belongs together, N × anything: the samples first, then what is
asked for. Whole numbers, which cannot be mixed, are those of the sample that has the
larger share.
"""

import random

import torch


def mixed_up(
    tensors: list[torch.Tensor], generator: torch.Generator, alpha: float, p: float
) -> list[torch.Tensor]:
    """Mixes a share ``p`` of the batches, as transparent slides would; the shares are
    drawn from Beta(alpha, alpha).
    """
    draw = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
    if draw.random() >= p:
        return tensors
    share = draw.betavariate(alpha, alpha)
    return [mixture(tensor, tensor.roll(1, 0), share) for tensor in tensors]


def cut_mixed(
    tensors: list[torch.Tensor], generator: torch.Generator, alpha: float, p: float
) -> list[torch.Tensor]:
    """Pastes the same part of another picture into each of a share ``p`` of the
    batches.

    What is asked for at each pixel is pasted with it; other targets are mixed by the
    areas.
    """
    draw = random.Random(int(torch.randint(2**31, (1,), generator=generator)))
    if draw.random() >= p:
        return tensors
    height, width = tensors[0].shape[-2:]
    side = (1 - draw.betavariate(alpha, alpha)) ** 0.5
    top, bottom = span(draw.uniform(0, height), side * height, height)
    left, right = span(draw.uniform(0, width), side * width, width)
    share = 1 - (bottom - top) * (right - left) / (height * width)
    mixed: list[torch.Tensor] = []
    for tensor in tensors:
        other = tensor.roll(1, 0)
        if tensor.dim() > 2 and tensor.shape[-2:] == (height, width):
            pasted = tensor.clone()
            pasted[..., top:bottom, left:right] = other[..., top:bottom, left:right]
            mixed.append(pasted)
        else:
            mixed.append(mixture(tensor, other, share))
    return mixed


def span(middle: float, length: float, end: int) -> tuple[int, int]:
    """Where a stretch begins and ends, as far as it is between 0 and ``end``."""
    low, high = middle - length / 2, middle + length / 2
    return round(max(low, 0)), round(min(high, end))


def mixture(one: torch.Tensor, other: torch.Tensor, share: float) -> torch.Tensor:
    """``share`` of one and the rest of the other."""
    if one.is_floating_point():
        return share * one + (1 - share) * other
    return one if share >= 0.5 else other
