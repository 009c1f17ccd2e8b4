"""A line to type into at a node: a name, a number. Enter takes it, Escape does not."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from gui import theme as looks
from gui.page import label
from gui.theme import GRID

Refusal = Callable[[str], str]
"""Why a text cannot be taken, as a sentence; empty: it can."""


class LinePopup(QFrame):
    """Asks for one text. Says while one types why it cannot be taken. Goes when the keyboard goes elsewhere."""

    taken = Signal(str)
    """The text, which can be taken."""
    closed = Signal()

    def __init__(self, prompt: str, text: str, refusal: Refusal, room: QWidget) -> None:
        super().__init__(room)
        self._room = room
        self._refusal = refusal
        self.setObjectName("linePopup")
        self.setAccessibleName(prompt)
        self.setProperty("kind", "floating")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self._line = QLineEdit(text, self)
        self._line.setObjectName("linePopupText")
        self._line.setAccessibleName(prompt)
        self._line.setFixedWidth(looks.FIND_WIDTH)
        self._line.textEdited.connect(self._judge)
        self._line.installEventFilter(self)
        self._fault = label(kind="fault", wraps=True)
        self._fault.setObjectName("linePopupFault")
        self._fault.setFixedWidth(looks.FIND_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * GRID,) * 4)
        column.setSpacing(GRID)
        column.addWidget(label(prompt, "dim"))
        column.addWidget(self._line)
        column.addWidget(self._fault)
        self._fault.hide()

    def open_at(self, place: QRect) -> None:
        """Comes up over the top left corner of this place of the parent, and takes the keyboard."""
        self.ensurePolished()
        self._line.ensurePolished()
        self.adjustSize()
        room = self._room.rect().adjusted(GRID, GRID, -GRID, -GRID)
        self.move(
            max(room.left(), min(place.left(), room.right() - self.width())),
            max(room.top(), min(place.top(), room.bottom() - self.height())),
        )
        self.show()
        self.raise_()
        self._line.setFocus(Qt.FocusReason.PopupFocusReason)
        self._line.selectAll()

    def leave(self) -> None:
        """Goes; nothing is taken."""
        self._line.removeEventFilter(self)
        self.closed.emit()
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Escape, and that the keyboard has gone."""
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            # The menu of the line takes the keyboard only for a while.
            if event.reason() != Qt.FocusReason.PopupFocusReason:
                self.leave()
            return False
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if event.key() == Qt.Key.Key_Escape:
            self._give_back()
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            return False
        return True

    def _take(self) -> None:
        text = self._line.text().strip()
        if self._judge(text):
            self._give_back()
            self.leave()
            self.taken.emit(text)

    def _judge(self, text: str) -> bool:
        fault = self._refusal(text.strip())
        self._fault.setText(fault)
        self._fault.setVisible(bool(fault))
        self.adjustSize()
        return not fault

    def _give_back(self) -> None:
        canvas = self._room.parentWidget()
        if canvas is not None:
            canvas.setFocus(Qt.FocusReason.PopupFocusReason)
