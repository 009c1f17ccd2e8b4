"""Clocks that are set, folders that are copied, moved or may not be written: times stay sane, words are clear."""

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import psutil
import pytest
from drawings import project
from small_disk import small_disk
from training_runs import only, trained

from engine import recording
from engine.cli import main
from engine.datasets import Iris
from engine.errors import RunError
from engine.evaluation import evaluate
from engine.events import Epoch, Failed, Finished, Started, Steps, Stop
from engine.layers import Input, Linear, Output
from engine.runs import Run, trainer_lives
from engine.stepping import Stepper
from engine.trainer import record, train
from gui.ownership import Owner

DRAWN = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=30)
HOUR = 3600.0
ROOT = Path(__file__).parents[2]


@pytest.fixture
def jumping(monkeypatch: pytest.MonkeyPatch):
    """Sets the clock forward or back, as far as programs see."""
    real, now, born, boot = time.time, [0.0], psutil.Process.create_time, psutil.boot_time

    def jump(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(time, "time", lambda: real() + now[0])
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: born(process) + now[0])
    monkeypatch.setattr(psutil, "boot_time", lambda: boot() + now[0])
    return jump


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize("hours", [26, -26, 1, -1], ids=["a day on", "a day back", "summer", "winter"])
def test_a_clock_that_jumps_changes_no_duration(tmp_path: Path, jumping, hours: float) -> None:
    run = Run.create(tmp_path / "run", DRAWN)
    began = time.monotonic()
    for event in record(run, train(run)):
        if isinstance(event, Epoch):
            jumping(hours * HOUR)
            (start,) = only(Started, run.events())
            assert trainer_lives(start), "it is at work, whatever the clock says"
            assert run.result().status == "running"
    lasted = time.monotonic() - began

    assert all(0 <= epoch.seconds <= lasted for epoch in only(Epoch, run.events()))
    (end,) = only(Finished, run.events())
    assert 0 < end.seconds <= lasted
    assert all(0 < line.samples_per_second < 1e8 for line in only(Steps, run.events()))


@pytest.mark.parametrize("hours", [26, -26])
def test_a_window_is_still_known_after_the_clock_was_set(jumping, hours: float) -> None:
    owner = Owner.here()
    jumping(hours * HOUR)
    assert owner.lives
    assert not msgspec.structs.replace(owner, since_boot=owner.since_boot - 100).lives


def test_a_copy_of_a_run_in_training_is_not_in_training(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DRAWN)
    happening = record(run, train(run))
    while not isinstance(next(happening), Epoch):
        pass
    copy = Run(Path(shutil.copytree(run.path, tmp_path / "copy")))
    assert run.result().status == "running"
    assert copy.result().status == "interrupted"
    with pytest.raises(RunError, match="already being trained"):
        next(train(run))

    for _ in record(copy, train(copy, copy.has_checkpoint())):
        pass
    assert copy.result().status == "finished"
    assert isinstance(list(happening)[-1], Finished)


def test_a_run_that_was_moved_goes_on_in_its_new_place(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", DRAWN)
    (tmp_path / "elsewhere").mkdir()
    moved = Run(Path(shutil.move(run.path, tmp_path / "elsewhere")) / "")
    *_, end = record(moved, train(moved, True, changes={"training.epochs": 40}))
    assert isinstance(end, Finished)
    assert moved.result().epochs == 40


def test_a_slow_disk_does_not_stop_a_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = recording._Log._written

    def slow(log: recording._Log) -> bool:
        time.sleep(0.2)
        return honest(log)

    def taking(seconds: float, step):
        def later(*arguments):
            time.sleep(seconds)
            return step(*arguments)

        return later

    monkeypatch.setattr(recording._Log, "_written", slow)
    drawn = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=1, batch_size=1)
    monkeypatch.setattr(Stepper, "step", taking(0.01, Stepper.step))
    run, _ = trained(tmp_path / "run", drawn)
    lines = only(Steps, run.events())
    assert [step for line in lines for step in line.step] == list(range(1, 109))
    # A line each fiftieth of a second would be twenty of them, each of which waits for the disk.
    assert len(lines) <= 6


