"""Forks: they go on bit for bit as the run they come from, and stand below it in the tree."""

import json
import shutil
from itertools import pairwise
from pathlib import Path

import pytest
from drawings import project
from test_trainer import DROPPING
from training_runs import assert_same_weights, losses, only, trained

from engine import waypoints
from engine.cli import main
from engine.datasets import Iris
from engine.events import Changed, Epoch, Finished, Set
from engine.forking import fork, point_at
from engine.layers import Input, Linear, Output
from engine.runs import ORIGIN, Run, runs_in, tree_of
from engine.schedules import Cosine
from engine.steering import Change, as_trained
from engine.trainer import record, train
from engine.waypoints import START, owner, points_of

PLANNED = DROPPING.with_value("training.epochs", 4).with_value("training.keep_every", 1)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose learning rate follows a schedule, and of which each epoch is kept."""
    return trained(tmp_path / "run", PLANNED.with_value("training.schedule", Cosine()))[0]


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_an_unchanged_fork_equals_the_original_from_there(epoch: int, run: Run, tmp_path: Path) -> None:
    forked = fork(run, point_at(run, epoch=epoch), tmp_path / "fork")

    _, happening = trained(forked.path, PLANNED, resume=True)

    expected = {step: loss for step, loss in losses(run.events()).items() if step > 41 * epoch}
    assert losses(happening) == expected
    assert losses(forked.events()) == losses(run.events())
    assert forked.result().epochs == 4
    assert isinstance(happening[-1], Finished)
    assert_same_weights(run, forked)
    assert [each.train for each in only(Epoch, forked.events())] == [each.train for each in only(Epoch, run.events())]


def test_a_fork_takes_changes_and_leaves_the_original_alone(run: Run, tmp_path: Path) -> None:
    before = {file: file.read_bytes() for file in run.path.rglob("*.*") if file.is_file()}
    forked = fork(run, point_at(run, epoch=2), tmp_path / "fork", [Change("training.optimizer.learning_rate", 0.02)])
    assert forked.result().status == "stopped"
    assert forked.result().epochs == 2
    assert as_trained(forked).training.optimizer.learning_rate == 0.02

    _, happening = trained(forked.path, PLANNED, resume=True)

    (change,) = only(Changed, happening)
    assert (change.step, change.value, change.before) == (82, 0.02, 0.001)
    assert losses(happening)[84] != losses(run.events())[84]
    assert {file: file.read_bytes() for file in before} == before


@pytest.mark.usefixtures("every_step")
def test_what_was_changed_later_is_not_part_of_a_fork(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", PLANNED)
    for event in record(run, train(run)):
        if isinstance(event, Epoch) and event.epoch in (1, 3):
            run.send(Set("training.optimizer.learning_rate", 0.001 * (1 + event.epoch)))

    forked = fork(run, point_at(run, epoch=2), tmp_path / "fork")

    assert as_trained(forked).training.optimizer.learning_rate == 0.002
    _, happening = trained(forked.path, PLANNED, resume=True)
    assert not only(Changed, happening)


def test_the_nearest_checkpoint_is_taken(run: Run) -> None:
    assert [point.epoch for point in points_of(run)] == [0, 1, 2, 3, 4]
    assert points_of(run)[0] is START
    assert point_at(run, step=60).epoch == 1
    assert point_at(run, step=62).epoch == 2
    assert point_at(run, step=3).epoch == 0
    assert point_at(run, epoch=99).epoch == 4
    assert point_at(run).step == 164


def test_what_a_fork_shares_is_forked_from_where_it_was_trained(run: Run, tmp_path: Path) -> None:
    child = fork(run, point_at(run, epoch=2), tmp_path / "child", [Change("training.optimizer.learning_rate", 0.02)])
    trained(child.path, PLANNED, resume=True)
    grandchild = fork(child, point_at(child, epoch=3), tmp_path / "grandchild")
    trained(grandchild.path, PLANNED, resume=True)

    found = [(point.epoch, owner(grandchild, point).name) for point in points_of(grandchild)]
    assert found == [(0, "grandchild"), (1, "run"), (2, "run"), (3, "child"), (4, "grandchild")]
    again = fork(grandchild, point_at(grandchild, step=42), tmp_path / "again")
    origin = again.origin()
    assert origin is not None
    assert (origin.parent, origin.step) == ("run", 41)
    assert_same_weights(run, Run(trained(again.path, PLANNED, resume=True)[0].path))


def test_runs_in_a_circle_or_elsewhere_have_no_points_to_inherit(run: Run, tmp_path: Path) -> None:
    child = fork(run, point_at(run, epoch=2), tmp_path / "child")
    for parent in ("child", "", "..", "gone", "run\0", "r" * 999):
        (run.path / ORIGIN).write_text(json.dumps({"parent": parent, "epoch": 2, "step": 82}))
        assert [point.epoch for point in points_of(run)] == [0, 1, 2, 3, 4]
        assert [point.epoch for point in points_of(child)] == [0, 1, 2]


def test_a_few_states_are_kept_unasked_spread_over_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.stretch.SAVE_SECONDS", 0.0)
    drawn = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=60, batch_size=100)

    run, _ = trained(tmp_path / "run", drawn)

    epochs = [point.epoch for point in points_of(run)]
    assert len(epochs) == waypoints.MOST + 1
    assert max(after - before for before, after in pairwise(epochs)) <= 20
    assert epochs[-1] == 60


def test_large_states_are_not_kept_unasked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waypoints, "MOST_BYTES", 1)
    waypoints.keep(run, 9, asked=False)
    assert 9 not in [point.epoch for point in points_of(run)]
    assert [point.epoch for point in points_of(run)] == [0, 1, 2, 3, 4], "what a person asked for stays"


def test_what_is_no_checkpoint_is_passed_over(run: Run) -> None:
    (run.path / "checkpoints" / "2.state.safetensors").write_bytes(b"\xff" * 100)
    (run.path / "checkpoints" / "3.state.safetensors").write_bytes(b"")
    assert [point.epoch for point in points_of(run)] == [0, 1, 4]


def test_forks_stand_below_their_parent_and_outlive_it(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "runs" / "first", PLANNED)
    child = fork(run, START, tmp_path / "runs" / "child")
    grandchild = fork(child, START, tmp_path / "runs" / "grandchild")
    Run.create(tmp_path / "runs" / "other", PLANNED)

    runs = list(runs_in(tmp_path / "runs"))
    found = {each.name: depth for each, depth in tree_of(runs)}
    assert found == {"first": 0, "child": 1, "grandchild": 2, "other": 0}
    names = [each.name for each, _ in tree_of(runs)]
    assert names.index("first") + 1 == names.index("child") == names.index("grandchild") - 1

    shutil.rmtree(run.path)
    found = {each.name: depth for each, depth in tree_of(list(runs_in(tmp_path / "runs")))}
    assert found == {"child": 0, "grandchild": 1, "other": 0}
    assert grandchild.result().status == "new"


def test_the_command_line_forks_and_lists(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["fork", str(run.path), "--epoch", "2", "--set", "training.optimizer.learning_rate=0.01", "--json"]
    assert main([*words, "--epochs", "3", "--run", str(tmp_path / "forked")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["status"], answer["epochs"], answer["epoch"], answer["step"]) == ("finished", 3, 2, 82)

    assert main(["runs", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("run ")
    assert lines[1].startswith("  └ forked")
    assert "from epoch 2" in lines[1]
    assert (
        main(["train", str(run.path / "project.loom"), "--epochs", "1", "--run", str(tmp_path / "one" / "short")]) == 0
    )
    capsys.readouterr()
    assert main(["runs", str(tmp_path / "one")]) == 0
    assert "finished         1 epoch   loss" in capsys.readouterr().out
    assert main(["runs", str(tmp_path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [entry["parent"] for entry in document] == [None, "run"]
    assert document[1]["forked_at"] == {"epoch": 2, "step": 82}

    assert main(["fork", str(run.path), "--points", "--json"]) == 0
    assert [point["epoch"] for point in json.loads(capsys.readouterr().out)] == [0, 1, 2, 3, 4]
    assert main(["fork", str(run.path), "--epoch", "1", "--step", "3", "--json"]) == 2
    assert main(["fork", str(run.path), "--set", "training.seed=3", "--run", str(tmp_path / "no"), "--json"]) == 2
    assert not (tmp_path / "no").exists()
