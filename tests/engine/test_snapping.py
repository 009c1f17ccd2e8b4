"""Where a box that is moved comes to rest among others."""

import pytest

from engine.snapping import NEARBY, Box, Mark, Pull, Span, Surroundings


def box(x: float, y: float, width: float = 236, height: float = 36) -> Box:
    return Span(x, x + width), Span(y, y + height)


@pytest.mark.parametrize("held", [(6, 200), (-7, 200)])
def test_left_edges_and_middles_come_to_one_line(held: tuple[float, float]) -> None:
    rest = Surroundings([box(0, 0)]).rest(box(*held), 8)
    assert rest.position == (0, 200)
    assert rest.lines == (Mark(1, Span(0, 236), 118),)


def test_heights_that_differ_rest_on_top_middle_or_bottom() -> None:
    around = Surroundings([box(0, 0, height=54)])
    starts = {around.rest(box(300, y), 3).position[1] for y in (1, 10, 19)}
    assert starts == {0, 9, 18}
    assert [mark.at for mark in around.rest(box(300, 19), 3).lines] == [54]


def test_beyond_the_reach_only_the_grid_counts() -> None:
    rest = Surroundings([box(0, 0)]).rest(box(20.4, 201), 8)
    assert rest.position == (20, 200)
    assert not rest.lines
    assert Surroundings([box(0, 0)]).rest(box(20.4, 201), 30).position[0] == 0


def test_what_stands_far_away_is_not_snapped_to_unless_a_wire_leads_there() -> None:
    far = box(0, -NEARBY - 700)
    assert Surroundings([far]).rest(box(6, 0), 8).position == (8, 0)
    wired = Surroundings([far], [Pull(0, 118, far)]).rest(box(6, 0), 8)
    assert wired.position == (0, 0)
    assert wired.lines == (Mark(1, Span(-NEARBY - 700, 36), 118),)


def test_a_wire_pulls_more_than_what_stands_near() -> None:
    neighbour, stranger = box(0, -100), box(8, 300)
    around = Surroundings([neighbour, stranger], [Pull(0, 118, neighbour)])
    assert around.rest(box(5, 100), 8).position[0] == 0


def test_half_way_between_two_the_gaps_are_equal() -> None:
    around = Surroundings([box(0, 0), box(0, 300)])
    rest = around.rest(box(0, 148), 8)
    assert rest.position == (0, 150)
    assert rest.gaps == (Mark(1, Span(36, 150), 118), Mark(1, Span(186, 300), 118))


@pytest.mark.parametrize(("held", "start"), [(205, 200), (-95, -100)])
def test_a_row_is_continued_with_the_gap_that_it_has(held: float, start: float) -> None:
    rest = Surroundings([box(0, 0), box(0, 100)]).rest(box(0, held), 8)
    assert rest.position == (0, start)
    assert {mark.span.size for mark in rest.gaps} == {64}
    assert len(rest.gaps) == 2


def test_a_group_looks_for_no_gaps() -> None:
    rest = Surroundings([box(0, 0), box(0, 300)], has_gaps=False).rest(box(0, 147), 8)
    assert rest.position == (0, 148)
    assert not rest.gaps


def test_only_what_stands_near_is_looked_at() -> None:
    around = Surroundings(box(300 * column, 80 * row) for column in range(100) for row in range(100))
    assert len(around._near(box(15_000, 4_000))) < 120
