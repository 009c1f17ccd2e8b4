"""Which layers of a network: those that match what is searched for, that hang together, or are of a kind."""

import re
from collections.abc import Callable, Iterable, Mapping

from engine.graph import Graph, Node, Wire, reached
from engine.report import Problem, Report
from engine.spec import Shape

_TIMES = re.compile(r"(?<=\d)\s*[×x]\s*(?=\d)", re.IGNORECASE)
_SHAPE = re.compile(r"\d+(x\d+)*")


def find(network: Graph, report: Report, query: str, said: Callable[[str], str] = str) -> tuple[str, ...]:
    """The ids of the nodes that match every word of a query, as one reads them: from the top, then from the left.

    A word is part of a name, of a kind or its family, or of a problem; or a shape, or some of its numbers in a row:
    ``128``, ``13x13``, ``32 × 13 × 13``. ``said`` translates what the engine says.
    """
    words = _TIMES.sub("x", query.casefold()).split()
    problems: dict[str | None, list[Problem]] = {}
    for problem in report.problems:
        problems.setdefault(problem.place[0] if problem.place else problem.node, []).append(problem)
    found = [node for node in network.nodes if words and _matches(node, words, report, problems, said)]
    return tuple(node.id for node in sorted(found, key=lambda node: (node.position[1], node.position[0])))


def connected(network: Graph, node_ids: Iterable[str]) -> set[str]:
    """These nodes and all that hang together with them, in whatever direction the wires run."""
    chosen = set(node_ids)
    return chosen | reached(
        chosen, lambda at: (*network.predecessors(at), *(wire.target for wire in network.outgoing(at)))
    )


def upstream(network: Graph, node_ids: Iterable[str]) -> set[str]:
    """These nodes and all whose values reach them."""
    chosen = set(node_ids)
    return chosen | network.ancestors(*chosen)


def downstream(network: Graph, node_ids: Iterable[str]) -> set[str]:
    """These nodes and all that their values reach."""
    chosen = set(node_ids)
    return chosen | network.descendants(*chosen)


def same_kind(network: Graph, node_ids: Iterable[str]) -> set[str]:
    """All nodes whose layer is of the same kind as that of one of these."""
    kinds = {type(network.node(node_id).layer) for node_id in node_ids}
    return {node.id for node in network.nodes if type(node.layer) in kinds}


def wires_within(network: Graph, before: set[str], after: set[str]) -> set[Wire]:
    """The wires between the nodes of a path, given what lies before its middle and what lies after."""
    return {
        wire for wire in network.wires if {wire.source, wire.target} <= before or {wire.source, wire.target} <= after
    }


def _matches(
    node: Node,
    words: Iterable[str],
    report: Report,
    problems: Mapping[str | None, list[Problem]],
    said: Callable[[str], str],
) -> bool:
    kind, known, own = type(node.layer), report.nodes.get(node.id), problems.get(node.id, [])
    texts = [node.id, kind.__name__, kind.title, said(kind.title), said(kind.family)]
    texts += [words for problem in own for words in (said(problem.message), said(problem.severity))]
    text = "\n".join(texts).casefold()
    shape = known.output_shape if known else None
    return all(word in text or _is_part(word, shape) for word in words)


def _is_part(word: str, shape: Shape | None) -> bool:
    """Whether a word such as ``13x13`` stands in a row in a shape."""
    return shape is not None and bool(_SHAPE.fullmatch(word)) and f"x{word}x" in f"x{'x'.join(map(str, shape))}x"
