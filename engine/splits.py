"""How samples are divided into those to train on, those to judge each epoch by and those for the final test.

Parts that the files bring are left as they are; a split divides the samples that come for training. Of folds each is
the test part in turn, so that every sample is tested once by a network that has not seen it.
"""

from collections.abc import Callable

import msgspec
import numpy as np

from engine.datasets.dataset import Loaded, are_labels
from engine.errors import DataError
from engine.spec import LONGEST_NAME, Spec, abbreviate, text

_SHOWN = 5
_PARTS = {
    "train": ("train", "training", "learn", "0"),
    "validation": ("validation", "valid", "val", "dev", "1"),
    "test": ("test", "testing", "eval", "2"),
}


class Division(msgspec.Struct, frozen=True, eq=False):
    """Which of the training samples that a dataset brings are in which part, as their ascending row numbers."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def without(self, rows: np.ndarray) -> "Division":
        """The same, less these rows."""
        return Division(*(part[~np.isin(part, rows)] for part in (self.train, self.validation, self.test)))


class Shares(msgspec.Struct, frozen=True):
    """What is asked of a split: a share for the test and one for validation (of what is left), and which fold of how
    many is the test part (0: none is). A part that the files bring needs no share.
    """

    test: float
    validation: float
    fold: int = 0
    folds: int = 0


class Split(Spec, frozen=True):
    """Base of all ways to divide samples."""

    def needs(self) -> str:
        """The key of `Loaded.keys` by which it divides; empty: none."""
        return ""

    def check(self, keys: tuple[str, ...]) -> None:
        """Raises `DataError` where the samples cannot be divided by these keys; nothing is read for it."""
        name = self.needs()
        if name in ("", *keys):
            return
        known = ", ".join(keys[:_SHOWN]) + (f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else "")
        raise DataError(
            f"The split names the column “{abbreviate(name, 60)}”, which is not there."
            if name.strip()
            else f"{self.title}: no column is named.",
            expected=f"There are: {abbreviate(known, 200)}." if keys else "These samples have no columns to divide by.",
            fix="Choose another column, or split at random.",
        )

    def divide(self, loaded: Loaded, shares: Shares, seed: int) -> Division:
        """The rows of each part. Raises `DataError`."""
        numbers = np.arange(len(loaded.train), dtype=_kind_for(len(loaded.train)))
        np.random.default_rng(seed).shuffle(numbers)
        rows = self.ordered(loaded, numbers)
        rest, test = rows, rows[:0]
        if shares.fold:
            rest, test = self.folded(loaded, rows, shares)
        elif shares.test:
            rest, test = self.aside(loaded, rows, shares.test)
        validation = rest[:0]
        if shares.validation:
            rest, validation = self.aside(loaded, rest, shares.validation)
        return Division(np.sort(rest), np.sort(validation), np.sort(test))

    def ordered(self, loaded: Loaded, rows: np.ndarray) -> np.ndarray:
        """The rows, drawn by chance, in the order in which they are set aside."""
        del loaded
        return rows

    def aside(self, loaded: Loaded, rows: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
        """Rows to keep and rows set aside: that share of all."""
        raise NotImplementedError

    def folded(self, loaded: Loaded, rows: np.ndarray, shares: Shares) -> tuple[np.ndarray, np.ndarray]:
        """Rows to keep and rows of the fold."""
        raise NotImplementedError


class AtRandom(Split, frozen=True):
    """By chance, and of each class the same share as nearly as can be; where a sample may have several labels, of the
    rarest of them.
    """

    title = "At random"

    def aside(self, loaded: Loaded, rows: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
        rows, count = _spread_rows(loaded, rows), round(len(rows) * share)
        return rows[count:], rows[:count]

    def folded(self, loaded: Loaded, rows: np.ndarray, shares: Shares) -> tuple[np.ndarray, np.ndarray]:
        parts = np.array_split(_spread_rows(loaded, rows), shares.folds)
        fold = parts[shares.fold - 1]
        _check_fold(fold, rows, shares)
        return np.concatenate([part for part in parts if part is not fold]), fold


class ByGroup(Split, frozen=True):
    """Keeps together what belongs together: no group of the column, such as one patient, is in two parts."""

    title = "By group"

    column: str = text("", longest=LONGEST_NAME, help="The column that names the group of each sample.")

    def needs(self) -> str:
        return self.column or " "

    def aside(self, loaded: Loaded, rows: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
        groups, sizes = self._groups(loaded, rows)
        before = np.cumsum(sizes) - sizes
        chosen = before + sizes / 2 <= len(rows) * share
        chosen[0], chosen[-1] = True, False
        taken = chosen[groups]
        return rows[~taken], rows[taken]

    def folded(self, loaded: Loaded, rows: np.ndarray, shares: Shares) -> tuple[np.ndarray, np.ndarray]:
        groups, sizes = self._groups(loaded, rows)
        filled, fold_of = np.zeros(shares.folds), np.zeros(len(sizes), np.int64)
        # The largest first, each where there is least: folds come out as alike as groups allow.
        for group in np.argsort(-sizes, kind="stable"):
            fold_of[group] = filled.argmin()
            filled[fold_of[group]] += sizes[group]
        taken = fold_of[groups] == shares.fold - 1
        _check_fold(rows[taken], rows, shares)
        return rows[~taken], rows[taken]

    def _groups(self, loaded: Loaded, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The number of the group of each row, in the order in which groups come, and how large they are."""
        _, first, found = np.unique(_values(loaded, self.column)[rows], return_index=True, return_inverse=True)
        if len(first) < 2:
            left = "" if len(rows) == len(loaded.train) else " that are not for the test"
            raise DataError(
                f"All samples{left} have the same value in “{self.column}”, so they cannot be divided by it.",
                fix="Choose another column, or split at random.",
            )
        rank = np.empty(len(first), np.int64)
        rank[np.argsort(first)] = np.arange(len(first))
        groups = rank[found]
        return groups, np.bincount(groups)


