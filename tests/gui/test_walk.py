"""The canvas without a mouse: walking along the wires, drawing and removing wires, the ring that shows where one is."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from engine.graph import Graph, Node
from engine.layers import Add, Conv2d, Input, Linear, Output, ReLU
from engine.project import Project
from gui.canvas import Canvas
from gui.canvas.neighbours import neighbour, reading_order
from gui.editor import Editor
from gui.theme import Appearance

NONE, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def diamond() -> Graph:
    """An input, a branch to the left and one to the right, their sum, the output."""
    return (
        Graph()
        .add(
            Node("source", Input(), (0, 0)),
            Node("left", Conv2d(), (-200, 100)),
            Node("right", ReLU(), (200, 100)),
            Node("sum", Add(), (0, 200)),
            Node("answer", Output(), (0, 300)),
        )
        .connect("source", "right")
        .connect("source", "left")
        .connect("left", "sum")
        .connect("right", "sum")
        .connect("sum", "answer")
    )


@pytest.fixture
def window(qtbot, appearance: Appearance) -> Iterator[QWidget]:
    """A canvas between two other fields."""
    editor = Editor()
    editor.open(Project(network=diamond()))
    window = QWidget()
    column = QVBoxLayout(window)
    column.addWidget(QLineEdit(window, objectName="before"))
    column.addWidget(Canvas(editor, appearance, window))
    column.addWidget(QLineEdit(window, objectName="after"))
    editor.setParent(window)
    qtbot.addWidget(window)
    window.resize(900, 800)
    with qtbot.waitActive(window):
        window.show()
    return window


@pytest.fixture
def canvas(window: QWidget) -> Canvas:
    canvas = window.findChild(Canvas)
    assert canvas is not None
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    return canvas


def press(canvas: Canvas, *keys: str, modifier: Qt.KeyboardModifier = NONE) -> None:
    for key in keys:
        QTest.keyClick(canvas, getattr(Qt.Key, f"Key_{key}"), modifier)


def at(canvas: Canvas) -> str | None:
    return canvas.walk.at


def wires(canvas: Canvas) -> set[tuple[str, str]]:
    return {(wire.source, wire.target) for wire in canvas.editor.network.wires}


class TestOrder:
    def test_one_branch_after_the_other_from_the_left(self) -> None:
        assert reading_order(diamond()) == ("source", "left", "right", "sum", "answer")

    def test_every_layer_once_also_where_nothing_is_wired(self) -> None:
        network = diamond().disconnect(*diamond().wires)
        assert sorted(reading_order(network)) == sorted(node.id for node in network.nodes)

    def test_two_wires_between_two_layers_count_once(self) -> None:
        network = diamond().connect("left", "sum")
        assert reading_order(network) == ("source", "left", "right", "sum", "answer")


class TestNeighbour:
    @pytest.mark.parametrize(
        ("start", "way", "end"),
        [
            ("left", "down", "sum"),
            ("left", "up", "source"),
            ("left", "right", "right"),
            ("right", "left", "left"),
            ("left", "left", None),
            ("source", "up", None),
            ("answer", "down", None),
        ],
    )
    def test_down_the_flow_and_across_it(self, start: str, way, end: str | None) -> None:
        assert neighbour(diamond(), start, way) == end

    def test_a_network_that_flows_right_is_turned(self) -> None:
        network = diamond()
        turned = network.move({node.id: (4 * node.position[1], node.position[0]) for node in network.nodes}).flow(
            "right"
        )
        assert neighbour(turned, "left", "right") == "sum"
        assert neighbour(turned, "sum", "left") in ("left", "right")
        assert neighbour(turned, "left", "down") == "right"


class TestWalk:
    def test_tab_walks_along_the_wires_and_leaves_after_the_last(self, canvas: Canvas, window: QWidget) -> None:
        path = []
        while canvas.hasFocus():
            path.append(at(canvas))
            press(canvas, "Tab")
        assert path == [None, "source", "left", "right", "sum", "answer"]
        assert window.focusWidget().objectName() == "after"

    def test_shift_tab_walks_back_and_leaves_before_the_first(self, canvas: Canvas, window: QWidget) -> None:
        canvas.editor.select(["left"])
        press(canvas, "Backtab", modifier=SHIFT)
        assert at(canvas) == "source"
        press(canvas, "Backtab", modifier=SHIFT)
        assert window.focusWidget().objectName() == "before"

    def test_arrows_follow_the_wires(self, canvas: Canvas) -> None:
        path = []
        for key in ("Down", "Down", "Right", "Down", "Down", "Up", "Home", "End"):
            press(canvas, key)
            path.append(at(canvas))
        assert path == ["source", "left", "right", "sum", "answer", "sum", "source", "answer"]
        assert canvas.editor.selection == ("answer",)

    def test_shift_takes_more_into_the_selection(self, canvas: Canvas) -> None:
        canvas.editor.select(["left"])
        press(canvas, "Down", modifier=SHIFT)
        assert set(canvas.editor.selection) == {"left", "sum"}

    def test_with_several_selected_the_arrows_move_them(self, canvas: Canvas) -> None:
        canvas.editor.select(["left", "right"])
        press(canvas, "Right")
        assert canvas.editor.network.node("left").position == (-196, 100)
        assert set(canvas.editor.selection) == {"left", "right"}

    def test_alt_moves_one(self, canvas: Canvas) -> None:
        canvas.editor.select(["left"])
        press(canvas, "Right", modifier=ALT)
        assert canvas.editor.network.node("left").position == (-196, 100)

    def test_brings_into_view(self, canvas: Canvas) -> None:
        canvas.zoom_to(3, canvas.viewport().rect().center())
        press(canvas, "End")
        shown = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
        assert shown.contains(canvas.picture.nodes["answer"].place)

    def test_enter_asks_for_the_settings(self, canvas: Canvas, qtbot) -> None:
        canvas.editor.select(["left"])
        with qtbot.waitSignal(canvas.edit_asked):
            press(canvas, "Return")

    def test_an_empty_canvas_lets_tab_through(self, canvas: Canvas) -> None:
        canvas.editor.open(Project())
        press(canvas, "Down", "W", "C", "Return", "Home")
        press(canvas, "Tab")
        assert not canvas.hasFocus()


class TestRing:
    def test_surrounds_the_layer_and_is_there_for_keys_alone(self, canvas: Canvas) -> None:
        press(canvas, "Home")
        assert canvas.walk.ring.contains(canvas.picture.nodes["source"].place)
        QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, NONE, canvas.viewport().rect().bottomRight())
        assert canvas.walk.ring == QRectF()
        press(canvas, "End")
        assert canvas.walk.ring.contains(canvas.picture.nodes["answer"].place)

    def test_moves_along_and_goes_with_the_layer(self, canvas: Canvas) -> None:
        press(canvas, "Home")
        press(canvas, "Down", modifier=ALT)
        assert canvas.walk.ring.contains(canvas.picture.nodes["source"].place)
        press(canvas, "Delete")
        assert canvas.walk.ring == QRectF()

    def test_goes_when_the_keyboard_leaves(self, canvas: Canvas) -> None:
        press(canvas, "End", "Tab")
        assert canvas.walk.ring == QRectF()


class TestWire:
    @pytest.fixture(autouse=True)
    def open_end(self, canvas: Canvas) -> None:
        network = canvas.editor.network.add(
            Node("dense", Linear(), (500, 200)), Node("other", Linear(), (500, 400)), Node("bend", ReLU(), (500, 300))
        )
        canvas.editor.open(Project(network=network))

    def test_lights_what_can_take_it_and_enter_connects(self, canvas: Canvas) -> None:
        canvas.editor.select(["right"])
        press(canvas, "W")
        lit = {name for name, item in canvas.picture.nodes.items() if item.lit == "input"}
        assert lit == {"sum", "dense", "other", "bend"}
        before = canvas.editor.project
        press(canvas, "Tab", "Return")
        assert wires(canvas) - {(wire.source, wire.target) for wire in before.network.wires} == {("right", "dense")}
        assert not any(item.lit for item in canvas.picture.nodes.values())
        canvas.editor.undo_stack.undo()
        assert canvas.editor.project is before

    def test_a_name_is_typed(self, canvas: Canvas) -> None:
        canvas.editor.select(["right"])
        press(canvas, "W")
        QTest.keyClicks(canvas, "oth")
        press(canvas, "Return")
        assert ("right", "other") in wires(canvas)

    def test_backwards(self, canvas: Canvas) -> None:
        canvas.editor.select(["dense"])
        press(canvas, "W", modifier=SHIFT)
        QTest.keyClicks(canvas, "left")
        press(canvas, "Return")
        assert ("left", "dense") in wires(canvas)

    def test_escape_leaves(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        canvas.editor.select(["right"])
        press(canvas, "W", "Tab", "Escape")
        assert canvas.editor.project is before
        assert canvas.editor.selection == ("right",)
        assert not any(item.lit for item in canvas.picture.nodes.values())
        assert canvas.reason.isHidden()

    def test_a_click_leaves_too(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        canvas.editor.select(["right"])
        press(canvas, "W")
        place = canvas.mapFromScene(canvas.picture.nodes["dense"].place.center())
        QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, NONE, place)
        assert canvas.editor.project is before
        assert canvas.editor.selection == ("dense",)

    def test_says_to_which_layer_it_would_go(self, canvas: Canvas) -> None:
        canvas.editor.select(["right"])
        press(canvas, "W")
        assert "sum" in canvas.reason.text()

    @pytest.mark.parametrize(
        ("node", "modifier", "words"),
        [
            ("answer", NONE, "Nothing leaves answer"),
            ("source", SHIFT, "Nothing enters source"),
            ("left", SHIFT, "left already has its input"),
        ],
    )
    def test_says_why_there_can_be_none(self, canvas: Canvas, node: str, modifier, words: str) -> None:
        canvas.editor.select([node])
        press(canvas, "W", modifier=modifier)
        assert words in canvas.reason.text()
        assert canvas.reason.isVisible()

    def test_wires_are_walked_and_removed(self, canvas: Canvas) -> None:
        canvas.editor.select(["sum"])
        seen = []
        for _ in range(4):
            press(canvas, "C")
            assert canvas.picture.chosen is not None
            seen.append((canvas.picture.chosen.source, canvas.picture.chosen.target))
        assert seen == [("left", "sum"), ("right", "sum"), ("sum", "answer"), ("left", "sum")]
        press(canvas, "Delete")
        assert ("left", "sum") not in wires(canvas)
        assert at(canvas) == "sum"

    def test_from_a_wire_the_arrows_lead_to_its_ends(self, canvas: Canvas) -> None:
        canvas.editor.select(["sum"])
        press(canvas, "C", "Up")
        assert at(canvas) == "left"


def test_in_another_drawing_nobody_is_at_a_layer_of_the_same_name(canvas: Canvas) -> None:
    canvas.walk.come_to("left")
    assert not canvas.walk.ring.isEmpty()
    canvas.editor.open(Project(network=diamond()))
    assert canvas.walk.at is None
    assert canvas.walk.ring.isEmpty()
