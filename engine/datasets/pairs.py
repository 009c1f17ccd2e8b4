"""Two images side by side: what a network learns from that is to compare."""

import numpy as np

from engine.datasets.dataset import Samples
from engine.datasets.digits_anew import MadeOfDigits
from engine.spec import Shape, integer


class DigitPairs(MadeOfDigits, frozen=True):
    """Two handwritten digits side by side: are they the same digit? Half of the pairs are.

    Pairs for training, validation and test are made of different handwritings.
    """

    title = "Digit pairs"

    pairs: int = integer(8000, low=10, high=100_000, help="Pairs to train on; for the test there are a fifth of them.")
    seed: int = integer(0, high=2**31 - 1, help="Number that decides which pairs are made.")

    @property
    def shape(self) -> Shape:
        return (1, 8, 16)

    @property
    def classes(self) -> tuple[str, ...]:
        return ("different", "same")

    @property
    def count(self) -> int:
        return self.pairs

    @property
    def generator(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    def made(self, digits: Samples, count: int, rng: np.random.Generator) -> Samples:
        first = rng.integers(0, len(digits), count)
        same = rng.permutation(np.arange(count) % 2)
        # From 1 to 9 digits further on the ring of ten: every other digit is as likely.
        wanted = (digits.targets[first] + np.where(same, 0, rng.integers(1, 10, count))) % 10
        of_a_kind = [np.flatnonzero(digits.targets == digit) for digit in range(10)]
        second = np.array([rng.choice(of_a_kind[digit]) for digit in wanted])
        return Samples(np.concatenate([digits.inputs[first], digits.inputs[second]], axis=-1), same.astype(np.int64))
