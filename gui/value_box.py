"""The line in which a value is typed, with arrows where it can be stepped."""

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QCompleter, QSizePolicy, QWidget

from engine.spec import Field
from gui import theme as looks
from gui.notation import NOTATIONS, STEPPED

Check = Callable[[Any], str]
"""Why a value is not allowed, as a sentence; empty: it is."""


class ValueBox(QAbstractSpinBox):
    """A line for a value in some notation, with arrows where it can be stepped."""

    edited = Signal(object)
    """An allowed value that was typed or stepped to."""
    began = Signal()
    """The first change of the text since a value was shown."""
    withdrawn = Signal()
    """What is typed has become one that is not allowed: what was `edited` since it `began` no longer holds."""
    judged = Signal(str)
    """After each change: what is wrong with the text; empty: nothing."""

    def __init__(self, field: Field, check: Check, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notation = NOTATIONS[field.kind](field)
        self._expected = field.expected()
        self._check = check
        self._value: Any = None
        self._before: Any = None
        self._is_typing = False
        self._hint = ""
        self._offered: QStringListModel | None = None
        self._is_stepped = field.kind in STEPPED
        # Not NoButtons: with those, a style sheet that places buttons leaves the line no width.
        self.setProperty("stepped", self._is_stepped)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(looks.ROW_HEIGHT)
        self.lineEdit().setTextMargins(looks.GRID * 2, 0, 0, 0)
        self.lineEdit().textEdited.connect(self._take)

    def show_value(self, value: Any) -> None:
        """Shows a value from outside; None: there are several. What is being typed stays, unless the value changes."""
        self.lineEdit().setPlaceholderText(self.tr("several values") if value is None else self._hint)
        if value != self._value:
            self._value = value
            self.restore()

    def show_hint(self, words: str) -> None:
        """What an empty line stands for."""
        self._hint = words
        if self._value is not None:
            self.lineEdit().setPlaceholderText(words)

    def offer(self, words: Sequence[str]) -> None:
        """Offers these while a text is typed and, all of them, on a click and on the key for down."""
        if self._offered is None:
            self._offered = QStringListModel(self)
            completer = QCompleter(self._offered, self)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.activated.connect(self._take)
            self.lineEdit().setCompleter(completer)
            self.lineEdit().installEventFilter(self)
        # While a list is shown it must not begin anew with each letter.
        if self._offered.stringList() != list(words):
            self._offered.setStringList(words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Whoever marks a part of the text with the mouse means to write.
        if event.type() == QEvent.Type.MouseButtonRelease and self._offered and not self.lineEdit().hasSelectedText():
            self._show_offered()
        return super().eventFilter(watched, event)

    def _show_offered(self) -> None:
        completer = self.lineEdit().completer()
        completer.setCompletionPrefix("")
        completer.complete()

    def take(self, value: Any) -> None:
        """Takes a value that was chosen elsewhere, as if it had been typed."""
        self._take(self._notation.write(value))
        self._is_typing = False
        self.restore()

    def restore(self) -> None:
        """Shows the value again, whatever was being typed."""
        self._is_typing, self._before = False, self._value
        line, text = self.lineEdit(), self._written()
        if text != line.text():
            place = line.cursorPosition()
            line.setText(text)
            line.setCursorPosition(min(place, len(text)))
        self.judged.emit("")
        self.update()

    def stepBy(self, steps: int) -> None:
        if self._value is not None:
            self._value = self._notation.step(self._value, steps)
            self.restore()
            self.edited.emit(self._value)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if not self._is_stepped or self._value is None:
            return flags
        if self._notation.step(self._value, 1) != self._value:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if self._notation.step(self._value, -1) != self._value:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def sizeHint(self) -> QSize:
        return QSize(looks.LABEL_WIDTH, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(looks.LABEL_WIDTH // 2, super().minimumSizeHint().height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        # A page that is scrolled must not change what the pointer happens to pass over.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._written():
            self.restore()
            return
        if event.key() == Qt.Key.Key_Down and self._offered and not self._is_stepped:
            self._show_offered()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._judge(self.text()):
            self.restore()
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # Another window, or a menu of this line, is not the end of the typing.
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.restore()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            # Undo is the document's: the line's own would go back letter by letter.
            keys = QKeySequence.StandardKey
            if event.matches(keys.Undo) or event.matches(keys.Redo):
                event.ignore()
                return True
        return super().event(event)

    def _take(self, text: str) -> None:
        if not self._is_typing:
            self._is_typing = True
            self.began.emit()
        fault = self._judge(text)
        self.judged.emit(fault)
        if not fault and not self._stands_for_several(text):
            self._value = self._notation.read(text)
            self.edited.emit(self._value)
        elif self._value != self._before:
            self._value = self._before
            self.withdrawn.emit()

    def _stands_for_several(self, text: str) -> bool:
        return not text and self._before is None

    def _judge(self, text: str) -> str:
        if self._stands_for_several(text):
            return ""
        try:
            return self._check(self._notation.read(text))
        except (ValueError, OverflowError):
            return self._expected

    def _written(self) -> str:
        return "" if self._value is None else self._notation.write(self._value)
