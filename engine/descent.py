"""Steps of torch's optimizers without what surrounds them: marks for a profiler, hooks, lists that are made anew.

For a network of a few weights, that takes several times as long as the step itself.
"""
# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false

from collections.abc import Callable
from inspect import unwrap

import torch
from torch.optim import Adam, Optimizer


def descent(optimizer: Optimizer) -> Callable[[], object]:
    """What takes a step as ``optimizer.step()`` does, to the same weights. It has no closure and no gradient scaler."""
    if isinstance(optimizer, Adam) and optimizer.defaults["fused"]:
        return _adam(optimizer)
    # The method itself, within all that torch has wrapped around it.
    step = unwrap(type(optimizer).step)

    def descend() -> None:
        with torch.no_grad():
            step(optimizer)

    return descend


def _adam(optimizer: Adam) -> Callable[[], None]:
    """The step of Adam, and of AdamW, in one call for all weights of a group."""

    @torch.no_grad()
    def descend() -> None:
        trained = [[each for each in group["params"] if each.grad is not None] for group in optimizer.param_groups]
        if not all(each in optimizer.state for those in trained for each in those):
            # The first one: torch makes what Adam remembers.
            optimizer.step()
            return
        for group, weights in zip(optimizer.param_groups, trained, strict=True):
            if not weights:
                continue
            memories = [optimizer.state[each] for each in weights]
            steps = [memory["step"] for memory in memories]
            torch._foreach_add_(steps, 1)
            kernel = torch._fused_adamw_ if group["decoupled_weight_decay"] else torch._fused_adam_
            kernel(
                weights,
                [each.grad for each in weights],
                [memory["exp_avg"] for memory in memories],
                [memory["exp_avg_sq"] for memory in memories],
                [memory["max_exp_avg_sq"] for memory in memories] if group["amsgrad"] else [],
                steps,
                lr=group["lr"],
                beta1=group["betas"][0],
                beta2=group["betas"][1],
                weight_decay=group["weight_decay"],
                eps=group["eps"],
                amsgrad=group["amsgrad"],
                maximize=group["maximize"],
            )

    return descend
