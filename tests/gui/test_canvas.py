"""The canvas as a person uses it: real mouse, key and drag events on a shown widget."""

import msgspec
import pytest
from canvases import (
    CONTROL,
    LEFT,
    NONE,
    SHIFT,
    ShowCanvas,
    assert_agrees,
    at,
    chain,
    click,
    drag,
    middle,
    network_of,
    port,
    undone,
    wires_of,
)
from mouse import below, drag_layer, drag_on
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragLeaveEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsLineItem, QMenu, QPushButton

from engine.errors import LayerloomError
from engine.graph import Graph, Node, Wire
from engine.layers import Add, Conv2d, Dropout, Flatten, Input, Layer, Linear, MaxPool2d, Output, ReLU, Softmax
from engine.layout import stacked
from engine.project import Project
from engine.report import InsertBefore, NodeReport, Problem, Remove, Report
from gui.canvas import Canvas
from gui.canvas.routes import Port
from gui.canvas.zoom import EASY_ZOOM
from gui.editor import Editor
from gui.theme import Appearance

MIDDLE = Qt.MouseButton.MiddleButton


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Canvas:
    return show_canvas(Project(network=chain(Input(), Conv2d(), ReLU(), Flatten(), Linear(), Output())))


def guides(canvas: Canvas) -> list[QGraphicsLineItem]:
    """The lines that show why a node rests where it is held."""
    items = canvas.picture.others()
    return [item for item in items if isinstance(item, QGraphicsLineItem) and item.isVisible()]


def joined_beside() -> Graph:
    """Two layers that are added, one of them beside the other."""
    nodes = (Node("relu_1", ReLU(), (0, 0)), Node("relu_2", ReLU(), (-400, 0)), Node("add_1", Add(), (0, 300)))
    return Graph(nodes, (Wire("relu_1", "add_1"), Wire("relu_2", "add_1", 1)))


