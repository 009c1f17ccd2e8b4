"""Data in which there is nothing to tell apart, or nothing is chosen to be predicted: said, never passed over, and
looked at all the same.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from image_files import image

from engine import looking
from engine.data import Data
from engine.datasets import Arrays
from engine.datasets.dataset import outcome
from engine.datasets.files import open_data
from engine.datasets.tables import Table
from engine.datasets.tables.editing import with_target
from engine.doctor import Findings, examine
from engine.doctor.fixes import IgnoreColumn
from engine.errors import DataError
from engine.looking import reading
from engine.looking.view import Query, Sight
from engine.project import Project
from engine.proposing import fitting, proposed

DRAWN = np.random.default_rng(3)


@pytest.fixture(autouse=True)
def nothing_read():
    yield
    reading.forget_all()


def table(folder: Path, target: str, rows: int = 60) -> Path:
    """A table whose last column is always the same."""
    path = folder / "data.csv"
    path.write_text(f"a,b,{target}\n" + "".join(f"{n % 7}.5,{n % 5},same\n" for n in range(rows)))
    return path


def one_class_of_images(folder: Path) -> Path:
    image(folder / "cat/1.png")
    image(folder / "cat/2.png")
    (folder / "dog").mkdir()
    return folder


def one_label_of_images(folder: Path) -> Path:
    for number in range(4):
        image(folder / f"{number}.png")
    (folder / "labels.csv").write_text("file,label\n" + "".join(f"{number}.png,3.5\n" for number in range(4)))
    return folder


def one_class_of_sounds(folder: Path) -> Path:
    (folder / "dog").mkdir()
    for number in range(3):
        soundfile.write(folder / f"dog/{number}.wav", np.zeros(2000, np.float32), 8000)
    return folder


def one_class_of_texts(folder: Path) -> Path:
    (folder / "good").mkdir()
    for number in range(3):
        (folder / f"good/{number}.txt").write_text("quite a fine text")
    return folder


def one_label_of_texts(folder: Path) -> Path:
    path = folder / "texts.csv"
    path.write_text("text,label\n" + "".join(f"a text of many words {number},good\n" for number in range(40)))
    return path


def one_class_of_arrays(folder: Path) -> Path:
    np.savez(folder / "one.npz", x=DRAWN.normal(size=(30, 4)), y=np.full(30, 3))
    return folder / "one.npz"


def one_hot_of_arrays(folder: Path) -> Path:
    np.savez(folder / "one.npz", x=DRAWN.normal(size=(30, 4)), y=np.eye(3)[np.zeros(30, int)])
    return folder / "one.npz"


def one_value_of_arrays(folder: Path) -> Path:
    np.savez(folder / "one.npz", x=DRAWN.normal(size=(30, 4)), y=np.full(30, 3.5))
    return folder / "one.npz"


def too_many_numbers_of_arrays(folder: Path) -> Path:
    np.savez(folder / "many.npz", x=DRAWN.normal(size=(20_000, 2)), y=np.arange(20_000) % 10_000)
    return folder / "many.npz"


def too_many_texts_of_arrays(folder: Path) -> Path:
    np.savez(folder / "many.npz", x=DRAWN.normal(size=(4000, 2)), y=np.array([f"c{n % 2000}" for n in range(4000)]))
    return folder / "many.npz"


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (one_class_of_images, "holds images of one class only (cat)"),
        (one_label_of_images, "Every row of labels.csv has the same label, 3.5."),
        (one_class_of_sounds, "holds sounds of one label only (dog)"),
        (one_class_of_texts, "holds texts of one class only (good)"),
        (one_label_of_texts, "“label” cannot be predicted: it must have at least two different values."),
        (one_class_of_arrays, "“y” asks for the same of every sample"),
        (one_hot_of_arrays, "“y” asks for the same of every sample"),
        (one_value_of_arrays, "“y” asks for the same of every sample"),
        (too_many_numbers_of_arrays, "“y” holds too many numbers for classes"),
        (too_many_texts_of_arrays, "“y” holds too many different texts for classes"),
    ],
)
def test_what_holds_nothing_to_tell_apart_says_so_when_opened(
    made: Callable[[Path], Path], words: str, tmp_path: Path
) -> None:
    path, told = made(tmp_path), ""
    try:
        told = open_data(str(path)).lacks
    except DataError as refusal:
        told = str(refusal)
    assert words in told
    assert "\n" not in told


def test_many_numbers_are_predicted_as_values_where_a_person_says_so(tmp_path: Path) -> None:
    arrays = open_data(str(too_many_numbers_of_arrays(tmp_path))).with_setting("predicts", "values")
    assert isinstance(arrays, Arrays)
    assert (arrays.lacks, arrays.task) == ("", "regression")


def sight_of(data: Data) -> Sight:
    """What there is to be looked at."""
    *_, sight = looking.opened(data)
    assert isinstance(sight, Sight)
    return sight


def test_a_table_is_looked_at_before_its_target_is_chosen(tmp_path: Path) -> None:
    found = open_data(str(table(tmp_path, "species")))
    assert isinstance(found, Table)
    assert found.lacks
    assert not found.lacks_to_look
    sight = sight_of(fitting(found))
    assert [head.name for head in sight.columns] == ["a", "b", "species", "part"]
    assert (sight.count, sight.notes) == (60, (found.lacks,))
    page = looking.rows(fitting(found), Query(count=2))
    assert [column[0] for column in page.values[:3]] == [0.5, 0.0, "same"]
    *_, whole = looking.overview(fitting(found))
    assert [column.distinct for column in whole.columns[:3]] == [7, 5, 1]  # pyright: ignore
    chosen = sight_of(fitting(with_target(found, "b")))
    assert [head.name for head in chosen.columns if head.role == "target"] == ["b"]
    assert not chosen.notes


def test_a_table_of_nothing_but_prose_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "prose.csv"
    path.write_text("name,comment\n" + "".join(f"n{n},a comment that nobody would repeat {n}\n" for n in range(40)))
    found = open_data(str(path))
    assert found.lacks == "No column is chosen to be predicted."
    page = looking.rows(Data(found), Query(count=1))
    assert page.values[:2] == (("n0",), ("a comment that nobody would repeat 0",))
    assert len(proposed(Data(found)).network.nodes) > 2


@pytest.mark.parametrize("name", ["length", "species"])
def test_a_table_of_one_column_says_that_it_is(name: str, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text(f"{name}\n" + "".join(f"{n % 7}\n" for n in range(40)))
    found = open_data(str(path))
    assert found.lacks == f"one.csv has only one column, “{name}”: to predict one, another is needed."
    assert [str(value)[0] for value in looking.rows(Data(found), Query(count=1)).values[0]] == ["0"]


def test_a_table_whose_file_is_gone_cannot_be_looked_at(tmp_path: Path) -> None:
    path = table(tmp_path, "species")
    found = open_data(str(path))
    path.unlink()
    assert "is not there" in found.lacks_to_look


@pytest.mark.parametrize("target", ["species", "anything"])
def test_the_doctor_says_that_nothing_can_be_predicted_and_never_ignores_what_was_meant(
    target: str, tmp_path: Path
) -> None:
    found = open_data(str(table(tmp_path, target)))
    findings = findings_of(fitting(found))
    first = findings.findings[0]
    assert (first.rule, first.severity) == ("nothing-asked", "serious")
    assert f"“{target}” cannot be predicted" in first.message
    fixes = [one.fix for one in findings.findings]
    assert IgnoreColumn(target) not in fixes


def test_a_constant_column_that_is_called_as_a_target_is_not_offered_to_be_ignored(tmp_path: Path) -> None:
    found = open_data(str(table(tmp_path, "species")))
    assert isinstance(found, Table)
    findings = findings_of(fitting(with_target(found, "b")))
    told = next(one for one in findings.findings if one.rule == "constant-column")
    assert told.fix is None
    assert "“species” is always “same”" in told.message


def test_a_target_is_never_ignored(tmp_path: Path) -> None:
    found = open_data(str(table(tmp_path, "species")))
    project = Project(data=Data(found))
    assert IgnoreColumn("species").apply(project) == project


def findings_of(data: Data) -> Findings:
    """What the doctor finds."""
    return outcome(examine(data))
