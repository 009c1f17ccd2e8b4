"""A note on the canvas: a sheet with a text in Markdown, as high as the text needs."""

from typing import Any

from PySide6.QtCore import QRectF, QSizeF, QUrl
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QPainter,
    QPalette,
    QTextBlock,
    QTextCursor,
    QTextDocument,
    QTextFragment,
)
from PySide6.QtGui import QTextFormat as Format
from PySide6.QtWidgets import QGraphicsRectItem

from engine.remarks import Note
from gui.canvas.ink import Ink
from gui.canvas.items import FAR
from gui.theme import NODE_RADIUS, NOTE_GAP, NOTE_HEADS, NOTE_HEIGHT, NOTE_INDENT, NOTE_PADDING, interface_font

_MARGIN = 1.0
_DIALECT = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


class NoteItem(QGraphicsRectItem):
    """One note, above the wires and below the nodes. Its text is laid out when it or its width changes."""

    def __init__(self, note: Note, ink: Ink) -> None:
        super().__init__()
        self.setZValue(0.75)
        self.note = note
        self.is_selected = False
        self._ink = ink
        self._text = _written(note.text, note.width)
        self._height = NOTE_HEIGHT
        self._fit()

    @property
    def place(self) -> QRectF:
        """Where it lies now, which differs from where the graph has it while it is dragged."""
        return QRectF(self.x(), self.y(), self.note.width, self._height)

    def show_note(self, note: Note) -> None:
        """Takes over text, width and place."""
        before, self.note = self.note, note
        if note.text != before.text:
            self._text = _written(note.text, note.width)
        elif note.width != before.width:
            self._text.setTextWidth(note.width)
        self._fit()

    def show_selected(self, value: bool) -> None:
        """Repaints only where that is new."""
        if value != self.is_selected:
            self.is_selected = value
            self.update()

    def show_ink(self, ink: Ink) -> None:
        """Takes over the colours of a theme."""
        self._ink = ink
        self.update()

    def _fit(self) -> None:
        self._height = max(NOTE_HEIGHT, self._text.size().height())
        self.setRect(-_MARGIN, -_MARGIN, self.note.width + 2 * _MARGIN, self._height + 2 * _MARGIN)
        self.setPos(*self.note.position)
        self.update()

    def paint(self, painter: QPainter, option: Any, widget: Any = None) -> None:
        del option, widget
        painter.setPen(self._ink.outline_selected if self.is_selected else self._ink.note_edge)
        painter.setBrush(self._ink.note)
        sheet = QRectF(0.5, 0.5, self.note.width - 1, self._height - 1)
        painter.drawRoundedRect(sheet, NODE_RADIUS, NODE_RADIUS)
        if painter.worldTransform().m11() >= FAR:
            context = QAbstractTextDocumentLayout.PaintContext()
            palette = QPalette(self._ink.text)
            palette.setColor(QPalette.ColorRole.Text, self._ink.text)
            context.palette = palette  # pyright: ignore[reportAttributeAccessIssue]
            self._text.documentLayout().draw(painter, context)


class _Text(QTextDocument):
    """Reads nothing from the disk, whatever a text asks for."""

    def loadResource(self, type: int, name: QUrl | str) -> None:
        del type, name


def _written(text: str, width: float) -> QTextDocument:
    """The text laid out in this width, without pictures and links; its lines end where they were ended."""
    document = _Text()
    document.setDefaultFont(interface_font())
    document.setDocumentMargin(NOTE_PADDING)
    document.setIndentWidth(NOTE_INDENT)
    document.setUndoRedoEnabled(False)
    document.setMarkdown(text.replace("\n", "  \n"), _DIALECT)
    _plain(document)
    document.setPageSize(QSizeF(-1, -1))
    document.setTextWidth(width)
    return document


def _plain(document: QTextDocument) -> None:
    block = document.begin()
    while block.isValid():
        _set_apart(block)
        _lower_head(block)
        _without_links(block)
        block = block.next()


def _set_apart(block: QTextBlock) -> None:
    """A little room before each paragraph but the first, and before a list."""
    follows = block.previous().isValid() and not (block.textList() and block.previous().textList())
    margins = block.blockFormat()
    margins.setTopMargin(NOTE_GAP if follows else 0)
    margins.setBottomMargin(0)
    QTextCursor(block).setBlockFormat(margins)


def _lower_head(block: QTextBlock) -> None:
    """A heading a little larger than the text: Qt's are made for pages."""
    level = block.blockFormat().headingLevel()
    if level:
        cursor = QTextCursor(block)
        cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
        letters = cursor.charFormat()
        letters.setProperty(Format.Property.FontSizeAdjustment, 0)
        size = interface_font().pixelSize() * NOTE_HEADS[min(level, len(NOTE_HEADS)) - 1]
        letters.setProperty(Format.Property.FontPixelSize, round(size))
        cursor.mergeCharFormat(letters)


def _pieces(block: QTextBlock) -> list[QTextFragment]:
    entry, pieces = block.begin(), list[QTextFragment]()
    while not entry.atEnd():
        pieces.append(entry.fragment())
        entry += 1
    return pieces


def _without_links(block: QTextBlock) -> None:
    """A link as its words, a picture as the words that stand for it."""
    for piece in reversed(_pieces(block)):
        letters = piece.charFormat()
        if not letters.isAnchor() and not letters.isImageFormat():
            continue
        cursor = QTextCursor(block)
        cursor.setPosition(piece.position())
        cursor.setPosition(piece.position() + piece.length(), QTextCursor.MoveMode.KeepAnchor)
        if letters.isImageFormat():
            said = letters.stringProperty(Format.Property.ImageAltText) or letters.stringProperty(
                Format.Property.ImageName
            )
            plain = QTextCursor(block).blockCharFormat()
            cursor.insertText(said, plain)
            continue
        letters.setAnchor(False)
        letters.setAnchorHref("")
        letters.setFontUnderline(False)
        letters.clearForeground()
        cursor.setCharFormat(letters)
