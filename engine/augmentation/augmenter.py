"""Augmentation at work: batches changed at random on their device, the same in every run with the same seed."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from engine.augmentation import Augmentation, Mixing, Moving, changes
from engine.augmentation.augmentation import has_maps, sort_of
from engine.augmentation.reach import Reach
from engine.call import Call
from engine.data import Data

Change = Callable[[list[Tensor], torch.Generator], list[Tensor]]


class Augmenter:
    """Changes the batches of a training."""

    def __init__(self, data: Data, inputs: np.ndarray, seed: int) -> None:
        """``inputs`` are the training samples (N × shape), or many of them, before they are scaled."""
        sort = sort_of(data.dataset, data.shape)
        self._seed, self._is_image, self._has_maps = seed, sort == "images", has_maps(data.dataset, data.shape)
        self.reach = Reach.of(data, inputs)
        self._deviations = torch.tensor(self.reach.deviations)
        mixing = [each for each in data.augmentation if isinstance(each, Mixing)]
        others = [each for each in data.augmentation if not isinstance(each, Mixing)]
        self._changes = list(self._grouped(others))
        self._mixes = [self._applied(each.function(sort)) for each in mixing]

    @property
    def mixes(self) -> bool:
        """Whether it mixes samples, so that what is asked for lies between classes."""
        return bool(self._mixes)

    def draw(self, step: int) -> torch.Generator:
        """Where the random choices of a step come from."""
        return torch.Generator().manual_seed(self._seed * 1_000_003 + step)

    def change(self, inputs: Tensor, truth: Tensor, draw: torch.Generator) -> tuple[Tensor, Tensor]:
        """A batch before it is scaled (float32), and what lies at its pixels, changed; of other targets nothing is."""
        if not self._changes:
            return inputs, truth
        lowest, span = self.reach.lowest, self.reach.span
        has_classes = self._has_maps and truth.ndim == 3
        maps = [truth[:, None] if has_classes else truth] if self._has_maps else []
        pictures = [(inputs - lowest) / span if self._is_image else inputs, *maps]
        for change in self._changes:
            pictures = change(pictures, draw)
        inputs = pictures[0] * span + lowest if self._is_image else pictures[0]
        if not maps:
            return inputs, truth
        return inputs, pictures[1][:, 0] if has_classes else pictures[1]

    def mix(self, tensors: list[Tensor], draw: torch.Generator) -> list[Tensor]:
        """The inputs of a batch and what belongs to them, mixed."""
        for mix in self._mixes:
            tensors = mix(tensors, draw)
        return tensors

    def _grouped(self, augmentations: Sequence[Augmentation]) -> Iterator[Change]:
        """What is done one after the other, where neighbours that move pixels do it at once."""
        for moves, group in groupby(augmentations, lambda each: isinstance(each, Moving)):
            calls = [each.function("images" if self._is_image else "values") for each in group]
            if moves:
                yield self._warped(calls)
            else:
                yield from map(self._applied, calls)

    def _applied(self, call: Call) -> Change:
        return lambda pictures, draw: call.made(_resolve, (pictures, draw, self._deviations))

    def _warped(self, calls: Sequence[Call]) -> Change:
        made = [self._applied(call) for call in calls]
        return lambda pictures, draw: changes.warped(pictures, [matrix(pictures, draw) for matrix in made])  # pyright: ignore


def _resolve(name: str) -> Callable[..., object]:
    return getattr(changes, name)
