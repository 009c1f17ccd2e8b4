"""Layers that arrange the same values anew."""

import math

from engine.call import INPUT, Call, call, unless
from engine.layers.layer import Accepts, Layer, Refusal, dimension_refusal, in_words, sizes_in_words
from engine.spec import Shape, integer, shape

FAMILY = "Shape"
MOST_DIMENSIONS = 6
LARGEST_SIZE = 10_000_000
SEVERAL = Accepts("two or more dimensions", (2, 3, 4, 5, 6))


class Flatten(Layer, frozen=True):
    """Lays all values of a sample in one flat list, or joins some of its dimensions."""

    family = FAMILY
    formula = r"y = \mathrm{vec}(x)"

    start_dim: int = integer(1, low=1, high=MOST_DIMENSIONS, help="First dimension that is joined.")
    end_dim: int = integer(
        -1, low=-MOST_DIMENSIONS, high=MOST_DIMENSIONS, help="Last dimension that is joined; −1 means the last of all."
    )

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Flatten", start_dim=unless(self.start_dim, 1), end_dim=unless(self.end_dim, -1))

    def summary(self) -> str:
        if (self.start_dim, self.end_dim) == (1, -1):
            return ""
        return f"dimensions {self.start_dim} to {'last' if self.end_dim == -1 else self.end_dim}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        rank = len(shapes[0])
        end = self.end_dim if self.end_dim >= 0 else rank + 1 + self.end_dim
        if missing := dimension_refusal("Flatten", self.start_dim, shapes[0], "start_dim"):
            return missing
        if not self.start_dim <= end <= rank:
            words = f"Flatten joins dimensions {self.start_dim} to {self.end_dim} but receives {in_words(shapes[0])}."
            return Refusal(words, "end_dim", -1)
        return None


class Reshape(Layer, frozen=True):
    """Gives the values of a sample another shape, in the same order."""

    family = FAMILY
    formula = r"y_{1 \dots n} = x_{1 \dots n}"

    shape: Shape = shape(
        (-1,), low=-1, high=LARGEST_SIZE, help="Shape of a sample behind it; −1 stands for the size that is left."
    )

    def module(self, *shapes: Shape) -> Call:
        return call(".reshape", INPUT, -1, *whole(self.shape, math.prod(shapes[0])))

    def summary(self) -> str:
        return f"to {sizes_in_words(self.shape)}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return sizes_refusal("Reshape", "shape", self.shape, math.prod(shapes[0]), in_words(shapes[0]))


class Unflatten(Layer, frozen=True):
    """Divides one dimension into several: a flat list of 784 becomes 1×28×28."""

    family = FAMILY
    formula = r"y_{i, j} = x_{i n + j}"

    dim: int = integer(1, low=1, high=MOST_DIMENSIONS, help="Dimension that is divided; 1 is the first of a sample.")
    unflattened_size: Shape = shape(
        (1, -1), low=-1, high=LARGEST_SIZE, help="What it becomes; −1 stands for the size that is left."
    )

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Unflatten", self.dim, self.unflattened_size)

    def summary(self) -> str:
        return f"to {sizes_in_words(self.unflattened_size)}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if missing := dimension_refusal("Unflatten", self.dim, shapes[0]):
            return missing
        size = shapes[0][self.dim - 1]
        return sizes_refusal("Unflatten", "unflattened_size", self.unflattened_size, size, f"{size:,}")


class Permute(Layer, frozen=True):
    """Puts the dimensions into another order, such as the channels last."""

    family = FAMILY
    formula = r"y_{i_{d_1}, i_{d_2}, \dots} = x_{i_1, i_2, \dots}"

    dims: Shape = shape(
        (),
        high=MOST_DIMENSIONS,
        help="The new order: 2 × 3 × 1 puts the first dimension last. Leave it empty to turn the order round.",
    )

    def module(self, *shapes: Shape) -> Call:
        order = self.dims or range(len(shapes[0]), 0, -1)
        return call(".permute", INPUT, 0, *order)

    def summary(self) -> str:
        return f"to {', '.join(map(str, self.dims))}" if self.dims else "turned round"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if self.dims and sorted(self.dims) != list(range(1, len(shapes[0]) + 1)):
            words = f"Permute names the dimensions {sizes_in_words(self.dims)} but receives {in_words(shapes[0])}."
            return Refusal(words, "dims", ())
        return None


