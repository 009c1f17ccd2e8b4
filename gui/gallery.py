"""Gallery: the templates as cards, searched and filtered."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from engine.templates import Template
from gui import theme as looks
from gui.kind_box import ChoiceBox
from gui.page import label
from gui.template_card import TemplateCard
from gui.theme import Appearance
from gui.words import translated

SIZES = ((0, 10_000), (10_000, 1_000_000), (1_000_000, 10_000_000), (10_000_000, 10**12))
"""From how many parameters on, and up to how many."""


class Gallery(QWidget):
    """A line to search and to filter with above the cards that match."""

    chosen = Signal(object)
    """The `Template` to start from."""
    comparison_asked = Signal(object)
    """The `Template` to begin a comparison with."""
    reached = Signal(QWidget)
    """What the keyboard went to."""

    def __init__(self, templates: Sequence[Template], appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("gallery")
        self.setAccessibleName(self.tr("Templates"))
        self._cards = [TemplateCard(template, appearance, self) for template in templates]
        for card in self._cards:
            card.clicked.connect(partial(self.chosen.emit, card.template))
            card.comparison_asked.connect(partial(self.comparison_asked.emit, card.template))
            card.step_asked.connect(partial(self._step, card))
        self._shown: list[TemplateCard] = []
        self._columns = 0
        self._search = self._search_line()
        tasks = [(translated(name), name) for name in dict.fromkeys(template.task for template in templates)]
        self._tasks = self._filter("galleryTask", self.tr("Task"), tasks)
        self._tasks.insertItem(0, self.tr("All tasks"), "")
        sizes = [(_size_in_words(*limits), limits) for limits in SIZES]
        self._sizes = self._filter("gallerySize", self.tr("Size"), sizes)
        self._sizes.insertItem(0, self.tr("All sizes"), (0, 10**15))
        for box in (self._tasks, self._sizes):
            box.setCurrentIndex(0)
            box.currentIndexChanged.connect(self._show_matches)
        compare = QPushButton(self.tr("Compare two…"), self)
        compare.setObjectName("galleryCompare")
        compare.setProperty("kind", "quiet")
        compare.clicked.connect(lambda: self.comparison_asked.emit((self._shown or self._cards)[0].template))
        self._nothing = label(self.tr("No template matches."), "dim")
        self._nothing.setObjectName("galleryNothing")
        self._grid = QGridLayout()
        self._grid.setSpacing(looks.TEMPLATE_GAP)
        line = QHBoxLayout()
        line.setSpacing(looks.GRID * 2)
        for widget in (self._search, self._tasks, self._sizes):
            line.addWidget(widget)
        line.addStretch(1)
        line.addWidget(compare)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.PADDING)
        head = label(self.tr("Start from a template"), "section")
        head.setFont(looks.section_font())
        column.addWidget(head)
        column.addLayout(line)
        column.addWidget(self._nothing)
        column.addLayout(self._grid)
        column.addStretch(1)
        self._show_matches()

    def focus_search(self) -> None:
        """Puts the keyboard into the search line."""
        self._go_to(self._search)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self._search:
            if event.key() == Qt.Key.Key_Escape and self._search.text():
                self._search.clear()
                return True
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._shown:
                self._go_to(self._shown[0])
                return True
        return super().eventFilter(watched, event)

    def _search_line(self) -> QLineEdit:
        line = QLineEdit(self)
        line.setObjectName("gallerySearch")
        line.setAccessibleName(self.tr("Search templates"))
        line.setPlaceholderText(self.tr("Search templates"))
        line.setClearButtonEnabled(True)
        line.setFixedWidth(looks.GALLERY_SEARCH_WIDTH)
        line.textChanged.connect(self._show_matches)
        line.installEventFilter(self)
        return line

    def _filter(self, name: str, title: str, entries: Sequence[tuple[str, object]]) -> ChoiceBox:
        box = ChoiceBox(self)
        box.setObjectName(name)
        box.setAccessibleName(title)
        box.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        box.setFixedWidth(looks.GALLERY_FILTER_WIDTH)
        for words, value in entries:
            box.addItem(words, value)
        return box

    def _show_matches(self) -> None:
        """Shows the cards that match as they come, those that are called so before those that tell of it."""
        words = self._search.text().casefold().split()
        found = [card for card in self._cards if self._matches(card.template, words)]
        titles = {card: translated(card.template.title).casefold() for card in found}
        self._shown = sorted(found, key=lambda card: not all(word in titles[card] for word in words))
        for card in self._cards:
            card.setVisible(card in self._shown)
        self._nothing.setVisible(not self._shown)
        self._columns = 0
        self._arrange()

    def _matches(self, template: Template, words: Sequence[str]) -> bool:
        told = " ".join([template.name, translated(template.title), translated(template.description)]).casefold()
        low, high = self._sizes.currentData()
        parameters = template.facts.parameters if template.facts else 0
        task = self._tasks.currentData()
        return all(word in told for word in words) and task in ("", template.task) and low <= parameters < high

    def _arrange(self) -> None:
        """As many columns as there is room for."""
        breadth = looks.with_font(looks.TEMPLATE_WIDTH) + looks.TEMPLATE_GAP
        columns = max(1, (self.width() + looks.TEMPLATE_GAP) // breadth)
        if columns == self._columns:
            return
        for column in range(max(columns, self._grid.columnCount())):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        while self._grid.takeAt(0) is not None:
            pass
        for number, card in enumerate(self._shown):
            self._grid.addWidget(card, number // columns, number % columns)
        self._columns = columns

    def _go_to(self, widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        self.reached.emit(widget)

    def _step(self, card: TemplateCard, side: str) -> None:
        """The keyboard to the card on that side of this one; from the first row up to the search line."""
        at = self._shown.index(card)
        goal = at + {"left": -1, "right": 1, "up": -self._columns, "down": self._columns}[side]
        if 0 <= goal < len(self._shown):
            self._go_to(self._shown[goal])
        elif side == "up":
            self.focus_search()


def _size_in_words(low: int, high: int) -> str:
    def short(count: int) -> str:
        return f"{count // 1_000_000} M" if count >= 1_000_000 else f"{count // 1000} k"

    if not low:
        return QCoreApplication.translate("Gallery", "Under {count} parameters").format(count=short(high))
    if high >= 10**12:
        return QCoreApplication.translate("Gallery", "Over {count} parameters").format(count=short(low))
    words = QCoreApplication.translate("Gallery", "{low} to {high} parameters")
    return words.format(low=short(low), high=short(high))
