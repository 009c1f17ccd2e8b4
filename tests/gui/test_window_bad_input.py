"""What a nasty, curious person does to the window: one clear sentence, nothing lost, and the window lives on.

No process is started here: the engine never answers, and the trainer is a small script.
"""

import json
import os
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import fake_trainer
import numpy as np
import pytest
from mouse import drop_on
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QPushButton

from engine import project as projects
from engine.graph import Graph, Node
from engine.layers import ReLU
from engine.project import Project, backup_of
from engine.runs import Run
from engine.templates import template
from gui import app, dialogs, documents, training_thread
from gui.engine_process import EngineProcess
from gui.export_dialog import ExportDialog
from gui.ownership import Owner
from gui.services import Services
from gui.settings import Settings, autosave_folder, runs_folder
from gui.training_control import FOLLOWER
from gui.training_thread import SpareTrainer
from gui.window import Window

PATIENCE = 20_000
EDITED = template("digits").project


@pytest.fixture(autouse=True)
def _nothing_computes(monkeypatch):
    monkeypatch.setattr(EngineProcess, "_next", lambda _: None)
    monkeypatch.setattr(SpareTrainer, "prepare", lambda _: None)
    monkeypatch.setattr(training_thread, "PROGRAM", Path(fake_trainer.__file__))


@pytest.fixture
def make_window(qtbot, appearance, tmp_path):
    made = []

    def make(file=tmp_path / "settings.ini"):
        window = Window(Settings(file), appearance, Services())
        made.append(window)
        with qtbot.waitExposed(window):
            window.show()
        return window

    yield make
    for window in made:
        window.editor.undo_stack.setClean()
        window.training.stop()
        qtbot.waitUntil(lambda window=window: not window.training.is_busy, timeout=PATIENCE)
        window.close()
        window.deleteLater()


@pytest.fixture
def window(make_window):
    made = make_window()
    made.editor.open(Project())
    made.editor.apply("Start", EDITED)
    return made


def only_notice(window: Window) -> str:
    (text,) = window.notices.texts
    assert text.endswith(".")
    assert "Traceback" not in text
    assert len(text) < 600
    return text


def trained(name: str, project: Project = EDITED) -> Run:
    """A run that is finished, as its folder says."""
    run = Run.create(runs_folder() / name, project)
    fake_trainer.finish(run)
    return run


# Files


def _write(content: bytes):
    return lambda path: path.write_bytes(content)


WHOLE = projects.to_json(EDITED)
FILES = {
    "a folder": (Path.mkdir, "cannot be read: Is a directory"),
    "a circle of links": (lambda path: path.symlink_to(path), "cannot be read"),
    "missing": (lambda _: None, "cannot be read: No such file"),
    "truncated": (_write(WHOLE[:700]), "is not JSON"),
    "of a newer version": (_write(WHOLE.replace(b'"version": 1', b'"version": 9')), "newer Layerloom"),
    "an unknown layer": (_write(WHOLE.replace(b'"ReLU"', b'"Conv9d"')), "no layer called “Conv9d”"),
    "ten megabytes of text": (_write(WHOLE.replace(b'"Digits"', b'"' + b"x" * 10_000_000 + b'"')), "project.title"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="links and the system's words are others there")
@pytest.mark.parametrize(("make", "words"), FILES.values(), ids=FILES)
def test_a_file_that_is_no_project_is_told_and_the_document_stays(window, tmp_path, monkeypatch, make, words):
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: pytest.fail("asked before it was known whether it opens"))
    path = tmp_path / "عربي 🦊 and spaces.loom"
    make(path)
    window.open(path)
    assert words in only_notice(window)
    assert window.editor.project == EDITED
    assert window.editor.is_modified
    assert window.settings.recent == []


def test_a_name_that_no_system_takes(window, tmp_path):
    window.open(tmp_path / ("x" * 300 + ".loom"))
    assert "File name too long" in only_notice(window)


