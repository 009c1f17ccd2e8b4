"""The question into how many folds the samples are divided."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from engine.data import MOST_FOLDS
from gui.number_question import NumberQuestion


def _tr(text: str) -> str:
    return QCoreApplication.translate("Folds", text)


class FoldsQuestion(NumberQuestion):
    """A question whose answer is the number of folds."""

    def __init__(self, parent: QWidget | None, proposed: int) -> None:
        detail = _tr(
            "The samples are divided into this many parts, and the network is trained as often, each time tested on "
            "another part. What all tests come to is told with mean and standard deviation. What was broken off "
            "before, of this very design, is gone on with."
        )
        title = _tr("Cross-validate into how many folds?")
        answers = [("begin", _tr("Cross-validate")), ("cancel", _tr("Cancel"))]
        super().__init__(parent, title, detail, _tr("Folds"), answers, (2, MOST_FOLDS), max(2, proposed))
        self._box.setObjectName("foldCount")

    def ask_count(self) -> int | None:
        """Waits for the answer: the number; None: nothing is to be trained."""
        return self.ask_number()
