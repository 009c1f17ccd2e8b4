"""Many edits at once give what the same edits give one by one, and take no longer than they must."""

from collections.abc import Callable

import pytest
from growth import grows_gently
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.graph import Graph, Node, Wire
from engine.layers import Concat, Input, Linear, Output, ReLU
from engine.layout import GAP, below, node_height, stacked
from gui.canvas.placing import without


@st.composite
def columns(draw: st.DrawFn) -> Graph:
    """Nodes mostly stacked under each other, and any wires that can be."""
    count = draw(st.integers(1, 9))
    nodes: list[Node] = []
    for number in range(count):
        layer = draw(st.sampled_from([Concat(), ReLU(), Linear()]))
        under = below(nodes[draw(st.integers(0, number - 1))]) if nodes else (0.0, 0.0)
        nodes.append(Node(f"n{number}", layer, draw(st.sampled_from([under, under, under, (400.0, 8.0 * number)]))))
    graph = Graph(tuple(nodes))
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=14))
    for low, high in [(number, number + 1) for number in range(count - 1)] + [sorted(pair) for pair in pairs]:
        if low != high and not graph.refuses_wire(f"n{low}", f"n{high}"):
            graph = graph.connect(f"n{low}", f"n{high}")
    return graph


def one_by_one(graph: Graph, gone: list[str]) -> Graph:
    """Each node taken out of its stack, which closes, before the next."""
    for node_id in gone:
        node, followers = graph.node(node_id), graph.outgoing(node_id)
        is_stacked = all(graph.node(wire.target).position == below(node) for wire in followers)
        is_shortcut = any(len(graph.incoming(wire.target)) > 1 for wire in followers)
        if len(graph.incoming(node_id)) == 1 and followers and is_stacked and not is_shortcut:
            step = node_height(node.layer) + GAP
            places = {name: graph.node(name).position for name in graph.descendants(node_id)}
            graph = graph.move({name: (x, y - step) for name, (x, y) in places.items()})
        graph = graph.remove([node_id])
    return graph


@settings(max_examples=300, deadline=None)
@given(graph=columns(), chosen=st.sets(st.integers(0, 8)))
def test_deleting_many_is_deleting_each_in_turn(graph: Graph, chosen: set[int]) -> None:
    names = tuple(f"n{number}" for number in chosen if f"n{number}" in graph)
    gone = [node_id for node_id in graph.order if node_id in names]
    assert without(graph, names) == one_by_one(graph, gone)


@settings(max_examples=300, deadline=None)
@given(graph=columns(), order=st.permutations(range(9)), count=st.integers(0, 9), heal=st.booleans())
def test_removing_many_is_removing_each_in_turn(graph: Graph, order: list[int], count: int, heal: bool) -> None:
    names = [f"n{number}" for number in order][:count]
    expected = graph
    for name in names:
        arriving, leaving = expected.incoming(name), expected.outgoing(name)
        rest = expected.disconnect(*arriving, *leaving)
        rest = Graph(tuple(node for node in rest.nodes if node.id != name), rest.wires)
        for wire in leaving if heal and len(arriving) == 1 else ():
            rest = rest.connect(arriving[0].source, wire.target, wire.port)
        expected = rest
    assert graph.remove(names, heal=heal) == expected


def test_inserting_an_end_before_others_is_refused() -> None:
    graph = stacked(Graph.chain(Input(), ReLU()))
    with pytest.raises(Exception, match="where the answer ends"):
        graph.insert_after("input_1", Node("output_1", Output()))


def editing(count: int) -> Callable[[], None]:
    """Makes and edits a stack of so many layers."""

    def edit() -> None:
        graph = stacked(Graph.chain(Input(), *(ReLU(),) * (count - 2), Output()))
        names = tuple(node.id for node in graph.nodes)
        assert not without(graph, names).nodes
        assert len(without(graph, names[1:-1:2]).nodes) == count // 2 + 1
        graph, copies = graph.merge(graph)
        assert len(set(names) | set(copies)) == 2 * count
        graph = graph.insert_after("relu_7", Node("concat_1", Concat()))
        assert Wire("concat_1", "relu_8") in graph.wires

    return edit


def test_ten_times_the_nodes_take_nothing_like_a_hundred_times_as_long_to_edit() -> None:
    assert grows_gently(editing, 500)