class TestDrop:
    def test_on_the_end_of_the_stack_wires_it(self, canvas: Canvas) -> None:
        canvas.editor.open(Project(network=chain(Input(), Conv2d())))
        before = canvas.editor.project
        assert drag_layer(canvas, "ReLU", below(canvas, "conv2d_1"))
        assert ("conv2d_1", "relu_1") in wires_of(canvas)
        conv, relu = (network_of(canvas).node(name).position for name in ("conv2d_1", "relu_1"))
        assert relu[0] == conv[0]
        assert relu[1] > conv[1]
        assert canvas.editor.selection == ("relu_1",)
        assert undone(canvas, before)

    def test_on_a_wire_goes_into_it_and_what_follows_makes_room(self, canvas: Canvas) -> None:
        before = network_of(canvas)
        wire = canvas.picture.wires[Wire("relu_1", "flatten_1")]
        assert drag_layer(canvas, "MaxPool2d", wire.path().pointAtPercent(0.5))
        assert {("relu_1", "maxpool2d_1"), ("maxpool2d_1", "flatten_1")} <= wires_of(canvas)
        assert ("relu_1", "flatten_1") not in wires_of(canvas)
        for name in ("flatten_1", "linear_1", "output_1"):
            assert network_of(canvas).node(name).position[1] > before.node(name).position[1]
        assert network_of(canvas).node("relu_1") is before.node("relu_1")

    def test_far_away_stands_free_on_the_grid(self, canvas: Canvas) -> None:
        wires = wires_of(canvas)
        drag_layer(canvas, "Dropout", QPointF(-260.7, 13.3))
        position = network_of(canvas).node("dropout_1").position
        assert wires_of(canvas) == wires
        assert position[0] % 4 == 0
        assert position[1] % 4 == 0

    def test_on_an_empty_canvas(self, canvas: Canvas) -> None:
        canvas.editor.open(Project())
        assert canvas.findChild(object, "emptyHint").isVisible()
        drag_layer(canvas, "Input", QPointF(0, 0))
        assert "input_1" in network_of(canvas)
        assert not canvas.findChild(object, "emptyHint").isVisible()

    def test_an_empty_canvas_offers_a_start(self, canvas: Canvas) -> None:
        canvas.editor.open(Project())
        QTest.mouseClick(canvas.findChild(QPushButton, "addInputButton"), LEFT)
        seen = canvas.mapFromScene(canvas.picture.nodes["input_1"].place.center())
        assert (seen - canvas.viewport().rect().center()).manhattanLength() <= 2
        assert "input_1" in network_of(canvas)
        canvas.editor.undo_stack.undo()
        assert canvas.findChild(QPushButton, "addInputButton").isVisible()

    def test_shows_a_ghost_first_and_leaves_no_trace(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        drag_layer(canvas, "ReLU", below(canvas, "linear_1", 8), drop=False)
        assert canvas.picture.nodes["relu_2"].is_ghost
        assert canvas.editor.project is before
        QApplication.sendEvent(canvas.viewport(), QDragLeaveEvent())
        assert_agrees(canvas)

    def test_coming_in_over_the_edge_leaves_the_view_where_it_is(self, canvas: Canvas, qtbot) -> None:
        canvas.zoom_to(0.5, QPoint(300, 200))
        corner = canvas.mapToScene(0, 0)
        with qtbot.assertNotEmitted(canvas.horizontalScrollBar().valueChanged, wait=60):
            drag_layer(canvas, "ReLU", canvas.mapToScene(QPoint(6, 300)), drop=False)
        assert canvas.mapToScene(0, 0) == corner
        drag_on(canvas, QPoint(300, 300))
        drag_on(canvas, QPoint(6, 300))
        qtbot.waitUntil(lambda: canvas.mapToScene(0, 0).x() < corner.x() - 20)
        QApplication.sendEvent(canvas.viewport(), QDragLeaveEvent())

    def test_escape_gives_up(self, canvas: Canvas) -> None:
        drag_layer(canvas, "ReLU", below(canvas, "linear_1", 8), drop=False)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert "relu_2" not in canvas.picture.nodes

    def test_what_is_no_layer_is_not_taken(self, canvas: Canvas) -> None:
        assert not drag_layer(canvas, "NoSuchLayer", QPointF(0, 0))

    @pytest.mark.parametrize("kind", sorted(Layer.kinds))
    @pytest.mark.parametrize("node_id", ["input_1", "relu_1", "output_1"])
    def test_every_layer_lands_on_every_place(self, canvas: Canvas, kind: str, node_id: str) -> None:
        count = len(network_of(canvas).nodes)
        for height in (0.2, 0.8, 1.3):
            place = canvas.picture.nodes[node_id].place
            assert drag_layer(canvas, kind, QPointF(place.center().x(), place.top() + height * place.height()))
        assert len(network_of(canvas).nodes) == count + 3
        network_of(canvas).check()


class TestStack:
    def test_after_the_selection(self, canvas: Canvas) -> None:
        canvas.editor.select(["conv2d_1"])
        canvas.edits.stack(MaxPool2d)
        assert {("conv2d_1", "maxpool2d_1"), ("maxpool2d_1", "relu_1")} <= wires_of(canvas)
        assert canvas.editor.selection == ("maxpool2d_1",)

    def test_with_nothing_selected_before_the_layers_that_answer(self, canvas: Canvas) -> None:
        canvas.edits.stack(ReLU)
        assert {("flatten_1", "relu_2"), ("relu_2", "linear_1"), ("linear_1", "output_1")} <= wires_of(canvas)

    def test_never_between_a_final_softmax_and_the_output(self, canvas: Canvas) -> None:
        canvas.editor.open(Project(network=chain(Input(), Flatten(), Linear(), Softmax(), Output())))
        canvas.edits.stack(Dropout)
        assert {("flatten_1", "dropout_1"), ("dropout_1", "linear_1"), ("softmax_1", "output_1")} <= wires_of(canvas)

    def test_builds_a_network_from_nothing_without_overlaps(self, canvas: Canvas) -> None:
        canvas.editor.open(Project())
        for kind in (Input, Conv2d, ReLU, Flatten, Linear, Output):
            canvas.edits.stack(kind)
        assert wires_of(canvas) == {
            ("input_1", "conv2d_1"),
            ("conv2d_1", "relu_1"),
            ("relu_1", "flatten_1"),
            ("flatten_1", "linear_1"),
            ("linear_1", "output_1"),
        }
        assert network_of(canvas) == stacked(network_of(canvas))

    def test_input_goes_on_top(self, canvas: Canvas) -> None:
        canvas.editor.open(Project(network=chain(Linear(), Output())))
        canvas.edits.stack(Input)
        assert ("input_1", "linear_1") in wires_of(canvas)


class TestWires:
    @pytest.fixture(autouse=True)
    def _loose(self, canvas: Canvas) -> None:
        nodes = (
            Node("input_1", Input(), (0, 0)),
            Node("relu_1", ReLU(), (0, 120)),
            Node("linear_1", Linear(), (0, 240)),
            Node("add_1", Add(), (300, 240)),
        )
        canvas.editor.open(Project(network=Graph().add(*nodes).connect("relu_1", "linear_1")))

    def test_from_output_to_input(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        drag(canvas, port(canvas, "input_1", "output"), port(canvas, "relu_1", "input"))
        assert ("input_1", "relu_1") in wires_of(canvas)
        assert undone(canvas, before)

    def test_from_input_to_output(self, canvas: Canvas) -> None:
        drag(canvas, port(canvas, "relu_1", "input"), port(canvas, "input_1", "output"))
        assert ("input_1", "relu_1") in wires_of(canvas)

    def test_released_on_a_node_takes_its_free_port(self, canvas: Canvas) -> None:
        for source in ("input_1", "relu_1"):
            drag(canvas, port(canvas, source, "output"), middle(canvas, "add_1"))
        assert network_of(canvas).predecessors("add_1") == ("input_1", "relu_1")

    def test_released_on_nothing_changes_nothing(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        drag(canvas, port(canvas, "input_1", "output"), at(canvas, QPointF(-120, 60)))
        assert canvas.editor.project is before

    def test_lights_the_ports_that_can_take_it(self, canvas: Canvas) -> None:
        drag(canvas, port(canvas, "linear_1", "output"), at(canvas, QPointF(-80, 300)), release=False)
        lit = {node_id for node_id, item in canvas.picture.nodes.items() if item.lit == "input"}
        assert lit == {"add_1"}
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert not any(item.lit for item in canvas.picture.nodes.values())

    def test_a_circle_is_refused_with_the_reason_at_the_pointer(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        drag(canvas, port(canvas, "linear_1", "output"), port(canvas, "relu_1", "input"), release=False)
        assert canvas.reason.isVisible()
        assert "circle" in canvas.reason.text()
        QTest.mouseRelease(canvas.viewport(), LEFT, NONE, port(canvas, "relu_1", "input"))
        assert canvas.editor.project is before

    def test_a_node_without_a_free_input_says_so(self, canvas: Canvas) -> None:
        drag(canvas, port(canvas, "input_1", "output"), middle(canvas, "linear_1"), release=False)
        assert "already has its input" in canvas.reason.text()
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert not canvas.reason.isVisible()

    def test_dropped_on_a_taken_input_replaces_its_wire(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        drag(canvas, port(canvas, "input_1", "output"), port(canvas, "linear_1", "input"))
        assert wires_of(canvas) == {("input_1", "linear_1")}
        assert undone(canvas, before)

    def test_the_end_of_a_wire_is_moved(self, canvas: Canvas) -> None:
        drag(canvas, port(canvas, "linear_1", "input"), middle(canvas, "add_1"))
        assert wires_of(canvas) == {("relu_1", "add_1")}

    def test_the_start_of_a_wire_is_moved(self, canvas: Canvas) -> None:
        near_start = canvas.picture.wires[Wire("relu_1", "linear_1")].path().pointAtPercent(0.3)
        drag(canvas, at(canvas, near_start), middle(canvas, "input_1"))
        assert wires_of(canvas) == {("input_1", "linear_1")}

    def test_a_clicked_wire_is_deleted(self, canvas: Canvas) -> None:
        click(canvas, at(canvas, canvas.picture.wires[Wire("relu_1", "linear_1")].path().pointAtPercent(0.5)))
        QTest.keyClick(canvas, Qt.Key.Key_Delete)
        assert not network_of(canvas).wires


class TestSelect:
    def test_click_and_control_click(self, canvas: Canvas) -> None:
        click(canvas, middle(canvas, "relu_1"))
        assert canvas.editor.selection == ("relu_1",)
        click(canvas, middle(canvas, "linear_1"), CONTROL)
        assert canvas.editor.selection == ("relu_1", "linear_1")
        click(canvas, middle(canvas, "relu_1"), SHIFT)
        assert canvas.editor.selection == ("linear_1",)
        click(canvas, at(canvas, QPointF(-200, 10)))
        assert canvas.editor.selection == ()

    def test_marquee_takes_what_it_touches(self, canvas: Canvas) -> None:
        first, last = (canvas.picture.nodes[name].place for name in ("conv2d_1", "flatten_1"))
        start = at(canvas, first.topLeft() + QPointF(-40, 5))
        drag(canvas, start, at(canvas, last.center()))
        assert set(canvas.editor.selection) == {"conv2d_1", "relu_1", "flatten_1"}

    def test_escape_leaves_the_selection_as_it_was(self, canvas: Canvas) -> None:
        click(canvas, middle(canvas, "relu_1"))
        drag(canvas, at(canvas, QPointF(-60, -30)), middle(canvas, "linear_1"), release=False)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert canvas.editor.selection == ("relu_1",)
        assert_agrees(canvas)

    def test_select_all(self, canvas: Canvas) -> None:
        QTest.keyClick(canvas, Qt.Key.Key_A, CONTROL)
        assert len(canvas.editor.selection) == 6


class TestMove:
    def test_selected_nodes_move_together_on_the_grid(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        canvas.editor.select(["relu_1", "flatten_1"])
        drag(canvas, middle(canvas, "relu_1"), middle(canvas, "relu_1") + QPoint(203, 41))
        old, new = before.network, network_of(canvas)
        steps = {
            (
                new.node(name).position[0] - old.node(name).position[0],
                new.node(name).position[1] - old.node(name).position[1],
            )
            for name in ("relu_1", "flatten_1")
        }
        (step,) = steps
        assert step[0] == pytest.approx(203 / canvas.zoom, abs=3)
        assert step[0] % 4 == 0
        assert new.node("conv2d_1") == old.node("conv2d_1")
        assert undone(canvas, before)

    def test_snaps_under_its_neighbour(self, canvas: Canvas) -> None:
        drag(canvas, middle(canvas, "output_1"), middle(canvas, "output_1") + QPoint(6, 60))
        assert network_of(canvas).node("output_1").position[0] == network_of(canvas).node("linear_1").position[0]

    def test_a_line_shows_on_what_it_snaps_and_goes_with_the_mouse(self, canvas: Canvas) -> None:
        start = middle(canvas, "output_1")
        drag(canvas, start, start + QPoint(6, 60), release=False)
        lines = [line.line() for line in guides(canvas)]
        column = canvas.picture.nodes["linear_1"].place.center().x()
        assert any(line.x1() == line.x2() == column for line in lines)
        QTest.mouseRelease(canvas.viewport(), LEFT, NONE, start + QPoint(6, 60))
        assert not guides(canvas)

    def test_equal_gaps_are_marked(self, canvas: Canvas) -> None:
        network = network_of(canvas)
        canvas.editor.edit_network("Move", lambda network: network.move({"relu_1": (0.0, 500.0)}))
        canvas.zoom_reset()
        column = [network.node(name) for name in ("flatten_1", "linear_1", "output_1")]
        gap = column[2].position[1] - column[1].position[1] - 54
        place = canvas.picture.nodes["output_1"].place
        drag(canvas, middle(canvas, "relu_1"), at(canvas, QPointF(118, place.bottom() + gap + 18 + 5)), release=False)
        assert canvas.picture.nodes["relu_1"].place.top() == place.bottom() + gap
        spans = [line.line() for line in guides(canvas)]
        assert sum(abs(line.dy()) == gap for line in spans) == 2
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert not guides(canvas)

    def test_the_distance_at_which_it_snaps_is_one_of_the_screen(self, canvas: Canvas) -> None:
        for zoom in (0.5, 1.6):
            canvas.zoom_reset()
            canvas.scale(zoom, zoom)
            canvas.centerOn(canvas.picture.nodes["output_1"])
            start = middle(canvas, "output_1")
            for pixels, snaps in ((7, True), (11, False)):
                drag(canvas, start, start + QPoint(pixels, 90), release=False)
                assert (canvas.picture.nodes["output_1"].x() == 0) == snaps
                QTest.keyClick(canvas, Qt.Key.Key_Escape)
                QTest.mouseRelease(canvas.viewport(), LEFT, NONE, start)

    def test_alt_suspends_snapping_at_once(self, canvas: Canvas) -> None:
        canvas.zoom_reset()
        start = middle(canvas, "output_1")
        drag(canvas, start, start + QPoint(7, 61), release=False)
        assert canvas.picture.nodes["output_1"].x() == 0
        QTest.keyPress(canvas, Qt.Key.Key_Alt)
        assert canvas.picture.nodes["output_1"].x() == 7
        assert not guides(canvas)
        QTest.keyRelease(canvas, Qt.Key.Key_Alt, Qt.KeyboardModifier.AltModifier)
        assert canvas.picture.nodes["output_1"].x() == 0
        QTest.mouseRelease(canvas.viewport(), LEFT, Qt.KeyboardModifier.AltModifier, start + QPoint(7, 61))
        assert network_of(canvas).node("output_1").position[0] == 7

    def test_to_the_right_it_snaps_to_the_row_of_its_neighbour(self, canvas: Canvas) -> None:
        canvas.editor.edit_network("Flow", lambda network: stacked(network.flow("right")))
        canvas.fit()
        canvas.zoom_reset()
        canvas.centerOn(canvas.picture.nodes["output_1"])
        start = middle(canvas, "output_1")
        drag(canvas, start, start + QPoint(50, 6), release=False)
        assert canvas.picture.nodes["output_1"].y() == canvas.picture.nodes["linear_1"].y()
        assert any(line.line().y1() == line.line().y2() for line in guides(canvas))
        QTest.keyClick(canvas, Qt.Key.Key_Escape)

    def test_it_snaps_to_where_its_wire_runs_straight(self, canvas: Canvas) -> None:
        canvas.editor.open(Project(network=joined_beside()))
        canvas.zoom_reset()
        canvas.centerOn(canvas.picture.nodes["add_1"])
        start = middle(canvas, "relu_2")
        target = canvas.picture.point_of(Port("add_1", "input", 1)).x()
        drag(canvas, start, at(canvas, QPointF(target - 5, 70)), release=False)
        assert canvas.picture.nodes["relu_2"].place.center().x() == target
        assert canvas.picture.wires[Wire("relu_2", "add_1", 1)].path().elementCount() == 2
        QTest.keyClick(canvas, Qt.Key.Key_Escape)

    def test_escape_puts_them_back(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        drag(canvas, middle(canvas, "relu_1"), middle(canvas, "relu_1") + QPoint(150, 90), release=False)
        assert canvas.picture.nodes["relu_1"].pos().toTuple() != before.network.node("relu_1").position
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        QTest.mouseRelease(canvas.viewport(), LEFT, NONE, QPoint(10, 10))
        assert canvas.editor.project is before
        assert_agrees(canvas)

    def test_near_the_edge_the_view_moves_along(self, canvas: Canvas, qtbot) -> None:
        canvas.zoom_reset()
        before = canvas.mapToScene(0, 0).x()
        start = middle(canvas, "relu_1")
        drag(canvas, start, QPoint(canvas.viewport().width() - 4, start.y()), release=False)
        qtbot.waitUntil(lambda: canvas.mapToScene(0, 0).x() > before + 100)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)

    def test_nudges_by_keys_are_one_undo_step(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        canvas.editor.select(["relu_1"])
        for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
            QTest.keyClick(canvas, key, Qt.KeyboardModifier.AltModifier)
        x, y = before.network.node("relu_1").position
        assert network_of(canvas).node("relu_1").position == (x + 8, y + 4)
        assert undone(canvas, before)


class TestDelete:
    def test_heals_the_stack_and_closes_the_gap(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        canvas.editor.select(["relu_1"])
        QTest.keyClick(canvas, Qt.Key.Key_Delete)
        assert ("conv2d_1", "flatten_1") in wires_of(canvas)
        assert network_of(canvas) == stacked(network_of(canvas))
        assert canvas.editor.selection == ()
        assert undone(canvas, before)

    def test_undoes_an_insertion_exactly(self, canvas: Canvas) -> None:
        before = network_of(canvas)
        canvas.editor.select(["relu_1"])
        canvas.edits.stack(MaxPool2d)
        QTest.keyClick(canvas, Qt.Key.Key_Backspace)
        assert before == msgspec.structs.replace(network_of(canvas), wires=before.wires)
        assert set(network_of(canvas).wires) == set(before.wires)


class TestClipboard:
    def test_copies_between_windows(self, canvas: Canvas, qtbot, appearance: Appearance) -> None:
        canvas.editor.select(["conv2d_1", "relu_1"])
        QTest.keyClick(canvas, Qt.Key.Key_C, CONTROL)
        other = Canvas(Editor(), appearance)
        qtbot.addWidget(other)
        other.edits.paste()
        assert wires_of(other) == {("conv2d_1", "relu_1")}
        other.edits.paste()
        assert wires_of(other) == {("conv2d_1", "relu_1"), ("conv2d_2", "relu_2")}
        assert len({node.position for node in network_of(other).nodes}) == 4
        assert other.editor.selection == ("conv2d_2", "relu_2")

    def test_cut_and_paste_at_the_pointer(self, canvas: Canvas) -> None:
        canvas.editor.select(["linear_1"])
        QTest.keyClick(canvas, Qt.Key.Key_X, CONTROL)
        assert "linear_1" not in network_of(canvas)
        QTest.mouseMove(canvas.viewport(), at(canvas, QPointF(-240, 100)))
        QTest.keyClick(canvas, Qt.Key.Key_V, CONTROL)
        x, y = network_of(canvas).node("linear_1").position
        assert (x, y) == (pytest.approx(-240, abs=4), pytest.approx(100, abs=4))

    def test_duplicate(self, canvas: Canvas) -> None:
        canvas.editor.select(["conv2d_1", "relu_1"])
        QTest.keyClick(canvas, Qt.Key.Key_D, CONTROL)
        assert ("conv2d_2", "relu_2") in wires_of(canvas)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "hello",
            "[1, 2]",
            "{}",
            '{"nodes": [',
            '{"nodes": [{"id": "a", "type": "Warp"}]}',
            '{"nodes": [{"id": "a", "type": "Linear", "settings": {"out_features": -1}}]}',
            '{"nodes": [{"id": "a", "type": "ReLU", "position": [1e999, 0]}]}',
            '{"nodes": [{"id": "a", "type": "ReLU"}, {"id": "a", "type": "ReLU"}]}',
            '{"nodes": [{"id": "a", "type": "ReLU"}], "wires": [{"source": "a", "target": "b"}]}',
            "[" * 100_000,
            "\ud800",
        ],
    )
    def test_refuses_what_is_no_network(self, canvas: Canvas, qtbot, text: str) -> None:
        before = canvas.editor.project
        QApplication.clipboard().setText(text)
        with qtbot.waitSignal(canvas.editor.refused) as refused:
            canvas.edits.paste()
        assert isinstance(refused.args[0], LayerloomError)
        assert len(str(refused.args[0])) < 500
        assert canvas.editor.project is before


class TestLooking:
    def test_control_wheel_zooms_around_the_pointer(self, canvas: Canvas) -> None:
        where = QPoint(300, 200)
        fixed = canvas.mapToScene(where)
        turn_wheel(canvas, where, 120, CONTROL)
        assert canvas.zoom > 1
        assert (canvas.mapToScene(where) - fixed).manhattanLength() < 3
        for _ in range(60):
            turn_wheel(canvas, where, -120, CONTROL)
        assert canvas.zoom == pytest.approx(0.1)
        for _ in range(60):
            turn_wheel(canvas, where, 120, CONTROL)
        assert canvas.zoom == pytest.approx(3)

    def test_the_smallest_steps_of_a_touchpad_leave_100_percent(self, canvas: Canvas) -> None:
        canvas.zoom_reset()
        for _ in range(10):
            turn_wheel(canvas, QPoint(300, 200), 4, CONTROL)
        assert canvas.zoom > 1.05

    def test_wheel_scrolls(self, canvas: Canvas) -> None:
        before = middle(canvas, "relu_1")
        turn_wheel(canvas, QPoint(300, 200), -120)
        assert middle(canvas, "relu_1").y() < before.y()
        turn_wheel(canvas, QPoint(300, 200), -120, SHIFT)
        assert middle(canvas, "relu_1").x() < before.x()

    @pytest.mark.parametrize("hold_space", [True, False])
    def test_pans(self, canvas: Canvas, hold_space: bool) -> None:
        before = middle(canvas, "relu_1")
        if hold_space:
            QTest.keyPress(canvas, Qt.Key.Key_Space)
        drag(canvas, before, before + QPoint(70, -50), button=LEFT if hold_space else MIDDLE)
        QTest.keyRelease(canvas, Qt.Key.Key_Space)
        assert middle(canvas, "relu_1") - before == QPoint(70, -50)

    def test_fit_shows_all_and_never_enlarges(self, canvas: Canvas) -> None:
        canvas.editor.open(Project(network=chain(Input(), Output())))
        assert canvas.zoom == 1
        canvas.editor.open(Project(network=chain(Input(), *[Linear() for _ in range(40)], Output())))
        canvas.fit()
        assert canvas.zoom < 1
        for node_id in ("input_1", "output_1"):
            assert canvas.viewport().rect().contains(middle(canvas, node_id))

    def test_opening_shows_the_beginning_large_enough_to_read(self, canvas: Canvas) -> None:
        canvas.editor.open(Project(network=chain(Input(), *[Linear() for _ in range(40)], Output())))
        assert canvas.zoom == EASY_ZOOM
        assert canvas.viewport().rect().contains(middle(canvas, "input_1"))

    def test_resizing_arranges_again_until_a_person_has_looked_around(self, canvas: Canvas) -> None:
        canvas.fit()
        canvas.resize(500, 300)
        assert canvas.viewport().rect().contains(middle(canvas, "output_1"))
        canvas.zoom_reset()
        canvas.centre_on("relu_1")
        canvas.resize(900, 700)
        assert canvas.zoom == 1
        assert (middle(canvas, "relu_1") - canvas.viewport().rect().center()).manhattanLength() <= 4

    def test_centre_on(self, canvas: Canvas) -> None:
        canvas.centre_on("output_1")
        assert (middle(canvas, "output_1") - canvas.viewport().rect().center()).manhattanLength() < 6
        canvas.centre_on("not there")

    def test_theme_changes(self, canvas: Canvas, appearance: Appearance) -> None:
        dark = canvas.grab().toImage().pixelColor(8, 8)
        appearance.choose("light")
        assert canvas.grab().toImage().pixelColor(8, 8).lightness() > dark.lightness() + 100


def turn_wheel(canvas: Canvas, where: QPoint, amount: int, modifiers=NONE) -> None:
    event = QWheelEvent(
        QPointF(where),
        QPointF(canvas.viewport().mapToGlobal(where)),
        QPoint(),
        QPoint(0, amount),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas.viewport(), event)


class TestReport:
    @pytest.fixture
    def problem(self, canvas: Canvas) -> Problem:
        problem = Problem("Linear needs a flat list of numbers.", "linear_1", InsertBefore("linear_1", Flatten()))
        nodes = {
            "conv2d_1": NodeReport("conv2d_1", "Conv2d", ((1, 8, 8),), (32, 6, 6), 1320),
            "relu_1": NodeReport("relu_1", "ReLU", ((32, 6, 6),), (32, 6, 6)),
        }
        canvas.editor.set_report(canvas.editor.project, Report(nodes, problems=(problem,)))
        return problem

    @pytest.mark.usefixtures("problem")
    def test_says_shapes_parameters_and_faults(self, canvas: Canvas) -> None:
        assert canvas.picture.wires[Wire("conv2d_1", "relu_1")].label == "32 × 6 × 6"
        assert canvas.picture.nodes["conv2d_1"].face.parameters == "1,320"
        assert canvas.picture.nodes["linear_1"].face.severity == "fault"
        assert canvas.picture.nodes["input_1"].face.summary == "8 × 8 grey"
        assert canvas.picture.nodes["output_1"].face.summary == "10 classes"

    @pytest.mark.usefixtures("problem")
    def test_keeps_what_it_knew_until_the_engine_answers(self, canvas: Canvas) -> None:
        canvas.editor.edit_network("", lambda network: network.replace_layer("conv2d_1", Conv2d(out_channels=64)))
        face = canvas.picture.nodes["conv2d_1"].face
        assert (face.summary, face.parameters) == ("64 filters, 3 × 3", "1,320")

    @pytest.mark.usefixtures("problem")
    def test_the_fix_is_one_click_and_one_undo_step(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        click(canvas, middle(canvas, "linear_1"))
        button = canvas.card.findChild(QPushButton, "mendButton")
        assert canvas.card.isVisible()
        assert button.text() == "Insert Flatten"
        QTest.mouseClick(button, LEFT)
        assert ("flatten_2", "linear_1") in wires_of(canvas)
        assert not canvas.card.isVisible()
        assert undone(canvas, before)

    @pytest.mark.usefixtures("problem")
    def test_hovering_shows_the_card(self, canvas: Canvas, qtbot) -> None:
        QTest.mouseMove(canvas.viewport(), middle(canvas, "linear_1"))
        assert canvas.card.isVisible()
        QTest.mouseMove(canvas.viewport(), at(canvas, QPointF(-200, 0)))
        qtbot.waitUntil(lambda: not canvas.card.isVisible())

    def test_the_card_of_a_layer_without_wires_is_in_no_ones_way(self, canvas: Canvas, qtbot) -> None:
        canvas.editor.edit_network("", lambda network: network.add(Node("loose", Linear(), (-300.0, 60.0))))
        problem = Problem("Linear receives nothing.", "loose", Remove("loose"))
        canvas.editor.set_report(canvas.editor.project, Report({}, problems=(problem,)))
        canvas.editor.select(["loose"])
        assert not canvas.card.isVisible()
        QTest.mouseMove(canvas.viewport(), middle(canvas, "loose"))
        assert canvas.card.isVisible()
        QTest.mouseMove(canvas.viewport(), at(canvas, QPointF(-300, 250)))
        qtbot.waitUntil(lambda: not canvas.card.isVisible())
        canvas.editor.edit_network("", lambda network: network.connect("flatten_1", "loose"))
        canvas.editor.set_report(canvas.editor.project, Report({}, problems=(problem,)))
        assert canvas.card.isVisible(), "it is part of the network, and selected"

    def test_a_badge_that_is_out_of_date_offers_no_fix(self, canvas: Canvas, problem: Problem) -> None:
        canvas.editor.mend(problem)
        QTest.mouseMove(canvas.viewport(), middle(canvas, "linear_1"))
        assert not canvas.card.isVisible()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_menu_offers_what_applies(canvas: Canvas, qtbot) -> None:
    where = middle(canvas, "relu_1")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, canvas.viewport().mapToGlobal(where))
    QApplication.sendEvent(canvas.viewport(), event)
    menu = canvas.findChild(QMenu, "canvasMenu")
    qtbot.waitUntil(menu.isVisible)
    assert canvas.editor.selection == ("relu_1",)
    actions = {action.text(): action for action in menu.actions()}
    assert {"Cut", "Copy", "Duplicate", "Disconnect", "Delete"} <= actions.keys()
    actions["Disconnect"].trigger()
    assert not network_of(canvas).incoming("relu_1")
    menu.close()


def test_a_wire_past_other_nodes_goes_around_them(canvas: Canvas) -> None:
    network = chain(Input(), Conv2d(), ReLU(), Add())
    canvas.editor.open(Project(network=network.connect("conv2d_1", "add_1")))
    skip = canvas.picture.wires[Wire("conv2d_1", "add_1", 1)]
    assert not skip.reach().intersects(canvas.picture.nodes["relu_1"].place.adjusted(2, 2, -2, -2))


def test_is_named_for_assistive_technology(canvas: Canvas) -> None:
    assert canvas.objectName() == "canvas"
    assert canvas.accessibleName()
    assert canvas.focusPolicy() & Qt.FocusPolicy.TabFocus
