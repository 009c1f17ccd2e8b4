"""What a training came to: the metrics on samples it never saw, and which classes it takes for which."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QScrollArea, QToolTip, QVBoxLayout, QWidget

from engine.errors import LayerloomError
from engine.metrics import described
from engine.preprocessing import Preprocessing
from engine.runs import Result, Run
from engine.transcripts import Pair, pairs_in
from gui import theme as looks
from gui.colours import Theme, mixed
from gui.label_table import LabelTable
from gui.page import label
from gui.theme import Appearance
from gui.transcript_table import TranscriptTable
from gui.words import metric_in_words, translated, with_thousands

_STRONGEST = 0.75
"""How much of its colour a cell takes that holds all samples of its class."""


class ResultView(QWidget):
    """The metrics of the test split beside the confusion matrix, or what stands in its place."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("resultView")
        self.setAccessibleName(self.tr("Test result"))
        self._title = QLabel(self)
        self._title.setFont(looks.title_font())
        self._metrics = QFormLayout()
        self._metrics.setHorizontalSpacing(looks.PADDING * 2)
        self._metrics.setVerticalSpacing(looks.GRID)
        hint = self.tr(
            "The result on the test samples is shown here once a network is trained, or a run is opened in Runs."
        )
        self._hint = label(hint, "dim", wraps=True)
        self._note = label(kind="doubt", wraps=True)
        self._note.setObjectName("note")
        self._note.hide()
        self._axes = label(self.tr("Rows: the true class. Columns: the answer of the network."), "faint", wraps=True)
        self._remarks = label(kind="faint", wraps=True)
        self._remarks.setObjectName("resultRemarks")
        self.matrix = ConfusionMatrix(appearance, self)
        self._scroll = _Scrolling(self.matrix)
        self.transcripts = TranscriptTable(appearance, self)
        self.labels = LabelTable(appearance, self)
        words = QWidget(self)
        self._words = _InFull(words)
        side = QVBoxLayout(words)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(self._title)
        side.addWidget(self._hint)
        side.addLayout(self._metrics)
        side.addSpacing(looks.GRID)
        side.addWidget(self._axes)
        side.addStretch(1)
        columns = QHBoxLayout()
        columns.setSpacing(looks.PADDING)
        columns.addWidget(self._words, 1)
        columns.addWidget(self._scroll, 3)
        columns.addWidget(self.transcripts, 2)
        columns.addWidget(self.labels, 3)
        column = QVBoxLayout(self)
        column.setContentsMargins(looks.PADDING, looks.PADDING, looks.PADDING, looks.GRID)
        column.addWidget(self._note)
        column.addWidget(self._remarks)
        column.addLayout(columns, 1)
        self.clear()

    def clear(self) -> None:
        """As before a training."""
        self._empty_metrics()
        self._title.setVisible(False)
        self._axes.setVisible(False)
        self._remarks.setVisible(False)
        self._hint.setVisible(True)
        self._scroll.setVisible(False)
        self.transcripts.setVisible(False)
        self.labels.setVisible(False)
        self.matrix.show_counts(np.zeros((0, 0), np.int64), ())

    def show_note(self, text: str) -> None:
        """A sentence on what is shown; empty: none."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def show_run(self, run: Run) -> None:
        """Shows what a run has come to; one that was never tested leaves the view as before a training."""
        outline = run.outline()
        result, started = outline.result(), outline.history.started
        if not result.test:
            self.clear()
            return
        try:
            classes = Preprocessing.read(run).classes
            confusion = _counts(run.path / "artifacts", result.confusion) if result.confusion else None
            pairs = _pairs(run.path / "artifacts", result.transcripts) if result.transcripts else ()
        except (LayerloomError, OSError, ValueError):
            # A run folder without these still has its metrics.
            classes, confusion, pairs = (), None, ()
        self.show_result(result, confusion, classes, pairs, started.notes if started else ())

    def show_result(
        self,
        result: Result,
        confusion: np.ndarray | None,
        classes: tuple[str, ...],
        pairs: Sequence[Pair] = (),
        remarks: Sequence[str] = (),
    ) -> None:
        """Shows the metrics of the test split and, where there are some, the confusion matrix (rows: true class), one
        of no and yes for each label (labels × 2 × 2), or sequences with what was answered. Remarks stand above.
        """
        self._empty_metrics()
        self._hint.setVisible(False)
        self._title.setVisible(True)
        self._title.setText(self.tr("On the test samples"))
        for name, value in result.test.items():
            figure = described(name)
            if figure is None:
                # Another version of the program may have written the log.
                continue
            title = label(translated(figure.title), "dim")
            title.setToolTip(translated(figure.help))
            number = QLabel(metric_in_words(name, value), self)
            number.setObjectName(f"test-{name}")
            self._metrics.addRow(title, number)
        matrix = confusion if confusion is not None and confusion.ndim == 2 else None
        of_labels = confusion if confusion is not None and confusion.ndim == 3 else None
        self._axes.setVisible(matrix is not None)
        self._remarks.setText("\n".join(map(translated, remarks)))
        self._remarks.setVisible(bool(remarks))
        self._scroll.setVisible(matrix is not None)
        self.matrix.show_counts(np.zeros((0, 0), np.int64) if matrix is None else matrix, classes)
        self.transcripts.setVisible(bool(pairs))
        self.transcripts.show_pairs(pairs)
        self.labels.setVisible(of_labels is not None)
        self.labels.show_counts(np.zeros((0, 2, 2), np.int64) if of_labels is None else of_labels, classes)

    def _empty_metrics(self) -> None:
        while self._metrics.rowCount():
            self._metrics.removeRow(0)


class _Scrolling(QScrollArea):
    """A place where the content can be scrolled when it is low."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidgetResizable(True)
        self.setWidget(content)


