"""Layers that say how alike two inputs are."""

from typing import Any

from engine.call import Call, Value, applied, call, unless
from engine.layers.layer import VALUES, Layer, Refusal, dimension_refusal, in_words
from engine.layers.merge import FAMILY
from engine.spec import Shape, integer, number


class Comparing(Layer, frozen=True):
    """Base of those that compare two inputs of one shape. Of two flat lists they make a list of one number."""

    listed = False
    family = FAMILY
    accepts = VALUES
    inputs = 2

    def refuses(self, *shapes: Shape) -> Refusal | None:
        first, second = shapes
        if first != second:
            words = f"{self.title} compares inputs of one shape but receives {in_words(first)} and {in_words(second)}."
            return Refusal(words)
        return None


class CosineSimilarity(Comparing, frozen=True):
    """Says how far two inputs point the same way: 1 the same, 0 nothing in common, −1 opposite."""

    formula = r"y = \frac{x_1 \cdot x_2}{\max(\|x_1\| \, \|x_2\|, \epsilon)}"

    dim: int = integer(1, low=1, high=6, help="Dimension that holds the vectors to compare; 1 is the first.")
    eps: float = number(1e-8, low=1e-12, high=1, help="Least divisor, so that nothing is divided by zero.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.CosineSimilarity", dim=self.dim, eps=unless(self.eps, 1e-8))

    def use(self, *shapes: Shape) -> Call | None:
        alone = len(shapes[0]) == 1
        return call(".unsqueeze", applied(Value(0), Value(1)), 1) if alone else None

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return dimension_refusal(self.title, self.dim, shapes[0]) or super().refuses(*shapes)


class PairwiseDistance(Comparing, frozen=True):
    """Says how far two inputs lie apart; of sequences or images, along the last dimension."""

    formula = r"y = \left(\sum_i |x_{1,i} - x_{2,i} + \epsilon|^p\right)^{1/p}"

    p: float = number(2.0, low=1, high=100, help="Power: 2 for the straight way, 1 for the way along the axes.")
    eps: float = number(1e-6, low=1e-12, high=1, help="Added to each difference, so that the gradient exists.")

    def module(self, *shapes: Shape) -> Call:
        keepdim: Any = len(shapes[0]) == 1 or None
        return call("nn.PairwiseDistance", self.p, eps=unless(self.eps, 1e-6), keepdim=keepdim)
