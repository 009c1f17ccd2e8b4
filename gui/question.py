"""A question in front of the window: what is asked, what follows from it, and a button for each answer."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui import theme as looks
from gui.page import label


class Question(QDialog):
    """The first answer stands at the right end, as what a dialog is for does everywhere. Escape gives the last.

    Enter gives the first, unless what it does cannot be undone (``harmless`` is false): then the last as well.
    """

    def __init__(
        self, parent: QWidget | None, title: str, detail: str, answers: list[tuple[str, str]], *, harmless: bool = True
    ) -> None:
        super().__init__(parent)
        self.setObjectName("question")
        self.setWindowTitle("Layerloom")
        self.setAccessibleName(title)
        self.setAccessibleDescription(detail)
        self.answer = answers[-1][0]
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(looks.GRID * 2)
        self._buttons.addStretch(1)
        enter = answers[0 if harmless else -1]
        for answer in reversed(answers):
            self._add(*answer, is_default=answer == enter)
        words = [label(title, "strong", wraps=True), label(detail, "dim", wraps=True)]
        self._lay_out(words)

    def ask(self) -> str:
        """Waits for the answer."""
        self.exec()
        self.deleteLater()
        return self.answer

    def _add(self, answer: str, words: str, *, is_default: bool) -> None:
        button = QPushButton(words, self)
        button.setObjectName(f"{answer}Answer")
        button.clicked.connect(lambda: self._take(answer))
        self._buttons.addWidget(button)
        if is_default:
            button.setProperty("kind", "primary")
            button.setDefault(True)
            button.setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    def _take(self, answer: str) -> None:
        self.answer = answer
        self.accept()

    def _lay_out(self, words: list[QLabel]) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(*(looks.PADDING * 2,) * 4)
        column.setSpacing(looks.GRID * 2)
        for part in words:
            column.addWidget(part)
            part.ensurePolished()
        column.addSpacing(looks.PADDING)
        column.addLayout(self._buttons)
        width = max(looks.with_font(looks.QUESTION_WIDTH), column.totalMinimumSize().width())
        self.setFixedSize(width, column.totalHeightForWidth(width))
