"""Python source to be read: coloured where it is in view, numbered, with some of its lines marked.

New text takes the place of the old one line by line, so that caret, selection and the place one looks at stay.
"""

from collections.abc import Collection, Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from zlib import crc32

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextBlock, QTextCharFormat, QTextCursor, QTextLayout
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from gui import theme as looks
from gui.theme import Appearance

if TYPE_CHECKING:
    from pygments.lexers.python import PythonLexer

COLOURS = {
    "Comment": "faint",
    "Literal.String": "good",
    "Literal.Number": "validation",
    "Literal": "good",
    "Keyword": "accent",
    "Name.Class": "doubt",
    "Name.Function": "doubt",
    "Name.Builtin": "accent",
}
"""What is coloured, as Pygments calls it, and with which token of the theme; the first that fits counts."""

_QUOTES = '"""'
_MARK = 0.18


class CodeText(QPlainTextEdit):
    """Read-only source. Says which lines a person points at; those it is told to mark, it marks."""

    lines_chosen = Signal(int, int)
    """The first and the last line in which a person has put the caret or selected text."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._appearance = appearance
        self._lines: list[str] = [""]
        self._is_inside: list[bool] = [False]
        """Of each line, whether it begins inside a docstring."""
        self._is_told = False
        self.marked: tuple[int, ...] = ()
        """The numbers of the marked lines, from 0."""
        self._numbers = LineNumbers(self, appearance)
        self.setReadOnly(True)
        flags = Qt.TextInteractionFlag
        self.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(looks.code_font())
        self.updateRequest.connect(self._follow_view)
        self.blockCountChanged.connect(self._make_room)
        self.cursorPositionChanged.connect(self._say_lines)
        appearance.changed.connect(self._show_theme)
        self._make_room()

    def show_source(self, source: str) -> None:
        """Shows this text, touching only the lines that differ."""
        lines = source.split("\n")
        if lines == self._lines:
            return
        place = QTextCursor(self.firstVisibleBlock())
        # Who looks at the first line goes on looking at the first line.
        place.setKeepPositionOnInsert(place.atStart())
        self._is_told = True
        self._replace(lines)
        self._is_told = False
        self._lines, self._is_inside = lines, _inside_docstring(lines)
        self.verticalScrollBar().setValue(place.blockNumber())
        self._colour_view()

    def follow(self) -> None:
        """Colours what a person has written."""
        if not self._is_told:
            self._lines = self.toPlainText().split("\n")
            self._is_inside = _inside_docstring(self._lines)
            self._colour_view()

    def replace(self, source: str) -> None:
        """Puts another text in the place of all there is, as one step that can be undone."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(source)

    def mark(self, lines: Collection[int]) -> None:
        """Marks these lines and no others, and brings the first into view where none of them is."""
        marked = tuple(sorted(lines))
        if marked == self.marked:
            return
        self.marked = marked
        self.viewport().update()
        self._numbers.update()
        first = self.firstVisibleBlock().blockNumber()
        page = self.verticalScrollBar().pageStep()
        if marked and not self._is_told and not any(first <= line < first + page for line in marked):
            self.verticalScrollBar().setValue(max(0, marked[0] - page // 3))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        colour = self._appearance.theme.colour("accent", _MARK)
        marked = frozenset(self.marked)
        for number, place in self.places():
            if number in marked:
                painter.fillRect(place, colour)
        painter.end()
        super().paintEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        inside = self.contentsRect()
        self._numbers.setGeometry(QRect(inside.left(), inside.top(), self._numbers.width(), inside.height()))
        self._colour_view()

    def places(self) -> list[tuple[int, QRectF]]:
        """The lines in view: their numbers, and where each is in the viewport, over its whole width."""
        found: list[tuple[int, QRectF]] = []
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= self.viewport().height():
            height = self.blockBoundingRect(block).height()
            found.append((block.blockNumber(), QRectF(0, top, self.viewport().width(), height)))
            block, top = block.next(), top + height
        return found

    def _replace(self, lines: Sequence[str]) -> None:
        # From the end, so that the numbers of the lines before it still hold.
        first, last = _shared(self._lines, lines), _shared(self._lines[::-1], lines[::-1])
        last = min(last, len(self._lines) - first, len(lines) - first)
        before, after = self._lines[first : len(self._lines) - last], lines[first : len(lines) - last]
        changes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for kind, start, end, new_start, new_end in reversed(changes):
            if kind != "equal":
                self._replace_part(cursor, first + start, first + end, after[new_start:new_end])
        cursor.endEditBlock()

    def _replace_part(self, cursor: QTextCursor, start: int, end: int, lines: Sequence[str]) -> None:
        """Puts lines in the place of those from ``start`` up to ``end``; letters that both have are left alone."""
        if end == len(self._lines) and start:
            # The last line has no newline of its own to be replaced or kept: the line before lends its own.
            start -= 1
            lines = [self._lines[start], *lines]
        before = "".join(f"{line}\n" for line in self._lines[start:end])
        after = "".join(f"{line}\n" for line in lines)
        if end == len(self._lines):
            before, after = before.removesuffix("\n"), after.removesuffix("\n")
        at = self.document().findBlockByNumber(start).position()
        same = _shared(before, after)
        ending = _shared(before[same:][::-1], after[same:][::-1])
        cursor.setPosition(at + _units(before[:same]))
        cursor.setPosition(at + _units(before[: len(before) - ending]), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(after[same : len(after) - ending])

    def _follow_view(self, rect: QRect, scrolled: int) -> None:
        if scrolled:
            self._numbers.scroll(0, scrolled)
        else:
            self._numbers.update(0, rect.top(), self._numbers.width(), rect.height())
        self._colour_view()

    def _colour_view(self) -> None:
        """Colours the lines in view that are not coloured yet."""
        theme = self._appearance.theme
        block = self.firstVisibleBlock()
        for _ in range(len(self.places())):
            number = block.blockNumber()
            if number < len(self._lines):
                is_inside = self._is_inside[number]
                # What a line was coloured for is kept with it as a number.
                state = crc32(f"{theme.name} {is_inside} {block.text()}".encode()) >> 1
                if block.userState() != state:
                    block.setUserState(state)
                    self._colour(block, is_inside)
            block = block.next()

    def _colour(self, block: QTextBlock, is_inside: bool) -> None:
        ranges: list[QTextLayout.FormatRange] = []
        for start, length, colour in coloured(block.text(), is_inside):
            part, made = QTextLayout.FormatRange(), QTextCharFormat()
            made.setForeground(self._appearance.theme.colour(colour))
            part.start, part.length, part.format = start, length, made  # pyright: ignore[reportAttributeAccessIssue]
            ranges.append(part)
        block.layout().setFormats(ranges)
        self.document().markContentsDirty(block.position(), block.length())

    def _say_lines(self) -> None:
        if self._is_told:
            return
        cursor, document = self.textCursor(), self.document()
        first = document.findBlock(cursor.selectionStart()).blockNumber()
        last = document.findBlock(cursor.selectionEnd()).blockNumber()
        # What the caret does must not move the text under it.
        self._is_told = True
        self.lines_chosen.emit(first, last)
        self._is_told = False

    def _make_room(self) -> None:
        self.setViewportMargins(self._numbers.fit(self.blockCount()), 0, 0, 0)

    def _show_theme(self) -> None:
        self._colour_view()
        self._numbers.update()


class LineNumbers(QWidget):
    """The numbers beside the lines; those of marked lines stand out. Where there is nothing to read there are none."""

    def __init__(self, code: CodeText, appearance: Appearance) -> None:
        super().__init__(code)
        self._code = code
        self._appearance = appearance
        self._width = 0

    def fit(self, count: int) -> int:
        """Becomes as wide as the largest number needs, and answers how wide that is."""
        digits = len(str(count))
        self._width = self._code.fontMetrics().horizontalAdvance("0" * max(2, digits)) + looks.PADDING + looks.GRID
        self.resize(self._width, self.height())
        return self._width

    def sizeHint(self) -> QSize:
        return QSize(self._width, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._code.isReadOnly() and self._code.document().isEmpty():
            return
        painter = QPainter(self)
        painter.setFont(self._code.font())
        theme = self._appearance.theme
        marked = frozenset(self._code.marked)
        for number, place in self._code.places():
            if place.bottom() < event.rect().top() or place.top() > event.rect().bottom():
                continue
            painter.setPen(theme.colour("text" if number in marked else "faint"))
            room = QRectF(0, place.top(), self._width - looks.GRID * 2, place.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number + 1))


@lru_cache(maxsize=4096)
def coloured(line: str, is_inside: bool) -> tuple[tuple[int, int, str], ...]:
    """The parts of a line that have a colour: start, length and token of the theme.

    ``is_inside``: the line begins inside a docstring.
    """
    parts: list[tuple[int, int, str]] = []
    at = -len(_QUOTES) if is_inside else 0
    for kind, words in _lexer().get_tokens(_QUOTES + line if is_inside else line):
        colour = next((colour for family, colour in _families() if kind in family), "")
        start = max(at, 0)
        at += len(words)
        if colour and at > start:
            parts.append((start, at - start, colour))
    return tuple(parts)


@cache
def _lexer() -> "PythonLexer":
    # Here, as the window is not to wait for it at its start.
    from pygments.lexers.python import PythonLexer

    return PythonLexer(stripnl=False, ensurenl=False)


@cache
def _families() -> tuple[tuple[Any, str], ...]:
    from pygments.token import string_to_tokentype

    return tuple((string_to_tokentype(name), colour) for name, colour in COLOURS.items())


def _inside_docstring(lines: Sequence[str]) -> list[bool]:
    inside, found = False, list[bool]()
    for line in lines:
        found.append(inside)
        inside ^= line.count(_QUOTES) % 2 == 1
    return found


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many letters, or lines, both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))


def _units(text: str) -> int:
    """The length as Qt counts it, to which some letters are two."""
    return len(text.encode("utf-16-le")) // 2
