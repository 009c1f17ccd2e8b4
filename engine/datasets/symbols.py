"""Texts as sequences of symbols, which are their characters: which there are, and the numbers that stand for them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from engine.datasets.dataset import IGNORED
from engine.spec import abbreviate

LONGEST = 1000
"""Symbols of a text; what is longer is no line that is read or heard."""
MOST_NAMED = 5
"""Symbols that a message names."""

MANY_TEXTS = 500
"""Of more different words than these, what is asked for is to read them."""
LINE = 200
"""Symbols: what is longer is no single line to be read."""
TEXT_WORDS = ("text", "transcription", "transcript", "words", "word", "string", "sentence", "caption", "content")
"""What a column is called whose text is what an image or a sound says."""


def symbols_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The different characters, in the order of Unicode."""
    return tuple(sorted(set().union(*(text for text in texts if len(text) <= LONGEST))))


def longest_of(texts: Iterable[str]) -> int:
    """How long the longest text is that can be used."""
    return max((len(text) for text in texts if len(text) <= LONGEST), default=0)


def why_not(text: str, symbols: Mapping[str, int]) -> str:
    """Why a text is not asked for, as a part of a sentence; empty: it is."""
    if not text:
        return "its text is empty"
    if len(text) > LONGEST:
        return f"its text has {len(text):,} symbols, and at most {LONGEST:,} are read"
    strange = next((symbol for symbol in text if symbol not in symbols), "")
    return f"“{abbreviate(strange)}” of its text “{abbreviate(text, 60)}” is in no text for training" if strange else ""


def numbered(text: str, symbols: Mapping[str, int]) -> list[int]:
    """A text for which `why_not` knows nothing, as numbers of symbols."""
    return [symbols[symbol] for symbol in text]


def padded(sequences: Sequence[Sequence[int]], longest: int = 0) -> np.ndarray:
    """Sequences of symbol numbers as rows of one length, int64, filled up with `IGNORED`."""
    width = max(longest, max(map(len, sequences), default=0))
    rows = np.full((len(sequences), width), IGNORED, np.int64)
    for row, sequence in zip(rows, sequences, strict=True):
        row[: len(sequence)] = sequence
    return rows


def text_of(numbers: Sequence[int] | np.ndarray, symbols: Sequence[str]) -> str:
    """A sequence of symbol numbers as a text; what is below 0 fills it up."""
    return "".join(symbols[int(number)] for number in numbers if number >= 0)


def unlearned(train: np.ndarray, others: Sequence[np.ndarray], symbols: Sequence[str]) -> str:
    """What must be said of symbols that are in other sequences (N × L) but in none for training; empty: nothing."""
    known = set(np.unique(train).tolist())
    strange = sorted({number for rows in others for number in np.unique(rows).tolist()} - known)
    names = ", ".join(f"“{symbols[number]}”" for number in strange[:MOST_NAMED] if number >= 0)
    if not names:
        return ""
    return f"No text for training has {names}, so the network cannot learn what others with it say."


def may_be_read(cells: Sequence[str]) -> bool:
    """Whether cells may be lines of text: short ones, of which hardly any stands there twice, or very many."""
    different = set(cells) - {""}
    many = max(len(cells) / 2, 1) < len(different) or len(different) > MANY_TEXTS
    return many and sorted(map(len, different))[len(different) // 2] <= LINE
