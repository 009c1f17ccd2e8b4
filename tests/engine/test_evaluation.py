"""What a trained network answers, and how good it is."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from drawings import project
from networks import NETWORKS
from PIL import Image
from training_runs import trained

from engine.data import prepare
from engine.datasets import Dataset, Digits, Iris, XorPoints
from engine.datasets.files import open_data
from engine.errors import DataError, RunError
from engine.evaluation import evaluate, load_model, predict, read_input
from engine.events import Finished
from engine.layers import Input, Linear, Output
from engine.losses import BinaryCrossEntropy, MeanSquaredError
from engine.project import Project
from engine.runs import Run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    folder = tmp_path_factory.mktemp("runs")
    drawn = NETWORKS | {
        "logits": project(Input(), Linear(3), Output(), dataset=Iris(), epochs=5),
        "one logit": project(Input(), Linear(1), Output(), dataset=XorPoints(), loss=BinaryCrossEntropy(), epochs=5),
        "values": project(Input(), Linear(3), Output(), dataset=Iris(), loss=MeanSquaredError(), epochs=5),
    }
    return {name: trained(folder / name.replace(" ", "-"), network)[0] for name, network in drawn.items()}


@pytest.mark.parametrize("name", [*NETWORKS, "logits", "one logit", "values"])
def test_the_evaluation_agrees_with_the_end_of_the_training(name: str, runs: dict[str, Run]) -> None:
    end = runs[name].events()[-1]
    assert isinstance(end, Finished)

    for split, expected in (("test", end.test), ("validation", end.validation)):
        assert evaluate(runs[name], split).metrics == pytest.approx(expected, rel=1e-4)  # pyright: ignore


def test_an_evaluation_counts_its_samples(runs: dict[str, Run]) -> None:
    found = evaluate(runs["mlp"], "train")

    assert found.samples == len(prepare(NETWORKS["mlp"].data).train)
    assert found.confusion is not None
    assert found.confusion.sum() == found.samples


@pytest.mark.parametrize("name", [*NETWORKS, "logits", "one logit", "values"])
def test_predictions_are_what_the_network_answers(name: str, runs: dict[str, Run], tmp_path: Path) -> None:
    network, drawn = load_model(runs[name])
    prepared = prepare(drawn.data)
    samples = prepared.test.inputs[:5]
    np.save(tmp_path / "samples.npy", samples)
    answers = network(torch.from_numpy(prepared.inputs.apply(samples))).detach()

    found = predict(runs[name], [str(tmp_path / "samples.npy")])

    assert len(found) == len(samples)
    if drawn.data.dataset.task == "regression":
        expected = prepared.targets.undo(answers.numpy())
        assert [item.label for item in found] == [None] * len(samples)
    elif name in ("logits", "mlp", "skip", "wide and deep", "siamese"):
        expected = answers.softmax(1).numpy()
    elif name == "one logit":
        expected = answers.sigmoid().numpy()
    else:
        expected = answers.numpy()
    np.testing.assert_allclose([item.output for item in found], expected, rtol=1e-4, atol=1e-6)
    if drawn.data.dataset.classes and answers.shape[1] > 1:
        classes = drawn.data.dataset.classes
        assert [item.label for item in found] == [classes[number] for number in answers.argmax(1)]


def test_probabilities_have_the_names_of_the_classes(runs: dict[str, Run]) -> None:
    (flower,) = predict(runs["logits"], ["5.1,3.5,1.4,0.2"])
    (yes_or_no,) = predict(runs["yes or no"], ["[0, 1]"])
    (values,) = predict(runs["values"], ["5.1,3.5,1.4,0.2"])

    assert list(flower.probabilities) == ["setosa", "versicolor", "virginica"]
    assert sum(flower.probabilities.values()) == pytest.approx(1)
    assert yes_or_no.probabilities == pytest.approx({"0": 1 - yes_or_no.output[0], "1": yes_or_no.output[0]})
    assert values.probabilities == {}


def test_predicting_does_not_read_the_dataset(runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(dataset: Dataset) -> None:
        raise AssertionError(f"{dataset.title} is read")

    monkeypatch.setattr(Iris, "load", refuse)

    assert predict(runs["mlp"], ["5.1,3.5,1.4,0.2"])[0].label in Iris().classes


def test_an_image_of_any_size_is_made_to_fit(tmp_path: Path) -> None:
    digits = Digits()
    sample = digits.load().train.inputs[0]
    large = np.kron(sample[0] / digits.largest * 255, np.ones((20, 20))).astype(np.uint8)
    Image.fromarray(large).convert("RGBA").save(tmp_path / "digit.png")

    ((name, pixels),) = read_input(str(tmp_path / "digit.png"), digits.shape, digits.largest)

    assert name.endswith("digit.png")
    assert pixels.shape == (1, 8, 8)
    assert pixels.dtype == np.float32
    assert np.abs(pixels - sample).max() < 1


def test_a_colour_image_has_its_channels_first(tmp_path: Path) -> None:
    Image.new("RGB", (4, 2), (255, 0, 51)).save(tmp_path / "colour.png")

    ((_, pixels),) = read_input(str(tmp_path / "colour.png"), (3, 2, 4), 1.0)

    np.testing.assert_allclose(pixels[:, 0, 0], [1, 0, 0.2], atol=1e-6)


@pytest.mark.parametrize(
    ("text", "samples"),
    [("[0, 1]", 1), ("0,1", 1), (" 0, 1 ", 1), ("[[0, 1]]", 1), ("[[0, 1], [1, 1], [0, 0]]", 3), ("-1e3,.5", 1)],
)
def test_numbers_are_read_as_people_write_them(text: str, samples: int) -> None:
    found = read_input(text, (2,))

    assert [values.shape for _, values in found] == [(2,)] * samples


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1,2,3", "3 values"),
        ("[1, 2", "not a list of numbers"),
        ('["a", "b"]', "not a list of numbers"),
        ("[[1], [2, 3]]", "not a list of numbers"),
        ("nan,1", "finite"),
        ("nowhere.png", "^There is no file nowhere.png"),
        ("nowhere.npy", "cannot be read"),
        ("no/where", "^There is no file no.where"),
        (".", "neither a file"),
        ("..", "is a folder"),
        ("five", "^“five” is neither a file"),
        ("5.1;3.5", "neither a file"),
        ("", "neither a file"),
    ],
)
def test_what_is_no_sample_is_told(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_input(text, (2,))


def test_files_that_are_no_samples_are_told(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "text.npy").write_text("no array")
    np.save(tmp_path / "objects.npy", np.array([{}], object))
    Image.new("L", (4, 4)).save(tmp_path / "image.png")

    for name in ("text.png", "text.npy", "objects.npy"):
        with pytest.raises(DataError, match=name):
            read_input(str(tmp_path / name), (1, 8, 8))
    with pytest.raises(DataError, match="is an image"):
        read_input(str(tmp_path / "image.png"), (2,))


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path, runs: dict[str, Run]) -> None:
    run = Run.create(tmp_path / "run", Project())
    weights = runs["mlp"].weights("best").read_bytes()
    (run.path / "checkpoints" / "best.safetensors").write_bytes(weights)
    other = NETWORKS["cnn"]
    (run.path / "project.loom").write_bytes((runs["cnn"].path / "project.loom").read_bytes())

    with pytest.raises(RunError, match="another network"):
        load_model(run)
    assert run.project() == other


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", NETWORKS["mlp"])
    (run.path / "checkpoints" / "best.safetensors").write_bytes(json.dumps({"no": "weights"}).encode())

    with pytest.raises(RunError, match="cannot be read"):
        load_model(run)


def test_the_file_that_was_learned_from_can_be_asked_as_it_is_written(tmp_path: Path) -> None:
    rows = [f"{n % 50},{n % 10};{1 + n % 3}.{n:03},00 €;{'ja' if n % 2 else 'nein'}" for n in range(60)]
    (tmp_path / "werte.csv").write_text("\n".join(["Größe;Preis;Kauf", *rows]), encoding="utf-8")
    dataset = open_data(str(tmp_path / "werte.csv"))
    run, _ = trained(tmp_path / "run", project(Input(), Linear(2), Output(), dataset=dataset, epochs=1))
    answers = predict(run, [str(tmp_path / "werte.csv")])
    asked = predict(run, ['{"Größe": 7.7, "Preis": 2007}'])[0]
    assert len(answers) == 60
    assert answers[7].output == asked.output
