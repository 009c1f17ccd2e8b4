"""Freeze and bypass, by key, menu and box."""

import pytest
from canvases import LEFT, NONE, ShowCanvas, chain, click, middle
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox

from engine.analysis import analyse
from engine.layers import Conv2d, Flatten, Input, Linear, Output, ReLU
from engine.project import Project
from gui.canvas import Canvas
from gui.canvas.menu import menu_at
from gui.editor import Editor
from gui.inspector import Inspector
from gui.theme import Appearance


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Canvas:
    canvas = show_canvas(Project(network=chain(Input(), Conv2d(), ReLU(), Flatten(), Linear(10), Output())))
    know(canvas.editor)
    return canvas


def know(editor: Editor) -> None:
    editor.set_report(editor.project, analyse(editor.project))


def menu_words(canvas: Canvas, node_id: str) -> list[str]:
    menu = menu_at(canvas, node_id, False, middle(canvas, node_id))
    words = [action.text() for action in menu.actions()]
    menu.close()
    return words


def picture(canvas: Canvas, node_id: str) -> QImage:
    area = canvas.mapFromScene(canvas.picture.nodes[node_id].place).boundingRect()
    return canvas.viewport().grab(area).toImage()


def test_all_that_is_selected_is_bypassed_and_used_again(canvas: Canvas) -> None:
    canvas.edits.select_all()
    canvas.switches.toggle_bypass()
    skipped = {node.id for node in canvas.editor.network.nodes if node.bypassed}
    assert skipped == {"conv2d_1", "relu_1", "flatten_1", "linear_1"}
    assert canvas.editor.undo_stack.undoText() == "Bypass 4 layers"
    canvas.switches.toggle_bypass()
    assert not any(node.bypassed for node in canvas.editor.network.nodes)
    canvas.editor.undo_stack.undo()
    assert {node.id for node in canvas.editor.network.nodes if node.bypassed} == skipped


def test_only_what_has_weights_is_frozen(canvas: Canvas) -> None:
    canvas.edits.select_all()
    canvas.switches.toggle_freeze()
    assert {node.id for node in canvas.editor.network.nodes if node.frozen} == {"conv2d_1", "linear_1"}
    know(canvas.editor)
    (fault,) = canvas.editor.report.faults
    assert fault.message == "There is nothing to train: all layers that have weights are frozen."
    canvas.editor.mend(fault)
    assert not any(node.frozen for node in canvas.editor.network.nodes)


def test_an_end_and_a_layer_without_weights_say_why_not(canvas: Canvas) -> None:
    refusals: list[str] = []
    canvas.editor.refused.connect(lambda error: refusals.append(str(error)))
    canvas.editor.select(["input_1"])
    canvas.switches.toggle_bypass()
    canvas.editor.select(["relu_1"])
    canvas.switches.toggle_freeze()
    assert ["ends" in refusals[0], "no weights" in refusals[1]] == [True, True]
    assert canvas.editor.undo_stack.count() == 0


def test_the_node_says_that_it_is_frozen_or_bypassed(canvas: Canvas) -> None:
    before = picture(canvas, "conv2d_1")
    canvas.editor.select(["conv2d_1"])
    canvas.switches.toggle_freeze()
    canvas.editor.select([])
    frozen = picture(canvas, "conv2d_1")
    canvas.editor.select(["conv2d_1"])
    canvas.switches.toggle_bypass()
    canvas.editor.select([])
    assert canvas.picture.nodes["conv2d_1"].face.parameters == "bypassed"
    bypassed = picture(canvas, "conv2d_1")
    assert before != frozen != bypassed != before
    canvas.editor.undo_stack.setIndex(0)
    canvas.editor.select([])
    assert picture(canvas, "conv2d_1") == before


def test_the_menu_offers_what_can_be(canvas: Canvas) -> None:
    canvas.editor.select(["conv2d_1"])
    canvas.switches.toggle_bypass()
    assert {"Use again", "Freeze"} <= set(menu_words(canvas, "conv2d_1"))
    canvas.editor.select(["relu_1"])
    words = menu_words(canvas, "relu_1")
    assert "Bypass" in words
    assert "Freeze" not in words
    canvas.editor.select(["input_1"])
    assert not {"Bypass", "Freeze"} & set(menu_words(canvas, "input_1"))


def test_a_bypass_that_does_not_fit_is_mended_by_using_the_layer_again(canvas: Canvas) -> None:
    canvas.editor.select(["flatten_1"])
    canvas.switches.toggle_bypass()
    know(canvas.editor)
    (fault,) = canvas.editor.report.faults
    assert (fault.node, fault.fix and fault.fix.label) == ("linear_1", "Use flatten_1 again")
    canvas.editor.mend(fault)
    know(canvas.editor)
    assert not canvas.editor.report.faults


def test_a_bypassed_last_layer_is_the_reason_for_a_wrong_answer(canvas: Canvas) -> None:
    canvas.editor.select(["linear_1"])
    canvas.switches.toggle_bypass()
    know(canvas.editor)
    assert [fault.fix and fault.fix.label for fault in canvas.editor.report.faults] == ["Use linear_1 again"]


def press(box: QCheckBox) -> None:
    QTest.mouseClick(box, LEFT, NONE, QPoint(8, box.height() // 2))


class TestInspector:
    @pytest.fixture
    def inspector(self, qtbot, canvas: Canvas, appearance: Appearance) -> Inspector:
        inspector = Inspector(canvas.editor, appearance)
        qtbot.addWidget(inspector)
        inspector.show()
        return inspector

    def box(self, inspector: Inspector, name: str) -> QCheckBox:
        return inspector.findChild(QCheckBox, name)

    def test_the_boxes_switch_the_layer(self, canvas: Canvas, inspector: Inspector) -> None:
        click(canvas, middle(canvas, "conv2d_1"))
        press(self.box(inspector, "frozenBox"))
        assert canvas.editor.network.node("conv2d_1").frozen
        assert canvas.editor.undo_stack.undoText() == "Freeze conv2d_1"
        QTest.keyClick(self.box(inspector, "bypassedBox"), Qt.Key.Key_Space)
        assert canvas.editor.network.node("conv2d_1").bypassed
        canvas.editor.undo_stack.setIndex(0)
        assert not self.box(inspector, "frozenBox").isChecked()

    def test_a_layer_without_weights_has_no_box_for_them(self, canvas: Canvas, inspector: Inspector) -> None:
        canvas.editor.select(["relu_1"])
        assert (self.box(inspector, "frozenBox").isVisible(), self.box(inspector, "bypassedBox").isVisible()) == (
            False,
            True,
        )
        canvas.editor.select(["output_1"])
        assert not self.box(inspector, "bypassedBox").isVisible()

    def test_of_several_some_may_be_frozen(self, canvas: Canvas, inspector: Inspector) -> None:
        canvas.editor.select(["conv2d_1"])
        canvas.switches.toggle_freeze()
        know(canvas.editor)
        canvas.editor.select(["conv2d_1", "linear_1"])
        frozen = self.box(inspector, "frozenBox")
        assert frozen.checkState() is Qt.CheckState.PartiallyChecked
        press(frozen)
        assert all(canvas.editor.network.node(name).frozen for name in ("conv2d_1", "linear_1"))
        assert frozen.checkState() is Qt.CheckState.Checked
