"""A layer gets another name where its title stands."""

import pytest
from canvases import LEFT, NONE, ShowCanvas, chain, click, middle
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from engine.layers import Conv2d, Flatten, Input, Linear, Output
from engine.project import Project
from gui.canvas import Canvas


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Canvas:
    return show_canvas(Project(network=chain(Input(), Conv2d(), Flatten(), Linear(10), Output())))


def line(canvas: Canvas) -> QLineEdit:
    return canvas.findChild(QLineEdit, "renameLine")


def title(canvas: Canvas, node_id: str) -> QPoint:
    item = canvas.picture.nodes[node_id]
    return canvas.mapFromScene(item.title_place.translated(item.pos()).center())


@pytest.mark.parametrize("zoom", [0.5, 1.0, 2.0])
def test_a_double_click_on_the_title_asks_there_and_enter_takes_the_name(canvas: Canvas, zoom: float) -> None:
    canvas.zoom_to(zoom, middle(canvas, "conv2d_1"))
    QTest.mouseDClick(canvas.viewport(), LEFT, NONE, title(canvas, "conv2d_1"))
    assert line(canvas).isVisible()
    assert line(canvas).geometry().contains(title(canvas, "conv2d_1"))
    QTest.keyClicks(line(canvas), "edges")
    QTest.keyClick(line(canvas), Qt.Key.Key_Return)
    assert not line(canvas).isVisible()
    assert canvas.editor.network.predecessors("flatten_1") == ("edges",)
    assert canvas.editor.undo_stack.undoText() == "Rename conv2d_1 to edges"


def test_a_name_that_cannot_be_is_refused_in_words_below_the_line(canvas: Canvas) -> None:
    canvas.rename.begin("conv2d_1")
    QTest.keyClicks(line(canvas), "linear_1")
    reason = canvas.rename._reason
    assert "already called" in reason.text()
    assert reason.geometry().top() >= line(canvas).geometry().bottom()
    QTest.keyClick(line(canvas), Qt.Key.Key_Return)
    assert line(canvas).isVisible()
    QTest.keyClick(line(canvas), Qt.Key.Key_Escape)
    assert (line(canvas).isVisible(), reason.isVisible(), canvas.editor.undo_stack.count()) == (False, False, 0)


def test_going_elsewhere_takes_the_name(canvas: Canvas) -> None:
    click(canvas, middle(canvas, "conv2d_1"))
    canvas.rename.begin_selected()
    QTest.keyClicks(line(canvas), "edges")
    canvas.setFocus()
    line(canvas).clearFocus()
    assert "edges" in canvas.editor.network
    assert canvas.editor.selection == ("edges",)


def test_of_several_none_is_asked_for(canvas: Canvas) -> None:
    canvas.edits.select_all()
    canvas.rename.begin_selected()
    assert canvas.rename.node == ""
