"""Numbers that are not finite any more: training stops before a checkpoint is spoilt, and says where it began."""

from pathlib import Path

import pytest
import torch
from drawings import project
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from safetensors.torch import load_file
from training_runs import losses, only

from engine import replaying, stretch
from engine.datasets import Diabetes
from engine.events import Epoch, Event, Failed, Finished, Set, Started
from engine.layers import Input, Linear, Output, ReLU
from engine.losses import MeanSquaredError
from engine.optimizers import SGD, Momentum
from engine.project import Project
from engine.runs import Run
from engine.stepping import Stepper
from engine.trainer import record, train
from gui import dialogs
from gui.services import Services
from gui.settings import Settings
from gui.theme import Appearance
from gui.window import Window

pytestmark = pytest.mark.usefixtures("every_step")
RATE = 1.0
"""Too large to learn at, and a tenth of it is not."""
LAYERS = ("linear_1", "linear_2")


def drawn(rate: float = 0.001) -> Project:
    return project(
        *(Input(), Linear(8), ReLU(), Linear(1), Output()),
        dataset=Diabetes(),
        loss=MeanSquaredError(),
        optimizer=SGD(learning_rate=rate),
        epochs=4,
    )


def spoil(monkeypatch: pytest.MonkeyPatch, layer: str, at: int, what: str) -> None:
    """Makes a layer's gradient, or its values, infinite in the step of this number."""
    descend = Stepper._descend  # pyright: ignore[reportPrivateUsage]
    gradients = Stepper._gradients  # pyright: ignore[reportPrivateUsage]

    def spoilt_descend(self: Stepper) -> None:
        if self.number == at - 1:  # pyright: ignore
            self._network.get_submodule(layer).weight.grad.fill_(torch.inf)  # pyright: ignore
        descend(self)

    def noted(self: Stepper, pieces: object, number: int) -> object:
        self.number = number  # pyright: ignore
        if what == "values" and number == at - 1:
            with torch.no_grad():
                self._network.get_submodule(layer).bias.fill_(torch.inf)  # pyright: ignore
        return gradients(self, pieces, number)  # pyright: ignore

    monkeypatch.setattr(Stepper, "_gradients", noted)
    if what == "gradient":
        monkeypatch.setattr(Stepper, "_descend", spoilt_descend)


def finished_or_failed(run: Run, changes: dict[str, object] | None = None) -> list[Event]:
    return list(record(run, train(run, run.has_checkpoint(), changes=changes)))


def assert_whole(run: Run) -> None:
    for file in (run.path / "checkpoints").glob("*.safetensors"):
        assert all(bool(tensor.float().isfinite().all()) for tensor in load_file(file).values()), file


@pytest.mark.parametrize("what", ["gradient", "values"])
@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("saves", [0.0, 1e9], ids=["checkpoints", "no checkpoint"])
@pytest.mark.parametrize("settled", [5, 1000], ids=["replayed", "as it stands"])
def test_layer_and_step_are_named(
    layer: str, what: str, saves: float, settled: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "SETTLED", settled)
    monkeypatch.setattr(stretch, "SAVE_SECONDS", saves)
    spoil(monkeypatch, layer, 25, what)
    run = Run.create(tmp_path / "run", drawn())
    end = finished_or_failed(run)[-1]

    assert isinstance(end, Failed), end
    assert f"the {what} of {layer}" in end.message
    assert end.step in (25, 26)
    assert f"step {end.step}" in end.message
    assert max(losses(run.events())) < 26
    assert_whole(run)


def test_each_offer_goes_back_and_on(tmp_path: Path) -> None:
    for number in range(2):
        run = Run.create(tmp_path / f"run-{number}", drawn(rate=20.0))
        end = finished_or_failed(run)[-1]
        assert isinstance(end, Failed)
        slower, clipped = end.offers
        assert slower.changes == {"training.optimizer.learning_rate": 2.0}
        assert clipped.changes == {"training.clipping": "ClipNorm"}

        offer = end.offers[number]
        assert_whole(run)
        happening = finished_or_failed(run, {**offer.changes, "training.optimizer.learning_rate": 0.01})
        assert isinstance(happening[-1], Finished)
        assert only(Started, happening)


def test_a_learning_rate_that_was_raised_is_offered_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretch, "SAVE_SECONDS", 0.0)
    run = Run.create(tmp_path / "run", drawn())
    happening = list[Event]()
    for event in record(run, train(run)):
        if isinstance(event, Epoch) and event.epoch == 2:
            run.send(Set("training.optimizer.learning_rate", 20.0))
        happening.append(event)
    end = happening[-1]
    assert isinstance(end, Failed), end
    assert end.offers[0].title == "Go back to the last checkpoint with a learning rate of 0.001"
    assert end.offers[0].changes == {"training.optimizer.learning_rate": 0.001}

    assert isinstance(finished_or_failed(run, end.offers[0].changes)[-1], Finished)


def test_what_the_optimizer_remembers_is_not_saved_spoilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run.create(tmp_path / "run", drawn().with_training(replace(drawn().training, optimizer=Momentum())))
    happening = record(run, train(run))
    made: list[Stepper] = []
    take = Stepper.step

    def spoilt(self: Stepper, pieces: object, number: int) -> object:
        made.append(self)
        noted = take(self, pieces, number)  # pyright: ignore
        if number == 20:
            for memory in self.optimizer.state.values():
                memory["momentum_buffer"].fill_(torch.inf)
            self.optimizer.param_groups[0]["lr"] = 0.0
        return noted

    monkeypatch.setattr(Stepper, "step", spoilt)
    assert isinstance(list(happening)[-1], Failed)
    assert_whole(run)


def test_the_window_goes_back_with_one_click(qtbot, qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogs, "ask_close", lambda *_: "stop")
    window = Window(Settings(tmp_path / "settings.ini"), Appearance(qapp, "dark"), Services())
    qtbot.addWidget(window)
    window.show()
    window.documents.show_project(drawn(rate=RATE))
    qtbot.waitUntil(lambda: bool(window.editor.report.order), timeout=90_000)
    with qtbot.waitSignal(window.training.stuck, timeout=90_000):
        window.runs.train()
    run = window.training.run
    assert run is not None
    slower, clipped = window.findChildren(QPushButton, "noticeOffer")
    assert "learning rate" in slower.text()
    assert "clip" in clipped.text()
    with qtbot.waitSignal(window.training.ended, timeout=90_000) as ended:
        QTest.mouseClick(slower, Qt.MouseButton.LeftButton)
    assert ended.args[0].path == run.path
    assert ended.args[1].status == "finished"
    window.editor.undo_stack.setClean()
    window.close()
