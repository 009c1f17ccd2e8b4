"""Notes on the canvas: written, moved, made wider, copied and removed by mouse and keys."""

from collections.abc import Iterator

import pytest
from canvases import LEFT, NONE, SHIFT, ShowCanvas, at, chain, click, drag, middle, undone
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPlainTextEdit
from test_accessibility import contrast

from engine.layers import Flatten, Input, Linear, Output
from engine.project import Project
from engine.remarks import Note
from gui.canvas import Canvas
from gui.theme import DARK, LIGHT, Theme

CONTROL = Qt.KeyboardModifier.ControlModifier
PLACE = QPointF(-280, 40)


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Iterator[Canvas]:
    canvas = show_canvas(Project(network=chain(Input(), Flatten(), Linear(10), Output())), 1000, 700)
    yield canvas
    assert {name: item.note for name, item in canvas.picture.remarks.notes.items()} == {
        note.id: note for note in canvas.editor.network.notes
    }


def field(canvas: Canvas) -> QPlainTextEdit:
    return canvas.findChild(QPlainTextEdit, "noteText")


def note(canvas: Canvas, name: str = "note_1") -> Note:
    found = canvas.editor.network.remark(name)
    assert isinstance(found, Note)
    return found


def place(canvas: Canvas, name: str = "note_1") -> QPoint:
    return at(canvas, canvas.picture.place_of(name).center())


def put(canvas: Canvas, text: str = "Why so **deep**?", point: QPointF = PLACE) -> None:
    """Writes a note at a point of the scene."""
    QTest.mouseMove(canvas.viewport(), at(canvas, point) + QPoint(3, 3))
    QTest.mouseMove(canvas.viewport(), at(canvas, point))
    QTest.keyClick(canvas, Qt.Key.Key_N)
    QTest.keyClicks(field(canvas), text)
    QTest.keyClick(field(canvas), Qt.Key.Key_Return, CONTROL)


def menu_entry(canvas: Canvas, where: QPoint, words: str) -> None:
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, canvas.viewport().mapToGlobal(where))
    QApplication.sendEvent(canvas.viewport(), event)
    menu = canvas.findChild(QMenu, "canvasMenu")
    next(entry for entry in menu.actions() if entry.text() == words).trigger()
    menu.close()


