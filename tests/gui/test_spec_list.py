"""Lists of choices: added, set, moved by mouse and keys, removed, each as one step of the history."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QScrollArea, QToolButton, QWidget

from engine.project import Project
from engine.steps import Bins, DropMissing, FillMissing, MinMax, OneHot, Standardise, Step
from gui.editor import Editor
from gui.spec_list import SpecList, SpecRow
from gui.theme import INSPECTOR_WIDTH

# A menu that drops down asks for what this platform has not.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def editor(qapp):
    made = Editor()
    made.open(Project().with_value("data.steps", (FillMissing(), OneHot(), Standardise())))
    return made


@pytest.fixture
def steps(qtbot, editor, appearance):
    around = QScrollArea()
    around.setWidgetResizable(True)
    made = SpecList(editor, "data.steps", Step, appearance, add="Add a step")
    around.setWidget(made)
    around.resize(INSPECTOR_WIDTH, 800)
    qtbot.addWidget(around)
    made.around = around
    refuses = lambda spec: "Samples are no images." if type(spec).__name__ == "Grey" else ""  # noqa: E731
    editor.project_changed.connect(lambda project: made.show_specs(project.data.steps, ("age",)))
    made.show_specs(editor.project.data.steps, ("age", "income, yearly"), refuses)
    with qtbot.waitActive(around):
        around.show()
        around.activateWindow()
    return made


def kinds(editor) -> list[type[Step]]:
    return [type(step) for step in editor.project.data.steps]


def rows(steps) -> list[SpecRow]:
    found = [row for row in steps.findChildren(SpecRow) if not row.isHidden()]
    return sorted(found, key=lambda row: row.y())


def head(steps, number) -> QToolButton:
    return rows(steps)[number].head


def test_all_are_shown_folded_in_their_order(steps):
    assert [row.head.text() for row in rows(steps)] == [FillMissing.title, OneHot.title, Standardise.title]
    assert head(steps, 1).accessibleName() == f"{OneHot.title}, 2 of 3"
    assert not [child for row in rows(steps) for child in row.findChildren(QWidget, "columns") if child.isVisible()]


def test_one_is_added_from_a_menu_below_its_group(steps, editor, qtbot):
    button = steps.findChild(QWidget, "stepsAdd")
    button.setFocus()
    menu = steps.findChild(QMenu)
    menu.aboutToShow.emit()
    texts = [action.text() for action in menu.actions()]
    assert texts.index(MinMax.group) < texts.index(MinMax.title)
    assert not next(action for action in menu.actions() if action.objectName() == "addGrey").isEnabled()
    next(action for action in menu.actions() if action.objectName() == "addMinMax").trigger()
    assert kinds(editor) == [FillMissing, OneHot, Standardise, MinMax]
    assert editor.undo_stack.count() == 1
    qtbot.waitUntil(lambda: len(rows(steps)) == 4 and rows(steps)[3].findChild(QWidget, "columns").isVisible())
    assert QApplication.focusWidget() is head(steps, 3)
    editor.undo_stack.undo()
    assert kinds(editor) == [FillMissing, OneHot, Standardise]


def test_settings_that_mean_nothing_now_are_hidden(steps, editor):
    row = rows(steps)[0]
    row.unfold(True)
    shown = lambda name: row.findChild(QWidget, name).isVisibleTo(row)  # noqa: E731
    assert (shown("method"), shown("value")) == (True, False)
    editor.apply("Fill", editor.project.with_value("data.steps.0.method", "value"))
    assert shown("value")


def test_a_group_of_which_nothing_suits_is_left_out(steps, editor):
    tabular = lambda spec: "" if spec.group == "Images" else "Samples are no table."  # noqa: E731
    steps.show_specs(editor.project.data.steps, (), tabular)
    menu = steps.findChild(QMenu)
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions() if action.objectName()] == ["Normalise images", "Resize", "Grey"]
    steps.show_specs(editor.project.data.steps, (), lambda _spec: "Samples are texts.")
    menu.aboutToShow.emit()
    assert [action.isEnabled() for action in menu.actions()] == [False]


def test_a_setting_is_typed_as_one_step(steps, editor, qtbot):
    QTest.mouseClick(head(steps, 1), LEFT)
    box = rows(steps)[1].findChild(QWidget, "columns")
    qtbot.waitUntil(box.isVisible)
    box.setFocus()
    QTest.keyClicks(box, "age")
    assert editor.project.data.steps[1] == OneHot(columns=("age",))
    assert editor.undo_stack.count() == 1
    assert rows(steps)[1].findChild(QToolButton, "columnsChoose").isVisible()


def test_keys_fold_move_and_remove(steps, editor):
    first = head(steps, 0)
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Space)
    assert first.isChecked()
    QTest.keyClick(first, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert kinds(editor) == [OneHot, FillMissing, Standardise]
    assert QApplication.focusWidget().text() == FillMissing.title
    assert QApplication.focusWidget().isChecked()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert kinds(editor) == [FillMissing, OneHot, Standardise]
    assert editor.undo_stack.count() == 2
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete)
    assert kinds(editor) == [OneHot, Standardise]
    assert QApplication.focusWidget().text() == OneHot.title


def drag(steps, number: int, to: int) -> None:
    """Drags a row by its head to just below the middle of the head of another."""
    held, over = head(steps, number), head(steps, to)
    start = held.rect().center()
    end = (
        over.mapTo(steps, over.rect().center()) - held.mapTo(steps, QPoint(0, 0)) + QPoint(0, 4 if to > number else -4)
    )
    QTest.mousePress(held, LEFT, Qt.KeyboardModifier.NoModifier, start)
    QTest.mouseMove(held, start + QPoint(0, 12))
    QTest.mouseMove(held, end)
    QTest.mouseRelease(held, LEFT, Qt.KeyboardModifier.NoModifier, end)


@pytest.mark.parametrize(
    ("number", "to", "order"),
    [
        (0, 2, [OneHot, Standardise, FillMissing]),
        (0, 1, [OneHot, FillMissing, Standardise]),
        (2, 0, [Standardise, FillMissing, OneHot]),
    ],
)
def test_one_is_dragged_to_its_place(steps, editor, number, to, order):
    drag(steps, number, to)
    assert kinds(editor) == order
    assert editor.undo_stack.count() == 1
    assert not any(row.head.isChecked() for row in rows(steps))


def test_a_click_folds_and_moves_nothing(steps, editor):
    QTest.mouseClick(head(steps, 0), LEFT)
    assert head(steps, 0).isChecked()
    assert editor.undo_stack.count() == 0


def test_each_has_a_button_that_removes_it(steps, editor):
    button = rows(steps)[1].findChild(QToolButton, "specRemove")
    assert button.accessibleName() == f"Remove {OneHot.title}"
    QTest.mouseClick(button, LEFT)
    assert kinds(editor) == [FillMissing, Standardise]
    for _ in range(2):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete)
    assert kinds(editor) == []
    assert QApplication.focusWidget().objectName() == "stepsAdd"


def test_what_a_step_found_and_what_is_wrong_with_it_stand_below_it(steps, qtbot):
    steps.show_words((("age: 29.7 in 177 rows",), ("sex: male, female", "deck: A, B")))
    steps.show_fault(1, "One-hot needs categories.")
    words = [row.findChild(QLabel, "specWords") for row in rows(steps)]
    assert [label.text() for label in words if label.isVisible()] == [
        "age: 29.7 in 177 rows",
        "sex: male, female\ndeck: A, B",
    ]
    (fault,) = (found for row in rows(steps) if (found := row.findChild(QLabel, "specFault")).isVisible())
    assert fault.text() == "One-hot needs categories."


def test_others_are_shown_as_they_come(steps, editor, qtbot):
    editor.open(Project().with_value("data.steps", (DropMissing(), Bins())))
    qtbot.waitUntil(lambda: [row.head.text() for row in rows(steps)] == [DropMissing.title, Bins.title])
    editor.open(Project())
    assert rows(steps) == []


def test_a_folded_one_of_which_nothing_is_told_takes_no_room_below_its_head(steps, editor):
    (row, *_) = rows(steps)
    steps.show_words(())
    assert row._inner.isHidden()
    steps.show_words((("age: 3 missing",), (), ()))
    assert not row._inner.isHidden()
    steps.show_words(())
    assert row._inner.isHidden()
    row.head.setChecked(True)
    assert not row._inner.isHidden()
