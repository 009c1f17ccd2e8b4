"""The metrics that can be chosen: those that scikit-learn computes, or that were worked out by hand."""

import math
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawings import every, project
from sklearn import metrics as sklearn_metrics
from test_source import assert_clean
from training_runs import ROOT, only, trained

from engine.analysis import analyse
from engine.chosen_metrics import metrics_of, refusal
from engine.curves import History
from engine.datasets import BreastCancer, Diabetes, DigitScenes, DigitSheets, DigitStrings, Iris
from engine.errors import ProjectError
from engine.evaluation import evaluate
from engine.events import Epoch, Finished
from engine.export import Exported, export
from engine.judging import Judges
from engine.layers import Conv1d, Conv2d, Flatten, Input, Linear, Output, ReLU, Sigmoid, Softmax
from engine.losses import CTC, BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError, MultiClassHinge
from engine.metrics import (
    AUROC,
    EACH_CLASS,
    EACH_NUMBER,
    F1,
    MAE,
    METRICS,
    MOST_EACH,
    R2,
    RMSE,
    AveragePrecision,
    Dice,
    IoU,
    MatthewsCorrelation,
    Metric,
    Perplexity,
    Precision,
    Recall,
    TopKAccuracy,
    described,
    in_words,
    is_better_high,
)
from engine.project import Project, from_json, to_json
from engine.schedules import Plateau
from engine.stopping import EarlyStopping, Goal

CPU = torch.device("cpu")
CLASSES = Iris().classes


def of_iris(*metrics: Metric, loss: Loss | None = None, **training: object) -> Project:
    layers = (Input(), Linear(8), ReLU(), Linear(3), Output())
    return project(*layers, dataset=Iris(), loss=loss, metrics=metrics, **training)


def judged(drawn: Project, values: torch.Tensor, truth: torch.Tensor, sizes: tuple[int, ...] = ()) -> dict[str, float]:
    """What the metrics of a project say of training values, given all at once or in parts of these sizes."""
    judges, places = Judges(drawn, CPU), truth.split(sizes or len(truth))
    with torch.inference_mode():
        for part, true in zip(values.split(sizes or len(truth)), places, strict=True):
            labels = part.argmax(1) if part.shape[1] > 1 else (part[:, 0] >= 0).long()
            judges.take(part, labels if drawn.data.dataset.task == "classification" else None, true)
        return judges.metrics()


