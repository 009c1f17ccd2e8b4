"""Splits: which samples are trained on, which judge an epoch, which are for the test."""

import json
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from engine import splits
from engine.advice import training_samples
from engine.analysis import analyse
from engine.data import Data, divided, prepare
from engine.datasets import Dataset, Digits, Iris, Loaded, Samples
from engine.errors import DataError
from engine.graph import Graph
from engine.layers import Flatten, Input, Linear, Output
from engine.project import Project, from_json, to_json
from engine.splits import AtRandom, ByColumn, ByGroup, ByTime, Division, Split, spread

COUNT = 60
DRAWN = Project(Graph.chain(Input(), Flatten(), Linear(10), Output()))


class Visits(Dataset, frozen=True):
    """Visits of patients, a few of each, on successive days."""

    listed = False
    title = "Visits"
    group = "Tests"
    source = "Tests"
    parts: ClassVar[np.ndarray] = np.array((["train"] * 4 + ["Val", "test "]) * 10, object)

    @property
    def shape(self) -> tuple[int, ...]:
        return (1,)

    @property
    def classes(self) -> tuple[str, ...]:
        return ("ill", "well")

    @property
    def keys(self) -> tuple[str, ...]:
        return ("patient", "day", "date", "part", "same", "words")

    @property
    def sizes(self) -> tuple[int, int]:
        return (COUNT, 0)

    def load(self) -> Loaded:
        numbers = np.arange(COUNT)
        keys = {
            "patient": np.array([f"p{number // 4}" for number in numbers], object),
            "day": (numbers * 7 % COUNT).astype(np.float64),
            "date": np.datetime64("2024-01-01") + (numbers * 7 % COUNT).astype("timedelta64[D]"),
            "part": self.parts,
            "same": np.zeros(COUNT),
            "words": np.array(["soon", "late"] * 30, object),
        }
        inputs = np.arange(COUNT, dtype=np.float32)[:, None]
        return Loaded(Samples(inputs, numbers.astype(np.int64) % 2), keys=keys)


def parts_of(split: Split, fold: int = 0, folds: int = 0) -> Division:
    return divided(Data(Visits(), split=split, fold=fold, folds=folds), Visits().load())


EVERY = [AtRandom(), ByGroup("patient"), ByTime("date"), ByTime("day"), ByColumn("part")]


