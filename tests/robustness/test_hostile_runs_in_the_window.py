"""Runs of which a file is not what it should be, in the window: listed, and opened or refused in a sentence."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile import FILES, damages
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from gui import dialogs, run_work, training_control, waiting
from gui.export_dialog import ExportDialog
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window

DAMAGES = dict.fromkeys(name for file in FILES for name in damages(file))
PATIENCE = 30_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (run_work, training_control, waiting):
        monkeypatch.setattr(module, "runs_folder", lambda: tmp_path / "runs")
    return tmp_path / "runs"


@pytest.fixture
def window(qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    monkeypatch.setattr(dialogs, "ask_close", lambda *_: "stop")
    made = Window(Settings(tmp_path / "settings.ini"), Appearance(qapp, "dark"), Services())
    made.show()
    yield made
    made.editor.undo_stack.setClean()
    made.close()
    made.deleteLater()


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_is_listed_and_opened_or_refused(
    qtbot, window: Window, folder: Path, whole: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(whole / "parent", folder / "parent")
    for file in (file for file in FILES if damage in damages(file)):
        place = folder / file.replace("/", "-")
        shutil.copytree(whole / "run", place)
        damages(file)[damage](place / file)
    there = [path for path in folder.iterdir() if (path / "project.loom").is_file()]
    monkeypatch.setattr(dialogs, "ask_epochs", lambda *_: None)
    monkeypatch.setattr(dialogs, "ask_fork", lambda *_: "cancel")

    window.runs.find_running()
    qtbot.waitUntil(lambda: {row.path for row in rows(window) if row.result} == set(there), timeout=PATIENCE)
    results = {row.path: row.result for row in rows(window)}
    assert results[folder / "parent"].status == "finished", "the others are listed as they are"

    for path in there:
        window.notices.clear()
        window.run_list.run_opened.emit(path)
        opened = lambda path=path: window.training.run is not None and window.training.run.path == path  # noqa: E731
        qtbot.waitUntil(lambda opened=opened: opened() or bool(window.notices.texts), timeout=PATIENCE)
        assert not [text for text in window.notices.texts if "made a mistake" in text]
        window.run_list.more_asked.emit(path)
        window.run_list.fork_asked.emit(path)
        assert not [text for text in window.notices.texts if "made a mistake" in text]
    assert not os.path.lexists(folder.parent / "nowhere")


@pytest.mark.parametrize("damage", ["half", "a link to itself", "a pipe", "a tensor of terabytes"])
def test_damaged_weights_are_not_exported(
    qtbot, window: Window, folder: Path, whole: Path, damage: str, tmp_path: Path
) -> None:
    if damage not in DAMAGES:
        pytest.skip("This system has no such files.")
    shutil.copytree(whole / "run", folder / "run")
    weights = "checkpoints/best.safetensors"
    damages(weights)[damage](folder / "run" / weights)

    window.run_list.export_asked.emit(folder / "run")
    dialog = window.findChild(ExportDialog)
    assert dialog is not None
    file, start, outcome = (
        dialog.findChild(QLineEdit, "exportFile"),
        dialog.findChild(QPushButton, "exportStart"),
        dialog.findChild(QLabel, "exportOutcome"),
    )
    file.setText(str(tmp_path / "model.safetensors"))
    start.click()
    qtbot.waitUntil(start.isEnabled, timeout=PATIENCE)
    assert outcome.property("kind") == "fault"
    assert "best" in outcome.text()
    assert "made a mistake" not in outcome.text()
    assert not list(tmp_path.glob("model*"))
    dialog.reject()


def rows(window: Window) -> list:
    return window.run_list._rows._rows
