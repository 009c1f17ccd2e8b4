"""View: axes, lines and the reading under the pointer. The only file that knows pyqtgraph."""

import math
from collections.abc import Callable, Iterable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QHideEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from engine.curve import Values
from gui import theme as looks
from gui.theme import Theme
from gui.words import brief

Line = pg.PlotCurveItem

LEAST = 1e-12
"""Where a logarithmic scale ends: a loss of zero has no logarithm."""

STEP_LABEL_WIDTH = 6
VALUE_LABEL_HEIGHT = 2.5
"""Room for a label on either axis, in heights of its letters."""

RIGHT_MARGIN = looks.GRID * 6
EDGE_ROOM = looks.GRID * 8
"""How far a number at the end of an axis may reach beyond it."""

ROOM = looks.MARKER / 2 + looks.CURVE_WIDTH
"""Pixels that stay free beside the outermost values, so that a line or a marker there is whole."""

LEAST_SHARE = 0.01
LEAST_SPREAD = 0.05
"""The smallest span of an axis, so that it does not make much of next to nothing: of a share, and of any other value
relative to itself."""

LARGE = 1e5
"""Numbers that are farther apart are written with their power of ten: in full they would take the room of the curve."""

MARK_REACH = looks.GRID * 2
"""Pixels on either side of a mark in which the pointer reads it."""

MOST_HIDDEN = 0.4
"""Of the height of a chart, that a reading within it may take."""

TICK_DENSITY = 5
UNDER_CURVES = -1000


