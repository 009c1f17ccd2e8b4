"""What a person should know of a training that goes on, but not well: said once, and only where it lasts.

The limits are far from where trainings that go well are seen.
"""

import math
from collections.abc import Callable, Iterator

from engine.events import Watched

PATIENCE, STEPS = 20, 100
"""In so many looks, and over so many steps, the same must be seen."""

FAINT = 1e-6
"""How weak the gradient of a layer may be beside the strongest. Some ten layers of sigmoids come to it."""

SHAKEN = 0.1
"""How far a step may move a layer: a hundred times what is usual."""

LEAP = 100.0
"""How many times as strong as at the start the gradient may become."""

NAMED = 3
"""Layers that a sentence lists."""

Rule = Callable[[Watched, int], bool]


class Health:
    """Follows what is seen of a training. ``long_steps``: its steps may be of any length, as it tries several."""

    def __init__(self, *, long_steps: bool = False) -> None:
        self._layers: tuple[str, ...] = ()
        self._begun: dict[tuple[Rule, int], tuple[int, int]] = {}
        """What has been so since which step, of what is seen, and in how many looks."""
        self._last = 0.0
        self._strongest: list[float] = []
        self._rules = {rule: words for rule, words in RULES.items() if not (long_steps and rule is is_shaken)}

    def doubts(self, seen: Watched) -> Iterator[str]:
        """What is to be said after this look."""
        self._layers = seen.layers or self._layers
        if seen.gradient is None:
            return
        yield from self._of_all(seen.gradient)
        for rule in tuple(self._rules):
            found = [name for place, name in enumerate(self._layers) if self._lasts(rule, seen, place)]
            if found:
                yield self._rules.pop(rule).format(layers=_listed(found))

    def _lasts(self, rule: Rule, seen: Watched, place: int) -> bool:
        """Whether it is so, and has been for long."""
        if not rule(seen, place):
            self._begun.pop((rule, place), None)
            return False
        since, looks = self._begun.get((rule, place), (seen.step, 0))
        self._begun[rule, place] = since, looks + 1
        return looks + 1 >= PATIENCE and seen.step - since >= STEPS

    def _of_all(self, gradient: float) -> Iterator[str]:
        """Whether the gradient as a whole has leapt up, which two looks running must show."""
        lasting, self._last = min(gradient, self._last), gradient
        if len(self._strongest) < PATIENCE:
            self._strongest.append(gradient)
        elif lasting > LEAP * max(self._strongest) > 0:
            times = gradient / max(self._strongest)
            self._strongest = [math.inf] * PATIENCE
            yield (
                f"The gradient is {times:,.0f} times as strong as ever at the start, so the training may soon fail. "
                "Lower the learning rate, or clip the gradient by its norm."
            )


def is_cut_off(seen: Watched, place: int) -> bool:
    """Nothing at all reaches the layer, while others learn."""
    return _value(seen.gradients, place) == 0 and bool(seen.gradient)


def is_faint(seen: Watched, place: int) -> bool:
    """Next to nothing reaches the layer."""
    gradient, strongest = _value(seen.gradients, place), max(each or 0.0 for each in seen.gradients)
    return gradient is not None and 0 < gradient < FAINT * strongest


def is_shaken(seen: Watched, place: int) -> bool:
    """Each step moves the layer so far that it forgets what it has learned."""
    update = _value(seen.updates, place)
    return update is not None and update > SHAKEN


RULES: dict[Rule, str] = {
    is_cut_off: "No gradient reaches {layers}, so nothing is learned there. Where a ReLU answers 0 to every sample, a "
    "lower learning rate, BatchNorm before it or LeakyReLU instead of it helps.",
    is_faint: "Almost no gradient reaches {layers}, less than a millionth of the strongest layer's. ReLU instead of "
    "sigmoids, normalization layers or shortcuts let it through.",
    is_shaken: "Each step moves the weights of {layers} by more than a tenth of their size, which is too far to learn "
    "well; about a thousandth is usual. Lower the learning rate.",
}


def _value(values: list[float | None], place: int) -> float | None:
    return values[place] if place < len(values) else None


def _listed(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b, c and 4 more``."""
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    *before, last = names
    return f"{', '.join(before)} and {last}" if before else last
