"""Layers that make an image finer or coarser, cut it into patches, or trade channels for size. They learn nothing."""

from math import prod

from engine.call import Call, call, unless
from engine.layers.layer import CHANNELS, IMAGE, Accepts, Layer, Refusal, in_words, pair_in_words, pair_of
from engine.layers.spatial import WORDS, groups_refusal, window_refusal
from engine.spec import Pair, Shape, choice, flag, integer, number, pair, shape

FAMILY = "Convolution"

ALIGNED = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}
"""The modes that weigh neighbours, and how many sides they are for."""

MEANT = {1: "linear", 2: "bilinear", 3: "trilinear"}


class Upsample(Layer, frozen=True):
    """Makes a signal, an image or a volume larger: repeats its values, or puts new ones between them."""

    family = FAMILY
    accepts = CHANNELS
    formula = r"y_u = x_{\lfloor u / s \rfloor}"

    scale_factor: float = number(2.0, low=0.01, high=64, help="How many times larger the result is.")
    size: Shape = shape((), help="Size of the result, such as 32×32. Leave it empty to go by the scale factor.")
    mode: str = choice(
        "nearest",
        *("nearest-exact", "linear", "bilinear", "bicubic", "trilinear"),
        help="Repeat the nearest value, or weigh the neighbours: linear for signals, bilinear or bicubic for images.",
    )
    align_corners: bool = flag(False, help="Let the corners keep their values; of modes that weigh neighbours.")

    def module(self, *shapes: Shape) -> Call:
        whole = int(self.scale_factor) if self.scale_factor.is_integer() else self.scale_factor
        return call(
            "nn.Upsample",
            size=self.size or None,
            scale_factor=None if self.size else whole,
            mode=unless(self.mode, "nearest"),
            align_corners=unless(self.align_corners, False) if self.mode in ALIGNED else None,
        )

    def summary(self) -> str:
        words = f"to {in_words(self.size)}" if self.size else f"{self.scale_factor:g} times"
        return words if self.mode == "nearest" else f"{words}, {self.mode}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        grid = shapes[0][1:]
        sides = len(grid)
        if self.mode in ALIGNED and ALIGNED[self.mode] != sides:
            words = f"Upsample cannot make {WORDS[sides]} of {in_words(shapes[0])} larger by the mode “{self.mode}”."
            return Refusal(words, "mode", MEANT[sides])
        if self.size and len(self.size) != sides:
            words = f"Upsample's size {in_words(self.size)} is not one for {WORDS[sides]} of {in_words(shapes[0])}."
            return Refusal(words, "size", grid)
        if not self.size and any(int(side * self.scale_factor) < 1 for side in grid):
            words = f"Upsample leaves nothing of {in_words(shapes[0])} with a factor of {self.scale_factor:g}."
            return Refusal(words, "scale_factor", 1.0)
        return None


class PixelShuffle(Layer, frozen=True):
    """Lays channels side by side as pixels, so that an image grows: the end of many networks that sharpen images."""

    family = FAMILY
    accepts = IMAGE
    formula = r"(c \, r^2) \times h \times w \to c \times (r h) \times (r w)"

    upscale_factor: int = integer(2, low=1, high=64, help="How many times higher and wider the image becomes.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.PixelShuffle", self.upscale_factor)

    def summary(self) -> str:
        return f"{self.upscale_factor} times"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        needed = self.upscale_factor**2
        if shapes[0][0] % needed:
            words = (
                f"PixelShuffle makes one channel of every {needed}, which {shapes[0][0]} channels do not divide into."
            )
            return Refusal(words, "upscale_factor", 1)
        return None


class PixelUnshuffle(Layer, frozen=True):
    """Lays neighbouring pixels behind each other as channels, so that an image shrinks and nothing is lost."""

    family = FAMILY
    accepts = IMAGE
    formula = r"c \times (r h) \times (r w) \to (c \, r^2) \times h \times w"

    downscale_factor: int = integer(2, low=1, high=64, help="How many times lower and narrower the image becomes.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.PixelUnshuffle", self.downscale_factor)

    def summary(self) -> str:
        return f"{self.downscale_factor} times"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if any(side % self.downscale_factor for side in shapes[0][1:]):
            words = f"PixelUnshuffle cannot divide an image of {in_words(shapes[0])} into squares of"
            return Refusal(f"{words} {pair_in_words(self.downscale_factor)}.", "downscale_factor", 1)
        return None


