"""The source of the design: live, marked for the selected layer, copied whole; a faulty design says so."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit, QPushButton

from engine.analysis import analyse
from engine.templates import template
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
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def text(view):
    return view.findChild(QPlainTextEdit, "code").toPlainText()


def test_shows_the_source_as_one_would_write_it(view):
    assert "class MnistCnn(nn.Module):" in text(view)
    assert "self.conv2d_1 = nn.Conv2d(1, 32, 3)" in text(view)


def test_follows_every_edit(view, editor):
    editor.attempt("Change", lambda project: project.with_value("network.conv2d_1.out_channels", 48))
    assert "nn.Conv2d(1, 48, 3)" in text(view)
    editor.undo_stack.undo()
    assert "nn.Conv2d(1, 32, 3)" in text(view)


def test_marks_the_lines_of_the_selected_layer(view, editor):
    editor.select(["conv2d_1"])
    marks = view.findChild(QPlainTextEdit, "code").extraSelections()
    lines = [mark.cursor.block().text().strip() for mark in marks]
    assert lines
    assert all("self.conv2d_1" in line for line in lines)
    editor.select([])
    assert view.findChild(QPlainTextEdit, "code").extraSelections() == []


def test_a_fault_is_said_and_the_last_source_stays(view, editor):
    before = text(view)
    editor.edit_network("Delete", lambda network: network.remove(["flatten_1"]))
    assert text(view) == before
    assert "fault" in view._words.text() or "Linear" in view._words.text()


def test_comes_into_view_before_the_engine_has_spoken(view, editor):
    before = text(view)
    view.hide()
    editor.project_changed.disconnect()
    editor.open(template("xor").project)
    view.show()
    assert text(view) == before


def test_copies_the_whole_source(view):
    QTest.mouseClick(view.findChild(QPushButton, "copyCode"), Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert copied == text(view)
    assert compile(copied, "copied", "exec")
