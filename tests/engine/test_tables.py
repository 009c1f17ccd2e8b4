"""Tables of a person's own: what is found out of the real files is what their description says."""

from pathlib import Path

import numpy as np
import pytest

from engine.datasets import Progress, Table
from engine.datasets.files import open_data, opening_data

KINDS = {
    "titanic.csv": "ignore category number ignore category number number number ignore number ignore category",
    "winequality-red.csv": " ".join(["number"] * 12),
    "winequality-white.csv": " ".join(["number"] * 12),
    "california_housing.csv": " ".join(["number"] * 9 + ["category"]),
    "adult_train.csv": "number category number category number category category category category category "
    "number number number category category",
}
"""The kinds of the columns, in order."""

MISSING = {
    "titanic.csv": {"Age": 177, "Cabin": 687, "Embarked": 2},
    "winequality-red.csv": {},
    "winequality-white.csv": {},
    "california_housing.csv": {"total_bedrooms": 207},
    "adult_train.csv": {"workclass": 1836, "occupation": 1843, "native-country": 583},
    "adult_test.csv": {"workclass": 963, "occupation": 966, "native-country": 274},
}

FACTS = {
    "titanic.csv": (891, 12, "Survived", ("0", "1")),
    "winequality-red.csv": (1599, 12, "quality", ()),
    "winequality-white.csv": (4898, 12, "quality", ()),
    "california_housing.csv": (20640, 10, "median_house_value", ()),
    "adult_train.csv": (32561, 15, "Y", ("<=50K", ">50K")),
    "adult_test.csv": (16281, 15, "Y", ("<=50K.", ">50K.")),
}
"""Rows, columns, what is predicted, and its classes."""


def opened(path: Path) -> Table:
    """The table in a file."""
    dataset = open_data(str(path))
    assert isinstance(dataset, Table)
    return dataset


@pytest.mark.parametrize("name", FACTS)
def test_a_real_table_is_found_out(name: str, shared_data: Path) -> None:
    table = opened(shared_data / "tabular" / name)
    assert (table.rows, len(table.columns), table.target, table.classes) == FACTS[name]
    assert {column.name: column.missing for column in table.columns if column.missing} == MISSING[name]
    assert table.separator == ("semicolon" if "wine" in name else "comma")
    assert table.task == ("classification" if FACTS[name][3] else "regression")
    assert not table.lacks
    if name in KINDS:
        assert [column.kind for column in table.columns] == KINDS[name].split()


@pytest.mark.parametrize("name", FACTS)
def test_a_real_table_is_read_whole(name: str, shared_data: Path) -> None:
    table = opened(shared_data / "tabular" / name)
    loaded = table.load()
    assert loaded.train.inputs.shape == (table.rows, len(table.inputs))
    assert loaded.train.inputs.dtype == np.float32
    assert not loaded.skipped
    missing = dict(zip(table.features, np.isnan(loaded.train.inputs).sum(axis=0).tolist(), strict=True))
    assert {name: count for name, count in missing.items() if count} == {
        column.name: column.missing for column in table.inputs if column.missing
    }


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_opening_a_large_table_tells_how_many_bytes_are_read(tmp_path: Path, ending: str) -> None:
    import pyarrow as pa
    from pyarrow import csv, parquet

    path = tmp_path / f"large.{ending}"
    values = np.random.default_rng(0).normal(size=(200_000, 3))
    table = pa.table({"a": values[:, 0], "b": values[:, 1], "c": values[:, 2]})
    if ending == "csv":
        csv.write_csv(table, path)
    elif ending == "parquet":
        parquet.write_table(table, path)
    else:
        path.write_text("".join(f'{{"a": {a}, "b": {b}, "c": {c}}}\n' for a, b, c in values[:100_000]))
    *steps, dataset = opening_data(str(path))
    reading = [step for step in steps if isinstance(step, Progress) and step.message == f"Reading {path.name}"]
    done = [step.done for step in reading]
    assert len(done) >= 2
    assert done == sorted(done)
    assert done[-1] == path.stat().st_size
    assert {(step.total, step.unit) for step in reading} == {(path.stat().st_size, "bytes")}
    assert dataset == open_data(str(path))


@pytest.mark.parametrize(
    ("cells", "separator", "values"),
    [
        (("$1,200.50", "-$3", "$ 40"), ";", (1200.5, -3, 40)),
        (("1.200,50 €", "-3 €", "40\u00a0€"), ";", (1200.5, -3, 40)),
        (("12%", "7.5 %", "-0.5%"), ",", (12, 7.5, -0.5)),
        (("£3", "¥4", "5"), ",", (3, 4, 5)),
    ],
)
def test_money_and_percents_are_numbers(
    cells: tuple[str, ...], separator: str, values: tuple[float, ...], tmp_path: Path
) -> None:
    rows = [f"{cell}{separator}{answer}" for cell, answer in zip(cells * 20, ["yes", "no"] * 30, strict=True)]
    (tmp_path / "a.csv").write_text("\n".join([f"amount{separator}bought", *rows]), encoding="utf-8")
    table = opened(tmp_path / "a.csv")
    assert [(column.name, column.kind) for column in table.columns] == [("amount", "number"), ("bought", "category")]
    assert table.load().train.inputs[:3, 0].tolist() == pytest.approx(values)


@pytest.mark.parametrize(
    ("others", "kind", "is_told"), [(0, "date", False), (5, "date", False), (20, "ignore", True), (60, "ignore", False)]
)
def test_a_column_in_which_too_few_are_dates_says_so(tmp_path: Path, others: int, kind: str, is_told: bool) -> None:
    days = [f"2024-{1 + row // 28 % 12:02}-{1 + row % 28:02}" for row in range(100)]
    days[:others] = [f"unknown {row}" for row in range(others)]
    path = tmp_path / "days.csv"
    path.write_text("day,size\n" + "".join(f"{day},{row % 7}\n" for row, day in enumerate(days)))
    day, _ = opened(path).columns
    assert day.kind == kind
    assert ("Most of its texts are dates" in day.reason) == is_told
