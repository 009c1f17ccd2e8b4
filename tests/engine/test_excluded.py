"""Samples that are left out: how they are written down, and what the parts then are."""

from pathlib import Path

import numpy as np
import pytest
from image_files import image
from msgspec.structs import replace

from engine.data import Data, divided, prepare
from engine.datasets import Iris, Loaded
from engine.datasets.files import open_data
from engine.datasets.tables.editing import with_column_kind
from engine.doctor.case import Case
from engine.doctor.fixes import leave_out
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


HEAD = "a,b,kind\n"
LINES = [f"{row}.5,{row * 7 % 11},{'xyz'[row % 3]}\n" for row in range(60)]
CHANGED = "data.csv, or what is used of it, has changed since samples were chosen to be left out"


def without(data: Data, *rows: int) -> Data:
    """The data less these rows, as the doctor leaves them out."""
    fix = leave_out(Case(data, *data.dataset.to_look()), np.array(rows), "some")
    assert fix is not None
    return fix.apply(Project(data=data)).data


def table(folder: Path, lines: list[str]) -> Path:
    """A table of these lines."""
    path = folder / "data.csv"
    path.write_text(HEAD + "".join(lines))
    return path


@pytest.mark.parametrize(
    "lines",
    [
        [LINES[0], "9.5,9,x\n", *LINES[1:-1]],
        [*LINES[:30], *LINES[31:], LINES[30]],
        LINES[1:],
        [LINES[0].replace("0.5", "8.5"), *LINES[1:]],
    ],
    ids=["put in", "moved", "taken out", "changed, as long as before"],
)
def test_numbers_that_may_be_those_of_other_rows_now_are_told_and_kept(lines: list[str], tmp_path: Path) -> None:
    path = table(tmp_path, LINES)
    data = without(Data(open_data(str(path))), 3, 40, 41)
    assert data.excluded == ("3", "40-41")
    assert "3 samples are left out." in prepare(data).notes
    table(tmp_path, lines)
    with pytest.raises(DataError, match=CHANGED) as told:
        prepare(data)
    assert "Empty Excluded" in told.value.fix
    assert from_json(to_json(Project(data=data))).data == data
    assert len(prepare(data.with_setting("excluded", ())).train)


def test_rows_that_are_added_at_the_end_change_no_number(tmp_path: Path) -> None:
    path = table(tmp_path, LINES)
    data = without(without(Data(open_data(str(path))), 50), 3)
    assert data.excluded == ("3", "50")
    table(tmp_path, [*LINES, "1.5,1,x\n"])
    assert "2 samples are left out." in prepare(data).notes


def test_numbers_that_a_person_writes_hold_as_they_are(tmp_path: Path) -> None:
    path = table(tmp_path, LINES)
    data = without(Data(open_data(str(path))), 3)
    table(tmp_path, LINES[1:])
    assert "1 sample is left out." in prepare(data.with_setting("excluded", ("2",))).notes


def test_columns_that_are_used_otherwise_change_no_number(tmp_path: Path) -> None:
    path = table(tmp_path, LINES)
    data = without(Data(open_data(str(path))), 3)
    other = with_column_kind(data.dataset, "b", "ignore")  # pyright: ignore[reportArgumentType]
    assert "1 sample is left out." in prepare(replace(data, dataset=other)).notes


def test_another_target_that_some_rows_lack_moves_the_numbers_and_is_told(tmp_path: Path) -> None:
    lines = [",1,x\n", *LINES]
    data = without(Data(open_data(str(table(tmp_path, lines)))), 5)
    assert data.dataset.task == "classification"
    other = replace(data.dataset, target="a")
    with pytest.raises(DataError, match=CHANGED):
        prepare(replace(data, dataset=other))


def test_images_that_come_between_are_told_and_those_that_come_after_are_not(tmp_path: Path) -> None:
    for name in ("cat/1.png", "cat/3.png", "dog/1.png", "dog/2.png", "dog/3.png"):
        image(tmp_path / name, colour=(len(name), 9, 40))
    data = without(Data(open_data(str(tmp_path)), validation=0, test=0), 1)
    image(tmp_path / "dog/4.png")
    assert "1 sample is left out." in prepare(data).notes
    image(tmp_path / "cat/2.png")
    with pytest.raises(DataError, match="since samples were chosen"):
        prepare(data)
