"""Every loss, one file per family. Importing this package fills `Loss.kinds`, in the order of the list."""

# ruff: noqa: I001 — the order of these imports is the order of the list.

from engine.losses.loss import Loss, TargetForm, Task
from engine.losses.classes import (
    BinaryCrossEntropy,
    BinaryFocal,
    CrossEntropy,
    Focal,
    MultiClassHinge,
    NegativeLogLikelihood,
    SoftMargin,
)
from engine.losses.labels import MultiLabelMargin, MultiLabelSoftMargin
from engine.losses.values import (
    GaussianNLL,
    Huber,
    MarginRanking,
    MeanAbsoluteError,
    MeanSquaredError,
    PoissonNLL,
    SmoothL1,
)
from engine.losses.wholes import BinaryDice, CosineDistance, Dice, KLDivergence
from engine.losses.distances import CosineEmbedding, HingeEmbedding, Triplet
from engine.losses.sequences import CTC
from engine.losses.sums import WeightedSum

__all__ = [
    "CTC",
    "BinaryCrossEntropy",
    "BinaryDice",
    "BinaryFocal",
    "CosineDistance",
    "CosineEmbedding",
    "CrossEntropy",
    "Dice",
    "Focal",
    "GaussianNLL",
    "HingeEmbedding",
    "Huber",
    "KLDivergence",
    "Loss",
    "MarginRanking",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "MultiClassHinge",
    "MultiLabelMargin",
    "MultiLabelSoftMargin",
    "NegativeLogLikelihood",
    "PoissonNLL",
    "SmoothL1",
    "SoftMargin",
    "TargetForm",
    "Task",
    "Triplet",
    "WeightedSum",
]
