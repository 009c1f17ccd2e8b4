"""One problem on a line of the list: sign, place, sentence, fix, ignore."""

from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.report import Problem
from gui import theme as looks
from gui.ignore_button import IgnoreButton
from gui.page import OneLine, fix_button, label, sign_of
from gui.theme import Appearance
from gui.words import sentences, translated

_SENTENCE = 2
"""Its column; the answers stand behind it or, where that would leave it too narrow, below it."""


class Entry(NamedTuple):
    """What a row shows: a problem, whether it is ignored, and how many others of its rule have a fix as well."""

    problem: Problem
    is_ignored: bool = False
    alike: int = 0


class Columns(NamedTuple):
    """How wide the place, the fix and the last button are, the same in every row.

    The words of an ignored problem, which has no fix, run on as far as its one button.
    """

    place: int
    fix: int
    last: int


class ProblemRow(QFrame):
    """A problem that can be gone to, mended and ignored, with the mouse or with single keys."""

    chosen = Signal(object)
    """The `Problem` whose place is to be shown."""
    fix_asked = Signal(object)
    """The `Problem` that is to be mended."""
    all_asked = Signal(object)
    """A `Problem` that is to be mended with all others of its rule."""
    ignore_asked = Signal(object, bool)
    """The `Problem`, and whether it is to be ignored everywhere."""
    consider_asked = Signal(object)
    """The `Problem` that is to be heard of again."""

    def __init__(self, entry: Entry, columns: Columns, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry = entry
        self._ignore_button: IgnoreButton | None = None
        self.setObjectName("problem")
        self.setProperty("kind", "row")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self._in_words())
        self._cells = QGridLayout(self)
        self._cells.setContentsMargins(looks.PADDING, looks.GRID, looks.PADDING, looks.GRID)
        self._cells.setHorizontalSpacing(looks.GRID * 2)
        self._cells.setVerticalSpacing(looks.GRID)
        self._cells.setColumnStretch(_SENTENCE, 1)
        sign = sign_of(entry.problem, appearance.theme)
        sign.setEnabled(not entry.is_ignored)
        self._answers = self._make_answers(columns)
        for column, part in enumerate((sign, self._place(columns.place), self._sentence(), self._answers)):
            self._cells.addWidget(part, 0, column)
        if entry.problem.node:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def go_there(self) -> None:
        """Asks for the place, where there is one."""
        if self.entry.problem.node:
            self.chosen.emit(self.entry.problem)

    def mend(self) -> None:
        """Asks for the fix, where there is one."""
        if self.entry.problem.fix is not None and not self.entry.is_ignored:
            self.fix_asked.emit(self.entry.problem)

    def ignore(self) -> None:
        """Asks where to ignore it; an ignored one is heard of again."""
        if self.entry.is_ignored:
            self._consider()
        elif self._ignore_button is not None:
            self._ignore_button.ask()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = self._cells.cellRect(0, _SENTENCE).left() + self._answers.sizeHint().width() + looks.PADDING
        is_narrow = self.width() - beside < looks.with_font(looks.SENTENCE_LEAST)
        cell = (1, _SENTENCE) if is_narrow else (0, _SENTENCE + 1)
        if self._cells.itemAtPosition(*cell) is None:
            self._cells.removeWidget(self._answers)
            self._cells.addWidget(self._answers, *cell)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.go_there()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter | Qt.Key.Key_Space:
                self.go_there()
            case Qt.Key.Key_F:
                self.mend()
            case Qt.Key.Key_I:
                self.ignore()
            case _:
                super().keyPressEvent(event)

    def _in_words(self) -> str:
        problem = self.entry.problem
        kinds = {"fault": self.tr("Fault"), "doubt": self.tr("Doubt")}
        kind = self.tr("Ignored") if self.entry.is_ignored else kinds[problem.severity]
        return f"{kind}: {place_in_words(problem) or self.tr('whole project')}: {translated(problem.message)}"

    def _make_answers(self, columns: Columns) -> QWidget:
        answers, last = QWidget(self), self._last()
        row = QHBoxLayout(answers)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(looks.GRID * 2)
        if not self.entry.is_ignored:
            row.addWidget(self._fixes(columns.fix))
            last.setFixedWidth(columns.last)
        row.addWidget(last)
        row.addStretch(1)
        return answers

    def _place(self, width: int) -> QLabel:
        place = label(kind="dim")
        node = place_in_words(self.entry.problem)
        place.setText(place.fontMetrics().elidedText(node, Qt.TextElideMode.ElideMiddle, width))
        place.setToolTip(node)
        place.setFixedWidth(width)
        return place

    def _sentence(self) -> QWidget:
        what, why = sentences(translated(self.entry.problem.message))
        sentence = QWidget(self)
        column = QVBoxLayout(sentence)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addStretch(1)
        column.addWidget(label(what, "dim" if self.entry.is_ignored else "", wraps=True))
        if why:
            column.addWidget(OneLine(why, "dim"))
        column.addStretch(1)
        return sentence

    def _fixes(self, width: int) -> QWidget:
        place = QWidget(self)
        place.setFixedWidth(width)
        row = QHBoxLayout(place)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(looks.GRID)
        problem = self.entry.problem
        if problem.fix is not None:
            button = fix_button(problem, problem.fix)
            self._shorten(button, width)
            button.clicked.connect(self.mend)
            row.addWidget(button)
            # At the end of the column, so that they stand below each other however long the fixes are.
            row.addStretch(1)
            if self.entry.alike:
                row.addWidget(self._all_button())
        else:
            row.addStretch(1)
        return place

    def _shorten(self, button: QPushButton, width: int) -> None:
        """Lets a button fit into the column; what does not is told by its tooltip."""
        words, metrics = button.text(), self.fontMetrics()
        beside = metrics.horizontalAdvance(all_label(self.entry.alike + 1)) + looks.QUIET_PADDING
        room = width - looks.BUTTON_PADDING - (beside if self.entry.alike else 0)
        # Qt elides by fractions of a pixel what has been measured, and fits, in whole ones.
        is_whole = metrics.horizontalAdvance(words) <= room
        button.setText(words if is_whole else metrics.elidedText(words, Qt.TextElideMode.ElideRight, room))
        button.setToolTip(self.tr("Mend it (F)") if is_whole else self.tr("{fix} (F)").format(fix=words))
        button.setAccessibleName(words)

    def _all_button(self) -> QPushButton:
        button = QPushButton(all_label(self.entry.alike + 1), self)
        button.setObjectName("allButton")
        button.setProperty("kind", "quiet")
        button.setToolTip(self.tr("Mend all {count} of this kind").format(count=self.entry.alike + 1))
        button.setAccessibleName(button.toolTip())
        button.clicked.connect(self._mend_all)
        return button

    def _last(self) -> QWidget:
        if self.entry.is_ignored:
            again = QPushButton(last_label(self.entry), self)
            again.setObjectName("considerButton")
            again.setProperty("kind", "quiet")
            again.setAccessibleDescription(translated(self.entry.problem.message))
            again.setFixedWidth(self.fontMetrics().horizontalAdvance(again.text()) + looks.QUIET_PADDING)
            again.clicked.connect(self._consider)
            return again
        if not self.entry.problem.can_be_silenced:
            return QWidget(self)
        self._ignore_button = IgnoreButton(self.entry.problem, self)
        self._ignore_button.setToolTip(self.tr("Do not ask about this again (I)"))
        self._ignore_button.asked.connect(self.ignore_asked)
        return self._ignore_button

    def _mend_all(self) -> None:
        self.all_asked.emit(self.entry.problem)

    def _consider(self) -> None:
        self.consider_asked.emit(self.entry.problem)


def place_in_words(problem: Problem) -> str:
    """The node, with the blocks inside which it stands; empty where it is no node's problem."""
    return " › ".join((*problem.place, problem.node)) if problem.node else ""


def all_label(count: int) -> str:
    """What the button says that mends so many at once."""
    return QCoreApplication.translate("Problems", "All {count}").format(count=count)


def last_label(entry: Entry) -> str:
    """What the button at the end says; empty where there is none."""
    if entry.is_ignored:
        return QCoreApplication.translate("Problems", "Consider again")
    return QCoreApplication.translate("Problems", "Ignore") if entry.problem.can_be_silenced else ""
