"""What makes a step faster changes none of its numbers, not in the last bit."""

import platform
import resource
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from drawings import project
from torch import Tensor, nn
from training_runs import losses, trained

from engine import allocator, build, plans
from engine.graph import Graph, Node
from engine.layers import (
    Add,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    Tanh,
)
from engine.project import Project

CONVOLUTIONS = (Input(), Conv2d(4, 3, padding=1), ReLU(), MaxPool2d(2), Conv2d(8, 3, padding=1), BatchNorm2d(), ReLU())
ENDING = (MaxPool2d(2), Flatten(), Linear(16), ReLU(), Dropout(), Linear(10), Output())


def test_a_training_with_rewritten_steps_writes_the_same_losses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = project(*CONVOLUTIONS, *ENDING, epochs=2)
    _, quick = trained(tmp_path / "quick", drawn)
    monkeypatch.setattr(build, "quickened", lambda plan: plan)
    _, plain = trained(tmp_path / "plain", drawn)
    assert losses(quick) == losses(plain)


def test_a_training_without_the_tiniest_numbers_writes_the_same_losses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So long that momentum of weights on pixels that are never drawn would shrink below what a float32 holds well.
    drawn = project(Input(), Flatten(), Linear(16), ReLU(), Linear(10), Output(), epochs=25)
    _, flushed = trained(tmp_path / "flushed", drawn)
    tell = torch.set_flush_denormal
    monkeypatch.setattr(torch, "set_flush_denormal", lambda _: tell(False))
    _, whole = trained(tmp_path / "whole", drawn)
    assert losses(flushed) == pytest.approx(losses(whole), rel=1e-5)


def test_relu_comes_after_the_pooling_and_in_place() -> None:
    assert _computes(project(*CONVOLUTIONS, *ENDING)) == [
        nn.Conv2d, nn.MaxPool2d, "relu_", nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d, "relu_",
        nn.Flatten, nn.Linear, "relu_", nn.Dropout, nn.Linear,
    ]  # fmt: skip


@pytest.mark.parametrize("before", [Tanh(), Dropout(), Flatten()])
def test_what_a_gradient_still_needs_is_not_written_over(before: Layer) -> None:
    assert nn.ReLU in _computes(project(Input(), before, ReLU(), Flatten(), Linear(10), Output()))


@pytest.mark.parametrize("shared", ["conv2d_1", "relu_1"])
def test_values_that_others_need_stay_as_they_are(shared: str) -> None:
    graph = Graph.chain(Input(), Conv2d(4, 3, padding=1), ReLU(), MaxPool2d(2), Flatten(), Linear(10), Output())
    graph = graph.disconnect(*graph.incoming("flatten_1")).add(Node("sum", Add()), Node("pool", MaxPool2d(2)))
    graph = graph.connect(shared, "pool").connect("pool", "sum").connect("maxpool2d_1", "sum")
    network, x = build.build(project().with_network(graph.connect("sum", "flatten_1"))), torch.randn(3, 1, 8, 8)
    quick, plain = network.training_values(x)[0], network.eval()(x)
    assert torch.equal(quick, plain)
    assert _gradients(network, quick) == _gradients(network, plain)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only this C library can be told")
def test_memory_that_a_tensor_has_left_is_not_fetched_anew() -> None:
    allocator.keep_what_is_freed()
    size, counts = 2**24, list[int]()
    for _ in range(8):
        torch.ones(size)
        counts.append(_pages_fetched())
    # Others may take a page meanwhile, or the room; given back to the system, every tensor would fetch all of its own.
    assert min(after - before for before, after in pairwise(counts)) < 4 * size / resource.getpagesize() / 2


def _pages_fetched() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def _computes(drawn: Project) -> list[object]:
    """What each step of the training computes: the class of its module, or the name of its function."""
    network = build.build(drawn)
    found = [step.compute for step in plans.quickened(network._training).steps]
    return [type(compute) if isinstance(compute, nn.Module) else compute.__name__ for compute in found]


def _gradients(network: nn.Module, values: Tensor) -> list[list[float]]:
    found = torch.autograd.grad(values.square().sum(), list(network.parameters()))
    return [gradient.flatten().tolist() for gradient in found]
