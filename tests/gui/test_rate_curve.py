"""The curve of the learning rate: dragged with the mouse, moved with the keys, each drag one step of the history."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from engine.project import Project
from engine.schedules import ByHand, Constant, Cosine, RatePoint, Schedule, Step
from engine.templates import template
from gui.editor import Editor
from gui.rate_curve import RateCurve, traced
from gui.theme import INSPECTOR_WIDTH

LEFT = Qt.MouseButton.LeftButton
POINTS = ByHand((RatePoint(0.0, 1.0), RatePoint(0.5, 0.5), RatePoint(1.0, 0.0)))


def with_schedule(schedule: Schedule) -> Project:
    project = template("digits").project
    return project.with_training(project.training.with_setting("schedule", schedule))


@pytest.fixture
def editor(qapp):
    return Editor()


@pytest.fixture
def curve(qtbot, editor, appearance):
    made = RateCurve(editor, appearance)
    qtbot.addWidget(made)
    made.resize(INSPECTOR_WIDTH, INSPECTOR_WIDTH // 2)
    editor.project_changed.connect(made.show_project)
    editor.open(with_schedule(POINTS))
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    return made


def place(curve: RateCurve, number: int) -> QPoint:
    return curve._place_of(curve._handles[number]).toPoint()


def drag(curve: RateCurve, number: int, across: int, down: int, *, let_go: bool = True) -> None:
    start = place(curve, number)
    QTest.mousePress(curve, LEFT, pos=start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(curve, start + QPoint(round(across * share), round(down * share)))
    if let_go:
        QTest.mouseRelease(curve, LEFT, pos=start + QPoint(across, down))


def schedule(editor: Editor) -> Schedule:
    return editor.project.training.schedule


def test_a_drag_is_one_step_of_the_history(curve, editor):
    drag(curve, 1, 40, -30)
    moved = schedule(editor)
    assert moved.points[1].at > 0.55
    assert moved.points[1].rate > 0.65
    assert editor.undo_stack.count() == 1
    editor.undo_stack.undo()
    assert schedule(editor) == POINTS


def test_while_it_is_dragged_the_values_are_shown_and_nothing_is_changed(curve, editor):
    drag(curve, 1, 0, -30, let_go=False)
    assert schedule(editor) == POINTS
    assert curve.accessibleDescription() == curve._handle_in_words(1)
    assert "in epoch" in curve.accessibleDescription()
    QTest.keyClick(curve, Qt.Key.Key_Escape)
    QTest.mouseRelease(curve, LEFT, pos=place(curve, 1))
    assert (schedule(editor), editor.undo_stack.count()) == (POINTS, 0)


def test_a_double_click_adds_a_point_and_takes_one_away(curve, editor):
    free = (curve._place_of(curve._handles[0]) + curve._place_of(curve._handles[1])) / 2
    QTest.mouseDClick(curve, LEFT, pos=free.toPoint())
    assert len(schedule(editor).points) == 4
    QTest.mouseDClick(curve, LEFT, pos=place(curve, 1))
    assert len(schedule(editor).points) == 3
    assert editor.undo_stack.count() == 2


def test_the_keys_choose_move_add_and_remove(curve, editor):
    curve.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(curve, Qt.Key.Key_PageDown)
    for _ in range(5):
        QTest.keyClick(curve, Qt.Key.Key_Up)
    assert schedule(editor).points[1] == RatePoint(0.5, 0.6)
    assert editor.undo_stack.count() == 1, "what one key does again and again is one step"
    QTest.keyClick(curve, Qt.Key.Key_Right)
    assert schedule(editor).points[1] == RatePoint(0.52, 0.6)
    QTest.keyClick(curve, Qt.Key.Key_Insert)
    assert len(schedule(editor).points) == 4
    QTest.keyClick(curve, Qt.Key.Key_Delete)
    assert len(schedule(editor).points) == 3


def test_the_settings_of_a_schedule_are_dragged(curve, editor):
    editor.open(with_schedule(Step(every=4)))
    (number,) = (n for n, handle in enumerate(curve._handles) if handle.setting == "every")
    assert "Every 4" in curve.words_at(QPointF(place(curve, number)))
    drag(curve, number, 60, -40)
    assert schedule(editor).every > 4
    assert schedule(editor).gamma > 0.2
    curve.setFocus(Qt.FocusReason.TabFocusReason)
    before = schedule(editor).every
    QTest.keyClick(curve, Qt.Key.Key_Right)
    assert schedule(editor).every == before + 1


def test_by_hand_begins_with_the_curve_that_was_there(curve, editor):
    points = traced(with_schedule(Cosine()), Cosine())
    assert [point.rate for point in points.points] == pytest.approx([1, 0.85, 0.5, 0.15, 0], abs=0.02)


def test_a_rate_that_stays_has_no_curve(curve, editor):
    editor.open(with_schedule(Constant()))
    assert not curve.isVisible()
    assert curve._handles == []
