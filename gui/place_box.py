"""The line in which the path of a file or folder is typed, with a button that asks for it; one can be dropped on it."""

from pathlib import Path

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QToolButton, QWidget

from engine.spec import Field
from gui import dialogs
from gui import theme as looks
from gui.value_box import Check, ValueBox


class PlaceBox(ValueBox):
    """A line for a path. ``button`` stands beside it."""

    def __init__(self, field: Field, check: Check, name: str, parent: QWidget | None = None) -> None:
        super().__init__(field, check, parent)
        self.setAcceptDrops(True)
        self.lineEdit().setAcceptDrops(False)
        # Half a path is no path: it is heard when it is left or Return is pressed.
        self.lineEdit().textEdited.disconnect()
        self.editingFinished.connect(self._commit)
        self.button = QToolButton(parent)
        self.button.setObjectName(f"{field.name}Choose")
        self.button.setAccessibleName(self.tr("Choose: {name}").format(name=name))
        self.button.setToolTip(self.tr("Choose a file or folder"))
        self.button.setProperty("kind", "beside")
        self.button.setText("…")
        self.button.setFixedSize(looks.ROW_HEIGHT, looks.ROW_HEIGHT)
        self.button.clicked.connect(self._ask)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = dropped_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.take(str(paths[0]))

    def _commit(self) -> None:
        if self.text() != self._written():
            self._take(self.text())

    def _ask(self) -> None:
        path = dialogs.ask_place(self, Path(self.text()) if self.text() else Path.home())
        if path is not None:
            self.take(str(path))


def dropped_paths(carried: QMimeData) -> list[Path]:
    """The files and folders of this machine that are dragged."""
    return [Path(url.toLocalFile()) for url in carried.urls() if url.isLocalFile()]
