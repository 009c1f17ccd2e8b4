"""Aligning and distributing: pure values."""

import pytest

from engine.alignment import Edge, aligned, distributed
from engine.graph import Graph, Node
from engine.layers import Input, ReLU
from engine.layout import node_height

TALL, FLAT = node_height(Input()), node_height(ReLU())


@pytest.fixture
def three() -> Graph:
    places = {"a": (0.0, 0.0), "b": (300.0, 100.0), "c": (800.0, 400.0)}
    layers = {"a": Input(), "b": ReLU(), "c": ReLU()}
    return Graph(tuple(Node(name, layers[name], place) for name, place in places.items()))


@pytest.mark.parametrize(
    ("edge", "expected"),
    [
        ("left", [(0, 0), (0, 100), (0, 400)]),
        ("centre", [(400, 0), (400, 100), (400, 400)]),
        ("right", [(800, 0), (800, 100), (800, 400)]),
        ("top", [(0, 0), (300, 0), (800, 0)]),
        ("middle", [(0, (400 + FLAT - TALL) / 2), (300, 200), (800, 200)]),
        ("bottom", [(0, 400 + FLAT - TALL), (300, 400), (800, 400)]),
    ],
)
def test_edges_and_middles_come_to_one_line(three: Graph, edge: Edge, expected: list[tuple[float, float]]) -> None:
    assert [node.position for node in aligned(three, "abc", edge).nodes] == expected


def test_gaps_become_equal_and_the_ends_stay(three: Graph) -> None:
    places = [node.position for node in distributed(three, "cab", "horizontally").nodes]
    assert places == [(0, 0), (400, 100), (800, 400)]
    tall = [node.position[1] for node in distributed(three, "abc", "vertically").nodes]
    assert tall[1] - TALL == tall[2] - tall[1] - FLAT
    assert (tall[0], tall[2]) == (0, 400)


def test_what_is_not_chosen_stays(three: Graph) -> None:
    assert aligned(three, ["a", "b"], "left").node("c") is three.node("c")
    assert aligned(three, [], "left") is three
    assert distributed(three, ["a", "b"], "vertically") is three
