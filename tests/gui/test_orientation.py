"""Finding one's way on the canvas: real keys in the find bar, choosing by what ties layers, going there."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QColor, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QPushButton, QToolButton

from engine.analysis import analyse
from engine.graph import Graph, Node, Wire
from engine.layers import Conv2d, Flatten, Input, Linear, MaxPool2d, Output, ReLU
from engine.layout import stacked
from engine.project import Project
from engine.remarks import Frame, Note
from gui.canvas import Canvas
from gui.canvas.heat import HeatLegend
from gui.canvas.minimap import Minimap
from gui.editor import Editor
from gui.engine_process import EngineProcess
from gui.services import Services
from gui.settings import Settings
from gui.theme import DARK, LIGHT, Appearance, Theme
from gui.training_thread import SpareTrainer
from gui.window import Window
from gui.words import in_percent

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CNN = stacked(
    Graph.chain(
        Input((1, 28, 28)), Conv2d(32), ReLU(), MaxPool2d(), Conv2d(64), ReLU(), Flatten(), Linear(128), ReLU(),
        Linear(10), Output(),
    )
)  # fmt: skip


def analysed(editor: Editor) -> None:
    editor.set_report(editor.project, analyse(editor.project))


@pytest.fixture
def window(qtbot, appearance: Appearance, tmp_path, monkeypatch) -> Iterator[Window]:
    monkeypatch.setattr(EngineProcess, "_next", lambda _: None)
    monkeypatch.setattr(SpareTrainer, "prepare", lambda _: None)
    window = Window(Settings(tmp_path / "settings.ini"), appearance, Services())
    window.resize(1280, 800)
    window.editor.open(Project(CNN))
    analysed(window.editor)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    window.canvas.setFocus()
    yield window
    window.editor.undo_stack.setClean()
    window.close()
    window.deleteLater()


@pytest.fixture
def canvas(window: Window) -> Canvas:
    return window.canvas


@pytest.fixture
def query(window: Window) -> QLineEdit:
    """The find bar's line, after Ctrl+F."""
    QTest.keyClick(window.canvas, Qt.Key.Key_F, CONTROL)
    query = window.canvas.findChild(QLineEdit, "findQuery")
    assert QApplication.focusWidget() is query
    return query


def count(canvas: Canvas) -> str:
    return canvas.findChild(QLabel, "findCount").text()


def outlined(canvas: Canvas) -> set[str]:
    return {node_id for node_id, item in canvas.picture.nodes.items() if item.is_match}


def dimmed(canvas: Canvas) -> set[str]:
    return {node_id for node_id, item in canvas.picture.nodes.items() if item.opacity() < 1}


def is_centred(canvas: Canvas, node_id: str) -> bool:
    centre = canvas.mapFromScene(canvas.picture.nodes[node_id].place.center())
    return (centre - canvas.viewport().rect().center()).manhattanLength() <= 4


