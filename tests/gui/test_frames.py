"""Frames on the canvas: put around a selection, named, moved with what is in them, resized, coloured and removed."""

from collections.abc import Iterator

import pytest
from canvases import LEFT, NONE, ShowCanvas, at, chain, click, drag, middle, undone
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu
from test_accessibility import contrast

from engine.graph import Wire
from engine.layers import Conv2d, Flatten, Input, Linear, Output
from engine.project import Project
from engine.remarks import COLOURS, Frame
from gui.canvas import Canvas
from gui.canvas.drawing import Paper, drawn, image_of
from gui.canvas.items import FAR
from gui.theme import DARK, LIGHT, Theme

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Iterator[Canvas]:
    canvas = show_canvas(Project(network=chain(Input(), Conv2d(), Flatten(), Linear(10), Output())), 1000, 800)
    yield canvas
    assert {name: item.frame for name, item in canvas.picture.remarks.frames.items()} == {
        frame.id: frame for frame in canvas.editor.network.frames
    }


def line(canvas: Canvas) -> QLineEdit:
    return canvas.findChild(QLineEdit, "frameTitle")


def frame(canvas: Canvas, name: str = "frame_1") -> Frame:
    found = canvas.editor.network.remark(name)
    assert isinstance(found, Frame)
    return found


def area(canvas: Canvas, name: str = "frame_1") -> QRectF:
    return canvas.picture.place_of(name)


def bar(canvas: Canvas, name: str = "frame_1") -> QPoint:
    place = canvas.picture.remarks.frames[name].title_place
    return at(canvas, QPointF(place.left() + 40, place.center().y()))


def put(canvas: Canvas, *node_ids: str, title: str = "Features") -> None:
    """Frames these nodes."""
    canvas.editor.select(node_ids)
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_F, CONTROL | SHIFT)
    QTest.keyClicks(line(canvas), title)
    QTest.keyClick(line(canvas), Qt.Key.Key_Return)


def menu_at(canvas: Canvas, where: QPoint) -> QMenu:
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, canvas.viewport().mapToGlobal(where))
    QApplication.sendEvent(canvas.viewport(), event)
    return canvas.findChild(QMenu, "canvasMenu")


