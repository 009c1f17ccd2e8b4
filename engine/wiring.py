"""What is missing in a drawing, or too much: its ends and its wires. Nothing here needs torch."""

import math
from collections.abc import Iterator

from engine.graph import Graph, Node
from engine.layers import Input, Output
from engine.report import Append, ChangeSetting, Connect, Fix, InsertBefore, Problem, Remove

MOST_OPEN_ENDS = 100
"""With more loose layers than these none is the obvious one to connect to."""


def wiring_problems(network: Graph, what: str = "network") -> Iterator[Problem]:
    """Ends and wires that are missing or too many in the ``what``: a network, or a block."""
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


def _ends(network: Graph, kind: type[Input | Output], what: str) -> Iterator[Problem]:
    found = [node for node in network.nodes if isinstance(node.layer, kind)]
    if not found:
        yield _no_input(network, what) if kind is Input else _no_output(network, what)
    elif kind is Output:
        yield from _surplus(network, found, what)


def _surplus(network: Graph, outputs: list[Node], what: str) -> Iterator[Problem]:
    """What is wrong with several Outputs: one gives the answer, and beside it a network may have auxiliary ones."""
    # One that is already wired is more likely meant than one that is not.
    outputs.sort(key=lambda node: (_is_auxiliary(node), not network.incoming(node.id)))
    answer, *others = outputs
    if _is_auxiliary(answer):
        fix = ChangeSetting(f"network.{answer.id}.auxiliary", False, f"Let {answer.id} give the answer")
        yield Problem(f"The {what} has no Output that gives its answer.", answer.id, fix, rule="no-answer")
    for other in others:
        if what == "block":
            words = f"A block gives one answer, and {other.id} is an Output beside {answer.id}."
            yield Problem(words, other.id, Remove(other.id), rule="several-ends")
        elif not _is_auxiliary(other):
            words = (
                f"A network gives one answer, and {other.id} is an Output beside {answer.id}. An auxiliary one helps "
                "it to learn."
            )
            fix = ChangeSetting(f"network.{other.id}.auxiliary", True, f"Make {other.id} auxiliary")
            wired = network.incoming(other.id)
            yield Problem(words, other.id, fix if wired else Remove(other.id), rule="several-ends")


def _is_auxiliary(node: Node) -> bool:
    return isinstance(node.layer, Output) and node.layer.auxiliary


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
    words = f"{node.layer.title} receives nothing."
    if not fix:
        words += " Wire another layer to it."
        if node.layer.outputs and not network.outgoing(node.id):
            fix = Remove(node.id)
    return Problem(words, node.id, fix, rule="lacks-inputs")


def _obvious_source(network: Graph, node: Node, open_ends: tuple[Node, ...]) -> str:
    """The nearest node above whose values go nowhere yet (for Output: anywhere); empty: none."""
    if len(open_ends) > MOST_OPEN_ENDS:
        return ""
    fitting = [end for end in open_ends if end.position[1] <= node.position[1] or not node.layer.outputs]
    fitting.sort(key=lambda end: math.dist(end.position, node.position))
    return next((end.id for end in fitting if not network.refuses_wire(end.id, node.id)), "")