class Transpose(Layer, frozen=True):
    """Swaps two dimensions, such as the steps and the features of a sequence."""

    family = FAMILY
    accepts = SEVERAL
    formula = r"y = x^T"

    dim0: int = integer(1, low=1, high=MOST_DIMENSIONS, help="One dimension; 1 is the first of a sample.")
    dim1: int = integer(2, low=1, high=MOST_DIMENSIONS, help="The dimension that it changes places with.")

    def module(self, *shapes: Shape) -> Call:
        return call(".transpose", INPUT, self.dim0, self.dim1)

    def summary(self) -> str:
        return f"{self.dim0} and {self.dim1}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        rank = len(shapes[0])
        words = f"Transpose swaps dimensions {self.dim0} and {self.dim1} but receives {in_words(shapes[0])}."
        if self.dim0 > rank:
            return Refusal(words, "dim0", 1 if self.dim1 == rank else rank)
        return Refusal(words, "dim1", 1 if self.dim0 == rank else rank) if self.dim1 > rank else None


class Squeeze(Layer, frozen=True):
    """Drops dimensions of size 1, so that 10×1×1 becomes 10."""

    family = FAMILY
    formula = r"y_i = x_{i, 1}"

    dim: int = integer(0, high=MOST_DIMENSIONS, help="Dimension of size 1 that is dropped; 0 drops all of them.")

    def module(self, *shapes: Shape) -> Call:
        ones = _ones(shapes[0])
        return call(".squeeze", INPUT, dim=self.dim or (ones[0] if len(ones) == 1 else ones))

    def summary(self) -> str:
        return f"dimension {self.dim}" if self.dim else ""

    def refuses(self, *shapes: Shape) -> Refusal | None:
        ones = _ones(shapes[0])
        if self.dim in ones or (ones and not self.dim):
            return None
        which = f"dimension {self.dim} of size 1" if self.dim else "dimensions of size 1"
        words = f"Squeeze drops {which} but receives {in_words(shapes[0])}."
        return Refusal(words, "dim", ones[0]) if ones else Refusal(words)


class Unsqueeze(Layer, frozen=True):
    """Adds a dimension of size 1, so that a flat list of 10 becomes 1×10."""

    family = FAMILY
    formula = r"y_{1, i} = x_i"

    dim: int = integer(1, low=1, high=MOST_DIMENSIONS, help="Where it stands; 1 puts it before all others.")

    def module(self, *shapes: Shape) -> Call:
        return call(".unsqueeze", INPUT, self.dim)

    def summary(self) -> str:
        return f"dimension {self.dim}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        rank = len(shapes[0])
        if self.dim <= rank + 1:
            return None
        words = f"Unsqueeze adds dimension {self.dim} but receives {in_words(shapes[0])}."
        return Refusal(words, "dim", rank + 1)


def whole(sizes: Shape, total: int) -> Shape:
    """The sizes with the one that is left open, −1, worked out."""
    known = math.prod(size for size in sizes if size != -1)
    return tuple(total // known if size == -1 else size for size in sizes)


def sizes_refusal(title: str, setting: str, sizes: Shape, total: int, received: str) -> Refusal | None:
    """Why so many values cannot have these sizes; None: they can."""
    if sizes.count(-1) > 1:
        return Refusal(f"{title} can leave open one size, not {sizes.count(-1)}.", setting, (1, -1))
    if not sizes or 0 in sizes:
        return Refusal(f"{title} needs sizes of 1 or more, or −1 for the one that is left.", setting, (1, -1))
    if total and math.prod(whole(sizes, total)) == total:
        return None
    words = f"{title} makes {sizes_in_words(sizes)} but receives {received}, which is another number of values."
    others = sizes[:-1]
    divides = -1 not in others and total % math.prod(others) == 0
    return Refusal(words, setting, (*others, -1) if divides else (1, -1))


def _ones(sizes: Shape) -> Shape:
    return tuple(number for number, size in enumerate(sizes, 1) if size == 1)
