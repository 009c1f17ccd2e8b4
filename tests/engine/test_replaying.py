"""What is made again without Python between its operations comes to the same, bit for bit; what cannot be, is not."""
# pyright: reportPrivateUsage=false

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from drawings import every
from msgspec.structs import replace
from test_layers import WORKING, fitting, inputs_for, made, taken_by, tensors_for
from test_losses import CASES, suited
from test_stepping import DROPPING, chosen, stepper, weights
from torch import Tensor, nn
from training_runs import assert_same_weights, losses, only, trained
from written_layers import layer

from engine import replaying
from engine.augmentation import Mixup, Noise, Shift
from engine.averaging import MovingAverage
from engine.clipping import ClipNorm
from engine.data import prepare
from engine.events import Epoch
from engine.layers import Dropout, Layer
from engine.layers.python import EXAMPLE
from engine.losses import GaussianNLL, Loss
from engine.losses.sequences import CTC
from engine.metrics import AUROC, F1
from engine.optimizers import LBFGS
from engine.penalties import L2, ActivityL1
from engine.replaying import Replay
from engine.spec import Shape
from engine.stepping import Stepper
from engine.workbench import Workbench

CALLS = 8
NUMBERS = itertools.count()


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Computations are taken down from their third call on, however long they take."""
    monkeypatch.setattr(replaying, "SETTLED", 2)
    monkeypatch.setattr(replaying, "LONGEST_SECONDS", 60.0)


@pytest.fixture
def never(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """No computation is taken down any more."""
    return lambda: monkeypatch.setattr(replaying, "SETTLED", 10**9)


class Counted:
    """A computation that counts how often Python makes it."""

    def __init__(self, compute: Callable[..., tuple[Tensor | None, ...]]) -> None:
        self._compute = compute
        self.calls = 0

    def __call__(self, *inputs: Tensor) -> tuple[Tensor | None, ...]:
        self.calls += 1
        return self._compute(*inputs)


def layer_at_work(kind: Layer, shapes: tuple[Shape, ...]) -> tuple[Counted, nn.Module | None]:
    """The gradients of a layer in training, and of what arrives."""
    function, module = made(kind, shapes)

    def compute(*inputs: Tensor) -> tuple[Tensor | None, ...]:
        sources = [each.detach().requires_grad_() for each in inputs]
        answer = function(*sources)
        learning = [*sources, *(module.parameters() if module else ())]
        if not answer.requires_grad:
            return (answer,)
        return answer.detach(), *torch.autograd.grad(answer.square().sum(), learning, allow_unused=True)

    return Counted(compute), module


MADE_ANEW = {"LSTM"}
"""Layers that are always made as they stand."""
READ_BACK = {GaussianNLL, CTC}
"""Losses that look at numbers."""


@pytest.mark.parametrize("kind", WORKING)
def test_every_layer_is_replayed_bit_for_bit(kind: type[Layer]) -> None:
    for shape in taken_by(kind):
        shapes = inputs_for(kind(), shape)
        fitted = fitting(kind(), shapes)
        torch.manual_seed(0)
        plain, module = layer_at_work(fitted, shapes)
        torch.manual_seed(0)
        counted, other = layer_at_work(fitted, shapes)
        replay = Replay(counted)
        inputs = [[each.detach() for each in tensors_for(kind, shapes)] for _ in range(CALLS)]

        torch.manual_seed(1)
        expected = [plain(*given) for given in inputs]
        torch.manual_seed(1)
        found = [replay(*given) for given in inputs]

        for these, those in zip(found, expected, strict=True):
            assert_same(these, those)
        assert_same([*(other.buffers() if other else ())], [*(module.buffers() if module else ())])
        assert counted.calls == 4 or kind.__name__ in MADE_ANEW


def assert_same(found: Sequence[Tensor | None], expected: Sequence[Tensor | None]) -> None:
    """Bit for bit."""
    for mine, theirs in zip(found, expected, strict=True):
        if theirs is None:
            assert mine is None
        else:
            torch.testing.assert_close(mine, theirs, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", every(Loss))
def test_every_loss_is_replayed_bit_for_bit(
    kind: type[Loss], case: str, tmp_path: Path, by_python: list[int], never: Callable[[], None]
) -> None:
    drawn = suited(tmp_path, kind, case)
    rows = [torch.arange(16) + 2 * number for number in range(CALLS)]
    replayed = stepper(drawn)
    found = [replayed.step([each], number) for number, each in enumerate(rows)]
    assert len(by_python) == (CALLS if kind in READ_BACK else 4)
    never()
    plain = stepper(drawn)
    expected = [plain.step([each], number) for number, each in enumerate(rows)]

    for these, those in zip(found, expected, strict=True):
        assert_same(these[:2], those[:2])
    assert_same(weights(replayed), weights(plain))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"clipping": ClipNorm(0.5), "averaging": MovingAverage(0.9)},
        {"penalties": (L2(0.01), ActivityL1(0.01))},
        {"metrics": (F1(), AUROC())},
        {"accumulation": 2},
        {"optimizer": LBFGS(), "epochs": 2},
    ],
)
def test_a_training_comes_to_the_same(settings: dict[str, object], tmp_path: Path, never: Callable[[], None]) -> None:
    drawn = chosen(DROPPING, **settings)
    run, replayed = trained(tmp_path / "replayed", drawn)
    never()
    other, plain = trained(tmp_path / "plain", drawn)

    assert losses(replayed) == losses(plain)
    assert [each.validation for each in only(Epoch, replayed)] == [each.validation for each in only(Epoch, plain)]
    assert_same_weights(run, other)


def test_batches_that_are_augmented_come_to_the_same(
    tmp_path: Path, by_python: list[int], never: Callable[[], None]
) -> None:
    drawn = DROPPING.with_data(replace(DROPPING.data, augmentation=(Shift(), Noise(), Mixup())))
    run, replayed = trained(tmp_path / "replayed", drawn)
    assert len(by_python) < 12
    never()
    other, plain = trained(tmp_path / "plain", drawn)

    assert losses(replayed) == losses(plain)
    assert_same_weights(run, other)


def test_what_is_changed_meanwhile_takes_effect(never: Callable[[], None]) -> None:
    found = steered_weights()
    never()
    assert_same(found, steered_weights())


def steered_weights() -> list[Tensor]:
    """What a training comes to in which dropout, what is frozen, and the learning rate change after some steps."""
    bench = Workbench(DROPPING, prepare(DROPPING.data))
    bench.network.train()
    rows = list(bench.training.drawn(0, bench.batches(), range(CALLS)))
    network = DROPPING.network.replace_layer("dropout_1", Dropout(0.7)).freeze(["linear_1"])
    for changed in (DROPPING, DROPPING.with_network(network)):
        bench.configure(changed)
        for number, each in enumerate(rows):
            bench.stepper.set_rate(1 / (1 + number))
            bench.stepper.step([each], number)
    return [parameter.detach() for parameter in bench.network.parameters()]


# What cannot be


@pytest.mark.parametrize(
    "compute",
    [
        pytest.param(lambda x: (x * x.sum().item(),), id="reads a number back"),
        pytest.param(lambda x: (x[x > 0].mean(),), id="as many as are positive"),
        pytest.param(lambda x: (x * next(NUMBERS),), id="counts in Python"),
        pytest.param(lambda x: (x + torch.tensor([1.0]),), id="a tensor of its own each time"),
        pytest.param(lambda x: (x + torch.from_numpy(x.numpy() + 1),), id="leaves torch"),
    ],
)
def test_what_is_not_the_same_each_time_is_made_as_it_stands(compute: Callable[..., tuple[Tensor]]) -> None:
    counted = Counted(compute)
    replay = Replay(counted)
    for number in range(CALLS):
        torch.manual_seed(number)
        (found,) = replay(torch.randn(3))
        assert found is not None
    assert counted.calls == CALLS


def test_what_takes_long_is_made_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replaying, "LONGEST_SECONDS", 0.0)
    counted = Counted(lambda x: (x + 1,))
    replay = Replay(counted)
    for _ in range(CALLS):
        replay(torch.zeros(1))
    assert counted.calls == CALLS


def test_a_layer_that_a_person_wrote_is_made_as_it_stands(by_python: list[int]) -> None:
    drawn = DROPPING.with_network(DROPPING.network.replace_kind(["relu_1"], layer(EXAMPLE))[0])
    taking = stepper(drawn)
    for number in range(CALLS):
        taking.step([torch.arange(8)], number)
    assert not by_python


@pytest.fixture
def by_python(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps that Python makes of those that can be replayed, one number each."""
    made, make = list[int](), Stepper._with_gradients

    def counted(stepper: Stepper, loss: Tensor, score: Tensor) -> tuple[Any, ...]:
        made.append(1)
        return make(stepper, loss, score)

    monkeypatch.setattr(Stepper, "_with_gradients", counted)
    return made
