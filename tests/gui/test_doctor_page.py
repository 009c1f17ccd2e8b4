"""The page of the data check: what it shows, mends, ignores and asks for, with real clicks."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QLabel, QPushButton

from engine.data import Data
from engine.datasets import Iris, Progress, Wine
from engine.doctor.finding import Finding, Findings
from engine.doctor.fixes import LeaveOut
from engine.errors import DataError
from engine.project import Project
from gui.doctor_page import DoctorPage
from gui.editor import Editor
from gui.services import Services
from gui.settings import Settings
from gui.training_thread import SpareTrainer
from gui.window import Window

COPIES = Finding(
    "duplicates", "doubt", "1 row is a copy. It counts twice.", (142,), 1, fix=LeaveOut(("142",), "Leave out 1 copy")
)
SERIOUS = Finding("missing-values", "serious", "“a” lacks 3 values.", (1, 2, 3), 3, column="a")
KNOWN = Finding("format", "information", "The file has a semicolon between cells.")
FOUND = Findings((SERIOUS, COPIES, KNOWN), 150, ("copies", "leaks"))


@pytest.fixture
def editor(qapp):
    made = Editor()
    made.open(Project(data=Data(Iris())))
    return made


@pytest.fixture
def page(qtbot, appearance, editor):
    made = DoctorPage(editor, appearance)
    qtbot.addWidget(made)
    made.resize(1000, 400)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def found(page):
    page.examine()
    page.show_findings(FOUND)
    return page


def texts(page):
    return [one.text() for one in page.findChildren(QLabel) if one.isVisibleTo(page)]


def press(page, name, number=0):
    buttons = [one for one in page.findChildren(QPushButton, name) if one.isVisibleTo(page)]
    QTest.qWait(0)
    QTest.mouseClick(buttons[number], Qt.MouseButton.LeftButton)


def rows(page):
    return [one for one in page.findChildren(QFrame, "finding") if one.isVisibleTo(page)]


def test_it_says_what_it_is_for_and_asks_for_the_data_as_they_are(page, editor, qtbot):
    assert "Before training" in page.findChild(QLabel, "doctorWords").text()
    with qtbot.waitSignal(page.examine_asked) as asked:
        press(page, "examineButton")
    assert asked.args == [editor.project.data]


def test_it_shows_how_far_it_is_and_can_be_cancelled(page, qtbot):
    press(page, "examineButton")
    page.show_progress(Progress("Looking for exact copies", 5, 20, "steps"))
    assert "Looking for exact copies…" in texts(page)
    with qtbot.waitSignal(page.cancel_asked):
        press(page, "doctorCancel")
    page.show_findings(FOUND)
    assert not rows(page)


def test_findings_stand_in_their_order_and_are_counted(found, qtbot):
    assert len(rows(found)) == 3
    shown = texts(found)
    assert shown.index("“a” lacks 3 values.") < shown.index("1 row is a copy.") < shown.index(KNOWN.message)
    assert "It counts twice." in shown
    with qtbot.waitSignal(found.count_changed) as counted:
        found._redraw()
    assert counted.args == [2]


def test_show_rows_names_the_rows(found, qtbot):
    with qtbot.waitSignal(found.rows_asked) as asked:
        press(found, "showRows", 1)
    assert asked.args == [(142,), "1 row is a copy."]


def test_a_fix_is_one_step_that_is_undone_and_the_data_are_examined_again(found, editor, qtbot):
    with qtbot.waitSignal(found.examine_asked) as asked:
        press(found, "fixButton")
    assert editor.project.data.excluded == ("142",)
    assert asked.args == [editor.project.data]
    assert editor.undo_stack.count() == 1
    found.cancel()
    editor.undo_stack.undo()
    assert editor.project.data == Data(Iris())


def test_after_a_fix_the_list_is_seen_from_its_beginning(found, editor, qtbot):
    found.resize(1000, 120)
    found.activateWindow()
    qtbot.waitActive(found)
    press(found, "fixButton")
    assert found.findChild(QPushButton, "doctorCancel").hasFocus()
    found.show_findings(FOUND)
    assert found.findChild(QPushButton, "examineButton").hasFocus()
    QTest.qWait(0)
    assert found.verticalScrollBar().value() == 0


def test_what_is_ignored_is_folded_away_and_can_come_back(found, editor):
    press(found, "ignoreButton", 1)
    assert [one.rule for one in editor.project.silenced] == ["data duplicates"]
    assert len(rows(found)) == 2
    press(found, "ignoredFindings")
    assert len(rows(found)) == 3
    press(found, "considerButton")
    assert not editor.project.silenced
    assert len(rows(found)) == 3


def test_findings_of_data_that_have_changed_say_so_and_offer_no_fix(found, editor):
    editor.apply("Split", editor.project.with_value("data.validation", 0.3))
    assert "have changed since" in found.findChild(QLabel, "doctorWords").text()
    assert not [one for one in found.findChildren(QPushButton, "fixButton") if one.isVisibleTo(found)]


def test_findings_of_another_dataset_are_gone(found, editor):
    editor.apply("Wine", editor.project.with_data(Data(Wine())))
    assert not rows(found)


def test_where_nothing_is_found_it_says_what_was_looked_for(page):
    page.examine()
    page.show_findings(Findings((), 150, ("copies", "leaks")))
    words = page.findChild(QLabel, "doctorWords").text()
    assert words == "Nothing was found in 150 samples. Looked for: copies, leaks."


def test_a_failure_is_told_in_its_sentences(page):
    page.examine()
    page.show_failure(DataError("titanic.csv is gone.", fix="Choose where it is."))
    assert page.findChild(QLabel, "doctorWords").text() == "titanic.csv is gone. Choose where it is."
    assert page.findChild(QPushButton, "examineButton").isVisibleTo(page)


def test_from_the_data_tab_to_the_rows_that_were_found(qtbot, appearance, tmp_path, monkeypatch):
    monkeypatch.setattr(SpareTrainer, "prepare", lambda _: None)
    window = Window(Settings(tmp_path / "settings.ini"), appearance, Services())
    window.editor.open(Project(data=Data(Iris())))
    with qtbot.waitExposed(window):
        window.show()
    window.show_data()
    QTest.mouseClick(window.findChild(QPushButton, "examineData"), Qt.MouseButton.LeftButton)
    page = window.doctor_page
    qtbot.waitUntil(lambda: len(rows(page)) == 1, timeout=120_000)
    assert "1 row of 150 is an exact copy of an earlier one." in texts(page)
    press(page, "showRows")
    qtbot.waitUntil(lambda: window.pages.currentWidget() is window.data_view)
    window.editor.undo_stack.setClean()
    window.close()
    window.deleteLater()
