"""Embeddings: samples of a class are brought together, in the loop as in the exported script."""

import itertools
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from drawings import project
from sklearn.neighbors import NearestNeighbors
from test_source import assert_clean
from torch import nn
from training_runs import only, trained

from engine.analysis import analyse
from engine.chosen_metrics import refusal
from engine.datasets import Digits, DigitScenes, Iris
from engine.ends import terms_of
from engine.evaluation import evaluate
from engine.events import Epoch, Finished
from engine.export import Exported, export
from engine.graph import Node
from engine.layers import Conv2d, Flatten, Input, Linear, Output, ReLU, Softmax
from engine.layers.endpoints import name_of
from engine.losses import CosineEmbedding, CrossEntropy, HingeEmbedding, Loss, Triplet, WeightedSum
from engine.losses.distances import DISTANCES
from engine.measure import resolve
from engine.metrics import RecallAtK, described
from engine.optimizers import Adam
from engine.project import Project, from_json, to_json


def samples(seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(14, 3, generator=generator)
    # One class has a single sample: it is a negative of others, and no anchor.
    return values, torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 1, 3])


def apart(one: torch.Tensor, other: torch.Tensor, distance: str) -> torch.Tensor:
    if distance == "manhattan":
        return (one - other).abs().sum()
    if distance == "cosine":
        return 1 - nn.functional.cosine_similarity(one, other, dim=0)
    return (one - other).norm()


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("mining", ["hardest", "all"])
def test_triplets_are_those_that_are_found_one_by_one(mining: str, distance: str) -> None:
    values, labels = samples()
    loss = Triplet(0.3, mining=mining, distance=distance).function().made(resolve)
    found: list[float] = []
    for anchor in range(len(labels)):
        near = [apart(values[anchor], values[each], distance) for each in others(labels, anchor, same=True)]
        far = [apart(values[anchor], values[each], distance) for each in others(labels, anchor, same=False)]
        if near and mining == "hardest":
            found.append(float(max(near) - min(far) + 0.3))
        elif near:
            found += [float(one - other + 0.3) for one, other in itertools.product(near, far)]
    lacking = [each for each in found if each > 0]
    expected = sum(lacking) / (len(found) if mining == "hardest" else len(lacking))
    assert float(loss(values, labels)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("distance", DISTANCES)
def test_triplets_of_one_anchor_cost_what_torch_says(distance: str) -> None:
    values, labels = torch.randn(3, 4), torch.tensor([0, 0, 1])

    def far(some: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        return torch.stack([apart(*pair, distance) for pair in zip(some, others, strict=True)])

    theirs = nn.TripletMarginWithDistanceLoss(distance_function=far, margin=5.0)
    anchors, positives, negatives = values[:2], values[[1, 0]], values[[2, 2]]
    mine = Triplet(5.0, distance=distance).function().made(resolve)
    torch.testing.assert_close(mine(values, labels), theirs(anchors, positives, negatives))


def pairs(labels: torch.Tensor) -> tuple[list[int], list[int], torch.Tensor]:
    """All pairs of samples, and 1 for those of one class, -1 for the others."""
    some, others = zip(*itertools.combinations(range(len(labels)), 2), strict=True)
    same = labels[[*some]] == labels[[*others]]
    return [*some], [*others], torch.where(same, 1.0, -1.0)


@pytest.mark.parametrize("distance", DISTANCES)
def test_hinge_embedding_is_torchs_on_all_pairs(distance: str) -> None:
    values, labels = samples()
    some, others, signs = pairs(labels)
    mine, theirs = values.clone().requires_grad_(), values.clone().requires_grad_()
    far = torch.stack([apart(theirs[one], theirs[other], distance) for one, other in zip(some, others, strict=True)])
    found = HingeEmbedding(1.5, distance=distance).function().made(resolve)(mine, labels)
    expected = nn.HingeEmbeddingLoss(1.5)(far, signs)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found, mine), torch.autograd.grad(expected, theirs))


