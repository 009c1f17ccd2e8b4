"""Files: what was left out, images that show nothing or are of odd sizes, how a table is written, dates."""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from engine.datasets.images.pictures import Header
from engine.datasets.images.source import ImageSource
from engine.datasets.tables import Table
from engine.doctor.case import Case
from engine.doctor.finding import Finding
from engine.doctor.fixes import SplitByTime, leave_out
from engine.splits import AtRandom

SHOWN = 3
MOST_COLUMNS = 12
"""That are told one by one."""
FEWEST_FILES = 20
"""Of fewer it cannot be said what is usual."""
FAR_IN_PIXELS, FAR_IN_ASPECT = 16, 3
"""How many times the pixels, or the width for the height, are more or less than those of the image in the middle. Sets
of photographs, taken upright and across by all kinds of cameras, stay within."""
ODD_SHARE = 0.05
"""Where more images are so, sizes are just of many kinds."""
TOLD_EVERY = 1000
"""Files."""
BLANK = 1.0
"""Of 255: the deviation below which an image shows nothing."""


def nothing_asked(case: Case) -> Iterator[Finding]:
    """Nothing that could be predicted is chosen."""
    if words := case.data.dataset.lacks:
        told = f"{words} No network can be trained until a column is chosen that can be."
        yield Finding("nothing-asked", "serious", told)


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
        yield case.find("blank-images", "doubt", words, rows, fix=leave_out(case, rows, case.called(len(rows))))


def odd_sizes(case: Case) -> Iterator[Finding | str]:
    """Images whose files are far from the others in size or aspect, such as thumbnails and banners."""
    if not isinstance(case.dataset, ImageSource):
        return
    rows_of = {case.loaded.names[row]: place for place, row in enumerate(case.rows)}
    known: list[Header] = []
    for number, header in enumerate(case.dataset.headers(), 1):
        if header.name in rows_of and not header.fault:
            known.append(header)
        if number % TOLD_EVERY == 0:
            yield f"Looking at the sizes of images ({number:,})"
    odd = _odd(known)
    if not odd:
        return
    said = ", ".join(f"{one.name}: {one.width:,} × {one.height:,}" for one in odd[:SHOWN])
    width, height = (int(np.median([getattr(one, side) for one in known])) for side in ("width", "height"))
    words = (
        f"{case.called(len(odd))} {'is' if len(odd) == 1 else 'are'} of another size or aspect than nearly all "
        f"({said}{' …' if len(odd) > SHOWN else ''}), where {width:,} × {height:,} pixels are usual. "
        f"Brought to {' × '.join(map(str, reversed(case.inputs.shape[2:])))}, little of what they show may be left."
    )
    places = np.array([rows_of[one.name] for one in odd])
    fix = leave_out(case, np.sort(places), case.called(len(odd)))
    yield case.find("odd-sizes", "doubt", words, places, fix=fix)


def _odd(known: Sequence[Header]) -> list[Header]:
    """Those far from the middle, if they are few; the farthest first."""
    if len(known) < FEWEST_FILES:
        return []
    sides = np.log([(max(1, one.width), max(1, one.height)) for one in known])
    pixels, aspect = sides.sum(axis=1), sides[:, 0] - sides[:, 1]
    far = np.maximum(
        np.abs(pixels - np.median(pixels)) / np.log(FAR_IN_PIXELS),
        np.abs(aspect - np.median(aspect)) / np.log(FAR_IN_ASPECT),
    )
    places = np.flatnonzero(far > 1)
    if len(places) > ODD_SHARE * len(known):
        return []
    return [known[place] for place in places[np.argsort(-far[places], kind="stable")]]


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
    for column in table.columns:
        if column.kind == "date" and column.reason:
            words = f"“{column.name}”: {column.reason} Where that is wrong, write the year first in the file."
            yield Finding("format", "information", words, column=column.name)


def ignored_columns(case: Case) -> Iterator[Finding]:
    """Columns that are no input, and why."""
    table = case.dataset if isinstance(case.dataset, Table) else Table()
    unused = [one for one in table.columns if not one.is_input and one not in table.predicted]
    for column in unused[:MOST_COLUMNS]:
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
