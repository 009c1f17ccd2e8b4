"""Cells as numbers, days and words, whatever they were read as."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.datasets.tables.arrow import ArrowColumn
from engine.datasets.tables.arrow import compute as functions

LARGEST = float(np.finfo(np.float32).max)
"""What is larger would be infinite as a sample."""
MICROSECONDS = 86_400_000_000
"""In a day."""
ISO = "ISO8601"
DATE_PATTERNS = (
    ISO,
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d-%m-%Y",
    "%d %b %Y",
    "%b %d, %Y",
)
_UNITS = r"^([+-]?)[$€£¥][\s\x{a0}\x{202f}]?|[\s\x{a0}\x{202f}]?[$€£¥%]$"
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$"


def plain(cells: Any) -> ArrowColumn:
    """The cells as one of four types: float64, microseconds since 1970, text, or nothing but nulls (what a table cannot
    hold: lists, bytes …).
    """
    import pyarrow as pa

    kind = cells.type
    if pa.types.is_dictionary(kind):
        return plain(cells.dictionary_decode())
    if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return cells if kind == pa.float64() else cells.cast(pa.float64(), safe=False)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _microseconds(cells)
    if pa.types.is_boolean(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return cells.cast(pa.string())
    if pa.types.is_string(kind):
        return cells
    if pa.types.is_time(kind) or pa.types.is_duration(kind):
        return cells.cast(pa.int64() if kind.bit_width == 64 else pa.int32()).cast(pa.float64())
    return pa.nulls(len(cells), pa.null())


def _microseconds(cells: Any) -> ArrowColumn:
    import pyarrow as pa

    zone = getattr(cells.type, "tz", None)
    return cells.cast(pa.timestamp("us", zone), safe=False).cast(pa.timestamp("us"), safe=False)


def trimmed(texts: Any) -> Any:
    """The texts without blanks around them; nothing but blanks is null."""
    compute = functions()

    bare = compute.utf8_trim_whitespace(texts)
    return compute.if_else(compute.equal(bare, ""), None, bare)


def without(texts: Any, marks: Sequence[str]) -> Any:
    """The texts, trimmed, with null for each that is a missing mark."""
    import pyarrow as pa

    compute = functions()

    bare = trimmed(texts)
    return compute.if_else(compute.is_in(bare, pa.array(marks, pa.string())), None, bare) if marks else bare


def numbers(cells: Any, decimal: str = "point") -> np.ndarray:
    """The cells as float64, with NaN for what is missing, no number, or more than `LARGEST`."""
    import pyarrow as pa

    compute = functions()

    found = plain(cells)
    if pa.types.is_null(found.type):
        return np.full(len(found), np.nan)
    if pa.types.is_timestamp(found.type):
        return days(found)
    if pa.types.is_string(found.type):
        found = _numbers_of(compute.utf8_trim_whitespace(found), decimal).cast(pa.float64())
    values = found.to_numpy(zero_copy_only=False)
    return np.where(np.abs(values) <= LARGEST, values, np.nan)


def _numbers_of(texts: Any, decimal: str) -> Any:
    """The texts that are numbers, as pyarrow reads them; null for the others."""
    compute = functions()
    part, point = (".", ",") if decimal == "comma" else (",", ".")
    texts = compute.replace_substring_regex(texts, _UNITS, r"\1")
    parted = compute.match_substring_regex(texts, rf"^[+-]?\d{{1,3}}([{part}]\d{{3}})+([{point}]\d*)?$")
    whole = compute.if_else(parted, compute.replace_substring(texts, part, ""), texts)
    pointed = compute.replace_substring(whole, ",", ".") if decimal == "comma" else whole
    fits = compute.match_substring_regex(pointed, _NUMBER)
    return compute.utf8_ltrim(compute.if_else(fits, pointed, None), "+")


def days(cells: Any, pattern: str = ISO) -> np.ndarray:
    """Dates as float64 days since the beginning of 1970 (UTC), with NaN for what is none."""
    import pyarrow as pa

    compute = functions()

    found = plain(cells)
    if pa.types.is_null(found.type):
        return np.full(len(found), np.nan)
    if pa.types.is_string(found.type):
        found = dates(compute.utf8_trim_whitespace(found), pattern)
    if not pa.types.is_timestamp(found.type):
        return numbers(found)
    counted = compute.cast(found, pa.timestamp("us")).cast(pa.int64())
    return counted.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False) / MICROSECONDS


_DATE = r"^\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?$"
_ZONED = r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d)(:\d\d)?(\.\d{1,6})?\d*(Z|[+-]\d\d:?\d\d)?$"


def dates(texts: Any, pattern: str) -> Any:
    """Texts as times; null for what is not written like that. The zone of an ISO date is left out."""
    import pyarrow as pa

    if pattern != ISO:
        return _parsed(texts, pattern)
    try:
        return texts.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return _iso_one_by_one(texts)


def _iso_one_by_one(texts: Any) -> Any:
    import pyarrow as pa

    compute = functions()
    bare = compute.replace_substring_regex(texts, _ZONED, r"\1T\2\3\4")
    day = _parsed(compute.utf8_slice_codeunits(bare, 0, 10), "%Y-%m-%d")
    fits = compute.and_(compute.match_substring_regex(bare, _DATE), compute.is_valid(day))
    try:
        return compute.if_else(fits, bare, None).cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return day  # There is an hour that no day has.


def _parsed(texts: Any, pattern: str) -> Any:
    """Texts as times. A day that its month has not, which would be one of the next month, is null."""
    import pyarrow as pa

    compute = functions()
    found = compute.strptime(texts, format=pattern, unit="us", error_is_null=True)
    numbers_before = len(re.findall("%[Ym]", pattern.partition("%d")[0]))
    day = compute.extract_regex(texts, rf"^(?:\D*\d+){{{numbers_before}}}\D*(?P<day>\d{{1,2}})")
    is_there = compute.equal(compute.struct_field(day, "day").cast(pa.int64()), compute.day(found))
    return compute.if_else(is_there, found, None)


def written(value: object) -> str:
    """A value as a category is called: whole numbers without a point."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    return str(value).strip()