@pytest.mark.parametrize("margin", [0, -0.4, 0.3])
def test_cosine_embedding_is_torchs_on_all_pairs(margin: float) -> None:
    values, labels = samples()
    some, others, signs = pairs(labels)
    mine, theirs = values.clone().requires_grad_(), values.clone().requires_grad_()
    found = CosineEmbedding(margin).function().made(resolve)(mine, labels)
    expected = nn.CosineEmbeddingLoss(margin)(theirs[some], theirs[others], signs)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found, mine), torch.autograd.grad(expected, theirs))


def test_margins_of_cosines_are_written_in_few_digits() -> None:
    assert CosineEmbedding(0.9).function().printed() == 'PairLoss(0.1, distance="cosine")'
    assert HingeEmbedding().function().printed() == "PairLoss(1.0)"


@pytest.mark.parametrize("loss", [HingeEmbedding(), CosineEmbedding(), HingeEmbedding(distance="manhattan")])
@pytest.mark.parametrize("count", [1, 3])
def test_samples_that_lie_on_each_other_have_finite_gradients(loss: Loss, count: int) -> None:
    values = torch.ones(count, 2).requires_grad_()
    found = loss.function().made(resolve)(values, torch.tensor([0, 0, 1][:count]))
    found.backward()
    assert values.grad is not None
    assert values.grad.isfinite().all()
    # Of three pairs two are of different classes, and lack the whole margin of 1.
    assert found.item() == pytest.approx(0 if count == 1 else 2 / 3, abs=1e-5)


def others(labels: torch.Tensor, anchor: int, same: bool) -> list[int]:
    return [each for each in range(len(labels)) if each != anchor and (labels[each] == labels[anchor]) == same]


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("mining", ["hardest", "all"])
@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2], [0, 0, 1]])
def test_batches_with_few_triplets_have_finite_gradients(mining: str, distance: str, labels: list[int]) -> None:
    loss = Triplet(mining=mining, distance=distance).function().made(resolve)
    values = torch.ones(3, 2).requires_grad_()
    found = loss(values, torch.tensor(labels))
    found.backward()
    assert values.grad is not None
    assert values.grad.isfinite().all()
    assert found.item() == pytest.approx(0.5 if labels == [0, 0, 1] else 0, abs=1e-5)


def headed(loss: Loss | None = None, **training: object) -> Project:
    """The digits, with an embedding of 16 values beside the answer."""
    drawn = project(Input(), Flatten(), Linear(32), ReLU(), Linear(10), Output(), optimizer=Adam(0.005), **training)
    network = drawn.network.add(Node("embedding", Linear(16)))
    network = network.add(Node("near", Output(auxiliary=True, loss=name_of(type(loss or Triplet())))))
    network = network.connect("relu_1", "embedding").connect("embedding", "near")
    return drawn.with_network(network)


def test_neighbours_are_those_of_scikit_learn() -> None:
    values, labels = samples(3)
    for k, distance in itertools.product((1, 2), DISTANCES):
        metric = RecallAtK(k, distance).function(None).made(resolve)
        for rows in torch.arange(14).split(5):
            metric.update(values[rows], labels[rows])
        _, places = NearestNeighbors(n_neighbors=k + 1, metric=distance).fit(values).kneighbors(values)
        hits = [bool((labels[near[1:]] == labels[each]).any()) for each, near in enumerate(places)]
        counted = [hit for hit, label in zip(hits, labels, strict=True) if int((labels == label).sum()) > 1]
        assert float(metric.compute()) == pytest.approx(np.mean(counted))


@pytest.mark.parametrize("loss", [Triplet(), HingeEmbedding(), CosineEmbedding()], ids=lambda loss: loss.title)
def test_an_embedding_is_learned_beside_the_answer(loss: Loss, tmp_path: Path) -> None:
    drawn = headed(loss, metrics=(RecallAtK(), RecallAtK(4)), epochs=4)
    assert not analyse(drawn).faults
    assert from_json(to_json(drawn)) == drawn
    run, happening = trained(tmp_path / "run", drawn)
    end = only(Finished, happening)[0]
    first = only(Epoch, happening)[0]
    assert end.test["recall_at_1"] > 0.85
    assert end.test["recall_at_4"] >= end.test["recall_at_1"]
    assert first.validation["loss"] > end.validation["loss"]
    assert evaluate(run).metrics == pytest.approx(end.test)


