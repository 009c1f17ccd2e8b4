"""What floats above the canvas and keeps its size at every zoom: the card of a problem, a reason, a hint."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.report import Problem
from gui.ignore_button import IgnoreButton
from gui.page import sign_of
from gui.theme import GRID, PROBLEM_WIDTH, Appearance, Theme
from gui.words import sentences, translated

_LEAVE_MILLISECONDS = 350
_REASON_MILLISECONDS = 2500
_MOST_PROBLEMS = 3


class ProblemCard(QFrame):
    """The problems of one node: what it is, why it matters, and the fix as a button."""

    def __init__(
        self,
        mend: Callable[[Problem], None],
        ignore: Callable[[Problem, bool], None],
        appearance: Appearance,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._room = parent
        self.setObjectName("problemCard")
        self.setProperty("kind", "card")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.node = ""
        self.is_pinned = False
        self._mend = mend
        self._ignore = ignore
        self._theme = appearance.theme
        appearance.changed.connect(self._show_theme)
        self._problems: tuple[Problem, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(*(3 * GRID,) * 4)
        self._column.setSpacing(2 * GRID)
        self._leave = QTimer(self, singleShot=True, interval=_LEAVE_MILLISECONDS)
        self._leave.timeout.connect(self._go)
        self.hide()

    def show_problems(self, node: str, problems: tuple[Problem, ...], place: QRect, *, pinned: bool) -> None:
        """Shows them beside a node that takes this place in the parent; ``pinned``: until it is told to leave."""
        self._leave.stop()
        self.is_pinned = pinned
        if problems != self._problems or node != self.node:
            self.node, self._problems = node, problems
            self._fill()
        self.place_beside(place)
        self.show()
        self.raise_()

    def place_beside(self, place: QRect) -> None:
        """Stands right of the node, or left of it where there is more room; narrower where there is little."""
        room, gap = self._room.rect(), 5 * GRID
        rooms = room.right() - place.right() - gap - GRID, place.left() - room.left() - gap - GRID
        least = max(PROBLEM_WIDTH * 2 // 3, self._column.totalMinimumSize().width())
        width = max(least, min(PROBLEM_WIDTH, max(rooms)))
        # The total, because the border of the card takes some of it.
        self.setFixedSize(width, self._column.totalHeightForWidth(width))
        x = place.right() + gap if width <= rooms[0] or rooms[0] >= rooms[1] else place.left() - gap - width
        x = max(room.left() + GRID, min(x, room.right() - width - GRID))
        y = max(room.top() + GRID, min(place.top(), room.bottom() - self.height() - GRID))
        self.move(x, y)

    def leave(self) -> None:
        """Goes away shortly, unless the pointer comes to it."""
        if self.isVisible() and not self._leave.isActive():
            self._leave.start()

    def forget(self) -> None:
        """Goes away at once: what it said may no longer be so."""
        self._leave.stop()
        self._problems = ()
        self.node, self.is_pinned = "", False
        self.hide()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._leave.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.is_pinned:
            self._leave.start()
        super().leaveEvent(event)

    def _go(self) -> None:
        """Hides, unless a menu of the card is open, to which the pointer has gone."""
        if QApplication.activePopupWidget() is None:
            self.hide()
        else:
            self._leave.start()

    def _show_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._fill()

    def _fill(self) -> None:
        while (entry := self._column.takeAt(0)) is not None:
            widget = entry.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for problem in self._problems[:_MOST_PROBLEMS]:
            self._column.addWidget(self._row(problem))
        if len(self._problems) > _MOST_PROBLEMS:
            more = QLabel(self.tr("And {count} more.").format(count=len(self._problems) - _MOST_PROBLEMS), self)
            more.setProperty("kind", "dim")
            self._column.addWidget(more)

    def _row(self, problem: Problem) -> QWidget:
        row = QWidget(self)
        grid = QVBoxLayout(row)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(2 * GRID)
        sentence = QHBoxLayout()
        sentence.setSpacing(2 * GRID)
        sentence.addWidget(sign_of(problem, self._theme), 0, Qt.AlignmentFlag.AlignTop)
        what, why = sentences(translated(problem.message))
        sentence.addWidget(self._words(what, row, "strong" if why else ""), 1)
        grid.addLayout(sentence)
        if why:
            grid.addWidget(self._words(why, row, "dim"))
        if problem.fix is not None or problem.can_be_silenced:
            grid.addLayout(self._answers(problem, row))
        return row

    def _words(self, text: str, row: QWidget, kind: str) -> QLabel:
        words = QLabel(text, row)
        words.setProperty("kind", kind)
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        words.ensurePolished()
        return words

    def _answers(self, problem: Problem, row: QWidget) -> QHBoxLayout:
        answers = QHBoxLayout()
        answers.setSpacing(GRID)
        if problem.fix is not None:
            answers.addWidget(self._button(problem, translated(problem.fix.label), row))
        if problem.can_be_silenced:
            ignore = IgnoreButton(problem, row)
            ignore.asked.connect(self._ignore)
            ignore.ensurePolished()
            answers.addWidget(ignore)
        answers.addStretch(1)
        return answers

    def _button(self, problem: Problem, label: str, row: QWidget) -> QPushButton:
        button = QPushButton(label, row)
        button.setObjectName("mendButton")
        button.setProperty("kind", "outline")
        button.setAccessibleName(label)
        button.setAccessibleDescription(translated(problem.message))
        button.clicked.connect(lambda: self._mend(problem))
        # The style sheet makes it higher, which must be known before the card is given its height.
        button.ensurePolished()
        return button


class Reason(QLabel):
    """Why something cannot be, at the pointer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self.setObjectName("wireReason")
        self.setProperty("kind", "bubble")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self, singleShot=True, interval=_REASON_MILLISECONDS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def say(self, words: str, at: QPoint) -> None:
        """Shows the words beside a point of the parent; nothing to say hides it."""
        self._timer.stop()
        self.setVisible(bool(words))
        if not words:
            return
        self.setText(words)
        self.adjustSize()
        room = self._room.rect()
        beside = at + QPoint(4 * GRID, 4 * GRID)
        self.move(
            max(0, min(beside.x(), room.right() - self.width())),
            max(0, min(beside.y(), room.bottom() - self.height())),
        )
        self.raise_()

    def fade(self) -> None:
        """Leaves it long enough to be read."""
        if self.isVisible():
            self._timer.start()


class Hint(QWidget):
    """What to do with an empty canvas, and the button that does it."""

    def __init__(self, add_input: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self.setObjectName("emptyHint")
        words = QLabel(self.tr("Double-click or press Space to add a layer,\nor drag one here from the palette."), self)
        words.setProperty("kind", "dim")
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        button = QPushButton(self.tr("Start with an Input"), self)
        button.setObjectName("addInputButton")
        button.setAccessibleName(button.text())
        button.setProperty("kind", "outline")
        button.clicked.connect(add_input)
        column = QVBoxLayout(self)
        column.setSpacing(4 * GRID)
        column.addWidget(words)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignCenter)
        self.adjustSize()

    def centre(self) -> None:
        """Stands in the middle of the parent."""
        self.move(self._room.rect().center() - self.rect().center())
