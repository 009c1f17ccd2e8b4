"""Numbers put together from real handwritten digits: what is asked for is the sequence, not where each digit stands."""

import numpy as np

from engine.datasets.bundled import Digits
from engine.datasets.dataset import IGNORED, Samples
from engine.datasets.digits_anew import MadeOfDigits
from engine.spec import Shape, integer, number

_SIDE = 8
"""Height and width of a digit, in pixels."""
_GAP = 3
"""Pixels between two digits, at most."""
_SLACK = 4
"""How far a digit may stand above or below another."""


class DigitStrings(MadeOfDigits, frozen=True):
    """Numbers of several handwritten digits, such as 4711, each of another length; it is asked for all of the digits in
    their order, and nobody says where each of them stands.

    Strings for training, validation and test are made of different digits.
    """

    title = "Digit strings"
    task = "transcription"
    largest = 255.0

    fewest_digits: int = integer(3, low=1, high=50, help="Digits in the shortest string.")
    most_digits: int = integer(
        6, low=1, high=50, help="Digits in the longest string; as many as in the shortest, at least."
    )
    noise: float = number(0.1, low=0, high=1, help="Standard deviation of the noise; the brightest pixel is 1.")
    strings: int = integer(4000, low=10, high=100_000, help="Strings to train on; for the test there are a fifth.")
    seed: int = integer(0, high=2**31 - 1, help="Number that decides which strings are made.")

    @property
    def longest(self) -> int:
        return max(self.fewest_digits, self.most_digits)

    @property
    def shape(self) -> Shape:
        return (1, _SIDE + _SLACK, self.longest * (_SIDE + _GAP))

    @property
    def classes(self) -> tuple[str, ...]:
        return Digits().classes

    @property
    def count(self) -> int:
        return self.strings

    @property
    def generator(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    def made(self, digits: Samples, count: int, rng: np.random.Generator) -> Samples:
        ink = np.zeros((count, *self.shape[1:]), np.float32)
        targets = np.full((count, self.longest), IGNORED, np.int64)
        lengths = rng.integers(self.fewest_digits, self.longest + 1, count).tolist()
        for string, length in enumerate(lengths):
            rows, gaps = rng.integers(0, len(digits), length), rng.integers(0, _GAP + 1, length)
            lefts = np.cumsum(gaps) + _SIDE * np.arange(length)
            tops = rng.integers(0, _SLACK + 1, length)
            # Where the string begins, there may be room before it.
            lefts += rng.integers(0, self.shape[2] - int(lefts[-1]) - _SIDE + 1)
            for row, left, top in zip(rows, lefts, tops, strict=True):
                ink[string, top : top + _SIDE, left : left + _SIDE] = digits.inputs[row, 0] / Digits.largest
            targets[string, :length] = digits.targets[rows]
        ink += self.noise * rng.standard_normal(ink.shape, np.float32)
        pixels = (ink * self.largest).round().clip(0, self.largest).astype(np.uint8)
        return Samples(pixels[:, None], targets)