def test_of_ten_files_dropped_the_first_is_opened(window, tmp_path, monkeypatch):
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: "discard")
    for number in range(10):
        projects.save(Project(title=f"number {number}"), tmp_path / f"{number}.loom")
    mime = QMimeData()
    urls = [QUrl("https://example.org/far.loom"), *(QUrl.fromLocalFile(str(tmp_path / f"{n}.loom")) for n in range(10))]
    mime.setUrls(urls)
    assert drop_on(window, mime)
    assert window.editor.project.title == "number 0"
    assert window.notices.texts == []


def test_a_project_at_the_limit_opens(make_window, tmp_path):
    window = make_window()
    nodes = tuple(Node(f"relu_{number}", ReLU(), (0.0, 90.0 * number)) for number in range(3_000))
    projects.save(Project(Graph(nodes)), tmp_path / "many.loom")
    window.open(tmp_path / "many.loom")
    assert len(window.canvas.picture.nodes) == 3_000


def test_a_title_is_not_taken_for_a_path(window, monkeypatch):
    window.editor.apply("Title", Project(EDITED.network, title="../../etc/passwd: a <b>net</b>?"))
    proposed = []
    monkeypatch.setattr(dialogs, "ask_save_as", lambda _, path: proposed.append(path))
    window.documents.save()
    assert proposed[0].parent == window.settings.folder
    assert proposed[0].suffix == ".loom"


def test_another_windows_version_is_not_replaced_unasked(make_window, tmp_path, monkeypatch):
    path = tmp_path / "shared.loom"
    projects.save(Project(), path)
    one, other = make_window(), make_window(tmp_path / "other.ini")
    for window in (one, other):
        window.open(path)
    other.editor.apply("Edit", Project(title="theirs"))
    assert other.documents.save()
    assert other.documents.save(), "one's own version is replaced unasked"
    one.editor.apply("Edit", Project(title="mine"))
    monkeypatch.setattr(dialogs, "ask_overwrite_newer", lambda *_: False)
    assert not one.documents.save()
    assert projects.load(path).title == "theirs"
    assert one.editor.is_modified
    monkeypatch.setattr(dialogs, "ask_overwrite_newer", lambda *_: True)
    assert one.documents.save()
    assert projects.load(path).title == "mine"
    assert projects.load(backup_of(path)).title == "theirs"


# The clipboard


@pytest.mark.parametrize(
    "text",
    ["x" * 10_000_000, "[" * 100_000, '{"nodes": [{"id": "a", "type": "Conv9d"}]}', '{"nodes": 7}', "‮\u0000", "\ud800"],
    ids=["ten megabytes", "nested", "an unknown layer", "of the wrong type", "control letters", "half a letter"],
)
def test_what_is_no_network_is_not_pasted(window, text):
    QGuiApplication.clipboard().setText(text)
    window.actions_by_name["paste"].trigger()
    only_notice(window)
    assert window.editor.project == EDITED
    QGuiApplication.clipboard().clear()


# What survives a crash


@pytest.fixture
def kept(monkeypatch):
    """Work of two windows that are no more."""
    folder = autosave_folder()
    folder.mkdir(parents=True)
    for name in ("1", "2"):
        projects.save(Project(EDITED.network, title=name), folder / f"{name}.loom")
        (folder / f"{name}.json").write_text(json.dumps({"pid": 2**22 - 1, "started": 0.0}))
    return folder


def titles(folder: Path) -> set[str]:
    return {projects.load(file).title for file in folder.glob("*.loom")}


def test_rescued_work_stays_until_it_is_thrown_away(make_window, kept, monkeypatch):
    window = make_window()
    monkeypatch.setattr(dialogs, "ask_recover", lambda *_: "later")
    window.offer_rescue()
    assert titles(kept) == {"1", "2"}
    monkeypatch.setattr(dialogs, "ask_recover", lambda *_: "recover")
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: "cancel")
    window.offer_rescue()
    assert titles(kept) == {"1", "2"}, "one is open, the other waits for the next start"
    assert window.editor.is_modified


