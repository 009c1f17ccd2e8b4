"""The source of the design: live, in step with the selection both ways, copied whole; a faulty design says so."""

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton

from engine.analysis import analyse
from engine.block_edits import made_block
from engine.graph import Graph
from engine.layers import Flatten, Input, Linear, Output, ReLU
from engine.project import Project
from engine.templates import template
from gui.code_text import CodeText, LineNumbers, coloured
from gui.code_view import CodeView
from gui.editor import Editor
from gui.theme import Appearance


@pytest.fixture
def editor(qapp):
    made = Editor()
    made.project_changed.connect(lambda project: made.set_report(project, analyse(project)))
    made.open(template("mnist-cnn").project)
    return made


@pytest.fixture
def view(qtbot, qapp, editor):
    made = CodeView(editor, Appearance(qapp, "dark"))
    made.resize(700, 260)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_the_code_is_read_from_its_first_line(view) -> None:
    assert view.findChild(CodeText).verticalScrollBar().value() == 0


def deep_project():
    """Two hundred layers, whose source is far longer than the view."""
    layers = [Input(), Flatten(), *[Linear(8), ReLU()] * 100, Linear(10), Output()]
    return msgspec.structs.replace(template("mnist-cnn").project, network=Graph.chain(*layers))


def code(view):
    return view.findChild(QPlainTextEdit, "code")


def text(view):
    return code(view).toPlainText()


def line_of(view, words):
    return next(number for number, line in enumerate(text(view).split("\n")) if words in line)


def marked_lines(view):
    lines = text(view).split("\n")
    return [lines[number].strip() for number in code(view).marked]


def click_line(view, number):
    text_of = code(view)
    block = text_of.document().findBlockByNumber(number)
    text_of.verticalScrollBar().setValue(max(0, number - 2))
    place = text_of.cursorRect(QTextCursor(block))
    QTest.mouseClick(text_of.viewport(), Qt.MouseButton.LeftButton, pos=place.center() + QPoint(30, 0))


def top_line(view):
    return code(view).firstVisibleBlock().text()


def test_shows_the_source_as_one_would_write_it(view):
    assert "class MnistCnn(nn.Module):" in text(view)
    assert "self.conv2d_1 = nn.Conv2d(1, 32, 3)" in text(view)


def test_follows_every_edit(view, editor, qtbot):
    editor.attempt("Change", lambda project: project.with_value("network.conv2d_1.out_channels", 48))
    qtbot.waitUntil(lambda: "nn.Conv2d(1, 48, 3)" in text(view))
    editor.undo_stack.undo()
    qtbot.waitUntil(lambda: "nn.Conv2d(1, 32, 3)" in text(view))


def test_marks_the_lines_of_the_selected_layer(view, editor):
    editor.select(["conv2d_1"])
    assert marked_lines(view) == ["self.conv2d_1 = nn.Conv2d(1, 32, 3)", "x = self.conv2d_1(x)  # (N, 32, 26, 26)"]
    editor.select([])
    assert marked_lines(view) == []


def test_a_marked_line_is_brought_into_view(view, editor, qtbot):
    editor.open(deep_project())
    qtbot.waitUntil(lambda: "linear_100" in text(view))
    editor.select(["linear_75"])
    visible = [number for number, _ in code(view).places()]
    assert set(code(view).marked) & set(visible)


def test_a_click_on_a_line_selects_its_layer(view, editor, qtbot):
    with qtbot.waitSignal(view.layers_chosen) as chosen:
        click_line(view, line_of(view, "self.linear_1 ="))
    assert chosen.args == [("linear_1",)]
    assert editor.selection == ("linear_1",)


def test_the_caret_walks_from_layer_to_layer_and_keeps_the_keyboard(view, editor):
    click_line(view, line_of(view, "self.conv2d_1 ="))
    QTest.keyClick(code(view), Qt.Key.Key_Down)
    assert editor.selection == ("relu_1",)
    assert code(view).textCursor().blockNumber() == line_of(view, "self.relu_1 =")
    assert code(view).hasFocus()


