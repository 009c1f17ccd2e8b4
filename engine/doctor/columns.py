"""Columns of a table: constant, giving the target away, incomplete, of wildly different scales."""

from collections.abc import Iterator

import numpy as np

from engine.datasets.dataset import Feature
from engine.datasets.tables.target import names_a_target
from engine.doctor.case import Case
from engine.doctor.finding import Finding
from engine.doctor.fixes import AddStep, IgnoreColumn, leave_out
from engine.doctor.models import column_scores, score_without
from engine.steps import Clip, DropMissing, FillMissing, Standardise

ALMOST = 0.995
"""Where so many values are one and the same, the column says nothing of nearly all samples."""
FEWEST = 20
"""Samples. Of fewer, hardly anything can be said of a column."""
MOST_TOLD = 12
"""Columns of one rule that are told one by one."""
GIVES_AWAY = 0.98
"""Of the way from guessing to knowing that one column alone covers, from where on it is looked into."""
REST_LACKS = 3
"""What gives the target away leaves the other columns with so many times its errors. Where they do as well without
it, the task is just easy."""
MOSTLY_MISSING = 0.6
FAR = 10
"""How many times the width of 99 % of the values one lies from their middle that is beyond the rest."""
RARE = 0.005
SCALES = 100
"""How many times the deviation of one column is that of another from where on the smaller one is hardly learned."""
SAMPLES_PER_COLUMN = 3


def constant(case: Case) -> Iterator[Finding]:
    """One and the same value, always or nearly so."""
    for place, feature in case.columns.items():
        values = case.inputs[:, place]
        known = values[~np.isnan(values)]
        if len(known) < FEWEST:
            continue
        kinds, counts = np.unique(known, return_counts=True)
        share, usual = counts.max() / len(known), kinds[counts.argmax()]
        if share < ALMOST:
            continue
        if len(kinds) == 1 and len(known) == len(values):
            yield _always_the_same(case, feature, written(feature, usual))
        elif len(kinds) > 1:
            others = np.flatnonzero((values != usual) & ~np.isnan(values))
            words = (
                f"“{feature.name}” is {written(feature, usual)} in all but {case.called(len(others))}. "
                "A network can learn little from it."
            )
            fix = IgnoreColumn(feature.name)
            yield case.find("almost-constant-column", "information", words, others, column=feature.name, fix=fix)


def _always_the_same(case: Case, feature: Feature, value: str) -> Finding:
    words = f"“{feature.name}” is always {value}. A network can learn nothing from it."
    fix = IgnoreColumn(feature.name)
    if names_a_target(feature.name):
        words += " If it is what was to be predicted, the file lacks the rows of all other answers."
        fix = None
    return case.find("constant-column", "doubt", words, column=feature.name, fix=fix)


def gives_away(case: Case) -> Iterator[Finding]:
    """A column that alone predicts the target nearly perfectly, which the others together do not."""
    if len(case.columns) < 2 or len(case) < FEWEST:
        return
    for place, score in column_scores(case).items():
        if score < GIVES_AWAY:
            continue
        without = score_without(case, place)
        if 1 - without < REST_LACKS * (1 - score) + 0.01:
            continue
        name = case.features[place].name
        yield case.find(
            "gives-away",
            "serious",
            f"“{name}” alone tells what is to be predicted in nearly every row; all other columns together do not. "
            "It was probably written down after the fact, and will not be known where the network is to be used.",
            column=name,
            fix=IgnoreColumn(name),
        )


def numbers_the_rows(case: Case) -> Iterator[Finding]:
    """A column that counts the rows."""
    for place, feature in case.columns.items():
        values = case.inputs[:, place]
        steps = np.diff(values) == np.diff(case.rows)
        counts = not feature.categories and len(values) >= FEWEST and bool(steps.all())
        if counts:
            words = (
                f"“{feature.name}” numbers the rows. The order of a file is no property of its rows, "
                "and new rows have numbers that the network never met."
            )
            yield case.find("row-number", "doubt", words, column=feature.name, fix=IgnoreColumn(feature.name))


def missing(case: Case) -> Iterator[Finding]:
    """Missing values that nothing fills."""
    if not case.is_table:
        yield from _no_numbers(case)
        return
    found = {place: np.flatnonzero(np.isnan(case.inputs[:, place])) for place in case.columns}
    lacking = {place: rows for place, rows in found.items() if len(rows) and not _is_filled(case, place)}
    for place in list(lacking)[:MOST_TOLD]:
        yield _missing_in(case, case.features[place], lacking[place])
    rest = list(lacking)[MOST_TOLD:]
    if rest:
        total = sum(len(lacking[place]) for place in rest)
        words = f"{len(rest):,} more columns lack {total:,} values."
        yield case.find("missing-values", "serious", words, column="…", fix=AddStep(FillMissing(), first=True))


def _missing_in(case: Case, feature: Feature, rows: np.ndarray) -> Finding:
    share = len(rows) / len(case)
    values = "value is" if len(rows) == 1 else "values are"
    words = f"“{feature.name}”: {len(rows):,} {values} missing ({_percent(share)}). A network cannot compute with them."
    fix = AddStep(FillMissing(), first=True)
    if share > MOSTLY_MISSING:
        fix = IgnoreColumn(feature.name)
    return case.find("missing-values", "serious", words, rows, column=feature.name, fix=fix)


def _is_filled(case: Case, place: int) -> bool:
    name = case.features[place].name
    steps = [step for step in case.data.steps if isinstance(step, FillMissing | DropMissing)]
    return any(not step.columns or name in step.columns for step in steps)


