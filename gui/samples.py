"""Pictures of data: images, points, tables, the balance of classes. Each is painted from a `Preview` and its place."""

import math
from collections.abc import Iterator, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from engine.data import SPLITS
from engine.preview import Column, Histogram, Points, Preview
from gui import theme as looks
from gui.theme import Appearance
from gui.words import translated, with_thousands

MOST_CLASSES = 20
MOST_FEATURES = 40
TABLE_SAMPLES = (2, 3)
_FINEST, _COARSEST = 0.01, 1000
"""How many samples of a table stand side by side at least, and at most: one of each class where there is room."""
MARKS = 4
"""How many shapes of marks there are; together with the colours they tell the classes apart."""


class Painted(QWidget):
    """Base of what is painted as wide as its place and as high as that asks for."""

    def __init__(self, appearance: Appearance, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._appearance = appearance
        appearance.changed.connect(self._show_theme)

    def _show_theme(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(looks.INSPECTOR_WIDTH, self.heightForWidth(looks.INSPECTOR_WIDTH))

    def paintEvent(self, event: QPaintEvent) -> None:
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(looks.small_font())
        self.draw(painter)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.words_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def draw(self, painter: QPainter) -> None:
        """Paints it."""
        raise NotImplementedError

    def words_at(self, place: QPointF) -> str:
        """What is there, for the tooltip; empty: nothing to say."""
        del place
        return ""

    def _write(
        self,
        painter: QPainter,
        place: QRectF,
        words: str,
        token: str,
        *,
        right: bool = False,
        elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        painter.setPen(self._appearance.theme.colour(token))
        shown = painter.fontMetrics().elidedText(words, elide, math.ceil(place.width()))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(place, side | Qt.AlignmentFlag.AlignVCenter, shown)


class ImageGrid(Painted):
    """Real images with the words that belong to them."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "sampleGrid", parent)
        self._images: list[QImage] = []
        self._labels: Sequence[str] = ()
        self._is_paired = False
        self._proportion = 1.0
        """How many times as wide as high the images are."""

    def show_preview(self, preview: Preview) -> None:
        """Shows its samples (channels × height × width) and, beside them, the images that are asked for."""
        given = [image_of(sample, preview.lowest, preview.highest) for sample in preview.samples]
        self._is_paired = preview.answers is not None
        if preview.answers is None:
            self._images, self._labels = given, preview.labels
        else:
            asked = self._answers(preview.answers, len(preview.classes))
            self._images = [image for pair in zip(given, asked, strict=True) for image in pair]
            self._labels = [self.tr("given"), self.tr("answer")] * len(given)
        first = self._images[0].size() if self._images else QSize(1, 1)
        self._proportion = first.width() / max(1, first.height())
        self.setAccessibleName(", ".join(self._labels))
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        columns = self._columns(width)
        rows = math.ceil(len(self._images) / columns)
        return round(rows * self._cell(width).height())

    def draw(self, painter: QPainter) -> None:
        gap = looks.GRID
        for image, words, place in zip(self._images, self._labels, self._places(), strict=True):
            wide = place.width() - gap
            picture = QRectF(
                place.left(), place.top(), wide * min(1, self._proportion), wide / max(1, self._proportion)
            )
            painter.drawImage(picture, image)
            below = QRectF(place.left(), picture.bottom(), wide, place.bottom() - picture.bottom() - gap)
            self._write(painter, below, words, "dim")

    def words_at(self, place: QPointF) -> str:
        cells = zip(self._labels, self._places(), strict=True)
        return next((words for words, cell in cells if cell.contains(place)), "")

    def _answers(self, answers: np.ndarray, classes: int) -> list[QImage]:
        if not classes:
            return [image_of(answer, 0.0, 255.0) for answer in answers]
        painted = painted_classes(answers[:, 0], self._appearance).transpose(0, 3, 1, 2)
        return [image_of(answer, 0.0, 255.0) for answer in painted]

    def _columns(self, width: int) -> int:
        # What is wide needs room, or nobody could read it.
        columns = max(1, int(width // (looks.SAMPLE_WIDTH * math.sqrt(max(1, self._proportion)))))
        # What is given and what is asked for stand side by side.
        return max(2, columns - columns % 2) if self._is_paired else columns

    def _cell(self, width: int) -> QSize:
        side = width // self._columns(width)
        return QSize(side, round((side - looks.GRID) / max(1, self._proportion)) + looks.GRID + looks.SAMPLE_LABEL)

    def _places(self) -> Iterator[QRectF]:
        columns, cell = self._columns(self.width()), self._cell(self.width())
        for number in range(len(self._images)):
            row, column = divmod(number, columns)
            yield QRectF(column * cell.width(), row * cell.height(), cell.width(), cell.height())


class Scatter(Painted):
    """Samples of two features as points; each class has its colour and its mark."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "sampleScatter", parent)
        self._points = Points(np.zeros((0, 2), np.float32), np.zeros(0, np.int64))

    def show_points(self, points: Points) -> None:
        """Shows these."""
        self._points = points
        self.setAccessibleName(self.tr("{count} points").format(count=len(points.inputs)))
        self.update()

    def heightForWidth(self, width: int) -> int:
        return round(width * 0.8)

    def draw(self, painter: QPainter) -> None:
        theme = self._appearance.theme
        frame = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(frame, looks.RADIUS, looks.RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        is_classes = self._points.targets.dtype.kind == "i"
        for place, target in zip(self._places(frame), self._points.targets, strict=True):
            number = int(target) if is_classes else 0
            painter.setBrush(class_colour(self._appearance, number))
            draw_mark(painter, place, number)

    def _places(self, frame: QRectF) -> Iterator[QPointF]:
        inputs = self._points.inputs
        if not len(inputs):
            return
        room = frame.adjusted(looks.PADDING, looks.PADDING, -looks.PADDING, -looks.PADDING)
        low, high = inputs.min(axis=0), inputs.max(axis=0)
        spread = np.where(high > low, high - low, 1)
        for across, up in ((inputs - low) / spread).tolist():
            yield QPointF(room.left() + across * room.width(), room.bottom() - up * room.height())


class Balance(Painted):
    """How many training samples each class has, as bars."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "classBalance", parent)
        self._rows: list[tuple[str, tuple[int, ...]]] = []
        self._hidden = 0
        self._is_marked = False

    def show_preview(self, preview: Preview) -> None:
        """Shows its classes, the first ones where there are very many."""
        counts = zip(*(preview.balance[name] for name in SPLITS), strict=True)
        rows = list(zip(map(translated, preview.classes), counts, strict=True))
        self._rows, self._hidden = rows[:MOST_CLASSES], max(0, len(rows) - MOST_CLASSES)
        self._is_marked = preview.points is not None
        self.setAccessibleName(", ".join(f"{name}: {count[0]}" for name, count in self._rows))
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        del width
        return looks.CELL_LOW * (len(self._rows) + bool(self._hidden))

    def draw(self, painter: QPainter) -> None:
        theme = self._appearance.theme
        metrics = painter.fontMetrics()
        most = max((count[0] for _, count in self._rows), default=1) or 1
        mark = looks.ICON if self._is_marked else 0
        names = max((metrics.horizontalAdvance(name) for name, _ in self._rows), default=0)
        left = mark + min(names, self.width() / 3) + looks.GRID * 2
        numbers = metrics.horizontalAdvance(with_thousands(most)) + looks.GRID * 2
        for row, (name, count) in enumerate(self._rows):
            line = QRectF(0, row * looks.CELL_LOW, self.width(), looks.CELL_LOW)
            if self._is_marked:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(class_colour(self._appearance, row))
                draw_mark(painter, QPointF(looks.GRID, line.center().y()), row)
            self._write(painter, line.adjusted(mark, 0, left - self.width(), 0), name, "dim")
            self._write(painter, line, with_thousands(count[0]), "text", right=True)
            length = (self.width() - left - numbers) * count[0] / most
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(class_colour(self._appearance, row) if self._is_marked else theme.colour("accent"))
            bar = QRectF(left, line.center().y() - looks.GRID, max(2.0, length), 2 * looks.GRID)
            painter.drawRoundedRect(bar, 2, 2)
        if self._hidden:
            place = QRectF(0, len(self._rows) * looks.CELL_LOW, self.width(), looks.CELL_LOW)
            self._write(painter, place, self.tr("and {count} more").format(count=self._hidden), "faint")

    def words_at(self, place: QPointF) -> str:
        row = int(place.y() // looks.CELL_LOW)
        if not 0 <= row < len(self._rows):
            return ""
        name, (train, validation, test) = self._rows[row]
        words = self.tr("{name}: {train} to train on, {validation} for validation, {test} for the test")
        return words.format(
            name=name,
            train=with_thousands(train),
            validation=with_thousands(validation),
            test=with_thousands(test),
        )


class TargetHistogram(Painted):
    """How often each size of a number to predict occurs."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "targetHistogram", parent)
        self._histogram = Histogram((), (0.0,))

    def show_histogram(self, histogram: Histogram) -> None:
        """Shows this one."""
        self._histogram = histogram
        self.update()

    def heightForWidth(self, width: int) -> int:
        return width // 3 + looks.CELL_LOW

    def draw(self, painter: QPainter) -> None:
        counts, edges = self._histogram.counts, self._histogram.edges
        floor = self.height() - looks.CELL_LOW
        most, step = max(counts, default=1) or 1, self.width() / max(1, len(counts))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._appearance.theme.colour("accent"))
        for number, count in enumerate(counts):
            height = floor * count / most
            painter.drawRect(QRectF(number * step, floor - height, step - 1, height))
        axis = QRectF(0, floor, self.width(), looks.CELL_LOW)
        self._write(painter, axis, f"{edges[0]:.4g}", "faint")
        self._write(painter, axis, f"{edges[-1]:.4g}", "faint", right=True)

    def words_at(self, place: QPointF) -> str:
        counts, edges = self._histogram.counts, self._histogram.edges
        number = int(place.x() / max(1, self.width()) * len(counts))
        if not 0 <= number < len(counts):
            return ""
        words = self.tr("{count} samples from {low} to {high}")
        return words.format(count=counts[number], low=f"{edges[number]:.4g}", high=f"{edges[number + 1]:.4g}")


class FeatureTable(Painted):
    """The features of a table: a few real samples side by side, then mean and deviation."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(appearance, "featureTable", parent)
        self._columns: tuple[Column, ...] = ()
        self._samples: list[list[str]] = []
        self._labels: Sequence[str] = ()
        self._hidden = 0

    def show_preview(self, preview: Preview) -> None:
        """Shows its columns, the first ones where there are very many."""
        self._columns = preview.columns[:MOST_FEATURES]
        self._hidden = len(preview.columns) - len(self._columns)
        fewest, most = TABLE_SAMPLES
        count = min(most, max(fewest, len(preview.classes)))
        rows = preview.samples[:count].tolist()
        self._samples = [
            [_in_cell(column, number, value) for column, value in zip(preview.columns, sample, strict=True)]
            for number, sample in enumerate(rows)
        ]
        self._labels = preview.labels[:count]
        self.setAccessibleName(", ".join(column.name for column in self._columns))
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        del width
        return looks.CELL_LOW * (len(self._columns) + 1 + bool(self._hidden))

    def draw(self, painter: QPainter) -> None:
        heads = [self.tr("Feature"), *self._labels, self.tr("mean ± sd")]
        self._draw_row(painter, 0, heads, ["faint"] * len(heads))
        painter.setPen(QPen(self._appearance.theme.colour("line"), 1))
        painter.drawLine(QPointF(0, looks.CELL_LOW - 0.5), QPointF(self.width(), looks.CELL_LOW - 0.5))
        for row, column in enumerate(self._columns):
            values = [sample[row] for sample in self._samples]
            words = [column.name, *values, self._spread(column)]
            self._draw_row(painter, row + 1, words, ["dim", *["text"] * len(values), "dim"])
        if self._hidden:
            more = self.tr("and {count} more").format(count=self._hidden)
            self._draw_row(painter, len(self._columns) + 1, [more], ["faint"])

    def words_at(self, place: QPointF) -> str:
        row = int(place.y() // looks.CELL_LOW) - 1
        if not 0 <= row < len(self._columns):
            return ""
        column = self._columns[row]
        parts = [self._counted(column) if column.categories else self._measured(column)]
        if column.missing:
            parts.append(self.tr("{count} missing").format(count=with_thousands(column.missing)))
        return "\n".join(parts)

    def _spread(self, column: Column) -> str:
        if column.categories:
            return self.tr("{count} values").format(count=with_thousands(column.different))
        return spread(column.mean, column.deviation)

    def _counted(self, column: Column) -> str:
        counts = ", ".join(f"{name} {with_thousands(count)}" for name, count in column.categories)
        more = column.different - len(column.categories)
        words = self.tr("{name}: {counts} and {more} more") if more else self.tr("{name}: {counts}")
        return words.format(name=column.name, counts=counts, more=with_thousands(more))

    def _measured(self, column: Column) -> str:
        words = self.tr("{name}: from {low} to {high}, mean {mean}, standard deviation {deviation}")
        return words.format(
            name=column.name,
            low=f"{column.lowest:.4g}",
            high=f"{column.highest:.4g}",
            mean=f"{column.mean:.4g}",
            deviation=f"{column.deviation:.4g}",
        )

    def _draw_row(self, painter: QPainter, row: int, words: Sequence[str], tokens: Sequence[str]) -> None:
        top, gap = row * looks.CELL_LOW, looks.GRID
        samples = len(self._samples)
        # Classes are often told apart by the end of their name.
        elide = Qt.TextElideMode.ElideRight if row else Qt.TextElideMode.ElideMiddle
        name, values, spread = (0.34, 0.36, 0.3) if samples <= TABLE_SAMPLES[0] else (0.24, 0.49, 0.27)
        widths = [self.width() * share for share in (name, *[values / max(1, samples)] * samples, spread)]
        left = 0.0
        for number, (text, token, width) in enumerate(zip(words, tokens, widths, strict=False)):
            place = QRectF(left + gap * bool(number), top, width - gap * bool(number), looks.CELL_LOW)
            self._write(painter, place, text, token, right=number > 0, elide=elide)
            left += width


def class_colour(appearance: Appearance, number: int) -> QColor:
    """The colour of the n-th class."""
    return appearance.theme.sequence(number)


def painted_classes(numbers: np.ndarray, appearance: Appearance) -> np.ndarray:
    """Class numbers of any shape as colours, shape × 3 (uint8); what has no class, below 0, is as plain as a line."""
    count = int(numbers.max(initial=0)) + 1
    colours = [*(class_colour(appearance, number) for number in range(count)), appearance.theme.colour("line")]
    table = np.array([(each.red(), each.green(), each.blue()) for each in colours], np.uint8)
    return table[np.where(numbers < 0, count, numbers)]


def draw_mark(painter: QPainter, at: QPointF, number: int) -> None:
    """The mark of the n-th class: circle, square, triangle, diamond; then from the start."""
    reach = looks.MARK_RADIUS
    match number % MARKS:
        case 0:
            painter.drawEllipse(at, reach, reach)
        case 1:
            painter.drawRect(QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach))
        case 2:
            below = at.y() + reach
            top = QPointF(at.x(), at.y() - reach)
            painter.drawPolygon(QPolygonF([top, QPointF(at.x() - reach, below), QPointF(at.x() + reach, below)]))
        case _:
            ends = ((0.0, -1.4), (1.4, 0.0), (0.0, 1.4), (-1.4, 0.0))
            painter.drawPolygon(QPolygonF([at + QPointF(x, y) * reach for x, y in ends]))


def image_of(sample: np.ndarray, lowest: float, highest: float) -> QImage:
    """A picture of channels × height × width: three channels in colour, of others the first in grey."""
    scaled = (sample.astype(np.float32) - lowest) * (255 / max(highest - lowest, 1e-12))
    pixels = np.clip(scaled, 0, 255).astype(np.uint8)
    channels, height, width = pixels.shape
    if channels == 3:
        content = np.ascontiguousarray(pixels.transpose(1, 2, 0))
        return QImage(content.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
    content = np.ascontiguousarray(pixels[0])
    return QImage(content.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy()


def spread(mean: float, deviation: float) -> str:
    """A mean no more exact than the deviation beside it."""
    if not _FINEST <= deviation < _COARSEST:
        return f"{_short(mean)} ± {_short(deviation, 2)}"
    decimals = max(0, 1 - math.floor(math.log10(deviation)))
    return f"{round(mean, decimals) + 0.0:.{decimals}f} ± {deviation:.{decimals}f}"


def _short(value: float, digits: int = 3) -> str:
    """A number in the room of a cell: its first digits, and whole thousands without an exponent."""
    if -1 < value < 0:
        digits = min(digits, 2)
    written = f"{value:.{digits}g}"
    return f"{float(written):.0f}" if "e+" in written and abs(value) < 1e6 else written


def _in_cell(column: Column, number: int, value: float) -> str:
    """What one of the samples has there."""
    return column.shown[number] or _short(value)
