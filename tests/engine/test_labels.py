"""Multi-label classification: a sample may have any number of labels. Losses are torch's, metrics scikit-learn's."""

import re
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawings import project
from msgspec.structs import replace
from sklearn import metrics as sklearn_metrics
from test_chosen_metrics import check_the_script
from torch import nn
from training_runs import only, trained

from engine.analysis import analyse
from engine.augmentation import Mixup
from engine.balance import class_weights
from engine.build import build, loss_function, resolve
from engine.data import Data, prepare
from engine.datasets import DigitSheets, Iris, Samples
from engine.datasets.dataset import class_counts, outcome
from engine.datasets.files import open_data
from engine.datasets.labels import labels_in_words
from engine.doctor import examine
from engine.evaluation import evaluate, predict
from engine.events import Epoch, Finished
from engine.export import Exported, export
from engine.judging import Judges, LabelCounts
from engine.layers import AdaptiveLogSoftmax, Flatten, Input, Layer, Linear, LogSoftmax, Output, ReLU, Sigmoid, Softmax
from engine.looking import balance_of, opened, rows
from engine.looking.view import Query
from engine.losses import (
    BinaryCrossEntropy,
    BinaryFocal,
    CrossEntropy,
    Loss,
    MultiLabelMargin,
    MultiLabelSoftMargin,
    SoftMargin,
)
from engine.metrics import (
    AUROC,
    EACH_CLASS,
    F1,
    AveragePrecision,
    HammingDistance,
    MatthewsCorrelation,
    Metric,
    Precision,
    Recall,
    label_metrics,
)
from engine.optimizers import Adam
from engine.preprocessing import Preprocessing
from engine.preview import preview
from engine.project import Project, from_json, to_json
from engine.proposing import fitting, proposed
from engine.scoring import Part
from engine.variants import variants

CPU = torch.device("cpu")
BCE = BinaryCrossEntropy()
FEW = DigitSheets(sheets=60, noise=0.0)
NAMES = ("politics", "sports", "arts")


def of_sheets(*end: Layer, dataset: Any = FEW, **training: Any) -> Project:
    chosen: dict[str, Any] = {"loss": BinaryCrossEntropy(), "epochs": 2, **training}
    return project(Input(), Flatten(), Linear(10), *end, Output(), dataset=dataset, **chosen)


