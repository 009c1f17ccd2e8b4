"""Long runs are read beside the window: opened, laid over, followed, and given up."""

import os
import shutil
import time
from pathlib import Path

import msgspec
import psutil
import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel

from engine import digest
from engine.curves import History
from engine.data import Data
from engine.datasets import Iris
from engine.events import AnyEvent, Changed, Epoch, Finished, Paused, Started, Steps
from engine.graph import Graph
from engine.layers import Input, Linear, Output
from engine.losses import CrossEntropy
from engine.optimizers import Adam
from engine.project import Project
from engine.runs import Run, since_boot
from engine.training import Training
from gui import run_reading, training_thread
from gui.training_thread import TrainingThread

DESIGN = Project(Graph.chain(Input(), Linear(3), Output()), Data(Iris()), Training(CrossEntropy(), Adam(), epochs=2))
PATIENCE = 60_000


@pytest.fixture(autouse=True)
def _every_run_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_reading, "AT_ONCE_BYTES", 0)
    monkeypatch.setattr(run_reading, "PATIENCE_MILLISECONDS", 0)
    monkeypatch.setattr(training_thread, "AT_ONCE_BYTES", 0)
    monkeypatch.setattr(digest, "LONG_BYTES", 0)


def write(run: Run, *events: AnyEvent) -> None:
    with run.log.open("ab") as log:
        log.write(b"".join(msgspec.json.encode(event) + b"\n" for event in events))


def started(run: Run, step: int = 0) -> Started:
    """By a trainer that lives: this process."""
    counts = {"epochs": 2, "steps_per_epoch": 50, "train_samples": 9, "validation_samples": 0, "test_samples": 0}
    me = psutil.Process()
    return Started(
        time=time.time(), run=run.name, pid=me.pid, device="cpu", since_boot=since_boot(me), step=step, **counts
    )


def steps(first: int, count: int) -> Steps:
    numbers = list(range(first, first + count))
    return Steps(time=0.0, epoch=1, step=numbers, loss=[1 / step for step in numbers])


def long_run(folder: Path, count: int = 40) -> Run:
    run = Run.create(folder, DESIGN)
    judged = Epoch(time=0.0, epoch=1, step=count, train={}, validation={"loss": 0.5}, seconds=1.0)
    end = Finished(time=0.0, epoch=1, step=count, seconds=1.0, validation={"loss": 0.5}, test={"loss": 0.25})
    write(run, started(run), steps(1, count), judged, end)
    return run


def points(history: History) -> list[tuple[list[float], list[float]]]:
    curves = (*history.training.values(), *history.validation.values())
    return [(curve.steps.tolist(), curve.values.tolist()) for curve in curves]


def test_a_long_run_is_opened_beside_the_window(window, qtbot, tmp_path: Path) -> None:
    run = long_run(tmp_path / "runs" / "long")
    window.run_list.run_opened.emit(run.path)
    assert window.curves._history.last_step == 0, "it is read beside"
    qtbot.waitUntil(lambda: any("Reading the curves" in text for text in window.notices.texts), timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.curves._history.last_step == 40, timeout=PATIENCE)
    assert points(window.curves._history) == points(History(run.events()))
    assert (run.path / digest.NAME).exists()
    assert window.notices.texts == []
    assert window.training.run.path == run.path
    assert not window.runs._readings


def test_a_run_is_opened_with_what_was_changed_while_it_trained(window, qtbot, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "runs" / "steered", DESIGN)
    faster = Changed(time=0.0, step=20, path="training.optimizer.learning_rate", value=0.5, before=0.001)
    end = Finished(time=0.0, epoch=1, step=40, seconds=1.0, validation={}, test={})
    write(run, started(run), steps(1, 20), faster, steps(21, 20), end)
    window.run_list.run_opened.emit(run.path)
    qtbot.waitUntil(lambda: window.training.run is not None, timeout=PATIENCE)
    assert window.editor.project == DESIGN.with_value("training.optimizer.learning_rate", 0.5)
    assert not window.findChild(QLabel, "curvesNote").text(), "nothing was edited since"


