"""Layers and wires as text, so that they can be copied between windows, into a mail and back."""

from typing import Any, cast

import msgspec

from engine.errors import ProjectError
from engine.graph import Graph
from engine.project import network_record, read_network
from engine.spec import abbreviate

LARGEST_TEXT = 16 * 2**20


def to_text(network: Graph) -> str:
    """The network as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(network_record(network)), indent=2).decode()


def from_text(text: str) -> Graph:
    """The network that a text describes: one that was copied, or a whole project. Raises `ProjectError`."""
    if len(text) > LARGEST_TEXT:
        raise ProjectError("The clipboard holds far more text than any network.")
    try:
        raw: Any = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        shown = f": “{abbreviate(' '.join(text.split()), 80)}”" if text.strip() else ""
        raise ProjectError(f"The clipboard holds no layers{shown}.", fix="Copy layers first.")
    record = cast(dict[str, Any], raw)
    network = read_network(record.get("network", record))
    if not network.nodes:
        raise ProjectError("The clipboard holds no layers.", fix="Copy layers first.")
    return network