class TestAdding:
    def test_the_keys_put_it_around_the_selection_and_ask_for_the_title_in_one_step(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        canvas.editor.select(["conv2d_1", "flatten_1"])
        QTest.keyClick(canvas, Qt.Key.Key_F, CONTROL | SHIFT)
        assert line(canvas).hasFocus()
        assert at(canvas, area(canvas).topLeft()).y() <= line(canvas).geometry().center().y()
        QTest.keyClicks(line(canvas), "Features")
        QTest.keyClick(line(canvas), Qt.Key.Key_Return)
        assert frame(canvas).title == "Features"
        for name in ("conv2d_1", "flatten_1"):
            assert area(canvas).contains(canvas.picture.nodes[name].place)
        assert not area(canvas).contains(canvas.picture.nodes["linear_1"].place)
        assert canvas.editor.selection == ("frame_1",)
        assert canvas.editor.undo_stack.count() == 1
        assert undone(canvas, before)

    def test_without_a_selection_there_is_nothing_to_frame(self, canvas: Canvas) -> None:
        QTest.keyClick(canvas, Qt.Key.Key_F, CONTROL | SHIFT)
        assert canvas.editor.network.frames == ()

    def test_a_frame_around_a_frame_lies_behind_it(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1")
        put(canvas, "frame_1", "flatten_1", title="Both")
        frames = canvas.picture.remarks.frames
        assert area(canvas, "frame_2").contains(area(canvas))
        assert frames["frame_2"].zValue() < frames["frame_1"].zValue() < 0


class TestTitle:
    def test_a_double_click_names_it_again_as_a_step_of_its_own(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1")
        QTest.mouseDClick(canvas.viewport(), LEFT, NONE, bar(canvas))
        assert line(canvas).text() == "Features"
        QTest.keyClicks(line(canvas), "Head")
        QTest.keyClick(line(canvas), Qt.Key.Key_Return)
        assert frame(canvas).title == "Head"
        canvas.editor.undo_stack.undo()
        assert frame(canvas).title == "Features"

    def test_escape_leaves_it_as_it_was(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1")
        QTest.keyClick(canvas, Qt.Key.Key_Return)
        QTest.keyClicks(line(canvas), "Other")
        QTest.keyClick(line(canvas), Qt.Key.Key_Escape)
        assert not line(canvas).isVisible()
        assert (frame(canvas).title, canvas.editor.undo_stack.count()) == ("Features", 1)

    def test_from_afar_it_stands_beside_the_frame_and_can_be_taken(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        sign = canvas.picture.remarks.frames["frame_1"].sign
        canvas.zoom_to(1.0, canvas.viewport().rect().center())
        assert sign.place.isEmpty()
        canvas.zoom_to(0.3, canvas.viewport().rect().center())
        assert canvas.mapFromScene(sign.place).boundingRect().height() >= 18
        assert not any(item.place.intersects(sign.place) for item in canvas.picture.nodes.values())
        assert not area(canvas).intersects(sign.place)
        click(canvas, at(canvas, sign.place.center()))
        assert canvas.editor.selection == ("frame_1",)
        canvas.zoom_to(FAR / 2, canvas.viewport().rect().center())
        with_sign = canvas.grab().toImage()
        sign.hide()
        assert canvas.grab().toImage() != with_sign

    def test_from_afar_it_is_named_anew_where_it_is_seen(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        canvas.zoom_to(0.3, canvas.viewport().rect().center())
        sign = canvas.picture.remarks.frames["frame_1"].sign.place
        QTest.mouseDClick(canvas.viewport(), LEFT, NONE, at(canvas, sign.center()))
        assert line(canvas).isVisible()
        assert line(canvas).geometry().contains(at(canvas, sign.center()))
        assert line(canvas).fontMetrics().height() >= 12
        QTest.keyClicks(line(canvas), "Seen from afar")
        QTest.keyClick(line(canvas), Qt.Key.Key_Return)
        assert frame(canvas).title == "Seen from afar"

    def test_from_afar_the_field_leaves_the_title_beside_it_in_view(self, canvas: Canvas) -> None:
        canvas.editor.edit_network("Move", lambda network: network.move({"conv2d_1": (0, 0), "flatten_1": (400, 0)}))
        put(canvas, "conv2d_1", title="A")
        put(canvas, "flatten_1", title="B")
        canvas.zoom_to(0.3, canvas.viewport().rect().center())
        frames = canvas.picture.remarks.frames
        first, second = frames["frame_1"].sign.place, frames["frame_2"].sign.place
        QTest.mouseDClick(canvas.viewport(), LEFT, NONE, at(canvas, first.center()))
        assert line(canvas).isVisible()
        assert line(canvas).width() >= canvas.mapFromScene(first).boundingRect().width()
        assert not line(canvas).geometry().intersects(canvas.mapFromScene(second).boundingRect())

    def test_from_afar_it_is_of_one_size_and_gives_way(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        sign = canvas.picture.remarks.frames["frame_1"].sign
        sizes = set()
        for zoom in (0.4, 0.3, 0.2):
            canvas.zoom_to(zoom, canvas.viewport().rect().center())
            sizes.add(round(sign.place.width() * canvas.zoom))
        assert len(sizes) == 1
        taken = sign.place
        x, y = taken.center().x(), taken.center().y()
        canvas.editor.edit_network("Move", lambda network: network.move({"input_1": (x, y)}))
        assert not sign.place.isEmpty()
        assert not sign.place.intersects(canvas.picture.nodes["input_1"].place)

    def test_without_room_it_covers_the_top_of_its_frame(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1", title="A title that is far too long for a frame of this size")
        canvas.zoom_to(0.3, canvas.viewport().rect().center())
        sign = canvas.picture.remarks.frames["frame_1"].sign
        sign.stand(canvas.zoom, "down", lambda _area: False)
        assert sign.place.topLeft() == area(canvas).topLeft()
        assert sign.place.width() <= area(canvas).width() + 1


class TestHandling:
    def test_the_bar_moves_it_with_all_that_lies_in_it(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        before, was = canvas.editor.project, canvas.editor.network
        drag(canvas, bar(canvas), bar(canvas) + QPoint(120, 40))
        after = canvas.editor.network
        for name in ("conv2d_1", "flatten_1"):
            x, y = was.node(name).position
            assert after.node(name).position == (x + 120, y + 40)
        assert after.node("linear_1") is was.node("linear_1")
        (x, y), now = before.network.remark("frame_1").position, frame(canvas).position
        assert now == (x + 120, y + 40)
        assert undone(canvas, before)

    def test_its_inside_is_canvas(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        place = area(canvas)
        inside = QPointF(place.left() + 9, place.center().y())
        click(canvas, at(canvas, inside))
        assert canvas.editor.selection == ()
        drag(canvas, at(canvas, inside), at(canvas, QPointF(place.right() - 9, place.bottom() - 40)))
        assert set(canvas.editor.selection) == {"conv2d_1", "flatten_1"}

    def test_a_marquee_around_it_selects_it(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        place = area(canvas)
        drag(canvas, at(canvas, place.topLeft() - QPointF(9, 9)), at(canvas, place.bottomRight() + QPointF(9, 9)))
        assert {"frame_1", "conv2d_1", "flatten_1"} <= set(canvas.editor.selection)

    @pytest.mark.parametrize(
        ("across", "along", "shape"),
        [
            (1, 0.5, Qt.CursorShape.SizeHorCursor),
            (0, 0.5, Qt.CursorShape.SizeHorCursor),
            (0.2, 1, Qt.CursorShape.SizeVerCursor),
            (0.2, 0, Qt.CursorShape.SizeVerCursor),
            (1, 1, Qt.CursorShape.SizeFDiagCursor),
            (0, 0, Qt.CursorShape.SizeFDiagCursor),
            (1, 0, Qt.CursorShape.SizeBDiagCursor),
        ],
    )
    def test_edges_and_corners_resize_it(
        self, canvas: Canvas, across: float, along: float, shape: Qt.CursorShape
    ) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        before, was = canvas.editor.project, area(canvas)
        edge = at(canvas, QPointF(was.left() + across * was.width(), was.top() + along * was.height()))
        QTest.mouseMove(canvas.viewport(), edge)
        assert canvas.viewport().cursor().shape() == shape
        out = QPoint(40 if across == 1 else -40 if across == 0 else 0, 40 if along == 1 else -40 if along == 0 else 0)
        drag(canvas, edge, edge + out)
        assert area(canvas).contains(was)
        assert abs(area(canvas).width() - was.width() - abs(out.x())) <= 4
        assert abs(area(canvas).height() - was.height() - abs(out.y())) <= 4
        assert canvas.editor.network.nodes == before.network.nodes
        assert undone(canvas, before)

    def test_it_cannot_be_turned_inside_out(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        place = area(canvas)
        corner = at(canvas, place.bottomRight())
        drag(canvas, corner, corner - QPoint(700, 700))
        assert area(canvas).topLeft() == place.topLeft()
        assert min(frame(canvas).size) >= 64

    def test_a_wire_that_crosses_its_edge_goes_before(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        wire = canvas.picture.wires[Wire("flatten_1", "linear_1")]
        edge = QPointF(wire.path().pointAtPercent(0.5).x(), area(canvas).bottom())
        assert canvas.remarks.grip_at(edge) is None

    def test_a_swatch_colours_it(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        canvas.editor.select([])
        menu = menu_at(canvas, bar(canvas))
        colours = menu.findChild(QMenu, "frameColourMenu").actions()
        assert len(colours) == len(COLOURS)
        assert not colours[0].icon().isNull()
        assert [entry.isChecked() for entry in colours].index(True) == COLOURS.index("grey")
        colours[COLOURS.index("violet")].trigger()
        menu.close()
        assert frame(canvas).colour == "violet"

    def test_delete_leaves_what_is_in_it(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        nodes = canvas.editor.network.nodes
        click(canvas, bar(canvas))
        QTest.keyClick(canvas, Qt.Key.Key_Delete)
        assert canvas.editor.network.frames == ()
        assert canvas.editor.network.nodes == nodes

    def test_a_layer_in_it_is_selected_alone(self, canvas: Canvas) -> None:
        put(canvas, "conv2d_1", "flatten_1")
        click(canvas, middle(canvas, "conv2d_1"))
        assert canvas.editor.selection == ("conv2d_1",)


def test_it_is_in_the_pictures(canvas: Canvas) -> None:
    put(canvas, "conv2d_1", "flatten_1")
    project = canvas.editor.project
    drawing, image = None, None
    steps = drawn(project, canvas.editor.report, LIGHT)
    while drawing is None:
        try:
            next(steps)
        except StopIteration as end:
            drawing = end.value
    assert drawing.area.contains(area(canvas).adjusted(1, 1, -1, -1))
    steps = image_of(drawing, Paper(ground="#ffffff"))
    while image is None:
        try:
            next(steps)
        except StopIteration as end:
            image = end.value
    inside = (area(canvas).topRight() + QPointF(-6, 60) - drawing.area.topLeft()).toPoint()
    assert image.pixelColor(inside) != QColor("#ffffff")


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_titles_on_every_tint_can_be_read(theme: Theme) -> None:
    assert set(theme.frames) == set(COLOURS)
    for colour in COLOURS:
        tint, ground = theme.frame_tint(colour), theme.colour("background")
        share = tint.alphaF()
        mixed = QColor.fromRgbF(
            *(
                share * over + (1 - share) * under
                for over, under in zip(tint.getRgbF()[:3], ground.getRgbF()[:3], strict=True)
            )
        )
        assert contrast(theme.colour("text"), mixed) >= 4.5
        assert contrast(QColor(theme.frames[colour]), ground) >= 3
