"""What is watched of each layer, in colours: a row for each layer, from the first step at the left to the last."""

import html
import math

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from engine.curves import History
from gui import theme as looks
from gui.plots.measures import MEASURES, curves_of, shade_numbers, shades, value_in_words, verdict
from gui.theme import Appearance, Theme
from gui.words import translated, with_thousands

LABEL_SHARE = 0.34
"""The part of the width that the names of layers may take."""


def colours_of(name: str, history: History, theme: Theme, low: float, high: float, columns: int) -> QImage:
    """A picture of a measure of layers: a row of pixels for each layer, a column for each step in turn."""
    curves = curves_of(history, name)
    if not curves:
        return QImage()
    numbers = shade_numbers(name, curves, low, high, columns)
    table = np.array([colour.rgba() for colour in shades(name, theme)], np.uint32)
    pixels = np.where(np.isnan(numbers), np.uint32(0), table[np.nan_to_num(numbers).astype(np.int64)])
    pixels = np.ascontiguousarray(pixels, np.uint32)
    image = QImage(pixels.data, pixels.shape[1], pixels.shape[0], 4 * pixels.shape[1], QImage.Format.Format_ARGB32)
    return image.copy()


class LayerMap(QWidget):
    """A measure of layers with its title, what its colours mean, and its picture."""

    hovered = Signal(float)
    """The step under the pointer; NaN where there is none any more."""
    menu_asked = Signal(QPoint)

    def __init__(self, name: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(f"{name}Plot")
        measure = MEASURES[name]
        title = QLabel(translated(measure.title), self)
        title.setFont(looks.title_font())
        title.setToolTip(translated(measure.help))
        title.setMinimumHeight(looks.LEGEND_HEIGHT)
        self._picture = _Picture(name, appearance, self)
        self._picture.setAccessibleName(translated(measure.title))
        self._picture.setToolTip(translated(measure.help))
        scale = _Scale(name, appearance, self)
        scale.setToolTip(translated(measure.help))
        head = QHBoxLayout()
        head.setSpacing(looks.GRID * 2)
        head.addWidget(title)
        head.addStretch(1)
        head.addWidget(scale)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID)
        column.addLayout(head)
        column.addWidget(self._picture, 1)

    def show_history(self, history: History, low: float, high: float) -> None:
        """Shows a run from one step to another."""
        self._picture.show_history(history, low, high)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event.globalPos())


class _Picture(QWidget):
    """The rows with the names of the layers beside them."""

    def __init__(self, name: str, appearance: Appearance, parent: LayerMap) -> None:
        super().__init__(parent)
        self._name, self._appearance, self._map = name, appearance, parent
        self._history = History()
        self._low, self._high = 0.0, 1.0
        self.setFont(looks.small_font())
        self.setMouseTracking(True)
        self.setMinimumSize(looks.CURVES_LOWEST, looks.CURVES_LOWEST // 2)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        appearance.changed.connect(self.update)

    def show_history(self, history: History, low: float, high: float) -> None:
        self._history, self._low, self._high = history, low, high
        self.update()

    @property
    def _layers(self) -> list[str]:
        return list(curves_of(self._history, self._name))

    def _place(self) -> QRect:
        """Where the colours are, beside the names."""
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(layer) for layer in self._layers), default=0)
        left = min(widest, round(self.width() * LABEL_SHARE)) + looks.GRID * 2
        return QRect(left, 0, max(1, self.width() - left), max(1, self.height() - looks.GRID))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        layers, theme, place = self._layers, self._appearance.theme, self._place()
        if not layers:
            return
        painter = QPainter(self)
        columns = round(place.width() * self.devicePixelRatioF())
        painter.drawImage(QRectF(place), colours_of(self._name, self._history, theme, self._low, self._high, columns))
        height = place.height() / len(layers)
        metrics = self.fontMetrics()
        # Of many layers so many are named as can be read.
        each = max(1, math.ceil(metrics.height() / height))
        painter.setPen(theme.colour("dim"))
        for number in range(0, len(layers), each):
            row = QRectF(0, number * height, place.left() - looks.GRID * 2, max(height, metrics.height()))
            text = metrics.elidedText(layers[number], Qt.TextElideMode.ElideMiddle, round(row.width()))
            painter.drawText(row, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)
        if height > 4 * looks.GRID:
            painter.setPen(theme.colour("panel"))
            for number in range(1, len(layers)):
                painter.drawLine(place.left(), round(number * height), place.right(), round(number * height))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        words = self.words_at(event.position().toPoint())
        step = self._step_at(event.position().x()) if words else math.nan
        self._map.hovered.emit(step)
        if words:
            QToolTip.showText(event.globalPosition().toPoint(), words, self)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._map.hovered.emit(math.nan)

    def _step_at(self, x: float) -> float:
        place = self._place()
        return self._low + (x - place.left()) / place.width() * (self._high - self._low)

    def words_at(self, at: QPoint) -> str:
        """What is known of the layer and the step there; nothing where nothing is."""
        curves, place = curves_of(self._history, self._name), self._place()
        if not curves or not place.contains(at):
            return ""
        layer, curve = list(curves.items())[min(at.y() * len(curves) // place.height(), len(curves) - 1)]
        seen = max(curve.stretches.up_to(self._step_at(at.x()), with_it=True) - 1, 0)
        value = float(curve.values[seen])
        words = f"{value_in_words(self._name, value)}{' · ' + verdict(value) if self._name == 'updates' else ''}"
        step = self.tr("step {step}").format(step=with_thousands(round(curve.step_at(seen))))
        return f"<b>{html.escape(layer)}</b><br>{words}<br>{html.escape(step)}"


class _Scale(QWidget):
    """What the colours mean, from little to much."""

    def __init__(self, name: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._name, self._appearance = name, appearance
        self.setFont(looks.small_font())
        low, middle, high = ("1e-6", "1e-3", "1") if name == "updates" else (self.tr("weak"), "", self.tr("strong"))
        self._words = (low, middle, high)
        appearance.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        words = sum(self.fontMetrics().horizontalAdvance(word) for word in (self._words[0], self._words[2]))
        return QSize(words + looks.SLIDER_WIDTH + 2 * looks.GRID, looks.LEGEND_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, metrics = QPainter(self), self.fontMetrics()
        low, middle, high = self._words
        left, right = metrics.horizontalAdvance(low) + looks.GRID, metrics.horizontalAdvance(high) + looks.GRID
        bar = self.rect().adjusted(left, looks.GRID, -right, -looks.GRID)
        if bar.width() < looks.GRID * 2:
            # Beside a long title there is no room; the tooltip says what the colours mean.
            return
        colours = shades(self._name, self._appearance.theme)
        for x in range(bar.width()):
            colour = colours[x * (len(colours) - 1) // max(bar.width() - 1, 1)]
            painter.fillRect(bar.left() + x, bar.top(), 1, bar.height(), colour)
        painter.setPen(self._appearance.theme.colour("dim"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, high)
        if metrics.horizontalAdvance(middle) > bar.width() / 2:
            return
        painter.setPen(self._appearance.theme.colour("text"))
        painter.drawText(bar, Qt.AlignmentFlag.AlignCenter, middle)
