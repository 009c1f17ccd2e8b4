"""Layers, wires, notes and frames as text, so that they can be copied between windows, into a mail and back.

The text is a network as a project holds it and, where wires led into what was copied, ``"incoming"``: these wires.
"""

from collections.abc import Iterable
from typing import Any, cast

import msgspec

from engine.errors import ProjectError
from engine.graph import Graph, Wire
from engine.project import network_record, read_network
from engine.spec import abbreviate, convert

LARGEST_TEXT = 16 * 2**20


class Copied(msgspec.Struct, frozen=True):
    """What was copied: layers with the wires between them, and the wires that came from layers left behind."""

    network: Graph
    incoming: tuple[Wire, ...] = ()


def copied(network: Graph, node_ids: Iterable[str]) -> Copied:
    """These nodes of a network."""
    part = network.part(node_ids)
    arriving = (wire for node in part.nodes for wire in network.incoming(node.id))
    return Copied(part, tuple(wire for wire in arriving if wire.source not in part))


def to_text(what: Copied) -> str:
    """The copy as indented JSON."""
    record = network_record(what.network)
    if what.incoming:
        record["incoming"] = msgspec.to_builtins(what.incoming)
    return msgspec.json.format(msgspec.json.encode(record), indent=2).decode()


def from_text(text: str) -> Copied:
    """What a text describes: layers that were copied, or a whole project. Raises `ProjectError`."""
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
    incoming = convert(record.pop("incoming", ()), tuple[Wire, ...], "incoming", ProjectError)
    network = read_network(record.get("network", record))
    if not network.nodes and not network.remarks:
        raise ProjectError("The clipboard holds no layers.", fix="Copy layers first.")
    return Copied(network, incoming)
