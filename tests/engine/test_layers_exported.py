"""Every layer, in a network of its own: built, trained a step, and written out as source that answers the same."""

from types import SimpleNamespace

import pytest
import torch
from drawings import every

from engine.analysis import analyse
from engine.build import build
from engine.export import source
from engine.export.source import class_name
from engine.graph import Graph, Node
from engine.layers import Flatten, Fold, Input, Layer, Linear, Output, Reshape, Squeeze, Twin
from engine.layers.pooling import MaxUnpool
from engine.project import Project
from engine.spec import Shape

DIGITS: dict[int, Shape] = {1: (64,), 2: (8, 8), 3: (1, 8, 8), 4: (1, 4, 4, 4)}
"""One digit in each rank."""
KINDS = [kind for kind in every(Layer) if kind not in (Input, Output, Twin)]


def shape_for(kind: type[Layer]) -> Shape:
    if kind in (Squeeze, Fold):
        return (64, 1) if kind is Squeeze else (4, 16)
    return next(DIGITS[rank] for rank in (3, 2, 1, 4) if kind.accepts.takes(DIGITS[rank]))


def project_with(kind: type[Layer]) -> Project:
    """A network for the digits in which a layer, with the settings that it asks for, receives what it accepts."""
    shape = shape_for(kind)
    # Only windows of 1 leave as many values as there are places.
    layer = kind(kernel_size=1) if issubclass(kind, MaxUnpool) else kind()
    count = 2 if layer.inputs is None else layer.inputs
    while refusal := layer.refuses(*[shape] * count):
        layer = layer.with_setting(refusal.setting, refusal.value)
    graph = Graph.chain(Input(), Reshape(shape)).add(Node("it", layer))
    for _ in range(count):
        graph = graph.connect("reshape_1", "it")
    graph = graph.add(Node("flat", Flatten()), Node("last", Linear(10)), Node("output", Output()))
    return Project(graph.connect("it", "flat").connect("flat", "last").connect("last", "output"), title="Trial")


def ran(text: str) -> SimpleNamespace:
    names: dict[str, object] = {"__name__": "exported"}
    exec(compile(text, "exported.py", "exec"), names)
    return SimpleNamespace(**names)


@pytest.mark.parametrize("kind", KINDS)
def test_its_source_answers_as_the_network_does(kind: type[Layer]) -> None:
    project = project_with(kind)
    report = analyse(project)
    assert [fault.message for fault in report.faults] == []
    network = build(project).eval()
    module = getattr(ran(source(project, report)), class_name(project))().eval()
    module.load_state_dict(network.state_dict())
    x = torch.rand(3, 1, 8, 8)
    torch.manual_seed(0)
    expected = network(x)
    torch.manual_seed(0)
    torch.testing.assert_close(module(x), expected, rtol=0, atol=0)
