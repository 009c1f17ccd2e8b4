"""Twins on the canvas: made by the menu, named in the inspector."""

import pytest
from canvases import ShowCanvas, chain, middle
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from engine.analysis import analyse
from engine.graph import Node
from engine.layers import Conv2d, Flatten, Input, Linear, Output, ReLU, Twin
from engine.project import Project
from gui.canvas import Canvas
from gui.canvas.menu import menu_at
from gui.editor import Editor
from gui.inspector import Inspector
from gui.theme import Appearance
from gui.value_box import ValueBox


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Canvas:
    canvas = show_canvas(Project(network=chain(Input(), Conv2d(), ReLU(), Flatten(), Linear(10), Output())))
    know(canvas.editor)
    return canvas


def know(editor: Editor) -> None:
    editor.set_report(editor.project, analyse(editor.project))


def offered(canvas: Canvas, node_id: str) -> list[str]:
    menu = menu_at(canvas, node_id, False, middle(canvas, node_id))
    words = [action.text() for action in menu.actions()]
    menu.close()
    return words


def test_the_menu_makes_a_twin_beside_the_layer(canvas: Canvas) -> None:
    menu = menu_at(canvas, "conv2d_1", False, middle(canvas, "conv2d_1"))
    next(action for action in menu.actions() if action.text() == "Make a twin").trigger()
    menu.close()
    network = canvas.editor.network
    assert network.node("twin_1").layer == Twin("conv2d_1")
    assert canvas.editor.selection == ("twin_1",)
    one, other = network.node("conv2d_1"), network.node("twin_1")
    assert (other.position[0] > one.position[0], other.position[1]) == (True, one.position[1])
    assert canvas.picture.nodes["twin_1"].face.summary == "weights of conv2d_1"
    canvas.editor.undo_stack.undo()
    assert "twin_1" not in canvas.editor.network


def test_only_what_has_weights_can_have_a_twin(canvas: Canvas) -> None:
    assert "Make a twin" in offered(canvas, "linear_1")
    for node_id in ("input_1", "relu_1", "output_1"):
        assert "Make a twin" not in offered(canvas, node_id)


def test_a_twin_follows_a_layer_that_is_renamed(canvas: Canvas) -> None:
    canvas.edits.add_twin("conv2d_1")
    canvas.editor.edit_network("Rename", lambda network: network.rename("conv2d_1", "eye"))
    assert canvas.picture.nodes["twin_1"].face.summary == "weights of eye"


def test_the_inspector_offers_the_names_of_layers_with_weights(canvas: Canvas, appearance: Appearance) -> None:
    canvas.editor.edit_network("Add", lambda network: network.add(Node("twin_1", Twin(), (400.0, 0.0))))
    inspector = Inspector(canvas.editor, appearance)
    inspector.show()
    canvas.editor.select(["twin_1"])
    box = next(box for box in inspector.findChildren(ValueBox) if box.lineEdit().completer())
    completer = box.lineEdit().completer()
    names = [completer.model().index(row, 0).data() for row in range(completer.model().rowCount())]
    assert names == ["conv2d_1", "linear_1"]
    box.setFocus()
    QTest.keyClicks(box.lineEdit(), "lin")
    completer.activated.emit("linear_1")
    assert canvas.editor.network.node("twin_1").layer == Twin("linear_1")
    QTest.keyClick(box.lineEdit(), Qt.Key.Key_Escape)
    inspector.close()
