"""Training on a device other than the processor: what a step needs lies there, and nothing is read back.

Torch's “meta” device stands for any: it knows shapes but no numbers, so that a number that is read back is an error.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from drawings import every
from msgspec.structs import replace
from networks import NETWORKS
from test_layers import WORKING, fitting, inputs_for, made, taken_by, tensors_for
from test_losses import CASES, suited
from test_stepping import DROPPING, chosen
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from engine import devices
from engine.augmentation import Augmentation, Noise
from engine.averaging import Averaging
from engine.clipping import Clipping
from engine.data import prepare
from engine.layers import FractionalMaxPool3d, Layer
from engine.losses import GaussianNLL, Loss, MultiClassHinge, MultiLabelMargin
from engine.losses.sequences import CTC
from engine.optimizers import ASGD, LBFGS, Adafactor, Muon, Optimizer
from engine.penalties import L1, L2, ActivityL1
from engine.project import Project
from engine.watching import Watch
from engine.workbench import Workbench, choose_numbers

DEVICE = torch.device("meta")
STEPS = 2

# What torch itself reads back in each step.
LOOKS_AT_NUMBERS = {GaussianNLL, CTC, ASGD, LBFGS, Adafactor}
# What torch has for every device but this one.
UNKNOWN_THERE = {MultiClassHinge, MultiLabelMargin, FractionalMaxPool3d, Muon, Noise}
LEFT_OUT = LOOKS_AT_NUMBERS | UNKNOWN_THERE

BROUGHT = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}
"""Operations that may take what lies elsewhere."""


class OnOneDevice(TorchDispatchMode):
    """While this lasts, an operation that mixes devices is an error, also where torch would not say so."""

    def __torch_dispatch__(
        self, func: Any, types: Sequence[type], args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
        # A single number goes along with the call.
        places = {each.device.type for each in given if each.device == DEVICE or each.ndim}
        assert len(places) < 2 or func in BROUGHT, f"{func} takes tensors of {', '.join(places)}"
        return func(*args, **(kwargs or {}))


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "choose", lambda _: DEVICE)


def take_steps(project: Project) -> None:
    """Some steps, each looked at, and the end of an epoch."""
    bench = Workbench(project, prepare(project.data))
    bench.network.train()
    stepper = bench.stepper
    stepper.watch = Watch(project.network, bench.network, bench.device)
    stepper.watch.look_at_steps(True)
    batches = list(bench.training.drawn(0, bench.batches(), range(bench.together)))
    with OnOneDevice():
        for number in range(STEPS):
            stepper.watch.is_due = True
            loss, score, _ = stepper.step(batches, number)
            assert loss.device == score.device == DEVICE
        stepper.end_epoch(1)
    assert all(parameter.device == DEVICE for parameter in bench.network.parameters())


def offered(family: type[Any]) -> list[Any]:
    """All kinds of a family, with their usual settings, that can be tried here."""
    return [kind() for kind in every(family) if kind not in LEFT_OUT]


@pytest.mark.parametrize("name", NETWORKS)
def test_steps_stay_on_the_device(name: str) -> None:
    take_steps(NETWORKS[name].with_value("training.batch_size", 2))


@pytest.fixture
def _as_exact_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    products, convolutions = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    yield
    torch.set_float32_matmul_precision(products)
    torch.backends.cudnn.allow_tf32 = convolutions


@pytest.mark.parametrize(("precision", "rounds"), [("fp32", False), ("tf32", True), ("bf16", True)])
@pytest.mark.usefixtures("_as_exact_as_before")
def test_products_and_convolutions_are_as_exact_as_chosen(precision: str, rounds: bool) -> None:
    torch.backends.cudnn.allow_tf32 = not rounds
    choose_numbers(chosen(DROPPING, precision=precision), torch.device("cuda"))
    assert torch.backends.cudnn.allow_tf32 is rounds
    assert torch.backends.cuda.matmul.allow_tf32 is rounds


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", [kind for kind in every(Loss) if kind not in LEFT_OUT])
def test_every_loss_stays_on_the_device(kind: type[Loss], case: str, tmp_path: Path) -> None:
    take_steps(suited(tmp_path, kind, case))


@pytest.mark.parametrize(
    "settings",
    [
        *({"optimizer": kind} for kind in offered(Optimizer)),
        *({"clipping": kind} for kind in offered(Clipping)),
        *({"averaging": kind} for kind in offered(Averaging)),
        {"penalties": (L1(0.01), L2(0.01), ActivityL1(0.01))},
        {"accumulation": 2},
    ],
    ids=str,
)
def test_every_choice_stays_on_the_device(settings: dict[str, object]) -> None:
    take_steps(chosen(DROPPING, **settings))


@pytest.mark.parametrize("augmentation", offered(Augmentation), ids=lambda each: type(each).__name__)
def test_every_augmentation_is_made_on_the_device(augmentation: Augmentation) -> None:
    take_steps(DROPPING.with_data(replace(DROPPING.data, augmentation=(augmentation,))))


@pytest.mark.parametrize("kind", [kind for kind in WORKING if kind not in LEFT_OUT])
def test_every_layer_stays_on_the_device(kind: type[Layer]) -> None:
    for shape in taken_by(kind):
        shapes = inputs_for(kind(), shape)
        function, module = made(fitting(kind(), shapes), shapes)
        learning = list(module.to(DEVICE).parameters()) if module else []
        inputs = [each.detach().to(DEVICE).requires_grad_() for each in tensors_for(kind, shapes)]
        with OnOneDevice():
            answer = function(*inputs)
            if answer.requires_grad:
                torch.autograd.grad(answer.square().sum(), [*inputs, *learning], allow_unused=True)
        assert answer.device == DEVICE
