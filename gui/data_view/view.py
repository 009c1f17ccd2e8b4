"""The data view: the rows of the data, sorted and filtered, beside what is known of all of them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from engine.data import Data
from engine.datasets import Progress
from engine.datasets.tables import Table as FileTable
from engine.errors import DataError, LayerloomError
from engine.looking.asking import read_filter
from engine.looking.frame import name_of
from engine.looking.view import Detail, Filter, Head, Numbered, Query, Relations, RowsPage, Sight
from gui import theme as looks
from gui.data_view.charts import Correlations
from gui.data_view.chips import Chips
from gui.data_view.detail import DetailPane
from gui.data_view.looker import Looker
from gui.data_view.models import parts_named
from gui.data_view.overview import OverviewPanel
from gui.data_view.rows import Rows
from gui.data_view.table import Gallery, RowsView, Table
from gui.engine_process import Job
from gui.page import label
from gui.theme import Appearance
from gui.words import classes_in_words, translated, with_thousands

_KEYS = QKeySequence.StandardKey
_OWN_KEYS = (_KEYS.Copy, _KEYS.Cut, _KEYS.Paste, _KEYS.Delete, _KEYS.SelectAll, _KEYS.Find)
"""What means something else here than on the canvas, or nothing."""


class DataView(QWidget):
    """A page of its own: rows in the middle, the overview on the left, all of one row on the right."""

    left = Signal()
    """Back to the canvas."""
    target_chosen = Signal(str)
    """The name of the column that is to be predicted."""

    def __init__(self, submit: Callable[..., Job], appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataView")
        self.setAccessibleName(self.tr("Data"))
        self._data: Data | None = None
        self._sight: Sight | None = None
        self._filters: dict[str, Filter] = {}
        self._sort: tuple[str, bool] = ("", False)
        self._chosen: tuple[Sequence[int], str] | None = None
        self.looker = Looker(submit, self)
        self.rows = Rows(self)
        self._make_head()
        self._make_parts(appearance)
        self._lay_out()
        self._offer_tabs(["table"])
        self._wire()

    def look_at(self, data: Data, *, anew: bool = False) -> None:
        """Shows this data; what is shown already stays as it is. ``anew``: a file is read as it is now."""
        if data == self._data and not anew:
            return
        keeps = self._data is not None and self._data.dataset == data.dataset
        if not keeps:
            self._filters, self._sort = {}, ("", False)
        self._data, self._sight = data, None
        self._title.setText(translated(name_of(data.dataset)))
        self._say(self.tr("Reading the data…"))
        self.rows.begin((), 0)
        self.table.show_columns(())
        self.overview.clear()
        self.detail.clear()
        self._show_matching()
        self.looker.open(data, anew=anew)

    def show_rows(self, numbers: Sequence[int], words: str) -> None:
        """Shows the rows of these numbers alone; ``words`` say which they are. They stay among all filters as one."""
        self._chosen = (numbers, words)
        if self._sight is not None:
            self._filters = {}
            self._take_chosen()
            self._ask_rows()

    def forget(self) -> None:
        """The next look is at the data as it is then."""
        self._data = None

    def focus_rows(self) -> None:
        """Puts the keyboard on the rows."""
        view = self._view
        (view if isinstance(view, RowsView) else self._tabs).setFocus(Qt.FocusReason.ShortcutFocusReason)

    # Parts

    def _make_head(self) -> None:
        self._back = QPushButton(self.tr("Back to the canvas"), self)
        self._back.setObjectName("dataBack")
        self._back.clicked.connect(self.left)
        self._title = QLabel(self)
        self._title.setObjectName("dataTitle")
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setFont(looks.title_font())
        self._matching = label(kind="dim")
        self._matching.setObjectName("matchingRows")
        self._tabs = QTabBar(self)
        self._tabs.setObjectName("dataTabs")
        self._tabs.setAccessibleName(self.tr("How the data is shown"))
        self._tabs.setDrawBase(False)
        self.chips = Chips(self)
        self._message_line = QWidget(self)
        self._message = label(kind="dim", wraps=True)
        self._message.setObjectName("dataMessage")
        self._of_rows = False
        """Whether the message tells of the rows alone, which not every page shows."""
        self._again = QPushButton(self.tr("Read again"), self)
        self._again.setObjectName("readAgain")
        self._again.clicked.connect(self._read_again)

    def _make_parts(self, appearance: Appearance) -> None:
        self.overview = OverviewPanel(appearance, self)
        self.table = Table(self.rows, appearance, self)
        self.gallery = Gallery(self.rows, appearance, self)
        self.correlations = Correlations(appearance)
        around = QScrollArea(self)
        around.setObjectName("correlationsPage")
        around.setWidgetResizable(True)
        around.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        around.setWidget(self.correlations)
        self._pair = label(wraps=True)
        self._pair.setObjectName("correlatedPair")
        words = self.tr(
            "Between two numbers Pearson's correlation, between a category and a number the correlation ratio, between "
            "two categories Cramér's V."
        )
        correlations = QWidget(self)
        column = QVBoxLayout(correlations)
        column.setContentsMargins(looks.PADDING, looks.GRID * 2, looks.PADDING, looks.PADDING)
        column.addWidget(around, 1)
        column.addWidget(self._pair)
        column.addWidget(label(words, "dim", wraps=True))
        self._stack = QStackedWidget(self)
        self._pages = {"gallery": self.gallery, "table": self.table, "correlations": correlations}
        for page in self._pages.values():
            self._stack.addWidget(page)
        self.detail = DetailPane(appearance, self)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(looks.PADDING, looks.GRID * 2, looks.PADDING, 0)
        head.setSpacing(looks.GRID * 3)
        for widget in (self._back, self._title, self._matching):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self._tabs)
        lines = QVBoxLayout()
        lines.setContentsMargins(looks.PADDING, looks.GRID, looks.PADDING, looks.GRID)
        lines.setSpacing(looks.GRID * 2)
        message = QHBoxLayout(self._message_line)
        message.setContentsMargins(0, 0, 0, 0)
        message.addWidget(self._message, 1)
        message.addWidget(self._again)
        lines.addWidget(self.chips)
        lines.addWidget(self._message_line)
        parts = QSplitter(Qt.Orientation.Horizontal, self)
        parts.setObjectName("dataParts")
        parts.setChildrenCollapsible(False)
        for part in (self.overview, self._stack, self.detail):
            parts.addWidget(part)
        parts.setStretchFactor(1, 1)
        side = looks.with_font(looks.DATA_SIDE)
        parts.setSizes([side, 3 * side, side])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(lines)
        column.addWidget(parts, 1)

    def _wire(self) -> None:
        looker, rows = self.looker, self.rows
        looker.opened.connect(self._show_sight)
        looker.answered.connect(self._take_page)
        looker.refused.connect(self._refuse)
        looker.failed.connect(self._fail)
        looker.progressed.connect(self._show_progress)
        looker.detailed.connect(self._show_detail)
        looker.described.connect(self.overview.show_columns)
        looker.balanced.connect(self._show_balance)
        looker.pictured.connect(self.overview.show_images)
        looker.related.connect(self._show_relations)
        looker.copied.connect(self._copy)
        rows.asked.connect(looker.ask_rows)
        rows.replaced.connect(self._show_matching)
        self.overview.filter_asked.connect(self.filter_by)
        self.chips.removed.connect(lambda column: self.filter_by(column, None))
        self.chips.cleared.connect(self._clear_filters)
        self.table.header.typed.connect(self._read_filter)
        self.table.header.tried.connect(self._try_filter)
        self.table.header.sort_asked.connect(self._sort_by)
        self.table.header.menu_asked.connect(self._offer_target)
        for view in (self.table, self.gallery):
            view.current_changed.connect(self._ask_detail)
            view.copy_asked.connect(self._ask_copy)
        self._tabs.currentChanged.connect(self._show_tab)
        self.correlations.reached.connect(self._pair.setText)

    # What is asked for

    def filter_by(self, column: str, each: Filter | None) -> None:
        """Shows only the rows that pass this filter on a column, beside the other filters; None: takes it away."""
        if each is None or self._filters.get(column) == each:
            self._filters.pop(column, None)
        else:
            self._filters[column] = each
        self._clear_line(column)
        self._bring_rows()
        self._ask_rows()

    def _bring_rows(self) -> None:
        """Shows the rows where something else is in view."""
        if not isinstance(self._view, RowsView):
            self._show_tab(0)

    def _clear_filters(self) -> None:
        for column in list(self._filters):
            self._clear_line(column)
        self._filters = {}
        self._ask_rows()

    def _clear_line(self, column: str) -> None:
        places = [place for place, head in enumerate(self.rows.columns) if head.name == column]
        for place in places:
            self.table.header.clear_line(place)

    def _read_filter(self, column: int, words: str) -> None:
        """Filters by what is typed below a name, or says why it cannot be."""
        self._try_filter(column, words)
        if fault := self.table.header.line(column).toolTip():
            self._say(fault, "fault", of_rows=True)

    def _try_filter(self, column: int, words: str) -> None:
        """Filters by what is typed so far; what cannot be understood is only marked, as more may follow."""
        head, line = self.rows.columns[column], self.table.header.line(column)
        try:
            each = parts_named(head, words) or read_filter(head, words)
        except DataError as error:
            line.show_fault(_told(error))
            return
        line.show_fault("")
        if each is None:
            self._filters.pop(head.name, None)
        else:
            self._filters[head.name] = each
        self._ask_rows()

    def _sort_by(self, column: int, descending: bool) -> None:
        self._sort = (self.rows.columns[column].name if column >= 0 else "", descending)
        self._ask_rows()

    def _offer_target(self, column: int, place: QPoint) -> None:
        """Offers to predict a column of a table."""
        dataset, name = self._data.dataset if self._data else None, self.rows.columns[column].name
        if not isinstance(dataset, FileTable) or name not in {one.name for one in dataset.columns}:
            return
        menu = QMenu(self)
        menu.setObjectName("columnMenu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        words = self.tr("Predict {column}").format(column=name.replace("&", "&&"))
        action = menu.addAction(words, lambda: self.target_chosen.emit(name))
        action.setEnabled(name != dataset.target)
        menu.popup(place)

    def _ask_rows(self) -> None:
        if self._sight is not None:
            self.rows.ask(tuple(self._filters.values()), self._sort[0], descending=self._sort[1])

    def _take_chosen(self) -> None:
        if self._chosen is not None:
            numbers, words = self._chosen
            self._chosen = None
            self._filters[""] = Numbered(tuple(numbers), words)

    def _ask_detail(self, place: int) -> None:
        row = self.rows.at(place)
        if row is not None:
            self.looker.ask_detail(row.number)

    def _ask_copy(self) -> None:
        view = self._view
        if isinstance(view, RowsView) and (spans := view.spans()):
            self.looker.copy(self.rows.query, spans)

    def _copy(self, lines: str) -> None:
        QGuiApplication.clipboard().setText(lines)
        # The first line has the names of the columns.
        words = self.tr("{count} rows copied.").format(count=with_thousands(lines.count("\n")))
        self._say(words, of_rows=True)

    def _read_again(self) -> None:
        if self._data is not None:
            self.look_at(self._data, anew=True)

    # What is answered

    def _show_sight(self, sight: Sight) -> None:
        self._sight = sight
        self.rows.begin(sight.columns, sight.count)
        self.table.show_columns(sight.columns)
        self.overview.show_sight(sight)
        notes = (*map(translated, sight.notes), self._hidden(sight), self._how_to_choose())
        self._say(" ".join(filter(None, notes)), "doubt")
        self._offer_tabs(_tabs_for(sight))
        names = {head.name for head in sight.columns}
        self._filters = {column: each for column, each in self._filters.items() if not column or column in names}
        self._sort = self._sort if self._sort[0] in names else ("", False)
        self._take_chosen()
        self._ask_rows()
        self.looker.ask_overview(tuple(head.name for head in sight.columns))

    def _how_to_choose(self) -> str:
        dataset = self._data.dataset if self._data else None
        if not isinstance(dataset, FileTable) or not dataset.lacks or len(dataset.columns) < 2:
            return ""
        return self.tr("Right-click a column, or press the menu key on it, to predict it.")

    def _hidden(self, sight: Sight) -> str:
        if not sight.hidden:
            return ""
        words = self.tr("Only the first {shown} columns are shown: {hidden} more are not.")
        shown = sum(head.role == "input" for head in sight.columns)
        return words.format(shown=with_thousands(shown), hidden=with_thousands(sight.hidden))

    def _take_page(self, page: RowsPage) -> None:
        self.rows.take(page)
        if page.note:
            self._say(translated(page.note), "doubt")
        self._again.setVisible(bool(page.note))

    def _refuse(self, query: Query, error: LayerloomError) -> None:
        self.rows.give_up(query)
        self._filters = {each.column: each for each in self.rows.query.filters}
        self._sort = (self.rows.query.sort, self.rows.query.descending)
        self._show_query()
        self._fail(error, of_rows=True)

    def _fail(self, error: LayerloomError, *, of_rows: bool = False) -> None:
        self._say(_told(error), "fault", of_rows=of_rows)
        self._again.setVisible(self._data is not None)

    def _show_progress(self, progress: Progress) -> None:
        words = translated(progress.message)
        if progress.total:
            words = f"{words}: {with_thousands(progress.done)} / {with_thousands(progress.total)}"
        self._say(f"{words}…")

    def _show_matching(self) -> None:
        """After other rows have come: how many they are, and by which filters."""
        if self._sight is None:
            self._matching.setText("")
            return
        matching, total = with_thousands(self.rows.matching), with_thousands(self.rows.total)
        is_all = self.rows.matching == self.rows.total
        words = self.tr("{total} rows") if is_all else self.tr("{matching} of {total} rows")
        self._matching.setText(words.format(matching=matching, total=total))
        self.detail.clear()
        self._show_query()

    def _show_query(self) -> None:
        heads = {head.name: head for head in self.rows.columns}
        self.chips.show_filters(self._filters, heads)
        self.overview.show_filters(self._filters)
        places = [place for place, head in enumerate(self.rows.columns) if head.name == self._sort[0]]
        self.table.header.show_sort(places[0] if places else -1, descending=self._sort[1])
        if self._sight is not None and self.rows.total and not self.rows.matching and self._filters:
            self._say(self.tr("No row passes these filters. Take one away to see rows again."), of_rows=True)
        elif self._message.property("kind") != "doubt":
            self._say("")
        self._show_message()

    def _show_detail(self, detail: Detail) -> None:
        self.detail.show_row(self.rows.columns, detail)

    def _show_balance(self, balance: object) -> None:
        if isinstance(balance, dict) and self._data:
            dataset = self._data.dataset
            self.overview.show_balance(classes_in_words(dataset.task), dataset.classes, balance)

    def _show_relations(self, relations: Relations | None) -> None:
        if relations is not None:
            self.correlations.show_relations(relations)

    def _say(self, words: str, kind: str = "dim", *, of_rows: bool = False) -> None:
        self._message.setText(words)
        self._message.setProperty("kind", kind)
        self._message.style().unpolish(self._message)
        self._message.style().polish(self._message)
        self._of_rows = of_rows
        self._again.hide()
        self._show_message()

    def _show_message(self) -> None:
        has_rows = isinstance(self._view, RowsView)
        says = bool(self._message.text()) and (has_rows or not self._of_rows)
        self._message_line.setVisible(says)
        # Its room is kept for what is below; a message would have a gap above it.
        self.chips.setVisible(bool(self._filters) or not says)

    # Tabs and keys

    @property
    def _view(self) -> QWidget | None:
        return self._stack.currentWidget()

    def _offer_tabs(self, offered: Sequence[str]) -> None:
        names = {"gallery": self.tr("Gallery"), "table": self.tr("Table"), "correlations": self.tr("Correlations")}
        now = [self._tabs.tabData(place) for place in range(self._tabs.count())]
        if now == list(offered):
            return
        with QSignalBlocker(self._tabs):
            while self._tabs.count():
                self._tabs.removeTab(0)
            for name in offered:
                self._tabs.setTabData(self._tabs.addTab(names[name]), name)
        self._tabs.setVisible(len(offered) > 1)
        self._show_tab(0)

    def _show_tab(self, place: int) -> None:
        self._tabs.setCurrentIndex(place)
        name = self._tabs.tabData(place)
        if name not in self._pages:
            return
        had_keyboard = self._view is not None and self._view.hasFocus()
        self._stack.setCurrentWidget(self._pages[name])
        # Beside correlations, which are of all rows, there is none to be told of.
        self.detail.setVisible(isinstance(self._view, RowsView))
        self._show_message()
        if had_keyboard:
            self.focus_rows()

    def event(self, event: QEvent) -> bool:
        is_key = event.type() == QEvent.Type.ShortcutOverride
        if is_key and isinstance(event, QKeyEvent) and any(event.matches(key) for key in _OWN_KEYS):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.matches(_KEYS.Find) and self.rows.columns:
            self._show_tab(next(place for place in range(self._tabs.count()) if self._is_table(place)))
            self.table.header.line(max(0, self.table.currentIndex().column())).setFocus(
                Qt.FocusReason.ShortcutFocusReason
            )
        else:
            super().keyPressEvent(event)

    def _is_table(self, place: int) -> bool:
        return self._tabs.tabData(place) == "table"


def _tabs_for(sight: Sight) -> list[str]:
    """How this data can be shown, the first at first."""
    if sight.look in ("images", "curves"):
        return ["gallery", "table"]
    is_related = sight.look == "table" and sum(map(_can_relate, sight.columns)) > 1
    return ["table", "correlations"] if is_related else ["table"]


def _can_relate(head: Head) -> bool:
    return head.role != "part" and head.kind != "text"


def _told(error: LayerloomError) -> str:
    return " ".join(translated(part) for part in (error.message, error.expected, error.fix) if part)
