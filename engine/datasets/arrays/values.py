"""A look at the values of arrays: which labels there are, what cannot be learned from."""

from collections.abc import Iterator

import msgspec
import numpy as np

from engine.datasets.arrays.roles import MOST_LABELS, ArrayFacts, names_classes
from engine.datasets.arrays.spelled import sized
from engine.datasets.arrays.stored import Stored
from engine.datasets.dataset import IGNORED, Samples, Skipped
from engine.errors import DataError
from engine.spec import abbreviate

FEW = 20
"""So many different values may be classes however few the samples are."""
LOOKED_AT = 1000
"""Samples, spread over an array, in which its highest value is looked for."""
PIECE = 2**22
"""Values that are looked at together."""
_STRANGE = -1


def examined(facts: ArrayFacts, stored: Stored, *, is_target: bool) -> ArrayFacts:
    """What is known of an array once its values have been looked at. Raises `DataError`."""
    if not is_target:
        return msgspec.structs.replace(facts, highest=_highest(stored)) if facts.kind == "bytes" else facts
    values = stored.read()
    one_hot = _is_one_hot(values)
    labels = tuple(map(str, range(values.shape[1]))) if one_hot else _labels(values)
    constant = len(values) > 0 and all((rows == values[0]).all() for rows in _pieces(values))
    too_many = not labels and _look_like_classes(facts.name, values)
    known = msgspec.structs.replace(
        facts, examined=True, labels=labels, one_hot=one_hot, too_many=too_many, constant=constant
    )
    return sized(known, values)


def numbers_of_classes(
    values: np.ndarray, labels: tuple[str, ...], name: str, ignored: tuple[str, ...] = ()
) -> np.ndarray:
    """The place of each value among the labels, `IGNORED` for one that stands for no class. Raises `DataError` for a
    value that is neither.
    """
    found, places = np.unique(values, return_inverse=True)
    known = {label: number for number, label in enumerate(labels)} | dict.fromkeys(ignored, IGNORED)
    numbers = np.array([known.get(_as_label(value), _STRANGE) for value in found], np.int64)
    if (numbers == _STRANGE).any():
        strange = _as_label(found[numbers == _STRANGE][0])
        row = int(np.argmax((numbers[places].reshape(len(values), -1) == _STRANGE).any(axis=1)))
        raise DataError(
            f"“{name}” holds “{abbreviate(strange, 60)}” (sample {row}), which is none of its {len(labels)} classes.",
            fix="Open the file again, so that its classes are found anew.",
        )
    return numbers[places].reshape(values.shape)


def finite(samples: Samples) -> tuple[Samples | None, tuple[Skipped, ...]]:
    """The samples whose target is a number, and those that were left out; None: no sample is left."""
    targets = samples.targets
    if targets.dtype.kind != "f":
        return samples, ()
    sound = np.isfinite(targets.reshape(len(targets), -1)).all(axis=1)
    if sound.all():
        return samples, ()
    left_out = tuple(Skipped(f"sample {row}", "its target is no finite number") for row in np.flatnonzero(~sound))
    return (samples.pick(np.flatnonzero(sound)) if sound.any() else None), left_out


def _highest(stored: Stored) -> int:
    values = stored.read()
    step = max(1, len(values) // LOOKED_AT)
    return int(values[::step].max(initial=0))


def _is_one_hot(values: np.ndarray) -> bool:
    if (
        values.ndim != 2
        or not 2 <= values.shape[1] <= MOST_LABELS
        or values.dtype.kind not in "biuf"
        or not len(values)
    ):
        return False
    return len(values) > 0 and all(
        ((rows == 0) | (rows == 1)).all() and (rows.sum(axis=1) == 1).all() for rows in _pieces(values)
    )


def _labels(values: np.ndarray) -> tuple[str, ...]:
    """The different values, smallest first, where they may be classes; else none."""
    found = np.empty(0, values.dtype)
    for piece in _pieces(values):
        if values.dtype.kind == "f" and not (piece == np.round(piece)).all():
            return ()
        found = np.union1d(found, piece)
        if len(found) > MOST_LABELS:
            return ()
    # In masks each pixel is a value.
    if len(found) > max(FEW, (values.size if values.ndim > 2 else len(values)) // 2):
        return ()
    return tuple(map(_as_label, found))


def _look_like_classes(name: str, values: np.ndarray) -> bool:
    """Whether values, of which there are too many for classes, are called so, or number something from 0 or 1 on."""
    if values.dtype.kind in "US":
        return True
    if values.dtype.kind not in "iu" or values.size != len(values):
        return False
    different = np.unique(values)
    return names_classes(name) or (different[0] in (0, 1) and int(different[-1] - different[0]) == len(different) - 1)


def _pieces(values: np.ndarray) -> Iterator[np.ndarray]:
    rows = max(1, PIECE * len(values) // max(1, values.size))
    return (values[start : start + rows] for start in range(0, len(values), rows))


def _as_label(value: np.generic) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.floating):
        return str(int(value)) if np.isfinite(value) and value == int(value) else str(value)
    return str(int(value)) if isinstance(value, np.integer | np.bool) else str(value)
