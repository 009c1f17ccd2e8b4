"""Files and folders that are dragged over the window: wherever they are let go, the window opens them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QMargins, QObject, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from engine.importers import IMPORTERS
from gui import theme as looks
from gui.page import OneLine, label
from gui.place_box import PlaceBox, dropped_paths
from gui.theme import Appearance


class FileDrops(QObject):
    """Hears of a drag before the widgets do: a line of text would take the name of a file for words.

    A line for a path still takes what is dropped on it.
    """

    def __init__(self, window: QWidget, sign: "DropSign", opens: Callable[[Path], object]) -> None:
        super().__init__(window)
        self._window = window
        self._sign = sign
        self._opens = opens
        self._events = {
            QEvent.Type.DragEnter: self._hover,
            QEvent.Type.DragMove: self._hover,
            QEvent.Type.DragLeave: self._leave,
            QEvent.Type.Drop: self._drop,
        }

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Watches the window of the system, which is told first."""
        take = self._events.get(event.type())
        return take is not None and take(watched, event)

    def _hover(self, watched: QObject, event: QEvent) -> bool:
        assert isinstance(event, QDragEnterEvent | QDragMoveEvent)
        if not self._is_for_window(event):
            self._sign.hide()
            return False
        if self._sign.isHidden():
            # The line for a path that it was over is left.
            QCoreApplication.sendEvent(watched, QDragLeaveEvent())
            self._sign.announce(dropped_paths(event.mimeData()))
        event.acceptProposedAction()
        return True

    def _leave(self, watched: QObject, event: QEvent) -> bool:
        del watched, event
        self._sign.hide()
        return False

    def _drop(self, watched: QObject, event: QEvent) -> bool:
        del watched
        assert isinstance(event, QDropEvent)
        self._sign.hide()
        if not self._is_for_window(event):
            return False
        event.acceptProposedAction()
        self._opens(chosen(dropped_paths(event.mimeData())))
        return True

    def _is_for_window(self, event: QDropEvent) -> bool:
        """Whether files are over the window, and not over a line for a path or behind a dialog."""
        if QApplication.activeModalWidget() is not None or not dropped_paths(event.mimeData()):
            return False
        under = self._window.childAt(event.position().toPoint())
        while under is not None and not isinstance(under, PlaceBox):
            under = under.parentWidget()
        return under is None


class DropSign(QWidget):
    """Lies over the window while files are dragged over it, and says what letting them go does."""

    def __init__(self, appearance: Appearance, purpose: Callable[[Path], str], parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dropSign")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._appearance = appearance
        self._purpose = purpose
        self._below = parent
        card = QFrame(self)
        card.setProperty("kind", "popup")
        card.setFixedWidth(looks.QUESTION_WIDTH)
        self._card = QVBoxLayout(card)
        self._card.setContentsMargins(*(looks.PADDING * 2,) * 4)
        self._card.setSpacing(looks.GRID * 2)
        column = QVBoxLayout(self)
        column.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)
        self.hide()

    def announce(self, paths: Sequence[Path]) -> None:
        """Says what becomes of these."""
        path = chosen(paths)
        title = self.tr("Open {name}").format(name=path.name)
        words = self._purpose(path)
        if len(paths) > 1:
            words = self.tr("Of {count} that are dragged, this one is opened. {words}").format(
                count=len(paths), words=words
            )
        self._say(title, words)
        self.setGeometry(self._below.rect())
        self.raise_()
        self.show()

    def _say(self, title: str, words: str) -> None:
        while (item := self._card.takeAt(0)) is not None:
            if widget := item.widget():
                widget.deleteLater()
        head = OneLine(title, "strong")
        head.setObjectName("dropTitle")
        self._card.addWidget(head)
        self._card.addWidget(label(words, "dim", wraps=True))
        self.setAccessibleName(f"{title}. {words}")

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter, theme = QPainter(self), self._appearance.theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = theme.colour("background")
        veil.setAlphaF(looks.VEIL)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(theme.colour("accent"), looks.GRID / 2, Qt.PenStyle.DashLine))
        inside = self.rect().marginsRemoved(QMargins(*(looks.GRID * 2,) * 4))
        painter.drawRoundedRect(inside, looks.RADIUS, looks.RADIUS)


def chosen(paths: Sequence[Path]) -> Path:
    """The one of these that is opened: a project or a model before anything else, else the first."""
    return next((path for path in paths if is_drawn(path)), paths[0])


def is_drawn(path: Path) -> bool:
    """Whether a file holds a network by its name, and not data."""
    return path.name.lower().endswith(tuple(IMPORTERS))
