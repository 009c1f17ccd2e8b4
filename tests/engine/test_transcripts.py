"""Sequences of symbols as what is asked for: the loss is torch's, what is judged is what people count."""

import math
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
from torch import nn
from torchmetrics.text import CharErrorRate
from training_runs import only, trained

from engine.analysis import analyse
from engine.augmentation import Augmentation
from engine.build import build, loss_function
from engine.data import Data, prepare
from engine.datasets import Digits, DigitStrings
from engine.datasets.dataset import IGNORED, outcome
from engine.datasets.files import open_data
from engine.datasets.symbols import padded, text_of
from engine.errors import DataError
from engine.evaluation import evaluate, predict
from engine.events import Epoch, Finished
from engine.export import Exported, export
from engine.layers import Conv1d, Flatten, Input, Linear, Output, Softmax, Transpose
from engine.losses import CTC, CrossEntropy, WeightedSum
from engine.measure import resolve
from engine.metrics import CharacterErrorRate
from engine.modules import SymbolErrors, are_same, edits, spelled
from engine.preflight import preflight
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.proposing import proposed
from engine.runs import Run
from engine.scoring import Part
from engine.transcripts import pairs_in, steps_needed
from engine.workbench import Workbench

CPU = torch.device("cpu")
FEW = DigitStrings(fewest_digits=1, most_digits=3, strings=40, noise=0.0)
SYMBOLS = "abcdefg"


def reader(dataset: Any = FEW, *end: Any, **training: Any) -> Project:
    """The least network that reads columns one after the other."""
    chosen: dict[str, Any] = {"loss": CTC(), "metrics": (CharacterErrorRate(),), "epochs": 2, **training}
    layers = (Flatten(1, 2), Conv1d(16, 5, stride=2), Conv1d(len(dataset.classes) + 1, 3), *end)
    return project(Input(), *layers, Output(), dataset=dataset, **chosen)


def of_ctc(loss: CTC) -> nn.Module:
    return loss.function().made(resolve)


# The loss


@pytest.mark.parametrize("blank", ["first", "last"])
def test_it_is_the_ctc_loss_of_torch(blank: str) -> None:
    torch.manual_seed(0)
    values = torch.randn(4, 6, 12, requires_grad=True)
    sequences = [[0, 1, 1, 4], [3], [2, 2], [4, 3, 2, 1, 0]]
    found = of_ctc(CTC(blank=blank))(values, torch.from_numpy(padded(sequences)))
    (slope,) = torch.autograd.grad(found, values)

    by_hand = nn.CTCLoss(blank=0 if blank == "first" else 5)
    offset = 1 if blank == "first" else 0
    flat = torch.tensor([number + offset for sequence in sequences for number in sequence])
    lengths = tuple(map(len, sequences))
    expected = by_hand(values.log_softmax(1).permute(2, 0, 1), flat, (12,) * 4, lengths)
    (expected_slope,) = torch.autograd.grad(expected, values)
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)
    assert torch.allclose(slope, expected_slope, atol=1e-6)


def test_what_needs_too_many_steps_is_infinite_or_passed_over() -> None:
    values, targets = torch.zeros(2, 4, 3), torch.tensor([[1, 1, 1], [0, -100, -100]])
    assert of_ctc(CTC())(values, targets).isinf()
    passing = of_ctc(CTC(zero_infinity=True))(values, targets)
    alone = of_ctc(CTC())(values[1:], targets[1:])
    assert passing.item() == pytest.approx(alone.item() / 2)


def test_a_network_that_ends_in_softmax_trains_on_what_is_before_it() -> None:
    plain, closed = reader(), reader(FEW, Softmax(1))
    torch.manual_seed(0)
    values = build(plain).training_values(torch.ones(2, *FEW.shape))[0]
    torch.manual_seed(0)
    network = build(closed)
    assert torch.equal(network.training_values(torch.ones(2, *FEW.shape))[0], values)
    assert torch.allclose(network.eval()(torch.ones(2, *FEW.shape)).sum(1), torch.ones(1))


# What is spelled, and how far from the truth it is


def scores_of(words: list[str], blank: str) -> torch.Tensor:
    """Scores whose best symbol at each step is that of the word; “-” is the blank."""
    known = f"-{SYMBOLS}" if blank == "first" else f"{SYMBOLS}-"
    best = torch.tensor([[known.index(letter) for letter in word] for word in words])
    return nn.functional.one_hot(best, len(known)).movedim(-1, 1).float()


