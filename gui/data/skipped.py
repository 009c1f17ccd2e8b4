"""Rows and files that were left out, and why: counted, and listed when they are asked for."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from engine.datasets.dataset import Skipped
from gui import theme as looks
from gui.words import translated, with_thousands


class SkippedList(QWidget):
    """``17 rows or files were left out``, which opens the list of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._head = QToolButton(self)
        self._head.setObjectName("skippedHead")
        self._head.setProperty("kind", "fold")
        self._head.setCheckable(True)
        self._head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._head.toggled.connect(self._unfold)
        self._list = QPlainTextEdit(self)
        self._list.setObjectName("skipped")
        self._list.setAccessibleName(self.tr("Left out"))
        self._list.setReadOnly(True)
        self._list.setTabChangesFocus(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID)
        column.addWidget(self._head, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._list)
        self.show_skipped((), 0)

    def show_skipped(self, skipped: Sequence[Skipped], count: int) -> None:
        """Shows these, the first of so many."""
        words = self.tr("{count} rows or files were left out") if count > 1 else self.tr("One row or file was left out")
        self._head.setText(words.format(count=with_thousands(count)))
        self._head.setAccessibleName(self._head.text())
        lines = [f"{one.place}: {translated(one.reason)}" for one in skipped]
        if count > len(lines):
            lines.append(self.tr("and {count} more").format(count=with_thousands(count - len(lines))))
        self._list.setPlainText("\n".join(lines))
        room = self._list.fontMetrics().lineSpacing() * (len(lines) + 1) + looks.PADDING
        self._list.setFixedHeight(min(looks.SKIPPED_HEIGHT, room))
        self.setVisible(bool(count))
        self._unfold(self._head.isChecked())

    def _unfold(self, is_open: bool) -> None:
        self._head.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self._list.setVisible(is_open)
