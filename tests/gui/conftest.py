"""What tests of widgets share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from canvases import ShowCanvas, assert_agrees
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from engine.events import AnyEvent
from engine.project import Project
from gui.canvas import Canvas
from gui.editor import Editor
from gui.plots import Curves
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window


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
def window(qtbot, appearance: Appearance, tmp_path: Path) -> Iterator[Window]:
    """A window as it begins, shown; it closes without a question. Files whose windows differ have one of their own."""
    made = Window(Settings(tmp_path / "settings.ini"), appearance, Services())
    made.resize(1280, 800)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    yield made
    made.editor.undo_stack.setClean()
    made.close()
    made.deleteLater()


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


@pytest.fixture
def curves(qtbot, appearance: Appearance) -> Curves:
    """Curves of nothing yet, shown."""
    made = Curves(appearance)
    qtbot.addWidget(made)
    made.resize(1000, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def drawn(curves: Curves, qtbot) -> Callable[..., None]:
    """Gives the curves events and waits for the frame that shows them."""

    def draw(*events: AnyEvent) -> None:
        curves.show_events(list(events))
        qtbot.waitUntil(lambda: not curves._frame.isActive())

    return draw
