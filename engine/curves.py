"""What a run's events come to as curves: points in growing arrays, smoothed, thinned for a screen, written as CSV."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.events import AnyEvent, Changed, Epoch, Finished, LearningRate, Started, Steps, Stopped, Validation, Watched

Kind = Literal["training", "validation", "watched", "gradients", "updates"]
Points = dict[tuple[Kind, str], tuple[list[float], list[float]]]
"""Steps and values on their way to a curve: one of `History`, of a metric, a measure or a layer."""

WATCHED = ("gradient", "learning_rate", "speed", "memory", "device_memory")
"""What is seen while it trains: the length of the gradient, the learning rate, samples per second, bytes that the
process holds, bytes of a graphics card that it holds.
"""

Values = npt.NDArray[np.float64]

BLOCK = 256


class Curve:
    """Points in the order of their steps, and beside each the exponential mean of all values up to it."""

    def __init__(self) -> None:
        self._points = np.empty((3, 256))
        self._length = 0
        self._smoothing = 0.0
        self._smoothed = 0
        self._mean = 0.0
        self._extremes = np.empty((2, 1))
        self._blocks = 0

    def __len__(self) -> int:
        return self._length

    @property
    def steps(self) -> Values:
        """The steps (n)."""
        return self._points[0, : self._length]

    @property
    def values(self) -> Values:
        """The values (n)."""
        return self._points[1, : self._length]

    def append(self, steps: Sequence[float], values: Sequence[float]) -> None:
        """Adds points that follow each other. Those at and after the first of them are replaced: a run that goes on
        from a checkpoint trains some steps again. Values that are not finite are left out.
        """
        added = np.array([steps, values], np.float64)
        added = added[:, np.isfinite(added[1])]
        if not added.size:
            return
        self.cut(float(added[0, 0]) - 1)
        length = self._length + added.shape[1]
        if length > self._points.shape[1]:
            larger = np.empty((3, 2 * length))
            larger[:, : self._length] = self._points[:, : self._length]
            self._points = larger
        self._points[:2, self._length : length] = added
        self._length = length

    def cut(self, step: float) -> None:
        """Keeps the points up to this step."""
        if self._length and self.steps[-1] > step:
            self._length = int(np.searchsorted(self.steps, step, side="right"))
            if self._smoothed > self._length:
                self._smoothed = 0
            self._blocks = min(self._blocks, self._length // BLOCK)

    @property
    def extent(self) -> Values:
        """The lowest and the highest value (2); none where there are no points."""
        whole = self._block_extremes()
        rest = self.values[whole.shape[1] * BLOCK :]
        known = np.concatenate([whole.reshape(-1), rest])
        return np.array([known.min(), known.max()]) if known.size else known

    def thinned(self, low: float, high: float, columns: int) -> tuple[Values, Values]:
        """What `thinned` answers of it. Of long curves the extremes of blocks are known already, so that a frame takes
        no longer the longer a training lasts.
        """
        first, last, each = _groups(self.steps, low, high, columns)
        if each <= BLOCK:
            return thinned(self.steps, self.values, low, high, columns)
        each = -(-each // BLOCK) * BLOCK
        first -= first % each
        whole = first + (last - first) // each * each
        lows, highs = self._block_extremes()[:, first // BLOCK : whole // BLOCK].reshape(2, -1, each // BLOCK)
        extremes = np.stack([lows.min(axis=1), highs.max(axis=1)], axis=1).reshape(-1)
        return (
            np.concatenate([np.repeat(self.steps[first:whole:each], 2), self.steps[whole:last]]),
            np.concatenate([extremes, self.values[whole:last]]),
        )

    def _block_extremes(self) -> Values:
        """The lowest (row 0) and the highest values (row 1) of all blocks that are full."""
        full = self._length // BLOCK
        if full > self._extremes.shape[1]:
            larger = np.empty((2, 2 * full))
            larger[:, : self._blocks] = self._extremes[:, : self._blocks]
            self._extremes = larger
        if full > self._blocks:
            new = self._points[1, self._blocks * BLOCK : full * BLOCK].reshape(-1, BLOCK)
            self._extremes[:, self._blocks : full] = new.min(axis=1), new.max(axis=1)
            self._blocks = full
        return self._extremes[:, :full]

    def smoothed(self, smoothing: float) -> Values:
        """The exponential means (n): ``smoothing`` is the share that the past has in each, from 0 to below 1.

        Corrected for the start from nothing, as by Kingma and Ba, “Adam” (2015), section 3.
        """
        if smoothing != self._smoothing:
            self._smoothing, self._smoothed = smoothing, 0
        if self._smoothed == 0:
            self._mean = 0.0
        if self._smoothed < self._length:
            new = slice(self._smoothed, self._length)
            means = _exponential_means(self._points[1, new], smoothing, self._mean)
            self._mean = float(means[-1])
            counts = np.arange(new.start + 1, new.stop + 1)
            self._points[2, new] = means / (1 - smoothing**counts)
            self._smoothed = self._length
        return self._points[2, : self._length]


def _exponential_means(values: Values, smoothing: float, mean: float) -> Values:
    """``m_t = smoothing · m_{t-1} + (1 - smoothing) · x_t``, from the mean before, in blocks: one product for all."""
    padded = np.zeros(-(-len(values) // BLOCK) * BLOCK)
    padded[: len(values)] = values
    kernel, decay = _block_kernel(smoothing)
    means = padded.reshape(-1, BLOCK) @ kernel
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


def thinned(steps: Values, values: Values, low: float, high: float, columns: int) -> tuple[Values, Values]:
    """The points from ``low`` to ``high`` and one on either side, for a picture of so many columns of pixels.

    Where several points share a column, the lowest and the highest stand for them, so that every spike is seen.
    """
    first, last, each = _groups(steps, low, high, columns)
    if each <= 2:
        return steps[first:last], values[first:last]
    whole = first + (last - first) // each * each
    groups = values[first:whole].reshape(-1, each)
    extremes = np.stack([groups.min(axis=1), groups.max(axis=1)], axis=1).reshape(-1)
    return (
        np.concatenate([np.repeat(steps[first:whole:each], 2), steps[whole:last]]),
        np.concatenate([extremes, values[whole:last]]),
    )


def sampled(steps: Values, values: Values, low: float, high: float, columns: int) -> tuple[Values, Values]:
    """The same for a smoothed curve: one point stands for each column, and the last is the last of the curve."""
    first, last, each = _groups(steps, low, high, columns)
    if each <= 1:
        return steps[first:last], values[first:last]
    chosen = np.append(np.arange(first, last - 1, each), last - 1)
    return steps[chosen], values[chosen]


def _groups(steps: Values, low: float, high: float, columns: int) -> tuple[int, int, int]:
    """The first point in view, the one after the last, and how many share a column."""
    first = max(int(np.searchsorted(steps, low)) - 1, 0)
    last = min(int(np.searchsorted(steps, high, side="right")) + 1, len(steps))
    each = max(1, -(-(last - first) // max(columns, 1)))
    # Groups keep their places while points are added, so that what is drawn already does not flicker.
    return (first if each <= 2 else first - first % each), last, each


class History:
    """The curves of one run, by the names of their metrics, grown by its events."""

    def __init__(self, events: Iterable[AnyEvent] = ()) -> None:
        self.training: dict[str, Curve] = {}
        self.validation: dict[str, Curve] = {}
        self.watched: dict[str, Curve] = {}
        """What is known of `WATCHED`."""
        self.layers: tuple[str, ...] = ()
        """The layers that have weights."""
        self.gradients: dict[str, Curve] = {}
        """How long the gradient of each layer is."""
        self.updates: dict[str, Curve] = {}
        """How far a step moves the weights of each layer, as a share of how long they are."""
        self.steps_per_epoch = 0
        self.planned_steps = 0
        self.changes: list[Changed] = []
        """What was changed while it trained, in the order of the steps."""
        self.is_over = False
        self.take(events)

    @property
    def metric(self) -> str:
        """The metric that is shown beside the loss; empty while none is known."""
        return next((name for name in (*self.training, *self.validation) if name != "loss"), "")

    def course(self, name: str) -> Curve | None:
        """The curve of a metric over the training, or of what is watched."""
        return self.training.get(name, self.watched.get(name))

    @property
    def names(self) -> tuple[str, ...]:
        """The metrics that there are curves of: the loss, the one that is shown beside it, then the others."""
        first = ("loss", self.metric) if self.metric else ("loss",)
        return tuple(dict.fromkeys((*first, *self.training, *self.validation)))

    @property
    def last_step(self) -> float:
        """The last step of any curve."""
        curves = (*self.training.values(), *self.validation.values())
        return max((float(curve.steps[-1]) for curve in curves if len(curve)), default=0.0)

    def take(self, events: Iterable[AnyEvent]) -> None:
        """Adds what has happened. A fresh start clears, one that goes on drops what came after its checkpoint."""
        # Of a fast run a thousand epochs may arrive at once, a point each: they are added together.
        points: Points = {}
        for event in events:
            match event:
                case Started():
                    self._add(points)
                    self._start(event)
                case Steps():
                    for name, values in {"loss": event.loss, **event.metrics}.items():
                        _extend(points, ("training", name), event.step, values)
                    if event.step and event.samples_per_second > 0:
                        _note(points, ("watched", "speed"), event.step[-1], event.samples_per_second)
                case Epoch() | Validation():
                    for name, value in event.validation.items():
                        _extend(points, ("validation", name), [event.step], [value])
                    if isinstance(event, Epoch) and event.learning_rate:
                        _note(points, ("watched", "learning_rate"), event.step, event.learning_rate)
                case LearningRate():
                    _note(points, ("watched", "learning_rate"), event.step, event.learning_rate)
                case Watched():
                    self._watch(points, event)
                case Changed():
                    self._note_change(event)
                case Finished() | Stopped():
                    self.is_over = True
                case _:
                    pass
        self._add(points)

    def rows(self, smoothing: float) -> Iterator[list[str | float]]:
        """A table for a spreadsheet: its head, then one row per step. What a step lacks is empty."""
        columns: dict[str, dict[float, float]] = {}
        for name in self.names:
            if curve := self.training.get(name):
                steps = curve.steps.tolist()
                columns[name] = dict(zip(steps, curve.values.tolist(), strict=True))
                columns[f"{name}_smoothed"] = dict(zip(steps, curve.smoothed(smoothing).tolist(), strict=True))
            if curve := self.validation.get(name):
                columns[f"validation_{name}"] = dict(zip(curve.steps.tolist(), curve.values.tolist(), strict=True))
        for name in (name for name in WATCHED if name in self.watched):
            curve = self.watched[name]
            columns[name] = dict(zip(curve.steps.tolist(), curve.values.tolist(), strict=True))
        yield ["step", *columns]
        for step in sorted(set[float]().union(*columns.values())):
            yield [int(step), *(column.get(step, "") for column in columns.values())]

    def write_csv(self, path: Path, smoothing: float) -> None:
        """Writes the table as CSV. Raises OSError."""
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(self.rows(smoothing))

    def _watch(self, points: Points, event: Watched) -> None:
        measures = {"gradient": event.gradient, "learning_rate": event.learning_rate or None}
        measures |= {"memory": event.memory or None, "device_memory": event.device_memory or None}
        for name, value in measures.items():
            _note(points, ("watched", name), event.step, value)
        self.layers = event.layers or self.layers
        for name, gradient, update in zip(self.layers, event.gradients, event.updates, strict=False):
            _note(points, ("gradients", name), event.step, gradient)
            _note(points, ("updates", name), event.step, update)

    def _start(self, event: Started) -> None:
        everything = (self.training, self.validation, self.watched, self.gradients, self.updates)
        for curves in everything if event.step == 0 else ():
            curves.clear()
        for curve in (curve for curves in everything for curve in curves.values()):
            curve.cut(event.step)
        self.is_over = False
        self.changes = [change for change in self.changes if 0 < event.step > change.step]
        # Where the batch size has changed, epochs do not end at equal distances.
        self.steps_per_epoch = 0 if event.steps else event.steps_per_epoch
        self.planned_steps = event.planned_steps

    def _note_change(self, event: Changed) -> None:
        self.changes.append(event)
        self.planned_steps = event.steps or self.planned_steps
        if event.steps_per_epoch and event.steps_per_epoch != self.steps_per_epoch:
            self.steps_per_epoch = 0

    def _add(self, points: Points) -> None:
        for (kind, name), (steps, values) in points.items():
            curves: dict[str, Curve] = getattr(self, kind)
            curves.setdefault(name, Curve()).append(steps, values)
        points.clear()


def _note(points: Points, key: tuple[Kind, str], step: float, value: float | None) -> None:
    """A point of something that several events speak of, not all in the order of their steps."""
    if value is not None and not (key in points and points[key][0][-1] >= step):
        _extend(points, key, [step], [value])


def _extend(
    points: Points,
    key: tuple[Kind, str],
    steps: Sequence[float],
    values: Sequence[float],
) -> None:
    known_steps, known_values = points.setdefault(key, ([], []))
    known_steps.extend(steps)
    known_values.extend(values)
