"""Images in folders of classes: what is found out on opening, and what is read."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from image_files import classes, image
from PIL import Image

from engine.data import Data, prepare
from engine.datasets import ImageFolder
from engine.datasets.files import open_data
from engine.errors import DataError

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX file system")


def opened(path: Path) -> ImageFolder:
    """The folder of images at this path."""
    dataset = open_data(str(path))
    assert isinstance(dataset, ImageFolder)
    return dataset


def test_flowers_are_found_out_and_all_decode(shared_data: Path) -> None:
    dataset = opened(shared_data / "images/flowers").with_setting("path", "images/flowers")
    loaded = dataset.load()

    assert dataset.classes == ("daisy", "dandelion", "rose", "sunflower", "tulip")
    assert dataset.sizes == (300, 0)
    assert (dataset.fit, dataset.colour) == ("crop", "colour")
    assert loaded.train.inputs.shape == (300, *dataset.shape)
    assert max(dataset.shape) == 96
    assert np.bincount(loaded.train.targets).tolist() == [60] * 5
    assert loaded.skipped == ()
    assert loaded.note == ""
    assert len({(header.width, header.height) for header in dataset.headers()}) == 89
    assert len(prepare(Data(dataset, test=0.2, validation=0.1)).test) == 60


def test_folders_for_training_and_test_are_kept_apart(shared_data: Path) -> None:
    dataset = opened(shared_data / "images/fashion-png")
    loaded = dataset.load()

    assert len(dataset.classes) == 10
    assert dataset.shape == (1, 28, 28)
    assert dataset.sizes == (200, 100)
    assert not dataset.brings_validation
    assert loaded.test is not None
    assert np.bincount(loaded.train.targets).tolist() == [20] * 10
    assert np.bincount(loaded.test.targets).tolist() == [10] * 10
    first = shared_data / "images/fashion-png" / loaded.names[0]
    assert np.array_equal(loaded.train.inputs[0, 0], np.asarray(Image.open(first)))


def test_a_second_load_reads_what_the_first_has_kept(tmp_path: Path, home: Path) -> None:
    dataset = opened(classes(tmp_path / "pets", "cat", "dog"))
    progress = list(dataset.fetch())
    (kept,) = home.rglob("decoded/*.npy")
    before = kept.stat().st_ino

    loaded = dataset.load()

    assert progress[-1].done == progress[-1].total == 6
    assert list(dataset.fetch()) == []
    assert kept.stat().st_ino == before
    assert isinstance(loaded.train.inputs, np.memmap)
    loaded.train.inputs[0] = 0
    assert dataset.load().train.inputs[0].any(), "what is read may be written, the file stays"


def test_a_changed_file_is_decoded_anew(tmp_path: Path) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    dataset = opened(folder)
    dataset.load()

    image(folder / "cat/0.png", colour="white")
    os.utime(folder / "cat/0.png", ns=(1, 1))

    assert dataset.load().train.inputs[0].min() == 255


def test_giving_up_leaves_nothing_half_kept(tmp_path: Path, home: Path) -> None:
    dataset = opened(classes(tmp_path / "pets", "cat", "dog", count=100))
    steps = dataset.fetch()
    next(steps)
    steps.close()  # pyright: ignore[reportAttributeAccessIssue]

    assert not [path for path in home.rglob("decoded/*") if path.suffix != ".lock"]
    assert len(dataset.load().train) == 200


def test_broken_files_are_skipped_and_named(tmp_path: Path) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    whole = image(tmp_path / "large.png", (100, 100)).read_bytes()
    (folder / "cat/cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "cat/empty.png").touch()
    (folder / "dog/text.jpg").write_text("This is a text.")
    (folder / "dog/notes.txt").write_text("This is no image, and says so.")

    loaded = opened(folder).load()

    assert len(loaded.train) == 6
    assert {(skipped.place, skipped.reason) for skipped in loaded.skipped} == {
        ("cat/cut.png", "it is cut off or damaged"),
        ("cat/empty.png", "it is empty"),
        ("dog/text.jpg", "it is no image"),
    }
    assert "1 file left out, no image by its name, such as dog/notes.txt." in loaded.note
    assert loaded.names == tuple(f"{name}/{row}.png" for name in ("cat", "dog") for row in range(3))
    assert opened(folder).load().skipped == loaded.skipped, "also when it is read from the cache"


@posix
def test_links_that_leave_the_folder_are_not_followed(tmp_path: Path) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    outside = image(tmp_path / "secret.png")
    (folder / "cat/out.png").symlink_to(outside)
    (folder / "cat/in.png").symlink_to(folder / "dog/0.png")
    (folder / "cat/round").symlink_to(folder)
    (folder / "cat/nowhere.png").symlink_to(folder / "gone.png")
    os.mkfifo(folder / "cat/pipe.png")

    loaded = opened(folder).load()

    assert len(loaded.train) == 7
    assert {(skipped.place, skipped.reason) for skipped in loaded.skipped} == {
        ("cat/out.png", "it is a link that leaves the folder"),
        ("cat/round", "it is a link to another folder"),
        ("cat/nowhere.png", "it is a link to what is not there"),
        ("cat/pipe.png", "it is no file"),
    }


def test_a_folder_with_one_class_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"one class only \(cat\)"):
        opened(classes(tmp_path / "pets", "cat"))


def test_images_without_classes_are_refused(tmp_path: Path) -> None:
    image(tmp_path / "pets/a.png")
    with pytest.raises(DataError, match="no subfolder for each class"):
        opened(tmp_path / "pets")


def test_a_folder_without_images_is_none_of_these(tmp_path: Path) -> None:
    (tmp_path / "pets/cat").mkdir(parents=True)
    with pytest.raises(DataError, match="pets is no data"):
        open_data(str(tmp_path / "pets"))


def test_a_folder_with_broken_images_only_is_refused(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        (tmp_path / "pets" / name / "a.png").touch()
    with pytest.raises(DataError, match=r"None of the images .* can be read \(cat/a.png: it is empty\)"):
        opened(tmp_path / "pets")


def test_empty_class_folders_are_told(tmp_path: Path) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    (folder / "fish").mkdir()
    dataset = opened(folder)

    assert dataset.classes == ("cat", "dog")
    assert dataset.load().note == "fish holds no images."


def test_images_of_the_other_parts_have_names_too(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("val", 1), ("test", 2)):
        classes(tmp_path / part, "cat", "dog", count=count)
    loaded = opened(tmp_path).load()
    assert loaded.names[6:] == (
        *("val/cat/0.png", "val/dog/0.png"),
        *("test/cat/0.png", "test/cat/1.png", "test/dog/0.png", "test/dog/1.png"),
    )
