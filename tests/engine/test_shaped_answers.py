"""Answers with a shape: an image again, or a class for each pixel or step. Trained, judged, asked and exported."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from drawings import project
from training_runs import only, trained

from engine.analysis import analyse
from engine.data import prepare
from engine.datasets import Digits, DigitScenes, Reconstruction, TinyShakespeare
from engine.evaluation import evaluate, predict
from engine.events import Finished
from engine.export import Exported, Exporter, export
from engine.layers import Conv2d, Flatten, Input, Linear, Output, ReLU, Sigmoid, Transpose, Unflatten
from engine.losses import CrossEntropy, MeanSquaredError
from engine.optimizers import Adam
from engine.preview import preview
from engine.project import Project
from engine.report import ChangeSetting, InsertBefore
from engine.runs import Run

SCENES = DigitScenes(size=16, digits=2, scenes=60, noise=0.0)
AUTOENCODER = project(
    *(Input(), Flatten(), Linear(16), ReLU(), Linear(64), Unflatten(unflattened_size=(1, 8, 8)), Output()),
    dataset=Reconstruction(noise=0.2),
    loss=MeanSquaredError(),
    optimizer=Adam(0.01),
    epochs=10,
)
SEGMENTATION = {
    "classes": project(
        *(Input(), Conv2d(8, 5, padding="same"), ReLU(), Conv2d(11, 1), Output()),
        dataset=SCENES,
        loss=CrossEntropy(),
        optimizer=Adam(0.03),
        epochs=40,
        batch_size=8,
    ),
    "one-hot": project(
        *(Input(), Conv2d(8, 5, padding="same"), Sigmoid(), Conv2d(11, 1), Output()),
        dataset=SCENES,
        loss=MeanSquaredError(),
        optimizer=Adam(0.03),
        epochs=40,
        batch_size=8,
    ),
}


@pytest.fixture(scope="module")
def autoencoder(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return learned(tmp_path_factory.mktemp("runs"), AUTOENCODER)


@pytest.fixture(scope="module")
def segmentation(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return learned(tmp_path_factory.mktemp("runs"), SEGMENTATION["classes"])


def learned(folder: Path, drawn: Project) -> Run:
    run, happening = trained(folder / "run", drawn)
    assert isinstance(happening[-1], Finished), happening[-1]
    return run


def test_an_autoencoder_gives_its_images_again(autoencoder: Run, tmp_path: Path) -> None:
    prepared = prepare(AUTOENCODER.data)
    of_the_mean_image = np.abs(prepared.test.targets - prepared.train.targets.mean(0)).mean()
    assert evaluate(autoencoder).metrics["mae"] < 0.8 * of_the_mean_image
    np.save(tmp_path / "digit.npy", Digits().load().train.inputs[0])
    (answer,) = predict(autoencoder, [str(tmp_path / "digit.npy")])
    assert np.shape(answer.output) == (1, 8, 8)
    assert answer.in_words().startswith("1×8×8 values from")


def test_the_noise_is_on_what_is_given_alone() -> None:
    clean, noisy = Reconstruction().load().train, Reconstruction(noise=0.5).load().train
    assert np.array_equal(clean.targets, noisy.targets)
    assert np.abs(clean.inputs / 255 - clean.targets).max() <= 0.5 / 255
    assert (noisy.inputs / 255 - noisy.targets).std() > 0.2


@pytest.mark.parametrize("name", SEGMENTATION)
def test_each_pixel_is_given_its_class(name: str, tmp_path: Path) -> None:
    run = learned(tmp_path, SEGMENTATION[name])
    truth = prepare(SEGMENTATION[name].data).test.targets
    assert only(Finished, run.events())[0].test["accuracy"] > (truth == 0).mean(), "better than paper everywhere"


def test_pixels_are_counted_one_by_one(segmentation: Run) -> None:
    found = evaluate(segmentation)
    assert found.confusion is not None
    assert found.confusion.sum() == found.samples * 16 * 16
    assert np.diag(found.confusion).sum() / found.confusion.sum() == pytest.approx(found.metrics["accuracy"])


def test_a_prediction_names_the_class_of_each_pixel(segmentation: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "scene.npy", prepare(SEGMENTATION["classes"].data).test.inputs[0])
    (answer,) = predict(segmentation, [str(tmp_path / "scene.npy")])
    assert np.shape(answer.labels) == (16, 16)
    assert "'paper' at " in answer.in_words()


@pytest.mark.parametrize("format", Exporter.kinds)
@pytest.mark.parametrize("which", ["autoencoder", "segmentation"])
def test_every_export_answers_as_the_network(
    format: str, which: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    *_, last = export(request.getfixturevalue(which), format, tmp_path / "network")
    assert isinstance(last, Exported)
    assert last.max_difference < 1e-5
    assert not last.changed_classes


def test_scenes_of_the_parts_are_made_of_different_digits() -> None:
    loaded = DigitScenes(digits=1, size=8, noise=0.0, scenes=200).load()
    assert loaded.validation is not None
    assert loaded.test is not None
    parts = [{scene.tobytes() for scene in part.inputs} for part in (loaded.train, loaded.validation, loaded.test)]
    assert all(first.isdisjoint(second) for first, second in itertools.combinations(parts, 2))


def test_what_is_not_shaped_as_asked_is_told_with_a_fix() -> None:
    scenes = DigitScenes(size=16)
    (fault,) = analyse(project(Input(), Conv2d(11, 3), Output(), dataset=scenes)).faults
    assert fault.message == "The answer must be 11×16×16, but Output receives 11×14×14."
    (fault,) = analyse(project(Input(), Conv2d(4, 1), ReLU(), Output(), dataset=scenes)).faults
    assert fault.message == "The network gives 4 values for each place but Digit scenes has 11 classes."
    assert fault.fix == ChangeSetting("network.conv2d_1.out_channels", 11, "Set the outputs of conv2d_1 to 11")


def test_a_preview_tells_what_is_asked_for() -> None:
    seen = preview(SEGMENTATION["classes"].data, 3)
    assert seen.labels == ("", "", "")
    assert sum(seen.balance["train"]) == 60 * 16 * 16


def test_text_asks_for_the_next_character(shared_data: Path) -> None:
    text = TinyShakespeare(steps=16, windows=50)
    loaded = text.load()
    assert loaded.validation is not None
    assert (len(loaded.train), len(loaded.test or ())) == text.sizes
    assert np.array_equal(loaded.train.inputs[:, 1:], loaded.train.targets[:, :-1])
    assert (
        text.words_of(loaded.validation.inputs[0])
        == (shared_data / TinyShakespeare.file.path).read_text()[1003854:1003870]
    )
    assert preview(project(dataset=text).data, 2).labels[0] == text.words_of(loaded.train.inputs[0])


def test_text_asks_for_classes_first() -> None:
    drawn = project(
        *(Input(), Linear(64 * 65), Unflatten(unflattened_size=(64, 65)), Output()), dataset=TinyShakespeare()
    )
    (fault,) = analyse(drawn).faults
    assert fault.message == "The answer must be 65×64, but Output receives 64×65."
    assert fault.fix == InsertBefore("output_1", Transpose())
