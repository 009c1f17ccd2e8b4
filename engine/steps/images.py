"""Steps for images."""

import numpy as np
from msgspec.structs import replace

from engine.datasets.dataset import Layout
from engine.errors import DataError
from engine.scaling import standard
from engine.spec import integer
from engine.steps.fitted import Greyed, Resized, ScaledImages
from engine.steps.step import ImageStep, short


class NormaliseImages(ImageStep, frozen=True):
    """Moves and stretches each channel to mean 0 and deviation 1, as the training images have them."""

    title = "Normalise images"
    scales = True

    def layout(self, before: Layout) -> Layout:
        self.shape_of(before)
        return before

    def fit(self, values: np.ndarray, layout: Layout) -> ScaledImages:
        scaling = standard(values)
        channels = zip(_names(layout.shape[0]), scaling.offset, scaling.scale, strict=True)
        words = tuple(f"{name}: mean {short(offset)}, deviation {short(scale)}" for name, offset, scale in channels)
        return ScaledImages(scaling, words=words)


class Resize(ImageStep, frozen=True):
    """Makes images of another size."""

    height: int = integer(32, low=1, high=4096, help="Rows of pixels.")
    width: int = integer(32, low=1, high=4096, help="Columns of pixels.")

    def layout(self, before: Layout) -> Layout:
        return replace(before, shape=(self.shape_of(before)[0], self.height, self.width))

    def fit(self, values: np.ndarray, layout: Layout) -> Resized:
        _, height, width = layout.shape
        whole = values.dtype == np.uint8
        return Resized(self.height, self.width, whole, words=(f"{height} × {width} → {self.height} × {self.width}",))


class Grey(ImageStep, frozen=True):
    """Makes one channel of red, green and blue, as bright as they look."""

    def layout(self, before: Layout) -> Layout:
        channels, *sides = self.shape_of(before)
        if channels != 3:
            raise DataError(
                f"{self.title} needs images in colour, but these have {channels} channels.", fix="Remove this step."
            )
        return replace(before, shape=(1, *sides))

    def fit(self, values: np.ndarray, layout: Layout) -> Greyed:
        del layout
        return Greyed(values.dtype == np.uint8, words=("red, green, blue → grey",))


def _names(channels: int) -> tuple[str, ...]:
    return {1: ("grey",), 3: ("red", "green", "blue")}.get(
        channels, tuple(f"channel {number}" for number in range(1, channels + 1))
    )