@pytest.mark.parametrize("blank", ["first", "last"])
def test_runs_are_one_symbol_and_blanks_none(blank: str) -> None:
    found = spelled(scores_of(["aab-b--c", "--------", "abcdefga", "aaaaaaaa"], blank), blank)
    assert [text_of(row.numpy(), SYMBOLS) for row in found] == ["abbc", "", "abcdefga", "a"]
    assert found.shape == (4, 8)
    assert (found[1] == IGNORED).all()


def test_edits_and_error_rate_are_those_of_torchmetrics() -> None:
    rng = np.random.default_rng(0)
    words = [["".join(rng.choice(list("abc"), rng.integers(0, 9))) for _ in range(60)] for _ in range(2)]
    words[1] = [word or "a" for word in words[1]]
    answers, truth = (
        torch.from_numpy(padded([[SYMBOLS.index(letter) for letter in word] for word in part], 9)) for part in words
    )
    ours, theirs = SymbolErrors(), CharErrorRate()
    for rows in torch.arange(60).split(25):
        ours.update(answers[rows], truth[rows])
        theirs.update([words[0][row] for row in rows], [words[1][row] for row in rows])
    assert ours.compute().item() == pytest.approx(theirs.compute().item())
    alike = [one == other for one, other in zip(*words, strict=True)]
    assert (edits(answers, truth) == 0).tolist() == alike
    assert are_same(answers, truth[:, :8] if (truth[:, 8] < 0).all() else truth).tolist() == alike


def test_sequences_of_other_lengths_are_not_the_same() -> None:
    some, others = torch.tensor([[1, 2, -100], [1, 2, 3]]), torch.tensor([[1, 2], [1, 2]])
    assert are_same(some, others).tolist() == [True, False]
    assert are_same(others, some).tolist() == [True, False]


def test_a_part_is_judged_by_whole_sequences_and_by_symbols() -> None:
    drawn = reader()
    prepared = prepare(drawn.data)
    part = Part(prepared.test, drawn, Preprocessing.of_training(prepared, drawn), CPU)
    torch.manual_seed(0)
    network = build(drawn)
    metrics, confusion = part.judge(network, loss_function(drawn), 3)
    answered = [one.label for one in answers_of(drawn, network, prepared.test.inputs)]
    true = [text_of(target, "0123456789") for target in prepared.test.targets]
    assert confusion is None
    assert set(metrics) == {"loss", "accuracy", "character_error_rate"}
    assert metrics["accuracy"] == np.mean([one == other for one, other in zip(answered, true, strict=True)])
    assert metrics["character_error_rate"] == pytest.approx(CharErrorRate()(answered, true).item())


def answers_of(drawn: Project, network: Any, inputs: np.ndarray) -> list[Any]:
    from engine.evaluation import Prediction

    prepared = prepare(drawn.data)
    scaled = torch.from_numpy(Preprocessing.of_training(prepared, drawn).apply(inputs))
    with torch.inference_mode():
        numbers = spelled(network.eval()(scaled))
    return [Prediction("", [], text_of(row.numpy(), drawn.data.dataset.classes)) for row in numbers]


def test_chance_is_a_guess_at_every_step() -> None:
    report = outcome(preflight(reader()))
    (first,) = (check for check in report.checks if check.name == "first loss")
    drawn = reader()
    bench = Workbench(drawn, prepare(drawn.data))
    _, targets, _ = bench.training.batch(slice(0, 32))
    steps = analyse(drawn).nodes["output_1"].output_shape[1]
    chance = of_ctc(CTC())(torch.zeros(len(targets[0]), 11, steps), targets[0]).item()
    said = re.search(r"guessing would give ([\d.]+\d)", first.message)
    assert said
    assert float(said[1]) == pytest.approx(chance, rel=0.3)


# On the canvas


def test_steps_before_scores_are_told_and_turned() -> None:
    turned = reader(FEW, Transpose())
    (fault,) = analyse(turned).faults
    assert fault.message == "The answer must be scores × steps, but Output receives 13×11, steps × scores."
    assert not analyse(fault.fix.apply(turned)).faults


def test_other_scores_than_symbols_are_told_and_mended() -> None:
    drawn = project(Input(), Flatten(1, 2), Conv1d(10, 3), Output(), dataset=FEW, loss=CTC())
    (fault,) = analyse(drawn).faults
    assert fault.message == (
        "The network gives 10 values at each step, but Digit strings needs 11: one for each of its 10 symbols, and one "
        "for none."
    )
    assert not analyse(fault.fix.apply(drawn)).faults


def test_an_image_as_the_answer_becomes_steps_by_two_fixes() -> None:
    from engine.layers import Conv2d

    drawn = project(Input(), Conv2d(4, 3), Output(), dataset=FEW, loss=CTC())
    for _ in range(2):
        (fault,) = analyse(drawn).faults
        drawn = fault.fix.apply(drawn)
    assert not analyse(drawn).faults


