"""Twins: a layer that works with the weights of another, which learns from both."""

import pytest
import torch
from drawings import stack
from networks import NETWORKS, siamese, wired
from torch import nn

from engine.analysis import analyse
from engine.block_edits import made_block, unpacked
from engine.blocks import Blueprint
from engine.build import build
from engine.data import Data
from engine.datasets import Iris
from engine.errors import ProjectError
from engine.export import source
from engine.export.source import class_name
from engine.graph import Graph, Node
from engine.layers import BatchNorm1d, Embedding, Flatten, Input, Layer, Linear, Mean, Output, ReLU, Twin
from engine.project import Project, from_json, to_json
from engine.report import Problem

SIAMESE = NETWORKS["siamese"]


def told(project: Project) -> Problem:
    (found,) = [problem for problem in analyse(project).problems if problem.rule.startswith("twin")]
    return found


def mended(project: Project) -> Project:
    fix = told(project).fix
    assert fix is not None
    after = fix.apply(project)
    assert not [problem for problem in analyse(after).problems if problem.rule.startswith("twin")]
    return after


def on_iris(network: Graph) -> Project:
    return Project(network, Data(Iris()))


def back_and_forth() -> Project:
    """A Linear and the way back through it."""
    return on_iris(stack(Input(), Linear(8), ReLU(), Twin("linear_1", transposed=True), Linear(3), Output()))


def printed_module(project: Project) -> nn.Module:
    names: dict[str, object] = {"__name__": "exported"}
    exec(compile(source(project, analyse(project)), "exported.py", "exec"), names)
    made = names[class_name(project)]
    assert isinstance(made, type)
    return made()


def assert_printed_as_built(project: Project) -> None:
    network, module = build(project).eval(), printed_module(project).eval()
    assert list(module.state_dict()) == list(network.state_dict())
    module.load_state_dict(network.state_dict())
    x = torch.rand(3, *project.data.dataset.shape)
    assert torch.equal(module(x), network(x))


def test_a_twin_adds_no_weights() -> None:
    report = analyse(SIAMESE)
    assert not report.faults
    assert report.nodes["again"].parameters == 0
    assert report.nodes["again"].flops == report.nodes["encoder"].flops
    built = sum(parameter.numel() for parameter in build(SIAMESE).parameters())
    assert report.totals.parameters == built == (2 * 8 + 8) + (8 * 3 + 3)


def test_both_uses_are_of_the_same_weights() -> None:
    network, x = build(SIAMESE), torch.rand(5, 4)
    expected = network.last(network.encoder(x[:, :2]) - network.encoder(x[:, 2:]))
    assert torch.equal(network(x), expected)


def test_the_gradients_of_both_uses_add_up() -> None:
    network, x = build(SIAMESE), torch.rand(5, 4)
    network(x).sum().backward()
    found = network.encoder.weight.grad.clone()
    parts: list[torch.Tensor] = []
    for held in ("left", "right"):
        network.zero_grad()
        left, right = network.encoder(x[:, :2]), network.encoder(x[:, 2:])
        left, right = (left, right.detach()) if held == "left" else (left.detach(), right)
        network.last(left - right).sum().backward()
        parts.append(network.encoder.weight.grad.clone())
    assert parts[0].abs().sum() > 0
    torch.testing.assert_close(found, parts[0] + parts[1])


def test_source_calls_the_one_module_twice() -> None:
    text = source(SIAMESE, analyse(SIAMESE))
    assert text.count("self.encoder(") == 2
    assert "again" not in text
    assert_printed_as_built(SIAMESE)


def test_a_matrix_is_used_transposed() -> None:
    project = back_and_forth()
    report = analyse(project)
    assert not report.faults
    assert report.nodes["twin_1"].output_shape == (4,)
    network, x = build(project), torch.rand(3, 4)
    inner = torch.relu(network.linear_1(x)) @ network.linear_1.weight
    torch.testing.assert_close(network(x), network.linear_2(inner))
    assert "nn.functional.linear(x, self.linear_1.weight.t())" in source(project, report)
    assert_printed_as_built(project)


def test_a_tied_embedding_scores_all_tokens() -> None:
    network = stack(Input(), Embedding(20, 6), Mean(1), Twin("embedding_1", transposed=True), Linear(3), Output())
    project = on_iris(network)
    report = analyse(project)
    assert not report.faults
    assert report.nodes["twin_1"].output_shape == (20,)
    assert "nn.functional.linear(x, self.embedding_1.weight)" in source(project, report)
    assert_printed_as_built(project)


def twin_of_a_block() -> Project:
    inside = Graph.chain(Input(), Linear(8), ReLU(), BatchNorm1d(), Output())
    return on_iris(siamese().replace_layer("encoder", Blueprint("Encoder", inside).kind(repeat=2)))


def test_a_block_has_a_twin() -> None:
    project = twin_of_a_block()
    report = analyse(project)
    assert not report.faults
    assert report.nodes["again"].parameters == 0
    assert sum(parameter.numel() for parameter in build(project).parameters()) == report.totals.parameters
    assert_printed_as_built(project)


