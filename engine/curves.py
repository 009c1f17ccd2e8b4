"""What a run's events come to: curves of all that was judged or watched, how the run went on, and a table of it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.curve import Curve, Stretched
from engine.events import (
    AnyEvent,
    Changed,
    Epoch,
    Failed,
    Finished,
    Forked,
    LearningRate,
    Paused,
    Resumed,
    Started,
    Steps,
    Stopped,
    Validation,
    Watched,
)

Kind = Literal["training", "validation", "watched", "gradients", "updates", "epochs"]
Key = tuple[Kind, str]
"""A curve of `History`: of a metric, a measure or a layer."""

FIRST_STAYS = ("watched", "gradients", "updates")
"""Several events speak of these, not all in the order of their steps: what was said first of a step stays."""

WATCHED = ("gradient", "learning_rate", "speed", "memory", "device_memory")
"""What is seen while it trains: the length of the gradient, the learning rate, samples per second, bytes that the
process holds, bytes of a graphics card that it holds.
"""

ROWS_TOGETHER = 2**14
"""Of a table, that are made at once."""

Points = npt.NDArray[np.float64]


class Gathered:
    """Points by their curves, as events tell them, on their way to a `History`."""

    def __init__(self, layers: tuple[str, ...] = ()) -> None:
        self.points: dict[Key, tuple[list[float], list[float]]] = {}
        self.layers = layers
        """What the layers are called by now."""

    def take(self, event: AnyEvent) -> bool:
        """Takes an event that tells points; answers whether it is one."""
        match event:
            case Steps():
                for name, values in {"loss": event.loss, **event.metrics}.items():
                    self._add(("training", name), event.step, values)
                if event.step and event.samples_per_second > 0:
                    self._note(("watched", "speed"), event.step[-1], event.samples_per_second)
            case Epoch() | Validation():
                for name, value in event.validation.items():
                    self._note(("validation", name), event.step, value)
                if isinstance(event, Epoch):
                    self._note(("epochs", "seconds"), event.epoch, event.seconds)
                    self._note(("watched", "learning_rate"), event.step, event.learning_rate or None)
            case LearningRate():
                self._note(("watched", "learning_rate"), event.step, event.learning_rate)
            case Watched():
                self._watch(event)
            case _:
                return False
        return True

    def _watch(self, event: Watched) -> None:
        measures = {"gradient": event.gradient, "learning_rate": event.learning_rate or None}
        measures |= {"memory": event.memory or None, "device_memory": event.device_memory or None}
        for name, value in measures.items():
            self._note(("watched", name), event.step, value)
        self.layers = event.layers or self.layers
        for name, gradient, update in zip(self.layers, event.gradients, event.updates, strict=False):
            self._note(("gradients", name), event.step, gradient)
            self._note(("updates", name), event.step, update)

    def _note(self, key: Key, step: float, value: float | None) -> None:
        if value is not None:
            self._add(key, [step], [value])

    def _add(self, key: Key, steps: Sequence[float], values: Sequence[float]) -> None:
        known_steps, known_values = self.points.setdefault(key, ([], []))
        known_steps.extend(steps)
        known_values.extend(values)


class History:
    """The curves of one run, by the names of their metrics, and how it went on, grown by its events."""

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
        self.epochs: dict[str, Curve] = {}
        """The ``seconds`` of each epoch, by its number instead of a step."""
        self.steps_per_epoch = 0
        self.planned_epochs = self.planned_steps = 0
        self.changes: list[Changed] = []
        """What was changed while it trained, in the order of the steps."""
        self.forked: Forked | None = None
        """Where it goes on from another run; None: it is none that was forked."""
        self.is_over = False
        self.started: Started | None = None
        """How the trainer of now began; None: there was none since it was forked."""
        self.end: Finished | Stopped | Failed | None = None
        """The last word of the trainer of now."""
        self.turn: Started | Forked | Finished | Stopped | Failed | None = None
        """What it came to last."""
        self.pause: Paused | Resumed | None = None
        """Whether the trainer of now was told to wait."""
        self.take(events)

    @property
    def metric(self) -> str:
        """The metric that is shown beside the loss; empty while none is known."""
        return next((name for name in (*self.training, *self.validation) if name != "loss"), "")

    @property
    def has_ended(self) -> bool:
        """Whether the trainer of now has said its last word."""
        return self.end is not None and self.turn is self.end

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
        return max((curve.last_step for curve in curves if len(curve)), default=0.0)

    def prepare(self) -> None:
        """Works out beforehand what every picture of long curves needs."""
        for curves in (self.training, self.validation, self.watched):
            for curve in curves.values():
                _ = curve.extent

    def take(self, events: Iterable[AnyEvent]) -> None:
        """Adds what has happened. A fresh start clears, one that goes on drops what came after its checkpoint."""
        # Of a fast run a thousand epochs may arrive at once, a point each: they are added together.
        gathered = Gathered(self.layers)
        for event in events:
            if gathered.take(event):
                continue
            if isinstance(event, Started):
                self._add(gathered)
                gathered = Gathered(self.layers)
            self.hear(event)
        self._add(gathered)

    def hear(self, event: AnyEvent) -> None:
        """Takes an event that tells no points; what came before a start must have been added."""
        match event:
            case Started():
                self._start(event)
            case Changed():
                self._note_change(event)
            case Forked():
                self.started, self.turn, self.forked = None, event, event
            case Finished() | Stopped() | Failed():
                self.is_over = self.is_over or not isinstance(event, Failed)
                self.end = self.turn = event
            case Paused() | Resumed():
                self.pause = event
            case _:
                pass

    def add(self, key: Key, told: Stretched, values: npt.NDArray[np.floating]) -> None:
        """Adds points to a curve, in the order in which they were told. Where a step comes again, and what came after
        it, the later ones count, except of `FIRST_STAYS`. However the points are divided, the curve is the same.
        """
        kind, name = key
        curves: dict[str, Curve] = getattr(self, kind)
        finite = np.isfinite(values)
        if not finite.any():
            return
        curve = curves.setdefault(name, Curve())
        if finite.all() and told.ascends_from(curve.last_step):
            curve.extend(told, values)
            return
        steps, values = told.steps[finite], values[finite].astype(np.float64)
        if kind in FIRST_STAYS:
            newer = steps > np.maximum.accumulate(np.concatenate([[curve.last_step], steps[:-1]]))
            curve.append(steps[newer], values[newer])
            return
        goes_back = np.flatnonzero(np.diff(steps) <= 0) + 1
        for first, last in zip([0, *goes_back], [*goes_back, len(steps)], strict=True):
            curve.append(steps[first:last], values[first:last])

    def rows(self, smoothing: float) -> Iterator[list[str | float]]:
        """A table for a spreadsheet: its head, then one row per step. What a step lacks is empty."""
        columns: dict[str, tuple[Points, Points]] = {}
        for name in self.names:
            if curve := self.training.get(name):
                columns[name] = curve.steps, curve.values
                columns[f"{name}_smoothed"] = columns[name][0], curve.smoothed(smoothing)
            if curve := self.validation.get(name):
                columns[f"validation_{name}"] = curve.steps, curve.values
        for name in (name for name in WATCHED if name in self.watched):
            columns[name] = self.watched[name].steps, self.watched[name].values
        yield ["step", *columns]
        every = np.unique(np.concatenate([np.empty(0), *(steps for steps, _ in columns.values())]))
        # As objects of Python they are many times as large.
        for begin in range(0, len(every), ROWS_TOGETHER):
            part = every[begin : begin + ROWS_TOGETHER]
            cells = [_cells(part, *column) for column in columns.values()]
            yield from map(list, zip(part.astype(np.int64).tolist(), *cells, strict=True))

    def _start(self, event: Started) -> None:
        everything = (self.training, self.validation, self.watched, self.gradients, self.updates)
        for curves in everything if event.step == 0 else ():
            curves.clear()
        for curve in (curve for curves in everything for curve in curves.values()):
            curve.cut(event.step)
        for curve in self.epochs.values():
            curve.cut(event.epoch)
        self.is_over = False
        self.started = self.turn = event
        self.end = self.pause = None
        self.changes = [change for change in self.changes if 0 < event.step > change.step]
        # Where the batch size has changed, epochs do not end at equal distances.
        self.steps_per_epoch = 0 if event.steps else event.steps_per_epoch
        self.planned_epochs, self.planned_steps = event.epochs, event.planned_steps

    def _note_change(self, event: Changed) -> None:
        self.changes.append(event)
        self.planned_epochs = event.epochs or self.planned_epochs
        self.planned_steps = event.steps or self.planned_steps
        if event.steps_per_epoch and event.steps_per_epoch != self.steps_per_epoch:
            self.steps_per_epoch = 0

    def _add(self, gathered: Gathered) -> None:
        self.layers = gathered.layers
        for key, (steps, values) in gathered.points.items():
            self.add(key, Stretched.of(np.array(steps, np.float64)), np.array(values, np.float64))


def _cells(every: Points, steps: Points, values: Points) -> list[float | str]:
    """The values at each of these steps; empty where there is none."""
    first, last = np.searchsorted(steps, (every[0], every[-1] + 1))
    cells: list[float | str] = [""] * len(every)
    places = np.searchsorted(every, steps[first:last]).tolist()
    for place, value in zip(places, values[first:last].tolist(), strict=True):
        cells[place] = value
    return cells
