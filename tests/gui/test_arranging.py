"""Tidy, turn, align and distribute as a person meets them on the canvas."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from canvases import ShowCanvas
from PySide6.QtCore import QAbstractAnimation, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton

from engine.graph import Graph, Node
from engine.layers import Add, Conv2d, Flatten, Input, Linear, Output, ReLU
from engine.layout import stacked
from engine.project import Project
from engine.tidy import tidied
from gui.canvas import Canvas
from gui.canvas.glide import Glide
from gui.canvas.routes import Port
from gui.engine_process import EngineProcess

COLUMN = stacked(Graph.chain(Input(), Conv2d(), ReLU(), Flatten(), Linear(), Output()))
MESSY = COLUMN.move({"conv2d_1": (300.0, 12.0), "relu_1": (-260.0, 200.0)})


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Iterator[Canvas]:
    canvas = show_canvas(Project(network=MESSY))
    yield canvas
    canvas.arranging.settle()
    assert places(canvas) == {node.id: node.position for node in canvas.editor.network.nodes}


def places(canvas: Canvas) -> dict[str, tuple[float, float]]:
    return {node_id: item.pos().toTuple() for node_id, item in canvas.picture.nodes.items()}


def glide(canvas: Canvas) -> Glide:
    found = canvas.findChild(Glide)
    assert isinstance(found, Glide)
    return found


def test_tidy_is_one_step_and_nodes_glide_to_their_places(qtbot, canvas: Canvas) -> None:
    before = canvas.editor.project
    canvas.arranging.tidy()
    assert canvas.editor.network == COLUMN
    assert places(canvas)["conv2d_1"] == (300.0, 12.0)
    running = glide(canvas)
    running.setCurrentTime(running.duration() // 2)
    x, _ = places(canvas)["conv2d_1"]
    assert 0 < x < 300
    wire = canvas.picture.wires[COLUMN.wires[0]]
    assert wire.path().currentPosition().x() == x + 118
    with qtbot.waitSignal(running.finished):
        pass
    assert places(canvas)["conv2d_1"] == (0.0, 80.0)
    canvas.editor.undo_stack.undo()
    assert canvas.editor.project is before
    assert places(canvas)["conv2d_1"] == (300.0, 12.0)


def test_an_edit_on_the_way_ends_it_cleanly(canvas: Canvas) -> None:
    canvas.arranging.tidy()
    canvas.editor.edit_network("Move", lambda network: network.move({"relu_1": (700.0, 0.0)}))
    assert glide(canvas).state() == QAbstractAnimation.State.Stopped
    assert places(canvas)["relu_1"] == (700.0, 0.0)
    assert places(canvas)["conv2d_1"] == (0.0, 80.0)


def test_a_press_on_the_way_takes_hold_of_what_stands_there(canvas: Canvas) -> None:
    canvas.arranging.tidy()
    where = canvas.mapFromScene(canvas.picture.nodes["input_1"].place.center())
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=where)
    assert canvas.editor.selection == ("input_1",)
    assert places(canvas)["conv2d_1"] == (0.0, 80.0)


def test_undo_on_the_way_goes_back_at_once(canvas: Canvas) -> None:
    canvas.arranging.tidy()
    canvas.editor.undo_stack.undo()
    assert places(canvas)["conv2d_1"] == (300.0, 12.0)


def test_nothing_moves_where_the_system_asks_for_stillness(canvas: Canvas, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gui.canvas.glide.system_duration", lambda _widget: 0)
    canvas.arranging.tidy()
    assert places(canvas)["conv2d_1"] == (0.0, 80.0)


def test_a_selection_is_tidied_where_it_stands(canvas: Canvas) -> None:
    canvas.editor.select(["flatten_1", "linear_1", "relu_1"])
    canvas.arranging.tidy()
    network = canvas.editor.network
    assert network.node("conv2d_1") is MESSY.node("conv2d_1")
    columns = {network.node(name).position[0] for name in ("relu_1", "flatten_1", "linear_1")}
    assert columns == {-260.0}
    assert canvas.editor.selection == ("flatten_1", "linear_1", "relu_1")


def test_the_menu_of_a_selection_aligns_it(qtbot, canvas: Canvas) -> None:
    canvas.editor.select(["input_1", "conv2d_1", "relu_1"])
    where = canvas.mapFromScene(canvas.picture.nodes["conv2d_1"].place.center())
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, canvas.viewport().mapToGlobal(QPoint(where)))
    QApplication.sendEvent(canvas.viewport(), event)
    menu = canvas.findChild(QMenu, "arrangeMenu")
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text() == "Align right").trigger()
    canvas.findChild(QMenu, "canvasMenu").close()
    lefts = {canvas.editor.network.node(name).position[0] for name in canvas.editor.selection}
    assert lefts == {300.0}
    assert canvas.editor.undo_stack.undoText() == "Align"
    canvas.arranging.distribute("vertically")
    assert canvas.editor.undo_stack.undoText() == "Distribute"


def test_one_node_alone_is_neither_aligned_nor_distributed(canvas: Canvas) -> None:
    canvas.editor.select(["relu_1"])
    canvas.arranging.align("left")
    canvas.arranging.distribute("vertically")
    assert canvas.editor.network is MESSY


def test_turning_puts_ports_at_the_sides_and_wires_between_them(canvas: Canvas) -> None:
    before = canvas.editor.project
    canvas.arranging.turn()
    canvas.arranging.settle()
    network = canvas.editor.network
    assert network.direction == "right"
    assert {node.position[1] for node in network.nodes} == {0.0}
    for wire in network.wires:
        source, target = canvas.picture.nodes[wire.source].place, canvas.picture.nodes[wire.target].place
        path = canvas.picture.wires[wire].path()
        assert path.pointAtPercent(0) == QPointF(source.right(), source.top() + 18)
        assert path.currentPosition() == QPointF(target.left(), target.top() + 18)
    assert canvas.picture.port_at(QPointF(238, 18)) == Port("input_1", "output")
    canvas.editor.undo_stack.undo()
    assert canvas.editor.project is before
    below = canvas.picture.wires[network.wires[0]].path().pointAtPercent(0)
    assert below == QPointF(118, canvas.picture.nodes["input_1"].place.bottom())


def test_turning_a_long_network_and_undo_show_where_it_begins(canvas: Canvas) -> None:
    canvas.editor.open(Project(network=stacked(Graph.chain(Input(), *[Linear() for _ in range(40)], Output()))))
    canvas.zoom_reset()
    canvas.centre_on("linear_20")

    def in_view() -> bool:
        place = canvas.picture.nodes["input_1"].place
        return canvas.viewport().rect().contains(canvas.mapFromScene(place).boundingRect())

    for turn in (canvas.arranging.turn, canvas.editor.undo_stack.undo, canvas.editor.undo_stack.redo):
        turn()
        canvas.arranging.settle()
        assert in_view()


def test_a_wire_past_other_layers_runs_through_none_of_them(canvas: Canvas) -> None:
    layers = {"a": Input(), "b": Conv2d(), "c": ReLU(), "d": Conv2d(), "s": Conv2d(), "e": Add()}
    graph = Graph(tuple(Node(name, layer) for name, layer in layers.items()))
    for way in ("abcde", "ase", "ae"):
        for source, target in pairwise(way):
            graph = graph.connect(source, target)
    for direction in ("down", "right"):
        canvas.editor.open(Project(network=tidied(graph.flow(direction))))
        for wire, item in canvas.picture.wires.items():
            for name in set("abcdes") - {wire.source, wire.target}:
                place = canvas.picture.nodes[name].place
                on_it = [share for share in range(101) if place.contains(item.path().pointAtPercent(share / 100))]
                assert not on_it, (direction, wire, name)


LARGE = stacked(Graph.chain(Input(), *[ReLU() for _ in range(900)], Output())).move({"relu_7": (500.0, 40.0)})


class TestLarge:
    """A network whose layout takes long."""

    @pytest.fixture
    def canvas(self, show_canvas: ShowCanvas) -> Iterator[Canvas]:
        canvas = show_canvas(Project(network=LARGE))
        engine = EngineProcess(canvas)
        canvas.arranging.long_tidy.lay_out = lambda *asked: engine.submit("engine.tidy:tidied", *asked)
        yield canvas
        engine.close()
        canvas.arranging.settle()

    def test_it_is_tidied_beside_the_window_as_one_step(self, qtbot, canvas: Canvas) -> None:
        canvas.arranging.tidy()
        card = canvas.arranging.long_tidy
        assert card.isVisible()
        assert canvas.editor.network is LARGE
        qtbot.waitUntil(lambda: not card.isVisible(), timeout=20_000)
        assert canvas.editor.network == tidied(LARGE)
        canvas.editor.undo_stack.undo()
        assert canvas.editor.network is LARGE

    def test_its_button_gives_it_up(self, canvas: Canvas) -> None:
        canvas.arranging.tidy()
        card = canvas.arranging.long_tidy
        QTest.mouseClick(card.findChild(QPushButton, "cancelTidy"), Qt.MouseButton.LeftButton)
        assert not card.isVisible()
        assert not canvas.editor.undo_stack.canUndo()

    def test_an_edit_meanwhile_is_kept_and_ends_it(self, qtbot, canvas: Canvas) -> None:
        canvas.arranging.turn()
        canvas.editor.edit_network("Move", lambda network: network.move({"relu_9": (80.0, 80.0)}))
        assert not canvas.arranging.long_tidy.isVisible()
        canvas.arranging.tidy()
        qtbot.waitUntil(lambda: not canvas.arranging.long_tidy.isVisible(), timeout=20_000)
        assert canvas.editor.undo_stack.count() == 2
        assert canvas.editor.network.direction == "down"
