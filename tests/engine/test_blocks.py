"""Blocks: made of layers, used like one, edited everywhere at once."""

import pickle
import time

import numpy as np
import pytest
import torch

from engine.analysis import analyse
from engine.block_edits import (
    adopted,
    exposed_setting,
    free_name,
    hidden_setting,
    made_block,
    made_unique,
    renamed_block,
    renamed_setting,
    unpacked,
    uses,
)
from engine.blocks import Block, Blueprint, Exposed, Target, blueprints, check_blueprint, layers_of
from engine.build import build
from engine.errors import ProjectError
from engine.graph import Graph, Node
from engine.layers import Add, BatchNorm2d, Conv2d, Flatten, Input, Linear, Output, ReLU
from engine.layout import stacked
from engine.project import Project, from_json, to_json

UNIT = Graph.chain(Input(), Conv2d(16, padding=1), BatchNorm2d(), ReLU(), Output())
CONV = Blueprint(
    "ConvUnit",
    UNIT,
    (
        Exposed("channels", (Target("conv2d_1", "out_channels"),)),
        Exposed("stride", (Target("conv2d_1", "stride"),)),
    ),
)
STAGE = Blueprint(
    "Stage",
    Graph.chain(Input(), CONV.kind(stride=2), CONV.kind(repeat=2), Output()),
    (
        Exposed("channels", (Target("convunit_1", "channels"), Target("convunit_2", "channels"))),
        Exposed("depth", (Target("convunit_2", "repeat"),)),
    ),
)


@pytest.fixture
def project() -> Project:
    """Two stages of one block, of which the second is wider and deeper."""
    network = Graph.chain(Input(), STAGE.kind(channels=8), STAGE.kind(channels=12, depth=3), Flatten(), Linear(10))
    end = Node("output_1", Output())
    return Project(stacked(network.add(end).connect("linear_1", "output_1")))


def plain(network: Graph) -> Graph:
    """The network with every block unpacked."""
    while blocks := [node.id for node in network.nodes if isinstance(node.layer, Block)]:
        network, _ = unpacked(network, blocks[0])
    return network


def inner(project: Project, *place: str) -> Graph:
    return project.opened(place).network


def test_equal_blueprints_make_one_kind_of_layer() -> None:
    again = Blueprint("ConvUnit", UNIT, CONV.exposed)
    assert again.kind is CONV.kind
    assert CONV.kind(channels=3) == again.kind(channels=3) != CONV.kind(channels=4)
    assert list(CONV.kind.declared) == ["repeat", "channels", "stride"]
    assert CONV.kind.declared["channels"].default == 16
    assert "ConvUnit" not in Block.kinds


def test_a_use_crosses_to_another_process(project: Project) -> None:
    assert pickle.loads(pickle.dumps(project)) == project


def test_a_file_holds_each_block_once_and_gives_the_same_project_back(project: Project) -> None:
    text = to_json(project)
    assert text.count(b'"Stage": {') == text.count(b'"ConvUnit": {') == 1
    assert from_json(text) == project
    assert to_json(from_json(text)) == text


def test_it_costs_and_computes_what_its_layers_do_one_by_one(project: Project) -> None:
    flat = project.with_network(plain(project.network))
    assert not analyse(project).faults
    assert analyse(project).totals == analyse(flat).totals
    torch.manual_seed(0)
    one = build(project).eval()
    torch.manual_seed(0)
    other = build(flat).eval()
    x = torch.rand(3, 1, 8, 8)
    with torch.no_grad():
        assert torch.equal(one(x), other(x))
    assert "stage_2.convunit_2.1.conv2d_1.weight" in one.state_dict()


def test_the_report_reaches_inside(project: Project) -> None:
    report = analyse(project)
    assert report.nodes["stage_2"].input_shapes == ((8, 4, 4),)
    inside = report.opened(("stage_2", "convunit_2"))
    assert inside.nodes["conv2d_1"].output_shape == (12, 2, 2)
    assert len(report.nodes["stage_2"].inside[0]["convunit_2"].inside) == 3


