"""A block by itself, as a file: to be kept in a person's own library, and handed on."""

from pathlib import Path
from typing import Any, cast

import msgspec

from engine.blocks import Block, Blueprint
from engine.errors import ProjectError
from engine.graph import Graph, Node
from engine.project import LARGEST_FILE, network_record, read_network, unreadable

FORMAT = "layerloom-block"
VERSION = 1
SUFFIX = ".loomblock"


def block_to_json(blueprint: Blueprint) -> bytes:
    """The block, with those inside it, as indented UTF-8 JSON."""
    network = Graph((Node("block", blueprint.kind()),))
    document = {"format": FORMAT, "version": VERSION, "network": network_record(network)}
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def block_from_json(content: bytes, name: str = "The block") -> Blueprint:
    """The block that the JSON describes. Raises `ProjectError`."""
    try:
        raw: Any = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise ProjectError(f"{name} is no block: it is not JSON, or was cut off.")
    document = cast(dict[str, Any], raw)
    if document.get("format") != FORMAT:
        raise ProjectError(f"{name} is JSON, but not a block.", expected=f"“format” must be “{FORMAT}”.")
    if document.get("version") != VERSION:
        raise ProjectError(f"{name} was written by another Layerloom.", fix="Update Layerloom to use it.")
    network = read_network(document.get("network"))
    layer = network.nodes[0].layer if network.nodes else None
    if not isinstance(layer, Block):
        raise ProjectError(f"{name} holds no block.")
    return layer.blueprint


def read_block(path: Path) -> Blueprint:
    """The block of a file. Raises `ProjectError`."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            raise ProjectError(f"{path.name} is no file of a block.")
        return block_from_json(path.read_bytes(), path.name)
    except OSError as fault:
        raise unreadable(path, fault) from None
