"""The layers to choose from, by family: searched while typing, dragged onto the canvas, or added with Enter."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPointF,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    Signal,
)
from PySide6.QtGui import QDrag, QHelpEvent, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from engine.blocks import Block
from engine.layers import Layer
from engine.layout import NODE_WIDTH, node_height
from engine.spec import Shape
from gui import theme as looks
from gui.canvas import carrying
from gui.formula import in_html
from gui.layer_search import Offer
from gui.page import label
from gui.theme import Appearance, Theme
from gui.words import translated

KIND = Qt.ItemDataRole.UserRole
"""The kind of layer that an entry adds; None: a heading."""
FAMILY = Qt.ItemDataRole.UserRole + 1
FOLD = Qt.ItemDataRole.UserRole + 2
"""How many layers of its family the entry shows or hides; None: another entry."""

MOST_AT_ONCE = 6
"""Layers of a family that are listed before someone asks for more."""


class Palette(QWidget):
    """A search field above the list of layers."""

    layer_chosen = Signal(object)
    """The kind of layer (``type[Layer]``) to add after the selection."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setAccessibleName(self.tr("Layers"))
        self._search = QLineEdit(self)
        self._search.setObjectName("paletteSearch")
        self._search.setAccessibleName(self.tr("Search layers"))
        self._search.setPlaceholderText(self.tr("Search layers"))
        self._search.textChanged.connect(self._filter)
        self._search.installEventFilter(self)
        self.list = LayerList(appearance, self)
        self.list.chosen.connect(self.layer_chosen)
        self._nothing = label(kind="dim", wraps=True)
        self._nothing.setObjectName("paletteNothing")
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(looks.GRID * 3, looks.GRID * 3, looks.GRID, 0)
        column.setSpacing(looks.GRID * 2)
        head = QVBoxLayout()
        head.setContentsMargins(0, 0, looks.GRID * 2, 0)
        head.addWidget(self._search)
        head.addWidget(self._nothing)
        column.addLayout(head)
        column.addWidget(self.list, 1)

    def show_zoom(self, zoom: float) -> None:
        """What is dragged out is as large as the canvas, at this zoom, will show it."""
        self.list.zoom = zoom

    def show_blocks(self, groups: Mapping[str, Sequence[type[Block]]]) -> None:
        """Shows these blocks, by headings, below the layers."""
        self.list.show_blocks(groups)
        if words := self._search.text():
            self._filter(words)

    def sizeHint(self) -> QSize:
        return QSize(looks.PALETTE_WIDTH, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Room for the names of layers: a window that is made small takes it from the canvas rather than from them."""
        return QSize(looks.PALETTE_WIDTH * 2 // 3, super().minimumSizeHint().height())

    def focus_search(self) -> None:
        """Puts the cursor into the search field; what was searched before is replaced by typing."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The keys of the search field that move in the list, add, and clear."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        match event.key():
            case Qt.Key.Key_Down:
                self.list.move_by(1)
            case Qt.Key.Key_Up:
                self.list.move_by(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.list.choose_current()
            case Qt.Key.Key_Escape if self._search.text():
                self._search.clear()
            case _:
                return super().eventFilter(watched, event)
        return True

    def _filter(self, words: str) -> None:
        # What is told of a layer that was under the pointer is not of what takes its place.
        QToolTip.hideText()
        found = self.list.show_matching(words)
        self._nothing.setVisible(not found)
        if not found:
            text = self.tr("Nothing found for “{words}”. Search by name, by family, or by what a layer does.")
            self._nothing.setText(text.format(words=words.strip()))


class LayerList(QListWidget):
    """Every kind of layer below the heading of its family."""

    chosen = Signal(object)

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("paletteList")
        self.setAccessibleName(self.tr("Layers by family"))
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setIconSize(QSize(looks.TILE, looks.TILE))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.zoom = 1.0
        """That of the canvas."""
        self.arriving: Callable[[], Shape | None] = _nothing
        """The shape of what an added layer receives; asked anew for each search. The best match is one that fits it."""
        self._appearance = appearance
        self._groups: dict[str, Sequence[type[Block]]] = {}
        self._unfolded: set[str] = set()
        self._words = ""
        self._fill()
        self._fixed = self.count()
        self._paint(appearance.theme)
        self.itemDoubleClicked.connect(self._choose)
        self.itemClicked.connect(self._fold)
        self.show_matching("")
        self._align()
        self.verticalScrollBar().rangeChanged.connect(self._align)
        appearance.changed.connect(self._paint)

    def show_matching(self, words: str) -> bool:
        """Hides what none of the words is said of; answers whether anything is left. The best match is current."""
        self._words = words
        families = Counter[str]()
        for item in self._items():
            kind, family = item.data(KIND), item.data(FAMILY)
            if kind is not None:
                families[family] += 1
                is_folded = families[family] > MOST_AT_ONCE and self._folds(family)
                item.setHidden(is_folded if not words.strip() else not Offer.of(kind).is_meant_by(words))
        shown = self._shown()
        left = {item.data(FAMILY) for item in shown}
        for item in self._items():
            if item.data(KIND) is None:
                item.setHidden(item.data(FAMILY) not in left or (item.data(FOLD) is not None and bool(words.strip())))
        if words.strip() and shown:
            self.setCurrentItem(self._best(shown, words))
        else:
            self.setCurrentIndex(QModelIndex())
        return bool(shown)

    def _best(self, items: Sequence[QListWidgetItem], words: str) -> QListWidgetItem:
        arriving = self.arriving()
        offers = [Offer.of(item.data(KIND)) for item in items]
        orders = [offer.order(words, fits=offer.fits(arriving)) for offer in offers]
        return items[orders.index(min(orders))]

    def _align(self) -> None:
        """Ends the entries where the search field ends, whether there is a scroll bar beside them or not."""
        is_scrolled = self.verticalScrollBar().maximum() > 0
        self.setViewportMargins(0, 0, 0 if is_scrolled else looks.GRID * 2, 0)

    def move_by(self, steps: int) -> None:
        """Makes an entry further down, or up, the current one."""
        shown = self._shown()
        if not shown:
            return
        current = self.currentItem()
        place = shown.index(current) + steps if current in shown else 0
        self.setCurrentItem(shown[max(0, min(place, len(shown) - 1))])

    def choose_current(self) -> None:
        """Adds the current layer or, where there is none, the first one shown."""
        shown = self._shown()
        current = self.currentItem()
        if shown:
            self.chosen.emit((current if current in shown else shown[0]).data(KIND))

    def _choose(self, item: QListWidgetItem) -> None:
        if item.data(KIND) is not None:
            self.choose_current()

    def _fold(self, item: QListWidgetItem) -> None:
        """Shows the other layers of a family, or hides them again, where the entry is there for that."""
        if item.data(FOLD) is None:
            return
        self._unfolded ^= {item.data(FAMILY)}
        item.setText(self._fold_words(item))
        self.show_matching(self._words)

    def _folds(self, family: str) -> bool:
        return family not in self._unfolded and family not in self._groups

    def _fold_words(self, item: QListWidgetItem) -> str:
        more = self.tr("{count} more").format(count=item.data(FOLD))
        return more if self._folds(item.data(FAMILY)) else self.tr("Fewer")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().data(FOLD) is not None:
                self._fold(self.currentItem())
            else:
                self.choose_current()
        else:
            super().keyPressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        del actions
        kind = self.currentItem().data(KIND) if self.currentItem() else None
        if kind is None:
            return
        drag = QDrag(self)
        drag.setMimeData(carrying(kind))
        size = QSizeF(NODE_WIDTH, node_height(kind())) * self.zoom
        drag.setPixmap(_picture(kind, self._appearance.theme, self.devicePixelRatioF(), self.zoom))
        drag.setHotSpot(QPointF(size.width() / 2, size.height() / 2).toPoint())
        drag.exec(Qt.DropAction.CopyAction)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            index = self.indexAt(event.pos())
            kind = index.data(KIND)
            QToolTip.showText(event.globalPos(), self.tip(kind) if kind else "", self, self.visualRect(index))
            return True
        return super().viewportEvent(event)

    def tip(self, kind: type[Layer]) -> str:
        """What a layer does, with its formula, as rich text."""
        picture = in_html(kind.formula, self._appearance.theme.text) if kind.formula else ""
        return f"<p><b>{escape(kind.title)}</b></p><p>{escape(translated(kind.help()))}</p><p>{picture}</p>"

    def _fill(self) -> None:
        for family in dict.fromkeys(kind.family for kind in Layer.kinds.values()):
            self._add_family(family, [kind for kind in Layer.kinds.values() if kind.family == family])

    def show_blocks(self, groups: Mapping[str, Sequence[type[Block]]]) -> None:
        """Shows these blocks, by headings, below the layers."""
        if groups == self._groups:
            return
        self._groups = dict(groups)
        for item in self._items()[self._fixed :]:
            self.takeItem(self.row(item))
        for heading, kinds in groups.items():
            if kinds:
                self._add_family(heading, kinds)
        self._paint(self._appearance.theme)

    def _add_family(self, family: str, kinds: Sequence[type[Layer]]) -> None:
        head = QListWidgetItem(translated(family), self)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        head.setFont(looks.section_font())
        head.setSizeHint(QSize(0, looks.PALETTE_ROW))
        head.setData(FAMILY, family)
        for kind in kinds:
            entry = QListWidgetItem(kind.title, self)
            entry.setSizeHint(QSize(0, looks.PALETTE_ROW))
            entry.setData(KIND, kind)
            entry.setData(FAMILY, family)
            entry.setData(Qt.ItemDataRole.AccessibleDescriptionRole, translated(kind.help()))
        if len(kinds) > MOST_AT_ONCE and family not in self._groups:
            fold = QListWidgetItem(self)
            fold.setSizeHint(QSize(0, looks.PALETTE_ROW))
            fold.setData(FAMILY, family)
            fold.setData(FOLD, len(kinds) - MOST_AT_ONCE)
            fold.setText(self._fold_words(fold))

    def _paint(self, theme: Theme) -> None:
        for item in self._items():
            kind = item.data(KIND)
            if item.data(FOLD) is not None:
                item.setForeground(theme.colour("accent"))
            elif kind is None:
                family = "Block" if item.data(FAMILY) in self._groups else item.data(FAMILY)
                item.setIcon(looks.family_mark(theme.family(family)))
                item.setForeground(theme.colour("faint"))
            else:
                item.setIcon(looks.tile(kind.title[0].upper(), theme.family(kind.family), theme))

    def _items(self) -> list[QListWidgetItem]:
        return [self.item(row) for row in range(self.count())]

    def _shown(self) -> list[QListWidgetItem]:
        return [item for item in self._items() if item.data(KIND) is not None and not item.isHidden()]


def _nothing() -> None:
    """Nothing is known to arrive."""


def _picture(kind: type[Layer], theme: Theme, ratio: float, zoom: float) -> QPixmap:
    """The node as it will be, for the pointer to carry."""
    size = QSizeF(NODE_WIDTH, node_height(kind()))
    picture = QPixmap((size * zoom * ratio).toSize().expandedTo(QSize(1, 1)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(zoom, zoom)
    place = QRectF(0.5, 0.5, size.width() - 1, size.height() - 1)
    painter.setPen(QPen(theme.colour("accent"), 1))
    painter.setBrush(theme.colour("panel"))
    painter.drawRoundedRect(place, looks.NODE_RADIUS, looks.NODE_RADIUS)
    edge = (place.height() - looks.NODE_TILE) / 2
    mark = QRectF(looks.NODE_PADDING, edge, looks.NODE_TILE, looks.NODE_TILE)
    looks.paint_tile(painter, mark, kind.title[0], theme.family(kind.family), theme.colour("panel"))
    painter.setFont(looks.title_font())
    painter.setPen(theme.colour("text"))
    words = place.adjusted(mark.right() + looks.GRID * 2, 0, 0, 0)
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, kind.title)
    painter.end()
    return picture
