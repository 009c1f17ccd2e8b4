"""A template as a card: its portrait, its name, one sentence, its size."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from engine.templates import Template
from gui import theme as looks
from gui.canvas import portrait
from gui.page import OneLine, label
from gui.theme import Appearance, Theme
from gui.words import in_short, translated, with_thousands

_STEPS = {Qt.Key.Key_Left: "left", Qt.Key.Key_Right: "right", Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down"}


class TemplateCard(QAbstractButton):
    """A click or Enter opens it; the arrow keys go to the cards around it."""

    step_asked = Signal(str)
    """The side to which the keyboard goes: left, right, up or down."""
    comparison_asked = Signal()

    def __init__(self, template: Template, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.template = template
        self._appearance = appearance
        self._picture: QPixmap | None = None
        self.setObjectName(f"template-{template.name}")
        self.setAccessibleName(translated(template.title))
        self.setAccessibleDescription(f"{translated(template.summary)} {self._size()}")
        self.setToolTip(translated(template.origin))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(self.sizeHint().width())
        self.setFixedHeight(self.sizeHint().height())
        title = OneLine(translated(template.title))
        title.setFont(looks.title_font())
        size = label(self._size(), "faint")
        size.setFont(looks.small_font())
        column = QVBoxLayout(self)
        margins = (looks.PADDING, looks.PADDING, looks.PADDING, looks.PADDING - 2)
        column.setContentsMargins(*margins)
        column.setSpacing(looks.GRID)
        column.addSpacing(looks.TEMPLATE_PICTURE.height() + looks.GRID)
        column.addWidget(title)
        column.addWidget(label(translated(template.summary), "dim", wraps=True))
        column.addStretch(1)
        column.addWidget(size)
        for child in self.findChildren(QLabel):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        appearance.changed.connect(self._forget_picture)

    def sizeHint(self) -> QSize:
        return QSize(looks.with_font(looks.TEMPLATE_WIDTH), looks.with_font(looks.TEMPLATE_HEIGHT))

    def enterEvent(self, event: QEvent) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        del event
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        del event
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        elif event.key() in _STEPS:
            self.step_asked.emit(_STEPS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Open")).triggered.connect(self.click)
        menu.addAction(self.tr("Compare with another…")).triggered.connect(self.comparison_asked)
        menu.popup(event.globalPos())

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
        painter.drawPixmap((self.width() - looks.TEMPLATE_PICTURE.width()) // 2, looks.PADDING, self._drawn(theme))

    def _drawn(self, theme: Theme) -> QPixmap:
        """The portrait, drawn when it is seen for the first time."""
        if self._picture is None:
            facts = self.template.facts
            self._picture = portrait(facts.portrait if facts else (), theme, looks.TEMPLATE_PICTURE)
        return self._picture

    def _forget_picture(self) -> None:
        self._picture = None
        self.update()

    def _size(self) -> str:
        facts = self.template.facts
        if facts is None:
            return ""
        layers = self.tr("{count} layers").format(count=with_thousands(facts.layers))
        exact = facts.parameters < 1_000_000
        count = with_thousands(facts.parameters) if exact else in_short(facts.parameters)
        return f"{layers} · {self.tr('{parameters} parameters').format(parameters=count)}"
