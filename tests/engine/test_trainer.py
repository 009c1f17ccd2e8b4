"""The training loop: what it writes, that it can be interrupted anywhere, and what it says when it cannot go on."""

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch
from drawings import every, project
from networks import NETWORKS
from training_runs import assert_same_weights, losses, only, started, told, trained

from engine import checkpoints, stretch
from engine.build import build
from engine.data import Data
from engine.datasets import Diabetes, Iris, TwoPoints, XorPoints
from engine.errors import RunError
from engine.events import (
    Changed,
    Checkpoint,
    Epoch,
    Event,
    Failed,
    Finished,
    LearningRate,
    Pause,
    Paused,
    Resume,
    SaveCheckpoint,
    Set,
    Started,
    Steps,
    Stop,
    Stopped,
    Warning,
)
from engine.layers import BatchNorm1d, Dropout, Flatten, Input, Layer, Linear, Output, ReLU, Sigmoid, Softmax
from engine.losses import BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError, WeightedSum
from engine.optimizers import SGD, Adam, GradientDescent, Momentum, Optimizer, RMSprop
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.runs import Run
from engine.trainer import record, train

DROPPING = project(Input(), Flatten(), Linear(16), ReLU(), Dropout(0.2), Linear(10), Softmax(), Output(), epochs=3)
"""A network with random numbers in every step, so that a resumed training must take those up as well."""


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_is_trained_to_its_end(name: str, tmp_path: Path) -> None:
    run, happening = trained(tmp_path / "run", NETWORKS[name])

    (start,) = only(Started, happening)
    assert isinstance(happening[-1], Finished), happening[-1]
    assert happening[-1].epoch == start.epochs == len(only(Epoch, happening))
    assert list(losses(happening)) == list(range(1, start.epochs * start.steps_per_epoch + 1))
    assert {event.name for event in only(Checkpoint, happening)} == {"best", "last"}
    assert run.events() == happening
    assert run.result().test == happening[-1].test


@pytest.mark.parametrize("kind", every(Optimizer), ids=lambda kind: kind.__name__)
def test_every_optimizer_makes_the_loss_smaller(kind: type[Optimizer], tmp_path: Path) -> None:
    rate = 0.5 if kind is GradientDescent else kind().learning_rate
    drawn = project(
        *(Input(), Linear(8), ReLU(), Linear(3), Output()),
        dataset=Iris(),
        optimizer=kind(learning_rate=rate),
        epochs=8,
    )

    _, happening = trained(tmp_path / "run", drawn)

    first, *_, last = only(Epoch, happening)
    assert last.train["loss"] < first.train["loss"]


@pytest.mark.parametrize("kind", every(Loss), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("dataset", [Iris(), XorPoints(), Diabetes()], ids=lambda dataset: dataset.title)
def test_every_loss_that_fits_is_trained(kind: type[Loss], dataset: Iris, tmp_path: Path) -> None:
    if dataset.task not in kind.tasks:
        pytest.skip("does not fit the task")
    loss = WeightedSum((CrossEntropy(),)) if kind is WeightedSum and dataset.classes else kind()
    loss = WeightedSum((MeanSquaredError(),)) if kind is WeightedSum and not dataset.classes else loss
    width = 1 if kind is BinaryCrossEntropy and len(dataset.classes) == 2 else len(dataset.classes) or loss.width(1)
    if width < loss.fewest:
        pytest.skip("compares several values with each other")
    end = [Layer.kinds[name]() for name in loss.ends_in()[:1]]
    drawn = project(Input(), Linear(width), *end, Output(), dataset=dataset, loss=loss, epochs=2)

    _, happening = trained(tmp_path / "run", drawn)

    assert isinstance(happening[-1], Finished), happening[-1]
    expected = (
        {"loss", "mae", "rmse", "r2"}
        if dataset.task == "regression"
        else {"loss", "accuracy", "precision", "recall", "f1"}
    )
    assert set(happening[-1].test) == expected
    assert set(only(Steps, happening)[0].metrics) == expected & {"accuracy", "mae"}


def test_softmax_and_cross_entropy_are_what_torch_computes(tmp_path: Path) -> None:
    ending_in_softmax = project(Input(), Linear(3), Softmax(), Output(), dataset=Iris(), epochs=1)
    answering_with_logits = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=1)

    _, first = trained(tmp_path / "softmax", ending_in_softmax)
    _, second = trained(tmp_path / "logits", answering_with_logits)

    assert losses(first) == losses(second)


