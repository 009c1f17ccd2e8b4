"""Samples that are left out: how they are written down, and what the parts then are."""

import numpy as np
import pytest

from engine.data import Data, divided, prepare
from engine.datasets import Iris, Loaded
from engine.errors import DataError
from engine.excluded import joined, numbers, spelled
from engine.project import Project, from_json, to_json


def test_rows_are_written_as_ranges_and_read_back() -> None:
    rows = [7, 1, 2, 3, 12, 13, 7]
    entries = spelled(rows)
    assert entries is not None
    assert entries == ("1-3", "7", "12-13")
    assert numbers(entries, 14).tolist() == [1, 2, 3, 7, 12, 13]
    assert not len(numbers((), 14))


def test_joining_sorts_and_merges() -> None:
    assert joined(("5-9", "1"), ("10", "2-3", "7")) == ("1-3", "5-10")


def test_so_many_scattered_rows_are_not_kept() -> None:
    assert spelled(np.arange(0, 40_000, 2)) is None
    assert spelled(np.arange(40_000)) == ("0-39999",)


@pytest.mark.parametrize("entry", ["x", "-3", "5-2", "1-", "", "1e3", "٣", "9" * 40])
def test_what_is_no_range_is_refused(entry: str) -> None:
    with pytest.raises(DataError, match="names no samples"):
        numbers((entry,), 10)


def test_samples_that_are_not_there_are_refused_with_what_to_do() -> None:
    with pytest.raises(DataError, match="only 150") as told:
        prepare(Data(Iris(), excluded=("3", "140-150")))
    assert told.value.fix


def test_what_is_left_out_is_in_no_part_and_the_rest_is() -> None:
    data = Data(Iris(), excluded=("0-9", "142"))
    rows = divided(data, data.dataset.load())
    there = sorted([*rows.train, *rows.validation, *rows.test])
    assert there == [number for number in range(150) if number > 9 and number != 142]
    assert "11 samples are left out." in prepare(data).notes


def test_a_test_part_of_its_own_stays_whole() -> None:
    samples = Iris().load().train
    loaded = Loaded(samples, samples.pick(np.arange(20)))
    rows = divided(Data(Iris(), excluded=("0-99",)), loaded)
    assert len(rows.train) + len(rows.validation) == 50
    assert not len(rows.test)


def test_it_is_written_only_where_it_says_something() -> None:
    plain, some = Project(data=Data(Iris())), Project(data=Data(Iris(), excluded=("3", "8-12")))
    assert b"excluded" not in to_json(plain)
    assert from_json(to_json(some)).data.excluded == ("3", "8-12")
