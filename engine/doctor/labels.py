"""What is to be predicted: labels that are likely wrong, classes that are hardly there, names that are alike."""

from collections.abc import Iterator

import numpy as np

from engine.datasets.dataset import are_labels, class_counts
from engine.doctor.case import Case
from engine.doctor.columns import alike
from engine.doctor.finding import Finding, Severity
from engine.doctor.models import FOLDS, MOST_IMAGES, MOST_ROWS, out_of_fold, suspects
from engine.report import ChangeSetting

FEWEST_OF_A_CLASS = 10
"""Samples. Of fewer, a part for validation may hold none, and a network learns them by heart."""
IMBALANCE = 20
"""How many times the smallest class the largest is, from where on the small one is hardly heard."""
SURE = 0.65
"""Of its usual probability: how little of it a label may have to be told as likely wrong."""
GOOD = 0.9
"""How often a model is right whose contradiction weighs much. That of one that errs often says where to look first."""
TELLING_SHARE = 0.01
"""Of fewer suspects than this share it is no doubt: even careful people label one in a hundred otherwise."""
TELLING_IMAGES, MOST_LOOKED_AT = 0.03, 200
"""Of a model that errs often, only so large a share of images matters, and only so many as a person looks through."""


def wrong_labels(case: Case) -> Iterator[Finding | str]:
    """Labels that a quick model, fitted on the other samples, finds unlikely. Yields words on how far it is."""
    rows = _judged(case)
    if case.labels is None or not len(rows):
        return
    probabilities = np.empty((0, 0))
    for item in out_of_fold(case, rows):
        if isinstance(item, np.ndarray):
            probabilities = item
        else:
            yield f"Asking a quick model about the labels ({item + 1} of {FOLDS})"
    labels = case.labels[rows]
    places, share = suspects(probabilities, labels)
    places = places[share < SURE]
    if not len(places):
        return
    count, right = len(places), float((probabilities.argmax(axis=1) == labels).mean())
    what = "label is" if count == 1 else "labels are"
    words = (
        f"{count:,} {what} likely wrong, or of a sample that is unlike its class. "
        f"A quick model that never saw them, right in {100 * right:.0f} % of all, contradicts: "
        "look at them, the most doubtful come first."
    )
    yield case.find("wrong-labels", _weight(case, count, len(rows), right), words, rows[places])


def _weight(case: Case, count: int, judged: int, right: float) -> Severity:
    if right >= GOOD:
        return "doubt" if count >= TELLING_SHARE * judged else "information"
    whole = count * len(case) / judged
    can_be_seen = case.is_images and count >= TELLING_IMAGES * judged and whole <= MOST_LOOKED_AT
    return "doubt" if can_be_seen else "information"


def _judged(case: Case) -> np.ndarray:
    """The samples whose labels are looked at: those of classes that every fold can hold."""
    if case.labels is None or not (case.is_images or case.columns):
        return np.empty(0, int)
    rows = case.drawn
    most = MOST_IMAGES if case.is_images else MOST_ROWS
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(1).choice(rows, most, replace=False))
    if len(rows) < len(case):
        case.notes.append(f"Labels were judged on {len(rows):,} of {len(case):,} samples, drawn at random.")
    counts = np.bincount(case.labels[rows], minlength=len(case.dataset.classes))
    enough = counts >= 2 * FOLDS
    return rows[enough[case.labels[rows]]] if enough.sum() >= 2 else rows[:0]


def few_of_a_class(case: Case) -> Iterator[Finding]:
    """Classes, or labels, with almost no samples."""
    targets = case.samples.targets
    if case.labels is None and not are_labels(targets):
        return
    one, many = ("has the label", "have the label") if are_labels(targets) else ("is of the class", "are of the class")
    counts = class_counts(targets, len(case.dataset.classes))
    for number, name in enumerate(case.dataset.classes):
        count = int(counts[number])
        if count >= FEWEST_OF_A_CLASS or len(case) < FEWEST_OF_A_CLASS * len(counts):
            continue
        rows = np.flatnonzero(targets[:, number] if are_labels(targets) else targets == number)
        if count == 0:
            words = f"No {case.noun} {one} “{name}”. A network cannot learn it."
        else:
            words = f"Only {case.called(count)} {one if count == 1 else many} “{name}”. That is too few to learn it."
        yield case.find("few-of-a-class", "doubt" if count else "serious", words, rows, column=name)


def imbalance(case: Case) -> Iterator[Finding]:
    """Classes of very different sizes that nothing balances."""
    if case.labels is None or case.data.balance != "none":
        return
    counts = np.bincount(case.labels, minlength=len(case.dataset.classes))
    enough = np.where(counts >= FEWEST_OF_A_CLASS, counts, counts.max())
    large, small = int(counts.argmax()), int(enough.argmin())
    if counts[large] < IMBALANCE * enough[small]:
        return
    names = case.dataset.classes
    words = (
        f"“{names[large]}” has {counts[large] / counts[small]:,.0f} times as many samples as “{names[small]}”. "
        "A network that never answers the small class would still look good."
    )
    fix = ChangeSetting("data.balance", "class weights", "Weigh the classes")
    yield case.find("imbalance", "doubt", words, np.flatnonzero(case.labels == small), fix=fix)


def names_alike(case: Case) -> Iterator[Finding]:
    """Classes whose names differ only in how they are written."""
    for group in alike(case.dataset.classes) if case.labels is not None else ():
        numbers = [case.dataset.classes.index(name) for name in group]
        rows = np.flatnonzero(np.isin(case.labels, numbers)) if case.labels is not None else None
        names = " and ".join(f"“{name}”" for name in group)
        words = f"{names} are written differently but seem to be one class. The network is asked to tell them apart."
        yield case.find("classes-alike", "serious", words, rows, column=group[0])