def test_a_training_that_goes_on_does_not_replace_rescued_work(make_window, kept, monkeypatch, qtbot):
    run = Run.create(runs_folder() / "left", Project(title="left running"))
    fake_trainer.write(run, fake_trainer.started())
    window = make_window()
    monkeypatch.setattr(dialogs, "ask_recover", lambda _, name, __: "recover" if name == "1" else "later")
    window.offer_rescue()
    window.runs.find_running()
    assert window.editor.project.title == "1"
    assert window.training.run.path == run.path
    fake_trainer.write(run, fake_trainer.last_word())
    qtbot.waitUntil(lambda: not window.training.is_busy, timeout=PATIENCE)


def test_a_training_that_another_window_follows_is_left_to_that_one(make_window, qtbot):
    run = Run.create(runs_folder() / "left", Project(title="left running"))
    fake_trainer.write(run, fake_trainer.started())
    follower = run.path / FOLLOWER
    follower.write_bytes(Owner.here().encoded)
    window = make_window()
    window.runs.find_running()
    assert window.training.run is None
    follower.write_bytes(Owner(Owner.here().pid, 0).encoded)
    window.runs.find_running()
    assert window.training.run.path == run.path, "whoever followed it is no more"
    assert Owner.read(follower) == Owner.here()
    fake_trainer.write(run, fake_trainer.last_word())
    qtbot.waitUntil(lambda: not window.training.is_busy, timeout=PATIENCE)
    assert not follower.exists()


def test_a_place_for_rescues_that_cannot_be_written_is_told_and_stops_nothing(make_window, tmp_path, monkeypatch):
    (tmp_path / "state").write_text("a file where a folder should be")
    monkeypatch.setattr(documents, "autosave_folder", lambda: tmp_path / "state" / "autosave")
    window = make_window()
    window.editor.apply("Edit", EDITED)
    window.documents.autosave()
    assert "cannot be kept safe" in only_notice(window)
    window.offer_rescue()
    window.editor.undo_stack.undo()
    assert window.close()


SETTINGS = {
    "rubbish": b"\x00\xff[[[=\n;;@Variant(\x00\x00",
    "a layout of rubbish": b"[window]\ngeometry=@ByteArray(x)\nstate=@ByteArray(\\0\\0\\0\\xff\\0\\0)\n",
    "of the wrong types": b"[General]\nmode=7\nrecent=5, \nfolder=\\0\n[window]\ngeometry=1\nstate=2\n",
    "paths that cannot be": b"[General]\nrecent=" + b"x" * 5_000 + b", a\\0b\nfolder=/" + b"y" * 5_000 + b"\n",
}


@pytest.mark.parametrize("content", SETTINGS.values(), ids=SETTINGS)
def test_settings_that_are_damaged_give_the_first_window(make_window, tmp_path, content):
    (tmp_path / "settings.ini").write_bytes(content)
    window = make_window()
    window.editor.open(EDITED)
    assert window.docks["layerDock"].isVisible()
    assert window.settings.recent == []
    assert window.settings.folder.is_absolute()
    assert window.close()


# Runs


def _line(**entries):
    finished = {"event": "finished", "time": 1, "epoch": 1, "step": 1, "seconds": 1, "validation": {}, "test": {}}
    return json.dumps(finished | entries).encode() + b"\n"


def _damage(name, content):
    return lambda run: (run.path / name).write_bytes(content)


def _matrix(array):
    def damage(run):
        np.save(run.path / "artifacts" / "confusion.npy", array)
        (run.path / "log.jsonl").write_bytes(_line(test={"accuracy": 0.5}, confusion="confusion.npy"))

    return damage


