"""Links that leave a person's folder are left out, and named."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.datasets import Arrays, Dataset, LabelledTexts, Sounds, TextFile
from engine.datasets.dataset import Skipped
from engine.datasets.files import open_data

LEAVES = "it is a link that leaves the folder"


def linked(link: Path, target: Path) -> None:
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("links cannot be made here")


def opened(folder: Path, kind: type[Dataset]) -> Dataset:
    dataset = open_data(str(folder))
    assert isinstance(dataset, kind)
    return dataset


def test_texts_by_class(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("what nobody may read")
    for name in ("good", "bad"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(3):
            (tmp_path / "data" / name / f"{number}.txt").write_text(f"a {name} text")
    linked(tmp_path / "data/bad/9.txt", tmp_path / "secret.txt")
    linked(tmp_path / "data/other", tmp_path)
    dataset = opened(tmp_path / "data", LabelledTexts)
    loaded = dataset.load()
    assert (dataset.classes, len(loaded.train)) == (("bad", "good"), 6)
    assert loaded.skipped == (Skipped("bad/9.txt", LEAVES),)


def test_a_folder_of_text(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("XYZ" * 100)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.txt").write_text("abcd " * 1000)
    linked(tmp_path / "data/b.txt", tmp_path / "secret.txt")
    linked(tmp_path / "data/c.txt", tmp_path / "nowhere.txt")
    linked(tmp_path / "data/d.txt", tmp_path / "data/a.txt")
    dataset = opened(tmp_path / "data", TextFile)
    assert "X" not in dataset.classes
    assert dataset.load().skipped == (
        Skipped("b.txt", LEAVES),
        Skipped("c.txt", "it is a link to what is not there"),
    )


def test_sounds(tmp_path: Path) -> None:
    values = np.sin(np.arange(4000) / 5).astype(np.float32)
    soundfile.write(tmp_path / "secret.wav", values, 8000)
    for name in ("high", "low"):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(3):
            soundfile.write(tmp_path / "data" / name / f"{number}.wav", values, 8000)
    linked(tmp_path / "data/low/9.wav", tmp_path / "secret.wav")
    dataset = opened(tmp_path / "data", Sounds)
    loaded = dataset.load()
    assert (dataset.sizes[0], len(loaded.train)) == (6, 6)
    assert loaded.skipped == (Skipped("low/9.wav", LEAVES),)


def test_arrays(tmp_path: Path) -> None:
    np.save(tmp_path / "secret.npy", np.zeros((10, 2), np.float32))
    (tmp_path / "data").mkdir()
    np.save(tmp_path / "data/x.npy", np.random.default_rng(0).random((10, 3), np.float32))
    np.save(tmp_path / "data/y.npy", np.arange(10) % 2)
    linked(tmp_path / "data/z.npy", tmp_path / "secret.npy")
    dataset = opened(tmp_path / "data", Arrays)
    assert isinstance(dataset, Arrays)
    assert [facts.name for facts in dataset.arrays] == ["x", "y"]
    assert dataset.load().skipped == (Skipped("z.npy", LEAVES),)