def test_a_twin_lives_inside_a_block() -> None:
    network = stack(Input(), Linear(4), ReLU(), Twin("linear_1"), Linear(3), Output())
    inside, made = made_block(network, ["linear_1", "relu_1", "twin_1"], "Unit")
    project = on_iris(inside)
    assert not analyse(project).faults
    assert_printed_as_built(project)
    whole, _ = unpacked(inside, made)
    assert whole.node("twin_1").layer == Twin("linear_1")
    assert not analyse(on_iris(whole)).faults


def test_unpacking_repeats_keeps_each_pair_together() -> None:
    network = stack(Input(), Linear(4), ReLU(), Twin("linear_1"), Linear(3), Output())
    inside, made = made_block(network, ["linear_1", "relu_1", "twin_1"], "Unit")
    layer = inside.node(made).layer
    whole, _ = unpacked(inside.replace_layer(made, layer.with_setting("repeat", 2)), made)
    origins = [node.layer.of for node in whole.nodes if isinstance(node.layer, Twin)]
    assert len(set(origins)) == 2
    assert all(origin in whole for origin in origins)


@pytest.mark.parametrize("chosen", [["linear_1", "relu_1"], ["relu_1", "twin_1"]])
def test_a_pair_is_not_torn_apart_by_a_block(chosen: list[str]) -> None:
    network = stack(Input(), Linear(4), ReLU(), Twin("linear_1"), Linear(3), Output())
    with pytest.raises(ProjectError, match="both go into the block or neither"):
        made_block(network, chosen, "Unit")


def test_a_twin_follows_a_new_name() -> None:
    network = siamese().rename("encoder", "eye")
    assert network.node("again").layer == Twin("eye")
    assert not analyse(on_iris(network)).faults
    turned, _ = siamese().rename("encoder", "linear_7").replace_kind(["linear_7"], Linear(4))
    assert not [problem for problem in analyse(on_iris(turned)).problems if problem.rule == "twin-of-none"]


def test_a_copied_pair_is_a_pair_of_its_own() -> None:
    network = siamese()
    both, names = network.merge(network.part(["encoder", "again"]))
    copied = dict(zip(["encoder", "again"], names, strict=True))
    assert both.node(copied["again"]).layer == Twin(copied["encoder"])
    alone, names = network.merge(network.part(["again"]))
    assert alone.node(names[0]).layer == Twin("encoder")


def test_a_file_holds_a_twin() -> None:
    assert from_json(to_json(SIAMESE)) == SIAMESE


def pair(origin: Layer, twin: Layer) -> Project:
    layers = {
        "input": Input(), "first": origin, "second": twin, "last": Linear(3), "output": Output()
    }  # fmt: skip
    return on_iris(wired(layers, ["input first", "first second", "second last", "last output"]))


@pytest.mark.parametrize(
    ("project", "words"),
    [
        (pair(Linear(4), Twin()), "does not say whose weights"),
        (pair(Linear(4), Twin("nobody")), "There is no layer “nobody”"),
        (pair(ReLU(), Twin("first")), "has no weights of its own"),
        (pair(Linear(4), Twin("second")), "has no weights of its own"),
        (pair(BatchNorm1d(), Twin("first", transposed=True)), "no matrix to transpose"),
    ],
)
def test_what_cannot_be_is_said_and_mended(project: Project, words: str) -> None:
    assert words in told(project).message
    mended(project)


@pytest.mark.parametrize(
    ("project", "words"),
    [
        (pair(Linear(6), Twin("first")), "first is made for 4, and its weights do not fit 6"),
        (pair(Linear(3), Twin("last", transposed=True)), "let last stand before it"),
        (pair(Flatten(), Twin("last", transposed=True)), "second goes back from 3 numbers but receives 4"),
    ],
)
def test_what_does_not_fit_is_said(project: Project, words: str) -> None:
    assert words in told(project).message


def test_the_twin_of_a_skipped_layer() -> None:
    project = on_iris(siamese().bypass(["encoder"]))
    assert "is skipped" in told(project).message
    assert mended(project).network == siamese()


def test_the_twin_of_a_removed_layer_offers_another() -> None:
    project = on_iris(siamese().remove(["encoder"]))
    assert "There is no layer “encoder”" in told(project).message


def test_a_twin_lets_a_layer_learn_that_leads_nowhere_itself() -> None:
    """The weights of a layer that only its twin uses are trained."""
    network = stack(Input(), Twin("idle"), Output()).add(Node("idle", Linear(3), (400.0, 0.0)))
    project = on_iris(network.connect("input_1", "idle"))
    assert not analyse(project).faults
    values = build(project).training_values(torch.rand(2, 4))
    assert values[0].requires_grad


def test_a_skipped_twin_passes_on() -> None:
    project = on_iris(stack(Input(), Linear(4), Twin("linear_1"), Linear(3), Output()).bypass(["twin_1"]))
    assert not analyse(project).faults
    assert_printed_as_built(project)
