"""Every fault and doubt of the design, with its place and its fix: a click goes there, a button mends it."""

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.project import Project
from engine.report import Problem, Report
from gui import theme as looks
from gui.editor import Editor
from gui.page import clear, label
from gui.problem_row import Columns, Entry, ProblemRow, all_label, last_label, place_in_words
from gui.theme import Appearance
from gui.words import translated

A_WHILE_MILLISECONDS = 300
"""After which an answer of the engine is awaited in words; most come sooner, and nothing flickers."""
BATCH = 16
"""Rows that are made at a time: about what fits below the canvas."""


class ProblemList(QWidget):
    """The problems of the newest report, the faults first; at the foot those that are ignored."""

    count_changed = Signal(int)
    place_chosen = Signal(object)
    """The `Problem` whose place is to be shown."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("problemList")
        self.setAccessibleName(self.tr("Problems"))
        self._editor = editor
        self._report: Report | None = None
        self._is_unfolded = False
        self._is_outdated = True
        self.rows = ProblemRows(appearance, self)
        self.rows.place_chosen.connect(self.place_chosen)
        self.rows.fix_asked.connect(editor.mend)
        self.rows.all_asked.connect(self._mend_all)
        self.rows.ignore_asked.connect(editor.ignore)
        self.rows.consider_asked.connect(editor.consider)
        self._foot = QPushButton(self.tr("Ignored"), self)
        self._foot.setObjectName("ignoredButton")
        self._foot.setProperty("kind", "quiet")
        self._foot.setProperty("aligned", "left")
        self._foot.clicked.connect(self._fold)
        self._line = QFrame(self)
        self._line.setProperty("kind", "line")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.rows, 1)
        column.addWidget(self._line)
        foot = QHBoxLayout()
        foot.setContentsMargins(looks.GRID * 2, 0, looks.GRID * 2, 0)
        foot.addWidget(self._foot)
        column.addLayout(foot)
        self._late = QTimer(self, singleShot=True, interval=A_WHILE_MILLISECONDS)
        self._late.timeout.connect(self._await_report)
        editor.project_changed.connect(self._expect_report)
        editor.report_expired.connect(self._expect_report)
        editor.report_changed.connect(self.show_report)
        appearance.changed.connect(self._show_theme)
        if editor.is_report_current:
            self.show_report(editor.report)
        else:
            self._await_report()

    def _expect_report(self, _project: Project | None = None) -> None:
        self._late.start()

    def _await_report(self) -> None:
        """What was found before may no longer hold."""
        if self._editor.is_report_current:
            return
        self._report = None
        self.rows.show_entries(())
        self.rows.show_words(self.tr("Looking for problems…"))
        self._say_ignored(0)

    def show_report(self, report: Report) -> None:
        """Shows the problems of a report. An unchanged list is left alone: no button moves under the pointer."""
        self._late.stop()
        before, self._report = self._report, report
        if before is not None and (before.problems, before.silenced) == (report.problems, report.silenced):
            return
        self._redraw()
        self.count_changed.emit(len(report.problems))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_outdated:
            self._redraw()

    def _show_theme(self) -> None:
        self.rows.forget_rows()
        self._redraw()

    def _redraw(self) -> None:
        """Shows what is known; where nobody looks, only when somebody does."""
        self._is_outdated = not self.isVisible()
        if self._is_outdated or self._report is None:
            return
        problems = sorted(self._report.problems, key=lambda problem: problem.severity == "doubt")
        ignored = self._report.silenced
        self._is_unfolded = self._is_unfolded and bool(ignored)
        fixable = Counter(problem.rule for problem in problems if problem.can_be_silenced and problem.fix)
        entries = [Entry(problem, alike=max(0, fixable[problem.rule] - 1)) for problem in problems]
        if self._is_unfolded:
            entries += [Entry(problem, is_ignored=True) for problem in ignored]
        self.rows.show_entries(entries)
        self._say_ignored(len(ignored))

    def _say_ignored(self, count: int) -> None:
        self._foot.setVisible(count > 0)
        self._line.setVisible(count > 0)
        words = self.tr("{count} ignored – Hide") if self._is_unfolded else self.tr("{count} ignored – Show")
        self._foot.setText(words.format(count=count))
        self._foot.setAccessibleName(self._foot.text())

    def _fold(self) -> None:
        self._is_unfolded = not self._is_unfolded
        self._redraw()
        if self._is_unfolded and self._report is not None:
            self.rows.reveal(len(self._report.problems))

    def _mend_all(self, problem: Problem) -> None:
        alike = [each for each in self._editor.report.problems if each.rule == problem.rule]
        self._editor.mend_all(alike)


class ProblemRows(QScrollArea):
    """The rows, of which only those are made that have come into view. Arrows go from one to the next."""

    place_chosen = Signal(object)
    fix_asked = Signal(object)
    all_asked = Signal(object)
    ignore_asked = Signal(object, bool)
    consider_asked = Signal(object)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._entries: Sequence[Entry] = ()
        self._rows: list[ProblemRow] = []
        self._columns = Columns(0, 0, 0)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._page = QWidget(self)
        self._column = QVBoxLayout(self._page)
        self._column.setContentsMargins(0, looks.GRID, 0, looks.GRID)
        self._column.setSpacing(0)
        self._column.addStretch(1)
        self.setWidget(self._page)
        self.verticalScrollBar().valueChanged.connect(self._fill)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Shows these from the place where the list stood, and keeps the keyboard where it was."""
        place, focused = self.verticalScrollBar().value(), self._focused()
        made = min(len(entries), len(self._rows))
        self._entries = entries
        kept = self._take_out(set(entries))
        self._make(max(made, BATCH), kept)
        for row in kept.values():
            row.hide()
            row.deleteLater()
        if not entries:
            self.show_words(self.tr("No problems. This network can train."))
        self._settle()
        self.verticalScrollBar().setValue(place)
        self._fill()
        if focused is not None and self._rows:
            self._rows[min(focused, len(self._rows) - 1)].setFocus()

    def forget_rows(self) -> None:
        """Makes all rows anew the next time: they look different."""
        self._columns = Columns(0, 0, 0)

    def _take_out(self, wanted: set[Entry]) -> dict[Entry, ProblemRow]:
        """Empties the list, but for the rows of these: to make one takes far longer than to keep it."""
        before, self._columns = self._columns, self._measured()
        rows = self._rows if self._columns == before else []
        kept = {row.entry: row for row in rows if row.entry in wanted}
        for row in kept.values():
            self._column.removeWidget(row)
        self._rows = []
        clear(self._column)
        self._column.addStretch(1)
        return kept

    def show_words(self, text: str) -> None:
        """Says this where there are no rows."""
        words = label(text, "dim")
        words.setContentsMargins(looks.PADDING, looks.GRID * 2, looks.PADDING, looks.GRID * 2)
        clear(self._column)
        self._column.addWidget(words)
        self._column.addStretch(1)
        words.show()

    def reveal(self, index: int) -> None:
        """Scrolls to a row, which is made where it is not yet."""
        if index < len(self._entries):
            self._make(index + 1 - len(self._rows))
            self._settle()
            self.ensureWidgetVisible(self._rows[index], 0, 0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        focused = self._focused()
        page = max(1, self.viewport().height() // max(1, self._rows[0].height() if self._rows else 1))
        steps = {
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -len(self._entries),
            Qt.Key.Key_End: len(self._entries),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or focused is None:
            super().keyPressEvent(event)
            return
        index = max(0, min(focused + step, len(self._entries) - 1))
        self.reveal(index)
        self._rows[index].setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fill()

    def _focused(self) -> int | None:
        """The number of the row that has the keyboard, itself or one of its buttons."""
        for index, row in enumerate(self._rows):
            if row.hasFocus() or any(button.hasFocus() for button in row.findChildren(QPushButton)):
                return index
        return None

    def _settle(self) -> None:
        """Gives the page its height now, not when the event loop comes to it."""
        self._column.activate()
        width = self.viewport().width()
        self._page.resize(width, max(self._column.totalHeightForWidth(width), self.viewport().height()))

    def _fill(self) -> None:
        """Makes rows until they reach below what is in view."""
        while len(self._rows) < len(self._entries):
            end = self._column.totalHeightForWidth(self.viewport().width())
            if end - self.verticalScrollBar().value() > 2 * self.viewport().height():
                return
            self._make(BATCH)
            self._settle()

    def _make(self, count: int, kept: dict[Entry, ProblemRow] | None = None) -> None:
        for entry in self._entries[len(self._rows) : len(self._rows) + max(0, count)]:
            row = kept.pop(entry, None) if kept else None
            row = row or self._new_row(entry)
            self._column.insertWidget(len(self._rows), row)
            # The layout would show it only later, and what is not shown cannot have the keyboard.
            row.show()
            self._rows.append(row)

    def _new_row(self, entry: Entry) -> ProblemRow:
        row = ProblemRow(entry, self._columns, self._appearance, self._page)
        row.chosen.connect(self.place_chosen)
        row.fix_asked.connect(self.fix_asked)
        row.all_asked.connect(self.all_asked)
        row.ignore_asked.connect(self.ignore_asked)
        row.consider_asked.connect(self.consider_asked)
        return row

    def _measured(self) -> Columns:
        """Columns as wide as the widest that is to stand in them, within limits."""
        width = self.fontMetrics().horizontalAdvance
        places = {place_in_words(entry.problem) for entry in self._entries}
        fixes = {
            (entry.problem.fix, entry.alike)
            for entry in self._entries
            if entry.problem.fix is not None and not entry.is_ignored
        }
        place = max((width(node) for node in places), default=0)
        fix = max((self._fix_width(translated(each.label), alike) for each, alike in fixes), default=0)
        active = filter(None, (last_label(entry) for entry in self._entries if not entry.is_ignored))
        last = max((width(words) + looks.QUIET_PADDING for words in set(active)), default=0)
        return Columns(min(place + looks.GRID, looks.PLACE_WIDEST), min(fix, looks.FIX_WIDEST), last)

    def _fix_width(self, words: str, alike: int) -> int:
        width = self.fontMetrics().horizontalAdvance
        beside = looks.GRID + width(all_label(alike + 1)) + looks.QUIET_PADDING if alike else 0
        return width(words) + looks.BUTTON_PADDING + beside
