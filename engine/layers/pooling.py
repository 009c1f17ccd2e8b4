"""Layers that look at an image window by window and keep one value of each."""

from engine.call import Call, call
from engine.layers.layer import IMAGE, Layer, Refusal, pair_in_words, pair_of, window_refusal
from engine.spec import Pair, Shape, pair

FAMILY = "Pooling"


class MaxPool2d(Layer, frozen=True):
    """Keeps the largest value of each window, so that an image shrinks and small shifts do not matter."""

    family = FAMILY
    accepts = IMAGE
    formula = r"y_{i,j} = \max_{(u,v) \in W_{i,j}} x_{u,v}"

    kernel_size: Pair = pair(2, low=1, help="Height and width of the window.")
    stride: Pair = pair(0, help="Step between two windows; 0 means as wide as the window.")
    padding: Pair = pair(0, help="Border around the image; at most half the window.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.MaxPool2d", self.kernel_size, *strided(self.stride), padding=self.padding or None)

    def summary(self) -> str:
        return pooled_in_words(self.kernel_size, self.stride)

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return pooling_refusal("MaxPool2d", shapes[0], self.kernel_size, self.stride, self.padding)


class AvgPool2d(Layer, frozen=True):
    """Keeps the mean of each window, so that an image shrinks and noise evens out."""

    family = FAMILY
    accepts = IMAGE
    formula = r"y_{i,j} = \frac{1}{|W|} \sum_{(u,v) \in W_{i,j}} x_{u,v}"

    kernel_size: Pair = pair(2, low=1, help="Height and width of the window.")
    stride: Pair = pair(0, help="Step between two windows; 0 means as wide as the window.")
    padding: Pair = pair(0, help="Zeros around the image; at most half the window.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.AvgPool2d", self.kernel_size, *strided(self.stride), padding=self.padding or None)

    def summary(self) -> str:
        return pooled_in_words(self.kernel_size, self.stride)

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return pooling_refusal("AvgPool2d", shapes[0], self.kernel_size, self.stride, self.padding)


class AdaptiveAvgPool2d(Layer, frozen=True):
    """Averages an image of any size down to the size asked for; 1 gives one number per channel."""

    family = FAMILY
    accepts = IMAGE
    formula = r"y_{i,j} = \frac{1}{|W_{i,j}|} \sum_{(u,v) \in W_{i,j}} x_{u,v}"

    output_size: Pair = pair(1, low=1, help="Height and width of the result.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.AdaptiveAvgPool2d", self.output_size)

    def summary(self) -> str:
        return f"to {pair_in_words(self.output_size)}"


def strided(stride: Pair) -> tuple[Pair, ...]:
    """PyTorch's own default stride is the window, so that one is not written."""
    return () if 0 in pair_of(stride) else (stride,)


def pooled_in_words(kernel: Pair, stride: Pair) -> str:
    """``2 × 2`` or ``3 × 3, stride 2 × 2``."""
    words = pair_in_words(kernel)
    if strided(stride) and pair_of(stride) != pair_of(kernel):
        words += f", stride {pair_in_words(stride)}"
    return words


def pooling_refusal(title: str, image: Shape, kernel: Pair, stride: Pair, border: Pair) -> Refusal | None:
    """Why a pooling window does not fit; None: it fits."""
    extents, pads, steps = pair_of(kernel), pair_of(border), pair_of(stride)
    if 0 in steps and steps != (0, 0):
        return Refusal(f"{title} has a stride of 0 in one direction only.", "stride", 0)
    if any(2 * pad > extent for pad, extent in zip(pads, extents, strict=True)):
        half = (min(pads[0], extents[0] // 2), min(pads[1], extents[1] // 2))
        words = f"{title}'s padding is more than half of its window of {pair_in_words(kernel)}."
        return Refusal(words, "padding", half)
    return window_refusal(title, image, kernel, border)
