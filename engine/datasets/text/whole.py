"""Whole texts as samples: of each the numbers of its tokens, padded or cut to one length."""

from collections.abc import Sequence

import numpy as np

from engine.datasets.dataset import Asked
from engine.datasets.text.beginning import are_numbers, text_or_file, unknown_ones, window
from engine.datasets.text.vocabulary import Vocabulary
from engine.errors import DataError

MOST_STEPS = 4096
COVERED = 0.95
"""Share of the texts that fit uncut into the steps that are proposed."""
SAMPLED = 1000
"""Texts that are measured for it."""


def sample_of(text: str, vocabulary: Vocabulary, steps: int) -> np.ndarray:
    """A text as a sample: the numbers of its tokens, padded or cut to ``steps``, float32."""
    return window(vocabulary.numbers(text)[:steps], steps)


def samples_of(texts: Sequence[str], vocabulary: Vocabulary, steps: int) -> np.ndarray:
    """`sample_of` each of these texts, N × steps."""
    samples = np.zeros((len(texts), steps), np.float32)
    for sample, numbers in zip(samples, vocabulary.numbers_of_each(texts), strict=True):
        sample[: len(numbers)] = numbers[:steps]
    return samples


def likely_steps(texts: Sequence[str], vocabulary: Vocabulary) -> int:
    """Steps into which nearly all of these texts fit, of which there is at least one."""
    lengths = sorted(map(len, vocabulary.numbers_of_each(texts[:SAMPLED])))
    steps = lengths[min(len(lengths) - 1, int(len(lengths) * COVERED))]
    return min(max(steps, 1), MOST_STEPS)


def asked_of(words: str, vocabulary: Vocabulary, steps: int) -> Asked | None:
    """A text, or the file of one that is named, as a network is asked; None: the words are numbers of tokens already.
    Raises `DataError`.
    """
    if are_numbers(words):
        return None
    text, name = text_or_file(words)
    numbers = vocabulary.numbers(text)
    if not len(numbers):
        raise DataError("The text is empty.", fix="Write a few words.")
    cut = (f"Only the first {steps:,} of {len(numbers):,} {vocabulary.tokens} are read.",)
    notes = (*unknown_ones(numbers, vocabulary), *(cut if len(numbers) > steps else ()))
    return Asked(name, sample_of(text, vocabulary, steps), notes)
