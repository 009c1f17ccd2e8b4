"""Layers given too much, too little, or something else: every setting at its limits, every input that does not fit."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import pytest
from drawings import every, project

from engine.analysis import analyse
from engine.errors import SettingError
from engine.graph import Graph, Node
from engine.layers import Input, Layer, Output, Twin
from engine.project import Project
from engine.report import ChangeSetting, Problem
from engine.spec import Field, Shape

SHAPES: tuple[Shape, ...] = ((), (12,), (4, 6), (4, 6, 6), (4, 4, 6, 6), (2, 2, 2, 2, 2))
LAYERS = [kind for kind in every(Layer) if kind not in (Input, Output, Twin)]
LIMITED = [
    (kind, field)
    for kind in LAYERS
    for field in kind.declared.values()
    if field.kind in ("integer", "number", "pair", "padding", "shape")
]


def stepped(field: Field, limit: float, steps: int) -> Any:
    """The value at a limit, or just beyond."""
    if field.kind == "number":
        return math.nextafter(limit, math.inf * steps) if steps else limit
    return (int(limit) + steps,) if field.kind == "shape" else int(limit) + steps


def shape_for(kind: type[Layer]) -> Shape:
    return next(shape for shape in SHAPES[1:] if kind.accepts.takes(shape))


@pytest.mark.parametrize(("kind", "field"), LIMITED, ids=lambda each: getattr(each, "__name__", "") or each.name)
def test_a_setting_may_be_at_its_limits_and_not_beyond(kind: type[Layer], field: Field) -> None:
    assert field.low is not None
    assert field.high is not None
    for limit, beyond in ((field.low, -1), (field.high, 1)):
        kept = kind().with_setting(field.name, stepped(field, limit, 0))
        assert getattr(kept, field.name) == stepped(field, limit, 0)
        with pytest.raises(SettingError) as refusal:
            kind().with_setting(field.name, stepped(field, limit, beyond))
        assert field.name in refusal.value.message
        assert refusal.value.expected == field.expected()
        examined(kept, shape_for(kind))


def examined(layer: Layer, shape: Shape) -> list[Problem]:
    """Why the layer does not take an input: a sentence for people. Where there is none, it is known what leaves."""
    count = 2 if layer.inputs is None else layer.inputs
    drawing = project(Input(shape), layer, Output()).network
    entry, (_, node, _) = drawing.nodes[0].id, drawing.nodes
    for _ in range(count - 1):
        drawing = drawing.connect(entry, node.id)
    report = analyse(project(Input()).with_network(drawing))
    said = [problem for problem in report.problems if problem.rule in ("wrong-rank", "misfit", "refused-by-torch")]
    assert (report.nodes[node.id].output_shape is None) == bool(said)
    for problem in said:
        assert problem.message.endswith(".")
        assert "\n" not in problem.message
        assert len(problem.message) < 300
    return said


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_an_input_of_another_rank_is_refused_in_the_words_of_the_layer(kind: type[Layer], shape: Shape) -> None:
    rules = [problem.rule for problem in examined(kind(), shape)]
    assert rules in ([], ["wrong-rank"], ["misfit"]), "torch's own words are for its developers"


OTHERS: tuple[Shape, ...] = ((1,), (7,), (6, 4), (1, 6), (4, 1, 2), (6, 6, 6), (3, 1, 2, 2))


@pytest.mark.parametrize("kind", LAYERS)
def test_inputs_that_do_not_fit_are_refused_by_name_and_the_fix_mends_it(kind: type[Layer]) -> None:
    for shapes in mixed(kind()):
        drawing = fed(kind(), shapes)
        for problem in faults_of_it(drawing):
            assert problem.rule in ("wrong-rank", "misfit"), "torch's own words are for its developers"
            assert kind.title.casefold() in problem.message.casefold()
            assert problem.message.endswith(".")
            assert len(problem.message) < 300
            if problem.fix is not None:
                mended = faults_of_it(problem.fix.apply(drawing))
                assert problem.message not in [each.message for each in mended]


@pytest.mark.parametrize("kind", LAYERS)
def test_a_setting_is_offered_only_where_settings_mend_it(kind: type[Layer]) -> None:
    for shapes in mixed(kind()):
        drawing, changes = fed(kind(), shapes), 0
        while (problem := next(iter(faults_of_it(drawing)), None)) and isinstance(problem.fix, ChangeSetting):
            drawing, changes = problem.fix.apply(drawing), changes + 1
        assert not changes or problem is None


def mixed(layer: Layer) -> Iterator[tuple[Shape, ...]]:
    """Inputs of every rank and of sizes that mostly do not fit, in every combination that a layer can receive."""
    count = 2 if layer.inputs is None else layer.inputs
    shapes = (*SHAPES[1:], *OTHERS)
    return itertools.product(shapes if count < 3 else shapes[:3], repeat=count)


def fed(layer: Layer, shapes: tuple[Shape, ...]) -> Project:
    """A drawing in which a layer receives inputs of these shapes."""
    names = [f"input_{number}" for number in range(len(shapes))]
    graph = Graph().add(*map(Node, names, map(Input, shapes)), Node("it", layer))
    for name in names:
        graph = graph.connect(name, "it")
    return project(Input()).with_network(graph)


def faults_of_it(drawing: Project) -> list[Problem]:
    return [problem for problem in analyse(drawing).faults if problem.node == "it"]
