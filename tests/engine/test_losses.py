"""Losses: each trains on every kind of data that it is for, says what does not suit it, and prints as it trains."""

import itertools
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
from msgspec.structs import replace
from torch import Tensor, nn
from training_runs import only, trained

from engine import modules
from engine.analysis import analyse
from engine.build import build, loss_function, resolve
from engine.data import prepare
from engine.datasets import Dataset, Diabetes, Digits, DigitScenes, DigitSheets, DigitStrings, Moons, Reconstruction
from engine.datasets.files import open_data
from engine.errors import ProjectError
from engine.evaluation import evaluate, predict
from engine.events import Epoch, Failed, Finished
from engine.export import Exported, export
from engine.layers import (
    AdaptiveLogSoftmax,
    Conv1d,
    Conv2d,
    Flatten,
    Input,
    Layer,
    Linear,
    LogSoftmax,
    Output,
    Sigmoid,
    Softmax,
    Softplus,
)
from engine.losses import (
    BinaryDice,
    BinaryFocal,
    CosineDistance,
    CrossEntropy,
    Dice,
    Focal,
    GaussianNLL,
    KLDivergence,
    Loss,
    MarginRanking,
    MeanSquaredError,
    MultiClassHinge,
    NegativeLogLikelihood,
    PoissonNLL,
    SoftMargin,
    WeightedSum,
)
from engine.optimizers import Adam, GradientDescent
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.runs import Run
from engine.scoring import Part
from engine.spec import read_spec, write_spec

CPU = torch.device("cpu")
SUM = WeightedSum((CrossEntropy(), Dice(weight=0.5)))
STRINGS = DigitStrings(fewest_digits=1, most_digits=3, strings=40, noise=0.0)
SHEETS = DigitSheets(sheets=60, noise=0.0)
SCENES = DigitScenes(size=16, digits=2, scenes=40, noise=0.0)