class View(pg.PlotWidget):
    """The axes and what lies between them."""

    moved = Signal()
    """A person has moved or zoomed the view."""
    hovered = Signal(float)
    """The step under the pointer; NaN where there is none any more."""
    fit_asked = Signal()
    range_changed = Signal()
    menu_asked = Signal(QPoint)

    def __init__(self, name: str, parent: QWidget) -> None:
        self._left, self._bottom = ValueAxis(), StepAxis()
        # A menu that is made and then taken away brought Qt down, once in a long while.
        items = pg.PlotItem(axisItems={"left": self._left, "bottom": self._bottom}, enableMenu=False)
        super().__init__(parent, plotItem=items)
        self.setObjectName(name)
        self.setFrameShape(self.Shape.NoFrame)
        items.hideButtons()
        # Room for the numbers at the ends of the axes, which are centred on their ticks.
        items.setContentsMargins(0, looks.GRID * 2, RIGHT_MARGIN, 0)
        self._box: pg.ViewBox = items.getViewBox()
        self._box.disableAutoRange()
        self._box.setDefaultPadding(0)
        self._box.sigRangeChangedManually.connect(lambda _sides: self.moved.emit())
        self._box.sigRangeChanged.connect(lambda *_range: self.range_changed.emit())
        self._log = False
        self._leader: View | None = None
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.setVisible(False)
        self._box.addItem(self._cursor, ignoreBounds=True)
        self._marks: dict[float, pg.InfiniteLine] = {}
        self._mark_pen = QPen()
        self._readout = QLabel(self)
        self._readout.setObjectName(f"{name}Readout")
        self._readout.setProperty("kind", "readout")
        self._readout.setFont(looks.small_font())
        self._readout.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._readout.setTextFormat(Qt.TextFormat.RichText)
        self._readout.hide()

    # Lines

    def line(self, height: int, *, soft: bool = True) -> Line:
        """A new line, above those of a lesser height. Many points are drawn many times faster without soft edges."""
        line = Line(antialias=soft)
        line.setZValue(height)
        self._box.addItem(line, ignoreBounds=True)
        return line

    def markers(self, height: int) -> pg.ScatterPlotItem:
        """A new set of round markers, above what has a lesser height."""
        markers = pg.ScatterPlotItem(size=looks.MARKER, antialias=True)
        markers.setZValue(height)
        self._box.addItem(markers, ignoreBounds=True)
        return markers

    def remove(self, *lines: Line) -> None:
        """Takes lines away."""
        for line in lines:
            self._box.removeItem(line)

    def show_marks(self, steps: Iterable[float]) -> None:
        """A line with a flag at its top, at each of these steps."""
        wanted = set(steps)
        for step in self._marks.keys() - wanted:
            self._box.removeItem(self._marks.pop(step))
        for step in wanted - self._marks.keys():
            mark = pg.InfiniteLine(step, angle=90, movable=False, pen=self._mark_pen)
            mark.addMarker("v", 1.0, looks.MARKER * 2)
            mark.setZValue(UNDER_CURVES + 1)
            self._box.addItem(mark, ignoreBounds=True)
            self._marks[step] = mark

    def step_at(self, place: QPoint) -> float:
        """The step at a place on the screen."""
        return float(self._box.mapSceneToView(self.mapToScene(self.mapFromGlobal(place))).x())

    def is_near(self, step: float, other: float) -> bool:
        """Whether two steps are drawn so near to each other that a pointer means both."""
        low, high = self.steps_in_view
        return abs(step - other) * self.columns <= MARK_REACH * (high - low)

    # What is in view

    @property
    def steps_in_view(self) -> tuple[float, float]:
        """The first and the last step in view."""
        low, high = self._box.viewRange()[0]
        return float(low), float(high)

    @property
    def columns(self) -> int:
        """The width in pixels."""
        return max(1, round(self._box.width()))

    def follow_steps_of(self, other: "View") -> None:
        """Always shows the same steps as another view."""
        self._leader = other
        self._box.setXLink(other._box)

    def scaled(self, values: Values) -> Values:
        """Values as this view places them: on a logarithmic scale their logarithms."""
        return np.log10(np.maximum(values, LEAST)) if self._log else values

    def show_scale(
        self, log: bool, steps_per_epoch: int, percent: bool, words: Callable[[float], str] | None = None
    ) -> None:
        """How the axes are divided, and how values are written where that is not as numbers."""
        self._log = log
        self._left.words = words
        self._left.divide(log, percent)
        self._bottom.divide(steps_per_epoch)

    def show_range(self, steps: float, values: list[Values]) -> None:
        """Brings these into view."""
        low, high = logarithmic_range(values) if self._log else value_range(values, self._left.percent)
        room = _room(high - low, self._box.height())
        self._box.setYRange(low - room, high + room, padding=0)
        # Views of different widths that both set the steps would move each other for ever.
        if self._leader is None:
            self._box.setXRange(0, steps + _room(steps, self._box.width()), padding=0)

    def show_theme(self, theme: Theme) -> None:
        """Takes its colours from the theme."""
        self.setBackground(theme.colour("panel"))
        for axis in (self._left, self._bottom):
            axis.setTextPen(theme.colour("faint"))
            axis.setTickPen(theme.colour("line"))
            axis.setPen(pen(theme.colour("line")) if axis is self._bottom else QPen(Qt.PenStyle.NoPen))
            axis.setTickFont(looks.small_font())
        self._cursor.setPen(pen(theme.colour("faint")))
        self._mark_pen = pen(theme.colour("doubt"), 1, Qt.PenStyle.DashLine)
        for mark in self._marks.values():
            mark.setPen(self._mark_pen)

    def show_reading(self, step: float, words: str) -> None:
        """A line at a step with its values beside it; without words, none."""
        # Asked for before it moves: a paint that comes in between has Qt forget where the line stood.
        self.scene().update(self._cursor.sceneBoundingRect())
        # Of a plot that is scrolled out of view, or not shown at all, there is none.
        shown = self.visibleRegion().boundingRect()
        self._cursor.setVisible(bool(words))
        self._readout.setVisible(bool(words) and not shown.isEmpty())
        if self._readout.isHidden():
            return
        self._cursor.setPos(step)
        self._readout.setText(words)
        self._fit_reading()
        chart = self.mapFromScene(self._box.sceneBoundingRect()).boundingRect()
        x = self.mapFromScene(self._box.mapViewToScene(QPointF(step, 0))).x()
        # In the corner that is away from the pointer.
        left = chart.right() - self._readout.width() if x < chart.center().x() else chart.left() + looks.GRID
        left = max(shown.left(), min(left, shown.right() - self._readout.width()))
        # In a low chart it would lie on the curves: it stands above, on the legend, whose values are those of now.
        hides = self._readout.height() > MOST_HIDDEN * chart.height()
        top = chart.top() - self._readout.height() if hides else chart.top()
        self._readout.move(self.mapTo(self.window(), QPoint(left, top)))
        self._readout.raise_()

    def _fit_reading(self) -> None:
        """As large as its words, in lines no longer than the plot is wide."""
        readout = self._readout
        if readout.parentWidget() is not self.window():
            # Within the plot it would be cut off where it stands above.
            readout.setParent(self.window())
            readout.show()
        readout.setWordWrap(False)
        readout.adjustSize()
        if readout.width() > self.width():
            readout.setWordWrap(True)
            readout.resize(self.width(), readout.heightForWidth(self.width()))

    # Qt

    def sizeHint(self) -> QSize:
        return QSize(looks.CURVES_HEIGHT, looks.CURVES_LOWEST // 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(looks.CURVES_LOWEST, looks.CURVES_LOWEST // 2)

    def resizeEvent(self, ev: QResizeEvent) -> None:
        super().resizeEvent(ev)
        self.range_changed.emit()

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        super().mouseMoveEvent(ev)
        if ev.buttons() == Qt.MouseButton.NoButton:
            self.hovered.emit(self._box.mapSceneToView(self.mapToScene(ev.position().toPoint())).x())

    def mouseDoubleClickEvent(self, ev: QMouseEvent) -> None:
        self.fit_asked.emit()
        ev.accept()

    def leaveEvent(self, ev: QEvent) -> None:
        super().leaveEvent(ev)
        self.hovered.emit(math.nan)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.show_reading(math.nan, "")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_asked.emit(event.globalPos())


class ValueAxis(pg.AxisItem):
    """The axis of a metric: round values, or powers of ten on a logarithmic scale."""

    def __init__(self) -> None:
        super().__init__("left")
        self._log = False
        self.percent = False
        self.words: Callable[[float], str] | None = None
        self.setGrid(255)
        self.setStyle(tickAlpha=255, maxTextLevel=0, tickTextOffset=looks.GRID * 2, tickLength=0)

    def setZValue(self, z: float) -> None:
        # pyqtgraph lays axes above the curves, and the grid is painted by its axis.
        super().setZValue(min(z, UNDER_CURVES))

    def boundingRect(self) -> QRectF:
        # With a grid, pyqtgraph leaves no room for the numbers at the ends, and would leave them out.
        return super().boundingRect().adjusted(0, -EDGE_ROOM, 0, EDGE_ROOM)

    def divide(self, log: bool, percent: bool) -> None:
        """How values are written and spaced."""
        if (log, percent) != (self._log, self.percent):
            self._log, self.percent = log, percent
            self.picture = None
            self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        count = max(2.0, size / (VALUE_LABEL_HEIGHT * looks.small_font().pixelSize()))
        if not self._log:
            spacing = round_up((maxVal - minVal) / count)
            return [(spacing, _multiples(spacing, minVal, maxVal))]
        if maxVal - minVal < 2:
            whole = range(math.floor(minVal), math.ceil(maxVal) + 1)
            ticks = [power + math.log10(digit) for power in whole for digit in (1, 2, 5)]
            return [(0.1, [tick for tick in ticks if minVal <= tick <= maxVal])]
        spacing = max(1.0, math.ceil((maxVal - minVal) / count))
        return [(spacing, _multiples(spacing, minVal, maxVal))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        del scale
        if self.words:
            return [self.words(10**value if self._log else value) for value in values]
        if self._log:
            return [brief(f"{10**value:.3g}") for value in values]
        if self.percent:
            return [f"{100 * value:.{_decimals(100 * spacing)}f} %" for value in values]
        if spacing < 1e-4 or spacing >= LARGE:
            digits = _digits(max(abs(value) for value in values), spacing)
            return [brief(f"{value:.{digits}g}") for value in values]
        return [f"{value:,.{_decimals(spacing)}f}" for value in values]


class StepAxis(pg.AxisItem):
    """The axis of steps. The ends of epochs are marked, and bear the numbers where there is room for two of them.

    The last number bears the word, so that a caption costs no room.
    """

    def __init__(self) -> None:
        super().__init__("bottom")
        self._steps_per_epoch = 0
        self.setStyle(tickAlpha=255, maxTextLevel=0, tickLength=-looks.GRID, tickTextOffset=looks.GRID)
        self.setStyle(hideOverlappingLabels=EDGE_ROOM)

    def divide(self, steps_per_epoch: int) -> None:
        """Where the epochs end."""
        if steps_per_epoch != self._steps_per_epoch:
            self._steps_per_epoch = steps_per_epoch
            self.picture = None
            self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        # With two of them or more, one beside the 0 is always in view.
        labels = max(2.0, self._room(size) / (STEP_LABEL_WIDTH * looks.small_font().pixelSize()))
        epoch, span = self._steps_per_epoch, maxVal - minVal
        unit = epoch if epoch and span >= 2 * epoch else 1
        spacing = float(unit * math.ceil(round_up(span / unit / labels)))
        levels = [(spacing, _multiples(spacing, minVal, maxVal))]
        if epoch and span / epoch < size / TICK_DENSITY:
            levels.append((float(epoch), _multiples(epoch, minVal, maxVal)))
        return levels

    def _room(self, size: float) -> float:
        """How long the axis is, were the numbers beside it the widest: plots side by side are divided alike."""
        view = self.getViewWidget()
        return min(size, view.width() - looks.AXIS_WIDEST) if view is not None else size

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        del scale, spacing
        return [f"{round(value):,}" for value in values]

    def drawPicture(
        self,
        p: QPainter,
        axisSpec: tuple[QPen, QPointF, QPointF],
        tickSpecs: list[tuple[QPen, QPointF, QPointF]],
        textSpecs: list[tuple[QRectF, Qt.AlignmentFlag, str]],
    ) -> None:
        if textSpecs:
            place, flags, number = textSpecs[-1]
            words = QCoreApplication.translate("Curves", "{count} steps").format(count=number)
            beside = (p.fontMetrics().horizontalAdvance(words) - place.width()) / 2
            place = place.adjusted(-beside, 0, beside, 0)
            place.moveRight(min(place.right(), self.width() + RIGHT_MARGIN))
            textSpecs = [*textSpecs[:-1], (place, flags, words)]
        super().drawPicture(p, axisSpec, tickSpecs, textSpecs)


def round_up(value: float) -> float:
    """The next of 1, 2, 2.5, 5, 10, 20, 25 … (and their fractions)."""
    power = 10 ** math.floor(math.log10(max(value, LEAST)))
    return next(digit * power for digit in (1, 2, 2.5, 5, 10) if digit * power >= value * (1 - 1e-9))


def _multiples(spacing: float, low: float, high: float) -> list[float]:
    slack = 1e-9 * spacing
    return [
        spacing * number
        for number in range(math.ceil((low - slack) / spacing), math.floor((high + slack) / spacing) + 1)
    ]


def _decimals(spacing: float) -> int:
    """How many a multiple of the spacing has."""
    first = max(0, -math.floor(math.log10(max(spacing, LEAST)) + 1e-9))
    return first if math.isclose(round(spacing, first), spacing) else first + 1


def _digits(highest: float, spacing: float) -> int:
    """How many significant ones tell values apart that are a spacing away from each other."""
    power = math.floor(math.log10(spacing) + 1e-9)
    return math.floor(math.log10(max(highest, spacing)) + 1e-9) + 1 - power + _decimals(spacing / 10**power)


def _extent(values: list[Values]) -> tuple[float, float]:
    known = [part for part in values if part.size]
    if not known:
        return 0.0, 1.0
    return min(float(part.min()) for part in known), max(float(part.max()) for part in known)


def value_range(values: list[Values], percent: bool) -> tuple[float, float]:
    """What the axis of a metric spans: round values around all that is drawn, from 0 where that is near."""
    low, high = _extent(values)
    if 0 <= low < 0.4 * high and not percent:
        low = 0.0
    least = LEAST_SHARE if percent else max(LEAST_SPREAD * abs(high), LEAST)
    lack = max(0.0, least - (high - low)) / 2
    low, high = low - lack, high + lack
    if percent:
        # Where one end is cut off, the other gives the room.
        low, high = max(min(low, 1 - least), 0.0), min(max(high, least), 1.0)
    spacing = round_up((high - low) / TICK_DENSITY)
    low, high = spacing * math.floor(low / spacing + 1e-9), spacing * math.ceil(high / spacing - 1e-9)
    return (max(low, 0.0), min(high, 1.0)) if percent else (low, high)


def logarithmic_range(values: list[Values]) -> tuple[float, float]:
    """The same on a logarithmic scale."""
    low, high = (math.log10(max(value, LEAST)) for value in _extent(values))
    lack = max(0.0, math.log10(1 + LEAST_SPREAD) - (high - low)) / 2
    return low - lack, high + lack


def _room(span: float, pixels: float) -> float:
    """How much of a span `ROOM` is; never much of it, as a view that is not laid out yet has no size."""
    return span * min(ROOM / max(pixels, 1), 0.1)


def pen(colour: QColor, width: float = 1, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen as wide at every zoom. Opaque lines of one pixel are drawn many times faster than others."""
    made = QPen(colour, width, style)
    made.setCosmetic(True)
    return made
