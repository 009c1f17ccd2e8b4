"""Legend: what each curve is, and its value now."""

from typing import NamedTuple

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme as looks
from gui.theme import Appearance

SAMPLE = looks.GRID * 6
GAP = looks.GRID * 2


class Entry(NamedTuple):
    """A curve in the legend, and the pen that draws it; ``marked``: with markers."""

    pen: QPen
    name: str
    value: str = ""
    marked: bool = False


class Legend(QWidget):
    """Entries in a row, at its right. Where there is no room, one below the other; where even that is too wide, the
    values alone, and where there are none, the names, shortened if need be. All of it is in the tooltip."""

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
            self.updateGeometry()
            self.update()

    @property
    def least_width(self) -> int:
        """Pixels in which at least the values can be read."""
        metrics = QFontMetrics(self.font())
        return max((_width(metrics, [entry.value]) for entry in self._entries), default=0)

    def sizeHint(self) -> QSize:
        return QSize(0, looks.LEGEND_HEIGHT * (len(self._entries) if self._is_column else 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()

    @property
    def _is_column(self) -> bool:
        """Whether the entries, each with its value, stand one below the other."""
        metrics = QFontMetrics(self.font())
        has_values = all(entry.value for entry in self._entries)
        return has_values and _width(metrics, _whole(self._entries)) > self.width()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = QFontMetrics(self.font())
        texts = self._texts(metrics)
        if self._is_column:
            left = self.width() - max(_width(metrics, [text]) for text in texts)
            for row, (entry, text) in enumerate(zip(self._entries, texts, strict=True)):
                self._paint(painter, entry, text, QPoint(left, row * looks.LEGEND_HEIGHT))
            return
        left = self.width() - _width(metrics, texts)
        for entry, text in zip(self._entries, texts, strict=False):
            self._paint(painter, entry, text, QPoint(left, 0))
            left += _width(metrics, [text]) + GAP

    def _paint(self, painter: QPainter, entry: Entry, text: str, at: QPoint) -> None:
        self._paint_sample(painter, entry, at)
        painter.setPen(self._appearance.theme.colour("dim"))
        room = painter.fontMetrics().horizontalAdvance(text) + looks.GRID
        place = QRect(at.x() + SAMPLE + looks.GRID, at.y(), room, looks.LEGEND_HEIGHT)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)

    def _texts(self, metrics: QFontMetrics) -> list[str]:
        """As much as there is room for."""
        texts = _whole(self._entries)
        if self._is_column:
            fits = max(_width(metrics, [text]) for text in texts) <= self.width()
            return texts if fits else [entry.value for entry in self._entries]
        if _width(metrics, texts) > self.width():
            room = (self.width() + GAP) // len(texts) - _width(metrics, [""]) - GAP
            # Runs of one name differ at their ends.
            texts = [metrics.elidedText(entry.name, Qt.TextElideMode.ElideMiddle, room) for entry in self._entries]
        return texts

    def _paint_sample(self, painter: QPainter, entry: Entry, at: QPoint) -> None:
        left, middle = at.x(), at.y() + looks.LEGEND_HEIGHT / 2
        painter.setPen(entry.pen)
        painter.drawLine(QPointF(left, middle), QPointF(left + SAMPLE, middle))
        if entry.marked:
            painter.setBrush(entry.pen.color())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.drawEllipse(QPointF(left + SAMPLE / 2, middle), looks.MARKER / 2, looks.MARKER / 2)


def _whole(entries: list[Entry]) -> list[str]:
    """Each with its value."""
    return [f"{entry.name} {entry.value}".strip() for entry in entries]


def _width(metrics: QFontMetrics, texts: list[str]) -> int:
    """Of entries with these texts, and the gaps between them."""
    return sum(SAMPLE + looks.GRID + metrics.horizontalAdvance(text) + GAP for text in texts) - GAP
