"""The source of the Python layers of a network, as it stands in exported source: word for word."""

from collections.abc import Iterator

from engine.blocks import blueprints
from engine.errors import ExportError
from engine.export.definitions import sources
from engine.graph import Graph
from engine.layers import PythonLayer
from engine.layers.python_reader import read

TAKEN = frozenset(
    {"Path", "nn", "torch", "load", "predict", "preprocess", "encode", "text", "labels"}
    | {"WEIGHTS", "CLASSES", "COLUMNS"}
)
"""The names that the rest of an exported file needs."""
_THERE = ("import torch", "from torch import nn")
"""What the file has at its head anyway."""


def written(network: Graph) -> dict[str, tuple[str, ...]]:
    """Each source once, with the nodes of the network itself that have it. Raises `ExportError` where two cannot
    stand in one file.
    """
    found: dict[str, tuple[str, ...]] = {}
    for node_id, layer in _layers(network):
        here = (node_id,) if node_id else ()
        found[layer.source] = (*found.get(layer.source, ()), *here)
    _check(found)
    return {_without_imports(source): nodes for source, nodes in found.items()}


def names_in(network: Graph) -> set[str]:
    """What the sources define."""
    return {name for _, layer in _layers(network) for name in layer.reading.names}


def _layers(network: Graph) -> Iterator[tuple[str, PythonLayer]]:
    """The Python layers that are not skipped, those inside blocks without a name."""
    graphs = [network, *(blueprint.graph for blueprint in blueprints(network).values())]
    for graph in graphs:
        for node in graph.nodes:
            if isinstance(node.layer, PythonLayer) and not node.bypassed:
                yield (node.id if graph is network else ""), node.layer


def _check(found: dict[str, tuple[str, ...]]) -> None:
    taken = {*TAKEN, *sources()}
    for source in found:
        names = set(read(source).names)
        if both := sorted(names & taken):
            raise ExportError(
                f"The code of the Python layers defines “{both[0]}” twice, or as something that the file needs.",
                fix=f"Give “{both[0]}” another name in the code of one.",
            )
        taken |= names


def _without_imports(source: str) -> str:
    return "\n".join(line for line in source.split("\n") if line.rstrip() not in _THERE).strip("\n")
