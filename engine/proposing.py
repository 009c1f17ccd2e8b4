"""A small network that fits a dataset, ready to train: what a person who brings data of their own begins with."""

import math
from collections.abc import Callable, Iterator
from itertools import chain, repeat

from engine.advice import training_samples
from engine.clipping import ClipNorm
from engine.data import Data
from engine.datasets import Dataset
from engine.graph import Graph
from engine.layers import (
    LSTM,
    AdaptiveAvgPool1d,
    AdaptiveAvgPool2d,
    AdaptiveAvgPool3d,
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    Conv1d,
    Conv2d,
    Conv3d,
    Dropout,
    Embedding,
    Flatten,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    MaxPool3d,
    Output,
    ReLU,
    Sigmoid,
    Softmax,
    Transpose,
    Unflatten,
)
from engine.layout import stacked
from engine.losses import CTC, BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from engine.metrics import CharacterErrorRate
from engine.optimizers import Adam
from engine.project import Project
from engine.spec import Shape
from engine.steps import proposed_steps
from engine.training import Training

SMALL_SET = 2000
"""Samples: with fewer, a network soon knows them by heart, so it is smaller and forgets on purpose."""
SMALL_BATCH, BATCH = 32, 64
FEWEST_EPOCHS, MOST_EPOCHS, ENOUGH_STEPS = 10, 40, 4000
NARROW, WIDE = 32, 64
FILTERS = (16, 32, 64)
"""Of the convolutions one after the other; where there are more, these go on with the last."""
SMALLEST_MAP = 6
"""Pixels or steps: what is smaller is not halved again."""
LONG_SEQUENCE = 100
"""Steps: a recurrent network would take long over more, and forget the first."""
FEW_CHANNELS = 2
"""Of a sequence whose first dimension is no longer than this, that dimension counts channels, not steps."""
LONG_SIGNAL = 1024
ROOM = 2
"""Steps for each symbol of the longest sequence, so that there is one between any two of them."""


def proposed(data: Data, title: str = "") -> Project:
    """A project that trains on these data as they are: a multilayer perceptron for a table, convolutions for images
    and long signals, a recurrent network for tokens and short sequences.
    """
    network = stacked(Graph.chain(Input(), *_layers(data.dataset, data.shape), Output()))
    return Project(network, data, _training(data), title or data.dataset.title)


def fitting(dataset: Dataset) -> Data:
    """The dataset with the steps that its samples need before a network can take them."""
    return Data(dataset, steps=proposed_steps(dataset))


def are_alike(one: Data, other: Data) -> bool:
    """Whether a network that was drawn for the one may do for the other, but for sizes and the number of answers."""
    return _kind(one) == _kind(other)


def _kind(data: Data) -> tuple[object, ...]:
    dataset = data.dataset
    return len(data.shape), dataset.of_tokens, dataset.task, len(dataset.answer_shape)


def _training(data: Data) -> Training:
    samples = training_samples(data)
    batch = min(SMALL_BATCH if samples < SMALL_SET else BATCH, samples)
    epochs = math.ceil(ENOUGH_STEPS * batch / samples)
    epochs = min(MOST_EPOCHS, max(FEWEST_EPOCHS, epochs))
    match data.dataset.task:
        case "classification":
            return Training(CrossEntropy(), Adam(), batch_size=batch, epochs=epochs)
        case "multilabel":
            return Training(BinaryCrossEntropy(), Adam(), batch_size=batch, epochs=epochs)
        case "regression":
            return Training(MeanSquaredError(), Adam(), batch_size=batch, epochs=epochs)
        case "transcription":
            metrics, clipping = (CharacterErrorRate(),), ClipNorm()
            return Training(CTC(), Adam(), batch_size=batch, epochs=epochs, metrics=metrics, clipping=clipping)


def _layers(dataset: Dataset, shape: Shape) -> Iterator[Layer]:
    """What stands between the ends."""
    answer = dataset.answer_shape
    if dataset.task == "transcription":
        yield from _reading(dataset, shape)
        return
    if tokens := _vocabulary(dataset):
        yield Embedding(tokens, WIDE)
        yield from _of_steps((*shape, WIDE), dataset)
    elif len(shape) == 2 and len(answer) <= 2:
        yield from _of_steps(shape, dataset)
    elif len(answer) == len(shape) == 3 and answer[1:] == shape[1:]:
        yield from _of_pixels(answer[0])
    else:
        yield from _body(dataset, shape)
        yield from _answering(answer)
    if dataset.task == "classification" and len(answer) == 1:
        yield Softmax()
    elif dataset.task == "multilabel":
        yield Sigmoid()


def _vocabulary(dataset: Dataset) -> int:
    """How many different tokens a sample is made of; 0: it is made of measured values."""
    if not dataset.of_tokens:
        return 0
    return max(int(dataset.largest) + 1, len(dataset.classes) if dataset.places else 0)


