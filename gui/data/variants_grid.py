"""A sample and what augmentation makes of it, side by side: images as they look, values as lines."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gui import theme as looks
from gui.samples import Painted, image_of
from gui.theme import Appearance

MOST_STEPS = 200
"""Values of a sample that are drawn as a line."""


class VariantsGrid(Painted):
    """The sample itself first, in a frame, then its variants."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "variantsGrid", parent)
        self._samples = np.zeros((0, 1), np.float32)
        self._images: list[QImage] = []
        self._labels: Sequence[str] = ()
        self._count = 0

    def show_variants(self, original: np.ndarray, samples: np.ndarray, labels: Sequence[str], count: int) -> None:
        """A sample (1 × shape) and its variants (N × shape); images are bytes, other samples any numbers.

        There is room for ``count`` variants from the first on: what is below stays where it is.
        """
        self._count = 1 + max(count, len(samples))
        self._samples = np.concatenate([original, samples])
        is_image = self._samples.ndim == 4
        self._images = [image_of(sample, 0.0, 255.0) for sample in self._samples] if is_image else []
        self._labels = [self.tr("sample"), *labels]
        self.setAccessibleName(self.tr("A sample and {count} variants of it").format(count=len(samples)))
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        rows = math.ceil(self._count / self._columns(width))
        return rows * (width // self._columns(width) + looks.SAMPLE_LABEL)

    def draw(self, painter: QPainter) -> None:
        gap, theme = looks.GRID, self._appearance.theme
        for number, place in enumerate(self._places()):
            picture = QRectF(place.left(), place.top(), place.width() - gap, place.width() - gap)
            if self._images:
                painter.drawImage(picture, self._images[number])
            else:
                self._draw_line(painter, picture, self._samples[number])
            if number == 0:
                painter.setPen(QPen(theme.colour("accent"), 2))
                painter.drawRect(picture.adjusted(1, 1, -1, -1))
            below = QRectF(place.left(), picture.bottom(), picture.width(), place.bottom() - picture.bottom())
            self._write(painter, below, self._labels[number], "dim")

    def words_at(self, place: QPointF) -> str:
        cells = zip(self._labels, self._places(), strict=True)
        return next((words for words, cell in cells if cell.contains(place)), "")

    def _draw_line(self, painter: QPainter, place: QRectF, sample: np.ndarray) -> None:
        """The values of a sample from left to right, on the scale of all that are shown."""
        values = sample.ravel()[:MOST_STEPS]
        lowest, highest = float(self._samples.min()), float(self._samples.max())
        across = np.linspace(place.left(), place.right(), len(values))
        up = place.bottom() - (values - lowest) / max(highest - lowest, 1e-12) * place.height()
        painter.setPen(QPen(self._appearance.theme.colour("accent"), looks.OVERLAY_WIDTH))
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in zip(across.tolist(), up.tolist(), strict=True)]))

    def _columns(self, width: int) -> int:
        return max(2, width // looks.VARIANT_WIDTH)

    def _places(self) -> Iterator[QRectF]:
        columns = self._columns(self.width())
        side = self.width() // columns
        for number in range(len(self._samples)):
            row, column = divmod(number, columns)
            yield QRectF(column * side, row * (side + looks.SAMPLE_LABEL), side, side + looks.SAMPLE_LABEL)
