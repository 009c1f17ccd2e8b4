"""What a column holds and how it is best used, found out from all of its cells, block by block."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np

from engine.datasets.tables.arrow import ArrowColumn
from engine.datasets.tables.arrow import compute as functions
from engine.datasets.tables.column import FEW_NUMBERS, MOST_CATEGORIES, TableColumn
from engine.datasets.tables.format import NUMBERS
from engine.datasets.tables.listed import ROWS_OF_A_LABEL, Lists
from engine.datasets.tables.values import DATE_PATTERNS, LARGEST, dates, numbers, plain, without, written

FEW_VALUES = 50
"""As many different texts are categories however few rows there are."""
CATEGORY_SHARE = 0.05
"""More different texts than that are categories where they are a smaller share of the rows."""
UNIQUE_SHARE = 0.5
UNIQUE_ROWS = 20
LONG_TEXT = 40
"""Characters. What is longer on average is prose."""
NUMBER_SHARE = 0.9
"""Where so many of the different values are numbers, the others are faults."""
DATE_SHARE = 0.9
"""And so with dates: 2024-02-30 is none."""
SOME_DATES_SHARE = 0.5
SOME_DATES = "Most of its texts are dates, but fewer than 90 %, so it is read as texts: correct those that are none."
DAY_FIRST = "Its dates could begin with the day or with the month; they are read as beginning with the day."

_IMAGE = re.compile(r".+\.(png|jpe?g|gif|bmp|tiff?|webp)", re.IGNORECASE)
_INDEX = re.compile(
    r"(.*[\W_])?(id|idx|index|nr|no|num|number|row|rownames|key|uuid|guid|unnamed.*|column 1)", re.IGNORECASE
)
_INDEX_END = re.compile(r".*[a-z](Id|ID|Index|Nr)")


class Profile:
    """What has been seen of a column so far."""

    def __init__(self, name: str, place: int, decimal: Literal["point", "comma"], marks: Sequence[str]) -> None:
        self.name, self.place, self.marks = name, place, marks
        self.decimal, self.number = decimal, NUMBERS[decimal]
        self.rows = 0
        self.missing = 0
        self.texts = self.times = self.others = False
        """What has been met beside numbers."""
        self.values: dict[str, None] = {}
        """The different values, until there are too many."""
        self.met: set[float] = set()
        """The different numbers, as they are."""
        self.numbers = 0
        """How many of them are numbers."""
        self.numeric = True
        """Whether most of them are in every block."""
        self.faults = 0
        """Cells that are no number that can be held."""
        self.many = False
        self.whole = True
        self.increasing = True
        self.last = -np.inf
        self.patterns: dict[str, int] = dict.fromkeys(DATE_PATTERNS, 0)
        """How most of its texts may be written as dates, each with the cells that are no date of this kind."""
        self.some_dates = False
        """Whether most of a block's texts are dates, but too few to take them for such."""
        self.length = 0
        """Of the different texts together."""
        self.lists = Lists()
        """The labels that its texts may list."""

    def add(self, cells: Any) -> None:
        """Looks at the next block."""
        import pyarrow as pa

        found = plain(cells)
        self.rows += len(found)
        if pa.types.is_null(found.type):
            self.others = self.others or not pa.types.is_null(cells.type)
            self.missing += len(found)
        elif pa.types.is_string(found.type):
            self._add_texts(found)
        elif pa.types.is_timestamp(found.type):
            self.times = True
            self.missing += found.null_count
            self._add_values(found.cast(pa.int64()).cast(pa.float64()))
        else:
            self._add_numbers(found)

    def _add_numbers(self, found: ArrowColumn) -> None:
        values = found.to_numpy(zero_copy_only=False)
        known = values[np.abs(values) <= LARGEST]
        self.missing += len(values) - len(known)
        self._add_values(found)
        self.whole = self.whole and bool((known == np.rint(known)).all())
        self._follow(known)

    def _follow(self, known: np.ndarray) -> None:
        if self.increasing and len(known):
            self.increasing = bool(known[0] > self.last and (np.diff(known) > 0).all())
            self.last = known[-1]

    def _add_texts(self, found: ArrowColumn) -> None:
        encoded = functions().dictionary_encode(found)
        words = without(encoded.dictionary, self.marks)
        is_missing = words.is_null().to_numpy(zero_copy_only=False)
        places, known = encoded.indices.drop_null().to_numpy(), words.drop_null()
        self.missing += encoded.null_count + int(is_missing[places].sum())
        self.increasing = False
        if not len(known):
            return
        self.texts = True
        self._follow_dates(known, np.bincount(places, minlength=len(words))[~is_missing])
        self._count(known.to_pylist() if not self.many else [])
        self.lists.add(known)
        self.numeric = self.numeric and self.numbers >= NUMBER_SHARE * len(self.values)
        if self.numeric:
            is_fault = np.isnan(numbers(words, self.decimal)) & ~is_missing
            self.faults += int(is_fault[places].sum())

    def _follow_dates(self, words: ArrowColumn, counts: np.ndarray) -> None:
        """Keeps the patterns that most of the different words of a block follow."""
        for form, faults in list(self.patterns.items()):
            is_fault = dates(words, form).is_null().to_numpy(zero_copy_only=False)
            self.patterns[form] = faults + int(counts[is_fault].sum())
            share = (~is_fault).mean()
            if share < DATE_SHARE:
                del self.patterns[form]
                self.some_dates = self.some_dates or share > SOME_DATES_SHARE

    def _add_values(self, found: ArrowColumn) -> None:
        if self.many:
            return
        different = functions().unique(found.drop_null())
        self.many = len(different) > MOST_CATEGORIES
        new = set(different[: MOST_CATEGORIES + 1].to_pylist()) - self.met
        self.met |= new
        self._count(written(value) for value in sorted(new) if abs(value) <= LARGEST)

    def _count(self, words: Any) -> None:
        for word in words:
            if word in self.values:
                continue
            self.values[word] = None
            self.numbers += self.number.fullmatch(word) is not None
            self.length += len(word)
            if len(self.values) > MOST_CATEGORIES:
                self.many = True
                return

    def column(self) -> TableColumn:
        """How the column is best used."""
        if self.others:
            return self._ignored("other", "Its cells hold lists, bytes or the like.")
        if self.rows == self.missing:
            return self._ignored("texts", "It is empty.")
        if self.times or (self.texts and self.patterns):
            form = min(self.patterns, key=lambda form: self.patterns[form], default="")
            faults = self.patterns.get(form, 0)
            alike = [other for other, count in self.patterns.items() if count == faults and other != form]
            is_unclear = _swapped(form) in alike
            self.missing += faults
            return self._known("date", "dates", dates=form, reason=DAY_FIRST if is_unclear else "")
        if not self.texts or self.numeric:
            return self._of_numbers()
        if all(_IMAGE.fullmatch(word) for word in self.values):
            reason = "It names images. Images with a table of labels are opened by their folder."
            return self._known("image", "images", reason=reason)
        return self._of_texts()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was in any cell."""
        return self.rows == self.missing and not self.others

    @property
    def different(self) -> tuple[str, ...]:
        """Its different values in order; none where they are too many."""
        return () if self.many else in_order(self.values)

    @property
    def labels(self) -> tuple[str, ...]:
        """Its different values where they may be classes that are to be predicted; else none."""
        return self.different if len(self.values) * ROWS_OF_A_LABEL <= self.rows - self.missing else ()

    @property
    def counts_too_many(self) -> bool:
        """Whether it holds whole numbers, more of them than there can be classes."""
        return self.many and self.whole and not self.texts and not self.times and not self.others

    def _of_numbers(self) -> TableColumn:
        self.missing += self.faults
        is_named = _INDEX.fullmatch(self.name) or _INDEX_END.fullmatch(self.name)
        counts = self.increasing and self.whole and self.rows - self.missing > 2 and not self.missing
        self.values = {word: None for word in self.values if not self.faults or self._can_be_held(word)}
        few = len(self.values) <= FEW_NUMBERS and not self.many
        kept = in_order(self.values) if few else ()
        if counts and (is_named or (self.place == 0 and self._counts_by_one())):
            return self._ignored("numbers", "It numbers the rows.")
        return self._known("number", "numbers", categories=kept)

    def _can_be_held(self, word: str) -> bool:
        import pyarrow as pa

        return not np.isnan(numbers(pa.array([word]), self.decimal)[0])

    def _counts_by_one(self) -> bool:
        return self.last in (self.rows, self.rows - 1)

    def _of_texts(self) -> TableColumn:
        known, different = self.rows - self.missing, len(self.values)
        unique = different > UNIQUE_SHARE * known and known >= UNIQUE_ROWS
        few = different <= FEW_VALUES or different <= CATEGORY_SHARE * self.rows
        mark = self.lists.likely(math.inf if self.many else different, known)
        if not self.many and few and not unique:
            reason = SOME_DATES if self.some_dates else ""
            return self._known("category", "texts", categories=in_order(self.values), mark=mark, reason=reason)
        if mark:
            return self._ignored("texts", "Its cells list labels, which can be predicted.", mark)
        if self.some_dates:
            return self._ignored("texts", SOME_DATES)
        if self.length > LONG_TEXT * different:
            return self._known("text", "texts", reason="Its texts are long and hardly any returns.")
        many = f"more than {MOST_CATEGORIES:,}" if self.many else f"{different:,}"
        return self._ignored("texts", f"It has {many} different texts in {known:,} rows.")

    def _ignored(self, holds: Any, reason: str, mark: str = "") -> TableColumn:
        return self._known("ignore", holds, reason=reason, mark=mark)

    def _known(self, kind: Any, holds: Any, **more: Any) -> TableColumn:
        return TableColumn(self.name, kind, holds=holds, missing=self.missing, distinct=len(self.values) or 0, **more)


def _swapped(form: str) -> str:
    """A pattern of dates with month and day in each other's place."""
    return form.translate(str.maketrans("dm", "md"))


def in_order(words: Iterable[str]) -> tuple[str, ...]:
    """Categories as they are listed: numbers by size, then words by the alphabet."""
    return tuple(sorted(words, key=_order))


def _order(word: str) -> tuple[bool, float, str]:
    number = _PLAIN.fullmatch(word)
    return (not number, float(word) if number else 0.0, word)


_PLAIN = re.compile(r"[-+]?\d+(\.\d+)?([eE][-+]?\d{1,3})?")
