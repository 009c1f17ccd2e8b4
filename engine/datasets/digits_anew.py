"""What is made of the bundled digits: those for training, validation and test are made of different handwritings."""

import numpy as np

from engine.datasets.bundled import Digits
from engine.datasets.dataset import Dataset, Loaded, Samples


class MadeOfDigits(Dataset, frozen=True):
    """Base of the datasets that put digits together anew."""

    listed = False
    group = "Made of other images"
    source = Digits.source
    normalization = "unit"
    largest = Digits.largest
    brings_validation = True

    @property
    def count(self) -> int:
        """How many there are to train on; for the test there are a fifth of them."""
        raise NotImplementedError

    @property
    def generator(self) -> np.random.Generator:
        """What decides which are made."""
        raise NotImplementedError

    @property
    def sizes(self) -> tuple[int, int]:
        return (self.count, self.count // 5)

    def load(self) -> Loaded:
        rng = self.generator
        digits = Digits().load().train
        rows = rng.permutation(len(digits))
        border, held_back = int(0.8 * len(rows)), self.count // 5
        train = self.made(digits.pick(rows[:border]), self.count, rng)
        validation, test = (self.made(digits.pick(half), held_back, rng) for half in np.array_split(rows[border:], 2))
        return Loaded(train, test, validation=validation)

    def made(self, digits: Samples, count: int, rng: np.random.Generator) -> Samples:
        """So many samples, made of these digits."""
        raise NotImplementedError