RUNS = {
    "rubbish as log": _damage("log.jsonl", os.urandom(100_000)),
    "a log that is nested": _damage("log.jsonl", b'{"event":"finished","x":' + b"[" * 100_000 + b"\n"),
    "a metric of tomorrow": _damage("log.jsonl", _line(test={"beauty": 1.0, "accuracy": 1e308})),
    "losses without an end": _damage("log.jsonl", b'{"event":"steps","time":0,"epoch":1,"step":[1,2],"loss":[1]}\n'),
    "a matrix of a box": _matrix(np.zeros((2, 2, 2), np.int64)),
    "a matrix of texts": _matrix(np.array([["a", "b"], ["c", "d"]])),
    "a matrix of another size": _matrix(np.ones((2, 3), np.int64)),
    "a matrix elsewhere": _damage("log.jsonl", _line(test={"accuracy": 0.5}, confusion="../../../../../etc/passwd")),
}


@pytest.mark.parametrize("damage", RUNS.values(), ids=RUNS)
def test_a_run_that_someone_edited_is_opened_as_far_as_it_can_be(window, monkeypatch, damage):
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: "discard")
    run = trained("edited", Project(EDITED.network, title="edited"))
    damage(run)
    window.run_list.run_opened.emit(run.path)
    window.run_list.overlay_toggled.emit(run.path, True)
    window.docks["resultDock"].raise_()
    window.grab()
    window.docks["curvesDock"].raise_()
    window.curves._draw()
    window.grab()
    assert window.editor.project.title == "edited"
    assert window.notices.texts == []


@pytest.mark.parametrize("name", ["project.loom", "log.jsonl"])
def test_a_run_that_cannot_be_read_is_told(window, monkeypatch, qtbot, name):
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: "discard")
    run = trained("broken")
    (run.path / name).unlink()
    (run.path / name).mkdir()
    listed = name != "project.loom"
    with qtbot.waitSignal(window.run_list._reader.read) if listed else nullcontext():
        window.run_list.show_folder(runs_folder())
    assert window.run_list._rows.rowCount() == int(listed)
    window.run_list.run_opened.emit(run.path)
    assert "cannot be read" in only_notice(window)
    window.runs.find_running()
    assert window.editor.project == EDITED


def test_a_run_opened_while_another_trains_leaves_the_curves_alone(window, monkeypatch, qtbot):
    monkeypatch.setattr(dialogs, "ask_save", lambda *_: "discard")
    start_training(window, qtbot)
    shown = []
    monkeypatch.setattr(window.curves, "show_events", shown.append)
    window.run_list.run_opened.emit(trained("other").path)
    assert shown == []
    assert "is training" in only_notice(window)


# Training


def start_training(window: Window, qtbot) -> Run:
    """Begins a training that goes on until it is told to stop."""
    with qtbot.waitSignal(window.training.events, timeout=PATIENCE):
        window.runs.train()
    return window.training.run


@pytest.fixture(autouse=True)
def _obedient_trainer(monkeypatch):
    create = Run.create

    def played(path, project):
        run = create(path, project)
        (run.path / "part").write_text("obey")
        return run

    monkeypatch.setattr(Run, "create", played)


def test_a_place_for_runs_that_cannot_be_written_is_told(window):
    runs_folder().parent.mkdir(parents=True)
    runs_folder().write_text("a file where a folder should be")
    window.runs.train()
    assert "cannot be written" in only_notice(window)
    assert window.training.state == "idle"
    assert window.actions_by_name["train"].isEnabled()


def test_edits_themes_and_trains_while_it_trains_leave_the_run_as_it_is(window, qtbot, monkeypatch):
    monkeypatch.setattr(dialogs, "ask_second_training", lambda *_: "cancel")
    run = start_training(window, qtbot)
    window.editor.undo_stack.undo()
    window.choose_theme("light")
    window.choose_theme("dark")
    window.runs.train()
    window.grab()
    assert window.training.run is run
    assert run.project() == EDITED
    assert len(list(runs_folder().iterdir())) == 1
    with qtbot.waitSignal(window.training.ended, timeout=PATIENCE):
        window.training.stop()


def test_another_run_is_not_resumed_while_one_trains_and_that_is_said(window, qtbot):
    other = trained("other")
    run = start_training(window, qtbot)
    window.run_list.resume_asked.emit(other.path)
    assert "is training" in only_notice(window)
    assert window.training.run is run


