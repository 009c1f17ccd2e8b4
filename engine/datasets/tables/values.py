"""Cells as numbers, days and words, whatever they were read as."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.datasets.tables.arrow import ArrowColumn
from engine.datasets.tables.arrow import compute as functions

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
    """The cells as float64, with NaN for what is missing, no number, or infinite."""
    import pyarrow as pa

    compute = functions()

    found = plain(cells)
    if pa.types.is_null(found.type):
        return np.full(len(found), np.nan)
    if pa.types.is_timestamp(found.type):
        return days(found)
    if pa.types.is_string(found.type):
        texts = compute.utf8_trim_whitespace(found)
        if decimal == "comma":
            texts = compute.replace_substring(compute.replace_substring(texts, ".", ""), ",", ".")
        texts = compute.if_else(compute.match_substring_regex(texts, _NUMBER), texts, None)
        found = compute.utf8_ltrim(texts, "+").cast(pa.float64())
    values = found.to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(values), values, np.nan)


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

    compute = functions()

    if pattern != ISO:
        return compute.strptime(texts, format=pattern, unit="us", error_is_null=True)
    bare = compute.replace_substring_regex(texts, _ZONED, r"\1T\2\3\4")
    fits = compute.match_substring_regex(bare, _DATE)
    try:
        return compute.if_else(fits, bare, None).cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        # A date that no calendar has, such as the 31st of February.
        return compute.strptime(
            compute.utf8_slice_codeunits(bare, 0, 10), format="%Y-%m-%d", unit="us", error_is_null=True
        )


def written(value: object) -> str:
    """A value as a category is called: whole numbers without a point."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    return str(value).strip()
