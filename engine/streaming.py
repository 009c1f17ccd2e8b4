"""Samples that do not fit into memory, on their way to the network: a buffer at a time, the next one read meanwhile.

The order of an epoch follows from its seed: the samples are taken in blocks, the blocks come in an order drawn at
random, and within a buffer of many blocks all samples are shuffled. So a resumed run goes on at the very same sample,
and nothing is read to get there.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import groupby
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor

from engine.augmentation.changes import balanced
from engine.batches import Batches
from engine.datasets import Samples
from engine.datasets.rows import Rows
from engine.errors import DataError
from engine.preprocessing import Preprocessing
from engine.project import Project
from engine.scoring import Part

BUFFER_BYTES = 2**24
"""Of samples that are shuffled together; two such buffers are held, and a third while it is read. So small that the
allocator gives the same memory again: fresh pages from the system take as long as reading does.
"""
BLOCK_BYTES = 2**18
"""Of samples that lie side by side: read at once, and of one buffer in every epoch."""
LOOKED_AT = 1024
"""Samples from everywhere, that tell how far their values reach."""
FEW = 64
"""Of those that must be decoded for it."""

Read = tuple[Tensor, Tensor, Tensor]
"""Inputs and true values as they were read, and which of them are the samples."""


def part_of(
    samples: Samples, project: Project, preprocessing: Preprocessing, device: torch.device, augments: bool = False
) -> Part:
    """One part of the data, in memory or streamed, as its samples are."""
    kind = StreamedPart if samples.is_streamed else Part
    return kind(samples, project, preprocessing, device, augments)


class StreamedPart(Part):
    """A part of the data whose samples are read from the disk. What `batch` picks from is the buffer at hand: what was
    read, as it is, for a batch is scaled in less time than a buffer, which lies further from the processor.
    """

    scales_batches = True

    def __init__(
        self,
        samples: Samples,
        project: Project,
        preprocessing: Preprocessing,
        device: torch.device,
        augments: bool = False,
    ) -> None:
        rows = cast("Rows", samples.inputs)
        count = min(FEW if rows.scattered else LOOKED_AT, len(samples)) if augments else 1
        probe = np.linspace(0, len(samples) - 1, count).astype(np.int64)
        looked_at = samples.read(probe)
        super().__init__(looked_at, project, preprocessing, device, augments)
        self._samples, self._device = samples, device
        targets: Any = samples.targets
        self._rows: list[Rows] = [rows] if isinstance(targets, np.ndarray) else [rows, targets]
        self._name = project.data.dataset.title
        # Steps such as one-hot make more of a sample than was read.
        read_bytes = sum(int(np.prod(each.shape[1:])) * each.dtype.itemsize for each in self._rows)
        row_bytes = max(1, read_bytes, self._inputs[0].nbytes)
        # Steps are only for samples that belong to this part; target images would be copied to lie beside the inputs.
        as_read = preprocessing.halfway(looked_at.inputs)[0] is looked_at.inputs
        self._takes_others = as_read and len(self._rows) == 1
        self._sound = np.zeros(len(samples), np.bool_)
        """Which samples were found to have all their values."""
        # Where each sample costs the same wherever it lies, there are no neighbours and nothing to shuffle.
        is_scattered = any(each.scattered for each in self._rows)
        self._at_once, self._block = (1, 1) if is_scattered else (BUFFER_BYTES // row_bytes, BLOCK_BYTES // row_bytes)

    @cached_property
    def is_steady(self) -> bool:
        return False

    def __len__(self) -> int:
        return len(self._samples)

    def held_for(self, batch_size: int) -> int:
        return batch_size * self._batches_at_once(batch_size)

    def drawn(self, seed: int, batches: Batches, numbers: range) -> Iterator[Tensor]:
        generator = torch.Generator().manual_seed(seed)
        order = self._order(seed, generator)
        cut = groupby(map(batches.span, numbers), lambda span: span[0] // batches.held)
        spans = {number: list(found) for number, found in cut}
        places = (order(number * batches.held, batches.held) for number in spans)
        for number, held in zip(spans, self._ahead(places), strict=True):
            inputs, truth, rows = held
            self._hold(inputs, truth, self._device)
            # Seeded for itself, so that one who goes on in the middle need not draw those before.
            own = torch.Generator().manual_seed(seed * 7_919 + number)
            shuffled = rows[torch.randperm(len(rows), generator=own)].to(self._device)
            first = number * batches.held
            for start, stop in spans[number]:
                yield shuffled[start - first : stop - first]

    def in_turn(self, batch_size: int) -> Iterator[Tensor]:
        size = batch_size * self._batches_at_once(batch_size)
        starts = range(0, len(self), size)
        places = (np.arange(start, min(len(self), start + size)) for start in starts)
        for inputs, truth, rows in self._ahead(places):
            self._hold(inputs, truth, self._device)
            yield from rows.to(self._device).split(batch_size)

    def _order(self, seed: int, generator: torch.Generator) -> Callable[[int, int], np.ndarray]:
        """What answers which samples an epoch has from one place on, so many of them."""
        if self._is_balanced:
            rows = balanced(torch.from_numpy(self._true_values(self._samples.targets)), generator).numpy()
            return lambda start, count: rows[start : start + count]
        return Blocks(len(self), max(1, self._block), seed).places

    def _batches_at_once(self, batch_size: int) -> int:
        """How many batches a buffer is."""
        return max(1, self._at_once // batch_size)

    def _ahead(self, places: Iterator[np.ndarray]) -> Iterator[Read]:
        """What is read of each of these places. What comes next is on its way while the one before is in use."""
        coming = next(places, None)
        if coming is None:
            return
        if self._device.type == "cpu" and self._foretell(coming):
            # What the system has brought near is only copied, which a thread beside the training would rather hinder.
            for following in places:
                self._foretell(following)
                yield self._read(coming)
                coming = following
            yield self._read(coming)
            return
        with ThreadPoolExecutor(1, "reader") as reader:
            reading = reader.submit(self._read, coming)
            for following in places:
                ready, reading = reading, reader.submit(self._read, following)
                yield ready.result()
            yield reading.result()

    def _foretell(self, places: np.ndarray) -> bool:
        """Whether the system brings all of these samples near."""
        return all(rows.foretell(places) for rows in self._rows)

    def _read(self, places: np.ndarray) -> Read:
        """Samples, in any order, as the network takes them but for what is done to each batch."""
        places = np.sort(places)
        inputs, rows = self._inputs_of(places)
        if inputs.dtype.kind == "f" and not self._sound[places].all():
            self._check(inputs, rows, places)
        truth = self._true_values(self._samples.targets[places])
        if len(inputs) > len(places):
            among = np.zeros((len(inputs), *truth.shape[1:]), truth.dtype)
            among[rows] = truth
            truth = among
        tensors = torch.from_numpy(np.ascontiguousarray(inputs)), torch.from_numpy(truth), torch.from_numpy(rows)
        return tuple(each.pin_memory() for each in tensors) if self._device.type == "cuda" else tensors  # pyright: ignore

    def _inputs_of(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The inputs of ascending places, perhaps with others between them, and which of them are meant."""
        if self._takes_others:
            return self._rows[0].among(places)
        inputs, _ = self._preprocessing.halfway(self._rows[0][places])
        return inputs, np.arange(len(places))

    def _check(self, inputs: np.ndarray, rows: np.ndarray, places: np.ndarray) -> None:
        """Raises `DataError` for the first sample that lacks a value; those that lack none need no other look."""
        # One that is not finite makes the sum so; where large values do, a closer look finds all of them sound.
        with np.errstate(over="ignore", invalid="ignore"):
            total = inputs.sum()
        if not np.isfinite(total):
            self._refuse(inputs[rows], places)
        self._sound[places] = True

    def _refuse(self, inputs: np.ndarray, places: np.ndarray) -> None:
        """Raises `DataError` for the first sample that lacks a value."""
        sound = np.isfinite(inputs.reshape(len(inputs), -1)).all(axis=1)
        if not sound.all():
            raise DataError(
                f"A value is missing or infinite in sample {places[np.argmin(sound)]:,} of {self._name}.",
                expected="A network can only take numbers.",
                fix="Add the step “Fill missing values”.",
            )


class Blocks:
    """The order of an epoch: blocks of neighbours, at random, with borders that differ from epoch to epoch."""

    def __init__(self, count: int, size: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._count, self._size = count, size
        self._shift = int(rng.integers(count))
        self._blocks = rng.permutation(count // size)

    def places(self, start: int, count: int) -> np.ndarray:
        """Which samples come from this place on. The last block may be shorter than the others, and comes last."""
        at = np.arange(start, min(start + count, self._count))
        whole = at < len(self._blocks) * self._size
        block = self._blocks[np.where(whole, at // self._size, 0)] if len(self._blocks) else 0
        return (np.where(whole, block * self._size + at % self._size, at) + self._shift) % self._count