class TestWriting:
    def test_n_opens_a_sheet_at_the_pointer_and_one_step_holds_what_is_written(self, canvas: Canvas) -> None:
        before = canvas.editor.project
        QTest.mouseMove(canvas.viewport(), at(canvas, PLACE))
        QTest.keyClick(canvas, Qt.Key.Key_N)
        assert field(canvas).isVisible()
        assert field(canvas).hasFocus()
        QTest.keyClicks(field(canvas), "Why so deep?")
        QTest.keyClick(field(canvas), Qt.Key.Key_Return)
        QTest.keyClicks(field(canvas), "Ask.")
        QTest.keyClick(field(canvas), Qt.Key.Key_Return, CONTROL)
        assert not field(canvas).isVisible()
        assert note(canvas).text == "Why so deep?\nAsk."
        assert (QPointF(*note(canvas).position) - PLACE).manhattanLength() <= 8
        assert canvas.editor.selection == ("note_1",)
        assert canvas.hasFocus()
        assert undone(canvas, before)

    @pytest.mark.parametrize("zoom", [0.75, 0.9, 1, 1.5])
    def test_the_sheet_grows_with_what_is_written_and_needs_no_scroll_bar(self, canvas: Canvas, zoom: float) -> None:
        canvas.zoom_to(zoom, canvas.viewport().rect().center())
        QTest.mouseMove(canvas.viewport(), at(canvas, PLACE))
        QTest.keyClick(canvas, Qt.Key.Key_N)
        for _ in range(8):
            QTest.keyClicks(field(canvas), "Why?")
            QTest.keyClick(field(canvas), Qt.Key.Key_Return)
        assert field(canvas).verticalScrollBar().maximum() == 0
        QTest.keyClick(field(canvas), Qt.Key.Key_Escape)

    def test_with_the_pointer_elsewhere_it_lies_beside_the_layers(self, canvas: Canvas) -> None:
        QTest.mouseMove(canvas.viewport(), middle(canvas, "flatten_1"))
        QTest.keyClick(canvas, Qt.Key.Key_N)
        QTest.keyClicks(field(canvas), "Beside")
        QTest.keyClick(field(canvas), Qt.Key.Key_Escape)
        sheet = canvas.picture.place_of("note_1")
        assert not canvas.picture.nodes_in(sheet)
        assert canvas.viewport().rect().contains(canvas.mapFromScene(sheet).boundingRect())

    def test_the_menu_of_the_empty_canvas_has_it(self, canvas: Canvas) -> None:
        menu_entry(canvas, at(canvas, PLACE), "Note here")
        QTest.keyClicks(field(canvas), "Here")
        QTest.keyClick(field(canvas), Qt.Key.Key_Escape)
        assert note(canvas).text == "Here"

    def test_going_elsewhere_takes_it(self, canvas: Canvas) -> None:
        QTest.mouseMove(canvas.viewport(), at(canvas, PLACE))
        QTest.keyClick(canvas, Qt.Key.Key_N)
        QTest.keyClicks(field(canvas), "Kept")
        canvas.setFocus()
        click(canvas, middle(canvas, "flatten_1"))
        assert note(canvas).text == "Kept"
        assert canvas.editor.selection == ("flatten_1",)

    def test_without_a_text_there_is_none(self, canvas: Canvas) -> None:
        QTest.keyClick(canvas, Qt.Key.Key_N)
        QTest.keyClick(field(canvas), Qt.Key.Key_Escape)
        assert (canvas.editor.network.notes, canvas.editor.undo_stack.count()) == ((), 0)

    def test_a_double_click_edits_it_and_an_empty_text_removes_it(self, canvas: Canvas) -> None:
        put(canvas)
        QTest.mouseDClick(canvas.viewport(), LEFT, NONE, place(canvas))
        assert field(canvas).toPlainText() == "Why so **deep**?"
        assert field(canvas).geometry().contains(place(canvas))
        QTest.keyClick(field(canvas), Qt.Key.Key_A, CONTROL)
        QTest.keyClicks(field(canvas), "New")
        QTest.keyClick(field(canvas), Qt.Key.Key_Escape)
        assert note(canvas).text == "New"
        QTest.keyClick(canvas, Qt.Key.Key_Return)
        QTest.keyClick(field(canvas), Qt.Key.Key_A, CONTROL)
        QTest.keyClick(field(canvas), Qt.Key.Key_Backspace)
        QTest.keyClick(field(canvas), Qt.Key.Key_Escape)
        assert canvas.editor.network.notes == ()
        canvas.editor.undo_stack.undo()
        assert note(canvas).text == "New"

    def test_a_sheet_that_is_opened_from_further_away_shows_all_of_its_text(self, canvas: Canvas) -> None:
        put(canvas)
        long = "## Why so deep?\n\nEight layers see all of it:\n\n- the first few see edges\n- the last see shapes"
        canvas.editor.edit_network("Edit", lambda network: network.annotate(replace(note(canvas), text=long)))
        canvas.zoom_to(0.5, canvas.viewport().rect().center())
        canvas.remarks.edit("note_1")
        QApplication.processEvents()
        assert field(canvas).verticalScrollBar().maximum() == 0
        assert canvas.viewport().rect().contains(field(canvas).geometry())

    def test_the_sheet_is_as_high_as_its_text(self, canvas: Canvas) -> None:
        put(canvas, "one")
        low = canvas.picture.place_of("note_1").height()
        put(canvas, "word " * 60, QPointF(-280, 300))
        assert canvas.picture.place_of("note_2").height() > 2 * low

    def test_pictures_and_links_are_words(self, canvas: Canvas) -> None:
        put(canvas, "![secret](file:///etc/hostname) and [a link](https://example.org)")
        text = canvas.picture.remarks.notes["note_1"]._text
        assert text.toPlainText() == "secret and a link"
        assert "href" not in text.toHtml()
        assert "<img" not in text.toHtml()