def test_where_no_digest_can_be_written_the_log_is_read(window, qtbot, tmp_path: Path, monkeypatch) -> None:
    run = long_run(tmp_path / "runs" / "long")
    (run.path / digest.NAME).mkdir()
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    window.run_list.run_opened.emit(run.path)
    qtbot.waitUntil(lambda: window.curves._history.last_step == 40, timeout=PATIENCE)
    assert window.notices.texts == []


def test_of_two_that_are_opened_the_later_is_shown(window, qtbot, tmp_path: Path) -> None:
    first, second = long_run(tmp_path / "runs" / "first", 30), long_run(tmp_path / "runs" / "second", 50)
    window.run_list.run_opened.emit(first.path)
    window.run_list.run_opened.emit(second.path)
    qtbot.waitUntil(lambda: window.curves._history.last_step == 50, timeout=PATIENCE)
    assert window.training.run.path == second.path
    assert window.notices.texts == []


def test_one_that_is_laid_over_and_taken_away_while_it_is_read_does_not_come_back(window, qtbot, tmp_path) -> None:
    first, second = long_run(tmp_path / "runs" / "first"), long_run(tmp_path / "runs" / "second")
    window.run_list.overlay_toggled.emit(first.path, True)
    window.run_list.overlay_toggled.emit(first.path, False)
    window.run_list.overlay_toggled.emit(second.path, True)
    qtbot.waitUntil(lambda: "second" in window.curves._overlays, timeout=PATIENCE)
    assert list(window.curves._overlays) == ["second"]
    assert window.notices.texts == []


def test_a_run_that_goes_away_while_it_is_read_is_told(window, qtbot, tmp_path: Path, monkeypatch) -> None:
    run = long_run(tmp_path / "runs" / "long")
    project = run.project()
    monkeypatch.setattr(Run, "project", lambda _: project)
    monkeypatch.setattr(run_reading.digest, "history", lambda log: (shutil.rmtree(log.parent), (History(), 0))[1])
    window.run_list.run_opened.emit(run.path)
    qtbot.waitUntil(lambda: any("moved or deleted" in text for text in window.notices.texts), timeout=PATIENCE)
    assert window.curves._history.last_step == 0
    assert not window.runs._readings


class Follower(QObject):
    """What a window hears of a training."""

    def __init__(self, thread: TrainingThread) -> None:
        super().__init__()
        self.history, self.pasts, self.heard = History(), 0, list[AnyEvent]()
        thread.past.connect(self.begin)
        thread.events.connect(self.take)

    def begin(self, history: History) -> None:
        self.history = history
        self.pasts += 1

    def take(self, events: list[AnyEvent]) -> None:
        self.heard += events
        self.history.take(events)


@pytest.mark.parametrize("has_digest", [True, False])
def test_a_long_training_is_followed_from_where_its_digest_ends(qtbot, tmp_path: Path, has_digest: bool) -> None:
    run = Run.create(tmp_path / "run", DESIGN)
    write(run, started(run), steps(1, 30), Paused(time=0.0, step=30))
    if has_digest:
        digest.extend(run.log)
    write(run, steps(31, 10))
    thread = TrainingThread.attached(run)
    follower = Follower(thread)
    thread.start()
    qtbot.waitUntil(lambda: follower.history.last_step == 40, timeout=PATIENCE)
    assert follower.pasts == 1
    assert [type(event) for event in follower.heard[:2]] == [Started, Paused], "the window knows that it waits"

    write(run, steps(41, 5))
    end = Finished(time=0.0, epoch=1, step=45, seconds=1.0, validation={}, test={})
    with qtbot.waitSignal(thread.ended, timeout=PATIENCE) as ended:
        write(run, end)
    thread.wait()
    assert ended.args[0].status == "finished"
    assert points(follower.history) == points(History(run.events()))
    assert os.getpid() == run.outline().history.started.pid
