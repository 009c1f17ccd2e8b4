"""Sequences of symbols as what is asked for: as people read them, and whether a network has steps enough for them.
Nothing here needs torch.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from engine.data import Prepared
from engine.datasets.dataset import IGNORED
from engine.ends import loss_at
from engine.errors import DataError
from engine.losses import CTC, Loss
from engine.project import Project

MOST_SHOWN = 200
"""Test samples whose sequences a run keeps."""


def text_of(numbers: Sequence[int] | np.ndarray, symbols: Sequence[str]) -> str:
    """A sequence of symbol numbers as a text; what is below 0 fills it up."""
    return "".join(symbols[int(number)] for number in numbers if number >= 0)


def blank_of(project: Project) -> str:
    """Which of the scores that a network answers with stands for no symbol: “first” or “last”."""
    return next((loss.blank for loss in _of_sequences(loss_at(project))), CTC().blank)


def passes_over(loss: Loss) -> bool:
    """Whether samples whose sequence needs more steps than there are do no harm."""
    return all(term.zero_infinity for term in _of_sequences(loss))


def steps_needed(targets: np.ndarray) -> np.ndarray:
    """How many steps sequences (N × L) need at least: one for each symbol, and one between two of the same."""
    again = (targets[:, 1:] == targets[:, :-1]) & (targets[:, 1:] >= 0)
    return (targets >= 0).sum(axis=1) + again.sum(axis=1)


def check_steps(project: Project, prepared: Prepared, steps: int) -> None:
    """Raises `DataError` where a sequence needs more than these steps, and the loss does not pass over it."""
    if passes_over(loss_at(project)):
        return
    for name, part in (("training", prepared.train), ("validation", prepared.validation), ("test", prepared.test)):
        needed = steps_needed(part.targets)
        if not len(needed) or needed.max() <= steps:
            continue
        row = int(needed.argmax())
        text = text_of(part.targets[row], prepared.classes)
        raise DataError(
            f"“{text}”, sample {row} for {name}, needs {needed.max():,} steps, but the network gives {steps:,}.",
            expected="There is a step for each symbol, and one between two of the same.",
            fix="Let the network halve the steps less often, or let CTC pass over such samples.",
        )


def padded(sequences: Sequence[Sequence[int]], longest: int = 0) -> np.ndarray:
    """Sequences of symbol numbers as rows of one length, int64, filled up with `IGNORED`."""
    width = max(longest, max(map(len, sequences), default=0))
    rows = np.full((len(sequences), width), IGNORED, np.int64)
    for row, sequence in zip(rows, sequences, strict=True):
        row[: len(sequence)] = sequence
    return rows


def _of_sequences(loss: Loss) -> Iterator[CTC]:
    return (term for _, term in loss.terms() if isinstance(term, CTC))