def test_a_run_folder_that_vanishes_under_a_training_is_told(window, qtbot, monkeypatch):
    start_training(window, qtbot)
    opened = Path.open

    def refuse(path, *arguments, **options):
        if path.name == "control.jsonl":
            raise OSError(5, "Input/output error")
        return opened(path, *arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        window.training.toggle_pause()
        window.training.stop()
        qtbot.waitUntil(lambda: any("Input/output error" in text for text in window.notices.texts))
    # It can be asked again.
    qtbot.waitUntil(lambda: window.training.state == "running")


def test_a_loss_that_is_no_number_is_told_with_its_step(window, qtbot):
    run = start_training(window, qtbot)
    words = {"message": "The loss is not a finite number any more at step 7.", "cause": "", "fix": "Smaller steps."}
    line = json.dumps({"event": "failed", "time": 0, "step": 7, **words}).encode() + b"\n"
    with qtbot.waitSignal(window.training.ended, timeout=PATIENCE), (run.path / "log.jsonl").open("ab") as log:
        log.write(line)
    assert only_notice(window) == "The loss is not a finite number any more at step 7. Smaller steps."
    run.send(fake_trainer.Stop())


def test_a_clock_that_was_set_back_spoils_no_run(window, qtbot):
    run = trained("99999999-999999")
    lines = (run.path / "log.jsonl").read_bytes()
    (run.path / "log.jsonl").write_bytes(lines.replace(b'"time":', b'"time":-1e9,"was":'))
    os.utime(run.path / "project.loom", (2**33, 2**33))
    with qtbot.waitSignal(window.run_list._reader.read):
        window.run_list.show_folder(runs_folder())
    window.docks["runsDock"].raise_()
    window.grab()
    assert run.result().status == "finished"


# Exports


@pytest.fixture
def export(window):
    window.runs.export_of(trained("exported").path)
    return window.findChild(ExportDialog, "exportDialog")


@pytest.mark.parametrize("name", ["", "x" * 300, "a\x00b"], ids=["none", "too long", "a letter that cannot be"])
def test_an_export_without_a_usable_name_is_refused_here(export, monkeypatch, name):
    monkeypatch.setattr(dialogs, "ask_overwrite", lambda *_: pytest.fail("there is nothing to replace"))
    # Not that of the window, which may just be looking at its data.
    monkeypatch.setattr(export, "_engine", SimpleNamespace(submit=lambda *_: pytest.fail("nothing can come of this")))
    export.findChild(QLineEdit, "exportFile").setText(name)
    export.findChild(QPushButton, "exportStart").click()
    assert "cannot be the name of a file" in export._outcome.text()


def test_an_existing_file_is_asked_about_and_kept(export, tmp_path, monkeypatch):
    (tmp_path / "there.onnx").write_text("precious")
    asked = []
    monkeypatch.setattr(dialogs, "ask_overwrite", lambda _, name: bool(asked.append(name)))
    export.findChild(QLineEdit, "exportFile").setText(str(tmp_path / "there.onnx"))
    export.findChild(QPushButton, "exportStart").click()
    assert asked == ["there.onnx"]
    assert (tmp_path / "there.onnx").read_text() == "precious"


def test_the_window_closes_under_an_export(window, export, tmp_path):
    export.findChild(QLineEdit, "exportFile").setText(str(tmp_path / "mine.onnx"))
    export.findChild(QPushButton, "exportStart").click()
    window.editor.undo_stack.setClean()
    assert window.close()


# Mistakes of ours


@pytest.mark.logs("unexpected")
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ZeroDivisionError("a slip"), "Layerloom made a mistake: ZeroDivisionError: a slip. Your work is still here"),
        (PermissionError(13, "Permission denied", "/x/y"), "/x/y cannot be used: Permission denied. Check"),
        (MemoryError(), "There is not enough memory for this. Close other programs"),
    ],
)
def test_what_nobody_foresaw_is_a_sentence(window, error, words):
    app._report(window, type(error), error, None)
    assert only_notice(window).startswith(words)