@pytest.mark.parametrize("split", EVERY, ids=lambda split: type(split).__name__)
def test_every_sample_is_in_one_part(split: Split) -> None:
    found = parts_of(split)
    whole = np.concatenate([found.train, found.validation, found.test])
    assert np.sort(whole).tolist() == list(range(COUNT))
    assert min(len(found.train), len(found.validation), len(found.test)) > 0
    assert all((np.diff(part) > 0).all() for part in (found.train, found.validation, found.test))


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), test=st.floats(0.05, 0.6))
def test_no_group_is_in_two_parts(seed: int, test: float) -> None:
    data = Data(Visits(), split=ByGroup("patient"), split_seed=seed, test=test)
    found = divided(data, Visits().load())
    groups = [set((part // 4).tolist()) for part in (found.train, found.validation, found.test)]
    assert sum(map(len, groups)) == len(set().union(*groups))
    assert abs(len(found.test) - COUNT * test) <= 4


@pytest.mark.parametrize("column", ["day", "date"])
def test_the_latest_are_tested_and_those_before_judge_the_epochs(column: str) -> None:
    found, days = parts_of(ByTime(column)), Visits().load().keys["day"]
    assert days[found.train].max() < days[found.validation].min()
    assert days[found.validation].max() < days[found.test].min()
    assert len(found.test) == 12


def test_a_column_says_which_part() -> None:
    found = parts_of(ByColumn("part"))
    assert found.test.tolist() == list(range(5, COUNT, 6))
    assert found.validation.tolist() == list(range(4, COUNT, 6))


@pytest.mark.parametrize("split", [AtRandom(), ByGroup("patient")], ids=lambda split: type(split).__name__)
def test_every_sample_is_in_one_fold(split: Split) -> None:
    tests = [parts_of(split, fold, 5).test for fold in range(1, 6)]
    assert np.sort(np.concatenate(tests)).tolist() == list(range(COUNT))
    assert {len(test) for test in tests} == {12}


def test_folds_hold_each_class_by_its_share() -> None:
    for fold in range(1, 6):
        prepared = prepare(Data(Iris(), folds=5, fold=fold))
        assert np.bincount(prepared.test.targets).tolist() == [10, 10, 10]
        assert len(prepared.train) == training_samples(Data(Iris(), folds=5, fold=fold))


def test_folds_of_time_are_tested_by_what_lies_before() -> None:
    days = Visits().load().keys["day"]
    for fold in range(1, 6):
        found = parts_of(ByTime("date"), fold, 5)
        assert days[np.concatenate([found.train, found.validation])].max() < days[found.test].min()


@pytest.mark.parametrize(
    ("split", "words"),
    [
        (ByGroup("doctor"), "“doctor”, which is not there"),
        (ByGroup(), "no column is named"),
        (ByGroup("same"), "All samples have the same value in “same”"),
        (ByTime("same"), "All samples have the same time"),
        (ByTime("words"), "“words” holds no times"),
        (ByColumn("words"), "says “late” of a sample, which is no part"),
    ],
)
def test_what_cannot_be_divided_by_is_refused_in_a_sentence(split: Split, words: str) -> None:
    with pytest.raises(DataError, match=words) as refusal:
        parts_of(split)
    assert refusal.value.fix


def test_a_split_that_cannot_be_is_a_fault_with_a_fix() -> None:
    project = replace(DRAWN, data=Data(Digits(), split=ByGroup("patient")))
    fault = analyse(project).faults[0]
    assert fault.fix is not None
    assert isinstance(fault.fix.apply(project).data.split, AtRandom)
    with pytest.raises(DataError, match="no fold 6 of 5"):
        prepare(Data(Iris(), folds=5, fold=6))
    with pytest.raises(DataError, match="cannot be divided into 100 folds"):
        parts_of(AtRandom(), 100, 100)
    with pytest.raises(DataError, match="says nothing of folds"):
        parts_of(ByColumn("part"), 1, 5)


def test_a_split_stays_in_the_file_and_the_usual_one_out_of_it() -> None:
    project = Project(data=Data(Digits(), split=ByGroup("patient"), folds=5, fold=2))
    assert from_json(to_json(project)) == project
    assert not {"split", "folds", "fold", "steps"} & set(json.loads(to_json(Project()))["data"])


def test_the_rows_that_lack_a_time_are_trained_on() -> None:
    loaded = Visits().load()
    days = loaded.keys["day"].copy()
    days[:5] = np.nan
    found = divided(Data(Visits(), split=ByTime("day")), replace(loaded, keys={"day": days}))
    assert set(range(5)) <= set(found.train.tolist())


@pytest.mark.parametrize("fold", [0, 1, 2, 3])
@pytest.mark.parametrize("length", [2, 7, 13])
def test_samples_of_one_time_are_in_one_part(length: int, fold: int) -> None:
    loaded = Visits().load()
    weeks = loaded.keys["day"] // length
    data = Data(Visits(), split=ByTime("day"), folds=3 if fold else 0, fold=fold)
    found = divided(data, replace(loaded, keys={"day": weeks}))
    parts = [set(weeks[part]) for part in (found.train, found.validation, found.test)]
    assert sum(map(len, parts)) == len(set().union(*parts))
    assert parts[0]
    assert parts[2]


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_column_does_not_take_samples_for_a_part_that_the_files_bring(part: str) -> None:
    loaded = Visits().load()
    with pytest.raises(DataError, match=f"says {part} of 10 samples, but the files bring a {part} part"):
        divided(Data(Visits(), split=ByColumn("part")), replace(loaded, **{part: loaded.train}))


def test_other_samples_are_not_divided_by_columns_of_those_before_nor_rid_of_their_rows() -> None:
    data = Data(Visits(), split=ByGroup("patient"), excluded=("3", "7-9"), validation=0.3)
    assert data.with_other(Iris()) == Data(Iris(), validation=0.3)
    assert data.with_other(Visits()).split == ByGroup("patient")


@pytest.mark.parametrize(("count", "classes"), [(0, 1), (1, 1), (7, 3), (3000, 2), (5000, 37)])
def test_classes_are_spread_alike_in_one_stretch_and_in_many(
    monkeypatch: pytest.MonkeyPatch, count: int, classes: int
) -> None:
    labels = 2 * np.random.default_rng(1).integers(0, classes, count)
    whole = spread(labels)
    monkeypatch.setattr(splits, "STRETCH", 7)
    assert np.array_equal(spread(labels), whole)
    # By the share of its class that lies before a sample, then by its place.
    before = [(np.sum(labels[:place] == label) + 0.5) / np.sum(labels == label) for place, label in enumerate(labels)]
    assert np.array_equal(whole, np.argsort(before, kind="stable"))
