"""The result of a training: every count of the confusion matrix can be read, and all its rows are in view."""

from pathlib import Path

import fake_trainer
import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QLabel
from test_accessibility import contrast

from engine.project import Project
from engine.runs import Result, Run
from engine.transcripts import Pair
from gui.result_view import ResultView, cell_ground
from gui.theme import DARK, LIGHT, Theme


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("is_right", [True, False])
def test_counts_can_be_read_however_strong_their_cell(theme: Theme, is_right: bool) -> None:
    grounds = [cell_ground(theme, share, is_right=is_right) for share in np.linspace(0, 1, 101)]
    poor = [ground.name() for ground in grounds if contrast(theme.ink_on(ground), ground) < 4.5]
    assert not poor


def test_before_a_training_it_says_that_a_run_can_be_opened(qtbot, appearance) -> None:
    view = ResultView(appearance)
    qtbot.addWidget(view)
    assert any("a run is opened" in words.text() for words in view.findChildren(QLabel))


def test_ten_classes_fit_a_low_window(qtbot, appearance) -> None:
    view = ResultView(appearance)
    qtbot.addWidget(view)
    view.matrix.show_counts(np.eye(10, dtype=np.int64), ())
    assert view.matrix.minimumHeight() <= 180


def test_sequences_stand_beside_what_was_answered_wrong_ones_first(qtbot, appearance) -> None:
    view = ResultView(appearance)
    qtbot.addWidget(view)
    pairs = (Pair("4711", "4711"), Pair("333", "33"), Pair("a b", "a "))
    view.show_result(Result("finished", test={"accuracy": 1 / 3}), None, tuple("0123456789"), pairs)
    table = view.transcripts
    shown = [[table.item(row, column).text() for column in (0, 1)] for row in range(table.rowCount())]
    assert shown == [["333", "33"], ["a b", "a␣"], ["4711", "4711"]]
    theme = appearance.theme
    colours = [table.item(row, 1).foreground().color() for row in range(3)]
    assert colours == [theme.colour("fault"), theme.colour("fault"), theme.colour("good")]
    assert not table.isHidden()
    view.clear()
    assert table.isHidden()


def test_an_answer_without_symbols_is_seen(qtbot, appearance) -> None:
    view = ResultView(appearance)
    qtbot.addWidget(view)
    view.show_result(Result("finished", test={"accuracy": 0.0}), None, (), (Pair("33", ""),))
    assert view.transcripts.item(0, 1).text() == "∅"
    assert view.transcripts.item(0, 1).toolTip()


def test_numbers_and_labels_are_in_view_in_the_smallest_window(qtbot, appearance) -> None:
    view = ResultView(appearance)
    qtbot.addWidget(view)
    view.resize(710, 210)
    view.show()
    counts = np.array([[[1750, 5], [7, 176]]] * 10)
    test = {"loss": 0.04043, "accuracy": 0.988, "average_precision": 0.9933}
    view.show_result(Result("finished", test=test), counts, tuple("0123456789"))
    number = view.findChild(QLabel, "test-average_precision")
    qtbot.waitUntil(lambda: number.visibleRegion().boundingRect().width() == number.width() > 0)
    qtbot.waitUntil(lambda: view.labels.horizontalScrollBar().maximum() == 0)


def test_each_label_has_a_row_of_its_own(qtbot, appearance) -> None:
    view = ResultView(appearance)
    qtbot.addWidget(view)
    counts = np.array([[[50, 10], [5, 35]], [[100, 0], [0, 0]]])
    view.show_result(Result("finished", test={"accuracy": 0.925}), counts, ("sports", "arts"))
    table = view.labels
    shown = [[table.item(row, column).text() for column in range(table.columnCount())] for row in range(2)]
    assert shown == [["sports", "35", "5", "10", "78 %", "88 %", "82 %"], ["arts", "0", "0", "0", "–", "–", "–"]]
    assert not table.isHidden()
    assert view.matrix.sizeHint().isEmpty()
    for mode, theme in (("dark", DARK), ("light", LIGHT)):
        appearance.choose(mode)
        colours = [table.item(0, column).foreground().color() for column in (1, 2, 3)]
        assert colours == [theme.colour("good"), theme.colour("fault"), theme.colour("fault")]
        assert table.item(1, 1).foreground().color() == theme.colour("dim")
    view.clear()
    assert table.isHidden()


@pytest.mark.parametrize("note", ["", "This is from before your last edits. Train again to see the design as it is."])
def test_no_number_is_cut_off_beside_a_wide_table(qtbot, appearance, note: str) -> None:
    view = ResultView(appearance)
    qtbot.addWidget(view)
    view.resize(710, 220)
    with qtbot.waitExposed(view):
        view.show()
    names = ("loss", "accuracy", "exact_match", "precision", "average_precision")
    view.show_result(Result("finished", test=dict.fromkeys(names, 0.98765)), np.ones((10, 2, 2), np.int64), ())
    view.show_note(note)
    numbers = [label for label in view.findChildren(QLabel) if label.objectName().startswith("test-")]
    assert len(numbers) == len(names)
    seen = view._words.viewport()

    def fits(number: QLabel) -> bool:
        right = number.mapTo(seen, number.rect().topRight()).x()
        return right < seen.width() and number.width() >= number.sizeHint().width()

    qtbot.waitUntil(lambda: all(map(fits, numbers)))


def test_it_is_said_where_the_test_samples_are_those_of_the_training(qtbot, appearance, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", Project())
    told = "No samples are kept aside for the test: it is judged on the training samples."
    fake_trainer.write(run, replace(fake_trainer.started(), notes=(told,)), fake_trainer.last_word())
    view = ResultView(appearance)
    qtbot.addWidget(view)
    view.show_run(run)
    remarks = view.findChild(QLabel, "resultRemarks")
    assert remarks.text() == told
    assert not remarks.isHidden()
    view.clear()
    assert remarks.isHidden()
