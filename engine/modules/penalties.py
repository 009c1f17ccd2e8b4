"""What weights add to the loss because of their size."""

import torch
from torch import nn


def l1_penalty(model: nn.Module, amount: float, biases: bool = False) -> torch.Tensor | float:
    """The sizes of the weights that learn, added up; biases and the like on demand."""
    return amount * sum(weight.abs().sum() for weight in learning_weights(model, biases))


def l2_penalty(model: nn.Module, amount: float, biases: bool = False) -> torch.Tensor | float:
    """The squares of the weights that learn, added up; biases and the like on demand."""
    return amount * sum(weight.square().sum() for weight in learning_weights(model, biases))


def learning_weights(model: nn.Module, biases: bool) -> list[nn.Parameter]:
    """The weights that learn; those that are a single row only with the biases."""
    return [weight for weight in model.parameters() if weight.requires_grad and (biases or weight.dim() > 1)]