def test_a_step_of_gradient_descent_is_the_one_of_the_textbook(tmp_path: Path) -> None:
    drawn = project(
        *(Input(), Linear(3), Sigmoid(), Linear(1), Output()),
        dataset=TwoPoints(),
        loss=MeanSquaredError(),
        optimizer=GradientDescent(learning_rate=0.01),
        epochs=2,
    )
    torch.manual_seed(drawn.training.seed)
    network = build(drawn)
    samples = drawn.data.dataset.load().train
    inputs, targets = torch.from_numpy(samples.inputs), torch.from_numpy(samples.targets)
    expected: list[float] = []
    for _ in range(2):
        loss = ((network(inputs) - targets) ** 2).mean()
        expected.append(loss.item())
        network.zero_grad()
        loss.backward()
        with torch.no_grad():
            for weight in network.parameters():
                weight -= 0.01 * weight.grad

    _, happening = trained(tmp_path / "run", drawn)

    assert list(losses(happening).values()) == pytest.approx(expected, rel=1e-5)


def test_the_same_seed_writes_the_same_losses_and_another_seed_does_not(tmp_path: Path) -> None:
    first, second, other = (
        losses(trained(tmp_path / str(number), DROPPING.with_value("training.seed", seed))[1])
        for number, seed in enumerate((1, 1, 2))
    )

    assert first == second
    assert first != other


def test_steps_are_gathered_into_few_lines(tmp_path: Path) -> None:
    drawn = project(Input(), Linear(2), Output(), dataset=XorPoints(), optimizer=Adam(), epochs=500, batch_size=4)

    _, happening = trained(tmp_path / "run", drawn)

    lines = only(Steps, happening)
    assert len(losses(happening)) == 500
    seconds = happening[-1].time - happening[0].time
    assert len(lines) <= 20 * seconds + 2


def test_the_error_of_a_regression_is_in_the_units_of_the_data(tmp_path: Path) -> None:
    run, happening = trained(tmp_path / "run", NETWORKS["regression"])

    assert Preprocessing.read(run).targets.scale[0] > 50
    assert 30 < happening[-1].test["mae"] < 120  # pyright: ignore[reportAttributeAccessIssue]
    assert 30 < only(Steps, happening)[0].metrics["mae"][0] < 200


def test_the_confusion_matrix_counts_the_test_samples(tmp_path: Path) -> None:
    run, happening = trained(tmp_path / "run", NETWORKS["mlp"])

    end = happening[-1]
    assert isinstance(end, Finished)
    confusion = np.load(run.path / "artifacts" / end.confusion)
    assert confusion.shape == (3, 3)
    assert confusion.sum() == only(Started, happening)[0].test_samples
    assert np.trace(confusion) / confusion.sum() == end.test["accuracy"]