class TestHandling:
    def test_a_drag_moves_it_together_with_what_is_selected(self, canvas: Canvas) -> None:
        put(canvas)
        click(canvas, middle(canvas, "flatten_1"), SHIFT)
        assert canvas.editor.selection == ("note_1", "flatten_1")
        before, was = canvas.editor.project, canvas.editor.network
        drag(canvas, place(canvas), place(canvas) + QPoint(-40, 60))
        after = canvas.editor.network
        for name in ("note_1", "flatten_1"):
            x, y = was.remark(name).position if name == "note_1" else was.node(name).position
            now = after.remark(name).position if name == "note_1" else after.node(name).position
            assert now == (x - 40, y + 60)
        assert undone(canvas, before)

    def test_escape_puts_it_back_while_it_is_dragged(self, canvas: Canvas) -> None:
        put(canvas)
        was = canvas.picture.place_of("note_1")
        drag(canvas, place(canvas), place(canvas) + QPoint(-40, 60), release=False)
        assert canvas.picture.place_of("note_1") != was
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert canvas.picture.place_of("note_1") == was

    def test_the_right_edge_makes_it_wider(self, canvas: Canvas) -> None:
        put(canvas, "word " * 30)
        sheet = canvas.picture.place_of("note_1")
        edge = at(canvas, QPointF(sheet.right() - 2, sheet.center().y()))
        QTest.mouseMove(canvas.viewport(), edge)
        assert canvas.viewport().cursor().shape() == Qt.CursorShape.SizeHorCursor
        drag(canvas, edge, edge + QPoint(-80, 0))
        assert note(canvas).width == sheet.width() - 80
        assert canvas.picture.place_of("note_1").height() > sheet.height()

    def test_click_marquee_and_select_all_select_it(self, canvas: Canvas) -> None:
        put(canvas)
        canvas.editor.select([])
        click(canvas, place(canvas))
        assert canvas.editor.selection == ("note_1",)
        canvas.editor.select([])
        drag(canvas, at(canvas, PLACE - QPointF(20, 20)), at(canvas, PLACE + QPointF(40, 20)))
        assert canvas.editor.selection == ("note_1",)
        canvas.edits.select_all()
        assert set(canvas.editor.selection) == {"input_1", "flatten_1", "linear_1", "output_1", "note_1"}

    def test_delete_copy_paste_and_duplicate(self, canvas: Canvas) -> None:
        put(canvas)
        QTest.keyClick(canvas, Qt.Key.Key_D, CONTROL)
        assert [note.text for note in canvas.editor.network.notes] == ["Why so **deep**?"] * 2
        assert canvas.editor.selection == ("note_2",)
        canvas.edits.cut()
        assert [note.id for note in canvas.editor.network.notes] == ["note_1"]
        canvas.edits.paste_at(None)
        assert canvas.editor.selection == ("note_2",)
        QTest.keyClick(canvas, Qt.Key.Key_Delete)
        assert [note.id for note in canvas.editor.network.notes] == ["note_1"]

    def test_arrows_nudge_it(self, canvas: Canvas) -> None:
        put(canvas)
        x, y = note(canvas).position
        QTest.keyClick(canvas, Qt.Key.Key_Right)
        assert note(canvas).position == (x + 4, y)

    def test_what_is_meant_for_layers_passes_it_by(self, canvas: Canvas) -> None:
        put(canvas)
        canvas.edits.select_all()
        canvas.arranging.align("left")
        canvas.arranging.tidy()
        canvas.switches.toggle_freeze()
        canvas.orientation.zoom_to_selection()
        canvas.orientation.select_connected()
        assert "note_1" not in canvas.editor.selection
        canvas.editor.select(["note_1"])
        canvas.arranging.tidy()
        canvas.edits.stack(Flatten)
        assert "flatten_2" in canvas.editor.network

    def test_all_of_it_is_in_view_when_all_is_shown(self, canvas: Canvas) -> None:
        put(canvas, "far", QPointF(-900, -600))
        canvas.fit()
        assert canvas.mapToScene(canvas.viewport().rect()).boundingRect().contains(canvas.picture.place_of("note_1"))

    def test_it_is_told_to_who_cannot_see_it(self, canvas: Canvas) -> None:
        put(canvas, "Mind the gap")
        assert "Mind the gap" in canvas.accessibleDescription()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_text_on_the_sheet_can_be_read(theme: Theme) -> None:
    assert contrast(theme.colour("text"), theme.colour("note")) >= 4.5