class _InFull(_Scrolling):
    """As wide as its content has to be, so that no number is cut off; scrolls up and down alone."""

    def __init__(self, content: QWidget) -> None:
        super().__init__(content)
        content.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # What is new in it counts only once it is shown.
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._content.minimumSizeHint().width() + bar, super().minimumSizeHint().height())


def _pairs(folder: Path, name: str) -> tuple[Pair, ...]:
    """The sequences in a file of a folder. Raises OSError, ValueError."""
    if Path(name).name != name:
        raise ValueError(f"{name} is not in {folder}")
    return pairs_in(folder / name)


def _counts(folder: Path, name: str) -> np.ndarray:
    """The matrix in a file of a folder, or one for each label. Raises OSError, ValueError."""
    if Path(name).name != name:
        raise ValueError(f"{name} is not in {folder}")
    if not (folder / name).is_file():
        raise ValueError(f"{name} is not a file")
    try:
        # Not read into memory before it is known to be as long as it says.
        counts = np.lib.format.open_memmap(folder / name, mode="r")
    except (OverflowError, RecursionError) as fault:
        raise ValueError(f"{name} cannot be read: {fault}") from None
    is_square = counts.ndim == 2 and counts.shape[0] == counts.shape[1]
    is_of_labels = counts.ndim == 3 and counts.shape[1:] == (2, 2)
    if not (is_square or is_of_labels) or not np.issubdtype(counts.dtype, np.integer):
        raise ValueError(f"{name} is no matrix of counts")
    return np.array(counts)


def cell_ground(theme: Theme, share: float, *, is_right: bool) -> QColor:
    """What lies under the count of a cell that holds this share of the samples of its class."""
    return mixed(theme.colour("raised"), theme.colour("good" if is_right else "fault"), _STRONGEST * share)


class ConfusionMatrix(QWidget):
    """Counts of samples by true class (row) and answered class (column); right answers lie on the diagonal."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("confusionMatrix")
        self.setAccessibleName(self.tr("Confusion matrix"))
        self._appearance = appearance
        self._counts = np.zeros((0, 0), np.int64)
        self._classes: tuple[str, ...] = ()
        self._margin = 0.0
        """How much of the left the names of the classes take."""
        self._lowest = QFontMetricsF(looks.small_font()).height()
        """How low a row may become where there is little room: as low as its letters."""
        appearance.changed.connect(self._repaint)

    def show_counts(self, counts: np.ndarray, classes: tuple[str, ...]) -> None:
        """Shows counts (classes × classes)."""
        self._counts = counts
        named = len(classes) == len(counts)
        self._classes = classes if named else tuple(str(number) for number in range(len(counts)))
        metrics = QFontMetricsF(looks.small_font())
        widest = max((metrics.horizontalAdvance(name) for name in self._classes), default=0.0)
        self._margin = min(widest, looks.PLACE_WIDTH) + looks.GRID * 3
        self.setMinimumSize(self.sizeHint())
        self.updateGeometry()
        self.update()

    def _repaint(self) -> None:
        self.update()

    def sizeHint(self) -> QSize:
        if not len(self._counts):
            return QSize(0, 0)
        rows = len(self._counts) + 1
        return QSize(round(self._margin + len(self._counts) * looks.CELL), math.ceil(rows * self._lowest))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not len(self._counts):
            return
        theme = self._appearance.theme
        painter = QPainter(self)
        painter.setFont(looks.small_font())
        metrics = QFontMetricsF(looks.small_font())
        shares = self._counts / np.maximum(self._counts.sum(axis=1, keepdims=True), 1)
        area = QRectF(event.rect())
        for row, column in np.ndindex(*self._counts.shape):
            place = self._cell(row, column)
            if not place.intersects(area):
                continue
            ground = cell_ground(theme, float(shares[row, column]), is_right=row == column)
            painter.fillRect(place.adjusted(1, 1, -1, -1), ground)
            if count := int(self._counts[row, column]):
                painter.setPen(QPen(theme.ink_on(ground)))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, with_thousands(count))
        painter.setPen(QPen(theme.colour("dim")))
        for number, name in enumerate(self._classes):
            left = QRectF(0, self._cell(number, 0).top(), self._margin - looks.GRID * 2, self._cell(number, 0).height())
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, left.width())
            painter.drawText(left, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words)
            above = self._cell(0, number).translated(0, -self._cell(0, 0).height())
            words = metrics.elidedText(name, Qt.TextElideMode.ElideRight, above.width() - 2)
            painter.drawText(above, Qt.AlignmentFlag.AlignCenter, words)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._words_at(event.pos()), self)
            return True
        return super().event(event)

    def _words_at(self, point: QPoint) -> str:
        for row, column in np.ndindex(*self._counts.shape):
            if self._cell(row, column).contains(point):
                return self.tr("{count} of {true} answered as {answered}").format(
                    count=with_thousands(int(self._counts[row, column])),
                    true=self._classes[row],
                    answered=self._classes[column],
                )
        return ""

    def _cell(self, row: int, column: int) -> QRectF:
        size = len(self._counts)
        width = min((self.width() - self._margin) / size, looks.CELL * 1.6)
        height = max(self._lowest, min(self.height() / (size + 1), looks.CELL))
        return QRectF(self._margin + column * width, (row + 1) * height, width, height)
