"""Making blocks and taking them apart on the canvas, with real mouse and keys."""

import pytest
from blocks_drawn import project_with_blocks
from canvases import CONTROL, SHIFT, ShowCanvas, chain, click, middle, undone
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit

from engine.blocks import Block
from engine.errors import LayerloomError
from engine.graph import Graph
from engine.layers import Conv2d, Flatten, Input, Linear, Output, ReLU
from engine.project import Project
from gui.canvas import Canvas
from gui.canvas.line_popup import LinePopup


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Canvas:
    return show_canvas(Project(network=chain(Input(), Conv2d(), ReLU(), Flatten(), Linear(), Output())))


@pytest.fixture
def refusals(canvas: Canvas) -> list[LayerloomError]:
    said: list[LayerloomError] = []
    canvas.editor.refused.connect(said.append)
    return said


def select(canvas: Canvas, first: str, *others: str) -> None:
    click(canvas, middle(canvas, first))
    for other in others:
        click(canvas, middle(canvas, other), SHIFT)


def line(canvas: Canvas) -> QLineEdit:
    popups = [popup for popup in canvas.findChildren(LinePopup) if popup.isVisible()]
    assert len(popups) == 1
    return popups[0].findChild(QLineEdit)


def answer(canvas: Canvas, text: str) -> None:
    """Types over what is proposed, and Enter."""
    field = line(canvas)
    assert field.hasFocus()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def network(canvas: Canvas) -> Graph:
    return canvas.editor.network


def test_the_selection_becomes_a_block_where_it_stood(canvas: Canvas) -> None:
    before = canvas.editor.project
    position, after = network(canvas).node("conv2d_1").position, network(canvas).node("flatten_1").position
    select(canvas, "conv2d_1", "relu_1")
    QTest.keyClick(canvas, Qt.Key.Key_G, CONTROL)
    assert line(canvas).text() == "ConvBlock"
    QTest.keyClick(line(canvas), Qt.Key.Key_Return)
    assert [node.id for node in network(canvas).nodes] == [
        "input_1",
        "convblock_1",
        "flatten_1",
        "linear_1",
        "output_1",
    ]
    assert network(canvas).node("convblock_1").position == position
    assert network(canvas).node("flatten_1").position[1] < after[1]
    assert canvas.editor.selection == ("convblock_1",)
    assert canvas.hasFocus()
    assert undone(canvas, before)


def test_a_name_that_cannot_be_is_refused_while_it_is_typed(canvas: Canvas) -> None:
    select(canvas, "conv2d_1", "relu_1")
    QTest.keyClick(canvas, Qt.Key.Key_G, CONTROL)
    field = line(canvas)
    QTest.keyClicks(field, "two words")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.isVisible()
    why = field.parent().findChild(QLabel, "linePopupFault").text()
    assert why.startswith("“two words” cannot name a block. A name begins with a letter")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert canvas.hasFocus()
    assert "conv2d_1" in network(canvas)


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (("input_1", "conv2d_1"), "end of the network"),
        (("conv2d_1", "flatten_1"), "relu_1 lies between"),
    ],
)
def test_what_cannot_be_a_block_is_told(
    canvas: Canvas, refusals: list[LayerloomError], chosen: tuple[str, ...], words: str
) -> None:
    select(canvas, *chosen)
    QTest.keyClick(canvas, Qt.Key.Key_G, CONTROL)
    assert [words in error.message for error in refusals] == [True]
    assert not canvas.findChildren(LinePopup)


def test_a_block_is_unpacked_where_it_stood(canvas: Canvas) -> None:
    canvas.editor.open(project_with_blocks())
    before = canvas.editor.project
    select(canvas, "stage_1")
    QTest.keyClick(canvas, Qt.Key.Key_G, CONTROL | SHIFT)
    assert {"convblock_2", "maxpool2d_1"} < set(canvas.editor.selection)
    assert "stage_1" not in network(canvas)
    assert undone(canvas, before)


