"""What a network does, step by step: from what enters to what is at its ends, and the same in less time.

A rewritten plan computes the same numbers and the same gradients, bit for bit.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from torch import Tensor, nn
from torch.nn.functional import relu_

from engine.graph import Graph
from engine.layers import Input

POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
FORGETFUL = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, *POOLS)
"""Layers whose gradient needs nothing of what they answered."""


class Step(NamedTuple):
    """One layer at work: from the values at ``sources`` to the value at ``target``; ``spent`` are needed no more."""

    compute: Callable[..., Tensor]
    sources: tuple[int, ...]
    target: int
    spent: tuple[int, ...]


class Plan(NamedTuple):
    """Steps from what enters, one value for each of the ``doors``, to what is at ``ends`` then."""

    doors: int
    steps: tuple[Step, ...]
    ends: tuple[int, ...]


def planned(graph: Graph, computes: Mapping[str, Callable[..., Tensor] | None], ends: Sequence[str]) -> Plan:
    """The steps that lead from what enters to what these nodes answer."""
    needed = {*ends, *graph.ancestors(*ends)}
    entries = [node.id for node in graph.nodes if isinstance(node.layer, Input)]
    doors = {node_id: number for number, node_id in enumerate(entries)}
    places: dict[str, int] = {}
    drafts: list[Step] = []
    for node_id in (node_id for node_id in graph.order if node_id in needed):
        arriving = tuple(places[source] for source in graph.predecessors(node_id))
        sources = (doors[node_id],) if node_id in doors else arriving
        compute = computes[node_id]
        places[node_id] = len(drafts) + len(doors) if compute else sources[0]
        if compute:
            drafts.append(Step(compute, sources, places[node_id], ()))
    last_use = {source: step.target for step in drafts for source in step.sources}
    kept = tuple(places[end] for end in ends)
    steps = (step._replace(spent=_spent(step, last_use, kept)) for step in drafts)
    return Plan(len(doors), tuple(steps), kept)


def _spent(step: Step, last_use: Mapping[int, int], kept: Sequence[int]) -> tuple[int, ...]:
    return tuple(source for source in set(step.sources) if last_use[source] == step.target and source not in kept)


def run(plan: Plan, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """What is at the ends; one input alone enters at all doors. A value is let go as soon as no step needs it."""
    entering = inputs * plan.doors if len(inputs) == 1 else inputs
    values: list[Any] = [*entering, *[None] * len(plan.steps)]
    for compute, sources, target, spent in plan.steps:
        values[target] = compute(*[values[source] for source in sources])
        for source in spent:
            values[source] = None
    return tuple(values[end] for end in plan.ends)


def quickened(plan: Plan) -> Plan:
    """The same plan in less time and memory."""
    return _replacing(_pooling_first(plan))


def _pooling_first(plan: Plan) -> Plan:
    """With ReLU after max-pooling instead of before, on a quarter of the values.

    ReLU keeps the order of values, so that the largest stays the largest. Where two that differ become equal, both are
    0, and no gradient passes.
    """
    makers = {step.target: number for number, step in enumerate(plan.steps)}
    users, steps = _users(plan), list(plan.steps)
    for number, step in enumerate(plan.steps):
        before = makers.get(step.sources[0])
        if type(step.compute) in POOLS and before is not None and users[step.sources[0]] == 1:
            relu = steps[before]
            if type(relu.compute) is nn.ReLU:
                steps[before] = relu._replace(compute=step.compute)
                steps[number] = step._replace(compute=relu.compute)
    return plan._replace(steps=tuple(steps))


def _replacing(plan: Plan) -> Plan:
    """With ReLU in the place of what it is applied to, where no one else needs that."""
    users, made = _users(plan), {step.target: step.compute for step in plan.steps}
    return plan._replace(
        steps=tuple(
            step._replace(compute=relu_)
            if type(step.compute) is nn.ReLU
            and users[step.sources[0]] == 1
            and type(made.get(step.sources[0])) in FORGETFUL
            else step
            for step in plan.steps
        )
    )


def _users(plan: Plan) -> Counter[int]:
    """How often each value is used."""
    return Counter([*(source for step in plan.steps for source in step.sources), *plan.ends])
