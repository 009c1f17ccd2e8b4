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
from engine.layers.merge import Add, Concat
from engine.layers.layer import Accepts, Layer, Refusal, in_words

__all__ = [
    "GELU",
    "Accepts",
    "AdaptiveAvgPool2d",
    "Add",
    "AvgPool2d",
    "BatchNorm1d",
    "BatchNorm2d",
    "Concat",
    "Conv2d",
    "Crop",
    "Dropout",
    "Flatten",
    "GaussianNoise",
    "Input",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "Max",
    "MaxPool2d",
    "Mean",
    "Output",
    "Pad",
    "Permute",
    "ReLU",
    "Refusal",
    "Repeat",
    "Reshape",
    "Sigmoid",
    "Slice",
    "Softmax",
    "Split",
    "Squeeze",
    "StochasticDepth",
    "Sum",
    "Tanh",
    "Transpose",
    "Unflatten",
    "Unsqueeze",
    "in_words",
]
