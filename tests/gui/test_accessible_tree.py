"""The layers of the canvas as items for assistive technology: what they say, where they are, what changes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible, QAccessibleActionInterface, QAccessibleEvent
from PySide6.QtTest import QTest

from engine.graph import Graph
from engine.layers import Conv2d, Input, Output
from engine.layout import stacked
from engine.project import Project
from engine.report import Problem, Report
from gui.canvas import Canvas
from gui.canvas.accessible import AccessibleCanvas, AccessibleNode
from gui.editor import Editor
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window

NAME, DESCRIPTION = QAccessible.Text.Name, QAccessible.Text.Description
EVENT = QAccessible.Event


def network() -> Project:
    return Project(network=stacked(Graph.chain(Input(), Conv2d(out_channels=8), Output())))


@pytest.fixture
def editor() -> Editor:
    editor = Editor()
    editor.open(network())
    return editor


@pytest.fixture
def canvas(qtbot, editor: Editor, appearance: Appearance) -> Canvas:
    canvas = Canvas(editor, appearance)
    qtbot.addWidget(canvas)
    canvas.resize(600, 500)
    with qtbot.waitActive(canvas):
        canvas.show()
    canvas.setFocus()
    return canvas


@pytest.fixture
def heard(canvas: Canvas, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[EVENT, str]]]:
    """What a listener is told from now on, and of whom."""
    events: list[tuple[EVENT, str]] = []

    def hear(event: QAccessibleEvent) -> None:
        events.append((event.type(), event.accessibleInterface().text(NAME)))

    monkeypatch.setattr(QAccessible, "updateAccessibility", staticmethod(hear))
    monkeypatch.setattr(QAccessible, "isActive", staticmethod(lambda: True))
    yield events
    canvas.clearFocus()


def layers(canvas: Canvas) -> AccessibleCanvas:
    found = QAccessible.queryAccessibleInterface(canvas.viewport())
    assert isinstance(found, AccessibleCanvas)
    return found


def item(canvas: Canvas, node_id: str) -> AccessibleNode:
    return layers(canvas).item(node_id)


def names(canvas: Canvas) -> list[str]:
    listed = layers(canvas)
    children = [listed.child(number) for number in range(listed.childCount())]
    return [child.text(NAME) for child in children if isinstance(child, AccessibleNode)]


def test_layers_are_listed_as_values_flow(canvas: Canvas) -> None:
    assert names(canvas) == ["Input input_1", "Conv2d conv2d_1", "Output output_1"]
    listed = layers(canvas)
    assert [listed.indexOfChild(listed.child(number)) for number in range(listed.childCount())] == [
        *range(listed.childCount())
    ]


def test_the_whole_window_lists_them_too(qtbot, appearance: Appearance, tmp_path: Path) -> None:
    services = Services()
    window = Window(Settings(tmp_path / "settings.ini"), appearance, services)
    qtbot.addWidget(window)
    window.editor.project_changed.disconnect(services.analyst.analyse)
    window.editor.open(network())
    assert names(window.canvas) == ["Input input_1", "Conv2d conv2d_1", "Output output_1"]
    services.close()


def test_an_item_tells_problems_settings_and_wires(canvas: Canvas, editor: Editor) -> None:
    editor.set_report(editor.project, Report(problems=(Problem("It needs an image.", "conv2d_1"),)))
    words = item(canvas, "conv2d_1").text(DESCRIPTION)
    assert words.startswith("Fault: It needs an image. out_channels 8, kernel_size 3")
    assert words.endswith("Fed by input_1. Feeds output_1.")


def test_an_item_is_where_its_layer_is(canvas: Canvas) -> None:
    place = item(canvas, "conv2d_1").rect()
    assert layers(canvas).childAt(place.center().x(), place.center().y()) is item(canvas, "conv2d_1")
    assert not item(canvas, "conv2d_1").state().offscreen
    canvas.scroll_by(canvas.viewport().rect().bottomRight() * 3)
    assert item(canvas, "conv2d_1").state().offscreen or item(canvas, "conv2d_1").rect() != place


def test_the_layer_at_which_one_is_has_the_focus(canvas: Canvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert layers(canvas).focusChild() is item(canvas, "conv2d_1")
    states = {name: item(canvas, name).state() for name in ("input_1", "conv2d_1")}
    assert (states["input_1"].focused, states["conv2d_1"].focused) == (False, True)
    assert (states["input_1"].selected, states["conv2d_1"].selected) == (False, True)


def test_wires_are_relations(canvas: Canvas) -> None:
    related = item(canvas, "conv2d_1").relations(QAccessible.RelationFlag(0xFFFFFFFF))
    assert [(other.text(NAME), flag.name) for other, flag in related] == [
        ("Input input_1", "FlowsTo"),
        ("Output output_1", "FlowsFrom"),
    ]


def test_a_layer_can_be_gone_to_and_pressed(qtbot, canvas: Canvas, editor: Editor) -> None:
    actions = item(canvas, "conv2d_1").actionInterface()
    actions.doAction(QAccessibleActionInterface.setFocusAction())
    assert editor.selection == ("conv2d_1",)
    with qtbot.waitSignal(canvas.edit_asked):
        actions.doAction(QAccessibleActionInterface.pressAction())


def test_focus_and_selection_are_told_while_one_walks(canvas: Canvas, heard: list[tuple[EVENT, str]]) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Home)
    assert (EVENT.Focus, "Input input_1") in heard
    heard.clear()
    QTest.keyClick(canvas, Qt.Key.Key_Down)
    assert (EVENT.SelectionAdd, "Conv2d conv2d_1") in heard
    assert (EVENT.SelectionRemove, "Input input_1") in heard
    assert (EVENT.Focus, "Conv2d conv2d_1") in heard


def test_layers_that_come_and_go_are_told(canvas: Canvas, editor: Editor, heard: list[tuple[EVENT, str]]) -> None:
    item(canvas, "conv2d_1")
    editor.select(["conv2d_1"])
    canvas.edits.delete()
    assert EVENT.ObjectDestroyed in [event for event, _name in heard]
    assert names(canvas) == ["Input input_1", "Output output_1"]
    editor.undo_stack.undo()
    assert (EVENT.ObjectCreated, "Conv2d conv2d_1") in heard
    assert names(canvas) == ["Input input_1", "Conv2d conv2d_1", "Output output_1"]


def test_a_reason_is_announced(canvas: Canvas, heard: list[tuple[EVENT, str]]) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_W)
    assert EVENT.Announcement in [event for event, _name in heard]


def test_nothing_is_left_of_a_canvas_that_is_gone(editor: Editor, appearance: Appearance) -> None:
    canvas = Canvas(editor, appearance)
    listed = layers(canvas)
    numbers = [QAccessible.uniqueId(listed)]
    numbers += [QAccessible.uniqueId(listed.child(number)) for number in range(3)]
    canvas.deleteLater()
    del canvas, listed
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # pyright: ignore[reportArgumentType]
    assert [QAccessible.accessibleInterface(number) for number in numbers] == [None] * 4
