"""The engine process: answers, streams, refuses, crashes and is cancelled without harm to what else it was asked."""

import subprocess
import sys
from contextlib import suppress

import jobs
import psutil
import pytest

from engine.errors import DataError, LayerloomError
from engine.templates import templates
from gui.engine_process import Analyst, EngineProcess

WINDOW_THAT_DIES = """
import os, sys
sys.path[:] = sys.argv[1:]

if __name__ == "__main__":
    import jobs
    from PySide6.QtCore import QCoreApplication
    from gui.engine_process import EngineProcess

    application = QCoreApplication()
    engine = EngineProcess()

    def die(process_id):
        print(process_id, flush=True)
        os._exit(1)

    engine.submit(jobs.process_id).done.connect(die)
    engine.submit(jobs.count, 10**9)
    application.exec()
"""


@pytest.fixture
def engine(qapp):
    made = EngineProcess(qapp)
    yield made
    made.close()


@pytest.fixture
def result(qtbot):
    """Waits for what a job comes to."""

    def wait(job):
        with qtbot.waitSignal(job.done, timeout=20_000) as signal:
            pass
        return signal.args[0]

    return wait


@pytest.fixture
def failure(qtbot):
    """Waits for the error of a job."""

    def wait(job):
        with qtbot.waitSignal(job.failed, timeout=20_000) as signal:
            pass
        return signal.args[0]

    return wait


def test_answers_come_back_in_turn(engine, result):
    first, second = engine.submit(jobs.echo, 1, "two"), engine.submit("jobs:echo", (3, 4))
    assert result(first) == (1, "two")
    assert result(second) == ((3, 4),)


@pytest.mark.parametrize(("function", "last"), [(jobs.count, 3), (jobs.count_and_sum, 6)])
def test_a_generator_streams_its_items(engine, result, function, last):
    job, items = engine.submit(function, 4), []
    job.progress.connect(items.append)
    assert result(job) == last
    assert items == [0, 1, 2, 3]


def test_a_refusal_arrives_as_it_was_raised(engine, failure):
    error = failure(engine.submit(jobs.refuse))
    assert isinstance(error, DataError)
    assert (error.message, error.expected, error.fix) == (
        "The table has no rows.",
        "At least one.",
        "Choose another file.",
    )


@pytest.mark.logs("Traceback")
@pytest.mark.parametrize(("function", "name"), [(jobs.stumble, "KeyError"), (jobs.unsendable, "TypeError")])
def test_a_mistake_is_told_in_a_sentence_and_logged_in_full(engine, failure, function, name):
    error = failure(engine.submit(function))
    assert error.message.startswith(f"Layerloom made a mistake: {name}")
    assert "log" in error.fix


@pytest.mark.logs("ended by itself: exit code 139")
def test_a_crash_fails_one_job_and_the_others_go_on(engine, result, failure):
    crashing, waiting = engine.submit(jobs.crash), engine.submit(jobs.echo, "still here")
    error = failure(crashing)
    assert isinstance(error, LayerloomError)
    assert "ended unexpectedly" in error.message
    assert result(waiting) == ("still here",)


def test_a_waiting_job_is_dropped_in_silence(engine, result):
    first, dropped, last = (engine.submit(jobs.echo, number) for number in range(3))
    answers = []
    dropped.done.connect(answers.append)
    dropped.cancel()
    assert result(first) == (0,)
    assert result(last) == (2,)
    assert not answers


def test_a_running_job_is_ended_tidily_and_the_others_go_on(engine, result, qtbot, tmp_path):
    file = tmp_path / "half-written"
    job = engine.submit(jobs.begin_and_hang, file)
    with qtbot.waitSignal(job.progress, timeout=20_000):
        pass
    assert file.exists()
    job.cancel()
    assert result(engine.submit(jobs.echo, "next")) == ("next",)
    engine.close()
    assert not file.exists()


def test_closing_leaves_neither_process_nor_thread(engine, result):
    process = psutil.Process(result(engine.submit(jobs.process_id)))
    engine.submit(jobs.count, 10**9)
    engine.close()
    assert not process.is_running()


def test_a_closed_engine_begins_nothing_more(engine, result, qtbot):
    result(engine.submit(jobs.echo))
    engine.close()
    children = set(psutil.Process().children())
    late = engine.submit(jobs.echo, "late")
    with qtbot.assertNotEmitted(late.done, wait=300):
        engine.start()
    assert set(psutil.Process().children()) <= children


def test_it_warms_up_unasked_and_says_when_it_is_ready(engine, qtbot):
    with qtbot.waitSignal(engine.ready, timeout=30_000):
        engine.start()


def test_it_ends_when_the_window_dies(tmp_path):
    script = tmp_path / "window.py"
    script.write_text(WINDOW_THAT_DIES)
    answer = subprocess.run([sys.executable, script, *sys.path], capture_output=True, text=True, check=False)
    process = int(answer.stdout)
    with suppress(psutil.NoSuchProcess):
        psutil.Process(process).wait(timeout=5)
    assert not psutil.pid_exists(process)


def test_an_edit_during_an_analysis_overtakes_those_that_wait(engine, qtbot):
    analyst, reported = Analyst(engine), []
    analyst.analysed.connect(lambda project, report: reported.append((project, report)))
    projects = [template.project for template in templates()]
    first, newest = projects[0], projects[-1]
    for project in projects:
        analyst.analyse(project)
    qtbot.waitUntil(lambda: bool(reported) and reported[-1][0] is newest, timeout=30_000)
    assert [project for project, _ in reported] == [first, newest]
    assert reported[-1][1].totals.parameters > 0