class TestFind:
    def test_typing_outlines_what_matches_and_dims_the_rest(self, canvas: Canvas, query: QLineEdit) -> None:
        QTest.keyClicks(query, "conv")
        assert outlined(canvas) == {"conv2d_1", "conv2d_2"}
        assert dimmed(canvas) == canvas.picture.nodes.keys() - outlined(canvas)
        assert count(canvas) == "1 of 2"
        assert canvas.editor.selection == ("conv2d_1",)
        assert is_centred(canvas, "conv2d_1")

    def test_enter_goes_on_and_shift_enter_back_around_the_ends(self, canvas: Canvas, query: QLineEdit) -> None:
        QTest.keyClicks(query, "relu")
        seen = [canvas.editor.selection[0]]
        for modifiers in (NONE, NONE, NONE, SHIFT):
            QTest.keyClick(query, Qt.Key.Key_Return, modifiers)
            seen.append(canvas.editor.selection[0])
            assert is_centred(canvas, seen[-1])
        assert seen == ["relu_1", "relu_2", "relu_3", "relu_1", "relu_3"]
        assert count(canvas) == "3 of 3"
        assert QApplication.focusWidget() is query

    def test_f3_goes_on_from_the_canvas_too(self, window: Window, query: QLineEdit) -> None:
        QTest.keyClicks(query, "linear")
        window.canvas.setFocus()
        QTest.keyClick(window.canvas, Qt.Key.Key_F3)
        assert window.editor.selection == ("linear_2",)
        QTest.keyClick(window.canvas, Qt.Key.Key_F3, SHIFT)
        assert window.editor.selection == ("linear_1",)

    def test_the_buttons_do_as_the_keys(self, canvas: Canvas, query: QLineEdit) -> None:
        QTest.keyClicks(query, "32 × 13 x 13")
        assert outlined(canvas) == {"maxpool2d_1"}
        query.setText("relu")
        QTest.mouseClick(canvas.findChild(QToolButton, "find-chevron-down"), LEFT)
        assert canvas.editor.selection == ("relu_2",)
        QTest.mouseClick(canvas.findChild(QToolButton, "find-chevron-up"), LEFT)
        assert canvas.editor.selection == ("relu_1",)
        QTest.mouseClick(canvas.findChild(QToolButton, "find-close"), LEFT)
        assert not query.isVisible()

    def test_escape_closes_and_gives_the_keyboard_back(self, canvas: Canvas, query: QLineEdit) -> None:
        QTest.keyClicks(query, "relu")
        QTest.keyClick(query, Qt.Key.Key_Escape)
        assert not query.isVisible()
        assert QApplication.focusWidget() is canvas
        assert not outlined(canvas)
        assert not dimmed(canvas)
        assert canvas.editor.selection == ("relu_1",)

    def test_what_is_nowhere_is_said_and_dims_nothing(self, canvas: Canvas, query: QLineEdit) -> None:
        QTest.keyClicks(query, "lstm")
        assert count(canvas) == "No match"
        assert not dimmed(canvas)

    def test_problems_are_found_once_they_are_known(self, canvas: Canvas, query: QLineEdit) -> None:
        QTest.keyClicks(query, "flat list")
        assert count(canvas) == "No match"
        canvas.editor.edit_network("Delete", lambda network: network.remove(["flatten_1"]))
        analysed(canvas.editor)
        assert outlined(canvas) == {"linear_1"}

    def test_an_edit_is_followed_and_the_view_stays(self, canvas: Canvas, query: QLineEdit) -> None:
        QTest.keyClicks(query, "relu")
        QTest.keyClick(query, Qt.Key.Key_Return)
        before = canvas.mapToScene(0, 0)
        canvas.editor.edit_network("Delete", lambda network: network.remove(["relu_1"]), ())
        assert count(canvas) == "1 of 2"
        assert canvas.mapToScene(0, 0) == before
        canvas.editor.undo_stack.undo()
        assert count(canvas) == "2 of 3"
        assert outlined(canvas) == {"relu_1", "relu_2", "relu_3"}

    def test_arrows_move_no_layer_while_one_types(self, canvas: Canvas, query: QLineEdit) -> None:
        QTest.keyClicks(query, "relu")
        before = canvas.editor.project
        for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            QTest.keyClick(query, key)
        assert canvas.editor.project is before

    def test_the_bar_stays_in_its_corner(self, canvas: Canvas, query: QLineEdit) -> None:
        bar = query.parentWidget()
        place = bar.geometry()
        assert canvas.viewport().rect().contains(place)
        assert place.right() > canvas.viewport().width() - 20
        QTest.keyClicks(query, "linear")
        canvas.zoom_in()
        assert bar.geometry().topRight() == place.topRight()