def articles(folder: Path, samples: int = 300) -> Any:
    """Rows of numbers, from which three labels follow."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(samples, 4)).astype(np.float32)
    targets = inputs @ rng.normal(size=(4, 3)) > np.array([0.5, 1.0, 1.5])
    np.savez(folder / "articles.npz", x=inputs, y=targets.astype(np.uint8))
    return open_data(str(folder / "articles.npz")).with_settings({"class_names": NAMES})


def of_articles(folder: Path, *metrics: Metric, **training: Any) -> Project:
    layers = (Input(), Linear(16), ReLU(), Linear(3), Sigmoid(), Output())
    chosen: dict[str, Any] = {"loss": BinaryCrossEntropy(), "optimizer": Adam(0.05), "epochs": 3, **training}
    return project(*layers, metrics=metrics, dataset=articles(folder), **chosen)


# Losses


def random_labels() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    targets = (torch.rand(7, 5, generator=generator) > 0.6).float()
    targets[0], targets[1] = 0, 1
    return torch.randn(7, 5, generator=generator), targets


def test_soft_margin_of_labels_is_binary_cross_entropy() -> None:
    values, targets = random_labels()
    losses = (MultiLabelSoftMargin(), BinaryCrossEntropy())
    found, other = (loss.function().made(resolve)(values, targets) for loss in losses)
    assert found.item() == pytest.approx(other.item())


def test_margin_of_labels_is_that_of_torch_with_the_numbers_of_labels() -> None:
    values, targets = random_labels()
    values.requires_grad_()
    named = torch.full((7, 5), -1)
    for row, marks in enumerate(targets):
        numbers = marks.nonzero()[:, 0]
        named[row, : len(numbers)] = numbers
    expected = nn.MultiLabelMarginLoss()(values, named)
    found = MultiLabelMargin().function().made(resolve)(values, targets)
    assert found.item() == pytest.approx(expected.item())
    (slope,), (wanted,) = (torch.autograd.grad(loss, values) for loss in (found, expected))
    assert torch.allclose(slope, wanted)


def test_the_network_is_asked_for_the_labels_as_they_are() -> None:
    losses = (BinaryCrossEntropy(), SoftMargin())
    for loss in losses:
        drawn = of_sheets(loss=loss)
        prepared = prepare(drawn.data)
        part = Part(prepared.train, drawn, Preprocessing.of_training(prepared, drawn), CPU)
        _, (wanted,), truth = part.batch(slice(0, 9))
        marks = torch.from_numpy(prepared.train.targets[:9]).float()
        assert torch.equal(truth, marks)
        assert torch.equal(wanted, 2 * marks - 1 if isinstance(loss, SoftMargin) else marks)


@pytest.mark.parametrize("end", [Softmax(), LogSoftmax()])
@pytest.mark.parametrize("loss", [BinaryCrossEntropy(), MultiLabelMargin()])
def test_a_choice_of_one_label_is_a_fault_that_sigmoid_mends(loss: Loss, end: Layer) -> None:
    drawn = of_sheets(end, loss=loss)
    (fault,) = analyse(drawn).problems
    assert fault.message.startswith(f"{end.title} chooses one label among all")
    assert fault.fix is not None
    mended = fault.fix.apply(drawn)
    assert any(isinstance(node.layer, Sigmoid) for node in mended.network.nodes)
    assert not analyse(mended).problems


def test_an_adaptive_choice_of_one_label_gives_way_to_weights() -> None:
    drawn = project(Input(), Flatten(), Linear(16), AdaptiveLogSoftmax(10, (4,)), Output(), dataset=FEW, loss=BCE)
    (fault,) = analyse(drawn).faults
    assert "chooses one label among all" in fault.message
    assert fault.fix is not None
    assert not analyse(fault.fix.apply(drawn)).faults


def test_a_loss_of_one_class_is_refused_and_binary_cross_entropy_proposed() -> None:
    (fault,) = analyse(of_sheets(loss=CrossEntropy())).faults
    assert fault.message == "Cross-entropy compares classes, but Digit sheets asks for sets of labels."
    assert fault.fix is not None
    assert isinstance(fault.fix.apply(of_sheets(loss=CrossEntropy())).training.loss, BinaryCrossEntropy)
    (other,) = analyse(project(Input(), Linear(3), Output(), dataset=Iris(), loss=MultiLabelSoftMargin())).faults
    assert "compares sets of labels, but Iris asks for classes" in other.message


def test_two_labels_are_two_answers(tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", x=np.ones((8, 3), np.float32), y=np.array([[0, 0], [1, 1], [0, 1], [1, 0]] * 2))
    dataset = open_data(str(tmp_path / "two.npz"))
    assert dataset.task == "multilabel"
    drawn = project(Input(), Linear(1), Output(), dataset=dataset, loss=BinaryCrossEntropy())
    (fault,) = analyse(drawn).faults
    assert "has 2 labels" in fault.message
    assert fault.fix is not None
    assert not analyse(fault.fix.apply(drawn)).faults


# Metrics


def judged(drawn: Project, values: torch.Tensor, truth: torch.Tensor, sizes: tuple[int, ...]) -> dict[str, float]:
    judges = Judges(drawn, CPU)
    with torch.inference_mode():
        for part, true in zip(values.split(sizes), truth.split(sizes), strict=True):
            judges.take(part, part >= 0, true)
        return judges.metrics()


def some_answers(absent: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Values before Sigmoid, which tie now and then, and which of three labels apply."""
    rng = np.random.default_rng(4)
    truth = torch.from_numpy(rng.random((80, 3)) < [0.2, 0.5, 0.7]).float()
    values = torch.from_numpy((rng.normal(size=(80, 3)) + truth.numpy()).round(1)).float()
    if absent is not None:
        truth[:, absent] = 0
    return values, truth


