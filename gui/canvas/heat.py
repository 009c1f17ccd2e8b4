"""Nodes coloured by their share of what the network costs, with the share in percent, and the legend to it."""

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from engine.report import Measure
from gui import theme as looks
from gui.page import label
from gui.theme import Appearance, Theme, icon
from gui.words import in_bytes, in_flops, in_percent, with_thousands

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

HeatMeasure = Measure | Literal[""]


class Heat(QObject):
    """Tints the nodes of a canvas by one measure, the hottest most, and keeps up with every report."""

    changed = Signal()
    """The measure, or what it comes to."""

    def __init__(self, canvas: "Canvas", appearance: Appearance) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.measure: HeatMeasure = ""
        self.total = 0
        self.largest = 0.0
        self.legend = HeatLegend(self, canvas.viewport(), appearance)
        canvas.editor.report_changed.connect(self._follow)
        canvas.editor.place_changed.connect(self._follow)

    def colour_by(self, measure: HeatMeasure) -> None:
        """Tints by this measure; by none, shows the nodes as they are."""
        if measure != self.measure:
            self.measure = measure
            for item in self._canvas.picture.nodes.values() if not measure else ():
                item.show_heat(None, "")
            self._tint()
            self.changed.emit()

    def _follow(self) -> None:
        """What the nodes cost may be another now."""
        if self.measure:
            self._tint()
            self.changed.emit()

    def _tint(self) -> None:
        report, measure = self._canvas.editor.here, self.measure
        if not measure:
            return
        shares = report.shares(measure)
        self.total = report.total(measure)
        self.largest = max(shares.values(), default=0.0)
        for node_id, item in self._canvas.picture.nodes.items():
            share = shares.get(node_id)
            if share is None:
                item.show_heat(None, "")
            else:
                item.show_heat(share / self.largest if self.largest else 0.0, in_percent(share))


class HeatLegend(QFrame):
    """What the colours stand for: the measure, its sum, and the share of the hottest node. Closing it ends them."""

    def __init__(self, heat: Heat, parent: QWidget, appearance: Appearance) -> None:
        super().__init__(parent)
        self._room = parent
        self.setObjectName("heatLegend")
        self.setProperty("kind", "floating")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self._heat = heat
        self._title, self._total, self._largest = QLabel(self), label(kind="dim"), label(kind="dim")
        self._title.setFont(looks.title_font())
        self._scale = _Scale(appearance, self)
        self._close = QToolButton(self)
        self._close.setObjectName("closeHeat")
        self._close.setAccessibleName(self.tr("Colour by nothing"))
        self._close.setToolTip(self.tr("Colour by nothing"))
        self._close.setIconSize(QSize(looks.ICON, looks.ICON))
        self._close.clicked.connect(self._colour_by_nothing)
        self._lay_out()
        self.hide()
        heat.changed.connect(self._show)
        appearance.changed.connect(self._show_theme)
        self._show_theme(appearance.theme)

    def place(self, *, right: bool) -> None:
        """Stands in the lower corner at the left, or at the right."""
        room, margin = self._room.size(), 3 * looks.GRID
        x = room.width() - self.width() - margin if right else margin
        self.move(QPoint(x, room.height() - self.height() - margin))

    def _colour_by_nothing(self) -> None:
        self._heat.colour_by("")

    def _lay_out(self) -> None:
        head, ends = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self._title)
        head.addWidget(self._total, 1)
        head.addWidget(self._close)
        ends.addWidget(label("0 %", "dim"), 1)
        ends.addWidget(self._largest)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * looks.GRID, 2 * looks.GRID, 2 * looks.GRID, 2 * looks.GRID)
        column.setSpacing(looks.GRID)
        column.addLayout(head)
        column.addWidget(self._scale)
        column.addLayout(ends)

    def _show(self) -> None:
        words = {
            "parameters": (self.tr("Parameters"), with_thousands),
            "flops": (self.tr("FLOPs"), in_flops),
            "memory": (self.tr("Memory"), in_bytes),
        }
        self.setVisible(bool(self._heat.measure))
        if self._heat.measure:
            title, written = words[self._heat.measure]
            self._title.setText(title)
            self._total.setText(written(self._heat.total))
            self._largest.setText(in_percent(self._heat.largest))
            self.setAccessibleName(self.tr("Coloured by {measure}").format(measure=title))
            self.adjustSize()
            self.raise_()

    def _show_theme(self, theme: Theme) -> None:
        self._close.setIcon(icon("close", theme))


class _Scale(QWidget):
    """The colours from the coolest to the hottest."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self.setMinimumSize(looks.HEAT_SCALE)
        appearance.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        theme = self._appearance.theme
        colours = QLinearGradient(0, 0, self.width(), 0)
        for number in range(len(theme.heat)):
            share = number / (len(theme.heat) - 1)
            colours.setColorAt(share, theme.warmth(share))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour("line"))
        painter.setBrush(colours)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), looks.GRID, looks.GRID)
