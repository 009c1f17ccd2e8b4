"""Small real datasets that come with scikit-learn, so that they are there without a network."""

import numpy as np

from engine.datasets.dataset import Dataset, Loaded, Samples
from engine.spec import Shape

GROUP = "Bundled"


class Digits(Dataset, frozen=True):
    """1,797 real handwritten digits of 8 × 8 pixels: small enough to learn in seconds."""

    title = "Digits (8×8)"
    group = GROUP
    source = "E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998; CC BY 4.0"
    normalization = "unit"
    largest = 16.0

    @property
    def shape(self) -> Shape:
        return (1, 8, 8)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple("0123456789")

    @property
    def sizes(self) -> tuple[int, int]:
        return (1797, 0)

    def load(self) -> Loaded:
        # Imported when read: scikit-learn takes a second, and the list of datasets must not.
        from sklearn.datasets import load_digits

        pixels, labels = load_digits(return_X_y=True)
        return Loaded(Samples(pixels.reshape(-1, 1, 8, 8).astype(np.uint8), labels.astype(np.int64)))
