"""Layers that slide learned filters over their input."""

from engine.call import Call, call, unless
from engine.layers.layer import IMAGE, Refusal, pair_in_words, pair_of, window_refusal
from engine.layers.weighted import SingleWeight
from engine.spec import Padding, Pair, Shape, flag, integer, padding, pair


class Conv2d(SingleWeight, frozen=True):
    """Slides small learned filters over an image and answers where each pattern is found."""

    family = "Convolution"
    accepts = IMAGE
    formula = r"y_k = b_k + \sum_c w_{k,c} \star x_c"

    out_channels: int = integer(32, low=1, help="Number of filters.")
    kernel_size: Pair = pair(3, low=1, help="Height and width of each filter.")
    stride: Pair = pair(1, low=1, help="Step between two positions.")
    padding: Padding = padding(0, help="Zeros around the border, or “same” to keep the size.")
    dilation: Pair = pair(1, low=1, help="Distance between the points that a filter looks at.")
    groups: int = integer(1, low=1, help="Parts that the channels are divided into; each filter sees one part.")
    bias: bool = flag(True, help="Add a learned constant per filter.")

    @property
    def equation(self) -> str:
        return self.formula if self.bias else self.formula.replace("b_k + ", "")

    def module(self, *shapes: Shape) -> Call:
        return call(
            "nn.Conv2d",
            shapes[0][0],
            self.out_channels,
            self.kernel_size,
            stride=unless(self.stride, 1),
            padding=unless(self.padding, 0),
            dilation=unless(self.dilation, 1),
            groups=unless(self.groups, 1),
            bias=unless(self.bias, True),
        )

    def summary(self) -> str:
        words = [f"{self.out_channels:,} filters", pair_in_words(self.kernel_size)]
        if pair_of(self.stride) != (1, 1):
            words.append(f"stride {pair_in_words(self.stride)}")
        if self.padding == "same":
            words.append("same size")
        elif pair_of(self.padding) != (0, 0):
            words.append(f"padding {pair_in_words(self.padding)}")
        return ", ".join(words)

    def refuses(self, *shapes: Shape) -> Refusal | None:
        image = shapes[0]
        if image[0] % self.groups:
            return Refusal(f"{image[0]} channels cannot be divided into {self.groups} equal groups.", "groups", 1)
        if self.out_channels % self.groups:
            return Refusal(
                f"{self.out_channels} filters cannot be divided into {self.groups} equal groups.", "groups", 1
            )
        if self.padding == "same":
            if pair_of(self.stride) != (1, 1):
                return Refusal("Padding “same” keeps the size, so the stride must be 1.", "stride", 1)
            return None
        return window_refusal("Conv2d", image, self.kernel_size, self.padding, self.dilation)