def test_a_read_only_disk_is_told_and_the_run_can_still_be_used(tmp_path: Path, capsys) -> None:
    place = tmp_path / "disk"
    place.mkdir()
    with small_disk(place, 4_000_000) as disk:
        run, _ = trained(disk.path / "run", DRAWN)
        if subprocess.run(["mount", "-o", "remount,ro", str(disk.path)], check=False, capture_output=True).returncode:
            pytest.skip("may not make a disk read-only")
        before = sorted((file, file.stat().st_size) for file in run.path.rglob("*"))
        assert run.result().status == "finished"
        assert run.history()[0].last_step == run.events()[-1].step
        assert evaluate(run)
        with pytest.raises(RunError, match="cannot be written: Read-only file system"):
            next(train(run, True, changes={"training.epochs": 40}))
        with pytest.raises(RunError, match="Read-only file system"):
            run.send(Stop())
        assert main(["train", str(run.path), "--epochs", "40"]) == 1
        told = capsys.readouterr().err
        assert "Read-only file system" in told
        assert "Traceback" not in told
        assert sorted((file, file.stat().st_size) for file in run.path.rglob("*")) == before


@pytest.mark.parametrize("how", ["moved", "deleted"])
def test_a_folder_that_goes_away_while_it_trains_is_told_and_goes_on_elsewhere(tmp_path: Path, how: str) -> None:
    run, away = Run.create(tmp_path / "run", DRAWN), tmp_path / "elsewhere"
    happened: list[object] = []
    for event in record(run, train(run)):
        happened.append(event)
        if isinstance(event, Epoch) and event.epoch == 3:
            run.path.rename(away) if how == "moved" else shutil.rmtree(run.path)
    (end,) = only(Failed, happened)
    assert "moved or deleted" in end.message
    assert not run.path.exists(), "nothing is written where it was"
    if how == "moved":
        assert Run(away).result().message == end.message
        *_, last = record(Run(away), train(Run(away), True))
        assert isinstance(last, Finished)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is read-only to an administrator")
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", DRAWN)
    run.path.chmod(0o500)
    try:
        assert run.result().status == "finished"
        with pytest.raises(RunError, match="cannot be written"):
            next(train(run, True, changes={"training.epochs": 40}))
    finally:
        run.path.chmod(0o700)


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="This system asks no environment for its time zone.")
@pytest.mark.parametrize(
    ("begun", "here", "shown"),
    [
        ("2026-07-01T12:00:00", "Europe/Berlin", "2026-07-01T14:00:00"),
        ("2026-07-01T12:00:00", "America/Los_Angeles", "2026-07-01T05:00:00"),
        ("2026-07-01T23:00:00", "Asia/Kathmandu", "2026-07-02T04:45:00"),
        # The same hour twice, as summer ends.
        ("2026-10-25T00:30:00", "Europe/Berlin", "2026-10-25T02:30:00"),
        ("2026-10-25T01:30:00", "Europe/Berlin", "2026-10-25T02:30:00"),
    ],
)
@pytest.mark.parametrize("there", ["Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"])
def test_a_run_is_listed_with_the_time_of_this_place(
    begun: str, there: str, here: str, shown: str, tmp_path: Path
) -> None:
    moment = datetime.fromisoformat(begun).replace(tzinfo=UTC)
    path = tmp_path / f"run-{moment.astimezone(ZoneInfo(there)):%Y%m%d-%H%M%S}"
    asked = f"""
from pathlib import Path
from gui.run_rows import Row
for begun in {moment.timestamp() + 0.7}, {moment.timestamp() + 400_000}:
    found = Row(Path({str(path)!r}), begun).begun_at
    print(found.toString("yyyy-MM-ddTHH:mm:ss"))
print(Row(Path({str(path)!r}), {moment.timestamp()}).begun_at.toSecsSinceEpoch())
"""
    command = [sys.executable, "-c", asked]
    run = subprocess.run(command, env={**os.environ, "TZ": here}, capture_output=True, text=True, check=True, cwd=ROOT)
    original, copied, seconds = run.stdout.split()
    assert original == shown
    assert copied == f"{moment.astimezone(ZoneInfo(there)):%Y-%m-%dT%H:%M:%S}", "of a copy only the name is known"
    assert int(seconds) == moment.timestamp()
