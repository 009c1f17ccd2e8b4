"""Modules, losses and optimizers of our own, for what torch does not have. Each also stands, word for word, in exported
source.

So each is a class by itself: it uses ``torch``, ``nn`` and other classes of this package, and nothing else.
"""

from engine.modules.adaptive import AdaptiveLogSoftmax
from engine.modules.attention import (
    CausalSelfAttention,
    ClassToken,
    LearnedPosition,
    RotaryPosition,
    SinePosition,
    SqueezeExcitation,
)
from engine.modules.convolution import SeparableConv1d, SeparableConv2d
from engine.modules.embeddings import NearestNeighbours, PairLoss, TripletLoss, distances
from engine.modules.known import MeanOfKnown, OfKnown
from engine.modules.losses import (
    BinaryFocalLoss,
    CosineDistance,
    DiceLoss,
    EachPlace,
    FocalLoss,
    GaussianLoss,
    MultiLabelMargin,
    RankingLoss,
)
from engine.modules.metrics import DiceOfSamples, InDouble, OfPresent, OfShares
from engine.modules.optimizers import MuonWithAdamW
from engine.modules.penalties import l1_activity, l1_penalty, l2_activity, l2_penalty
from engine.modules.regularization import GaussianNoise, StochasticDepth
from engine.modules.scaling import Scale, Shift
from engine.modules.sequences import CTC, SymbolErrors, are_same, edits, spelled

__all__ = [
    "CTC",
    "AdaptiveLogSoftmax",
    "BinaryFocalLoss",
    "CausalSelfAttention",
    "ClassToken",
    "CosineDistance",
    "DiceLoss",
    "DiceOfSamples",
    "EachPlace",
    "FocalLoss",
    "GaussianLoss",
    "GaussianNoise",
    "InDouble",
    "LearnedPosition",
    "MeanOfKnown",
    "MultiLabelMargin",
    "MuonWithAdamW",
    "NearestNeighbours",
    "OfKnown",
    "OfPresent",
    "OfShares",
    "PairLoss",
    "RankingLoss",
    "RotaryPosition",
    "Scale",
    "SeparableConv1d",
    "SeparableConv2d",
    "Shift",
    "SinePosition",
    "SqueezeExcitation",
    "StochasticDepth",
    "SymbolErrors",
    "TripletLoss",
    "are_same",
    "distances",
    "edits",
    "l1_activity",
    "l1_penalty",
    "l2_activity",
    "l2_penalty",
    "spelled",
]
