"""Data sets of Hugging Face: told in a sentence where their package lacks, read as samples where it is installed."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from drawings import project
from PIL import Image
from training_runs import trained

from engine.data import Data, prepare
from engine.datasets import HuggingFace, hub
from engine.datasets.files import open_data
from engine.datasets.hub import HubColumn
from engine.errors import DataError
from engine.evaluation import predict
from engine.layers import Embedding, Flatten, Input, Linear, Output

needs_package = pytest.mark.skipif(
    not hub.is_installed(), reason="the package “datasets” is not installed (an extra of Layerloom)"
)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Any:
    found = pytest.importorskip("datasets", reason="the package “datasets” is not installed (an extra of Layerloom)")
    bars: Any = pytest.importorskip("tqdm")
    # A bar has a thread of its own.
    monkeypatch.setattr(bars.tqdm, "monitor_interval", 0)
    return found


def saved(folder: Path, found: Any) -> HuggingFace:
    found.save_to_disk(str(folder / "saved"))
    dataset = open_data(str(folder / "saved"))
    assert isinstance(dataset, HuggingFace)
    assert HuggingFace.read(dataset.settings(), "here") == dataset
    assert (dataset.lacks, dataset.is_stale) == ("", False)
    return dataset


def pictures(count: int, *, colour: bool = True) -> list[Image.Image]:
    values = np.random.default_rng(0).integers(0, 256, (count, 12, 10, 3), np.uint8)
    return [Image.fromarray(one if colour else one[..., 0]) for one in values]


# Without the package


def nowhere(name: str) -> None:
    """What finds no package at all."""
    del name


def test_without_the_package_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", nowhere)
    named = HuggingFace(name="stanfordnlp/imdb")
    assert HuggingFace().lacks == named.lacks == hub.LACKING
    for work in (HuggingFace().load, named.load, named.refreshed):
        with pytest.raises(DataError, match=r'pip install "layerloom\[huggingface\]"'):
            work()


def test_a_folder_that_was_saved_is_known_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", nowhere)
    (tmp_path / "dataset_dict.json").write_text('{"splits": ["train"]}')
    with pytest.raises(DataError, match="which is not installed here"):
        open_data(str(tmp_path))


def test_a_design_is_known_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", nowhere)
    columns = (HubColumn("image", "image"), HubColumn("label", "category", ("cat", "dog"), True))
    dataset = HuggingFace(name="a/b", inputs=("image",), target="label", size=(8, 9), columns=columns, rows=5)
    assert (dataset.shape, dataset.classes, dataset.sizes) == ((3, 8, 9), ("cat", "dog"), (5, 0))
    assert dataset.normalization == "unit"


def test_a_folder_called_datasets_is_not_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if hub.is_installed():
        pytest.skip("the package “datasets” is installed, and found first")
    (tmp_path / "datasets").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert not hub.is_installed()


# With it


@needs_package
def test_images_with_a_label(tmp_path: Path, package: Any) -> None:
    features = package.Features({"image": package.Image(), "label": package.ClassLabel(names=["cat", "dog"])})
    made = package.Dataset.from_dict({"image": pictures(20), "label": [0, 1] * 10}, features=features)
    hidden = package.Dataset.from_dict({"image": pictures(4), "label": [-1] * 4}, features=features)
    dataset = saved(tmp_path, package.DatasetDict({"train": made, "test": hidden, "validation": made.select(range(6))}))
    assert (dataset.inputs, dataset.target, dataset.test_split) == (("image",), "label", "validation")
    assert (dataset.shape, dataset.classes, dataset.sizes) == ((3, 12, 10), ("cat", "dog"), (20, 6))
    loaded = dataset.load()
    assert loaded.train.targets.tolist() == [0, 1] * 10
    assert np.array_equal(loaded.train.inputs[3], np.asarray(pictures(4)[3]).transpose(2, 0, 1))
    assert loaded.test is not None
    assert loaded.test.inputs.shape == (6, 3, 12, 10)


@needs_package
def test_grey_images_and_those_that_lack(tmp_path: Path, package: Any) -> None:
    features = package.Features({"image": package.Image(), "label": package.ClassLabel(names=["a", "b"])})
    cells = [*pictures(6, colour=False), None, {"bytes": b"no image", "path": None}]
    made = package.Dataset.from_dict({"image": cells, "label": [0, 1] * 4}, features=features)
    dataset = saved(tmp_path, made)
    loaded = dataset.load()
    assert (dataset.shape, len(loaded.train)) == ((1, 12, 10), 6)
    assert [(one.place, one.reason) for one in loaded.skipped] == [
        ("row 7", "it has no image"),
        ("row 8", "it is no image"),
    ]


@needs_package
def test_an_image_of_a_folder_is_no_other_file(tmp_path: Path, package: Any) -> None:
    pictures(1)[0].save(tmp_path / "secret.png")
    cells = [{"bytes": None, "path": str(tmp_path / "secret.png")}]
    part = package.Dataset.from_dict({"image": cells}, features=package.Features({"image": package.Image()}))
    assert list(hub.images(part, "image", may_name_files=False)) == [None]
    assert list(hub.images(part, "image", may_name_files=True)) == [tmp_path / "secret.png"]


@needs_package
def test_texts_with_a_label_are_trained_on_and_asked(tmp_path: Path, package: Any) -> None:
    texts = ["good fine film", "bad poor film", "fine good story", "poor bad story"] * 10
    labels = ["good", "bad"] * 20
    dataset = saved(tmp_path, package.Dataset.from_dict({"text": texts, "sentiment": labels}))
    assert (dataset.inputs, dataset.target, dataset.shape) == (("text",), "sentiment", (3,))
    assert dataset.classes == ("bad", "good")
    assert dataset.words_of(dataset.load().train.inputs[1]) == "bad poor film"
    layers = (Input(), Embedding(len(dataset.vocabulary), 8), Flatten(), Linear(2), Output())
    run, _ = trained(tmp_path / "run", project(*layers, dataset=dataset, epochs=300))
    assert predict(run, ["fine good film and more"])[0].label == "good"
    assert predict(run, ["poor bad film and more"])[0].label == "bad"
    as_characters = dataset.with_setting("tokens", "characters")
    assert isinstance(as_characters, HuggingFace)
    assert as_characters.is_stale
    assert as_characters.refreshed().counts[0].tokens == "characters"


@needs_package
def test_columns_of_numbers_are_a_table(tmp_path: Path, package: Any) -> None:
    columns = {
        "age": [1.5, None, 3.0, 4.0] * 5,
        "is_old": [True, False, None, True] * 5,
        "town": ["Ulm", "Bonn", "Ulm", "Bonn"] * 5,
        "price": [float(number) for number in range(20)],
        "when": [[1, 2]] * 20,
    }
    dataset = saved(tmp_path, package.Dataset.from_dict(columns)).with_settings(
        {"target": "price", "inputs": ("age", "is_old", "town")}
    )
    assert isinstance(dataset, HuggingFace)
    dataset = dataset.refreshed()
    assert (dataset.task, dataset.shape, dataset.sizes) == ("regression", (3,), (20, 0))
    assert [feature.categories for feature in dataset.layout.features] == [(), ("false", "true"), ("Bonn", "Ulm")]
    loaded = dataset.load()
    np.testing.assert_equal(loaded.train.inputs[:3], np.array([[1.5, 1, 1], [np.nan, 0, 0], [3, np.nan, 1]], "f4"))
    assert loaded.train.targets[:, 0].tolist() == columns["price"]
    as_class = dataset.with_settings({"target": "town", "inputs": ("price",)})
    assert isinstance(as_class, HuggingFace)
    assert len(prepare(Data(as_class.refreshed())).train) > 0
    unfit = msgspec.structs.replace(dataset, inputs=("when",)).refreshed()
    assert "must be one column of images" in unfit.lacks


@needs_package
def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package.config, "HF_HUB_OFFLINE", True)
    for name, words in (("no/such", "no/such cannot be read"), ("../a", "is no name"), ("/etc", "is no name")):
        with pytest.raises(DataError, match=words):
            HuggingFace(name=name).refreshed()
    dataset = saved(tmp_path, package.Dataset.from_dict({"text": ["a b c", "d e f"] * 10, "label": ["x", "y"] * 10}))
    state = tmp_path / "saved/state.json"
    whole = json.loads(state.read_text())
    state.write_text(json.dumps(whole | {"_data_files": [{"filename": "../../secret.arrow"}]}))
    with pytest.raises(DataError, match="names a file outside its folder"):
        dataset.load()
    state.write_text("{")
    with pytest.raises(DataError, match="is damaged"):
        dataset.load()
    state.write_text(json.dumps(whole))
    for file in (tmp_path / "saved").glob("*.arrow"):
        file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(DataError, match="cannot be read"):
        dataset.load()


@needs_package
def test_a_data_set_by_its_name(tmp_path: Path, package: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package.config, "HF_HUB_OFFLINE", True)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "owner/set").mkdir(parents=True)
    rows = "".join(f"{number % 7 / 2},{('a', 'b')[number % 2]}\n" for number in range(40))
    (tmp_path / "owner/set/train.csv").write_text(f"width,label\n{rows}")
    dataset = HuggingFace(name="owner/set").refreshed()
    assert (dataset.lacks, dataset.is_here(), dataset.sizes) == ("", True, (40, 0))
    assert dataset.load().train.targets.tolist() == [0, 1] * 20
