"""Blocks as files of their own."""

from pathlib import Path

import pytest

from engine.blocks import Blueprint, Exposed, Target
from engine.errors import ProjectError
from engine.graph import Graph
from engine.layers import Conv2d, Input, Output
from engine.layout import stacked
from engine.library import block_from_json, block_to_json, read_block

INNER = Blueprint(
    "Inner",
    stacked(Graph.chain(Input(), Conv2d(), Output())),
    (Exposed("channels", (Target("conv2d_1", "out_channels"),)),),
)
OUTER = Blueprint("Outer", stacked(Graph.chain(Input(), INNER.kind(channels=3), Output())), help="Two in one.")


@pytest.mark.parametrize("blueprint", [INNER, OUTER], ids=lambda blueprint: blueprint.name)
def test_a_block_is_read_as_it_was_written(blueprint: Blueprint) -> None:
    assert block_from_json(block_to_json(blueprint)) == blueprint


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x00", "not JSON"),
        (b"[]", "not JSON"),
        (b'{"format": "layerloom-project"}', "not a block"),
        (b'{"format": "layerloom-block", "version": 2}', "another Layerloom"),
        (b'{"format": "layerloom-block", "version": 1}', "network"),
        (b'{"format": "layerloom-block", "version": 1, "network": {"nodes": []}}', "holds no block"),
        (block_to_json(OUTER).replace(b'"Inner"', b'"Gone"', 1), "Inner"),
    ],
)
def test_what_is_no_block_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(ProjectError) as refusal:
        block_from_json(content)
    assert words in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProjectError):
        read_block(tmp_path / "gone.loomblock")