def test_an_edit_inside_reaches_every_use(project: Project) -> None:
    place = ("stage_2", "convunit_1")
    opened = project.opened(place)
    edited = opened.with_network(opened.network.remove(["batchnorm2d_1"]))
    changed = project.closed(place, edited)
    for use in (("stage_1", "convunit_1"), ("stage_1", "convunit_2"), place):
        assert "batchnorm2d_1" not in inner(changed, *use)
    assert inner(changed, "stage_2", "convunit_2").node("conv2d_1").layer.settings()["out_channels"] == 12


def test_an_exposed_setting_that_is_changed_inside_changes_for_this_use_alone(project: Project) -> None:
    place = ("stage_2", "convunit_1")
    changed = project.closed(place, project.opened(place).with_value("network.conv2d_1.stride", 1))
    assert changed.opened(("stage_2",)).network.node("convunit_1").layer.settings()["stride"] == 1
    assert inner(changed, "stage_2", "convunit_2").node("conv2d_1").layer.settings()["stride"] == 1
    assert CONV.kind().settings()["stride"] == 1


def test_a_renamed_layer_keeps_its_exposed_setting(project: Project) -> None:
    place = ("stage_1", "convunit_1")
    changed = project.closed(
        place, project.opened(place).with_network(inner(project, *place).rename("conv2d_1", "conv"))
    )
    assert inner(changed, "stage_2", "convunit_1").node("conv").layer.settings()["out_channels"] == 12


def test_a_setting_whose_layer_is_gone_goes_too_at_every_depth(project: Project) -> None:
    place = ("stage_1", "convunit_1")
    changed = project.closed(place, project.opened(place).with_network(inner(project, *place).remove(["conv2d_1"])))
    assert list(type(changed.network.node("stage_1").layer).declared) == ["repeat", "depth"]
    assert changed.network.node("stage_2").layer.settings()["depth"] == 3


def test_a_block_cannot_lie_inside_itself(project: Project) -> None:
    place = ("stage_1", "convunit_1")
    for block in (CONV.kind(), STAGE.kind()):
        opened = project.opened(place)
        with pytest.raises(ProjectError, match="inside itself"):
            project.closed(place, opened.with_network(opened.network.add(Node("again", block))))


def test_a_fault_inside_is_told_once_with_its_place_and_a_fix_that_mends_it(project: Project) -> None:
    place = ("stage_1", "convunit_1")
    opened = project.opened(place)
    torn = project.closed(place, opened.with_network(opened.network.remove(["conv2d_1"], heal=False)))
    faults = analyse(torn).faults
    assert [(fault.place, fault.node) for fault in faults] == [(place, "batchnorm2d_1")]
    assert faults[0].fix is not None
    assert not analyse(faults[0].fix.apply(torn)).faults


def test_layers_become_a_block_that_computes_the_same() -> None:
    network = stacked(
        Graph.chain(Input(), Conv2d(4, padding=1), ReLU(), Conv2d(4, padding=1), Flatten(), Linear(10), Output())
    )
    made, new = made_block(network, ["relu_1", "conv2d_2"], "Unit")
    assert made.predecessors(new) == ("conv2d_1",)
    assert [wire.target for wire in made.outgoing(new)] == ["flatten_1"]
    assert analyse(Project(made)).totals == analyse(Project(network)).totals
    back, names = unpacked(made, new)
    assert names == ("relu_1", "conv2d_2")
    assert set(back.wires) == set(network.wires)
    assert back.nodes == network.nodes


