"""The head of the table: names to sort by, and below each a line to filter by."""

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHeaderView, QLineEdit, QWidget

from engine.looking.view import Head
from gui import theme as looks

PAUSE_MILLISECONDS = 300
"""After the last letter, before the rows follow what is typed."""


class FilterLine(QLineEdit):
    """What is typed below the name of a column. The rows follow it, at once with Return; Escape takes it away, and then
    leaves.
    """

    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self.returnPressed.emit()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Down):
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def show_fault(self, fault: str) -> None:
        """Marks it as one that cannot be understood; empty: it can."""
        self.setProperty("invalid", bool(fault))
        self.setToolTip(fault)
        self.style().unpolish(self)
        self.style().polish(self)


class FilterHeader(QHeaderView):
    """Sorts by a click, again to turn it round, once more as it was; lines to filter by are made as they come into
    view.
    """

    typed = Signal(int, str)
    """The column, and what is to be found in it."""
    tried = Signal(int, str)
    """The same, while it may still be half of what is meant."""
    sort_asked = Signal(int, bool)
    """The column (−1: none), and whether the largest come first."""
    left = Signal()
    """The keyboard goes back to the rows."""
    menu_asked = Signal(int, QPoint)
    """The column, and where on the screen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("dataHeader")
        self._heads: tuple[Head, ...] = ()
        self._lines: dict[int, FilterLine] = {}
        self._sorted: tuple[int, bool] = (-1, False)
        self._typing = -1
        """The column below which somebody types."""
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MILLISECONDS)
        self._pause.timeout.connect(self._try)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.sectionClicked.connect(self.turn)
        self.sectionResized.connect(self.place_lines)

    def show_columns(self, heads: tuple[Head, ...]) -> None:
        """These are the columns now."""
        self._pause.stop()
        for line in self._lines.values():
            line.hide()
            line.deleteLater()
        self._heads, self._lines = heads, {}
        self.show_sort(-1, descending=False)
        self.place_lines()

    def show_sort(self, column: int, *, descending: bool) -> None:
        """The column that the rows are sorted by; −1: none."""
        self._sorted = (column, descending)
        self.setSortIndicatorShown(column >= 0)
        if column >= 0:
            order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
            self.setSortIndicator(column, order)

    def line(self, column: int) -> FilterLine:
        """The line below the name of a column."""
        if column not in self._lines:
            self._lines[column] = self._made(column)
        return self._lines[column]

    def clear_line(self, column: int) -> None:
        """Takes away what is typed there."""
        if column in self._lines:
            self._lines[column].clear()
            self._lines[column].show_fault("")

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), hint.height() + self._high() + looks.GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.place_lines()

    def place_lines(self) -> None:
        """Puts the lines below the names that are in view."""
        high = self._high()
        for column in range(len(self._heads)):
            left, width = self.sectionViewportPosition(column), self.sectionSize(column)
            if left + width < 0 or left > self.width():
                if column in self._lines:
                    self._lines[column].hide()
                continue
            line = self.line(column)
            line.setGeometry(left + 2, self.height() - high - 2, max(0, width - 4), high)
            line.show()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        column = self.logicalIndexAt(event.pos())
        if column >= 0:
            self.menu_asked.emit(column, event.globalPos())

    def _high(self) -> int:
        return looks.ROW_HEIGHT - looks.GRID

    def _made(self, column: int) -> FilterLine:
        head = self._heads[column]
        line = FilterLine(self.viewport())
        line.setObjectName("columnFilter")
        line.setProperty("kind", "filter")
        line.setAccessibleName(self.tr("Filter {column}").format(column=head.name))
        is_words = head.kind in ("category", "text")
        line.setPlaceholderText(self.tr("contains") if is_words else self.tr("> 3, 2..5"))
        line.returnPressed.connect(lambda: self._ask(column))
        line.textEdited.connect(lambda: self._wait(column))
        line.left.connect(self.left)
        return line

    def _ask(self, column: int) -> None:
        self._pause.stop()
        self.typed.emit(column, self.line(column).text())

    def _wait(self, column: int) -> None:
        self._typing = column
        self._pause.start()

    def _try(self) -> None:
        self.tried.emit(self._typing, self.line(self._typing).text())

    def turn(self, column: int) -> None:
        """Sorts by a column, the other way round, or not at all any more."""
        sorted_by, descending = self._sorted
        if column != sorted_by:
            self.sort_asked.emit(column, False)
        elif not descending:
            self.sort_asked.emit(column, True)
        else:
            self.sort_asked.emit(-1, False)
