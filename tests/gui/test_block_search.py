"""Blocks in the quick search: of the project and one's own, wherever layers are offered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from blocks_drawn import CONV_BLOCK, STAGE, project_with_blocks
from canvases import assert_agrees, at, drag, port, undone, wires_of
from msgspec.structs import replace
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from test_quick_search import choose, titles

from engine.blocks import takes
from engine.graph import Graph
from engine.layers import Input, Linear, Output
from engine.layout import stacked
from engine.report import NodeReport, Report
from gui.block_shelf import BlockShelf
from gui.canvas import Canvas
from gui.editor import Editor
from gui.library import Library
from gui.notice import Notices
from gui.palette import Palette
from gui.settings import Settings
from gui.theme import Appearance

WIDE = replace(CONV_BLOCK, graph=CONV_BLOCK.graph.remove(["relu_1"]))
HEAD = replace(STAGE, name="Head", graph=stacked(Graph.chain(Input(), Linear(), Output())), help="Ends a network.")


@pytest.fixture
def canvas(qtbot, appearance: Appearance, tmp_path: Path) -> Iterator[Canvas]:
    """With a ConvBlock and a Stage in the project, and a Head and another ConvBlock of one's own."""
    editor = Editor()
    canvas, palette, notices = Canvas(editor, appearance), Palette(appearance), Notices(appearance)
    for widget in (canvas, palette, notices):
        qtbot.addWidget(widget)
    library = Library(tmp_path)
    library.keep(HEAD)
    library.keep(WIDE)
    settings = Settings(tmp_path / "settings.ini", editor)
    canvas.searching.offers = BlockShelf(editor, library, palette, notices, settings, editor).offers
    editor.open(project_with_blocks())
    canvas.resize(1200, 900)
    with qtbot.waitActive(canvas):
        canvas.show()
        canvas.activateWindow()
    canvas.setFocus()
    yield canvas
    canvas.searching.end()
    assert_agrees(canvas)


def know_shapes(canvas: Canvas) -> None:
    shapes = {"input_1": (1, 8, 8), "flatten_1": (1024,)}
    nodes = {node_id: NodeReport(node_id, "", output_shape=shape) for node_id, shape in shapes.items()}
    canvas.editor.set_report(canvas.editor.project, Report(nodes))


def test_a_block_of_the_project_is_added_as_it_is_there(canvas: Canvas) -> None:
    before = canvas.editor.project
    canvas.editor.select(["stage_1"])
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    choose(canvas, "convblock")
    assert type(canvas.editor.network.node("convblock_2").layer) is CONV_BLOCK.kind
    assert {("stage_1", "convblock_2"), ("convblock_2", "convblock_1")} <= wires_of(canvas)
    assert undone(canvas, before)


def test_a_block_of_ones_own_is_found_by_its_help(canvas: Canvas) -> None:
    canvas.searching.at(QPointF(-400, 40))
    choose(canvas, "ends a network")
    assert canvas.editor.network.node("head_1").layer == HEAD.kind()


def test_one_whose_name_means_another_here_is_offered_under_a_new_one(canvas: Canvas) -> None:
    canvas.searching.at(QPointF(-400, 40))
    assert [title for title in titles(canvas) if "Block" in title] == ["ConvBlock", "ConvBlock2"]


def test_inside_a_block_neither_it_nor_what_holds_it_is_offered(canvas: Canvas) -> None:
    canvas.editor.enter(("stage_1", "convblock_1"))
    canvas.searching.at(QPointF(-400, 40))
    assert {"ConvBlock", "Stage"}.isdisjoint(titles(canvas))
    assert {"ConvBlock2", "Head", "ReLU"} <= set(titles(canvas))


def test_a_dropped_wire_is_offered_the_blocks_that_take_what_it_carries(canvas: Canvas) -> None:
    know_shapes(canvas)
    drag(canvas, port(canvas, "flatten_1", "output"), at(canvas, QPointF(-300, 200)))
    assert {"ConvBlock", "Stage"}.isdisjoint(titles(canvas))
    choose(canvas, "head")
    assert ("flatten_1", "head_1") in wires_of(canvas)


def test_layers_are_replaced_by_a_block(canvas: Canvas) -> None:
    canvas.editor.select(["flatten_1"])
    canvas.searching.replacement()
    choose(canvas, "head")
    assert {("convblock_1", "head_1"), ("head_1", "linear_1")} <= wires_of(canvas)


def test_a_block_takes_the_ranks_that_its_first_layers_take() -> None:
    assert takes(STAGE.kind(), (3, 8, 8))
    assert not takes(STAGE.kind(), (64,))
    assert takes(HEAD.kind(), (64,))
