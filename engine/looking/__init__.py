"""Looking at data: its rows, sorted and filtered, and what is known of all of them.

All of this runs in the engine process. What was read stays there, so that a page is answered in milliseconds; what
passes between the processes is in `engine.looking.view`.
"""

from collections.abc import Iterator

import numpy as np

from engine.data import SPLITS, Data, SplitName
from engine.datasets import Progress
from engine.datasets.dataset import class_counts
from engine.errors import DataError
from engine.looking.frame import Column, Frame
from engine.looking.pictures import (
    FINE_POINTS,
    answer_classes,
    answer_picture,
    curves,
    image_overview,
    large_picture,
    pictures,
)
from engine.looking.reading import change_of, frame_of, opening
from engine.looking.relations import relations
from engine.looking.selection import ordered
from engine.looking.statistics import column_overview
from engine.looking.view import (
    ColumnOverview,
    Detail,
    ImageOverview,
    Overview,
    Query,
    Relations,
    RowsPage,
    Sight,
    Value,
    plain,
)

MOST_ROWS = 2000
"""Of one page."""
LONGEST_CELL = 200
MOST_COPIED = 200_000


def opened(data: Data, *, anew: bool = False) -> Iterator[Progress | Sight]:
    """Reads the data and says what there is to be looked at. Raises `DataError`."""
    for item in opening(data, anew=anew):
        yield item.sight() if isinstance(item, Frame) else item


def read_again(data: Data) -> Iterator[Progress | Sight]:
    """The same, of a file as it is now. Raises `DataError`."""
    return opened(data, anew=True)


def rows(data: Data, query: Query) -> RowsPage:
    """A page of rows. Raises `DataError`."""
    frame = frame_of(data)
    found = ordered(frame, query)
    shown = found[query.offset : query.offset + min(query.count, MOST_ROWS)]
    return RowsPage(
        query=query,
        total=len(frame),
        matching=len(found),
        numbers=tuple(frame.numbers[shown].tolist()),
        values=tuple(tuple(cells(column, shown)) for column in frame.columns.values()),
        pictures=pictures(frame, shown) if frame.look == "images" else None,
        curves=curves(frame, shown) if frame.look == "curves" else None,
        note=change_of(data),
    )


def cells(column: Column, shown: np.ndarray, longest: int = LONGEST_CELL) -> list[Value]:
    """The values of these rows, None where there is none."""
    match column.head.kind:
        case "number" | "date":
            return [None if value != value else value for value in column.values[shown].tolist()]
        case "category":
            names = column.head.categories
            return [None if place < 0 else names[place] for place in column.values[shown].tolist()]
        case "text":
            return [word if word is None else word[:longest] for word in column.values.take(shown).to_pylist()]


def detail(data: Data, number: int) -> Detail:
    """All of one row. Raises `DataError`."""
    frame = frame_of(data)
    row = frame.places((number,))
    if not len(row):
        raise DataError(f"There is no row {number:,}: {frame.dataset.title} has {len(frame):,}.")
    place = int(row[0])
    values = tuple(cells(column, row, longest=100_000)[0] for column in frame.columns.values())
    ((sample, target),) = frame.pick(row)
    return Detail(
        number,
        frame.words(place),
        values,
        text=frame.dataset.words_of(sample),
        picture=large_picture(frame, place) if frame.look == "images" else None,
        answer=answer_picture(frame.dataset, target),
        classes=answer_classes(frame.dataset, target),
        curve=curves(frame, row, FINE_POINTS)[0] if frame.look == "curves" else None,
        size=tuple(sample.shape),
    )


def overview_of(data: Data, names: tuple[str, ...]) -> tuple[ColumnOverview, ...]:
    """How the values of these columns are distributed. Raises `DataError`."""
    frame = frame_of(data)
    return tuple(column_overview(frame.column(name)) for name in names)


def balance_of(data: Data) -> dict[SplitName, tuple[int, ...]]:
    """How many samples, or places in them, of each class there are in each part; empty: there are no classes."""
    frame = frame_of(data)
    classes, place = len(frame.dataset.classes), 0
    counts = np.zeros((len(SPLITS), classes), np.int64)
    for segment in frame.segments() if classes else ():
        parts = frame.parts[place : place + len(segment)]
        for part in range(len(SPLITS)):
            counts[part] += class_counts(segment.targets[parts == part], classes)
        place += len(segment)
    return dict(zip(SPLITS, map(tuple, counts.tolist()), strict=True)) if classes else {}


def relations_of(data: Data) -> Relations | None:
    """How strongly the columns go with each other; None: there are no two. Raises `DataError`."""
    frame = frame_of(data)
    return relations(frame) if frame.look == "table" else None


def images_of(data: Data) -> ImageOverview | None:
    """Mean images and sizes; None: the samples are no images. Raises `DataError`."""
    frame = frame_of(data)
    return image_overview(frame) if frame.look == "images" and len(frame) else None


def overview(data: Data) -> Iterator[Progress | Overview]:
    """What is known of all rows; the last item is the `Overview`. Raises `DataError`."""
    frame = None
    for item in opening(data):
        if isinstance(item, Frame):
            frame = item
        else:
            yield item
    assert frame is not None
    found: list[ColumnOverview] = []
    for place, column in enumerate(frame.columns.values()):
        yield Progress("Looking at the columns", place, len(frame.columns), "columns")
        found.append(column_overview(column))
    yield Progress("Comparing the columns")
    yield Overview(tuple(found), frame.dataset.classes, balance_of(data), relations_of(data), images_of(data))


def written_rows(data: Data, query: Query, spans: tuple[tuple[int, int], ...]) -> str:
    """Rows of an answer, from the first of each span up to before the second, as tab-separated lines below the names of
    the columns. Raises `DataError`.
    """
    frame = frame_of(data)
    found = ordered(frame, query)
    places = np.concatenate([np.arange(start, min(end, len(found))) for start, end in spans])
    if len(places) > MOST_COPIED:
        raise DataError(
            f"{len(places):,} rows are too many to copy.",
            expected=f"At most {MOST_COPIED:,}.",
            fix="Select fewer rows.",
        )
    columns = frame.columns.values()
    values = [cells(column, found[places], longest=100_000) for column in columns]
    lines = [[column.head.name for column in columns]]
    lines += [
        [plain(column.head, value, digits=7) for column, value in zip(columns, row, strict=True)]
        for row in zip(*values, strict=True)
    ]
    return "\n".join("\t".join(" ".join(word.split()) for word in line) for line in lines)
