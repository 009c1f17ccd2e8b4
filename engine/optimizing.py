"""From a project to the optimizer that torch runs: which weights it changes, and what it is told of each."""

from inspect import signature
from typing import Any

import torch
from torch import nn

from engine.measure import resolve
from engine.paces import USUAL, at_pace, paces_of
from engine.project import Project


def optimizer(project: Project, network: nn.Module, device: torch.device) -> torch.optim.Optimizer:
    """The project's optimizer for the parameters that train, in the form fastest on their device."""
    call = project.training.optimizer.construction()
    kind = resolve(call.target)
    known = signature(kind).parameters
    # The default on a CPU is a loop over the tensors in Python, several times as slow for small networks.
    faster = next((name for name in ("fused", "foreach") if name in known), None) if device.type == "cpu" else None
    options = {**dict(call.options), **({faster: True} if faster else {})}
    return kind(parameter_groups(project, network), *call.arguments, **options)


def parameter_groups(project: Project, network: nn.Module) -> list[dict[str, Any]]:
    """The parameters that train, in groups of which torch's optimizer is told the same: by the pace of their layers,
    and without weight decay where they are biases or scales, unless the project wants all of them to decay.
    """
    paces, options = paces_of(project.network), dict(project.training.optimizer.construction().options)
    groups: dict[tuple[float, float], dict[str, Any]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        rate, decay = next((paces[start] for start in paces if name.startswith(start)), USUAL)
        if parameter.ndim < 2 and project.training.spares_biases:
            decay = 0.0
        group = groups.setdefault((rate, decay), {"params": [], **at_pace(options, (rate, decay))})
        group["params"].append(parameter)
    return list(groups.values())