def test_steps_with_many_features_get_a_layer_that_scores_each() -> None:
    from engine.layers import LSTM

    drawn = project(Input(), Flatten(1, 2), Transpose(), LSTM(8), Output(), dataset=FEW, loss=CTC())
    for _ in range(2):
        (fault,) = analyse(drawn).faults
        drawn = fault.fix.apply(drawn)
    assert not analyse(drawn).faults
    assert Linear(11) in [node.layer for node in drawn.network.nodes]


def test_too_few_steps_are_told_before_and_found_in_the_samples() -> None:
    narrow = project(Input(), Flatten(1, 2), Conv1d(11, 33), Conv1d(11, 1, stride=1), Output(), dataset=FEW, loss=CTC())
    assert "answers at 1 step, but" in analyse(narrow).faults[0].message
    # Three steps are enough for three symbols, but not for three of the same.
    tight = project(
        Input(), Flatten(1, 2), Conv1d(11, 31), Output(), dataset=DigitStrings(3, 3, strings=400), loss=CTC()
    )
    assert analyse(tight).nodes["output_1"].output_shape == (11, 3)
    assert not analyse(tight).faults
    with pytest.raises(DataError, match=r"“\d{3}”, sample \d+ for training, needs 5 steps, but the network gives 3\."):
        Workbench(tight, prepare(tight.data))
    bench = Workbench(tight.with_value("training.loss", CTC(zero_infinity=True)), prepare(tight.data))
    assert math.isfinite(bench.judge(bench.test)[0]["loss"])


def test_other_losses_and_classes_are_refused() -> None:
    for drawn, words in (
        (
            reader(loss=CrossEntropy()),
            "Cross-entropy compares classes, but Digit strings asks for sequences of symbols.",
        ),
        (
            project(Input(), Flatten(), Linear(10), Output(), loss=CTC()),
            "CTC compares sequences of symbols, but Digits (8×8) asks for classes.",
        ),
    ):
        faults = [fault for fault in analyse(drawn).faults if fault.rule == "loss-against-task"]
        assert [fault.message for fault in faults] == [words]
        assert not [fault for fault in analyse(faults[0].fix.apply(drawn)).faults if fault.rule == "loss-against-task"]
    assert Digits().task == "classification"


def test_classes_cannot_be_balanced_and_samples_not_mixed() -> None:
    drawn = reader()
    weighed = replace(drawn, data=replace(drawn.data, balance="class weights"))
    assert "no classes to balance" in analyse(weighed).faults[0].message
    mixed = replace(drawn, data=replace(drawn.data, augmentation=(Augmentation.kinds["Mixup"](),)))
    assert "CTC takes one class for each sample" in analyse(mixed).faults[0].message


def test_a_sum_may_hold_it() -> None:
    summed = reader(loss=WeightedSum((CTC(blank="last", weight=2.0),)))
    prepared = prepare(summed.data)
    part = Part(prepared.test, summed, Preprocessing.of_training(prepared, summed), CPU)
    inputs, targets, _ = part.batch(slice(0, 4))
    values = build(summed).training_values(inputs)
    alone = of_ctc(CTC(blank="last"))(values[0], targets[0])
    assert loss_function(summed)(values, targets).item() == pytest.approx(2 * alone.item())
    assert torch.equal(part.decided(values[0]), spelled(values[0], "last"))


def test_needed_steps_count_what_repeats() -> None:
    assert steps_needed(padded([[1, 1, 1], [1, 2, 3], [], [5, 5]])).tolist() == [5, 3, 0, 3]


# Trained, asked, taken away


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run, happening = trained(tmp_path_factory.mktemp("reader") / "run", reader(epochs=2))
    (end,) = only(Finished, happening)
    assert {"loss", "accuracy", "character_error_rate"} == set(end.test)
    assert all(math.isfinite(epoch.train["loss"]) for epoch in only(Epoch, happening))
    return run


def test_it_is_asked_for_sequences(run: Run, tmp_path: Path) -> None:
    test = prepare(run.project().data).test
    np.save(tmp_path / "some.npy", test.inputs[:3])
    found = predict(run, [str(tmp_path / "some.npy")])
    assert all(set(one.label or "") <= set("0123456789") for one in found)
    assert found[0].in_words() == f"“{found[0].label}”"
    assert np.shape(found[0].output) == (11, 13)
    assert evaluate(run).metrics == pytest.approx(run.result().test)


