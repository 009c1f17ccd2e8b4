"""Whatever torch has for a person is a layer, a loss, an optimizer or a schedule, or it is said here why not."""

import pytest
from torch import nn, optim
from torch.nn.modules import loss
from torch.optim import lr_scheduler

from engine.layers import Layer
from engine.losses import Loss
from engine.optimizers import Optimizer
from engine.schedules import Schedule

OFFERED_AS: dict[str, str] = {
    "AdaptiveLogSoftmaxWithLoss": "AdaptiveLogSoftmax",
    "CircularPad1d": "Pad",
    "CircularPad2d": "Pad",
    "CircularPad3d": "Pad",
    "ConstantPad1d": "Pad",
    "ConstantPad2d": "Pad",
    "ConstantPad3d": "Pad",
    "CrossMapLRN2d": "LocalResponseNorm",
    "ReflectionPad1d": "Pad",
    "ReflectionPad2d": "Pad",
    "ReflectionPad3d": "Pad",
    "ReplicationPad1d": "Pad",
    "ReplicationPad2d": "Pad",
    "ReplicationPad3d": "Pad",
    "Softmax2d": "Softmax",
    "TransformerDecoder": "TransformerDecoderLayer",
    "TransformerEncoder": "TransformerEncoderLayer",
    "UpsamplingBilinear2d": "Upsample",
    "UpsamplingNearest2d": "Upsample",
    "ZeroPad1d": "Pad",
    "ZeroPad2d": "Pad",
    "ZeroPad3d": "Pad",
}
"""Modules that are a setting of a layer of another name, or a block of it that repeats; or a layer and its loss in one,
which are chosen apart here.
"""

BASE = "It is the base of other modules and does nothing by itself."
CONTAINER = "It holds other modules: here a drawing, or a block, does."
LOSS = "It is no layer: what a network is trained for is chosen as its loss."
STEP = "It is one step of a recurrent layer, of which a person would have to draw the loop: RNN, LSTM and GRU have it."
PARALLEL = "It spreads a network over several machines, which is no part of a drawing."

LEFT_OUT: dict[str, str] = {
    "Container": CONTAINER,
    "DataParallel": PARALLEL,
    "GRUCell": STEP,
    "LSTMCell": STEP,
    "Module": BASE,
    "ModuleDict": CONTAINER,
    "ModuleList": CONTAINER,
    "ParameterDict": CONTAINER,
    "ParameterList": CONTAINER,
    "RNNBase": BASE,
    "RNNCell": STEP,
    "RNNCellBase": BASE,
    "Sequential": CONTAINER,
    "SyncBatchNorm": PARALLEL,
}
"""Why a module is no layer. Losses, and the lazy modules, whose sizes every layer here finds by itself, are known
by their names.
"""

MODULES = {name for name in dir(nn) if isinstance(getattr(nn, name), type) and issubclass(getattr(nn, name), nn.Module)}


def reason(name: str) -> str:
    """Why a module of this name is not offered; empty: there is no reason."""
    if name.removesuffix("2d").endswith("Loss") and name not in OFFERED_AS:
        return LOSS
    return LEFT_OUT.get(name, "")


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_is_offered_or_left_out_for_a_reason(name: str) -> None:
    name = name.removeprefix("Lazy")
    offered = OFFERED_AS.get(name, name) in Layer.kinds
    assert offered != bool(reason(name))


def test_the_tables_speak_of_modules_that_there_are() -> None:
    assert {*OFFERED_AS, *LEFT_OUT} <= MODULES | {"CrossMapLRN2d"}
    assert not set(OFFERED_AS) & set(Layer.kinds)


LOSSES: dict[str, str] = {
    "BCELoss": "BinaryCrossEntropy",
    "BCEWithLogitsLoss": "BinaryCrossEntropy",
    "CTCLoss": "CTC",
    "CosineEmbeddingLoss": "CosineEmbedding",
    "CrossEntropyLoss": "CrossEntropy",
    "GaussianNLLLoss": "GaussianNLL",
    "HingeEmbeddingLoss": "HingeEmbedding",
    "HuberLoss": "Huber",
    "KLDivLoss": "KLDivergence",
    "L1Loss": "MeanAbsoluteError",
    # Cross-entropy with the last Linear layer inside it: here that layer is drawn.
    "LinearCrossEntropyLoss": "CrossEntropy",
    "MSELoss": "MeanSquaredError",
    "MarginRankingLoss": "MarginRanking",
    "MultiLabelMarginLoss": "MultiLabelMargin",
    "MultiLabelSoftMarginLoss": "MultiLabelSoftMargin",
    "MultiMarginLoss": "MultiClassHinge",
    "NLLLoss": "NegativeLogLikelihood",
    "NLLLoss2d": "NegativeLogLikelihood",
    "PoissonNLLLoss": "PoissonNLL",
    "SmoothL1Loss": "SmoothL1",
    "SoftMarginLoss": "SoftMargin",
    "TripletMarginLoss": "Triplet",
    "TripletMarginWithDistanceLoss": "Triplet",
}
"""What each loss of torch is called here."""

OPTIMIZERS_LEFT_OUT: dict[str, str] = {
    "Optimizer": BASE,
    "SparseAdam": "It is for gradients that are stored sparsely, which no layer here has.",
}

SCHEDULES: dict[str, str] = {
    "ConstantLR": "Constant",
    "CosineAnnealingLR": "Cosine",
    "CosineAnnealingWarmRestarts": "WarmRestarts",
    "CyclicLR": "ByHand",
    "ExponentialLR": "Exponential",
    "LambdaLR": "ByHand",
    "LinearLR": "Polynomial",
    "MultiStepLR": "MultiStep",
    "MultiplicativeLR": "Exponential",
    "OneCycleLR": "OneCycle",
    "PolynomialLR": "Polynomial",
    "ReduceLROnPlateau": "Plateau",
    "StepLR": "Step",
}
"""With which schedule one has what each of torch gives; any curve can be drawn by hand."""

SCHEDULES_LEFT_OUT: dict[str, str] = {
    "ChainedScheduler": CONTAINER,
    "LRScheduler": BASE,
    "SequentialLR": "It holds others: here a warm-up is a setting, and any curve can be drawn by hand.",
}


def test_every_loss_of_torch_is_offered() -> None:
    assert {*LOSSES} == {*loss.__all__}
    assert {*LOSSES.values()} <= {*Loss.kinds}


def test_every_optimizer_of_torch_is_offered_or_left_out_for_a_reason() -> None:
    theirs = {name for name in dir(optim) if isinstance(getattr(optim, name), type)}
    assert theirs - {*Optimizer.kinds} == {*OPTIMIZERS_LEFT_OUT}


def test_every_schedule_of_torch_is_offered_or_left_out_for_a_reason() -> None:
    assert {*SCHEDULES, *SCHEDULES_LEFT_OUT} == {*lr_scheduler.__all__}
    assert {*SCHEDULES.values()} <= {*Schedule.kinds}