def test_a_block_of_several_inputs() -> None:
    network = Graph.chain(Input(), Conv2d(1, padding=1), ReLU())
    network = network.add(Node("add", Add())).connect("relu_1", "add").connect("input_1", "add")
    network = network.add(Node("flat", Flatten()), Node("linear", Linear(10)), Node("end", Output()))
    network = network.connect("add", "flat").connect("flat", "linear").connect("linear", "end")
    made, new = made_block(network, ["relu_1", "add"], "Join")
    assert made.node(new).layer.inputs == 2
    assert made.predecessors(new) == ("conv2d_1", "input_1")
    torch.manual_seed(0)
    x = torch.rand(2, 1, 8, 8)
    expected = build(Project(network)).eval()
    found = build(Project(made)).eval()
    found.load_state_dict(expected.state_dict())
    np.testing.assert_array_equal(found(x).detach(), expected(x).detach())
    repeated = made.replace_layer(new, made.node(new).layer.with_setting("repeat", 2))
    assert "cannot be repeated" in analyse(Project(repeated)).faults[0].message


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [
        ([], "needs a layer"),
        (["input_1", "conv2d_1"], "end of the network"),
        (["conv2d_1", "flatten_1"], "relu_1 lies between"),
    ],
)
def test_what_cannot_be_a_block_is_refused_in_words(chosen: list[str], reason: str) -> None:
    network = Graph.chain(Input(), Conv2d(), ReLU(), Flatten(), Output())
    with pytest.raises(ProjectError, match=reason):
        made_block(network, chosen, "Unit")


def test_a_block_answers_with_one_value() -> None:
    network = Graph.chain(Input(), Conv2d(), ReLU(), Output()).add(Node("flat", Flatten())).connect("conv2d_1", "flat")
    with pytest.raises(ProjectError, match="one value"):
        made_block(network, ["conv2d_1", "relu_1"], "Unit")


@pytest.mark.parametrize("name", ["Conv2d", "1x", "class", ""])
def test_a_block_has_a_name_that_code_can_have(name: str) -> None:
    with pytest.raises(ProjectError):
        made_block(Graph.chain(Input(), Conv2d(), Output()), ["conv2d_1"], name)


def test_a_unique_use_follows_no_other(project: Project) -> None:
    network = made_unique(project.network, "stage_2", "Stage2")
    changed = project.with_network(network)
    opened = changed.opened(("stage_2",))
    edited = changed.closed(("stage_2",), opened.with_network(opened.network.remove(["convunit_1"])))
    assert "convunit_1" in inner(edited, "stage_1")
    assert edited.network.node("stage_2").layer.settings()["depth"] == 3


def test_two_drawings_cannot_have_one_name(project: Project) -> None:
    other = Blueprint("Stage", UNIT).kind()
    with pytest.raises(ProjectError, match="Two different blocks"):
        project.closed((), project.with_network(project.network.add(Node("other", other))))


def test_names_of_blocks_and_settings_can_change_and_uses_keep_their_values(project: Project) -> None:
    network = renamed_setting(renamed_block(project.network, "ConvUnit", "Unit"), "Unit", "channels", "width")
    assert list(blueprints(network)) == ["Unit", "Stage"]
    changed = project.with_network(network)
    assert changed.opened(("stage_2",)).network.node("convunit_2").layer.settings()["width"] == 12
    assert analyse(changed).totals == analyse(project).totals
    with pytest.raises(ProjectError, match="already"):
        renamed_block(network, "Unit", "Stage")


def test_a_setting_can_be_exposed_joined_and_hidden(project: Project) -> None:
    network = exposed_setting(project.network, "ConvUnit", "bias", Target("conv2d_1", "bias"))
    network = exposed_setting(network, "Stage", "bias", Target("convunit_1", "bias"))
    network = exposed_setting(network, "Stage", "bias", Target("convunit_2", "bias"))
    network = network.replace_layer("stage_1", network.node("stage_1").layer.with_setting("bias", False))
    report = analyse(project.with_network(network))
    assert report.nodes["stage_1"].parameters == analyse(project).nodes["stage_1"].parameters - 3 * 8
    assert "bias" not in type(hidden_setting(network, "Stage", "bias").node("stage_1").layer).declared


