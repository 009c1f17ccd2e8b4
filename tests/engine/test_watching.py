"""What is seen of a training: gradients and steps of each layer, against what torch computes, and that looking changes
nothing.
"""

import itertools
import math
from pathlib import Path

import msgspec
import psutil
import pytest
import torch
from drawings import project, stack
from msgspec.structs import replace
from torch import Tensor, nn
from training_runs import assert_same_weights, losses, only, told, trained

from engine.averaging import MovingAverage
from engine.blocks import Blueprint
from engine.build import build, loss_function
from engine.clipping import ClipNorm, Clipping, ClipValue
from engine.data import prepare
from engine.datasets import Iris
from engine.events import AnyEvent, Set, Watched
from engine.layers import BatchNorm1d, Dropout, Flatten, Input, Linear, Output, ReLU
from engine.optimizers import LBFGS, SGD, Adam, Muon, Optimizer
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.scoring import Part
from engine.stepping import Stepper
from engine.watching import Look, Watch, weights_of_layers

CPU = torch.device("cpu")
PLAIN = project(Input(), Linear(8), ReLU(), Linear(3), Output(), dataset=Iris(), optimizer=SGD(0.5), batch_size=32)
ROWS = torch.arange(32)


def stepper(drawn: Project, device: torch.device = CPU) -> Stepper:
    torch.manual_seed(drawn.training.seed)
    data = prepare(drawn.data)
    part = Part(data.train, drawn, Preprocessing.of(data, drawn.data.dataset.task), device)
    network = build(drawn).to(device)
    taking = Stepper(drawn, network, part, loss_function(drawn), device)
    taking.watch = Watch(drawn.network, network, device)
    return taking


def chosen(drawn: Project, **training: object) -> Project:
    return drawn.with_training(replace(drawn.training, **training))


def seen(taking: Stepper, *, steps: int = 1, rows: tuple[Tensor, ...] = (ROWS,)) -> Watched:
    """What is seen of the last of so many steps."""
    assert taking.watch is not None
    for number in range(steps):
        taking.watch.is_due = number == steps - 1
        taking.step(rows, number)
    found = taking.watch.line(steps, 0.5)
    assert found is not None
    return found


def by_hand(drawn: Project, steps: int = 1) -> tuple[list[float], list[float]]:
    """The same of plain SGD without clipping, computed in another way: gradients and updates of the two layers."""
    taking = stepper(drawn)
    taking.watch = None
    named = dict(taking._network.named_parameters())
    before = {}
    for number in range(steps):
        before = {name: weight.detach().clone() for name, weight in named.items()}
        taking.step([ROWS], number)
    layers = ("linear_1", "linear_2")
    flat = [
        [
            torch.cat([tensor.flatten() for name, tensor in part.items() if name.startswith(layer)])
            for part in (before, {name: weight.detach() for name, weight in named.items()})
        ]
        for layer in layers
    ]
    gradients = [float((old - new).norm() / 0.5) for old, new in flat]
    return gradients, [float((new - old).norm() / old.norm()) for old, new in flat]


def test_each_layer_has_the_gradient_and_the_step_that_torch_gives() -> None:
    gradients, updates = by_hand(PLAIN, steps=3)

    found = seen(stepper(PLAIN), steps=3)

    assert found.step == 3
    assert found.gradients == pytest.approx(gradients, rel=1e-3)
    assert found.updates == pytest.approx(updates, rel=1e-3)
    assert found.gradient == pytest.approx(math.hypot(*gradients), rel=1e-3)
    assert found.learning_rate == 0.5


@pytest.mark.parametrize("clipping", [ClipNorm(1e-3), ClipValue(1e-5)])
def test_gradients_are_seen_before_they_are_clipped_and_steps_after(clipping: Clipping) -> None:
    gradients, updates = by_hand(PLAIN)

    found = seen(stepper(chosen(PLAIN, clipping=clipping)))

    assert found.gradients == pytest.approx(gradients, rel=1e-3)
    assert all(move is not None and move < whole / 100 for move, whole in zip(found.updates, updates, strict=True))


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_gradients_in_half_precision_are_seen_as_they_are_without_scaling(precision: str) -> None:
    gradients, updates = by_hand(PLAIN)

    found = seen(stepper(chosen(PLAIN, precision=precision)))

    assert found.gradients == pytest.approx(gradients, rel=0.05)
    assert found.updates == pytest.approx(updates, rel=0.05)


def test_pieces_of_a_step_are_seen_as_one() -> None:
    whole = seen(stepper(PLAIN))
    pieces = seen(stepper(PLAIN), rows=ROWS.split(8))
    assert pieces.gradients == pytest.approx(whole.gradients, rel=1e-3)
    assert pieces.updates == pytest.approx(whole.updates, rel=1e-3)


@pytest.mark.parametrize("optimizer", [LBFGS(), Muon(), Adam()])
def test_any_optimizer_is_watched(optimizer: Optimizer) -> None:
    first, _ = by_hand(PLAIN)

    found = seen(stepper(chosen(PLAIN, optimizer=optimizer)))

    assert found.gradients == pytest.approx(first, rel=1e-3)  # Of L-BFGS, at the first place that it tries.
    assert all(move is not None and 0 < move < math.inf for move in found.updates)


def test_layers_that_do_not_learn_have_no_values() -> None:
    taking = stepper(PLAIN)
    taking._network.get_submodule("linear_1").requires_grad_(False)
    taking.configure(PLAIN)

    found = seen(taking)

    assert found.gradients[0] is None
    assert found.updates[0] is None
    assert found.gradient == found.gradients[1]


