"""Copy, cut and paste, within a network and between windows, with and without the wires that led into the copy."""

from collections.abc import Iterator
from itertools import combinations

import pytest
from canvases import CONTROL, SHIFT, assert_agrees, at, chain, network_of, undone, wires_of
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.errors import ProjectError
from engine.framing import around, contents
from engine.graph import Wire
from engine.layers import Conv2d, Flatten, Input, Linear, Output, ReLU
from engine.project import Project, to_json
from engine.remarks import Frame
from gui.canvas import Canvas, clipboard
from gui.editor import Editor
from gui.theme import Appearance


@pytest.fixture
def canvas(qtbot, appearance: Appearance) -> Iterator[Canvas]:
    made = canvas_with(Project(network=chain(Input(), Conv2d(), ReLU(), Flatten(), Linear(), Output())), appearance)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    assert_agrees(made)


def canvas_with(project: Project, appearance: Appearance) -> Canvas:
    editor = Editor()
    editor.open(project)
    canvas = Canvas(editor, appearance)
    canvas.resize(900, 700)
    return canvas


def test_a_paste_with_wires_keeps_those_that_led_into_the_copy(canvas: Canvas) -> None:
    canvas.editor.select(["conv2d_1", "relu_1"])
    QTest.keyClick(canvas, Qt.Key.Key_C, CONTROL)
    before = canvas.editor.project
    QTest.keyClick(canvas, Qt.Key.Key_V, CONTROL | SHIFT)
    assert {("input_1", "conv2d_2"), ("conv2d_2", "relu_2")} <= wires_of(canvas)
    assert not network_of(canvas).outgoing("relu_2")
    assert canvas.editor.selection == ("conv2d_2", "relu_2")
    assert undone(canvas, before)


def test_a_plain_paste_leaves_them(canvas: Canvas) -> None:
    canvas.editor.select(["conv2d_1"])
    QTest.keyClick(canvas, Qt.Key.Key_C, CONTROL)
    QTest.keyClick(canvas, Qt.Key.Key_V, CONTROL)
    assert not network_of(canvas).incoming("conv2d_2")


def test_what_was_cut_comes_back_wired_where_the_pointer_is(canvas: Canvas) -> None:
    canvas.editor.select(["conv2d_1"])
    QTest.keyClick(canvas, Qt.Key.Key_X, CONTROL)
    QTest.mouseMove(canvas.viewport(), at(canvas, QPointF(300, 60)))
    QTest.keyClick(canvas, Qt.Key.Key_V, CONTROL | SHIFT)
    assert network_of(canvas).incoming("conv2d_1") == (Wire("input_1", "conv2d_1"),)
    assert network_of(canvas).node("conv2d_1").position[0] == pytest.approx(300, abs=4)
    QApplication.sendEvent(canvas.viewport(), QEvent(QEvent.Type.Leave))


def test_a_source_that_is_gone_leaves_its_wire_behind(canvas: Canvas) -> None:
    canvas.editor.select(["relu_1"])
    QTest.keyClick(canvas, Qt.Key.Key_C, CONTROL)
    canvas.editor.select(["conv2d_1"])
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    QTest.keyClick(canvas, Qt.Key.Key_V, CONTROL | SHIFT)
    assert not network_of(canvas).incoming("relu_2")


def test_into_another_project(canvas: Canvas, qtbot, appearance: Appearance) -> None:
    canvas.editor.select(["conv2d_1", "relu_1"])
    QTest.keyClick(canvas, Qt.Key.Key_C, CONTROL)
    other = canvas_with(Project(network=chain(Input(), Output())), appearance)
    qtbot.addWidget(other)
    QTest.keyClick(other, Qt.Key.Key_V, CONTROL | SHIFT)
    assert wires_of(other) == {("input_1", "output_1"), ("input_1", "conv2d_1"), ("conv2d_1", "relu_1")}
    assert_agrees(other)


def test_the_text_of_a_whole_project_is_pasted_too(canvas: Canvas) -> None:
    QApplication.clipboard().setText(to_json(Project(network=chain(Input(), Output()))).decode())
    canvas.edits.paste()
    assert ("input_2", "output_2") in wires_of(canvas)


@pytest.mark.parametrize(
    ("text", "incoming"),
    [
        ('{"nodes": [{"id": "a", "type": "ReLU"}], "wires": []}', ()),
        ('{"nodes": [{"id": "a", "type": "ReLU"}], "incoming": [{"source": "b", "target": "a"}]}', (Wire("b", "a"),)),
    ],
)
def test_texts_with_and_without_incoming_wires_are_read(text: str, incoming: tuple[Wire, ...]) -> None:
    assert clipboard.from_text(text).incoming == incoming


@pytest.mark.parametrize(
    "incoming", ["7", '"a"', "[1]", '[{"source": "b"}]', '[{"source": "b", "target": "a", "x": 1}]']
)
def test_incoming_wires_that_are_none_are_refused(incoming: str) -> None:
    with pytest.raises(ProjectError):
        clipboard.from_text('{"nodes": [{"id": "a", "type": "ReLU"}], "incoming": ' + incoming + "}")


def test_a_copy_that_keeps_its_wires_covers_no_layer(canvas: Canvas) -> None:
    canvas.editor.select(["conv2d_1", "relu_1"])
    QTest.keyClick(canvas, Qt.Key.Key_C, CONTROL)
    for where in (None, at(canvas, canvas.picture.nodes["conv2d_1"].place.center())):
        if where is not None:
            QTest.mouseMove(canvas.viewport(), where)
        QTest.keyClick(canvas, Qt.Key.Key_V, CONTROL | SHIFT)
    items = canvas.picture.nodes.values()
    assert not [(one.node.id, two.node.id) for one, two in combinations(items, 2) if one.place.intersects(two.place)]


def test_a_frame_is_copied_and_cut_with_what_lies_in_it(canvas: Canvas) -> None:
    frame = around(network_of(canvas), ["conv2d_1", "relu_1"], "Features")
    canvas.editor.edit_network("Frame", lambda network: network.annotate(frame), (frame.id,))
    before = canvas.editor.project
    QTest.keyClick(canvas, Qt.Key.Key_D, CONTROL)
    assert {"conv2d_2", "relu_2", "frame_2"} <= set(canvas.editor.selection)
    assert set(contents(network_of(canvas), network_of(canvas).frames[1])) == {"conv2d_2", "relu_2"}
    assert undone(canvas, before)
    canvas.editor.select([frame.id])
    QTest.keyClick(canvas, Qt.Key.Key_X, CONTROL)
    assert "conv2d_1" not in network_of(canvas)
    assert [left.id for left in network_of(canvas).frames] == ["frame_2"]
    QTest.keyClick(canvas, Qt.Key.Key_V, CONTROL)
    pasted = network_of(canvas).remark(canvas.editor.selection[-1])
    assert isinstance(pasted, Frame)
    assert set(contents(network_of(canvas), pasted)) == set(canvas.editor.selection[:-1]) == {"conv2d_1", "relu_1"}
