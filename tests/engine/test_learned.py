"""What is learned from samples sees none but those that are trained on: the others may be anything."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from drawings import project
from training_runs import trained

from engine.data import Data, divided, prepare
from engine.datasets import LabelledTexts
from engine.datasets.dataset import Dataset, Feature, Layout
from engine.datasets.files import open_data
from engine.datasets.hugging_face import HuggingFace
from engine.evaluation import evaluate, predict
from engine.events import Finished, Warning
from engine.export.preparation import calls_of, prepared
from engine.layers import Embedding, Flatten, Input, Linear, Output
from engine.preprocessing import FILE, Preprocessing
from engine.runs import Run
from engine.steps import Bins, Clip, Embed, FillMissing, Logarithm, MinMax, OneHot, Robust, Standardise, Step
from engine.trainer import record, train

WORDS = ("good", "bad", "film", "story", "long", "short", "fine", "poor", "music", "light")
TOKENS = ("words", "characters", "byte pairs")


def reviews(count: int = 60) -> list[tuple[str, str]]:
    """Texts of eight words with a label each."""
    draws = np.random.default_rng(0)
    return [(" ".join(draws.choice(WORDS, 8)), ("no", "yes")[number % 2]) for number in range(count)]


def as_csv(rows: list[tuple[str, str]]) -> str:
    return "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows)


def texts_in(path: Path, rows: list[tuple[str, str]], tokens: str = "words") -> Data:
    path.write_text(as_csv(rows))
    found = open_data(str(path))
    assert isinstance(found, LabelledTexts)
    return Data(found.with_settings({"tokens": tokens, "vocabulary_size": 300, "steps": 12}).refreshed())


def held_out(data: Data) -> set[int]:
    """The rows that are not trained on."""
    rows = divided(data, data.dataset.load())
    return {*rows.validation.tolist(), *rows.test.tolist()}


@pytest.mark.parametrize("tokens", TOKENS)
def test_no_text_that_is_not_trained_on_changes_the_vocabulary(tmp_path: Path, tokens: str) -> None:
    rows = reviews()
    data = texts_in(tmp_path / "a.csv", rows, tokens)
    others = held_out(data)
    strange = [
        ("Zyzzyva zebra zebra zoo zoo quiz quiz é" if n in others else text, label)
        for n, (text, label) in enumerate(rows)
    ]
    before = prepare(data)
    after = prepare(texts_in(tmp_path / "a.csv", strange, tokens))
    # A design knows the settings as they are for all texts, so only these may differ.
    learned = [data.dataset.with_settings(one.learned) for one in (before, after)]
    vocabularies = [one.vocabulary for one in learned if isinstance(one, LabelledTexts)]
    assert len(vocabularies) == 2
    assert vocabularies[0] == vocabularies[1]
    assert "zoo" not in vocabularies[0].found
    assert np.array_equal(before.train.inputs, after.train.inputs)
    assert not np.array_equal(before.test.inputs, after.test.inputs)


@pytest.mark.parametrize("tokens", TOKENS)
def test_what_is_learned_of_texts_fits_the_network_that_was_drawn_for_all(tmp_path: Path, tokens: str) -> None:
    rows = [(f"{text} word{number} word{number}", label) for number, (text, label) in enumerate(reviews())]
    data = texts_in(tmp_path / "a.csv", rows, tokens)
    found = prepare(data)
    assert isinstance(data.dataset, LabelledTexts)
    highest = max(part.inputs.max() for part in (found.train, found.validation, found.test))
    assert highest < len(data.dataset.vocabulary)
    assert {*found.learned} == {"counts"}
    own = data.dataset.with_settings(found.learned)
    assert not own.is_stale
    assert (own.shape, own.classes) == (data.dataset.shape, data.dataset.classes)


def run_of(folder: Path, data: Data) -> tuple[Run, Finished]:
    assert isinstance(data.dataset, LabelledTexts)
    layers = (Input(), Embedding(len(data.dataset.vocabulary), 4), Flatten(), Linear(2), Output())
    drawn = project(*layers, dataset=data.dataset, epochs=2)
    run, happened = trained(folder, msgspec.structs.replace(drawn, data=data))
    assert isinstance(happened[-1], Finished)
    return run, happened[-1]


def test_a_run_is_asked_with_the_words_that_it_learned(tmp_path: Path) -> None:
    rows = reviews()
    data = texts_in(tmp_path / "a.csv", rows)
    others = held_out(data)
    rows = [(f"{text} zebra zebra" if n in others else text, label) for n, (text, label) in enumerate(rows)]
    data = texts_in(tmp_path / "a.csv", rows)
    assert isinstance(data.dataset, LabelledTexts)
    assert "zebra" in data.dataset.vocabulary.found
    run, end = run_of(tmp_path / "run", data)
    assert evaluate(run, "test").metrics == pytest.approx(end.test, rel=1e-4)  # pyright: ignore
    assert evaluate(run, "validation").metrics == pytest.approx(end.validation, rel=1e-4)  # pyright: ignore
    (answer,) = predict(run, ["a good zebra"])
    assert answer.notes == ("2 of 3 words are not known to the network.",)
    again = list(record(run, train(run, True, changes={"training.epochs": 3})))
    assert isinstance(again[-1], Finished)
    assert not [event for event in again if isinstance(event, Warning)], "these are the samples that it was begun on"
    assert predict(run, ["a good zebra"])[0].notes == answer.notes


def never(self: Dataset, loaded: object, rows: object) -> tuple[Dataset, object]:
    del rows
    return self, loaded


def test_a_run_of_before_is_asked_with_the_words_of_all_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"{text} only{number} only{number}", label) for number, (text, label) in enumerate(reviews())]
    data = texts_in(tmp_path / "a.csv", rows)
    with monkeypatch.context() as patch:
        patch.setattr(LabelledTexts, "load_to_learn", LabelledTexts.load)
        patch.setattr(LabelledTexts, "learned", never)
        run, end = run_of(tmp_path / "run", data)
    kept = json.loads((run.path / FILE).read_bytes())
    del kept["learned"]
    (run.path / FILE).write_text(json.dumps(kept))
    assert evaluate(run, "test").metrics == pytest.approx(end.test, rel=1e-4)  # pyright: ignore
    assert not predict(run, ["only3 only5"])[0].notes


def test_texts_of_hugging_face_are_learned_from_as_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = pytest.importorskip("datasets", reason="the package “datasets” is not installed (an extra of Layerloom)")
    bars = pytest.importorskip("tqdm")
    # A bar has a thread of its own.
    monkeypatch.setattr(bars.tqdm, "monitor_interval", 0)
    rows = [(f"{text} only{number} only{number}", label) for number, (text, label) in enumerate(reviews())]
    rows.insert(3, ("", "no"))
    columns = {"text": [text for text, _ in rows], "label": [label for _, label in rows]}
    package.Dataset.from_dict(columns).save_to_disk(str(tmp_path / "saved"))
    dataset = open_data(str(tmp_path / "saved"))
    assert isinstance(dataset, HuggingFace)
    data = Data(dataset)
    own = dataset.with_settings(prepare(data).learned)
    del rows[3]
    trained_on = {f"only{rows[row][0].split('only')[-1]}" for row in divided(data, dataset.load()).train.tolist()}
    assert isinstance(own, HuggingFace)
    assert {word for word in own.vocabulary.found if word.startswith("only")} == trained_on
    assert len(trained_on) < len(rows)


# Tables


EVERY: dict[str, tuple[Step, ...]] = {
    "one-hot": (FillMissing(), OneHot(), Standardise()),
    "embed": (FillMissing(), Embed(), MinMax()),
    "robust": (FillMissing(method="mean"), Clip(), Logarithm(), Robust(), OneHot()),
    "bins": (FillMissing(), Bins(count=4), OneHot()),
    "bins around centres": (FillMissing(), Bins(count=3, strategy="kmeans"), Embed()),
}


def a_table(path: Path, change: Callable[[int, list[str]], list[str]]) -> Data:
    draws, rows = np.random.default_rng(1), ["Age,Town,Fare,Bought"]
    for number in range(200):
        cells = [str(draws.integers(1, 80)), str(draws.choice(["Ulm", "Bonn", "Kiel"])), f"{draws.exponential():.3f}"]
        cells[number % 3] = "" if number % 11 == 0 else cells[number % 3]
        rows.append(",".join([*change(number, cells), ("no", "yes")[number % 2]]))
    path.write_text("\n".join(rows))
    return Data(open_data(str(path)))


def as_it_is(number: int, cells: list[str]) -> list[str]:
    del number
    return cells


@pytest.mark.parametrize("name", EVERY)
def test_no_row_that_is_not_trained_on_changes_a_step(tmp_path: Path, name: str) -> None:
    data = a_table(tmp_path / "a.csv", as_it_is)
    others = held_out(data)

    def strange(number: int, cells: list[str]) -> list[str]:
        return ["1000000", "Kiel", "-99999"] if number in others else cells

    found = [
        prepare(msgspec.structs.replace(one, steps=EVERY[name])) for one in (data, a_table(tmp_path / "a.csv", strange))
    ]
    assert found[0].steps == found[1].steps
    assert found[0].inputs == found[1].inputs
    assert [one.unseen for one in found[0].features] == [one.unseen for one in found[1].features]
    assert np.array_equal(found[0].train.inputs, found[1].train.inputs, equal_nan=True)


@pytest.mark.parametrize("step", [OneHot(), Embed()])
def test_a_category_of_others_counts_as_one_that_is_not_known(tmp_path: Path, step: Step) -> None:
    others = held_out(a_table(tmp_path / "a.csv", as_it_is))

    def moved(number: int, cells: list[str]) -> list[str]:
        return [cells[0], "Aalen", cells[2]] if number in others else cells

    data = msgspec.structs.replace(a_table(tmp_path / "a.csv", moved), steps=(FillMissing(), step, Standardise()))
    assert data.dataset.layout.features[1].categories == ("Aalen", "Bonn", "Kiel", "Ulm")
    found = prepare(data)
    assert found.features[1].unseen == ("Aalen",)
    assert any("no training sample has Aalen" in word for word in found.steps[1].words)
    known = Preprocessing.of(found, "classification")
    raw = found.test.inputs[:5].copy()
    # What no training sample has is what was never heard of: in NumPy and in what is exported.
    raw[:, 1] = 0
    unheard = raw.copy()
    unheard[:, 1] = -1
    assert np.array_equal(known.apply(raw), known.apply(unheard))
    torch = pytest.importorskip("torch")
    calls = calls_of(known)
    answers = [known.inputs.apply(prepared(torch.from_numpy(one), calls).numpy()) for one in (raw, unheard)]
    assert np.allclose(answers[0], known.apply(raw), atol=1e-6)
    assert np.array_equal(answers[0], answers[1])


def test_a_category_that_no_training_sample_has_is_said_when_it_is_asked(tmp_path: Path) -> None:
    others = held_out(a_table(tmp_path / "a.csv", as_it_is))

    def moved(number: int, cells: list[str]) -> list[str]:
        return [cells[0], "Aalen", cells[2]] if number in others else cells

    data = msgspec.structs.replace(a_table(tmp_path / "a.csv", moved), steps=(FillMissing(), OneHot(), Standardise()))
    drawn = project(Input(), Linear(2), Output(), dataset=data.dataset, epochs=1)
    run, _ = trained(tmp_path / "run", msgspec.structs.replace(drawn, data=data))
    here, there = predict(run, ['{"Age": 3, "Town": "Aalen", "Fare": 1}', '{"Age": 3, "Town": "Rome", "Fare": 1}'])
    assert here.notes == ("Row 1, column “Town”: “Aalen” did not occur in training; known are Bonn, Kiel, Ulm.",)
    assert here.output == there.output


def test_steps_of_a_run_of_before_know_all_categories() -> None:
    layout = Layout((1,), (Feature("Town", ("Bonn", "Ulm")),))
    fitted = OneHot().fit(np.array([[0.0], [1.0]], np.float32), layout)
    assert fitted.unseen == ()
    assert fitted.apply(np.array([[1.0]], np.float32)).tolist() == [[0, 1]]
