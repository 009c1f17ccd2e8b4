"""Images of noise, of any size and in any number of classes: for a network whose real images are not there yet."""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from engine.datasets.dataset import Dataset, Loaded, Samples
from engine.datasets.synthetic import GROUP, LARGEST_SEED
from engine.errors import DataError
from engine.spec import Pair, Shape, choice, integer, pair

LARGEST_SET = 4_000_000_000
"""Bytes. A machine that trains on images has room for so many."""
_LABEL_BYTES = 8
_STEP = 997
"""Bytes from the beginning of one image to that of the next: a prime, so that no two show the same rows."""


class RandomImages(Dataset, frozen=True):
    """Noise in the size of your images, to try a network, its speed and its memory before the real ones are there.

    Nothing can be learned from it: on new samples every network stays as good as a guess.
    """

    title = "Random images"
    group = GROUP
    source = "Noise, made when it is needed from a seed"
    normalization = "unit"
    largest = 255.0

    channels: int = integer(3, low=1, high=64, help="Values for each pixel: 3 for colour, 1 for grey.")
    image_size: Pair = pair(224, low=1, high=2048, help="Height and width of each image.")
    classified: str = choice("images", "pixels", help="What has a class: each image, or each of its pixels.")
    class_count: int = integer(1000, low=2, high=100_000, help="Number of classes.")
    samples: int = integer(1000, low=4, high=100_000, help="Number of images, shared evenly among the classes.")
    seed: int = integer(0, high=LARGEST_SEED, help="Number that decides which noise is drawn.")

    @property
    def shape(self) -> Shape:
        size = self.image_size
        return (self.channels, *((size, size) if isinstance(size, int) else size))

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(str(number) for number in range(self.class_count))

    @property
    def places(self) -> Shape:
        return self.shape[1:] if self.classified == "pixels" else ()

    @property
    def sizes(self) -> tuple[int, int]:
        return (self.samples, 0)

    @property
    def most_samples(self) -> int:
        """How many of these images make a set of `LARGEST_SET`."""
        labels = _LABEL_BYTES * math.prod(self.places)
        return LARGEST_SET // (math.prod(self.shape) + labels)

    def load(self) -> Loaded:
        """Raises `DataError` where the set would be larger than `LARGEST_SET`."""
        each = math.prod(self.shape)
        if self.samples > self.most_samples:
            raise DataError(
                f"{self.samples:,} images of {' × '.join(map(str, self.shape))} are more than a machine has room for.",
                fix=f"Take at most {self.most_samples:,} samples, or smaller images.",
            )
        rng = np.random.default_rng(self.seed)
        step = min(each, _STEP)
        # The images are windows of one tape of noise: what is picked is copied, and the whole set takes no room.
        tape = rng.integers(0, 256, each + (self.samples - 1) * step, np.uint8)
        channels, height, width = self.shape
        shape, strides = (self.samples, channels, height, width), (step, height * width, width, 1)
        labels = rng.permutation(np.arange(self.samples, dtype=np.int64) % self.class_count)
        if self.places:
            labels = rng.integers(0, self.class_count, (self.samples, *self.places))
        return Loaded(Samples(as_strided(tape, shape, strides), labels), note="Noise: nothing can be learned from it.")
