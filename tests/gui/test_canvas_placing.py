"""Where layers land: pure values, no window."""

import pytest

from engine.graph import Graph, Node, Wire
from engine.layers import Add, Conv2d, Input, Linear, Output, ReLU
from engine.layout import below, stacked
from gui.canvas.placing import Above, Free, OnWire, Under, place_at, place_in_stack, without


@pytest.fixture
def stack() -> Graph:
    nodes = [Node("input_1", Input()), Node("conv2d_1", Conv2d()), Node("output_1", Output())]
    return stacked(Graph().add(*nodes).connect("input_1", "conv2d_1").connect("conv2d_1", "output_1"))


@pytest.mark.parametrize(
    ("node_id", "height", "expected"),
    [
        ("conv2d_1", 0.2, OnWire(Wire("input_1", "conv2d_1"))),
        ("conv2d_1", 0.8, Under("conv2d_1")),
        ("input_1", 0.8, Under("input_1")),
        ("output_1", 0.8, OnWire(Wire("conv2d_1", "output_1"))),
        ("output_1", 1.5, OnWire(Wire("conv2d_1", "output_1"))),
        ("output_1", 6, None),
    ],
)
def test_the_half_of_a_node_decides(stack: Graph, node_id: str, height: float, expected: object) -> None:
    node = stack.node(node_id)
    place = place_at(stack, ReLU(), (node.position[0] + 118, node.position[1] + height * 54))
    assert place == expected if expected else isinstance(place, Free)


def test_an_input_goes_above_what_has_none() -> None:
    network = Graph().add(Node("linear_1", Linear()))
    assert place_at(network, Input(), (118, -20)) == Above("linear_1")


def test_following_nodes_move_only_as_far_as_they_must(stack: Graph) -> None:
    roomy = stack.move({"output_1": (0, 400)})
    graph, new = Under("conv2d_1").take(roomy, ReLU())
    assert graph.node("output_1").position == (0, 400)
    assert graph.node(new).position == below(roomy.node("conv2d_1"))


def test_a_layer_on_a_long_wire_keeps_clear_of_the_nodes_beside_it(stack: Graph) -> None:
    network = stack.remove(["output_1"]).add(Node("relu_1", ReLU(), (0, 160)), Node("add_1", Add(), (0, 300)))
    network = network.connect("conv2d_1", "relu_1").connect("relu_1", "add_1").connect("conv2d_1", "add_1")
    graph, new = OnWire(Wire("conv2d_1", "add_1", 1)).take(network, Conv2d())
    x, _ = graph.node(new).position
    assert x >= 236
    assert graph.predecessors("add_1") == ("relu_1", new)


def test_an_output_beside_other_branches_takes_no_wires_over(stack: Graph) -> None:
    graph, new = Under("input_1").take(stack, Output())
    assert graph.predecessors(new) == ("input_1",)
    assert graph.predecessors("conv2d_1") == ("input_1",)


def test_stacking_after_a_chosen_output_goes_before_it(stack: Graph) -> None:
    assert place_in_stack(stack, ReLU(), ("output_1",)) == OnWire(Wire("conv2d_1", "output_1"))


def test_a_merging_layer_joins_what_is_selected(stack: Graph) -> None:
    graph, new = place_in_stack(stack, Add(), ("input_1", "conv2d_1")).take(stack, Add())
    assert graph.predecessors(new) == ("input_1", "conv2d_1")


def test_a_gap_is_closed_only_in_a_whole_stack(stack: Graph) -> None:
    assert without(stack, ("conv2d_1",)) == stacked(without(stack, ("conv2d_1",)))
    apart = stack.move({"output_1": (40, 400)})
    assert without(apart, ("conv2d_1",)).node("output_1").position == (40, 400)


def test_where_values_flow_to_the_right_stacks_grow_to_the_right(stack: Graph) -> None:
    row = stacked(stack.flow("right"))
    assert len({node.position[1] for node in row.nodes}) == 1
    conv = row.node("conv2d_1")
    middle = conv.position[1] + 20
    assert place_at(row, ReLU(), (conv.position[0] + 200, middle)) == Under("conv2d_1")
    assert place_at(row, ReLU(), (conv.position[0] + 30, middle)) == OnWire(Wire("input_1", "conv2d_1"))
    graph, new = Under("conv2d_1").take(row, ReLU())
    assert graph.node(new).position == below(conv, "right") == row.node("output_1").position
    assert graph == stacked(graph)
    assert without(graph, (new,)) == row
