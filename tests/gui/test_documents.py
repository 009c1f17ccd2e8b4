"""Files: nothing is lost without a question, what cannot be read or written is said, a crash costs no work."""

import errno
import json

import pytest
from PySide6.QtWidgets import QWidget

from engine import disk
from engine.graph import Graph, Node
from engine.layers import Input
from engine.project import Project
from gui import dialogs, documents
from gui.documents import Documents
from gui.editor import Editor
from gui.settings import Settings

EDITED = Project(Graph().add(Node("input_1", Input())))


@pytest.fixture
def autosaves(tmp_path, monkeypatch):
    folder = tmp_path / "autosave"
    monkeypatch.setattr(documents, "autosave_folder", lambda: folder)
    return folder


@pytest.fixture
def window(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def files(window, tmp_path, autosaves):
    return Documents(Editor(window), Settings(tmp_path / "settings.ini"), window)


@pytest.fixture
def editor(files):
    return files._editor


def test_save_and_open_give_the_same_project(files, editor, tmp_path, monkeypatch):
    editor.apply("Add", EDITED)
    monkeypatch.setattr(dialogs, "ask_save_as", lambda *_: tmp_path / "mine.loom")
    assert files.save()
    assert not editor.is_modified
    assert files.new()
    assert files.open(tmp_path / "mine.loom")
    assert editor.project == EDITED
    assert files.name == "mine.loom"


@pytest.mark.parametrize(("answer", "goes"), [("cancel", False), ("discard", True)])
def test_unsaved_changes_are_asked_about(files, editor, monkeypatch, answer, goes):
    editor.apply("Add", EDITED)
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: answer)
    assert files.new() is goes
    assert (editor.project == EDITED) is not goes


def test_a_cancelled_save_keeps_the_document(files, editor, monkeypatch):
    editor.apply("Add", EDITED)
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: "save")
    monkeypatch.setattr(dialogs, "ask_save_as", lambda *_: None)
    assert not files.new()
    assert editor.project == EDITED


def test_a_broken_file_is_refused_and_the_document_stays(files, editor, tmp_path, qtbot):
    editor.open(EDITED)
    broken = tmp_path / "broken.loom"
    broken.write_text('{"format": "layerloom-project", "versi')
    with qtbot.waitSignal(files.failed) as failed:
        assert not files.open(broken)
    assert "broken.loom is not JSON" in failed.args[0].message
    assert editor.project == EDITED


def test_a_full_disk_loses_nothing(files, editor, tmp_path, monkeypatch, qtbot):
    path = tmp_path / "mine.loom"
    files._save(path)
    before = path.read_bytes()
    editor.apply("Add", EDITED)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", full)
    with qtbot.waitSignal(files.failed) as failed:
        assert not files.save()
    assert "No space left" in failed.args[0].message
    assert path.read_bytes() == before
    assert editor.is_modified
    assert sorted(file.name for file in tmp_path.glob(".*")) == []


def test_recent_projects_are_remembered_newest_first(files, tmp_path):
    for name in ("a", "b", "a"):
        files._save(tmp_path / f"{name}.loom")
    assert [path.stem for path in files._settings.recent] == ["a", "b"]
    (tmp_path / "a.loom").unlink()
    assert [path.stem for path in files._settings.recent] == ["b"]


def _another_window_died(autosaves):
    for file in autosaves.glob("*.json"):
        owner = json.loads(file.read_bytes())
        file.write_text(json.dumps(owner | {"pid": 2**22 - 1}))


def test_work_survives_a_crash(files, editor, autosaves, tmp_path):
    files._save(tmp_path / "mine.loom")
    editor.apply("Add", EDITED)
    files.autosave()
    assert files.rescues() == [], "a window that still runs needs no rescue"
    _another_window_died(autosaves)
    (rescue,) = files.rescues()
    assert rescue.project == EDITED
    editor.open(Project())
    files.recover(rescue)
    assert editor.project == EDITED
    assert editor.is_modified
    assert editor.path == tmp_path / "mine.loom"


def test_a_good_end_leaves_nothing_to_rescue(files, editor, autosaves):
    editor.apply("Add", EDITED)
    files.autosave()
    files.close()
    assert list(autosaves.iterdir()) == []


def test_saving_drops_the_rescue_copy(files, editor, autosaves, tmp_path):
    editor.apply("Add", EDITED)
    files.autosave()
    files._save(tmp_path / "mine.loom")
    assert list(autosaves.iterdir()) == []


def test_a_damaged_rescue_copy_is_passed_over(files, editor, autosaves):
    editor.apply("Add", EDITED)
    files.autosave()
    _another_window_died(autosaves)
    next(autosaves.glob("*.loom")).write_bytes(b"\x00")
    assert files.rescues() == []
