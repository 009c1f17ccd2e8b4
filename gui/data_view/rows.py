"""Rows: the answer to what was asked, of which only those pages are here that somebody has looked at."""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QObject, Signal

from engine.looking.view import Filter, Head, Query, RowsPage, Value

PAGE = 200
MOST_PAGES = 60


class Place(NamedTuple):
    """Where a row is: on which page, and at which place of it."""

    page: RowsPage
    at: int

    @property
    def number(self) -> int:
        """The number of the row in the data."""
        return self.page.numbers[self.at]

    def value(self, column: int) -> Value:
        """Its value in a column."""
        return self.page.values[column][self.at]


class Rows(QObject):
    """The rows that pass the filters, in order. Pages that are not here are asked for when they are looked at."""

    asked = Signal(object)
    """A `Query` to be answered."""
    replaced = Signal()
    """There are other rows now."""
    arrived = Signal(int, int)
    """The rows from the first place up to before the second can be looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns: tuple[Head, ...] = ()
        self.total = 0
        self.matching = 0
        self.query = Query(count=PAGE)
        self._wanted: Query | None = None
        self._pages: OrderedDict[int, RowsPage] = OrderedDict()
        self._asked: set[int] = set()

    def begin(self, columns: Sequence[Head], total: int) -> None:
        """Of other data; nothing is asked for yet."""
        self.columns, self.total, self.matching = tuple(columns), total, 0
        self.query, self._wanted = Query(count=PAGE), None
        self._forget()
        self.replaced.emit()

    def ask(self, filters: Sequence[Filter], sort: str = "", *, descending: bool = False) -> None:
        """Asks for other rows, or others in their order; those that are here stay until these arrive."""
        self._wanted = Query(tuple(filters), sort, descending, 0, PAGE)
        self.asked.emit(self._wanted)

    def take(self, page: RowsPage) -> None:
        """A page has arrived; one that is no longer asked for is left out."""
        first = msgspec.structs.replace(page.query, offset=0)
        if self._wanted is not None and first == self._wanted:
            self.query, self._wanted = self._wanted, None
            self._forget()
            self.matching, self.total = page.matching, page.total
            self._keep(page)
            self.replaced.emit()
        elif first == self.query:
            self._keep(page)
            self.arrived.emit(page.query.offset, page.query.offset + len(page.numbers))

    def give_up(self, query: Query) -> None:
        """A query could not be answered: what is here stays."""
        if msgspec.structs.replace(query, offset=0) == self._wanted:
            self._wanted = None
        self._asked.discard(query.offset)

    def at(self, place: int) -> Place | None:
        """The row at this place; None: it is not here yet, and is asked for."""
        offset = place - place % PAGE
        page = self._pages.get(offset)
        if page is None:
            self._ask_page(offset)
            return None
        self._pages.move_to_end(offset)
        return Place(page, place - offset) if place - offset < len(page.numbers) else None

    def peek(self, place: int) -> Place | None:
        """The row at this place where it is here; nothing is asked for."""
        page = self._pages.get(place - place % PAGE)
        return Place(page, place % PAGE) if page is not None and place % PAGE < len(page.numbers) else None

    def _ask_page(self, offset: int) -> None:
        # While other rows are on their way, pages of these would only be in the way.
        if self._wanted is None and offset not in self._asked and offset < self.matching:
            self._asked = {offset}
            self.asked.emit(msgspec.structs.replace(self.query, offset=offset))

    def _keep(self, page: RowsPage) -> None:
        self._asked.discard(page.query.offset)
        self._pages[page.query.offset] = page
        while len(self._pages) > MOST_PAGES:
            self._pages.popitem(last=False)

    def _forget(self) -> None:
        self._pages.clear()
        self._asked.clear()
