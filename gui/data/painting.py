"""Where points are painted that a network then learns: a square, a brush for each class or value, an eraser."""

import math

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.datasets import Dataset, DrawnPoints
from engine.datasets.drawn import MOST_POINTS, NAMES, UNIT, Point
from engine.project import Project
from gui import theme as looks
from gui.editor import Editor
from gui.page import label
from gui.samples import Painted, class_colour, draw_mark
from gui.theme import Appearance
from gui.words import with_thousands

REACH = 120
"""How far around the pointer the spray and the eraser reach, in thousandths of the axis."""
DROPS = 4
"""Points that fall together."""
STRIDE = 60
"""How far the spray moves before the next points fall."""
STEP, WIDE_STEP = 50, 250
TICKS = (-UNIT, -UNIT // 2, 0, UNIT // 2, UNIT)
IN_A_ROW = 4
"""Buttons of classes that stand side by side."""
PALEST = 0.4
"""How much of the ground is in the colour of a value of 0: it must still be seen."""
VALUES = 100
"""Steps of the slider from 0 to 1."""

Points = tuple[Point, ...]


class PointCanvas(Painted):
    """The square, −1 to 1 on both axes. A stroke is told when it ends; Escape gives it up.

    The arrow keys move a cross (further with Shift), Space paints there and Delete erases; digits choose a class.
    """

    painted = Signal(object)
    """The points after a stroke of the brush."""
    erased = Signal(object)
    """The points after a stroke of the eraser."""
    class_asked = Signal(int)
    """The number of a class was typed."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "pointCanvas", parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.value = 0
        """The class, or the value in thousandths, of what is painted."""
        self.tool = "spray"
        self.is_values = False
        self._points: Points = ()
        self._stroke: Points | None = None
        self._erases = False
        self._last = (0, 0)
        self._cross = (0, 0)
        self._random = np.random.default_rng(0)
        self._tell()

    @property
    def points(self) -> Points:
        """Those in view, with the stroke that is under way."""
        return self._points if self._stroke is None else self._stroke

    def show_points(self, points: Points, is_values: bool) -> None:
        """Shows these, unless a stroke is under way, which then ends with them."""
        self._points, self.is_values = points, is_values
        self._stroke = None
        self._tell()
        self.update()

    def heightForWidth(self, width: int) -> int:
        return width

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            return
        self._begin(event.button() == Qt.MouseButton.RightButton or self.tool == "erase")
        self._touch(self._place_of(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self._place_of(event.position())
        sprays = self.tool == "spray" and math.dist(place, self._last) >= STRIDE
        if self._stroke is not None and (self._erases or sprays):
            self._touch(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        del event
        if self._stroke is not None:
            self._end()

    # The keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, 1),
            Qt.Key.Key_Down: (0, -1),
        }
        key = Qt.Key(event.key())
        if key in moves:
            step = WIDE_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
            (x, y), (across, up) = self._cross, moves[key]
            self._cross = (_within(x + step * across), _within(y + step * up))
            self._tell()
            self.update()
        elif key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._stroke_at_cross(erases=self.tool == "erase")
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._stroke_at_cross(erases=True)
        elif key == Qt.Key.Key_Escape and self._stroke is not None:
            self.show_points(self._points, self.is_values)
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            self.class_asked.emit(key - Qt.Key.Key_1)
        else:
            super().keyPressEvent(event)

    def _stroke_at_cross(self, *, erases: bool) -> None:
        self._begin(erases)
        self._touch(self._cross)
        self._end()

    # Strokes

    def _begin(self, erases: bool) -> None:
        self._stroke, self._erases = self._points, erases

    def _touch(self, place: tuple[int, int]) -> None:
        self._last = place
        if self._erases:
            self._stroke = tuple(point for point in self.points if math.dist((point.x, point.y), place) > REACH)
        else:
            self._stroke = (*self.points, *self._fallen(place))[:MOST_POINTS]
        self.update()

    def _fallen(self, place: tuple[int, int]) -> Points:
        """The new points around a place: one at it, or a few scattered evenly over the reach of the spray."""
        if self.tool != "spray":
            return (Point(*place, self.value),)
        angles = self._random.uniform(0, 2 * math.pi, DROPS)
        far = REACH * np.sqrt(self._random.uniform(0, 1, DROPS))
        xs, ys = place[0] + far * np.cos(angles), place[1] + far * np.sin(angles)
        return tuple(Point(_within(x), _within(y), self.value) for x, y in zip(xs, ys, strict=True))

    def _end(self) -> None:
        stroke, self._stroke = self.points, None
        if stroke != self._points:
            (self.erased if self._erases else self.painted).emit(stroke)
        self.update()

    # Painting

    def draw(self, painter: QPainter) -> None:
        theme = self._appearance.theme
        square = self._square()
        painter.setPen(QPen(theme.colour("accent" if self.hasFocus() else "line"), 1))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), looks.RADIUS, looks.RADIUS)
        self._draw_axes(painter, square)
        painter.setPen(Qt.PenStyle.NoPen)
        for point in self.points:
            painter.setBrush(value_colour(self._appearance, point.value, self.is_values))
            draw_mark(painter, self._position(point.x, point.y), mark_of(point.value, self.is_values))
        if self.hasFocus():
            self._draw_cross(painter)

    def _draw_axes(self, painter: QPainter, square: QRectF) -> None:
        theme = self._appearance.theme
        for tick in TICKS:
            painter.setPen(QPen(theme.colour("faint" if tick == 0 else "line"), 1))
            at = self._position(tick, tick)
            painter.drawLine(QPointF(at.x(), square.top()), QPointF(at.x(), square.bottom()))
            painter.drawLine(QPointF(square.left(), at.y()), QPointF(square.right(), at.y()))
        painter.setPen(theme.colour("dim"))
        high = painter.fontMetrics().height()
        for tick in (TICKS[0], 0, TICKS[-1]):
            at, words = self._position(tick, tick), f"{tick // UNIT}".replace("-", "−")
            middle = Qt.AlignmentFlag.AlignCenter
            painter.drawText(QRectF(at.x() - high, square.bottom(), 2 * high, high), middle, words)
            above = min(at.y() - high / 2, square.bottom() - high)
            painter.drawText(QRectF(0, above, square.left(), high), middle, words)

    def _draw_cross(self, painter: QPainter) -> None:
        at, reach = self._position(*self._cross), looks.GRID * 2
        painter.setPen(QPen(self._appearance.theme.colour("text"), looks.OVERLAY_WIDTH))
        painter.drawLine(at - QPointF(reach, 0), at + QPointF(reach, 0))
        painter.drawLine(at - QPointF(0, reach), at + QPointF(0, reach))

    def _square(self) -> QRectF:
        edge = self.fontMetrics().height() + looks.GRID
        return QRectF(self.rect()).adjusted(edge, looks.PADDING, -looks.PADDING, -edge)

    def _position(self, x: int, y: int) -> QPointF:
        square = self._square()
        return QPointF(
            square.left() + (x + UNIT) / (2 * UNIT) * square.width(),
            square.bottom() - (y + UNIT) / (2 * UNIT) * square.height(),
        )

    def _place_of(self, at: QPointF) -> tuple[int, int]:
        square = self._square()
        across = (at.x() - square.left()) / max(1.0, square.width())
        up = (square.bottom() - at.y()) / max(1.0, square.height())
        return (_within((2 * across - 1) * UNIT), _within((2 * up - 1) * UNIT))

    def _tell(self) -> None:
        x, y = (at / UNIT for at in self._cross)
        words = self.tr("Square for painting, {count} points; cross at x {x:g}, y {y:g}")
        self.setAccessibleName(words.format(count=len(self._points), x=x, y=y))


class PointPainter(QWidget):
    """The square with its brushes. Each stroke is one step of the history."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pointPainter")
        self._editor = editor
        self._appearance = appearance
        self._dataset = DrawnPoints()
        self._canvas = PointCanvas(appearance)
        self._canvas.setToolTip(
            self.tr("Drag to paint, with the right button to erase. Keys: arrows, Space, Delete, 1 to 8.")
        )
        self._canvas.painted.connect(lambda points: self._edit(self.tr("Paint points"), points))
        self._canvas.erased.connect(lambda points: self._edit(self.tr("Erase points"), points))
        self._canvas.class_asked.connect(self._choose_class)
        self._classes = QButtonGroup(self)
        self._value = QSlider(Qt.Orientation.Horizontal)
        self._value.setObjectName("pointValue")
        self._value.setAccessibleName(self.tr("Value of what is painted"))
        self._value.setRange(-VALUES, VALUES)
        self._value.valueChanged.connect(self._choose_value)
        self._said = label("", "dim")
        words = self.tr("There are {count} points: no more can be painted.")
        self._full = label(words.format(count=with_thousands(MOST_POINTS)), "doubt", wraps=True)
        self._lay_out()
        appearance.changed.connect(self._show_icons)

    def show_dataset(self, dataset: Dataset) -> None:
        """Shows the points of this one; of another kind, nothing."""
        self.setVisible(isinstance(dataset, DrawnPoints))
        if not isinstance(dataset, DrawnPoints):
            return
        self._dataset = dataset
        is_values = dataset.predicts == "values"
        for number, button in enumerate(self._classes.buttons()):
            button.setVisible(number < dataset.class_count and not is_values)
        self._value.setVisible(is_values)
        self._said.setVisible(is_values)
        if not is_values and self._classes.checkedId() >= dataset.class_count:
            self._choose_class(0)
        self._choose_value(self._value.value()) if is_values else self._choose_class(self._classes.checkedId())
        self._canvas.show_points(dataset.used, is_values)
        self._full.setVisible(len(dataset.points) >= MOST_POINTS)
        self._clear.setEnabled(bool(dataset.points))

    # Its parts

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        column.addLayout(self._brushes())
        column.addWidget(self._canvas)
        tools = QHBoxLayout()
        tools.setSpacing(looks.GRID)
        self._tools = QButtonGroup(self)
        for tool, words in (("spray", self.tr("Spray")), ("point", self.tr("One point")), ("erase", self.tr("Erase"))):
            tools.addWidget(self._tool_button(tool, words), 1)
        column.addLayout(tools)
        column.addWidget(self._full)
        self._clear = QPushButton(self.tr("Erase all points"))
        self._clear.setObjectName("clearPoints")
        self._clear.clicked.connect(lambda: self._replace(self._clear.text(), ()))
        column.addWidget(self._clear)
        self._show_icons()

    def _brushes(self) -> QGridLayout:
        """A button for each class; for values a slider."""
        brushes = QGridLayout()
        brushes.setSpacing(looks.GRID)
        for number, name in enumerate(NAMES):
            brushes.addWidget(self._class_button(number, name), number // IN_A_ROW, number % IN_A_ROW)
        values = QHBoxLayout()
        values.addWidget(self._value, 1)
        values.addWidget(self._said)
        brushes.addLayout(values, len(NAMES), 0, 1, IN_A_ROW)
        return brushes

    def _class_button(self, number: int, name: str) -> QToolButton:
        button = _toggle(name, f"pointClass{name}", self.tr("Paint class {name}").format(name=name))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setChecked(number == 0)
        button.clicked.connect(lambda: self._choose_class(number))
        self._classes.addButton(button, number)
        return button

    def _tool_button(self, tool: str, words: str) -> QToolButton:
        button = _toggle(words, f"{tool}Tool", words)
        button.setChecked(tool == self._canvas.tool)
        button.clicked.connect(lambda: setattr(self._canvas, "tool", tool))
        self._tools.addButton(button)
        return button

    def _show_icons(self) -> None:
        for number, button in enumerate(self._classes.buttons()):
            button.setIcon(_mark_icon(class_colour(self._appearance, number), number, self.devicePixelRatioF()))

    # Choices and edits

    def _choose_class(self, number: int) -> None:
        if self._dataset.predicts == "classes" and 0 <= number < self._dataset.class_count:
            self._classes.button(number).setChecked(True)
            self._canvas.value = number

    def _choose_value(self, value: int) -> None:
        with QSignalBlocker(self._value):
            self._value.setValue(value)
        self._said.setText(f"{value / VALUES:+.2f}".replace("-", "−"))
        self._canvas.value = value * UNIT // VALUES

    def _edit(self, words: str, points: Points) -> None:
        used = set(self._dataset.used)
        hidden = tuple(point for point in self._dataset.points if point not in used)
        self._replace(words, (*hidden, *points)[:MOST_POINTS])

    def _replace(self, words: str, points: Points) -> None:
        changed = replace(self._dataset, points=points)

        def edit(project: Project) -> Project:
            return project.with_data(replace(project.data, dataset=changed))

        self._editor.attempt(words, edit)


def mark_of(value: int, is_value: bool) -> int:
    """The number of the mark of a class; of a value, a circle from 0 on and a square below."""
    return int(value < 0) if is_value else value


def value_colour(appearance: Appearance, value: int, is_value: bool) -> QColor:
    """The colour of a class; of a value, the stronger the further it is from 0."""
    if not is_value:
        return class_colour(appearance, value)
    share = PALEST * (1 - min(1.0, abs(value) / UNIT))
    return looks.mixed(class_colour(appearance, int(value < 0)), appearance.theme.colour("raised"), share)


def _toggle(words: str, name: str, accessible: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setAccessibleName(accessible)
    button.setText(words)
    button.setCheckable(True)
    return button


def _mark_icon(colour: QColor, number: int, ratio: float) -> QIcon:
    side = looks.MARK_RADIUS * 4
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    draw_mark(painter, QPointF(side / 2, side / 2), number)
    painter.end()
    return QIcon(picture)


def _within(at: float) -> int:
    return int(min(max(round(at), -UNIT), UNIT))