def test_lines_selected_together_select_their_layers(view, editor):
    click_line(view, line_of(view, "self.conv2d_1 ="))
    QTest.keyClick(code(view), Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert editor.selection == ("conv2d_1", "relu_1")


def test_a_line_of_no_layer_leaves_the_selection(view, editor):
    editor.select(["conv2d_1"])
    click_line(view, line_of(view, "class MnistCnn"))
    assert editor.selection == ("conv2d_1",)


def test_an_edit_keeps_the_place_the_caret_and_the_selected_text(view, editor, qtbot):
    editor.open(deep_project())
    qtbot.waitUntil(lambda: "linear_100" in text(view))
    click_line(view, line_of(view, "self.linear_75 ="))
    QTest.keyClick(code(view), Qt.Key.Key_Home)
    QTest.keyClick(code(view), Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    chosen, top = code(view).textCursor().selectedText(), top_line(view)
    assert "self.linear_75" in chosen
    editor.edit_network("Delete", lambda network: network.remove(["relu_1"]))
    qtbot.waitUntil(lambda: "relu_1 =" not in text(view))
    assert code(view).textCursor().selectedText() == chosen
    assert top_line(view) == top


def test_an_edit_in_another_place_does_not_take_the_keyboard(view, editor, qtbot):
    field = QLineEdit(view)
    field.show()
    field.setFocus()
    editor.select(["conv2d_1"])
    editor.attempt("Change", lambda project: project.with_value("network.conv2d_1.out_channels", 48))
    qtbot.waitUntil(lambda: "nn.Conv2d(1, 48, 3)" in text(view))
    assert field.hasFocus()


def test_a_fault_is_said_and_the_last_source_stays(view, editor, qtbot):
    before = text(view)
    editor.edit_network("Delete", lambda network: network.remove(["flatten_1"]))
    qtbot.waitUntil(lambda: "fault" in view._words.text() or "Linear" in view._words.text())
    assert text(view) == before


def test_an_empty_network_has_no_code_and_no_line_number(view, editor, qtbot, appearance):
    editor.edit_network("Delete", lambda _network: Graph())
    qtbot.waitUntil(lambda: view._words.text() == "No code yet: the network is empty.")
    assert text(view) == ""
    assert not view.findChild(QPushButton, "copyCode").isEnabled()
    margin = view.findChild(LineNumbers).grab().toImage()
    inks = {margin.pixel(x, y) for x in range(margin.width()) for y in range(margin.height())}
    assert len(inks) == 1


def test_comes_into_view_before_the_engine_has_spoken(view, editor):
    before = text(view)
    view.hide()
    editor.project_changed.disconnect()
    editor.edit_network("Delete", lambda network: network.remove(["relu_1"]))
    view.show()
    assert text(view) == before


def test_copies_the_whole_source_and_says_so(view, qtbot):
    button = view.findChild(QPushButton, "copyCode")
    width = button.width()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert copied == text(view)
    assert compile(copied, "copied", "exec")
    assert button.text() == "Copied"
    assert button.width() == width
    qtbot.waitUntil(lambda: button.text() == "Copy")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\nb\nc\n", "b\nc\nd\n"),
        ("a\nb", "a\nb\nc"),
        ("a\nb\nc", "a"),
        ("a", ""),
        ("", "a\n\nb\n"),
        ("🙂 one\ntwo", "🙂 oNe\ntwo 🙂\n"),
        ("x = 1\ny = 2\n", "y = 2\nx = 1\n"),
    ],
)
def test_new_text_takes_the_place_of_the_old(qtbot, qapp, before, after):
    shown = CodeText(Appearance(qapp, "dark"))
    qtbot.addWidget(shown)
    for source in (before, after, before):
        shown.show_source(source)
        assert shown.toPlainText() == source


def test_a_docstring_of_several_lines_is_one_colour():
    assert coloured("for x in ideas", is_inside=True) == ((0, 14, "good"),)
    assert coloured('end of it."""', is_inside=True) == ((0, 13, "good"),)
    assert (0, 3, "accent") in coloured("for x in ideas:", is_inside=False)


def test_a_line_of_a_block_opens_the_block_and_marks_its_layers_there_alone(view, editor, qtbot):
    network, block = made_block(editor.network, ["conv2d_1", "relu_1"], "Look")
    editor.open(editor.project.with_network(network))
    qtbot.waitUntil(lambda: "class Look(nn.Module):" in text(view))
    click_line(view, line_of(view, "self.conv2d_1 = nn.Conv2d"))
    assert editor.place == (block,)
    assert editor.selection == ("conv2d_1",)
    assert all("conv2d_1" in line for line in marked_lines(view))
    click_line(view, line_of(view, f"self.{block} = Look("))
    assert (editor.place, editor.selection) == ((), (block,))


def test_a_new_document_does_not_show_the_source_of_the_one_before(view, editor):
    assert "nn.Conv2d" in text(view)
    editor.open(Project())
    assert text(view) == ""
    assert not view.findChild(QPushButton, "copyCode").isEnabled()
