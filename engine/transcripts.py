"""Sequences of symbols as what is asked for: as people read them, and whether a network has steps enough for them.
Nothing here needs torch.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from engine.data import Prepared
from engine.datasets.symbols import text_of
from engine.ends import loss_at
from engine.errors import DataError
from engine.losses import CTC, Loss
from engine.project import Project

LARGEST_FILE = 10_000_000
MOST_SHOWN = 200
"""Test samples whose sequences a run keeps."""


class Pair(msgspec.Struct, frozen=True, array_like=True):
    """A sequence of the test as a text, and what the network answered."""

    true: str
    answered: str


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


def pairs_in(path: Path) -> tuple[Pair, ...]:
    """Those that a run has kept in this file. Raises OSError, ValueError."""
    if not path.is_file():
        # Opening a pipe could wait for ever.
        raise ValueError(f"{path.name} is not a file")
    with path.open("rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise ValueError(f"{path.name} was not written by Layerloom")
    try:
        return msgspec.json.decode(content, type=tuple[Pair, ...])[:MOST_SHOWN]
    except msgspec.DecodeError as fault:
        raise ValueError(f"{path.name} cannot be read: {fault}") from None


def _of_sequences(loss: Loss) -> Iterator[CTC]:
    return (term for _, term in loss.terms() if isinstance(term, CTC))
