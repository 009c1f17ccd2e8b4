"""Going into blocks and out again, with real mouse and keys."""

import pytest
from blocks_drawn import project_with_blocks
from canvases import CONTROL, LEFT, NONE, ShowCanvas, click, middle
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from engine.analysis import analyse
from gui.canvas import Canvas


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Canvas:
    return show_canvas(project_with_blocks())


def double_click(canvas: Canvas, node_id: str) -> None:
    QTest.mouseDClick(canvas.viewport(), LEFT, NONE, middle(canvas, node_id))


def titles(canvas: Canvas) -> dict[str, str]:
    return {node_id: item.face.title for node_id, item in canvas.picture.nodes.items()}


def test_a_double_click_opens_a_block_and_shows_its_inside(canvas: Canvas) -> None:
    double_click(canvas, "stage_1")
    assert canvas.editor.place == ("stage_1",)
    assert titles(canvas) == {
        "input_1": "Block input",
        "convblock_1": "ConvBlock",
        "convblock_2": "ConvBlock",
        "maxpool2d_1": "MaxPool2d",
        "output_1": "Block output",
    }
    assert canvas.picture.nodes["input_1"].face.summary == "what enters the block"


def test_another_layer_stays_where_it_is_on_a_double_click(canvas: Canvas) -> None:
    double_click(canvas, "flatten_1")
    assert canvas.editor.place == ()


def test_enter_opens_the_selected_block(canvas: Canvas) -> None:
    click(canvas, middle(canvas, "stage_1"))
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    assert canvas.editor.place == ("stage_1",)


def test_escape_goes_out_once_nothing_is_selected_and_selects_the_block(canvas: Canvas) -> None:
    double_click(canvas, "stage_1")
    double_click(canvas, "convblock_2")
    click(canvas, middle(canvas, "relu_1"))
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert (canvas.editor.place, canvas.editor.selection) == (("stage_1", "convblock_2"), ())
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert (canvas.editor.place, canvas.editor.selection) == (("stage_1",), ("convblock_2",))
    QTest.keyClick(canvas, Qt.Key.Key_Backspace, CONTROL)
    assert (canvas.editor.place, canvas.editor.selection) == ((), ("stage_1",))


def test_the_way_is_shown_and_each_part_leads_back(canvas: Canvas) -> None:
    crumb = canvas.places.breadcrumb
    assert crumb.isHidden()
    canvas.editor.enter(("stage_1", "convblock_2"))
    assert crumb.isVisible()
    assert crumb.accessibleDescription() == (
        "Two stages › stage_1 › convblock_2. ConvBlock, used 3 times: all change together"
    )
    button = crumb.findChild(QToolButton, "breadcrumb1")
    QTest.mouseClick(button, LEFT)
    assert canvas.editor.place == ("stage_1",)
    assert "used once" in crumb.accessibleDescription()
    QTest.mouseClick(crumb.findChild(QToolButton, "breadcrumb0"), LEFT)
    assert canvas.editor.place == ()
    assert crumb.isHidden()


def test_the_inside_is_not_covered_by_the_way(canvas: Canvas) -> None:
    double_click(canvas, "stage_1")
    first = canvas.mapFromScene(canvas.picture.nodes["input_1"].place).boundingRect()
    assert first.top() >= canvas.places.breadcrumb.geometry().bottom()


def test_each_drawing_is_found_as_it_was_left(canvas: Canvas) -> None:
    canvas.zoom_to(1.4, QPoint(100, 100))
    canvas.centerOn(QPointF(80, 300))
    outer = canvas.view
    double_click(canvas, "convblock_1")
    canvas.zoom_to(0.6, QPoint(100, 100))
    inner = canvas.view
    canvas.places.leave()
    assert canvas.zoom == outer.zoom
    assert (canvas.view.centre - outer.centre).manhattanLength() < 3
    canvas.places.enter("convblock_1")
    assert canvas.zoom == inner.zoom


def test_an_edit_inside_changes_every_use_and_undo_brings_one_there(canvas: Canvas) -> None:
    double_click(canvas, "convblock_1")
    click(canvas, middle(canvas, "batchnorm2d_1"))
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert "batchnorm2d_1" not in canvas.editor.project.opened(("stage_1", "convblock_2")).network
    canvas.places.leave()
    canvas.editor.undo_stack.undo()
    assert canvas.editor.place == ("convblock_1",)
    assert "batchnorm2d_1" in canvas.picture.nodes


def test_inside_the_shapes_of_this_use_are_shown(canvas: Canvas) -> None:
    canvas.editor.set_report(canvas.editor.project, analyse(canvas.editor.project))
    double_click(canvas, "stage_1")
    double_click(canvas, "convblock_2")
    assert canvas.picture.nodes["input_1"].face.shape == "16 × 8 × 8"
    assert canvas.picture.nodes["conv2d_1"].face.shape == "24 × 8 × 8"


def test_a_repeated_block_says_how_often(canvas: Canvas) -> None:
    face = canvas.picture.nodes["convblock_1"].face
    assert (face.times, face.summary) == ("× 3", "channels 32")
    assert canvas.picture.nodes["stage_1"].face.summary == "3 layers"


def test_a_chosen_wire_is_not_chosen_in_another_drawing_that_has_one_of_this_name(canvas: Canvas) -> None:
    canvas.editor.enter(("stage_1", "convblock_1"))
    conv = canvas.editor.network.incoming("conv2d_1")[0]
    canvas.choose_wire(conv)
    canvas.editor.enter(("stage_1", "convblock_2"))
    assert conv in canvas.picture.wires
    before = canvas.editor.project
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert canvas.editor.project is before
