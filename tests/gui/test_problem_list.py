"""The list of problems: gone to, mended, ignored and heard of again, by mouse and by keys."""

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton

from engine.analysis import analyse
from engine.data import Data
from engine.datasets import Iris
from engine.graph import Graph
from engine.layers import BatchNorm2d, Conv2d, Flatten, Input, Linear, Output
from engine.project import Project
from engine.report import Problem, Report
from gui.editor import Editor
from gui.ignore_button import IgnoreButton
from gui.problem_list import ProblemList
from gui.problem_row import ProblemRow
from gui.theme import Appearance
from gui.words import sentences

LEFT, Key = Qt.MouseButton.LeftButton, Qt.Key


@pytest.fixture
def editor() -> Editor:
    """Three Linear in a row, which are two doubts, and the engine's word on every edit at once."""
    made = Editor()
    made.project_changed.connect(lambda project: made.set_report(project, analyse(project)))
    made.open(Project(Graph.chain(Input(), Linear(8), Linear(8), Linear(3), Output()), Data(Iris())))
    return made


@pytest.fixture
def problem_list(editor: Editor, qtbot) -> ProblemList:
    shown = ProblemList(editor, Appearance(QApplication.instance(), "light"))
    qtbot.addWidget(shown)
    shown.resize(900, 260)
    shown.show()
    qtbot.waitExposed(shown)
    shown.activateWindow()
    return shown


def rows(problem_list: ProblemList) -> list[ProblemRow]:
    """The rows from top to bottom."""
    found = [row for row in problem_list.findChildren(ProblemRow) if row.isVisible()]
    return sorted(found, key=lambda row: row.y())


def places(problem_list: ProblemList) -> list[str | None]:
    return [row.entry.problem.node for row in rows(problem_list)]


def button(row: ProblemRow, name: str) -> QPushButton:
    found = row.findChild(QPushButton, name)
    assert found is not None
    return found


def choose(owner: QPushButton, words: str, qtbot) -> None:
    """Opens the menu of an Ignore button and takes one of its entries."""
    QTest.mouseClick(owner, LEFT)
    menu = owner.findChild(QMenu, "ignoreMenu")
    qtbot.waitUntil(menu.isVisible)
    action = next(action for action in menu.actions() if action.text() == words)
    QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(action).center())


def test_the_words_of_a_fix_are_whole_where_their_column_has_their_width(
    editor: Editor, problem_list: ProblemList
) -> None:
    for layer in (Input(), Linear(8), Flatten(), Conv2d()):
        editor.open(Project(Graph.chain(layer), Data(Iris())))
        QApplication.processEvents()
        fixes = [found for row in rows(problem_list) for found in row.findChildren(QPushButton, "fixButton")]
        assert fixes
        assert not [fix.text() for fix in fixes if fix.text() != fix.accessibleName()]


def test_a_row_says_where_what_and_why(problem_list: ProblemList) -> None:
    texts = [each.text() for each in rows(problem_list)[0].findChildren(QLabel)]
    assert "linear_2" in texts
    assert "No nonlinearity between linear_1 and linear_2." in texts
    assert any(text.startswith("Together they can do no more") for text in texts)
    assert button(rows(problem_list)[0], "fixButton").text() == "Insert ReLU"


def test_a_row_stays_low_where_there_is_little_room_and_tells_the_rest_when_pointed_at(
    problem_list: ProblemList,
) -> None:
    row = rows(problem_list)[0]
    (why,) = [each for each in row.findChildren(QLabel) if each.text().startswith("Together")]
    whole = why.text()
    assert why.toolTip() == ""
    problem_list.resize(640, 260)
    QApplication.processEvents()
    line = why.fontMetrics().lineSpacing()
    assert row.height() < 4 * line
    assert why.height() < 2 * line
    assert why.text().endswith("…")
    assert why.toolTip() == why.accessibleName() == whole
    problem_list.resize(1200, 260)
    QApplication.processEvents()
    assert why.text() == whole


def test_the_columns_stand_below_each_other(problem_list: ProblemList) -> None:
    for name in ("fixButton", "ignoreButton"):
        places = {button(row, name).mapTo(row, button(row, name).rect().topLeft()).x() for row in rows(problem_list)}
        assert len(places) == 1