def test_without_a_block_nothing_is_unpacked(canvas: Canvas, refusals: list[LayerloomError]) -> None:
    select(canvas, "relu_1")
    QTest.keyClick(canvas, Qt.Key.Key_G, CONTROL | SHIFT)
    assert refusals[0].message == "No block is selected."


def test_a_use_of_its_own_no_longer_follows(canvas: Canvas) -> None:
    canvas.editor.open(project_with_blocks())
    select(canvas, "convblock_1")
    canvas.blocks.make_unique()
    answer(canvas, "Wide")
    canvas.editor.enter(("convblock_1",))
    canvas.editor.edit_network("Delete", lambda network: network.remove(["relu_1"]))
    assert canvas.editor.project.network.node("convblock_1").layer.title == "Wide"
    assert "relu_1" in canvas.editor.project.opened(("stage_1", "convblock_1")).network


def test_a_block_is_renamed_everywhere(canvas: Canvas) -> None:
    canvas.editor.open(project_with_blocks())
    before = canvas.editor.project
    select(canvas, "convblock_1")
    canvas.blocks.rename()
    answer(canvas, "Filters")
    inner = canvas.editor.project.opened(("stage_1",)).network.node("convblock_2").layer
    assert (inner.title, canvas.picture.nodes["convblock_1"].face.title) == ("Filters", "Filters")
    assert undone(canvas, before)


def test_a_block_is_repeated(canvas: Canvas) -> None:
    canvas.editor.open(project_with_blocks())
    select(canvas, "convblock_1")
    canvas.blocks.repeat()
    answer(canvas, "5")
    layer = network(canvas).node("convblock_1").layer
    assert isinstance(layer, Block)
    assert (layer.repeat, canvas.picture.nodes["convblock_1"].face.times) == (5, "× 5")


def test_a_number_of_any_length_is_refused_in_words(canvas: Canvas) -> None:
    canvas.editor.open(project_with_blocks())
    select(canvas, "convblock_1")
    before = canvas.editor.project
    canvas.blocks.repeat()
    popup = canvas.findChild(LinePopup)
    line = popup.findChild(QLineEdit)
    line.setText("9" * 5_000)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert popup.findChild(QLabel, "linePopupFault").text() == "A whole number from 1 to 1,000."
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert canvas.editor.project is before


def test_a_block_is_made_inside_a_block(canvas: Canvas) -> None:
    canvas.editor.open(project_with_blocks())
    canvas.editor.enter(("stage_1", "convblock_1"))
    select(canvas, "conv2d_1", "batchnorm2d_1")
    QTest.keyClick(canvas, Qt.Key.Key_G, CONTROL)
    answer(canvas, "Core")
    assert canvas.editor.place == ("stage_1", "convblock_1")
    assert [node.id for node in network(canvas).nodes] == ["input_1", "core_1", "relu_1", "output_1"]
    assert "core_1" in canvas.editor.project.opened(("convblock_1",)).network


def test_a_copied_block_comes_along_to_another_project(canvas: Canvas) -> None:
    canvas.editor.open(project_with_blocks())
    select(canvas, "convblock_1")
    QTest.keyClick(canvas, Qt.Key.Key_C, CONTROL)
    canvas.editor.open(Project())
    QTest.keyClick(canvas, Qt.Key.Key_V, CONTROL)
    assert network(canvas).node("convblock_1").layer == project_with_blocks().network.node("convblock_1").layer


def test_a_pasted_block_of_a_name_that_means_another_here_gets_a_new_one(canvas: Canvas) -> None:
    canvas.editor.open(project_with_blocks())
    select(canvas, "convblock_1")
    QTest.keyClick(canvas, Qt.Key.Key_C, CONTROL)
    canvas.editor.enter(("convblock_1",))
    canvas.editor.edit_network("Delete", lambda network: network.remove(["relu_1"]))
    canvas.editor.enter(())
    QTest.keyClick(canvas, Qt.Key.Key_V, CONTROL)
    assert {node.layer.title for node in network(canvas).nodes} >= {"ConvBlock", "ConvBlock2"}
