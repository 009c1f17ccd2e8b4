"""Notes and frames: kept by every edit, saved, and no part of what is computed."""

import pytest

from engine.block_edits import made_block, unpacked
from engine.blocks import substance
from engine.errors import ProjectError
from engine.framing import around, contents, refitted
from engine.graph import Graph, Node
from engine.layers import Conv2d, Input, Linear, Output, ReLU
from engine.layout import stacked
from engine.project import Project, from_json, to_json
from engine.remarks import Frame, Note
from engine.tidy import tidied

NOTE = Note("note_1", "Why **three** layers?", (400.0, 0.0))


@pytest.fixture
def network() -> Graph:
    drawn = stacked(Graph.chain(Input(), Conv2d(4), ReLU(), Linear(10), Output()))
    return drawn.annotate(NOTE, around(drawn, ["conv2d_1", "relu_1"], "Features", "violet"))


def test_a_file_keeps_them(network: Graph) -> None:
    project = Project(network)
    assert from_json(to_json(project)) == project
    assert from_json(to_json(project)).network.remark("note_1") == NOTE
    assert "notes" not in to_json(Project(Graph.chain(Input(), Output()))).decode()


def test_a_frame_holds_what_lies_wholly_inside_it(network: Graph) -> None:
    frame = network.remark("frame_1")
    assert isinstance(frame, Frame)
    assert contents(network, frame) == ("conv2d_1", "relu_1")
    around_all = around(network, ["frame_1", "note_1"], "All")
    assert around_all.id == "frame_2"
    assert set(contents(network.annotate(around_all), around_all)) >= {"conv2d_1", "relu_1", "note_1", "frame_1"}


def test_they_move_go_and_are_copied_as_nodes_are(network: Graph) -> None:
    assert network.move({"note_1": (0.0, 8.0), "frame_1": (1.0, 2.0)}).remark("frame_1").position == (1.0, 2.0)
    assert not network.remove(["note_1", "frame_1"]).remarks
    assert network.remove(["note_1"]).frames == network.frames
    copied, ids = network.merge(network.part(["relu_1", "note_1"]), (10.0, 0.0))
    assert ids == ("relu_2", "note_2")
    assert copied.remark("note_2").position == (410.0, 0.0)
    assert network.part(["relu_1"]).remarks == ()


def test_every_edit_of_nodes_keeps_them(network: Graph) -> None:
    edited = network.add(Node("more", ReLU())).connect("relu_1", "more").rename("relu_1", "bend").remove(["more"])
    assert edited.remarks == network.remarks


def test_ids_are_one_name_space(network: Graph) -> None:
    assert network.has("note_1")
    assert not network.has("note_2")
    with pytest.raises(ProjectError, match="called"):
        network.rename("relu_1", "note_1")
    with pytest.raises(ProjectError, match="called"):
        network.add(Node("frame_1", ReLU()))
    with pytest.raises(ProjectError, match="called"):
        network.annotate(Note("relu_1", ""))
    with pytest.raises(ProjectError, match="no note"):
        network.remark("relu_1")


def test_they_compute_nothing(network: Graph) -> None:
    plain = network.remove(["note_1", "frame_1"])
    assert substance(plain) == substance(network)
    assert Project(plain).trains_as(Project(network))


def test_those_inside_a_block_come_out_with_it(network: Graph) -> None:
    made, new = made_block(network, ["conv2d_1", "relu_1"], "Unit")
    assert made.remarks == network.remarks
    project = Project(made)
    inside = project.opened((new,))
    noted = project.closed((new,), inside.with_network(inside.network.annotate(Note("note_1", "inside"))))
    out, _ = unpacked(noted.network, new)
    assert [note.text for note in out.notes] == [NOTE.text, "inside"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"width": 236.0', b'"width": -1'),
        (b'"width": 236.0', b'"width": "wide"'),
        (b'"colour": "violet"', b'"colour": "ultraviolet"'),
        (b'"id": "note_1"', b'"id": "relu_1"'),
        (b'"id": "note_1"', b'"id": "frame_1"'),
        (b'"id": "note_1"', b'"id": "../note"'),
        (b'"text": "Why', b'"text": 3, "more": "Why'),
        (b"400.0", b"4e300"),
    ],
)
def test_damaged_ones_are_refused_in_words(network: Graph, old: bytes, new: bytes) -> None:
    text = to_json(Project(network))
    assert old in text
    with pytest.raises(ProjectError, match=r"project|taken"):
        from_json(text.replace(old, new))


def test_a_frame_stays_as_close_around_its_layers_when_they_are_laid_out_anew() -> None:
    graph = stacked(Graph.chain(Input(), Conv2d(), ReLU(), Output()))
    frame = around(graph, ["conv2d_1", "relu_1"], "Features")
    note = Note("note_1", "Small", (frame.position[0] + 20, frame.position[1] + 30), 100)
    graph = graph.annotate(frame, note)
    turned = refitted(graph, tidied(graph.flow("right")))
    assert {"conv2d_1", "relu_1"} <= set(contents(turned, turned.frames[0])) <= {"conv2d_1", "relu_1", "note_1"}
    fresh = around(turned, ["conv2d_1", "relu_1"], "Features")
    assert (turned.frames[0].position, turned.frames[0].size) == (fresh.position, fresh.size)
    assert refitted(graph, graph.move({"input_1": (-500, -500)})).frames == graph.frames


def test_one_outside_the_canvas_is_refused_in_words(network: Graph) -> None:
    content = to_json(Project(network)).replace(b"400.0", b"-4e300")
    with pytest.raises(ProjectError, match=r"notes\[0\]\.position\[0\]: Expected a number >= "):
        from_json(content)
