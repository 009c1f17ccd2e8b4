"""Python source to be written: coloured and numbered as where it is read, with the keys that one expects of it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QWidget

from gui.code_text import CodeText
from gui.theme import Appearance

_INDENT = 4


class CodeEditor(CodeText):
    """Tab indents, Enter goes on where the line before began, and one deeper after a colon. Ctrl+Tab leaves."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, parent)
        self.setTabChangesFocus(False)
        self.setTabStopDistance(_INDENT * self.fontMetrics().horizontalAdvance(" "))

    def begin(self, source: str, *, is_open: bool) -> None:
        """Shows a source, to be changed where it is open."""
        self.show_source(source)
        self.setReadOnly(not is_open)
        if is_open:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextEditorInteraction)
            self.setUndoRedoEnabled(True)
            self.textChanged.connect(self.follow)

    @property
    def source(self) -> str:
        """What is written."""
        return self.toPlainText()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.isReadOnly():
            super().keyPressEvent(event)
            return
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        match event.key():
            case Qt.Key.Key_Tab if plain:
                self._indent(1)
            case Qt.Key.Key_Tab if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                # Where Tab writes, a text keeps the focus to itself; its window moves it.
                self.window().focusNextChild()
            case Qt.Key.Key_Backtab:
                self._indent(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if plain:
                self._break_line()
            case _:
                super().keyPressEvent(event)

    def _break_line(self) -> None:
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        depth = len(before) - len(before.lstrip(" "))
        depth += _INDENT if before.rstrip().endswith(":") else 0
        cursor.insertText("\n" + " " * depth)
        self.ensureCursorVisible()

    def _indent(self, steps: int) -> None:
        """The selected lines by so many steps; without a selection, spaces up to the next step where the caret is."""
        cursor = self.textCursor()
        if steps > 0 and not cursor.hasSelection():
            cursor.insertText(" " * (_INDENT - cursor.positionInBlock() % _INDENT))
            return
        document = self.document()
        block, last = document.findBlock(cursor.selectionStart()), document.findBlock(cursor.selectionEnd())
        cursor.beginEditBlock()
        while block.isValid() and block.blockNumber() <= last.blockNumber():
            line = QTextCursor(block)
            if steps > 0:
                line.insertText(" " * _INDENT)
            else:
                spaces = len(block.text()) - len(block.text().lstrip(" "))
                right, keep = QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor
                line.movePosition(right, keep, min(spaces, _INDENT))
                line.removeSelectedText()
            block = block.next()
        cursor.endEditBlock()
