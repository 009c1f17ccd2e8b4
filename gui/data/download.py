"""The download of a dataset: offered, then shown while it runs."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from engine.datasets import Progress
from gui import theme as looks
from gui.page import label
from gui.words import in_bytes, translated, with_thousands


class Download(QWidget):
    """The button that begins a download and, while it runs, how far it is and the button that ends it."""

    asked = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._button = QPushButton(self)
        self._button.setObjectName("downloadButton")
        self._button.setProperty("kind", "primary")
        self._button.clicked.connect(self.asked)
        self._words = label(kind="dim", wraps=True)
        self._words.setObjectName("downloadWords")
        self._bar = QProgressBar(self)
        self._bar.setObjectName("downloadBar")
        self._bar.setAccessibleName(self.tr("Download progress"))
        self._bar.setTextVisible(False)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._cancel.setObjectName("downloadCancel")
        self._cancel.clicked.connect(self.cancelled)
        row = QHBoxLayout()
        row.setSpacing(looks.PADDING)
        row.addWidget(self._bar, 1)
        row.addWidget(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID)
        column.addWidget(self._button)
        column.addWidget(self._words)
        column.addLayout(row)
        self.show_idle()

    def offer(self, size: int) -> None:
        """Offers a download of so many bytes; 0: there is nothing to bring."""
        self._button.setText(self.tr("Download {size}").format(size=in_bytes(size)))
        self._button.setAccessibleName(self._button.text())
        self._words.setHidden(self._bar.isHidden())
        self.setVisible(bool(size))

    def show_idle(self) -> None:
        """As before a download."""
        self._show_running(False)

    def show_failure(self, words: str) -> None:
        """Why it came to nothing, below the button that tries it again."""
        self._show_running(False)
        self._say(words, "fault")
        self._words.show()

    def show_progress(self, progress: Progress) -> None:
        """How far it is."""
        self._show_running(True)
        self._bar.setRange(0, 1000 if progress.total else 0)
        if progress.total:
            self._bar.setValue(1000 * progress.done // progress.total)
        self._say(progress_in_words(progress), "dim")

    def _say(self, words: str, kind: str) -> None:
        self._words.setText(words)
        self._words.setProperty("kind", kind)
        self._words.style().polish(self._words)

    def _show_running(self, running: bool) -> None:
        idle, busy = (self._button,), (self._words, self._bar, self._cancel)
        focused = self._button.hasFocus() or self._cancel.hasFocus()
        for widget in busy if running else idle:
            widget.setVisible(True)
        if focused:
            # Hidden, a button hands the focus on to a section below, and the page scrolls there.
            (self._cancel if running else self._button).setFocus()
        for widget in idle if running else busy:
            widget.setVisible(False)


def progress_in_words(progress: Progress) -> str:
    """``Downloading MNIST: 3 MB / 11 MB``."""
    message = translated(progress.message)
    if not progress.total:
        return message
    if progress.unit == "bytes":
        return f"{message}: {in_bytes(progress.done)} / {in_bytes(progress.total)}"
    return f"{message}: {with_thousands(progress.done)} / {with_thousands(progress.total)} {translated(progress.unit)}"
