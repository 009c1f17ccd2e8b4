"""Snapping: where a box that is moved comes to rest among others, and what shows why it rests there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise, product
from typing import Literal, NamedTuple

from engine.layout import GRID

NEARBY = 480
"""How far away another box may be to be snapped to; one that it is wired to may be anywhere."""

_CELL = 256
_EQUAL = 1.0


class Span(NamedTuple):
    """What a box takes on one axis."""

    start: float
    end: float

    @property
    def middle(self) -> float:
        """Half-way."""
        return (self.start + self.end) / 2

    @property
    def size(self) -> float:
        """From its start to its end."""
        return self.end - self.start


Axis = Literal[0, 1]
"""0 runs to the right, 1 down."""
Box = tuple[Span, Span]
"""What a box takes on both axes."""


class Pull(NamedTuple):
    """A place that a wire wants: the box begins at ``start`` then, and the wire runs on ``line`` to the ``other``."""

    start: float
    line: float
    other: Box


class Mark(NamedTuple):
    """A line to be shown, along an axis: ``at`` says where it lies on the other one."""

    axis: Axis
    span: Span
    at: float


class Rest(NamedTuple):
    """Where a box comes to rest, with the lines on which it then stands and the equal gaps beside it."""

    position: tuple[float, float]
    lines: tuple[Mark, ...] = ()
    gaps: tuple[Mark, ...] = ()


class Surroundings:
    """The boxes among which one is moved, sorted once so that those nearby are found at once."""

    def __init__(
        self, boxes: Iterable[Box], pulls: Sequence[Pull] = (), across: Axis = 0, *, has_gaps: bool = True
    ) -> None:
        """``pulls`` are places on the axis ``across`` the flow; ``has_gaps``: equal gaps are looked for as well."""
        self._cells: defaultdict[tuple[int, int], list[Box]] = defaultdict(list)
        for box in boxes:
            self._cells[_cell(box[0].middle), _cell(box[1].middle)].append(box)
        self._pulls = pulls
        self._across = across
        self._has_gaps = has_gaps

    def rest(self, box: Box, reach: float) -> Rest:
        """Where a box comes to rest that is held here; what is further than ``reach`` leaves it on the grid."""
        near = self._near(box)
        x, y = self._start(0, box, near, reach), self._start(1, box, near, reach)
        moved = _moved(box[0], x), _moved(box[1], y)
        gaps = (*_equal_gaps(0, moved, near), *_equal_gaps(1, moved, near)) if self._has_gaps else ()
        return Rest((x, y), (*self._lines(0, moved, near), *self._lines(1, moved, near)), gaps)

    def _near(self, box: Box) -> list[Box]:
        columns, rows = (range(_cell(span.start - NEARBY), _cell(span.end + NEARBY) + 1) for span in box)
        return [other for cell in product(columns, rows) for other in self._cells.get(cell, ())]

    def _start(self, axis: Axis, box: Box, near: Sequence[Box], reach: float) -> float:
        span = box[axis]
        # What a wire wants counts for more than what merely stands near.
        places = [(abs(pull.start - span.start) - reach / 2, pull.start) for pull in self._pulls_on(axis)]
        starts = [start for other in near for start in _level_starts(span, other[axis])]
        if self._has_gaps:
            starts += _gap_starts(axis, box, near)
        places += [(abs(start - span.start), start) for start in starts]
        within = [place for place in places if abs(place[1] - span.start) <= reach]
        return round(min(within)[1]) if within else round(span.start / GRID) * GRID

    def _pulls_on(self, axis: Axis) -> Sequence[Pull]:
        return self._pulls if axis == self._across else ()

    def _lines(self, axis: Axis, box: Box, near: Iterable[Box]) -> list[Mark]:
        """The lines across an axis on which the box now stands: those of wires, and one for each of the others."""
        span, along = box[axis], _other(axis)
        reached: defaultdict[float, list[Span]] = defaultdict(list)
        for pull in self._pulls_on(axis):
            if abs(pull.start - span.start) < _EQUAL:
                reached[pull.line].append(pull.other[along])
        wired = {pull.other for pull in self._pulls_on(axis)} if reached else set[Box]()
        for other in near:
            line = None if other in wired else _common_line(span, other[axis])
            if line is not None:
                reached[line].append(other[along])
        return [Mark(along, _hull([box[along], *spans]), line) for line, spans in reached.items()]


def _common_line(one: Span, other: Span) -> float | None:
    """The middle, start or end that two spans have in common."""
    pairs = ((one.middle, other.middle), (one.start, other.start), (one.end, other.end))
    return next((mine for mine, yours in pairs if abs(mine - yours) < _EQUAL), None)


def _level_starts(span: Span, other: Span) -> tuple[float, float, float]:
    """Where a span begins that has its start, middle or end in common with another."""
    return other.start, other.middle - span.size / 2, other.end - span.size


def _gap_starts(axis: Axis, box: Box, near: Iterable[Box]) -> list[float]:
    """Where a box begins that is as far from its neighbours as they are from each other or from theirs."""
    span = box[axis]
    before, after = _neighbours(axis, box, near)
    starts: list[float] = []
    if before and after and after[0][axis].start - before[-1][axis].end >= span.size:
        starts.append((before[-1][axis].end + after[0][axis].start - span.size) / 2)
    for first, second in pairwise(before[-2:]):
        starts.append(second[axis].end + _gap(axis, first, second))
    for first, second in pairwise(after[:2]):
        starts.append(first[axis].start - _gap(axis, first, second) - span.size)
    return starts


def _equal_gaps(axis: Axis, box: Box, near: Iterable[Box]) -> list[Mark]:
    """The gaps beside a box that are as wide as one next to them."""
    before, after = _neighbours(axis, box, near)
    row = [*before[-2:], box, *after[:2]]
    at = len(before[-2:])
    pairs = list(pairwise(row))
    equal: set[int] = set()
    for number, (one, two) in enumerate(pairwise(pairs)):
        widths = _gap(axis, *one), _gap(axis, *two)
        is_beside = at in (number, number + 1, number + 2)
        if is_beside and min(widths) > 0 and abs(widths[0] - widths[1]) <= _EQUAL:
            equal |= {number, number + 1}
    return [_gap_mark(axis, *pairs[number]) for number in sorted(equal)]


def _neighbours(axis: Axis, box: Box, near: Iterable[Box]) -> tuple[list[Box], list[Box]]:
    """What stands before and after a box in its row, or above and below it in its column, in that order."""
    span, beside = box[axis], _other(axis)
    row = sorted(other for other in near if _overlap(other[beside], box[beside]).size > 0)
    row.sort(key=lambda other: other[axis])
    before = [other for other in row if other[axis].end <= span.middle]
    return before, [other for other in row if other[axis].start >= span.middle]


def _gap(axis: Axis, first: Box, second: Box) -> float:
    return second[axis].start - first[axis].end


def _gap_mark(axis: Axis, first: Box, second: Box) -> Mark:
    beside = _other(axis)
    return Mark(axis, Span(first[axis].end, second[axis].start), _overlap(first[beside], second[beside]).middle)


def _overlap(one: Span, other: Span) -> Span:
    return Span(max(one.start, other.start), min(one.end, other.end))


def _hull(spans: Iterable[Span]) -> Span:
    starts, ends = zip(*spans, strict=True)
    return Span(min(starts), max(ends))


def _moved(span: Span, start: float) -> Span:
    return Span(start, start + span.size)


def _other(axis: Axis) -> Axis:
    return 0 if axis == 1 else 1


def _cell(value: float) -> int:
    return int(value // _CELL)
