"""Every optimizer, one file per family. Importing this package fills `Optimizer.kinds`, in the order of the list."""

# ruff: noqa: I001 — the order of these imports is the order of the list.

from engine.optimizers.optimizer import Optimizer
from engine.optimizers.descent import ASGD, SGD, GradientDescent, Momentum, Nesterov, Rprop
from engine.optimizers.adaptive import Adadelta, Adagrad, RMSprop
from engine.optimizers.adam import Adam, Adamax, AdamW, NAdam, RAdam
from engine.optimizers.large_steps import LBFGS, Adafactor, Muon

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "GradientDescent",
    "Momentum",
    "Muon",
    "NAdam",
    "Nesterov",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
]
