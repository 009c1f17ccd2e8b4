"""Curves grow by events, are smoothed and thinned without hiding anything, and go into a spreadsheet."""

import csv
import shutil
from itertools import islice, pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import curves, tabulating
from engine.curve import FEWEST, Curve
from engine.curves import History
from engine.data import Data
from engine.datasets import Iris
from engine.errors import ExportError, RunError
from engine.events import Epoch, LearningRate, Started, Steps, Watched
from engine.graph import Graph
from engine.layers import Input, Linear, Output
from engine.losses import CrossEntropy
from engine.optimizers import Adam
from engine.project import Project
from engine.runs import Run
from engine.training import Training


def started(step=0):
    return Started(
        time=0,
        run="run",
        pid=1,
        device="cpu",
        epochs=4,
        steps_per_epoch=2,
        train_samples=8,
        validation_samples=2,
        test_samples=2,
        step=step,
    )


def steps(first, *losses):
    numbers = list(range(first, first + len(losses)))
    return Steps(time=0, epoch=1, step=numbers, loss=list(losses), metrics={"accuracy": [0.5] * len(losses)})


def epoch(number):
    validation = {"loss": 1 / number, "accuracy": 0.25, "f1": 0.2}
    return Epoch(time=0, epoch=number, step=2 * number, train={}, validation=validation, seconds=1)


def curve_of(steps, values):
    curve = Curve()
    curve.append(steps, values)
    return curve


def test_a_curve_grows_point_by_point():
    curve, values = Curve(), np.random.default_rng(0).random(1000)
    for step, value in enumerate(values, 1):
        curve.append([step], [value])
    assert np.array_equal(curve.values, values)
    assert np.array_equal(curve.steps, np.arange(1, 1001))


@pytest.mark.parametrize("smoothing", [0.0, 0.6, 0.99])
def test_smoothing_is_the_corrected_exponential_mean_however_the_points_arrive(smoothing):
    values = np.random.default_rng(0).random(300)
    curve, mean, expected = Curve(), 0.0, []
    for count, value in enumerate(values, 1):
        mean = smoothing * mean + (1 - smoothing) * value
        expected.append(mean / (1 - smoothing**count))
    for part in np.array_split(np.arange(300), [1, 2, 63, 64, 200, 264]):
        curve.append(part + 1, values[part])
        curve.smoothed(smoothing)
    assert np.allclose(curve.smoothed(smoothing), expected, rtol=1e-12)


def test_smoothing_starts_anew_where_points_are_replaced():
    curve, whole = Curve(), Curve()
    curve.append(range(10), [1.0] * 10)
    curve.smoothed(0.9)
    curve.append(range(5, 8), [2.0] * 3)
    whole.append(range(8), [1.0] * 5 + [2.0] * 3)
    assert np.array_equal(curve.smoothed(0.9), whole.smoothed(0.9))


def test_values_that_are_not_finite_are_left_out():
    curve = Curve()
    curve.append([1, 2, 3], [1.0, float("nan"), float("inf")])
    curve.append([4], [float("nan")])
    assert curve.steps.tolist() == [1]


def test_a_million_points_become_a_few_and_no_spike_is_lost():
    numbers, values = np.arange(1_000_000.0), np.zeros(1_000_000)
    values[123_456], values[777_777] = 9.0, -9.0
    x, y = curve_of(numbers, values).thinned(0, 1e6, 500)
    assert len(x) <= 3 * 500
    assert (y.max(), y.min()) == (9.0, -9.0)
    assert np.all(np.diff(x) >= 0)


def test_a_smoothed_curve_is_sampled_and_ends_where_it_ends():
    numbers = np.arange(10_000.0)
    x, y = curve_of(numbers, numbers**2).sampled(0.0, 0, 10_000, 100)
    assert len(x) <= 102
    assert (x[0], x[-1]) == (0, 9_999)
    assert np.array_equal(y, x**2)


