"""Curves are saved as a table beside the window, which shows how far that is and can give it up."""

import csv
from pathlib import Path

import pytest
from own_data import FakeJob
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QProgressBar, QPushButton
from test_long_runs import PATIENCE, long_run

from engine.datasets import Progress
from engine.errors import ExportError
from gui import table_saving


@pytest.fixture(autouse=True)
def _said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_saving, "PATIENCE_MILLISECONDS", 0)


@pytest.fixture
def jobs(window, monkeypatch: pytest.MonkeyPatch) -> list[FakeJob]:
    begun: list[FakeJob] = []

    def begin(*asked: object) -> FakeJob:
        begun.append(FakeJob(asked))
        return begun[-1]

    monkeypatch.setattr(window.services, "save_table", begin)
    return begun


@pytest.fixture
def run(window, tmp_path: Path):
    made = long_run(tmp_path / "runs" / "done")
    window.training.look_at(made)
    return made


def test_the_table_of_the_run_that_is_drawn_is_written_by_another_process(window, run, qtbot, tmp_path: Path) -> None:
    window.curves.table_asked.emit(tmp_path / "curves.csv", 0.5)
    said = f"The curves are saved: {tmp_path / 'curves.csv'}"
    qtbot.waitUntil(lambda: window.notices.texts == [said], timeout=PATIENCE)
    with (tmp_path / "curves.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 40
    assert rows[-1]["validation_loss"] == "0.5"


def test_what_takes_long_is_shown_and_can_be_given_up(window, run, jobs, qtbot, tmp_path: Path) -> None:
    window.curves.table_asked.emit(tmp_path / "curves.csv", 0.5)
    qtbot.waitUntil(lambda: window.notices.texts == ["Saving the curves as curves.csv…"])
    (job,) = jobs
    assert job.asked == (run, tmp_path / "curves.csv", 0.5)
    job.progress.emit(Progress("Writing the curves", 10, 40, "steps"))
    bar = window.findChild(QProgressBar, "workBar")
    assert bar.value() * 4 == bar.maximum()
    QTest.mouseClick(window.notices.findChild(QPushButton, "noticeOffer"), Qt.MouseButton.LeftButton)
    assert job.is_cancelled
    assert window.notices.texts == []


def test_what_fails_is_said(window, run, jobs, tmp_path: Path) -> None:
    window.curves.table_asked.emit(tmp_path / "curves.csv", 0.5)
    jobs[0].failed.emit(ExportError("curves.csv cannot be written.", fix="Make room."))
    assert window.notices.texts == ["curves.csv cannot be written. Make room."]
