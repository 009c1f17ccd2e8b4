"""Digests say what their logs say, whatever was cut, damaged or lost; the log stays the truth."""

import errno
import random
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from drawings import project
from training_runs import trained

from engine import digest, runs
from engine.curves import History
from engine.datasets import Iris
from engine.events import (
    AnyEvent,
    Changed,
    Checkpoint,
    Epoch,
    Failed,
    Finished,
    Forked,
    LearningRate,
    Paused,
    Started,
    Steps,
    Stopped,
    Validation,
    Warning,
    Watched,
)
from engine.layers import Input, Linear, Output
from engine.runs import Run

DRAWN = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=3)
KINDS = ("training", "validation", "watched", "gradients", "updates", "epochs")


def lines(seed: int, count: int = 60) -> Iterator[AnyEvent]:
    """What a trainer may write that is killed, goes on, is steered and forked, and a little that none writes."""
    chance = random.Random(seed)
    step = number = 0
    yield begun(0, 0)
    for _ in range(count):
        match chance.randrange(12):
            case 0:
                step = max(0, step - chance.randrange(40))
                number = step // 20
                yield begun(step, number)
            case 1:
                number += 1
                judged = {"loss": chance.random(), "accuracy": chance.randrange(9) / 8}
                yield Epoch(
                    time=1.0,
                    epoch=number,
                    step=step,
                    train={},
                    validation=judged,
                    seconds=chance.random(),
                    learning_rate=chance.choice([0.0, 0.1, 1 / 3]),
                )
            case 2:
                yield Validation(time=1.0, epoch=number, step=step - chance.randrange(3), validation={"loss": 1 / 7})
            case 3 | 4:
                layers = ("linear_1", "linear_2")[: chance.randrange(3)]
                seen = [chance.choice([None, chance.random()]) for _ in range(2)]
                at = max(1, step - chance.randrange(5))
                yield Watched(time=1.0, step=at, gradient=seen[0], gradients=seen, updates=seen[::-1], layers=layers)
            case 5:
                yield LearningRate(time=1.0, step=step, learning_rate=chance.random())
            case 6:
                value = {"type": "Constant", "settings": {"x": [1, 2.5]}}
                yield Changed(time=1.0, step=step, path="training.schedule", value=value, steps=500)
            case 7:
                yield chance.choice(
                    [
                        Failed(time=1.0, message="no"),
                        Stopped(time=1.0, epoch=number, step=step, seconds=2.0, validation={"loss": 1.0}, test={}),
                        Forked(time=1.0, parent="other", epoch=number, step=step),
                        Paused(time=1.0, step=step, reason="the disk is full"),
                        Checkpoint(time=1.0, name="last", epoch=number, step=step),
                        Warning(time=1.0, message="hm"),
                    ]
                )
            case _:
                numbers = list(range(step + 1, step + 1 + chance.randrange(1, 30)))
                step = numbers[-1]
                loss = [chance.random() * chance.choice([1e-40, 1, 1e30, 1e300]) for _ in numbers]
                short = [chance.randrange(32) / 32 for _ in numbers]
                yield Steps(
                    time=1.0,
                    epoch=number + 1,
                    step=numbers,
                    loss=loss,
                    metrics={"accuracy": short},
                    samples_per_second=5.5,
                )


def begun(step: int, epoch: int) -> Started:
    numbers = dict.fromkeys(("epochs", "steps_per_epoch", "train_samples", "validation_samples", "test_samples"), 10)
    return Started(time=1.0, run="run", pid=1, device="cpu", step=step, epoch=epoch, **numbers)


