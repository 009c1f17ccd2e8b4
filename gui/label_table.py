"""How well each label of the test was answered, where a sample may have any number of them."""

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from gui import theme as looks
from gui.theme import Appearance
from gui.words import in_percent, with_thousands

FOUND, MISSED, WRONG = 1, 2, 3
"""The columns whose counts are coloured."""


class LabelTable(QTableWidget):
    """A row for each label: in how many samples it was found, missed and wrongly given, and what that comes to."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("labelTable")
        self.setAccessibleName(self.tr("How well each label was answered"))
        titles = (
            (self.tr("Label"), self.tr("What may apply to a sample, alone or with others")),
            (self.tr("Found"), self.tr("Samples that have the label and were given it")),
            (self.tr("Missed"), self.tr("Samples that have the label and were not given it")),
            (self.tr("Wrong"), self.tr("Samples that were given the label and do not have it")),
            (self.tr("Precision"), self.tr("Of the samples that were given the label, the share that has it")),
            (self.tr("Recall"), self.tr("Of the samples that have the label, the share that was given it")),
            (self.tr("F1"), self.tr("The harmonic mean of precision and recall: high only where both are")),
        )
        # Now that it has its name: the look of heads is settled with the first.
        self.setColumnCount(len(titles))
        for column, (title, words) in enumerate(titles):
            head = QTableWidgetItem(title)
            head.setToolTip(words)
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            head.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.setHorizontalHeaderItem(column, head)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.verticalHeader().setDefaultSectionSize(looks.CELL_LOW + looks.GRID)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setMinimumSectionSize(looks.with_font(looks.MISSING_WIDTH))
        self._appearance = appearance
        appearance.changed.connect(self._colour)

    def show_counts(self, counts: np.ndarray, labels: tuple[str, ...]) -> None:
        """Shows a confusion matrix of no and yes for each label (labels × 2 × 2)."""
        names = labels if len(labels) == len(counts) else tuple(map(str, range(len(counts))))
        self.setRowCount(len(counts))
        for row, (name, ((_, wrong), (missed, found))) in enumerate(zip(names, counts.tolist(), strict=True)):
            shares = (
                (found, found + wrong),
                (found, found + missed),
                (2 * found, 2 * found + wrong + missed),
            )
            words = [name, *map(with_thousands, (found, missed, wrong))]
            words += [in_percent(part / whole) if whole else "–" for part, whole in shares]
            for column, text in enumerate(words):
                item = QTableWidgetItem(text)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
                item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(row, column, item)
        self._colour()

    def _colour(self) -> None:
        theme = self._appearance.theme
        for row in range(self.rowCount()):
            for column in (FOUND, MISSED, WRONG):
                item = self.item(row, column)
                assert item is not None
                colour = "dim" if item.text() == "0" else "good" if column == FOUND else "fault"
                item.setForeground(theme.colour(colour))
