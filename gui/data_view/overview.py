"""What is known of all rows, beside them: parts, classes, images, columns. Comes in piece by piece."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget

from engine.data import SPLITS, SplitName
from engine.looking.view import Among, ColumnOverview, Contains, Filter, Head, ImageOverview, Sight
from gui import theme as looks
from gui.data_view.cards import ColumnCard
from gui.data_view.charts import Bar, MeanImages, Shares
from gui.data_view.models import part_in_words
from gui.page import Facts, Page, label
from gui.theme import Appearance
from gui.words import in_percent, translated, with_thousands

MOST_CLASSES = 30
MOST_SIZES = 12
CARDS = 60
MOST_SKIPPED = 30


class OverviewPanel(Page):
    """Cards of a column each, below what is known of the whole. What is clicked becomes a filter."""

    filter_asked = Signal(str, object)
    """The column and the `Filter` on it."""

    def __init__(self, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dataOverview")
        self.setAccessibleName(self.tr("Overview"))
        self._appearance = appearance
        self._described: list[ColumnOverview] = []
        self._cards: dict[str, ColumnCard] = {}
        self._filters: dict[str, Filter] = {}
        self._classes: Head | None = None
        self._parts = Facts()
        self._skipped = label(kind="doubt", wraps=True)
        self._skipped.setObjectName("skippedRows")
        self._of_all = label(kind="dim", wraps=True)
        self._of_all.setObjectName("ofAllRows")
        self.add_section(self.tr("Rows")).add(self._parts, self._of_all, self._skipped)
        self._balance = Shares(appearance, "dataBalance")
        self._balance.setAccessibleName(self.tr("Classes"))
        self._balance.chosen.connect(self._choose_class)
        self._balance_section = self.add_section(self.tr("Classes"))
        self._balance_section.add(self._balance)
        self._means = MeanImages(appearance)
        self._means.chosen.connect(self._choose_class)
        self._mean_section = self.add_section(self.tr("Mean images"))
        self._mean_section.add(self._means)
        self._sizes = Shares(appearance, "imageSizes")
        self._sizes.setAccessibleName(self.tr("Sizes of the images"))
        self._size_section = self.add_section(self.tr("Sizes of the images"))
        self._size_section.add(self._sizes)
        self._columns = self.add_section(self.tr("Columns"))
        self._more = QPushButton(self.tr("Show more columns"), self)
        self._more.setObjectName("moreColumns")
        self._more.setProperty("kind", "quiet")
        self._more.clicked.connect(self._show_more)
        self._columns.add(self._more)
        self.clear()

    def clear(self) -> None:
        """Nothing is known yet."""
        for card in self._cards.values():
            card.hide()
            card.deleteLater()
        self._cards, self._described = {}, []
        for section in (self._balance_section, self._mean_section, self._size_section, self._columns):
            section.hide()
        self._skipped.hide()
        self._of_all.hide()
        self._more.hide()

    def show_sight(self, sight: Sight) -> None:
        """What there is to be looked at."""
        self.clear()
        targets = (head for head in sight.columns if head.role == "target")
        self._classes = next((head for head in targets if head.categories or head.kind == "text"), None)
        words = self.tr("All that is told here is of all {count} rows, not only of those in view.")
        self._of_all.setText(words.format(count=with_thousands(sight.count)))
        whole = max(1, sight.count)
        facts = {
            part_in_words(part): (with_thousands(sight.parts[part]), in_percent(sight.parts[part] / whole))
            for part in SPLITS
        }
        self._parts.show_facts(dict(facts))
        self._show_skipped(sight)

    def _show_skipped(self, sight: Sight) -> None:
        lines = [f"{each.place}: {translated(each.reason)}" for each in sight.skipped[:MOST_SKIPPED]]
        if sight.left_out > len(lines):
            lines.append(self.tr("and {count} more").format(count=with_thousands(sight.left_out - len(lines))))
        said = self.tr("{count} left out:").format(count=with_thousands(sight.left_out))
        self._skipped.setText("\n".join([said, *lines]))
        self._skipped.setVisible(bool(sight.left_out))

    def show_balance(self, title: str, classes: Sequence[str], balance: Mapping[SplitName, tuple[int, ...]]) -> None:
        """How many samples of each class there are; they may have another title, as labels have."""
        counts = [sum(each) for each in zip(*balance.values(), strict=True)]
        if not counts:
            return
        bars = [
            Bar(translated(name), count, self._of_class(name))
            for name, count in zip(classes[:MOST_CLASSES], counts, strict=False)
        ]
        hidden = len(counts) - len(bars)
        self._balance.show_bars(bars, self.tr("and {count} more").format(count=hidden) if hidden else "")
        self._balance_section.entitle(title)
        self._balance_section.show()
        self._mark()

    def show_images(self, images: ImageOverview | None) -> None:
        """Mean images and sizes; None: the samples are no images."""
        if images is None:
            return
        every = (self.tr("all"), images.mean, None)
        self._means.show_images([every, *((name, mean, self._of_class(name)) for name, mean in images.means)])
        sizes = [Bar(f"{width} × {height}", count) for (width, height), count in images.sizes[:MOST_SIZES]]
        others = sum(count for _, count in images.sizes[MOST_SIZES:])
        words = self.tr("other sizes: {count}").format(count=with_thousands(others)) if others else ""
        self._sizes.show_bars(sizes, words)
        self._mean_section.show()
        self._size_section.show()

    def show_columns(self, described: Sequence[ColumnOverview]) -> None:
        """What is known of some columns more."""
        self._described += described
        self._columns.show()
        self._fill(CARDS if len(self._cards) < CARDS else len(self._cards))

    def show_filters(self, filters: Mapping[str, Filter]) -> None:
        """Marks the bars whose rows are in view."""
        self._filters = dict(filters)
        self._of_all.setVisible(bool(filters))
        self._mark()

    def _mark(self) -> None:
        for column, card in self._cards.items():
            card.show_filter(self._filters.get(column))
        chosen = self._filters.get(self._classes.name) if self._classes else None
        self._balance.show_filters(frozenset() if chosen is None else frozenset((chosen,)))

    def _fill(self, count: int) -> None:
        for overview in self._described[len(self._cards) : count]:
            card = ColumnCard(overview, self._appearance, self)
            card.filter_asked.connect(self.filter_asked)
            self._cards[overview.head.name] = card
            self._columns.column.insertWidget(self._columns.column.count() - 1, card)
        hidden = len(self._described) - len(self._cards)
        self._more.setText(self.tr("Show more columns ({count})").format(count=with_thousands(hidden)))
        self._more.setVisible(hidden > 0)
        self._mark()

    def _show_more(self) -> None:
        self._fill(len(self._cards) + CARDS)

    def _of_class(self, name: str) -> Filter | None:
        if self._classes is None:
            return None
        # A text names several labels, or is a sequence of symbols.
        among = bool(self._classes.categories)
        return Among(self._classes.name, (name,)) if among else Contains(self._classes.name, name)

    def _choose_class(self, each: Filter) -> None:
        assert self._classes is not None
        self.filter_asked.emit(self._classes.name, each)

    def minimumSizeHint(self):
        hint = super().minimumSizeHint()
        hint.setWidth(looks.PALETTE_WIDTH)
        return hint