def test_the_environment_says_what_the_run_was_trained_with(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", NETWORKS["mlp"].with_value("training.seed", 7))

    noted = msgspec.json.decode((run.path / "environment.json").read_bytes())
    assert noted["seed"] == 7
    assert noted["torch"] == str(torch.__version__)
    assert noted["data"].startswith("sha256:")


def test_a_batch_larger_than_the_data_takes_all_of_it(tmp_path: Path) -> None:
    drawn = project(Input(), Linear(3), Output(), dataset=Iris(), epochs=2, batch_size=100_000)

    _, happening = trained(tmp_path / "run", drawn)

    assert only(Started, happening)[0].steps_per_epoch == 1
    assert isinstance(happening[-1], Finished)


def test_batch_norm_is_spared_a_batch_of_one(tmp_path: Path) -> None:
    drawn = project(Input(), Linear(4), BatchNorm1d(), Linear(3), Output(), dataset=Iris(), epochs=2, batch_size=107)

    _, happening = trained(tmp_path / "run", drawn)

    (start,) = only(Started, happening)
    assert start.train_samples == 108
    assert start.steps_per_epoch == 1
    assert any("left out" in note for note in start.notes)
    assert isinstance(happening[-1], Finished)


# Interruptions


@pytest.mark.usefixtures("every_step")
def test_layers_with_a_pace_of_their_own_go_on_at_it(tmp_path: Path) -> None:
    network = DROPPING.network.replace_layer("linear_1", Linear(16, lr_factor=0.1))
    drawn = DROPPING.with_network(network)
    undisturbed, expected = trained(tmp_path / "undisturbed", drawn)
    run = Run.create(tmp_path / "run", drawn)

    stopped = told(run, 20, Set(path="training.optimizer.learning_rate", value=0.001), Stop())
    _, resumed = trained(run.path, drawn, resume=True)

    assert {**losses(stopped), **losses(resumed)} == losses(expected)
    assert_same_weights(run, undisturbed)


@pytest.mark.usefixtures("every_step")
@pytest.mark.parametrize(
    "optimizer", [Adam(), RMSprop(momentum=0.5), Momentum(), SGD()], ids=lambda optimizer: type(optimizer).__name__
)
@pytest.mark.parametrize("at", [1, 40, 41, 60])
def test_a_stopped_run_goes_on_as_if_it_never_stopped(optimizer: Optimizer, at: int, tmp_path: Path) -> None:
    drawn = DROPPING.with_training(msgspec.structs.replace(DROPPING.training, optimizer=optimizer))
    undisturbed, expected = trained(tmp_path / "undisturbed", drawn)
    run = Run.create(tmp_path / "run", drawn)

    stopped = told(run, at, Stop())
    _, resumed = trained(run.path, drawn, resume=True)

    assert isinstance(stopped[-1], Stopped)
    assert max(losses(stopped)) < max(losses(expected))
    assert {**losses(stopped), **losses(resumed)} == losses(expected)
    assert [epoch.train for epoch in only(Epoch, run.events())] == [epoch.train for epoch in only(Epoch, expected)]
    assert resumed[-1].test == expected[-1].test  # pyright: ignore[reportAttributeAccessIssue]
    assert_same_weights(run, undisturbed)


@pytest.mark.usefixtures("every_step")
def test_a_long_first_epoch_is_saved_before_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretch, "SAVE_WITHIN_EPOCH_SECONDS", 0.0)
    run = Run.create(tmp_path / "run", DROPPING)
    first = next(event for event in train(run) if isinstance(event, Checkpoint | Epoch))
    assert isinstance(first, Checkpoint)
    assert run.has_checkpoint()


def test_a_killed_trainer_goes_on_from_its_last_checkpoint(tmp_path: Path) -> None:
    drawn = DROPPING.with_value("training.epochs", 30)
    expected = losses(trained(tmp_path / "undisturbed", drawn)[1])
    run = Run.create(tmp_path / "run", drawn)
    process = started("train", str(run.path))
    reader = run.follow()
    while process.poll() is None and "last" not in {event.name for event in only(Checkpoint, reader.read())}:
        pass
    process.kill()
    process.communicate()

    assert run.result().status == "interrupted"
    with (run.path / "log.jsonl").open("ab") as log:
        log.write(b'{"event":"steps","tim')
    _, resumed = trained(run.path, drawn, resume=True)

    assert only(Started, resumed)[0].step > 0
    assert losses(run.events()) == expected
    assert run.result().status == "finished"


@pytest.mark.usefixtures("every_step")
def test_a_run_pauses_and_goes_on(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)
    seen: list[str] = []
    for event in record(run, train(run)):
        seen.append(type(event).__name__)
        if isinstance(event, Steps) and event.step[-1] == 5:
            run.send(Pause())
        if isinstance(event, Paused):
            assert run.has_checkpoint()
            run.send(Resume())

    assert seen.index("Paused") < seen.index("Resumed") < seen.index("Finished")
    assert losses(run.events()) == losses(trained(tmp_path / "undisturbed", DROPPING)[1])


