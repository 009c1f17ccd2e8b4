"""Images decoded while they are needed, where neither the disk nor the memory has room for all of them."""

import os
from pathlib import Path

import numpy as np
import pytest
from drawings import stack
from image_files import classes, image
from training_runs import only, trained

from engine.augmentation import HorizontalFlip
from engine.data import Data, prepare
from engine.datasets import ImageFolder, Progress
from engine.datasets.files import open_data
from engine.datasets.images import kept
from engine.datasets.images.ahead import DecodedRows
from engine.errors import DataError
from engine.events import Finished, Started
from engine.layers import Flatten, Input, Linear, Output
from engine.loading import brought
from engine.losses import CrossEntropy
from engine.optimizers import Adam
from engine.preview import preview
from engine.project import Project
from engine.training import Training


@pytest.fixture
def folder(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> ImageFolder:
    """Forty images of two classes and one that is broken, on a disk without room."""
    monkeypatch.setattr(kept, "SPARED", 2**60)
    place = classes(tmp_path / "pets", "cat", "dog", count=20)
    whole = image(tmp_path / "whole.png", (64, 64)).read_bytes()
    (place / "dog/broken.png").write_bytes(whole[:60])
    found = open_data(str(place))
    assert isinstance(found, ImageFolder)
    return found.with_setting("size", (8, 8))


def test_they_are_the_images_of_memory_and_those_that_are_broken_are_left_out(folder: ImageFolder) -> None:
    ahead, there = (prepare(Data(folder, loading=way)) for way in ("stream", "memory"))
    for name in ("train", "validation", "test"):
        rows = ahead.part(name).inputs
        assert isinstance(rows, DecodedRows)
        assert np.array_equal(rows[:], there.part(name).inputs)
        assert np.array_equal(rows[np.array([2, 0, 2])], there.part(name).inputs[[2, 0, 2]])
        assert np.array_equal(ahead.part(name).targets, there.part(name).targets)
    assert [one.place for one in ahead.skipped] == ["dog/broken.png"]
    assert ahead.skipped == there.skipped
    assert ahead.inputs == there.inputs
    assert any("decoded each time" in note for note in ahead.notes)


def test_what_cannot_be_decoded_is_found_out_once(folder: ImageFolder, home: Path) -> None:
    said = list(brought(folder, "stream"))
    assert said[-1] == Progress("Checking images", 41, 41, "images")
    assert list(brought(folder, "stream")) == []
    assert not list(home.rglob("decoded/*.npy"))
    assert len(list(home.rglob("decoded/*.json"))) == 1


def test_a_set_that_fits_neither_here_nor_there_is_decoded_ahead_by_itself(
    folder: ImageFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not prepare(Data(folder)).train.is_streamed, "it fits into memory"
    monkeypatch.setattr("engine.loading.SHARE_OF_MEMORY", 0)
    assert prepare(Data(folder)).train.is_streamed
    monkeypatch.setattr(kept, "SHARE_OF_MEMORY", 0)
    with pytest.raises(DataError, match="no room for the decoded images") as caught:
        prepare(Data(folder, loading="memory"))
    assert "automatic" in caught.value.fix


def test_a_set_larger_than_the_cache_is_not_kept(
    folder: ImageFolder, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "SPARED", 0)
    monkeypatch.setattr(kept, "LARGEST_CACHE", 1000)
    assert isinstance(prepare(Data(folder, loading="stream")).train.inputs, DecodedRows)
    monkeypatch.setattr(kept, "LARGEST_CACHE", 2**30)
    assert not isinstance(folder.load().train.inputs, DecodedRows)
    assert len(list(home.rglob("decoded/*.npy"))) == 1
    assert not isinstance(prepare(Data(folder, loading="stream")).train.inputs, DecodedRows), "read where it is kept"


@pytest.mark.parametrize("changes", [{}, {"augmentation": (HorizontalFlip(),)}, {"balance": "balanced sampling"}])
def test_a_network_learns_from_them(folder: ImageFolder, tmp_path: Path, changes: dict[str, object]) -> None:
    network = stack(Input(), Flatten(), Linear(2), Output())
    project = Project(
        network,
        Data(folder, loading="stream", test=0.2, validation=0.2, **changes),
        Training(CrossEntropy(), Adam(), batch_size=4, epochs=8),
    )
    _, happening = trained(tmp_path / "run", project)
    assert isinstance(happening[-1], Finished)
    assert any("decoded each time" in note for note in only(Started, happening)[0].notes)
    assert happening[-1].test["accuracy"] > 0.9
    assert sum(preview(project.data).sizes.values()) == 40


@pytest.mark.parametrize("happens", ["changes", "vanishes"])
def test_a_file_that_changes_is_named(folder: ImageFolder, happens: str) -> None:
    rows = prepare(Data(folder, loading="stream")).train.inputs
    for path in Path(folder.path).rglob("*.png"):
        if happens == "vanishes":
            path.unlink()
        else:
            os.utime(path, ns=(1, 1))
    with pytest.raises(DataError, match=r"\.png (has changed|cannot be read any more)"):
        rows[:4]
