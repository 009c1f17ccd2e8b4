"""The rows one below the other, and the pictures side by side."""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QKeySequence, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from engine.looking.view import Head
from gui import theme as looks
from gui.data_view.charts import fitted
from gui.data_view.header import FilterHeader
from gui.data_view.models import GalleryModel, Index, TableModel
from gui.data_view.painting import draw_curve, draw_image, image_of
from gui.data_view.rows import PAGE, Place, Rows
from gui.theme import Appearance
from gui.words import with_thousands

Span = tuple[int, int]
FEW_COLUMNS = 4
"""With no more than these, a text has all the room that is left."""


class RowsView(QTableView):
    """Base of both: what is current and what is selected are places among the rows."""

    current_changed = Signal(int)
    """The place of the row that the keyboard is on."""
    copy_asked = Signal()

    def __init__(self, rows: Rows, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # All of it: what was asked for and overtaken by other rows is asked for once more by being painted.
        rows.arrived.connect(lambda _first, _end: self.viewport().update())
        self.setObjectName(name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(False)

    def spans(self) -> tuple[Span, ...]:
        """What is selected: from the first of each span up to before the second."""
        raise NotImplementedError

    def go_to(self, place: int) -> None:
        """Makes a row the current one."""
        raise NotImplementedError

    def place_of(self, index: Index) -> int:
        """Which of the rows is there."""
        raise NotImplementedError

    def keyboardSearch(self, search: str) -> None:
        """Nothing is searched for by letters: the rows are elsewhere, and there is a line to filter by."""
        del search

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if current.isValid():
            self.current_changed.emit(self.place_of(current))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()
        else:
            super().keyPressEvent(event)


class Table(RowsView):
    """The rows with all their columns."""

    def __init__(self, rows: Rows, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(rows, "dataTable", parent)
        self.setAccessibleName(self.tr("Rows"))
        self._rows = rows
        self.header = FilterHeader(self)
        self.setHorizontalHeader(self.header)
        self.setModel(TableModel(rows, appearance))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setAlternatingRowColors(False)
        self.setShowGrid(False)
        self.verticalHeader().setDefaultSectionSize(looks.CELL_LOW + looks.GRID)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalScrollBar().valueChanged.connect(self.header.place_lines)
        self.header.left.connect(self.setFocus)
        rows.arrived.connect(self._fit_numbers)
        rows.replaced.connect(lambda: self._fit_numbers(0, PAGE))

    def show_columns(self, heads: tuple[Head, ...]) -> None:
        """As wide as their names and values ask for; texts wider."""
        self.header.show_columns(heads)
        self.verticalHeader().setMinimumWidth(0)
        metrics = self.fontMetrics()
        widest = looks.with_font(looks.DATA_SIDE)
        for column, head in enumerate(heads):
            words = max((metrics.horizontalAdvance(name) for name in (head.name, *head.categories[:50])), default=0)
            width = widest if head.kind == "text" else words + 4 * looks.PADDING
            self.setColumnWidth(column, min(max(width, looks.with_font(looks.LABEL_WIDTH)), widest))
        texts = [column for column, head in enumerate(heads) if head.kind == "text"]
        mode = QHeaderView.ResizeMode
        self.header.setSectionResizeMode(mode.Interactive)
        if texts and len(heads) <= FEW_COLUMNS:
            self.header.setSectionResizeMode(texts[0], mode.Stretch)
        self.header.place_lines()

    def _fit_numbers(self, first: int, end: int) -> None:
        """Makes room for the numbers of rows that have come: Qt looks at few of them, and before they are known."""
        places = filter(None, map(self._rows.peek, range(first, end)))
        largest = max((place.number + 1 for place in places), default=0)
        width = self.verticalHeader().fontMetrics().horizontalAdvance(with_thousands(largest)) + 2 * looks.PADDING
        if width > self.verticalHeader().minimumWidth():
            self.verticalHeader().setMinimumWidth(width)
            self.updateGeometries()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_S and not event.modifiers() and self.currentIndex().isValid():
            self.header.turn(self.currentIndex().column())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Of the column that the mouse or the keyboard is on."""
        is_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if is_key else self.indexAt(event.pos())
        if index.isValid():
            place = self.viewport().mapToGlobal(self.visualRect(index).center()) if is_key else event.globalPos()
            self.header.menu_asked.emit(index.column(), place)

    def spans(self) -> tuple[Span, ...]:
        selection = self.selectionModel().selection()
        parts = (selection.at(number) for number in range(selection.count()))
        return tuple(sorted((part.top(), part.bottom() + 1) for part in parts))

    def go_to(self, place: int) -> None:
        self.setCurrentIndex(self.model().index(place, max(0, self.currentIndex().column())))

    def place_of(self, index: Index) -> int:
        return index.row()


class Gallery(RowsView):
    """Images or curves, as many side by side as fit."""

    def __init__(self, rows: Rows, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(rows, "dataGallery", parent)
        self.setAccessibleName(self.tr("Pictures"))
        self._gallery = GalleryModel(rows)
        self.setModel(self._gallery)
        self.setItemDelegate(Thumbnail(appearance, self))
        self.setShowGrid(False)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.hide()
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setMinimumSectionSize(1)
        self.verticalHeader().setDefaultSectionSize(looks.THUMBNAIL.height())
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        appearance.changed.connect(lambda _theme: self.viewport().update())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.viewport().width()
        columns = max(1, width // looks.THUMBNAIL.width())
        at = self.place_of(self.currentIndex()) if self.currentIndex().isValid() else -1
        self._gallery.lay_out(columns)
        self.horizontalHeader().setDefaultSectionSize(width // columns)
        if at >= 0:
            self.go_to(at)

    def spans(self) -> tuple[Span, ...]:
        places = sorted({self.place_of(index) for index in self.selectedIndexes()})
        return tuple((place, place + 1) for place in places)

    def go_to(self, place: int) -> None:
        index = self._gallery.index_of(place)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)

    def place_of(self, index: Index) -> int:
        return self._gallery.place_of(index)


class Thumbnail(QStyledItemDelegate):
    """Paints an image or a curve with words below it."""

    def __init__(self, appearance: Appearance, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance = appearance

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | Index) -> None:
        words = index.data(Qt.ItemDataRole.DisplayRole)
        if words is None:
            return
        theme, gap = self._appearance.theme, looks.GRID
        cell = QRectF(option.rect).adjusted(gap, gap, -gap, -gap)  # pyright: ignore[reportAttributeAccessIssue]
        state = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus):
            painter.setPen(QPen(theme.colour("accent"), 1))
            painter.setBrush(theme.colour("raised"))
            painter.drawRoundedRect(cell, looks.GRID, looks.GRID)
        picture = cell.adjusted(gap, gap, -gap, -gap - looks.SAMPLE_LABEL)
        row = index.data(Qt.ItemDataRole.UserRole)
        if row is None:
            painter.fillRect(picture, theme.colour("raised"))
        else:
            self._draw(painter, picture, row)
        painter.setFont(looks.small_font())
        painter.setPen(theme.colour("dim"))
        below = QRectF(picture.left(), picture.bottom(), picture.width(), looks.SAMPLE_LABEL)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, int(below.width()))
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()

    def _draw(self, painter: QPainter, picture: QRectF, row: Place) -> None:
        page = row.page
        if page.pictures is not None:
            image = image_of(page.pictures[row.at])
            draw_image(painter, fitted(picture, image.width(), image.height()), image)
        elif page.curves is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            draw_curve(painter, picture, page.curves[row.at], self._appearance)
