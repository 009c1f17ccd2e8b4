"""The rows that a query of a SQLite database answers. It is opened for reading alone, and only asked."""

import sqlite3
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from engine.datasets.dataset import Skipped
from engine.datasets.tables.arrow import ArrowType
from engine.datasets.tables.cells import Cells, too_many_columns, unique_names
from engine.datasets.tables.content import beginning_of
from engine.datasets.tables.rows import blocks
from engine.datasets.tables.table import Table
from engine.errors import DataError

MAGIC = b"SQLite format 3\0"
READING = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
SECONDS = 60.0
"""A query that needs longer for its next rows is stopped; what is done with those meanwhile does not count."""
STEPS = 100_000
"""Steps of SQLite between two looks at the clock."""


def tables(path: Path) -> tuple[str, ...]:
    """The names of the tables and views of a database. Raises `DataError`."""
    with _opened(path) as database:
        found = database.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
        )
        return tuple(name for (name,) in found)


class SqliteCells:
    """One pass over the answer to a query; see `Reader`."""

    faulty: ClassVar[str] = "that cannot be read"

    def __init__(self, table: Table, path: Path) -> None:
        self.table, self.path = table, path
        self.skipped: dict[int, Skipped] = {}
        self.bytes_read = 0

    @cached_property
    def query(self) -> str:
        """What is asked. Raises `DataError`."""
        if self.table.query.strip():
            return self.table.query
        there = tables(self.path)
        name = self.table.part or next(iter(there), "")
        if not there:
            raise DataError(f"{self.path.name} holds no tables.", fix="Choose another database.")
        if name not in there:
            raise DataError(f"{self.path.name} has no table “{name}”.", expected=f"It has: {', '.join(there)}.")
        quoted = name.replace('"', '""')
        return f'SELECT * FROM "{quoted}"'

    @property
    def names(self) -> list[str]:
        """The names of the columns, each different. Raises `DataError`."""
        return self._names

    @cached_property
    def _names(self) -> list[str]:
        with _opened(self.path) as database:
            answer = database.execute(self.query)
            said = [column[0] for column in answer.description or ()]
        if not said:
            raise DataError("The query answers no columns.", expected="It must be one SELECT.")
        return unique_names(too_many_columns(said, self.path))

    def read(self, wanted: Sequence[str], types: Mapping[str, ArrowType]) -> Iterator[Cells]:
        """The wanted columns in blocks."""
        del types
        names = self.names
        with _opened(self.path) as database:
            for cells in blocks(enumerate(database.execute(self.query), 1), names, wanted):
                yield cells
                _wait_anew(database)


@contextmanager
def _opened(path: Path) -> Generator[sqlite3.Connection]:
    """The database, to be read and nothing else. Raises `DataError`, also for what the query does wrong."""
    if beginning_of(path, len(MAGIC)) != MAGIC:
        raise DataError(f"{path.name} is no SQLite database.", fix="Choose another file.")
    database = None
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        database.text_factory = lambda raw: raw.decode("utf-8", "replace")
        database.set_authorizer(_only_reading)
        _wait_anew(database)
        yield database
    except (sqlite3.Error, sqlite3.Warning, OverflowError, ValueError) as fault:
        raise _worded(path, str(fault)) from None
    finally:
        if database is not None:
            database.close()


def _wait_anew(database: sqlite3.Connection) -> None:
    """From now on it has `SECONDS` for what comes next."""
    end = time.monotonic() + SECONDS
    database.set_progress_handler(lambda: time.monotonic() > end, STEPS)


def _only_reading(action: int, what: str | None, *_: str | None) -> int:
    refused = action == sqlite3.SQLITE_FUNCTION and what == "load_extension"
    return sqlite3.SQLITE_OK if action in READING and not refused else sqlite3.SQLITE_DENY


def _worded(path: Path, fault: str) -> DataError:
    if "not authorized" in fault or "readonly" in fault or "prohibited" in fault:
        return DataError("The query would do more than read.", expected="It must be one SELECT.")
    if "one statement" in fault:
        return DataError("The query is more than one statement.", expected="It must be one SELECT.")
    if "interrupted" in fault:
        return DataError(f"The query was stopped after {SECONDS:.0f} seconds.", fix="Ask for less at once.")
    return DataError(f"{path.name} cannot be asked: {fault[:200].rstrip('.')}.", fix="Correct the query or the file.")