def shares(folder: Path) -> Dataset:
    """Points, each with three shares that sum to 1."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(90, 4)).astype(np.float32)
    scores = np.exp(inputs @ rng.normal(size=(4, 3)))
    np.savez(folder / "shares.npz", inputs=inputs, targets=(scores / scores.sum(1, keepdims=True)).astype(np.float32))
    return open_data(str(folder / "shares.npz"))


def flat(width: int) -> list[Layer]:
    return [Flatten(), Linear(width)]


def columns(width: int) -> list[Layer]:
    return [Flatten(1, 2), Conv1d(width, 5, stride=2)]


def image(width: int) -> list[Layer]:
    return [Conv2d(width, 3, padding="same")]


CASES: dict[str, tuple[Callable[[Path], Dataset], Callable[[int], list[Layer]], int]] = {
    "digits": (lambda _: Digits(), flat, 10),
    "two classes": (lambda _: Moons(samples=60), flat, 2),
    "yes or no": (lambda _: Moons(samples=60), flat, 1),
    "a class for each pixel": (lambda _: SCENES, image, 11),
    "one number": (lambda _: Diabetes(), flat, 1),
    "several numbers": (shares, flat, 3),
    "a sequence of symbols": (lambda _: STRINGS, columns, 11),
    "labels": (lambda _: SHEETS, flat, 10),
    "an image again": (lambda _: Reconstruction(noise=0.1), image, 1),
}


def learner(loss: Loss, dataset: Dataset, head: Callable[[int], list[Layer]], width: int, **training: Any) -> Project:
    """The least network that a loss can train."""
    end = [Layer.kinds[kind]() for kind in loss.ends_in()[:1]]
    width = loss.width(width) if dataset.task == "regression" else width
    chosen = {"optimizer": Adam(0.01), **training}
    return project(Input(), *head(width), *end, Output(), dataset=dataset, loss=loss, **chosen)


def chosen(kind: type[Loss]) -> Loss:
    """One of a kind that is ready to be used."""
    return SUM if kind is WeightedSum else kind()


def suited(tmp_path: Path, kind: type[Loss], case: str) -> Project:
    """A project of that case, where the loss is for it."""
    dataset, head, width = CASES[case]
    drawn = learner(chosen(kind), dataset(tmp_path), head, width)
    if faults := analyse(drawn).faults:
        assert {fault.rule for fault in faults} <= {"loss-against-task", "loss-of-several", "answer-width"}
        pytest.skip(faults[0].message)
    return drawn


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", every(Loss))
def test_every_loss_makes_a_network_learn(kind: type[Loss], case: str, tmp_path: Path) -> None:
    drawn = suited(tmp_path, kind, case)
    prepared = prepare(drawn.data)
    part = Part(prepared.train, drawn, Preprocessing.of_training(prepared, drawn), CPU)
    torch.manual_seed(0)
    network, loss_of = build(drawn), loss_function(drawn)
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    losses: list[float] = []
    for _ in range(15):
        inputs, targets, truth = part.batch(slice(0, 32))
        values = network.training_values(inputs)
        loss = loss_of(values, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        assert math.isfinite(float(part.score(values[0], truth)))
    assert all(map(math.isfinite, losses))
    assert losses[-1] < losses[0]


def test_every_loss_is_for_something(tmp_path: Path) -> None:
    for kind in every(Loss):
        if kind.nested:
            continue
        fitting = [
            name
            for name, (dataset, head, width) in CASES.items()
            if not analyse(learner(kind(), dataset(tmp_path), head, width)).faults
        ]
        tasks = {CASES[name][0](tmp_path).task for name in fitting}
        assert tasks == set(kind.tasks), kind


@pytest.mark.parametrize("kind", every(Loss))
def test_every_loss_is_listed_and_has_a_formula(kind: type[Loss]) -> None:
    assert kind.group
    assert kind.formula.startswith("L = ")


# What they compute


def random_classes(*places: int) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    values = 3 * torch.randn((8, 4, *places), generator=generator)
    return values, torch.randint(4, (8, *places), generator=generator)


def one_hot(labels: Tensor) -> Tensor:
    return nn.functional.one_hot(labels, 4).movedim(-1, 1).float()


@pytest.mark.parametrize("places", [(), (3, 5)])
@pytest.mark.parametrize("weight", [None, torch.tensor([1.0, 2.0, 0.5, 4.0])])
def test_focal_loss_of_no_focus_is_cross_entropy(places: tuple[int, ...], weight: Tensor | None) -> None:
    values, labels = random_classes(*places)
    expected = nn.functional.cross_entropy(values, labels, weight=weight)
    found = modules.FocalLoss(0, weight)
    torch.testing.assert_close(found(values, labels), expected)
    torch.testing.assert_close(found(values, one_hot(labels)), expected)


def test_focal_loss_follows_its_formula() -> None:
    values, labels = random_classes()
    p = values.softmax(1)[torch.arange(8), labels]
    torch.testing.assert_close(modules.FocalLoss(2.0)(values, labels), (-((1 - p) ** 2) * p.log()).mean())
    rows, p = one_hot(labels), values.sigmoid()
    expected = -rows * (1 - p) ** 2 * p.log() - (1 - rows) * p**2 * (1 - p).log()
    torch.testing.assert_close(modules.BinaryFocalLoss(2.0)(values, rows), expected.mean())
    none = nn.functional.binary_cross_entropy_with_logits(values, rows, pos_weight=torch.tensor([2.0]))
    torch.testing.assert_close(modules.BinaryFocalLoss(0, torch.tensor([2.0]))(values, rows), none)


@pytest.mark.parametrize("gamma", [0.5, 2.0])
def test_focal_loss_of_a_sure_answer_has_a_slope(gamma: float) -> None:
    sure = torch.tensor([[200.0, -200.0]], requires_grad=True)
    (modules.FocalLoss(gamma)(sure, torch.tensor([0])) + modules.FocalLoss(gamma)(sure, torch.tensor([1]))).backward()
    modules.BinaryFocalLoss(gamma)(sure, torch.tensor([[1.0, 1.0]])).backward()
    assert sure.grad is not None
    assert bool(sure.grad.isfinite().all())


@pytest.mark.parametrize("places", [(), (3, 5)])
def test_dice_loss_is_one_less_the_overlap(places: tuple[int, ...]) -> None:
    values, labels = random_classes(*places)
    rows = one_hot(labels)
    assert modules.DiceLoss("softmax", 1e-6)(100 * rows, rows).item() == pytest.approx(0, abs=1e-4)
    p = values.softmax(1).movedim(1, 0).reshape(4, -1)
    y = rows.movedim(1, 0).reshape(4, -1)
    expected = 1 - ((2 * (p * y).sum(1) + 1) / (p.sum(1) + y.sum(1) + 1)).mean()
    torch.testing.assert_close(modules.DiceLoss("softmax")(values, rows), expected)
    each = torch.stack([modules.DiceLoss("sigmoid")(values[i : i + 1], rows[i : i + 1]) for i in range(8)])
    torch.testing.assert_close(modules.DiceLoss("sigmoid", over="sample")(values, rows), each.mean())


def test_losses_of_rows_judge_each_place_like_a_sample() -> None:
    values, labels = random_classes(3, 5)
    rows, wanted = values.movedim(1, -1).reshape(-1, 4), labels.reshape(-1)
    hinge = modules.EachPlace(nn.MultiMarginLoss())
    torch.testing.assert_close(hinge(values, labels), nn.MultiMarginLoss()(rows, wanted))
    surprise = modules.EachPlace(nn.KLDivLoss(reduction="batchmean"))(values.log_softmax(1), one_hot(labels))
    torch.testing.assert_close(surprise, nn.functional.cross_entropy(values, labels))


def test_soft_margin_is_binary_cross_entropy_of_signs() -> None:
    drawn = learner(SoftMargin(), Moons(samples=60), flat, 1)
    prepared = prepare(drawn.data)
    part = Part(prepared.train, drawn, Preprocessing.of_training(prepared, drawn), CPU)
    _, (signs,), truth = part.batch(slice(None))
    assert set(signs.unique().tolist()) == {-1.0, 1.0}
    values = torch.randn(len(signs), 1)
    expected = nn.functional.binary_cross_entropy_with_logits(values, truth[:, None].float())
    torch.testing.assert_close(loss_function(drawn)([values], [signs]), expected)


def test_gaussian_loss_is_torchs_with_a_logarithm() -> None:
    mean, spread, targets = torch.randn(3, 7, 2)
    expected = nn.GaussianNLLLoss(full=True)(mean, targets, spread.exp())
    torch.testing.assert_close(modules.GaussianLoss(full=True)(torch.cat([mean, spread], 1), targets), expected)


def test_ranking_is_torchs_on_all_pairs_whose_targets_differ() -> None:
    values, targets = torch.randn(9, 2, requires_grad=True), torch.randint(4, (9, 2)).float()
    some, others = (list(each) for each in zip(*itertools.combinations(range(9), 2), strict=True))
    signs = (targets[some] - targets[others]).sign()
    differ = signs != 0
    expected = nn.MarginRankingLoss(0.7)(values[some][differ], values[others][differ], signs[differ])
    found = modules.RankingLoss(0.7)(values, targets)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found, values), torch.autograd.grad(expected, values))


@pytest.mark.parametrize("count", [1, 4])
def test_nothing_is_lacking_where_all_targets_are_the_same(count: int) -> None:
    values = torch.randn(count, 1, requires_grad=True)
    found = modules.RankingLoss(0.7)(values, torch.ones(count, 1))
    found.backward()
    assert found.item() == 0
    assert values.grad is not None
    assert not values.grad.any()


def test_an_order_is_learned(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", learner(MarginRanking(), Diabetes(), flat, 1, epochs=20))
    test = prepare(run.project().data).test
    scores = [answer.output[0] for answer in predict(run, [str(row.tolist()) for row in test.inputs])]
    rises = np.subtract.outer(scores, scores) * np.subtract.outer(test.targets[:, 0], test.targets[:, 0])
    assert (rises > 0).sum() > 2 * (rises < 0).sum()


def test_an_order_of_images_is_refused() -> None:
    drawn = learner(MarginRanking(), Reconstruction(noise=0.1), image, 1)
    words, mended = fault(drawn, "loss-of-several")
    assert words == (
        "Margin ranking compares samples with each other, but Reconstruction asks for a number at each place."
    )
    assert mended.training.loss == MeanSquaredError()


@pytest.mark.parametrize(
    ("loss", "printed"),
    [
        (Focal(), "FocalLoss(2.0)"),
        (MultiClassHinge(), "nn.MultiMarginLoss()"),
        (MultiClassHinge(2, "squared"), "nn.MultiMarginLoss(p=2, margin=2)"),
        (NegativeLogLikelihood(), "nn.NLLLoss()"),
        (KLDivergence(), 'nn.KLDivLoss(reduction="batchmean")'),
        (PoissonNLL(log_input=False, full=True), "nn.PoissonNLLLoss(log_input=False, full=True)"),
        (Dice(over="sample"), 'DiceLoss("softmax", over="sample")'),
    ],
)
def test_losses_are_written_as_by_hand(loss: Loss, printed: str) -> None:
    assert loss.function().printed() == printed


@pytest.mark.parametrize("kind", every(Loss))
@pytest.mark.parametrize("places", [0, 2])
def test_a_loss_with_equal_weights_is_the_loss_without(kind: type[Loss], places: int) -> None:
    loss = kind()
    made = loss.weighted((1.0,) * 4, 4, places)
    if made is None:
        return
    values, labels = random_classes(*(3, 5)[:places])
    if loss.of_rows and places:
        values, labels = values.movedim(1, -1).reshape(-1, 4), labels.reshape(-1)
    targets = labels if loss.target_form("classification") == "class" else one_hot(labels)
    plain, weighted = loss.function().made(resolve), made.made(resolve)
    torch.testing.assert_close(weighted(values, targets), plain(values, targets))


# What does not suit them


def fault(drawn: Project, rule: str) -> tuple[str, Project]:
    """What is said under this rule, and the project mended."""
    found = next(fault for fault in analyse(drawn).faults if fault.rule == rule)
    assert found.fix
    return found.message, found.fix.apply(drawn)


@pytest.mark.parametrize("kind", [NegativeLogLikelihood, KLDivergence])
def test_a_loss_of_logarithms_asks_for_logarithms(kind: type[Loss]) -> None:
    plain = project(Input(), Flatten(), Linear(10), Output(), loss=kind())
    words, mended = fault(plain, "loss-of-other-end")
    assert words.endswith("is for a network that ends in LogSoftmax, but linear_1 is its last layer.")
    assert not analyse(mended).faults
    bent = project(Input(), Flatten(), Linear(10), Softmax(), Output(), loss=kind())
    _, mended = fault(bent, "loss-of-other-end")
    assert [type(node.layer) for node in mended.network.nodes][-2] is LogSoftmax
    assert not analyse(mended).faults


def test_counts_without_logarithm_must_be_positive() -> None:
    drawn = project(Input(), Linear(1), Output(), dataset=Diabetes(), loss=PoissonNLL(log_input=False))
    _, mended = fault(drawn, "loss-of-other-end")
    assert isinstance(mended.network.nodes[-1].layer, Softplus)
    assert not analyse(mended).problems


def test_gaussian_loss_asks_for_means_and_variances() -> None:
    drawn = project(Input(), Linear(1), Output(), dataset=Diabetes(), loss=GaussianNLL())
    words, mended = fault(drawn, "answer-width")
    assert words == (
        "The network gives 1 value but Gaussian (NLL) takes 2: values, then the logarithms of their variances."
    )
    assert mended.network.node("linear_1").layer == Linear(2)


@pytest.mark.parametrize("loss", [CosineDistance(), KLDivergence()])
def test_a_single_number_has_no_direction(loss: Loss) -> None:
    drawn = project(Input(), Linear(1), LogSoftmax(), Output(), dataset=Diabetes(), loss=loss)
    words, mended = fault(drawn, "loss-of-several")
    assert words.endswith("compares several values with each other, but Diabetes asks for one.")
    assert mended.training.loss == MeanSquaredError()


def test_one_value_for_two_classes_is_not_for_a_choice_among_several() -> None:
    for loss in (Dice(), CosineDistance(), MultiClassHinge(), Focal()):
        drawn = project(Input(), Linear(1), Output(), dataset=Moons(), loss=loss)
        assert [fault.rule for fault in analyse(drawn).faults] == ["answer-width"]
    for loss in (BinaryDice(), BinaryFocal(), SoftMargin()):
        drawn = project(Input(), Linear(1), Output(), dataset=Moons(), loss=loss)
        assert not analyse(drawn).faults
    wide = project(Input(), Linear(3), Output(), dataset=Moons(), loss=BinaryFocal())
    _, mended = fault(wide, "answer-width")
    assert mended.network.node("linear_1").layer == Linear(1)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (PoissonNLL(), "Poisson (NLL) compares counts, but -2 is among the numbers to predict."),
        (KLDivergence(), "compares shares that sum to 1, which the numbers to predict are not."),
    ],
)
def test_numbers_that_a_loss_cannot_compare_are_refused(loss: Loss, words: str, tmp_path: Path) -> None:
    targets = np.linspace(-2, 2, 60, dtype=np.float32).reshape(20, 3)
    np.savez(tmp_path / "data.npz", inputs=np.ones((20, 2), np.float32), targets=targets)
    drawn = learner(loss, open_data(str(tmp_path / "data.npz")), flat, 3)
    drawn = replace(drawn, data=replace(drawn.data, test=0.0, validation=0.0))
    _, happening = trained(tmp_path / "run", drawn)
    assert isinstance(happening[-1], Failed)
    assert words in happening[-1].message


# Several together


def test_a_sum_is_what_it_says() -> None:
    drawn = learner(SUM, Digits(), flat, 10)
    prepared = prepare(drawn.data)
    part = Part(prepared.train, drawn, Preprocessing.of_training(prepared, drawn), CPU)
    _, wanted, truth = part.batch(slice(0, 8))
    values = torch.randn(8, 10)
    rows = nn.functional.one_hot(truth, 10).float()
    expected = nn.functional.cross_entropy(values, truth) + 0.5 * modules.DiceLoss("softmax")(values, rows)
    torch.testing.assert_close(loss_function(drawn)([values], wanted), expected)
    assert read_spec(Loss, write_spec(SUM), "here") == SUM
    assert drawn.with_value("training.loss.losses.1.weight", 2).training.loss.terms()[1][0] == 2


def test_a_sum_of_nothing_or_of_a_sum_is_refused() -> None:
    words, mended = fault(learner(WeightedSum(), Digits(), flat, 10), "empty-sum")
    assert words == "Weighted sum is empty: add the losses that count."
    assert mended.training.loss == CrossEntropy()
    deep = {"type": "WeightedSum", "settings": {"losses": [{"type": "WeightedSum"}]}}
    with pytest.raises(ProjectError, match=r"losses\[0\] is a sum again"):
        read_spec(Loss, deep, "here")


@pytest.mark.parametrize(
    ("losses", "dataset", "words"),
    [
        ((CrossEntropy(), MeanSquaredError()), Digits(), "one takes the values before Softmax, the other those behind"),
        ((MeanSquaredError(), GaussianNLL()), Diabetes(), "one takes values, the other values, then the logarithms"),
        ((MeanSquaredError(), PoissonNLL()), Diabetes(), "one takes values, the other the logarithms of counts"),
    ],
)
def test_losses_that_take_other_values_are_not_added_up(losses: tuple[Loss, ...], dataset: Dataset, words: str) -> None:
    end = [Softmax()] if dataset.task == "classification" else []
    width = len(dataset.classes) or 1
    drawn = project(Input(), *flat(width), *end, Output(), dataset=dataset, loss=WeightedSum(losses))
    found, mended = fault(drawn, "losses-unlike")
    assert words in found
    assert mended.training.loss == losses[0]


def test_each_loss_of_a_sum_must_suit_the_data() -> None:
    drawn = learner(WeightedSum((MeanSquaredError(), Focal())), Diabetes(), flat, 1)
    assert fault(drawn, "loss-against-task")[0].startswith("Focal compares classes, but")
    weighed = drawn.with_value("training.loss", {"type": "WeightedSum", "settings": {"losses": [{"type": "Dice"}]}})
    weighed = replace(weighed, data=learner(SUM, Digits(), flat, 10).data.with_setting("balance", "class weights"))
    assert "balance" in [problem.rule for problem in analyse(weighed).faults]


# What comes of them


def test_counts_are_judged_and_answered_as_counts(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    inputs = rng.uniform(-1, 1, (400, 2)).astype(np.float32)
    counts = rng.poisson(np.exp(1 + inputs @ [1.5, -1])).astype(np.float32)
    np.savez(tmp_path / "data.npz", inputs=inputs, targets=counts)
    opened = open_data(str(tmp_path / "data.npz")).with_setting("predicts", "values")
    run, happening = trained(tmp_path / "run", learner(PoissonNLL(), opened, flat, 1, epochs=60))
    assert isinstance(happening[-1], Finished)
    assert happening[-1].test["r2"] > 0.5
    (answer,) = predict(run, ["0, 0"])
    assert answer.output[0] == pytest.approx(math.e, rel=0.25)
    assert exported_answers(run, tmp_path, torch.zeros(1, 2)) == pytest.approx(answer.output, rel=1e-5)


def exported_answers(run: Run, folder: Path, samples: Tensor) -> list[float]:
    """What the exported source answers to raw samples."""
    *_, written = export(run, "python", folder / "own_source.py")
    assert isinstance(written, Exported)
    names = runpy.run_path(str(written.file))
    return names["predict"](names["load"](), samples).ravel().tolist()


def test_a_gaussian_network_answers_with_what_it_expects(tmp_path: Path) -> None:
    run, happening = trained(tmp_path / "run", learner(GaussianNLL(), Diabetes(), flat, 1, epochs=30))
    assert isinstance(happening[-1], Finished)
    assert evaluate(run).metrics["r2"] > 0.2
    sample = prepare(run.project().data).test.inputs[:1]
    (answer,) = predict(run, [str(sample[0].tolist())])
    assert len(answer.output) == 1
    assert exported_answers(run, tmp_path, torch.from_numpy(sample)) == pytest.approx(answer.output, rel=1e-4)
    for format in ("onnx", "onnx-raw"):
        *_, written = export(run, format, tmp_path / f"{format}.onnx")
        assert isinstance(written, Exported)


@pytest.mark.parametrize("end", [[Linear(10), LogSoftmax()], [AdaptiveLogSoftmax(10, (4, 7))]])
def test_logarithms_are_shown_as_probabilities(end: list[Layer], tmp_path: Path) -> None:
    drawn = project(Input(), Flatten(), *end, Output(), loss=NegativeLogLikelihood(), optimizer=Adam(0.01), epochs=8)
    run, happening = trained(tmp_path / "run", drawn)
    assert only(Finished, happening)[0].test["accuracy"] > 0.8
    sample = prepare(run.project().data).test.inputs[:1]
    (answer,) = predict(run, [str(sample[0].tolist())])
    assert sum(answer.probabilities.values()) == pytest.approx(1)
    assert exported_answers(run, tmp_path, torch.from_numpy(sample)) == [np.argmax(answer.output)]
    for format in ("onnx", "onnx-raw"):
        *_, written = export(run, format, tmp_path / f"{format}.onnx")
        assert isinstance(written, Exported)


def test_an_adaptive_softmax_is_given_as_many_classes_as_there_are() -> None:
    drawn = project(Input(), Flatten(), AdaptiveLogSoftmax(), Output(), loss=NegativeLogLikelihood())
    _, mended = fault(drawn, "answer-width")
    while faults := analyse(mended).faults:
        assert faults[0].fix
        mended = faults[0].fix.apply(mended)
    assert mended.network.nodes[-2].layer == AdaptiveLogSoftmax(10, (1,))


@pytest.mark.parametrize("balance", ["none", "class weights"])
@pytest.mark.parametrize("kind", every(Loss))
def test_the_script_computes_the_same_loss(
    kind: type[Loss], balance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = {
        "classification": "digits",
        "multilabel": "labels",
        "regression": "several numbers",
        "transcription": "a sequence of symbols",
    }
    case = next(case for task, case in cases.items() if task in kind.tasks)
    if balance != "none" and all(loss.weighted((1.0, 1.0), 2, 0) is None for _, loss in chosen(kind).terms()):
        pytest.skip("it has no weights")
    dataset, head, width = CASES[case]
    drawn = learner(chosen(kind), dataset(tmp_path), head, width, optimizer=GradientDescent(0.01), epochs=2)
    drawn = replace(drawn, data=drawn.data.with_setting("balance", balance))
    run, happening = trained(tmp_path / "run", drawn)
    name = f"net_{kind.__name__.lower()}_{balance.replace(' ', '_')}"
    *_, written = export(run, "python", tmp_path / f"{name}.py")
    assert isinstance(written, Exported)
    monkeypatch.syspath_prepend(str(tmp_path))
    threads = torch.get_num_threads()
    runpy.run_path(str(tmp_path / f"{name}_train.py"), run_name="__main__")
    torch.set_num_threads(threads)
    sys.modules.pop(name, None)
    told = [line.split(":")[1].split(",")[0] for line in capsys.readouterr().out.splitlines() if "epoch" in line]
    expected = [event.train["loss"] for event in only(Epoch, happening)]
    assert [float(words.split()[1]) for words in told] == pytest.approx(expected, abs=1e-4, rel=1e-4)


def test_segmentation_is_learned_by_overlap(tmp_path: Path) -> None:
    drawn = learner(Dice(), SCENES, lambda width: [Conv2d(8, 5, padding="same"), Sigmoid(), Conv2d(width, 1)], 11)
    drawn = replace(drawn, training=replace(drawn.training, epochs=10, batch_size=8))
    _, happening = trained(tmp_path / "run", drawn)
    assert isinstance(happening[-1], Finished)
    losses = [event.train["loss"] for event in only(Epoch, happening)]
    assert losses[-1] < losses[0]
