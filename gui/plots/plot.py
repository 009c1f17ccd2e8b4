"""Plot: one metric of a run with its title, its legend and its curves."""

import html
import math
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from engine.curve import Curve, Values
from engine.curves import History
from engine.metrics import described, title_of
from gui import theme as looks
from gui.changes import change_in_words
from gui.plots.legend import Entry, Legend
from gui.plots.measures import MEASURES, value_in_words
from gui.plots.view import Line, View, pen
from gui.run_rows import named
from gui.theme import Appearance, Theme, mixed
from gui.words import brief, metric_in_words, translated, with_thousands

MARKER_ROOM = 2 * looks.MARKER
"""Pixels from one marker to the next; closer together they would hide what lies under them."""
FAINTNESS = 0.5
PIXELS_PER_POINT = 3
"""Between two points of a smoothed curve: drawn wide and with soft edges, a jagged line takes ten times as long."""


EARLIER_DASHES = ((4, 2, 1, 2), (2, 2), (7, 2), (4, 2, 1, 2, 1, 2), (6, 2, 2, 2))
"""Dashes and gaps in the curves of earlier runs, in widths of the line, so that colour alone tells none apart."""

NONE: tuple[Values, Values] = (np.empty(0), np.empty(0))


class Plot(QWidget):
    """One metric: its title, its legend with the values of now, its curves."""

    def __init__(self, name: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._title = QLabel(self)
        self._title.setFont(looks.title_font())
        self._legend = Legend(appearance, self)
        self._earlier_legend = Legend(appearance, self)
        self.view = View(name, self)
        self.view.setAccessibleName(self.tr("Curves"))
        self._raw, self._mean, self._validation = self.view.line(1, soft=False), self.view.line(2), self.view.line(3)
        self._markers = self.view.markers(4)
        self._overlays: dict[str, tuple[Line, Line]] = {}
        self._metric = "loss"
        self._history = History()
        self._earlier: dict[str, History] = {}
        self._titles: dict[str, str] = {}
        self._smoothing = 0.0
        head = QHBoxLayout()
        head.setSpacing(looks.GRID * 2)
        # Beside a legend of several lines it stays on the first.
        self._title.setMinimumHeight(looks.LEGEND_HEIGHT)
        head.addWidget(self._title, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._legend, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._earlier_legend)
        column.addWidget(self.view, 1)

    def show_theme(self, theme: Theme) -> None:
        """Takes its colours from the theme."""
        validation = theme.colour("validation")
        self._raw.setPen(pen(mixed(theme.colour("accent"), theme.colour("panel"), FAINTNESS)))
        self._mean.setPen(_training_pen(theme))
        self._validation.setPen(_validation_pen(theme))
        self._markers.setBrush(validation)
        self._markers.setPen(pen(validation))
        self.view.show_theme(theme)
        self._paint_overlays()

    def show_curves(
        self,
        metric: str,
        history: History,
        overlays: dict[str, History],
        titles: dict[str, str],
        smoothing: float,
        log: bool,
        steps: float | None,
    ) -> None:
        """Draws what is in view; ``steps``: how far the view is to reach, None: it stays where it is."""
        self._metric, self._history, self._smoothing = metric, history, smoothing
        self._earlier, self._titles = overlays, titles
        self._title.setToolTip(translated(MEASURES[metric].help) if metric in MEASURES else _title(metric))
        self.view.setAccessibleName(_title(metric))
        is_memory = metric in ("memory", "device_memory")
        words = partial(value_in_words, metric) if is_memory else None
        self.view.show_scale(log, history.steps_per_epoch, _is_share(metric), words)
        self._keep_overlays(overlays)
        self.view.show_marks(step for step, _ in self._marks)
        if steps is not None:
            self.view.show_range(steps, [*self._drawn_values(log)])
        self._draw(history.course(metric), history.validation.get(metric))
        for name, (training, validation) in self._overlays.items():
            self._set(training, overlays[name].course(metric), smoothing)
            # As fine as a smoothed one, not smoothed: dots along every spike would take most of a frame.
            self._set(validation, overlays[name].validation.get(metric), smoothing=0.0)
        self._show_legend()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_title()

    def _fit_title(self) -> None:
        """Shortened where the legend could not tell its values beside it."""
        room = self.width() - self._legend.least_width - looks.GRID * 2
        fitting = self._title.fontMetrics().elidedText(_title(self._metric), Qt.TextElideMode.ElideRight, room)
        if fitting != self._title.text():
            self._title.setText(fitting)

    def show_step(self, step: float) -> None:
        """The line under the pointer and all values there; NaN: the pointer is elsewhere."""
        self.view.show_reading(step, "" if math.isnan(step) else self._reading(step))

    def _draw(self, training: Curve | None, validation: Curve | None) -> None:
        self._set(self._raw, training)
        self._set(self._mean, training, self._smoothing)
        self._set(self._validation, validation)
        low, high = self.view.steps_in_view
        steps, values = validation.thinned(low, high, self.view.columns) if validation else NONE
        if len(steps) * MARKER_ROOM > self.view.columns:
            steps, values = NONE
        self._markers.setData(steps, self.view.scaled(values))

    def _set(self, line: Line, curve: Curve | None, smoothing: float | None = None) -> None:
        # A line needs two points; without, it would be an empty path, which a reader of the saved picture refuses.
        line.setVisible(curve is not None and len(curve) > 1)
        if curve is None:
            line.setData([], [])
            return
        low, high = self.view.steps_in_view
        if smoothing is None:
            x, y = curve.thinned(low, high, self.view.columns)
        else:
            x, y = curve.sampled(smoothing, low, high, self.view.columns // PIXELS_PER_POINT)
        line.setData(x, self.view.scaled(y), connect="all", skipFiniteCheck=True)

    def _drawn_values(self, log: bool) -> Iterable[Values]:
        for history in (self._history, *self._earlier.values()):
            for curve in (history.validation.get(self._metric), history.course(self._metric)):
                if curve:
                    # On a logarithmic scale a spike takes no room from others.
                    yield curve.extent if log else curve.extent_of_most

    def _keep_overlays(self, overlays: dict[str, History]) -> None:
        if list(overlays) == list(self._overlays):
            return
        for lines in self._overlays.values():
            self.view.remove(*lines)
        # On top: where a new curve runs along an earlier one, both are seen.
        self._overlays = {name: (self.view.line(6), self.view.line(5)) for name in overlays}
        self._paint_overlays()

    def _paint_overlays(self) -> None:
        for number, (training, validation) in enumerate(self._overlays.values()):
            made = _earlier_pen(self._appearance.theme, number)
            training.setPen(made)
            validation.setPen(pen(made.color(), made.widthF(), Qt.PenStyle.DotLine))

    def _show_legend(self) -> None:
        theme = self._appearance.theme
        entries: list[Entry] = []
        if curve := self._history.course(self._metric):
            value = self._in_short(curve.smoothed_at(np.array([len(curve) - 1]), self._smoothing)[0])
            entries.append(Entry(_training_pen(theme), self._what, value))
        if curve := self._history.validation.get(self._metric):
            value = self._in_short(curve.values[-1])
            entries.append(Entry(_validation_pen(theme), self.tr("validation"), value, marked=True))
        self._legend.show_entries(entries)
        self._fit_title()
        earlier = [Entry(_earlier_pen(theme, number), self._titles[name]) for number, name in enumerate(self._earlier)]
        self._earlier_legend.show_entries(earlier)
        self._earlier_legend.setVisible(bool(earlier))

    def _reading(self, step: float) -> str:
        """All values at the step that is drawn nearest, as a small table, and what was done there."""
        done = [words for at, words in self._marks if self.view.is_near(at, step)]
        theme, history = self._appearance.theme, self._history
        rows: list[tuple[QColor, str, str]] = []
        if curve := history.course(self._metric):
            at = curve.nearest(step)
            step = curve.step_at(at)
            rows.append((theme.colour("accent"), self._what, self._words(curve.values[at])))
            if self._smoothing:
                smoothed = self._words(curve.smoothed_at(np.array([at]), self._smoothing)[0])
                rows.append((theme.colour("accent"), self.tr("smoothed"), smoothed))
        if curve := history.validation.get(self._metric):
            rows.append((theme.colour("validation"), self.tr("validation"), self._words(curve.value_at(step))))
        for number, (name, earlier) in enumerate(self._earlier.items()):
            if curve := earlier.course(self._metric):
                rows.append((theme.sequence(number), self._elided(name), self._words(curve.value_at(step))))
        where = self.tr("step {step}").format(step=with_thousands(round(step)))
        if history.steps_per_epoch:
            epoch = self.tr("epoch {epoch}").format(
                epoch=with_thousands(max(1, math.ceil(step / history.steps_per_epoch)))
            )
            where = f"{where} · {epoch}"
        return _table(where, rows) + "".join(f"<br>{html.escape(words)}" for words in done)

    @property
    def _marks(self) -> list[tuple[int, str]]:
        """The steps at which a person had it go on otherwise, and how."""
        forked, changes = self._history.forked, self._history.changes
        begun = [(forked.step, self.tr("forked from {name}").format(name=named(Path(forked.parent))))] if forked else []
        return begun + [(one.step, change_in_words(one.path, one.value, one.before)) for one in changes]

    @property
    def _what(self) -> str:
        """What is drawn of the run itself."""
        return self.tr("now") if self._metric in MEASURES else self.tr("training")

    def _words(self, value: float) -> str:
        if self._metric in MEASURES:
            return value_in_words(self._metric, float(value))
        return metric_in_words(self._metric, float(value))

    def _in_short(self, value: float) -> str:
        """Three significant digits: the legend has little room."""
        if self._metric in MEASURES:
            return value_in_words(self._metric, float(value))
        return f"{100 * value:.3g} %" if _is_share(self._metric) else brief(f"{value:.3g}")

    def _elided(self, name: str) -> str:
        # As in the legend: runs of one name differ at their ends.
        metrics = self._legend.fontMetrics()
        return metrics.elidedText(self._titles[name], Qt.TextElideMode.ElideMiddle, looks.LABEL_WIDTH)


def _training_pen(theme: Theme) -> QPen:
    return pen(theme.colour("accent"), looks.CURVE_WIDTH)


def _validation_pen(theme: Theme) -> QPen:
    return pen(theme.colour("validation"), looks.CURVE_WIDTH, Qt.PenStyle.DashLine)


def _earlier_pen(theme: Theme, number: int) -> QPen:
    made = pen(theme.sequence(number), looks.OVERLAY_WIDTH)
    made.setDashPattern(EARLIER_DASHES[number % len(EARLIER_DASHES)])
    return made


def _title(metric: str) -> str:
    measure = MEASURES.get(metric)
    return translated(measure.title if measure else title_of(metric))


def _is_share(metric: str) -> bool:
    known = described(metric)
    return known is not None and known.percent


def _table(where: str, rows: list[tuple[QColor, str, str]]) -> str:
    lines = "".join(
        f"<tr><td><font color='{colour.name()}'>■</font>&nbsp;{html.escape(name)}&nbsp;</td>"
        f"<td align='right'>{html.escape(value)}</td></tr>"
        for colour, name, value in rows
    )
    return f"{html.escape(where)}<table cellspacing='0' cellpadding='0'>{lines}</table>"