@pytest.mark.usefixtures("every_step")
def test_settings_change_while_training(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)

    seen = told(
        run,
        5,
        Set("training.optimizer.learning_rate", 0.5),
        Set("training.epochs", 2),
        Set("training.seed", 8),
        Set("training.optimizer.learning_rate", -1),
    )

    (rate,) = only(LearningRate, seen)
    assert rate.learning_rate == 0.5
    changes = [(event.path, event.before, event.value) for event in only(Changed, seen)]
    before = DROPPING.training.optimizer.learning_rate
    assert changes == [("training.optimizer.learning_rate", before, 0.5), ("training.epochs", 3, 2)]
    refused = [event.message for event in only(Warning, seen)]
    assert len(refused) == 2
    assert "training.seed" in refused[0]
    assert len(only(Epoch, seen)) == 2
    assert losses(seen)[20] != losses(trained(tmp_path / "other", DROPPING)[1])[20]


@pytest.mark.usefixtures("every_step")
def test_a_changed_setting_holds_after_a_resume(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)
    told(run, 5, Set("training.epochs", 2), Stop())

    _, resumed = trained(run.path, DROPPING, resume=True)

    assert only(Started, resumed)[0].epochs == 2
    assert isinstance(resumed[-1], Finished)


@pytest.mark.usefixtures("every_step")
def test_a_checkpoint_that_was_asked_for_is_kept(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)

    seen = told(run, 50, SaveCheckpoint())

    (kept,) = [event for event in only(Checkpoint, seen) if event.name == "1"]
    assert 50 <= kept.step < 60
    weights, last = (checkpoints.read_weights(run, name) for name in ("1", "last"))
    assert not all(torch.equal(weights[name], last[name]) for name in weights)


def test_a_stop_that_came_before_the_trainer_was_up_is_obeyed(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)
    run.send(Stop())

    happening = list(record(run, train(run)))

    assert isinstance(happening[-1], Stopped)
    assert run.result().status == "stopped"


