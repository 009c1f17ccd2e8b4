"""Pre-flight in the Training tab: asked for in the window's own engine process, shown, used, given up."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from engine.datasets import Progress
from engine.errors import TrainingError
from engine.preflight_report import Check, Estimate, Preflight, RateCurve
from engine.report import ChangeSetting
from engine.templates import template
from gui.editor import Editor
from gui.preflight import PreflightView, RateSearch
from gui.theme import INSPECTOR_WIDTH

FIX = ChangeSetting("training.optimizer.learning_rate", 0.02, "Set the learning rate to 0.02")
RATES = tuple(10.0 ** (power / 4) for power in range(-28, 1))
FOUND = Preflight(
    (
        Check("first loss", "good", "The first loss is 2.3; guessing would give 2.303."),
        Check("learning rate", "doubt", "A learning rate of 0.02 is good to begin with; 0.002 is chosen.", FIX),
    ),
    RateCurve(RATES, tuple(2.3 - 2 / (1 + abs(place - 20)) for place in range(29)), 0.02),
    Estimate(0.5, 10**8, 1024),
)


@pytest.fixture
def editor(qapp):
    made = Editor()
    made.open(template("digits").project)
    return made


@pytest.fixture
def view(qtbot, appearance, editor):
    made = PreflightView(editor, appearance)
    qtbot.addWidget(made)
    made.resize(INSPECTOR_WIDTH, 700)
    made.show()
    return made


def words(view):
    return [each.text() for each in view.findChildren(QLabel) if each.isVisible() and each.text()]


def rate(editor):
    return editor.project.training.optimizer.learning_rate


def test_the_window_tries_a_training_out(window, qtbot):
    window.editor.open(template("iris").project)
    view = window.training_panel.preflight
    window.docks["trainingDock"].raise_()
    qtbot.mouseClick(view.findChild(QPushButton, "preflightButton"), Qt.MouseButton.LeftButton)
    assert view.findChild(QPushButton, "preflightCancel").isVisible()
    qtbot.waitUntil(lambda: any("guessing would give" in each for each in words(view)), timeout=60_000)
    assert view.findChild(RateSearch).isVisible()
    assert view.findChild(QPushButton, "preflightButton").isVisible()


def test_what_was_found_is_shown_and_mended_in_one_step(view, editor):
    view.try_out()
    view.show_found(FOUND)

    assert [check.message for check in FOUND.checks] == words(view)[:2]
    view.findChild(QPushButton, "preflightFix").click()
    assert rate(editor) == 0.02
    assert "The design has changed since." in words(view)
    assert "Done: Set the learning rate to 0.02" in words(view)
    editor.attempt("Change", lambda project: project.with_value("training.epochs", 3))
    assert not any("Done" in each for each in words(view)), "more has changed than was suggested"
    editor.undo_stack.undo()
    editor.undo_stack.undo()
    assert rate(editor) == template("digits").project.training.optimizer.learning_rate


def test_a_click_on_the_curve_takes_the_rate_there(view, editor, qtbot):
    view.try_out()
    view.show_found(FOUND)
    curve = view.findChild(RateSearch)

    place = QPointF(curve.width() / 2, curve.height() / 2)
    QTest.mouseClick(curve, Qt.MouseButton.LeftButton, pos=place.toPoint())

    assert rate(editor) == pytest.approx(10**-3.5, rel=0.1)
    assert "click to use it" in curve.words_at(place)


def test_it_can_be_given_up(view, qtbot):
    view.try_out()
    view.show_progress(Progress("Measuring an epoch", 2, 5, "looks"))
    assert "Measuring an epoch…" in words(view)

    with qtbot.waitSignal(view.cancel_asked):
        view.findChild(QPushButton, "preflightCancel").click()
    view.show_found(FOUND)

    assert words(view) == []


def test_the_keys_stay_where_they_were(view, qtbot):
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow)
    view.findChild(QPushButton, "preflightButton").setFocus()
    view.try_out()
    assert view.findChild(QPushButton, "preflightCancel").hasFocus()
    view.show_found(FOUND)
    assert view.findChild(QPushButton, "preflightButton").hasFocus()
    view.findChild(QPushButton, "preflightFix").setFocus()
    qtbot.keyClick(view.findChild(QPushButton, "preflightFix"), Qt.Key.Key_Space)
    assert view.findChild(QPushButton, "preflightButton").hasFocus()


def test_an_edit_gives_it_up(view, editor, qtbot):
    view.try_out()
    with qtbot.waitSignal(view.cancel_asked):
        editor.attempt("Change", lambda project: project.with_value("training.epochs", 3))


def test_why_it_cannot_be_tried_is_said(view):
    view.try_out()
    view.show_failure(TrainingError("No layer has weights.", fix="Insert Linear."))
    assert words(view) == ["No layer has weights. Insert Linear."]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_painted_in_both_themes(view, appearance, theme):
    view.try_out()
    view.show_found(FOUND)
    appearance.choose(theme)
    picture = view.grab().toImage()
    shown = {picture.pixelColor(x, y).name() for x in range(0, picture.width(), 3) for y in range(picture.height())}
    assert appearance.theme.accent in shown
