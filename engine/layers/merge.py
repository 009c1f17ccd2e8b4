"""Layers that bring several branches together."""

from engine.call import INPUTS, Call, call
from engine.layers.layer import Layer, Refusal, in_words
from engine.spec import Shape, integer


class Add(Layer, frozen=True):
    """Adds its inputs value by value: the meeting point of a skip connection."""

    family = "Merge"
    formula = r"y = x_1 + x_2 + \dots"
    inputs = None

    def module(self, *shapes: Shape) -> Call:
        return call("+", INPUTS)

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if len(set(shapes)) > 1:
            return Refusal(f"Add needs inputs of one shape but receives {listed(shapes)}.")
        return None


class Concat(Layer, frozen=True):
    """Places its inputs one after the other."""

    family = "Merge"
    formula = r"y = [x_1, x_2, \dots]"
    inputs = None

    dim: int = integer(1, low=1, high=6, help="Dimension that grows; 1 is the channels of an image.")

    def module(self, *shapes: Shape) -> Call:
        return call("torch.cat", INPUTS, dim=self.dim)

    def summary(self) -> str:
        return "" if self.dim == 1 else f"along dimension {self.dim}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if self.dim > min(len(shape) for shape in shapes):
            return Refusal(f"Concat joins dimension {self.dim} but receives {listed(shapes)}.", "dim", 1)
        rests = {shape[: self.dim - 1] + shape[self.dim :] for shape in shapes}
        if len(rests) > 1 or len({len(shape) for shape in shapes}) > 1:
            return Refusal(
                f"Concat needs inputs that differ only in dimension {self.dim} but receives {listed(shapes)}."
            )
        return None


def listed(shapes: tuple[Shape, ...]) -> str:
    """``4×5 and 4×6``."""
    return " and ".join(in_words(shape) for shape in shapes)
