"""The data doctor: what will hurt a training, found before it. One small function per rule, all in one table.

A rule looks at a `Case` and yields what it finds, and a text now and then where it takes long. On data known to be
clean it is silent but for information; where a rule needs a limit, the limit and its reason stand beside the rule.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import NamedTuple

from engine.data import Data
from engine.datasets import Progress
from engine.doctor import columns, files, labels, rows
from engine.doctor.case import Case
from engine.doctor.finding import SEVERITIES, Finding, Findings
from engine.held import read


class Rule(NamedTuple):
    """How it looks, and what it looks for in a few words."""

    look: Callable[[Case], Iterator[Finding | str]]
    words: str


RULES: Mapping[str, Rule] = {
    "nothing-asked": Rule(files.nothing_asked, "what is to be predicted"),
    "skipped": Rule(files.skipped, "rows and files that cannot be used"),
    "blank-images": Rule(files.blank_images, "images that show nothing"),
    "odd-sizes": Rule(files.odd_sizes, "images of odd sizes"),
    "missing-values": Rule(columns.missing, "missing values"),
    "leak": Rule(rows.leaks, "samples that are in two parts"),
    "duplicates": Rule(rows.duplicates, "exact copies"),
    "near-duplicates": Rule(rows.near_duplicates, "images that are nearly the same"),
    "contradictions": Rule(rows.contradictions, "labels that contradict each other"),
    "gives-away": Rule(columns.gives_away, "columns that give the answer away"),
    "row-number": Rule(columns.numbers_the_rows, "columns that number the rows"),
    "constant-column": Rule(columns.constant, "constant columns"),
    "dates": Rule(files.dates, "dates beside a split at random"),
    "scales": Rule(columns.scales, "wildly different scales"),
    "outliers": Rule(columns.outliers, "values far beyond the rest"),
    "spellings": Rule(columns.spellings, "categories written in several ways"),
    "numbers-as-words": Rule(columns.numbers_as_words, "numbers with words among them"),
    "few-samples": Rule(columns.few_samples, "more columns than samples can tell apart"),
    "classes-alike": Rule(labels.names_alike, "classes that are written in several ways"),
    "few-of-a-class": Rule(labels.few_of_a_class, "classes with almost no samples"),
    "imbalance": Rule(labels.imbalance, "classes of very different sizes"),
    "wrong-labels": Rule(labels.wrong_labels, "labels that are likely wrong"),
    "format": Rule(files.format_found, "how the file is written"),
    "ignored-column": Rule(files.ignored_columns, "columns that are no input"),
    "note": Rule(files.remarks, "what was noted while reading"),
}


def examine(data: Data, rules: Mapping[str, Rule] = RULES) -> Generator[Progress, None, Findings]:
    """Examines the data of a project and returns what was found, the most severe first. Raises `DataError`."""
    yield Progress("Reading the samples", 0, len(rules) + 1, "steps")
    case = Case(data, *(yield from read(data.dataset)))
    found: list[Finding] = []
    for number, rule in enumerate(rules.values(), start=1):
        yield Progress(f"Looking for {rule.words}", number, len(rules) + 1, "steps")
        for item in rule.look(case):
            if isinstance(item, Finding):
                found.append(item)
            else:
                yield Progress(item, number, len(rules) + 1, "steps")
    found.sort(key=lambda finding: SEVERITIES.index(finding.severity))
    looked_for = tuple(rule.words for rule in rules.values())
    return Findings(tuple(found), len(case), looked_for, tuple(case.notes))
