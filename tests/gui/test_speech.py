"""What assistive technology is told of a layer and of a block."""

from blocks_drawn import CONV_BLOCK, project_with_blocks

from engine.blocks import Blueprint
from engine.graph import Graph
from engine.layers import Input, Linear, Output
from engine.project import Project
from gui.canvas.speech import description_in_words, name_in_words, node_in_words


def said(project: Project, node_id: str) -> str:
    return description_in_words(project.network, project.network.node(node_id), None, ())


def test_a_block_says_what_it_is_and_how_it_is_opened() -> None:
    project = project_with_blocks()
    node = project.network.node("convblock_1")
    assert name_in_words(node) == "ConvBlock convblock_1"
    assert said(project, "convblock_1") == (
        "A block of 3 layers. Repeated 3 times. channels 32. "
        "Fed by stage_1. Feeds flatten_1. Double-click or Enter opens it."
    )


def test_a_block_that_is_there_once_says_nothing_of_repeats() -> None:
    words = said(project_with_blocks(), "stage_1")
    assert words.startswith("A block of 3 layers. Fed by input_1.")
    assert "epeat" not in words


def test_a_block_of_one_layer() -> None:
    kind = Blueprint("Only", Graph.chain(Input(), CONV_BLOCK.kind(), Output())).kind
    assert "A block of 1 layer." in said(Project(network=Graph.chain(Input(), kind())), "only_1")


def test_what_does_not_train_and_what_is_skipped_is_said() -> None:
    network = Graph.chain(Input(), Linear(), Output())
    network = network.freeze(["linear_1"], True).bypass(["linear_1"], True)
    words = node_in_words(network, network.node("linear_1"), None, ())
    assert words.startswith("Linear, called linear_1. Frozen. Bypassed. out_features")
    assert "opens it" not in words