def test_zooming_in_shows_every_point_and_one_beyond_either_edge():
    numbers = np.arange(1000.0)
    x, _ = curve_of(numbers, numbers).thinned(100, 110, 500)
    assert x.tolist() == list(range(99, 112))


def test_a_fresh_start_clears_and_one_that_goes_on_replaces_what_it_trains_again():
    history = History([started(), steps(1, 4.0, 3.0), epoch(1), steps(3, 2.0, 1.0), epoch(2)])
    assert history.training["loss"].values.tolist() == [4, 3, 2, 1]
    history.take([started(step=2), steps(3, 2.5)])
    assert history.training["loss"].values.tolist() == [4, 3, 2.5]
    assert history.validation["loss"].steps.tolist() == [2]
    history.take([started()])
    assert history.last_step == 0


def test_the_metric_beside_the_loss_is_the_one_that_every_step_has():
    assert History([epoch(1), steps(1, 1.0)]).metric == "accuracy"
    assert History().metric == ""


@pytest.fixture
def run(tmp_path):
    project = Project(Graph.chain(Input(), Linear(3), Output()), Data(Iris()), Training(CrossEntropy(), Adam()))
    made = Run.create(tmp_path / "run", project)
    events = (started(), steps(1, 4.0, 2.0), epoch(1))
    made.log.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events))
    return made


def test_the_table_has_a_row_per_step_and_gaps_where_nothing_was_measured(run, tmp_path):
    *progress, place = written(run, tmp_path / "curves.csv")
    with place.open(newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["step"], first["loss"], first["validation_loss"]) == ("1", "4.0", "")
    assert (second["step"], second["loss"], second["validation_loss"]) == ("2", "2.0", "1.0")
    assert float(second["loss_smoothed"]) == pytest.approx((0.25 * 4 + 0.5 * 2) / 0.75)
    assert second["accuracy"] == "0.5"
    assert (progress[-1].done, progress[-1].total) == (2, 2)


def test_a_table_that_is_given_up_leaves_what_was_there(run, tmp_path, monkeypatch):
    monkeypatch.setattr(tabulating, "ROWS_TOGETHER", 1)
    place = tmp_path / "curves.csv"
    place.write_text("of before")
    writing = tabulating.tabulated(run, place, 0.5)
    assert [step.done for step in islice(writing, 3)] == [0, 0, 1]
    assert {path.name for path in tmp_path.iterdir()} > {"curves.csv", "run"}
    writing.close()
    assert {path.name for path in tmp_path.iterdir()} == {"curves.csv", "run"}
    assert place.read_text() == "of before"


def test_a_table_that_cannot_be_written_and_a_run_that_is_gone_are_said(run, tmp_path):
    with pytest.raises(ExportError, match=r"nowhere/curves.csv cannot be written"):
        written(run, tmp_path / "nowhere/curves.csv")
    shutil.rmtree(run.path)
    with pytest.raises(RunError, match="not there any more"):
        written(run, tmp_path / "curves.csv")


def written(run, path):
    """The progress, and where the table is."""
    found, writing = [], tabulating.tabulated(run, path, 0.5)
    while True:
        try:
            found.append(next(writing))
        except StopIteration as end:
            return [*found, end.value]


@pytest.mark.parametrize("length", [2 * FEWEST, 100_000])
def test_spikes_do_not_count_to_the_extent_of_most(length):
    values = np.full(length, 0.5)
    values[length // 2] = 1e6
    curve = Curve()
    curve.append(np.arange(length), values)
    assert curve.extent.tolist() == [0.5, 1e6]
    assert curve.extent_of_most.tolist() == [0.5, 2.0]

    curve.append([length], [800.0])
    assert curve.extent_of_most.tolist() == [0.5, 800.0], "where the curve is now"


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1e6, *[1.0] * 10],
        [2.3, *np.geomspace(2.0, 0.1, 200)],
        [*np.geomspace(1, 1e6, 200)],
        [-5.0] * 30,
        [0.0] * 30,
    ],
    ids=["none", "few", "a usual loss", "a loss that explodes", "below zero", "nothing but zero"],
)
def test_where_there_is_no_spike_all_counts(values):
    curve = Curve()
    curve.append(np.arange(len(values)), values)
    assert curve.extent_of_most.tolist() == curve.extent.tolist()


