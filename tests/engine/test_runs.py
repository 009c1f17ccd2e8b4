"""The run folder: what is read back from it, whoever wrote it last and however that ended."""

import os
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from engine.errors import RunError
from engine.events import AnyEvent, Epoch, Event, Failed, Finished, Pause, Set, Started, Steps, Stop, Stopped
from engine.project import Project
from engine.runs import Run, new_run_path, runs_in


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run.create(tmp_path / "run", Project(title="Digits"))


def log(run: Run, *happening: Event | bytes) -> None:
    """Appends events, or lines as they are, to the run's log."""
    with (run.path / "log.jsonl").open("ab") as file:
        for event in happening:
            file.write(event if isinstance(event, bytes) else msgspec.json.encode(event) + b"\n")


def began(pid: int = os.getpid(), epoch: int = 0, step: int = 0) -> Started:
    return Started(
        time=time.time(),
        run="run",
        pid=pid,
        device="CPU",
        epochs=4,
        steps_per_epoch=2,
        train_samples=4,
        validation_samples=2,
        test_samples=2,
        epoch=epoch,
        step=step,
    )


def epoch(number: int, loss: float = 1.0) -> Epoch:
    return Epoch(time=0, epoch=number, step=2 * number, train={}, validation={"loss": loss}, seconds=1.5)


def steps(*numbers: int) -> Steps:
    return Steps(time=0, epoch=1, step=list(numbers), loss=[0.5] * len(numbers))


def no_process() -> int:
    """The number of a process that there is not."""
    return next(number for number in range(99_999, 1, -1) if not psutil.pid_exists(number))


def test_a_new_run_holds_its_project(run: Run) -> None:
    assert Run.open(run.path).project() == Project(title="Digits")
    assert run.result().status == "new"
    assert not run.has_checkpoint()


def test_a_folder_that_is_taken_is_refused(run: Run) -> None:
    with pytest.raises(RunError, match="not empty"):
        Run.create(run.path, Project())


def test_a_place_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    for place in (tmp_path / "file", tmp_path / "file" / "run"):
        with pytest.raises(RunError):
            Run.create(place, Project())


def test_any_other_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run folder"):
        Run.open(tmp_path)


def test_a_torn_last_line_is_left_until_it_is_whole(run: Run) -> None:
    whole = msgspec.json.encode(steps(3, 4)) + b"\n"
    log(run, steps(1, 2), whole[:20])
    reader = run.follow()

    assert reader.read() == [steps(1, 2)]
    assert reader.read() == []
    log(run, whole[20:])

    assert reader.read() == [steps(3, 4)]


def test_lines_that_are_not_known_are_passed_over(run: Run) -> None:
    log(run, steps(1), b'{"event": "of a later version", "time": 1}\n', b"\xff\xfe not JSON\n", b"\n", steps(2))

    assert run.events() == [steps(1), steps(2)]


def test_a_reader_goes_on_from_where_another_had_come(run: Run) -> None:
    log(run, steps(1))
    first = run.follow()
    first.read()
    log(run, steps(2))

    assert run.follow(first.offset).read() == [steps(2)]


def test_commands_arrive_in_their_order(run: Run) -> None:
    reader = run.commands()
    sent = [Pause(), Set("training.epochs", 7), Stop()]
    for command in sent:
        run.send(command)

    assert reader.read() == sent
    assert reader.read() == []


def test_commands_for_a_training_of_the_past_are_not_read_again(run: Run) -> None:
    run.send(Stop())
    assert run.commands().read() == [Stop()]
    log(run, began())

    assert run.commands().read() == []


END = {"time": 0.0, "epoch": 2, "step": 4, "seconds": 9.0, "validation": {"loss": 0.5}, "test": {"loss": 0.75}}


