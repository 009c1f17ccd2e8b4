"""Images decoded while they are needed, where neither the disk nor the memory has room for all of them."""

import os
from pathlib import Path

import numpy as np
import pytest
from drawings import stack
from image_files import classes, image
from test_image_pairs import save
from training_runs import only, trained

from engine.augmentation import HorizontalFlip
from engine.data import Data, prepare
from engine.datasets import ImageFolder, ImagePairs, Progress
from engine.datasets.files import open_data
from engine.datasets.images import kept
from engine.datasets.images.ahead import DecodedRows
from engine.datasets.rows import Made
from engine.errors import DataError
from engine.evaluation import evaluate
from engine.events import Finished, Started
from engine.layers import Conv2d, Flatten, Input, Linear, Output, Unflatten
from engine.loading import brought
from engine.looking import balance_of, detail
from engine.looking.reading import forget_all
from engine.losses import CrossEntropy, MeanSquaredError
from engine.optimizers import Adam
from engine.preview import preview
from engine.project import Project
from engine.runs import Run
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


@pytest.fixture(params=["masks", "images"])
def scenes(tmp_path: Path, home: Path, request: pytest.FixtureRequest) -> ImagePairs:
    """Thirty images with masks of two classes and a rim, or with images to predict; of two, one is broken."""
    rng = np.random.default_rng(0)
    for number in range(30):
        mask = (rng.random((8, 8)) < 0.5).astype(np.uint8)
        save((120 * mask + 40).astype(np.uint8), tmp_path / "set/images" / f"{number:02}.png")
        mask[:, 3] = 255
        answer = mask if request.param == "masks" else rng.integers(0, 255, (6, 4, 3), np.uint8)
        save(answer, tmp_path / "set" / request.param.replace("images", "targets") / f"{number:02}.png")
    found = open_data(str(tmp_path / "set"))
    assert isinstance(found, ImagePairs)
    for broken in (f"{'targets' if found.answer == 'image' else 'masks'}/04.png", "images/09.png"):
        (tmp_path / "set" / broken).write_bytes(b"\x89PNG")
    return found


@pytest.fixture(params=["no room", "kept"])
def room(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether the disk has room for decoded images."""
    if request.param == "no room":
        monkeypatch.setattr(kept, "SPARED", 2**60)
    return request.param == "kept"


def pixels(dataset: ImagePairs, loading: str) -> Project:
    """A network that answers for each pixel, or with an image."""
    classes = dataset.answer == "classes"
    layers = (Conv2d(2, padding=1),) if classes else (Flatten(), Linear(72), Unflatten(unflattened_size=(3, 6, 4)))
    data = Data(dataset, loading=loading, test=0.2, validation=0.2, balance="class weights" if classes else "none")
    loss = CrossEntropy() if classes else MeanSquaredError()
    return Project(stack(Input(), *layers, Output()), data, Training(loss, Adam(learning_rate=0.05), 8, epochs=30))


def test_masks_and_images_to_predict_stay_on_the_disk_with_what_they_belong_to(scenes: ImagePairs, room: bool) -> None:
    for _ in brought(scenes, "stream"):
        pass
    ahead, there = (prepare(Data(scenes, loading=way)) for way in ("stream", "memory"))
    for name in ("train", "validation", "test"):
        part, whole = ahead.part(name), there.part(name)
        assert isinstance(part.targets, Made)
        assert part.targets.scattered != room
        assert part.targets.dtype == whole.targets.dtype
        assert part.targets.shape == whole.targets.shape
        assert np.array_equal(part.targets[:], whole.targets)
        assert np.array_equal(part.read(np.array([1, 0, 1])).targets, whole.targets[[1, 0, 1]])
        assert np.array_equal(part.inputs[:], whole.inputs)
    assert {one.place.partition("/")[2] for one in ahead.skipped} == {"04.png", "09.png"}
    assert ahead.skipped == there.skipped
    assert len(ahead.train) + len(ahead.validation) + len(ahead.test) == 28


def test_a_network_learns_from_them_as_from_memory(scenes: ImagePairs, room: bool, tmp_path: Path) -> None:
    happenings = {way: trained(tmp_path / way, pixels(scenes, way))[1] for way in ("stream", "memory")}
    ends = {way: happening[-1] for way, happening in happenings.items()}
    assert all(isinstance(end, Finished) for end in ends.values()), ends
    if scenes.answer == "classes":
        assert ends["stream"].test["accuracy"] > 0.95
    assert ends["stream"].test["loss"] == pytest.approx(ends["memory"].test["loss"], rel=0.2, abs=0.02)
    run = Run.open(tmp_path / "stream")
    assert evaluate(run).metrics == pytest.approx(ends["stream"].test)
    assert any("decoded each time" in note for note in only(Started, happenings["stream"])[0].notes) != room


def test_they_are_looked_at_and_counted(scenes: ImagePairs, monkeypatch: pytest.MonkeyPatch) -> None:
    there = preview(Data(scenes, loading="memory"))
    seen = preview(Data(scenes, loading="stream"))
    assert seen.balance == there.balance
    assert seen.sizes == there.sizes
    assert np.array_equal(np.asarray(seen.answers), np.asarray(there.answers))
    assert seen.histogram == there.histogram
    monkeypatch.setattr("engine.preview.MOST_COUNTED", 5)
    seen = preview(Data(scenes, loading="stream"))
    assert any("5 masks of each part" in note for note in seen.notes) == (scenes.answer == "classes")
    forget_all()
    usual = balance_of(Data(scenes))
    forget_all()
    monkeypatch.setattr("engine.held.LARGE", 0)
    assert balance_of(Data(scenes)) == usual
    assert detail(Data(scenes), 3).classes is None or scenes.answer == "classes"
    forget_all()


def test_memory_is_reckoned_with_what_is_asked_for(scenes: ImagePairs) -> None:
    of_answer = 64 * 8 if scenes.answer == "classes" else 72 * 4
    assert scenes.memory == 30 * (64 + of_answer)


def test_a_mask_that_vanishes_is_named(scenes: ImagePairs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SPARED", 2**60)
    train = prepare(Data(scenes, loading="stream")).train
    for path in Path(scenes.path).rglob("[mt]a*/*.png"):
        path.unlink()
    with pytest.raises(DataError, match=r"\.png cannot be read any more"):
        train.read(np.arange(3))


def test_images_are_not_kept_at_the_cost_of_their_masks(
    scenes: ImagePairs, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_answers = 30 * (64 if scenes.answer == "classes" else 72)
    monkeypatch.setattr(kept, "LARGEST_CACHE", of_answers + 1000)
    for _ in brought(scenes, "stream"):
        pass
    assert len(list(home.rglob("decoded/*.npy"))) == 1
    assert isinstance(prepare(Data(scenes, loading="stream")).train.inputs, DecodedRows)
