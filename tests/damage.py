"""Damages documents, with a seed, as disks, mails and people's hands do: bytes, whole entries, and what they mean."""

import json
import random
import re
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from itertools import pairwise
from typing import Any

from engine.blocks import Blueprint, Exposed, Target
from engine.graph import Graph
from engine.layers import BatchNorm2d, Conv2d, Flatten, Input, Linear, Output, ReLU
from engine.layout import stacked
from engine.project import Project, Silenced, to_json
from engine.templates import templates

LONGEST_REFUSAL = 400

ODD_VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 1.5, 2**31, 2**63, 2**64, -(2**70), 10**400, 1e308, -1e308, 1e-320, 5e6),
    *(float("nan"), float("inf"), float("-inf")),
    *(
        "",
        " ",
        "NaN",
        "null",
        "Input",
        "input_1",
        "Unit",
        "__class__",
        "../../etc/passwd",
        "\x00",
        "\ud800",
        "\u202e",
        "€",
    ),
    *("x" * 100_000, "a\nb", "{}", "%s%n", "class", "repeat", "down", "Linear"),
    *([], {}, [[]], [None], [0, 0], [1e300, float("nan")], [1] * 5_000, {"": ""}, {"type": "Linear", "settings": {}}),
    *({"type": "Unit"}, {"source": "input_1", "target": "input_1"}, {"x" * 300: 1}),
]

_JARGON = re.compile(
    r"\b(?!Mean)[A-Z]\w+Error|msgspec|Traceback|NoneType|Struct|<class|object at 0x|\bdict\b|\btuple\b|\bstr\b|\bint\b|"
    r"\bfloat\b|\bNone\b|JSONPath|__\w+__ |recursion"
)


def documents() -> list[bytes]:
    """Every template, and documents with all else that a project can hold."""
    return [*(to_json(template.project) for template in templates()), to_json(in_blocks()), to_json(marked())]


def in_blocks() -> Project:
    """Blocks in a block, repeated, with settings that reach inside."""
    unit = Blueprint(
        "Unit",
        stacked(Graph.chain(Input(), Conv2d(8, padding=1), BatchNorm2d(), ReLU(), Output())),
        (Exposed("channels", (Target("conv2d_1", "out_channels"),)),),
        help="Filters and steadies.",
    )
    stage = Blueprint(
        "Stage",
        stacked(Graph.chain(Input(), unit.kind(), unit.kind(channels=12, repeat=2), Output())),
        (Exposed("width", (Target("unit_1", "channels"), Target("unit_2", "channels", 2))),),
    )
    layers = (Input(), stage.kind(width=6, repeat=2), unit.kind(channels=4), Flatten(), Linear(10), Output())
    return Project(stacked(Graph.chain(*layers)), title="Blocks")


def marked() -> Project:
    """Flowing to the right, with layers frozen, bypassed and doubts silenced."""
    network = stacked(Graph.chain(Input(), Flatten(), Linear(30), Linear(20), ReLU(), Linear(10), Output()))
    network = network.flow("right").freeze(["linear_1"]).bypass(["relu_1"])
    return Project(network, silenced=(Silenced("no-nonlinearity", "linear_2"), Silenced("larger-than-data")))


def damaged(chance: random.Random, content: bytes) -> bytes:
    """The document after one to three kinds of damage."""
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        # What has been buried too deep for a copy stays as damaged as it is.
        with suppress(RecursionError):
            content = chance.choice(_DAMAGES)(chance, content)
    return content


def unclear(words: str) -> str:
    """Why a refusal is not a clear sentence; empty: it is."""
    if len(words) > LONGEST_REFUSAL:
        return f"{len(words)} characters"
    if not words.endswith((".", "?")) or not words[:1].strip():
        return "no sentence"
    if not words.isprintable():
        return "characters that cannot be shown"
    found = _JARGON.search(re.sub(r"“[^”]*”", "", words))
    return f"the word {found[0]}" if found else ""


# Damage to bytes


def _flipped(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 30))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(chance: random.Random, content: bytes) -> bytes:
    start, end = sorted((chance.randrange(len(content)), chance.randrange(len(content) + 1)))
    return chance.choice((content[:end], content[start:], content[:start] + content[end:])) or b"{"


def _doubled(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content))
    end = start + chance.randrange(200)
    return content[:end] + content[start:]


# Damage to entries


def _entry(change: Callable[[random.Random, Any, Any], None]) -> Callable[[random.Random, bytes], bytes]:
    """Damage that changes one entry of a list or an object, anywhere in the document."""

    def damage(chance: random.Random, content: bytes) -> bytes:
        try:
            document = json.loads(content)
        except (ValueError, RecursionError):
            return _cut(chance, content)
        holders = _holders(document)
        if not holders:
            return content
        holder = chance.choice(holders)
        change(chance, holder, chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder))))
        return json.dumps(document).encode("utf-8", "surrogatepass")

    return damage


def _holders(value: Any) -> list[Any]:
    """Every list and object in a document that has entries, however deep they lie."""
    found: list[Any] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list | dict) and one:
            found.append(one)
            waiting += one.values() if isinstance(one, dict) else one
    return found


