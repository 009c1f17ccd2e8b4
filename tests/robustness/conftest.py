"""What the tests of disasters share: the networks and runs of the engine's tests, trainers that start at once."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "engine"))

from drawings import project
from forked import Trainers
from training_runs import trained

from engine import digest
from engine.datasets import Iris
from engine.events import SaveCheckpoint
from engine.forking import fork, point_at
from engine.layers import Input, Linear, Output
from engine.steering import Change
from engine.trainer import record, train


@pytest.fixture(scope="session")
def trainers() -> Iterator[Trainers]:
    """Trains, and kills trainers, as fast as can be."""
    if not hasattr(os, "fork"):
        pytest.skip("starts trainers by the hundred, as only POSIX can")
    made = Trainers()
    yield made
    made.close()


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run and one that was forked from it, which has every file that a run can have."""
    folder = tmp_path_factory.mktemp("whole")
    drawn = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=2)
    parent, _ = trained(folder / "parent", drawn)
    run = fork(parent, point_at(parent), folder / "run", [Change("training.epochs", 3, 2)])
    run.send(SaveCheckpoint())
    for _ in record(run, train(run, True)):
        pass
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digest, "LEAST_BYTES", 1)
        digest.extend(run.log)
    (run.path / "trainer.log").write_text("said\n")
    return folder
