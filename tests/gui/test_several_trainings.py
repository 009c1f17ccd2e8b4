"""Several trainings: one waits for the other or goes on beside it, the queue outlives the window, forks begin here."""

import json
import math
import os
import threading
import time
from pathlib import Path

import fake_trainer
import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListView

from engine.data import Data
from engine.datasets import Iris
from engine.events import Changed, Stop, Watched
from engine.forking import fork, point_at
from engine.graph import Graph
from engine.layers import Input, Linear, Output
from engine.losses import CrossEntropy
from engine.optimizers import Adam
from engine.project import Project
from engine.queues import FILE, Queue
from engine.runs import Result, Run
from engine.training import Training
from engine.waypoints import START, Point
from gui import dialogs, forking, run_work, training_control, training_thread, waiting
from gui.run_rows import named
from gui.services import Services
from gui.settings import Settings
from gui.window import Window

DESIGN = Project(Graph.chain(Input(), Linear(3), Output()), Data(Iris()), Training(CrossEntropy(), Adam(), epochs=2))
PATIENCE = 60_000


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where runs are kept; their trainers wait for commands."""
    for module in (run_work, training_control, waiting, forking):
        monkeypatch.setattr(module, "runs_folder", lambda: tmp_path / "runs")
    monkeypatch.setattr(training_thread, "PROGRAM", Path(fake_trainer.__file__))
    create = Run.create.__func__

    def made(cls, path, project):
        run = create(cls, path, project)
        (path / "part").write_text("obey")
        return run

    monkeypatch.setattr(Run, "create", classmethod(made))
    return tmp_path / "runs"


@pytest.fixture
def make_window(qtbot, appearance, tmp_path, folder, monkeypatch):
    """Opens windows on the design; at the end every trainer that they started is told to stop."""
    shown = []

    def make():
        window = Window(Settings(tmp_path / "settings.ini"), appearance, Services())
        window.resize(1280, 800)
        window.show()
        window.show_editor()
        window.editor.open(DESIGN)
        shown.append(window)
        return window

    yield make
    for path in folder.glob("*/"):
        if (path / "project.loom").exists():
            Run(path).send(Stop())
    for window in shown:
        window.waiting.queue._write([])
        qtbot.waitUntil(lambda window=window: not window.training.is_busy, timeout=PATIENCE)
        qtbot.waitUntil(lambda window=window: not window.waiting._beside, timeout=PATIENCE)
        window.editor.undo_stack.setClean()
        window.close()
        window.deleteLater()


@pytest.fixture
def window(make_window, qtbot):
    """A window in which a network trains."""
    made = make_window()
    made.runs.train()
    qtbot.waitUntil(lambda: made.training.state == "running", timeout=PATIENCE)
    return made


def answered(monkeypatch, answer):
    seen = []
    monkeypatch.setattr(
        dialogs, "ask_second_training", lambda _parent, name, remark: seen.append((name, remark)) or answer
    )
    return seen


def rows(window):
    model = window.run_list.findChild(QListView, "runList").model()
    return [model.index(number, 0).data(Qt.ItemDataRole.UserRole) for number in range(model.rowCount())]


def row_of(window, path):
    return next((row for row in rows(window) if row.path == path), None)


def test_while_a_training_begins_the_place_of_the_curves_does_not_ask_for_one(make_window, qtbot):
    window = make_window()
    hint = window.curves.findChild(QLabel, "curvesHint")
    assert hint.text().startswith("Press Train")
    window.runs.train()
    assert window.training.state == "starting"
    assert hint.text() == "Loss and accuracy grow here from the first step on."
    qtbot.waitUntil(lambda: window.training.state == "running", timeout=PATIENCE)
    window.training.stop()
    qtbot.waitUntil(lambda: not window.training.is_busy, timeout=PATIENCE)
    assert hint.text().startswith("Press Train")


def test_the_log_of_a_training_beside_is_read_once(window, monkeypatch):
    read, outline = [], Run.outline

    def counted(run):
        # The list of runs reads in a thread of its own.
        if threading.current_thread() is threading.main_thread():
            read.append(run.path)
        return outline(run)

    run = window.training.run
    assert window.waiting.set_aside()
    monkeypatch.setattr(Run, "outline", counted)
    for _ in range(3):
        window.waiting.look()
    assert window.waiting.is_any_beside
    assert read == [run.path]


def test_a_second_training_waits_and_begins_when_the_first_has_ended(window, qtbot, monkeypatch):
    first = window.training.run
    asked = answered(monkeypatch, "queue")
    window.curves.show_events([Watched(time=0, step=1, memory=467_000_000)])
    window.actions_by_name["train"].trigger()
    assert asked[0][0] == named(first.path)
    assert "holds 467 MB of memory" in asked[0][1]
    (second,) = window.waiting.queue.runs()
    qtbot.waitUntil(
        lambda: row_of(window, second.path) is not None and row_of(window, second.path).waits == 1, timeout=PATIENCE
    )
    assert "number 1 in the queue" in row_of(window, second.path).in_words()

    window.training.stop()

    qtbot.waitUntil(lambda: window.training.run.path == second.path, timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.training.state == "running", timeout=PATIENCE)
    assert not window.waiting.queue.runs()
    assert first.result().status == "stopped"


def test_a_second_training_begins_at_once_where_the_first_has_ended_meanwhile(window, qtbot, monkeypatch):
    first = window.training.run

    def ends(*_question):
        window.training.stop()
        qtbot.waitUntil(lambda: not window.training.is_busy, timeout=PATIENCE)
        return "queue"

    monkeypatch.setattr(dialogs, "ask_second_training", ends)
    window.runs.train()
    qtbot.waitUntil(lambda: window.training.state == "running", timeout=PATIENCE)
    assert window.training.run.path != first.path
    assert not window.waiting.queue.runs()


def test_why_a_training_ended_before_its_last_epoch_is_said(window, qtbot):
    reason = "The validation loss was not better 5 times in a row."
    fake_trainer.write(window.training.run, msgspec.structs.replace(fake_trainer.last_word(), reason=reason))
    qtbot.waitUntil(lambda: not window.training.is_busy, timeout=PATIENCE)
    assert f"Training ended before its last epoch. {reason}" in window.notices.texts


def test_a_training_beside_goes_on_is_drawn_and_can_be_followed_again(window, qtbot, monkeypatch):
    first = window.training.run
    answered(monkeypatch, "beside")
    qtbot.waitUntil(lambda: row_of(window, first.path) is not None, timeout=PATIENCE)
    window.runs.train()
    second = window.training.run
    assert second.path != first.path
    qtbot.waitUntil(lambda: window.training.state == "running", timeout=PATIENCE)
    assert first.result().status == second.result().status == "running"
    assert row_of(window, first.path).overlaid

    fake_trainer.write(first, fake_trainer.steps(7))
    overlay = window.curves._overlays[first.name]
    qtbot.waitUntil(lambda: overlay.last_step == 7, timeout=PATIENCE)

    monkeypatch.setattr(window.documents, "show_project", lambda _project: True)
    window.run_list.run_opened.emit(first.path)
    qtbot.waitUntil(
        lambda: window.training.run.path == first.path and window.training.state == "running", timeout=PATIENCE
    )
    assert second.result().status == "running"
    window.training.stop()
    qtbot.waitUntil(lambda: first.result().status == "stopped", timeout=PATIENCE)
    second.send(Stop())
    qtbot.waitUntil(lambda: row_of(window, second.path).result.status == "stopped", timeout=PATIENCE)


def test_what_a_training_that_is_left_still_says_is_not_taken_for_news_of_the_next(window, qtbot, monkeypatch):
    first, thread = window.training.run, window.training._thread
    answered(monkeypatch, "beside")
    # From its own thread, as the last words before it is left: they wait to be heard.
    sender = threading.Thread(
        target=lambda: (thread.events.emit([fake_trainer.steps(7)]), thread.ended.emit(Result("finished")))
    )
    sender.start()
    sender.join()
    window.runs.train()
    heard = []
    window.training.events.connect(heard.extend)
    window.training.ended.connect(lambda run, _result: heard.append(run))
    qtbot.waitUntil(lambda: window.training.state == "running", timeout=PATIENCE)
    assert window.training.run.path != first.path
    assert not [event for event in heard if getattr(event, "step", None) == [7]]
    assert not {first, window.training.run}.intersection(event for event in heard if isinstance(event, Run))
    first.send(Stop())


def test_the_queue_begins_when_the_last_training_beside_has_ended(window, qtbot, monkeypatch):
    first = window.training.run
    answered(monkeypatch, "queue")
    window.runs.train()
    (waiting_run,) = window.waiting.queue.runs()
    window.waiting.set_aside()
    assert not window.training.is_busy
    first.send(Stop())
    qtbot.waitUntil(
        lambda: window.training.run is not None and window.training.run.path == waiting_run.path, timeout=PATIENCE
    )
    qtbot.waitUntil(lambda: window.training.state == "running", timeout=PATIENCE)


def test_a_window_that_is_closed_asks_about_those_beside_too(window, qtbot, monkeypatch):
    run = window.training.run
    window.waiting.set_aside()
    answers = ["stop", "cancel"]
    monkeypatch.setattr(dialogs, "ask_close", lambda _parent, _fold: answers.pop())
    assert not window._may_close()
    assert run.result().status == "running"
    assert window._may_close()
    qtbot.waitUntil(lambda: run.result().status == "stopped", timeout=PATIENCE)


def test_those_beside_are_told_to_stop_without_a_wait_for_their_disk(window, qtbot, monkeypatch):
    run = window.training.run
    window.waiting.set_aside()
    slow = threading.Event()
    send = Run.send

    def send_late(run, command):
        assert slow.wait(PATIENCE / 1000)
        send(run, command)

    monkeypatch.setattr(Run, "send", send_late)
    window.waiting.stop_beside()
    assert run.result().status == "running"
    slow.set()
    qtbot.waitUntil(lambda: run.result().status == "stopped", timeout=PATIENCE)


def test_the_queue_outlives_the_window(make_window, qtbot, folder):
    run = Run.create(folder / "later", DESIGN)
    Queue(folder).add(run)

    window = make_window()
    window.runs.find_running()

    assert any("wait in the queue" in text for text in window.notices.texts)
    assert not window.training.is_busy
    window.waiting._go_on()
    qtbot.waitUntil(lambda: window.training.state == "running", timeout=PATIENCE)
    assert window.training.run.path == run.path


def test_the_list_reorders_the_queue_and_takes_runs_out(make_window, qtbot, folder):
    runs = [Run.create(folder / name, DESIGN) for name in ("one", "two", "three")]
    for run in runs:
        Queue(folder).add(run)
    window = make_window()
    window.run_list.show_folder(folder)
    window.waiting.show()
    window.run_list.queue_asked.emit(folder / "three", "up")
    window.run_list.queue_asked.emit(folder / "one", "down")
    window.run_list.queue_asked.emit(folder / "two", "out")
    assert [run.name for run in Queue(folder).runs()] == ["three", "one"]
    qtbot.waitUntil(lambda: len(rows(window)) == 3, timeout=PATIENCE)
    assert {row.path.name: row.waits for row in rows(window)} == {"three": 1, "one": 2, "two": 0}


def test_a_queue_that_is_damaged_or_leads_elsewhere_is_empty(tmp_path):
    Run.create(tmp_path / "runs" / "there", DESIGN)
    for content in ("[", '["../runs/there", "..", "", "gone"]', '{"a": 1}'):
        (tmp_path / "runs" / FILE).write_text(content)
        assert Queue(tmp_path / "runs").runs() == []
        assert Queue(tmp_path / "runs").take() is None
    Queue(tmp_path / "runs").add(Run(tmp_path / "runs" / "there"))
    assert Queue(tmp_path / "runs").place(tmp_path / "runs" / "there") == 1


# Forks


def test_a_fork_from_a_place_in_the_curves_names_the_checkpoint_and_the_settings(window, qtbot, monkeypatch, folder):
    asked = []

    def ask(_parent, title, details, _can, has_changes):
        asked.append((title, details, has_changes))
        return "cancel"

    monkeypatch.setattr(dialogs, "ask_fork", ask)
    window.editor.apply(
        "", DESIGN.with_value("training.optimizer.learning_rate", 0.5).with_value("data.validation", 0.3)
    )
    curves = window.curves
    qtbot.waitUntil(lambda: curves._history.last_step > 0, timeout=PATIENCE)
    curves._draw()
    view = curves._plots[0].view
    place = view.mapToGlobal(view.rect().center())
    view.menu_asked.emit(place)
    qtbot.waitUntil(curves._menu.isVisible)
    assert math.isfinite(curves._menu_step)
    curves._fork.trigger()
    curves._menu.close()
    title, details, has_changes = asked[0]
    assert has_changes
    assert "from its beginning" in title
    words = " ".join(details)
    assert "Learning rate: 0.001 → 0.5" in words
    assert "data" in words.lower()


def test_a_fork_made_while_another_trains_waits_below_its_parent(window, qtbot, monkeypatch, folder):
    parent = window.training.run
    monkeypatch.setattr(dialogs, "ask_fork", lambda *_words: "fork")
    monkeypatch.setattr(
        window.services.jobs, "submit", lambda _name, run, point, path, changes: Made(fork(run, point, path, changes))
    )
    qtbot.waitUntil(lambda: row_of(window, parent.path) is not None, timeout=PATIENCE)
    window.run_list.fork_asked.emit(parent.path)
    (forked,) = window.waiting.queue.runs()
    assert forked.origin().parent == parent.name
    qtbot.waitUntil(lambda: row_of(window, forked.path) is not None, timeout=PATIENCE)
    found = [(row.path, row.depth) for row in rows(window)]
    assert found == [(parent.path, 0), (forked.path, 1)]
    assert f"forked from {named(parent.path)}" in rows(window)[1].in_words()


@pytest.mark.parametrize(("answer", "rates"), [("fork", [0.5]), ("unchanged", []), ("cancel", None)])
def test_a_fork_takes_the_changes_of_the_design_where_a_person_says_so(
    window, qtbot, monkeypatch, folder, answer, rates
):
    taken = []
    monkeypatch.setattr(dialogs, "ask_fork", lambda *_words: answer)
    monkeypatch.setattr(
        window.services.jobs, "submit", lambda _name, _run, _point, _path, changes: taken.append(changes) or Made(None)
    )
    monkeypatch.setattr(window.forking, "_begin", lambda _run: None)
    window.editor.apply("", DESIGN.with_value("training.optimizer.learning_rate", 0.5))
    window.run_list.fork_asked.emit(window.training.run.path)
    assert taken == ([] if rates is None else [tuple(taken[0])])
    assert [[change.value for change in changes] for changes in taken] == ([] if rates is None else [rates])


@pytest.mark.parametrize(
    ("designed", "answer", "said", "trained"),
    [
        (2, "fork", ["No epoch would be left, so it trains to epoch 4"], 4),
        (9, "fork", ["Without these settings it trains to epoch 4"], 9),
        (9, "unchanged", ["Without these settings it trains to epoch 4"], 4),
        (1, "fork", ["No epoch would be left, so it trains to epoch 3", "Without these settings"], 3),
    ],
)
def test_a_fork_of_a_run_that_has_ended_has_epochs_left(window, monkeypatch, designed, answer, said, trained):
    asked, taken = [], []
    run = window.training.run
    end = Point(epoch=2, step=40, file=run.path / "checkpoints" / "last.state.safetensors")
    monkeypatch.setattr(forking, "point_at", lambda _run, **_step: end)
    monkeypatch.setattr(dialogs, "ask_fork", lambda _parent, _title, details, *_: asked.extend(details) or answer)
    monkeypatch.setattr(window.forking, "_fork", lambda _run, _point, changes: taken.extend(changes))
    window.editor.apply("", DESIGN.with_value("training.epochs", designed))
    window.run_list.fork_asked.emit(run.path)
    assert [(change.path, change.value) for change in taken] == [("training.epochs", trained)]
    assert all(words in " ".join(asked) for words in said)
    assert ("No epoch would be left" in " ".join(asked)) == (designed <= 2)


def test_what_a_fork_has_from_its_parent_is_forked_from_there(make_window, qtbot, monkeypatch, folder):
    parent = Run.create(folder / "parent", DESIGN)
    keep_state(parent, epoch=1, step=20)
    child = fork(parent, keep_state(parent, epoch=2, step=40), folder / "child")
    keep_state(child, epoch=3, step=60)
    window, asked, taken = make_window(), [], []
    monkeypatch.setattr(
        dialogs, "ask_fork", lambda _parent, title, details, *_: asked.append((title, details[0])) or "fork"
    )
    monkeypatch.setattr(window.forking, "_fork", lambda _run, point, _changes: taken.append(point))
    for step in (22, 58):
        window.forking.ask(child, step)
    assert [point.step for point in taken] == [20, 60]
    assert asked[0] == ("Fork parent after epoch 1, step 20?", "child, forked from there, has that step from it.")
    assert asked[1][0] == "Fork child after epoch 3, step 60?"


def keep_state(run, epoch, step):
    """A checkpoint without tensors; answers the point that it is."""
    about = {"state": json.dumps({"epoch": epoch, "step": step})}
    head = json.dumps({"__metadata__": about}).encode()
    for name in (f"{epoch}.state", "last.state"):
        file = run.path / "checkpoints" / f"{name}.safetensors"
        file.write_bytes(len(head).to_bytes(8, "little") + head)
    return point_at(run, step=step)


class Made:
    """A job that is done at once."""

    def __init__(self, run):
        self.done = self
        self.failed = self
        self._run = run

    def connect(self, take):
        if take.__name__ == "_begin":
            take(self._run)


def test_forks_stand_for_themselves_once_their_parent_is_deleted(make_window, qtbot, folder):
    parent = Run.create(folder / "parent", DESIGN)
    os.utime(parent.path / "project.loom", (time.time() - 99, time.time() - 99))
    child = fork(parent, START, folder / "child")
    window = make_window()
    window.run_list.show_folder(folder)
    qtbot.waitUntil(lambda: len(rows(window)) == 2 and all(row.result for row in rows(window)), timeout=PATIENCE)
    assert [(row.path.name, row.depth) for row in rows(window)] == [("parent", 0), ("child", 1)]
    picture = window.run_list.findChild(QListView, "runList").grab().toImage()
    window.run_list._rows.remove(parent.path)
    assert [(row.path, row.depth) for row in rows(window)] == [(child.path, 0)]
    assert window.run_list.findChild(QListView, "runList").grab().toImage() != picture


# Steering


def test_what_is_typed_is_sent_and_a_change_is_marked(window, qtbot, folder):
    run, steer = window.training.run, window.training_panel.steer
    line = steer._lines["training.optimizer.learning_rate"]
    assert line.text() == "0.001"
    window.docks["trainingDock"].raise_()
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "0.02")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    (words,) = sent(qtbot, run, 1)
    assert '"path":"training.optimizer.learning_rate","value":0.02' in words
    assert window.editor.project.training.optimizer.learning_rate == 0.02, "the design in the window follows"

    changed = Changed(time=0, step=1, path="training.optimizer.learning_rate", value=0.02, before=0.001)
    fake_trainer.write(run, fake_trainer.steps(2, 3), changed)
    qtbot.waitUntil(lambda: window.curves._history.changes == [changed], timeout=PATIENCE)
    qtbot.waitUntil(lambda: window.training.trained.training.optimizer.learning_rate == 0.02, timeout=PATIENCE)
    window.curves._draw()
    plot = window.curves._plots[0]
    assert list(plot.view._marks) == [1]
    assert "Learning rate: 0.001 → 0.02" in plot._reading(1.0)
    qtbot.waitUntil(lambda: not steer._apply.isVisibleTo(window), timeout=PATIENCE)


def test_numbers_are_typed_as_in_the_form_of_the_design(window, qtbot):
    steer, sent = window.training_panel.steer, window.training.run.path / "control.jsonl"
    for name, typed in (("training.epochs", "2,500"), ("training.optimizer.learning_rate", "0,004")):
        steer._lines[name].selectAll()
        qtbot.keyClicks(steer._lines[name], typed)
        qtbot.keyClick(steer._lines[name], Qt.Key.Key_Return)
    for words in ('"path":"training.epochs","value":2500', '"path":"training.optimizer.learning_rate","value":0.004'):
        qtbot.waitUntil(lambda words=words: sent.exists() and words in sent.read_text(), timeout=PATIENCE)

    for name, typed, told in (
        ("training.batch_size", "many", "Batch size cannot be “many”. It must be a whole number"),
        ("training.batch_size", "0", "Batch size cannot be “0”. It must be a whole number"),
        ("training.optimizer.learning_rate", "-1", "Learning rate cannot be “-1”. It must be a number from 0"),
    ):
        line = steer._lines[name]
        line.selectAll()
        qtbot.keyClicks(line, typed)
        qtbot.keyClick(line, Qt.Key.Key_Return)
        assert steer._fault.text().startswith(told)
    steer.show_training(None)
    assert not steer._fault.text(), "what was typed for one training is no fault of the next"


def test_edits_of_the_design_are_offered_and_applied(window, qtbot):
    run, steer = window.training.run, window.training_panel.steer
    window.editor.apply("", DESIGN.with_value("training.epochs", 9).with_value("data.validation", 0.3))
    assert "Epochs: 2 → 9" in steer._words.text()
    assert "Data" in steer._words.text()
    steer._apply.click()
    (line,) = sent(qtbot, run, 1)
    assert '"path":"training.epochs","value":9' in line


def test_a_training_of_another_design_says_from_its_start_that_edits_are_not_in_it(window, qtbot):
    window.waiting.set_aside()
    window.training.train(DESIGN.with_value("training.epochs", 9), "Other")
    assert "not in this training yet" in window.findChild(QLabel, "curvesNote").text()
    qtbot.waitUntil(lambda: window.training.state == "running", timeout=PATIENCE)
    assert "not in this training yet" in window.findChild(QLabel, "curvesNote").text()


def test_what_is_not_allowed_is_told_and_not_sent(window, qtbot):
    steer = window.training_panel.steer
    line = steer._lines["training.batch_size"]
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "-4")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert steer._fault.text().startswith("Batch size cannot be “-4”. It must be")
    window.training.stop_after_epoch()
    (line,) = sent(qtbot, window.training.run, 1)
    assert '"after":"epoch"' in line


def test_a_checkpoint_leaves_selected_what_a_person_types_over(window):
    line = window.training_panel.steer._lines["training.optimizer.learning_rate"]
    line.selectAll()
    window.training.checkpoint_written.emit()
    assert line.selectedText() == "0.001"


def sent(qtbot, run, count):
    """The commands to a trainer once so many are written."""
    file = run.path / "control.jsonl"
    qtbot.waitUntil(lambda: file.exists() and len(file.read_text().split()) >= count, timeout=PATIENCE)
    return file.read_text().split()


def test_it_can_be_advanced_and_stopped_after_the_epoch(window, qtbot):
    actions = window.actions_by_name
    for name in ("oneStep", "oneEpoch", "stopAfterEpoch"):
        assert actions[name].isEnabled()
        actions[name].trigger()
    step, epoch, stop = sent(qtbot, window.training.run, 3)
    assert '"by":"step"' in step
    assert '"by":"epoch"' in epoch
    assert '"after":"epoch"' in stop


@pytest.mark.parametrize(("name", "by"), [("oneStep", "step"), ("oneEpoch", "epoch")])
def test_where_nothing_trains_one_step_begins_a_training_that_waits_then(make_window, qtbot, name, by):
    window = make_window()
    window.show_start()
    assert not window.actions_by_name[name].isEnabled()
    window.show_editor()
    assert window.actions_by_name[name].isEnabled()
    window.actions_by_name[name].trigger()
    (line,) = sent(qtbot, window.training.run, 1)
    assert f'"by":"{by}"' in line
    qtbot.waitUntil(lambda: window.training.state == "paused", timeout=PATIENCE)
    window.training.stop()
    qtbot.waitUntil(lambda: not window.training.is_busy, timeout=PATIENCE)


def test_a_finished_run_is_trained_for_more_epochs(window, qtbot, monkeypatch):
    run = window.training.run
    window.training.stop()
    qtbot.waitUntil(lambda: not window.training.is_busy, timeout=PATIENCE)
    asked = []
    monkeypatch.setattr(dialogs, "ask_epochs", lambda _parent, _name, done, planned: asked.append((done, planned)) or 7)
    started = []
    start = training_thread._start_trainer
    monkeypatch.setattr(
        training_thread,
        "_start_trainer",
        lambda path, _allowed, changes: started.append(changes) or start(path, (), {}),
    )
    window.run_list.more_asked.emit(run.path)
    qtbot.waitUntil(lambda: window.training.state == "running", timeout=PATIENCE)
    assert asked == [(1, 2)]
    assert started == [{"training.epochs": 7}]
    assert window.training.run.path == run.path
