"""Answers for many classes."""

import math

from engine.call import INPUT, Call, applied, call, unless
from engine.layers.layer import Refusal
from engine.layers.linear import FAMILY, FLAT_OR_SEQUENCE
from engine.layers.weighted import Filled
from engine.spec import Shape, flag, integer, number, several


class AdaptiveLogSoftmax(Filled, frozen=True):
    """The logarithms of the probabilities of many classes, such as words, with fewer weights than Linear and LogSoftmax
    have. The classes must be in order: the frequent ones first, each by itself; the others in groups, whose values are
    fewer from group to group (Grave et al. 2017). It comes last in a network that is trained with negative
    log-likelihood. Of a sequence it answers with classes × steps, as an Output takes them.
    """

    family = FAMILY
    accepts = FLAT_OR_SEQUENCE
    formula = r"y_k = \log p_{group(k)} + \log p_{k \, | \, group(k)}"

    out_features: int = integer(1000, low=2, help="Number of classes.")
    cutoffs: tuple[int, ...] = several((100,), low=1, help="The classes with which the groups begin, in order.")
    div_value: float = number(4, low=1, high=1000, help="By how much each group has fewer values than the one before.")
    head_bias: bool = flag(False, help="Add a learned constant to each frequent class and to each group.")

    def module(self, *shapes: Shape) -> Call:
        return call(
            "modules.AdaptiveLogSoftmax",
            shapes[0][-1],
            self.out_features,
            self.cutoffs,
            div_value=unless(self.div_value, 4.0),
            head_bias=unless(self.head_bias, False),
        )

    def use(self, *shapes: Shape) -> Call | None:
        return call(".transpose", applied(INPUT), 1, 2) if len(shapes[0]) > 1 else None

    def summary(self) -> str:
        return f"{self.out_features:,} classes, {len(self.cutoffs) + 1} groups"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        classes, cutoffs, values = self.out_features, self.cutoffs, shapes[0][-1]
        mended = tuple(sorted({cutoff for cutoff in cutoffs if cutoff < classes})) or (max(1, classes // 10),)
        if cutoffs != mended:
            words = f"{self.title} needs cutoffs that increase and are less than its {classes:,} classes"
            given = ", ".join(f"{cutoff:,}" for cutoff in cutoffs)
            return Refusal(f"{words}, not {given}." if cutoffs else f"{words}.", "cutoffs", mended)
        groups = len(cutoffs)
        if values // self.div_value**groups < 1:
            words = f"{self.title} divides {values:,} values by {self.div_value:g} for each of its groups, so that none"
            fitting = math.floor(values ** (1 / groups) * 1000) / 1000
            return Refusal(f"{words} are left for the last of {groups:,}.", "div_value", fitting)
        return None
