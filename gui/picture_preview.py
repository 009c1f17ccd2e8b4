"""A picture as it will be, fitted into the room there is."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from gui import theme as looks
from gui.canvas.drawing import Drawing, Paper, size_of
from gui.theme import Appearance


class PicturePreview(QWidget):
    """Shows a drawing on its paper; where the paper is nothing, a checkered ground shows through."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("picturePreview")
        self.setAccessibleName(self.tr("Preview of the picture"))
        self._appearance = appearance
        self._drawing: Drawing | None = None
        self._paper = Paper()
        self._painted: QPixmap | None = None
        self.setMinimumSize(looks.PICTURE_PREVIEW)

    def show_picture(self, drawing: Drawing | None, paper: Paper) -> None:
        """Shows this drawing; none: nothing."""
        self._drawing, self._paper, self._painted = drawing, paper, None
        self.update()

    def sizeHint(self) -> QSize:
        return looks.PICTURE_PREVIEW

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        ratio = self.devicePixelRatioF()
        if self._painted is None or self._painted.size() != self.size() * ratio:
            self._painted = QPixmap(self.size() * ratio)
            self._painted.setDevicePixelRatio(ratio)
            self._paint_picture(self._painted)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._painted)
        painter.end()

    def _paint_picture(self, target: QPixmap) -> None:
        theme = self._appearance.theme
        target.fill(theme.colour("raised"))
        if self._drawing is None:
            return
        painter = QPainter(target)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        size = size_of(self._drawing, self._paper)
        room = QRectF(self.rect()).adjusted(looks.PADDING, looks.PADDING, -looks.PADDING, -looks.PADDING)
        scale = min(1.0, room.width() / size.width(), room.height() / size.height())
        page = QRectF(0, 0, size.width() * scale, size.height() * scale)
        page.moveCenter(room.center())
        if self._paper.ground:
            painter.fillRect(page, QColor(self._paper.ground))
        else:
            painter.fillRect(page, theme.colour("panel"))
            painter.fillRect(page, QBrush(theme.colour("line"), Qt.BrushStyle.Dense6Pattern))
        painter.setPen(theme.colour("line"))
        painter.drawRect(page)
        painter.translate(page.topLeft())
        painter.scale(scale, scale)
        painter.translate(QPointF(self._paper.margin, self._paper.margin) - self._drawing.area.topLeft())
        painter.drawPicture(QPointF(), self._drawing.recording)
        painter.end()
