"""Files: what was left out, images that show nothing or are of odd sizes, how a table is written, dates."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from engine.datasets.tables import Table
from engine.doctor.case import Case
from engine.doctor.finding import Finding
from engine.doctor.fixes import SplitByTime, leave_out
from engine.splits import AtRandom

SHOWN = 3
MOST_COLUMNS = 12
"""That are told one by one."""
BLANK = 1.0
"""Of 255: the deviation below which an image shows nothing."""


def skipped(case: Case) -> Iterator[Finding]:
    """Rows or files that could not be used."""
    reasons = Counter(one.reason for one in case.loaded.skipped)
    for reason, count in reasons.most_common():
        places = [one.place for one in case.loaded.skipped if one.reason == reason]
        said = ", ".join(places[:SHOWN]) + (" …" if count > SHOWN else "")
        were = "was" if count == 1 else "were"
        words = f"{count:,} {were} left out ({said}). {reason}"
        yield Finding("skipped", "doubt", words, count=count, column=reason)


def blank_images(case: Case) -> Iterator[Finding]:
    """Images of one colour alone."""
    if not case.is_images:
        return
    wide = np.array([image.std() for image in case.inputs])
    rows = np.flatnonzero(wide < BLANK)
    if len(rows):
        words = f"{case.called(len(rows))} {'shows' if len(rows) == 1 else 'show'} one colour and nothing else."
        yield case.find("blank-images", "doubt", words, rows, fix=leave_out(case.rows[rows], case.called(len(rows))))


def remarks(case: Case) -> Iterator[Finding]:
    """What was noted while reading."""
    if case.loaded.note:
        yield Finding("note", "information", case.loaded.note)


def format_found(case: Case) -> Iterator[Finding]:
    """How a table is written, where that is not the usual way."""
    table = case.dataset
    if not isinstance(table, Table):
        return
    unusual = []
    if table.separator != "comma":
        unusual.append(f"a {table.separator} between cells")
    if table.decimal != "point":
        unusual.append("a comma before the fraction")
    if table.encoding.lower() not in ("utf-8", "utf8", "ascii"):
        unusual.append(f"letters as {table.encoding}")
    if not table.header:
        unusual.append("no names of columns")
    if table.lines_before:
        unusual.append(f"{table.lines_before:,} lines before the table")
    if unusual:
        yield Finding("format", "information", f"The file has {_joined(unusual)}. That was found out and is read so.")


def ignored_columns(case: Case) -> Iterator[Finding]:
    """Columns that are no input, and why."""
    columns = case.dataset.columns if isinstance(case.dataset, Table) else ()
    for column in [one for one in columns if not one.is_input][:MOST_COLUMNS]:
        words = f"“{column.name}” is no input."
        if column.reason:
            words += f" {column.reason}"
        if column.missing:
            words += f" {column.missing:,} of its values are missing."
        yield Finding("ignored-column", "information", words, column=column.name)


def dates(case: Case) -> Iterator[Finding]:
    """A column of dates beside a split at random."""
    columns = case.dataset.columns if isinstance(case.dataset, Table) else ()
    judged = case.loaded.test is None or case.loaded.validation is None
    if not judged or not isinstance(case.data.split, AtRandom):
        return
    for column in columns:
        if column.holds == "dates" and column.distinct > 1 and column.name in case.loaded.keys:
            words = (
                f"“{column.name}” says when each row was, but the rows are divided at random. "
                "The network is then judged on days between those that it has seen, not on days to come."
            )
            yield Finding("dates", "doubt", words, column=column.name, fix=SplitByTime(column.name))
            return


def _joined(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
