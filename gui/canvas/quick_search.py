"""The quick search: a few letters, Enter, and the layer is there. A line to type in above the layers that it means."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui import theme as looks
from gui.canvas.forecast import Forecast, ForecastWords
from gui.layer_search import Offer, ranked
from gui.page import label
from gui.theme import GRID, Theme
from gui.words import translated

CHOICE = Qt.ItemDataRole.UserRole
_FAMILY = Qt.ItemDataRole.UserRole + 1
_STEPS = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Tab: 1, Qt.Key.Key_Backtab: -1}


class Choice(msgspec.Struct, frozen=True):
    """A layer in the list, why it cannot be chosen here (empty: it can), and whether it takes what arrives here."""

    offer: Offer
    refusal: str = ""
    fits: bool = True


class QuickSearch(QFrame):
    """Lists what can be added, narrowed down while one types. Goes away with Escape or when the keyboard goes."""

    chosen = Signal(object)
    """The `Offer` to add."""
    highlighted = Signal(object)
    """The `Choice` that Enter would take; None: there is none."""
    closed = Signal(bool)
    """Whether the keyboard must go back to where it came from; otherwise a person has taken it elsewhere."""

    def __init__(self, choices: Sequence[Choice], prompt: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
        self.setObjectName("quickSearch")
        self.setAccessibleName(self.tr("Quick search"))
        self.setProperty("kind", "popup")
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._choices = {choice.offer: choice for choice in choices}
        self._theme = theme
        self._is_open = True
        self.setFixedWidth(looks.with_font(looks.SEARCH_WIDTH))
        self._field = self._make_field(prompt)
        self._list = self._make_list(theme)
        self._help = label(kind="dim", wraps=True)
        self._help.setObjectName("quickSearchHelp")
        self._forecast = ForecastWords(self)
        self._arrange()
        self._fill("")

    def open_beside(self, place: QRect) -> None:
        """Shows itself right of this place of the parent, or left of it, and takes the keyboard."""
        room, gap = self._room.rect().adjusted(GRID, GRID, -GRID, -GRID), 4 * GRID
        self.ensurePolished()
        self._fit(is_forecast=True)
        fits_right = place.right() + gap + self.width() <= room.right()
        x = place.right() + gap if fits_right else place.left() - gap - self.width()
        y = place.center().y() - looks.ROW_HEIGHT
        self.move(
            max(room.left(), min(x, room.right() - self.width())),
            max(room.top(), min(y, room.bottom() - self.height())),
        )
        self._fit(is_forecast=False)
        self.show()
        self.raise_()
        self._field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_search(self, *, gives_back: bool = True) -> None:
        """Goes away; once."""
        if self._is_open:
            self._is_open = False
            self.closed.emit(gives_back)
            self.hide()
            self.deleteLater()

    def show_forecast(self, forecast: Forecast) -> None:
        """What the highlighted layer would give."""
        self._forecast.show_forecast(forecast)
        self._fit(is_forecast=True)

    def show_theme(self, theme: Theme) -> None:
        """Paints the list in the colours of another theme."""
        self._theme = theme
        self._list.setItemDelegate(_Entry(theme, self._list))
        self._fill(self._field.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys of the field that move in the list, choose and close; and that the keyboard has gone."""
        if isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            # Its own menu takes the keyboard only for a while.
            if event.reason() != Qt.FocusReason.PopupFocusReason:
                self.close_search(gives_back=event.reason() == Qt.FocusReason.ActiveWindowFocusReason)
            return False
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        key = Qt.Key(event.key())
        if key in _STEPS:
            self._move_by(_STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        elif key == Qt.Key.Key_Escape:
            self.close_search()
        else:
            return False
        return True

    def _make_field(self, prompt: str) -> QLineEdit:
        field = QLineEdit(self)
        field.setObjectName("quickSearchField")
        field.setAccessibleName(self.tr("Search layers"))
        field.setPlaceholderText(prompt)
        field.textChanged.connect(self._fill)
        field.installEventFilter(self)
        return field

    def _make_list(self, theme: Theme) -> QListWidget:
        made = QListWidget(self)
        made.setObjectName("quickSearchList")
        made.setAccessibleName(self.tr("Layers that fit"))
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setIconSize(QSize(looks.TILE, looks.TILE))
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        made.setUniformItemSizes(True)
        made.setMouseTracking(True)
        made.setItemDelegate(_Entry(theme, made))
        made.itemEntered.connect(made.setCurrentItem)
        made.itemClicked.connect(self._choose)
        made.currentItemChanged.connect(self._show_current)
        return made

    def _arrange(self) -> None:
        self._foot = QWidget(self)
        foot = self._foot_column = QVBoxLayout(self._foot)
        foot.setContentsMargins(GRID, 0, GRID, 0)
        foot.setSpacing(GRID)
        foot.addWidget(self._help)
        foot.addWidget(self._forecast)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * GRID,) * 4)
        column.setSpacing(2 * GRID)
        column.addWidget(self._field)
        column.addWidget(self._list)
        column.addWidget(self._foot)

    def _fill(self, words: str) -> None:
        offers = ranked(self._choices, words, lambda offer: self._choices[offer].fits)
        found = [self._choices[offer] for offer in offers]
        self._list.clear()
        for choice in sorted(found, key=lambda choice: bool(choice.refusal)):
            self._list.addItem(self._item(choice))
        # Nothing is meant before something is typed.
        self._list.setFixedHeight(looks.PALETTE_ROW * min(len(found), looks.SEARCH_ROWS))
        self._list.setVisible(bool(found))
        if words.strip() and found:
            self._list.setCurrentRow(0)
        else:
            self._show_current(None)

    def _item(self, choice: Choice) -> QListWidgetItem:
        offer = choice.offer
        item = QListWidgetItem(looks.tile(offer.title[0], self._theme.family(offer.family), self._theme), offer.title)
        item.setSizeHint(QSize(0, looks.PALETTE_ROW))
        item.setData(CHOICE, choice)
        item.setData(_FAMILY, translated(offer.family))
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, choice.refusal or translated(offer.help))
        if choice.refusal or not choice.fits:
            item.setForeground(self._theme.colour("faint"))
        return item

    def _show_current(self, item: QListWidgetItem | None, _before: object = None) -> None:
        choice = item.data(CHOICE) if item is not None else None
        refusal = choice.refusal if choice is not None else ""
        hint = self.tr("Type a name, a family, or what it should do.")
        if not self._list.count():
            hint = self.tr("Nothing found. Search by name, by family, or by what a layer does.")
        self._help.setText(translated(choice.offer.help) if choice is not None else hint)
        self._forecast.show_forecast(Forecast(effect=refusal, severity="fault") if refusal else Forecast())
        self._fit(is_forecast=choice is not None)
        self.highlighted.emit(choice)

    def _fit(self, *, is_forecast: bool) -> None:
        """Is as high as it needs. What most forecasts take is kept free, so that nothing moves as they come."""
        needed = self._foot_column.totalHeightForWidth(self.width() - 4 * GRID)
        self._foot.setFixedHeight(max(needed, looks.with_font(looks.SEARCH_FOOT)) if is_forecast else needed)
        self.adjustSize()

    def _move_by(self, steps: int) -> None:
        count, row = self._list.count(), self._list.currentRow()
        if count:
            self._list.setCurrentRow((row + steps) % count if row >= 0 else 0 if steps > 0 else count - 1)

    def _choose(self) -> None:
        item = self._list.currentItem()
        choice = item.data(CHOICE) if item else None
        if choice is not None and not choice.refusal:
            self.chosen.emit(choice.offer)


class _Entry(QStyledItemDelegate):
    """A layer with its family, or as much of that as there is room for, at the far end of the line."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        painter.save()
        name = painter.fontMetrics().horizontalAdvance(index.data())
        painter.setFont(looks.small_font())
        painter.setPen(self._theme.colour("faint"))
        place = option.rect.adjusted(looks.TILE + name + 5 * GRID, 0, -2 * GRID, 0)  # pyright: ignore[reportAttributeAccessIssue]
        family = painter.fontMetrics().elidedText(index.data(_FAMILY), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, family)
        painter.restore()
