"""Sequences of symbols in arrays: texts, or rows of whole numbers whose end is filled up."""

from collections.abc import Sequence

import msgspec
import numpy as np

from engine.datasets.arrays.roles import ArrayFacts
from engine.datasets.dataset import IGNORED
from engine.datasets.symbols import LONGEST, longest_of, numbered, padded, symbols_of, why_not

UNKNOWN = IGNORED - 1
"""In place of the number of a symbol that no sequence for training has."""


def sized(facts: ArrayFacts, values: np.ndarray) -> ArrayFacts:
    """With what an array is as sequences: their symbols, and how many the longest has; 0 where it holds none."""
    if values.ndim == 1 and values.dtype.kind in "US":
        texts = _texts(values)
        return msgspec.structs.replace(facts, symbols=symbols_of(texts), longest=longest_of(texts))
    if values.ndim == 2 and values.dtype.kind in "iu" and not facts.one_hot and values.shape[1] <= LONGEST:
        return msgspec.structs.replace(facts, longest=values.shape[1])
    return facts


def symbols_in(facts: ArrayFacts, filling: Sequence[str]) -> tuple[str, ...]:
    """What stands for each symbol in an array, where these values fill up, as each below 0 does."""
    if facts.symbols:
        return facts.symbols
    return tuple(label for label in facts.labels if not label.startswith("-") and label not in filling)


def spelled(values: np.ndarray, symbols: Sequence[str], filling: Sequence[str]) -> tuple[np.ndarray, dict[int, str]]:
    """The sequences as numbers of symbols (N × longest, filled up with `IGNORED`) and, of those that cannot be used,
    why.
    """
    known = {symbol: number for number, symbol in enumerate(symbols)}
    if values.ndim == 1:
        texts = _texts(values)
        why = {row: words for row, text in enumerate(texts) if (words := why_not(text, known))}
        return padded([[] if row in why else numbered(text, known) for row, text in enumerate(texts)]), why
    known_numbers = {int(symbol): number for symbol, number in known.items()}
    different, places = np.unique(values, return_inverse=True)
    meant = [known_numbers.get(value, UNKNOWN) for value in different.tolist()]
    filled = np.array([value < 0 or str(value) in filling for value in different.tolist()], np.bool_)
    rows = np.where(filled, IGNORED, np.array(meant, np.int64))[places].reshape(values.shape)
    return np.where(rows == UNKNOWN, IGNORED, rows), dict(_unusable(values, rows))


def _unusable(values: np.ndarray, rows: np.ndarray) -> list[tuple[int, str]]:
    """The rows that are no sequence, and why."""
    gaps = (rows[:, :-1] == IGNORED) & (rows[:, 1:] != IGNORED)
    found = [(int(row), "its sequence is empty") for row in np.flatnonzero((rows == IGNORED).all(axis=1))]
    for row in np.flatnonzero(gaps.any(axis=1)).tolist():
        filling = values[row, int(gaps[row].argmax())]
        found.append((row, f"its sequence goes on behind {filling}, which fills it up"))
    for row in np.flatnonzero((rows == UNKNOWN).any(axis=1)).tolist():
        strange = values[row, int((rows[row] == UNKNOWN).argmax())]
        found.append((row, f"“{strange}” in its sequence is in none for training"))
    return found


def _texts(values: np.ndarray) -> list[str]:
    return [text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text) for text in values.tolist()]
