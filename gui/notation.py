"""Notation: how the values of settings are written in a line of text, read from it and stepped."""

import math
import re
from collections.abc import Callable
from typing import Any, Protocol

from engine.spec import Field
from gui.words import brief

_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+")
_NAME = re.compile(r'\s*("(?:[^"]|"")*"|[^,]+)')
_NEEDS_QUOTES = re.compile(r'^\s|\s$|[,"]')
_BETWEEN = re.compile(r"\s*[x×*,;]\s*|\s+")


class Notation(Protocol):
    """How the values of a kind of field are written, read and stepped."""

    def write(self, value: Any) -> str:
        """The value as text."""
        ...

    def read(self, text: str) -> Any:
        """The value of a text. Raises ValueError where it has none."""
        ...

    def step(self, value: Any, steps: int) -> Any:
        """The value so many steps up, or down."""
        ...


class Integers:
    """Whole numbers with thousands: ``60,000``."""

    def __init__(self, field: Field) -> None:
        self._low, self._high = field.low or 0, field.high or 0

    def write(self, value: int) -> str:
        return f"{value:,}"

    def read(self, text: str) -> int:
        text = text.strip()
        return int(text.replace(",", "") if _GROUPED.fullmatch(text) else text)

    def step(self, value: int, steps: int) -> int:
        return int(min(self._high, max(self._low, value + steps)))


class Numbers:
    """Numbers with a fraction: ``0.001``, ``1e-3``, ``0,001`` and ``0.1 %`` are one."""

    def __init__(self, field: Field) -> None:
        self._low, self._high = field.low or 0.0, field.high or 0.0
        # Shares are moved by equal amounts; rates and small constants are tried size by size.
        self._is_share = self._high <= 2 and field.default >= 0.1

    def write(self, value: float) -> str:
        return number_in_words(value)

    def read(self, text: str) -> float:
        text = text.strip().replace(",", ".")
        return float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)

    def step(self, value: float, steps: int) -> float:
        moved = round(value + 0.05 * steps, 10) if self._is_share else _in_series(value, steps)
        return min(self._high, max(self._low, moved))


class Sizes:
    """One or more whole numbers: ``3 × 3``; ``3x5``, ``3, 5`` and ``3 5`` are read too."""

    def write(self, value: tuple[int, ...]) -> str:
        return " × ".join(map(str, value))

    def read(self, text: str) -> tuple[int, ...]:
        return tuple(int(size) for size in _BETWEEN.split(text.strip()) if size)

    def step(self, value: tuple[int, ...], steps: int) -> tuple[int, ...]:
        del steps
        return value


class Several(Sizes):
    """A few whole numbers: ``5, 8``."""

    def write(self, value: tuple[int, ...]) -> str:
        return ", ".join(map(str, value))


class Pairs(Sizes):
    """Height and width, or depth too: one number stands for all, and so may a word."""

    def __init__(self, field: Field) -> None:
        self._low, self._high = field.low or 0, field.high or 0
        self._words = ("same",) if field.kind == "padding" else ()
        self._length = field.length

    def write(self, value: Any) -> str:
        if isinstance(value, str) or value == 0:
            return str(value)
        return super().write(self._all(value))

    def read(self, text: str) -> Any:
        if text.strip().lower() in self._words:
            return text.strip().lower()
        first, *others = super().read(text)
        is_one = not others or others == [first] * (self._length - 1)
        return first if is_one else (first, *others)

    def step(self, value: Any, steps: int) -> Any:
        if isinstance(value, str):
            return 0 if steps > 0 else value
        if value == 0 and steps < 0 and self._words:
            return self._words[0]
        moved = tuple(int(min(self._high, max(self._low, size + steps))) for size in self._all(value))
        return moved[0] if len(set(moved)) == 1 else moved

    def _all(self, value: Any) -> tuple[int, ...]:
        return (value,) * self._length if isinstance(value, int) else value


class Words:
    """Any text, as it stands."""

    def write(self, value: str) -> str:
        return value

    def read(self, text: str) -> str:
        return text

    def step(self, value: str, steps: int) -> str:
        del steps
        return value


class Names(Words):
    """Names between commas; one that has a comma in it stands in quotes: ``age, "income, yearly"``."""

    def write(self, value: Any) -> str:
        return ", ".join(_quoted(name) if _NEEDS_QUOTES.search(name) else name for name in value)

    def read(self, text: str) -> Any:
        return tuple(name for name in map(_unquoted, _NAME.findall(text)) if name)


NOTATIONS: dict[str, Callable[[Field], Notation]] = {
    "integer": Integers,
    "number": Numbers,
    "pair": Pairs,
    "padding": Pairs,
    "shape": lambda _field: Sizes(),
    "several": lambda _field: Several(),
    "text": lambda _field: Words(),
    "place": lambda _field: Words(),
    "names": lambda _field: Names(),
}
STEPPED = ("integer", "number", "pair", "padding")


def number_in_words(value: float) -> str:
    """As short as it can be read again: ``0.001``, ``2``, ``1e-8``."""
    return brief(repr(float(value)).removesuffix(".0"))


def _in_series(value: float, steps: int) -> float:
    """The next of 1, 2, 5, 10 … in either direction; nothing and a thousandth are neighbours."""
    if value <= 0 or not math.isfinite(value):
        return 0.001 if steps > 0 else 0.0
    series = [1.0, 2.0, 5.0]
    power = math.floor(math.log10(value) + 1e-9)
    lead = value / 10**power
    place = 3 * power
    place += max(number for number, start in enumerate(series) if lead >= start - 1e-9)
    is_between = abs(lead - series[place % 3]) > 1e-9
    place += steps + (1 if is_between and steps < 0 else 0)
    return float(f"{series[place % 3]:g}e{place // 3}")


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _unquoted(name: str) -> str:
    """The name that is written so."""
    is_quoted = len(name) > 1 and name[0] == name[-1] == '"'
    return name[1:-1].replace('""', '"') if is_quoted else name.strip()
