"""The learning rate over the planned epochs, as the Training tab shows it before anything is trained; its handles are
dragged with the mouse or moved with the keys.
"""

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from engine.advice import planned_rates, step_samples, training_samples
from engine.errors import DataError
from engine.project import Project
from engine.rate_handles import Handle, Plan, added, dragged, handles, removed
from engine.schedules import ByHand, Schedule
from gui import theme as looks
from gui.editor import Editor
from gui.form import in_words
from gui.samples import Painted
from gui.theme import Appearance
from gui.words import with_thousands

POINTS = 200
STEP = 0.02
"""How far a press of an arrow key moves a handle, as a share of the curve."""

REACH = looks.GRID * 3
"""How far beside a handle a press still takes it."""

Key = Qt.Key


class RateCurve(Painted):
    """The planned learning rates as a curve, from the first step to the last. Hidden where the rate stays as it is.

    A drag is one step of the history. With the keyboard, Page Up and Page Down choose a handle, the arrows move it.
    """

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "rateCurve", parent)
        self._editor = editor
        self._rates: list[float] = []
        self._project = editor.project
        self._shown: Schedule = editor.project.training.schedule
        self._handles: list[Handle] = []
        self._chosen = self._under = -1
        self._dragged = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_project(self, project: Project) -> None:
        """Shows what a project plans."""
        self._project, self._dragged = project, False
        self._show_schedule(project.training.schedule)
        self.setVisible(bool(self._rates))

    def _show_schedule(self, schedule: Schedule) -> None:
        """Shows the curve of a schedule, which the project need not have yet."""
        training = self._project.training.with_setting("schedule", schedule)
        self._shown = schedule
        self._rates = [] if schedule.is_constant else _planned(self._project.with_training(training))
        self._handles = handles(schedule, self._plan) if self._rates else []
        # One that is the same all the time has nothing to move.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if self._handles else Qt.FocusPolicy.NoFocus)
        self._chosen = min(self._chosen, len(self._handles) - 1)
        if self._rates:
            words = self.tr("Learning rate: {first} at first, {highest} at most, {last} at the end")
            first, highest, last = (f"{rate:.3g}" for rate in (self._rates[0], max(self._rates), self._rates[-1]))
            self.setAccessibleName(words.format(first=first, highest=highest, last=last))
        self.setAccessibleDescription(self._handle_in_words())
        self.update()

    @property
    def _plan(self) -> Plan:
        return _plan_of(self._project)

    @property
    def _top(self) -> float:
        """The learning rate at the upper edge: the factors of all schedules are at most 1."""
        return self._project.training.optimizer.learning_rate or 1.0

    def heightForWidth(self, width: int) -> int:
        return width // 2

    def words_at(self, place: QPointF) -> str:
        """The rate at a place of the curve, or what a handle there changes."""
        number = self._handle_near(place)
        if number >= 0:
            return self._handle_in_words(number)
        share = min(1.0, max(0.0, place.x() / max(1.0, self.width())))
        rate = self._rates[round(share * (len(self._rates) - 1))]
        return self._in_words(share, rate)

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._chosen = self._handle_near(event.position())
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._chosen >= 0:
            handle = self._handles[self._chosen]
            self._dragged = True
            self._move(handle, *self._share_at(event.position()))
            return
        under = self._handle_near(event.position())
        if under != self._under:
            self._under = under
            self.setCursor(Qt.CursorShape.PointingHandCursor if under >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._dragged:
            self._dragged = False
            self._apply(self._shown, "")

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Adds a point, or removes the one that is there."""
        if event.button() != Qt.MouseButton.LeftButton or not isinstance(self._shown, ByHand):
            return
        number = self._handle_near(event.position())
        if number >= 0:
            self._apply(removed(self._shown, self._handles[number].number), "")
        else:
            self._add(*self._share_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._under = -1
        self.update()
        super().leaveEvent(event)

    # The keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Key(event.key())
        if self._dragged and key == Key.Key_Escape:
            self._dragged, self._chosen = False, -1
            self._show_schedule(self._project.training.schedule)
        elif key in (Key.Key_PageUp, Key.Key_PageDown) and self._handles:
            self._choose((self._chosen + (1 if key == Key.Key_PageDown else -1)) % len(self._handles))
        elif key in ARROWS and self._chosen >= 0:
            across, up = ARROWS[key]
            self._nudge(self._handles[self._chosen], across, up)
        elif key == Key.Key_Insert and isinstance(self._shown, ByHand):
            self._add(*self._beyond_chosen())
        elif key in (Key.Key_Delete, Key.Key_Backspace) and isinstance(self._shown, ByHand) and self._chosen >= 0:
            self._apply(removed(self._shown, self._handles[self._chosen].number), "")
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self._chosen < 0 and self._handles and event.reason() != Qt.FocusReason.MouseFocusReason:
            self._choose(0)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _choose(self, number: int) -> None:
        self._chosen = number
        self.setAccessibleDescription(self._handle_in_words())
        self.update()

    def _nudge(self, handle: Handle, across: int, up: int) -> None:
        """Moves a handle by an arrow key: at least as far as its setting has a next value."""
        size = max(STEP, 1 / self._plan.epochs) if handle.setting in ("every", "milestones", "first") else STEP
        new = dragged(self._shown, handle, handle.at + across * size, handle.rate + up * STEP, self._plan)
        self._apply(new, f"rate-{handle.setting}-{handle.number}")

    # Edits

    def _move(self, handle: Handle, at: float, rate: float) -> None:
        self._show_schedule(dragged(self._shown, handle, at, rate, self._plan))
        # A handle keeps its number, but not always its place in the row.
        same = (number for number, each in enumerate(self._handles) if _is_same(each, handle))
        self._chosen = next(same, self._chosen)

    def _add(self, at: float, rate: float) -> None:
        if isinstance(self._shown, ByHand):
            self._apply(added(self._shown, at, rate), "")
            near = min(self._handles, key=lambda handle: abs(handle.at - at) + abs(handle.rate - rate))
            self._choose(self._handles.index(near))

    def _beyond_chosen(self) -> tuple[float, float]:
        """Halfway between the chosen point and the next one."""
        left = min(max(0, self._chosen), len(self._handles) - 2)
        one, other = self._handles[left : left + 2]
        return (one.at + other.at) / 2, (one.rate + other.rate) / 2

    def _apply(self, schedule: Schedule, merge: str) -> None:
        if schedule == self._project.training.schedule:
            return
        self._editor.attempt(
            self.tr("Change the curve of the learning rate"),
            lambda project: project.with_training(project.training.with_setting("schedule", schedule)),
            merge=merge,
        )

    # The picture

    def draw(self, painter: QPainter) -> None:
        theme, place = self._appearance.theme, self._place()
        painter.setPen(theme.colour("line"))
        painter.drawLine(place.bottomLeft(), place.bottomRight())
        painter.setPen(QPen(theme.colour("accent"), looks.GRID / 2))
        painter.drawPolyline(self._curve(place))
        for number, handle in enumerate(self._handles):
            self._draw_handle(painter, number, handle)
        painter.setPen(theme.colour("dim"))
        below = QRectF(place.left(), place.bottom(), place.width(), self.height() - place.bottom())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, self.tr("epoch 1"))
        epochs = f"{self._project.training.epochs:,}"
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, epochs)
        above = QRectF(0, 0, self.width(), place.top() - looks.GRID)
        self._write(painter, above, f"{self._top:.3g}", "dim")
        shown = self._chosen if self._dragged or self.hasFocus() else self._under
        if shown >= 0:
            self._write(painter, above, self._handle_in_words(shown), "text", right=True)

    def _draw_handle(self, painter: QPainter, number: int, handle: Handle) -> None:
        theme = self._appearance.theme
        strong = number in (self._under, self._chosen if self.hasFocus() or self._dragged else -1)
        painter.setPen(QPen(theme.colour("accent"), looks.GRID / 2))
        painter.setBrush(theme.colour("accent" if strong else "panel"))
        size = looks.GRID * (1.0 if strong else 0.75)
        painter.drawEllipse(self._place_of(handle), size, size)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _place(self) -> QRectF:
        """Where the curve runs, between the words above and below it; a handle fits in at each edge."""
        words, side = self.fontMetrics().height() + looks.GRID * 2, looks.GRID
        return QRectF(self.rect()).adjusted(side, words, -side, -words)

    def _place_of(self, handle: Handle) -> QPointF:
        place = self._place()
        return QPointF(place.left() + handle.at * place.width(), place.bottom() - handle.rate * place.height())

    def _share_at(self, place: QPointF) -> tuple[float, float]:
        """Share of the training, and of the learning rate, at a place of the widget."""
        around = self._place()
        at, rate = (place.x() - around.left()) / around.width(), (around.bottom() - place.y()) / around.height()
        return min(1.0, max(0.0, at)), min(1.0, max(0.0, rate))

    def _handle_near(self, place: QPointF) -> int:
        """The handle that a press there takes; −1: none."""
        far = [(place - self._place_of(handle)).manhattanLength() for handle in self._handles]
        nearest = min(range(len(far)), key=far.__getitem__, default=-1)
        return nearest if nearest >= 0 and far[nearest] <= REACH else -1

    def _handle_in_words(self, number: int | None = None) -> str:
        number = self._chosen if number is None else number
        if not 0 <= number < len(self._handles):
            return ""
        handle = self._handles[number]
        found = self._in_words(handle.at, handle.rate * self._top)
        if handle.setting == "points":
            return found
        value = getattr(self._shown, handle.setting)
        if handle.setting == "milestones":
            value = sorted(value)[handle.number]
        words = with_thousands(value) if isinstance(value, int) else f"{value:.4g}"
        return self.tr("{setting} {value}: {place}").format(setting=in_words(handle.setting), value=words, place=found)

    def _in_words(self, share: float, rate: float) -> str:
        epochs = self._project.training.epochs
        epoch = with_thousands(min(epochs, int(share * epochs) + 1))
        return self.tr("{rate} in epoch {epoch}").format(rate=f"{rate:.3g}", epoch=epoch)

    def _curve(self, place: QRectF) -> QPolygonF:
        across = place.width() / (len(self._rates) - 1)
        return QPolygonF(
            [
                QPointF(place.left() + number * across, place.bottom() - rate / self._top * place.height())
                for number, rate in enumerate(self._rates)
            ]
        )


ARROWS = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, 1), Key.Key_Down: (0, -1)}
"""Where each moves a handle: along the training, and up."""


def traced(project: Project, schedule: Schedule) -> ByHand:
    """Points on the curve that another schedule plans for a project."""
    plan = _plan_of(project)
    return ByHand.traced(schedule, plan.steps, plan.per_epoch)


def _plan_of(project: Project) -> Plan:
    per_epoch = math.ceil(training_samples(project.data) / step_samples(project))
    return Plan(project.training.epochs, max(1, per_epoch))


def _is_same(one: Handle, other: Handle) -> bool:
    return (one.setting, one.number) == (other.setting, other.number)


def _planned(project: Project) -> list[float]:
    try:
        return planned_rates(project, POINTS)
    except DataError:
        # What is wrong with the data is said where problems are said.
        return []
