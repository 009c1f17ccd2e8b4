"""Means of weights, as plain functions: `engine.averaging` names them, and exported source prints them word for word.

Each changes ``averages``, a list of tensors, by ``weights``, a list of the same shapes; ``count`` is how many weights
are in the means already, and is at least 1. Whole numbers, such as counts of batches, stay as they are.
"""

import torch


def moving_average(averages: list[torch.Tensor], weights: list[torch.Tensor], count: int, decay: float) -> None:
    """Keeps ``decay`` of the means, less of young ones, which would otherwise remember their beginning for long."""
    if averages[0].is_floating_point():
        kept = min(decay, (1 + int(count)) / (10 + int(count)))
        torch.optim.swa_utils.get_ema_multi_avg_fn(kept)(averages, weights, int(count))


def plain_average(averages: list[torch.Tensor], weights: list[torch.Tensor], count: int) -> None:
    """The mean of all. P. Izmailov et al., Averaging Weights Leads to Wider Optima and Better Generalization, 2018."""
    if averages[0].is_floating_point():
        torch.optim.swa_utils.get_swa_multi_avg_fn()(averages, weights, int(count))
