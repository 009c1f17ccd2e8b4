"""What learning rates are multiplied by, as plain functions of the steps that are done. `engine.schedules` names them,
and exported source prints them word for word: each uses only ``math`` and its neighbours here.

``step`` counts from 0, ``steps`` is how many are planned, ``warmup`` how many of them the rate rises for.
"""

import math


def warm(step: int, warmup: int) -> float:
    """Rises in equal steps, and is 1 after the warm-up."""
    return min(1.0, (step + 1) / (warmup + 1))


def remaining(step: int, steps: int, warmup: int) -> float:
    """The share of the steps after the warm-up that is still to be done: from 1 to 0."""
    return 1 - min(1.0, max(0, step - warmup) / max(1, steps - warmup))


def half_wave(remaining: float, low: float) -> float:
    """Half a cosine, from 1 down to ``low``."""
    return low + (1 - low) * (1 - math.cos(math.pi * remaining)) / 2


def drops(step: int, every: int, gamma: float, warmup: int) -> float:
    """Times ``gamma`` after each so many steps."""
    return warm(step, warmup) * gamma ** (step // every)


def drops_at(step: int, per_epoch: int, milestones: tuple[int, ...], gamma: float, warmup: int) -> float:
    """Times ``gamma`` at each of these epochs."""
    return warm(step, warmup) * gamma ** sum(step // per_epoch >= milestone for milestone in milestones)


def exponential(step: int, per_epoch: int, gamma: float, warmup: int) -> float:
    """Times ``gamma`` with each epoch, a little at each step."""
    return warm(step, warmup) * gamma ** (step / per_epoch)


def polynomial(step: int, steps: int, power: float, final: float, warmup: int) -> float:
    """From 1 to ``final``, as a power of what remains."""
    return warm(step, warmup) * (final + (1 - final) * remaining(step, steps, warmup) ** power)


def cosine(step: int, steps: int, final: float, warmup: int) -> float:
    """From 1 to ``final`` along half a cosine. I. Loshchilov and F. Hutter, SGDR, 2016."""
    return warm(step, warmup) * half_wave(remaining(step, steps, warmup), final)


def warm_restarts(step: int, first: int, growth: int, final: float, warmup: int) -> float:
    """Half a cosine over so many steps, again and again, each longer. I. Loshchilov and F. Hutter, SGDR, 2016."""
    since, length = max(0, step - warmup), first
    if growth == 1:
        since %= first
    while since >= length:
        since, length = since - length, length * growth
    return warm(step, warmup) * half_wave(1 - since / length, final)


def one_cycle(step: int, steps: int, rising: float, start: float, final: float) -> float:
    """From ``start`` up to 1 and down to ``final``, along half cosines. L. Smith and N. Topin, 2017."""
    top, last = rising * steps - 1, steps - 1
    if step <= top and top > 0:
        return half_wave(step / top, start)
    return half_wave(1 - min(1.0, (step - max(0.0, top)) / max(1.0, last - max(0.0, top))), final)


def by_hand(step: int, steps: int, points: tuple[tuple[float, float], ...], smooth: bool) -> float:
    """From point to point, each a share of the training and one of the rate; ``smooth``: without corners, along half
    cosines. Two points at one place are a jump.
    """
    share = step / max(1, steps - 1)
    before = max((point for point in enumerate(points) if point[1][0] <= share), default=(0, points[0]))[0]
    after = min(before + 1, len(points) - 1)
    (start, low), (end, high) = points[before], points[after]
    way = min(1.0, max(0.0, (share - start) / (end - start))) if end > start else 0.0
    return low + (high - low) * (half_wave(way, 0.0) if smooth else way)


def inverse_square_root(step: int, timescale: int, warmup: int) -> float:
    """Falls as one over the root of the steps since the warm-up."""
    return warm(step, warmup) * math.sqrt(timescale / (timescale + max(0, step - warmup)))


def watched(
    value: float,
    best: float | None,
    waited: int,
    min_delta: float,
    higher: bool,
) -> tuple[float, int]:
    """The best value so far, and how many in a row were not better than it by more than
    ``min_delta``.
    """
    if best is None or (value - best if higher else best - value) > min_delta:
        return value, 0
    return best, waited + 1
