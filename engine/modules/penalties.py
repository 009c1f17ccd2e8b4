"""What weights add to the loss because of their size."""

import torch
from torch import nn


def l1_penalty(
    model: nn.Module,
    amount: float,
    biases: bool = False,
) -> torch.Tensor | float:
    """The sizes of the weights that learn, added up; biases on demand."""
    learning = learning_weights(model, biases)
    return amount * sum(weight.abs().sum() for weight in learning)


def l2_penalty(
    model: nn.Module,
    amount: float,
    biases: bool = False,
) -> torch.Tensor | float:
    """The squares of the weights that learn, added up; biases on demand."""
    learning = learning_weights(model, biases)
    return amount * sum(weight.square().sum() for weight in learning)


def learning_weights(model: nn.Module, biases: bool) -> list[nn.Parameter]:
    """The weights that learn; those that are a single row only with the biases."""
    learning = [weight for weight in model.parameters() if weight.requires_grad]
    return [weight for weight in learning if biases or weight.dim() > 1]


def l1_activity(outputs: list[torch.Tensor], amount: float) -> torch.Tensor | float:
    """The sizes of what layers answer, added up, as a mean over the samples."""
    return amount * sum(each.float().abs().sum() / len(each) for each in outputs)


def l2_activity(outputs: list[torch.Tensor], amount: float) -> torch.Tensor | float:
    """The squares of what layers answer, added up, as a mean over the samples."""
    return amount * sum(each.float().square().sum() / len(each) for each in outputs)
