"""Networks that learned from texts, sounds and tables in time, asked as people ask them; their data is not there."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from drawings import project
from training_runs import trained

from engine.cli import main
from engine.datasets import Dataset, LabelledTexts, Sounds, Table, TableWindows, TextFile
from engine.datasets.files import open_data
from engine.datasets.text.whole import sample_of
from engine.errors import DataError
from engine.evaluation import predict
from engine.layers import Embedding, Flatten, Input, Layer, Linear, Output, Permute
from engine.losses import Loss, MeanSquaredError
from engine.optimizers import Adam
from engine.preprocessing import learned_in
from engine.runs import Run
from engine.spec import carried_over

ANIMALS = "".join(f"the {word} {verb} here,animal\n" for word in ("cat", "dog") for verb in ("runs", "eats", "sits"))
PLANTS = "".join(f"a {word} {verb} there,plant\n" for word in ("rose", "oak") for verb in ("grows", "blooms", "wilts"))
STEPS = 8


def run_of(folder: Path, dataset: Dataset, *layers: Layer, epochs: int = 3, loss: Loss | None = None) -> Run:
    """A run on data that is gone afterwards."""
    network = project(
        Input(), *layers, Output(), dataset=dataset, loss=loss, optimizer=Adam(learning_rate=0.02), epochs=epochs
    )
    run, _ = trained(folder / "run", network)
    shutil.rmtree(folder / "data")
    return run


@pytest.fixture(scope="module")
def about_texts(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("labelled")
    (folder / "data").mkdir()
    (folder / "data/a.csv").write_text("text,label\n" + (ANIMALS + PLANTS) * 20)
    dataset = open_data(str(folder / "data/a.csv"))
    assert isinstance(dataset, LabelledTexts)
    size = len(dataset.vocabulary)
    return run_of(folder, dataset, Embedding(size, 8), Flatten(), Linear(2), epochs=15)


@pytest.fixture(scope="module")
def what_is_next(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("text")
    (folder / "data").mkdir()
    (folder / "data/a.txt").write_text("abcd" * 200)
    dataset = open_data(str(folder / "data/a.txt")).with_settings({"steps": STEPS, "windows": 400})
    assert isinstance(dataset, TextFile)
    return run_of(folder, dataset, Embedding(4, 8), Linear(4), Permute((2, 1)), epochs=20)


@pytest.fixture(scope="module")
def about_sounds(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("sounds")
    for name, pitch in (("high", 2000), ("low", 200)):
        (folder / "data" / name).mkdir(parents=True)
        for number in range(16):
            soundfile.write(folder / f"data/{name}/{number}.wav", tone(pitch + number), 8000)
    dataset = open_data(str(folder / "data"))
    assert isinstance(dataset, Sounds)
    return run_of(folder, dataset, Flatten(), Linear(2))


@pytest.fixture(scope="module")
def what_follows(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("windows")
    (folder / "data").mkdir()
    (folder / "data/a.csv").write_text(rows(300))
    table = open_data(str(folder / "data/a.csv"))
    assert isinstance(table, Table)
    dataset = carried_over(table.with_setting("target", "load"), TableWindows())
    dataset = dataset.with_settings({"window": STEPS, "horizon": 2})
    return run_of(folder, dataset, Flatten(), Linear(2), loss=MeanSquaredError())


def tone(pitch: float) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * pitch * np.arange(4000) / 8000)).astype(np.float32)


def rows(count: int) -> str:
    return "wave,load\n" + "".join(f"{np.sin(row / 5):.4f},{row / 2 + 0.25}\n" for row in range(count))


def test_a_text_is_given_a_class(about_texts: Run, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("a rose blooms there")
    animal, plant, strange = predict(about_texts, ["the dog eats here", str(tmp_path / "b.txt"), "the zebra, 1"])
    assert (animal.label, plant.label) == ("animal", "plant")
    assert animal.probabilities["animal"] > 0.5
    assert (animal.notes, strange.notes) == ((), ("3 of 4 words are not known to the network.",))


def test_numbers_of_tokens_are_still_taken(about_texts: Run) -> None:
    dataset = about_texts.project().data.dataset.with_settings(learned_in(about_texts))
    assert isinstance(dataset, LabelledTexts)
    numbers = str(sample_of("the dog eats here", dataset.vocabulary, dataset.steps).tolist())
    written, numbered = predict(about_texts, ["the dog eats here", numbers])
    assert written.output == pytest.approx(numbered.output)


def test_a_long_text_is_cut_and_that_is_told(about_texts: Run) -> None:
    (long,) = predict(about_texts, ["the dog eats here " * 10])
    assert long.notes == ("Only the first 4 of 40 words are read.",)


def test_what_comes_next_is_said_and_gone_on_with(what_is_next: Run, capsys: pytest.CaptureFixture[str]) -> None:
    short, long = predict(what_is_next, ["ab", "bcdabcdabcda"], tokens=6)
    assert (short.label, long.label) == ("c", "b")
    assert (short.continuation, long.continuation) == ("cdabcd", "bcdabc")
    assert short.probabilities["c"] > 0.9
    assert main(["predict", str(what_is_next.path), "abc", "--continue", "5"]) == 0
    assert "abc: … dabcd" in capsys.readouterr().out


def test_a_sound_is_given_a_class(about_sounds: Run, tmp_path: Path) -> None:
    for name, pitch in (("one", 2100), ("two", 150)):
        soundfile.write(tmp_path / f"{name}.wav", tone(pitch), 8000)
    found = predict(about_sounds, [str(tmp_path / "one.wav"), str(tmp_path / "two.wav")])
    assert [item.label for item in found] == ["high", "low"]


def test_the_values_after_a_table_are_forecast(what_follows: Run, tmp_path: Path) -> None:
    for count in (STEPS, 100):
        (tmp_path / f"{count}.csv").write_text(rows(count))
    short, long = predict(what_follows, [str(tmp_path / f"{STEPS}.csv"), str(tmp_path / "100.csv")])
    assert [len(item.output) for item in (short, long)] == [2, 2]
    window = np.array([[np.sin(row / 5) for row in range(STEPS)], [row / 2 + 0.25 for row in range(STEPS)]], np.float32)
    np.save(tmp_path / "window.npy", window)
    (given,) = predict(what_follows, [str(tmp_path / "window.npy")])
    assert short.output == pytest.approx(given.output, rel=1e-3)
    assert (short.notes, long.notes) == ((), ("Its last 8 of 100 rows are read.",))


@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        ("about_texts", " ", "The text is empty"),
        ("about_texts", "nowhere.txt", "There is no file nowhere.txt"),
        ("what_is_next", "", "beginning of the text is empty"),
        ("what_is_next", "abz", "never met the characters “z”"),
        ("about_sounds", "nowhere.wav", "There is no file nowhere.wav"),
        ("about_sounds", "broken.wav", "it is no sound"),
        ("what_follows", "nowhere.csv", "There is no file nowhere.csv"),
        ("what_follows", "short.csv", "has 3 rows"),
        ("what_follows", "other.csv", "lacks the column “wave”"),
    ],
)
def test_what_cannot_be_asked_is_told(
    name: str, asked: str, words: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.wav").write_text("no sound")
    (tmp_path / "short.csv").write_text(rows(3))
    (tmp_path / "other.csv").write_text("load\n" + "1\n" * 20)
    with pytest.raises(DataError, match=words):
        predict(request.getfixturevalue(name), [asked])


def test_only_a_text_is_gone_on_with(about_sounds: Run, what_is_next: Run, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "one.wav", tone(2100), 8000)
    with pytest.raises(DataError, match="cannot go on with a text"):
        predict(about_sounds, [str(tmp_path / "one.wav")], tokens=5)
    with pytest.raises(DataError, match="no text to go on with"):
        predict(what_is_next, ["[0, 1, 2, 3, 0, 1, 2, 3]"], tokens=5)