def _no_numbers(case: Case) -> Iterator[Finding]:
    if case.inputs.dtype.kind != "f":
        return
    broken = np.flatnonzero(~np.isfinite(case.inputs).all(axis=tuple(range(1, case.inputs.ndim))))
    if len(broken):
        words = (
            f"{case.called(len(broken))} hold values that are no numbers (NaN or infinite). "
            "One of them is enough to make every weight NaN."
        )
        fix = leave_out(case, broken, case.called(len(broken)))
        yield case.find("missing-values", "serious", words, broken, fix=fix)


def scales(case: Case) -> Iterator[Finding]:
    """Columns of wildly different scales that nothing evens out."""
    kind = case.dataset.normalization if case.data.normalization == "automatic" else case.data.normalization
    if kind != "none" or any(step.scales for step in case.data.steps):
        return
    with np.errstate(invalid="ignore"):
        wide = {
            place: float(np.nanstd(case.inputs[:, place])) for place, one in case.columns.items() if not one.categories
        }
    wide = {place: width for place, width in wide.items() if np.isfinite(width) and width > 0}
    if len(wide) < 2:
        return
    large, small = max(wide, key=wide.__getitem__), min(wide, key=wide.__getitem__)
    if wide[large] < SCALES * wide[small]:
        return
    one, two = case.features[large].name, case.features[small].name
    words = (
        f"“{one}” varies {wide[large] / wide[small]:,.0f} times as much as “{two}”, and nothing evens that out. "
        "The network would hear the large one alone."
    )
    yield case.find("scales", "doubt", words, fix=AddStep(Standardise()))


def outliers(case: Case) -> Iterator[Finding]:
    """Values far beyond the rest."""
    clipped = any(isinstance(step, Clip) for step in case.data.steps)
    told = 0
    for place, feature in case.columns.items():
        if feature.categories or clipped or told == MOST_TOLD:
            continue
        rows = _far(case.inputs[:, place])
        if not len(rows):
            continue
        told += 1
        furthest = case.inputs[rows[0], place]
        words = (
            f"“{feature.name}”: {case.called(len(rows))} {'lies' if len(rows) == 1 else 'lie'} far beyond the rest, "
            f"such as {furthest:.6g}. That may be a slip or a mark for a missing value."
        )
        fix = AddStep(Clip((feature.name,)), first=False)
        yield case.find("outliers", "doubt", words, rows, column=feature.name, fix=fix)


def _far(values: np.ndarray) -> np.ndarray:
    """Places of the few values far beyond the rest, the furthest first."""
    known = values[np.isfinite(values)]
    if len(known) < 5 * FEWEST:
        return np.empty(0, int)
    low, middle, high = np.quantile(known, [0.005, 0.5, 0.995])
    away = np.abs(np.nan_to_num(values, nan=float(middle)) - middle)
    width = max(high - middle, middle - low)
    rows = np.flatnonzero(away > FAR * width) if width > 0 else np.empty(0, int)
    return rows[np.argsort(-away[rows], kind="stable")] if len(rows) <= RARE * len(known) + 1 else rows[:0]


def few_samples(case: Case) -> Iterator[Finding]:
    """More columns than so few samples can tell apart."""
    samples, columns = int((case.parts == 0).sum()), len(case.columns)
    if case.is_table and columns > 4 and samples < SAMPLES_PER_COLUMN * columns:
        words = (
            f"There are only {samples:,} training rows for {columns:,} columns. "
            "By chance alone some column will seem to tell the answer: use fewer columns or more rows."
        )
        yield case.find("few-samples", "doubt", words)


def spellings(case: Case) -> Iterator[Finding]:
    """Categories that differ only in how they are written."""
    for place, feature in case.columns.items():
        groups = alike(feature.categories)
        if not groups:
            continue
        names = {name for group in groups for name in group}
        numbers = [number for number, name in enumerate(feature.categories) if name in names]
        rows = np.flatnonzero(np.isin(case.inputs[:, place], numbers))
        words = (
            f"“{feature.name}” writes the same in several ways: {_listed(groups)}. "
            "Each way counts as a category of its own; write them alike in the file."
        )
        yield case.find("spellings", "doubt", words, rows, column=feature.name)


def numbers_as_words(case: Case) -> Iterator[Finding]:
    """Numbers that are read as categories because a few cells hold words."""
    for place, feature in case.columns.items():
        words = [name for name in feature.categories if not _is_number(name)]
        if not words or len(feature.categories) < 10 or len(words) > 0.2 * len(feature.categories):
            continue
        numbers = [number for number, name in enumerate(feature.categories) if name in words]
        rows = np.flatnonzero(np.isin(case.inputs[:, place], numbers))
        said = ", ".join(f"“{word}”" for word in words[:3])
        sentence = (
            f"“{feature.name}” holds numbers and a few words, such as {said}. "
            "It is read as categories, which know no more and less; name the words as marks of missing values instead."
        )
        yield case.find("numbers-as-words", "doubt", sentence, rows, column=feature.name)


def alike(names: tuple[str, ...]) -> list[list[str]]:
    """Groups of names that differ only by case, blanks and punctuation at their ends."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(bare(name), []).append(name)
    return [group for key, group in groups.items() if len(key) > 1 and len(group) > 1]


def bare(name: str) -> str:
    """The name without case, needless blanks and a full stop at its end."""
    return " ".join(name.casefold().replace("_", " ").replace("-", " ").split()).strip(" .,;:!")


def written(feature: Feature, value: float) -> str:
    """A value of a column as a person reads it."""
    return f"“{feature.categories[int(value)]}”" if feature.categories else f"{value:.6g}"


def _listed(groups: list[list[str]]) -> str:
    return "; ".join(" and ".join(f"“{name}”" for name in group) for group in groups[:3])


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u00a0%" if share >= 0.1 else f"{100 * share:.2g}\u00a0%"
