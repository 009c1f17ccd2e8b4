"""Start: the first thing a person sees. Templates with a picture, recent projects, open, an empty canvas."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from engine.templates import Template
from gui import theme as looks
from gui.gallery import Gallery
from gui.page import clear, label
from gui.theme import Appearance


class StartPage(QScrollArea):
    """The gallery of templates beside the recent projects."""

    project_chosen = Signal(Path)
    open_asked = Signal()
    new_asked = Signal()
    data_asked = Signal()
    folder_asked = Signal()
    """A folder of data is to be opened."""
    back_asked = Signal()

    def __init__(self, templates: Sequence[Template], appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("startPage")
        self.setAccessibleName(self.tr("Start"))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.gallery = Gallery(templates, appearance, self)
        self.gallery.reached.connect(self._bring_into_view)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        page = QWidget(self)
        page.setObjectName("startPageContent")
        columns = QHBoxLayout(page)
        columns.setContentsMargins(*(looks.PAGE_MARGIN,) * 4)
        columns.setSpacing(looks.PAGE_MARGIN)
        columns.addLayout(self._side())
        columns.addWidget(self.gallery, 1)
        self.setWidget(page)

    def show_recent(self, paths: Sequence[Path]) -> None:
        """The projects opened last."""
        clear(self._recent)
        for path in paths:
            self._recent.addWidget(self._recent_button(path))
        if not paths:
            self._recent.addWidget(label(self.tr("Projects you save are listed here."), "faint", wraps=True))

    def offer_back(self, name: str) -> None:
        """Offers the way back to the open document; empty: there is none."""
        self._back.setText(self.tr("Back to {name}").format(name=name))
        self._back.setVisible(bool(name))

    def _bring_into_view(self, widget: QWidget) -> None:
        self.ensureWidgetVisible(widget, 0, looks.PAGE_MARGIN)

    def _side(self) -> QVBoxLayout:
        title = QLabel("Layerloom", self)
        title.setFont(looks.heading_font())
        self._back = self._button("startBack", "", self.back_asked)
        self._back.setProperty("kind", "primary")
        self._back.hide()
        side = QVBoxLayout()
        side.setSpacing(looks.GRID * 2)
        side.addWidget(title)
        words = self.tr("Design a network, watch it learn, take it with you.")
        side.addWidget(label(words, "dim", wraps=True))
        side.addSpacing(looks.PADDING)
        side.addWidget(self._back)
        side.addWidget(self._button("startNew", self.tr("Empty canvas"), self.new_asked))
        side.addWidget(self._button("startOpen", self.tr("Open a project…"), self.open_asked))
        side.addSpacing(looks.PADDING)
        side.addWidget(_head(self.tr("Your own data")))
        side.addWidget(self._button("startData", self.tr("Open a file…"), self.data_asked))
        side.addWidget(self._button("startFolder", self.tr("Open a folder…"), self.folder_asked))
        words = self.tr("A table, images, texts or sounds. Or drop them anywhere here.")
        side.addWidget(label(words, "dim", wraps=True))
        side.addSpacing(looks.PADDING)
        side.addWidget(_head(self.tr("Recent")))
        side.addLayout(self._recent)
        side.addStretch(1)
        return side

    def _button(self, name: str, words: str, asked: SignalInstance) -> QPushButton:
        button = QPushButton(words, self)
        button.setObjectName(name)
        button.setFixedWidth(looks.START_SIDE_WIDTH)
        button.clicked.connect(asked)
        return button

    def _recent_button(self, path: Path) -> QPushButton:
        room = looks.START_SIDE_WIDTH - looks.QUIET_PADDING
        button = QPushButton(self.fontMetrics().elidedText(path.stem, Qt.TextElideMode.ElideRight, room), self)
        button.setAccessibleName(path.stem)
        button.setProperty("kind", "quiet")
        button.setProperty("aligned", "left")
        button.setToolTip(str(path))
        button.setFixedWidth(looks.START_SIDE_WIDTH)
        button.clicked.connect(lambda: self.project_chosen.emit(path))
        return button


def _head(words: str) -> QLabel:
    head = label(words, "section")
    head.setFont(looks.section_font())
    return head
