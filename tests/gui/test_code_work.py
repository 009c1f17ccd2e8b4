"""The code of Python layers in the window, with the real processes beside it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

sys.path.insert(0, str(Path(__file__).parent.parent / "engine"))

from drawings import project
from written_layers import WIDEN, layer, written

from engine import trust
from engine.block_edits import made_block
from engine.datasets import Iris
from engine.layers import Input, Linear, Output, Python
from engine.project import Project, from_json, to_json
from gui import dialogs
from gui.canvas.clipboard import copied, to_text
from gui.code_dialog import CodeDialog
from gui.code_editor import CodeEditor
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window

PATIENCE = 60_000
MakeWindow = Callable[[], Window]


@pytest.fixture(autouse=True)
def _nothing_allowed() -> Iterator[None]:
    token = trust._allowed.set(frozenset())
    yield
    trust._allowed.reset(token)


@pytest.fixture
def make_window(qtbot, appearance: Appearance, tmp_path: Path) -> Iterator[MakeWindow]:
    """Windows of one person: their settings are kept in one file."""
    made: list[Window] = []

    def make() -> Window:
        window = Window(Settings(tmp_path / "settings.ini"), appearance, Services())
        made.append(window)
        with qtbot.waitExposed(window):
            window.show()
        return window

    yield make
    for window in made:
        window.services.close()
        with qtbot.waitSignal(window.destroyed):
            window.deleteLater()


@pytest.fixture
def window(make_window: MakeWindow) -> Window:
    return make_window()


def drawn(*layers: Python) -> Project:
    return project(Input(), *layers, Linear(3), Output(), dataset=Iris(), epochs=1)


def told(qtbot, window: Window) -> list[str]:
    """The faults of the document, once the engine has spoken."""
    qtbot.waitUntil(lambda: window.editor.is_report_current, timeout=PATIENCE)
    return [fault.message for fault in window.editor.report.faults]


def dialog_of(window: Window) -> CodeDialog:
    (dialog,) = [each for each in window.findChildren(CodeDialog) if each.isVisible()]
    return dialog


def press(widget: Window | CodeDialog, name: str) -> None:
    (button,) = [each for each in widget.findChildren(QPushButton, name) if each.isVisible()]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def shown(window: Window, name: str) -> str:
    return window.findChild(QLabel, name).text()


def edit(window: Window, qtbot, source: str) -> CodeDialog:
    """The editor of the selected layer with another text in it."""
    press(window, "editCode")
    dialog = dialog_of(window)
    editor = dialog.findChild(CodeEditor)
    editor.selectAll()
    editor.insertPlainText(source)
    return dialog


NOT_ALLOWED = ["This layer carries Python code that has not been allowed to run."]


def test_code_of_others_runs_once_it_is_read_and_allowed(qtbot, window, make_window, tmp_path) -> None:
    mark = tmp_path / "mark"
    code = f"open({str(mark)!r}, 'w').close()\n{WIDEN}"
    window.editor.open(from_json(to_json(drawn(layer(code)))))
    assert told(qtbot, window) == NOT_ALLOWED
    window.editor.select(["python_1"])
    assert shown(window, "codeWords") == "Widen, 24 lines; not allowed to run"

    window.editor.mend(window.editor.report.faults[0])
    dialog = dialog_of(window)
    assert dialog.source == code
    QTest.keyClicks(dialog.findChild(CodeEditor), "x")
    assert dialog.source == code, "it is there to be read"
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert told(qtbot, window) == NOT_ALLOWED
    assert not mark.exists()

    press(window, "editCode")
    press(dialog_of(window), "codeApply")
    qtbot.waitUntil(lambda: not window.editor.report.faults, timeout=PATIENCE)
    assert mark.exists()
    assert not window.editor.undo_stack.canUndo()
    assert shown(window, "codeWords") == "Widen, 24 lines"
    assert window.findChild(QPushButton, "editCode").text() == "Edit code…"

    again = make_window()
    again.editor.open(drawn(layer(code)))
    assert told(qtbot, again) == []
    again.editor.open(drawn(layer(code + "\n")))
    assert told(qtbot, again) == NOT_ALLOWED


def test_what_one_writes_and_applies_is_one_step_and_allowed(qtbot, window) -> None:
    window.editor.open(drawn(Python()))
    window.editor.select(["python_1"])
    dialog = edit(window, qtbot, WIDEN)
    assert shown(dialog, "codeOutcome") == "Widen takes one input. Its settings: times, slope, bend, name, mode."
    press(dialog, "codeApply")

    assert told(qtbot, window) == []
    assert window.editor.network.node("python_1").layer == layer(WIDEN)
    assert window.editor.report.nodes["python_1"].output_shape == (8,)
    assert window.editor.undo_stack.count() == 1
    window.editor.undo_stack.undo()
    assert window.editor.network.node("python_1").layer == Python()


def test_a_fault_is_told_as_one_types(qtbot, window) -> None:
    window.editor.open(drawn(Python()))
    window.editor.select(["python_1"])
    dialog = edit(window, qtbot, WIDEN.replace("def forward(self, x):", "def forward(self, x)"))

    assert shown(dialog, "codeOutcome") == "Line 21: it is not Python: expected ':'."
    assert dialog.findChild(CodeEditor).marked == (20,)
    press(dialog, "codeApply")
    assert dialog.isVisible()


def test_what_is_written_is_not_given_up_unasked(qtbot, window, monkeypatch) -> None:
    window.editor.open(drawn(Python()))
    window.editor.select(["python_1"])
    answers = iter([False, True])
    monkeypatch.setattr(dialogs, "ask_discard_code", lambda _parent: next(answers))
    dialog = edit(window, qtbot, WIDEN)

    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    press(dialog, "codeCancel")
    qtbot.waitUntil(lambda: not window.findChildren(CodeDialog))
    assert window.editor.network.node("python_1").layer == Python()


def test_the_window_lives_while_code_has_no_end(qtbot, window) -> None:
    window.editor.open(drawn(Python()))
    assert told(qtbot, window) == []
    window.editor.select(["python_1"])
    beats: list[int] = []
    heart = QTimer(window, interval=50)
    heart.timeout.connect(lambda: beats.append(1))
    press(edit(window, qtbot, written("while True: pass")), "codeApply")
    heart.start()

    assert told(qtbot, window) == ["Trial gives no answer within 10 seconds."]
    assert len(beats) > 50
    heart.stop()
    press(edit(window, qtbot, written("return x")), "codeApply")
    assert told(qtbot, window) == []


def test_an_installed_class_is_written_down(qtbot, window) -> None:
    window.editor.open(drawn(Python()))
    window.editor.select(["python_1"])
    press(window, "editCode")
    dialog = dialog_of(window)
    QTest.keyClicks(dialog._class, "torch.nn:Hardtanh")
    QTest.keyClick(dialog._class, Qt.Key.Key_Return)
    assert dialog.isVisible()
    press(dialog, "codeApply")

    assert told(qtbot, window) == []
    assert window.editor.network.node("python_1").layer.own_settings == ("min_val", "max_val", "inplace")


def test_what_is_pasted_needs_to_be_allowed(qtbot, window) -> None:
    text = to_text(copied(drawn(layer(WIDEN)).network, ["python_1"]))
    window.editor.open(drawn())
    assert told(qtbot, window) == []
    QGuiApplication.clipboard().setText(text)
    window.canvas.edits.paste_with_wires()

    assert window.editor.network.predecessors("python_1") == ("input_1",)
    assert told(qtbot, window) == NOT_ALLOWED


def test_inside_a_block_its_code_is_found_and_changed(qtbot, window) -> None:
    design = drawn(layer(WIDEN))
    window.editor.open(design.with_network(made_block(design.network, ["python_1"], "Own")[0]))
    assert told(qtbot, window) == NOT_ALLOWED
    window.editor.mend(window.editor.report.faults[0])
    press(dialog_of(window), "codeApply")
    qtbot.waitUntil(lambda: not window.editor.report.faults, timeout=PATIENCE)

    assert window.editor.place == ("own_1",)
    press(edit(window, qtbot, WIDEN.replace("times: int = 2", "times: int = 3")), "codeApply")
    assert told(qtbot, window) == []
    assert window.editor.report.nodes["own_1"].output_shape == (12,)


def test_the_editor_is_left_and_its_code_applied_with_keys(qtbot, window) -> None:
    window.editor.open(drawn(Python()))
    window.editor.select(["python_1"])
    dialog = edit(window, qtbot, WIDEN)
    qtbot.waitUntil(dialog.isActiveWindow)
    editor = dialog.findChild(CodeEditor)
    QTest.keyClick(editor, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
    assert not editor.hasFocus()
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)

    qtbot.waitUntil(lambda: window.editor.network.node("python_1").layer == layer(WIDEN))


def test_the_keys_of_the_editor(qtbot, appearance) -> None:
    editor = CodeEditor(appearance)
    qtbot.addWidget(editor)
    editor.begin("", is_open=True)
    for words in ("class A:", "def f():", "a = 1"):
        QTest.keyClicks(editor, words)
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.source == "class A:\n    def f():\n        a = 1\n        "
    QTest.keyClick(editor, Qt.Key.Key_Backtab)
    QTest.keyClicks(editor, "b")
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.source.endswith("\n    b   ")
    editor.selectAll()
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert editor.source.startswith("    class A:\n        def f():")
    editor.undo()
    assert editor.source.startswith("class A:\n    def f():")
