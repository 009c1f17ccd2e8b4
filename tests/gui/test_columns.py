"""The columns of a person's table in the Data tab: seen, used otherwise, predicted, each as one step."""

from pathlib import Path

import pytest
from mouse import drop_files
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QPlainTextEdit, QWidget

from engine.analysis import analyse
from engine.datasets.tables import Table
from engine.steps import proposed_steps
from gui.data.columns import KIND, MISSING, PREDICTED, ColumnsEditor
from gui.place_box import PlaceBox
from gui.value_box import ValueBox
from gui.window import Window

# A menu that drops down asks for what this platform has not.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

PATIENCE = 60_000
PEOPLE = "name,age,sex,fare,survived\n" + "".join(
    f"person {row},{'' if row % 7 == 0 else 20 + row % 40},{'fm'[row % 2]},{row * 1.5},{'yes' if row % 3 else 'no'}\n"
    for row in range(120)
)


@pytest.fixture
def people(tmp_path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE)
    return path


@pytest.fixture
def window(window: Window) -> Window:
    """Large enough for all columns."""
    window.resize(1440, 1000)
    return window


@pytest.fixture
def opened(window, people, qtbot) -> Window:
    drop_files(window, people)
    qtbot.waitUntil(lambda: isinstance(dataset(window), Table), timeout=PATIENCE)
    qtbot.waitUntil(columns(window).isVisible)
    return window


def dataset(window):
    return window.editor.project.data.dataset


def columns(window) -> ColumnsEditor:
    return window.data_panel.columns


def row_of(window, name: str) -> int:
    return [column.name for column in dataset(window).columns].index(name)


def click(window, name: str, column: int) -> None:
    table = columns(window)
    window.data_panel.ensureWidgetVisible(table)
    cell = table.visualRect(table.model().index(row_of(window, name), column))
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, cell.center())


def test_a_table_that_is_dropped_shows_its_columns_and_can_be_trained(opened):
    model = columns(opened).model()
    shown = [[model.index(row, place).data() for place in range(4)] for row in range(model.rowCount())]
    assert shown == [
        ["name", "ignore", "", ""],
        ["age", "number", "18", ""],
        ["sex", "category", "", ""],
        ["fare", "number", "", ""],
        ["survived", "category", "", "predicted"],
    ]
    assert not analyse(opened.editor.project).faults
    assert opened.editor.project.data.steps == proposed_steps(dataset(opened)) != ()


def test_what_the_steps_found_is_shown_below_them(opened, qtbot):
    words = lambda: [label for label in opened.findChildren(QLabel, "specWords") if label.isVisible()]  # noqa: E731
    qtbot.waitUntil(lambda: bool(words()), timeout=PATIENCE)
    assert any("age" in label.text() for label in words())
    assert opened.findChild(QWidget, "featureTable").isVisible()


def test_a_column_is_used_otherwise_by_mouse_as_one_step(opened, qtbot):
    click(opened, "sex", KIND)
    menu = opened.findChild(QMenu, "columnKinds")
    assert [action.objectName() for action in menu.actions()] == ["category", "labels", "ignore"]
    for _ in range(3):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "sex" not in dataset(opened).features, timeout=PATIENCE)
    assert opened.editor.undo_stack.count() == 1
    assert opened.editor.undo_stack.undoText() == "Use sex as ignore"
    assert opened.editor.project.data.steps == proposed_steps(dataset(opened))
    opened.editor.undo_stack.undo()
    assert "sex" in dataset(opened).features


def test_columns_are_made_labels_that_are_predicted_together(window, tmp_path, qtbot):
    path = tmp_path / "comments.csv"
    rows = "".join(f"{row % 9}.5,{row % 2},{row % 3 // 2},{row % 5 // 4}\n" for row in range(60))
    path.write_text(f"length,rude,angry,target\n{rows}")
    drop_files(window, path)
    qtbot.waitUntil(lambda: isinstance(dataset(window), Table), timeout=PATIENCE)
    qtbot.waitUntil(columns(window).isVisible)
    for name in ("target", "rude"):
        click(window, name, KIND)
        menu = window.findChild(QMenu, "columnKinds")
        assert menu.actions()[0].objectName() == "label"
        menu.actions()[0].trigger()
        menu.close()
        qtbot.waitUntil(
            lambda name=name: dataset(window).columns[row_of(window, name)].kind == "label", timeout=PATIENCE
        )
    assert (dataset(window).task, dataset(window).classes) == ("multilabel", ("rude", "target"))
    model = columns(window).model()
    shown = {model.index(row, 0).data(): model.index(row, PREDICTED).data() for row in range(model.rowCount())}
    assert shown == {"length": "", "rude": "predicted", "angry": "", "target": "predicted"}


