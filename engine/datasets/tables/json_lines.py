"""The cells of lines of JSON, an object each, or of one list of objects."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from engine.datasets.dataset import Skipped
from engine.datasets.tables.arrow import ArrowType
from engine.datasets.tables.cells import Cells, too_many_columns, unique_names
from engine.datasets.tables.content import LONGEST_ROW, too_long, unreadable
from engine.datasets.tables.rows import blocks
from engine.errors import DataError

SAMPLE_ROWS = 1000
"""Rows whose names are the columns."""
LARGEST_LIST = 2**28
"""Bytes. One list must be read at once."""
FEW = 20


def looks_like_objects(path: Path) -> bool:
    """Whether a file of JSON begins with an object, or with a list of them."""
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError as fault:
        raise unreadable(path, fault) from None
    return re.match(rb"(\xef\xbb\xbf)?\s*(\[\s*)?\{", start) is not None


class JsonCells:
    """One pass over objects; see `Reader`. A line that is none is left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped: dict[int, Skipped] = {}
        self.bytes_read = 0

    @cached_property
    def said(self) -> list[str]:
        """The names as the objects say them. Raises `DataError`."""
        found: dict[str, None] = {}
        for count, (_, row) in enumerate(self._objects()):
            found |= dict.fromkeys(row)
            if count >= SAMPLE_ROWS:
                break
        if not found:
            raise DataError(
                f"{self.path.name} holds no rows.",
                expected="Each line must be an object such as {“age”: 31, “name”: “Ada”}.",
            )
        return list(too_many_columns(list(found), self.path))

    @property
    def names(self) -> list[str]:
        """The names of the columns, each different. Raises `DataError`."""
        return unique_names(self.said)

    def read(self, wanted: Sequence[str], types: Mapping[str, ArrowType]) -> Iterator[Cells]:
        """The wanted columns in blocks."""
        del types
        names, keys = self.names, self.said
        self.skipped.clear()
        rows = ((number, [row.get(key) for key in keys]) for number, row in self._objects())
        yield from blocks(rows, names, wanted)
        if self.skipped and len(self.skipped) > FEW:
            self._refuse_mostly_others()

    def _refuse_mostly_others(self) -> None:
        last = max(self.skipped)
        if 2 * len(self.skipped) > last:
            first = next(iter(self.skipped.values()))
            raise DataError(f"Most lines of {self.path.name} are no objects, such as {first.place}: {first.reason}")

    def _objects(self) -> Iterator[tuple[int, dict[str, Any]]]:
        decode = msgspec.json.Decoder().decode
        for number, line in self._lines():
            try:
                found = decode(line)
            except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
                self._leave_out(number, f"It is no JSON: {str(fault).splitlines()[0].rstrip('.')[:100]}.")
                continue
            if isinstance(found, dict):
                yield number, found
            elif isinstance(found, list) and number == 1:
                yield from self._of_list(found)
            else:
                self._leave_out(number, "It is no object.")

    def _of_list(self, found: list[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
        for number, row in enumerate(found, 1):
            if isinstance(row, dict):
                yield number, row
            else:
                self._leave_out(number, "It is no object.")

    def _leave_out(self, number: int, reason: str) -> None:
        self.skipped[number] = Skipped(f"row {number:,}", reason)

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines that are not empty, numbered; a list is one line, however many it takes."""
        try:
            with self.path.open("rb") as file:
                start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
                file.seek(0)
                if start[:1] == b"[" or (start[:1] == b"{" and self.path.suffix.lower() == ".json"):
                    whole = self._whole(file)
                    if whole is not None:
                        yield 1, whole
                        return
                    file.seek(0)
                self.bytes_read = number = 0
                while line := file.readline(LONGEST_ROW + 1):
                    number += 1
                    self.bytes_read += len(line)
                    if len(line) > LONGEST_ROW:
                        raise too_long(self.path, number)
                    if bare := line.removeprefix(b"\xef\xbb\xbf").strip():
                        yield number, bare
        except OSError as fault:
            raise unreadable(self.path, fault) from None

    def _whole(self, file: Any) -> bytes | None:
        """The file as one document; None: it is lines."""
        size = self.path.stat().st_size
        if size > LARGEST_LIST:
            return None
        content = file.read().removeprefix(b"\xef\xbb\xbf")
        try:
            msgspec.json.decode(content, type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
        return content
