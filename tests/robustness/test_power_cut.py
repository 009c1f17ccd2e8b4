"""Power that is cut while something is written: what was whole before is whole, and nothing needs repair by hand."""

import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from drawings import project
from forked import Trainers
from training_runs import losses, only

from engine.datasets import Iris
from engine.disk import sweep, write_atomically
from engine.events import AnyEvent, Checkpoint, Epoch, Finished, Pause, Started, Steps, Stop
from engine.layers import Dropout, Input, Linear, Output, ReLU
from engine.recording import record
from engine.runs import Run

posix = pytest.mark.skipif(sys.platform == "win32", reason="cuts with signals and disks that only POSIX has")
DRAWN = project(
    *(Input(), Linear(8), ReLU(), Dropout(0.2), Linear(3), Output()), dataset=Iris(), epochs=60, batch_size=32
)
IMAGE_BYTES = 8_000_000
CUTS = 6
END = {"time": 5.0, "epoch": 2, "step": 4, "seconds": 9.0, "validation": {"loss": 0.5}, "test": {"loss": 0.75}}


# At every byte


@posix
def test_a_file_that_is_cut_at_any_byte_leaves_the_one_before(tmp_path: Path) -> None:
    """The writer really dies: it may write so many bytes, and is killed by the system with the next."""
    target, before, after = tmp_path / "last.state.safetensors", os.urandom(100), os.urandom(150)
    write_atomically(target, lambda file: file.write_bytes(before))
    for size in range(len(after)):
        process = os.fork()
        if not process:
            _write_until_killed(target, after, size)
        assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGXFSZ
        assert target.read_bytes() == before, size
    sweep(tmp_path)
    write_atomically(target, lambda file: file.write_bytes(after))
    assert [file.name for file in tmp_path.iterdir()] == [target.name]
    assert target.read_bytes() == after


def _write_until_killed(target: Path, content: bytes, size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    write_atomically(target, lambda file: file.write_bytes(content))
    os._exit(0)


def happening() -> list[AnyEvent]:
    counts = {"epochs": 2, "steps_per_epoch": 2, "train_samples": 4, "validation_samples": 2, "test_samples": 2}
    return [
        Started(time=1.0, run="run", pid=1, device="CPU", **counts),
        Steps(time=2.0, epoch=1, step=[1, 2], loss=[0.5, 0.25], metrics={"accuracy": [0.5, 1.0]}),
        Epoch(time=3.0, epoch=1, step=2, train={"loss": 0.375}, validation={"loss": 0.5}, seconds=1.5),
        Checkpoint(time=4.0, name="last", epoch=1, step=2),
    ]


@pytest.mark.parametrize("left", [b"", bytes(64), b"\xff\xfe" * 20], ids=["nothing", "zeros", "rubbish"])
def test_a_log_that_is_cut_at_any_byte_is_read_and_written_on(tmp_path: Path, left: bytes) -> None:
    """Also with what disks leave where a file had grown already: zeros, or what was there in another life."""
    run = Run.create(tmp_path / "run", DRAWN)
    log, whole = run.path / "log.jsonl", happening()
    lines = [msgspec.json.encode(event) + b"\n" for event in whole]
    content, more = b"".join(lines), [*whole[:2], Finished(**END)]
    ends = [sum(map(len, lines[: number + 1])) for number in range(len(lines))]
    for size in range(len(content) + 1):
        log.write_bytes(content[:size] + left)
        known = whole[: sum(end <= size for end in ends)]
        assert run.events() == known
        run.result()
        assert list(record(run, iter(more))) == more
        # A line that lacks nothing but its end is as good as whole.
        read = run.events()
        assert read in (known + more, whole[: len(known) + 1] + more), size


def test_commands_after_half_a_command_are_heard(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DRAWN)
    run.send(Pause())
    control = run.path / "control.jsonl"
    content = control.read_bytes()
    for size in range(len(content)):
        control.write_bytes(content[:size])
        run.send(Stop())
        assert run.commands().read()[-1] == Stop()


# A real disk, as the cut leaves it


@pytest.fixture
def image(tmp_path: Path) -> Iterator[Path]:
    """A file system in a file, mounted at ``disk`` beside it."""
    file, disk = tmp_path / "image", tmp_path / "disk"
    disk.mkdir()
    if not shutil.which("mkfs.ext4") or os.geteuid():
        pytest.skip("needs mkfs.ext4 and an administrator, who may mount")
    file.write_bytes(bytes(IMAGE_BYTES))
    subprocess.run(["mkfs.ext4", "-q", str(file)], check=True, capture_output=True)
    if not mounted(file, disk):
        pytest.skip("may not mount an image")
    yield file
    for place in tmp_path.glob("disk*"):
        subprocess.run(["umount", "--lazy", str(place)], check=False, capture_output=True)


def mounted(image: Path, place: Path) -> bool:
    place.mkdir(exist_ok=True)
    return not subprocess.run(["mount", "-o", "loop", str(image), str(place)], check=False).returncode


@posix
def test_what_a_disk_holds_when_the_power_is_cut_goes_on_as_if_it_were_not(
    image: Path, trainers: Trainers, tmp_path: Path
) -> None:
    """Only what was flushed is in the image while the disk is mounted: a copy of it is what a cut leaves."""
    undisturbed = Run.create(tmp_path / "undisturbed", DRAWN)
    assert trainers.train(undisturbed) == 0
    expected = losses(undisturbed.events())
    run = Run.create(tmp_path / "disk" / "run", DRAWN)
    for number in range(CUTS):
        trainers.train(run, kill_after=0.25 + 0.1 * number)
        cut, place = tmp_path / f"cut-{number}", tmp_path / f"disk-{number}"
        shutil.copyfile(image, cut)
        assert mounted(cut, place)
        left = Run(place / "run")
        left.project()
        if left.has_checkpoint():
            reached = only(Checkpoint, left.events())
            assert reached or losses(left.events())
        assert trainers.train(left) in (0, 1)
        assert left.result().status == "finished"
        assert losses(left.events()) == expected, "no step is missing"
        assert not list(left.path.rglob("*.part"))
