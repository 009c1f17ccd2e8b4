"""A quote that is opened and never closed: all that follows it would be one cell, and be lost without a word."""

import csv
from collections.abc import Iterable, Iterator

from engine.errors import DataError


def refuse_open_quote(lines: Iterable[str], file: str, separator: str, quote: str, width: int) -> None:
    """Raises `DataError` where a cell goes on over lines behind which its row does not have ``width`` cells. ``lines``
    are those of the whole file.
    """
    row_lines: list[str] = []
    reader, first, is_odd = csv.reader(_noted(lines, row_lines), delimiter=separator, quotechar=quote), 1, False
    last = 1
    try:
        for row in reader:
            if len(row_lines) > 1 and len(row) != width:
                raise _open(file, first, reader.line_num, quote)
            is_odd = len(row_lines) > 1 and sum(line.count(quote) for line in row_lines) % 2 == 1
            first, last = reader.line_num + 1, first
            row_lines.clear()
    except csv.Error:
        raise _open(file, first, reader.line_num, quote) from None
    if is_odd:
        # It lacks its quote and fits all the same: the file ends within its last cell.
        raise _open(file, last, reader.line_num, quote)


def _noted(lines: Iterable[str], into: list[str]) -> Iterator[str]:
    for line in lines:
        into.append(line)
        yield line


def _open(file: str, first: int, last: int, quote: str) -> DataError:
    return DataError(
        f"Line {first:,} of {file} opens a quote that is not closed there: all up to line {last:,} at least would be "
        "one cell.",
        expected=f"A cell that begins with {quote} ends with another one.",
        fix="Close the quote in that line, or take it away.",
    )
