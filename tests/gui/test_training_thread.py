"""The thread of a training: follows the log, passes commands on, and says what became of the trainer."""

import sys
from pathlib import Path

import fake_trainer
import psutil
import pytest

from engine.events import Changed, Epoch, Failed, Finished, Paused, Resumed, Started, Steps, Stopped
from engine.project import Project
from engine.runs import Run
from engine.templates import template
from gui import training_thread
from gui.training_thread import SpareTrainer, TrainingThread

PATIENCE = 20_000


@pytest.fixture(autouse=True)
def _fake_trainer(monkeypatch):
    monkeypatch.setattr(training_thread, "PROGRAM", Path(fake_trainer.__file__))


@pytest.fixture
def make_run(tmp_path):
    """A new run, whose trainer plays a part."""

    def make(part):
        run = Run.create(tmp_path / part, Project())
        (run.path / "part").write_text(part)
        return run

    return make


@pytest.fixture
def followed(qtbot):
    """Starts a thread and gathers its events; ends whatever is still at work after the test."""
    threads = []

    def follow(thread):
        happened = []
        thread.events.connect(happened.extend)
        threads.append(thread)
        thread.start()
        return happened

    yield follow
    for thread in threads:
        if thread.isRunning():
            thread.stop()
            qtbot.waitUntil(thread.isFinished, timeout=PATIENCE)


def result_of(qtbot, thread, follow):
    with qtbot.waitSignal(thread.ended, timeout=PATIENCE) as ended:
        happened = follow(thread)
    thread.wait()
    return ended.args[0], happened


def spares_at_work():
    return [child for child in psutil.Process().children() if fake_trainer.__file__ in child.cmdline()]


def kinds(events):
    return [type(event) for event in events]


def test_a_training_is_followed_to_its_result(qtbot, make_run, followed):
    result, happened = result_of(qtbot, TrainingThread(make_run("finish")), followed)
    assert kinds(happened) == [Started, Steps, Epoch, Finished]
    assert (result.status, result.test["accuracy"]) == ("finished", 0.3)


def test_a_line_half_written_is_waited_for(qtbot, make_run, followed):
    _, happened = result_of(qtbot, TrainingThread(make_run("tear")), followed)
    assert [event.step for event in happened if isinstance(event, Steps)] == [[1, 2], [3]]


def test_commands_reach_the_trainer_even_before_it_listens(qtbot, make_run, followed):
    thread = TrainingThread(make_run("obey"))
    thread.pause()
    happened = followed(thread)
    qtbot.waitUntil(lambda: Paused in kinds(happened), timeout=PATIENCE)
    thread.resume()
    qtbot.waitUntil(lambda: Resumed in kinds(happened), timeout=PATIENCE)
    with qtbot.waitSignal(thread.ended, timeout=PATIENCE) as ended:
        thread.stop()
    assert ended.args[0].status == "stopped"


def test_a_crash_is_an_interruption_that_says_what_to_do(qtbot, make_run, followed):
    result, happened = result_of(qtbot, TrainingThread(make_run("crash")), followed)
    assert kinds(happened) == [Started, Steps]
    assert result.status == "interrupted"
    assert "crashed" in result.message
    assert "no checkpoint" in result.fix


@pytest.mark.skipif(sys.platform == "win32", reason="has no signals")
def test_a_killed_trainer_is_an_interruption_that_can_go_on(qtbot, make_run, followed):
    run = make_run("obey")
    for name in ("last.safetensors", "last.state.safetensors", "last.state.json"):
        (run.path / "checkpoints" / name).touch()
    thread = TrainingThread(run)
    happened = followed(thread)
    qtbot.waitUntil(lambda: Steps in kinds(happened), timeout=PATIENCE)
    with qtbot.waitSignal(thread.ended, timeout=PATIENCE) as ended:
        psutil.Process(happened[0].pid).kill()
    assert ended.args[0].status == "interrupted"
    assert "killed" in ended.args[0].message
    assert "last checkpoint" in ended.args[0].fix


