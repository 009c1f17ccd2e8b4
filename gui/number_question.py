"""A question whose answer is a number, with the number in front."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from gui import theme as looks
from gui.question import Question


class NumberQuestion(Question):
    """``name`` says what the number is of, ``limits`` are the least and the most; the answer ``begin`` takes it."""

    def __init__(
        self,
        parent: QWidget | None,
        title: str,
        detail: str,
        name: str,
        answers: list[tuple[str, str]],
        limits: tuple[int, int],
        proposed: int,
    ) -> None:
        self._name = name
        self._box = QSpinBox()
        self._box.setObjectName("number")
        self._box.setAccessibleName(name)
        self._box.setRange(*limits)
        self._box.setValue(proposed)
        self._box.lineEdit().setTextMargins(looks.GRID * 2, 0, 0, 0)
        super().__init__(parent, title, detail, answers)
        self._box.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        self._box.selectAll()

    def ask_number(self) -> int | None:
        """Waits for the answer: the number; None: the last answer was given, which is to do nothing."""
        return self._box.value() if self.ask() == "begin" else None

    def _lay_out(self, words: list[QLabel]) -> None:
        row = QHBoxLayout()
        row.setSpacing(looks.GRID * 2)
        head = QLabel(self._name, self)
        head.setBuddy(self._box)
        row.addWidget(head)
        row.addWidget(self._box, 1)
        self._buttons.insertLayout(0, row)
        super()._lay_out(words)
