"""Ids: what the nodes, notes and frames of a drawing are called, and their layers in code."""

import keyword
import re
from collections import Counter
from collections.abc import Iterable

from engine.errors import ProjectError
from engine.layers import Layer
from engine.remarks import Remark
from engine.spec import abbreviate

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


class FreeIds:
    """Gives out ids that are not taken, each once: ``conv2d_1``, ``conv2d_2`` …"""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._last: Counter[str] = Counter()

    def take(self, kind: type[Layer | Remark]) -> str:
        """The lowest that is free for a layer, note or frame of this kind."""
        stem = kind.__name__.lower()
        while not self.claim(f"{stem}_{self._last[stem] + 1}"):
            self._last[stem] += 1
        return f"{stem}_{self._last[stem] + 1}"

    def claim(self, name: str) -> str:
        """This very one; empty where it is taken."""
        if name in self._taken:
            return ""
        self._taken.add(name)
        return name


def check_id(node_id: str, what: str = "layer") -> None:
    """Raises `ProjectError` unless the id can name this, a layer or a block say, in the drawing and in code."""
    if keyword.iskeyword(node_id):
        raise ProjectError(f"“{node_id}” cannot name a {what}.", expected="Python keeps this word for itself.")
    if not _IDENTIFIER.fullmatch(node_id):
        raise ProjectError(
            f"“{abbreviate(node_id, 60)}” cannot name a {what}.",
            expected="A name begins with a letter and has only letters, digits and underscores, at most 64.",
        )
