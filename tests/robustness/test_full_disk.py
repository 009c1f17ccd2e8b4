"""A disk that is full: training waits, says so, loses nothing and goes on once there is room."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from drawings import project
from forked import Trainers
from small_disk import SmallDisk, small_disk
from training_runs import assert_same_weights, losses, only

from engine.datasets import Iris
from engine.events import Checkpoint, Event, Paused, Resumed, Stop
from engine.layers import Dropout, Input, Linear, Output, ReLU
from engine.runs import Run
from gui import dialogs
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window

SIZE = 4_000_000
PATIENCE = 30.0
DRAWN = project(
    Input(), Linear(8), ReLU(), Dropout(0.2), Linear(3), Output(), dataset=Iris(), epochs=150, batch_size=32
)
LASTING = DRAWN.with_value("training.epochs", 1500)
"""Trains for longer than the time between two checkpoints."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    place = tmp_path / "disk"
    place.mkdir()
    with small_disk(place, SIZE) as made:
        yield made


def wait_for(run: Run, kind: type[Event], count: int = 1) -> list[Event]:
    """Waits until the log has so many events of a kind."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if len(found := only(kind, run.events())) >= count:
            return found
        time.sleep(0.02)
    raise AssertionError(f"no {kind.__name__} in {[type(event).__name__ for event in run.events()][-20:]}")


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def begun(trainers: Trainers, run: Run, printed: Path) -> tuple[threading.Thread, list[int]]:
    """Trains a run meanwhile; its exit code is in the list at the end."""
    code: list[int] = []
    thread = threading.Thread(target=lambda: code.append(trainers.train(run, printed=printed)))
    thread.start()
    return thread, code


def test_a_training_waits_for_room_and_comes_to_the_same(trainers: Trainers, disk: SmallDisk, tmp_path: Path) -> None:
    undisturbed = Run.create(tmp_path / "undisturbed", DRAWN)
    assert trainers.train(undisturbed) == 0
    run = Run.create(disk.path / "run", DRAWN)
    thread, code = begun(trainers, run, tmp_path / "printed")
    wait_for(run, Checkpoint, 2)
    disk.fill()
    pause = wait_for(run, Paused)[0]
    whole = contents(run.path / "checkpoints")

    assert run.result().status == "running"
    assert "is full" in pause.reason
    said = len(run.events())
    time.sleep(1.5)
    assert len(run.events()) == said, "it waits"
    assert contents(run.path / "checkpoints") == whole

    disk.empty()
    thread.join()
    printed = (tmp_path / "printed").read_text()
    assert code == [0], printed
    assert pause.reason in printed
    assert "Going on." in printed
    assert len(only(Resumed, run.events())) == len(only(Paused, run.events()))
    assert losses(run.events()) == losses(undisturbed.events())
    assert_same_weights(run, undisturbed)
    assert not run.reserve.exists()


def test_a_training_that_waits_for_room_can_be_stopped(trainers: Trainers, disk: SmallDisk, tmp_path: Path) -> None:
    run = Run.create(disk.path / "run", DRAWN)
    thread, code = begun(trainers, run, tmp_path / "printed")
    wait_for(run, Checkpoint, 2)
    disk.fill()
    wait_for(run, Paused)
    run.send(Stop())
    thread.join()

    # What was reserved for this day takes the command, and a checkpoint where it is small.
    assert code == [0], (tmp_path / "printed").read_text()
    assert run.result().status == "stopped", run.result().message
    disk.empty()
    assert trainers.train(run) == 0
    assert run.result().status == "finished"


def test_the_window_says_so_and_goes_on(disk: SmallDisk, qtbot, qapp, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(disk.path))
    monkeypatch.setattr(dialogs, "ask_close", lambda *_: "stop")
    window = Window(Settings(tmp_path / "settings.ini"), Appearance(qapp, "dark"), Services())
    qtbot.addWidget(window)
    window.show()
    window.documents.show_project(LASTING)
    qtbot.waitUntil(lambda: bool(window.editor.report.order), timeout=90_000)
    window.runs.train()
    qtbot.waitUntil(lambda: window.training.exportable is not None, timeout=90_000)
    disk.fill()
    qtbot.waitUntil(lambda: window.training.state == "paused", timeout=90_000)
    assert any("is full" in text for text in window.notices.texts)

    with qtbot.waitSignal(window.training.ended, timeout=90_000) as ended:
        disk.empty()
    assert not any("is full" in text for text in window.notices.texts)
    assert ended.args[1].status == "finished"
    window.editor.undo_stack.setClean()
    window.close()
