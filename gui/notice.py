"""Notice: what went wrong, or what is on offer, in a bar above the canvas.

It stays until it is read, unless the next edit shows that it was: a refusal, or that something is done.
"""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.errors import LayerloomError
from gui.theme import GRID, PADDING, PROGRESS_WIDTH, TOOL_ICON, Appearance, Theme, icon
from gui.words import translated

STEPS = 1000
"""Of a bar."""
Offer = tuple[str, Callable[[], object]]


class Notices(QWidget):
    """The notices that are open, the newest on top. One text is shown once."""

    changed = Signal()
    """One came or went, or takes another height."""
    keyboard_left = Signal()
    """One that had the keyboard is closed."""
    MOST = 3

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self._appearance = appearance
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)

    @property
    def texts(self) -> list[str]:
        """What is shown, the newest first."""
        return [notice.text for notice in self._open()]

    def covered(self) -> int:
        """How high the open notices are together."""
        heights = (max(notice.heightForWidth(self.width()), notice.sizeHint().height()) for notice in self._open())
        return sum(heights)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.changed.emit()

    def show_error(self, error: LayerloomError, *offers: Offer | None) -> None:
        """What happened, what was expected, what to do."""
        words = (translated(part) for part in (error.message, error.expected, error.fix) if part)
        self.show_text(" ".join(words), *offers)

    def show_refusal(self, error: LayerloomError, offer: Offer | None = None) -> None:
        """An edit that could not be made; the next one that can be takes this away."""
        self.show_error(error, offer)
        self._open()[0].passes = True

    def show_text(self, text: str, *offers: Offer | None, kind: str = "fault") -> None:
        """A sentence, and a button for each offer."""
        self.withdraw(text)
        read = [notice for notice in self._open() if not isinstance(notice, Work)]
        for notice in read[self.MOST - 1 :]:
            notice.dismiss()
        notice = Notice(text, [offer for offer in offers if offer], kind, self._appearance, self)
        notice.left.connect(self.changed)
        notice.keyboard_left.connect(self.keyboard_left)
        self._column.insertWidget(0, notice)
        notice.show()
        self.changed.emit()

    def withdraw(self, text: str) -> None:
        """Closes the notice of this text: it is not true any more, or is said anew."""
        for notice in self._open():
            if notice.text == text:
                notice.dismiss()

    def show_work(self, text: str, cancel: Callable[[], object]) -> "Work":
        """What is being done just now, with a button that ends it; whoever does it closes this."""
        work = Work(text, (self.tr("Cancel"), cancel), self._appearance, self)
        work.left.connect(self.changed)
        work.keyboard_left.connect(self.keyboard_left)
        self._column.insertWidget(0, work)
        work.show()
        self.changed.emit()
        return work

    def pass_by(self) -> None:
        """An edit was made: closes what spoke only of the moment before."""
        for notice in self._open():
            if notice.passes:
                notice.dismiss()

    def clear(self) -> None:
        """Closes them all, but not what is still being done."""
        for notice in self._open():
            if not isinstance(notice, Work):
                notice.dismiss()

    def _open(self) -> list["Notice"]:
        items = [self._column.itemAt(number) for number in range(self._column.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [widget for widget in widgets if isinstance(widget, Notice) and not widget.isHidden()]


class Notice(QFrame):
    """One sentence, what is offered, and a button that closes it."""

    left = Signal()
    """It is closed."""
    keyboard_left = Signal()
    """It had the keyboard, which is to go back to what the notice lies over."""
    SIGNS = {
        "work": "progress-clock",
        "fault": "alert-circle-outline",
        "doubt": "alert-outline",
        "good": "check-circle-outline",
    }

    def __init__(self, text: str, offers: Sequence[Offer], kind: str, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self.setProperty("kind", "banner")
        self.text = text
        self.passes = kind == "good" and not offers
        self._kind = kind
        self._sign = QLabel(self)
        self._words = QLabel(text, self)
        self._words.setWordWrap(True)
        self._words.setObjectName("noticeText")
        self._close = QPushButton(self)
        self._close.setProperty("kind", "quiet")
        self._close.setAccessibleName(QCoreApplication.translate("Notice", "Close this notice"))
        self._close.setObjectName("noticeClose")
        self._close.clicked.connect(self.dismiss)
        row = self.row = QHBoxLayout(self)
        row.setContentsMargins(PADDING, GRID * 2, GRID * 2, GRID * 2)
        row.setSpacing(GRID * 2)
        row.addWidget(self._sign)
        buttons = [self._offered(offer) for offer in offers]
        if len(buttons) > 1:
            row.addLayout(self._above(buttons), 1)
        else:
            row.addWidget(self._words, 1)
            for button in buttons:
                row.addWidget(button)
        row.addWidget(self._close)
        appearance.changed.connect(self._repaint_signs)
        self._repaint_signs(appearance.theme)

    def dismiss(self) -> None:
        """Closes it."""
        focused = QApplication.focusWidget()
        had_keyboard = focused is not None and self.isAncestorOf(focused)
        # Not taken from its parent: the click that closes it is still being handled in it.
        self.hide()
        if had_keyboard:
            self.keyboard_left.emit()
        self.deleteLater()
        self.left.emit()

    def _above(self, buttons: Sequence[QPushButton]) -> QVBoxLayout:
        """The words above the buttons: beside several they would have too little room."""
        column, below = QVBoxLayout(), QHBoxLayout()
        for layout in (column, below):
            layout.setSpacing(GRID * 2)
        column.addWidget(self._words)
        for button in buttons:
            below.addWidget(button)
        below.addStretch(1)
        column.addLayout(below)
        return column

    def _offered(self, offer: Offer) -> QPushButton:
        label, action = offer
        button = QPushButton(label, self)
        button.setObjectName("noticeOffer")
        button.setProperty("kind", "outline")
        button.clicked.connect(self.dismiss)
        button.clicked.connect(lambda: action())
        return button

    def _repaint_signs(self, theme: Theme) -> None:
        token = "dim" if self._kind == "work" else self._kind
        self._sign.setPixmap(icon(self.SIGNS[self._kind], theme, token).pixmap(TOOL_ICON, TOOL_ICON))
        self._close.setIcon(icon("close", theme))


class Work(Notice):
    """What is being done just now, how far it is, and the button that ends it."""

    def __init__(self, text: str, cancel: Offer, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(text, [cancel], "work", appearance, parent)
        self.setObjectName("work")
        self._bar = QProgressBar(self)
        self._bar.setObjectName("workBar")
        self._bar.setAccessibleName(text)
        self._bar.setTextVisible(False)
        self._bar.setFixedWidth(PROGRESS_WIDTH)
        self._bar.setRange(0, 0)
        self._close.hide()
        self.row.insertWidget(2, self._bar)

    def show_progress(self, done: int, total: int, words: str = "") -> None:
        """How far it is, in other words where there are; of a total of 0 nobody knows."""
        # The bar takes no more than 31 bits, and files may be larger.
        self._bar.setRange(0, STEPS if total else 0)
        self._bar.setValue(STEPS * done // total if total else 0)
        if words:
            self._words.setText(words)
