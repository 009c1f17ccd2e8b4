"""Curve: points in the order of their steps, smoothed, and thinned for a screen, however many there are."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

BLOCK = 256
"""Points of which the lowest and the highest value are remembered together."""

FORGOTTEN = 2.0**-40
"""What a point adds to an exponential mean is left out where it is a smaller share than this."""
SPIKE, COMMON, ABOVE_COMMON = 50, 0.95, 4
"""A value so many times as high as this share of all stays below is a spike; without it, a picture reaches up to so
many times as high.
"""
FEWEST, LOOKED_AT = 20, 4096
"""How many points tell what is common, at least, and at most."""
GATHERING = 16
"""So many times as long does it take to gather a value from afar as to take the next one into a mean."""


class Stretched(NamedTuple):
    """Steps in any order, in stretches of consecutive ones."""

    first: Values
    """The first step of each stretch."""
    counts: Places
    """How many steps it has."""

    @classmethod
    def of(cls, steps: Values) -> "Stretched":
        """These steps."""
        begins = np.flatnonzero(np.diff(steps, prepend=-np.inf) != 1)
        return cls(steps[begins], np.diff(begins, append=len(steps)))

    @property
    def steps(self) -> Values:
        """All of them."""
        ends = np.cumsum(self.counts)
        length = int(ends[-1]) if len(ends) else 0
        return np.repeat(self.first - (ends - self.counts), self.counts) + np.arange(length)

    def ascends_from(self, step: float) -> bool:
        """Whether each is larger than the one before, and the first larger than this."""
        ends = np.concatenate([[step], (self.first + self.counts - 1)[:-1]])
        return bool((self.first > ends).all())


class Stretches:
    """Ascending steps. Those that follow each other one by one take no room: only where a stretch begins is kept."""

    def __init__(self) -> None:
        self._first = np.empty(4)
        self._place = np.empty(4, np.int64)
        self._count = 0
        self._length = 0

    def __len__(self) -> int:
        return self._length

    @property
    def parts(self) -> tuple[Values, Places]:
        """The first step of each stretch, and at which place that is."""
        return self._first[: self._count], self._place[: self._count]

    @property
    def last(self) -> float:
        """The last step; -inf where there is none."""
        if not self._length:
            return -math.inf
        return float(self._first[self._count - 1] + self._length - 1 - self._place[self._count - 1])

    def append(self, added: Stretched) -> None:
        """Adds steps, each larger than the one before."""
        ends = np.cumsum(added.counts)
        new = int(added.first[0] == self.last + 1)
        count = self._count + len(ends) - new
        if count > len(self._first):
            self._first, self._place = np.resize(self._first, 2 * count), np.resize(self._place, 2 * count)
        self._first[self._count : count] = added.first[new:]
        self._place[self._count : count] = (ends - added.counts)[new:] + self._length
        self._count, self._length = count, self._length + int(ends[-1])

    def cut(self, length: int) -> None:
        """Keeps so many."""
        self._length = length
        self._count = int(np.searchsorted(self._place[: self._count], length))

    def between(self, first: int, last: int) -> Values:
        """The steps from one place to before another."""
        if last <= first:
            return np.empty(0)
        starts, places = self.parts
        low, high = (int(np.searchsorted(places, at, side="right")) for at in (first, last - 1))
        edges = np.concatenate([[first], places[low:high], [last]])
        beginnings = (starts - places)[low - 1 : high]
        return np.repeat(beginnings, np.diff(edges)) + np.arange(first, last)

    def at(self, places: Places) -> Values:
        """The steps at these places."""
        starts, known = self.parts
        stretch = np.searchsorted(known, places, side="right") - 1
        return starts[stretch] + (places - known[stretch])

    def up_to(self, step: float, *, with_it: bool) -> int:
        """How many are below a step, or not above it."""
        starts, places = self.parts
        stretch = int(np.searchsorted(starts, step, side="right" if with_it else "left")) - 1
        if stretch < 0:
            return 0
        end = int(places[stretch + 1]) if stretch + 1 < self._count else self._length
        beyond = step - float(starts[stretch])
        if beyond >= end - int(places[stretch]):
            return end
        return int(places[stretch]) + (math.floor(beyond) + 1 if with_it else math.ceil(beyond))


class Curve:
    """Points in the order of their steps."""

    def __init__(self) -> None:
        self._steps = Stretches()
        self._values = np.empty(256)
        self._extremes = np.empty((2, 1))
        self._blocks = 0

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def steps(self) -> Values:
        """The steps (n), made anew each time."""
        return self._steps.between(0, len(self))

    @property
    def stretches(self) -> Stretches:
        """The steps, in short."""
        return self._steps

    @property
    def values(self) -> Values:
        """The values (n)."""
        return self._values[: len(self)]

    @property
    def last_step(self) -> float:
        """The step of the last point; -inf where there is none."""
        return self._steps.last

    def append(self, steps: Sequence[float] | Values, values: Sequence[float] | Values) -> None:
        """Adds points, each later than the one before. Those at and after the first of them are replaced: a run that
        goes on from a checkpoint trains some steps again. Values that are not finite are left out.
        """
        added, heights = np.asarray(steps, np.float64), np.asarray(values, np.float64)
        finite = np.isfinite(heights)
        if not finite.all():
            added, heights = added[finite], heights[finite]
        if not added.size:
            return
        self.cut(float(added[0]) - 1)
        self.extend(Stretched.of(added), heights)

    def extend(self, steps: Stretched, values: npt.NDArray[np.floating]) -> None:
        """Adds points that are all later than those that there are, with values that are finite."""
        begin, end = len(self), len(self) + len(values)
        if end > len(self._values):
            larger = np.empty(2 * end if begin else end)
            larger[:begin] = self._values[:begin]
            self._values = larger
        self._values[begin:end] = values
        self._steps.append(steps)

    def cut(self, step: float) -> None:
        """Keeps the points up to this step."""
        if self.last_step > step:
            self._steps.cut(self._steps.up_to(step, with_it=True))
            self._blocks = min(self._blocks, len(self) // BLOCK)

    def step_at(self, place: int) -> float:
        """The step of a point."""
        return float(self._steps.at(np.array([place]))[0])

    def nearest(self, step: float) -> int:
        """The place of the point whose step is nearest."""
        after = min(self._steps.up_to(step, with_it=False), len(self) - 1)
        before = max(after - 1, 0)
        return before if step - self.step_at(before) <= self.step_at(after) - step else after

    def value_at(self, step: float) -> float:
        """The value of the last point up to a step; before the first, the first."""
        return float(self.values[max(self._steps.up_to(step, with_it=True) - 1, 0)])

    @property
    def extent(self) -> Values:
        """The lowest and the highest value (2); none where there are no points."""
        whole = self._block_extremes()
        rest = self.values[whole.shape[1] * BLOCK :]
        known = np.concatenate([whole.reshape(-1), rest])
        return np.array([known.min(), known.max()]) if known.size else known

    @property
    def extent_of_most(self) -> Values:
        """The same without spikes, which would leave next to no height for all other points; where the curve is now is
        none.
        """
        whole, values = self.extent, self.values
        if len(values) < FEWEST:
            return whole
        common = float(np.quantile(values[:: len(values) // LOOKED_AT + 1], COMMON, method="lower"))
        has_spikes = common > 0 and whole[1] > SPIKE * common
        return np.array([whole[0], max(ABOVE_COMMON * common, values[-1])]) if has_spikes else whole

    def thinned(self, low: float, high: float, columns: int) -> tuple[Values, Values]:
        """The points from ``low`` to ``high`` and one on either side, for a picture of so many columns of pixels.

        Where several points share a column, the lowest and the highest stand for them, so that every spike is seen. Of
        long curves the extremes of blocks are known already, so that a frame takes no longer the longer a training
        lasts.
        """
        first, last, each = self._groups(low, high, columns)
        if each <= 2:
            return self._steps.between(first, last), self.values[first:last]
        if each > BLOCK:
            each = -(-each // BLOCK) * BLOCK
            first -= first % each
        whole = first + (last - first) // each * each
        groups, extremes = np.arange(first, whole, each), self._extremes_of(first, whole, each)
        rest = self.values[whole : last - 1]
        if len(rest):
            groups, extremes = np.append(groups, whole), np.append(extremes, [rest.min(), rest.max()])
        end = slice(max(whole, last - 1), last)
        return (
            np.concatenate([np.repeat(self._steps.at(groups), 2), self._steps.between(end.start, end.stop)]),
            np.concatenate([extremes, self.values[end]]),
        )

    def sampled(self, smoothing: float, low: float, high: float, columns: int) -> tuple[Values, Values]:
        """The same of the exponential means: one point stands for each column, and the last is the last of the curve.
        ``smoothing`` as of `smoothed`.
        """
        first, last, each = self._groups(low, high, columns)
        if last <= first:
            return np.empty(0), np.empty(0)
        chosen = np.arange(first, last) if each <= 1 else np.append(np.arange(first, last - 1, each), last - 1)
        return self._steps.at(chosen), self.smoothed_at(chosen, smoothing)

    def smoothed(self, smoothing: float) -> Values:
        """The exponential means (n): ``smoothing`` is the share that the past has in each, from 0 to below 1.

        Corrected for the start from nothing, as by Kingma and Ba, “Adam” (2015), section 3.
        """
        means = _exponential_means(self.values, smoothing)
        return means / (1 - smoothing ** np.arange(1.0, len(self) + 1))

    def smoothed_at(self, places: Places, smoothing: float) -> Values:
        """The exponential means at ascending places, up to rounding. Only what still counts there is looked at."""
        reach = _reach(smoothing)
        first, last = max(int(places[0]) - reach, 0), int(places[-1]) + 1
        if last < reach or last - first < len(places) * reach / GATHERING + BLOCK:
            means = _exponential_means(self.values[first:last], smoothing)[places - first]
        else:
            early = int(np.searchsorted(places, reach))
            windows = np.lib.stride_tricks.sliding_window_view(self.values, reach)
            means = np.empty(len(places))
            means[early:] = windows[places[early:] - reach + 1] @ _weights(smoothing)
            means[:early] = _exponential_means(self.values[:reach], smoothing)[places[:early]]
        return means / (1 - smoothing ** (places + 1.0))

    def _groups(self, low: float, high: float, columns: int) -> tuple[int, int, int]:
        """The first point in view, the one after the last, and how many share a column."""
        first = max(self._steps.up_to(low, with_it=False) - 1, 0)
        last = min(self._steps.up_to(high, with_it=True) + 1, len(self))
        each = max(1, -(-(last - first) // max(columns, 1)))
        # Groups keep their places while points are added, so that what is drawn already does not flicker.
        return (first if each <= 2 else first - first % each), last, each

    def _extremes_of(self, first: int, last: int, each: int) -> Values:
        """The lowest and the highest value of each group, one after the other."""
        if each <= BLOCK:
            groups = self.values[first:last].reshape(-1, each)
            return np.stack([groups.min(axis=1), groups.max(axis=1)], axis=1).reshape(-1)
        lows, highs = self._block_extremes()[:, first // BLOCK : last // BLOCK].reshape(2, -1, each // BLOCK)
        return np.stack([lows.min(axis=1), highs.max(axis=1)], axis=1).reshape(-1)

    def _block_extremes(self) -> Values:
        """The lowest (row 0) and the highest values (row 1) of all blocks that are full."""
        full = len(self) // BLOCK
        if full > self._extremes.shape[1]:
            larger = np.empty((2, 2 * full))
            larger[:, : self._blocks] = self._extremes[:, : self._blocks]
            self._extremes = larger
        if full > self._blocks:
            new = self._values[self._blocks * BLOCK : full * BLOCK].reshape(-1, BLOCK)
            self._extremes[:, self._blocks : full] = new.min(axis=1), new.max(axis=1)
            self._blocks = full
        return self._extremes[:, :full]


def _exponential_means(values: Values, smoothing: float) -> Values:
    """``m_t = smoothing · m_{t-1} + (1 - smoothing) · x_t``, from nothing, in blocks: one product for all."""
    padded = np.zeros(-(-len(values) // BLOCK) * BLOCK)
    padded[: len(values)] = values
    kernel, decay = _block_kernel(smoothing)
    means, mean = padded.reshape(-1, BLOCK) @ kernel, 0.0
    for block in means:
        block += mean * decay
        mean = float(block[-1])
    return means.reshape(-1)[: len(values)]


@lru_cache(maxsize=4)
def _block_kernel(smoothing: float) -> tuple[Values, Values]:
    """What each value of a block adds to each mean in it (block × block), and what is left of the mean before it."""
    age = np.arange(BLOCK)[None, :] - np.arange(BLOCK)[:, None]
    kernel = np.where(age >= 0, (1 - smoothing) * smoothing ** np.maximum(age, 0), 0.0)
    return kernel, np.power(smoothing, np.arange(1, BLOCK + 1), dtype=np.float64)


def _reach(smoothing: float) -> int:
    """How many values count in a mean."""
    return 1 if smoothing <= 0 else math.ceil(math.log(FORGOTTEN) / math.log(smoothing))


@lru_cache(maxsize=4)
def _weights(smoothing: float) -> Values:
    """What each value counts in a mean, the last one last."""
    return (1 - smoothing) * smoothing ** np.arange(float(_reach(smoothing)))[::-1]
