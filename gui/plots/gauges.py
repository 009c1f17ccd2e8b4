"""Gauges: what is watched while a network trains, each in a line: its name, its course in small, its value now.

A click lays the same out in large beside the curves.
"""

from collections.abc import Collection

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from engine.curve import Curve
from engine.curves import History
from gui import theme as looks
from gui.plots.layer_map import colours_of
from gui.plots.measures import HEALTHY, MEASURES, SMOOTHED, curves_of, typical, value_in_words
from gui.theme import Appearance
from gui.words import translated

NAMES = ("gradient", "updates", "learning_rate", "speed", "memory", "device_memory")


class Gauges(QWidget):
    """One below the other, those of which something is known."""

    toggled = Signal(str, bool)
    """A person wants a measure in large, or no more."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gauges")
        self.setAccessibleName(self.tr("Watched while it trains"))
        self._gauges = {name: Gauge(name, appearance, self) for name in NAMES}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for name, gauge in self._gauges.items():
            gauge.clicked.connect(lambda checked, name=name: self.toggled.emit(name, checked))
            column.addWidget(gauge, 2 if MEASURES[name].of_layers else 1)
        column.addStretch(0)
        self.setFixedWidth(looks.with_font(looks.GAUGES_WIDTH))

    def show_history(self, history: History, smoothing: float) -> None:
        """Shows what is known of a run."""
        for gauge in self._gauges.values():
            gauge.show_history(history, smoothing)

    @property
    def knows_something(self) -> bool:
        """Whether there is a gauge to show."""
        return any(not gauge.isHidden() for gauge in self._gauges.values())

    def show_chosen(self, names: Collection[str]) -> None:
        """Marks those that are shown in large."""
        for name, gauge in self._gauges.items():
            gauge.setChecked(name in names)


class Gauge(QAbstractButton):
    """A measure in a line."""

    def __init__(self, name: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}Gauge")
        self.setAccessibleName(translated(MEASURES[name].title))
        self._name, self._appearance = name, appearance
        self._history, self._smoothing, self._value = History(), 0.0, ""
        self.setCheckable(True)
        self.setFont(looks.small_font())
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setMaximumHeight(looks.GAUGE_HIGHEST)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        appearance.changed.connect(self.update)
        self.show_history(History(), 0.0)

    def show_history(self, history: History, smoothing: float) -> None:
        """Shows what is known of a run; where nothing is, it is not there."""
        self._history, self._smoothing = history, smoothing if self._name in SMOOTHED else 0.0
        curves = curves_of(history, self._name)
        self.setVisible(bool(curves))
        if not curves:
            return
        now = typical(history) if self._name == "updates" else self._last(curves[self._name])
        self._value = value_in_words(self._name, now)
        measure = MEASURES[self._name]
        self.setAccessibleName(f"{translated(measure.title)} {self._value}")
        self.setToolTip(f"<b>{translated(measure.title)} {self._value}</b><br>{translated(measure.help)}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(looks.GAUGES_WIDTH, looks.LEGEND_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, theme = QPainter(self), self._appearance.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.isChecked() or self.underMouse() or self.hasFocus():
            painter.setPen(QPen(theme.colour("accent")) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("raised"))
            around = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.drawRoundedRect(around, looks.MARK_RADIUS, looks.MARK_RADIUS)
        inner = self.rect().adjusted(looks.GRID, 0, -looks.GRID, 0)
        painter.setPen(theme.colour("text" if self.isChecked() else "dim"))
        title = translated(MEASURES[self._name].title)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        painter.setPen(self._ink())
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._value)
        name_width, value_width = (round(part * inner.width()) for part in looks.GAUGE_PARTS)
        between = inner.adjusted(name_width, looks.GRID, -value_width, -looks.GRID)
        if MEASURES[self._name].of_layers:
            last = max(curve.last_step for curve in curves_of(self._history, self._name).values())
            columns = round(between.width() * self.devicePixelRatioF())
            painter.drawImage(between, colours_of(self._name, self._history, theme, 0.0, last, columns))
        else:
            self._paint_course(painter, between)

    def _ink(self) -> QColor:
        """Of the value; one that is not healthy stands out."""
        theme = self._appearance.theme
        if self._name == "updates" and not HEALTHY[0] <= typical(self._history) <= HEALTHY[1]:
            return theme.colour("doubt")
        return theme.colour("text")

    def _paint_course(self, painter: QPainter, place: QRect) -> None:
        """All of the curve, as high as there is room."""
        curve = curves_of(self._history, self._name)[self._name]
        last, columns = curve.last_step, place.width() // 2
        if self._smoothing:
            x, y = curve.sampled(self._smoothing, 0.0, last, columns)
        else:
            x, y = curve.thinned(0.0, last, columns)
        low, high = float(y.min()), float(y.max())
        # What hardly changes is a straight line in the middle.
        least = 0.02 * max(abs(high), 1e-30)
        middle, span = (low + high) / 2, max(high - low, least)
        across = place.left() + (x - x[0]) / max(float(x[-1] - x[0]), 1e-9) * place.width()
        down = place.center().y() - (y - middle) / span * place.height()
        painter.setPen(QPen(self._appearance.theme.colour("accent"), looks.OVERLAY_WIDTH))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        points = [QPointF(float(each), float(height)) for each, height in zip(across, down, strict=True)]
        painter.drawPolyline(QPolygonF(points))

    def _last(self, curve: Curve) -> float:
        return float(curve.smoothed_at(np.array([len(curve) - 1]), self._smoothing)[0])
