"""Names for assistive technology: whatever takes the keyboard in a dialog, or in what comes up over the canvas."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blocks_drawn import project_with_blocks
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from engine.project import Project
from engine.runs import Run
from gui import dialogs
from gui.canvas.find_bar import FindBar
from gui.canvas.line_popup import LinePopup
from gui.canvas.quick_search import QuickSearch
from gui.export_dialog import ExportDialog
from gui.picture_dialog import PictureDialog
from gui.question import Question
from gui.services import Services
from gui.settings import Settings
from gui.shortcut_dialog import ShortcutDialog
from gui.theme import Appearance
from gui.window import Window


@pytest.fixture
def window(qtbot, appearance: Appearance, tmp_path: Path) -> Iterator[Window]:
    services = Services()
    window = Window(Settings(tmp_path / "settings.ini"), appearance, services)
    window.editor.project_changed.disconnect(services.analyst.analyse)
    window.editor.open(project_with_blocks())
    window.editor.select(["convblock_1"])
    with qtbot.waitActive(window):
        window.show()
    yield window
    window.services.close()
    with qtbot.waitSignal(window.destroyed):
        window.deleteLater()


def ways_to_open(window: Window, folder: Path) -> dict[type[QWidget], Callable[[], object]]:
    canvas, run = window.canvas, Run.create(folder / "run", Project())
    return {
        ExportDialog: lambda: window.runs.export_of(run.path),
        PictureDialog: window.export_picture,
        ShortcutDialog: window.show_shortcuts,
        LinePopup: canvas.blocks.rename,
        QuickSearch: canvas.searching.after_selection,
        FindBar: canvas.orientation.find_bar.open,
    }


def nameless(around: QWidget) -> list[str]:
    """What takes the keyboard there without a name. What Qt makes inside another widget takes it through that one."""
    return [
        f"{type(widget).__name__} {widget.objectName()} in {type(around).__name__}"
        for widget in [around, *around.findChildren(QWidget)]
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not widget.objectName().startswith("qt_")
        and widget.focusProxy() is None
        and widget.window().windowType() != Qt.WindowType.Popup
        and not name_of(widget)
    ]


def name_of(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


def test_all_that_takes_the_keyboard_in_what_comes_up_has_a_name(window: Window, tmp_path: Path) -> None:
    found: list[str] = []
    for kind, open_it in ways_to_open(window, tmp_path).items():
        open_it()
        QApplication.processEvents()
        made = window.findChild(kind)
        assert made is not None, kind.__name__
        found += nameless(made)
        if isinstance(made, QDialog):
            found += [] if made.windowTitle() else [f"the window of {kind.__name__}"]
            made.close()
    assert not found


def test_the_line_of_a_new_name_has_one(window: Window) -> None:
    window.canvas.rename.begin_selected()
    line = QApplication.focusWidget()
    assert line is not None
    assert line.objectName() == "renameLine"
    assert name_of(line) == "Name of the layer"


def test_all_buttons_of_questions_have_names(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[str] = []

    def look(question: Question) -> int:
        found.extend(nameless(question))
        found.extend([] if name_of(question) else ["a question"])
        return 0

    monkeypatch.setattr(Question, "exec", look)
    monkeypatch.setattr(Question, "open", look)
    dialogs.ask_save(window, "digits")
    dialogs.ask_close(window)
    dialogs.ask_close(window, "Fold 2 of 5")
    dialogs.show_about(window)
    assert not found
