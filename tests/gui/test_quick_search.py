"""The quick search, with real keys and mouse: at a point, after the selection, for a wire, for a replacement."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from canvases import LEFT, NONE, ShowCanvas, assert_agrees, at, chain, drag, middle, network_of, port, undone, wires_of
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QListWidget, QWidget

from engine.graph import Graph, Node, Wire
from engine.layers import Add, Conv2d, Dropout, Flatten, Input, Layer, Linear, MaxPool2d, Output, ReLU
from engine.layout import NODE_WIDTH, node_height
from engine.project import Project
from engine.report import NodeReport, Report
from gui.canvas import Canvas
from gui.canvas.quick_search import CHOICE, QuickSearch
from gui.layer_search import Offer, kinds_offered, ranked
from gui.theme import GRID

FAR = QPointF(-300, 40)
"""Empty canvas."""


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Iterator[Canvas]:
    canvas = show_canvas(Project(network=chain(Input(), Conv2d(), ReLU(), Flatten(), Linear(), Output())), 1200, 700)
    canvas.setFocus()
    yield canvas
    canvas.searching.end()


def double_click(canvas: Canvas, where: QPoint) -> None:
    view = canvas.viewport()
    QTest.mouseClick(view, LEFT, NONE, where)
    QTest.mouseDClick(view, LEFT, NONE, where)


def popup(canvas: Canvas) -> QuickSearch:
    """The search that is open."""
    (found,) = [made for made in canvas.findChildren(QuickSearch) if made.isVisible()]
    return found


def is_open(canvas: Canvas) -> bool:
    return any(made.isVisible() for made in canvas.findChildren(QuickSearch))


def field(canvas: Canvas) -> QLineEdit:
    return popup(canvas).findChild(QLineEdit, "quickSearchField")


def entries(canvas: Canvas) -> QListWidget:
    return popup(canvas).findChild(QListWidget, "quickSearchList")


def titles(canvas: Canvas) -> list[str]:
    listed = entries(canvas)
    return [listed.item(row).data(CHOICE).offer.title for row in range(listed.count())]


def refusals(canvas: Canvas) -> dict[str, str]:
    listed = entries(canvas)
    choices = [listed.item(row).data(CHOICE) for row in range(listed.count())]
    return {choice.offer.title: choice.refusal for choice in choices if choice.refusal}


def choose(canvas: Canvas, words: str) -> None:
    QTest.keyClicks(field(canvas), words)
    QTest.keyClick(field(canvas), Qt.Key.Key_Return)


def know_shapes(canvas: Canvas) -> None:
    """As the engine would say it."""
    shapes = {"input_1": (1, 8, 8), "conv2d_1": (32, 6, 6), "relu_1": (32, 6, 6), "flatten_1": (1152,)}
    nodes = {node_id: NodeReport(node_id, "", output_shape=shape) for node_id, shape in shapes.items()}
    canvas.editor.set_report(canvas.editor.project, Report(nodes))


class TestAtAPoint:
    def test_double_click_types_and_adds_there(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        double_click(canvas, at(canvas, FAR))
        assert field(canvas).hasFocus()
        choose(canvas, "dropo")
        node = network_of(canvas).node("dropout_1")
        assert node.position[0] + NODE_WIDTH / 2 == pytest.approx(FAR.x(), abs=4)
        assert node.position[1] + node_height(node.layer) / 2 == pytest.approx(FAR.y(), abs=4)
        assert not network_of(canvas).incoming("dropout_1")
        assert canvas.editor.selection == ("dropout_1",)
        assert canvas.hasFocus()
        assert not is_open(canvas)
        assert undone(canvas, before)

    def test_on_a_wire_the_layer_goes_into_it(self, canvas: Canvas) -> None:
        wire = canvas.picture.wires[Wire("relu_1", "flatten_1")]
        double_click(canvas, at(canvas, wire.path().pointAtPercent(0.5)))
        choose(canvas, "maxpool")
        assert {("relu_1", "maxpool2d_1"), ("maxpool2d_1", "flatten_1")} <= wires_of(canvas)

    def test_a_double_click_on_a_node_opens_nothing(self, canvas: Canvas) -> None:
        double_click(canvas, middle(canvas, "relu_1"))
        assert not is_open(canvas)
        QTest.mouseRelease(canvas.viewport(), LEFT, NONE, middle(canvas, "relu_1"))

    def test_what_is_highlighted_is_previewed_and_leaves_no_trace(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        double_click(canvas, at(canvas, FAR))
        assert "linear_2" not in canvas.picture.nodes
        QTest.keyClicks(field(canvas), "linear")
        assert canvas.picture.nodes["linear_2"].is_ghost
        QTest.keyClick(field(canvas), Qt.Key.Key_Escape)
        assert not is_open(canvas)
        assert canvas.hasFocus()
        assert canvas.editor.project is before
        assert_agrees(canvas)

    def test_a_click_chooses(self, canvas: Canvas) -> None:
        double_click(canvas, at(canvas, FAR))
        QTest.keyClicks(field(canvas), "relu")
        listed = entries(canvas)
        place = listed.visualItemRect(listed.item(titles(canvas).index("LeakyReLU"))).center()
        QTest.mouseClick(listed.viewport(), LEFT, NONE, place)
        assert "leakyrelu_1" in network_of(canvas)

    def test_a_click_elsewhere_closes_it(self, canvas: Canvas) -> None:
        double_click(canvas, at(canvas, FAR))
        QTest.mouseClick(canvas.viewport(), LEFT, NONE, middle(canvas, "relu_1"))
        assert not is_open(canvas)
        assert canvas.editor.selection == ("relu_1",)

    def test_the_keyboard_going_elsewhere_closes_it_and_stays_there(self, canvas: Canvas) -> None:
        other = QLineEdit(canvas)
        other.show()
        double_click(canvas, at(canvas, FAR))
        other.setFocus()
        assert not is_open(canvas)
        assert other.hasFocus()

    def test_nothing_found_adds_nothing(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        double_click(canvas, at(canvas, FAR))
        choose(canvas, "teapot")
        assert "Nothing found" in popup(canvas).findChild(QLabel, "quickSearchHelp").text()
        assert canvas.editor.project is before

    def test_it_is_as_high_as_what_it_shows(self, canvas: Canvas) -> None:
        double_click(canvas, at(canvas, FAR))
        search = popup(canvas)
        whole, top = search.height(), search.y()
        for words in ("tanhshrink", "zzz"):
            field(canvas).setText(words)
            QApplication.processEvents()
            shown = [part for part in search.findChildren(QWidget) if part.isVisible() and part.parent() is search]
            assert search.height() - max(part.geometry().bottom() for part in shown) < 4 * GRID
            assert search.height() < whole
            assert search.y() == top
        assert search.height() < whole / 2

    def test_lists_what_it_is_offered(self, canvas: Canvas) -> None:
        own = Offer(Linear(out_features=7), "Classifier", "My blocks", "Ends a network.")
        canvas.searching.offers = lambda: [own, *kinds_offered()]
        double_click(canvas, at(canvas, FAR))
        assert titles(canvas)[0] == "Classifier"
        choose(canvas, "my blocks")
        assert network_of(canvas).node("linear_2").layer == Linear(out_features=7)


class TestByKey:
    def test_a_tap_stacks_after_the_selection(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        canvas.editor.select(["conv2d_1"])
        QTest.keyClick(canvas, Qt.Key.Key_Space)
        choose(canvas, "maxpool2d")
        assert {("conv2d_1", "maxpool2d_1"), ("maxpool2d_1", "relu_1")} <= wires_of(canvas)
        assert undone(canvas, before)

    def test_with_the_pointer_on_empty_canvas_it_adds_there(self, canvas: Canvas) -> None:
        QTest.mouseMove(canvas.viewport(), at(canvas, FAR))
        QTest.keyClick(canvas, Qt.Key.Key_Space)
        choose(canvas, "dropout")
        assert network_of(canvas).node("dropout_1").position[0] + NODE_WIDTH / 2 == pytest.approx(FAR.x(), abs=4)
        QApplication.sendEvent(canvas.viewport(), QEvent(QEvent.Type.Leave))

    def test_without_pointer_and_selection_it_adds_to_the_stack(self, canvas: Canvas) -> None:
        QTest.keyClick(canvas, Qt.Key.Key_Space)
        choose(canvas, "relu")
        assert {("flatten_1", "relu_2"), ("relu_2", "linear_1")} <= wires_of(canvas)

    def test_holding_it_opens_nothing(self, canvas: Canvas) -> None:
        QTest.keyPress(canvas, Qt.Key.Key_Space)
        drag(canvas, at(canvas, FAR), at(canvas, FAR) + QPoint(30, 30))
        QTest.keyRelease(canvas, Qt.Key.Key_Space)
        assert not is_open(canvas)

    def test_up_and_down_go_round(self, canvas: Canvas) -> None:
        QTest.keyClick(canvas, Qt.Key.Key_Space)
        QTest.keyClicks(field(canvas), "relu")
        QTest.keyClick(field(canvas), Qt.Key.Key_Up)
        assert entries(canvas).currentRow() == len(titles(canvas)) - 1
        QTest.keyClick(field(canvas), Qt.Key.Key_Down)
        assert entries(canvas).currentRow() == 0


class TestWhatFits:
    """The layers that take what would arrive come first; the others stay, dimmed, for who knows better."""

    def dimmed(self, canvas: Canvas) -> list[str]:
        listed, faint = entries(canvas), canvas.picture.ink.theme.colour("faint")
        items = [listed.item(row) for row in range(listed.count())]
        return [item.data(CHOICE).offer.title for item in items if item.foreground().color() == faint]

    @pytest.mark.parametrize("key", [True, False], ids=["after the selection", "on a wire"])
    def test_it_comes_first(self, canvas: Canvas, key: bool) -> None:
        know_shapes(canvas)
        if key:
            canvas.editor.select(["conv2d_1"])
            QTest.keyClick(canvas, Qt.Key.Key_Space)
        else:
            wire = canvas.picture.wires[Wire("conv2d_1", "relu_1")]
            double_click(canvas, at(canvas, wire.path().pointAtPercent(0.5)))
        assert titles(canvas)[-len(self.dimmed(canvas)) :] == self.dimmed(canvas)
        assert {"Linear", "LSTM", "Input"} <= set(self.dimmed(canvas))
        QTest.keyClicks(field(canvas), "batchnorm")
        assert titles(canvas)[:3] == ["BatchNorm2d", "BatchNorm1d", "BatchNorm3d"]
        assert self.dimmed(canvas) == titles(canvas)[1:]

    def test_a_name_typed_in_full_is_what_is_meant(self, canvas: Canvas) -> None:
        know_shapes(canvas)
        canvas.editor.select(["conv2d_1"])
        QTest.keyClick(canvas, Qt.Key.Key_Space)
        choose(canvas, "linear")
        assert ("conv2d_1", "linear_2") in wires_of(canvas)

    def test_while_shapes_are_not_known_all_may_fit(self, canvas: Canvas) -> None:
        canvas.editor.select(["conv2d_1"])
        QTest.keyClick(canvas, Qt.Key.Key_Space)
        assert self.dimmed(canvas) == []
        assert titles(canvas) == [offer.title for offer in kinds_offered()]


class TestForAWire:
    def test_from_an_output_only_what_takes_the_shape_is_listed(self, canvas: Canvas) -> None:
        know_shapes(canvas)
        drag(canvas, port(canvas, "conv2d_1", "output"), at(canvas, FAR))
        assert "32 × 6 × 6" in field(canvas).placeholderText()
        assert {"Conv2d", "MaxPool2d", "Flatten", "Output", "Add"} <= set(titles(canvas))
        assert not {"Linear", "Input", "BatchNorm1d"} & set(titles(canvas))

    def test_what_would_refuse_it_is_greyed_with_the_reason(self, canvas: Canvas) -> None:
        canvas.editor.open(Project(network=chain(Input())))
        nodes = {"input_1": NodeReport("input_1", "", output_shape=(1, 2, 2))}
        canvas.editor.set_report(canvas.editor.project, Report(nodes))
        drag(canvas, port(canvas, "input_1", "output"), at(canvas, QPointF(-300, 100)))
        assert "3 × 3" in refusals(canvas)["Conv2d"]
        before = canvas.editor.project
        choose(canvas, "conv2d")
        assert canvas.editor.project is before
        assert popup(canvas).findChild(QLabel, "forecastEffect").text().endswith(refusals(canvas)["Conv2d"])

    def test_choosing_adds_it_there_and_wires_it_in_one_step(self, canvas: Canvas) -> None:
        know_shapes(canvas)
        before = canvas.editor.project
        drag(canvas, port(canvas, "conv2d_1", "output"), at(canvas, FAR))
        choose(canvas, "flatten")
        assert ("conv2d_1", "flatten_2") in wires_of(canvas)
        place = canvas.picture.nodes["flatten_2"].place
        assert (place.center().x(), place.top()) == (pytest.approx(FAR.x(), abs=4), pytest.approx(FAR.y(), abs=4))
        assert undone(canvas, before)

    def test_from_an_input_backwards(self, canvas: Canvas) -> None:
        canvas.editor.open(Project(network=chain(ReLU())))
        drag(canvas, port(canvas, "relu_1", "input"), at(canvas, QPointF(118, -200)))
        assert "Output" not in titles(canvas)
        choose(canvas, "conv2d")
        assert wires_of(canvas) == {("conv2d_1", "relu_1")}
        assert canvas.picture.nodes["conv2d_1"].place.bottom() == pytest.approx(-200, abs=4)

    def test_escape_adds_nothing(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        drag(canvas, port(canvas, "conv2d_1", "output"), at(canvas, FAR))
        count = len(canvas.picture.items())
        QTest.keyClick(field(canvas), Qt.Key.Key_Escape)
        assert len(canvas.picture.items()) == count - 1, "the loose wire has gone too"
        assert canvas.editor.project is before

    def test_a_wire_pulled_off_its_input_is_removed(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        drag(canvas, port(canvas, "flatten_1", "input"), at(canvas, FAR), release=False)
        assert "remove" in canvas.reason.text()
        QTest.mouseRelease(canvas.viewport(), LEFT, NONE, at(canvas, FAR))
        assert ("relu_1", "flatten_1") not in wires_of(canvas)
        assert not is_open(canvas)
        assert not canvas.reason.isVisible()
        assert undone(canvas, before)

    def test_a_wire_that_was_only_touched_stays(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        start = port(canvas, "flatten_1", "input")
        drag(canvas, start, start + QPoint(0, -round(16 * canvas.zoom)))
        assert canvas.editor.project is before


class TestReplacing:
    def test_keeps_wires_place_and_settings_and_is_one_step(self, canvas: Canvas) -> None:
        canvas.editor.edit_network("", lambda network: network.replace_layer("conv2d_1", Conv2d(kernel_size=5)))
        before = canvas.editor.project
        place = network_of(canvas).node("conv2d_1").position
        canvas.editor.select(["conv2d_1"])
        canvas.searching.replacement()
        choose(canvas, "maxpool2d")
        node = network_of(canvas).node("maxpool2d_1")
        assert (node.layer, node.position) == (MaxPool2d(kernel_size=5), place)
        assert {("input_1", "maxpool2d_1"), ("maxpool2d_1", "relu_1")} <= wires_of(canvas)
        assert canvas.editor.selection == ("maxpool2d_1",)
        assert undone(canvas, before)

    def test_several_at_once_and_what_follows_makes_room(self, canvas: Canvas) -> None:
        canvas.editor.select(["relu_1", "flatten_1"])
        canvas.searching.replacement()
        choose(canvas, "dropout")
        assert {("conv2d_1", "dropout_1"), ("dropout_1", "dropout_2"), ("dropout_2", "linear_1")} <= wires_of(canvas)
        places = [canvas.picture.nodes[name].place for name in network_of(canvas).order]
        assert all(above.bottom() < below.top() for above, below in pairwise(places))

    def test_what_could_not_keep_its_wires_is_greyed_with_the_reason(self, canvas: Canvas) -> None:
        nodes = (Node("input_1", Input(), (0, 0)), Node("relu_1", ReLU(), (0, 90)), Node("add_1", Add(), (0, 180)))
        network = Graph().add(*nodes).connect("input_1", "relu_1").connect("relu_1", "add_1")
        canvas.editor.open(Project(network=network.connect("input_1", "add_1")))
        canvas.editor.select(["add_1"])
        canvas.searching.replacement()
        assert refusals(canvas)["ReLU"] == "ReLU takes one wire, but 2 arrive at add_1."
        assert "Concat" not in refusals(canvas)
        assert "Add" not in titles(canvas)

    def test_with_nothing_selected_there_is_nothing_to_replace(self, canvas: Canvas) -> None:
        canvas.searching.replacement()
        assert not is_open(canvas)


def test_both_searches_rank_alike() -> None:
    assert [offer.title for offer in ranked(kinds_offered(), "relu")][:2] == ["ReLU", "ReLU6"]
    assert ranked(kinds_offered(), "") == list(kinds_offered())
    assert [type(offer.layer) for offer in kinds_offered()] == list(Layer.kinds.values())
    assert Offer.of(Dropout).is_meant_by("dropout")