def test_the_buttons_that_mend_all_of_a_kind_end_on_one_line(problem_list: ProblemList, editor: Editor) -> None:
    layers = (
        Input((1, 8, 8)),
        Conv2d(),
        BatchNorm2d(),
        Conv2d(),
        BatchNorm2d(),
        Flatten(),
        Linear(64),
        Linear(10),
        Output(),
    )
    editor.open(Project(Graph.chain(*layers)))
    QApplication.processEvents()
    found = [(row, every) for row in rows(problem_list) for every in row.findChildren(QPushButton, "allButton")]
    assert {every.text() for _row, every in found} == {"All 2", "All 3"}
    assert len({every.mapTo(row, every.rect().topRight()).x() for row, every in found}) == 1


def test_a_click_goes_there(problem_list: ProblemList, qtbot) -> None:
    with qtbot.waitSignal(problem_list.place_chosen) as chosen:
        QTest.mouseClick(rows(problem_list)[1], LEFT)
    assert chosen.args[0].node == "linear_3"


def test_the_fix_is_one_click_and_one_step(problem_list: ProblemList, editor: Editor) -> None:
    QTest.mouseClick(button(rows(problem_list)[0], "fixButton"), LEFT)
    assert places(problem_list) == ["linear_3"]
    assert editor.undo_stack.count() == 1


def test_all_of_a_kind_are_mended_in_one_step(problem_list: ProblemList, editor: Editor) -> None:
    every = button(rows(problem_list)[0], "allButton")
    assert every.text() == "All 2"
    QTest.mouseClick(every, LEFT)
    assert editor.report.problems == ()
    assert editor.undo_stack.count() == 1
    assert any(each.text().startswith("No problems") for each in problem_list.findChildren(QLabel) if each.isVisible())


def widest_words(row: ProblemRow) -> int:
    """The room that the words of a row have."""
    return max(label.width() for label in row.findChildren(QLabel))


def test_a_doubt_is_ignored_here(problem_list: ProblemList, editor: Editor, qtbot) -> None:
    with qtbot.waitSignal(problem_list.count_changed) as counted:
        choose(button(rows(problem_list)[0], "ignoreButton"), "Ignore here", qtbot)
    assert counted.args == [1]
    assert places(problem_list) == ["linear_3"]
    assert problem_list.findChild(QPushButton, "ignoredButton").text() == "1 ignored – Show"
    editor.undo_stack.undo()
    assert places(problem_list) == ["linear_2", "linear_3"]
    assert not problem_list.findChild(QPushButton, "ignoredButton").isVisible()


def test_the_words_of_an_ignored_doubt_run_on_to_its_one_button(problem_list: ProblemList, qtbot) -> None:
    choose(button(rows(problem_list)[0], "ignoreButton"), "Ignore here", qtbot)
    QTest.mouseClick(problem_list.findChild(QPushButton, "ignoredButton"), LEFT)
    heard, ignored = rows(problem_list)
    assert widest_words(ignored) > widest_words(heard)


def test_a_doubt_is_ignored_everywhere_and_heard_again(problem_list: ProblemList, editor: Editor, qtbot) -> None:
    choose(button(rows(problem_list)[1], "ignoreButton"), "Ignore everywhere in this project", qtbot)
    assert places(problem_list) == []
    foot = problem_list.findChild(QPushButton, "ignoredButton")
    assert foot.text() == "2 ignored – Show"
    QTest.mouseClick(foot, LEFT)
    assert foot.text() == "2 ignored – Hide"
    assert places(problem_list) == ["linear_2", "linear_3"]
    QTest.mouseClick(button(rows(problem_list)[0], "considerButton"), LEFT)
    assert editor.report.silenced == ()
    assert places(problem_list) == ["linear_2", "linear_3"]
    assert not foot.isVisible()


def test_what_has_no_place_is_ignored_at_once(problem_list: ProblemList, editor: Editor) -> None:
    editor.attempt("", lambda project: project.with_value("training.optimizer.learning_rate", 0.0))
    row = next(row for row in rows(problem_list) if row.entry.problem.node is None)
    QTest.mouseClick(button(row, "ignoreButton"), LEFT)
    assert None not in places(problem_list)
    assert editor.report.silenced[0].rule == "learning-rate-zero"


def test_faults_come_first_and_cannot_be_ignored(problem_list: ProblemList, editor: Editor) -> None:
    editor.attempt("", lambda project: project.with_value("network.linear_3.out_features", 4))
    first = rows(problem_list)[0]
    assert first.entry.problem.severity == "fault"
    assert not first.findChildren(IgnoreButton)
    assert first.accessibleName().startswith("Fault: linear_3: ")


