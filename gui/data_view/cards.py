"""What is known of one column: its kind, how its values are distributed, how many are missing."""

import math
from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from engine.looking.asking import in_words
from engine.looking.view import Among, Between, ColumnOverview, Contains, Filter, Head, Missing, written
from gui import theme as looks
from gui.data_view.charts import Bar, Histogram, Shares
from gui.data_view.models import one_line, part_in_words, title_of
from gui.page import OneLine, label
from gui.samples import spread
from gui.theme import Appearance
from gui.words import in_percent, translated, with_thousands


class ColumnCard(QWidget):
    """The overview of a column. A click on a bar asks for its rows."""

    filter_asked = Signal(str, object)
    """The column and the `Filter`."""

    def __init__(self, overview: ColumnOverview, appearance: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        head = overview.head
        self.setObjectName("columnCard")
        self.setAccessibleName(title_of(head))
        self._column = head.name
        self.chart = _chart(overview, appearance, self)
        self.chart.setAccessibleName(self.tr("Distribution of {column}").format(column=title_of(head)))
        self.chart.chosen.connect(lambda each: self.filter_asked.emit(self._column, each))
        title = QHBoxLayout()
        title.addWidget(OneLine(title_of(head), "strong"), 1)
        title.addWidget(label(self._kind_in_words(head), "faint"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, looks.GRID * 2)
        column.setSpacing(looks.GRID)
        column.addLayout(title)
        column.addWidget(self.chart)
        column.addWidget(label(self._said(overview), "dim", wraps=True))

    def show_filter(self, each: Filter | None) -> None:
        """Which of its bars are in view; None: all."""
        self.chart.show_filters(frozenset() if each is None else _in_view(each, self.chart.filters))

    def _kind_in_words(self, head: Head) -> str:
        names = {
            "number": self.tr("number"),
            "category": self.tr("category"),
            "text": self.tr("text"),
            "date": self.tr("date"),
        }
        return self.tr("{kind}, asked for").format(kind=names[head.kind]) if head.role == "target" else names[head.kind]

    def _said(self, overview: ColumnOverview) -> str:
        head, said = overview.head, list[str]()
        if overview.quantiles is not None and head.kind == "number":
            said.append(spread(overview.mean, overview.deviation))
            said.append(self.tr("median {value}").format(value=written(head, overview.quantiles.middle, 4)))
        if head.role != "part":
            said.append(self.tr("{count} different").format(count=with_thousands(overview.distinct)))
        if overview.missing:
            share = in_percent(overview.missing / max(1, overview.count))
            words = self.tr("{count} missing ({share})")
            said.append(words.format(count=with_thousands(overview.missing), share=share))
        if overview.infinite:
            said.append(self.tr("{count} infinite").format(count=with_thousands(overview.infinite)))
        return " · ".join(said)


def _in_view(each: Filter, bars: Iterable[Filter]) -> frozenset[Filter]:
    """The bars of which a filter on their column leaves rows."""
    return frozenset(bar for bar in bars if _meets(each, bar)) or frozenset((each,))


def _meets(each: Filter, bar: Filter) -> bool:
    match each, bar:
        case Between(is_not=False), Between():
            return each.low <= bar.high and bar.low <= each.high and not _only_touches(each, bar)
        case Among(), Among():
            return set(bar.values) <= set(each.values)
        case Contains(is_whole=False), Among():
            return any(each.words.lower() in value.lower() for value in bar.values)
        case Missing(is_not=True), _:
            return not isinstance(bar, Missing)
        case _:
            return each == bar


def _only_touches(each: Between, bar: Between) -> bool:
    """Whether two spans have no more in common than an end that one of them leaves out."""
    is_above = each.low == bar.high and not (each.with_low and bar.with_high)
    is_below = each.high == bar.low and not (each.with_high and bar.with_low)
    return is_above or is_below


def _chart(overview: ColumnOverview, appearance: Appearance, parent: QWidget) -> Histogram | Shares:
    if overview.histogram is not None and overview.quantiles is not None:
        chart = Histogram(appearance, "columnHistogram", parent)
        ends = (overview.quantiles.lowest, overview.quantiles.highest)
        low, high = (written(overview.head, value, 4) for value in ends)
        chart.show_bars([*_histogram_bars(overview), *_missing_bar(overview)], (low, high))
        return chart
    shares = Shares(appearance, "columnShares", parent)
    if looks.CHART_ROWS < overview.distinct == overview.count - overview.missing:
        # Names and numbers of rows: bars of one row each would say nothing.
        shares.show_bars(_missing_bar(overview), parent.tr("each row has another"))
        return shares
    shown = overview.top[: looks.CHART_ROWS]
    others = overview.others + sum(count for _, count in overview.top[looks.CHART_ROWS :])
    rest = parent.tr("others: {count}").format(count=with_thousands(others)) if others else ""
    shares.show_bars([*(_share(overview.head, *each) for each in shown), *_missing_bar(overview)], rest)
    return shares


def _share(head: Head, value: str, count: int) -> Bar:
    words = part_in_words(value) if head.role == "part" else one_line(value)
    return Bar(words, count, Among(head.name, (value,)))


def _missing_bar(overview: ColumnOverview) -> list[Bar]:
    """A bar for the rows without a value, where there are any."""
    missing = Missing(overview.head.name)
    return [Bar(translated(in_words(None, missing)), overview.missing, missing, True)] if overview.missing else []


def _histogram_bars(overview: ColumnOverview) -> list[Bar]:
    histogram = overview.histogram
    assert histogram is not None
    last = len(histogram.counts) - 1
    bars: list[Bar] = []
    for place, count in enumerate(histogram.counts):
        low, high = histogram.edges[place], histogram.edges[place + 1]
        bars.append(Bar(_words(overview.head, low, high), count, _between(overview.head, low, high, place == last)))
    return bars


def _between(head: Head, low: float, high: float, is_last: bool) -> Between:
    if head.is_whole:
        # Whole numbers are between two halves: they are named themselves.
        return Between(head.name, float(math.ceil(low)), float(math.ceil(high) - 1))
    return Between(head.name, low, high, with_high=is_last)


def _words(head: Head, low: float, high: float) -> str:
    each = _between(head, low, high, False)
    ends = [written(head, value, 4) for value in (each.low, each.high)]
    return ends[0] if ends[0] == ends[1] else " … ".join(ends)
