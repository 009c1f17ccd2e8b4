"""Folders of images that the world spoils: full disks, what may not be read, names that are no text, changes."""

import errno
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from image_files import classes, image

from engine.data import Data
from engine.datasets import ImageFolder, Progress
from engine.datasets.files import open_data
from engine.datasets.images import kept
from engine.errors import DataError
from engine.evaluation import read_input
from engine.preview import previewed

linux = pytest.mark.skipif(sys.platform != "linux", reason="needs file names that are bytes")


def opened(path: Path) -> ImageFolder:
    """The folder of images at this path."""
    dataset = open_data(str(path))
    assert isinstance(dataset, ImageFolder)
    return dataset


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_disk_that_fills_costs_only_the_cache(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    dataset = opened(classes(tmp_path / "pets", "cat", "dog", count=80))
    expected = dataset.with_setting("fit", "pad").load().train.inputs
    writes: list[int] = []
    write = kept.write

    def fail(content: Any, data: bytes) -> None:
        writes.append(len(data))
        if len(writes) > after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(content, data)

    monkeypatch.setattr(kept, "write", fail)
    list(dataset.fetch())
    loaded = dataset.load()

    assert np.array_equal(loaded.train.inputs, expected)
    assert loaded.note == "The disk has no room for the decoded images, so they are decoded anew each time."
    assert not list(home.rglob("decoded/*.part"))


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LAYERLOOM_CACHE", str(tmp_path / "file/cache"))
    assert len(opened(classes(tmp_path / "pets", "cat", "dog")).load().train) == 6


def test_a_disk_with_little_room_is_left_alone(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "SPARED", 2**60)
    loaded = opened(classes(tmp_path / "pets", "cat", "dog")).load()
    assert len(loaded.train) == 6
    assert not list(home.rglob("*.npy"))


def test_images_that_fit_nowhere_say_how_much_room_they_need(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "SPARED", 2**60)
    monkeypatch.setattr(kept, "SHARE_OF_MEMORY", 0)
    with pytest.raises(DataError, match="no room for the decoded images") as caught:
        opened(classes(tmp_path / "pets", "cat", "dog")).load()
    assert "GB" in caught.value.fix


def test_decoding_takes_no_more_memory_than_a_few_images(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "WAITING_BYTES", 2**20)
    (tmp_path / "pets/cat").mkdir(parents=True)
    content = image(tmp_path / "dot.png", (256, 256)).read_bytes()
    for number in range(300):
        (tmp_path / f"pets/cat/{number:03}.png").write_bytes(content[:200] if number in (7, 80) else content)
    classes(tmp_path / "pets", "dog")
    dataset = opened(tmp_path / "pets").with_setting("size", (256, 256))
    tracemalloc.start()
    try:
        loaded = dataset.load()
        largest = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    size = loaded.train.inputs.nbytes
    assert len(loaded.train) == 301
    assert [one.place for one in loaded.skipped] == ["cat/007.png", "cat/080.png"]
    assert size > 55e6
    assert largest < size / 3


def test_a_damaged_cache_is_made_anew(tmp_path: Path, home: Path) -> None:
    dataset = opened(classes(tmp_path / "pets", "cat", "dog"))
    expected = dataset.load().train.inputs.copy()
    (path,) = home.rglob("decoded/*.npy")
    for content in (b"", path.read_bytes()[:200], b"no array"):
        path.write_bytes(content)
        assert np.array_equal(dataset.load().train.inputs, expected)


def test_what_was_used_longest_ago_is_thrown_away(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = opened(classes(tmp_path / "pets", "cat", "dog"))
    monkeypatch.setattr(kept, "LARGEST_CACHE", 5_000)
    for size in (14, 15, 16):
        dataset.with_setting("size", size).load()
        for path in home.rglob("decoded/*.npy"):
            os.utime(path, ns=(size, size))

    (left,) = home.rglob("decoded/*.npy")
    assert np.load(left).shape == (6, 3, 16, 16)
    assert len(list(home.rglob("decoded/*.json"))) == 1


@pytest.mark.skipif(sys.platform == "win32" or not hasattr(os, "getuid"), reason="needs permissions of POSIX")
def test_what_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    locked, scan, first = folder / "dog/locked", os.scandir, image(folder / "cat/secret.png")
    locked.mkdir()

    def refuse(path: Any) -> Any:
        # Root, who runs the tests in many places, may read everything.
        if Path(path) == locked:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return scan(path)

    import builtins

    open_file = builtins.open

    def refuse_file(path: Any, *arguments: Any, **options: Any) -> Any:
        if path == str(first) or path == first:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return open_file(path, *arguments, **options)

    monkeypatch.setattr(os, "scandir", refuse)
    monkeypatch.setattr(builtins, "open", refuse_file)

    assert {(skipped.place, skipped.reason) for skipped in opened(folder).load().skipped} == {
        ("dog/locked", "it cannot be read (Permission denied)"),
        ("cat/secret.png", "it cannot be read (Permission denied)"),
    }


@linux
def test_names_that_are_no_text_are_written_as_bytes(tmp_path: Path) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    strange = os.fsencode(folder) + b"/b\xe4r"
    Path(os.fsdecode(strange)).mkdir()
    for number in range(3):
        os.link(folder / "cat/0.png", strange + f"/gr\\{number}.png".encode() + b"\xff.png")
    dataset = opened(folder)
    loaded = dataset.load()

    assert dataset.classes == ("b\\xe4r", "cat", "dog")
    assert len(loaded.train) == 9
    assert loaded.names[0] == "b\\xe4r/gr\\0.png\\xff.png"
    assert dataset.picture_of(loaded.names[0], 20).shape == (6, 8, 3)
    assert ImageFolder.read(dataset.settings(), "here") == dataset


@linux
def test_a_folder_whose_own_name_is_no_text_is_refused(tmp_path: Path) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    strange = os.fsdecode(os.fsencode(tmp_path) + b"/b\xe4r")
    folder.rename(strange)
    with pytest.raises(DataError, match="is no text"):
        open_data(strange)


def test_a_folder_that_has_changed_is_told(tmp_path: Path) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    dataset = opened(folder)
    (folder / "cat/0.png").unlink()
    classes(folder, "fish")
    loaded = dataset.load()

    assert len(loaded.train) == 5
    assert "has changed since it was opened: it held 6 images then and 5 now" in loaded.note
    assert [(skipped.place, skipped.reason) for skipped in loaded.skipped] == [
        ("fish", "it is none of the classes; its 3 images are left out")
    ]
    assert dataset.refreshed().classes == ("cat", "dog", "fish")


def test_a_file_that_vanishes_while_it_is_read_is_told(tmp_path: Path) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    dataset = opened(folder)
    files = dataset.listing().files
    (folder / "cat/0.png").unlink()
    assert kept.decoded(files, dataset.decoding).outcome.faults == {0: "it is no longer there"}


def test_a_folder_that_vanishes_is_told(tmp_path: Path) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    dataset = opened(folder)
    folder.rename(tmp_path / "elsewhere")
    for work in (dataset.load, lambda: list(dataset.fetch()), dataset.refreshed):
        with pytest.raises(DataError, match="is not there"):
            work()


def test_a_folder_that_is_emptied_is_told(tmp_path: Path) -> None:
    folder = classes(tmp_path / "pets", "cat", "dog")
    dataset = opened(folder)
    for path in folder.rglob("*.png"):
        path.unlink()
    with pytest.raises(DataError, match="holds no images any more"):
        dataset.load()


def test_thousands_of_folders_are_read(tmp_path: Path) -> None:
    source = image(tmp_path / "one.png").read_bytes()
    for number in range(2_000):
        (tmp_path / f"many/{number:05}").mkdir(parents=True)
        (tmp_path / f"many/{number:05}/a.png").write_bytes(source)
    dataset = opened(tmp_path / "many")
    assert len(dataset.classes) == 2_000
    assert ImageFolder.read(dataset.settings(), "here").load().train.targets.tolist() == list(range(2_000))


def test_films_are_told(tmp_path: Path) -> None:
    from PIL import Image

    folder = classes(tmp_path / "pets", "cat", "dog")
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue")]
    frames[0].save(folder / "dog/z.gif", save_all=True, append_images=frames[1:])
    loaded = opened(folder).load()
    assert loaded.train.inputs[-1][0].min() == 255
    assert loaded.note == "1 file holds several images, of which the first is used, such as dog/z.gif."


@pytest.mark.parametrize("fit", ["resize", "crop", "pad"])
@pytest.mark.parametrize("colour", ["colour", "grey"])
def test_a_prediction_sees_what_the_training_saw(shared_data: Path, fit: str, colour: str) -> None:
    dataset = opened(shared_data / "images/flowers").with_settings({"fit": fit, "colour": colour, "size": (40, 50)})
    loaded = dataset.load()
    assert loaded.skipped == ()
    for row in (0, 100, 299):
        path = shared_data / "images/flowers" / loaded.names[row]
        ((_, pixels),) = read_input(str(path), dataset.shape, dataset.largest, dataset.fit)
        assert np.allclose(pixels, loaded.train.inputs[row], atol=1e-4)


def test_a_preview_tells_how_far_the_images_are(tmp_path: Path) -> None:
    data = Data(opened(classes(tmp_path / "pets", "cat", "dog", count=100)))
    steps = previewed(data)
    assert next(steps) == Progress("Decoding images", 64, 200, "images")
    seen = list(steps)
    assert seen[-1].done == 200
    assert list(previewed(data)) == []


FULL = """
import resource, signal, sys
from engine.datasets.files import open_data
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
dataset = open_data(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
loaded = dataset.load()
print(len(loaded.train), loaded.note)
"""


@linux
def test_a_disk_that_truly_takes_no_more_costs_only_time(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        for number in range(8):
            image(tmp_path / "all" / name / f"{number}.png", (64, 64), (number, 9, 90))
    environment = {**os.environ, "LAYERLOOM_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", FULL, str(tmp_path / "all")]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert told.stdout.startswith("16 The disk has no room for the decoded images"), told.stderr
    assert not [file for file in (tmp_path / "cache").rglob("*.npy*") if file.suffix != ".lock"]
