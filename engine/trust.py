"""Which code that people have written may run in this process: what a person has seen and said yes to, by its content.

Nothing else may: a project brings no permission along. Who starts a process, or gives it work, hands it the digests
(the window those that it remembers, the command line with ``--trust`` those of the project that it names).
"""

import hashlib
from collections.abc import Iterable, Mapping
from contextvars import ContextVar

from engine.blocks import blueprints
from engine.errors import ProjectError
from engine.graph import Graph
from engine.layers.python import EXAMPLE, PythonLayer

# The permission of a process is one thing for all that runs in it; another thread starts without.
_allowed: ContextVar[frozenset[str]] = ContextVar("allowed", default=frozenset())


def digest(source: str) -> str:
    """The SHA-256 of a source."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def allow(digests: Iterable[str]) -> None:
    """Lets the code of these digests run from here on."""
    _allowed.set(allowed().union(digests))


def allowed() -> frozenset[str]:
    """The digests of what may run."""
    return _allowed.get()


def is_allowed(source: str) -> bool:
    """Whether a source may run: a person has allowed it, or it is the one that comes with Layerloom."""
    return source == EXAMPLE or digest(source) in allowed()


def check_source(source: str) -> None:
    """Raises `ProjectError` where a source may not run: asked wherever code would be run, or sent to be run."""
    if not is_allowed(source):
        raise ProjectError("This Python code has not been allowed to run.", fix="Read it, then allow it.")


def sources(network: Graph) -> Mapping[str, str]:
    """The source of each Python layer, by its name; those inside blocks are called ``Block/python_1``."""
    drawings = {"": network, **{f"{name}/": blueprint.graph for name, blueprint in blueprints(network).items()}}
    return {
        f"{place}{node.id}": node.layer.source
        for place, graph in drawings.items()
        for node in graph.nodes
        if isinstance(node.layer, PythonLayer)
    }


def check(network: Graph) -> None:
    """Raises `ProjectError` where a network carries code that may not run."""
    unseen = [name for name, source in sources(network).items() if not is_allowed(source)]
    if unseen:
        raise ProjectError(
            "The project carries Python code that has not been allowed to run.",
            expected=f"Read the code of {', '.join(unseen[:5])}{' …' if len(unseen) > 5 else ''} first.",
            fix="If you trust it, say --trust, or open the project in the window and allow it there.",
        )
