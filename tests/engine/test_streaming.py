"""Data larger than memory: read from the disk while it trains, in the same way each time, and safely."""
# pyright: reportPrivateUsage=false

import json
import math
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import torch
from drawings import stack
from msgspec.structs import replace
from openpyxl import Workbook
from torch import Tensor
from training_runs import assert_same_weights, losses, only, trained

from engine import replaying, streaming
from engine.analysis import analyse
from engine.batches import Batches
from engine.data import Data, prepare
from engine.datasets import Dataset, Table
from engine.datasets.files import open_data
from engine.datasets.images import kept
from engine.datasets.rows import FileRows, in_memory, on_disk
from engine.errors import DataError
from engine.events import Checkpoint, Epoch, Failed, Finished, Started
from engine.layers import Flatten, Input, Linear, Output, ReLU
from engine.loading import brought
from engine.losses import CrossEntropy
from engine.optimizers import SGD, Adam, GradientDescent
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.runs import Run
from engine.splits import ByGroup
from engine.stepping import Rows, Stepper
from engine.steps import FillMissing, OneHot, Standardise
from engine.streaming import Blocks
from engine.trainer import record, train
from engine.training import Training

COUNT = 3000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two arrays that are mapped, however small they are, and buffers that hold few of their rows."""
    monkeypatch.setattr("engine.datasets.arrays.stored.MAPPED_FROM", 1)
    monkeypatch.setattr(streaming, "BUFFER_BYTES", 2**14)
    monkeypatch.setattr(streaming, "BLOCK_BYTES", 2**11)
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, COUNT)
    values = rng.normal(size=(COUNT, 12)) + labels[:, None]
    (tmp_path / "data").mkdir()
    np.save(tmp_path / "data" / "x.npy", values.astype(np.float32))
    np.save(tmp_path / "data" / "y.npy", labels)
    return tmp_path / "data"


def drawn(dataset: Dataset, loading: str, epochs: int = 2, **settings: object) -> Project:
    data = Data(dataset, loading=loading, **settings)
    network = stack(Input(), Flatten(), Linear(16), ReLU(), Linear(len(dataset.classes)), Output())
    return Project(network, data, Training(CrossEntropy(), Adam(), batch_size=32, epochs=epochs))


def test_rows_are_read_as_they_are_mapped(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    for dtype, order in ((np.float32, "C"), (np.float64, "C"), (np.uint8, "C"), (">f4", "C")):
        path = tmp_path / "values.npy"
        np.save(path, np.asarray((100 * rng.random((500, 4, 5, 3))).astype(dtype), order=order))
        mapped = np.load(path, mmap_mode="r")
        for view in (mapped, np.moveaxis(mapped, -1, 1), mapped[10:], mapped[:, 1:3]):
            rows = on_disk(view)
            assert isinstance(rows, FileRows)
            assert rows.shape == view.shape
            whole = in_memory(view)
            assert rows.dtype == whole.dtype
            for places in (np.arange(20), np.array([7, 3, 3, 400, 0]), slice(5, 300), np.arange(0, 480, 9)):
                assert np.array_equal(rows[places], whole[places])
                numbers = np.arange(500)[places][: len(whole)] if isinstance(places, slice) else places
                values, found = rows.among(numbers)
                assert np.array_equal(values[found], whole[numbers])
            picked = rows.pick(np.array([9, 4, 2])).pick(np.array([2, 0]))
            assert np.array_equal(picked[:], whole[[2, 9]])


def test_what_lies_between_samples_is_read_with_them_only_where_it_is_little(tmp_path: Path) -> None:
    np.save(tmp_path / "values.npy", np.arange(3000, dtype=np.float32).reshape(1000, 3))
    rows = on_disk(np.load(tmp_path / "values.npy", mmap_mode="r"))
    assert isinstance(rows, FileRows)
    nearly_all, few = np.delete(np.arange(1000), np.arange(5, 1000, 10)), np.arange(0, 1000, 10)
    assert len(rows.among(nearly_all)[0]) == 1000
    assert len(rows.among(few)[0]) == len(few)
    twice = np.repeat(np.arange(40, 60), 2)
    values, found = rows.among(twice)
    assert np.array_equal(values[found], rows[twice])


def test_what_lies_column_by_column_stays_mapped(tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", np.asfortranarray(np.zeros((50, 6), np.float32)))
    assert isinstance(on_disk(np.load(tmp_path / "f.npy", mmap_mode="r")), np.ndarray)


@pytest.mark.parametrize(("count", "size"), [(1000, 16), (17, 16), (5, 16), (64, 64)])
def test_an_epoch_sees_each_sample_once_wherever_it_is_taken_up(count: int, size: int) -> None:
    order = Blocks(count, size, seed=4)
    whole = order.places(0, count)
    assert sorted(whole) == list(range(count))
    assert np.array_equal(np.concatenate([order.places(0, 7), order.places(7, count)]), whole)
    assert count < 100 or not np.array_equal(whole, Blocks(count, size, seed=5).places(0, count))


def test_a_streamed_training_learns_as_one_in_memory(folder: Path, tmp_path: Path) -> None:
    dataset = open_data(str(folder))
    streamed, there = (trained(tmp_path / way, drawn(dataset, way, 3))[1] for way in ("stream", "memory"))
    (start,) = only(Started, streamed)
    assert any("stay on the disk" in note for note in start.notes)
    assert not any("disk" in note for note in only(Started, there)[0].notes)
    assert start.steps_per_epoch == only(Started, there)[0].steps_per_epoch
    first, second = streamed[-1], there[-1]
    assert isinstance(first, Finished)
    assert isinstance(second, Finished)
    assert first.test["accuracy"] == pytest.approx(second.test["accuracy"], abs=0.03)
    assert only(Epoch, streamed)[-1].train["loss"] < only(Epoch, streamed)[0].train["loss"]


def test_parts_and_scaling_are_those_of_memory(folder: Path) -> None:
    dataset = open_data(str(folder))
    streamed, there = (prepare(Data(dataset, loading=way)) for way in ("stream", "memory"))
    for name in ("train", "validation", "test"):
        assert streamed.part(name).is_streamed
        assert np.array_equal(streamed.part(name).inputs[:], there.part(name).inputs)
        assert np.array_equal(streamed.part(name).targets, there.part(name).targets)
    assert streamed.inputs == there.inputs, "few enough are all looked at"


def test_one_replay_serves_all_buffers_and_comes_to_the_same(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = drawn(open_data(str(folder)), "stream", 3)
    steps, take = list[int](), Stepper._whole

    def counted(stepper: Stepper, rows: Rows, number: int) -> tuple[Tensor, Tensor, int]:
        steps.append(number)
        return take(stepper, rows, number)

    monkeypatch.setattr(Stepper, "_whole", counted)
    monkeypatch.setattr(replaying, "LONGEST_SECONDS", 60.0)
    monkeypatch.setattr(replaying, "SETTLED", 2)
    run, replayed = trained(tmp_path / "replayed", project)
    by_python = len(steps)
    monkeypatch.setattr(replaying, "SETTLED", 10**9)
    other, plain = trained(tmp_path / "plain", project)

    assert by_python < 20 < len(losses(plain)) < len(steps)
    assert losses(replayed) == losses(plain)
    assert_same_weights(run, other)


@pytest.mark.parametrize("balance", ["none", "balanced sampling"])
def test_a_streamed_training_goes_on_as_if_never_interrupted(folder: Path, tmp_path: Path, balance: str) -> None:
    project = drawn(open_data(str(folder)), "stream", 2, balance=balance)
    whole = losses(trained(tmp_path / "whole", project)[1])
    run, _ = trained(tmp_path / "half", project.with_value("training.epochs", 1))
    rest = losses(record(run, train(run, resume=True, changes={"training.epochs": 2})))
    assert rest
    assert all(whole[step] == loss for step, loss in rest.items())


@pytest.mark.parametrize("happens", ["changes", "vanishes", "is cut off"])
def test_a_file_that_changes_stops_the_run_with_its_last_checkpoint(folder: Path, tmp_path: Path, happens: str) -> None:
    run = Run.create(tmp_path / "run", drawn(open_data(str(folder)), "stream", 50))
    happening = []
    for event in record(run, train(run)):
        happening.append(event)
        if isinstance(event, Epoch) and event.epoch == 2:
            path = folder / "x.npy"
            if happens == "vanishes":
                path.unlink()
            elif happens == "changes":
                os.utime(path, ns=(1, 1))
            else:
                os.truncate(path, 1000)
    assert isinstance(happening[-1], Failed)
    assert "x.npy" in happening[-1].message
    assert happening[-1].fix
    assert {event.name for event in only(Checkpoint, happening)} >= {"last", "best"}
    assert run.has_checkpoint()


def test_a_missing_value_is_named_where_it_is(folder: Path, tmp_path: Path) -> None:
    values = np.load(folder / "x.npy")
    values[1234, 5] = np.nan
    np.save(folder / "x.npy", values)
    data = Data(open_data(str(folder)), loading="stream", normalization="none", validation=0, test=0)
    run = Run.create(tmp_path / "run", drawn(data.dataset, "stream").with_data(data))
    failed = list(record(run, train(run)))[-1]
    assert isinstance(failed, Failed)
    assert "missing or infinite" in failed.message


def test_a_streamed_part_is_judged_as_one_in_memory(folder: Path) -> None:
    from engine.build import build, loss_function
    from engine.streaming import part_of

    torch.manual_seed(0)
    found = []
    project = drawn(open_data(str(folder)), "memory")
    network = build(project)
    for way in ("stream", "memory"):
        prepared = prepare(Data(project.data.dataset, loading=way))
        known = Preprocessing.of(prepared, "classification")
        part = part_of(prepared.test, project, known, torch.device("cpu"))
        found.append(part.judge(network, loss_function(project), 100))
    assert found[0][0] == pytest.approx(found[1][0])
    assert np.array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize("way", ["stream", "memory"])
def test_to_scale_a_batch_leaves_the_samples_as_they_are(way: str, folder: Path) -> None:
    from engine.augmentation import Noise
    from engine.streaming import part_of

    project = drawn(open_data(str(folder)), way, augmentation=(Noise(),))
    prepared = prepare(project.data)
    known = Preprocessing.of(prepared, "classification")
    part = part_of(prepared.train, project, known, torch.device("cpu"), augments=True)
    first = next(iter(part.in_turn(20)))
    before = part.batch(first)[0].clone()
    assert torch.equal(before, part.batch(first)[0])
    assert not torch.equal(before, torch.zeros_like(before))


def test_what_is_streamed_can_be_looked_at_and_exported(folder: Path, tmp_path: Path) -> None:
    from test_export import exported

    from engine.augmentation import Mixup, Noise
    from engine.preview import preview
    from engine.variants import variants

    project = drawn(open_data(str(folder)), "stream", 1, augmentation=(Noise(), Mixup()))
    seen = preview(project.data)
    assert sum(seen.sizes.values()) == COUNT
    assert any("on the disk" in note for note in seen.notes)
    assert variants(project.data, count=3).samples.shape == (3, 12)
    run, happening = trained(tmp_path / "run", project)
    assert isinstance(happening[-1], Finished)
    exported(run, "python", tmp_path / "net.py")
    assert "some of the samples" in (tmp_path / "net_train.py").read_text(encoding="utf-8")


def test_what_takes_the_whole_set_in_each_step_cannot_be_streamed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = drawn(open_data(str(folder)), "stream").with_value("training.optimizer", GradientDescent())
    (fault,) = (problem for problem in analyse(project).problems if problem.rule == "whole-set-streamed")
    assert fault.severity == "fault"
    assert fault.fix
    mended = fault.fix.apply(project)
    assert isinstance(mended.training.optimizer, SGD)
    assert not any(problem.rule == "whole-set-streamed" for problem in analyse(mended).problems)

    # What is chosen by itself is known only once it trains.
    monkeypatch.setattr("engine.loading.SHARE_OF_MEMORY", 0)
    failed = trained(tmp_path / "run", project.with_value("data.loading", "automatic"))[1][-1]
    assert isinstance(failed, Failed)
    assert "all samples in each step" in failed.message


@pytest.mark.parametrize("share", [0, 1])
def test_a_run_goes_on_with_the_loading_that_it_began_with(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: int
) -> None:
    project = drawn(open_data(str(folder)), "automatic", 2)
    monkeypatch.setattr("engine.loading.SHARE_OF_MEMORY", share)
    whole = losses(trained(tmp_path / "whole", project)[1])
    run, _ = trained(tmp_path / "half", project.with_value("training.epochs", 1))
    monkeypatch.setattr("engine.loading.SHARE_OF_MEMORY", 1 - share)
    rest = list(record(run, train(run, resume=True, changes={"training.epochs": 2})))
    assert any("stay on the disk" in note for note in only(Started, rest)[0].notes) == (share == 0)
    assert losses(rest)
    assert all(whole[step] == loss for step, loss in losses(rest).items())


@pytest.fixture
def table(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    """A Parquet file of several row groups: numbers with some missing, categories, dates, rows without a target."""
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(streaming, "BUFFER_BYTES", 2**14)
    monkeypatch.setattr(streaming, "BLOCK_BYTES", 2**11)
    rng = np.random.default_rng(0)
    side = rng.choice(["left", "right", "ahead"], COUNT)
    values = rng.normal(size=COUNT) + (side == "left")
    columns = {
        "size": [None if row % 50 == 3 else float(value) for row, value in enumerate(values)],
        "side": side.tolist(),
        "noise": rng.normal(size=COUNT).tolist(),
        "day": pa.array(np.arange(COUNT), pa.int32()).cast(pa.date32()),
        "kind": [None if row % 100 == 7 else "ab"[int(value > 0.3)] for row, value in enumerate(values)],
    }
    parquet.write_table(pa.table(columns), tmp_path / "rows.parquet", row_group_size=400)
    found = open_data(str(tmp_path / "rows.parquet"))
    assert isinstance(found, Table)
    return found.with_setting("target", "kind")


PREPARED = (FillMissing(), Standardise(), OneHot())


def test_the_parts_of_a_parquet_file_are_those_of_memory(table: Table) -> None:
    left_out = {"steps": PREPARED, "excluded": ("3", "100-140")}
    streamed, there = (prepare(Data(table, loading=way, **left_out)) for way in ("stream", "memory"))
    for name in ("train", "validation", "test"):
        assert streamed.part(name).is_streamed
        assert not there.part(name).is_streamed
        assert np.array_equal(streamed.part(name).inputs[:], there.part(name).inputs, equal_nan=True)
        assert np.array_equal(streamed.part(name).targets, there.part(name).targets)
    assert streamed.steps == there.steps, "few enough are all looked at"
    assert streamed.inputs == there.inputs
    assert streamed.skipped == there.skipped
    assert [note for note in streamed.notes if "disk" not in note] == list(there.notes)


def test_a_parquet_file_trains_from_the_disk_as_from_memory(table: Table, tmp_path: Path) -> None:
    found = {}
    for way in ("stream", "memory"):
        _, happening = trained(tmp_path / way, drawn(table, way, 15, steps=PREPARED))
        assert isinstance(happening[-1], Finished)
        found[way] = happening
    first, second = found["stream"][-1], found["memory"][-1]
    assert first.test["accuracy"] == pytest.approx(second.test["accuracy"], abs=0.03)
    assert first.test["accuracy"] > 0.8
    assert only(Started, found["stream"])[0].steps_per_epoch == only(Started, found["memory"])[0].steps_per_epoch


def test_a_parquet_file_is_judged_alike_from_the_disk_and_from_memory(table: Table) -> None:
    from engine.build import build, loss_function

    torch.manual_seed(0)
    project = drawn(table, "memory", steps=PREPARED)
    network, found, seen = build(project), [], []
    for way in ("stream", "memory"):
        prepared = prepare(Data(table, loading=way, steps=PREPARED))
        known = Preprocessing.of(prepared, "classification")
        part = streaming.part_of(prepared.validation, project, known, torch.device("cpu"))
        found.append(part.judge(network, loss_function(project), 100))
        training = streaming.part_of(prepared.train, project, known, torch.device("cpu"))
        batches = Batches(len(training), 32, held=training.held_for(32))
        rows = [training.batch(rows)[0] for rows in training.drawn(5, batches, range(batches.length))]
        seen.append(torch.cat(rows).sum(dim=1).sort().values)
    assert found[0][0] == pytest.approx(found[1][0])
    assert torch.allclose(seen[0], seen[1], atol=1e-4), "each sample once"


def test_a_buffer_holds_no_more_where_steps_make_more_of_a_sample(table: Table) -> None:
    project, largest = drawn(table, "stream", steps=PREPARED), 0
    prepared = prepare(project.data)
    known = Preprocessing.of(prepared, "classification")
    part = streaming.part_of(prepared.train, project, known, torch.device("cpu"))
    for rows in part.in_turn(16):
        largest = max(largest, part._inputs.nbytes)
        del rows
    assert math.prod(known.network_shape) > len(table.features)
    assert 0 < largest <= streaming.BUFFER_BYTES


def test_what_is_kept_is_not_called_by_its_file(table: Table, home: Path) -> None:
    loaded = table.load_to_disk()
    assert loaded
    for kept_file in home.rglob("decoded/*.npy"):
        kept_file.unlink()
    with pytest.raises(DataError, match=r"What is kept of the data in .*Resume the run"):
        loaded.train.read(np.arange(3))


def test_what_became_of_a_parquet_file_is_kept_until_it_changes(
    table: Table, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = table.load_to_disk()
    (path,) = home.rglob("decoded/*.npy")
    before = path.stat().st_mtime_ns
    again = table.load_to_disk()
    assert rows
    assert again
    assert rows.note == again.note
    assert path.stat().st_mtime_ns == before, "who reads it meanwhile would take it for another file"
    path.write_bytes(path.read_bytes()[:1000])
    assert np.array_equal(table.load_to_disk().train.inputs[:], table.load().train.inputs, equal_nan=True)
    os.utime(table.file(), ns=(1, 1))
    assert table.load_to_disk()
    assert len(list(home.rglob("decoded/*.npy"))) == 2

    monkeypatch.setattr(kept, "SPARED", 2**60)
    for left in home.rglob("decoded/*.npy"):
        left.unlink()
    with pytest.raises(DataError, match="no room for the rows"):
        table.load_to_disk()


@pytest.fixture(params=["csv", "tsv", "jsonl", "json", "sqlite", "xlsx"])
def written(request: pytest.FixtureRequest, tmp_path: Path, home: Path) -> Table:
    """The same rows in each kind of file that is read from its beginning: with gaps, a broken row and a second file."""
    rng = np.random.default_rng(3)
    rows = [
        [
            None if row % 9 == 4 else round(float(rng.normal()), 3),
            ["left", "right"][row % 2],
            row % 7,
            "ab"[row % 3 == 0],
        ]
        for row in range(600)
    ]
    rows[17][3] = None
    path = tmp_path / f"rows.{request.param}"
    write_rows(path, ["size", "side", "count", "kind"], rows)
    write_rows(tmp_path / f"test.{request.param}", ["size", "side", "count", "kind"], rows[:50])
    found = open_data(str(path))
    assert isinstance(found, Table)
    return found.with_settings({"target": "kind", "test_path": str(tmp_path / f"test.{request.param}")})


def write_rows(path: Path, names: list[str], rows: list[list[object]]) -> None:
    match path.suffix:
        case ".csv" | ".tsv":
            mark = "," if path.suffix == ".csv" else "\t"
            lines = [mark.join("" if cell is None else str(cell) for cell in row) for row in (names, *rows)]
            path.write_text("\n".join([*lines[:100], mark.join("12"), *lines[100:]]), encoding="utf-8")
        case ".jsonl":
            lines = [json.dumps(dict(zip(names, row, strict=True))) for row in rows]
            path.write_text("\n".join([*lines[:100], "{broken", "", *lines[100:]]), encoding="utf-8")
        case ".json":
            path.write_text(json.dumps([dict(zip(names, row, strict=True)) for row in rows]), encoding="utf-8")
        case ".sqlite":
            with closing(sqlite3.connect(path)) as database, database:
                database.execute(f"CREATE TABLE rows ({', '.join(names)})")
                database.executemany("INSERT INTO rows VALUES (?, ?, ?, ?)", rows)
        case _:
            book = Workbook()
            for row in (names, *rows):
                book.worksheets[0].append(row)
            book.save(path)


def test_any_table_is_on_the_disk_what_it_is_in_memory(written: Table) -> None:
    streamed, there = (prepare(Data(written, loading=way, steps=PREPARED)) for way in ("stream", "memory"))
    for name in ("train", "validation", "test"):
        assert streamed.part(name).is_streamed
        assert not there.part(name).is_streamed
        assert np.array_equal(streamed.part(name).inputs[:], there.part(name).inputs, equal_nan=True)
        assert np.array_equal(streamed.part(name).targets, there.part(name).targets)
    assert streamed.skipped == there.skipped
    assert len(streamed.skipped) == (4 if Path(written.path).suffix in (".csv", ".tsv", ".jsonl") else 2)
    assert [note for note in streamed.notes if "disk" not in note] == list(there.notes)
    by_side = Data(written, loading="stream", split=ByGroup("count"), steps=PREPARED)
    assert len(prepare(by_side).train) == len(prepare(replace(by_side, loading="memory")).train)


def test_bringing_a_table_onto_the_disk_is_told_and_can_be_given_up(written: Table, home: Path) -> None:
    coming = brought(written, "stream")
    first = next(coming)
    assert "onto the disk" in first.message
    assert first.total == written.rows
    coming.close()
    assert not list(home.rglob("decoded/*.part"))
    assert not list(home.rglob("decoded/*.npy"))
    assert len(list(brought(written, "stream"))) >= 2, "both files"
    assert list(brought(written, "stream")) == [], "they are there now"
    assert list(brought(written, "memory")) == []


def test_a_second_run_reads_what_is_kept_and_not_the_file(written: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepare(Data(written, loading="stream", steps=PREPARED))
    monkeypatch.setattr("engine.datasets.tables.loading.Part.blocks", None)
    second = prepare(Data(written, loading="stream", steps=PREPARED))
    assert np.array_equal(first.train.inputs[:], second.train.inputs[:], equal_nan=True)
    assert (first.notes[0], first.skipped) == (second.notes[0], second.skipped)


def test_what_fits_nowhere_is_told(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rows.csv").write_text("a,b\n" + "1.5,x\n2.5,y\n" * 20, encoding="utf-8")
    written = open_data(str(tmp_path / "rows.csv"))
    assert isinstance(written, Table)
    huge = replace(written, rows=2**50)
    with pytest.raises(DataError, match="in memory, of which"):
        prepare(Data(huge, loading="memory"))
    assert prepare(Data(written, loading="stream")).notes
    monkeypatch.setattr("engine.loading.SHARE_OF_MEMORY", 0)
    assert prepare(Data(table, steps=(FillMissing(),))).train.is_streamed, "chosen by itself"