def _body(dataset: Dataset, shape: Shape) -> Iterator[Layer]:
    """What makes a flat list of features of a sample."""
    few = dataset.sizes[0] < SMALL_SET
    match len(shape):
        case 3:
            yield from _convolutions(shape[1:], Conv2d, BatchNorm2d, MaxPool2d)
            yield AdaptiveAvgPool2d(1)
            yield Flatten()
        case 4:
            yield from _convolutions(shape[1:], Conv3d, BatchNorm3d, MaxPool3d)
            yield AdaptiveAvgPool3d(1)
            yield Flatten()
        case 1:
            for _ in range(2):
                yield Linear(NARROW if few else WIDE)
                yield ReLU()
        case _:
            yield Flatten()
            yield Linear(WIDE)
            yield ReLU()
    if few:
        yield Dropout(0.2)


def _convolutions(
    sides: Shape, convolution: Callable[..., Layer], normalization: type[Layer], pooling: Callable[..., Layer]
) -> Iterator[Layer]:
    smallest = min(sides)
    for width in chain(FILTERS, repeat(FILTERS[-1])):
        yield convolution(width, 3, padding=1, bias=False)
        yield normalization()
        yield ReLU()
        if smallest < SMALLEST_MAP:
            return
        yield pooling(2)
        smallest //= 2


def _of_pixels(channels: int) -> Iterator[Layer]:
    """An answer at each pixel, which sees a neighbourhood of it."""
    for width in (16, 32, 32, 16):
        yield Conv2d(width, 5, padding=2, bias=False)
        yield BatchNorm2d()
        yield ReLU()
    yield Conv2d(channels, 1)


def _of_steps(shape: Shape, dataset: Dataset) -> Iterator[Layer]:
    """Of a sequence: an answer for each step, or one for all."""
    answer = dataset.answer_shape
    if dataset.places or (len(answer) == 2 and answer[0] == shape[0]):
        yield LSTM(WIDE)
        yield Linear(answer[0] if dataset.places else answer[1])
        if dataset.places:
            yield Transpose()
        return
    channels_first = dataset.channels_first or shape[0] <= FEW_CHANNELS
    if channels_first or shape[0] > LONG_SEQUENCE:
        yield from _of_signal(shape, channels_first)
    else:
        yield LSTM(WIDE, answer="last step")
    yield from _answering(answer)


def _of_signal(shape: Shape, channels_first: bool) -> Iterator[Layer]:
    """Convolutions along the steps, each of which halves them or more."""
    steps = shape[1] if channels_first else shape[0]
    if not channels_first:
        yield Transpose()
    for width in (*FILTERS, FILTERS[-1]):
        yield Conv1d(width, 9, stride=4 if steps > LONG_SIGNAL else 2, padding=4, bias=False)
        yield BatchNorm1d()
        yield ReLU()
        steps //= 4 if steps > LONG_SIGNAL else 2
    yield AdaptiveAvgPool1d(1)
    yield Flatten()


def _reading(dataset: Dataset, shape: Shape) -> Iterator[Layer]:
    """What answers with a sequence: steps with all that is seen there, which are read in both directions."""
    width, longest = dataset.answer_shape
    if tokens := _vocabulary(dataset):
        yield Embedding(tokens, WIDE)
    elif len(shape) == 3:
        yield from _columns(shape, ROOM * longest)
    elif len(shape) == 2 and (dataset.channels_first or shape[0] <= FEW_CHANNELS):
        yield from _short_signal(shape, ROOM * longest)
    elif len(shape) != 2:
        yield Flatten()
        yield Linear(ROOM * max(1, longest) * NARROW)
        yield Unflatten(1, (ROOM * max(1, longest), NARROW))
    yield LSTM(WIDE, bidirectional=True)
    yield Linear(width)
    yield Transpose()


def _columns(shape: Shape, enough: int) -> Iterator[Layer]:
    """Convolutions over an image, whose columns then are steps: halved as often as enough of them are left."""
    _, height, wide = shape
    for filters in FILTERS:
        yield Conv2d(filters, 3, padding=1, bias=False)
        yield BatchNorm2d()
        yield ReLU()
        pool = (2 if height >= SMALLEST_MAP else 1, 2 if wide // 2 >= enough else 1)
        if pool != (1, 1):
            yield MaxPool2d(pool)
        height, wide = height // pool[0], wide // pool[1]
    yield Flatten(1, 2)
    yield Transpose()


def _short_signal(shape: Shape, enough: int) -> Iterator[Layer]:
    """Convolutions along a signal, which make it shorter as long as enough steps are left; the steps come first."""
    steps = shape[1]
    for filters in (*FILTERS, FILTERS[-1]):
        stride = next((stride for stride in (4, 2) if steps // stride >= max(enough, 1)), 1)
        yield Conv1d(filters, 9, stride=stride, padding=4, bias=False)
        yield BatchNorm1d()
        yield ReLU()
        steps //= stride
    yield Transpose()


def _answering(answer: Shape) -> Iterator[Layer]:
    """The last layer with weights, and what gives its answer the shape that the data ask for."""
    # Where nothing is asked for yet, there are no classes.
    yield Linear(max(1, math.prod(answer)))
    if len(answer) > 1:
        yield Unflatten(1, answer)
