"""Whatever torch.nn has for a person is a layer, or it is said here why not."""

import pytest
from torch import nn

from engine.layers import Layer

OFFERED_AS: dict[str, str] = {
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
"""Modules that are a setting of a layer of another name, or a block of it that repeats."""

BASE = "It is the base of other modules and does nothing by itself."
CONTAINER = "It holds other modules: here a drawing, or a block, does."
LOSS = "It is no layer: what a network is trained for is chosen as its loss."
STEP = "It is one step of a recurrent layer, of which a person would have to draw the loop: RNN, LSTM and GRU have it."
PARALLEL = "It spreads a network over several machines, which is no part of a drawing."

LEFT_OUT: dict[str, str] = {
    "AdaptiveLogSoftmaxWithLoss": "It is a layer and its loss in one: it answers with both, and needs the targets.",
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
    if name.removesuffix("2d").endswith("Loss"):
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
