"""What tests of widgets share."""

from collections.abc import Iterator

import pytest
from canvases import ShowCanvas, assert_agrees
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from engine.project import Project
from gui.canvas import Canvas
from gui.editor import Editor
from gui.theme import Appearance


@pytest.fixture(autouse=True)
def _nothing_left_to_delete() -> Iterator[None]:
    """What a test leaves to be deleted goes with it: the next one would give each of those widgets its looks anew."""
    yield
    if QApplication.instance():
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def appearance(qapp: QApplication) -> Appearance:
    """The dark theme."""
    return Appearance(qapp, "dark")


@pytest.fixture
def show_canvas(qtbot, appearance: Appearance) -> Iterator[ShowCanvas]:
    """Shows canvases; at the end, what is drawn on each is what its document holds."""
    shown: list[Canvas] = []

    def show(project: Project, width: int = 900, height: int = 700) -> Canvas:
        editor = Editor()
        editor.open(project)
        canvas = Canvas(editor, appearance)
        qtbot.addWidget(canvas)
        canvas.resize(width, height)
        with qtbot.waitActive(canvas):
            canvas.show()
            canvas.activateWindow()
        shown.append(canvas)
        return canvas

    yield show
    for canvas in shown:
        assert_agrees(canvas)