def test_a_run_keeps_what_was_answered_to_the_test(run: Run) -> None:
    test = prepare(run.project().data).test
    pairs = pairs_in(run.path / "artifacts" / run.result().transcripts)
    assert [pair.true for pair in pairs] == [text_of(target, "0123456789") for target in test.targets]
    right = [pair.true == pair.answered for pair in pairs]
    assert np.mean(right) == pytest.approx(run.result().test["accuracy"])


@pytest.mark.parametrize("content", [b"", b"[1]", b'[["a"]]', b"[" * 10_000, b" " * 10_000_001])
def test_a_damaged_file_of_sequences_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "transcripts.json").write_bytes(content)
    with pytest.raises(ValueError, match="transcripts"):
        pairs_in(tmp_path / "transcripts.json")


@pytest.mark.parametrize("kind", ["onnx", "safetensors"])
def test_it_is_taken_away(run: Run, kind: str, tmp_path: Path) -> None:
    *_, done = export(run, kind, tmp_path / f"net.{kind}")
    assert isinstance(done, Exported)
    assert done.max_difference < 1e-4


def test_the_script_trains_and_reads(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, _done = export(run, "python", tmp_path / "net.py")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = runpy.run_path(str(tmp_path / "net.py"))
    test = prepare(run.project().data).test
    numbers = module["predict"](module["load"](), torch.from_numpy(test.inputs[:3]))
    np.save(tmp_path / "some.npy", test.inputs[:3])
    assert [module["text"](row) for row in numbers] == [one.label for one in predict(run, [str(tmp_path / "some.npy")])]
    script = runpy.run_path(str(tmp_path / "net_train.py"))
    script["main"]()
    sys.modules.pop("net", None)


# Arrays of one's own


ROWS = [[3, 1, 2], [2, 2, -1], [1, -1, -1], [3, 3, 1], [2, -1, -1], [1, 3, -1]] * 4


def arrays(folder: Path, targets: Any, **more: Any) -> Any:
    inputs = np.random.default_rng(0).normal(size=(len(targets), 4, 30)).astype(np.float32)
    np.savez(folder / "data.npz", x=inputs, y=np.array(targets), **more)
    return open_data(str(folder / "data.npz")).with_setting("predicts", "sequences")


def said(dataset: Any, part: str = "train") -> list[str]:
    return [text_of(row, dataset.classes) for row in getattr(dataset.load(), part).targets]


def test_rows_of_numbers_that_are_filled_up_are_sequences(tmp_path: Path) -> None:
    dataset = arrays(tmp_path, ROWS)
    assert (dataset.lacks, dataset.task, dataset.classes, dataset.longest) == ("", "transcription", ("1", "2", "3"), 3)
    assert said(dataset)[:4] == ["312", "22", "1", "331"]
    named = dataset.with_setting("class_names", ["a", "b", "c"])
    assert said(named)[:4] == ["cab", "bb", "a", "cca"]


def test_any_value_may_fill_up(tmp_path: Path) -> None:
    dataset = arrays(tmp_path, np.maximum(ROWS, 0)).with_setting("ignored_values", ["0"])
    assert dataset.classes == ("1", "2", "3")
    assert said(dataset)[:4] == ["312", "22", "1", "331"]


def test_texts_in_arrays_are_sequences_of_their_characters(tmp_path: Path) -> None:
    texts = ["ab", "b a", "abba", "c"] * 6
    dataset = arrays(tmp_path, texts)
    assert (dataset.classes, dataset.longest) == ((" ", "a", "b", "c"), 4)
    assert said(dataset) == texts
    drawn = proposed(Data(dataset))
    assert not analyse(drawn).faults
    assert [text_of(row, dataset.classes) for row in prepare(drawn.data).train.targets]


def test_sequences_that_cannot_be_used_are_left_out_and_told(tmp_path: Path) -> None:
    more = {"x_test": np.zeros((3, 4, 30), np.float32), "y_test": np.array([[1, 9, -1], [1, 1, -1], [-1, -1, -1]])}
    dataset = arrays(tmp_path, [*ROWS, [1, -1, 2]], **more)
    loaded = dataset.load()
    assert said(dataset, "test") == ["11"]
    assert [f"{one.place}: {one.reason}" for one in loaded.skipped] == [
        "sample 24 of “y”: its sequence goes on behind -1, which fills it up",
        "sample 0 of “y_test”: “9” in its sequence is in none for training",
        "sample 2 of “y_test”: its sequence is empty",
    ]


def test_numbers_with_a_fraction_are_no_sequences(tmp_path: Path) -> None:
    assert arrays(tmp_path, np.ones((24, 3)) / 2).lacks == (
        "“y” holds no sequences: they are texts, or rows of whole numbers."
    )
