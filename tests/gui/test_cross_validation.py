"""Cross-validation in the window: one fold after another by the trainer, stopped, gone on with, summed up."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from engine.data import Data
from engine.datasets import Iris
from engine.folds import SUMMARY, begun_in, is_current, of_fold
from engine.graph import Graph
from engine.layers import Input, Linear, Output
from engine.losses import CrossEntropy
from engine.optimizers import Adam
from engine.project import Project
from engine.training import Training
from gui import cross_validation, dialogs, run_work, training_control
from gui.folds_question import FoldsQuestion
from gui.run_rows import Row
from gui.services import Services
from gui.settings import Settings
from gui.window import Window

PATIENCE = 120_000
DESIGN = Project(Graph.chain(Input(), Linear(3), Output()), Data(Iris()), Training(CrossEntropy(), Adam(), epochs=2))


@pytest.fixture
def window(qtbot, appearance, tmp_path, monkeypatch):
    for module in (cross_validation, run_work, training_control):
        monkeypatch.setattr(module, "runs_folder", lambda: tmp_path / "runs")
    made = Window(Settings(tmp_path / "settings.ini"), appearance, Services(in_thread=True))
    made.show()
    made.show_editor()
    made.editor.open(DESIGN)
    yield made
    qtbot.waitUntil(lambda: not made.training.is_busy, timeout=PATIENCE)
    made.editor.undo_stack.setClean()
    made.close()
    made.deleteLater()


def answer(monkeypatch, count):
    monkeypatch.setattr(dialogs, "ask_folds", lambda _parent, _proposed: count)


def told(window, words):
    return any(words in text for text in window.notices.texts)


def test_every_fold_is_trained_and_what_they_came_to_is_told(window, qtbot, monkeypatch, tmp_path):
    answer(monkeypatch, 3)
    seen = []
    window.training.started.connect(lambda _run: seen.append(window.notices.texts[0]))
    window.actions_by_name["crossValidate"].trigger()
    qtbot.waitUntil(lambda: told(window, "over 3 folds"), timeout=PATIENCE)
    assert told(window, "±")
    assert [text.rpartition(": ")[2] for text in seen] == [f"fold {fold} of 3" for fold in (1, 2, 3)]
    (summary,) = (tmp_path / "runs").glob(f"*/{SUMMARY}")
    assert json.loads(summary.read_bytes())["folds"] == 3
    assert not window.cross_validating.is_under_way


def test_one_that_was_stopped_goes_on_where_it_was(window, qtbot, monkeypatch, tmp_path):
    answer(monkeypatch, 3)
    started = []
    window.training.started.connect(lambda run: started.append(run.path))

    def stop_the_second(_run):
        if len(started) == 2:
            window.training.stop()

    window.training.started.connect(stop_the_second)
    window.cross_validating.ask()
    qtbot.waitUntil(lambda: told(window, "left in fold 2"), timeout=PATIENCE)
    assert not window.cross_validating.is_under_way
    assert [path.name for path in started] == ["fold-1", "fold-2"]
    window.cross_validating.ask()
    qtbot.waitUntil(lambda: told(window, "over 3 folds"), timeout=PATIENCE)
    assert [path.name for path in started[2:]] == ["fold-2", "fold-3"]
    assert len({path.parent for path in started}) == 1


def test_a_window_that_is_closed_says_which_fold_it_is_and_what_becomes_of_the_others(window, qtbot, monkeypatch):
    answer(monkeypatch, 3)
    asked = []
    monkeypatch.setattr(dialogs, "ask_close", lambda _parent, fold: asked.append(fold) or "cancel")
    window.cross_validating.ask()
    qtbot.waitUntil(lambda: window.training.is_busy, timeout=PATIENCE)
    assert window.cross_validating.fold == "Fold 1 of 3"
    assert not window.close()
    assert asked == ["Fold 1 of 3"]
    qtbot.waitUntil(lambda: told(window, "over 3 folds"), timeout=PATIENCE)
    assert window.cross_validating.fold == ""


def test_nothing_is_trained_where_nobody_says_how_many(window, monkeypatch, tmp_path):
    answer(monkeypatch, None)
    window.cross_validating.ask()
    assert not window.cross_validating.is_under_way
    assert not (tmp_path / "runs").exists()


def test_the_number_of_folds_is_typed_and_taken_with_return(qtbot, appearance):
    question = FoldsQuestion(None, 5)
    qtbot.addWidget(question)

    def type_it():
        box = QApplication.focusWidget()
        QTest.keyClicks(box, "7")
        QTest.keyClick(box, "\r")

    QTimer.singleShot(200, type_it)
    assert question.ask_count() == 7


def test_a_fold_is_of_the_design_as_it_is(tmp_path):
    fold = of_fold(DESIGN, 2, 5)
    assert is_current(fold, DESIGN)
    assert not is_current(fold, DESIGN.with_value("training.epochs", 3))
    assert begun_in(tmp_path, DESIGN, 5) is None


def test_a_fold_is_listed_with_what_it_is_a_fold_of():
    assert Row(Path("runs/iris-20260101-120000/fold-2"), 0.0).title == "iris fold 2"
