"""Pictures of what is known of all rows: bars to click, mean images, correlations. All can be walked by keys."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.looking.view import Filter, Relations
from gui import theme as looks
from gui.data_view.painting import draw_image, image_of
from gui.samples import Painted
from gui.theme import Appearance, mixed
from gui.words import translated, with_thousands

_GAP = looks.GRID
_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_CHOSEN = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class Bar(NamedTuple):
    """A bar: what it stands for, how many rows it is, and the filter that shows these; None: it cannot be clicked."""

    words: str
    rows: int
    filter: Filter | None = None
    is_missing: bool = False


class Walked(Painted):
    """Base of pictures made of fields that a mouse clicks and keys walk through."""

    chosen = Signal(object)
    """The `Filter` of what was clicked."""
    reached = Signal(str)
    """What the field says that the keyboard or the last click is on."""

    def __init__(self, appearance: Appearance, name: str, parent: QWidget | None = None) -> None:
        super().__init__(appearance, name, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._at = 0

    def fields(self) -> int:
        """How many there are."""
        raise NotImplementedError

    def words_of(self, field: int) -> str:
        """What one of them says."""
        raise NotImplementedError

    def field_at(self, place: QPointF) -> int | None:
        """Which is there."""
        raise NotImplementedError

    def choose(self, field: int) -> None:
        """It was clicked."""
        del field

    def stepped(self, field: int, across: int, down: int) -> int:
        """Where a key leads to."""
        return field + across + down

    def words_at(self, place: QPointF) -> str:
        field = self.field_at(place)
        return "" if field is None else self.words_of(field)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        field = self.field_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and field is not None:
            self._go(field)
            self.choose(field)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _STEPS:
            goal = self.stepped(self._at, *_STEPS[key])
            if 0 <= goal < self.fields():
                self._go(goal)
                return
        elif key in _CHOSEN and self.fields():
            self.choose(self._at)
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._go(min(self._at, max(0, self.fields() - 1)))

    def _go(self, field: int) -> None:
        self._at = field
        if field < self.fields():
            self.setAccessibleDescription(self.words_of(field))
            self.reached.emit(self.words_of(field))
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))
        self.update()

    def _ring(self, painter: QPainter, place: QRectF) -> None:
        """Shows where the keyboard is."""
        painter.setPen(QPen(self._appearance.theme.colour("accent"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)


class Bars(Walked):
    """Base of charts whose fields are bars."""

    def __init__(self, appearance: Appearance, name: str, parent: QWidget | None = None) -> None:
        super().__init__(appearance, name, parent)
        self._bars: tuple[Bar, ...] = ()
        self._shown: frozenset[Filter] = frozenset()

    @property
    def filters(self) -> list[Filter]:
        """What clicks on its bars ask for."""
        return [bar.filter for bar in self._bars if bar.filter is not None]

    def show_filters(self, filters: frozenset[Filter]) -> None:
        """Which bars' rows are in view."""
        self._shown = filters
        self.update()

    def fields(self) -> int:
        return len(self._bars)

    def choose(self, field: int) -> None:
        if self._bars[field].filter is not None:
            self.chosen.emit(self._bars[field].filter)


