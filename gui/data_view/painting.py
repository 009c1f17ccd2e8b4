"""Images and curves of the engine as pictures of the window."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen, QPolygonF

from gui import theme as looks
from gui.samples import painted_classes
from gui.theme import Appearance

_SMALL = 48
"""Pixels. Images smaller than this are enlarged as the squares that they are made of."""


def image_of(pixels: np.ndarray) -> QImage:
    """A picture of height × width × 1 or 3 (uint8): grey or colour."""
    content = np.ascontiguousarray(pixels)
    height, width, channels = content.shape
    layout = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_Grayscale8
    return QImage(content.tobytes(), width, height, channels * width, layout).copy()


def image_of_classes(classes: np.ndarray, appearance: Appearance) -> QImage:
    """A picture in which each pixel (height × width, class numbers) has the colour of its class."""
    return image_of(painted_classes(classes, appearance))


def draw_image(painter: QPainter, place: QRectF, image: QImage) -> None:
    """Draws it into this place; a small one with its pixels as squares."""
    is_small = max(image.width(), image.height()) < _SMALL
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_small)
    painter.drawImage(place, image)


def draw_curve(painter: QPainter, place: QRectF, curve: np.ndarray, appearance: Appearance) -> None:
    """Draws a curve of channels × points from 0 to 1, each channel in its colour."""
    steps = max(1, curve.shape[1] - 1)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for number, channel in enumerate(curve.tolist()):
        colour = appearance.theme.colour("accent") if len(curve) == 1 else appearance.theme.sequence(number)
        painter.setPen(QPen(colour, looks.OVERLAY_WIDTH))
        points = [
            QPointF(place.left() + step * place.width() / steps, place.bottom() - value * place.height())
            for step, value in enumerate(channel)
        ]
        painter.drawPolyline(QPolygonF(points))
