"""The way to the drawing in view: “MNIST CNN › stage_1 › convblock_2”, each part a way back out."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from gui import theme as looks
from gui.editor import Place
from gui.page import clear, label

_BETWEEN = "›"


class Breadcrumb(QFrame):
    """Stands at the top left of the canvas while a block is open."""

    place_chosen = Signal(tuple)
    """The place to go back to."""

    def __init__(self, room: QWidget) -> None:
        super().__init__(room)
        self.setObjectName("breadcrumb")
        self.setAccessibleName(self.tr("Where you are"))
        self.setProperty("kind", "floating")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self._room = room
        self._way = QHBoxLayout()
        self._way.setSpacing(0)
        self._note = label(kind="dim")
        self._note.setObjectName("breadcrumbNote")
        row = QHBoxLayout(self)
        row.setContentsMargins(looks.GRID, 0, 3 * looks.GRID, 0)
        row.setSpacing(looks.GRID)
        row.addLayout(self._way)
        row.addWidget(self._note)
        self.hide()

    def show_way(self, names: Sequence[str], place: Place, note: str) -> None:
        """Shows the way: the name of the network, then those of the blocks that lead to the place."""
        clear(self._way)
        last = len(names) - 1
        for depth, name in enumerate(names):
            if depth:
                self._add(label(_BETWEEN, "faint"))
            self._add(self._part(name, place[:depth], is_here=depth == last))
        self._note.setText(note)
        self.setToolTip(note)
        self.setAccessibleDescription(f"{f' {_BETWEEN} '.join(names)}. {note}")
        self.place()

    def place(self, top: int = 0) -> None:
        """Stands at the top left of the canvas, below what covers that; where it is narrow, without the note."""
        room = self._room.width() - 6 * looks.GRID
        self._note.show()
        self._way.invalidate()
        if self.sizeHint().width() > room:
            self._note.hide()
        self.adjustSize()
        self.move(QPoint(3 * looks.GRID, top + 3 * looks.GRID))

    def _add(self, part: QWidget) -> None:
        self._way.addWidget(part)
        # Qt shows it, and the style sheet gives it its size, only later; but the place is given now.
        part.ensurePolished()
        part.show()

    def _part(self, name: str, place: Place, *, is_here: bool) -> QWidget:
        shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, looks.FIND_WIDTH)
        if is_here:
            here = QLabel(shown, self)
            here.setFont(looks.title_font())
            here.setContentsMargins(2 * looks.GRID, 0, 2 * looks.GRID, 0)
            return here
        button = QToolButton(self)
        button.setObjectName(f"breadcrumb{len(place)}")
        button.setText(shown)
        button.setToolTip(self.tr("Go back to {name}").format(name=name))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.clicked.connect(lambda: self.place_chosen.emit(place))
        return button
