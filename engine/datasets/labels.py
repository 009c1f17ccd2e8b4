"""Labels, of which a sample may have any number, as people read them."""

from collections.abc import Sequence

import numpy as np

NO_LABEL = "no label"
"""Said of a sample that has none."""


def labels_of(row: np.ndarray, names: Sequence[str]) -> list[str]:
    """The names of the labels that apply, of a row that says of each whether it does."""
    return [name for name, applies in zip(names, row.tolist(), strict=True) if applies]


def labels_in_words(row: np.ndarray, names: Sequence[str]) -> str:
    """The same as one text."""
    return ", ".join(labels_of(row, names)) or NO_LABEL