class TestSelect:
    @pytest.fixture
    def two_parts(self, canvas: Canvas) -> None:
        canvas.editor.open(Project(CNN.disconnect(CNN.incoming("flatten_1")[0])))

    @pytest.mark.usefixtures("two_parts")
    @pytest.mark.parametrize(
        ("key", "modifiers", "selected"),
        [
            (Qt.Key.Key_L, CONTROL | SHIFT, "input_1 conv2d_1 relu_1 maxpool2d_1 conv2d_2 relu_2"),
            (Qt.Key.Key_Up, CONTROL | SHIFT, "input_1 conv2d_1 relu_1"),
            (Qt.Key.Key_Down, CONTROL | SHIFT, "relu_1 maxpool2d_1 conv2d_2 relu_2"),
            (Qt.Key.Key_K, CONTROL | SHIFT, "relu_1 relu_2 relu_3"),
        ],
    )
    def test_by_what_ties_them(self, canvas: Canvas, key, modifiers, selected: str) -> None:
        before = canvas.editor.project
        canvas.editor.select(["relu_1"])
        QTest.keyClick(canvas, key, modifiers)
        assert canvas.editor.selection == tuple(selected.split())
        assert canvas.editor.project is before

    @pytest.mark.qt_log_ignore("This plugin does not support")
    def test_from_the_menu(self, canvas: Canvas, qtbot) -> None:
        where = canvas.mapFromScene(canvas.picture.nodes["relu_1"].place.center())
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, canvas.viewport().mapToGlobal(where))
        QApplication.sendEvent(canvas.viewport(), event)
        menu = canvas.findChild(QMenu, "canvasMenu")
        qtbot.waitUntil(menu.isVisible)
        entries = {entry.text(): entry for entry in menu.findChild(QMenu, "selectMenu").actions()}
        entries["All of the same kind"].trigger()
        assert canvas.editor.selection == ("relu_1", "relu_2", "relu_3")
        menu.close()


class TestZoom:
    def test_to_the_selection(self, canvas: Canvas) -> None:
        canvas.editor.select(["conv2d_1", "relu_1"])
        QTest.keyClick(canvas, Qt.Key.Key_2, CONTROL)
        seen = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
        for node_id in canvas.editor.selection:
            assert seen.contains(canvas.picture.nodes[node_id].place)
        assert canvas.zoom == 1.5
        assert is_centred(canvas, "conv2d_1") is False

    def test_to_nothing_shows_all(self, canvas: Canvas) -> None:
        canvas.editor.select([])
        QTest.keyClick(canvas, Qt.Key.Key_2, CONTROL)
        assert canvas.mapToScene(canvas.viewport().rect()).boundingRect().contains(canvas.picture.content())

    @pytest.mark.qt_log_ignore("This plugin does not support")
    def test_is_chosen_where_it_is_shown(self, window: Window, qtbot) -> None:
        button = window.findChild(QPushButton, "zoomButton")
        QTest.mouseClick(button, LEFT)
        menu = window.findChild(QMenu, "zoomMenu")
        qtbot.waitUntil(menu.isVisible)
        entries = {entry.text(): entry for entry in menu.actions()}
        entries["150 %"].trigger()
        assert window.canvas.zoom == 1.5
        assert button.text() == "150 %"
        entries["25 %"].trigger()
        assert button.text() == "25 %"
        menu.close()


