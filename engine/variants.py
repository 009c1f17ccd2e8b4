"""What augmentation makes of one real sample, for people to look at before they train."""

from collections.abc import Iterator

import msgspec
import numpy as np
import torch

from engine.augmentation.augmentation import sort_of
from engine.augmentation.augmenter import Augmenter
from engine.augmentation.reach import some_of
from engine.data import Data, prepare
from engine.datasets.labels import NO_LABEL
from engine.datasets.symbols import text_of
from engine.errors import DataError
from engine.modules.known import rows_of_known
from engine.preprocessing import Preprocessing
from engine.preview import thinned


class Variants(msgspec.Struct, frozen=True, eq=False):
    """A training sample (1 × shape) and what the augmentation made of it (N × shape), after the steps.

    Images are bytes from 0 to 255 (large ones `thinned`), other samples float32. ``labels`` say what is asked for of
    each: its class, of a mixture the shares of several, of a regression the values. ``count`` is how many there will
    be in the end.
    """

    original: np.ndarray
    samples: np.ndarray
    labels: tuple[str, ...]
    count: int


def variants(data: Data, row: int = 0, count: int = 10) -> Variants:
    """So many variants of a training sample. Raises `DataError`, also where an augmentation does not suit the data."""
    *_, whole = varying(data, row, count)
    return whole


def varying(data: Data, row: int = 0, count: int = 10) -> Iterator[Variants]:
    """`variants` as they come: each item holds those before and one more. Raises `DataError`."""
    for augmentation in data.augmentation:
        if refusal := augmentation.refuses(data.dataset, data.shape):
            raise DataError(refusal, fix=f"Leave out {augmentation.title}.")
    prepared = prepare(data)
    train, preprocessing = prepared.train, Preprocessing.of(prepared, data.dataset.task)
    work = Augmenter(data, preprocessing.halfway(some_of(train.inputs))[0], data.split_seed)
    original = preprocessing.halfway(train.inputs[[row % len(train)]])[0].astype(np.float32)
    shown = _shown(work, data, original)
    made: list[np.ndarray] = []
    labels: list[str] = []
    for number in range(count):
        # With the sample goes the one that it is mixed with: another each time.
        pair = train.read(np.array([row % len(train), (row + 1 + number) % len(train)]))
        inputs, wanted = _changed(work, data, preprocessing.halfway(pair.inputs)[0], pair.targets, number)
        made.append(_shown(work, data, inputs[None]))
        labels.append(_label(data, wanted))
        yield Variants(shown, np.concatenate(made), tuple(labels), count)


def _changed(
    work: Augmenter, data: Data, inputs: np.ndarray, targets: np.ndarray, step: int
) -> tuple[np.ndarray, np.ndarray]:
    """The first of two samples changed, and what is asked for of it: shares of the classes, or values."""
    draw, truth = work.draw(step), torch.from_numpy(targets)
    changed, truth = work.change(torch.from_numpy(inputs).float(), truth, draw)
    if data.dataset.task == "classification":
        truth = rows_of_known(truth, len(data.dataset.classes))
    elif data.dataset.task == "multilabel":
        truth = truth.float()
    changed, truth = work.mix([changed, truth], draw)
    return changed[0].numpy(), truth[0].numpy()


def _label(data: Data, wanted: np.ndarray) -> str:
    """What is asked for, where that is few enough to be read."""
    if data.dataset.task == "transcription":
        return text_of(wanted, data.dataset.classes)
    if wanted.ndim > 1:
        return ""
    if not data.dataset.classes:
        return ", ".join(f"{value:.4g}" for value in wanted)
    likely = sorted(zip(wanted, data.dataset.classes, strict=True), key=lambda pair: -pair[0])
    shares = [(share, name) for share, name in likely if share >= 0.005]
    return ", ".join(name if share >= 0.995 else f"{name} {100 * share:.0f} %" for share, name in shares) or NO_LABEL


def _shown(work: Augmenter, data: Data, samples: np.ndarray) -> np.ndarray:
    if sort_of(data.dataset, data.shape) != "images":
        return samples
    shares = (thinned(samples) - work.reach.lowest) / work.reach.span
    return (255 * shares.clip(0, 1)).round().astype(np.uint8)
