"""A trainer that is killed, at whatever moment and however often, goes on as if it had not been."""

import random
import shutil
import signal
from pathlib import Path

from drawings import project
from forked import Trainers
from training_runs import assert_same_weights, losses, only

from engine.datasets import Iris
from engine.events import Epoch
from engine.layers import BatchNorm1d, Dropout, Input, Linear, Output, ReLU
from engine.optimizers import Adam
from engine.runs import Run

KILLS = 100
LONGEST = 0.3
"""Seconds until a trainer is killed at the latest: some are caught while they start, some after many checkpoints."""

TINY = project(
    *(Input(), Linear(8), BatchNorm1d(), ReLU(), Dropout(0.2), Linear(3), Output()),
    dataset=Iris(),
    optimizer=Adam(learning_rate=0.01),
    epochs=60,
    batch_size=16,
)
"""Random numbers in every step, statistics beside the weights, and an optimizer that remembers."""


def test_killed_a_hundred_times_it_comes_to_the_same_bit_for_bit(trainers: Trainers, tmp_path: Path) -> None:
    undisturbed = Run.create(tmp_path / "undisturbed", TINY)
    assert trainers.train(undisturbed) == 0
    expected, kills, moments = losses(undisturbed.events()), 0, random.Random(20)
    while kills < KILLS:
        run = Run.create(tmp_path / f"run-{kills}", TINY)
        while not run.has_ended():
            kills += trainers.train(run, kill_after=moments.uniform(0, LONGEST)) == -signal.SIGKILL

        assert run.result().status == "finished"
        assert losses(run.events()) == expected
        assert trained_epochs(run) == trained_epochs(undisturbed)
        assert run.result().test == undisturbed.result().test
        assert_same_weights(run, undisturbed)
        shutil.rmtree(run.path)


def trained_epochs(run: Run) -> dict[int, tuple[dict[str, float], dict[str, float]]]:
    """What each epoch came to; of one that was trained twice, the later."""
    return {epoch.epoch: (epoch.train, epoch.validation) for epoch in only(Epoch, run.events())}
