"""Cross-validation: every sample is tested once, and a run that was broken off is gone on with."""

import json
import statistics
from pathlib import Path
from typing import Any

import pytest
from drawings import project

from engine.cli import main
from engine.data import prepare
from engine.datasets import Iris
from engine.folds import SUMMARY, of_fold
from engine.layers import Input, Linear, Output
from engine.project import save
from engine.runs import Run

DRAWN = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=2)


def asked(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    capsys.readouterr()
    main([*map(str, words), "--json"])
    return json.loads(capsys.readouterr().out)


def test_folds_are_trained_one_after_another_and_summed_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(DRAWN, tmp_path / "iris.loom")
    words = ("cross-validate", tmp_path / "iris.loom", "--runs", tmp_path / "runs", "--folds", 3)
    found = asked(capsys, *words)
    runs = [Run.open(tmp_path / "runs" / name) for name in found["runs"]]
    accuracies = [run.result().test["accuracy"] for run in runs]
    over = found["test"]["accuracy"]
    assert over["values"] == accuracies
    assert over["mean"] == pytest.approx(statistics.mean(accuracies))
    assert over["deviation"] == pytest.approx(statistics.stdev(accuracies))
    assert json.loads((tmp_path / "runs" / SUMMARY).read_bytes()) == found
    assert sum(len(prepare(run.project().data).test) for run in runs) == 150


def test_what_is_trained_is_not_trained_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(DRAWN, tmp_path / "iris.loom")
    words = ("cross-validate", tmp_path / "iris.loom", "--runs", tmp_path / "runs", "--folds", 2)
    asked(capsys, *words)
    logs = [(tmp_path / "runs" / f"fold-{fold}" / "log.jsonl") for fold in (1, 2)]
    before = [log.read_bytes() for log in logs]
    for file in (logs[1].parent / "checkpoints").iterdir():
        file.unlink()
    logs[1].unlink()
    asked(capsys, *words)
    assert logs[0].read_bytes() == before[0]
    assert logs[1].exists()


def test_a_folder_of_other_runs_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(DRAWN, tmp_path / "iris.loom")
    Run.create(tmp_path / "runs" / "fold-1", of_fold(DRAWN, 2, 5))
    found = asked(capsys, "cross-validate", tmp_path / "iris.loom", "--runs", tmp_path / "runs", "--folds", 3)
    assert "holds another training" in found["error"]["message"]
    found = asked(capsys, "cross-validate", tmp_path / "iris.loom", "--runs", tmp_path / "runs", "--folds", 1)
    assert "cannot be 1 folds" in found["error"]["message"]
