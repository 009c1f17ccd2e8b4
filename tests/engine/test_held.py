"""Looking at data larger than memory: some rows from everywhere, with their own numbers, said in words."""

from pathlib import Path

import numpy as np
import pytest
from image_files import classes

from engine import held, looking
from engine.data import Data
from engine.datasets import Loaded, Progress, Table
from engine.datasets.dataset import outcome
from engine.datasets.files import open_data
from engine.doctor import Findings, examine
from engine.looking import reading
from engine.looking.view import Numbered, Query, Sight

COUNT = 4000


@pytest.fixture(autouse=True)
def nothing_read():
    yield
    reading.forget_all()


@pytest.fixture
def table(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    """A CSV of which a tenth is held: a number that is its row, one that is constant, a name."""
    values = np.random.default_rng(0).normal(size=COUNT).tolist()
    lines = [f"{row},7,{value:.3f},name{row},{'ab'[value > 0]}" for row, value in enumerate(values)]
    (tmp_path / "rows.csv").write_text("\n".join(["count,same,size,name,kind", *lines]), encoding="utf-8")
    monkeypatch.setattr(held, "LARGE", 1000)
    monkeypatch.setattr(held, "MOST_VALUES", 1200)
    found = open_data(str(tmp_path / "rows.csv"))
    assert isinstance(found, Table)
    columns = tuple(
        column if column.name != "count" else type(column)("count", "number", holds="numbers", distinct=COUNT)
        for column in found.columns
    )
    return found.with_settings({"columns": columns, "target": "kind"})


def seen(data: Data) -> tuple[list[Progress], Sight]:
    *said, sight = looking.opened(data)
    assert isinstance(sight, Sight)
    return [one for one in said if isinstance(one, Progress)], sight


def examined(data: Data) -> Findings:
    return outcome(examine(data))


def test_evenly_spread_rows_are_shown_with_their_own_numbers(table: Table) -> None:
    data = Data(table)
    said, sight = seen(data)
    assert any("onto the disk" in one.message for one in said)
    assert sight.count == 400
    assert any("400 of 4,000 samples" in note for note in sight.notes)
    page = looking.rows(data, Query(sort="size", count=500))
    names = [column.name for column in sight.columns]
    assert [int(value) for value in page.values[names.index("count")]] == list(page.numbers)
    assert page.values[names.index("name")] == tuple(f"name{number}" for number in page.numbers)
    assert (min(page.numbers), max(page.numbers)) == (0, COUNT - 1)
    some = page.numbers[3:6]
    again = looking.rows(data, Query((Numbered((*some, 10**6)),)))
    assert sorted(again.numbers) == sorted(some)
    assert looking.detail(data, some[0]).values[names.index("count")] == some[0]
    assert sum(sight.parts.values()) == 400
    assert sum(map(sum, looking.balance_of(data).values())) == 400


def test_the_doctor_says_of_how_many_samples_it_speaks(table: Table) -> None:
    found = examined(Data(table, excluded=("0-999",)))
    assert found.samples == 300
    assert any("400 of 4,000 samples" in note for note in found.notes)
    rules = {finding.rule: finding for finding in found.findings}
    assert {"row-number", "constant-column"} <= rules.keys()
    assert all(row >= 1000 for finding in found.findings for row in finding.rows)


def test_a_table_is_looked_at_before_its_target_is_chosen(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.datasets.tables.table.MOST_UNASKED", 1)
    _, sight = seen(Data(table.with_setting("target", "")))
    assert sight.count == 300, "with what is to be predicted among its columns"
    assert any("of 4,000 samples" in note for note in sight.notes)


def test_images_and_arrays_too_large_to_be_held_are_looked_at(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "MOST_PIXELS", 20 * 3 * 8 * 8)
    monkeypatch.setattr(held, "MOST_VALUES", 1000)
    monkeypatch.setattr("engine.datasets.arrays.stored.MAPPED_FROM", 1)
    pets = open_data(str(classes(tmp_path / "pets", "cat", "dog", count=20))).with_setting("size", (8, 8))
    (tmp_path / "data").mkdir()
    np.save(tmp_path / "data" / "x.npy", np.random.default_rng(0).random((500, 10), np.float32))
    np.save(tmp_path / "data" / "y.npy", np.arange(500) % 3)
    for dataset, count, whole in ((pets, 20, 40), (open_data(str(tmp_path / "data")), 100, 500)):
        data = Data(dataset)
        _, sight = seen(data)
        assert sight.count == count
        assert any(f"{count} of {whole} samples" in note for note in sight.notes)
        *_, overview = looking.overview(data)
        assert isinstance(overview, looking.Overview)
        assert sum(map(sum, overview.balance.values())) == count
        assert examined(data).samples == count


def test_what_can_be_held_is_held_whole(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held, "LARGE", 2**20)
    _, sight = seen(Data(table))
    assert sight.count == COUNT
    assert not sight.notes


def test_what_is_looked_at_and_examined_is_held_once(table: Table) -> None:
    seen(Data(table))
    shown = reading.frame_of(Data(table)).loaded
    assert read(table) is shown
    Path(table.path).write_text(Path(table.path).read_text(encoding="utf-8") + "\n1,7,0.5,late,a\n", encoding="utf-8")
    assert len(read(table).train) == COUNT + 1


def read(table: Table) -> Loaded:
    """What is read of it now."""
    return outcome(held.read(table))[1]
