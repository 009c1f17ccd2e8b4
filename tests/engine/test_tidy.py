"""Tidy: what a person may rely on, whatever the network."""

import random
from collections.abc import Callable
from itertools import combinations, pairwise

import pytest
from drawings import stack
from growth import grows_gently
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.graph import Direction, Graph, Node, Wire
from engine.layers import Add, Concat, Conv2d, Flatten, Input, Layer, Linear, Output, ReLU
from engine.layout import NODE_WIDTH, flow_of, node_height, stacked
from engine.tidy import tidied

DIRECTIONS: tuple[Direction, ...] = ("down", "right")


def network(layers: dict[str, Layer], *ways: str) -> Graph:
    """Layers by name, and ways through them such as ``"a b c"``."""
    graph = Graph(tuple(Node(name, layer) for name, layer in layers.items()))
    for way in ways:
        names = way.split()
        for source, target in pairwise(names):
            graph = graph.connect(source, target)
    return graph


def assert_nothing_overlaps(graph: Graph) -> None:
    for one, other in combinations(graph.nodes, 2):
        beside = abs(one.position[0] - other.position[0]) >= NODE_WIDTH
        first, second = sorted((one, other), key=lambda node: node.position[1])
        assert beside or first.position[1] + node_height(first.layer) <= second.position[1], (one, other)


def assert_flows(graph: Graph, direction: Direction) -> None:
    """Every wire arrives later than it leaves, with the whole gap between."""
    flow = flow_of(direction)
    for wire in graph.wires:
        source, target = graph.node(wire.source), graph.node(wire.target)
        end = flow.turned(source.position)[1] + flow.length(source.layer)
        assert end + flow.gap <= flow.turned(target.position)[1]


@st.composite
def drawings(draw: st.DrawFn) -> Graph:
    """Any wires that can be, nodes anywhere, some of them without wires."""
    count = draw(st.integers(1, 14))
    kinds = st.sampled_from([Concat(), ReLU(), Conv2d()])
    places = st.tuples(st.integers(-200, 200).map(lambda x: 4.0 * x), st.integers(-200, 200).map(lambda y: 4.0 * y))
    nodes = tuple(Node(f"n{number}", draw(kinds), draw(places)) for number in range(count))
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=24))
    graph = Graph(nodes)
    for low, high in (sorted(pair) for pair in pairs):
        if low != high and not graph.refuses_wire(f"n{low}", f"n{high}"):
            graph = graph.connect(f"n{low}", f"n{high}")
    return graph


@pytest.mark.parametrize("direction", DIRECTIONS)
@settings(max_examples=150, deadline=None)
@given(graph=drawings())
def test_nothing_overlaps_and_every_wire_flows(direction: Direction, graph: Graph) -> None:
    tidy = tidied(graph.flow(direction))
    assert_nothing_overlaps(tidy)
    assert_flows(tidy, direction)
    assert [(node.id, node.layer) for node in tidy.nodes] == [(node.id, node.layer) for node in graph.nodes]
    assert tidy.wires == graph.wires


@pytest.mark.parametrize("direction", DIRECTIONS)
@settings(max_examples=150, deadline=None)
@given(graph=drawings(), chosen=st.sets(st.integers(0, 13), min_size=1))
def test_a_part_stands_clear_of_the_rest_which_stays(direction: Direction, graph: Graph, chosen: set[int]) -> None:
    names = {f"n{number}" for number in chosen}
    tidy = tidied(graph.flow(direction), names)
    for node in graph.nodes:
        if node.id not in names:
            assert tidy.node(node.id) is node
            for moved in names & {node.id for node in graph.nodes}:
                assert_nothing_overlaps(Graph((node, tidy.node(moved))))
    assert_nothing_overlaps(tidy.part(names))
    assert_flows(tidy.part(names), direction)


@pytest.mark.parametrize(
    "ways",
    [
        ("a b c d e f", "a e"),
        ("a b c d e f", "a g e"),
        ("a b e f", "a c e", "a d e", "a g e"),
        ("a b c d", "e f d", "g d"),
        ("a b c", "a d f", "a e g"),
        ("a b c",),
    ],
)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_what_is_tidy_stays_as_it_is(direction: Direction, ways: tuple[str, ...]) -> None:
    names = sorted({name for way in ways for name in way.split()})
    once = tidied(network({name: Concat() for name in names}, *ways).flow(direction))
    assert tidied(once) == once


def test_a_stack_becomes_the_column_that_stacking_gives() -> None:
    column = stack(Input(), Conv2d(), ReLU(), Flatten(), Linear(), Output())
    messy = column.move({"relu_1": (500.0, 3.0), "linear_1": (-40.0, 900.0)})
    assert tidied(messy) == stacked(messy) == column


def test_wires_that_skip_layers_leave_the_way_straight() -> None:
    layers = {"a": Input(), "b": Conv2d(), "c": ReLU(), "d": Conv2d(), "e": Add(), "f": ReLU()}
    graph = network(layers, "a b c d e f", "a e")
    assert {node.position[0] for node in tidied(graph).nodes} == {0.0}
    assert len({node.position[1] for node in tidied(graph.flow("right")).nodes}) == 1


def test_branches_stand_beside_the_longest_way() -> None:
    layers = {"a": Input(), "b": Conv2d(), "c": ReLU(), "d": Conv2d(), "s": Conv2d(), "e": Add(), "f": Output()}
    graph = tidied(network(layers, "a b c d e f", "a s e"))
    straight = {graph.node(name).position[0] for name in "abcdef"}
    assert straight == {0.0}
    assert abs(graph.node("s").position[0]) == flow_of("down").spacing
    assert graph.node("s").position[1] == graph.node("b").position[1]


def test_branches_keep_the_side_on_which_they_stand() -> None:
    layers = {"a": Input(), "b": Conv2d(), "c": ReLU(), "d": Conv2d(), "s": Conv2d(), "e": Add()}
    graph = network(layers, "a b c d e", "a s e")
    for side in (-300.0, 300.0):
        assert tidied(graph.move({"s": (side, 80.0)})).node("s").position[0] * side > 0


def test_the_largest_part_begins_where_it_began() -> None:
    graph = stack(Input(), Linear(), Output()).move({"input_1": (400.0, 120.0)})
    assert tidied(graph).node("input_1").position == (400.0, 120.0)


def test_parts_without_wires_between_them_keep_their_order() -> None:
    layers = {"a": Input(), "b": Output(), "c": Input(), "d": Output()}
    graph = network(layers, "a b", "c d").move({"a": (900.0, 0.0), "b": (900.0, 50.0)})
    tidy = tidied(graph)
    assert tidy.node("c").position[0] == tidy.node("d").position[0] < tidy.node("a").position[0]


def skipping(count: int) -> Graph:
    """A stack of so many layers, half of which skip some as well."""
    rng = random.Random(0)
    nodes = tuple(Node(f"n{number}", Concat()) for number in range(count))
    wires = [Wire(f"n{number}", f"n{number + 1}") for number in range(count - 1)]
    wires += [
        Wire(f"n{start}", f"n{min(start + rng.randint(2, 9), count - 1)}", number + 1)
        for number, start in enumerate(sorted(rng.sample(range(count - 2), count // 2)))
    ]
    return Graph(nodes, tuple(wires))


def tidying(count: int) -> Callable[[], Graph]:
    """Tidies so many layers."""
    graph = skipping(count)
    return lambda: tidied(graph)


def test_ten_times_the_layers_take_nothing_like_a_hundred_times_as_long() -> None:
    tidied(skipping(20))
    assert grows_gently(tidying, 400)