class Histogram(Bars):
    """Bars side by side, with what the first and the last begin and end with below them."""

    def __init__(self, appearance: Appearance, name: str, parent: QWidget | None = None) -> None:
        super().__init__(appearance, name, parent)
        self._ends = ("", "")

    def show_bars(self, bars: Sequence[Bar], ends: tuple[str, str]) -> None:
        """Shows these; ``ends`` stand below the first and the last."""
        self._bars, self._ends = tuple(bars), ends
        self.update()

    def heightForWidth(self, width: int) -> int:
        del width
        return looks.CHART_HEIGHT + looks.CELL_LOW

    def words_of(self, field: int) -> str:
        bar = self._bars[field]
        return self.tr("{what}: {count} rows").format(what=bar.words, count=with_thousands(bar.rows))

    def field_at(self, place: QPointF) -> int | None:
        field = int(place.x() // max(1.0, self._step))
        return field if 0 <= field < len(self._bars) else None

    def draw(self, painter: QPainter) -> None:
        most = max((bar.rows for bar in self._bars), default=1) or 1
        painter.setPen(Qt.PenStyle.NoPen)
        for number, bar in enumerate(self._bars):
            # What is rare is still to be seen, and clicked.
            height = max(2.0, looks.CHART_HEIGHT * bar.rows / most) if bar.rows else 0.0
            place = QRectF(number * self._step, looks.CHART_HEIGHT - height, max(1.0, self._step - 1), height)
            painter.setBrush(_ink(self._appearance, bar, self._shown))
            painter.drawRect(place)
        if self.hasFocus() and self._at < len(self._bars):
            self._ring(painter, QRectF(self._at * self._step, 0, max(3.0, self._step), looks.CHART_HEIGHT))
        axis = QRectF(0, looks.CHART_HEIGHT, self.width(), looks.CELL_LOW)
        self._write(painter, axis, self._ends[0], "faint")
        self._write(painter, axis, self._ends[1], "faint", right=True)

    @property
    def _step(self) -> float:
        return self.width() / max(1, len(self._bars))


class Shares(Bars):
    """Bars one below the other, each with its name and its count."""

    def __init__(self, appearance: Appearance, name: str, parent: QWidget | None = None) -> None:
        super().__init__(appearance, name, parent)
        self._rest = ""

    def show_bars(self, bars: Sequence[Bar], rest: str = "") -> None:
        """Shows these, and below them what more there is."""
        self._bars, self._rest = tuple(bars), rest
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        del width
        return looks.CELL_LOW * (len(self._bars) + bool(self._rest))

    def words_of(self, field: int) -> str:
        bar = self._bars[field]
        return self.tr("{what}: {count} rows").format(what=bar.words, count=with_thousands(bar.rows))

    def field_at(self, place: QPointF) -> int | None:
        field = int(place.y() // looks.CELL_LOW)
        return field if 0 <= field < len(self._bars) else None

    def draw(self, painter: QPainter) -> None:
        metrics = painter.fontMetrics()
        most = max((bar.rows for bar in self._bars), default=1) or 1
        names = max((metrics.horizontalAdvance(bar.words) for bar in self._bars), default=0)
        left = min(names, self.width() * 0.45) + 2 * _GAP
        numbers = metrics.horizontalAdvance(with_thousands(most)) + 2 * _GAP
        for row, bar in enumerate(self._bars):
            line = QRectF(0, row * looks.CELL_LOW, self.width(), looks.CELL_LOW)
            self._write(painter, line.adjusted(0, 0, left - self.width(), 0), bar.words, "dim")
            self._write(painter, line, with_thousands(bar.rows), "text", right=True)
            length = (self.width() - left - numbers) * bar.rows / most
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_ink(self._appearance, bar, self._shown))
            painter.drawRoundedRect(QRectF(left, line.center().y() - _GAP, max(2.0, length), 2 * _GAP), 2, 2)
            if self.hasFocus() and row == self._at:
                self._ring(painter, line)
        if self._rest:
            place = QRectF(0, len(self._bars) * looks.CELL_LOW, self.width(), looks.CELL_LOW)
            self._write(painter, place, self._rest, "faint")


def _ink(appearance: Appearance, bar: Bar, shown: frozenset[Filter]):
    """The colour of a bar; paler where other bars of it are in view."""
    theme = appearance.theme
    colour = theme.colour("doubt" if bar.is_missing else "accent")
    is_other = bool(shown) and bar.filter not in shown
    return mixed(colour, theme.colour("panel"), 0.6) if is_other else colour


class MeanImages(Walked):
    """Small images with the name of their class below."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "meanImages", parent)
        self.setAccessibleName(self.tr("Mean images"))
        self._images: list[tuple[str, np.ndarray, Filter | None]] = []

    def show_images(self, images: Sequence[tuple[str, np.ndarray, Filter | None]]) -> None:
        """Shows these: a name, an image (height × width × 1 or 3, uint8), and the filter for its rows."""
        self._images = list(images)
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        return -(-len(self._images) // self._columns(width)) * (looks.MEAN_IMAGE + looks.SAMPLE_LABEL + _GAP)

    def fields(self) -> int:
        return len(self._images)

    def words_of(self, field: int) -> str:
        return self.tr("Mean image: {name}").format(name=translated(self._images[field][0]))

    def field_at(self, place: QPointF) -> int | None:
        return next((field for field in range(self.fields()) if self._place(field).contains(place)), None)

    def choose(self, field: int) -> None:
        if self._images[field][2] is not None:
            self.chosen.emit(self._images[field][2])

    def stepped(self, field: int, across: int, down: int) -> int:
        return field + across + down * self._columns(self.width())

    def draw(self, painter: QPainter) -> None:
        for field, (name, image, _) in enumerate(self._images):
            place = self._place(field)
            square = QRectF(place.left(), place.top(), looks.MEAN_IMAGE, looks.MEAN_IMAGE)
            draw_image(painter, fitted(square, image.shape[1], image.shape[0]), image_of(image))
            below = QRectF(place.left(), square.bottom(), looks.MEAN_IMAGE, looks.SAMPLE_LABEL)
            self._write(painter, below, translated(name), "dim")
            if self.hasFocus() and field == self._at:
                self._ring(painter, square)

    def _columns(self, width: int) -> int:
        return max(1, (width + _GAP) // (looks.MEAN_IMAGE + _GAP))

    def _place(self, field: int) -> QRectF:
        row, column = divmod(field, self._columns(self.width()))
        across, down = looks.MEAN_IMAGE + _GAP, looks.MEAN_IMAGE + looks.SAMPLE_LABEL + _GAP
        return QRectF(column * across, row * down, looks.MEAN_IMAGE, looks.MEAN_IMAGE + looks.SAMPLE_LABEL)


def fitted(place: QRectF, width: int, height: int) -> QRectF:
    """The largest place of these proportions in the middle of one."""
    scale = min(place.width() / max(1, width), place.height() / max(1, height))
    made = QRectF(0, 0, width * scale, height * scale)
    made.moveCenter(place.center())
    return made


class Correlations(Walked):
    """How strongly every two columns go with each other, as fields of a square."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "correlations", parent)
        self.setAccessibleName(self.tr("Correlations"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._relations = Relations((), np.zeros((0, 0)), 0)

    def show_relations(self, relations: Relations) -> None:
        """Shows these."""
        self._relations = relations
        self._at = 0
        self.setMinimumSize(self._needed())
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        return round(self._top + self._side(width) * len(self._relations.names)) + 2

    def sizeHint(self) -> QSize:
        return QSize(self._needed().width(), self.heightForWidth(max(self.width(), self._needed().width())))

    def fields(self) -> int:
        return len(self._relations.names) ** 2

    def words_of(self, field: int) -> str:
        row, column = divmod(field, max(1, len(self._relations.names)))
        strength = float(self._relations.strengths[row, column])
        words = self.tr("{one} and {other}: {strength}")
        said = self.tr("nothing can be said") if math.isnan(strength) else f"{strength:.2f}".replace("-", "−")
        return words.format(one=self._relations.names[row], other=self._relations.names[column], strength=said)

    def field_at(self, place: QPointF) -> int | None:
        side, count = self._side(self.width()), len(self._relations.names)
        column, row = int((place.x() - self._left) // side), int((place.y() - self._top) // side)
        return row * count + column if 0 <= row < count and 0 <= column < count else None

    def stepped(self, field: int, across: int, down: int) -> int:
        count = len(self._relations.names)
        if not 0 <= field % max(1, count) + across < count:
            return -1
        return field + across + down * count

    def draw(self, painter: QPainter) -> None:
        side, count = self._side(self.width()), len(self._relations.names)
        for number, name in enumerate(self._relations.names):
            along = number * side
            row = QRectF(0, self._top + along, self._left - 2 * _GAP, side)
            self._write(painter, row, name, "dim", right=True, elide=Qt.TextElideMode.ElideMiddle)
            painter.save()
            painter.translate(self._left + along, self._top - _GAP)
            painter.rotate(-90)
            self._write(painter, QRectF(0, 0, self._top - _GAP, side), name, "dim", elide=Qt.TextElideMode.ElideMiddle)
            painter.restore()
        for field in range(count * count):
            self._draw_field(painter, field, side)

    def _draw_field(self, painter: QPainter, field: int, side: float) -> None:
        theme = self._appearance.theme
        row, column = divmod(field, len(self._relations.names))
        place = QRectF(self._left + column * side, self._top + row * side, side - 1, side - 1)
        strength = float(self._relations.strengths[row, column])
        tone = theme.colour("accent" if strength > 0 else "validation")
        ground = theme.colour("raised") if math.isnan(strength) else mixed(theme.colour("panel"), tone, abs(strength))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRect(place)
        words = "" if math.isnan(strength) else f"{strength:.2f}".replace("-", "−").replace("0.", ".", 1)
        if painter.fontMetrics().horizontalAdvance(words) < side - _GAP:
            painter.setPen(theme.ink_on(ground))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
        if field == self._at and self.hasFocus():
            self._ring(painter, place)

    @property
    def _left(self) -> float:
        return float(looks.with_font(looks.HEAT_NAMES))

    @property
    def _top(self) -> float:
        return self._left * 0.75

    def _side(self, width: int) -> float:
        low, high = looks.HEAT_CELL
        return min(max((width - self._left) / max(1, len(self._relations.names)), low), high)

    def _needed(self) -> QSize:
        side = looks.HEAT_CELL[0] * len(self._relations.names)
        return QSize(round(self._left + side), round(self._top + side))
