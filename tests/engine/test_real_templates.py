"""The templates on real files: they stay as they are drawn from them, are ready to train, and reach what they say."""

from pathlib import Path

import pytest
from training_runs import only, trained

from engine.analysis import analyse
from engine.datasets.files import FromFile
from engine.events import Finished
from engine.project import to_json
from engine.templates import template
from tools.templates.__main__ import REAL

NAMES = [file.partition("-")[2] for file in REAL]

REACHED = {
    "titanic": ("accuracy", 0.78, 1.0),
    "adult-census": ("accuracy", 0.845, 1.0),
    "california-housing": ("r2", 0.75, 1.0),
    "wine-quality": ("rmse", 0.0, 0.70),
}
"""What those must come to on the test whose training takes seconds: a metric, its least and its greatest value."""


@pytest.mark.parametrize("name", NAMES)
def test_its_design_is_known_without_its_file(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAYERLOOM_CACHE", str(tmp_path))
    monkeypatch.delenv("LAYERLOOM_DATA_MIRROR", raising=False)
    project = template(name).project
    assert not analyse(project).faults
    assert isinstance(project.data.dataset, FromFile)
    assert not project.data.dataset.is_here()
    assert sum(project.data.dataset.sizes) >= 300


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("file", REAL)
def test_it_is_as_it_is_drawn_from_its_file(file: str) -> None:
    assert to_json(template(file.partition("-")[2]).project) == to_json(REAL[file]())


@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("name", REACHED)
def test_it_reaches_what_it_says(name: str, tmp_path: Path) -> None:
    _, happening = trained(tmp_path / "run", template(name).project)
    (end,) = only(Finished, happening)
    metric, low, high = REACHED[name]
    assert low <= end.test[metric] <= high
