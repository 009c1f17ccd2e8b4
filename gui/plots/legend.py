"""Legend: what each curve is, and its value now, at the right of a plot's head."""

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme as looks
from gui.theme import Appearance

SAMPLE = looks.GRID * 5


class Entry(NamedTuple):
    """A curve in the legend; ``marked``: drawn dashed with markers."""

    colour: QColor
    name: str
    value: str = ""
    marked: bool = False


class Legend(QWidget):
    """Entries in a row. Where there is no room for the names, the values alone; all of it is in the tooltip."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._entries: list[Entry] = []
        self.setFont(looks.small_font())
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_entries(self, entries: list[Entry]) -> None:
        """Shows these."""
        if entries != self._entries:
            self._entries = entries
            words = "\n".join(f"{entry.name} {entry.value}".strip() for entry in entries)
            self.setToolTip(words)
            self.setAccessibleName(words)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, looks.LEGEND_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetrics(self.font())
        texts = self._texts(metrics)
        left = self.width() - sum(_width(metrics, text) for text in texts) + looks.PADDING
        for entry, text in zip(self._entries, texts, strict=False):
            self._paint_sample(painter, entry, left)
            painter.setPen(self._appearance.theme.colour("dim"))
            place = QRect(left + SAMPLE + looks.GRID, 0, metrics.horizontalAdvance(text) + looks.GRID, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            left += _width(metrics, text)

    def _texts(self, metrics: QFontMetrics) -> list[str]:
        """As much as there is room for."""
        texts = [f"{entry.name} {entry.value}".strip() for entry in self._entries]
        if sum(_width(metrics, text) for text in texts) > self.width():
            texts = [entry.value or _initial(entry.name) for entry in self._entries]
        while texts and sum(_width(metrics, text) for text in texts) > self.width():
            texts.pop()
        return texts

    def _paint_sample(self, painter: QPainter, entry: Entry, left: int) -> None:
        middle = self.height() / 2
        style = Qt.PenStyle.DashLine if entry.marked else Qt.PenStyle.SolidLine
        painter.setPen(QPen(entry.colour, looks.CURVE_WIDTH, style))
        painter.drawLine(QPointF(left, middle), QPointF(left + SAMPLE, middle))
        if entry.marked:
            painter.setBrush(entry.colour)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QPointF(left + SAMPLE / 2, middle), looks.MARKER / 2, looks.MARKER / 2)


def _width(metrics: QFontMetrics, text: str) -> int:
    return SAMPLE + looks.GRID + metrics.horizontalAdvance(text) + looks.PADDING


def _initial(name: str) -> str:
    return f"{name[:8]}…" if len(name) > 9 else name
