"""A lean step of an optimizer leaves the weights that torch's own step leaves, and the same memory."""

import copy

import pytest
import torch
from torch import nn

from engine.descent import descent

OPTIMIZERS = [
    pytest.param(torch.optim.Adam, {"fused": True}, id="Adam"),
    pytest.param(torch.optim.Adam, {"fused": True, "amsgrad": True, "weight_decay": 0.1}, id="Adam with all"),
    pytest.param(torch.optim.Adam, {"foreach": True}, id="Adam, not fused"),
    pytest.param(torch.optim.AdamW, {"fused": True, "betas": (0.8, 0.99), "eps": 1e-3}, id="AdamW"),
    pytest.param(torch.optim.SGD, {"fused": True, "momentum": 0.9, "nesterov": True}, id="SGD"),
    pytest.param(torch.optim.RMSprop, {"foreach": True}, id="RMSprop"),
]


def network() -> nn.Module:
    return nn.ModuleDict({"used": nn.Linear(5, 7), "unused": nn.Linear(3, 2), "frozen": nn.Linear(7, 1)})


@pytest.mark.parametrize(("kind", "options"), OPTIMIZERS)
def test_each_step_is_that_of_torch(kind, options) -> None:
    lean = network()
    lean["frozen"].requires_grad_(False)
    plain = copy.deepcopy(lean)
    optimizers = []
    for each in (lean, plain):
        groups = [{"params": each["used"].parameters(), "lr": 0.1}, {"params": each["unused"].parameters()}]
        optimizers.append(kind(groups, lr=0.01, **options))
    steps = [descent(optimizers[0]), optimizers[1].step]
    for number in range(5):
        x = torch.randn(4, 5)
        for each, optimizer, step in zip((lean, plain), optimizers, steps, strict=True):
            optimizer.param_groups[0]["lr"] = 0.1 / (number + 1)
            optimizer.zero_grad()
            each["frozen"](each["used"](x)).square().sum().backward()
            step()
    for mine, theirs in zip(lean.parameters(), plain.parameters(), strict=True):
        assert torch.equal(mine, theirs)
    torch.testing.assert_close(optimizers[0].state_dict(), optimizers[1].state_dict(), rtol=0, atol=0)


def test_a_weight_that_begins_to_train_later_has_a_memory_too() -> None:
    lean = network()
    plain = copy.deepcopy(lean)
    optimizers = [torch.optim.Adam(each.parameters(), fused=True) for each in (lean, plain)]
    steps = [descent(optimizers[0]), optimizers[1].step]
    for part in ("used", "used", "unused"):
        for each, step in zip((lean, plain), steps, strict=True):
            each[part](torch.ones(2, each[part].in_features)).sum().backward()
            step()
    for mine, theirs in zip(lean.parameters(), plain.parameters(), strict=True):
        assert torch.equal(mine, theirs)
