"""What the panels are set with: a page that scrolls, its sections, labels, facts in two columns, problems."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.report import Fix, Problem
from gui import theme as looks
from gui.ignore_button import IgnoreButton
from gui.theme import Appearance, Theme, icon
from gui.words import translated

SIGNS = {"fault": "close-circle", "doubt": "alert"}


def label(text: str = "", kind: str = "", *, wraps: bool = False) -> QLabel:
    """A plain text in one of the looks of the style sheet."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("kind", kind)
    made.setWordWrap(wraps)
    if wraps:
        # A long word must not make the page wider than its place.
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        made.setSizePolicy(policy)
    return made


class OneLine(QLabel):
    """Words on one line, as many as fit; where they do not, the tooltip has them all."""

    def __init__(self, words: str, kind: str = "") -> None:
        super().__init__()
        self._whole = words
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setText(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        fitting = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        self.setText(fitting)
        self.setToolTip("" if fitting == self._whole else self._whole)


def sign_of(problem: Problem, theme: Theme) -> QLabel:
    """The sign that tells a fault from a doubt."""
    sign = QLabel()
    sign.setPixmap(icon(SIGNS[problem.severity], theme, problem.severity).pixmap(looks.ICON, looks.ICON))
    fault = QCoreApplication.translate("Problems", "Fault: training cannot start")
    sign.setToolTip(fault if problem.severity == "fault" else QCoreApplication.translate("Problems", "Doubt"))
    return sign


def fix_button(problem: Problem, fix: Fix) -> QPushButton:
    """The button that mends a problem."""
    button = QPushButton(translated(fix.label))
    button.setObjectName("fixButton")
    button.setProperty("kind", "outline")
    button.setAccessibleDescription(translated(problem.message))
    return button


def clear(layout: QLayout) -> None:
    """Takes every widget out of a layout, so that others can be put in."""
    while (item := layout.takeAt(0)) is not None:
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()


class Page(QScrollArea):
    """Sections one below the other; scrolls up and down alone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Scrolling takes the pointer, not the keyboard: Tab goes from field to field.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget(self)
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(content)

    def add_section(self, title: str = "") -> "Section":
        """A section below those there are."""
        section = Section(title, self.widget())
        self._column.insertWidget(self._column.count() - 1, section)
        return section

    def minimumSizeHint(self) -> QSize:
        return QSize(looks.PALETTE_WIDTH, looks.ROW_HEIGHT)


class Section(QWidget):
    """A part of a page, with a hairline below it."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout()
        self.column.setContentsMargins(looks.PADDING, looks.GRID * 3, looks.PADDING, looks.GRID * 3)
        self.column.setSpacing(looks.GRID * 2)
        line = QFrame(self)
        line.setProperty("kind", "line")
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.setSpacing(0)
        around.addLayout(self.column)
        around.addWidget(line)
        self._head = label(title, "section")
        self._head.setFont(looks.section_font())
        self.column.addWidget(self._head)
        if not title:
            self._head.hide()

    def entitle(self, title: str) -> None:
        """Gives it another title."""
        self._head.setText(title)

    def add(self, *widgets: QWidget) -> None:
        """Widgets one below the other."""
        for widget in widgets:
            self.column.addWidget(widget)


class Facts(QWidget):
    """Names and values in two columns; a value may have fainter words beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(looks.GRID * 2)
        self._grid.setVerticalSpacing(looks.GRID * 3)
        self._grid.setColumnMinimumWidth(0, looks.with_font(looks.LABEL_WIDTH))
        self._grid.setColumnStretch(1, 1)
        self._labels: dict[str, tuple[QLabel, QLabel]] = {}

    def show_facts(self, facts: Mapping[str, str | tuple[str, str]]) -> None:
        """Shows these; what is empty is left out."""
        shown = {name: (value, "") if isinstance(value, str) else value for name, value in facts.items() if value}
        if list(shown) != list(self._labels):
            clear(self._grid)
            self._labels = {name: self._add(row, name) for row, name in enumerate(shown)}
        for name, words in shown.items():
            for place, text in zip(self._labels[name], words, strict=True):
                place.setText(text)
                place.setVisible(bool(text))

    def _add(self, row: int, name: str) -> tuple[QLabel, QLabel]:
        named, value, aside = label(name, "dim"), label(wraps=True), label(kind="faint")
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        value.setAccessibleName(name)
        for words in (named, value, aside):
            # In a high row the words of all three still stand on one line.
            words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        place = QWidget(self)
        both = QHBoxLayout(place)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(looks.GRID)
        both.addWidget(value, 1)
        both.addWidget(aside)
        self._grid.addWidget(named, row, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(place, row, 1)
        return value, aside


class Problems(QWidget):
    """Problems one below the other, each with the button that mends it. Unchanged ones are left alone."""

    fix_asked = Signal(object)
    """The `Problem` that is to be mended."""
    ignore_asked = Signal(object, bool)
    """The `Problem`, and whether it is to be ignored everywhere."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._shown: tuple[Problem, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(looks.GRID * 2)
        appearance.changed.connect(self._redraw)

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Shows these, the faults first."""
        wanted = tuple(sorted(problems, key=lambda problem: problem.severity == "doubt"))
        if wanted != self._shown:
            self._shown = wanted
            self._redraw()

    def _redraw(self) -> None:
        clear(self._column)
        for problem in self._shown:
            self._column.addWidget(self._card(problem))

    def _card(self, problem: Problem) -> QWidget:
        card = QFrame(self)
        card.setObjectName("problem")
        card.setProperty("kind", "note")
        row = QHBoxLayout()
        row.setSpacing(looks.GRID * 2)
        row.addWidget(sign_of(problem, self._appearance.theme), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(label(translated(problem.message), wraps=True), 1)
        column = QVBoxLayout(card)
        column.setContentsMargins(*(looks.GRID * 3,) * 4)
        column.setSpacing(looks.GRID * 2)
        column.addLayout(row)
        column.addWidget(self._answers(problem))
        return card

    def _answers(self, problem: Problem) -> "Answers":
        """The buttons of a problem."""
        buttons: list[QPushButton] = []
        if problem.fix is not None:
            mend = fix_button(problem, problem.fix)
            mend.clicked.connect(lambda: self.fix_asked.emit(problem))
            buttons.append(mend)
        if problem.can_be_silenced:
            ignore = IgnoreButton(problem)
            ignore.asked.connect(self.ignore_asked)
            buttons.append(ignore)
        return Answers(buttons)


class Answers(QWidget):
    """Buttons side by side; in a place too narrow for that, one below the other."""

    def __init__(self, buttons: Sequence[QPushButton]) -> None:
        super().__init__()
        self._buttons = buttons
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(looks.GRID)
        for button in buttons:
            self._box.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._box.addStretch(1)

    def minimumSizeHint(self) -> QSize:
        widest = max((button.minimumSizeHint().width() for button in self._buttons), default=0)
        return QSize(widest, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        gaps = looks.GRID * max(0, len(self._buttons) - 1)
        fits = sum(button.sizeHint().width() for button in self._buttons) + gaps <= self.width()
        directions = QBoxLayout.Direction
        self._box.setDirection(directions.LeftToRight if fits else directions.TopToBottom)
