"""The text of a note or the title of a frame, typed where it stands."""

from math import ceil
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from engine.remarks import LONGEST_TEXT, LONGEST_TITLE, Frame, Note, Remark
from gui.theme import FRAME_PADDING, NOTE_EDITOR, NOTE_PADDING, RENAME_WIDTH, zoomed_font, zoomed_title_font

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RemarkEditor(QObject):
    """Holds the fields that lie over what is being edited, one at a time.

    Going elsewhere takes what was typed; so does Ctrl+Enter for a note, and Enter for a title. Escape gives up a title
    but takes a note: a page of text is not lost by one key.
    """

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._edited: Remark | None = None
        self._merge = ""
        self._text = QPlainTextEdit(canvas.viewport())
        self._text.setObjectName("noteText")
        self._text.setAccessibleName(self.tr("Text of the note"))
        self._text.setTabChangesFocus(True)
        self._text.setPlaceholderText(self.tr("Write a note; Markdown is understood"))
        self._text.document().setDocumentMargin(NOTE_PADDING)
        self._text.textChanged.connect(self._fit)
        self._line = QLineEdit(canvas.viewport())
        self._line.setObjectName("frameTitle")
        self._line.setAccessibleName(self.tr("Title of the frame"))
        self._line.setMaxLength(LONGEST_TITLE)
        for field in (self._text, self._line):
            field.setCursor(Qt.CursorShape.IBeamCursor)
            field.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
            field.installEventFilter(self)
            field.hide()
        canvas.zoom_changed.connect(self.take)
        canvas.editor.project_changed.connect(self.leave)
        canvas.editor.place_changed.connect(self.leave)

    @property
    def edited(self) -> str:
        """The note or frame that is being edited; empty: none is."""
        return self._edited.id if self._edited is not None else ""

    def begin(self, remark: Remark, *, merge: str = "") -> None:
        """Opens a field over a note or frame. ``merge``: what is typed joins the step that was made under that name."""
        self.take()
        self._canvas.card.forget()
        self._edited, self._merge = remark, merge
        zoom = self._canvas.zoom
        if isinstance(remark, Note):
            self._text.setFont(zoomed_font(zoom))
            self._text.setPlainText(remark.text)
            # What is hidden does not break its lines anew.
            self._text.show()
            self._fit()
            self._text.moveCursor(QTextCursor.MoveOperation.End)
        else:
            sign = self._canvas.picture.remarks.frames[remark.id].sign.place
            self._line.setFont(zoomed_title_font(zoom if sign.isEmpty() else 1.0))
            self._line.setText(remark.title)
            self._line.setGeometry(self._over_title(remark) if sign.isEmpty() else self._over_sign(sign))
            self._line.selectAll()
        field = self._field
        field.show()
        field.raise_()
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def take(self, *_change: object) -> None:
        """Takes what was typed, and goes. A note without a text is none."""
        edited, merge = self._edited, self._merge
        if edited is None:
            return
        self.leave()
        if isinstance(edited, Note):
            self._take_note(edited, self._text.toPlainText().strip()[:LONGEST_TEXT])
        elif (text := self._line.text().strip()) != edited.title:
            self._annotate(self.tr("Name a frame"), replace(edited, title=text), merge)

    def leave(self, *_change: object) -> None:
        """Goes; nothing is taken."""
        if self._edited is None:
            return
        field = self._field
        self._edited = None
        had_keyboard = field.hasFocus()
        field.hide()
        if had_keyboard:
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys that end it, and that the keyboard has gone."""
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            # The menu of a field takes the keyboard only for a while.
            if event.reason() != Qt.FocusReason.PopupFocusReason:
                self.take()
            return False
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        is_note = watched is self._text
        is_meant = not is_note or bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Escape and not is_note:
            self.leave()
        elif event.key() == Qt.Key.Key_Escape or (event.key() in _ENTER and is_meant):
            self.take()
        else:
            return False
        return True

    @property
    def _field(self) -> QPlainTextEdit | QLineEdit:
        return self._text if isinstance(self._edited, Note) else self._line

    def _take_note(self, note: Note, text: str) -> None:
        is_there = self._canvas.editor.network.has(note.id)
        if text and text != note.text:
            words = self.tr("Edit a note") if is_there else self.tr("Add a note")
            self._annotate(words, replace(note, text=text), "")
        elif not text and is_there:
            self._canvas.editor.edit_network(self.tr("Delete"), lambda network: network.remove([note.id]), ())

    def _annotate(self, words: str, remark: Remark, merge: str) -> None:
        editor = self._canvas.editor
        editor.attempt(
            words, lambda project: project.with_network(project.network.annotate(remark)), (remark.id,), merge=merge
        )

    def _fit(self) -> None:
        """Over the note, and as high as what is typed needs, as far as there is room."""
        note = self._edited
        if not isinstance(note, Note):
            return
        canvas = self._canvas
        known = canvas.picture.place_of(note.id)
        place = known if not known.isEmpty() else QRectF(*note.position, note.width, 0)
        over = canvas.mapFromScene(place).boundingRect()
        room = max(NOTE_EDITOR.height(), canvas.viewport().height() - 2 * NOTE_PADDING)
        width = max(over.width(), NOTE_EDITOR.width())
        self._text.resize(width, room)
        lines = round(self._text.document().size().height())
        line_height = ceil(QFontMetricsF(self._text.font()).height())
        # Without a pixel below it, Qt takes the last line for one that is cut, and scrolls.
        text_height = lines * line_height + 1 + 2 * NOTE_PADDING + 2 * self._text.frameWidth()
        height = max(min(max(over.height(), text_height), room), NOTE_EDITOR.height())
        self._text.setGeometry(QRect(over.topLeft(), QSize(width, height)))

    def _over_title(self, frame: Frame) -> QRect:
        bar = self._canvas.mapFromScene(self._canvas.picture.remarks.frames[frame.id].title_place).boundingRect()
        height = self._line.sizeHint().height()
        width = max(bar.width() - 2 * FRAME_PADDING, RENAME_WIDTH)
        return QRect(QPoint(bar.left() + FRAME_PADDING // 2, bar.center().y() - height // 2), QSize(width, height))

    def _over_sign(self, sign: QRectF) -> QRect:
        """Over the title as it is seen from afar, within what is in view, and not over the title of another frame."""
        plate, room = self._canvas.mapFromScene(sign).boundingRect(), self._canvas.viewport().rect()
        free = min((other.left() - plate.left() - FRAME_PADDING for other in self._beside(plate)), default=RENAME_WIDTH)
        size = QSize(max(plate.width(), min(free, RENAME_WIDTH)), self._line.sizeHint().height())
        left = max(room.left(), min(plate.left(), room.right() - size.width()))
        return QRect(QPoint(left, plate.center().y() - size.height() // 2), size)

    def _beside(self, plate: QRect) -> list[QRect]:
        """The titles of other frames to the right, as they are seen from afar."""
        signs = (frame.sign.place for frame in self._canvas.picture.remarks.frames.values())
        seen = [self._canvas.mapFromScene(sign).boundingRect() for sign in signs if not sign.isEmpty()]
        row = QRect(0, plate.top(), self._canvas.viewport().width(), plate.height())
        return [other for other in seen if other.left() > plate.left() and other.intersects(row)]