def test_a_setting_can_be_a_multiple(project: Project) -> None:
    bottleneck = Blueprint(
        "Bottleneck",
        Graph.chain(Input(), Conv2d(8, 1), Conv2d(32, 1), Output()),
        (Exposed("channels", (Target("conv2d_1", "out_channels"), Target("conv2d_2", "out_channels", times=4))),),
    )
    check_blueprint(bottleneck)
    use = bottleneck.kind(channels=10)
    assert use.inside.node("conv2d_2").layer.settings()["out_channels"] == 40
    project = Project(Graph.chain(Input(), use, Output()))
    opened = project.opened(("bottleneck_1",))
    edited = project.closed(("bottleneck_1",), opened.with_value("network.conv2d_2.out_channels", 80))
    assert edited.network.node("bottleneck_1").layer.settings()["channels"] == 20
    with pytest.raises(ProjectError, match="4 times"):
        project.closed(("bottleneck_1",), opened.with_value("network.conv2d_2.out_channels", 81))


@pytest.mark.parametrize(
    "exposed",
    [
        Exposed("repeat", (Target("conv2d_1", "out_channels"),)),
        Exposed("inputs", (Target("conv2d_1", "out_channels"),)),
        Exposed("width", ()),
        Exposed("width", (Target("gone", "out_channels"),)),
        Exposed("width", (Target("conv2d_1", "colour"),)),
        Exposed("width", (Target("conv2d_1", "bias", times=2),)),
        Exposed("width", (Target("conv2d_1", "out_channels", times=0),)),
        Exposed("width", (Target("conv2d_1", "out_channels"), Target("conv2d_1", "bias"))),
    ],
)
def test_what_cannot_be_exposed_is_refused(exposed: Exposed) -> None:
    with pytest.raises(ProjectError):
        check_blueprint(Blueprint("Unit", UNIT, (exposed,)))


def test_pasted_blocks_of_another_drawing_get_another_name(project: Project) -> None:
    other = Graph.chain(Input(), Blueprint("Stage", UNIT).kind(), Output())
    taken = adopted(project.network, other)
    assert list(blueprints(taken)) == ["Stage2"]
    assert adopted(project.network, project.network) is project.network
    assert free_name("Conv2d", ()) == "Conv2d2"


def test_uses_are_counted_wherever_they_are(project: Project) -> None:
    assert (uses(project.network, "Stage"), uses(project.network, "ConvUnit")) == (2, 2)


def test_a_block_within_blocks_that_explodes_is_a_fault_and_not_a_hang() -> None:
    layer = Blueprint("Level0", UNIT).kind()
    for depth in range(1, 9):
        layer = Blueprint(f"Level{depth}", Graph.chain(Input(), layer, layer, Output())).kind(repeat=1000)
    assert layers_of(layer) > 10**20
    faults = analyse(Project(Graph.chain(Input(), layer, Flatten(), Linear(10), Output()))).faults
    assert "at most" in faults[0].message


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"type": "ConvUnit"', b'"type": "Stage"', "inside itself"),
        (b'"node": "conv2d_1"', b'"node": "nobody"', "nobody"),
        (b'"exposed": [', b'"shown": [', "shown"),
        (b'"ConvUnit": {', b'"Conv2d": {', "Conv2d"),
    ],
)
def test_damaged_blocks_are_refused_in_words(project: Project, old: bytes, new: bytes, reason: str) -> None:
    with pytest.raises(ProjectError, match=reason):
        from_json(to_json(project).replace(old, new))


def test_frozen_and_bypassed_nodes_are_kept_and_obeyed(project: Project) -> None:
    changed = project.with_network(project.network.freeze(["stage_1"]).bypass(["stage_2"]))
    assert from_json(to_json(changed)) == changed
    network = build(changed)
    assert {name.split(".")[0] for name, weight in network.named_parameters() if weight.requires_grad} == {"linear_1"}
    assert analyse(changed).totals.trainable_parameters == 8 * 4 * 4 * 10 + 10
    assert network(torch.rand(2, 1, 8, 8)).shape == (2, 10)
    with pytest.raises(ProjectError, match="end of the network"):
        project.network.bypass(["input_1"])


