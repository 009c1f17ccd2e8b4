"""The beginning of a text, as a network that learned what comes next is asked to go on with it."""

from pathlib import Path

import msgspec
import numpy as np

from engine.datasets.dataset import Asked
from engine.datasets.text.reading import text_of
from engine.datasets.text.vocabulary import UNKNOWN, Vocabulary
from engine.errors import DataError
from engine.spec import abbreviate

SUFFIXES = (".txt", ".text", ".md", ".rst")
SHOWN = 5


def are_numbers(words: str) -> bool:
    """Whether an input is the numbers of tokens already: a list of them, or a file of arrays."""
    if words.strip().lower().endswith(".npy"):
        return True
    try:
        found = msgspec.json.decode(words)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return False
    return isinstance(found, list)


def text_or_file(words: str) -> tuple[str, str]:
    """A text and what it is called: what is in the file that the words name, or the words themselves.

    Raises `DataError`.
    """
    name = words.strip()
    if name.lower().endswith(SUFFIXES) and "\n" not in name and len(name) < 1000:
        if Path(name).is_file():
            return text_of(Path(name)), name
        if " " not in name:
            raise DataError(f"There is no file {abbreviate(name, 60)}.", fix="Write the text itself, or another file.")
    return words, abbreviate(words, 60)


def beginning(words: str, vocabulary: Vocabulary, steps: int) -> Asked:
    """The last ``steps`` tokens of a beginning, asked for what follows them. Raises `DataError`.

    A shorter one is followed by tokens that say nothing: a network that only looks back does not see them.
    """
    text, name = text_or_file(words)
    numbers = _numbers(text, vocabulary)[-steps:]
    if not len(numbers):
        raise DataError("The beginning of the text is empty.", fix="Write a few words.")
    return Asked(name, window(numbers, steps), unknown_ones(numbers, vocabulary), len(numbers) - 1)


def window(numbers: np.ndarray, steps: int) -> np.ndarray:
    """The tokens, at most ``steps`` of them, as a sample: float32."""
    return np.pad(numbers, (0, steps - len(numbers))).astype(np.float32)


def unknown_ones(numbers: np.ndarray, vocabulary: Vocabulary) -> tuple[str, ...]:
    """What a person must know of a text of these tokens."""
    if UNKNOWN not in vocabulary.specials:
        return ()
    count = int((numbers == vocabulary.specials.index(UNKNOWN)).sum())
    return (f"{count:,} of {len(numbers):,} {vocabulary.tokens} are not known to the network.",) if count else ()


def _numbers(text: str, vocabulary: Vocabulary) -> np.ndarray:
    try:
        return vocabulary.numbers(text)
    except DataError:
        known = {*vocabulary.found}
        lowered = text.lower() if vocabulary.lower_case else text
        strange = ", ".join(f"“{letter}”" for letter in sorted({*lowered} - known)[:SHOWN])
        raise DataError(
            f"The network never met the characters {abbreviate(strange, 60)}.",
            expected="It knows only those of the text that it learned from.",
            fix="Leave them out.",
        ) from None