class ByTime(Split, frozen=True):
    """Trains on what was, tests on what came after: the latest samples are for the test, those before for validation.

    Samples without a time are trained on. Of folds each is tested on by what lies before it.
    """

    title = "By time"

    column: str = text("", longest=LONGEST_NAME, help="The column that says when a sample was taken.")

    def needs(self) -> str:
        return self.column or " "

    def ordered(self, loaded: Loaded, rows: np.ndarray) -> np.ndarray:
        del rows
        return np.argsort(self._times(loaded), kind="stable")

    def aside(self, loaded: Loaded, rows: np.ndarray, share: float) -> tuple[np.ndarray, np.ndarray]:
        kept = _between_times(self._times(loaded)[rows], len(rows) - round(len(rows) * share))
        return rows[:kept], rows[kept:]

    def folded(self, loaded: Loaded, rows: np.ndarray, shares: Shares) -> tuple[np.ndarray, np.ndarray]:
        times, parts = self._times(loaded)[rows], shares.folds + 1
        start, end = (_between_times(times, round(len(rows) * part / parts)) for part in (shares.fold, shares.fold + 1))
        _check_fold(rows[start:end], rows, shares)
        if not start:
            raise DataError(
                f"Nothing lies before the first of {shares.folds} folds: too many samples have the same time.",
                fix="Choose fewer folds, or split at random.",
            )
        return rows[:start], rows[start:end]

    def _times(self, loaded: Loaded) -> np.ndarray:
        """When each sample was taken, as numbers that grow; the lowest where that is not known."""
        values = _values(loaded, self.column)
        readings: list[Callable[[np.ndarray], np.ndarray]] = [
            lambda found: found.astype(np.float64),
            lambda found: np.array([str(one) or "NaT" for one in found], "datetime64[s]"),
        ]
        if np.issubdtype(values.dtype, np.datetime64):
            readings = [lambda found: found]
        for read in readings:
            try:
                times = read(values)
            except (ValueError, TypeError):
                continue
            unknown = np.isnat(times) if times.dtype.kind == "M" else np.isnan(times)
            numbers = times.astype(np.float64)
            numbers[unknown] = -np.inf
            if len(np.unique(numbers)) > 1:
                return numbers
            raise DataError(
                f"All samples have the same time in “{self.column}”.", fix="Choose another column, or split at random."
            )
        raise DataError(
            f"The column “{self.column}” holds no times.",
            expected="Times are numbers, or dates such as 2024-05-31.",
            fix="Choose another column, or split at random.",
        )