@settings(deadline=None, max_examples=60)
@given(
    length=st.integers(1, 40_000),
    columns=st.integers(1, 60),
    spikes=st.lists(st.tuples(st.integers(0, 39_999), st.floats(-1e3, 1e3)), max_size=6),
    cut=st.integers(0, 40_000),
    more=st.integers(0, 3000),
)
def test_every_spike_of_a_long_curve_is_kept(length, columns, spikes, cut, more):
    values = np.sin(np.arange(length) / 50)
    for at, height in spikes:
        values[at % length] = height
    curve = Curve()
    curve.append(np.arange(length).tolist(), values.tolist())
    _ = curve.extent, curve.thinned(0, length, columns)
    curve.cut(cut)
    begun = int(curve.steps[-1]) + 1 if len(curve) else 0
    curve.append(list(range(begun, begun + more)), [7.0] * more)
    if not len(curve):
        return
    steps, drawn = curve.thinned(0, 50_000, columns)
    assert curve.extent.tolist() == [curve.values.min(), curve.values.max()]
    assert len(drawn) <= 2 * columns + 2 * (len(curve) // columns + 256)
    # In the stretch between two places of the drawing, it reaches as low and as high as the curve itself.
    places = np.unique(steps)
    for start, end in pairwise([*places.tolist(), np.inf]):
        there = curve.values[(curve.steps >= start) & (curve.steps < end)]
        shown = drawn[steps == start]
        assert (shown.min(), shown.max()) == (there.min(), there.max())


# What is watched


def watched(step: int, gradient: float | None = 1.0, rate: float = 0.1) -> Watched:
    return Watched(
        time=0,
        step=step,
        learning_rate=rate,
        memory=1000 + step,
        gradient=gradient,
        gradients=[gradient, None],
        updates=[1e-3 * step, None],
        layers=("conv2d_1", "linear_1") if step == 1 else (),
    )


def begun(step: int = 0) -> Started:
    numbers = dict.fromkeys(("epochs", "steps_per_epoch", "train_samples", "validation_samples", "test_samples"), 10)
    return Started(time=0, run="run", pid=1, device="cpu", step=step, **numbers)


def test_what_is_watched_becomes_curves_of_the_whole_and_of_each_layer() -> None:
    history = History([begun(), watched(1), watched(5, gradient=0.5)])
    assert history.watched["gradient"].values.tolist() == [1.0, 0.5]
    assert history.watched["memory"].steps.tolist() == [1, 5]
    assert "device_memory" not in history.watched
    assert list(history.updates) == ["conv2d_1"]
    assert history.updates["conv2d_1"].values.tolist() == pytest.approx([1e-3, 5e-3])
    assert history.gradients["conv2d_1"].values.tolist() == [1.0, 0.5]
    assert history.metric == ""


def test_what_is_watched_goes_back_with_the_training() -> None:
    history = History([begun(), watched(1), watched(8), begun(step=4), watched(6, gradient=None)])
    assert history.watched["gradient"].steps.tolist() == [1]
    assert history.watched["memory"].steps.tolist() == [1, 6]
    history.take([begun()])
    assert not history.watched
    assert not history.updates


def test_the_learning_rate_is_known_whoever_tells_it() -> None:
    end = Epoch(time=0, epoch=1, step=10, train={}, validation={}, seconds=1, learning_rate=0.2)
    change = LearningRate(time=0, step=12, learning_rate=0.4)
    # What was seen of a step may be written after the end of its epoch.
    history = History([begun(), watched(3), end, watched(9), change, watched(14, rate=0.4)])
    rate = history.watched["learning_rate"]
    assert rate.steps.tolist() == [3, 10, 12, 14]
    assert rate.values.tolist() == [0.1, 0.2, 0.4, 0.4]


@pytest.mark.parametrize("together", [1, 3, 7, 100])
def test_a_table_is_the_same_however_many_rows_are_made_at_once(together: int, monkeypatch: pytest.MonkeyPatch) -> None:
    happened = [begun(), steps(1, *range(20, 9, -1)), epoch(2), steps(12, 3.0, 2.0), watched(1), watched(9), epoch(6)]
    whole = list(History(happened).rows(0.5))
    assert [row[0] for row in whole[1:]] == list(range(1, 14))
    assert [row[1] for row in whole[1:]] == [*map(float, range(20, 9, -1)), 3.0, 2.0]
    by_name = [dict(zip(whole[0], row, strict=True)) for row in whole[1:]]
    assert [row["step"] for row in by_name if row["validation_loss"] != ""] == [4, 12]
    assert [row["step"] for row in by_name if row["gradient"] != ""] == [1, 9]
    monkeypatch.setattr(curves, "ROWS_TOGETHER", together)
    assert list(History(happened).rows(0.5)) == whole


def test_the_table_has_what_is_watched() -> None:
    line = Steps(time=0, epoch=1, step=[1, 2], loss=[2.0, 1.0], samples_per_second=50)
    head, first, second = History([begun(), line, watched(1)]).rows(0.0)
    assert head[-4:] == ["gradient", "learning_rate", "speed", "memory"]
    assert first[-4:] == [1.0, 0.1, "", 1001]
    assert second[-4:] == ["", "", 50, ""]


# Long curves


@settings(deadline=None, max_examples=60)
@given(
    pieces=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 400)), min_size=1, max_size=8),
    cut=st.integers(-1, 3000),
    asked=st.floats(-10, 4000),
)
def test_steps_in_stretches_are_the_steps(pieces, cut, asked):
    curve, known = Curve(), [0.0]
    for stride, count in pieces:
        added = known[-1] + stride * np.arange(1, count + 1)
        curve.append(added, np.sqrt(added))
        known += added.tolist()
    curve.cut(cut)
    steps = np.array([step for step in known[1:] if step <= cut])
    assert np.array_equal(curve.steps, steps)
    assert np.array_equal(curve.values, np.sqrt(steps))
    assert curve.last_step == (steps[-1] if len(steps) else -np.inf)
    for with_it, side in ((False, "left"), (True, "right")):
        for step in (asked, round(asked), -np.inf, np.inf):
            assert curve.stretches.up_to(step, with_it=with_it) == np.searchsorted(steps, step, side=side)
    if len(steps):
        places = np.arange(0, len(steps), 7)
        assert np.array_equal(curve.stretches.at(places), steps[places])
        assert np.array_equal(curve.stretches.between(3, len(steps) - 2), steps[3 : len(steps) - 2])
        assert abs(curve.step_at(curve.nearest(asked)) - asked) == np.abs(steps - asked).min()


@pytest.mark.parametrize("smoothing", [0.0, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("each", [1, 7, 900])
def test_means_at_some_places_are_those_of_all(smoothing, each):
    values = 1 + np.random.default_rng(0).random(30_000)
    curve = curve_of(np.arange(30_000), values)
    places = np.arange(0, 30_000, each)[-300:]
    assert np.allclose(curve.smoothed_at(places, smoothing), curve.smoothed(smoothing)[places], rtol=1e-9)


@pytest.mark.parametrize("length", [1, 5, 300, 3000])
def test_means_of_a_curve_shorter_than_what_counts_in_them(length):
    curve = curve_of(np.arange(length), np.random.default_rng(0).random(length))
    places = np.arange(length)[:: max(1, length // 2)]
    assert np.allclose(curve.smoothed_at(places, 0.99), curve.smoothed(0.99)[places], rtol=1e-9)
    assert np.allclose(curve.smoothed_at(places[-1:], 0.99), curve.smoothed(0.99)[places[-1:]], rtol=1e-9)


def test_consecutive_steps_take_no_room():
    curve = curve_of(np.arange(1, 100_001), np.zeros(100_000))
    assert len(curve.stretches.parts[0]) == 1
