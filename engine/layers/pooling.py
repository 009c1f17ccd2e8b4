"""Layers that look at a signal, an image or a volume window by window and keep one value of each."""

from collections.abc import Sequence
from typing import Any

from engine.call import INPUT, Call, Value, at, call, unless
from engine.layers.layer import CHANNELS, Layer, Refusal, as_size, in_words, sides_in_words, sides_of
from engine.layers.spatial import WORDS, Spatial, Windowed, first, stride_refusal, window_refusal
from engine.spec import Shape, Size, as_percent, flag, integer, number, size

FAMILY = "Pooling"
MEAN = r"y_i = \frac{1}{|W_i|} \sum_{u \in W_i} x_u"
MAXIMUM = r"y_i = \max_{u \in W_i} x_u"


class Pool(Windowed, frozen=True):
    """Base of the layers whose window moves by fixed steps."""

    listed = False
    family = FAMILY

    kernel_size: Size = size(2, low=1, help="Size of the window.")
    stride: Size = size(0, help="Step between two windows; 0 means as wide as the window.")

    def summary(self) -> str:
        words = self.in_words(self.kernel_size)
        if strided(self.stride, self.sides) and sides_of(self.stride, self.sides) != sides_of(
            self.kernel_size, self.sides
        ):
            words += f", stride {self.in_words(self.stride)}"
        return words

    @property
    def window(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        kernel, stride = sides_of(self.kernel_size, self.sides), sides_of(self.stride, self.sides)
        return kernel, kernel if 0 in stride else stride


class BorderedPool(Pool, frozen=True):
    """Base of those that may reach over the border."""

    listed = False

    padding: Size = size(0, help="Border around the input; at most half the window.")
    ceil_mode: bool = flag(False, help="Let the last window stand over the border, so that nothing is left out.")

    def refuses(self, *shapes: Shape) -> Refusal | None:
        step = tuple(max(1, step) - 1 if self.ceil_mode else 0 for step in self.window[1])
        return first(
            [
                stride_refusal(self, self.stride, self.sides),
                self._padding_refusal(),
                window_refusal(self, shapes[0], self.kernel_size, self.padding, self._dilation, step),
            ]
        )

    @property
    def _dilation(self) -> Size:
        return 1

    def _padding_refusal(self) -> Refusal | None:
        extents, pads = sides_of(self.kernel_size, self.sides), sides_of(self.padding, self.sides)
        if all(2 * pad <= extent for pad, extent in zip(pads, extents, strict=True)):
            return None
        half = tuple(min(pad, extent // 2) for pad, extent in zip(pads, extents, strict=True))
        words = f"{self.title}'s padding is more than half of its window of {self.in_words(self.kernel_size)}."
        return Refusal(words, "padding", as_size(half))

    def _options(self) -> dict[str, Any]:
        return {"padding": self.padding or None, "ceil_mode": unless(self.ceil_mode, False)}


class MaxPool(BorderedPool, frozen=True):
    """Base of the layers that keep the largest value."""

    listed = False
    formula = MAXIMUM

    dilation: Size = size(1, low=1, help="Distance between the points that a window looks at.")

    @property
    def _dilation(self) -> Size:
        return self.dilation

    @property
    def window(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        kernel, stride = super().window
        gaps = sides_of(self.dilation, self.sides)
        return tuple(gap * (extent - 1) + 1 for gap, extent in zip(gaps, kernel, strict=True)), stride

    def module(self, *shapes: Shape) -> Call:
        stride = strided(self.stride, self.sides)
        dilation = None if self.is_all(self.dilation, 1) else self.dilation
        return call(self.torch_name(), self.kernel_size, *stride, dilation=dilation, **self._options())


class AvgPool(BorderedPool, frozen=True):
    """Base of the layers that keep the mean."""

    listed = False
    formula = MEAN

    count_include_pad: bool = flag(True, help="Count the zeros of the border when the mean is taken.")

    def module(self, *shapes: Shape) -> Call:
        counted = unless(self.count_include_pad, True)
        stride = strided(self.stride, self.sides)
        return call(self.torch_name(), self.kernel_size, *stride, count_include_pad=counted, **self._options())

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if refusal := super().refuses(*shapes):
            return refusal
        # In volumes, PyTorch takes no window larger than the volume without its border.
        return window_refusal(self, shapes[0], self.kernel_size) if self.sides == 3 else None


class LPPool(Pool, frozen=True):
    """Base of the layers that keep the power mean."""

    listed = False
    formula = r"y_i = \left(\sum_{u \in W_i} x_u^p\right)^{1/p}"

    norm_type: int = integer(2, low=1, high=16, help="Power: 1 gives the sum, a large one nearly the largest value.")
    ceil_mode: bool = flag(False, help="Let the last window stand over the border, so that nothing is left out.")

    def module(self, *shapes: Shape) -> Call:
        ceil = unless(self.ceil_mode, False)
        return call(
            self.torch_name(), self.norm_type, self.kernel_size, *strided(self.stride, self.sides), ceil_mode=ceil
        )

    def refuses(self, *shapes: Shape) -> Refusal | None:
        window = window_refusal(self, shapes[0], self.kernel_size)
        return first([stride_refusal(self, self.stride, self.sides), window])


class FractionalMaxPool(Spatial, frozen=True):
    """Base of the layers whose windows stand at random places."""

    listed = False
    family = FAMILY
    formula = MAXIMUM
    beyond_onnx = "places its windows at random, even when it answers"

    kernel_size: Size = size(2, low=1, help="Size of the windows.")
    output_size: Size = size(0, help="Size of the result; 0 means by the ratio.")
    output_ratio: float = number(0.7, low=0.05, high=0.95, help="Size of the result as a share of the input's.")

    def module(self, *shapes: Shape) -> Call:
        if self._is_sized:
            return call(self.torch_name(), self.kernel_size, output_size=self.output_size)
        return call(self.torch_name(), self.kernel_size, output_ratio=self.output_ratio)

    def summary(self) -> str:
        return f"to {self.in_words(self.output_size)}" if self._is_sized else f"to {as_percent(self.output_ratio)}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        targets = sides_of(self.output_size, self.sides)
        if 0 in targets and any(targets):
            return Refusal(f"{self.title} has an output size of 0 in one direction only.", "output_size", 0)
        # PyTorch leaves a place free in volumes, where it would not have to.
        most = [side - (self.sides == 3) for side in shapes[0][1:]]
        if min(most) < 1:
            return Refusal(f"{self.title} needs two values or more on each side but receives {in_words(shapes[0])}.")
        results = targets if self._is_sized else tuple(int(side * self.output_ratio) for side in shapes[0][1:])
        if 0 in results:
            words = f"{self.title} leaves nothing of {WORDS[self.sides]} of {in_words(shapes[0])} by this ratio."
            return Refusal(words, "output_size", 1)
        return self._room_refusal(shapes[0], results, most)

    def _room_refusal(self, grid: Shape, results: tuple[int, ...], most: Sequence[int]) -> Refusal | None:
        """Why so many windows find no place, of which single points would find at most so many."""
        extents = sides_of(self.kernel_size, self.sides)
        if all(result + extent - 1 <= place for result, extent, place in zip(results, extents, most, strict=True)):
            return None
        windows, each = sides_in_words(results, self.sides), self.in_words(self.kernel_size)
        words = f"{self.title} needs room for {windows} windows of {each} but receives {in_words(grid)}."
        if any(result > place for result, place in zip(results, most, strict=True)):
            return Refusal(words, "output_size", as_size(tuple(map(min, results, most))))
        fitting = (
            min(extent, place - result + 1) for extent, place, result in zip(extents, most, results, strict=True)
        )
        return Refusal(words, "kernel_size", as_size(tuple(fitting)))

    @property
    def _is_sized(self) -> bool:
        return not self.is_all(self.output_size, 0)


class AdaptivePool(Spatial, frozen=True):
    """Base of the layers that make a result of one size from an input of any."""

    listed = False
    family = FAMILY

    output_size: Size = size(1, low=1, help="Size of the result.")

    def module(self, *shapes: Shape) -> Call:
        return call(self.torch_name(), self.output_size)

    def summary(self) -> str:
        return f"to {self.in_words(self.output_size)}"


class MaxPool2d(MaxPool, frozen=True):
    """Keeps the largest value of each window, so that an image shrinks and small shifts do not matter."""

    sides = 2


class AvgPool2d(AvgPool, frozen=True):
    """Keeps the mean of each window, so that an image shrinks and noise evens out."""

    sides = 2


class AdaptiveAvgPool2d(AdaptivePool, frozen=True):
    """Averages an image of any size down to the size asked for; 1 gives one number per channel."""

    sides = 2
    formula = MEAN


class AdaptiveMaxPool2d(AdaptivePool, frozen=True):
    """Keeps the largest values of an image of any size in a result of the size asked for."""

    sides = 2
    formula = MAXIMUM


class GlobalPool(Layer, frozen=True):
    """Base of the layers that keep one value of each channel."""

    listed = False
    family = FAMILY
    accepts = CHANNELS


class GlobalAvgPool(GlobalPool, frozen=True):
    """Keeps the mean of each channel, as a flat list: how most convolutional networks end."""

    formula = r"y_c = \frac{1}{n} \sum_{i=1}^{n} x_{c,i}"

    def module(self, *shapes: Shape) -> Call:
        return call(".mean", call(".flatten", INPUT, 2), 2)


class GlobalMaxPool(GlobalPool, frozen=True):
    """Keeps the largest value of each channel, as a flat list: whether its pattern is anywhere at all."""

    formula = r"y_c = \max_i x_{c,i}"

    def module(self, *shapes: Shape) -> Call:
        return call(".amax", call(".flatten", INPUT, 2), 2)


class MaxPool1d(MaxPool, frozen=True):
    """Keeps the largest value of each window of a signal, so that it shortens and small shifts do not matter."""

    sides = 1


class MaxPool3d(MaxPool, frozen=True):
    """Keeps the largest value of each window of a volume, so that it shrinks and small shifts do not matter."""

    sides = 3


class AvgPool1d(AvgPool, frozen=True):
    """Keeps the mean of each window of a signal, so that it shortens and noise evens out."""

    sides = 1


class AvgPool3d(AvgPool, frozen=True):
    """Keeps the mean of each window of a volume, so that it shrinks and noise evens out."""

    sides = 3


class AdaptiveAvgPool1d(AdaptivePool, frozen=True):
    """Averages a signal of any length down to the length asked for."""

    sides = 1
    formula = MEAN


class AdaptiveAvgPool3d(AdaptivePool, frozen=True):
    """Averages a volume of any size down to the size asked for."""

    sides = 3
    formula = MEAN


class AdaptiveMaxPool1d(AdaptivePool, frozen=True):
    """Keeps the largest values of a signal of any length in a result of the length asked for."""

    sides = 1
    formula = MAXIMUM


class AdaptiveMaxPool3d(AdaptivePool, frozen=True):
    """Keeps the largest values of a volume of any size in a result of the size asked for."""

    sides = 3
    formula = MAXIMUM


class LPPool1d(LPPool, frozen=True):
    """Keeps the power sum of each window of a signal: between the sum and the largest value."""

    sides = 1


class LPPool2d(LPPool, frozen=True):
    """Keeps the power sum of each window of an image: between the sum and the largest value."""

    sides = 2


class LPPool3d(LPPool, frozen=True):
    """Keeps the power sum of each window of a volume: between the sum and the largest value."""

    sides = 3


class FractionalMaxPool2d(FractionalMaxPool, frozen=True):
    """Keeps the largest value of windows at random places, so that an image shrinks by any ratio."""

    sides = 2


class FractionalMaxPool3d(FractionalMaxPool, frozen=True):
    """Keeps the largest value of windows at random places, so that a volume shrinks by any ratio."""

    sides = 3


class MaxUnpool(Spatial, frozen=True):
    """Base of the layers that undo a MaxPool. The map that was pooled says where the values stood, and how many."""

    listed = False
    family = FAMILY
    inputs = 2
    formula = r"y_u = x_i \, [u = \mathrm{argmax}_{v \in W_i} z_v]"

    kernel_size: Size = size(2, low=1, help="Size of the window of the pooling to undo.")
    stride: Size = size(0, help="Its step between two windows; 0 means as wide as the window.")
    padding: Size = size(0, help="Its border; at most half the window.")

    def module(self, *shapes: Shape) -> Call:
        pooled = Value(1)
        window = {"stride": next(iter(strided(self.stride, self.sides)), None), "padding": self.padding or None}
        pooling = call(f"nn.functional.max_pool{self.sides}d", pooled, self.kernel_size, **window, return_indices=True)
        places, size = at(pooling, 1), call(".size", pooled)
        name = f"nn.functional.max_unpool{self.sides}d"
        return call(name, INPUT, places, self.kernel_size, **window, output_size=size)

    def summary(self) -> str:
        return self.pooling.summary()

    def refuses(self, *shapes: Shape) -> Refusal | None:
        values, pooled = shapes
        pooling = self.pooling
        if refusal := pooling.refuses(pooled):
            message = refusal.message.replace(pooling.title, self.title)
            return Refusal(message, refusal.setting, refusal.value)
        expected = self.placed(pooled)
        if values == expected:
            return None
        words = (
            f"{self.title} places values where a map of {in_words(pooled)} had its largest, which are "
            f"{in_words(expected)}, but its first input is {in_words(values)}."
        )
        window = as_size(tuple(max(1, side // places) for side, places in zip(pooled[1:], values[1:], strict=True)))
        fits = self.with_setting("kernel_size", window).placed(pooled) == values
        return Refusal(words, "kernel_size", window) if fits else Refusal(words)

    @property
    def pooling(self) -> MaxPool:
        """The layer that it undoes."""
        return _POOLS[self.sides](self.kernel_size, self.stride, self.padding)

    def placed(self, pooled: Shape) -> Shape:
        """The shape of the values that are placed, for the shape of the map that was pooled."""
        pads = sides_of(self.padding, self.sides)
        sides = zip(pooled[1:], pads, *self.pooling.window, strict=True)
        return pooled[0], *((side + 2 * pad - extent) // step + 1 for side, pad, extent, step in sides)


class MaxUnpool2d(MaxUnpool, frozen=True):
    """Puts each value of an image back where the largest stood in the map that was pooled, its second input."""

    sides = 2


class MaxUnpool1d(MaxUnpool, frozen=True):
    """Puts each value of a signal back where the largest stood in the map that was pooled, its second input."""

    sides = 1


class MaxUnpool3d(MaxUnpool, frozen=True):
    """Puts each value of a volume back where the largest stood in the map that was pooled, its second input."""

    sides = 3


_POOLS: dict[int, type[MaxPool]] = {1: MaxPool1d, 2: MaxPool2d, 3: MaxPool3d}


def strided(stride: Size, count: int) -> tuple[Size, ...]:
    """PyTorch's own default stride is the window, so that one is not written."""
    return () if 0 in sides_of(stride, count) else (stride,)
