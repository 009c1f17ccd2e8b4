"""Two images side by side: what a network learns from that is to compare."""

import numpy as np

from engine.datasets.bundled import Digits
from engine.datasets.dataset import Dataset, Loaded, Samples
from engine.spec import Shape, integer


class DigitPairs(Dataset, frozen=True):
    """Two handwritten digits side by side: are they the same digit? Half of the pairs are.

    Pairs for training, validation and test are made of different handwritings.
    """

    title = "Digit pairs"
    group = "Made of other images"
    source = Digits.source
    normalization = "unit"
    largest = Digits.largest
    brings_validation = True

    pairs: int = integer(8000, low=10, high=100_000, help="Pairs to train on; for the test there are a fifth of them.")
    seed: int = integer(0, high=2**31 - 1, help="Number that decides which pairs are made.")

    @property
    def shape(self) -> Shape:
        return (1, 8, 16)

    @property
    def classes(self) -> tuple[str, ...]:
        return ("different", "same")

    @property
    def sizes(self) -> tuple[int, int]:
        return (self.pairs, self.pairs // 5)

    def load(self) -> Loaded:
        rng = np.random.default_rng(self.seed)
        digits = Digits().load().train
        rows = rng.permutation(len(digits))
        border, held_back = int(0.8 * len(rows)), self.pairs // 5
        train = _paired(digits.pick(rows[:border]), self.pairs, rng)
        validation, test = (_paired(digits.pick(half), held_back, rng) for half in np.array_split(rows[border:], 2))
        return Loaded(train, test, validation=validation)


def _paired(digits: Samples, count: int, rng: np.random.Generator) -> Samples:
    first = rng.integers(0, len(digits), count)
    same = rng.permutation(np.arange(count) % 2)
    # From 1 to 9 digits further on the ring of ten: every other digit is as likely.
    wanted = (digits.targets[first] + np.where(same, 0, rng.integers(1, 10, count))) % 10
    of_a_kind = [np.flatnonzero(digits.targets == digit) for digit in range(10)]
    second = np.array([rng.choice(of_a_kind[digit]) for digit in wanted])
    return Samples(np.concatenate([digits.inputs[first], digits.inputs[second]], axis=-1), same.astype(np.int64))
