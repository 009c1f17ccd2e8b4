"""Layers applied to numbers, as the engine applies them."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from engine.layers import Layer, Refusal
from engine.measure import function_of
from engine.spec import Shape


def made(layer: Layer, *shapes: Shape) -> tuple[Callable[..., Tensor], nn.Module | None]:
    """What a layer does to inputs of these shapes, and its module where it has one."""
    function, module = function_of(layer, *shapes)
    assert function is not None
    return function, module.eval() if module else None


def answer(layer: Layer, *inputs: Tensor) -> Tensor:
    """What a layer answers to a batch of inputs that it does not refuse."""
    shapes = [tuple(each.shape[1:]) for each in inputs]
    assert layer.refuses(*shapes) is None
    return made(layer, *shapes)[0](*inputs)


def counted(*shape: int) -> Tensor:
    """A batch of two samples that hold 0, 1, 2 …"""
    return torch.arange(2.0 * torch.Size(shape).numel()).reshape(2, *shape)


def refused(layer: Layer, *shapes: Shape) -> Refusal:
    """Why a layer does not take inputs of these shapes."""
    refusal = layer.refuses(*shapes)
    assert refusal is not None
    return refusal