def test_the_script_learns_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = headed(metrics=(RecallAtK(2),), epochs=1)
    run, happening = trained(tmp_path / "run", drawn)
    *_, written = export(run, "python", tmp_path / "near.py")
    assert isinstance(written, Exported)
    assert_clean(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    threads = torch.get_num_threads()
    script = runpy.run_path(str(tmp_path / "near_train.py"), run_name="__main__")
    torch.set_num_threads(threads)
    model = runpy.run_path(str(tmp_path / "near.py"))["load"]()
    data = torch.load(tmp_path / "near_data.pt", weights_only=True)
    found = script["measured"](model, *data["test"])
    sys.modules.pop("near", None)
    assert found == pytest.approx({"recall_at_2": only(Finished, happening)[0].test["recall_at_2"]}, abs=1e-5)


def test_what_an_embedding_is_not_is_said() -> None:
    main = project(Input(), Linear(3), Output(), dataset=Iris(), loss=Triplet())
    (doubt,) = [problem for problem in analyse(main).problems if problem.rule == "embedding-as-answer"]
    assert doubt.fix is not None
    assert isinstance(doubt.fix.apply(main).training.loss, CrossEntropy)
    both = main.with_value("training.loss", WeightedSum((CrossEntropy(), Triplet())))
    assert not [problem for problem in analyse(both).problems if problem.rule == "embedding-as-answer"]
    assert not analyse(both).faults
    wide = project(Input(), Linear(7), Output(), dataset=Iris(), loss=Triplet())
    assert [fault.rule for fault in analyse(wide).faults] == ["answer-width"]
    scenes = project(Input(), Conv2d(11, padding=1), Output(), dataset=DigitScenes(), loss=Triplet())
    assert "compares samples with each other" in analyse(scenes).faults[0].message


@pytest.mark.parametrize("loss", [Triplet(), HingeEmbedding(), CosineEmbedding()])
def test_an_embedding_is_added_to_a_loss_that_applies_softmax_itself(loss: Loss) -> None:
    both = WeightedSum((CrossEntropy(), loss))
    drawn = project(Input(), Linear(3), Softmax(), Output(), dataset=Iris(), loss=both)
    (found,) = analyse(drawn).faults
    assert found.rule == "losses-unlike"
    assert found.fix is not None
    mended = found.fix.apply(drawn)
    assert not analyse(mended).problems
    assert mended.training.loss == both


def test_neighbours_need_an_embedding() -> None:
    plain = project(Input(), Flatten(), Linear(10), Output(), dataset=Digits())
    assert "needs an Output whose loss learns an embedding" in refusal(RecallAtK(), plain)
    assert not refusal(RecallAtK(), headed())
    assert described("recall_at_4").title == "Recall at 4"


def test_an_auxiliary_output_keeps_the_settings_of_its_loss() -> None:
    output = Output(auxiliary=True).with_loss(Triplet(margin=0.9, mining="all"))
    assert (output.loss, output.own_loss) == ("triplet", Triplet(margin=0.9, mining="all"))
    # What was set stays for when it is chosen again.
    back = output.with_loss(CrossEntropy(label_smoothing=0.1)).with_setting("loss", "triplet")
    assert back.own_loss == Triplet(margin=0.9, mining="all")
    drawn = project(Input(), Linear(3), Output(), dataset=Iris())
    network = drawn.network.add(Node("near", output)).connect("linear_1", "near")
    opened = from_json(to_json(drawn.with_network(network)))
    assert [term.loss for _, term in terms_of(opened)] == [CrossEntropy(), Triplet(margin=0.9, mining="all")]
    changed = opened.with_value("network.near.losses.0.margin", 0.5)
    assert changed.network.node("near").layer == output.with_loss(Triplet(margin=0.5, mining="all"))