@pytest.mark.parametrize(
    ("happening", "status"),
    [
        ((began(), epoch(1)), "running"),
        ((began(no_process()), epoch(1)), "interrupted"),
        ((began(), epoch(1), Finished(**END)), "finished"),
        ((began(), epoch(1), Stopped(**END)), "stopped"),
        ((began(), Stopped(**END), began(epoch=1, step=2)), "running"),
        ((began(), epoch(1), Failed(time=0, message="No.", fix="Try.")), "failed"),
    ],
)
def test_the_result_says_what_a_run_has_come_to(run: Run, happening: tuple[AnyEvent, ...], status: str) -> None:
    log(run, *happening)

    assert run.result().status == status


def test_whether_a_run_has_ended_is_seen_from_the_end_of_its_log(run: Run) -> None:
    assert not run.has_ended()
    log(run, began(), *[steps(*range(1000)) for _ in range(40)])
    assert not run.has_ended()
    log(run, Failed(time=0, message="No memory."))
    assert run.has_ended()
    log(run, began())
    assert not run.has_ended()


def test_the_result_of_a_finished_run_is_that_of_its_best_checkpoint(run: Run) -> None:
    log(run, began(), epoch(1), epoch(2), Finished(**END))

    result = run.result()

    assert (result.epochs, result.seconds) == (2, 9.0)
    assert (result.validation, result.test) == ({"loss": 0.5}, {"loss": 0.75})


def test_epochs_that_were_trained_again_count_once(run: Run) -> None:
    log(run, began(no_process()), epoch(1), epoch(2), epoch(3), began(epoch=1, step=2), epoch(2, loss=0.25))

    result = run.result()

    assert (result.epochs, result.seconds, result.validation) == (2, 3.0, {"loss": 0.25})


def test_a_process_that_was_given_the_number_since_is_not_the_trainer(run: Run) -> None:
    long_ago = msgspec.structs.replace(began(), time=psutil.Process().create_time() - 100)
    log(run, long_ago)

    assert run.result().status == "interrupted"


def test_what_failed_is_told_with_its_fix(run: Run) -> None:
    log(run, began(), epoch(1), Failed(time=0, message="No.", fix="Try."))

    result = run.result()

    assert (result.message, result.fix, result.epochs) == ("No.", "Try.", 1)


@pytest.mark.parametrize("name", ["best", "7", "../../project", "last.state", ""])
def test_a_checkpoint_that_is_not_there_is_told_with_those_that_are(run: Run, name: str) -> None:
    for there in ("last.safetensors", "last.state.safetensors"):
        (run.path / "checkpoints" / there).write_bytes(b"")

    with pytest.raises(RunError, match="It has: last\\."):
        run.weights(name)


def test_runs_are_listed_the_newest_first(tmp_path: Path) -> None:
    for number, name in enumerate(("old", "new")):
        made = Run.create(tmp_path / name, Project())
        os.utime(made.path / "project.loom", (number, number))

    assert [run.name for run in runs_in(tmp_path)] == ["new", "old"]
    assert list(runs_in(tmp_path / "nowhere")) == []


def test_a_new_run_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    first = new_run_path(tmp_path, "Zahlen/Übung 1")
    first.mkdir()

    second = new_run_path(tmp_path, "Zahlen/Übung 1")

    assert first.parent == tmp_path
    assert second != first


def test_one_trainer_at_a_time(run: Run) -> None:
    with run.trained_alone(), pytest.raises(RunError, match="already being trained"), Run(run.path).trained_alone():
        pass
    with Run(run.path).trained_alone():
        pass


def test_a_line_with_losses_missing_is_passed_over(run: Run) -> None:
    log(run, began(), b'{"event":"steps","time":0,"epoch":1,"step":[1,2],"loss":[1]}\n', steps(3))
    assert [type(event) for event in run.events()] == [Started, Steps]


def test_a_log_that_is_no_file_is_told(run: Run) -> None:
    (run.path / "log.jsonl").mkdir()
    with pytest.raises(RunError, match="cannot be read"):
        run.result()
