"""Layers that learn at a pace of their own: at a multiple of the optimizer's learning rate or weight decay."""

from collections.abc import Mapping
from typing import Any

from engine.blocks import Block
from engine.graph import Graph
from engine.layers.weighted import Weighted

USUAL = (1.0, 1.0)


def paces_of(network: Graph, prefix: str = "") -> dict[str, tuple[float, float]]:
    """Learning rate and weight decay of such layers, as multiples of the optimizer's, by how the names of their
    parameters start: ``conv2d_1.``, ``stage_1.0.conv2d_1.``.
    """
    found: dict[str, tuple[float, float]] = {}
    for node in network.nodes:
        start = f"{prefix}{node.id}."
        if isinstance(node.layer, Block):
            repeated = [f"{start}{number}." for number in range(node.layer.repeat)]
            for inner in repeated if len(repeated) > 1 else [start]:
                found |= paces_of(node.layer.inside, inner)
        elif isinstance(node.layer, Weighted) and node.layer.pace != USUAL:
            found[start] = node.layer.pace
    return found


def at_pace(options: Mapping[str, Any], pace: tuple[float, float]) -> dict[str, Any]:
    """What an optimizer with these options is told of parameters of a pace; nothing where it is the usual one."""
    rate, decay = pace
    told = {"lr": options["lr"] * rate} if rate != 1 else {}
    return told | (
        {"weight_decay": options["weight_decay"] * decay} if decay != 1 and "weight_decay" in options else {}
    )
