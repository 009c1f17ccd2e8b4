"""The bar that finds layers on the canvas by name, kind, shape or problem, and leads from one to the next."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton

from engine.finding import find
from gui import theme as looks
from gui.theme import Appearance, Theme, icon
from gui.words import translated

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_DIMMED = 0.5


class FindBar(QFrame):
    """Outlines what matches, dims the rest a little, and centres and selects one match at a time."""

    def __init__(self, canvas: "Canvas", appearance: Appearance) -> None:
        super().__init__(canvas.viewport())
        self.setObjectName("findBar")
        self.setProperty("kind", "floating")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self._canvas = canvas
        self._found: tuple[str, ...] = ()
        self._at = 0
        self._buttons: dict[str, QToolButton] = {}
        self._query = self._make_query()
        self._count = QLabel(self)
        self._count.setObjectName("findCount")
        self._lay_out()
        self.hide()
        canvas.editor.project_changed.connect(self._refresh)
        canvas.editor.place_changed.connect(self._refresh)
        canvas.editor.report_changed.connect(self._refresh)
        appearance.changed.connect(self._show_theme)
        self._show_theme(appearance.theme)

    def _make_query(self) -> QLineEdit:
        query = QLineEdit(self)
        query.setObjectName("findQuery")
        query.setAccessibleName(self.tr("Find layers"))
        query.setPlaceholderText(self.tr("Name, kind, 32 × 13 × 13, problem…"))
        query.setFixedWidth(looks.FIND_WIDTH)
        query.textChanged.connect(self._search)
        return query

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(*(2 * looks.GRID,) * 4)
        row.setSpacing(looks.GRID)
        row.addWidget(self._query)
        self._count.setMinimumWidth(self._count.fontMetrics().horizontalAdvance(self.tr("No match")) + 4 * looks.GRID)
        self._count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(self._count)
        for symbol, words, action in (
            ("chevron-up", self.tr("Previous match (Shift+Enter)"), self.go_back),
            ("chevron-down", self.tr("Next match (Enter)"), self.go_on),
            ("close", self.tr("Close (Esc)"), self.leave),
        ):
            row.addWidget(self._button(symbol, words, action))

    def _button(self, symbol: str, words: str, action: Callable[[], None]) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"find-{symbol}")
        button.setAccessibleName(words)
        button.setToolTip(words)
        button.setIconSize(QSize(looks.ICON, looks.ICON))
        button.clicked.connect(action)
        self._buttons[symbol] = button
        return button

    # What it does

    def open(self) -> None:
        """Comes into view with the last query, ready to be typed over."""
        self.show()
        self.place()
        self.raise_()
        self._query.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._query.selectAll()
        self._refresh()

    def leave(self) -> None:
        """Goes, and gives the keyboard back to the canvas. The match that was shown stays selected."""
        self.hide()
        self._mark(())
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def go_on(self) -> None:
        """To the next match; after the last comes the first."""
        self._step(1)

    def go_back(self) -> None:
        """To the match before; before the first comes the last."""
        self._step(-1)

    def place(self) -> None:
        """Stands at the top right of the canvas, below what covers that."""
        self.adjustSize()
        room = self._canvas.viewport().width()
        top = self._canvas.covered() + 3 * looks.GRID
        self.move(QPoint(max(0, room - self.width() - 3 * looks.GRID), top))

    def _step(self, step: int) -> None:
        if self.isHidden():
            self.open()
        elif self._found:
            self._go_to((self._at + step) % len(self._found))

    def _search(self) -> None:
        """After every letter; the match that was shown stays as long as it is one."""
        current = self._found[self._at] if self._found else ""
        self._refresh()
        if self._found:
            self._go_to(self._found.index(current) if current in self._found else 0)

    def _refresh(self) -> None:
        """Finds again what may have changed, and leaves the view where it is."""
        if self.isHidden():
            return
        current = self._found[self._at] if self._found else ""
        editor = self._canvas.editor
        self._found = find(editor.network, editor.here, self._query.text(), translated)
        self._at = self._found.index(current) if current in self._found else 0
        self._mark(self._found)
        self._say()

    def _go_to(self, at: int) -> None:
        self._at = at
        self._canvas.centre_on(self._found[at])
        self._canvas.editor.select([self._found[at]])
        self._say()

    def _say(self) -> None:
        words = self.tr("{number} of {count}").format(number=self._at + 1, count=len(self._found))
        is_missing = not self._found and bool(self._query.text().strip())
        self._count.setText(words if self._found else self.tr("No match") if is_missing else "")
        self._count.setProperty("kind", "fault" if is_missing else "dim")
        self._count.style().polish(self._count)
        for symbol in ("chevron-up", "chevron-down"):
            self._buttons[symbol].setEnabled(len(self._found) > 1)

    def _mark(self, found: tuple[str, ...]) -> None:
        matches, picture = set(found), self._canvas.picture
        for node_id, item in picture.nodes.items():
            item.show_state("is_match", node_id in matches)
            item.setOpacity(_DIMMED if matches and node_id not in matches else 1)
        for wire in picture.wires.values():
            wire.setOpacity(_DIMMED if matches else 1)

    # Keys and looks

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # None goes on to the canvas, where arrows move layers.
        event.accept()
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            is_back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.go_back() if is_back else self.go_on()

    def _show_theme(self, theme: Theme) -> None:
        for symbol, button in self._buttons.items():
            button.setIcon(icon(symbol, theme))
