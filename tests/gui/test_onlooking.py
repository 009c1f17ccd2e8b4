"""Two windows on one run: one steers, the other follows and takes over; and runs whose folder goes away."""

import errno
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import fake_trainer
import pytest
from PySide6.QtWidgets import QLabel

from engine.data import Data
from engine.datasets import Iris
from engine.events import Advance, AnyCommand, Pause, Stop
from engine.graph import Graph
from engine.layers import Input, Linear, Output
from engine.losses import CrossEntropy
from engine.optimizers import Adam
from engine.project import Project
from engine.runs import Run
from engine.training import Training
from gui import run_work, training_control, training_thread, waiting
from gui.ownership import Owner
from gui.services import Services
from gui.settings import Settings
from gui.training_control import FOLLOWER
from gui.window import Window

DESIGN = Project(Graph.chain(Input(), Linear(3), Output()), Data(Iris()), Training(CrossEntropy(), Adam(), epochs=2))
PATIENCE = 60_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (run_work, training_control, waiting):
        monkeypatch.setattr(module, "runs_folder", lambda: tmp_path / "runs")
    monkeypatch.setattr(training_thread, "PROGRAM", Path(fake_trainer.__file__))
    return tmp_path / "runs"


@pytest.fixture
def run(folder: Path) -> Iterator[Run]:
    """A run that a trainer is at work on, until it is told to stop."""
    made = Run.create(folder / "shared", DESIGN)
    (made.path / "part").write_text("obey")
    with subprocess.Popen([sys.executable, str(fake_trainer.__file__), "train", str(made.path)]) as trainer:
        yield made
        trainer.kill()


