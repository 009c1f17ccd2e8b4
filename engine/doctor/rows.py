"""Samples that are the same: copies, the same in two parts, the same with another answer."""

from collections.abc import Iterator

import numpy as np

from engine.datasets.tables import Table
from engine.doctor.case import Case, digests
from engine.doctor.finding import MOST_ROWS, Finding
from engine.doctor.fixes import leave_out
from engine.doctor.thumbnails import near_pairs
from engine.held import key_values

TELLING_SHARE = 0.01
"""Of fewer copies than this share a result hardly feels anything: they are told, but are no doubt."""
NATURAL_SHARE = 0.5
"""Where fewer than so many of the samples differ, the inputs can take few values, and copies are only natural."""


def duplicates(case: Case) -> Iterator[Finding]:
    """Exact copies."""
    if case.is_sequence or _repeats_by_nature(case):
        return
    whole = case.digests * 31 + digests(case.samples.targets)
    groups = _same_beside(case, _copies(whole))
    if not len(groups):
        return
    copies = groups[:, 0]
    count, crossing = len(copies), _crossing(case, groups)
    what = "an exact copy" if count == 1 else "exact copies"
    copy = f"{case.called(count)} of {len(case):,} {_are(count)} {what} of an earlier one."
    why = (
        f"{crossing:,} of them {_are(crossing)} in another part than the first, where memory passes for skill."
        if crossing
        else "It counts as many times as it is there."
    )
    severity = "doubt" if count >= TELLING_SHARE * len(case) else "information"
    yield case.find(
        "duplicates",
        severity,
        f"{copy} {why}",
        copies,
        fix=leave_out(case, copies, f"{count:,} {_copies_word(count)}"),
    )


def near_duplicates(case: Case) -> Iterator[Finding]:
    """Images that differ by next to nothing."""
    if not case.is_images:
        return
    drawn = case.drawn
    _, first = np.unique(case.digests[drawn], return_index=True)
    some = drawn[np.sort(first)]
    pairs = some[near_pairs(case.inputs, some)]
    if not len(pairs):
        return
    later = np.unique(pairs.max(axis=1))
    count = len(later)
    crossing = int((case.parts[pairs[:, 0]] != case.parts[pairs[:, 1]]).sum())
    words = (
        f"{case.called(count)} {_are(count)} nearly the same as an earlier one, such as the same picture saved anew."
    )
    if crossing:
        words += f" {crossing:,} such {'pair lies' if crossing == 1 else 'pairs lie'} in two parts."
    both = np.unique(pairs[:MOST_ROWS])
    fix = leave_out(case, later, f"{count:,} near {_copies_word(count)}")
    severity = "doubt" if count >= TELLING_SHARE * len(case) else "information"
    yield case.find("near-duplicates", severity, words, both, fix=fix)


def leaks(case: Case) -> Iterator[Finding]:
    """The same sample in the training and in a part that judges it."""
    if case.is_sequence or _repeats_by_nature(case):
        return
    for numbers, name, part in case.others():
        known = digests(part.inputs)
        there = np.isin(known, case.digests)
        count = int(there.sum())
        if not count:
            continue
        rows = numbers[there]
        mine = np.flatnonzero(np.isin(case.digests, known[there]))
        severity = "serious" if count >= TELLING_SHARE * len(part) else "information"
        yield Finding(
            "leak",
            severity,
            f"{case.called(count)} of the {name} part {_are(count)} also in the training part. "
            "There, memory passes for skill.",
            (*rows[: MOST_ROWS // 2].tolist(), *case.rows[mine][: MOST_ROWS // 2].tolist()),
            count,
            column=name,
            fix=leave_out(case, mine, f"{case.called(len(mine))} of the training part"),
        )


def contradictions(case: Case) -> Iterator[Finding]:
    """The same inputs with another class."""
    if case.labels is None or case.is_sequence or _repeats_by_nature(case):
        return
    _, group = np.unique(case.digests, return_inverse=True)
    highest = np.full(group.max() + 1, -1)
    lowest = np.full(group.max() + 1, np.iinfo(np.int64).max)
    np.maximum.at(highest, group, case.labels)
    np.minimum.at(lowest, group, case.labels)
    places = np.flatnonzero((highest != lowest)[group])
    if not len(places):
        return
    places = places[np.argsort(group[places], kind="stable")]
    count, severity = len(places), "doubt" if len(places) >= TELLING_SHARE * len(case) else "information"
    yield case.find(
        "contradictions",
        severity,
        f"{case.called(count)} have the same inputs as another one and another class. "
        "At most one of them can be answered rightly.",
        places,
        fix=leave_out(case, places, f"{case.called(count)}"),
    )


def _repeats_by_nature(case: Case) -> bool:
    different = len(np.unique(case.digests))
    return different < NATURAL_SHARE * len(case)


def _copies(numbers: np.ndarray) -> np.ndarray:
    """What was there before, ascending, each with the first of its kind (P × 2)."""
    _, first, group = np.unique(numbers, return_index=True, return_inverse=True)
    origin = first[group]
    copies = np.flatnonzero(origin != np.arange(len(numbers)))
    return np.stack([copies, origin[copies]], axis=1)


def _same_beside(case: Case, pairs: np.ndarray) -> np.ndarray:
    """Those pairs that are the same in the columns that are no inputs too, such as names; row numbers do not count."""
    table = case.dataset
    if not isinstance(table, Table) or not len(pairs):
        return pairs
    used = {column.name for column in table.inputs}
    for column in table.columns:
        if column.name in used or column.name not in case.loaded.keys:
            continue
        values = key_values(case.loaded, column.name, case.rows)
        if values.dtype.kind == "f" and (np.diff(values) > 0).all():
            continue
        one, two = values[pairs[:, 0]], values[pairs[:, 1]]
        pairs = pairs[(one == two) | ((one != one) & (two != two))]
    return pairs


def _crossing(case: Case, pairs: np.ndarray) -> int:
    return int((case.parts[pairs[:, 0]] != case.parts[pairs[:, 1]]).sum())


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _copies_word(count: int) -> str:
    return "copy" if count == 1 else "copies"
