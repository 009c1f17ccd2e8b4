"""The cells of lines of JSON, an object each, or of one list of objects."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import numpy as np

from engine.datasets.dataset import Skipped
from engine.datasets.tables.arrow import ArrowBatch, ArrowColumn, ArrowType
from engine.datasets.tables.cells import Cells, too_many_columns, unique_names
from engine.datasets.tables.content import LONGEST_ROW, too_long, unreadable
from engine.datasets.tables.rows import blocks
from engine.errors import DataError

SAMPLE_ROWS = 1000
"""Rows whose names are the columns."""
LARGEST_LIST = 2**28
"""Bytes. One list must be read at once."""
FEW = 20
SHOWN = 20
"""Characters of what is wrong."""
EXPECTED = "Each line must be an object such as {“age”: 31, “name”: “Ada”}."
CHUNK = 2**22
"""Bytes of lines that are read at once."""
BOM = b"\xef\xbb\xbf"
_LIST = re.compile(rb"\s*\[\s*\{")


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

    faulty: ClassVar[str] = "that cannot be read"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.skipped: dict[int, Skipped] = {}
        self.bytes_read = 0

    @cached_property
    def said(self) -> list[str]:
        """The names as the objects say them. Raises `DataError`."""
        if not self._kinds:
            first = next(iter(self.skipped.values()), None)
            reason = f" that can be read, not even {first.place}: {first.reason}" if first else "."
            raise DataError(
                f"{self.path.name} holds no rows{reason}", expected=EXPECTED, fix="Choose a file with such lines in it."
            )
        return list(too_many_columns(list(self._kinds), self.path))

    @cached_property
    def _kinds(self) -> dict[str, set[type]]:
        """What the first objects hold, by the name."""
        found: dict[str, set[type]] = {}
        for _, row in islice(self._objects(), SAMPLE_ROWS):
            for name, value in row.items():
                found.setdefault(name, set()).add(type(value))
        return found

    @property
    def names(self) -> list[str]:
        """The names of the columns, each different. Raises `DataError`."""
        return unique_names(self.said)

    def read(self, wanted: Sequence[str], types: Mapping[str, ArrowType]) -> Iterator[Cells]:
        """The wanted columns in blocks."""
        del types
        said = dict(zip(self.names, self.said, strict=True))
        keys = [said[name] for name in wanted]
        self.skipped.clear()
        for first, lines in self._chunks():
            batch = self._at_once(lines, keys)
            if batch is not None:
                numbers = np.arange(first, first + batch.num_rows)
                yield Cells(batch.rename_columns(list(wanted)), numbers)
                continue
            rows = ((number, [row.get(key) for key in keys]) for number, row in self._objects(_numbered(first, lines)))
            yield from blocks(rows, wanted, wanted)
        if len(self.skipped) > FEW and 2 * len(self.skipped) > max(self.skipped):
            raise self._mostly_others()

    def _at_once(self, lines: bytes, keys: Sequence[str]) -> ArrowBatch | None:
        """These columns as pyarrow reads them, ten times as fast as one by one; None: the lines are not all objects of
        the same plain values, or it would take something for what it is not, such as words for times.
        """
        import pyarrow as pa
        from pyarrow import json as arrow

        held = {key: _type_of(self._kinds[key]) for key in keys}
        if not lines or None in held.values() or not _is_utf8(lines):
            return None
        plain = [(key, kind) for key, kind in held.items() if not pa.types.is_list(kind)]
        parse = arrow.ParseOptions(explicit_schema=pa.schema(plain), unexpected_field_behavior="ignore")
        read = arrow.ReadOptions(use_threads=False, block_size=len(lines) + 1)
        try:
            table = arrow.read_json(pa.BufferReader(lines), read, parse).combine_chunks()
        except pa.ArrowException:
            return None
        if table.num_rows != lines.count(b"\n") + (not lines.endswith(b"\n")):
            return None
        columns = [
            pa.nulls(table.num_rows, kind) if pa.types.is_list(kind) else _whole(table.column(key))
            for key, kind in held.items()
        ]
        return pa.RecordBatch.from_arrays(columns, names=[str(place) for place in range(len(keys))])

    def _mostly_others(self) -> DataError:
        first = next(iter(self.skipped.values()))
        return DataError(
            f"Most lines of {self.path.name} are no objects, such as {first.place}: {first.reason}",
            expected=EXPECTED,
            fix="Write the file anew, or correct these lines.",
        )

    def _objects(self, lines: Iterable[tuple[int, bytes]] | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Those of these lines, or of all."""
        decode = msgspec.json.Decoder().decode
        for number, line in self._lines() if lines is None else lines:
            bare = line.removeprefix(BOM).strip()
            if not bare:
                continue
            try:
                found = decode(bare)
            except (msgspec.DecodeError, UnicodeError, RecursionError):
                self._leave_out(number, _fault_in(bare))
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
        """The lines, numbered; a list is one line, however many it takes."""
        for first, lines in self._chunks():
            yield from _numbered(first, lines)

    def _chunks(self) -> Iterator[tuple[int, bytes]]:
        """Many lines at a time, and the number of the first; 0: the whole file is one document."""
        try:
            with self.path.open("rb") as file:
                start = file.read(4096).removeprefix(BOM).lstrip()
                file.seek(0)
                if start[:1] == b"[" or (start[:1] == b"{" and self.path.suffix.lower() == ".json"):
                    whole = self._whole(file)
                    if whole is not None:
                        yield 0, whole
                        return
                    file.seek(0)
                yield from self._of_lines(file)
        except OSError as fault:
            raise unreadable(self.path, fault) from None

    def _of_lines(self, file: Any) -> Iterator[tuple[int, bytes]]:
        self.bytes_read, number = 0, 1
        while lines := file.read(CHUNK):
            if not lines.endswith(b"\n"):
                lines += file.readline(LONGEST_ROW + 1)
            self.bytes_read += len(lines)
            # Any line but the last ends within the chunk.
            if len(lines) - lines.rfind(b"\n", 0, -1) > LONGEST_ROW + 1:
                raise too_long(self.path, number + lines.count(b"\n", 0, -1))
            yield number, lines
            number += lines.count(b"\n")

    def _whole(self, file: Any) -> bytes | None:
        """The file as one document; None: it is lines."""
        size = self.path.stat().st_size
        if size > LARGEST_LIST:
            return None
        content = file.read().removeprefix(BOM)
        try:
            msgspec.json.decode(content, type=msgspec.Raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            if _LIST.match(content):
                raise self._broken_list(content) from None
            return None
        return content

    def _broken_list(self, content: bytes) -> DataError:
        before = content.decode("utf-8", "replace")
        try:
            json.loads(before)
        except json.JSONDecodeError as fault:
            before = before[: fault.pos]
        except (RecursionError, ValueError):
            before = ""
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        return DataError(
            f"The list in {self.path.name} breaks off or goes wrong in line {line:,} at character {column:,}.",
            expected="A list of objects is written as [{“age”: 31}, {“age”: 45}].",
            fix="Correct that place, or write the file anew with one object in each line.",
        )


def _numbered(first: int, lines: bytes) -> Iterator[tuple[int, bytes]]:
    """Each line with its number; a whole document (0) is the first."""
    return enumerate(lines.split(b"\n"), first) if first else iter([(1, lines)])


def _fault_in(line: bytes) -> str:
    """Where a line stops being JSON, as a sentence."""
    text = line.decode("utf-8", "replace")
    try:
        json.loads(text)
    except json.JSONDecodeError as fault:
        rest = text[fault.pos :]
        if not rest:
            return f"It breaks off behind character {len(text):,}: a quote or a bracket is not closed."
        if fault.msg.startswith("Unterminated"):
            return f"The quote at character {fault.pos + 1:,} is not closed."
        return f"It is no JSON from character {fault.pos + 1:,} on: “{rest[:SHOWN]}”."
    except (RecursionError, ValueError):
        return "It holds lists within lists, deeper than can be read."
    return "It is no JSON in UTF-8."


def _is_utf8(lines: bytes) -> bool:
    """Whether pyarrow may read it: it does not look, and fails wherever such a text is used."""
    try:
        lines.decode()
    except UnicodeDecodeError:
        return False
    return True


def _type_of(kinds: set[type]) -> ArrowType | None:
    """What values of these kinds are as a column; None: it cannot be said beforehand."""
    import pyarrow as pa

    known = kinds - {type(None)}
    if known and known <= {int, float}:
        return pa.float64()
    if known and known <= {list, dict}:
        return pa.list_(pa.int8())
    return {frozenset({str}): pa.string(), frozenset({bool}): pa.bool_(), frozenset(): pa.null()}.get(frozenset(known))


def _whole(column: Any) -> ArrowColumn:
    found = column.combine_chunks()
    return found.chunk(0) if hasattr(found, "chunks") else found
