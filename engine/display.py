"""A training on a terminal: bars, small curves and what is worth knowing, drawn anew a few times a second.

It stands below the lines that `engine.console.Lines` leaves behind, and is gone when the training is over.
"""

import itertools
import math
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from engine import events
from engine.console import Lines
from engine.events import Event, Metrics
from engine.metrics import is_better_high, title_within, value_in_words
from engine.pace import Pace
from engine.project import Project
from engine.spec import as_percent

TIMES_A_SECOND = 4
"""How often it is drawn: often enough to live, seldom enough to cost the training nothing."""

BARS = "▁▂▃▄▅▆▇█"
TREND, FEWEST = 24, 6
"""Letters of a small curve: at most, and where it is of use."""
GAP = 2
"""Columns between those of a table."""
NARROW, VERY_NARROW = 72, 40
"""Columns of a terminal below which the curves, and then the words beside the bar, are left out."""
SMOOTHING = 0.9
OTHER_ROWS = 8
"""Of the picture, and a few lines above it that stay in view."""


class Display:
    """The picture of a training; a context, while which it is on the terminal."""

    def __init__(self, name: str, project: Project, hint: str, console: Console | None = None) -> None:
        """``hint`` is what Ctrl+C does."""
        self._console = console or Console(highlight=False)
        self._name, self._hint = name, hint
        self._pace = Pace()
        self._device = self._doing = ""
        self._waits = False
        self._epoch = 0
        training = project.training
        self._learning_rate = training.optimizer.learning_rate
        self._seen = events.Watched(time=0, step=0)
        self._training = dict[str, Trend]()
        self._validation = dict[str, Trend]()
        self._turn = threading.Lock()
        self._lines = Lines(self._say, self._warn, lambda: self._console.width)
        self._live = Live(
            get_renderable=self._picture,
            console=self._console,
            refresh_per_second=TIMES_A_SECOND,
            transient=True,
            vertical_overflow="crop",
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def stopping(self, words: str) -> None:
        """Says that it is being stopped. May be called by a signal, at any moment."""
        self._hint = words

    def catch_up(self, past: list[Event]) -> None:
        """Takes what happened before anyone looked."""
        for event in past:
            self._note(event)
        self._lines.catch_up(past)

    def show(self, event: Event) -> None:
        """Takes what has happened."""
        self._note(event)
        self._lines.show(event)

    def _note(self, event: Event) -> None:
        with self._turn:
            self._pace.take(event)
            match event:
                case events.Started():
                    self._device, self._epoch, self._doing = event.device, event.epoch + 1, ""
                    self._waits = False
                case events.Loading():
                    share = f" {as_percent(event.done / event.total)}" if event.total else ""
                    self._doing = f"{event.message}{share}"
                case events.Steps():
                    self._epoch, self._doing = event.epoch, ""
                    for name, values in {"loss": event.loss, **event.metrics}.items():
                        self._training.setdefault(name, Trend(SMOOTHING)).take(values)
                case events.Epoch():
                    self._learning_rate = event.learning_rate or self._learning_rate
                    self._judge(event.validation, event.epoch)
                case events.Validation():
                    self._judge(event.validation, event.epoch)
                case events.Watched():
                    self._learning_rate = event.learning_rate or self._learning_rate
                    self._seen = event
                case events.LearningRate():
                    self._learning_rate = event.learning_rate
                case events.Paused():
                    self._waits = True
                case events.Resumed():
                    self._waits = False
                case _:
                    pass

    def _judge(self, validation: Metrics, epoch: int) -> None:
        for name, value in validation.items():
            self._validation.setdefault(name, Trend(0, is_better_high(name))).take([value], epoch)

    def _say(self, line: str) -> None:
        self._console.print(Text(line))

    def _warn(self, line: str) -> None:
        self._console.print(Text(f"Warning: {line}", style="yellow"))

    # The picture

    def _picture(self) -> RenderableType:
        with self._turn:
            return Group(*self._rows(self._console.width))

    def _rows(self, width: int) -> Iterator[RenderableType]:
        yield _at_both_ends(Text(self._name, style="bold"), Text(self._device_within(width), style="dim"))
        yield self._bar(width)
        if self._pace.step:
            yield Text(self._facts(width), no_wrap=True, overflow="ellipsis")
        if self._training or self._validation:
            yield self._metrics(width)
        yield Text(self._hint, style="dim", no_wrap=width >= NARROW, overflow="fold")

    def _device_within(self, width: int) -> str:
        """The device, in as many words as there is room for beside the name."""
        short = self._device.partition(" (")[0]
        return next((words for words in (self._device, short) if len(self._name) + 2 + len(words) <= width), "")

    def _bar(self, width: int) -> RenderableType:
        pace = self._pace
        if self._doing or not pace.planned_steps:
            return Text(f"{self._doing or 'Starting'} {self._sign('…', '...')}", style="cyan")
        left = pace.seconds_left()
        row = Table.grid(expand=True, padding=(0, 1))
        row.add_column(no_wrap=True)
        row.add_column(ratio=1)
        row.add_column(no_wrap=True, justify="right")
        of = f"{self._epoch:,}/{pace.epochs:,}"
        end = as_percent(pace.share)
        if self._waits:
            end += "  paused"
        elif left is not None:
            end += f"  {duration(left)} left"
        # Rich would draw a bar of no length as one that is full.
        bar = ProgressBar(total=pace.planned_steps, completed=pace.step, complete_style="cyan")
        row.add_row(of if width < VERY_NARROW else f"epoch {of}", bar, end)
        return row

    def _facts(self, width: int) -> str:
        step = f"step {self._pace.step:,} of {self._pace.planned_steps:,}"
        rate = f"{self._pace.rate:,.0f} samples/s" if self._pace.rate else ""
        gradient = "" if self._seen.gradient is None else f"gradient {self._seen.gradient:.3g}"
        memory = f"{self._seen.memory / 1e6:,.0f} MB" if self._seen.memory else ""
        parts = [part for part in (step, rate, f"learning rate {self._learning_rate:.3g}", gradient, memory) if part]
        while len(line := self._sign("  ·  ", "  |  ").join(parts)) > width and len(parts) > 1:
            parts.pop()
        return line

    def _metrics(self, width: int) -> RenderableType:
        """A row for each metric: of the training, and of the validation, each with its small curve."""
        names = list(dict.fromkeys((*self._training, *self._validation)))
        # What does not fit is in the lines of the epochs, and in the log.
        names = names[: max(1, self._console.height - OTHER_ROWS)]
        columns = {
            "": [title_within(name) for name in names],
            "training": [_now(name, self._training.get(name)) for name in names],
            "validation": [_now(name, self._validation.get(name)) for name in names],
        }
        if width >= NARROW:
            columns["best"] = [_best(name, self._validation.get(name)) for name in names]
        taken = sum(max(map(len, (head, *cells))) + GAP for head, cells in columns.items())
        letters = min(TREND, (width - taken) // 2 - GAP)
        table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, GAP, 0, 0), header_style="dim")
        filled: list[list[str]] = []
        for head, cells in columns.items():
            table.add_column(head, no_wrap=True, overflow="ellipsis")
            filled.append(cells)
            trends = {"training": self._training, "validation": self._validation}.get(head)
            if trends is not None and width >= NARROW and letters >= FEWEST and self._can_say(BARS):
                # As wide as it will ever be: columns that move cannot be read.
                table.add_column(width=letters, no_wrap=True)
                filled.append([trends[name].drawn(letters) if name in trends else "" for name in names])
        for row in zip(*filled, strict=True):
            table.add_row(*row)
        return table

    def _sign(self, sign: str, plain: str) -> str:
        return sign if self._can_say(sign) else plain

    def _can_say(self, letters: str) -> bool:
        """Whether the terminal has these letters: some code pages of Windows lack them."""
        try:
            letters.encode(self._console.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return not self._console.legacy_windows


class Trend:
    """A value in the course of time, as many points of it as a small curve has room for, and the best so far."""

    MOST = 2 * TREND

    def __init__(self, smoothing: float, higher_is_better: bool = False) -> None:
        self.value = self.best = math.nan
        self.best_epoch = 0
        self._smoothing, self._higher = smoothing, higher_is_better
        self._points: list[float] = []
        self._each, self._since = 1, list[float]()

    def take(self, values: list[float], epoch: int = 0) -> None:
        """Takes the next values."""
        for value in values:
            past = self.value if math.isfinite(self.value) else value
            self.value = self._smoothing * past + (1 - self._smoothing) * value
            if math.isnan(self.best) or (value > self.best if self._higher else value < self.best):
                self.best, self.best_epoch = value, epoch
            self._since.append(value)
            if len(self._since) >= self._each:
                self._points.append(sum(self._since) / len(self._since))
                self._since.clear()
            if len(self._points) >= self.MOST:
                # Twice as much time for each point, so that it always shows the whole training.
                self._points = [(one + other) / 2 for one, other in zip(*[iter(self._points)] * 2, strict=True)]
                self._each *= 2

    def drawn(self, width: int) -> str:
        """The curve in block letters."""
        points = [point for point in self._points if math.isfinite(point)]
        count = len(points)
        if count > width:
            ends = [count * place // width for place in range(width + 1)]
            points = [sum(points[one:other]) / (other - one) for one, other in itertools.pairwise(ends)]
        if not points:
            return ""
        low, high = min(points), max(points)
        span = (high - low) or 1.0
        return "".join(BARS[round((point - low) / span * (len(BARS) - 1))] for point in points)


def _now(name: str, trend: Trend | None) -> str:
    return value_in_words(name, trend.value) if trend else ""


def _best(name: str, trend: Trend | None) -> str:
    return f"{value_in_words(name, trend.best)} in epoch {trend.best_epoch:,}" if trend else ""


def duration(seconds: float) -> str:
    """``0:09``, ``12:30``, ``1:02:03``."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _at_both_ends(left: Text, right: Text) -> RenderableType:
    row = Table.grid(expand=True, padding=(0, 1))
    row.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    row.add_column(justify="right", no_wrap=True)
    row.add_row(left, right)
    return row