COUNTED: dict[type[Metric], Any] = {
    Precision: sklearn_metrics.precision_score,
    Recall: sklearn_metrics.recall_score,
    F1: sklearn_metrics.f1_score,
}


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", EACH_CLASS])
@pytest.mark.parametrize("kind", COUNTED, ids=lambda kind: kind.__name__)
def test_counts_of_labels_are_those_of_scikit_learn(kind: type[Metric], average: str, tmp_path: Path) -> None:
    values, truth = some_answers(absent=0)
    wanted = None if average == EACH_CLASS else average
    expected = COUNTED[kind](truth, values >= 0, average=wanted, zero_division=0)
    metric = kind(average=average)
    found = judged(of_articles(tmp_path, metric), values, truth, (1, 30, 49))
    assert tuple(found) == metric.names(NAMES)
    assert list(found.values()) == pytest.approx(np.atleast_1d(expected).tolist(), abs=1e-6)


@pytest.mark.parametrize("absent", [None, 1])
@pytest.mark.parametrize("kind", [AUROC, AveragePrecision])
def test_ranks_of_labels_are_those_of_scikit_learn(kind: type[Metric], absent: int | None, tmp_path: Path) -> None:
    scored = {AUROC: sklearn_metrics.roc_auc_score, AveragePrecision: sklearn_metrics.average_precision_score}[kind]
    values, truth = some_answers(absent)
    each = {number: scored(truth[:, number], values[:, number]) for number in range(3) if number != absent}
    counts = [int(truth[:, number].sum()) for number in each]
    stem = kind().name
    expected = {
        stem: np.mean(list(each.values())),
        f"{stem}_weighted": np.average(list(each.values()), weights=counts),
        **{f"{stem}:{NAMES[number]}": value for number, value in each.items()},
    }
    drawn = of_articles(tmp_path, kind(), kind(average="weighted"), kind(average=EACH_CLASS))
    assert judged(drawn, values, truth, (1, 2, 77)) == pytest.approx(expected, abs=1e-6)


def test_what_is_always_told_is_that_of_scikit_learn(tmp_path: Path) -> None:
    values, truth = some_answers()
    said, tally = values >= 0, LabelCounts(3)
    for rows_of in (slice(0, 1), slice(1, 80)):
        tally.add(tally.counted(said[rows_of], truth[rows_of]), len(truth[rows_of]))
    assert np.array_equal(tally.counts(), sklearn_metrics.multilabel_confusion_matrix(truth, said))
    found = tally.metrics()
    assert found == {
        "accuracy": pytest.approx(1 - sklearn_metrics.hamming_loss(truth, said)),
        "exact_match": pytest.approx(sklearn_metrics.accuracy_score(truth, said)),
        "precision": pytest.approx(sklearn_metrics.precision_score(truth, said, average="macro")),
        "recall": pytest.approx(sklearn_metrics.recall_score(truth, said, average="macro")),
        "f1": pytest.approx(sklearn_metrics.f1_score(truth, said, average="macro")),
    }
    others = judged(of_articles(tmp_path, HammingDistance(), MatthewsCorrelation()), values, truth, (80,))
    assert others["hamming_distance"] == pytest.approx(1 - found["accuracy"])
    assert others["mcc"] == pytest.approx(sklearn_metrics.matthews_corrcoef(truth.ravel(), said.ravel()))


def test_of_nothing_all_is_zero() -> None:
    assert set(label_metrics(LabelCounts(3).counts()).values()) == {0.0}


# Training, and what comes of it


@pytest.mark.parametrize(
    ("loss", "least"),
    # Of samples without any label, which are many here, the margin learns nothing.
    [(BinaryCrossEntropy(), 0.9), (BinaryFocal(), 0.9), (SoftMargin(), 0.9), (MultiLabelMargin(), 0.75)],
)
def test_a_training_is_judged_as_it_answers(loss: Loss, least: float, tmp_path: Path) -> None:
    drawn = of_articles(tmp_path, F1(), loss=loss, epochs=12)
    run, happening = trained(tmp_path / "run", drawn)
    (end,) = only(Finished, happening)
    assert list(end.test) == ["loss", "accuracy", "exact_match", "precision", "recall", "f1", "f1_macro"]
    assert end.test["f1"] == pytest.approx(end.test["f1_macro"])
    assert end.test["accuracy"] > least
    found = evaluate(run)
    assert found.metrics == pytest.approx(end.test)
    counts = np.load(run.path / "artifacts" / end.confusion)
    assert found.confusion is not None
    assert np.array_equal(counts, found.confusion)
    test = prepare(drawn.data).test
    answers = predict(run, [str(row.tolist()) for row in test.inputs])
    said = np.array([[name in answer.labels for name in NAMES] for answer in answers])
    assert np.array_equal(counts, sklearn_metrics.multilabel_confusion_matrix(test.targets, said))
    assert from_json(to_json(drawn)) == drawn


