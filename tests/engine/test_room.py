"""Room for unfolded blocks, and blocks made and unpacked where values flow to either side."""

import pytest

from engine.block_edits import made_block, unpacked
from engine.blocks import Block, Blueprint, closed, opened
from engine.graph import Direction, Graph, Position
from engine.layers import Add, BatchNorm2d, Conv2d, Flatten, Input, Linear, Output, ReLU
from engine.layout import below, flow_of, height_of, stacked
from engine.room import folded, with_room

DIRECTIONS: tuple[Direction, ...] = ("down", "right")
CONV = Blueprint("ConvUnit", stacked(Graph.chain(Input(), Conv2d(padding=1), BatchNorm2d(), ReLU(), Output())))
STAGE = Blueprint("Stage", stacked(Graph.chain(Input(), CONV.kind(), ReLU(), Output())))


def network(direction: Direction = "down") -> Graph:
    layers = (Input(), CONV.kind(repeat=2), STAGE.kind(), Flatten(), Linear(), Output())
    return stacked(Graph.chain(*layers).flow(direction))


def places(drawing: Graph) -> dict[str, Position]:
    return {node.id: node.position for node in drawing.nodes}


def assert_stacked(drawing: Graph) -> None:
    """Each node stands right behind the one that feeds it."""
    for wire in drawing.wires:
        source, target = drawing.node(wire.source), drawing.node(wire.target)
        assert target.position == below(source, drawing.direction), (wire.source, wire.target)


def lower(drawing: Graph) -> Graph:
    """With the last layer of a drawing further away."""
    return drawing.move({"output_1": (0.0, drawing.node("output_1").position[1] + 400)})


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_layers_become_a_block_in_the_direction_of_the_values(direction: Direction) -> None:
    before = stacked(Graph.chain(Input(), Conv2d(), BatchNorm2d(), ReLU(), Flatten(), Output()).flow(direction))
    made, new = made_block(before, ["conv2d_1", "batchnorm2d_1", "relu_1"], "ConvUnit")
    assert made.node(new).position == before.node("conv2d_1").position
    assert_stacked(made)
    block = made.node(new).layer
    assert isinstance(block, Block)
    assert block.inside.direction == direction
    assert_stacked(block.inside)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_inputs_of_a_block_stand_beside_each_other(direction: Direction) -> None:
    branches = Graph.chain(Input(), ReLU(), Conv2d(), Add()).flow(direction).connect("relu_1", "add_1")
    drawing, new = made_block(stacked(branches), ["add_1"], "Both")
    block = drawing.node(new).layer
    assert isinstance(block, Block)
    doors = [node.position for node in block.inside.nodes if isinstance(node.layer, Input)]
    (first, along), (second, same) = map(flow_of(direction).turned, doors)
    assert along == same
    assert second - first > flow_of(direction).breadth


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("node_id", ["convunit_1", "stage_1"])
def test_layers_of_a_block_follow_each_other_in_the_direction_of_the_values(direction: Direction, node_id: str) -> None:
    drawing, new = unpacked(network(direction), node_id)
    assert drawing.node(new[0]).position == network(direction).node(node_id).position
    assert_stacked(drawing)


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_unfolding_and_folding_leaves_all_as_it_was(direction: Direction) -> None:
    before = network(direction)
    unfolded = folded(before, "stage_1", unfolded=True)
    assert places(folded(unfolded, "stage_1", unfolded=False)) == places(before)


def test_what_follows_an_unfolded_block_keeps_its_distance() -> None:
    assert_stacked(folded(network(), "stage_1", unfolded=True))


def test_where_values_flow_to_the_right_the_lines_beneath_make_room() -> None:
    before = network("right").move({"linear_1": (500.0, 140.0)})
    after = folded(before, "convunit_1", unfolded=True)
    grown = height_of(after.node("convunit_1")) - height_of(before.node("convunit_1"))
    assert places(after) == places(before) | {"linear_1": (500.0, 140.0 + grown)}


def test_an_edit_inside_makes_room_outside() -> None:
    before = folded(network(), "stage_1", unfolded=True)
    edited = closed(before, ("stage_1",), lower(opened(before, ("stage_1",))))
    after = with_room(before, edited)
    assert after.node("flatten_1").position[1] > before.node("flatten_1").position[1] + 50
    assert_stacked(after)
    back = closed(after, ("stage_1",), opened(before, ("stage_1",)))
    assert with_room(after, back) == before


def test_an_edit_deep_inside_makes_room_in_each_drawing_around_it() -> None:
    before = network()
    before = closed(before, ("stage_1",), folded(opened(before, ("stage_1",)), "convunit_1", unfolded=True))
    before = folded(before, "stage_1", unfolded=True)
    edited = closed(before, ("stage_1", "convunit_1"), lower(opened(before, ("stage_1", "convunit_1"))))
    after = with_room(before, edited)
    assert_stacked(opened(after, ("stage_1",)))
    assert_stacked(after)
    assert after.node("flatten_1").position[1] > before.node("flatten_1").position[1]


def test_what_an_edit_has_moved_stays_there() -> None:
    before = folded(network(), "stage_1", unfolded=True)
    edited = closed(before, ("stage_1",), lower(opened(before, ("stage_1",)))).move({"linear_1": (300.0, 0.0)})
    assert with_room(before, edited).node("linear_1").position == (300.0, 0.0)


def test_an_edit_that_changes_no_height_changes_no_place() -> None:
    before = folded(network(), "stage_1", unfolded=True)
    edited = before.replace_layer("linear_1", Linear(out_features=7))
    assert with_room(before, edited) is edited
