"""What an edit would give is told before it is made: by the engine, for the newest place alone, and never after."""

from collections.abc import Iterator

import pytest
from canvases import assert_agrees, at, chain, network_of
from mouse import below, drag_layer, drag_on
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel

from engine.analysis import analyse
from engine.graph import Wire
from engine.layers import Conv2d, Flatten, Input, Layer, Linear, Output, ReLU, Softmax
from engine.project import Project
from gui.canvas import Canvas
from gui.canvas.forecast import Forecast, forecast
from gui.canvas.placing import OnWire, Under
from gui.editor import Editor
from gui.services import Services
from gui.theme import Appearance


def foreseen(layer: Layer, after: str) -> Forecast:
    """The forecast for a layer stacked under another in a small network for images."""
    layers = Input(), Conv2d(), ReLU(), Flatten(), Linear(10), Softmax(), Output()
    project = Project(network=chain(*layers))
    network, new = Under(after).take(project.network, layer)
    return forecast(analyse(project), analyse(project.with_network(network)), network, (new,))


def test_says_shape_cost_and_what_it_changes_below() -> None:
    said = foreseen(Conv2d(), "relu_1")
    assert said.facts == "32 × 4 × 4 · 9,248 parameters · 295 kFLOP"
    assert said.effect == "then linear_1: 11,530 → 5,130 parameters"
    assert said.severity is None


def test_says_the_first_new_problem() -> None:
    said = foreseen(Linear(), "relu_1")
    assert said == Forecast("", "Flatten would be needed before linear_2.", "fault")


def test_a_doubt_is_told_where_nothing_else_changes() -> None:
    said = foreseen(ReLU(), "conv2d_1")
    assert (said.facts, said.severity) == ("32 × 6 × 6", "doubt")
    assert "activations in a row" in said.effect


def test_a_layer_that_stands_alone_has_nothing_to_say() -> None:
    project = Project(network=chain(Input(), Flatten(), Linear(10), Softmax(), Output()))
    network = chain(*(node.layer for node in project.network.nodes))
    alone, names = network.merge(chain(ReLU()))
    assert forecast(analyse(project), analyse(project.with_network(alone)), alone, names) == Forecast()


