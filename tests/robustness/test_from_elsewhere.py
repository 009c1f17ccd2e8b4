"""Runs that someone else made, to do harm or by accident: what is not as it should be is refused in a sentence."""

import os
import pickle
import struct
import tracemalloc
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from drawings import project
from training_runs import trained

from engine import checkpoints
from engine.datasets import Iris
from engine.errors import RunError
from engine.evaluation import evaluate
from engine.events import Finished, Steps
from engine.layers import Input, Linear, Output
from engine.runs import LONGEST_LINE_BYTES, Run

DRAWN = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=1)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return trained(tmp_path / "run", DRAWN)[0]


def test_a_line_of_a_gigabyte_is_refused_before_it_is_read(run: Run) -> None:
    with (run.path / "log.jsonl").open("ab") as log:
        log.write(b'{"event":"steps","time":0,"epoch":1,"step":[')
        # Takes no room on the disk, and all of it in memory.
        log.truncate(2**30)
    tracemalloc.start()
    for ask in (run.events, run.result):
        with pytest.raises(RunError, match="not written by Layerloom"):
            ask()
    assert tracemalloc.get_traced_memory()[1] < 8 * LONGEST_LINE_BYTES
    tracemalloc.stop()


@pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity", b"1e999", b'"x"', b"null", b"[1]"])
def test_numbers_that_are_none_are_passed_over(run: Run, value: bytes) -> None:
    before = run.events()
    with (run.path / "log.jsonl").open("ab") as log:
        log.write(b'{"event":"steps","time":0,"epoch":1,"step":[9],"loss":[%s]}\n' % value)
        log.write(msgspec.json.encode(Steps(time=0.0, epoch=1, step=[10], loss=[0.5])) + b"\n")
    assert [event for event in run.events() if event not in before] == [Steps(time=0.0, epoch=1, step=[10], loss=[0.5])]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with pipes that have names")
@pytest.mark.parametrize("name", ["log.jsonl", "control.jsonl"])
def test_a_log_that_never_ends_is_not_waited_for(run: Run, name: str) -> None:
    (run.path / name).unlink(missing_ok=True)
    os.mkfifo(run.path / name)
    with pytest.raises(RunError, match="not a file"):
        run.commands().read() if name == "control.jsonl" else run.result()


class Harm:
    """Does something when it is unpickled."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.place),)


def header(shape: list[int], end: int) -> bytes:
    words = msgspec.json.encode({"linear_1.weight": {"dtype": "F32", "shape": shape, "data_offsets": [0, end]}})
    return struct.pack("<Q", len(words)) + words


FILES = {
    "a pickle": lambda harm: pickle.dumps(Harm(harm)),
    "a header of exabytes": lambda _: struct.pack("<Q", 2**63) + b"{}",
    "a tensor of terabytes": lambda _: header([2**20, 2**20], 2**42),
    "a tensor larger than it says": lambda _: header([2**20, 2**20], 4) + bytes(4),
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("made", FILES.values(), ids=FILES)
@pytest.mark.parametrize("name", ["best.safetensors", "last.state.safetensors"])
def test_a_checkpoint_that_is_none_is_refused(run: Run, tmp_path: Path, name: str, made) -> None:
    file, harm = run.path / "checkpoints" / name, tmp_path / "harm"
    file.write_bytes(made(harm))
    read = (lambda: checkpoints.read_weights(run, "best")) if name.startswith("best") else run_state(run)
    with pytest.raises(RunError, match="cannot be read"):
        read()
    if name.startswith("best"):
        with pytest.raises(RunError, match="cannot be read"):
            evaluate(run)
    assert not harm.exists()


def run_state(run: Run):
    return lambda: checkpoints.read_state(run)


def test_torch_files_are_never_unpickled(run: Run, tmp_path: Path) -> None:
    file, harm = run.path / "checkpoints" / "best.safetensors", tmp_path / "harm"
    torch.save({"linear_1.weight": Harm(harm)}, file)
    with pytest.raises(RunError, match="cannot be read"):
        checkpoints.read_weights(run, "best")
    assert not harm.exists()


@pytest.mark.parametrize("name", ["../../secret.npy", "/etc/passwd", "../project.loom", "harm.npy"])
def test_a_confusion_matrix_from_elsewhere_is_not_shown(run: Run, tmp_path: Path, qtbot, qapp, name: str) -> None:
    harm = tmp_path / "harm"
    np.save(tmp_path / "secret.npy", np.ones((3, 3)))
    (run.path / "artifacts" / "harm.npy").write_bytes(pickle.dumps(Harm(harm)))
    said = {"time": 0.0, "epoch": 1, "step": 4, "seconds": 1.0, "validation": {}, "test": {"accuracy": 0.5}}
    with (run.path / "log.jsonl").open("ab") as log:
        log.write(msgspec.json.encode(Finished(**said, confusion=name)) + b"\n")
    from gui.result_view import ResultView
    from gui.theme import Appearance

    view = ResultView(Appearance(qapp, "dark"))
    qtbot.addWidget(view)
    view.show_run(run)
    view.show()
    assert not view.matrix.isVisible()
    assert not harm.exists()
