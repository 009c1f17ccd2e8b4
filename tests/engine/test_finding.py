"""Which layers a query, a wire or a kind leads to."""

import pytest

from engine.analysis import analyse
from engine.block_edits import made_block
from engine.finding import connected, downstream, find, same_kind, upstream, wires_within
from engine.graph import Graph, Node, Wire
from engine.layers import Add, Conv2d, Flatten, Input, Linear, MaxPool2d, Output, ReLU
from engine.layout import stacked
from engine.project import Project

CNN = stacked(
    Graph.chain(Input((1, 28, 28)), Conv2d(32), ReLU(), MaxPool2d(), Flatten(), Linear(128), ReLU(), Output())
)
BRANCHES = (
    Graph()
    .add(*(Node(name, layer) for name, layer in (
        ("start", Input()), ("left", ReLU()), ("right", ReLU()), ("sum", Add()), ("end", Output()), ("alone", ReLU()),
    )))
    .connect("start", "left").connect("start", "right").connect("left", "sum").connect("right", "sum")
    .connect("sum", "end")
)  # fmt: skip


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("relu_2", ["relu_2"]),
        ("ReLU", ["relu_1", "relu_2"]),
        ("activation", ["relu_1", "relu_2"]),
        ("conv", ["conv2d_1"]),
        ("128", ["linear_1", "relu_2", "output_1"]),
        ("32x13x13", ["maxpool2d_1"]),
        ("32 × 13 × 13", ["maxpool2d_1"]),
        ("13 x 13", ["maxpool2d_1"]),
        ("26x26 relu", ["relu_1"]),
        ("3x13", []),
        ("nowhere", []),
        ("  ", []),
    ],
)
def test_a_query_finds_names_kinds_families_and_shapes(query: str, found: list[str]) -> None:
    assert list(find(CNN, analyse(Project(CNN)), query)) == found


def test_a_query_finds_problems_by_their_words() -> None:
    drawn = Project(stacked(Graph.chain(Input((1, 8, 8)), Linear(10), Output())))
    assert find(drawn.network, analyse(drawn), "flat list") == ("linear_1",)
    assert find(drawn.network, analyse(drawn), "linear fault") == ("linear_1",)


def test_a_problem_inside_a_block_is_found_at_the_block_alone() -> None:
    drawn = Graph.chain(Input((8,)), ReLU(), Linear(8), ReLU(), ReLU(), Linear(10), Output())
    network, block = made_block(drawn, ["relu_2", "relu_3", "linear_2"], "Pair")
    network = network.insert_after("linear_1", Node("relu_3", ReLU()))
    assert find(network, analyse(Project(network)), "in a row") == (block,)


def test_what_is_said_in_another_language_is_found_in_it() -> None:
    words = {"Pooling": "Verdichtung"}
    assert find(CNN, analyse(Project(CNN)), "verdicht", lambda text: words.get(text, text)) == ("maxpool2d_1",)


def test_matches_come_as_one_reads() -> None:
    turned = CNN.move({"relu_1": (0.0, 9000.0), "relu_2": (-500.0, 9000.0)})
    assert find(turned, analyse(Project(turned)), "relu") == ("relu_2", "relu_1")


def test_what_hangs_together() -> None:
    assert connected(BRANCHES, ["left"]) == {"start", "left", "right", "sum", "end"}
    assert upstream(BRANCHES, ["left"]) == {"start", "left"}
    assert downstream(BRANCHES, ["left", "alone"]) == {"left", "sum", "end", "alone"}
    assert same_kind(BRANCHES, ["left", "end"]) == {"left", "right", "alone", "end"}


def test_a_path_leaves_out_the_other_branch() -> None:
    path = wires_within(BRANCHES, upstream(BRANCHES, ["left"]), downstream(BRANCHES, ["left"]))
    assert path == {Wire("start", "left"), Wire("left", "sum"), Wire("sum", "end")}
