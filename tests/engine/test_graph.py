"""The drawing: what an edit does, what is refused, and that no edit breaks it."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from drawings import every, stack
from growth import grows_gently
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import ProjectError
from engine.graph import Graph, Node, Wire
from engine.ids import check_id
from engine.layers import (
    Add,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    Input,
    Layer,
    Linear,
    MaxPool2d,
    Output,
    ReLU,
    Softmax,
)
from engine.layout import NODE_WIDTH, node_height, room_for, stacked


def links(graph: Graph) -> set[tuple[str, str, int]]:
    return {(wire.source, wire.target, wire.port) for wire in graph.wires}


@pytest.fixture
def column() -> Graph:
    return stack(Input(), Linear(), ReLU(), Output())


def test_an_edit_leaves_the_old_graph_as_it_was(column: Graph) -> None:
    column.remove(["relu_1"])
    assert "relu_1" in column
    assert len(column.wires) == 3


def test_order_follows_the_wires_and_not_the_order_of_adding() -> None:
    graph = Graph().add(Node("last", Output()), Node("middle", ReLU()), Node("first", Input()))
    graph = graph.connect("middle", "last").connect("first", "middle")
    assert graph.order == ("first", "middle", "last")


def test_removing_a_layer_heals_the_stack(column: Graph) -> None:
    graph = column.remove(["linear_1", "relu_1"])
    assert links(graph) == {("input_1", "output_1", 0)}


def test_removing_without_healing_leaves_a_gap(column: Graph) -> None:
    assert links(column.remove(["linear_1"], heal=False)) == {("relu_1", "output_1", 0)}


def test_healing_keeps_each_port_of_a_merge() -> None:
    graph = stack(Input(), Linear(), ReLU(), Add()).connect("linear_1", "add_1")
    assert links(graph.remove(["relu_1"])) == {
        ("input_1", "linear_1", 0),
        ("linear_1", "add_1", 0),
        ("linear_1", "add_1", 1),
    }


def test_removing_a_merge_guesses_no_wires() -> None:
    graph = stack(Input(), Linear(), Add(), Output()).connect("input_1", "add_1")
    assert links(graph.remove(["add_1"])) == {("input_1", "linear_1", 0)}


@pytest.mark.parametrize(
    ("source", "target", "port", "words"),
    [
        ("relu_1", "linear_1", None, "already has its input"),
        ("relu_1", "input_1", None, "Nothing enters input_1"),
        ("output_1", "relu_1", None, "Nothing leaves output_1"),
        ("relu_1", "relu_1", 0, "already has a wire"),
        ("input_1", "relu_1", 1, "has no input number 1"),
        ("input_1", "relu_1", -1, "has no input number -1"),
        ("relu_1", "add_1", None, "would close a circle"),
        ("input_1", "add_1", 0, "Input 0 of add_1 already has a wire"),
    ],
)
def test_a_wire_that_cannot_be_is_refused_in_words(source: str, target: str, port: int | None, words: str) -> None:
    graph = stack(Input(), Add(), Linear(), ReLU(), Output())
    assert words in graph.refuses_wire(source, target, port)
    with pytest.raises(ProjectError, match=words):
        graph.connect(source, target, port)


def test_a_circle_that_comes_from_outside_is_named() -> None:
    graph = Graph((Node("a", ReLU()), Node("b", ReLU())), (Wire("a", "b"), Wire("b", "a")))
    with pytest.raises(ProjectError, match=r"circle: (a → b → a|b → a → b)"):
        graph.check()


@pytest.mark.parametrize(
    ("wire", "words"),
    [
        (Wire("input_1", "nowhere"), "there is no layer “nowhere”"),
        (Wire("nowhere", "relu_1"), "there is no layer “nowhere”"),
        (Wire("input_1", "relu_1"), "same input of “relu_1”"),
        (Wire("input_1", "relu_1", 3), "that it does not have"),
        (Wire("relu_1", "input_1"), "circle"),
    ],
)
def test_wires_from_outside_are_checked(wire: Wire, words: str) -> None:
    graph = stack(Input(), ReLU())
    with pytest.raises(ProjectError, match=words):
        Graph(graph.nodes, (*graph.wires, wire)).check()


@pytest.mark.parametrize("name", ["", "1st", "a b", "a.b", "class", "ä", "_x", "x" * 65, "x\n", "None"])
def test_a_name_that_code_cannot_use_is_refused(name: str) -> None:
    with pytest.raises(ProjectError, match="cannot name a layer"):
        check_id(name)


def test_renaming_keeps_the_wires(column: Graph) -> None:
    graph = column.rename("linear_1", "hidden")
    assert graph.predecessors("relu_1") == ("hidden",)
    assert graph.predecessors("hidden") == ("input_1",)


def test_renaming_to_a_taken_name_is_refused(column: Graph) -> None:
    with pytest.raises(ProjectError, match="already called “relu_1”"):
        column.rename("linear_1", "relu_1")
    assert column.rename("relu_1", "relu_1").order == column.order


def test_a_second_layer_of_a_name_is_refused(column: Graph) -> None:
    with pytest.raises(ProjectError, match="Two layers are called “relu_1”"):
        column.add(Node("relu_1", ReLU()))


def test_a_missing_layer_is_named(column: Graph) -> None:
    with pytest.raises(ProjectError, match="no layer called “conv_9”"):
        column.connect("conv_9", "relu_1")


def test_inserting_before_takes_over_the_wire(column: Graph) -> None:
    graph = column.insert_before("relu_1", Node("flatten_1", Flatten()))
    assert graph.order == ("input_1", "linear_1", "flatten_1", "relu_1", "output_1")


def test_inserting_after_takes_over_every_wire() -> None:
    graph = stack(Input(), Linear(), Add()).connect("input_1", "add_1")
    graph = graph.insert_after("input_1", Node("dropout_1", Dropout()))
    assert graph.predecessors("add_1") == ("linear_1", "dropout_1")
    assert graph.predecessors("linear_1") == ("dropout_1",)


def test_merging_gives_new_names_where_they_are_taken(column: Graph) -> None:
    copy = column.part(["linear_1", "relu_1"])
    graph, names = column.merge(copy, (300.0, 0.0))
    assert names == ("linear_2", "relu_2")
    assert graph.predecessors("relu_2") == ("linear_2",)
    assert graph.node("linear_2").position == (300.0, 80.0)
    graph.check()


def test_merging_a_copy_of_names_that_follow_each_other(column: Graph) -> None:
    part = Graph().add(Node("linear_1", Linear(1)), Node("linear_2", Linear(2))).connect("linear_1", "linear_2")
    graph, names = column.merge(part)
    assert len(set(names)) == 2
    graph.check()
    assert graph.predecessors(names[1]) == (names[0],)


def test_a_copy_keeps_the_wires_into_it_that_can_be(column: Graph) -> None:
    part = column.part(["linear_1", "relu_1"])
    incoming = [Wire("input_1", "linear_1"), Wire("gone_1", "linear_1"), Wire("input_1", "linear_1", 7)]
    merged, names = column.merge(part, incoming=incoming)
    assert names == ("linear_2", "relu_2")
    assert links(merged) - links(column) == {("input_1", "linear_2", 0), ("linear_2", "relu_2", 0)}


class TestReplacing:
    def test_keeps_place_wires_flags_and_common_settings(self) -> None:
        graph = stack(Input(), Conv2d(kernel_size=5, stride=2), ReLU()).move({"conv2d_1": (8, 12)}).freeze(["conv2d_1"])
        replaced, names = graph.replace_kind(["conv2d_1"], MaxPool2d())
        assert names == ("maxpool2d_1",)
        node = replaced.node("maxpool2d_1")
        assert (node.layer, node.position, node.frozen) == (MaxPool2d(kernel_size=5, stride=2), (8, 12), True)
        assert links(replaced) == {("input_1", "maxpool2d_1", 0), ("maxpool2d_1", "relu_1", 0)}
        assert [node.id for node in replaced.nodes] == ["input_1", "maxpool2d_1", "relu_1"]

    def test_keeps_a_name_that_was_chosen(self, column: Graph) -> None:
        named = column.rename("relu_1", "bend")
        replaced, names = named.replace_kind(["bend", "linear_1"], Dropout())
        assert names == ("bend", "dropout_1")
        assert type(replaced.node("bend").layer) is Dropout

    def test_of_the_same_kind_changes_nothing(self, column: Graph) -> None:
        assert column.replace_kind(["relu_1"], ReLU()) == (column, ("relu_1",))

    @pytest.mark.parametrize(
        ("node_id", "layer", "words"),
        [
            ("add_1", ReLU(), "ReLU takes one wire, but 2 arrive at add_1."),
            ("relu_1", Input(), "Input takes no wire, but one arrives at relu_1."),
            ("relu_1", Output(), "Nothing leaves Output, but relu_1 feeds add_1."),
        ],
    )
    def test_refuses_where_a_wire_would_be_lost(self, node_id: str, layer: Layer, words: str) -> None:
        graph = stack(Input(), ReLU(), Add()).connect("input_1", "add_1")
        assert graph.refuses_kind(node_id, layer) == words
        with pytest.raises(ProjectError):
            graph.replace_kind([node_id], layer)

    def test_a_wire_at_a_later_input_moves_up(self) -> None:
        graph = stack(Input(), ReLU(), Add()).connect("input_1", "add_1")
        alone = graph.disconnect(*(wire for wire in graph.wires if wire.port == 0 and wire.target == "add_1"))
        replaced, _ = alone.replace_kind(["add_1"], Dropout())
        replaced.check()
        assert ("input_1", "dropout_1", 0) in links(replaced)

    def test_what_was_skipped_is_not_where_nothing_can_be_skipped(self) -> None:
        graph = Graph().add(Node("relu_1", ReLU(), bypassed=True))
        replaced, (name,) = graph.replace_kind(["relu_1"], Input())
        assert not replaced.node(name).bypassed


def test_a_stack_is_laid_out_without_overlap() -> None:
    graph = stacked(stack(Input(), Linear(), ReLU(), Softmax(), Output()).move({"relu_1": (500.0, -90.0)}))
    column = [graph.node(name) for name in graph.order]
    for above, below in pairwise(column):
        assert below.position[1] >= above.position[1] + node_height(above.layer)
        assert abs(below.position[0] - above.position[0]) < NODE_WIDTH


def test_making_room_pushes_what_follows_and_nothing_else(column: Graph) -> None:
    pushed = room_for(column, "relu_1", Flatten())
    moved = {node.id for node in column.nodes if pushed.node(node.id).position != node.position}
    assert moved == {"relu_1", "output_1"}


def checking(count: int) -> Callable[[], None]:
    """Checks a stack of so many layers."""
    nodes = tuple(Node(f"relu_{number}", ReLU()) for number in range(count))
    wires = tuple(Wire(f"relu_{number}", f"relu_{number + 1}") for number in range(count - 1))

    def check() -> None:
        graph = Graph(nodes, wires)
        graph.check()
        opened = graph.disconnect(Wire("relu_0", "relu_1"))
        assert "circle" in opened.refuses_wire(f"relu_{count - 1}", "relu_1", 0)

    return check


def test_ten_times_the_layers_take_nothing_like_a_hundred_times_as_long_to_check() -> None:
    assert grows_gently(checking, 400)


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[str, int, int, int]]:
    kinds = st.sampled_from(["add", "connect", "connect", "remove", "rename", "before", "after", "copy", "disconnect"])
    return draw(st.lists(st.tuples(kinds, st.integers(0, 99), st.integers(0, 99), st.integers(0, 3)), max_size=40))


@settings(max_examples=150, deadline=None)
@given(edits())
def test_no_sequence_of_edits_breaks_a_graph(steps: list[tuple[str, int, int, int]]) -> None:
    graph = stack(Input(), Linear(), Concat(), Output())
    layers = every(Layer)
    for kind, one, two, port in steps:
        names = [node.id for node in graph.nodes] or ["nothing"]
        first, second = names[one % len(names)], names[two % len(names)]
        layer = layers[two % len(layers)]
        new = Node(graph.new_id(layer), layer())
        before = graph
        try:
            match kind:
                case "add":
                    graph = graph.add(new)
                case "connect":
                    graph = graph.connect(first, second, port or None)
                case "remove":
                    graph = graph.remove([first])
                case "rename":
                    graph = graph.rename(first, f"name_{two}")
                case "before":
                    graph = graph.insert_before(first, new)
                case "after":
                    graph = graph.insert_after(first, new)
                case "copy":
                    graph, _ = graph.merge(graph.part([first, second]))
                case _:
                    graph = graph.disconnect(*graph.outgoing(first))
        except ProjectError:
            assert graph is before
        graph.check()
        assert len(graph.order) == len(graph.nodes)


def test_a_skipped_end_from_outside_is_refused() -> None:
    with pytest.raises(ProjectError, match="end of the network"):
        Graph((Node("input_1", Input(), bypassed=True),)).check()
