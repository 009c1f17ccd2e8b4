"""Rare classes: errors that count more, samples that come more often, and where neither can be."""

from pathlib import Path

import numpy as np
import pytest
import torch
from drawings import project, stack
from sklearn.utils.class_weight import compute_class_weight
from torch import nn
from training_runs import losses, only, trained

from engine.analysis import analyse
from engine.augmentation.changes import balanced
from engine.balance import class_weights
from engine.build import loss_function
from engine.data import Data
from engine.datasets import Diabetes, Digits, DigitScenes, Samples
from engine.events import Finished, Started
from engine.layers import Conv2d, Flatten, Input, Linear, Output
from engine.losses import BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError
from engine.optimizers import Adam
from engine.project import Project
from engine.training import Training

LABELS = np.array([0] * 60 + [1] * 30 + [2] * 10)


def drawn(loss: Loss, balance: str, outputs: int = 10) -> Project:
    return Project(
        stack(Input(), Flatten(), Linear(outputs), Output()), Data(Digits(), balance=balance), Training(loss, Adam())
    )


def test_weights_are_those_of_scikit_learn() -> None:
    weights = class_weights(Samples(np.zeros((100, 1)), LABELS), 3)
    assert weights == pytest.approx(compute_class_weight("balanced", classes=np.arange(3), y=LABELS), rel=1e-5)
    assert class_weights(Samples(np.zeros((4, 1)), np.array([0, 0, 2, 2])), 3) == (1.0, 1.0, 1.0)


def test_weighted_losses_are_those_of_torch() -> None:
    weights, values = tuple(map(float, range(1, 11))), torch.randn(8, 10, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(8)
    rows = nn.functional.one_hot(labels, 10).float()
    ours = loss_function(drawn(CrossEntropy(), "class weights"), weights)
    theirs = nn.functional.cross_entropy(values, labels, weight=torch.tensor(weights).float())
    assert torch.isclose(ours([values], [labels]), theirs)
    ours = loss_function(drawn(BinaryCrossEntropy(), "class weights"), weights)
    theirs = nn.functional.binary_cross_entropy_with_logits(values, rows, pos_weight=torch.tensor(weights).float())
    assert torch.isclose(ours([values], [rows]), theirs)
    call = BinaryCrossEntropy().weighted((0.5, 2.0), outputs=1, places=0)
    assert call is not None
    assert call.printed() == "nn.BCEWithLogitsLoss(pos_weight=torch.tensor((4.0,)))"
    one = call.made(lambda name: nn.BCEWithLogitsLoss if name.startswith("nn") else torch.tensor)
    single, yes = values[:, :1], rows[:, :1]
    theirs = nn.functional.binary_cross_entropy_with_logits(single, yes, pos_weight=torch.tensor([4.0]))
    assert torch.isclose(one(single, yes), theirs)


def test_weights_of_pixels_reach_every_place() -> None:
    call = BinaryCrossEntropy().weighted((1.0, 2.0, 3.0), outputs=3, places=2)
    assert call is not None
    assert call.printed().endswith("torch.tensor((1.0, 2.0, 3.0)).reshape(-1, 1, 1))")


def test_balanced_sampling_draws_each_class_as_often() -> None:
    labels = torch.from_numpy(LABELS)
    rows = balanced(labels, torch.Generator().manual_seed(1))
    assert len(rows) == 100
    counts = torch.bincount(labels[rows])
    assert counts.min() >= 33 - 2
    times = torch.bincount(rows, minlength=100)
    assert set(times[90:].tolist()) <= {2, 3, 4}, "a rare class repeats evenly"
    assert times[:60].max() == 1
    assert not torch.equal(rows, balanced(labels, torch.Generator().manual_seed(2)))


@pytest.mark.parametrize("balance", ["class weights", "balanced sampling"])
def test_a_balanced_training_is_the_same_again(balance: str, tmp_path: Path) -> None:
    first, second = (trained(tmp_path / name, drawn(CrossEntropy(), balance))[1] for name in ("first", "second"))
    assert isinstance(first[-1], Finished)
    assert losses(first) == losses(second)
    assert only(Started, first)[0].train_samples == only(Started, second)[0].train_samples


def test_what_cannot_be_balanced_is_a_fault_with_a_fix() -> None:
    numbers = project(Input(), Linear(1), Output(), dataset=Diabetes(), loss=MeanSquaredError())
    unweighted = drawn(MeanSquaredError(), "class weights")
    scenes = Project(
        stack(Input(), Conv2d(11, padding=1), Output()),
        Data(DigitScenes(), balance="balanced sampling"),
        Training(CrossEntropy(), Adam()),
    )
    for at_fault in (numbers.with_value("data.balance", "class weights"), unweighted, scenes):
        (fault,) = [problem for problem in analyse(at_fault).faults if problem.rule == "balance"]
        assert fault.fix is not None
        assert not [p for p in analyse(fault.fix.apply(at_fault)).faults if p.rule == "balance"]
