"""Another name for a layer, typed where its title stands."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from engine.errors import ProjectError
from gui.canvas.overlays import Reason
from gui.theme import GRID, RENAME_INSET, RENAME_WIDTH, zoomed_title_font
from gui.words import translated

if TYPE_CHECKING:
    from gui.canvas.view import Canvas


class Rename(QObject):
    """Holds the line that lies over a title. Enter and going elsewhere take the name, Escape does not."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._node_id = ""
        self._reason = Reason(canvas.viewport())
        self._line = QLineEdit(canvas.viewport())
        self._line.setObjectName("renameLine")
        self._line.setAccessibleName(self.tr("Name of the layer"))
        self._line.textEdited.connect(self._judge)
        self._line.installEventFilter(self)
        self._line.hide()
        canvas.zoom_changed.connect(self.leave)
        canvas.editor.project_changed.connect(self.leave)
        canvas.editor.place_changed.connect(self.leave)

    @property
    def node(self) -> str:
        """The layer whose name is being typed; empty: none is."""
        return self._node_id

    def begin_selected(self) -> None:
        """Asks for a name of the selected layer, or for the words of a note or frame; of several, for none."""
        if self._canvas.remarks.edit_selected():
            return
        selection = self._canvas.editor.selection
        if len(selection) == 1:
            self.begin(selection[0])

    def begin_at(self, point: QPointF) -> bool:
        """Asks for a name where there is a title at this point of the scene; answers whether there is."""
        item = self._canvas.picture.node_at(point)
        found = item is not None and item.title_place.contains(point - item.pos())
        if found and item is not None:
            self.begin(item.node.id)
        return found

    def begin(self, node_id: str) -> None:
        """Puts the line over the title of a layer, in view, with its name selected."""
        if node_id not in self._canvas.picture.nodes:
            return
        self._canvas.reveal([node_id])
        self._canvas.card.forget()
        self._node_id = node_id
        self._line.setFont(zoomed_title_font(self._canvas.zoom))
        self._line.setText(node_id)
        self._line.setGeometry(self._over_title())
        self._line.show()
        self._line.raise_()
        self._line.setFocus(Qt.FocusReason.OtherFocusReason)
        self._line.selectAll()

    def leave(self, *_change: object) -> None:
        """Goes; nothing is taken."""
        if self._node_id:
            self._node_id = ""
            had_keyboard = self._line.hasFocus()
            self._line.hide()
            self._reason.say("", QPoint())
            if had_keyboard:
                self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter, Escape, and that the keyboard has gone."""
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            # The menu of the line takes the keyboard only for a while.
            if event.reason() != Qt.FocusReason.PopupFocusReason:
                self._take()
                self.leave()
            return False
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not self._judge(self._line.text()):
                self._take()
                self.leave()
        else:
            return False
        return True

    def _over_title(self) -> QRect:
        canvas = self._canvas
        item = canvas.picture.nodes[self._node_id]
        title = canvas.mapFromScene(item.title_place.translated(item.pos())).boundingRect()
        height = max(title.height(), self._line.sizeHint().height())
        width = max(title.width() + 2 * RENAME_INSET, RENAME_WIDTH)
        return QRect(title.left() - RENAME_INSET, title.center().y() - height // 2, width, height)

    def _judge(self, text: str) -> str:
        """Why the name cannot be; it is said below the line."""
        refusal = ""
        try:
            self._canvas.editor.network.rename(self._node_id, text.strip())
        except ProjectError as error:
            refusal = " ".join(translated(part) for part in (error.message, error.expected) if part)
        self._reason.say(refusal, self._line.geometry().bottomLeft() - QPoint(4 * GRID, 3 * GRID))
        return refusal

    def _take(self) -> None:
        old, new = self._node_id, self._line.text().strip()
        if not old or new == old or self._judge(new):
            return
        words = self.tr("Rename {old} to {new}").format(old=old, new=new)
        selection = tuple(new if name == old else name for name in self._canvas.editor.selection)
        self._canvas.editor.edit_network(words, lambda network: network.rename(old, new), selection)
