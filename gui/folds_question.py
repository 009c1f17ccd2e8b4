"""The question into how many folds the samples are divided, with the number in front."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSpinBox, QWidget

from engine.data import MOST_FOLDS
from gui import theme as looks
from gui.question import Question


def _tr(text: str) -> str:
    return QCoreApplication.translate("Folds", text)


class FoldsQuestion(Question):
    """A question whose answer is a number."""

    def __init__(self, parent: QWidget | None, proposed: int) -> None:
        self._box = QSpinBox()
        self._box.setObjectName("foldCount")
        self._box.setAccessibleName(_tr("Folds"))
        self._box.setRange(2, MOST_FOLDS)
        self._box.setValue(max(2, proposed))
        self._box.lineEdit().setTextMargins(looks.GRID * 2, 0, 0, 0)
        detail = _tr(
            "The samples are divided into this many parts, and the network is trained as often, each time tested on "
            "another part. What all tests come to is told with mean and standard deviation. What was broken off "
            "before, of this very design, is gone on with."
        )
        answers = [("begin", _tr("Cross-validate")), ("cancel", _tr("Cancel"))]
        super().__init__(parent, _tr("Cross-validate into how many folds?"), detail, answers)
        self._box.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        self._box.selectAll()

    def ask_count(self) -> int | None:
        """Waits for the answer: the number; None: nothing is to be trained."""
        return self._box.value() if self.ask() == "begin" else None

    def _lay_out(self, words: list[QLabel]) -> None:
        row = QHBoxLayout()
        row.setSpacing(looks.GRID * 2)
        head = QLabel(_tr("Folds"), self)
        head.setBuddy(self._box)
        row.addWidget(head)
        row.addWidget(self._box, 1)
        self._buttons.insertLayout(0, row)
        super()._lay_out(words)
