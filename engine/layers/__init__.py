"""Every layer, one file per family. Importing this package fills `Layer.kinds`, in the order of the palette."""

# ruff: noqa: I001 — the order of these imports is the order of the palette.

from engine.layers.endpoints import Input, Output
from engine.layers.linear import Linear
from engine.layers.convolution import Conv2d
from engine.layers.pooling import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d
from engine.layers.normalization import BatchNorm1d, BatchNorm2d, LayerNorm
from engine.layers.activation import GELU, LeakyReLU, ReLU, Sigmoid, Softmax, Tanh
from engine.layers.regularization import Dropout, GaussianNoise, StochasticDepth
from engine.layers.reshape import Flatten, Permute, Reshape, Squeeze, Transpose, Unflatten, Unsqueeze
from engine.layers.selection import Crop, Pad, Repeat, Slice, Split
from engine.layers.reduction import Max, Mean, Sum
from engine.layers.recurrent import GRU, LSTM, RNN
from engine.layers.position import ClassToken, LearnedPosition, PatchEmbedding, RotaryPosition, SinePosition
from engine.layers.attention import (
    CausalSelfAttention,
    CrossAttention,
    MultiheadAttention,
    ScaledDotProductAttention,
    SqueezeExcitation,
    Transformer,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
)
from engine.layers.merge import (
    Add,
    Average,
    Concat,
    Divide,
    Dot,
    MatMul,
    Maximum,
    Minimum,
    Multiply,
    Stack,
    Subtract,
)
from engine.layers.scaling import LayerScale, Scale, Shift
from engine.layers.layer import Accepts, Layer, Refusal, in_words

__all__ = [
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "Accepts",
    "AdaptiveAvgPool2d",
    "Add",
    "Average",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "CausalSelfAttention",
    "ClassToken",
    "Concat",
    "Conv2d",
    "Crop",
    "CrossAttention",
    "Divide",
    "Dot",
    "Dropout",
    "Flatten",
    "GaussianNoise",
    "Input",
    "Layer",
    "LayerNorm",
    "LayerScale",
    "LeakyReLU",
    "LearnedPosition",
    "Linear",
    "MatMul",
    "Max",
    "MaxPool2d",
    "Maximum",
    "Mean",
    "Minimum",
    "MultiheadAttention",
    "Multiply",
    "Output",
    "Pad",
    "PatchEmbedding",
    "Permute",
    "ReLU",
    "Refusal",
    "Repeat",
    "Reshape",
    "RotaryPosition",
    "Scale",
    "ScaledDotProductAttention",
    "Shift",
    "Sigmoid",
    "SinePosition",
    "Slice",
    "Softmax",
    "Split",
    "Squeeze",
    "SqueezeExcitation",
    "Stack",
    "StochasticDepth",
    "Subtract",
    "Sum",
    "Tanh",
    "Transformer",
    "TransformerDecoderLayer",
    "TransformerEncoderLayer",
    "Transpose",
    "Unflatten",
    "Unsqueeze",
    "in_words",
]