@pytest.fixture
def other() -> Iterator[subprocess.Popen[bytes]]:
    """Another window, as far as this one can tell: a process that lives."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def owner_of(process: subprocess.Popen[bytes]) -> bytes:
    import psutil

    from engine.runs import since_boot

    known = psutil.Process(process.pid)
    return Owner(process.pid, known.create_time(), "", since_boot(known)).encoded


@pytest.fixture
def second(qtbot, appearance, tmp_path: Path, folder: Path) -> Iterator[Window]:
    made = Window(Settings(tmp_path / "second.ini"), appearance, Services())
    made.show()
    yield made
    made.editor.undo_stack.setClean()
    made.close()
    made.deleteLater()


def told(window: Window, words: str) -> bool:
    return any(words in text for text in window.notices.texts)


def test_the_second_window_follows_while_the_first_steers_and_then_takes_over(
    second: Window, run: Run, other: subprocess.Popen[bytes], qtbot, monkeypatch
) -> None:
    qtbot.waitUntil(lambda: run.log.exists() and bool(run.events()), timeout=PATIENCE)
    (run.path / FOLLOWER).write_bytes(owner_of(other))
    second.run_list.run_opened.emit(run.path)
    assert told(second, "steered in another window")
    assert second.training.state == "idle", "it cannot be paused from here"
    qtbot.waitUntil(lambda: second.curves._history.last_step == 1, timeout=PATIENCE)

    fake_trainer.write(run, fake_trainer.steps(2, 3, 4))
    qtbot.waitUntil(lambda: second.curves._history.last_step == 4, timeout=PATIENCE)

    # The first window is closed, or killed.
    other.kill()
    other.wait()
    qtbot.waitUntil(lambda: second.training.state == "running", timeout=PATIENCE)
    assert not told(second, "steered in another window")
    qtbot.waitUntil(lambda: second.curves._history.last_step == 4, timeout=PATIENCE)
    monkeypatch.setattr("gui.dialogs.ask_close", lambda *_: "leave")
    with qtbot.waitSignal(second.training.ended, timeout=PATIENCE) as ended:
        second.training.stop()
    assert ended.args[1].status == "stopped"


def test_the_second_window_does_not_go_on_with_what_is_being_trained(
    second: Window, run: Run, other: subprocess.Popen[bytes], qtbot
) -> None:
    qtbot.waitUntil(lambda: run.log.exists() and bool(run.events()), timeout=PATIENCE)
    (run.path / FOLLOWER).write_bytes(owner_of(other))
    second.run_list.resume_asked.emit(run.path)
    assert told(second, "already being trained")
    assert second.training.state == "idle"
    assert (run.path / FOLLOWER).read_bytes() == owner_of(other), "the first window keeps it"


def test_the_second_window_says_when_the_training_has_ended(
    second: Window, run: Run, other: subprocess.Popen[bytes], qtbot
) -> None:
    qtbot.waitUntil(lambda: run.log.exists() and bool(run.events()), timeout=PATIENCE)
    (run.path / FOLLOWER).write_bytes(owner_of(other))
    second.run_list.run_opened.emit(run.path)
    assert told(second, "steered in another window")
    run.send(Stop())
    qtbot.waitUntil(lambda: not told(second, "steered in another window"), timeout=PATIENCE)
    assert second.curves._history.is_over
    assert second.training.state == "idle"


def test_opening_another_run_ends_following(
    second: Window, run: Run, other: subprocess.Popen[bytes], qtbot, folder: Path
) -> None:
    qtbot.waitUntil(lambda: run.log.exists() and bool(run.events()), timeout=PATIENCE)
    (run.path / FOLLOWER).write_bytes(owner_of(other))
    second.run_list.run_opened.emit(run.path)
    finished = Run.create(folder / "finished", DESIGN)
    fake_trainer.finish(finished)
    second.run_list.run_opened.emit(finished.path)
    assert not told(second, "steered in another window")
    fake_trainer.write(run, fake_trainer.steps(7, 8))
    second.runs._onlooker.look()
    assert second.curves._history.last_step == 3


def test_a_folder_that_is_moved_while_it_trains_is_told(
    second: Window, run: Run, qtbot, folder: Path, monkeypatch
) -> None:
    monkeypatch.setattr(training_thread, "GONE_SECONDS", 0.1)
    qtbot.waitUntil(lambda: run.log.exists() and bool(run.events()), timeout=PATIENCE)
    second.run_list.run_opened.emit(run.path)
    qtbot.waitUntil(lambda: second.training.state == "running", timeout=PATIENCE)
    with qtbot.waitSignal(second.training.ended, timeout=PATIENCE) as ended:
        run.path.rename(folder / "elsewhere")
    assert ended.args[1].status == "interrupted"
    assert told(second, "moved or deleted")
    assert second.training.state == "idle"
    words = [label.text() for label in second.progress.findChildren(QLabel)]
    assert "Training was interrupted" in words
    assert not any("left" in text for text in words)


@pytest.mark.parametrize("refuses", [False, True], ids=["slow", "slow and then read-only"])
def test_a_disk_that_takes_long_holds_no_window_up(
    second: Window, run: Run, refuses: bool, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands are written in their order, beside the window, and what cannot be written is said."""
    written, may_write, append = [], threading.Event(), Run._append

    def slow(run: Run, command: AnyCommand) -> None:
        assert may_write.wait(PATIENCE / 1000)
        if refuses:
            raise OSError(errno.EROFS, "Read-only file system")
        written.append(command)
        append(run, command)

    monkeypatch.setattr(Run, "_append", slow)
    monkeypatch.setattr("gui.dialogs.ask_close", lambda *_: "keep")
    training = second.training
    qtbot.waitUntil(lambda: run.log.exists() and bool(run.events()), timeout=PATIENCE)
    second.runs.find_running()
    qtbot.waitUntil(lambda: training.state == "running", timeout=PATIENCE)
    training.toggle_pause()
    training.advance("epoch")
    training.stop()
    assert training.state == "stopping"
    assert not written, "nothing was waited for"
    may_write.set()
    if refuses:
        qtbot.waitUntil(lambda: told(second, "Read-only file system"), timeout=PATIENCE)
        qtbot.waitUntil(lambda: training.state == "running", timeout=PATIENCE)
    else:
        qtbot.waitUntil(lambda: training.state == "idle", timeout=PATIENCE)
        assert written == [Pause(), Advance("epoch"), Stop()]