def test_keys_walk_go_and_mend(problem_list: ProblemList, editor: Editor, qtbot) -> None:
    rows(problem_list)[0].setFocus()
    QTest.keyClick(rows(problem_list)[0], Key.Key_Down)
    assert rows(problem_list)[1].hasFocus()
    with qtbot.waitSignal(problem_list.place_chosen) as chosen:
        QTest.keyClick(rows(problem_list)[1], Key.Key_Return)
    assert chosen.args[0].node == "linear_3"
    QTest.keyClick(rows(problem_list)[1], Key.Key_F)
    assert places(problem_list) == ["linear_2"]
    # The keyboard stays in the list, where the next problem is.
    assert rows(problem_list)[0].hasFocus()


def test_a_key_asks_where_to_ignore(problem_list: ProblemList, qtbot) -> None:
    row = rows(problem_list)[0]
    row.setFocus()
    QTest.keyClick(row, Key.Key_I)
    menu = row.findChild(QMenu, "ignoreMenu")
    qtbot.waitUntil(menu.isVisible)
    QTest.keyClick(menu, Key.Key_Down)
    QTest.keyClick(menu, Key.Key_Return)
    assert places(problem_list) == ["linear_3"]


def many(editor: Editor, count: int) -> Report:
    """A report with that many doubts."""
    doubt = editor.report.problems[0]
    return replace(
        editor.report, problems=tuple(replace(doubt, message=f"Doubt {number}. Why.") for number in range(count))
    )


def test_of_a_thousand_problems_only_those_in_view_are_made(problem_list: ProblemList, editor: Editor) -> None:
    problem_list.show_report(many(editor, 1000))
    assert len(rows(problem_list)) < 60
    row = rows(problem_list)[0]
    row.setFocus()
    QTest.keyClick(row, Key.Key_PageDown)
    bar = problem_list.rows.verticalScrollBar()
    for _ in range(10):
        bar.setValue(bar.maximum())
    assert len(rows(problem_list)) > 100


def test_the_last_of_many_is_one_key_away(problem_list: ProblemList, editor: Editor) -> None:
    problem_list.show_report(many(editor, 100))
    rows(problem_list)[0].setFocus()
    QTest.keyClick(rows(problem_list)[0], Key.Key_End)
    assert rows(problem_list)[-1].hasFocus()
    assert rows(problem_list)[-1].entry.problem.message.startswith("Doubt 99.")


def test_an_unchanged_list_is_left_alone(problem_list: ProblemList, editor: Editor) -> None:
    before = rows(problem_list)
    editor.attempt("", lambda project: project.with_value("training.epochs", 3))
    assert rows(problem_list) == before


def test_rows_stay_when_others_come_and_go(problem_list: ProblemList, editor: Editor) -> None:
    report = many(editor, 5)
    unlike = tuple(replace(doubt, rule=f"rule-{number}") for number, doubt in enumerate(report.problems))
    report = replace(report, problems=unlike)
    problem_list.show_report(report)
    before = rows(problem_list)
    problem_list.show_report(replace(report, problems=(report.problems[0], *report.problems[2:])))
    assert rows(problem_list) == [before[0], *before[2:]]
    problem_list.show_report(report)
    assert [row.entry for row in rows(problem_list)] == [row.entry for row in before]


def test_a_hidden_list_waits_until_somebody_looks(problem_list: ProblemList, editor: Editor) -> None:
    problem_list.hide()
    editor.mend(editor.report.problems[0])
    problem_list.show()
    assert places(problem_list) == ["linear_3"]


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("It is so. That is why.", ("It is so.", "That is why.")),
        ("A rate of 0.5 is one sentence.", ("A rate of 0.5 is one sentence.", "")),
    ],
)
def test_the_first_sentence_says_what(message: str, parts: tuple[str, str]) -> None:
    assert sentences(Problem(message).message) == parts


def test_what_no_longer_holds_is_taken_away_where_the_answer_takes_a_while(
    problem_list: ProblemList, editor: Editor, qtbot
) -> None:
    assert rows(problem_list)
    editor.expire_report()
    assert rows(problem_list)
    qtbot.waitUntil(lambda: not rows(problem_list))
    assert any("Looking for problems" in text.text() for text in problem_list.findChildren(QLabel))
    editor.set_report(editor.project, editor.report)
    assert rows(problem_list)