def test_another_column_is_predicted_by_keys_as_one_step(opened, qtbot):
    table = columns(opened)
    table.setFocus()
    table.setCurrentIndex(table.model().index(row_of(opened, "survived"), KIND))
    QTest.keyClick(table, Qt.Key.Key_Up)
    QTest.keyClick(table, Qt.Key.Key_Right)
    assert table.currentIndex().column() == MISSING
    QTest.keyClick(table, Qt.Key.Key_Right)
    QTest.keyClick(table, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: dataset(opened).target == "fare", timeout=PATIENCE)
    assert dataset(opened).task == "regression"
    assert opened.editor.undo_stack.count() == 1
    assert table.currentIndex().column() == PREDICTED
    assert any(problem.fix for problem in analyse(opened.editor.project).faults)


def test_a_network_drawn_before_anything_was_asked_for_follows_what_is_chosen(window, tmp_path, qtbot):
    path = tmp_path / "animals.csv"
    path.write_text("size,kind,species\n" + "".join(f"{row % 9}.5,{'abc'[row % 3]},cat\n" for row in range(60)))
    window.opening.open(path)
    qtbot.waitUntil(lambda: isinstance(dataset(window), Table), timeout=PATIENCE)
    assert "“species” cannot be predicted" in dataset(window).lacks
    window.look_at_data()
    window.data_view.target_chosen.emit("kind")
    qtbot.waitUntil(lambda: dataset(window).target == "kind", timeout=PATIENCE)
    assert window.editor.undo_stack.count() == 1
    assert not analyse(window.editor.project).faults
    qtbot.waitUntil(lambda: window.data_view.rows.matching == 60, timeout=PATIENCE)


def test_a_wrong_separator_is_corrected_and_the_columns_follow_as_one_step(opened, qtbot, people):
    people.write_text(PEOPLE.replace(",", ";"))
    panel = opened.data_panel
    opened.editor.attempt("Semicolon", lambda project: project.with_value("data.dataset.separator", "semicolon"))
    assert opened.editor.undo_stack.count() == 1
    qtbot.waitUntil(lambda: not dataset(opened).is_stale, timeout=PATIENCE)
    assert opened.editor.undo_stack.count() == 1
    assert len(dataset(opened).columns) == 5
    assert columns(opened).isVisible()
    assert panel.isVisible()


def test_a_choice_that_cannot_be_is_said_and_changes_nothing(opened, qtbot, people):
    before = opened.editor.project
    people.unlink()
    opened.opening.use_column("name", "category")
    qtbot.waitUntil(lambda: "people.csv" in opened.notices.texts[0], timeout=PATIENCE)
    assert opened.editor.project is before


def test_rows_that_were_left_out_are_counted_and_listed(opened, qtbot, people):
    people.write_text(PEOPLE + "too,many,cells,in,this,row\n")
    opened.opening.open(people)
    head = opened.findChild(QWidget, "skippedHead")
    qtbot.waitUntil(head.isVisible, timeout=PATIENCE)
    assert head.text() == "One row or file was left out"
    opened.data_panel.ensureWidgetVisible(head)
    QTest.mouseClick(head, Qt.MouseButton.LeftButton)
    words = opened.findChild(QPlainTextEdit, "skipped")
    assert words.isVisible()
    assert "122" in words.toPlainText()


def test_a_file_for_the_test_is_counted_as_one_step_and_its_share_is_no_longer_asked_for(opened, qtbot, tmp_path):
    shares = opened.data_panel.findChild(QWidget, "test")
    assert not shares.isHidden()
    path = tmp_path / "more {people}.csv"
    path.write_text("\n".join(PEOPLE.splitlines()[:31]) + "\n")
    box = opened.data_panel.findChild(PlaceBox, "test_path")
    box.take(str(path))
    qtbot.waitUntil(lambda: dataset(opened).test_rows == 30, timeout=PATIENCE)
    assert dataset(opened).test_path == str(path)
    assert opened.editor.undo_stack.count() == 1
    assert opened.editor.undo_stack.undoText() == "Test on more {people}.csv"
    assert shares.isHidden()
    box.take("")
    qtbot.waitUntil(lambda: not dataset(opened).test_path, timeout=PATIENCE)
    assert dataset(opened).test_rows == 0
    assert not shares.isHidden()


def test_a_file_for_the_test_that_lacks_a_column_is_refused_and_the_line_says_what_holds(opened, qtbot, tmp_path):
    path = tmp_path / "others.csv"
    path.write_text("name,age\nAda,3\n")
    box = opened.data_panel.findChild(PlaceBox, "test_path")
    box.take(str(path))
    qtbot.waitUntil(lambda: "others.csv" in opened.notices.texts[0], timeout=PATIENCE)
    assert dataset(opened).test_path == ""
    assert box.text() == ""


def test_what_was_found_out_is_no_setting(opened):
    names = {"rows", "test_rows", "found_as", "target"}
    assert not any(opened.data_panel.findChild(ValueBox, name) for name in names)