class ChannelShuffle(Layer, frozen=True):
    """Deals the channels of several groups out in turn, so that what each group found reaches all others."""

    family = FAMILY
    accepts = CHANNELS
    formula = r"y_{k g + j} = x_{j n + k}, \quad n = c / g"

    groups: int = integer(2, low=1, help="Number of groups.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.ChannelShuffle", self.groups)

    def summary(self) -> str:
        return f"{self.groups} groups"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return groups_refusal(self.title, shapes[0][0], "channels", self.groups)


class Unfold(Layer, frozen=True):
    """Cuts an image into patches that may overlap, and lays each out as a column of numbers."""

    family = FAMILY
    accepts = IMAGE
    formula = r"y_{(c,u),i} = x_{c,\, s i + u}"

    kernel_size: Pair = pair(3, low=1, help="Height and width of a patch.")
    dilation: Pair = pair(1, low=1, help="Distance between the points of a patch.")
    padding: Pair = pair(0, help="Zeros around the image.")
    stride: Pair = pair(1, low=1, help="Step between two patches.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Unfold", self.kernel_size, **_patch_options(self))

    def summary(self) -> str:
        return f"patches of {pair_in_words(self.kernel_size)}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return window_refusal(self, shapes[0], self.kernel_size, self.padding, self.dilation)


class Fold(Layer, frozen=True):
    """Puts columns of numbers back as patches of an image; where patches overlap, they are added up."""

    family = FAMILY
    accepts = Accepts("patches as columns (numbers of a patch × patches)", (2,))
    formula = r"y_{c,v} = \sum_{s i + u = v} x_{(c,u),i}"

    output_size: Pair = pair(8, low=1, help="Height and width of the image.")
    kernel_size: Pair = pair(2, low=1, help="Height and width of a patch.")
    dilation: Pair = pair(1, low=1, help="Distance between the points of a patch.")
    padding: Pair = pair(0, help="Border of the image that is cut off.")
    stride: Pair = pair(2, low=1, help="Step between two patches.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Fold", self.output_size, self.kernel_size, **_patch_options(self))

    def summary(self) -> str:
        return f"to {pair_in_words(self.output_size)}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        numbers, patches = shapes[0]
        each = prod(pair_of(self.kernel_size))
        if numbers % each:
            words = (
                f"Fold makes patches of {pair_in_words(self.kernel_size)}, which are {each} numbers for each channel"
            )
            return Refusal(f"{words}, but receives columns of {numbers}.", "kernel_size", 1)
        image = (1, *pair_of(self.output_size))
        if refusal := window_refusal(self, image, self.kernel_size, self.padding, self.dilation):
            size = pair_in_words(self.output_size)
            words = f"Fold's patches of {pair_in_words(self.kernel_size)} are larger than its image of {size}."
            return Refusal(words, refusal.setting, refusal.value)
        expected = prod(self._places())
        if patches != expected:
            words = f"Fold fills an image of {pair_in_words(self.output_size)} with {expected:,} patches"
            return Refusal(f"{words} but receives {patches:,}.", *self._fitting(patches))
        return None

    def _places(self) -> tuple[int, ...]:
        """How many patches stand below and beside each other."""
        settings = (self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)
        sides = zip(*map(pair_of, settings), strict=True)
        return tuple((side + 2 * pad - gap * (each - 1) - 1) // step + 1 for side, each, gap, pad, step in sides)

    def _fitting(self, patches: int) -> tuple[str, Pair | None]:
        """The setting that makes room for a square of so many patches; none where they are no square."""
        root = round(patches**0.5)
        if root**2 != patches:
            return "", None
        settings = (self.kernel_size, self.dilation, self.padding, self.stride)
        sides = zip(*map(pair_of, settings), strict=True)
        height, width = ((root - 1) * step - 2 * pad + gap * (each - 1) + 1 for each, gap, pad, step in sides)
        if not 1 <= min(height, width) <= max(height, width) <= 4096:
            return "", None
        return "output_size", height if height == width else (height, width)


def _patch_options(layer: Unfold | Fold) -> dict[str, Pair | None]:
    return {
        "dilation": unless(layer.dilation, 1),
        "padding": unless(layer.padding, 0),
        "stride": unless(layer.stride, 1),
    }