def _swap(chance: random.Random, holder: Any, key: Any) -> None:
    holder[key] = deepcopy(chance.choice(ODD_VALUES))


def _shift(chance: random.Random, holder: Any, key: Any) -> None:
    """A number that is a little, or far, out of its range; a text of another entry."""
    value = holder[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        holder[key] = value * chance.choice((-1, 10, 1_000, 10**6, 10**9, 0.1))
    else:
        other = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        holder[key] = deepcopy(holder[other])


def _drop(_chance: random.Random, holder: Any, key: Any) -> None:
    del holder[key]


def _rename(chance: random.Random, holder: Any, key: Any) -> None:
    if isinstance(holder, dict):
        holder[chance.choice(("", "id", "type", "x" * 500, "Unit", f"{key}_", "é\n"))] = holder.pop(key)
    else:
        holder.insert(key, deepcopy(holder[key]))


def _bury(chance: random.Random, holder: Any, key: Any) -> None:
    value = holder[key]
    for _ in range(chance.choice((1, 3, 60, 400))):
        value = [value] if chance.random() < 0.5 else {"a": value}
    holder[key] = value


# Damage to meaning


def _meaning(change: Callable[[random.Random, dict[str, Any]], None]) -> Callable[[random.Random, bytes], bytes]:
    """Damage to a document that is still one; another is cut."""

    def damage(chance: random.Random, content: bytes) -> bytes:
        try:
            document = json.loads(content)
            network = document.get("network", document)
            change(chance, network)
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError, IndexError):
            return _cut(chance, content)
        return json.dumps(document).encode("utf-8", "surrogatepass")

    return damage


def _rewire(chance: random.Random, network: dict[str, Any]) -> None:
    """Circles, doubles, wires to nowhere and to inputs that are not there."""
    ids = [node["id"] for node in network["nodes"]]
    for _ in range(chance.choice((1, 5))):
        ends = {"source": chance.choice(ids), "target": chance.choice([*ids, "nobody"])}
        network["wires"].append(ends | chance.choice(({}, {"port": chance.choice((-1, 0, 1, 2**40))})))


def _twins(chance: random.Random, network: dict[str, Any]) -> None:
    """Two nodes of one name, or a name that cannot be."""
    node = chance.choice(network["nodes"])
    node["id"] = chance.choice([network["nodes"][0]["id"], "a b", "class", "forward", "x" * 65, "_x", "1x", "ä", ""])


def _knot(chance: random.Random, network: dict[str, Any]) -> None:
    """Blocks in a circle, under a name of the palette, or of nothing."""
    blocks = network["blocks"]
    name, other = chance.choice(list(blocks)), chance.choice(list(blocks))
    nodes = blocks[name]["nodes"]
    match chance.randrange(4):
        case 0:
            chance.choice(nodes).update(type=other, settings={})
        case 1:
            blocks[chance.choice(("Linear", "class", ""))] = blocks.pop(name)
        case 2:
            nodes.clear()
        case _:
            blocks[other]["nodes"].append({"id": "again", "type": name, "settings": {"repeat": 3}})


def _bomb(chance: random.Random, network: dict[str, Any]) -> None:
    """A few lines that stand for more layers than there are atoms."""
    depth = chance.randrange(2, 20)
    inside = "ReLU"
    blocks = network.setdefault("blocks", {})
    repeat = chance.choice((1, 2, 10, 1_000))
    for level in range(depth):
        uses = [{"id": f"use_{n}", "type": inside, "settings": {"repeat": repeat} if level else {}} for n in range(3)]
        ends = [{"id": "input_1", "type": "Input"}, {"id": "output_1", "type": "Output"}]
        way = ["input_1", *(use["id"] for use in uses), "output_1"]
        wires = [{"source": a, "target": b} for a, b in pairwise(way)]
        inside = f"Bomb{level}"
        blocks[inside] = {"nodes": [*ends, *uses], "wires": wires}
    chance.choice(network["nodes"][1:-1]).update(type=inside, settings={"repeat": repeat})


def _absurd(chance: random.Random, network: dict[str, Any]) -> None:
    """A valid document that no one would draw."""
    node = chance.choice(network["nodes"])
    match chance.randrange(4):
        case 0:
            node["position"] = [chance.choice((1e7, -1e7, 1e-300)), chance.choice((9_999_999, 0))]
        case 1:
            node["settings"] = dict.fromkeys(node["settings"], 65535)
        case 2:
            node["settings"] = dict.fromkeys(node["settings"], 1000000000)
        case _:
            network["nodes"] += [
                {"id": f"more_{number}", "type": chance.choice(("ReLU", "Add", "Input", "Output", "Linear"))}
                for number in range(chance.choice((1, 200)))
            ]


_DAMAGES: list[Callable[[random.Random, bytes], bytes]] = [
    *(_flipped, _cut, _doubled),
    *(_entry(change) for change in (_swap, _swap, _shift, _drop, _rename, _bury)),
    *(_meaning(change) for change in (_rewire, _twins, _knot, _bomb, _absurd)),
]
