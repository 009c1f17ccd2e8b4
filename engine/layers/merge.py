"""Layers that bring several branches together."""

from typing import ClassVar

from engine.call import INPUTS, Call, Value, call
from engine.layers.layer import Accepts, Layer, Refusal, in_words
from engine.spec import Shape, flag, integer

FAMILY = "Merge and arithmetic"
MATRICES = Accepts("two or more dimensions", (2, 3, 4, 5, 6))


class Elementwise(Layer, frozen=True):
    """Base of the layers that join their inputs value by value. A dimension of size 1 meets all of another."""

    listed = False
    family = FAMILY
    inputs = None

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if meeting(shapes) is None:
            return Refusal(f"{self.title} needs inputs of one shape but receives {listed(shapes)}.")
        return None


class Operation(Elementwise, frozen=True):
    """Base of the layers that put an operator of Python between their inputs."""

    listed = False
    operator: ClassVar[str]

    def module(self, *shapes: Shape) -> Call:
        return call(self.operator, INPUTS)


class Add(Operation, frozen=True):
    """Adds its inputs value by value: the meeting point of a skip connection."""

    formula = r"y = x_1 + x_2 + \dots"
    operator = "+"


class Subtract(Operation, frozen=True):
    """Takes the second input from the first, value by value."""

    formula = r"y = x_1 - x_2"
    inputs = 2
    operator = "-"


class Multiply(Operation, frozen=True):
    """Multiplies its inputs value by value: one branch opens and closes the gates of another."""

    formula = r"y = x_1 \odot x_2 \odot \dots"
    operator = "*"


class Divide(Operation, frozen=True):
    """Divides the first input by the second, value by value."""

    formula = r"y = \frac{x_1}{x_2}"
    inputs = 2
    operator = "/"


class Average(Elementwise, frozen=True):
    """Averages its inputs value by value, as when several networks vote."""

    formula = r"y = \frac{1}{n} (x_1 + \dots + x_n)"

    def module(self, *shapes: Shape) -> Call:
        return call("/", call("+", INPUTS), len(shapes))


class Maximum(Elementwise, frozen=True):
    """Keeps the largest of its inputs, value by value."""

    formula = r"y = \max(x_1, x_2, \dots)"

    def module(self, *shapes: Shape) -> Call:
        return folded("torch.maximum", len(shapes))


class Minimum(Elementwise, frozen=True):
    """Keeps the smallest of its inputs, value by value."""

    formula = r"y = \min(x_1, x_2, \dots)"

    def module(self, *shapes: Shape) -> Call:
        return folded("torch.minimum", len(shapes))


class Concat(Layer, frozen=True):
    """Places its inputs one after the other."""

    family = FAMILY
    formula = r"y = [x_1, x_2, \dots]"
    inputs = None

    dim: int = integer(1, low=1, high=6, help="Dimension that grows; 1 is the channels of an image.")

    def module(self, *shapes: Shape) -> Call:
        return call("torch.cat", INPUTS, dim=self.dim)

    def summary(self) -> str:
        return "" if self.dim == 1 else f"along dimension {self.dim}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if joined_along(shapes, self.dim):
            return None
        if self.dim > min(len(shape) for shape in shapes):
            words = f"Concat joins dimension {self.dim} but receives {listed(shapes)}."
        else:
            words = f"Concat needs inputs that differ only in dimension {self.dim} but receives {listed(shapes)}."
        fitting = next((dim for dim in range(1, len(shapes[0]) + 1) if joined_along(shapes, dim)), None)
        return Refusal(words, "dim" if fitting else "", fitting)


class Stack(Layer, frozen=True):
    """Places its inputs side by side along a new dimension."""

    family = FAMILY
    formula = r"y_{i} = x_i"
    inputs = None

    dim: int = integer(1, low=1, high=6, help="Where the new dimension stands; 1 puts it before all others.")

    def module(self, *shapes: Shape) -> Call:
        return call("torch.stack", INPUTS, dim=self.dim)

    def summary(self) -> str:
        return "" if self.dim == 1 else f"dimension {self.dim}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if len(set(shapes)) > 1:
            return Refusal(f"Stack needs inputs of one shape but receives {listed(shapes)}.")
        rank = len(shapes[0])
        if self.dim > rank + 1:
            return Refusal(f"Stack adds dimension {self.dim} but receives {listed(shapes)}.", "dim", rank + 1)
        return None


class MatMul(Layer, frozen=True):
    """Multiplies two matrices: each row of the first meets each column of the second."""

    family = FAMILY
    accepts = MATRICES
    formula = r"y = x_1 x_2"
    inputs = 2

    transpose: bool = flag(False, help="Turn the second one first, so that rows meet rows.")

    def module(self, *shapes: Shape) -> Call:
        second = call(".transpose", Value(1), -2, -1) if self.transpose else Value(1)
        return call("@", Value(0), second)

    def summary(self) -> str:
        return "second one turned" if self.transpose else ""

    def refuses(self, *shapes: Shape) -> Refusal | None:
        first, second = shapes[:2]
        received = listed((first, second))
        if len(first) != len(second) or meeting((first[:-2], second[:-2])) is None:
            return Refusal(f"MatMul needs as many matrices of one as of the other but receives {received}.")
        rows, columns = (second[-1], second[-2]) if self.transpose else (second[-2], second[-1])
        if first[-1] == rows:
            return None
        words = f"MatMul needs as many columns in the first as rows in the second but receives {received}."
        return Refusal(words, "transpose", not self.transpose) if first[-1] == columns else Refusal(words)


class Dot(Layer, frozen=True):
    """Multiplies two inputs value by value and adds up: how much alike they are."""

    family = FAMILY
    formula = r"y = \sum_i x_{1, i} \, x_{2, i}"
    inputs = 2

    normalize: bool = flag(False, help="Divide by their lengths, so that only their direction counts: from −1 to 1.")

    def module(self, *shapes: Shape) -> Call:
        if self.normalize:
            alike = call("nn.functional.cosine_similarity", Value(0), Value(1), dim=-1)
            return call(".unsqueeze", alike, -1)
        return call(".sum", call("*", Value(0), Value(1)), dim=-1, keepdim=True)

    def summary(self) -> str:
        return "cosine" if self.normalize else ""

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if shapes[0] and shapes[0] == shapes[1]:
            return None
        return Refusal(f"Dot needs two inputs of one shape but receives {listed(shapes[:2])}.")


def joined_along(shapes: tuple[Shape, ...], dim: int) -> bool:
    """Whether inputs can stand one after the other along a dimension: they have it, and agree in all others."""
    rests = {shape[: dim - 1] + shape[dim:] for shape in shapes}
    return len(rests) == 1 and len({len(shape) for shape in shapes}) == 1 and dim <= len(shapes[0])


def folded(function: str, count: int) -> Call:
    """A function of two, applied to the first two inputs, then to that and the third …"""
    answer = call(function, Value(0), Value(1))
    for number in range(2, count):
        answer = call(function, answer, Value(number))
    return answer


def meeting(shapes: tuple[Shape, ...]) -> Shape | None:
    """The shape in which inputs meet: of each dimension the size that is not 1. None: they do not meet."""
    if len({len(shape) for shape in shapes}) > 1:
        return None
    sizes = [{size for size in same if size != 1} for same in zip(*shapes, strict=True)]
    return None if any(len(size) > 1 for size in sizes) else tuple(max(size, default=1) for size in sizes)


def listed(shapes: tuple[Shape, ...]) -> str:
    """``4×5 and 4×6``."""
    return " and ".join(in_words(shape) for shape in shapes)
