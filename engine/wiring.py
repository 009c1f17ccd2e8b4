"""What is missing in a drawing, or too much: its ends and its wires. Nothing here needs torch."""

import math
from collections.abc import Iterator

from engine.graph import Graph, Node
from engine.layers import Input, Layer, Output
from engine.report import Append, Connect, Fix, InsertBefore, Problem, Remove

MOST_OPEN_ENDS = 100
"""With more loose layers than these none is the obvious one to connect to."""


def wiring_problems(network: Graph, what: str = "network") -> Iterator[Problem]:
    """Ends and wires that are missing or too many; a ``what`` that is a block may have several Inputs."""
    if not network.nodes:
        yield Problem(f"The {what} is empty.", fix=Append(Input()), rule="empty")
        return
    yield from _ends(network, Input, what)
    yield from _ends(network, Output, what)
    open_ends = tuple(node for node in network.nodes if node.layer.outputs and not network.outgoing(node.id))
    for node in network.nodes:
        if lacks_inputs(network, node):
            yield _unfed(network, node, open_ends)


def lacks_inputs(network: Graph, node: Node) -> bool:
    """Whether wires are missing that must arrive at a node."""
    needed = 1 if node.bypassed else 2 if node.layer.inputs is None else node.layer.inputs
    return len(network.incoming(node.id)) < needed


def _ends(network: Graph, kind: type[Layer], what: str) -> Iterator[Problem]:
    found = [node.id for node in network.nodes if isinstance(node.layer, kind)]
    if not found:
        yield _no_input(network, what) if kind is Input else _no_output(network, what)
        return
    if kind is Input and what == "block":
        return
    # One that is already wired is more likely meant than one that is not.
    found.sort(key=lambda node_id: not (network.incoming(node_id) or network.outgoing(node_id)))
    for surplus in found[1:]:
        words = f"A {what} with several {kind.title}s cannot be trained, and {surplus} is one beside {found[0]}."
        yield Problem(words, surplus, Remove(surplus), rule="several-ends")


def _no_input(network: Graph, what: str) -> Problem:
    unfed = (name for name in network.order if not network.incoming(name))
    words = f"The {what} has no Input, where the samples enter."
    return Problem(words, fix=InsertBefore(next(unfed), Input()), rule="no-input")


def _no_output(network: Graph, what: str) -> Problem:
    ends = [name for name in network.order if not network.outgoing(name)]
    fed = [name for name in ends if network.incoming(name)]
    words = f"The {what} has no Output, where the answer leaves."
    return Problem(words, fix=Append(Output(), (fed or ends)[-1]), rule="no-output")


def _unfed(network: Graph, node: Node, open_ends: tuple[Node, ...]) -> Problem:
    source = _obvious_source(network, node, open_ends)
    fix: Fix | None = Connect(source, node.id) if source else None
    if node.layer.inputs is None:
        count = "only one" if network.incoming(node.id) else "none"
        words = f"{node.layer.title} needs two inputs or more but has {count}."
        return Problem(words, node.id, fix or Remove(node.id), rule="lacks-inputs")
    if arriving := len(network.incoming(node.id)):
        words = f"{node.layer.title} needs {node.layer.inputs} inputs but has only {arriving}."
        return Problem(words, node.id, fix, rule="lacks-inputs")
    if not fix and node.layer.outputs and not network.outgoing(node.id):
        fix = Remove(node.id)
    return Problem(f"{node.layer.title} receives nothing.", node.id, fix, rule="lacks-inputs")


def _obvious_source(network: Graph, node: Node, open_ends: tuple[Node, ...]) -> str:
    """The nearest node above whose values go nowhere yet (for Output: anywhere); empty: none."""
    if len(open_ends) > MOST_OPEN_ENDS:
        return ""
    fitting = [end for end in open_ends if end.position[1] <= node.position[1] or not node.layer.outputs]
    fitting.sort(key=lambda end: math.dist(end.position, node.position))
    return next((end.id for end in fitting if not network.refuses_wire(end.id, node.id)), "")