def test_a_finished_run_needs_more_epochs_to_go_on(tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", NETWORKS["mlp"])
    before = run.events()

    for changes in ({}, {"training.epochs": 1}):
        with pytest.raises(RunError, match="finished: all its 2 epochs") as refusal:
            list(record(run, train(run, True, changes=changes)))
        assert "--epochs 4" in refusal.value.fix
    assert run.events() == before
    happening = list(record(run, train(run, True, changes={"training.epochs": 3})))

    assert [epoch.epoch for epoch in only(Epoch, happening)] == [3]
    assert run.result().epochs == 3


def test_two_trainers_never_train_one_run(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)
    first = record(run, train(run))
    next(first)

    with pytest.raises(RunError, match="already being trained"):
        next(record(run, train(run)))

    assert isinstance(list(first)[-1], Finished)
    assert not only(Failed, run.events())


# What goes wrong


def failure(tmp_path: Path, drawn: Project) -> Failed:
    _, happening = trained(tmp_path / "run", drawn)
    assert isinstance(happening[-1], Failed), happening[-1]
    assert Run(tmp_path / "run").result().status == "failed"
    return happening[-1]


def test_a_loss_that_is_not_finite_ends_the_training_and_spoils_no_checkpoint(tmp_path: Path) -> None:
    drawn = project(
        *(Input(), Linear(16), ReLU(), Linear(1), Output()),
        dataset=Diabetes(),
        loss=MeanSquaredError(),
        optimizer=SGD(learning_rate=1000.0),
        epochs=50,
    )

    end = failure(tmp_path, drawn)

    run = Run(tmp_path / "run")
    known = losses(run.events())
    assert end.step == max(known, default=0) + 1
    assert f"step {end.step}" in end.message
    assert "learning rate" in end.fix
    assert np.isfinite(list(known.values())).all()
    for file in (run.path / "checkpoints").glob("*.safetensors"):
        weights = checkpoints._read(file, torch.device("cpu"))[0]  # pyright: ignore[reportPrivateUsage]
        assert all(bool(tensor.float().isfinite().all()) for tensor in weights.values())


def test_a_network_without_parameters_is_refused_with_a_fix(tmp_path: Path) -> None:
    end = failure(tmp_path, project(Input(), Softmax(), Output(), dataset=XorPoints()))

    assert "nothing to train" in end.message.lower()
    assert end.fix


def test_a_device_that_is_not_there_is_named(tmp_path: Path) -> None:
    end = failure(tmp_path, DROPPING.with_value("training.device", "cuda:99"))

    assert "cuda:99" in end.message
    assert "cpu" in end.cause


def test_a_split_that_leaves_nothing_is_told(tmp_path: Path) -> None:
    drawn = DROPPING.with_data(Data(XorPoints(), validation=0.9, test=0.9))

    end = failure(tmp_path, project(Input(), Linear(2), Output()).with_data(drawn.data))

    assert "no samples" in end.message


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "batch size"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "batch size"),
        pytest.param(RuntimeError("a kernel failed"), "checkpoint", marks=pytest.mark.logs("training failed")),
    ],
)
def test_what_torch_cannot_do_is_told_in_words(
    fault: Exception, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> Iterator[Event]:
        raise fault

    monkeypatch.setattr(stretch.Stretch, "epoch", refuse)

    assert words in failure(tmp_path, DROPPING).fix


@pytest.fixture
def broken_disk(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Refuses to write checkpoints whose names are in the list."""
    names: list[str] = []
    write = Path.write_bytes

    def refuse(path: Path, content: bytes) -> int:
        if any(name in path.name for name in names):
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    return names


@pytest.mark.usefixtures("every_step")
def test_a_broken_disk_keeps_the_checkpoint_before(
    broken_disk: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stretch, "SAVE_SECONDS", 0.0)
    run = Run.create(tmp_path / "run", DROPPING)
    whole: dict[str, bytes] = {}
    happening: list[Event] = []
    for event in record(run, train(run)):
        happening.append(event)
        if isinstance(event, Checkpoint) and event.name == "last" and not whole:
            whole = {file.name: file.read_bytes() for file in (run.path / "checkpoints").iterdir()}
            broken_disk.append(".safetensors")

    (warning,) = only(Warning, happening)
    assert "Input/output error" in warning.message
    assert isinstance(happening[-1], Failed)
    assert "Input/output error" in happening[-1].message
    assert {file.name: file.read_bytes() for file in (run.path / "checkpoints").iterdir()} == whole

    broken_disk.clear()
    _, resumed = trained(run.path, DROPPING, resume=True)
    assert isinstance(resumed[-1], Finished)


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    run = Run.create(tmp_path / "run", DROPPING)
    (run.path / "log.jsonl").mkdir()

    with pytest.raises(RunError, match="cannot be written"):
        list(record(run, train(run)))


def test_what_a_disk_does_not_take_is_written_once_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.create(tmp_path / "run", DROPPING)
    refusals = [3, 4]
    opened = Path.open

    class Refusing:
        """A log that takes a part of one line, refuses the next, and then takes all again."""

        def __init__(self, file: object) -> None:
            self.file, self.calls = file, 0

        def __enter__(self) -> "Refusing":
            return self

        def __exit__(self, *fault: object) -> None:
            self.file.close()  # pyright: ignore

        def tell(self) -> int:
            return 0

        def write(self, content: bytes) -> int:
            self.calls += 1
            if self.calls in refusals:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            return self.file.write(content[:20] if self.calls == 2 else content)  # pyright: ignore

    def open_refusing(path: Path, mode: str = "r", **options: int) -> object:
        file = opened(path, mode, **options)  # pyright: ignore
        return Refusing(file) if path.name == "log.jsonl" and mode == "ab+" else file

    monkeypatch.setattr(Path, "open", open_refusing)
    happening = list(record(run, train(run)))

    (warning,) = only(Warning, happening)
    assert "Input/output error" in warning.message
    assert run.events() == [event for event in happening if event is not warning]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_graphics_card_learns_the_same(tmp_path: Path) -> None:
    drawn = NETWORKS["cnn"].with_value("training.device", "cuda")
    _, happening = trained(tmp_path / "cuda", drawn)
    _, expected = trained(tmp_path / "cpu", drawn.with_value("training.device", "cpu"))

    assert isinstance(happening[-1], Finished)
    assert losses(happening)[1] == pytest.approx(losses(expected)[1], rel=0.2)
