"""Start: the first thing a person sees. Templates with a picture, recent projects, open, an empty canvas."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from engine.report import Report
from engine.templates import Template
from gui import theme as looks
from gui.canvas import thumbnail
from gui.page import clear, label
from gui.theme import Appearance, Theme
from gui.words import translated, with_thousands


class StartPage(QScrollArea):
    """Cards for the templates beside the recent projects."""

    template_chosen = Signal(object)
    """A `Template`."""
    project_chosen = Signal(Path)
    open_asked = Signal()
    new_asked = Signal()
    back_asked = Signal()

    def __init__(self, templates: Sequence[Template], appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("startPage")
        self.setAccessibleName(self.tr("Start"))
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._appearance = appearance
        self._cards = {template.name: TemplateCard(template, appearance, self) for template in templates}
        for card in self._cards.values():
            card.clicked.connect(lambda _checked=False, card=card: self.template_chosen.emit(card.template))
        self._grid = QGridLayout()
        self._grid.setSpacing(looks.TEMPLATE_GAP)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        page = QWidget(self)
        page.setObjectName("startPageContent")
        columns = QHBoxLayout(page)
        columns.setContentsMargins(*(looks.PAGE_MARGIN,) * 4)
        columns.setSpacing(looks.PAGE_MARGIN)
        columns.addLayout(self._side())
        columns.addLayout(self._gallery(), 1)
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

    def show_size(self, name: str, report: Report) -> None:
        """The number of parameters of a template, once the engine has counted them."""
        self._cards[name].show_parameters(report.totals.parameters)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

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
        new_button = QPushButton(self.tr("Empty canvas"), self)
        new_button.setObjectName("startNew")
        new_button.clicked.connect(self.new_asked)
        side = QVBoxLayout()
        side.setSpacing(looks.GRID * 2)
        side.addWidget(title)
        words = self.tr("Design a network, watch it learn, take it with you.")
        side.addWidget(label(words, "dim", wraps=True))
        side.addSpacing(looks.PADDING)
        for button in (self._back, new_button, open_button):
            button.setFixedWidth(looks.START_SIDE_WIDTH)
            side.addWidget(button)
        side.addSpacing(looks.PADDING)
        side.addWidget(_section(self.tr("Recent")))
        side.addLayout(self._recent)
        side.addStretch(1)
        return side

    def _gallery(self) -> QVBoxLayout:
        gallery = QVBoxLayout()
        gallery.setSpacing(looks.PADDING)
        gallery.addWidget(_section(self.tr("Start from a template")))
        gallery.addLayout(self._grid)
        gallery.addStretch(1)
        return gallery

    def _arrange(self) -> None:
        margins = 3 * looks.PAGE_MARGIN + looks.START_SIDE_WIDTH
        room = self.viewport().width() - margins + looks.TEMPLATE_GAP
        columns = max(1, room // (looks.TEMPLATE_WIDTH + looks.TEMPLATE_GAP))
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        for number, card in enumerate(self._cards.values()):
            self._grid.addWidget(card, number // columns, number % columns)

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


class TemplateCard(QAbstractButton):
    """A template: its picture, its name, one line, its size. A click opens it."""

    def __init__(self, template: Template, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.template = template
        self._appearance = appearance
        self.setObjectName(f"template-{template.name}")
        self.setAccessibleName(translated(template.title))
        self.setAccessibleDescription(translated(template.description))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(looks.TEMPLATE_WIDTH)
        self.setFixedHeight(looks.TEMPLATE_HEIGHT)
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setFixedHeight(looks.TEMPLATE_PICTURE.height())
        title = QLabel(translated(template.title), self)
        title.setFont(looks.title_font())
        self._size = label(self._plain_size(), "faint")
        self._size.setFont(looks.small_font())
        column = QVBoxLayout(self)
        column.setContentsMargins(looks.PADDING, looks.PADDING, looks.PADDING, looks.PADDING - 2)
        column.setSpacing(looks.GRID)
        column.addWidget(self._picture)
        column.addSpacing(looks.GRID)
        column.addWidget(title)
        column.addWidget(label(translated(template.summary), "dim", wraps=True))
        column.addStretch(1)
        column.addWidget(self._size)
        for child in self.findChildren(QLabel):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        appearance.changed.connect(self._draw)
        self._draw(appearance.theme)

    def show_parameters(self, count: int) -> None:
        """Adds the number of parameters to the size line."""
        words = self.tr("{parameters} parameters").format(parameters=with_thousands(count))
        self._size.setText(f"{self._plain_size()} · {words}")

    def sizeHint(self) -> QSize:
        return QSize(looks.TEMPLATE_WIDTH, looks.TEMPLATE_HEIGHT)

    def enterEvent(self, event: QEvent) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        del event
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        del event
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        theme = self._appearance.theme
        lively = self.underMouse() or self.hasFocus()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.colour("accent" if lively else "line"), 1.5 if self.hasFocus() else 1))
        painter.setBrush(theme.colour("raised" if self.isDown() else "panel"))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), looks.RADIUS + 2, looks.RADIUS + 2
        )

    def _plain_size(self) -> str:
        return self.tr("{count} layers").format(count=len(self.template.project.network.nodes))

    def _draw(self, theme: Theme) -> None:
        self._picture.setPixmap(thumbnail(self.template.project.network, theme, looks.TEMPLATE_PICTURE))
        self.update()


def _section(text: str) -> QLabel:
    head = label(text, "section")
    head.setFont(looks.section_font())
    return head
