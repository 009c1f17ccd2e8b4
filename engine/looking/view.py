"""What crosses the process border when data is looked at: what was asked, and what is answered. Small, and no torch."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
import numpy as np

from engine.data import SplitName
from engine.datasets.dataset import Skipped
from engine.preview import Histogram

Kind = Literal["number", "category", "text", "date"]
Role = Literal["input", "target", "part", "other"]
Look = Literal["table", "images", "curves", "texts"]
Value = float | str | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Head(msgspec.Struct, frozen=True):
    """A column: what it is called, what its values are and what they are for. ``is_whole``: numbers without a
    fraction; ``categories``: in their own order.
    """

    name: str
    kind: Kind
    role: Role = "input"
    categories: tuple[str, ...] = ()
    is_whole: bool = False


class Sight(msgspec.Struct, frozen=True):
    """What there is to be looked at: how it is shown, its columns and how many rows each part has.

    ``columns`` are the first ones where there are very many, and ``hidden`` says how many are not among them.
    ``skipped`` are the first of the rows or files that could not be used, ``left_out`` says of how many.
    """

    title: str
    look: Look
    columns: tuple[Head, ...]
    count: int
    parts: dict[SplitName, int]
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    left_out: int = 0
    hidden: int = 0


class Between(msgspec.Struct, frozen=True, tag=True):
    """Rows whose number, or date in days since 1970, lies from ``low`` up to ``high``; itself included or not."""

    column: str
    low: float = -np.inf
    high: float = np.inf
    with_low: bool = True
    with_high: bool = True
    is_not: bool = False


class Among(msgspec.Struct, frozen=True, tag=True):
    """Rows whose category is one of these."""

    column: str
    values: tuple[str, ...]


class Contains(msgspec.Struct, frozen=True, tag=True):
    """Rows in whose text or category these words are, small or capital; ``is_whole``: which are these words."""

    column: str
    words: str
    is_whole: bool = False


class Missing(msgspec.Struct, frozen=True, tag=True):
    """Rows that have no value there; or, where it ``is_not``, those that have one."""

    column: str
    is_not: bool = False


class Numbered(msgspec.Struct, frozen=True, tag=True):
    """These rows, in ``words`` of those who chose them."""

    rows: tuple[int, ...]
    words: str = ""
    column: str = ""


Filter = Between | Among | Contains | Missing | Numbered


class Query(msgspec.Struct, frozen=True):
    """Which rows in which order: all that pass every filter, sorted by a column (empty: as they come)."""

    filters: tuple[Filter, ...] = ()
    sort: str = ""
    descending: bool = False
    offset: int = 0
    count: int = 200


class RowsPage(msgspec.Struct, frozen=True, eq=False):
    """Some rows of an answer: from ``query.offset`` on, ``query.count`` of them or as many as are left.

    ``values`` has one tuple a column, in the order of `Sight.columns`; long texts are cut. ``pictures`` are uint8,
    N × height × width × 1 or 3; ``curves`` N × channels × points, each from 0 to 1. ``note`` says what became of the
    file since it was read.
    """

    query: Query
    total: int
    matching: int
    numbers: tuple[int, ...]
    values: tuple[tuple[Value, ...], ...]
    pictures: np.ndarray | None = None
    curves: np.ndarray | None = None
    note: str = ""


class Detail(msgspec.Struct, frozen=True, eq=False):
    """All of one row. ``picture`` and ``answer`` are uint8, height × width × 1 or 3; ``classes`` has the class of each
    pixel instead of an answer; a ``curve`` is channels × points.
    """

    number: int
    name: str
    values: tuple[Value, ...]
    text: str = ""
    picture: np.ndarray | None = None
    answer: np.ndarray | None = None
    classes: np.ndarray | None = None
    curve: np.ndarray | None = None
    size: tuple[int, ...] = ()
    """The shape of the sample."""


class Quantiles(msgspec.Struct, frozen=True):
    """The values below which none, a quarter, a half, three quarters and all of the others are."""

    lowest: float
    quarter: float
    middle: float
    three_quarters: float
    highest: float


class ColumnOverview(msgspec.Struct, frozen=True):
    """How the values of a column are distributed.

    Numbers and dates have a mean, quantiles and a ``histogram`` of what is finite; categories and texts have their most
    frequent values in ``top`` and ``others``, the count of all other rows that have a value.
    """

    head: Head
    count: int
    missing: int
    distinct: int
    mean: float = float("nan")
    deviation: float = float("nan")
    quantiles: Quantiles | None = None
    histogram: Histogram | None = None
    infinite: int = 0
    top: tuple[tuple[str, int], ...] = ()
    others: int = 0


class Relations(msgspec.Struct, frozen=True, eq=False):
    """How strongly each of ``names`` goes with each: from −1 to 1 between two numbers, from 0 to 1 elsewhere, NaN where
    nothing can be said. Found in ``rows`` rows.
    """

    names: tuple[str, ...]
    strengths: np.ndarray
    rows: int


class ImageOverview(msgspec.Struct, frozen=True, eq=False):
    """The mean of all images and of each class (uint8, height × width × 1 or 3), and how many have which size
    (width, height), the most frequent first.
    """

    mean: np.ndarray
    means: tuple[tuple[str, np.ndarray], ...]
    sizes: tuple[tuple[tuple[int, int], int], ...]


class Overview(msgspec.Struct, frozen=True, eq=False):
    """What is known of all rows. ``balance`` counts the classes of each part, in the order of ``classes``."""

    columns: tuple[ColumnOverview, ...]
    classes: tuple[str, ...]
    balance: dict[SplitName, tuple[int, ...]]
    relations: Relations | None = None
    images: ImageOverview | None = None


def written(head: Head, value: Value, digits: int = 6) -> str:
    """A value as people read it; empty where it is missing."""
    words = plain(head, value, digits)
    is_below = not isinstance(value, str | None) and words.startswith("-")
    return f"−{words[1:]}" if is_below else words


def plain(head: Head, value: Value, digits: int) -> str:
    """The same as other programs read it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if head.kind == "date":
        return written_date(value)
    if head.is_whole and abs(value) < 1e15:
        # Between two whole numbers there may be a median.
        return f"{value + 0.0:.2f}".rstrip("0").rstrip(".")
    return f"{value:.{digits}g}"


def written_date(days: float) -> str:
    """A date, with the time of day where it is not midnight."""
    try:
        moment = _EPOCH + timedelta(days=days)
    except (OverflowError, ValueError):
        return f"{days:.6g}"
    return moment.strftime("%Y-%m-%d" if days % 1 == 0 else "%Y-%m-%d %H:%M:%S")
