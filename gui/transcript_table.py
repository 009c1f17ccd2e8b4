"""Sequences of the test beside what the network answered: where both differ is seen at a glance."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from engine.transcripts import Pair
from gui import theme as looks
from gui.theme import Appearance

SPACE = "␣"
"""Shown for a blank at the end of a text, which nobody would see."""


NOTHING = "∅"
"""Shown where no symbol was answered."""


class TranscriptTable(QTableWidget):
    """A row for each sequence: what is true, and what was answered, coloured where it is not the same."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(0, 2, parent)
        self.setObjectName("transcripts")
        self.setAccessibleName(self.tr("True sequences, and what the network answered"))
        self.setHorizontalHeaderLabels([self.tr("True"), self.tr("Answer")])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.verticalHeader().setDefaultSectionSize(looks.CELL_LOW + looks.GRID)
        # They are sorted, so the numbers of the rows would be no numbers of samples.
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._appearance, self._pairs = appearance, tuple[Pair, ...]()
        appearance.changed.connect(self._colour)

    def show_pairs(self, pairs: Sequence[Pair]) -> None:
        """Shows these, those that differ first."""
        self._pairs = tuple(sorted(pairs, key=lambda pair: pair.true == pair.answered))
        self.setRowCount(len(self._pairs))
        for row, pair in enumerate(self._pairs):
            for column, text in enumerate((pair.true, pair.answered)):
                self.setItem(row, column, QTableWidgetItem(_shown(text)))
        self._colour()

    def _colour(self) -> None:
        theme = self._appearance.theme
        for row, pair in enumerate(self._pairs):
            item = self.item(row, 1)
            assert item is not None
            item.setForeground(theme.colour("good" if pair.true == pair.answered else "fault"))
            if not pair.answered:
                item.setToolTip(self.tr("The network answered with no symbol."))


def _shown(text: str) -> str:
    """A text, in which blanks at its end are seen, and that there is none."""
    kept = text.rstrip(" ")
    return kept + SPACE * (len(text) - len(kept)) if text else NOTHING
