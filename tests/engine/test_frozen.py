"""Frozen and bypassed layers in training, resuming and exporting."""

from pathlib import Path

import pytest
import torch
from drawings import project
from safetensors.torch import load_file
from test_trainer import told
from training_runs import trained

from engine.analysis import analyse
from engine.block_edits import made_block
from engine.blocks import Block
from engine.build import build
from engine.datasets import Iris
from engine.events import Stop
from engine.export import Exported, Exporter, export
from engine.layers import BatchNorm1d, Input, Linear, Output, ReLU
from engine.optimizers import AdamW, Momentum, Optimizer
from engine.optimizing import optimizer
from engine.project import Project
from engine.report import Thaw
from engine.runs import Run
from engine.spec import write_spec

DRAWN = project(Input(), Linear(8), BatchNorm1d(), ReLU(), Linear(8), ReLU(), Linear(3), Output(), dataset=Iris())


def held(optimizer: Optimizer, epochs: int = 2) -> Project:
    """With the first Linear frozen and the second bypassed."""
    network = DRAWN.network.freeze(["linear_1"]).bypass(["linear_2"])
    return (
        DRAWN.with_network(network)
        .with_value("training.epochs", epochs)
        .with_value("training.optimizer", write_spec(optimizer))
    )


def weights(run: Run) -> dict[str, torch.Tensor]:
    return load_file(run.path / "checkpoints" / "last.safetensors")


@pytest.mark.parametrize(
    "chosen",
    [Momentum(weight_decay=0.1), AdamW(weight_decay=0.1)],
    ids=lambda chosen: type(chosen).__name__,
)
def test_frozen_weights_stay_also_with_decay_and_momentum_and_after_resuming(chosen: Optimizer, tmp_path: Path) -> None:
    # Long enough that the trainer hears of the stop before it is done.
    drawn = held(chosen, epochs=300)
    run = Run.create(tmp_path / "run", drawn)
    told(run, 3, Stop())
    trained(run.path, drawn, resume=True)
    undisturbed, _ = trained(tmp_path / "undisturbed", drawn)
    torch.manual_seed(drawn.training.seed)
    before = build(drawn).state_dict()
    after = weights(run)
    assert torch.equal(after["linear_1.weight"], before["linear_1.weight"])
    assert torch.equal(after["linear_1.bias"], before["linear_1.bias"])
    assert not torch.equal(after["linear_3.weight"], before["linear_3.weight"])
    assert "linear_2.weight" not in after
    for name, weight in weights(undisturbed).items():
        assert torch.equal(after[name], weight), name


def test_the_optimizer_holds_only_what_trains() -> None:
    drawn = held(AdamW())
    network = build(drawn)
    groups = optimizer(drawn, network, torch.device("cpu")).param_groups
    assert (
        sum(weight.numel() for group in groups for weight in group["params"])
        == analyse(drawn).totals.trainable_parameters
    )


@pytest.mark.parametrize("format", sorted(Exporter.kinds))
def test_every_export_answers_as_the_network_does(format: str, tmp_path: Path) -> None:
    run, _ = trained(tmp_path / "run", held(AdamW(), epochs=1))
    *_, last = export(run, format, tmp_path / "model")
    assert isinstance(last, Exported)


def test_a_weight_that_leads_nowhere_is_nothing_to_train() -> None:
    network = DRAWN.network.freeze(["linear_1", "linear_2", "linear_3", "batchnorm1d_1"])
    (fault,) = analyse(DRAWN.with_network(network)).faults
    assert fault.fix == Thaw(("linear_1", "batchnorm1d_1", "linear_2", "linear_3"))


def test_layers_frozen_inside_a_block_are_let_go_there() -> None:
    inner = ["linear_1", "relu_1", "batchnorm1d_1", "linear_2", "relu_2", "linear_3"]
    network, name = made_block(DRAWN.network, inner, "Body")
    drawn = DRAWN.with_network(network)
    inside = drawn.opened((name,))
    drawn = drawn.closed(
        (name,), inside.with_network(inside.network.freeze([node.id for node in inside.network.nodes]))
    )
    (fault,) = analyse(drawn).faults
    assert isinstance(drawn.network.node(name).layer, Block)
    assert fault.fix is not None
    assert not analyse(fault.fix.apply(drawn)).faults
