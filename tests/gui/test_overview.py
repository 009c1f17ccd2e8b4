"""From afar, nodes and wires are painted all at once: what is then seen is still the network as it is."""

import random

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QGraphicsLineItem, QWidget
from pytestqt.qtbot import QtBot

from engine.graph import Graph, Node
from engine.layers import Conv2d, Linear, ReLU
from engine.project import Project
from engine.report import Problem, Report
from gui.canvas import Canvas
from gui.canvas.items import FAR
from gui.editor import Editor
from gui.theme import Appearance

COLUMNS = 60


@pytest.fixture
def canvas(qapp: QApplication, appearance: Appearance) -> Canvas:
    """A wide network, seen as a whole."""
    kinds = (Linear(8), ReLU(), Conv2d(4))
    nodes = [Node(f"n{at}", kinds[at % 3], (at % COLUMNS * 260.0, at // COLUMNS * 120.0)) for at in range(600)]
    graph = Graph().add(*nodes)
    for at in range(0, 540, 7):
        graph = graph.connect(f"n{at}", f"n{at + COLUMNS}")
    editor = Editor()
    editor.open(Project(graph))
    canvas = Canvas(editor, appearance)
    canvas.resize(1000, 600)
    canvas.show()
    canvas.fit()
    assert canvas.zoom < FAR
    yield canvas
    canvas.close()
    canvas.deleteLater()
    editor.deleteLater()


def seen(canvas: Canvas) -> QImage:
    """What is on the screen after all that was asked for has been painted."""
    for _ in range(3):
        QApplication.processEvents()
    return canvas.viewport().grab().toImage()


def colour_at(canvas: Canvas, picture: QImage, point: QPointF) -> QColor:
    return picture.pixelColor(canvas.mapFromScene(point))


def assert_marks_agree(canvas: Canvas) -> None:
    picture, theme = seen(canvas), canvas.picture.ink.theme
    for node in canvas.editor.network.nodes:
        place = canvas.picture.nodes[node.id].place
        expected = theme.family(type(node.layer).family)
        if node.id in canvas.editor.selection:
            expected = theme.colour("accent")
        assert colour_at(canvas, picture, place.center()) == expected, node.id


def test_every_node_is_seen_in_its_colour(canvas: Canvas) -> None:
    assert_marks_agree(canvas)


def test_what_is_edited_far_away_is_seen_at_once(canvas: Canvas) -> None:
    chance = random.Random(7)
    editor = canvas.editor
    for _ in range(40):
        ids = [node.id for node in editor.network.nodes]
        chosen = tuple(chance.sample(ids, 3))
        match chance.randrange(4):
            case 0:
                editor.select(chosen)
            case 1:
                editor.edit_network("Delete", lambda network, chosen=chosen: network.remove(chosen), ())
            case 2:
                layer = chance.choice((Linear(8), ReLU(), Conv2d(4)))
                editor.edit_network("Change", lambda n, c=chosen[0], layer=layer: n.replace_layer(c, layer))
            case _:
                editor.undo_stack.undo()
        assert_marks_agree(canvas)


def test_a_node_dragged_far_away_is_seen_where_it_is_and_no_longer_where_it_was(canvas: Canvas) -> None:
    item = canvas.picture.nodes["n599"]
    before = item.place.center()
    begun = canvas.mapFromScene(before)
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=begun)
    QTest.mouseMove(canvas.viewport(), begun + QPoint(-60, 40))
    QTest.mouseMove(canvas.viewport(), begun + QPoint(-60, 60))
    picture, theme = seen(canvas), canvas.picture.ink.theme
    assert item.place.center().y() > before.y() + 200
    assert colour_at(canvas, picture, item.place.center()) == theme.colour("accent")
    assert colour_at(canvas, picture, before) != theme.colour("accent")
    QTest.keyClick(canvas, Qt.Key.Key_Escape)
    assert colour_at(canvas, seen(canvas), before) == theme.colour("accent")
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=begun)


class Paints(QObject):
    """Counts how often a widget is painted because something in it has changed."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_each_step_of_a_drag_far_away_is_painted(canvas: Canvas, qtbot: QtBot) -> None:
    begun = canvas.mapFromScene(canvas.picture.nodes["n599"].place.center())
    QTest.mousePress(canvas.viewport(), Qt.MouseButton.LeftButton, pos=begun)
    paints = Paints(canvas.viewport())
    for step in range(1, 5):
        before = paints.count
        QTest.mouseMove(canvas.viewport(), begun + QPoint(-20 * step, 30 * step))
        qtbot.waitUntil(lambda before=before: paints.count > before)
    QTest.mouseRelease(canvas.viewport(), Qt.MouseButton.LeftButton, pos=begun)


def test_wires_are_drawn_where_they_run_and_go_with_their_nodes(canvas: Canvas) -> None:
    wire = canvas.editor.network.wires[0]
    middle = canvas.picture.wires[wire].path().pointAtPercent(0.5)
    assert is_lined(canvas, middle)
    canvas.editor.edit_network("Disconnect", lambda network: network.disconnect(wire))
    assert not is_lined(canvas, middle)


def is_lined(canvas: Canvas, point: QPointF) -> bool:
    """Whether a wire passes here, to the pixel."""
    picture, at, faint = seen(canvas), canvas.mapFromScene(point), canvas.picture.ink.theme.colour("faint")
    return any(picture.pixelColor(at + QPoint(x, y)) == faint for x in (-1, 0, 1) for y in (-1, 0, 1))


def test_from_afar_it_looks_as_qt_would_paint_each_item(canvas: Canvas) -> None:
    picture = seen(canvas)
    painted = QImage(picture.size(), picture.format())
    painted.fill(canvas.picture.ink.theme.colour("background"))
    painter = QPainter(painted)
    canvas.picture.render(painter, QRectF(painted.rect()), canvas.mapToScene(canvas.viewport().rect()).boundingRect())
    painter.end()
    different = 0
    for item in canvas.picture.nodes.values():
        at = canvas.mapFromScene(item.place.center())
        different += picture.pixel(at) != painted.pixel(at)
    assert different == 0


def test_what_is_neither_node_nor_wire_is_still_seen(canvas: Canvas) -> None:
    line = QGraphicsLineItem(0, -400, 15000, -400)
    line.setPen(canvas.picture.ink.band)
    canvas.picture.addItem(line)
    accent = canvas.picture.ink.theme.colour("accent")
    assert colour_at(canvas, seen(canvas), QPointF(5000, -400)) == accent
    canvas.picture.removeItem(line)
    canvas.viewport().update()
    assert colour_at(canvas, seen(canvas), QPointF(5000, -400)) != accent


def test_other_colours_reach_the_marks(canvas: Canvas, qapp: QApplication) -> None:
    canvas.picture.show_theme(Appearance(qapp, "light").theme)
    assert_marks_agree(canvas)


def test_a_fault_is_told_from_a_doubt_by_its_height(canvas: Canvas) -> None:
    fault, doubt = Problem("It cannot be.", "n0"), Problem("It could be better.", "n1", severity="doubt")
    canvas.editor.set_report(canvas.editor.project, Report(problems=(fault, doubt)))
    heights = [[place.height() for place, _brush in canvas.picture.nodes[name].marks()] for name in ("n0", "n1")]
    assert heights[0][-1] == heights[0][0]
    assert heights[1][-1] == heights[1][0] / 2


def test_however_large_a_network_all_of_it_can_be_seen(canvas: Canvas) -> None:
    canvas.editor.edit_network("Move", lambda network: network.move({"n0": (-60_000.0, 0.0)}))
    canvas.fit()
    view = canvas.mapToScene(canvas.viewport().rect()).boundingRect()
    assert view.contains(canvas.picture.content())