class TestOnTheCanvas:
    @pytest.fixture
    def canvas(self, qtbot, appearance: Appearance) -> Iterator[Canvas]:
        editor = Editor()
        canvas = Canvas(editor, appearance)
        editor.open(Project(network=chain(Input(), Conv2d(), ReLU(), Flatten(), Linear(10), Softmax(), Output())))
        editor.set_report(editor.project, analyse(editor.project))
        qtbot.addWidget(canvas)
        canvas.resize(1000, 700)
        with qtbot.waitExposed(canvas):
            canvas.show()
        yield canvas
        QApplication.sendEvent(canvas.viewport(), QDragLeaveEvent())
        assert_agrees(canvas)

    @pytest.fixture
    def asked(self, canvas: Canvas) -> list[Project]:
        projects: list[Project] = []
        canvas.preview.asked.connect(projects.append)
        return projects

    def bubble(self, canvas: Canvas) -> QFrame | None:
        found = [made for made in canvas.findChildren(QFrame, "forecastBubble") if made.isVisible()]
        return found[0] if found else None

    def test_the_ghost_says_what_this_place_would_give(self, canvas: Canvas, asked: list[Project]) -> None:
        drag_layer(canvas, "Conv2d", below(canvas, "relu_1", 8), drop=False)
        canvas.preview.show_forecast(asked[-1], analyse(asked[-1]))
        assert canvas.picture.nodes["conv2d_2"].face.parameters == "9,248"
        assert canvas.picture.wires[Wire("flatten_1", "linear_1")].label == "512"
        shown = self.bubble(canvas)
        assert shown is not None
        facts = shown.findChild(QLabel, "forecastFacts")
        assert "9,248 parameters" in facts.text()
        assert facts.width() >= facts.sizeHint().width()
        ghost = canvas.mapFromScene(canvas.picture.nodes["conv2d_2"].place).boundingRect()
        assert not shown.geometry().intersects(ghost)

    def test_leaving_brings_everything_back(self, canvas: Canvas, asked: list[Project]) -> None:
        drag_layer(canvas, "Conv2d", below(canvas, "relu_1", 8), drop=False)
        canvas.preview.show_forecast(asked[-1], analyse(asked[-1]))
        QApplication.sendEvent(canvas.viewport(), QDragLeaveEvent())
        assert canvas.picture.wires[Wire("flatten_1", "linear_1")].label == "1,152"
        assert self.bubble(canvas) is None

    def test_a_stale_answer_is_ignored(self, canvas: Canvas, asked: list[Project]) -> None:
        drag_layer(canvas, "Conv2d", below(canvas, "relu_1", 8), drop=False)
        drag_on(canvas, at(canvas, below(canvas, "conv2d_1", 8)))
        assert len(asked) == 2
        canvas.preview.show_forecast(asked[0], analyse(asked[0]))
        assert self.bubble(canvas) is None
        canvas.preview.show_forecast(asked[1], analyse(asked[1]))
        assert self.bubble(canvas) is not None

    def test_moving_about_on_empty_canvas_asks_once(self, canvas: Canvas, asked: list[Project]) -> None:
        drag_layer(canvas, "Dropout", QPointF(-300, 0), drop=False)
        for step in range(20):
            drag_on(canvas, at(canvas, QPointF(-300 + step, 3 * step)))
        assert len(asked) == 1

    def test_after_the_drop_nothing_is_asked_or_believed(self, canvas: Canvas, asked: list[Project], qtbot) -> None:
        drag_layer(canvas, "Conv2d", below(canvas, "relu_1", 8), drop=False)
        canvas.preview.show_forecast(asked[-1], analyse(asked[-1]))
        with qtbot.waitSignal(canvas.preview.ended):
            drag_layer(canvas, "Conv2d", below(canvas, "relu_1", 8))
        count = len(asked)
        assert "conv2d_2" in network_of(canvas)
        canvas.preview.show_forecast(asked[-1], analyse(Project()))
        assert self.bubble(canvas) is None
        assert len(asked) == count

    def test_what_was_foreseen_stays_until_the_engine_has_looked(self, canvas: Canvas, asked: list[Project]) -> None:
        place = below(canvas, "relu_1", 8)
        drag_layer(canvas, "Conv2d", place, drop=False)
        canvas.preview.show_forecast(asked[-1], analyse(asked[-1]))
        canvas.dropEvent(drop_at(canvas, place))
        assert canvas.picture.nodes["conv2d_2"].face.parameters == "9,248"
        canvas.editor.undo_stack.undo()
        canvas.editor.set_report(canvas.editor.project, analyse(canvas.editor.project))
        assert canvas.picture.wires[Wire("flatten_1", "linear_1")].label == "1,152"

    def test_the_real_engine_answers_the_newest_only(self, canvas: Canvas, qtbot, qapp) -> None:
        services = Services(parent=qapp)
        answers: list[Project] = []
        canvas.preview.asked.connect(services.forecaster.analyse)
        canvas.preview.ended.connect(services.forecaster.forget)
        services.forecaster.analysed.connect(lambda project, _report: answers.append(project))
        services.forecaster.analysed.connect(canvas.preview.show_forecast)
        for node_id in ("input_1", "conv2d_1", "relu_1"):
            drag_layer(canvas, "Conv2d", below(canvas, node_id, 8), drop=False)
        qtbot.waitUntil(lambda: self.bubble(canvas) is not None, timeout=60_000)
        assert len(answers) == 2, "the first, which was under way, and the newest"
        services.close()


def drop_at(canvas: Canvas, place: QPointF) -> QDropEvent:
    """The button coming up over a point of the scene, while a layer is dragged."""
    where = QPointF(at(canvas, place))
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    return QDropEvent(where, Qt.DropAction.CopyAction, QMimeData(), buttons, keys)


def test_a_forecast_into_a_wire() -> None:
    project = Project(network=chain(Input(), Flatten(), Linear(10), Softmax(), Output()))
    network, new = OnWire(Wire("input_1", "flatten_1")).take(project.network, Conv2d())
    said = forecast(analyse(project), analyse(project.with_network(network)), network, (new,))
    assert said.effect == "then linear_1: 650 → 11,530 parameters"