def samples(seed: int, count: int, classes: int = 3, absent: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores that tie now and then, and true classes, of which one may never come."""
    rng = np.random.default_rng(seed)
    values = torch.from_numpy(rng.normal(size=(count, classes)).round(1)).float()
    present = [number for number in range(classes) if number != absent]
    return values, torch.from_numpy(rng.choice(present, count))


AVERAGES = ("macro", "micro", "weighted", EACH_CLASS)
OF_LABELS: dict[type[Metric], Callable[..., Any]] = {
    Precision: sklearn_metrics.precision_score,
    Recall: sklearn_metrics.recall_score,
    F1: sklearn_metrics.f1_score,
    IoU: sklearn_metrics.jaccard_score,
    Dice: sklearn_metrics.f1_score,
}


@pytest.mark.parametrize("absent", [None, 1, 2])
@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("kind", OF_LABELS, ids=lambda kind: kind.__name__)
def test_counts_of_classes_are_those_of_scikit_learn(kind: type[Metric], average: str, absent: int | None) -> None:
    metric = kind(average=average)
    values, truth = samples(3, 60, absent=absent)
    if absent == 1:
        # Neither in the truth nor among the answers.
        values[:, 1] = -9
    wanted = None if average == EACH_CLASS else average
    options = {"labels": [0, 1, 2]} if average == EACH_CLASS else {}
    expected = OF_LABELS[kind](truth, values.argmax(1), average=wanted, zero_division=0, **options)
    found = judged(of_iris(metric), values, truth)
    assert list(found.values()) == pytest.approx(np.atleast_1d(expected).tolist(), abs=1e-6)
    assert tuple(found) == metric.names(CLASSES)
    assert judged(of_iris(metric), values, truth, (1, 9, 20, 30)) == pytest.approx(found, abs=1e-6)


@pytest.mark.parametrize("k", [1, 2])
def test_the_first_k_are_those_of_scikit_learn(k: int) -> None:
    values, truth = samples(0, 50)
    values += torch.rand(values.shape) / 100  # No ties, which anyone may break as they like.
    expected = sklearn_metrics.top_k_accuracy_score(truth, values, k=k, labels=[0, 1, 2])
    found = judged(of_iris(TopKAccuracy(k)), values, truth)
    assert found == pytest.approx({f"top_{k}_accuracy": expected})
    assert judged(of_iris(TopKAccuracy(k)), values, truth, (13, 37)) == pytest.approx(found)


def test_correlation_is_that_of_scikit_learn() -> None:
    values, truth = samples(1, 80)
    found = judged(of_iris(MatthewsCorrelation()), values, truth)
    assert found == pytest.approx({"mcc": sklearn_metrics.matthews_corrcoef(truth, values.argmax(1))})
    assert judged(of_iris(MatthewsCorrelation()), values, truth, (1, 79)) == pytest.approx(found)


OF_SCORES: dict[type[Metric], Callable[..., Any]] = {
    AUROC: sklearn_metrics.roc_auc_score,
    AveragePrecision: sklearn_metrics.average_precision_score,
}


@pytest.mark.parametrize("absent", [None, 1])
@pytest.mark.parametrize("kind", OF_SCORES, ids=lambda kind: kind.__name__)
def test_ranks_are_those_of_scikit_learn_over_the_classes_that_occur(kind: type[Metric], absent: int | None) -> None:
    values, truth = samples(2, 70, absent=absent)
    shares = values.softmax(1)
    each = {
        number: OF_SCORES[kind]((truth == number).long(), shares[:, number]) for number in range(3) if number != absent
    }
    stem = kind().name
    counts = [int((truth == number).sum()) for number in each]
    expected = {
        stem: np.mean(list(each.values())),
        f"{stem}_weighted": np.average(list(each.values()), weights=counts),
        **{f"{stem}:{CLASSES[number]}": value for number, value in each.items()},
    }
    drawn = of_iris(kind(), kind(average="weighted"), kind(average=EACH_CLASS))
    found = judged(drawn, values, truth)
    assert found == pytest.approx(expected, abs=1e-6)
    assert judged(drawn, values, truth, (1, 2, 67)) == pytest.approx(found, abs=1e-6)
    assert not judged(of_iris(kind()), values, torch.zeros_like(truth))


@pytest.mark.parametrize("kind", OF_SCORES, ids=lambda kind: kind.__name__)
def test_scores_that_are_no_probabilities_are_ranked_as_they_are(kind: type[Metric]) -> None:
    values, truth = samples(5, 60)
    values *= 1000
    expected = np.mean([OF_SCORES[kind]((truth == number).long(), values[:, number]) for number in range(3)])
    drawn = of_iris(kind(), loss=MultiClassHinge())
    assert list(judged(drawn, values, truth, (7, 53)).values()) == pytest.approx([expected], abs=1e-6)


def test_many_thresholds_come_near_to_all() -> None:
    values, truth = samples(4, 400)
    exact = judged(of_iris(AUROC()), values, truth)["auroc"]
    near = judged(of_iris(AUROC(thresholds=500)), values, truth)["auroc"]
    assert near == pytest.approx(exact, abs=0.005)


def test_perplexity_is_what_the_loss_says() -> None:
    values, truth = samples(6, 40)
    found = judged(of_iris(Perplexity()), values, truth, (1, 39))
    assert found == pytest.approx(
        {"perplexity": math.exp(sklearn_metrics.log_loss(truth, values.softmax(1)))}, rel=1e-5
    )
    assert judged(of_iris(Perplexity()), torch.zeros(4, 3), truth[:4])["perplexity"] == pytest.approx(3)
    sure = torch.tensor([[-200.0, 200, 0]])
    assert math.isfinite(judged(of_iris(Perplexity()), sure, torch.tensor([0]))["perplexity"])


def test_one_output_says_which_of_two_classes() -> None:
    metrics = (AUROC(), AveragePrecision(), F1(average=EACH_CLASS), Perplexity())
    drawn = project(
        Input(), Linear(1), Sigmoid(), Output(), dataset=BreastCancer(), loss=BinaryCrossEntropy(), metrics=metrics
    )
    values, truth = samples(8, 60, classes=2)
    margins = values[:, 1:]
    shares = margins[:, 0].sigmoid()
    each = sklearn_metrics.f1_score(truth, margins[:, 0] >= 0, average=None)
    names = [f"f1:{name}" for name in BreastCancer().classes]
    assert judged(drawn, margins, truth, (10, 50)) == pytest.approx(
        {
            "auroc": sklearn_metrics.roc_auc_score(truth, shares),
            "average_precision": sklearn_metrics.average_precision_score(truth, shares),
            **dict(zip(names, each, strict=True)),
            "perplexity": math.exp(sklearn_metrics.log_loss(truth, shares)),
        },
        rel=1e-5,
    )


# Places


def of_scenes(*metrics: Metric) -> Project:
    return project(Input(), Conv2d(11, padding=1), Output(), dataset=DigitScenes(), metrics=metrics)


def test_each_pixel_counts_and_those_of_a_sample_go_together() -> None:
    values = torch.randn(6, 11, 4, 5, generator=torch.Generator().manual_seed(0))
    truth = torch.randint(0, 4, (6, 4, 5), generator=torch.Generator().manual_seed(1))
    answers = values.argmax(1)
    per_sample = [
        sklearn_metrics.f1_score(true.ravel(), found.ravel(), average="macro", zero_division=0)
        for true, found in zip(truth.numpy(), answers.numpy(), strict=True)
    ]
    drawn = of_scenes(IoU(), Dice(over="each sample"), AUROC(thresholds=0))
    found = judged(drawn, values, truth, (1, 2, 3))
    assert found["iou_macro"] == pytest.approx(
        sklearn_metrics.jaccard_score(truth.ravel(), answers.ravel(), average="macro", zero_division=0)
    )
    assert found["dice_per_sample"] == pytest.approx(np.mean(per_sample))
    exact = [
        sklearn_metrics.roc_auc_score((truth == number).ravel(), values.softmax(1)[:, number].ravel())
        for number in range(4)
    ]
    assert found["auroc"] == pytest.approx(np.mean(exact), abs=0.02)


def test_places_without_a_class_are_counted_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DigitScenes, "ignores", True)
    metrics = [kind(**{"average": "macro"} if "average" in kind.declared else {}) for kind in every(Metric)[:10]]
    metrics = [metric for metric in metrics if "classification" in metric.tasks and metric.takes != "embeddings"]
    drawn = of_scenes(*metrics, Dice(over="each sample"))
    values = torch.randn(6, 11, 4, 5, generator=torch.Generator().manual_seed(0))
    truth = torch.randint(0, 11, (6, 4, 5), generator=torch.Generator().manual_seed(1))
    truth[:, :, 2] = -100
    truth[1] = -100
    other = values.clone()
    other[:, :, :, 2] = torch.randn(6, 11, 4)
    other[1] = torch.randn(11, 4, 5)
    first = judged(drawn, values, truth)
    assert len(first) == len(metrics) + 1
    assert judged(drawn, other, truth, (2, 4)) == pytest.approx(first, rel=1e-5)
    answers, known = values.argmax(1)[truth >= 0], truth[truth >= 0]
    assert first["mcc"] == pytest.approx(sklearn_metrics.matthews_corrcoef(known, answers), rel=1e-5)
    nothing = judged(drawn, values, torch.full_like(truth, -100))
    assert "dice_per_sample" not in nothing
    assert "auroc" not in nothing


# Numbers


def of_numbers(*metrics: Metric) -> Project:
    return project(Input(), Linear(1), Output(), dataset=Diabetes(), loss=MeanSquaredError(), metrics=metrics)


def of_strings(*metrics: Metric) -> Project:
    layers = (Input(), Flatten(1, 2), Conv1d(11, 5, stride=2), Output())
    return project(*layers, dataset=DigitStrings(), loss=CTC(), metrics=metrics)


def of_sheets(*metrics: Metric) -> Project:
    layers = (Input(), Flatten(), Linear(10), Output())
    return project(*layers, dataset=DigitSheets(), loss=BinaryCrossEntropy(), metrics=metrics)


def test_numbers_are_judged_one_by_one_as_scikit_learn_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Diabetes, "targets", 3)
    truth = 1e4 + torch.randn(50, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 2, 3])
    answers = truth + torch.randn(50, 3, generator=torch.Generator().manual_seed(1))
    drawn = of_numbers(MAE(of=EACH_NUMBER), RMSE(of=EACH_NUMBER), R2(average=EACH_NUMBER), R2(average="weighted"))
    found = judged(drawn, answers, truth, (1, 19, 30))
    options = {"multioutput": "raw_values"}
    expected = {
        **{
            f"{name}:{number}": value
            for name, score in (
                ("mae", sklearn_metrics.mean_absolute_error),
                ("rmse", sklearn_metrics.root_mean_squared_error),
                ("r2", sklearn_metrics.r2_score),
            )
            for number, value in enumerate(score(truth, answers, **options), 1)
        },
        "r2_weighted": sklearn_metrics.r2_score(truth, answers, multioutput="variance_weighted"),
    }
    assert found == pytest.approx(expected, rel=1e-5)


def test_of_a_single_sample_nothing_varies() -> None:
    drawn = of_numbers(R2(average="weighted"), RMSE(of=EACH_NUMBER))
    assert judged(drawn, torch.ones(1, 1), torch.zeros(1, 1)) == {"rmse:1": 1}


# In a training


def test_what_is_chosen_is_in_the_log_the_curves_and_the_evaluation(tmp_path: Path) -> None:
    drawn = of_iris(TopKAccuracy(2), F1(average=EACH_CLASS), AUROC(), epochs=2)
    run, happening = trained(tmp_path / "run", drawn)
    names = ["top_2_accuracy", *(f"f1:{name}" for name in CLASSES), "auroc"]
    end = only(Finished, happening)[0]
    assert list(end.test) == ["loss", "accuracy", "precision", "recall", "f1", *names]
    assert list(metrics_of(drawn)) == list(end.test)
    assert np.mean([end.test[f"f1:{name}"] for name in CLASSES]) == pytest.approx(end.test["f1"])
    assert all(set(names) <= set(event.validation) for event in only(Epoch, happening))
    history = History(happening)
    assert len(history.validation["auroc"]) == 2
    assert {f"validation_{name}" for name in names} <= set(next(iter(history.rows(0.5))))
    assert evaluate(run).metrics == pytest.approx(end.test)
    assert "top-2 accuracy" in in_words(end.test)
    assert "F1: setosa" in in_words(end.test)
    assert from_json(to_json(drawn)) == drawn


def test_a_training_without_them_does_not_wait_for_torchmetrics() -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests/engine'); from pathlib import Path; import tempfile\n"
        "from drawings import project; from engine.layers import *; from training_runs import trained\n"
        "from engine.datasets import Iris\n"
        "drawn = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=1)\n"
        "trained(Path(tempfile.mkdtemp()) / 'run', drawn)\n"
        "assert 'torchmetrics' not in sys.modules"
    )
    import subprocess

    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_best_is_chosen_by_any_of_them(tmp_path: Path) -> None:
    drawn = of_iris(Perplexity(), AUROC(), epochs=6)
    for name, best in (("perplexity", min), ("auroc", max)):
        run, happening = trained(tmp_path / name, drawn.with_value("training.best_by", name))
        values = [event.validation[name] for event in only(Epoch, happening)]
        assert only(Finished, happening)[0].validation[name] == pytest.approx(best(values), abs=1e-6)
        assert run.result().status == "finished"


def test_rules_watch_any_of_them(tmp_path: Path) -> None:
    rules = (Goal(metric="auroc", value=0.0), EarlyStopping(metric="perplexity"))
    drawn = of_iris(AUROC(), Perplexity(), stops=rules, schedule=Plateau(metric="f1_macro"), epochs=3)
    _, happening = trained(tmp_path / "run", drawn)
    assert only(Finished, happening)[0].reason == "The validation AUROC has reached 0."
    assert not is_better_high("perplexity")
    assert is_better_high("auroc")


# What fits


@pytest.mark.parametrize("kind", every(Metric), ids=lambda kind: kind.__name__)
def test_every_one_is_explained_and_known_by_its_name(kind: type[Metric]) -> None:
    assert kind.help().endswith(".")
    assert kind.formula
    for metric in kind.variants():
        for name in metric.names(("a:b", "c")):
            figure = described(name)
            assert figure is not None
            assert figure.title.startswith(metric.full_title)
            assert figure.higher_is_better == kind.higher_is_better
            assert figure.percent == kind.percent


@pytest.mark.parametrize("kind", every(Metric), ids=lambda kind: kind.__name__)
def test_what_does_not_suit_the_data_is_a_fault_with_its_fix(kind: type[Metric]) -> None:
    of = {"classification": of_iris, "multilabel": of_sheets, "regression": of_numbers, "transcription": of_strings}
    suits = of[kind.tasks[0]]
    other = of_numbers if suits is of_iris else of_iris
    metric = TopKAccuracy(2) if kind is TopKAccuracy else kind()
    if metric.takes != "embeddings":  # Those need an Output of their own.
        assert not analyse(suits(metric)).faults
    (fault,) = analyse(other(metric)).faults
    assert metric.full_title in fault.message
    assert fault.fix is not None
    assert not analyse(fault.fix.apply(other(metric))).faults


@pytest.mark.parametrize(
    ("drawn", "words"),
    [
        (of_iris(TopKAccuracy(5)), "Top-5 accuracy says nothing here"),
        (of_iris(F1(), F1()), "chosen twice"),
        (of_iris(Perplexity(), loss=MultiClassHinge()), "needs probabilities"),
    ],
)
def test_what_says_nothing_is_a_fault_that_can_be_mended(drawn: Project, words: str) -> None:
    (fault,) = analyse(drawn).faults
    assert words in fault.message
    assert fault.fix is not None
    assert not analyse(fault.fix.apply(drawn)).faults


def test_too_many_classes_are_not_told_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    names = tuple(f"class {number}" for number in range(MOST_EACH + 1))
    monkeypatch.setattr(Iris, "classes", names)
    assert "at most 100" in refusal(F1(average=EACH_CLASS), of_iris())
    assert not refusal(F1(), of_iris())


def test_a_rule_that_watches_what_is_not_measured_is_a_doubt() -> None:
    drawn = of_iris(stops=(EarlyStopping(metric="auroc"),), schedule=Plateau(metric="mae"), best_by="f1:setosa")
    found = [problem for problem in analyse(drawn).problems if problem.rule == "watches-nothing"]
    assert [problem.fix.label for problem in found if problem.fix] == ["Add AUROC", "Watch the loss", "Add F1"]
    for problem in found:
        assert problem.fix is not None
        drawn = problem.fix.apply(drawn)
    assert not [problem for problem in analyse(drawn).problems if problem.rule == "watches-nothing"]


def test_a_metric_that_nobody_knows_is_refused() -> None:
    written = to_json(of_iris(F1())).replace(b'"F1"', b'"F2"')
    with pytest.raises(ProjectError, match=r"training\.metrics\[0\]"):
        from_json(written)


def test_a_project_without_them_is_written_as_before() -> None:
    assert b"metrics" not in to_json(of_iris())
    old = to_json(of_iris()).replace(b'"loss": {', b'"best_by": "accuracy", "loss": {', 1)
    assert from_json(old).training.best_by == "accuracy"


def test_a_network_that_ends_in_softmax_is_judged_the_same(tmp_path: Path) -> None:
    plain = of_iris(AUROC(), Perplexity(), epochs=2)
    ends = (Input(), Linear(8), ReLU(), Linear(3), Softmax(), Output())
    other = project(*ends, dataset=Iris(), loss=CrossEntropy(), metrics=plain.training.metrics, epochs=2)
    first, second = (trained(tmp_path / name, drawn)[1][-1] for name, drawn in (("a", plain), ("b", other)))
    assert isinstance(first, Finished)
    assert isinstance(second, Finished)
    assert first.test == pytest.approx(second.test)


# The exported script


def test_the_script_comes_to_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = (TopKAccuracy(2), F1(average=EACH_CLASS), IoU(), AUROC(), Perplexity(), Dice(over="each sample"))
    drawn = of_iris(*metrics, epochs=3, stops=(EarlyStopping(metric="auroc"), Goal(metric="f1:setosa", value=2)))
    check_the_script(drawn, tmp_path, monkeypatch, capsys)
    script = (tmp_path / "run_train.py").read_text(encoding="utf-8")
    assert "Needs torch and torchmetrics alone." in script
    assert 'end1 = watched(others["auroc"], *end1, min_delta=0.0, higher=True)\n' in script
    assert 'if others["f1:setosa"] >= 2.0:' in script


def test_the_script_judges_one_output_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layers = (Input(), Linear(1), Sigmoid(), Output())
    metrics = (AUROC(), AveragePrecision(average=EACH_CLASS), MatthewsCorrelation())
    drawn = project(*layers, dataset=BreastCancer(), loss=BinaryCrossEntropy(), metrics=metrics, epochs=2)
    check_the_script(drawn, tmp_path, monkeypatch, capsys)


def test_the_script_judges_each_pixel_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = (IoU(), Dice(over="each sample"), AUROC(), Perplexity())
    layers = (Input(), Conv2d(11, padding=1), Output())
    drawn = project(*layers, dataset=DigitScenes(scenes=60, size=16), metrics=metrics, epochs=1)
    check_the_script(drawn, tmp_path, monkeypatch, capsys)


def test_the_script_judges_numbers_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = of_numbers(R2(average="weighted"), RMSE(of=EACH_NUMBER)).with_value("training.epochs", 2)
    check_the_script(drawn, tmp_path, monkeypatch, capsys)


def check_the_script(
    drawn: Project, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The metrics that the exported script prints are those of the log."""
    run, happening = trained(folder / "run", drawn)
    *_, written = export(run, "python", folder / "run.py")
    assert isinstance(written, Exported)
    assert_clean(folder)
    monkeypatch.syspath_prepend(str(folder))
    threads = torch.get_num_threads()
    runpy.run_path(str(folder / "run_train.py"), run_name="__main__")
    torch.set_num_threads(threads)
    printed = [line for line in capsys.readouterr().out.splitlines() if line.startswith("  ")]
    assert len(printed) == drawn.training.epochs + 1

    script = runpy.run_path(str(folder / "run_train.py"))
    model = runpy.run_path(str(folder / "run.py"))["load"]()
    data = torch.load(folder / "run_data.pt", weights_only=True)
    end = only(Finished, happening)[0]
    for part, judged in (("validation", end.validation), ("test", end.test)):
        wanted = {name: judged[name] for name in metrics_of(drawn) if name not in METRICS}
        assert script["measured"](model, *data[part]) == pytest.approx(wanted, rel=1e-4, abs=1e-5)
    sys.modules.pop("run", None)