class ByColumn(Split, frozen=True):
    """As a column says of each sample: train, validation or test."""

    title = "By a column"

    column: str = text("", longest=LONGEST_NAME, help="The column that names the part of each sample.")

    def needs(self) -> str:
        return self.column or " "

    def divide(self, loaded: Loaded, shares: Shares, seed: int) -> Division:
        del seed
        if shares.fold:
            raise DataError(
                "The samples are divided by a column, which says nothing of folds.", fix="Split at random for folds."
            )
        known = {word: part for part, words in _PARTS.items() for word in words}
        words, found = np.unique(_values(loaded, self.column).astype(str), return_inverse=True)
        parts = [known.get(word.strip().lower().removesuffix(".0")) for word in words.tolist()]
        strange = [word for word, part in zip(words.tolist(), parts, strict=True) if part is None]
        if strange:
            raise DataError(
                f"The column “{self.column}” says “{abbreviate(strange[0], 60)}” of a sample, which is no part.",
                expected="It must say train, validation or test.",
                fix="Choose another column, or split at random.",
            )
        named = np.array(parts)[found]
        rows = {part: np.flatnonzero(named == part) for part in _PARTS}
        for part, brought in (("validation", loaded.validation), ("test", loaded.test)):
            if brought is not None and len(rows[part]):
                raise DataError(
                    f"The column “{self.column}” says {part} of {len(rows[part]):,} samples, but the files bring a "
                    f"{part} part of their own.",
                    fix="Split at random, or take that part away from the files.",
                )
        return Division(rows["train"], rows["validation"], rows["test"])


def _between_times(times: np.ndarray, place: int) -> int:
    """The place nearest to this one between two different times (ascending): what is of one time stays together."""
    if not 0 < place < len(times) or times[place - 1] != times[place]:
        return place
    first, last = (int(np.searchsorted(times, times[place], side)) for side in ("left", "right"))
    return first if place - first <= last - place else last


def spread(labels: np.ndarray) -> np.ndarray:
    """An order in which every beginning holds each class by its share; samples of a class keep their order."""
    counts = np.bincount(labels, minlength=1)
    starts = np.cumsum(counts) - counts
    # Stretch by stretch, as the labels of data on the disk are so many that arrays of their length fill the memory.
    by_class = _by_class(labels, starts)
    edges = np.linspace(0, 1, len(labels) // STRETCH + 2)
    borders = [np.searchsorted(_places(0, count, count), edges) for count in counts.tolist()]
    order, done = np.empty_like(by_class), 0
    for number in range(len(edges) - 1):
        reach = [(int(border[number]), int(border[number + 1])) for border in borders]
        rows = np.concatenate([by_class[at + low : at + high] for at, (low, high) in zip(starts, reach, strict=True)])
        places = np.concatenate([_places(low, high, n) for n, (low, high) in zip(counts, reach, strict=True)])
        order[done : done + len(rows)] = rows[np.lexsort((rows, places))]
        done += len(rows)
    return order


STRETCH = 2**18


def _by_class(labels: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The places of the first class, in order, then those of the next …; each class begins at its start."""
    found, filled = np.empty(len(labels), _kind_for(len(labels))), starts.copy()
    for first in range(0, len(labels), STRETCH):
        some = labels[first : first + STRETCH]
        counts = np.bincount(some, minlength=len(starts))
        within = filled - (np.cumsum(counts) - counts)
        found[np.repeat(within, counts) + np.arange(len(some))] = first + np.argsort(some, kind="stable")
        filled += counts
    return found


def _places(low: int, high: int, count: int) -> np.ndarray:
    """Where these of so many samples of a class stand between 0 and 1."""
    return (np.arange(low, high) + 0.5) / max(1, count)


def _kind_for(count: int) -> np.dtype:
    """The smallest type for the numbers of so many rows."""
    return np.dtype(np.int32 if count < 2**31 else np.int64)


def _spread_rows(loaded: Loaded, rows: np.ndarray) -> np.ndarray:
    targets = loaded.train.targets
    if are_labels(targets):
        return rows[spread(_rarest(targets)[rows])]
    is_class = targets.dtype.kind == "i" and targets.ndim == 1
    return rows[spread(targets[rows])] if is_class else rows


def _rarest(labels: np.ndarray) -> np.ndarray:
    """Of each row of labels the rarest that applies, numbered from the rarest of all; those without any come last."""
    ordered = labels[:, np.argsort(labels.sum(axis=0), kind="stable")]
    return np.where(ordered.any(axis=1), ordered.argmax(axis=1), labels.shape[1])


def _values(loaded: Loaded, column: str) -> np.ndarray:
    """What the samples have in a column. Raises `DataError`."""
    if column not in loaded.keys:
        raise DataError(
            f"These samples have no column “{abbreviate(column, 60)}” to be divided by.",
            fix="Choose another column, or split at random.",
        )
    values = np.asarray(loaded.keys[column])
    return values.astype(str) if values.dtype.kind == "O" else values


def _check_fold(fold: np.ndarray, rows: np.ndarray, shares: Shares) -> None:
    if not len(fold) or len(fold) == len(rows):
        raise DataError(
            f"{len(rows):,} samples cannot be divided into {shares.folds} folds this way.", fix="Choose fewer folds."
        )
