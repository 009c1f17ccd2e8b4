"""Images of noise, of any size and in any number of classes: for a network whose real images are not there yet."""

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided

from engine.datasets.dataset import Dataset, Loaded, Samples
from engine.datasets.synthetic import GROUP, LARGEST_SEED
from engine.errors import DataError
from engine.spec import Pair, Shape, integer, pair

LARGEST_SET = 4_000_000_000
"""Bytes. A machine that trains on images has room for so many."""
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
    def sizes(self) -> tuple[int, int]:
        return (self.samples, 0)

    def load(self) -> Loaded:
        """Raises `DataError` where the set would be larger than `LARGEST_SET`."""
        each = math.prod(self.shape)
        if self.samples * each > LARGEST_SET:
            raise DataError(
                f"{self.samples:,} images of {' × '.join(map(str, self.shape))} would take "
                f"{self.samples * each / 1e9:,.1f} GB.",
                expected=f"At most {LARGEST_SET / 1e9:.0f} GB.",
                fix=f"Take at most {LARGEST_SET // each:,} samples, or smaller images.",
            )
        rng = np.random.default_rng(self.seed)
        step = min(each, _STEP)
        # The images are windows of one tape of noise: what is picked is copied, and the whole set takes no room.
        tape = rng.integers(0, 256, each + (self.samples - 1) * step, np.uint8)
        channels, height, width = self.shape
        shape, strides = (self.samples, channels, height, width), (step, height * width, width, 1)
        labels = rng.permutation(np.arange(self.samples, dtype=np.int64) % self.class_count)
        return Loaded(Samples(as_strided(tape, shape, strides), labels), note="Noise: nothing can be learned from it.")