def known(history: History) -> dict[str, object]:
    """All that a history says, to be compared."""
    curves = {
        kind: {name: (curve.steps.tolist(), curve.values.tolist()) for name, curve in getattr(history, kind).items()}
        for kind in KINDS
    }
    names = ("layers", "steps_per_epoch", "planned_steps", "changes", "is_over", "started", "end", "turn", "pause")
    return {**curves, "names": history.names, **{name: getattr(history, name) for name in names}}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Without a log yet; its digest will have many pieces."""
    monkeypatch.setattr(runs, "PART_BYTES", 1500)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Run.create(tmp_path / "run", DRAWN)


def write(run: Run, events: Iterator[AnyEvent] | list[AnyEvent]) -> None:
    with run.log.open("ab") as log:
        log.write(b"".join(msgspec.json.encode(event) + b"\n" for event in events))


def digested(run: Run) -> bytes:
    """The digest of all of the log, made anew."""
    for _ in digest.bring_up_to_date(run.log):
        pass
    return (run.path / digest.NAME).read_bytes()


def expected(run: Run) -> dict[str, object]:
    return known(History(run.events()))


def result_of_all(run: Run) -> runs.Result:
    """The result as the log alone says it."""
    file = run.path / digest.NAME
    aside = file.rename(file.with_suffix(".aside"))
    found = run.result()
    aside.rename(file)
    return found


@pytest.mark.parametrize("seed", range(25))
def test_a_digest_says_what_the_log_says(run: Run, seed: int) -> None:
    write(run, lines(seed))
    assert digested(run)
    assert known(run.history()[0]) == expected(run)
    assert run.result() == result_of_all(run)
    assert run.turns(Changed, Started) == [event for event in run.events() if isinstance(event, Changed | Started)]
    assert digest.history(run.log)[1] == run.log.stat().st_size


@pytest.mark.parametrize("seed", range(10))
def test_it_grows_with_the_log(run: Run, seed: int) -> None:
    chance = random.Random(seed)
    for part in range(6):
        write(run, list(lines(100 * seed + part, 25))[chance.randrange(2) :])
        for _ in range(chance.randrange(4)):
            digest.extend(run.log)
        history, reader = run.history()
        assert known(history) == expected(run)
        assert reader.offset == run.log.stat().st_size
    assert run.result() == result_of_all(run)


def test_how_events_are_divided_changes_nothing() -> None:
    for seed in range(40):
        events = list(lines(seed, 80))
        one_by_one = History()
        for event in events:
            one_by_one.take([event])
        assert known(one_by_one) == known(History(events))


def test_cut_at_any_byte_it_says_the_same_and_is_made_whole(run: Run) -> None:
    write(run, lines(3, 8))
    whole, said, result = digested(run), expected(run), run.result()
    file = run.path / digest.NAME
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert known(run.history()[0]) == said
        assert run.result() == result
        while digest.history(run.log)[1] < run.log.stat().st_size:
            digest.extend(run.log)
        assert known(run.history()[0]) == said


@pytest.mark.parametrize("seed", range(300))
def test_damaged_anywhere_it_says_the_same_and_is_made_anew(run: Run, seed: int) -> None:
    chance = random.Random(seed)
    write(run, lines(4, 40))
    whole, said, result = bytearray(digested(run)), expected(run), run.result()
    place = chance.randrange(len(whole))
    whole[place : place + chance.randrange(1, 9)] = chance.randbytes(chance.randrange(9))
    (run.path / digest.NAME).write_bytes(whole)
    assert known(run.history()[0]) == said
    assert run.result() == result
    digested(run)
    assert digest.history(run.log)[1] == run.log.stat().st_size
    assert known(digest.history(run.log)[0]) == said


def test_of_a_log_that_went_back_it_keeps_what_is_still_true(run: Run) -> None:
    write(run, lines(5, 60))
    digested(run)
    log = run.log.read_bytes()
    for length in range(0, len(log), 97):
        # As after a power cut that took the end of the log; the training then goes on another way.
        run.log.write_bytes(log[:length] + b"\n")
        write(run, lines(6, 20))
        assert known(run.history()[0]) == expected(run)


def test_that_of_another_run_is_not_believed(run: Run, tmp_path: Path) -> None:
    other = Run.create(tmp_path / "other", DRAWN)
    write(other, lines(7, 80))
    write(run, lines(8, 90))
    (run.path / digest.NAME).write_bytes(digested(other))
    assert known(run.history()[0]) == expected(run)


@pytest.mark.parametrize("size", [2**40, 2**31])
def test_one_of_terabytes_is_not_read(run: Run, size: int) -> None:
    write(run, lines(9, 80))
    said = expected(run)
    file = run.path / digest.NAME
    file.write_bytes(digest._HEAD.pack(digest._MAGIC, b"o", min(size, 2**32 - 1), 0, 10, 0))
    with file.open("ab") as opened:
        opened.truncate(size)
    tracemalloc.start()
    assert known(run.history()[0]) == said
    assert tracemalloc.get_traced_memory()[1] < 2**25
    tracemalloc.stop()


def test_steps_and_values_that_do_not_agree_are_not_believed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(run, lines(10, 80))
    said, honest = expected(run), digest._column

    def lying(key, steps, values):
        return msgspec.structs.replace(honest(key, steps, values), counts=b"\xff" * 8, first=b"\0" * 16)

    monkeypatch.setattr(digest, "_column", lying)
    digested(run)
    assert known(run.history()[0]) == said


def test_where_the_folder_takes_none_it_lies_elsewhere(run: Run, tmp_path: Path, monkeypatch) -> None:
    write(run, lines(11, 80))
    honest = digest.write_atomically

    def refusing(path: Path, write) -> None:
        if path.parent == run.path:
            raise OSError(errno.EROFS, "Read-only file system")
        honest(path, write)

    monkeypatch.setattr(digest, "write_atomically", refusing)
    for _ in digest.bring_up_to_date(run.log):
        pass
    assert not (run.path / digest.NAME).exists()
    assert digest.history(run.log)[1] == run.log.stat().st_size
    assert known(run.history()[0]) == expected(run)


def test_a_trainer_writes_it_as_it_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "LEAST_BYTES", 400)
    monkeypatch.setattr(digest, "SHARE_BYTES", 1)
    run, _ = trained(tmp_path / "run", DRAWN)
    assert digest.history(run.log)[1] == run.log.stat().st_size
    assert known(run.history()[0]) == expected(run)
    assert run.result() == result_of_all(run)
    assert isinstance(run.history()[0].end, Finished)


def test_a_trainer_does_without_where_it_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest, "LEAST_BYTES", 400)

    def refused(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(digest, "extend", refused)
    run, _ = trained(tmp_path / "run", DRAWN)
    assert run.result().status == "finished"


def test_a_short_run_has_none(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", DRAWN)
    assert not (run.path / digest.NAME).exists()


def test_a_long_curve_takes_little_more_memory_than_its_points(tmp_path: Path) -> None:
    run, count, each = Run.create(tmp_path / "run", DRAWN), 400_000, 1000
    losses = [1 / 3] * each
    with run.log.open("wb") as log:
        for first in range(1, count, each):
            told = Steps(time=0.0, epoch=1, step=list(range(first, first + each)), loss=losses)
            log.write(msgspec.json.encode(told) + b"\n")
    digested(run)
    tracemalloc.start()
    history, _ = run.history()
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(history.training["loss"]) == count
    assert held < 3 * 8 * count
    assert most < 10 * 8 * count