def test_a_setting_that_reaches_several_layers_keeps_the_limits_of_all() -> None:
    network, block = made_block(
        Graph.chain(Input(), Linear(32), Linear(64), Output()), ["linear_1", "linear_2"], "Wide"
    )
    network = exposed_setting(network, "Wide", "width", Target("linear_1", "out_features"))
    network = exposed_setting(network, "Wide", "width", Target("linear_2", "out_features", 4))
    layer = network.node(block).layer
    largest = layer.with_setting("width", layer.declared["width"].high)
    assert isinstance(largest, Block)
    assert [node.layer for node in largest.inside.nodes][:2] == [Linear(250_000), Linear(1_000_000)]


def test_a_setting_that_cannot_be_everywhere_it_reaches_is_refused() -> None:
    network, _ = made_block(
        Graph.chain(Input(), Linear(900_000), Linear(8), Output()), ["linear_1", "linear_2"], "Wide"
    )
    network = exposed_setting(network, "Wide", "width", Target("linear_1", "out_features"))
    with pytest.raises(ProjectError, match="cannot be everywhere"):
        exposed_setting(network, "Wide", "width", Target("linear_2", "out_features", 4))


@pytest.mark.parametrize("name", ["self", "super", "range", "nn", "torch", "repeat"])
def test_a_setting_cannot_take_a_name_that_its_code_needs(name: str) -> None:
    network, _ = made_block(Graph.chain(Input(), Linear(8), ReLU(), Output()), ["linear_1", "relu_1"], "Wide")
    with pytest.raises(ProjectError, match="taken"):
        exposed_setting(network, "Wide", name, Target("linear_1", "out_features"))


def test_three_thousand_layers_become_a_block_at_once() -> None:
    network = Graph.chain(Input(), *[ReLU()] * 3_000, Output())
    begun = time.perf_counter()
    made_block(network, [node.id for node in network.nodes[1:-1]], "Long")
    assert time.perf_counter() - begun < 5


def test_blocks_of_blocks_compare_at_once() -> None:
    network = Graph.chain(Input(), *[ReLU()] * 8, Output())
    for depth in range(12):
        network = Graph.chain(Input(), *[Blueprint(f"Level{depth}", network).kind()] * 8, Output())
    drawn = Project(network)
    assert drawn.trains_as(drawn.with_network(network.move({"input_1": (1.0, 1.0)})))


def test_a_frozen_block_trains_nothing_inside() -> None:
    network, block = made_block(Graph.chain(Input((8,)), Linear(8), ReLU(), Output()), ["linear_1", "relu_1"], "Wide")
    report = analyse(Project(network.freeze([block])))
    inside = report.opened((block,)).nodes["linear_1"]
    assert inside.trainable_parameters == 0
    assert inside.training_bytes == 4 * inside.parameters + inside.activation_bytes


def test_a_block_says_how_many_of_its_inputs_it_lacks() -> None:
    network = Graph.chain(Input((8,)), ReLU(), ReLU()).add(Node("add_1", Add()), Node("output_1", Output()))
    network = network.connect("relu_2", "add_1").connect("relu_1", "add_1").connect("add_1", "output_1")
    network, block = made_block(network, ["add_1"], "Join")
    lacking = network.disconnect(network.incoming(block)[1])
    assert "Join needs 2 inputs but has only 1." in [problem.message for problem in analyse(Project(lacking)).problems]


def test_a_setting_that_is_several_times_another_must_be_a_multiple_of_it() -> None:
    inside = Graph.chain(Input(), Conv2d(33, padding=1), Output())
    exposed = Exposed("channels", (Target("conv2d_1", "out_channels", 2),))
    with pytest.raises(ProjectError) as caught:
        check_blueprint(Blueprint("Odd", inside, (exposed,)))
    assert "33" in caught.value.message
    assert "multiple of 2" in caught.value.fix
    check_blueprint(Blueprint("Even", inside.replace_layer("conv2d_1", Conv2d(34, padding=1)), (exposed,)))
