"""Fields for paths and names: typed, chosen from a dialog or a list, dropped."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QListView, QToolButton, QVBoxLayout, QWidget

from engine.spec import Spec, names, place
from gui import dialogs
from gui.form import Form
from gui.names_box import NamesList
from gui.notation import Names
from gui.value_box import ValueBox

# A list in front of the window asks for what this platform has not.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

COLUMNS = ("age", "income, yearly", 'the "best"', "sex")


class Made(Spec, frozen=True):
    """A family of its own, so that nothing lists it."""


class Source(Made, frozen=True):
    """Something of a file."""

    path: str = place(help="Where it is.")
    columns: tuple[str, ...] = names(help="Which columns.")


@pytest.fixture
def form(qtbot):
    window = QWidget()
    made = Form(parent=window)
    QVBoxLayout(window).addWidget(made)
    qtbot.addWidget(window)
    shown = [Source(path="data/a.csv", columns=("age",))]

    def change(name, value):
        shown.append(shown[-1].with_setting(name, value))
        made.show_specs(shown[-1])

    made.changed.connect(change)
    made.show_specs(*shown)
    made.shown, made.around = shown, window
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    return made


def part(form, name) -> QWidget:
    return form.findChild(QWidget, name)


def drop(widget, path: Path) -> None:
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(path))])
    at, mouse, key = QPoint(5, 5), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for event in (
        QDragEnterEvent(at, Qt.DropAction.CopyAction, carried, mouse, key),
        QDropEvent(at, Qt.DropAction.CopyAction, carried, mouse, key),
    ):
        QApplication.sendEvent(widget, event)
        assert event.isAccepted()


def test_a_file_is_chosen(form, monkeypatch, tmp_path):
    monkeypatch.setattr(dialogs, "ask_place", lambda _parent, current: tmp_path / f"{current.stem}.txt")
    button = part(form, "pathChoose")
    assert button.accessibleName() == "Choose: path"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert form.shown[-1].path == str(tmp_path / "a.txt")
    assert part(form, "path").text() == str(tmp_path / "a.txt")


def test_a_choice_that_is_given_up_changes_nothing(form, monkeypatch):
    monkeypatch.setattr(dialogs, "ask_place", lambda *_: None)
    QTest.keyClick(part(form, "pathChoose"), Qt.Key.Key_Space)
    assert len(form.shown) == 1


def test_a_file_is_dropped(form, tmp_path):
    drop(part(form, "path"), tmp_path / "b.csv")
    assert form.shown[-1].path == str(tmp_path / "b.csv")


@pytest.mark.parametrize("value", [(), ("a",), COLUMNS, (" x ", "y"), ('"', ","), ("a b", "c")])
def test_names_are_written_so_that_they_are_read_again(value):
    notation = Names()
    assert notation.read(notation.write(value)) == value


def test_names_are_typed_between_commas():
    assert Names().read(' age ,"income, yearly",, sex') == ("age", "income, yearly", "sex")
    assert Names().read('age, "inc') == ("age", '"inc')


def test_names_are_offered_only_where_they_are_known(form):
    assert not part(form, "columnsChoose").isVisible()
    form.offer("columns", COLUMNS)
    assert part(form, "columnsChoose").isVisible()


def test_names_are_chosen_from_a_list_by_mouse_and_keys(form, qtbot):
    form.offer("columns", COLUMNS)
    QTest.mouseClick(part(form, "columnsChoose"), Qt.MouseButton.LeftButton)
    popup = form.findChild(NamesList)
    qtbot.waitUntil(popup.isVisible)
    names_list = popup.findChild(QListView, "names")
    rows = [names_list.model().index(row, 0) for row in range(4)]
    assert [row.data() for row in rows] == list(COLUMNS)
    assert [row.data(Qt.ItemDataRole.CheckStateRole) for row in rows] == [Qt.CheckState.Checked.value, 0, 0, 0]
    for _ in range(2):
        QTest.keyClick(names_list, Qt.Key.Key_Down)
    QTest.keyClick(names_list, Qt.Key.Key_Space)
    assert form.shown[-1].columns == ("age", 'the "best"')
    QTest.keyClick(names_list, Qt.Key.Key_Up)
    QTest.keyClick(names_list, Qt.Key.Key_Space)
    assert form.shown[-1].columns == ("age", 'the "best"', "income, yearly")
    QTest.keyClick(names_list, Qt.Key.Key_Up)
    QTest.keyClick(names_list, Qt.Key.Key_Space)
    assert form.shown[-1].columns == ('the "best"', "income, yearly")
    assert part(form, "columns").text() == '"the ""best""", "income, yearly"'
    popup.close()


def test_many_names_can_be_searched(form, qtbot):
    form.offer("columns", [f"column {number}" for number in range(2_000)])
    QTest.mouseClick(part(form, "columnsChoose"), Qt.MouseButton.LeftButton)
    popup = form.findChild(NamesList)
    search = part(popup, "namesSearch")
    assert search.isVisible()
    QTest.keyClicks(search, "1999")
    assert popup.findChild(QListView, "names").model().rowCount() == 1
    popup.close()


def test_what_stands_beside_a_line_is_as_high(form):
    form.offer("columns", COLUMNS)
    for name in ("path", "columns"):
        line, button = form.findChild(ValueBox, name), form.findChild(QToolButton, f"{name}Choose")
        assert line.height() == button.height()
        assert line.y() == button.y()
