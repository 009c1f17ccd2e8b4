"""The columns of a table: how each is used and which is to be predicted, changed by mouse and by keys."""

from functools import partial

from PySide6.QtCore import (
    QAbstractTableModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRectF,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from engine.datasets import Dataset
from engine.datasets.tables import ColumnKind, Table, TableColumn
from gui import theme as looks
from gui.theme import Appearance
from gui.words import translated, with_thousands

NAME, KIND, MISSING, PREDICTED = range(4)
USES: dict[str, tuple[ColumnKind, ...]] = {
    "numbers": ("number", "category", "ignore"),
    "texts": ("category", "labels", "ignore"),
    "dates": ("date", "category", "ignore"),
}
"""How a column can be used, by what it holds; of what is not named here, nothing can be used yet."""

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()


class ColumnModel(QAbstractTableModel):
    """The columns of a table, a row each."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._columns: tuple[TableColumn, ...] = ()
        self._asked: frozenset[str] = frozenset()
        """The names of all that are predicted."""

    def show_table(self, table: Table) -> None:
        """Shows these columns. Where they only are used otherwise, what is selected stays so."""
        is_same = [column.name for column in table.columns] == [column.name for column in self._columns]
        if not is_same:
            self.beginResetModel()
        self._columns, self._asked = table.columns, frozenset(column.name for column in table.predicted)
        if is_same:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._columns) - 1, PREDICTED))
        else:
            self.endResetModel()

    def column(self, index: Index) -> TableColumn:
        """The one at a place."""
        return self._columns[index.row()]

    def is_predicted(self, index: Index) -> bool:
        """Whether it is to be predicted, alone or with other labels."""
        return self.column(index).name in self._asked

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else 4

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column = self.column(index)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._words(index, column)
            case Qt.ItemDataRole.ToolTipRole:
                return self._told(column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{column.name}: {self._words(index, column) or self.headerData(index.column())}"
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == MISSING:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case _:
                return None

    def headerData(
        self, section: int, orientation: Qt.Orientation = Qt.Orientation.Horizontal, role: int = 0
    ) -> object:
        if orientation == Qt.Orientation.Vertical or role != Qt.ItemDataRole.DisplayRole:
            return None
        return (self.tr("Column"), self.tr("Used as"), self.tr("Missing"), self.tr("Predict"))[section]

    def _words(self, index: Index, column: TableColumn) -> str:
        match index.column():
            case 0:
                return column.name
            case 1:
                return translated(column.kind)
            case 2:
                return with_thousands(column.unknown) if column.unknown else ""
            case _:
                return self.tr("predicted") if self.is_predicted(index) else ""

    def _told(self, column: TableColumn) -> str:
        parts = [column.name, translated(column.reason)]
        if column.distinct:
            parts.append(self.tr("{count} different values").format(count=with_thousands(column.distinct)))
        if column.unknown:
            parts.append(self.tr("{count} missing").format(count=with_thousands(column.unknown)))
        return "\n".join(part for part in parts if part)


class ColumnsEditor(QTableView):
    """The columns of the dataset. Space or a click on a cell changes it; a letter finds a column."""

    kind_chosen = Signal(str, str)
    """The name of a column, and how it is to be used."""
    target_chosen = Signal(str)
    """The name of the column that is to be predicted."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("columns")
        self.setAccessibleName(self.tr("Columns"))
        self._model = ColumnModel(self)
        self.setModel(self._model)
        self.setItemDelegate(ColumnDelegate(appearance, self._model, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(looks.COLUMN_ROW)
        self._lay_out_heads()
        self.clicked.connect(self._use)

    def show_dataset(self, dataset: Dataset) -> bool:
        """Shows the columns of a table; answers whether it is one that has some."""
        if not isinstance(dataset, Table) or not dataset.columns:
            return False
        self._model.show_table(dataset)
        rows = min(self._model.rowCount(), looks.MOST_COLUMNS)
        self.setFixedHeight(rows * looks.COLUMN_ROW + self.horizontalHeader().sizeHint().height() + 2)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._use(self.currentIndex())
            return
        super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.setCurrentIndex(self._model.index(0, KIND))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out_heads()

    def _lay_out_heads(self) -> None:
        heads = self.horizontalHeader()
        heads.setSectionsClickable(False)
        heads.setHighlightSections(False)
        heads.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        heads.setMinimumSectionSize(looks.TOGGLE)
        heads.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        heads.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for section, width in (
            (KIND, looks.KIND_WIDTH),
            (MISSING, looks.MISSING_WIDTH),
            (PREDICTED, looks.RADIO_WIDTH),
        ):
            heads.resizeSection(section, looks.with_font(width))

    def _use(self, index: Index) -> None:
        if not index.isValid():
            return
        if index.column() == PREDICTED and not self._model.is_predicted(index):
            self.target_chosen.emit(self._model.column(index).name)
        elif index.column() == KIND:
            self._offer_kinds(index)

    def _offer_kinds(self, index: Index) -> None:
        column = self._model.column(index)
        menu = QMenu(self)
        menu.setObjectName("columnKinds")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        uses = USES.get(column.holds, ("ignore",))
        for kind in ("label", *uses) if column.says_whether else uses:
            action = menu.addAction(translated(kind), partial(self._choose, column, kind))
            action.setObjectName(kind)
            action.setCheckable(True)
            action.setChecked(kind == column.kind)
        cell = self.visualRect(index)
        menu.popup(self.viewport().mapToGlobal(QPoint(cell.left(), cell.bottom())))

    def _choose(self, column: TableColumn, kind: ColumnKind) -> None:
        if kind != column.kind:
            self.kind_chosen.emit(column.name, kind)


class ColumnDelegate(QStyledItemDelegate):
    """Paints how a column is used as a choice, and whether it is predicted as a round box."""

    def __init__(self, appearance: Appearance, model: ColumnModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._appearance, self._model = appearance, model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        column = self._model.column(index)
        place = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, place)
        if index.column() == PREDICTED:
            self._paint_box(painter, place, self._model.is_predicted(index))
        else:
            self._paint_words(painter, place, index, column)
        painter.restore()

    def _paint_ground(self, painter: QPainter, place: QRectF) -> None:
        view = self.parent()
        assert isinstance(view, QTableView)
        is_current = view.hasFocus() and view.visualRect(view.currentIndex()) == place.toRect()
        if is_current:
            painter.setPen(QPen(self._appearance.theme.colour("accent"), 1))
            painter.setBrush(self._appearance.theme.colour("raised"))
            painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), looks.RADIUS, looks.RADIUS)

    def _paint_words(self, painter: QPainter, place: QRectF, index: Index, column: TableColumn) -> None:
        theme = self._appearance.theme
        is_used = column.is_input or self._model.is_predicted(index)
        tokens = {NAME: "text" if is_used else "faint", KIND: "dim" if is_used else "faint", MISSING: "doubt"}
        painter.setPen(theme.colour(tokens[index.column()]))
        words = str(index.data(Qt.ItemDataRole.DisplayRole))
        inner = place.adjusted(looks.GRID, 0, -looks.GRID, 0)
        side = Qt.AlignmentFlag.AlignRight if index.column() == MISSING else Qt.AlignmentFlag.AlignLeft
        if index.column() == KIND:
            mark = QRectF(0, 0, looks.ICON, looks.ICON)
            mark.moveCenter(QPointF(inner.right() - looks.ICON / 2, inner.center().y()))
            looks.icon("chevron-down", theme, "faint").paint(painter, mark.toRect())
            inner.adjust(0, 0, -looks.ICON, 0)
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, int(inner.width()))
        painter.drawText(inner, side | Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_box(self, painter: QPainter, place: QRectF, is_chosen: bool) -> None:
        theme, reach = self._appearance.theme, looks.ICON / 2 - 1
        painter.setPen(QPen(theme.colour("accent" if is_chosen else "faint"), 1))
        painter.setBrush(theme.colour("raised"))
        painter.drawEllipse(place.center(), reach, reach)
        if is_chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent"))
            painter.drawEllipse(place.center(), reach / 2, reach / 2)
