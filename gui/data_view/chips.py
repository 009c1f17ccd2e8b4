"""The filters in force, each to be taken away by a click."""

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from engine.looking.asking import in_words
from engine.looking.view import Among, Filter, Head
from gui import theme as looks
from gui.data_view.models import part_in_words
from gui.page import clear
from gui.words import translated


class Chips(QWidget):
    """One button for each filter, and one for all of them."""

    removed = Signal(str)
    """The column whose filter is taken away; empty: the rows that were chosen elsewhere."""
    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filterChips")
        self.setAccessibleName(self.tr("Filters"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(looks.GRID)
        self.show_filters({}, {})

    def show_filters(self, filters: Mapping[str, Filter], heads: Mapping[str, Head]) -> None:
        """Shows these, by their columns."""
        clear(self._row)
        for column, each in filters.items():
            self._row.addWidget(self._chip(column, each, heads.get(column), len(filters)))
        if len(filters) > 1:
            every = QPushButton(self.tr("Show all rows"), self)
            every.setObjectName("clearFilters")
            every.setProperty("kind", "quiet")
            every.clicked.connect(self.cleared)
            self._row.addWidget(every)
        self._row.addStretch(1)
        self._row.addWidget(self._strut())

    def _strut(self) -> QPushButton:
        """As high as a chip, so that what lies below stays where it is while a filter is typed."""
        strut = QPushButton(self)
        strut.setProperty("kind", "chip")
        policy = strut.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        strut.setSizePolicy(policy)
        strut.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        strut.hide()
        return strut

    def _chip(self, column: str, each: Filter, head: Head | None, count: int) -> QPushButton:
        """``count``: how many share the line."""
        words = translated(in_words(head, each))
        if head is not None and head.role == "part" and isinstance(each, Among):
            words = ", ".join(map(part_in_words, each.values))
        said = f"{translated(column) if head and head.role == 'part' else column}: {words}" if column else words
        chip = QPushButton(self)
        chip.setObjectName("filterChip")
        chip.setProperty("kind", "chip")
        room = looks.with_font(max(looks.CHIP_WIDEST, looks.CHIPS_WIDEST // count)) - looks.BUTTON_PADDING
        chip.setText(f"{self.fontMetrics().elidedText(said, Qt.TextElideMode.ElideMiddle, room)}  ✕")
        chip.setAccessibleName(self.tr("Take away the filter {filter}").format(filter=said))
        chip.setToolTip(chip.accessibleName())
        chip.clicked.connect(lambda: self.removed.emit(column))
        return chip
