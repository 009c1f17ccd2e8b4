"""Layers that make a sequence of an image, and tell its steps where they stand."""

from typing import Any

from engine.call import INPUT, Call, applied, call
from engine.layers.layer import (
    IMAGE,
    SEQUENCE,
    Layer,
    Refusal,
    in_words,
    largest_divisor,
    pair_in_words,
    pair_of,
)
from engine.layers.weighted import SingleWeight, Weighted
from engine.spec import Pair, Shape, integer, number, pair

FAMILY = "Attention"


class PatchEmbedding(SingleWeight, frozen=True):
    """Cuts an image into patches and makes each a step of a sequence: how a transformer reads images."""

    family = FAMILY
    accepts = IMAGE
    formula = r"y_t = W \, \mathrm{vec}(patch_t) + b"

    embed_dim: int = integer(768, low=1, help="Number of features of each patch.")
    patch_size: Pair = pair(16, low=1, help="Height and width of a patch, in pixels.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Conv2d", shapes[0][0], self.embed_dim, self.patch_size, stride=self.patch_size)

    def use(self, *shapes: Shape) -> Call:
        return call(".transpose", call(".flatten", applied(INPUT), 2), 1, 2)

    def summary(self) -> str:
        return f"{self.embed_dim:,}, patches of {pair_in_words(self.patch_size)}"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        image, patch = shapes[0], pair_of(self.patch_size)
        if any(side % extent for side, extent in zip(image[1:], patch, strict=True)):
            fitting = tuple(largest_divisor(side, extent) for side, extent in zip(image[1:], patch, strict=True))
            words = (
                f"{self.title} cuts patches of {pair_in_words(patch)}, which do not fill an image of {in_words(image)}."
            )
            return Refusal(words, "patch_size", fitting[0] if len(set(fitting)) == 1 else fitting)
        return None


class ClassToken(Weighted, frozen=True):
    """Puts one learned step before a sequence; what it gathers from all others is the answer for the whole."""

    family = FAMILY
    accepts = SEQUENCE
    formula = r"y = [c, x_1, x_2, \dots]"

    def module(self, *shapes: Shape) -> Call:
        return call("modules.ClassToken", shapes[0][1])


class LearnedPosition(Weighted, frozen=True):
    """Adds learned values to each step, so that the network knows where in the sequence it stands."""

    family = FAMILY
    accepts = SEQUENCE
    formula = r"y_t = x_t + p_t"

    def module(self, *shapes: Shape) -> Call:
        return call("modules.LearnedPosition", *shapes[0])


class SinePosition(Layer, frozen=True):
    """Adds waves of the position to each step, so that the network knows where it stands without learning it."""

    family = FAMILY
    accepts = SEQUENCE
    formula = r"y_{t, 2i} = x_{t, 2i} + \sin(t / 10000^{2i / d}), \quad y_{t, 2i+1} = x_{t, 2i+1} + \cos(\dots)"

    def module(self, *shapes: Shape) -> Call:
        return call("modules.SinePosition", *shapes[0])


class RotaryPosition(Layer, frozen=True):
    """Turns pairs of features by an angle that grows with the position; for queries and keys of attention."""

    family = FAMILY
    accepts = SEQUENCE
    formula = r"y_{t, i} = R(t \, \theta_i) \, x_{t, i}, \quad \theta_i = b^{-2i / d}"

    num_heads: int = integer(1, low=1, high=4096, help="Parts of the features, each turned as one head of attention.")
    base: float = number(10_000, low=1, high=1e8, help="How much slower the last pair turns than the first.")

    def module(self, *shapes: Shape) -> Call:
        steps, features = shapes[0]
        base = None if self.base == 10_000 else self.base
        return call("modules.RotaryPosition", steps, features // self.num_heads, base=base)

    def use(self, *shapes: Shape) -> Call | None:
        return joined(applied(headed(INPUT, self.num_heads)), self.num_heads) if self.num_heads > 1 else None

    def summary(self) -> str:
        return f"{self.num_heads} heads" if self.num_heads > 1 else ""

    def refuses(self, *shapes: Shape) -> Refusal | None:
        features = shapes[0][1]
        if features % 2:
            return Refusal(f"RotaryPosition turns pairs, but {features} features are an odd number.")
        if features % (2 * self.num_heads):
            words = f"{self.title} cannot divide {features} features into pairs for {self.num_heads} heads."
            return Refusal(words, "num_heads", largest_divisor(features // 2, self.num_heads))
        return None


def headed(value: Any, heads: int) -> Call:
    """The features of a sequence in parts: N × heads × steps × features of a head."""
    if heads == 1:
        return call(".unsqueeze", value, 1)
    return call(".transpose", call(".unflatten", value, 2, (heads, -1)), 1, 2)


def joined(value: Any, heads: int) -> Call:
    """The parts of so many heads as the features of one sequence."""
    if heads == 1:
        return call(".squeeze", value, 1)
    return call(".flatten", call(".transpose", value, 1, 2), 2)
