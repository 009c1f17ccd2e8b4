"""Sheets with real handwritten digits on them: what is asked for is which digits are there, none, one or several."""

import numpy as np

from engine.datasets.bundled import Digits
from engine.datasets.dataset import Samples
from engine.datasets.digits_anew import MadeOfDigits
from engine.spec import Shape, integer, number

_SIDE = 8
"""Height and width of a digit, in pixels."""
_FIELD = 10
"""And of the field that it stands in, somewhere."""
_FIELDS = 3
"""In a row of a sheet, and in a column."""


class DigitSheets(MadeOfDigits, frozen=True):
    """Sheets with a few handwritten digits here and there, or with none; it is asked for each of the ten digits whether
    it is there.

    Sheets for training, validation and test are made of different digits.
    """

    title = "Digit sheets"
    task = "multilabel"
    largest = 255.0

    most_digits: int = integer(4, low=1, high=9, help="Digits on the fullest sheet; there are sheets with fewer, too.")
    noise: float = number(0.1, low=0, high=1, help="Standard deviation of the noise; the brightest pixel is 1.")
    sheets: int = integer(4000, low=10, high=100_000, help="Sheets to train on; for the test there are a fifth of it.")
    seed: int = integer(0, high=2**31 - 1, help="Number that decides which sheets are made.")

    @property
    def shape(self) -> Shape:
        return (1, _FIELDS * _FIELD, _FIELDS * _FIELD)

    @property
    def classes(self) -> tuple[str, ...]:
        return Digits().classes

    @property
    def count(self) -> int:
        return self.sheets

    @property
    def generator(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    def made(self, digits: Samples, count: int, rng: np.random.Generator) -> Samples:
        ink = np.zeros((count, *self.shape[1:]), np.float32)
        labels = np.zeros((count, len(self.classes)), np.bool_)
        for sheet, many in enumerate(rng.integers(0, self.most_digits + 1, count).tolist()):
            rows, fields = rng.integers(0, len(digits), many), rng.permutation(_FIELDS**2)[:many]
            corners = _FIELD * np.stack((fields // _FIELDS, fields % _FIELDS), axis=1)
            corners += rng.integers(0, _FIELD - _SIDE + 1, corners.shape)
            for row, (top, left) in zip(rows, corners, strict=True):
                ink[sheet, top : top + _SIDE, left : left + _SIDE] = digits.inputs[row, 0] / Digits.largest
            labels[sheet, digits.targets[rows]] = True
        ink += self.noise * rng.standard_normal(ink.shape, np.float32)
        pixels = (ink * self.largest).round().clip(0, self.largest).astype(np.uint8)
        return Samples(pixels[:, None], labels)
