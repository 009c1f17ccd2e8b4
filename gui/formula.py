"""Formulas: LaTeX as a picture in the colour of the text."""

import base64
from functools import lru_cache
from html import escape

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPixmap, QShowEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui import theme as looks
from gui.theme import Appearance


@lru_cache(maxsize=512)
def drawing(latex: str, colour: str) -> bytes:
    """The formula as SVG in that colour (``#rrggbb``); empty where it cannot be drawn."""
    # Imported when needed: the window is there a fifth of a second sooner without it.
    from latex2mathml import exceptions
    from ziamath.config import config
    from ziamath.zmath import Latex

    # Qt's SVG knows version 1.1 alone, and shows nothing for the other.
    config.svg2 = False
    # The exceptions of latex2mathml have no common base, and ziamath has none of its own.
    refusals = (kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception))
    try:
        return str(Latex(latex, size=looks.FORMULA_SIZE, color=colour).svg()).encode()
    except (*refusals, AssertionError, AttributeError, LookupError, TypeError, ValueError):
        return b""


@lru_cache(maxsize=64)
def in_html(latex: str, colour: str) -> str:
    """The formula as an image for rich text, such as a tooltip; its LaTeX where it cannot be drawn."""
    renderer = QSvgRenderer(QByteArray(drawing(latex, colour)))
    if not renderer.isValid():
        return f"<code>{escape(latex)}</code>"
    size = renderer.defaultSize()
    picture = QPixmap(size * 2)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    encoded = base64.b64encode(content.data()).decode()
    return f'<img src="data:image/png;base64,{encoded}" width="{size.width()}" height="{size.height()}">'


class Formula(QWidget):
    """One formula, made smaller where it is wider than its place; its LaTeX where it cannot be drawn."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("formula")
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._appearance = appearance
        self._latex = ""
        self._is_stale = False
        self._renderer = QSvgRenderer(self)
        appearance.changed.connect(self._draw)

    @property
    def is_drawn(self) -> bool:
        """Whether there is a picture; otherwise the LaTeX itself is shown."""
        return self._renderer.isValid()

    def show_formula(self, latex: str) -> None:
        """Shows another formula."""
        if latex != self._latex:
            self._latex = latex
            self.setAccessibleName(latex)
            self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._draw()

    def sizeHint(self) -> QSize:
        return self._natural_size().toSize()

    def heightForWidth(self, width: int) -> int:
        size = self._natural_size()
        return round(size.height() * min(1.0, width / max(1.0, size.width())))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.is_drawn:
            painter.setFont(looks.code_font())
            painter.setPen(self._appearance.theme.colour("text"))
            words = painter.fontMetrics().elidedText(self._latex, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, words)
            return
        size = self._natural_size()
        size *= min(1.0, self.width() / max(1.0, size.width()))
        self._renderer.render(painter, QRectF(0, 0, size.width(), size.height()))

    def _natural_size(self) -> QSizeF:
        if self.is_drawn:
            return QSizeF(self._renderer.viewBoxF().size())
        return QSizeF(0, looks.ROW_HEIGHT)

    def _draw(self) -> None:
        # The first drawing takes half a second to import; the window does not wait for panels that lie behind others.
        self._is_stale = not self.isVisible()
        if self._is_stale:
            return
        self._renderer.load(QByteArray(drawing(self._latex, self._appearance.theme.text)))
        self.updateGeometry()
        self.update()
