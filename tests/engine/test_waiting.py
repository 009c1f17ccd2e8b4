"""Threads of a training spin while it has the cores to itself, and sleep while it has not."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count, cycle
from pathlib import Path

import psutil
import pytest
import torch
from drawings import project
from training_runs import assert_same_weights, trained

from engine import trainer, waiting
from engine.layers import Flatten, Input, Linear, Output, ReLU
from engine.waiting import Seconds, adapted, seconds_used


@pytest.fixture(autouse=True)
def all_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.002)
    before = torch.get_num_threads()
    torch.set_num_threads(len(waiting._allowed()))
    yield
    torch.set_num_threads(before)


def used_by_others(share: Callable[[], float]) -> Callable[[], Seconds]:
    """What is used where others have use for so many cores between two looks, which are a second apart."""
    clock, total = count(), [0.0]

    def used() -> Seconds:
        total[0] += share()
        return Seconds(float(next(clock)), total[0], 0.0)

    return used


def is_crowded() -> bool:
    return any(thread.name == "crowd" for thread in threading.enumerate())


def becomes_crowded(wanted: bool) -> bool:
    end = time.monotonic() + 10
    while is_crowded() != wanted and time.monotonic() < end:
        time.sleep(0.001)
    return is_crowded() == wanted


def test_they_sleep_while_others_want_the_cores() -> None:
    share = 0.0
    with adapted(used_by_others(lambda: share)):
        for share in (1.0, 0.0, 1.0):
            assert becomes_crowded(share > 0)
    assert not is_crowded()


def test_cores_that_the_training_leaves_are_for_others() -> None:
    looks = count()

    def share() -> float:
        next(looks)
        return len(waiting._allowed()) - 1 + waiting.BUSY / 2

    torch.set_num_threads(1)
    with adapted(used_by_others(share)):
        while next(looks) < 20:
            assert not is_crowded()


@pytest.mark.skipif(sys.platform != "linux", reason="torch has this library on Linux alone")
def test_the_idle_threads_are_there_and_go() -> None:
    process = psutil.Process()
    torch.ones(2**20).sum()  # torch makes its own at the first use.
    before = process.num_threads()
    crowd = waiting._Crowd()
    end = time.monotonic() + 10
    while process.num_threads() < before + len(waiting._allowed()) + 1 and time.monotonic() < end:
        time.sleep(0.001)
    assert process.num_threads() == before + len(waiting._allowed()) + 1
    crowd.dissolve()
    while process.num_threads() > before and time.monotonic() < end:
        time.sleep(0.001)
    assert process.num_threads() == before


def test_how_they_wait_changes_nothing_of_what_is_learned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = project(Input(), Flatten(), Linear(64), ReLU(), Linear(10), Output()).with_value("training.epochs", 3)
    calm, _ = trained(tmp_path / "calm", drawn)
    turns = cycle([0.0] * 5 + [float(len(waiting._allowed()))] * 5)
    monkeypatch.setattr(trainer.waiting, "adapted", lambda: adapted(used_by_others(lambda: next(turns))))
    restless, _ = trained(tmp_path / "restless", drawn)
    assert_same_weights(calm, restless)


def test_what_this_process_does_is_not_what_others_do() -> None:
    before = seconds_used()
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    after = seconds_used()
    assert after.own - before.own >= 0.3
    assert after.all - before.all >= 0.2  # The system counts in hundredths.


@pytest.mark.parametrize("trains", [True, False])
def test_a_process_that_trains_may_spin_and_what_a_person_has_set_stands(
    trains: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment: dict[str, str] = {"OMP_WAIT_POLICY": "active"}
    monkeypatch.setattr(waiting.os, "environ", environment)
    waiting.prepare(trains=trains)
    assert environment["OMP_WAIT_POLICY"] == "active"
    assert ("GOMP_SPINCOUNT" in environment) == trains