def test_an_answer_names_the_labels_that_apply(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", of_articles(tmp_path, epochs=12))
    test = prepare(run.project().data).test
    answers = predict(run, [str(row.tolist()) for row in test.inputs])
    several = next(answer for answer in answers if len(answer.labels) == 2)
    assert several.label == ", ".join(several.labels)
    assert several.in_words().startswith(f"{several.label} (")
    assert set(several.probabilities) == set(NAMES)
    assert {name for name, share in several.probabilities.items() if share >= 0.5} == set(several.labels)
    none = next(answer for answer in answers if not answer.labels)
    assert none.in_words().startswith("no label (")


@pytest.mark.parametrize("balance", ["none", "class weights"])
def test_the_script_trains_the_same_and_names_labels(
    balance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # In one batch, as the script draws the order of the samples on its own.
    drawn = of_articles(tmp_path, optimizer=Adam(0.01), batch_size=1000)
    drawn = replace(drawn, data=drawn.data.with_setting("balance", balance))
    run, happening = trained(tmp_path / "run", drawn)
    name = f"labels_{balance.replace(' ', '_')}"
    *_, written = export(run, "python", tmp_path / f"{name}.py")
    assert isinstance(written, Exported)
    assert written.changed_classes == 0
    monkeypatch.syspath_prepend(str(tmp_path))
    threads = torch.get_num_threads()
    runpy.run_path(str(tmp_path / f"{name}_train.py"), run_name="__main__")
    torch.set_num_threads(threads)
    told = re.findall(r"epoch \d+: loss ([\d.]+), validation accuracy ([\d.]+)", capsys.readouterr().out)
    expected = [(event.train["loss"], event.validation["accuracy"]) for event in only(Epoch, happening)]
    assert np.array(told, float) == pytest.approx(np.array(expected), abs=1e-4)
    module, test = sys.modules.pop(name), prepare(drawn.data).test
    answers = predict(run, [str(row.tolist()) for row in test.inputs])
    said = module.labels(module.predict(module.load(), torch.from_numpy(test.inputs)))
    assert said == [answer.labels for answer in answers]


def test_the_script_judges_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = (F1(), F1(average=EACH_CLASS), AUROC(), AUROC(average=EACH_CLASS), HammingDistance())
    check_the_script(of_articles(tmp_path, *metrics), tmp_path, monkeypatch, capsys)


def test_other_formats_say_when_a_label_applies(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", of_articles(tmp_path, epochs=1))
    *_, written = export(run, "onnx", tmp_path / "net.onnx")
    assert isinstance(written, Exported)
    assert "A label applies where its answer is 0.5 or more; any number of them may." in written.scaling


def test_rare_labels_weigh_more() -> None:
    targets = np.zeros((20, 4), np.bool_)
    targets[:5, 0] = targets[:10, 1] = targets[:, 3] = True
    samples = Samples(np.zeros((20, 2), np.float32), targets)
    # Without a yes, or without a no, there is nothing to balance.
    assert class_weights(samples, 4) == (3.0, 1.0, 1.0, 1.0)
    drawn = of_sheets()
    weighted = loss_function(replace(drawn, data=drawn.data.with_setting("balance", "class weights")), (2.0,) * 10)
    assert any(torch.equal(tensor, torch.full((10,), 2.0)) for tensor in weighted.state_dict().values())


def test_what_cannot_be_balanced_is_said() -> None:
    drawn = of_sheets()
    drawn = replace(drawn, data=drawn.data.with_setting("balance", "balanced sampling"))
    (fault,) = analyse(drawn).faults
    assert fault.message == "A sample of Digit sheets may have several labels, so none can be drawn more often."
    assert fault.fix is not None
    assert not analyse(fault.fix.apply(drawn)).faults
    (other,) = analyse(fault.fix.apply(of_sheets(loss=MultiLabelSoftMargin())).with_value("data.split_seed", 1)).faults
    assert "has no weights for classes" in other.message
    assert other.fix is not None


def test_labels_are_mixed_by_their_shares() -> None:
    drawn = of_sheets(loss=BinaryCrossEntropy())
    data = replace(drawn.data, augmentation=(Mixup(alpha=10.0),))
    assert not analyse(replace(drawn, data=data)).faults
    assert any("%" in words for words in variants(data, count=4).labels)
    (fault,) = analyse(replace(of_sheets(Sigmoid(), loss=MultiLabelMargin()), data=data)).faults
    assert "takes a yes or no to each label" in fault.message


def test_a_mixed_training_learns(tmp_path: Path) -> None:
    drawn = of_sheets(dataset=DigitSheets(sheets=200), epochs=3)
    drawn = replace(drawn, data=replace(drawn.data, augmentation=(Mixup(),)))
    epochs = only(Epoch, trained(tmp_path / "run", drawn)[1])
    assert epochs[-1].train["loss"] < epochs[0].train["loss"]


# What is seen of the data


def test_a_split_shares_out_the_rarest_labels(tmp_path: Path) -> None:
    targets = np.zeros((200, 3), np.uint8)
    targets[:10, 0] = targets[5:60, 1] = targets[:150, 2] = 1
    np.savez(tmp_path / "rare.npz", x=np.arange(400, dtype=np.float32).reshape(200, 2), y=targets)
    data = Data(open_data(str(tmp_path / "rare.npz")), test=0.2, validation=0.2)
    prepared = prepare(data)
    parts = [class_counts(part.targets, 3).tolist() for part in (prepared.train, prepared.validation, prepared.test)]
    assert [sum(counts) for counts in zip(*parts, strict=True)] == [10, 55, 150]
    assert [counts[0] for counts in parts] == [6, 2, 2]


def test_labels_are_counted_and_shown_by_name(tmp_path: Path) -> None:
    data = Data(articles(tmp_path))
    targets = data.dataset.load().train.targets
    seen = preview(data)
    assert sum(map(np.array, seen.balance.values())).tolist() == targets.sum(axis=0).tolist()
    assert seen.classes == NAMES
    assert set(seen.labels) <= {labels_in_words(row, NAMES) for row in targets}
    assert any(", " in words for words in seen.labels)
    assert "no label" in seen.labels
    sight = list(opened(data))[-1]
    head = next(column for column in sight.columns if column.role == "target")
    assert (head.name, head.kind) == ("y", "text")
    place = sight.columns.index(head)
    page = rows(data, Query(count=5))
    assert [row[place] for row in zip(*page.values, strict=True)] == [
        labels_in_words(row, NAMES) for row in targets[:5]
    ]
    assert sum(map(np.array, balance_of(data).values())).tolist() == targets.sum(axis=0).tolist()


def test_the_doctor_tells_of_labels_that_hardly_any_sample_has(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    targets = rng.random((200, 3)) < [0.5, 0.5, 0.0]
    targets[:3, 1], targets[3:, 1] = True, False
    np.savez(tmp_path / "rare.npz", x=rng.normal(size=(200, 5)).astype(np.float32), y=targets)
    found = outcome(examine(Data(open_data(str(tmp_path / "rare.npz")).with_settings({"class_names": NAMES}))))
    said = [finding.message for finding in found.findings if finding.rule == "few-of-a-class"]
    assert said == [
        "No sample has the label “arts”. A network cannot learn it.",
        "Only 3 samples have the label “sports”. That is too few to learn it.",
    ]


def test_the_doctor_finds_nothing_in_clean_labels(tmp_path: Path) -> None:
    found = outcome(examine(Data(articles(tmp_path))))
    assert not [finding for finding in found.findings if finding.severity != "information"]


def test_a_network_is_proposed_that_answers_for_each_label(tmp_path: Path) -> None:
    drawn = proposed(fitting(articles(tmp_path)))
    assert not analyse(drawn).problems
    assert isinstance(drawn.training.loss, BinaryCrossEntropy)
    assert isinstance(drawn.network.node("sigmoid_1").layer, Sigmoid)
    assert build(drawn).eval()(torch.zeros(1, 4)).shape == (1, 3)
