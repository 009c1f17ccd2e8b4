"""What a pre-flight measures of an epoch: what counts in its time, and how large a batch the memory bears."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from drawings import project
from msgspec.structs import replace
from training_runs import ROOT

from engine import estimating
from engine.advice import step_samples
from engine.analysis import analyse
from engine.data import prepare
from engine.datasets import Digits, Iris
from engine.estimating import measured
from engine.layers import Conv2d, Flatten, Input, Linear, Output, ReLU
from engine.workbench import Workbench, tiny_numbers_as_zero

WIDE = project(
    *(Input(), Conv2d(96, 3, padding=1), ReLU(), Conv2d(96, 3, padding=1), ReLU(), Flatten(), Linear(10), Output()),
    dataset=Digits(),
    batch_size=16,
)
ROOM, GROWTH = 120_000_000, estimating._growth
SMALL = project(Input(), Linear(3), Output(), dataset=Iris())


def in_a_fresh_process() -> None:
    """Says how the memory grows; elsewhere it would be hidden by what others have left."""
    with tiny_numbers_as_zero():
        bench = Workbench(WIDE, prepare(WIDE.data))
        bench.network.train()
        for _ in range(3):
            step(bench, 16)
        totals, before = analyse(WIDE).totals, held()
        each = totals.activation_bytes / step_samples(WIDE)
        estimating._free = lambda _device: held() + ROOM
        growth = []
        estimating._growth = lambda *words: growth.append(GROWTH(*words)) or growth[-1]
        largest = estimating._largest_batch(WIDE, bench, totals, before)
        step(bench, largest)
        with_largest = held() - before
        step(bench, min(len(bench.training), 4 * largest))
        found = {"each": each, "growth": growth[0], "largest": largest, "held": with_largest, "four": held() - before}
    print(json.dumps(found))  # noqa: T201 — the test reads it.


def held() -> int:
    return psutil.Process().memory_info().rss


def step(bench: Workbench, samples: int) -> None:
    bench.stepper.step([bench.some(samples)], 0)


def test_the_largest_batch_is_what_the_memory_bears() -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(Path(__file__).parent)))}
    answer = subprocess.run([sys.executable, __file__], check=True, capture_output=True, env=environment)
    found = json.loads(answer.stdout)

    assert 0.4 * found["each"] < found["growth"] < 4 * found["each"], found
    assert 64 <= found["largest"] <= 1024, found
    assert found["largest"].bit_count() == 1
    assert found["held"] <= 1.1 * ROOM < found["four"], found


def test_where_all_samples_fit_there_is_nothing_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimating, "_growth", lambda *_: pytest.fail("nothing need be tried"))
    bench = Workbench(SMALL, prepare(SMALL.data))
    assert measured(SMALL, bench, 0.2).largest_batch == len(bench.training)


def test_where_nothing_is_left_no_batch_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Workbench(WIDE, prepare(WIDE.data))
    monkeypatch.setattr(estimating, "_free", lambda _device: 1)
    assert estimating._largest_batch(WIDE, bench, analyse(WIDE).totals, held()) == 0


@pytest.mark.parametrize(("every", "unit"), [(1, "epochs"), (4, "epochs"), (3, "steps")])
def test_each_validation_of_an_epoch_counts(every: int, unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = SMALL.with_training(replace(SMALL.training, validate_every=every, validate_unit=unit))
    bench = Workbench(drawn, prepare(drawn.data))
    monkeypatch.setattr(estimating, "_judged", lambda _bench: 1000.0)
    count = (bench.steps_per_epoch if unit == "steps" else 1) / every
    assert measured(drawn, bench, 0.05).seconds_per_epoch == pytest.approx(1000 * count, rel=0.01)


def test_an_epoch_is_its_steps_and_its_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Workbench(SMALL, prepare(SMALL.data))
    clock = iter(range(10_000_000))
    monkeypatch.setattr(estimating.time, "monotonic", lambda: float(next(clock)))
    seconds = measured(SMALL, bench, 100.0).seconds_per_epoch
    assert 1 <= seconds <= 10 * bench.steps_per_epoch


if __name__ == "__main__":
    in_a_fresh_process()
