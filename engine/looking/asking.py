"""Filters as people type them below the name of a column."""

import re
from datetime import UTC, datetime

import numpy as np

from engine.errors import DataError
from engine.looking.view import Among, Between, Contains, Filter, Head, Missing, Numbered, written, written_date

_COMPARED = re.compile(r"^(>=|<=|!=|<>|≥|≤|≠|>|<|=)\s*(.+)$")
_RANGE = re.compile(r"^(.+?)\s*(?:\.\.\.?|…| to )\s*(.+)$")
_MISSING = {"missing": False, "empty": False, "?": False, "not missing": True, "not empty": True}
_SIGNS = {"≥": ">=", "≤": "<=", "≠": "!=", "<>": "!="}

NUMBERS = "A number such as 30, a comparison such as > 30, a range such as 20..40, or the word missing."
DATES = "A date such as 2024-05-31, a comparison such as > 2024-05-31, a range such as 2024..2025, or the word missing."


def read_filter(head: Head, words: str) -> Filter | None:
    """The filter on a column that these words are; None: there are none. Raises `DataError`."""
    words = words.strip()
    if not words:
        return None
    if words.casefold() in _MISSING:
        return Missing(head.name, _MISSING[words.casefold()])
    if head.kind in ("category", "text"):
        return _of_words(head, words)
    if compared := _COMPARED.match(words):
        return _compared(head, _SIGNS.get(compared[1], compared[1]), compared[2])
    if both := _RANGE.match(words):
        (low, _), (_, high) = _value(head, both[1]), _value(head, both[2])
        return Between(head.name, min(low, high), max(low, high))
    low, high = _value(head, words)
    return Between(head.name, low, high)


def _of_words(head: Head, words: str) -> Filter:
    if words.startswith("=") and words[1:].strip():
        return Contains(head.name, words[1:].strip(), is_whole=True)
    named = [part.strip() for part in words.split(",")]
    if head.kind == "category" and len(named) > 1 and set(named) <= set(head.categories):
        return Among(head.name, tuple(named))
    return Contains(head.name, words)


def _compared(head: Head, sign: str, words: str) -> Filter:
    low, high = _value(head, words)
    match sign:
        case ">=":
            return Between(head.name, low=low)
        case "<=":
            return Between(head.name, high=high)
        case ">":
            return Between(head.name, low=high, with_low=False)
        case "<":
            return Between(head.name, high=low, with_high=False)
        case _:
            return Between(head.name, low, high, is_not=sign == "!=")


def _value(head: Head, words: str) -> tuple[float, float]:
    """The lowest and the highest value that these words can mean: a year is all of its days."""
    if head.kind == "date":
        return _date(head, words.strip())
    try:
        value = float(words.strip().replace("−", "-").replace(" ", ""))
    except ValueError:
        value = np.nan
    if np.isnan(value):
        raise DataError(f"“{words.strip()[:60]}” is no number, as {head.name} asks for.", expected=NUMBERS)
    return value, value


_SECOND = 1 / 86_400
_DATES = {r"^\d{4}$": "%Y", r"^\d{4}-\d{1,2}$": "%Y-%m"}


def _date(head: Head, words: str) -> tuple[float, float]:
    try:
        for pattern, form in _DATES.items():
            if re.match(pattern, words):
                begin = datetime.strptime(words, form).replace(tzinfo=UTC)
                year, month = (
                    (begin.year + 1, 1) if form == "%Y" or begin.month == 12 else (begin.year, begin.month + 1)
                )
                return _days(begin), _days(begin.replace(year=year, month=month)) - _SECOND
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise DataError(f"“{words[:60]}” is no date, as {head.name} asks for.", expected=DATES) from None
    start = _days(moment.replace(tzinfo=moment.tzinfo or UTC))
    return start, start + (1 - _SECOND if len(words) <= 10 else 0)


def _days(moment: datetime) -> float:
    return moment.timestamp() / 86_400


def in_words(head: Head | None, each: Filter) -> str:
    """A filter as a person reads it, without the name of its column."""
    match each:
        case Between():
            return _range_in_words(head, each)
        case Among():
            return ", ".join(each.values)
        case Contains():
            return f"= {each.words}" if each.is_whole else f"“{each.words}”"
        case Missing():
            return "not missing" if each.is_not else "missing"
        case Numbered():
            return each.words


def _range_in_words(head: Head | None, each: Between) -> str:
    low, high = (_bound(head, value) for value in (each.low, each.high))
    if each.is_not:
        return f"≠ {low}" if each.low == each.high else f"not {low} … {high}"
    if each.low == each.high:
        return f"= {low}"
    if np.isinf(each.high):
        return f"{'≥' if each.with_low else '>'} {low}"
    if np.isinf(each.low):
        return f"{'≤' if each.with_high else '<'} {high}"
    return f"{low} … {high}"


def _bound(head: Head | None, value: float) -> str:
    if np.isinf(value):
        return "−∞" if value < 0 else "∞"
    if head is not None and head.kind == "date":
        return written_date(value)
    return written(Head("", "number"), value)
