"""What a block is, in the inspector: its names, what each use may set, and what can be done with it."""

from typing import Any

import pytest
from blocks_drawn import project_with_blocks
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QPushButton, QToolButton, QWidget

from engine.analysis import analyse
from engine.blocks import Block, blueprints
from gui.editor import Editor
from gui.inspector import Inspector
from gui.theme import Appearance

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def editor() -> Editor:
    editor = Editor()
    editor.open(project_with_blocks())
    return editor


@pytest.fixture
def inspector(qtbot, appearance: Appearance, editor: Editor) -> Inspector:
    inspector = Inspector(editor, appearance)
    qtbot.addWidget(inspector)
    inspector.resize(360, 900)
    with qtbot.waitExposed(inspector):
        inspector.show()
    return inspector


def found(inspector: Inspector, kind: type[Any], name: str) -> Any:
    # What a layout is given comes into view a moment later.
    QApplication.processEvents()
    (widget,) = [widget for widget in inspector.findChildren(kind, name) if widget.isVisible()]
    return widget


def press(inspector: Inspector, name: str) -> None:
    QTest.mouseClick(found(inspector, QToolButton, name), LEFT)


def choose(number: int) -> None:
    """Takes an entry of the menu in view."""
    (menu,) = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMenu) and widget.isVisible()]
    [action for action in menu.actions() if not action.isSeparator()][number].trigger()
    menu.close()


def write(inspector: Inspector, name: str, text: str) -> None:
    line = found(inspector, QLineEdit, name)
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def exposed(editor: Editor, block: str = "ConvBlock") -> dict[str, list[tuple[str, str, int]]]:
    blueprint = blueprints(editor.project.network)[block]
    return {one.name: [(t.node, t.setting, t.times) for t in one.targets] for one in blueprint.exposed}


def test_a_use_shows_its_settings_and_how_often_the_block_is_used(inspector: Inspector, editor: Editor) -> None:
    editor.select(["convblock_1"])
    assert found(inspector, QWidget, "channels")
    assert "3 times" in found(inspector, QLabel, "blockUses").text()


def test_another_layer_has_no_block_section(inspector: Inspector, editor: Editor) -> None:
    editor.select(["flatten_1"])
    assert not inspector.block.isVisible()


def test_a_setting_inside_is_given_to_each_use_and_taken_back(inspector: Inspector, editor: Editor) -> None:
    before = editor.project
    editor.enter(("convblock_1",))
    editor.select(["batchnorm2d_1"])
    press(inspector, "momentumToggle")
    assert exposed(editor)["momentum"] == [("batchnorm2d_1", "momentum", 1)]
    assert found(inspector, QToolButton, "momentumToggle").isChecked()
    assert "this use of ConvBlock alone" in found(inspector, QLabel, "exposedNote").text()
    press(inspector, "momentumToggle")
    assert "momentum" not in exposed(editor)
    editor.undo_stack.undo()
    editor.undo_stack.undo()
    assert editor.project == before


def test_a_setting_joins_one_that_is_there(inspector: Inspector, editor: Editor) -> None:
    editor.enter(("convblock_1",))
    editor.select(["conv2d_1"])
    press(inspector, "groupsToggle")
    choose(1)
    assert exposed(editor)["channels"] == [("conv2d_1", "out_channels", 1), ("conv2d_1", "groups", 1)]


def test_outside_a_block_no_row_has_a_toggle(inspector: Inspector, editor: Editor) -> None:
    editor.select(["linear_1"])
    assert not [button for button in inspector.findChildren(QToolButton) if "Toggle" in button.objectName()]


def test_a_change_inside_of_what_uses_set_holds_for_this_use(inspector: Inspector, editor: Editor) -> None:
    editor.enter(("convblock_1",))
    editor.select(["conv2d_1"])
    box = found(inspector, QWidget, "out_channels")
    box.setFocus()
    box.lineEdit().selectAll()
    QTest.keyClicks(box, "48")
    layers = [editor.project.network.node("convblock_1").layer]
    layers += [editor.project.opened(("stage_1",)).network.node(name).layer for name in ("convblock_1", "convblock_2")]
    assert [layer.settings()["channels"] for layer in layers if isinstance(layer, Block)] == [48, 16, 24]


def test_a_setting_is_renamed_and_removed(inspector: Inspector, editor: Editor) -> None:
    editor.select(["convblock_1"])
    write(inspector, "channelsName", "width")
    assert list(exposed(editor)) == ["width"]
    assert editor.network.node("convblock_1").layer.settings()["width"] == 32
    press(inspector, "widthRemove")
    assert exposed(editor) == {}


def test_a_block_is_renamed_and_described(inspector: Inspector, editor: Editor) -> None:
    editor.select(["convblock_1"])
    write(inspector, "blockName", "Filters")
    write(inspector, "blockHelp", "Finds shapes.")
    assert blueprints(editor.project.network)["Filters"].help == "Finds shapes."
    assert editor.undo_stack.index() == 2


def test_a_name_that_is_taken_is_told_and_put_back(inspector: Inspector, editor: Editor) -> None:
    said: list[object] = []
    editor.refused.connect(said.append)
    editor.select(["convblock_1"])
    write(inspector, "blockName", "Stage")
    assert len(said) == 1
    assert found(inspector, QLineEdit, "blockName").text() == "ConvBlock"


def test_inside_with_nothing_selected_the_block_itself_is_shown(inspector: Inspector, editor: Editor) -> None:
    editor.enter(("stage_1",))
    assert found(inspector, QLineEdit, "blockName").text() == "Stage"
    assert not inspector.findChild(QPushButton, "openBlockButton").isVisible()


def test_buttons_ask_for_what_can_be_done(inspector: Inspector, editor: Editor, qtbot) -> None:
    editor.select(["convblock_1"])
    with qtbot.waitSignal(inspector.block.asked) as asked:
        QTest.mouseClick(found(inspector, QPushButton, "unpackBlockButton"), LEFT)
    assert asked.args == ["unpack"]


def test_the_ends_inside_a_block_speak_of_the_block(inspector: Inspector, editor: Editor) -> None:
    editor.enter(("convblock_1",))
    editor.select(["input_1"])
    QApplication.processEvents()
    texts = [shown.text() for shown in inspector.findChildren(QLabel) if shown.isVisible()]
    assert "What enters the block." in texts
    assert "shape" not in texts


def test_inside_a_block_the_account_is_of_the_block(inspector: Inspector, editor: Editor) -> None:
    report = analyse(editor.project)
    editor.set_report(editor.project, report)
    editor.enter(("convblock_1",))
    inside = sum(node.parameters for node in report.opened(("convblock_1",)).nodes.values())
    QApplication.processEvents()
    texts = [shown.text() for shown in inspector.findChildren(QLabel) if shown.isVisible()]
    assert f"{inside:,}" in texts
    assert f"{report.totals.parameters:,}" not in texts


def test_the_name_of_a_setting_is_shown_whole(inspector: Inspector, editor: Editor) -> None:
    editor.enter(("convblock_1",))
    editor.select(["batchnorm2d_1"])
    press(inspector, "momentumToggle")
    editor.select(())
    line = found(inspector, QLineEdit, "channelsName")
    assert line.cursorPosition() == 0
    assert line.fontMetrics().horizontalAdvance("out_channels") < line.width() - 16
