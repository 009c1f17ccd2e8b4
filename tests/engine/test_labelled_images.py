"""Images with a table of labels."""

from pathlib import Path

import numpy as np
import pytest
from image_files import image

from engine import looking
from engine.data import Data, prepare
from engine.datasets import Dataset
from engine.datasets.files import open_data
from engine.datasets.images import LabelledImages
from engine.errors import DataError
from engine.looking.view import Sight


def folder(path: Path, rows: list[str], table: str = "labels.csv", encoding: str = "utf-8") -> Path:
    """A folder with six images, 0.png … 5.png, and a table of these lines."""
    for number in range(6):
        image(path / "pictures" / f"{number}.png", colour=(40 * number, 0, 0))
    (path / table).write_text("\n".join(rows), encoding=encoding)
    return path


def opened(path: Path) -> LabelledImages:
    """The labelled images at this path."""
    dataset = open_data(str(path))
    assert isinstance(dataset, LabelledImages)
    return dataset


CATS = ["file,label", *(f"{number}.png,{'cat' if number % 2 else 'dog'}" for number in range(6))]


def test_a_table_of_classes_is_found_out(tmp_path: Path) -> None:
    dataset = opened(folder(tmp_path / "pets", CATS))
    loaded = dataset.load()

    assert (dataset.table, dataset.file_column, dataset.label_column) == ("labels.csv", "file", "label")
    assert dataset.classes == ("cat", "dog")
    assert dataset.task == "classification"
    assert loaded.train.targets.tolist() == [1, 0, 1, 0, 1, 0]
    assert [pixels[0, 0, 0] for pixels in loaded.train.inputs] == [0, 40, 80, 120, 160, 200]
    assert (dataset.sizes, loaded.skipped, loaded.note) == ((6, 0), (), "")
    assert Dataset.kinds["LabelledImages"].read(dataset.settings(), "here") == dataset


def test_a_table_that_is_opened_itself_stands_for_its_folder(tmp_path: Path) -> None:
    rows = ["file,label", *(f"pictures/{row}" for row in CATS[1:])]
    path = folder(tmp_path / "pets", rows)

    assert opened(path / "labels.csv") == opened(path)


