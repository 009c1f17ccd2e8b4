"""Scenes put together from real images, in which each pixel has a class: what a segmentation learns from."""

import numpy as np

from engine.datasets.bundled import Digits
from engine.datasets.dataset import Samples
from engine.datasets.digits_anew import MadeOfDigits
from engine.spec import Shape, integer, number

_PAPER = "paper"
_INK = 0.25
"""From this share of the brightest pixel on, a pixel is ink."""


class DigitScenes(MadeOfDigits, frozen=True):
    """Handwritten digits scattered over a sheet; for each pixel it is asked which digit it belongs to, if any.

    Scenes for training, validation and test are made of different digits.
    """

    title = "Digit scenes"
    largest = 255.0

    size: int = integer(32, low=8, high=512, help="Height and width of a scene, in pixels; a digit has 8.")
    digits: int = integer(4, low=1, high=100, help="Digits in a scene; where two meet, the later one lies on top.")
    noise: float = number(0.1, low=0, high=1, help="Standard deviation of the noise; the brightest pixel is 1.")
    scenes: int = integer(2000, low=10, high=100_000, help="Scenes to train on; for the test there are a fifth of it.")
    seed: int = integer(0, high=2**31 - 1, help="Number that decides which scenes are made.")

    @property
    def shape(self) -> Shape:
        return (1, self.size, self.size)

    @property
    def places(self) -> Shape:
        return (self.size, self.size)

    @property
    def classes(self) -> tuple[str, ...]:
        return (_PAPER, *Digits().classes)

    @property
    def count(self) -> int:
        return self.scenes

    @property
    def generator(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    def made(self, digits: Samples, count: int, rng: np.random.Generator) -> Samples:
        ink = np.zeros((count, self.size, self.size), np.float32)
        labels = np.zeros((count, self.size, self.size), np.int64)
        side = digits.inputs.shape[-1]
        for scene in range(count):
            for row in rng.integers(0, len(digits), self.digits):
                top, left = rng.integers(0, self.size - side + 1, 2)
                window = (scene, slice(top, top + side), slice(left, left + side))
                image = digits.inputs[row, 0] / Digits.largest
                drawn = image >= _INK
                ink[window] = np.where(drawn, image, ink[window])
                labels[window] = np.where(drawn, digits.targets[row] + 1, labels[window])
        ink += self.noise * rng.standard_normal(ink.shape, np.float32)
        pixels = (ink * self.largest).round().clip(0, self.largest).astype(np.uint8)
        return Samples(pixels[:, None], labels)
