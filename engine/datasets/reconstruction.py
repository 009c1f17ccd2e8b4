"""Images that are asked for again: what an autoencoder learns from."""

from collections.abc import Iterator

import msgspec
import numpy as np

from engine.datasets.bundled import Digits
from engine.datasets.dataset import Dataset, Loaded, Progress, Samples
from engine.datasets.downloads import FashionMnist, Mnist
from engine.spec import Shape, choice, integer, number

_IMAGES: dict[str, Dataset] = {"digits": Digits(), "MNIST": Mnist(), "Fashion-MNIST": FashionMnist()}


class Reconstruction(Dataset, frozen=True):
    """Images that are their own answer: an autoencoder learns to say in few numbers what makes them up.

    With noise, the answer is the image without it.
    """

    group = "Made of other images"
    source = "The images are those of the set that is chosen"
    task = "regression"
    normalization = "unit"
    largest = 255.0

    images: str = choice("digits", "MNIST", "Fashion-MNIST", help="The set whose images are given and asked for.")
    noise: float = number(
        0.0, low=0, high=2, help="Standard deviation of the noise on what is given; the brightest pixel is 1."
    )
    seed: int = integer(0, high=2**31 - 1, help="Number that decides which noise is drawn.")

    @property
    def _of(self) -> Dataset:
        return _IMAGES[self.images]

    @property
    def shape(self) -> Shape:
        return self._of.shape

    @property
    def target_shape(self) -> Shape:
        return self._of.shape

    @property
    def sizes(self) -> tuple[int, int]:
        return self._of.sizes

    @property
    def download_size(self) -> int:
        return self._of.download_size

    def is_here(self) -> bool:
        return self._of.is_here()

    def fetch(self) -> Iterator[Progress]:
        yield from self._of.fetch()

    def load(self) -> Loaded:
        loaded, rng = self._of.load(), np.random.default_rng(self.seed)
        test = self._asked_for_again(loaded.test, rng) if loaded.test else None
        return msgspec.structs.replace(loaded, train=self._asked_for_again(loaded.train, rng), test=test)

    def _asked_for_again(self, samples: Samples, rng: np.random.Generator) -> Samples:
        clean = samples.inputs.astype(np.float32) / self._of.largest
        given = clean + self.noise * rng.standard_normal(clean.shape, np.float32) if self.noise else clean
        return Samples((given * self.largest).round().clip(0, self.largest).astype(np.uint8), clean)