@pytest.mark.parametrize(
    "rows",
    [
        ["id;breed", *(f"{number};{'Größe' if number % 2 else 'dog'}" for number in range(6))],
        ["\ufeffbreed\timage", *(f"{'Größe' if n % 2 else 'dog'}\tC:\\old\\pictures\\{n}.png" for n in range(6))],
        [f"{number}.png,{'Größe' if number % 2 else 'dog'}" for number in range(6)],
        ["n,image,label", *(f'{n},./pictures/{n}.png,"{"Größe" if n % 2 else "dog"}"' for n in range(6)), "", ""],
    ],
    ids=["without endings", "other folders", "no header", "quotes"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_tables_are_read_as_they_are_written(tmp_path: Path, rows: list[str], encoding: str) -> None:
    if encoding == "cp1252":
        rows = [row.removeprefix("\ufeff") for row in rows]
    dataset = opened(folder(tmp_path / "pets", rows, encoding=encoding))

    assert dataset.classes == ("Größe", "dog")
    assert dataset.load().train.targets.tolist() == [1, 0, 1, 0, 1, 0]


def test_lists_of_labels_are_said_to_be_classes(tmp_path: Path) -> None:
    listed = ["cat", "dog", "cat|dog", "dog", "cat|dog", "cat"]
    rows = ["file,label", *(f"{number}.png,{label}" for number, label in enumerate(listed))]
    note = opened(folder(tmp_path / "pets", rows)).load().note
    assert note == "Labels such as “cat|dog” seem to list several; of images each such list is a class of its own."
    assert not opened(folder(tmp_path / "others", CATS)).load().note


def test_numbers_are_a_regression(tmp_path: Path) -> None:
    dataset = opened(folder(tmp_path / "ages", ["file,age", *(f"{n}.png,{n}.5" for n in range(6))]))

    assert dataset.task == "regression"
    assert dataset.classes == ()
    targets = dataset.load().train.targets
    assert targets.dtype == np.float32
    assert targets.tolist() == [[n + 0.5] for n in range(6)]
    assert prepare(Data(dataset, test=0, validation=0)).targets.offset == (3.0,), "they are standardised to train on"


def test_a_column_sets_parts_apart(tmp_path: Path) -> None:
    parts = ["train", "train", "valid", "test", "train", "test"]
    rows = ["file,split,label", *(f"{n}.png,{part},{'ab'[n % 2]}" for n, part in enumerate(parts))]
    dataset = opened(folder(tmp_path / "pets", rows))
    loaded = dataset.load()

    assert dataset.part_column == "split"
    assert dataset.brings_validation
    assert dataset.sizes == (3, 2)
    assert loaded.names == tuple(f"pictures/{number}.png" for number in (0, 1, 4, 2, 3, 5))
    assert loaded.validation is not None
    assert loaded.validation.inputs[0, 0, 0, 0] == 80


def test_rows_and_files_that_do_not_fit_are_named(tmp_path: Path) -> None:
    rows = [*CATS[:5], "gone.png,cat", "../../secret.png,dog", "0.png,cat", "4.png,", ",dog"]
    loaded = opened(folder(tmp_path / "pets", rows)).load()

    assert [(skipped.place, skipped.reason) for skipped in loaded.skipped] == [
        ("row 6 of labels.csv", "gone.png is not there"),
        ("row 7 of labels.csv", "../../secret.png is not there"),
        ("row 8 of labels.csv", "pictures/0.png is named a second time"),
        ("row 9 of labels.csv", "it has no label"),
        ("row 10 of labels.csv", "nothing is not there"),
        ("pictures/5.png", "it has no label in labels.csv"),
    ]
    assert len(loaded.train) == 4


def test_another_column_brings_other_classes(tmp_path: Path) -> None:
    rows = ["file,label,colour", *(f"{n}.png,{'ab'[n % 2]},{'xyz'[n % 3]}" for n in range(6))]
    dataset = opened(folder(tmp_path / "pets", rows))
    assert not dataset.is_stale

    other = dataset.with_settings({"label_column": "colour", "size": 16})
    assert other.is_stale
    assert other.refreshed().classes == ("x", "y", "z")
    assert other.refreshed().size == 16
    assert not other.refreshed().is_stale


def test_one_label_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has the same label, cat"):
        opened(folder(tmp_path / "pets", ["file,label", *(f"{n}.png,cat" for n in range(6))]))


def test_a_column_that_is_gone_is_named(tmp_path: Path) -> None:
    dataset = opened(folder(tmp_path / "pets", CATS))
    (tmp_path / "pets/labels.csv").write_text("file,breed\n0.png,cat")
    with pytest.raises(DataError, match=r"labels\.csv has no column “label”"):
        dataset.load()


def test_a_table_that_is_gone_is_named(tmp_path: Path) -> None:
    dataset = opened(folder(tmp_path / "pets", CATS))
    (tmp_path / "pets/labels.csv").unlink()
    with pytest.raises(DataError, match=r"labels\.csv cannot be read"):
        dataset.load()


def test_a_table_that_repeats_the_folders_changes_nothing(tmp_path: Path) -> None:
    for name in ("cat", "dog"):
        for number in range(3):
            image(tmp_path / "pets" / name / f"{name}{number}.png")
    rows = [f"{name}{number}.png,{name}" for name in ("cat", "dog") for number in range(3)]
    (tmp_path / "pets/all.csv").write_text("\n".join(["file,label", *rows]))

    assert type(open_data(str(tmp_path / "pets"))).__name__ == "ImageFolder"


def test_the_columns_of_the_table_are_offered(tmp_path: Path) -> None:
    rows = ["file,label,size", *(f"{number}.png,{'cat' if number % 2 else 'dog'},{number}.5" for number in range(6))]
    dataset = opened(folder(tmp_path / "pets", rows))
    columns = ("file", "label", "size")
    assert dataset.offers == dict.fromkeys(("file_column", "label_column", "part_column"), columns)
    assert "columns" in dataset.finds
    other = dataset.with_settings({"label_column": "size", "label": "number"}).refreshed()
    assert other.offers == dataset.offers
    assert other.load().train.targets[:, 0].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]


@pytest.mark.parametrize("label", ["breed", "weight"])
def test_what_is_asked_for_is_called_in_the_data_view_as_in_the_table(tmp_path: Path, label: str) -> None:
    values = ["cat", "dog"] * 3 if label == "breed" else [f"{number}.5" for number in range(6)]
    rows = [f"file,{label}", *(f"{number}.png,{value}" for number, value in enumerate(values))]
    data = Data(opened(folder(tmp_path / "pets", rows)))
    (sight,) = (item for item in looking.opened(data) if isinstance(item, Sight))
    assert [column.name for column in sight.columns if column.role == "target"] == [label]
