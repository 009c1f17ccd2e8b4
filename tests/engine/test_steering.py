"""Steering: what changes while a network is trained changes at once, is written down, and happens again in a replay."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from drawings import project
from test_trainer import DROPPING
from training_runs import assert_same_weights, losses, only, told, trained

from engine import checkpoints, steering
from engine.batches import Batches
from engine.blocks import Blueprint, Exposed, Target
from engine.build import build
from engine.cli import main
from engine.data import prepare
from engine.datasets import Diabetes, Iris
from engine.errors import SettingError
from engine.events import (
    Advance,
    Changed,
    Checkpoint,
    Epoch,
    Event,
    Failed,
    Finished,
    Paused,
    SaveCheckpoint,
    Set,
    Started,
    Steps,
    Stop,
    Stopped,
    Warning,
)
from engine.graph import Graph
from engine.layers import Dropout, Input, Linear, Output, ReLU
from engine.losses import MeanSquaredError
from engine.optimizers import SGD
from engine.project import Project
from engine.runs import Run
from engine.schedules import Constant, Cosine
from engine.steering import steered, way
from engine.stretch import Stretch
from engine.trainer import record, train
from engine.workbench import take_up

PER_EPOCH = 41
"""Steps of an epoch of `DROPPING`: 1,294 samples in batches of 32."""


@pytest.fixture(autouse=True)
def _every_step(every_step: None) -> None:
    """So that a test knows the step after which something is changed."""


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, list[int]]]:
    """The epoch and the samples of every step that is taken."""
    seen: list[tuple[int, list[int]]] = []
    pieces = Stretch.pieces

    def watched(self: Stretch, batches: Batches) -> object:
        for step in pieces(self, batches):
            seen.append((self.state.epoch, [int(row) for piece in step for row in piece]))  # pyright: ignore
            yield step

    monkeypatch.setattr(Stretch, "pieces", watched)
    return seen


def killed(run: Run, folder: Path, at: int, *changes: Set) -> Run:
    """What is left of a run whose trainer was killed after a change: the checkpoint of its first epoch, and the log."""
    copied = False
    waiting = list(changes)
    for event in record(run, train(run)):
        if isinstance(event, Checkpoint) and event.name == "last" and not copied:
            shutil.copytree(run.path / "checkpoints", folder / "checkpoints")
            copied = True
        if isinstance(event, Steps) and event.step[-1] >= at and waiting:
            run.send(waiting.pop(0))
    left = shutil.copytree(run.path, folder / "left", ignore=lambda *_names: {"checkpoints", "trainer.lock"})
    shutil.move(folder / "checkpoints", left / "checkpoints")
    return Run(Path(left))


CHANGES = [
    Set("training.optimizer.learning_rate", 0.02),
    Set("training.optimizer.weight_decay", 0.1),
    Set("training.batch_size", 20),
    Set("training.batch_size", 500),
    Set("training.accumulation", 3),
    Set("training.epochs", 2),
    Set("network.dropout_1.p", 0.6),
    Set("network.linear_1.frozen", True),
    Set("training.schedule", {"type": "Cosine", "settings": {"warmup": 0, "final": 0.0}}),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.path}-{change.value}")
def test_a_change_holds_from_the_next_step_on_and_a_replay_does_the_same(change: Set, tmp_path: Path) -> None:
    plain = losses(trained(tmp_path / "plain", DROPPING)[1])
    run = Run.create(tmp_path / "run", DROPPING)
    left = killed(run, tmp_path, 50, change)
    happened = losses(run.events())
    (made,) = only(Changed, run.events())

    _, replayed = trained(left.path, DROPPING, resume=True)

    assert (made.path, made.value, made.again) == (change.path, change.value, False)
    assert made.before != made.value
    assert 50 <= made.step <= 53
    assert {step: loss for step, loss in plain.items() if step <= made.step}.items() <= happened.items()
    assert only(Started, replayed)[0].step == PER_EPOCH
    (again,) = only(Changed, replayed)
    assert (again.step, again.value, again.again) == (made.step, made.value, True)
    expected = {step: loss for step, loss in happened.items() if step > PER_EPOCH}
    assert losses(replayed) == expected
    assert_same_weights(run, left)
    if change.path != "training.epochs":
        assert happened[made.step + 2] != plain.get(made.step + 2)


def test_a_replay_that_is_killed_once_more_still_makes_both_changes(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)
    changes = (Set("training.optimizer.learning_rate", 0.02), Set("training.optimizer.learning_rate", 0.03))
    left = killed(run, tmp_path, 50, *changes)
    shutil.copytree(left.path / "checkpoints", tmp_path / "kept")
    for event in record(left, train(left, resume=True)):
        if isinstance(event, Changed):
            break
    shutil.rmtree(left.path / "checkpoints")
    shutil.copytree(tmp_path / "kept", left.path / "checkpoints")

    _, replayed = trained(left.path, DROPPING, resume=True)

    assert [change.value for change in only(Changed, replayed)] == [0.02, 0.03]
    assert losses(left.events()) == losses(run.events())


def test_what_a_person_changes_in_a_replay_takes_the_place_of_what_was_changed_then(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)
    left = killed(run, tmp_path, 60, Set("training.optimizer.learning_rate", 0.02))

    happening = list(record(left, train(left, True, changes={"training.optimizer.learning_rate": 0.005})))

    assert [(event.value, event.again) for event in only(Changed, happening)] == [(0.005, False)]


def test_what_may_have_made_a_training_fail_is_not_done_again(tmp_path: Path) -> None:
    drawn = project(
        *(Input(), Linear(16), ReLU(), Linear(1), Output()),
        dataset=Diabetes(),
        loss=MeanSquaredError(),
        optimizer=SGD(learning_rate=0.001),
        epochs=20,
    )
    run = Run.create(tmp_path / "run", drawn)
    seen = told(run, 60, Set("training.optimizer.learning_rate", 1000.0))
    assert isinstance(seen[-1], Failed)

    _, resumed = trained(run.path, drawn, resume=True)

    assert not only(Changed, resumed)
    assert isinstance(resumed[-1], Finished)


@pytest.mark.parametrize("size", [1, 7, 100, 5_000])
def test_each_sample_comes_once_in_the_epoch_in_which_the_batch_size_changes(
    size: int, rows: list[tuple[int, list[int]]], tmp_path: Path
) -> None:
    run = Run.create(tmp_path / "run", DROPPING)

    happening = told(run, 50, Set("training.batch_size", size), Set("training.batch_size", 64))

    count = only(Started, happening)[0].train_samples
    for epoch in range(3):
        seen = sorted(row for number, step in rows for row in step if number == epoch)
        assert seen == list(range(count))
    assert {len(step) for number, step in rows if number == 2} == {64, count % 64}
    change = only(Changed, happening)[-1]
    assert change.steps == max(losses(happening))
    assert [epoch.step for epoch in only(Epoch, happening)][-1] == change.steps


def test_a_streamed_epoch_is_cut_anew_within_what_is_held() -> None:
    before, after = Batches(1000, 32, held=96), Batches(1000, 50, begins=160, held=96)

    assert [before.span(number) for number in range(before.length)][:4] == [(0, 32), (32, 64), (64, 96), (96, 128)]
    spans = [after.span(number) for number in range(after.length)]
    assert spans[:4] == [(160, 192), (192, 242), (242, 288), (288, 338)]
    assert [place for span in spans for place in range(*span)] == list(range(160, 1000))


@pytest.mark.parametrize(("samples", "size", "count"), [(9, 4, 2), (8, 4, 2), (10, 4, 3), (1, 4, 1), (5, 1, 4)])
def test_a_last_batch_of_one_is_spared(samples: int, size: int, count: int) -> None:
    assert Batches(samples, size, spares_one=True).length == count


def test_a_schedule_goes_on_where_it_is_when_the_batch_size_changes(tmp_path: Path) -> None:
    drawn = DROPPING.with_value("training.schedule", Cosine())
    run = Run.create(tmp_path / "run", drawn)

    happening = told(run, 60, Set("training.batch_size", 16))

    plain = [epoch.learning_rate for epoch in only(Epoch, trained(tmp_path / "plain", drawn)[1])]
    rates = [epoch.learning_rate for epoch in only(Epoch, happening)]
    assert rates == pytest.approx(plain, abs=2e-4)


@pytest.mark.parametrize("size", [8, 256])
def test_a_network_that_is_warm_is_not_warmed_again_when_the_batch_size_changes(size: int, tmp_path: Path) -> None:
    drawn = DROPPING.with_value("training.schedule", Constant(warmup=40))
    run = Run.create(tmp_path / "run", drawn)

    happening = told(run, 60, Set("training.batch_size", size))

    planned = DROPPING.training.optimizer.learning_rate
    assert [epoch.learning_rate for epoch in only(Epoch, happening)][1:] == [planned] * (DROPPING.training.epochs - 1)


def test_frozen_weights_stay_and_are_trained_again_when_they_are_let_go(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)
    kept: list[dict[str, torch.Tensor]] = []

    asked = {10: [Set("network.linear_1.frozen", True), SaveCheckpoint()], 30: [SaveCheckpoint()]}
    asked[31] = [Set("network.linear_1.frozen", False)]
    for event in record(run, train(run)):
        if isinstance(event, Steps):
            for command in asked.pop(event.step[-1], []):
                run.send(command)
        if isinstance(event, Checkpoint) and event.name == "last":
            kept.append(checkpoints.read_weights(run, "last"))

    first, second, *_, last = kept
    assert torch.equal(first["linear_1.weight"], second["linear_1.weight"])
    assert not torch.equal(first["linear_2.weight"], second["linear_2.weight"])
    assert not torch.equal(second["linear_1.weight"], last["linear_1.weight"])
    assert isinstance(run.events()[-1], Finished)


def test_a_network_takes_up_dropout_and_freezing_wherever_they_are() -> None:
    inside = Graph.chain(Input(), Linear(8), Dropout(0.1), Output())
    blueprint = Blueprint("Stage", inside, (Exposed("silence", (Target("dropout_1", "p"),)),))
    drawn = project(Input(), blueprint.kind(repeat=2), ReLU(), Linear(3), Output(), dataset=Iris())
    network = build(drawn)
    weights = [parameter.clone() for parameter in network.parameters()]

    changed = steered(drawn, "network.stage_1.silence", 0.7)
    changed = steered(changed, "network.stage_1/linear_1.frozen", True)
    take_up(drawn, changed, network)

    assert {module.p for module in network.modules() if isinstance(module, torch.nn.Dropout)} == {0.7}
    trains = {name: parameter.requires_grad for name, parameter in network.named_parameters()}
    assert {name for name, does in trains.items() if does} == {"linear_1.weight", "linear_1.bias"}
    assert all(torch.equal(now, then) for now, then in zip(network.parameters(), weights, strict=True))
    assert [change.path for change in way(drawn, changed).changes] == [
        "network.stage_1/linear_1.frozen",
        "network.stage_1/dropout_1.p",
    ]


def test_a_network_is_never_frozen_whole(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)

    seen = told(run, 5, Set("network.linear_1.frozen", True), Set("network.linear_2.frozen", True))

    (refusal,) = only(Warning, seen)
    assert "nothing to train" in refusal.message
    assert isinstance(seen[-1], Finished)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("training.optimizer", "SGD"),
        ("training.optimizer.momentum", 0),
        ("network.linear_1.out_features", 3),
        ("data.validation", 0.3),
    ],
)
def test_what_cannot_change_says_what_can(path: str, value: object) -> None:
    drawn = DROPPING.with_value("training.optimizer", "Momentum")
    with pytest.raises(SettingError) as refusal:
        steered(drawn, path, value)
    assert refusal.value.fix


def edits(drawn: Project) -> Project:
    drawn = drawn.with_value("training.optimizer.learning_rate", 0.5).with_value("network.dropout_1.p", 0.4)
    return drawn.with_value("training.schedule", "Cosine").with_value("network.linear_1.frozen", True)


def test_the_way_from_one_design_to_another_is_what_a_person_edited() -> None:
    found = way(DROPPING, edits(DROPPING))

    assert not found.others
    assert {change.path for change in found.changes} == {
        "training.optimizer.learning_rate",
        "training.schedule",
        "network.dropout_1.p",
        "network.linear_1.frozen",
    }
    there = DROPPING
    for change in found.changes:
        there = steered(there, change.path, change.value)
    assert there.trains_as(edits(DROPPING))


@pytest.mark.parametrize(
    ("edit", "other"),
    [
        (lambda drawn: drawn.with_value("training.loss", "MultiClassHinge"), "training.loss"),
        (lambda drawn: drawn.with_value("training.optimizer", "SGD"), "training.optimizer"),
        (lambda drawn: drawn.with_value("network.linear_1.out_features", 9), "network.linear_1.out_features"),
        (lambda drawn: drawn.with_value("data.validation", 0.3), "data"),
        (lambda drawn: drawn.with_network(drawn.network.remove(["dropout_1"])), "network"),
    ],
)
def test_what_takes_a_new_training_is_named(edit: Callable[[Project], Project], other: str) -> None:
    assert other in way(DROPPING, edit(DROPPING)).others


# Step by step


def advanced(run: Run, *commands: Advance | Stop) -> list[Event]:
    """Trains a run that waits at once, and tells it the next of these whenever it waits."""
    waiting = list(commands)
    run.send(Advance("step"))
    seen: list[Event] = []
    for event in record(run, train(run)):
        seen.append(event)
        if isinstance(event, Paused) and waiting:
            run.send(waiting.pop(0))
    return seen


def test_it_goes_on_by_single_steps_and_epochs(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)

    seen = advanced(run, Advance("step"), Advance("epoch"), Advance("step"), Stop("epoch"))

    assert [event.step for event in only(Paused, seen)] == [1, 2, PER_EPOCH, PER_EPOCH + 1]
    assert isinstance(seen[-1], Stopped)
    assert seen[-1].step == 2 * PER_EPOCH
    _, resumed = trained(run.path, DROPPING, resume=True)
    assert losses(run.events()) == losses(trained(tmp_path / "plain", DROPPING)[1])
    assert isinstance(resumed[-1], Finished)


def test_a_stop_after_the_epoch_ends_there(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)

    seen = told(run, 50, Stop("epoch"))

    assert isinstance(seen[-1], Stopped)
    assert seen[-1].step == 2 * PER_EPOCH
    assert len(only(Epoch, seen)) == 2


def test_fewer_epochs_than_have_begun_end_with_the_one_under_way(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)

    seen = told(run, 50, Set("training.epochs", 1))

    (change,) = only(Changed, seen)
    assert change.step > PER_EPOCH
    assert (change.value, change.epochs, change.steps) == (1, 2, 2 * PER_EPOCH)
    assert (seen[-1].step, len(only(Epoch, seen))) == (2 * PER_EPOCH, 2)


def test_a_finished_run_that_is_given_more_epochs_writes_down_the_change(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", DROPPING.with_value("training.epochs", 1))

    happening = list(record(run, train(run, True, changes={"training.epochs": 3})))

    (change,) = only(Changed, happening)
    assert (change.path, change.before, change.value, change.epochs) == ("training.epochs", 1, 3, 3)
    assert only(Started, happening)[0].epochs == 3
    assert losses(run.events()) == losses(trained(tmp_path / "plain", DROPPING)[1])
    assert steering.changes_in(run.events()) == [change]
    assert len(prepare(DROPPING.data).train) == only(Started, happening)[0].train_samples


def test_the_command_line_steers_a_training_that_is_under_way(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run.create(tmp_path / "run", DROPPING)
    assert main(["steer", str(run.path), "--pause"]) == 1
    assert "not being trained" in capsys.readouterr().err
    seen: list[Event] = []
    for event in record(run, train(run)):
        seen.append(event)
        if isinstance(event, Steps) and event.step[-1] == 5:
            words = ["--set", "training.optimizer.learning_rate=0.02", "--epochs", "2", "--one-step"]
            assert main(["steer", str(run.path), *words]) == 0
            assert main(["steer", str(run.path), "--set", "training.seed=3"]) == 2
            assert main(["steer", str(run.path)]) == 2
        if isinstance(event, Paused):
            assert main(["steer", str(run.path), "--stop-after-epoch"]) == 0
    capsys.readouterr()

    assert {event.path: event.value for event in only(Changed, seen)} == {
        "training.optimizer.learning_rate": 0.02,
        "training.epochs": 2,
    }
    assert len(only(Paused, seen)) == 1
    assert isinstance(seen[-1], Stopped)
    assert seen[-1].step == PER_EPOCH
