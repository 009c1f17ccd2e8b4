"""The design as PyTorch source, live: what one would write by hand, always in view."""

import re
from typing import Any

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Literal, Name, Number, String
from PySide6.QtGui import QGuiApplication, QShowEvent, QTextCharFormat, QTextCursor, QTextFormat
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QTextEdit, QVBoxLayout, QWidget

from engine.errors import ExportError
from engine.export import source
from engine.report import Report
from gui import theme as looks
from gui.editor import Editor, Selection
from gui.page import label
from gui.theme import Appearance
from gui.words import translated

COLOURS: tuple[tuple[Any, str], ...] = (
    (Comment, "faint"),
    (String, "good"),
    (Number, "validation"),
    (Literal, "good"),
    (Keyword, "accent"),
    (Name.Class, "doubt"),
    (Name.Function, "doubt"),
    (Name.Builtin, "accent"),
)
"""What is coloured, and with which token of the theme; the first that fits counts."""


class CodeView(QWidget):
    """The source of the network as it is drawn, the lines of the selected layers marked."""

    def __init__(self, editor: Editor, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("codeView")
        self._editor = editor
        self._appearance = appearance
        self._source = ""
        self._words = label(kind="dim", wraps=True)
        self._copy = QPushButton(self.tr("Copy"), self)
        self._copy.setObjectName("copyCode")
        self._copy.clicked.connect(self._copy_source)
        self._text = QPlainTextEdit(self)
        self._text.setObjectName("code")
        self._text.setAccessibleName(self.tr("PyTorch source"))
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(looks.code_font())
        head = QHBoxLayout()
        head.addWidget(self._words, 1)
        head.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(looks.PADDING, looks.GRID * 2, looks.PADDING, looks.GRID * 2)
        column.setSpacing(looks.GRID * 2)
        column.addLayout(head)
        column.addWidget(self._text, 1)
        editor.report_changed.connect(self._show_report)
        editor.selection_changed.connect(self._mark)
        appearance.changed.connect(self._paint)
        self._show_report(editor.report)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show_report(self._editor.report)

    def _show_report(self, report: Report) -> None:
        """Prints the source anew; out of view, or before the engine has spoken of the last edit, it stays."""
        if not self.isVisible() or not self._editor.is_report_current:
            return
        try:
            printed = source(self._editor.project, report)
        except ExportError as error:
            # The last whole source stays, so that the eye keeps its place while one edits.
            words = " ".join(translated(part) for part in (error.message, error.fix) if part)
        else:
            words = self.tr("What this network is in PyTorch. Export gives it with its weights and a training script.")
            if printed != self._source:
                self._source = printed
                self._paint()
        self._words.setText(words)
        self._copy.setEnabled(bool(self._source))

    def _paint(self) -> None:
        place = self._text.verticalScrollBar().value()
        self._text.clear()
        cursor = QTextCursor(self._text.document())
        for token, words in PythonLexer().get_tokens(self._source):
            cursor.insertText(words, self._format(token))
        self._text.verticalScrollBar().setValue(place)
        self._mark(self._editor.selection)

    def _format(self, token: Any) -> QTextCharFormat:
        made = QTextCharFormat()
        colour = next((colour for kind, colour in COLOURS if token in kind), "text")
        made.setForeground(self._appearance.theme.colour(colour))
        return made

    def _mark(self, selection: Selection) -> None:
        """Marks the lines that speak of the selected layers and brings the first into view."""
        marks: list[QTextEdit.ExtraSelection] = []
        names = "|".join(re.escape(name) for name in selection)
        for number, line in enumerate(self._source.split("\n")):
            if names and re.search(rf"\bself\.({names})\b", line):
                marks.append(self._marked(number))
        self._text.setExtraSelections(marks)
        if marks:
            self._text.setTextCursor(marks[0].cursor)  # pyright: ignore[reportAttributeAccessIssue]

    def _marked(self, line: int) -> QTextEdit.ExtraSelection:
        mark = QTextEdit.ExtraSelection()
        made = QTextCharFormat()
        made.setBackground(self._appearance.theme.colour("accent", 0.18))
        made.setProperty(QTextFormat.Property.FullWidthSelection, True)
        mark.format = made  # pyright: ignore[reportAttributeAccessIssue]
        mark.cursor = QTextCursor(self._text.document().findBlockByNumber(line))  # pyright: ignore[reportAttributeAccessIssue]
        return mark

    def _copy_source(self) -> None:
        QGuiApplication.clipboard().setText(self._source)
