"""Layers that slide learned filters over a signal, an image or a volume."""

from typing import Any

from engine.call import Call, call, unless
from engine.layers.layer import Refusal, as_size, in_words, sides_of
from engine.layers.spatial import WORDS, Spatial, Windowed, first, groups_refusal, window_refusal
from engine.layers.weighted import SingleWeight
from engine.spec import Border, Shape, Size, border, choice, flag, integer, size

FAMILY = "Convolution"


class Sliding(Windowed, SingleWeight, frozen=True):
    """Base of the layers that slide filters over their input."""

    listed = False
    family = FAMILY

    out_channels: int = integer(32, low=1, help="Number of filters.")
    kernel_size: Size = size(3, low=1, help="Size of each filter.")
    stride: Size = size(1, low=1, help="Step between two positions.")
    padding: Border = border(0, help="Border around the input, or “same” to keep the size.")
    dilation: Size = size(1, low=1, help="Distance between the points that a filter looks at.")
    bias: bool = flag(True, help="Add a learned constant per filter.")
    padding_mode: str = choice(
        *("zeros", "reflect", "replicate", "circular"),
        help="What the border holds: zeros, the input mirrored, its edge again, or its other end.",
    )

    @property
    def equation(self) -> str:
        return self.formula if self.bias else without_constant(self.formula)

    @property
    def window(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        gaps, extents = sides_of(self.dilation, self.sides), sides_of(self.kernel_size, self.sides)
        spans = tuple(gap * (extent - 1) + 1 for gap, extent in zip(gaps, extents, strict=True))
        return spans, sides_of(self.stride, self.sides)

    def summary(self) -> str:
        words = [self.filters_in_words(), self.in_words(self.kernel_size)]
        if not self.is_all(self.stride, 1):
            words.append(f"stride {self.in_words(self.stride)}")
        if isinstance(self.padding, str):
            words.append("same size")
        elif not self.is_all(self.padding, 0):
            words.append(f"padding {self.in_words(self.padding)}")
        return ", ".join(words)

    def filters_in_words(self) -> str:
        """How many filters there are."""
        return f"{self.out_channels:,} filters"

    def options(self) -> dict[str, Any]:
        """The options of its module that differ from PyTorch's own defaults; None: as PyTorch has it."""
        return {
            "stride": unless(self.stride, 1),
            "padding": unless(self.padding, 0),
            "dilation": unless(self.dilation, 1),
            "bias": unless(self.bias, True),
            "padding_mode": unless(self.padding_mode, "zeros"),
        }

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if isinstance(self.padding, int | tuple):
            window = window_refusal(self, shapes[0], self.kernel_size, self.padding, self.dilation)
            return window or self._border_refusal(shapes[0], sides_of(self.padding, self.sides))
        if not self.is_all(self.stride, 1):
            return Refusal(f"{self.title} keeps the size by its padding “same”, so its stride must be 1.", "stride", 1)
        return self._border_refusal(shapes[0], tuple(span // 2 for span in self.window[0]))

    def _border_refusal(self, grid: Shape, pads: tuple[int, ...]) -> Refusal | None:
        """Why the input is too small to fill the border from."""
        spare = {"reflect": 1, "circular": 0}.get(self.padding_mode)
        if spare is None or all(pad <= side - spare for pad, side in zip(pads, grid[1:], strict=True)):
            return None
        what = f"{WORDS[self.sides]} of only {in_words(grid)}"
        return Refusal(f"{self.title} fills a border of {self.in_words(pads)} from {what}.", "padding_mode", "zeros")


class Convolution(Sliding, frozen=True):
    """Base of the plain convolutions."""

    listed = False
    formula = r"y_k = b_k + \sum_c w_{k,c} \star x_c"

    groups: int = integer(1, low=1, help="Parts that the channels are divided into; each filter sees one part.")

    def module(self, *shapes: Shape) -> Call:
        groups = unless(self.groups, 1)
        return call(
            self.torch_name(), shapes[0][0], self.out_channels, self.kernel_size, groups=groups, **self.options()
        )

    def refuses(self, *shapes: Shape) -> Refusal | None:
        channels = groups_refusal(self.title, shapes[0][0], "channels", self.groups)
        filters = groups_refusal(self.title, self.out_channels, "filters", self.groups)
        return channels or filters or super().refuses(*shapes)


class Depthwise(Sliding, frozen=True):
    """Base of the convolutions that look at each channel by itself."""

    listed = False
    formula = r"y_{c,k} = b_{c,k} + w_{c,k} \star x_c"

    out_channels: int = integer(0, help="Number of filters, as many for each channel; 0 means one for each.")

    def module(self, *shapes: Shape) -> Call:
        channels, filters = shapes[0][0], self.out_channels or shapes[0][0]
        return call(f"nn.Conv{self.sides}d", channels, filters, self.kernel_size, groups=channels, **self.options())

    def filters_in_words(self) -> str:
        return super().filters_in_words() if self.out_channels else "a filter each"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if self.out_channels % shapes[0][0]:
            words = f"{self.title} has as many filters for each channel: {self.out_channels} cannot be divided among"
            return Refusal(f"{words} {shapes[0][0]} channels.", "out_channels", 0)
        return super().refuses(*shapes)


class Separable(Sliding, frozen=True):
    """Base of the convolutions that look at each channel by itself, and then mix them."""

    listed = False
    is_plain = False
    formula = r"y_k = b_k + \sum_c v_{k,c} \, (w_c \star x_c)"

    def module(self, *shapes: Shape) -> Call:
        name = f"modules.{type(self).__name__}"
        return call(name, shapes[0][0], self.out_channels, self.kernel_size, **self.options())


class Conv2d(Convolution, frozen=True):
    """Slides small learned filters over an image and answers where each pattern is found."""

    sides = 2


class Conv1d(Convolution, frozen=True):
    """Slides short learned filters over a signal and answers where each pattern is found."""

    sides = 1


class Conv3d(Convolution, frozen=True):
    """Slides small learned filters over a volume, or a film, and answers where each pattern is found."""

    sides = 3


class DepthwiseConv2d(Depthwise, frozen=True):
    """Slides filters of its own over each channel of an image, and mixes no channels: cheap, mostly before a 1 × 1."""

    sides = 2


class DepthwiseConv1d(Depthwise, frozen=True):
    """Slides filters of its own over each channel of a signal, and mixes no channels: cheap."""

    sides = 1


class SeparableConv2d(Separable, frozen=True):
    """Looks at each channel of an image by itself, then mixes them: nearly a convolution, at a tenth of the cost."""

    sides = 2


class SeparableConv1d(Separable, frozen=True):
    """Looks at each channel of a signal by itself, then mixes the channels: nearly a convolution, at less cost."""

    sides = 1


class ConvTranspose(Spatial, SingleWeight, frozen=True):
    """Base of the convolutions run backwards."""

    listed = False
    family = FAMILY
    formula = r"y_k = b_k + \sum_c w_{c,k} \ast x_c^{\uparrow s}"

    out_channels: int = integer(32, low=1, help="Number of filters.")
    kernel_size: Size = size(2, low=1, help="Size of each filter.")
    stride: Size = size(2, low=1, help="Distance between the places that two values are written to.")
    padding: Size = size(0, help="How much is cut off at each border of the result.")
    output_padding: Size = size(0, help="How much the far border of the result is moved out; less than the stride.")
    groups: int = integer(1, low=1, help="Parts that the channels are divided into; each filter sees one part.")
    bias: bool = flag(True, help="Add a learned constant per filter.")
    dilation: Size = size(1, low=1, help="Distance between the points that a filter writes to.")

    @property
    def equation(self) -> str:
        return self.formula if self.bias else without_constant(self.formula)

    def module(self, *shapes: Shape) -> Call:
        return call(
            self.torch_name(),
            shapes[0][0],
            self.out_channels,
            self.kernel_size,
            stride=unless(self.stride, 1),
            padding=unless(self.padding, 0),
            output_padding=unless(self.output_padding, 0),
            groups=unless(self.groups, 1),
            bias=unless(self.bias, True),
            dilation=unless(self.dilation, 1),
        )

    def summary(self) -> str:
        words = [f"{self.out_channels:,} filters", self.in_words(self.kernel_size)]
        if not self.is_all(self.stride, 1):
            words.append(f"stride {self.in_words(self.stride)}")
        if not self.is_all(self.padding, 0):
            words.append(f"padding {self.in_words(self.padding)}")
        return ", ".join(words)

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return first(
            [
                groups_refusal(self.title, shapes[0][0], "channels", self.groups),
                groups_refusal(self.title, self.out_channels, "filters", self.groups),
                self._output_padding_refusal(),
                self._empty_refusal(shapes[0]),
            ]
        )

    def _output_padding_refusal(self) -> Refusal | None:
        more, strides, gaps = (sides_of(each, self.sides) for each in (self.output_padding, self.stride, self.dilation))
        # PyTorch compares with the larger of the two.
        largest = tuple(max(stride, gap) - 1 for stride, gap in zip(strides, gaps, strict=True))
        if all(each <= most for each, most in zip(more, largest, strict=True)):
            return None
        words = f"{self.title}'s output padding of {self.in_words(self.output_padding)} must be less than its stride."
        return Refusal(words, "output_padding", as_size(tuple(map(min, more, largest))))

    def _empty_refusal(self, grid: Shape) -> Refusal | None:
        settings = (self.kernel_size, self.stride, self.padding, self.output_padding, self.dilation)
        sides = zip(grid[1:], *(sides_of(each, self.sides) for each in settings), strict=True)
        left = [
            (side - 1) * stride - 2 * pad + gap * (extent - 1) + more + 1
            for side, extent, stride, pad, more, gap in sides
        ]
        if min(left) >= 1:
            return None
        words = f"{self.title} cuts off more than it makes of {WORDS[self.sides]} of {in_words(grid)}."
        return Refusal(words, "padding", 0)


class ConvTranspose2d(ConvTranspose, frozen=True):
    """A convolution run backwards: each value paints a small learned pattern, so that an image grows."""

    sides = 2


class ConvTranspose1d(ConvTranspose, frozen=True):
    """A convolution run backwards: each value paints a short learned pattern, so that a signal grows."""

    sides = 1


class ConvTranspose3d(ConvTranspose, frozen=True):
    """A convolution run backwards: each value paints a small learned pattern, so that a volume grows."""

    sides = 3


def without_constant(formula: str) -> str:
    """The formula of a layer that has no bias."""
    return formula.replace("b_k + ", "").replace("b_{c,k} + ", "")
