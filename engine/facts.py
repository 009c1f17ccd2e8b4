"""Facts: a network in a few numbers, for cards and comparisons. Nothing here needs torch."""

import math
from collections.abc import Iterator, Mapping

import msgspec

from engine.blocks import Block
from engine.ends import main_output
from engine.graph import Graph
from engine.layers import Input, Output
from engine.project import Project
from engine.report import NodeReport, Report
from engine.spec import Shape

_WEIGHING = frozenset({"Linear", "Convolution", "Recurrent", "Attention"})
"""The families whose layers count as depth: normalisation is not among them, as in the names of the networks."""
_SEEN = _WEIGHING | {"Pooling"}
"""Whose layers a portrait shows: those that give the values their size."""


class Bar(msgspec.Struct, frozen=True, array_like=True):
    """What leaves a layer, for a portrait of the network: the side of the image or the number of tokens (0: a flat list
    of numbers), and how many channels or numbers.
    """

    family: str
    side: int
    width: int


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a project costs. Multiply-adds are for one sample, bytes for a training at its batch size."""

    layers: int
    """Once the blocks are written out, with the ends of the network as they are drawn."""
    depth: int
    """Layers that weigh, on the longest way: 50 of ResNet-50."""
    parameters: int
    multiply_adds: int
    training_bytes: int
    portrait: tuple[Bar, ...] = ()


def facts_of(project: Project, report: Report) -> Facts:
    """What is known of a project, in a few numbers."""
    totals = report.totals
    return Facts(
        layer_count(project.network),
        depth(project.network, report.nodes),
        totals.parameters,
        totals.multiply_adds,
        totals.training_bytes,
        (_bar(Input.family, project.data.shape), *_bars(project.network, report.nodes)),
    )


def layer_count(network: Graph) -> int:
    """How many layers a network has, once its blocks are written out: their own ends are then gone."""
    ends = sum(isinstance(node.layer, Input | Output) for node in network.nodes)
    return ends + _written_out(network)


def _written_out(network: Graph) -> int:
    layers = [node.layer for node in network.nodes if not isinstance(node.layer, Input | Output)]
    return sum(layer.repeat * _written_out(layer.inside) if isinstance(layer, Block) else 1 for layer in layers)


def depth(network: Graph, nodes: Mapping[str, NodeReport]) -> int:
    """How many layers that weigh lie one behind the other on the longest way."""
    longest: dict[str, int] = {}
    for node_id in network.order:
        layer, known = network.node(node_id).layer, nodes[node_id]
        if isinstance(layer, Block):
            own = sum(depth(layer.inside, inside) for inside in known.inside)
        else:
            own = int(layer.family in _WEIGHING and known.parameters > 0)
        longest[node_id] = own + max((longest[source] for source in network.predecessors(node_id)), default=0)
    return max(longest.values(), default=0)


def _bars(network: Graph, nodes: Mapping[str, NodeReport]) -> Iterator[Bar]:
    """One for each layer on the way to the answer that gives the values their size, in the order in which they flow."""
    leading = network.ancestors(main_output(network))
    for node_id in (node_id for node_id in network.order if node_id in leading):
        layer, known = network.node(node_id).layer, nodes[node_id]
        if isinstance(layer, Block):
            for inside in known.inside:
                yield from _bars(layer.inside, inside)
        elif layer.family in _SEEN and known.output_shape:
            yield _bar(layer.family, known.output_shape)


def _bar(family: str, shape: Shape) -> Bar:
    match shape:
        case (width,):
            return Bar(family, 0, width)
        case (tokens, width):
            return Bar(family, tokens, width)
        case _:
            width, *sides = shape
            return Bar(family, round(math.prod(sides) ** (1 / len(sides))), width)