class TestMinimap:
    @pytest.fixture
    def minimap(self, canvas: Canvas) -> Minimap:
        canvas.zoom_reset()
        minimap = canvas.findChild(Minimap, "minimap")
        assert minimap.isVisible()
        return minimap

    def seen(self, canvas: Canvas) -> QPointF:
        return canvas.mapToScene(canvas.viewport().rect().center())

    def test_stands_in_the_corner_while_something_is_out_of_view(self, canvas: Canvas, minimap: Minimap) -> None:
        room = canvas.viewport().rect()
        assert room.contains(minimap.geometry())
        assert room.right() - minimap.geometry().right() < 20
        assert room.bottom() - minimap.geometry().bottom() < 20
        place = minimap.geometry()
        canvas.scroll_by(QPoint(30, 50))
        assert minimap.geometry() == place
        canvas.fit()
        assert not minimap.isVisible()

    def test_notes_and_frames_are_in_it(self, canvas: Canvas, minimap: Minimap) -> None:
        frame = Frame("frame_1", "All", (600.0, 300.0), (500.0, 400.0))
        remarks = (Note("note_1", "Why so deep?", (900.0, 0.0)), frame)
        canvas.editor.edit_network("Annotate", lambda network: network.annotate(*remarks))
        minimap.repaint_network()
        picture = minimap.grab().toImage()
        for name in ("note_1", "frame_1"):
            place = minimap._on_map(canvas.picture.place_of(name))
            assert minimap.rect().contains(place.toAlignedRect())
            assert picture.pixelColor(place.center().toPoint()) != QColor(canvas.picture.ink.theme.panel)
            beside = QPoint(round(place.center().x()), round(place.top()) - 4)
            assert picture.pixelColor(beside) != picture.pixelColor(place.center().toPoint())

    def test_a_click_goes_there(self, canvas: Canvas, minimap: Minimap) -> None:
        QTest.mouseClick(minimap, LEFT, NONE, QPoint(minimap.width() // 2, minimap.height() - 10))
        assert abs(self.seen(canvas).x() - canvas.picture.content().center().x()) < 20
        assert self.seen(canvas).y() > canvas.picture.nodes["linear_1"].y()
        QTest.mouseClick(minimap, LEFT, NONE, QPoint(minimap.width() // 2, 10))
        assert self.seen(canvas).y() < canvas.picture.nodes["relu_1"].y()

    def test_a_drag_takes_the_view_along(self, canvas: Canvas, minimap: Minimap) -> None:
        canvas.look_at(canvas.picture.content().center())
        middle, before = minimap.rect().center(), self.seen(canvas)
        QTest.mousePress(minimap, LEFT, NONE, middle)
        assert (self.seen(canvas) - before).manhattanLength() < 4
        QTest.mouseMove(minimap, middle + QPoint(0, 10))
        QTest.mouseMove(minimap, middle + QPoint(0, 20))
        QTest.mouseRelease(minimap, LEFT, NONE, middle + QPoint(0, 20))
        assert self.seen(canvas).y() - before.y() > 100
        assert canvas.editor.selection == ()

    def test_stands_aside_where_it_would_cover_layers(self, canvas: Canvas, minimap: Minimap, qtbot) -> None:
        corner = canvas.mapToScene(minimap.geometry().center())
        canvas.editor.edit_network(
            "Move", lambda network: network.move({"relu_1": (corner - QPointF(118, 18)).toTuple()})
        )
        canvas.scroll_by(QPoint(0, 1))
        qtbot.waitUntil(lambda: minimap.geometry().left() < 20)
        canvas.editor.undo_stack.undo()
        canvas.scroll_by(QPoint(0, -1))
        qtbot.waitUntil(lambda: minimap.geometry().left() > 200)

    def test_follows_the_network_a_moment_later_and_is_kept_while_one_pans(
        self, canvas: Canvas, minimap: Minimap, qtbot, monkeypatch
    ) -> None:
        painted: list[int] = []
        paint = minimap._paint_network
        monkeypatch.setattr(minimap, "_paint_network", lambda: (painted.append(1), paint()))
        for _ in range(5):
            canvas.scroll_by(QPoint(0, 20))
            QApplication.processEvents()
        assert not painted
        before = minimap.grab().toImage()
        for _ in range(3):
            canvas.editor.edit_network("Delete", lambda network: network.remove([network.nodes[1].id]))
        qtbot.waitUntil(lambda: bool(painted))
        assert len(painted) == 1
        assert minimap.grab().toImage() != before

    def test_can_be_put_away_for_good(self, window: Window, minimap: Minimap) -> None:
        action = window.findChild(QAction, "minimapAction")
        action.trigger()
        assert not minimap.isVisible()
        assert not window.settings.minimap
        action.trigger()
        assert minimap.isVisible()
        assert window.settings.minimap


class TestHeat:
    def choose(self, window: Window, words: str) -> None:
        entries = {entry.text(): entry for entry in window.findChild(QMenu, "colourMenu").actions()}
        entries[words].trigger()
        assert entries[words].isChecked()

    def shown(self, canvas: Canvas) -> dict[str, str]:
        return {node_id: item.share for node_id, item in canvas.picture.nodes.items()}

    def test_shares_are_shown_and_the_largest_is_hottest(self, window: Window, canvas: Canvas) -> None:
        legend = canvas.findChild(HeatLegend, "heatLegend")
        assert not legend.isVisible()
        self.choose(window, "Parameters")
        shares = window.editor.report.shares("parameters")
        assert self.shown(canvas) == {node_id: in_percent(share) for node_id, share in shares.items()}
        hottest = max(shares, key=lambda node_id: shares[node_id])
        assert canvas.picture.nodes[hottest].warmth == 1
        assert canvas.picture.nodes["relu_1"].warmth == 0
        assert legend.isVisible()
        words = [words.text() for words in legend.findChildren(QLabel)]
        assert {"Parameters", f"{window.editor.report.totals.parameters:,}", in_percent(shares[hottest])} <= set(words)

    @pytest.mark.parametrize("measure", ["Parameters", "FLOPs", "Memory"])
    def test_keeps_up_with_edits(self, window: Window, canvas: Canvas, measure: str) -> None:
        self.choose(window, measure)
        before = self.shown(canvas)
        window.editor.edit_network("Change", lambda network: network.replace_layer("linear_1", Linear(1024)))
        analysed(window.editor)
        assert self.shown(canvas)["linear_1"] != before["linear_1"]
        window.editor.undo_stack.undo()
        analysed(window.editor)
        assert self.shown(canvas) == before

    @pytest.mark.parametrize("zoom", [1.0, 0.4, 0.15])
    def test_is_seen_at_every_distance(self, window: Window, canvas: Canvas, zoom: float) -> None:
        canvas.zoom_to(zoom, canvas.viewport().rect().center())
        canvas.centre_on("linear_1")
        where = canvas.mapFromScene(canvas.picture.nodes["linear_1"].place.bottomRight() - QPointF(50, 11))
        self.choose(window, "Parameters")
        colour = canvas.viewport().grab().toImage().pixelColor(where)
        assert colour == window.appearance.theme.warmth(1)

    def test_closing_the_legend_ends_it(self, window: Window, canvas: Canvas) -> None:
        self.choose(window, "Memory")
        QTest.mouseClick(canvas.findChild(QToolButton, "closeHeat"), LEFT)
        assert not any(self.shown(canvas).values())
        assert not canvas.findChild(HeatLegend, "heatLegend").isVisible()
        entries = {entry.text(): entry for entry in window.findChild(QMenu, "colourMenu").actions()}
        assert entries["Nothing"].isChecked()

    def test_legend_and_minimap_never_share_a_corner(self, window: Window, canvas: Canvas, qtbot) -> None:
        canvas.zoom_reset()
        minimap, legend = canvas.findChild(Minimap, "minimap"), canvas.findChild(HeatLegend, "heatLegend")
        self.choose(window, "FLOPs")
        corner = canvas.mapToScene(minimap.geometry().center()) - QPointF(118, 18)
        window.editor.edit_network("Move", lambda network: network.move({"relu_1": corner.toTuple()}))
        canvas.scroll_by(QPoint(0, 1))
        qtbot.waitUntil(lambda: minimap.is_left)
        assert not legend.geometry().intersects(minimap.geometry())
        assert canvas.viewport().rect().contains(legend.geometry())


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read_on_every_heat(theme: Theme) -> None:
    def luminance(colour: QColor) -> float:
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    text = luminance(theme.colour("text"))
    grounds = [luminance(theme.warmth(step / 20)) for step in range(21)]
    for ground in grounds:
        assert (max(text, ground) + 0.05) / (min(text, ground) + 0.05) >= 4.5
    assert grounds == sorted(grounds, reverse=theme is LIGHT)


def test_a_wire_under_the_pointer_lights_its_path_and_no_other_branch(canvas: Canvas, qtbot) -> None:
    network = CNN.add(Node("aside", ReLU(), (500.0, 200.0))).connect("conv2d_1", "aside")
    canvas.editor.open(Project(network))
    wire = canvas.picture.wires[Wire("relu_1", "maxpool2d_1")]
    QTest.mouseMove(canvas.viewport(), canvas.mapFromScene(wire.path().pointAtPercent(0.5)))
    lit = canvas.picture.ink.wire_lit
    qtbot.waitUntil(lambda: canvas.picture.wires[Wire("input_1", "conv2d_1")].pen() == lit)
    assert canvas.picture.wires[Wire("linear_2", "output_1")].pen() == lit
    assert canvas.picture.wires[Wire("conv2d_1", "aside")].pen() == canvas.picture.ink.wire
    QTest.mouseMove(canvas.viewport(), QPoint(5, 5))
    assert canvas.picture.wires[Wire("input_1", "conv2d_1")].pen() == canvas.picture.ink.wire
