"""Run folders of which a file is not what it should be: each command does without it or says why not, in a sentence."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from hostile import FILES, damages, pickled

from engine.cli import main
from engine.runs import Run

DAMAGED = [(file, name) for file in FILES for name in damages(file)]
LONGEST_SECONDS = 60
"""All commands take far less, unless one waits for what never comes."""
LONG_AGO = 1e9


@pytest.fixture
def runs(whole: Path, tmp_path: Path) -> Path:
    """A copy of them to damage."""
    return Path(shutil.copytree(whole, tmp_path / "runs"))


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    """A command that waits for ever fails its test."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    # Second by second: of those for which this process itself is stopped, none but one counts.
    seconds = 0

    def passed(number: int, frame: FrameType | None) -> None:
        nonlocal seconds
        seconds += 1
        if seconds > LONGEST_SECONDS:
            raise AssertionError("it takes too long")

    before = signal.signal(signal.SIGALRM, passed)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def commands(runs: Path, elsewhere: Path) -> Iterator[list[str]]:
    """Each command that takes a run; those that write come last."""
    run = str(runs / "run")
    yield ["runs", str(runs)]
    yield ["describe", run]
    yield ["attach", run, "--plain"]
    yield ["steer", run, "--pause"]
    yield ["fork", run, "--points"]
    yield ["evaluate", run]
    yield ["evaluate", run, "--checkpoint", "last"]
    yield ["predict", run, "5.1,3.5,1.4,0.2"]
    yield ["export", run, "--format", "safetensors", "-o", str(elsewhere / "exported.safetensors")]
    yield ["log", run, "--format", "csv", "-o", str(elsewhere / "csv")]
    yield ["fork", run, "--run", str(elsewhere / "forked"), "--epochs", "4", "--plain"]
    yield ["log", run, "--format", "csv"]
    yield ["train", run, "--epochs", "5", "--plain"]


def contents(folder: Path) -> dict[Path, tuple[int, float]]:
    """Sizes and times of all files below a folder, but for what links lead to."""
    found = {path: path.lstat() for path in folder.rglob("*")}
    return {path: (about.st_size, about.st_mtime) for path, about in found.items()}


def make_old(folder: Path) -> None:
    """A run that was touched a moment ago may just be beginning."""
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            os.utime(path, (LONG_AGO, LONG_AGO))


def told(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit status of a command, and what it has to say where it fails."""
    status = main(words)
    said = capsys.readouterr()
    return status, said.err if status else ""


def assert_told(runs: Path, elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    """Each command works or says in a sentence why not, and nothing is written where it does not belong."""
    elsewhere.mkdir()
    before = contents(runs.parent)
    found: dict[str, int] = {}
    for words in commands(runs, elsewhere):
        status, fault = told(words, capsys)
        found[words[0]] = status
        assert status in (0, 1), words
        assert "made a mistake" not in fault, (words, fault)
        assert "Traceback" not in fault, (words, fault)
        if status:
            *warnings, sentence = fault.strip().splitlines()
            assert sentence.startswith("layerloom: "), (words, fault)
            assert all(line.startswith("Warning: ") for line in warnings), (words, fault)
    after = contents(runs.parent)
    changed = [path for path in {*before, *after} if before.get(path) != after.get(path)]
    mine = (runs / "run", elsewhere)
    assert not [path for path in changed if not any(path == each or each in path.parents for each in mine)]
    return found


@pytest.mark.parametrize(("file", "damage"), DAMAGED, ids=[" ".join(each) for each in DAMAGED])
def test_what_is_damaged_is_done_without_or_told(
    runs: Path, tmp_path: Path, file: str, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    damages(file)[damage](runs / "run" / file)
    make_old(runs / "run")
    found = assert_told(runs, tmp_path / "elsewhere", capsys)
    assert found["runs"] == 0, "the others can still be listed"


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_unpickled(runs: Path, tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]) -> None:
    pickled(runs / "run" / file, tmp_path / "harm")
    make_old(runs / "run")
    assert_told(runs, tmp_path / "elsewhere", capsys)
    assert not (tmp_path / "harm").exists()


def test_a_whole_run_is_taken_by_each_command(runs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert all((runs / "run" / file).exists() for file in FILES)
    found = assert_told(runs, tmp_path / "elsewhere", capsys)
    assert [name for name, status in found.items() if status] == ["steer"], "nobody trains it"
    assert Run(runs / "run").result().epochs == 5
