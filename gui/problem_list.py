"""Every fault and doubt of the design, with its place and its fix: a click goes there, a button mends it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.report import Problem, Report
from gui import theme as looks
from gui.editor import Editor
from gui.page import fix_button, sign_of
from gui.theme import Appearance
from gui.words import translated


class ProblemList(QScrollArea):
    """The problems of the newest report, the faults first."""

    count_changed = Signal(int)
    place_chosen = Signal(str)
    """The id of the node where the problem is."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problemList")
        self.setAccessibleName(self.tr("Problems"))
        self.setWidgetResizable(True)
        self._editor = editor
        self._appearance = appearance
        self._shown: tuple[Problem, ...] | None = None
        editor.report_changed.connect(self.show_report)
        appearance.changed.connect(self._redraw)
        self.show_report(editor.report)

    def show_report(self, report: Report) -> None:
        """Shows the problems of a report. An unchanged list is left alone: no button moves under the pointer."""
        problems = tuple(sorted(report.problems, key=lambda problem: problem.severity == "doubt"))
        if problems != self._shown:
            self._shown = problems
            self._redraw()
            self.count_changed.emit(len(problems))

    def _redraw(self) -> None:
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, looks.GRID, 0, looks.GRID)
        column.setSpacing(0)
        for problem in self._shown or ():
            row = ProblemRow(problem, self._appearance, page)
            row.chosen.connect(self.place_chosen)
            row.fix_asked.connect(self._editor.mend)
            column.addWidget(row)
        if not self._shown:
            label = QLabel(self.tr("No problems. This network can train."), page)
            label.setProperty("kind", "dim")
            label.setContentsMargins(looks.PADDING, looks.GRID * 2, looks.PADDING, looks.GRID * 2)
            column.addWidget(label)
        column.addStretch(1)
        self.setWidget(page)


class ProblemRow(QFrame):
    """One problem on a line: sign, place, sentence, fix."""

    chosen = Signal(str)
    fix_asked = Signal(object)

    def __init__(self, problem: Problem, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problem")
        self._problem = problem
        words = QLabel(translated(problem.message), self)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        row = QHBoxLayout(self)
        row.setContentsMargins(looks.PADDING, looks.GRID, looks.PADDING, looks.GRID)
        row.setSpacing(looks.GRID * 2)
        row.addWidget(sign_of(problem, appearance.theme))
        if problem.node:
            place = QLabel(problem.node, self)
            place.setProperty("kind", "dim")
            place.setMinimumWidth(looks.PLACE_WIDTH)
            row.addWidget(place)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        row.addWidget(words, 1)
        if problem.fix is not None:
            button = fix_button(problem, problem.fix)
            button.clicked.connect(lambda: self.fix_asked.emit(problem))
            row.addWidget(button)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._problem.node and self.rect().contains(event.position().toPoint()):
            self.chosen.emit(self._problem.node)
