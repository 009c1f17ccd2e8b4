"""Every loss, one file per family. Importing this package fills `Loss.kinds`, in the order of the list."""

# ruff: noqa: I001 — the order of these imports is the order of the list.

from engine.losses.loss import Loss, TargetForm, Task
from engine.losses.classes import BinaryCrossEntropy, CrossEntropy
from engine.losses.values import Huber, MeanAbsoluteError, MeanSquaredError, SmoothL1

__all__ = [
    "BinaryCrossEntropy",
    "CrossEntropy",
    "Huber",
    "Loss",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "SmoothL1",
    "TargetForm",
    "Task",
]