def test_a_refusal_of_the_trainer_is_passed_on_in_its_words(qtbot, make_run, followed):
    result, _ = result_of(qtbot, TrainingThread(make_run("refuse")), followed)
    assert "already being trained" in result.message


def test_a_trainer_outlives_the_thread_and_is_found_again(qtbot, make_run, followed):
    run = make_run("obey")
    first = TrainingThread(run)
    happened = followed(first)
    qtbot.waitUntil(lambda: Steps in kinds(happened), timeout=PATIENCE)
    trainer = psutil.Process(happened[0].pid)
    first.detach()
    assert not first.isRunning()
    assert trainer.is_running()
    second = TrainingThread.attached(run)
    happened = followed(second)
    qtbot.waitUntil(lambda: Steps in kinds(happened), timeout=PATIENCE)
    with qtbot.waitSignal(second.ended, timeout=PATIENCE) as ended:
        second.stop()
    assert ended.args[0].status == "stopped"


def test_a_run_that_goes_on_shows_first_what_it_had_come_to(qtbot, make_run, followed):
    run = make_run("finish")
    change = Changed(time=0, step=1, path="training.optimizer.learning_rate", value=0.1, before=0.2)
    earlier = fake_trainer.started(), fake_trainer.steps(1), change, fake_trainer.last_word(Stopped)
    fake_trainer.write(run, *earlier)
    thread, pasts = TrainingThread(run), []
    thread.past.connect(pasts.append)
    _, happened = result_of(qtbot, thread, followed)
    (past,) = pasts
    assert past.training["loss"].steps.tolist() == [1]
    assert past.changes == [change]
    assert kinds(happened) == [Started, Steps, Epoch, Finished]


def test_the_spare_takes_the_run_and_is_replaced_afterwards(qtbot, make_run, followed):
    spare = SpareTrainer()
    with qtbot.waitSignal(spare.ready, timeout=PATIENCE):
        spare.prepare()
    (waiting,) = spares_at_work()
    result, happened = None, []
    with qtbot.waitSignal(spare.ready, timeout=PATIENCE):
        result, happened = result_of(qtbot, TrainingThread(make_run("finish"), spare), followed)
    assert happened[0].pid == waiting.pid
    assert result.status == "finished"
    spare.close()
    assert not spares_at_work()


def test_a_dead_spare_does_not_keep_a_training_from_starting(qtbot, make_run, followed):
    spare = SpareTrainer()
    with qtbot.waitSignal(spare.ready, timeout=PATIENCE):
        spare.prepare()
    (waiting,) = spares_at_work()
    waiting.kill()
    waiting.wait()
    with qtbot.waitSignal(spare.ready, timeout=PATIENCE):
        result, _ = result_of(qtbot, TrainingThread(make_run("finish"), spare), followed)
    assert result.status == "finished"
    spare.close()


def test_a_program_that_cannot_be_started_is_said(qtbot, make_run, followed, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    result, _ = result_of(qtbot, TrainingThread(make_run("finish")), followed)
    assert result.status == "interrupted"
    assert "cannot be started" in result.message


def test_a_run_that_cannot_be_written_is_said(qtbot, make_run, followed):
    run = make_run("finish")
    (run.path / "trainer.log").mkdir()
    result, _ = result_of(qtbot, TrainingThread(run), followed)
    assert result.message.startswith(f"The run folder {run.path} cannot be written")
    assert "may write to" in result.fix


def test_in_thread_training_writes_the_same_run(qtbot, tmp_path, followed):
    run = Run.create(tmp_path / "run", template("xor").project.with_value("training.epochs", 3))
    result, happened = result_of(qtbot, TrainingThread(run, in_thread=True), followed)
    assert result.status == "finished"
    assert result.epochs == 3
    assert run.events() == happened
    assert not any(isinstance(event, Failed) for event in happened)
