"""The line in which names are typed between commas, with a list of those there are to choose from."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QToolButton, QVBoxLayout, QWidget

from engine.spec import Field
from gui import theme as looks
from gui.value_box import Check, ValueBox


class NamesBox(ValueBox):
    """A line for names. ``button``, which stands beside it where names are offered, opens them as a list with boxes."""

    def __init__(self, field: Field, check: Check, name: str, parent: QWidget | None = None) -> None:
        super().__init__(field, check, parent)
        self._choices: tuple[str, ...] = ()
        self._name = name
        self.button = QToolButton(parent)
        self.button.setObjectName(f"{field.name}Choose")
        self.button.setAccessibleName(self.tr("Choose: {name}").format(name=name))
        self.button.setToolTip(self.tr("Choose from a list"))
        self.button.setProperty("kind", "beside")
        self.button.setText("…")
        self.button.setFixedSize(looks.ROW_HEIGHT, looks.ROW_HEIGHT)
        self.button.clicked.connect(self._open)
        self.button.hide()

    def offer(self, words: Sequence[str]) -> None:
        self._choices = tuple(words)
        self.button.setVisible(bool(words))

    def _open(self) -> None:
        chosen = tuple(self._value or ())
        choices = NamesList(dict.fromkeys((*self._choices, *chosen)), chosen, self)
        choices.setAccessibleName(self._name)
        choices.chosen.connect(self._choose)
        choices.setFixedWidth(self.width() + self.button.width())
        choices.move(self.mapToGlobal(QPoint(0, self.height())))
        choices.show()

    def _choose(self, name: str, chosen: bool) -> None:
        """Each box is heard at once; the names keep the order in which they were chosen."""
        kept = tuple(known for known in self._value or () if known != name)
        self.take((*kept, name) if chosen else kept)


class NamesList(QFrame):
    """Names with a box each, in front of the window until one looks elsewhere."""

    chosen = Signal(str, bool)

    def __init__(self, names: Sequence[str] | dict[str, None], chosen: Sequence[str], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("namesList")
        self.setProperty("kind", "popover")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._model = QStandardItemModel(self)
        for name in names:
            self._model.appendRow(_item(name, name in set(chosen)))
        self._model.itemChanged.connect(self._tell)
        shown = QSortFilterProxyModel(self)
        shown.setSourceModel(self._model)
        shown.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        search = QLineEdit(self)
        search.setObjectName("namesSearch")
        search.setPlaceholderText(self.tr("Search"))
        search.setAccessibleName(self.tr("Search the names"))
        search.textChanged.connect(shown.setFilterFixedString)
        self.list = QListView(self)
        self.list.setObjectName("names")
        self.list.setAccessibleName(self.tr("Names"))
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.list.setModel(shown)
        self.list.setCurrentIndex(shown.index(0, 0))
        self.list.setFixedHeight(looks.PALETTE_ROW * min(looks.SEARCH_ROWS, max(1, len(names))))
        column = QVBoxLayout(self)
        column.setContentsMargins(*(looks.GRID,) * 4)
        column.setSpacing(looks.GRID)
        column.addWidget(search)
        column.addWidget(self.list)
        search.setVisible(len(names) > looks.SEARCH_ROWS)
        self.setFocusProxy(self.list)
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def _tell(self, item: QStandardItem) -> None:
        self.chosen.emit(item.text(), item.checkState() == Qt.CheckState.Checked)


def _item(name: str, is_chosen: bool) -> QStandardItem:
    item = QStandardItem(name)
    item.setCheckable(True)
    item.setCheckState(Qt.CheckState.Checked if is_chosen else Qt.CheckState.Unchecked)
    return item