def test_what_is_not_finite_is_left_out_and_can_be_read_again() -> None:
    taking = stepper(PLAIN)
    taking._network.get_submodule("linear_2").weight.data.fill_(math.inf)  # pyright: ignore

    found = seen(taking)

    assert found.gradient is None
    assert msgspec.json.decode(msgspec.json.encode(found), type=AnyEvent) == found


def test_of_a_large_network_a_part_of_the_weights_says_how_far_all_move() -> None:
    torch.manual_seed(0)
    weight = nn.Parameter(torch.randn(600, 512))
    whole, part = (Look(1, [[weight]], most) for most in (weight.numel(), 2**12))
    with torch.no_grad():
        weight += 1e-3 * torch.randn_like(weight)
    for look in (whole, part):
        look.end()
    assert part._before == []
    assert part.found().updates[0] == pytest.approx(whole.found().updates[0], rel=0.05)


def test_layers_in_blocks_are_called_as_their_weights() -> None:
    block = Blueprint("Unit", stack(Input(), Linear(12), BatchNorm1d(), ReLU(), Output()))
    drawn = project(Input(), Flatten(), Linear(12), block.kind(repeat=2), Linear(10), Output())

    layers = weights_of_layers(drawn.network, build(drawn))

    inner = [f"unit_1.{number}.{layer}" for number in (0, 1) for layer in ("linear_1", "batchnorm1d_1")]
    assert list(layers) == ["linear_1", *inner, "linear_2"]
    assert [len(weights) for weights in layers.values()] == [2] * 6


# In a training


@pytest.mark.parametrize(
    "choices",
    [
        {},
        {"clipping": ClipNorm(0.1), "accumulation": 3, "averaging": MovingAverage()},
        {"optimizer": LBFGS(), "epochs": 3},
        {"optimizer": Muon()},
        {"precision": "bf16"},
    ],
    ids=["plain", "clipped", "lbfgs", "muon", "bf16"],
)
def test_looking_changes_nothing(tmp_path: Path, choices: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.watching.LEAST_SECONDS", 0.0)
    monkeypatch.setattr("engine.watching.SHARE", 1e9)
    monkeypatch.setattr("engine.stretch.LOOK_UP_SECONDS", 0.0)
    layers = (Input(), Linear(8), BatchNorm1d(), ReLU(), Dropout(0.2), Linear(3), Output())
    drawn = chosen(project(*layers, dataset=Iris(), batch_size=16, epochs=5), **choices)

    with_it, told_with = trained(tmp_path / "with", drawn)
    without, told_without = trained(tmp_path / "without", chosen(drawn, watch_gradients=False))

    assert any(line.gradients for line in only(Watched, told_with))
    assert not any(line.gradients for line in only(Watched, told_without))
    assert losses(told_with) == losses(told_without)
    assert_same_weights(with_it, without)


def test_the_log_says_what_is_seen_and_of_which_layers(tmp_path: Path) -> None:
    run, happening = trained(tmp_path / "run", chosen(PLAIN, epochs=40))

    lines = only(Watched, run.events())
    assert lines == only(Watched, happening)
    assert [line.layers for line in lines] == [("linear_1", "linear_2"), *[()] * (len(lines) - 1)]
    assert lines[0].step == 1
    for line in lines:
        assert len(line.gradients) == len(line.updates) == 2
        assert line.gradient is not None
        assert line.gradient > 0
        assert line.learning_rate == 0.5
        assert 1e7 < line.memory < psutil.virtual_memory().total
        assert line.device_memory == 0


def test_it_can_be_turned_off_while_it_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.watching.LEAST_SECONDS", 0.0)
    run, _ = trained(tmp_path / "other", chosen(PLAIN, epochs=1))
    drawn = chosen(PLAIN, epochs=400)
    run = type(run).create(tmp_path / "run", drawn)

    happening = told(run, 100, Set("training.watch_gradients", False))

    lines = only(Watched, happening)
    assert lines[0].gradients
    assert not lines[-1].gradients
    assert lines[-1].memory


def test_few_looks_are_taken_of_a_training_of_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("engine.watching.time.monotonic", lambda: now[0])
    taking = stepper(PLAIN)
    assert taking.watch is not None
    lines, asked = 0, 0
    for number in range(5000):
        asked += taking.watch.is_due
        taking.step([ROWS], number)
        now[0] += 0.01
        lines += taking.watch.line(number + 1, 0.5) is not None
    assert lines == asked
    assert 20 < lines <= 5000 * 0.01 / 0.25 + 1


def test_a_look_that_takes_long_is_taken_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    now, clock = [0.0], itertools.count(0.0, 0.1)
    monkeypatch.setattr("engine.watching.time.monotonic", lambda: now[0])
    monkeypatch.setattr("engine.watching.time.perf_counter", lambda: next(clock))
    taking = stepper(PLAIN)
    assert taking.watch is not None
    seen(taking)  # Four readings of the clock around each of its parts: 0.4 s.
    for now[0], due in ((30.0, False), (41.0, True)):
        assert taking.watch.line(2, 0.5) is None
        assert taking.watch.is_due == due


def test_whether_it_is_watched_makes_no_other_training_of_a_project() -> None:
    assert PLAIN.trains_as(chosen(PLAIN, watch_gradients=False))
    assert not PLAIN.trains_as(chosen(PLAIN, seed=1))
