"""Code that a project carries, on the command line and in the processes beside the window."""

import contextvars
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from drawings import project
from training_runs import started
from written_layers import WIDEN, layer, written

from engine import project as projects
from engine import trust
from engine.cli import main
from engine.datasets import Iris
from engine.layers import Input, Linear, Output
from engine.runs import Run

Command = Callable[..., int]


@pytest.fixture
def command() -> Command:
    """The command line, as in a process of its own: what is allowed there is allowed there alone."""

    def called(*words: object) -> int:
        return contextvars.copy_context().run(main, [*map(str, words)])

    return called


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """What the code of `carrying` leaves behind when it runs."""
    return tmp_path / "mark"


@pytest.fixture
def carrying(tmp_path: Path, mark: Path) -> Path:
    """A project with code that prints, and leaves a mark wherever it runs."""
    code = written(f"print('loud'); open({str(mark)!r}, 'w').close(); return x")
    path = tmp_path / "carrying.loom"
    projects.save(project(Input(), layer(code), Linear(3), Output(), dataset=Iris(), epochs=1), path)
    return path


def test_without_trust_no_command_runs_the_code(
    command: Command, carrying: Path, mark: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run.create(tmp_path / "run", projects.load(carrying)).path
    for words in (
        ("describe", carrying),
        ("train", carrying, "--run", tmp_path / "other"),
        ("train", run),
        ("evaluate", run),
        ("predict", run, "[1, 2, 3, 4]"),
        ("export", run, "--format", "python", "-o", tmp_path / "model.py"),
    ):
        assert command(*words) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err == (
            "layerloom: The project carries Python code that has not been allowed to run. Read the code of python_1 "
            "first. If you trust it, say --trust, or open the project in the window and allow it there.\n"
        )
    assert not mark.exists()
    assert not (tmp_path / "other").exists()


def test_with_trust_every_command_does_its_work(
    command: Command, carrying: Path, mark: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    for words in (
        ("describe", carrying),
        ("train", carrying, "--run", run),
        ("evaluate", run),
        ("predict", run, "[1, 2, 3, 4]"),
        ("export", run, "--format", "python", "-o", tmp_path / "model.py"),
    ):
        assert command(*words, "--trust", "--json") == 0
        assert json.loads(capsys.readouterr().out), "what the code prints is not in the document"
    assert mark.exists()


def test_trust_in_one_project_is_none_in_another(command: Command, carrying: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.loom"
    projects.save(project(Input(), layer(WIDEN), Linear(3), Output(), dataset=Iris()), other)

    assert command("describe", carrying, "--trust") == 0
    assert command("describe", other) == 1


@pytest.mark.parametrize("is_allowed", [False, True])
def test_a_spare_trainer_runs_what_it_was_allowed(is_allowed: bool, carrying: Path, mark: Path, tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", projects.load(carrying))
    digests = [trust.digest(source) for source in trust.sources(run.project().network).values()]
    process = started("train", "-", stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    process.communicate(json.dumps([str(run.path), *digests[:is_allowed]]) + "\n")

    assert (process.returncode == 0, mark.exists()) == (is_allowed, is_allowed)
    assert run.result().status == ("finished" if is_allowed else "new")


@pytest.mark.logs("training failed")
def test_a_layer_at_fault_is_told_with_its_line(
    command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = written("self.calls += 1; return x if self.calls < 5 else x / self.nothing")
    path = tmp_path / "late.loom"
    projects.save(project(Input(), layer(code), Linear(3), Output(), dataset=Iris(), epochs=1), path)

    assert command("train", path, "--trust", "--run", tmp_path / "run") == 1
    assert "Trial raises AttributeError in line 5: " in capsys.readouterr().err
