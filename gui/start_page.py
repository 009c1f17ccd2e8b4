"""Start: the first thing a person sees. Templates with a picture, recent projects, open, an empty canvas."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
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
        self._back = QPushButton(self)
        self._back.setObjectName("startBack")
        self._back.setProperty("kind", "primary")
        self._back.clicked.connect(self.back_asked)
        self._back.hide()
        open_button = QPushButton(self.tr("Open…"), self)
        open_button.setObjectName("startOpen")
        open_button.clicked.connect(self.open_asked)
        data_button = QPushButton(self.tr("Open data…"), self)
        data_button.setObjectName("startData")
        data_button.setToolTip(self.tr("A table, images, texts or sounds of your own; or drop them on the window"))
        data_button.clicked.connect(self.data_asked)
        new_button = QPushButton(self.tr("Empty canvas"), self)
        new_button.setObjectName("startNew")
        new_button.clicked.connect(self.new_asked)
        side = QVBoxLayout()
        side.setSpacing(looks.GRID * 2)
        side.addWidget(title)
        words = self.tr("Design a network, watch it learn, take it with you.")
        side.addWidget(label(words, "dim", wraps=True))
        side.addSpacing(looks.PADDING)
        for button in (self._back, new_button, open_button, data_button):
            button.setFixedWidth(looks.START_SIDE_WIDTH)
            side.addWidget(button)
        side.addSpacing(looks.PADDING)
        head = label(self.tr("Recent"), "section")
        head.setFont(looks.section_font())
        side.addWidget(head)
        side.addLayout(self._recent)
        side.addStretch(1)
        return side

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
