"""Datasets of other packages come in through an entry point; a broken one harms nothing."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.datasets import Dataset
from engine.datasets.files import load_extensions

GOOD = '''
"""A dataset from elsewhere."""

import numpy as np

from engine.datasets import Dataset, Loaded, Samples


class Elsewhere(Dataset, frozen=True):
    """Two points of another package."""

    group = "Others"
    source = "Another package"
    shape, classes, sizes = (1,), ("a", "b"), (2, 0)

    def load(self) -> Loaded:
        return Loaded(Samples(np.zeros((2, 1), np.float32), np.arange(2)))
'''
BROKEN = {
    "raises": GOOD + "\nraise RuntimeError('no luck')\n",
    "lacks a module": GOOD + "\nimport there_is_no_such_module\n",
    "is no Python": "class (",
}


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(Dataset.kinds)
    yield
    Dataset.kinds.clear()
    Dataset.kinds.update(before)
    sys.modules.pop("elsewhere", None)


def install(folder: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package as pip leaves it, with one module under the entry point."""
    about = folder / "elsewhere-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: elsewhere\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[layerloom.datasets]\nelsewhere = elsewhere\n")
    (folder / "elsewhere.py").write_text(source)
    monkeypatch.syspath_prepend(folder)


def test_a_dataset_of_another_package_can_be_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, GOOD, monkeypatch)
    load_extensions()
    assert len(Dataset.kinds["Elsewhere"]().load().train) == 2


@pytest.mark.logs("The datasets of “elsewhere” are left out")
@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_one_is_left_out_with_a_warning(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(Dataset.kinds)
    install(tmp_path, BROKEN[fault], monkeypatch)
    load_extensions()
    assert Dataset.kinds == before
