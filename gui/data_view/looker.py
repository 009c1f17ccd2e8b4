"""Looker: asks the engine process for what the data view shows, one thing at a time, what is waited for first."""

from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from engine.data import Data
from engine.datasets import Progress
from engine.errors import LayerloomError
from engine.looking.view import Query, Sight
from gui.engine_process import Job

COLUMNS_AT_ONCE = 4
"""Columns that are described together: between two such pieces rows are answered."""


class Request(NamedTuple):
    """Something to be asked for: by which name, what for, and what hears the answer."""

    kind: str
    function: str
    arguments: tuple[Any, ...]
    heard: Callable[[Any], object]


_FIRST = ("opening", "rows", "copy", "detail", "overview")
"""What is asked for first where several things wait. Of the first four only the newest of a kind waits."""


class Looker(QObject):
    """Opens data, and asks for rows and for what is known of them. Answers about other data than the newest are left
    out.
    """

    opened = Signal(object)
    """The `Sight` of the data."""
    answered = Signal(object)
    """A `RowsPage`."""
    refused = Signal(object, object)
    """The `Query` that could not be answered, and the `LayerloomError` that says why."""
    detailed = Signal(object)
    """The `Detail` of a row."""
    described = Signal(object)
    """Some `ColumnOverview`s."""
    balanced = Signal(object)
    """How many samples of each class each part has."""
    related = Signal(object)
    """The `Relations`, or None."""
    pictured = Signal(object)
    """The `ImageOverview`, or None."""
    copied = Signal(str)
    """Rows as lines of text."""
    progressed = Signal(object)
    """How far the reading is: a `Progress`."""
    failed = Signal(object)
    """A `LayerloomError`."""

    def __init__(self, submit: Callable[..., Job], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._submit = submit
        self._data: Data | None = None
        self._waiting: list[Request] = []
        self._running: tuple[str, Job] | None = None
        self._turn = 0

    def open(self, data: Data, *, anew: bool = False) -> None:
        """Reads this data, in place of any other; ``anew``: a file as it is now."""
        self._data = data
        self._turn += 1
        self._waiting.clear()
        if self._running is not None and self._running[0] == "opening":
            # Nobody waits for it any more, and it may take long.
            self._running[1].cancel()
            self._running = None
        function = "engine.looking:read_again" if anew else "engine.looking:opened"
        self._ask(Request("opening", function, (data,), self._hear_sight))

    def ask_rows(self, query: Query) -> None:
        """Asks for a page of rows."""
        self._ask(Request("rows", "engine.looking:rows", (self._data, query), self.answered.emit))

    def ask_detail(self, number: int) -> None:
        """Asks for all of a row."""
        self._ask(Request("detail", "engine.looking:detail", (self._data, number), self.detailed.emit))

    def copy(self, query: Query, spans: tuple[tuple[int, int], ...]) -> None:
        """Asks for rows as text."""
        self._ask(Request("copy", "engine.looking:written_rows", (self._data, query, spans), self.copied.emit))

    def ask_overview(self, names: tuple[str, ...]) -> None:
        """Asks for all that is known of all rows, these columns first, piece by piece."""
        ask = self._ask_overview
        ask("engine.looking:balance_of", (self._data,), self.balanced.emit)
        ask("engine.looking:images_of", (self._data,), self.pictured.emit)
        for start in range(0, len(names), COLUMNS_AT_ONCE):
            piece = names[start : start + COLUMNS_AT_ONCE]
            ask("engine.looking:overview_of", (self._data, piece), self.described.emit)
        ask("engine.looking:relations_of", (self._data,), self.related.emit)

    def _ask_overview(self, function: str, arguments: tuple[Any, ...], heard: Callable[[Any], object]) -> None:
        self._ask(Request("overview", function, arguments, heard))

    def _ask(self, request: Request) -> None:
        if request.kind != "overview":
            self._waiting = [waiting for waiting in self._waiting if waiting.kind != request.kind]
        self._waiting.append(request)
        self._next()

    def _next(self) -> None:
        if self._running is not None or not self._waiting:
            return
        request = min(self._waiting, key=lambda waiting: _FIRST.index(waiting.kind))
        self._waiting.remove(request)
        turn = self._turn
        job = self._submit(request.function, *request.arguments)
        self._running = (request.kind, job)
        job.progress.connect(lambda item: self._progress(turn, item))
        job.done.connect(lambda result: self._end(turn, lambda: request.heard(result)))
        job.failed.connect(lambda error: self._end(turn, lambda: self._fail(request, error)))

    def _progress(self, turn: int, item: object) -> None:
        if turn == self._turn and isinstance(item, Progress):
            self.progressed.emit(item)

    def _end(self, turn: int, tell: Callable[[], object]) -> None:
        self._running = None
        if turn == self._turn:
            tell()
        self._next()

    def _hear_sight(self, sight: Sight) -> None:
        self.opened.emit(sight)

    def _fail(self, request: Request, error: LayerloomError) -> None:
        if request.kind == "rows":
            self.refused.emit(request.arguments[1], error)
        else:
            self.failed.emit(error)
