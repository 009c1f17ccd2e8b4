"""Copies of a log: read back as people read them, by pandas' rules, by TensorBoard itself and by MLflow."""

import csv
import json
import os
import sys
import threading
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from drawings import project
from training_runs import losses, only, told, trained

from engine import copying, stretch
from engine.cli import main
from engine.copies import Csv, LogCopy, Mlflow, TensorBoard, by_name
from engine.copying import copied, thinned
from engine.datasets import Iris
from engine.datasets.dataset import outcome
from engine.errors import RunError
from engine.events import Epoch, Finished, Started, Stop, Warning, Watched
from engine.layers import Input, Linear, Output
from engine.project import Project
from engine.runs import Run

DRAWN = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=3, batch_size=10)


def with_copies(*copies: LogCopy, drawn: Project = DRAWN) -> Project:
    return drawn.with_training(msgspec.structs.replace(drawn.training, copies=copies))


@pytest.fixture
def _every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of the log, and a look at the commands, after each step."""
    monkeypatch.setattr(stretch, "LOOK_UP_SECONDS", 0.0)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """What TensorBoard shows of a folder: step and value, by tag."""
    reader: Any = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    found = reader.EventAccumulator(str(folder), size_guidance={"scalars": 0})
    found.Reload()
    return {tag: [(each.step, each.value) for each in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_tables_hold_every_step_every_epoch_and_the_result(tmp_path: Path) -> None:
    run, happened = trained(tmp_path / "run", with_copies(Csv()))

    steps, epochs, result = (rows(run.path / "csv" / f"{name}.csv") for name in ("steps", "epochs", "result"))
    assert {int(row["step"]): float(row["loss"]) for row in steps} == losses(happened)
    assert list(steps[0]) == ["step", "epoch", "loss", "accuracy"]
    assert [int(row["epoch"]) for row in epochs] == [1, 2, 3]
    (last,) = only(Finished, happened)
    assert {row["metric"]: float(row["test"]) for row in result} == last.test
    assert float(epochs[-1]["validation_loss"]) == only(Epoch, happened)[-1].validation["loss"]


@pytest.mark.usefixtures("_every_step")
def test_tables_of_a_training_that_went_on_are_those_of_an_undisturbed_one(tmp_path: Path) -> None:
    drawn = with_copies(Csv())
    whole, _ = trained(tmp_path / "whole", drawn)
    run = Run.create(tmp_path / "run", drawn)
    told(run, 12, Stop())
    told(run, 0, resume=True)

    assert rows(run.path / "csv/steps.csv") == rows(whole.path / "csv/steps.csv")
    assert [row["validation_loss"] for row in rows(run.path / "csv/epochs.csv")] == [
        row["validation_loss"] for row in rows(whole.path / "csv/epochs.csv")
    ]


def test_a_column_that_comes_later_widens_the_table(tmp_path: Path) -> None:
    table = copying.Table(tmp_path / "a.csv")
    table.add([{"step": 1, "a": 1}])
    table.add([{"step": 2, "b": 2}])
    assert rows(tmp_path / "a.csv") == [{"step": "1", "a": "1", "b": ""}, {"step": "2", "a": "", "b": "2"}]
    table.cut(1)
    table.add([{"step": 2, "a": 3}])
    assert [row["a"] for row in rows(tmp_path / "a.csv")] == ["1", "3"]


def test_tensorboard_reads_the_event_files(tmp_path: Path) -> None:
    run, happened = trained(tmp_path / "run", with_copies(TensorBoard()))

    found = scalars(run.path / "tensorboard")
    (last,) = only(Finished, happened)
    validated = [(event.step, event.validation["accuracy"]) for event in only(Epoch, happened)]
    assert [step for step, _ in found["accuracy/validation"]] == [step for step, _ in validated]
    assert [value for _, value in found["accuracy/validation"]] == pytest.approx([value for _, value in validated])
    assert found["loss/train"][-1][0] == last.step
    assert found["loss/test"] == [(last.step, pytest.approx(last.test["loss"]))]
    assert {"accuracy/train", "learning_rate", "samples_per_second", "gradient_norm", "memory"} <= set(found)
    seen = [(line.step, line.gradient) for line in only(Watched, happened)]
    assert found["gradient_norm"] == [(step, pytest.approx(gradient)) for step, gradient in seen]


@pytest.mark.logs("out of order")
def test_tensorboard_passes_over_what_is_trained_again(tmp_path: Path) -> None:
    run, happened = trained(tmp_path / "run", DRAWN)
    half = next(number for number, event in enumerate(happened) if isinstance(event, Epoch))
    again = msgspec.structs.replace(only(Started, happened)[0], step=happened[half].step, epoch=1)
    with (run.path / "log.jsonl").open("wb") as log:
        for event in [*happened[:-1], again, *happened[half + 1 :]]:
            log.write(msgspec.json.encode(event) + b"\n")

    outcome(copied(run, TensorBoard()))
    steps = [step for step, _ in scalars(run.path / "tensorboard")["accuracy/validation"]]
    assert steps == sorted(set(steps)) == [event.step for event in only(Epoch, happened)]


@pytest.mark.parametrize("copy", [Csv(), TensorBoard()], ids=lambda copy: copy.name)
def test_a_log_is_copied_afterwards_as_while_it_was_written(copy: LogCopy, tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", with_copies(copy))
    before = _read(run.path / copy.name)
    for _ in range(2):
        assert outcome(copied(run, copy)) == str(run.path / copy.name)
        assert _read(run.path / copy.name) == before
    assert outcome(copied(run, copy, tmp_path / "other")) == str(tmp_path / "other")
    assert _read(tmp_path / "other") == before


def _read(folder: Path) -> Any:
    if any(folder.glob("*.csv")):
        return {file.name: rows(file) for file in folder.glob("*.csv")}
    return scalars(folder)


def test_the_command_line_asks_for_copies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from engine.project import save

    save(DRAWN, tmp_path / "iris.loom")
    run = tmp_path / "run"
    assert main(["train", str(tmp_path / "iris.loom"), "--run", str(run), "--log", "csv", "--json"]) == 0
    assert (run / "csv/steps.csv").exists()
    capsys.readouterr()
    assert main(["log", str(run), "--format", "tensorboard", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["written"] == str(run / "tensorboard")
    assert main(["log", str(run), "--format", "excel"]) == 2
    assert "csv, tensorboard, mlflow" in capsys.readouterr().err


def test_what_cannot_be_written_is_a_warning_and_no_end(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", with_copies(Csv()))
    (run.path / "csv").write_text("in the way")
    happened = told(run, 0)

    (warning,) = only(Warning, happened)
    assert "CSV files cannot be written" in warning.message
    assert isinstance(happened[-1], Finished)
    with pytest.raises(RunError, match="CSV files cannot be written"):
        outcome(copied(run, Csv()))


def test_the_thread_that_writes_ends_with_the_training(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", with_copies(Csv()))
    happening = iter(told(run, 8, Stop()))
    next(happening)
    assert "copies of the log" not in [thread.name for thread in threading.enumerate()]


def test_of_many_steps_the_means_of_some_are_written() -> None:
    assert thinned([1, 2], [0.5, 0.25]) == [(1, 0.5), (2, 0.25)]
    many = thinned(list(range(1, 1001)), [float(step) for step in range(1, 1001)])
    assert [step for step, _ in many] == list(range(100, 1001, 100))
    assert many[0] == (100, 50.5)


def test_without_mlflow_the_choice_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert 'pip install "layerloom[mlflow]"' in Mlflow().lacks
    run = Run.create(tmp_path / "run", with_copies(Mlflow()))
    (warning,) = only(Warning, told(run, 0))
    assert 'pip install "layerloom[mlflow]"' in warning.message
    assert main(["log", str(run.path), "--format", "mlflow"]) == 1
    assert 'pip install "layerloom[mlflow]"' in capsys.readouterr().err


@pytest.mark.usefixtures("_mlflow")
def test_what_mlflow_refuses_from_the_first_is_said_and_the_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import mlflow  # pyright: ignore[reportMissingImports]

    def refused(tracking_uri: str) -> None:
        raise mlflow.exceptions.MlflowException(f"unsupported URI '{tracking_uri}'\nand much more")

    monkeypatch.setattr(mlflow, "MlflowClient", refused)
    run = Run.create(tmp_path / "run", with_copies(Mlflow(tracking_uri="odd://place")))
    happened = told(run, 0)
    (warning,) = only(Warning, happened)
    assert "MLflow cannot be written: unsupported URI 'odd://place'. The training goes on." in warning.message
    assert f"layerloom log {run.path} --format mlflow" in warning.message
    assert isinstance(happened[-1], Finished)
    assert main(["log", str(run.path), "--format", "mlflow"]) == 1
    assert "unsupported URI 'odd://place'." in capsys.readouterr().err, "asked where the training was to write it"

    def unanswered(tracking_uri: str) -> None:
        raise mlflow.exceptions.MlflowException("failed with HTTPConnectionPool(…): Max retries exceeded with url: …")

    monkeypatch.setattr(mlflow, "MlflowClient", unanswered)
    assert main(["log", str(run.path), "--format", "mlflow", "-o", "http://there"]) == 1
    assert capsys.readouterr().err == "layerloom: MLflow cannot be written: no server answers at http://there.\n"


def test_a_copy_that_does_not_come_to_an_end_is_not_waited_for_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, waited = threading.Event(), list[float | None]()
    join = threading.Thread.join
    monkeypatch.setattr(copying, "CLOSING_SECONDS", 0.01)
    monkeypatch.setattr(copying.CsvTables, "take", lambda _tables, _event: let_go.wait(60))
    monkeypatch.setattr(
        threading.Thread, "join", lambda self, timeout=None: (waited.append(timeout), join(self, timeout))
    )
    happened = told(Run.create(tmp_path / "run", with_copies(Csv())), 0)
    let_go.set()
    assert "CSV files: not all is written yet" in only(Warning, happened)[-1].message
    assert isinstance(happened[-1], Finished)
    assert waited.count(0.01) == 1, "once is enough"


class _Client:
    """What is asked of a client of MLflow, and noted."""

    def __init__(self, tracking_uri: str) -> None:
        self.tracking_uri = tracking_uri
        NOTED.append(("client", tracking_uri))

    def get_experiment_by_name(self, name: str) -> None:
        NOTED.append(("experiment", name))

    def create_experiment(self, name: str) -> str:
        NOTED.append(("created", name))
        return "1"

    def create_run(self, experiment: str, start_time: int, run_name: str) -> Any:
        run = ModuleType("run")
        run.info = ModuleType("info")  # pyright: ignore[reportAttributeAccessIssue]
        run.info.run_id = "abc"  # pyright: ignore[reportAttributeAccessIssue]
        NOTED.append(("run", run_name, experiment, start_time))
        return run

    def log_batch(self, run: str, metrics: Any = (), params: Any = ()) -> None:
        NOTED.extend(("metric", *each) for each in metrics if run)
        NOTED.extend(("parameter", *each) for each in params if run)

    def update_run(self, run: str, status: str) -> None:
        NOTED.append(("update", run, status))

    def set_terminated(self, run: str, status: str, end_time: int) -> None:
        NOTED.extend((("ended", end_time), ("end", run, status)))


NOTED: list[Any] = []


@pytest.fixture
def _mlflow(monkeypatch: pytest.MonkeyPatch) -> None:
    NOTED.clear()
    package, entities, exceptions = (ModuleType(name) for name in ("mlflow", "mlflow.entities", "mlflow.exceptions"))
    fault = type("MlflowException", (Exception,), {})
    for module, names in (
        (package, {"MlflowClient": _Client, "exceptions": exceptions}),
        (entities, {"Metric": lambda *words: words, "Param": lambda *words: words}),
        (exceptions, {"MlflowException": fault}),
    ):
        for name, value in names.items():
            setattr(module, name, value)
    monkeypatch.setitem(sys.modules, "mlflow", package)
    monkeypatch.setitem(sys.modules, "mlflow.entities", entities)
    monkeypatch.setattr(Mlflow, "lacks", "")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.mark.usefixtures("_mlflow", "_every_step")
def test_mlflow_is_told_settings_metrics_and_the_end(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", with_copies(Mlflow(experiment="Iris")))
    told(run, 8, Stop())
    assert ("experiment", "Iris") in NOTED
    assert any(each[:2] == ("run", "run") for each in NOTED)
    assert ("parameter", "batch_size", "10") in NOTED
    assert NOTED[-1] == ("end", "abc", "KILLED")

    happened = told(run, 0, resume=True)
    assert ("update", "abc", "RUNNING") in NOTED
    assert NOTED[-1] == ("end", "abc", "FINISHED")
    (last,) = only(Finished, happened)
    assert ("ended", int(1000 * last.time)) in NOTED
    assert ("metric", "test_loss", last.test["loss"], int(1000 * last.time), last.step) in NOTED
    assert sum(each[0] == "run" for each in NOTED) == 1
    assert NOTED[0] == ("client", (tmp_path / "mlruns").as_uri())


@pytest.mark.skipif(bool(Mlflow().lacks), reason="MLflow is not installed (an extra of Layerloom)")
def test_mlflow_itself_reads_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    run, happened = trained(tmp_path / "run", with_copies(Mlflow()))
    mlflow: Any = pytest.importorskip("mlflow")
    client = mlflow.MlflowClient(tracking_uri=(tmp_path / "mlruns").as_uri())
    experiment = client.get_experiment_by_name("Layerloom")
    (found,) = client.search_runs([experiment.experiment_id])
    (last,) = only(Finished, happened)
    assert found.info.status == "FINISHED"
    assert found.info.run_name == run.name
    assert found.info.end_time == int(1000 * last.time)
    assert found.data.metrics["test_loss"] == pytest.approx(last.test["loss"])
    assert found.data.params["batch_size"] == "10"
    history = client.get_metric_history(found.info.run_id, "validation_loss")
    assert sorted(each.step for each in history) == [event.step for event in only(Epoch, happened)]


def test_every_copy_has_a_name_of_its_own() -> None:
    assert list(by_name()) == ["csv", "tensorboard", "mlflow"]
    assert os.environ.get("MLFLOW_ALLOW_FILE_STORE") in (None, "true")


def test_metrics_of_one_class_have_names_that_tensorboard_takes(tmp_path: Path) -> None:
    run, happened = trained(tmp_path / "run", DRAWN)
    last = only(Epoch, happened)[-1]
    with (run.path / "log.jsonl").open("ab") as log:
        log.write(msgspec.json.encode(msgspec.structs.replace(last, validation={"iou:road": 0.5})) + b"\n")
    outcome(copied(run, TensorBoard()))
    assert scalars(run.path / "tensorboard")["iou.road/validation"] == [(last.step, 0.5)]
