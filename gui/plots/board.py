"""Board: plots side by side and, where there is the height for it, one row below the other."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QSizePolicy, QWidget

from gui import theme as looks


class Board(QScrollArea):
    """Where there is no room for all of the plots, they can be scrolled."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("plotBoard")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.drawing = QWidget(self)
        """All plots, as they go into a picture."""
        self._grid = QGridLayout(self.drawing)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(looks.PADDING)
        self._shown: list[QWidget] = []
        self._columns = 0
        self.setWidget(self.drawing)

    def show_plots(self, plots: Sequence[QWidget]) -> None:
        """Shows these, in this order, and hides all others."""
        if list(plots) == self._shown:
            return
        for plot in self._shown:
            self._grid.removeWidget(plot)
            plot.setVisible(plot in plots)
        self._shown, self._columns = list(plots), 0
        self._arrange()
        for plot in plots:
            plot.show()

    def minimumSizeHint(self) -> QSize:
        return QSize(looks.CURVES_LOWEST, looks.CURVES_LOWEST // 2)

    def resizeEvent(self, arg__1: QResizeEvent) -> None:
        super().resizeEvent(arg__1)
        self._arrange()

    def _arrange(self) -> None:
        count = len(self._shown)
        rows = max(1, min(count, self.height() // looks.PLOT_LOWEST))
        # Two beside each other are easier to compare than one below the other.
        columns = max(min(count, 2), -(-count // rows))
        if not count or columns == self._columns:
            return
        for place in range(max(columns, self._columns, self._grid.columnCount(), self._grid.rowCount())):
            self._grid.setColumnStretch(place, int(place < columns))
            self._grid.setRowStretch(place, int(place < -(-count // columns)))
        self._columns = columns
        # A bar for a few pixels of height would only take width.
        one_row = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if columns == count else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(one_row)
        for number, plot in enumerate(self._shown):
            self._grid.addWidget(plot, number // columns, number % columns)
