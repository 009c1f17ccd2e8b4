"""How weights begin, how fast they learn, and what keeps them in bounds."""

import pytest
import torch
from drawings import every, project, stack
from torch import nn

from engine.blocks import Blueprint
from engine.build import build
from engine.layers import BatchNorm2d, Conv2d, Flatten, Input, Layer, Linear, Output, ReLU, Twin
from engine.layers.weighted import Scaling, SingleWeight, Weighted
from engine.measure import function_of, measure
from engine.optimizers import SGD, AdamW
from engine.optimizing import optimizer, parameter_groups
from engine.project import from_json, to_json

CPU = torch.device("cpu")
SHAPES = (6,), (4, 16, 16), (4, 8), (2, 4, 4, 4)


def weights_of(layer: Layer, *shapes: tuple[int, ...]) -> nn.Module:
    _, module = function_of(layer, *shapes)
    assert module is not None
    return module


def learning(kind: type[Layer]) -> Layer:
    """The layer with all the weights that it can have."""
    return kind().with_setting("affine", True) if "affine" in kind.declared else kind()


@pytest.mark.parametrize(
    ("name", "deviation"),
    [
        ("xavier uniform", (2 / (400 + 300)) ** 0.5),
        ("xavier normal", (2 / (400 + 300)) ** 0.5),
        ("kaiming uniform", (2 / 400) ** 0.5),
        ("kaiming normal", (2 / 400) ** 0.5),
        ("normal", 0.5),
        ("truncated normal", 0.5),
        ("zeros", 0.0),
    ],
)
def test_weights_begin_with_the_spread_of_their_name(name: str, deviation: float) -> None:
    torch.manual_seed(0)
    module = weights_of(Linear(300, weight_init=name, init_std=0.5, bias_init="ones"), (400,))
    assert module.weight.std().item() == pytest.approx(deviation, rel=0.03)
    assert torch.equal(module.bias, torch.ones(300))


def test_orthogonal_weights_keep_lengths() -> None:
    weight = weights_of(Linear(20, weight_init="orthogonal"), (20,)).weight
    torch.testing.assert_close(weight @ weight.T, torch.eye(20))


def test_factors_may_begin_at_nothing() -> None:
    module = weights_of(BatchNorm2d(weight_init="zeros"), (3, 4, 4))
    assert not module.weight.any()
    assert measure(BatchNorm2d(affine=False, weight_init="zeros"), ((3, 4, 4),)).parameters == 0


def test_norms_bind_the_weight() -> None:
    module = weights_of(Linear(30, weight_norm="spectral"), (20,)).train()
    for _ in range(30):
        module(torch.randn(2, 20))
    assert torch.linalg.matrix_norm(module.weight, 2).item() == pytest.approx(1, abs=0.05)
    # Length and direction apart: one number more for each output.
    assert measure(Linear(30, weight_norm="weight"), ((20,),)).parameters == 30 * 20 + 30 + 30


@pytest.mark.parametrize("kind", [kind for kind in every(Layer) if kind not in (Input, Output, Twin)])
def test_a_layer_says_how_its_weights_learn_just_if_it_has_some(kind: type[Layer]) -> None:
    shape = next((shape for shape in SHAPES if kind.accepts.takes(shape)), ())
    parameters = measure(learning(kind), (shape,) * (kind().inputs or 2)).parameters
    assert issubclass(kind, Weighted) == bool(parameters)


@pytest.mark.parametrize("kind", [kind for kind in every(Layer) if issubclass(kind, SingleWeight | Scaling)])
def test_their_weight_is_called_so(kind: type[Layer]) -> None:
    shape = next(shape for shape in SHAPES if kind.accepts.takes(shape))
    names = {name for name, _ in weights_of(learning(kind), *(shape,) * (kind().inputs or 2)).named_parameters()}
    assert "weight" in names <= {"weight", "bias", "depthwise.weight"}


def test_layers_learn_at_their_own_pace() -> None:
    drawn = project(
        *(Input(), Flatten(), Linear(8, lr_factor=0.1), ReLU()),
        *(Linear(8, lr_factor=0.1), Linear(10, decay_factor=0.0), Output()),
        optimizer=AdamW(learning_rate=0.01, weight_decay=0.5),
    )
    made = optimizer(drawn, build(drawn), CPU)
    assert [(group["lr"], group["weight_decay"], len(group["params"])) for group in made.param_groups] == [
        (pytest.approx(0.001), 0.5, 2),
        (pytest.approx(0.001), 0.0, 2),
        (0.01, 0.0, 2),
    ]


def test_repeated_blocks_learn_at_the_pace_of_their_layers() -> None:
    block = Blueprint("Step", stack(Input(), Linear(12, lr_factor=0.5), ReLU(), Output()))
    drawn = project(
        Input(), Flatten(), Linear(12), block.kind(repeat=3), Linear(10), Output(), optimizer=SGD(learning_rate=0.1)
    )
    rates = {group.get("lr", 0.1): len(group["params"]) for group in parameter_groups(drawn, build(drawn))}
    assert rates == {0.1: 4, 0.05: 6}


def test_files_hold_only_what_was_set() -> None:
    drawn = project(Input(), Flatten(), Linear(10, weight_init="zeros"), Conv2d(3), Output())
    text = to_json(drawn).decode()
    assert text.count("weight_init") == 1
    assert "init_std" not in text
    assert from_json(text) == drawn
