"""Windows of a table: what comes next is asked for, and nothing is seen on both sides of a border."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from engine import looking
from engine.data import Data, prepare
from engine.datasets import Table, TableWindows
from engine.datasets.files import open_data
from engine.errors import DataError
from engine.layers import Conv1d, Transpose
from engine.looking.view import Query
from engine.proposing import proposed
from engine.spec import carried_over

ROWS = 200


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Hours, a wave, and whether it is high."""
    lines = ["hour,wave,load,is_high"]
    for hour in range(ROWS):
        wave = np.sin(hour / 5)
        load = "" if hour in (10, 11) else f"{hour / 2 + 0.25}"
        lines.append(f"{hour},{wave:.4f},{load},{'yes' if wave > 0 else 'no'}")
    (tmp_path / "a.csv").write_text("\n".join(lines))
    return tmp_path / "a.csv"


def windows(path: Path, **settings: object) -> TableWindows:
    """The table, then chosen to be read in windows."""
    table = open_data(str(path))
    assert type(table) is Table
    made = carried_over(table.with_setting("target", settings.pop("target", "load")), TableWindows())
    assert isinstance(made, TableWindows)
    return made.with_settings({"window": 8, **settings})


def test_the_values_after_a_window_are_forecast(path: Path) -> None:
    dataset = windows(path, horizon=2)
    assert (dataset.lacks, dataset.task, dataset.target_shape) == ("", "regression", (2,))
    loaded = dataset.load()
    columns = [column.name for column in dataset.given]
    assert dataset.shape == loaded.train.inputs.shape[1:] == (len(columns), 8)
    past = loaded.train.inputs[-1, columns.index("load")]
    assert np.allclose(np.diff(past), 0.5)
    assert np.allclose(loaded.train.targets[-1], past[-1] + [0.5, 1])


def test_no_window_reaches_over_a_border(path: Path) -> None:
    loaded = windows(path).load()
    place = [column.name for column in windows(path).given].index("load")
    assert loaded.validation is not None
    assert loaded.test is not None
    parts = [loaded.train, loaded.validation, loaded.test]
    for before, after in pairwise(parts):
        assert before.targets.max() < after.inputs[:, place].min()
    assert windows(path).sizes[1] == len(loaded.test)


def test_missing_values_are_filled_and_never_asked_for(path: Path) -> None:
    loaded = windows(path).load()
    assert loaded.note == "“load” is missing in 2 rows; no window asks for those."
    assert np.isfinite(loaded.train.inputs).all()
    assert len(loaded.train) == windows(path).sizes[0] - 2


def test_what_is_not_known_yet_is_not_filled_with_what_comes_in_the_test(path: Path) -> None:
    lines = path.read_text().splitlines()
    lines[0] += ",level"
    lines[1:] = [f"{line}," for line in lines[1:-1]] + [f"{lines[-1]},7.5"]
    path.write_text("\n".join(lines))
    dataset = windows(path)
    place = [column.name for column in dataset.given].index("level")
    loaded = dataset.load()
    assert set(loaded.train.inputs[:, place].ravel().tolist()) == {0.0}
    assert loaded.test is not None
    assert loaded.test.inputs[:, place].max() == 0 or loaded.test.inputs[-1, place, -1] == 7.5


def test_a_window_has_the_class_of_its_last_row(path: Path) -> None:
    dataset = windows(path, target="is_high", axes="rows × columns", stride=4)
    assert dataset.classes == ("no", "yes")
    train = dataset.load().train
    assert dataset.shape == train.inputs.shape[1:]
    wave = train.inputs[:, -1, [column.name for column in dataset.given].index("wave")]
    assert np.array_equal(train.targets, wave > 0)


@pytest.mark.parametrize("axes", ["columns × rows", "rows × columns"])
def test_a_curve_is_shown_for_each_column_and_convolved_along_time(path: Path, axes: str) -> None:
    dataset = windows(path, axes=axes, target="is_high")
    curves = looking.rows(Data(dataset), Query(count=2)).curves
    assert curves is not None
    assert curves.shape == (2, len(dataset.given), 8)
    proposal = [node.layer for node in proposed(Data(dataset)).network.nodes]
    assert any(isinstance(layer, Conv1d) for layer in proposal) == (axes == "columns × rows")
    assert not any(isinstance(layer, Transpose) for layer in proposal)


def test_it_is_prepared_like_any_other(path: Path) -> None:
    dataset = windows(path)
    prepared = prepare(Data(dataset))
    assert (len(prepared.train), len(prepared.test)) == (dataset.sizes[0] - 2, dataset.sizes[1])
    assert TableWindows.read(dataset.settings(), "here") == dataset


def test_windows_that_are_too_long_are_refused(path: Path) -> None:
    with pytest.raises(DataError, match="The table has 200 rows: too few for windows of 51"):
        windows(path, window=50).load()


def test_a_series_alone_is_forecast_from_its_past(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("\n".join(["when,level", *(f"2024-01-{day:02d},{day}" for day in range(1, 32))]))
    dataset = windows(tmp_path / "b.csv", target="level", window=2)
    columns = tuple(column for column in dataset.columns if column.name == "level")
    alone = TableWindows.read({**dataset.settings(), "columns": columns}, "here")
    assert (alone.lacks, alone.shape) == ("", (1, 2))
    assert alone.load().train.targets[:2].ravel().tolist() == [3, 4]
