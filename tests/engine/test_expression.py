"""Expressions are read, never run: what they compute, what they refuse and how that is said."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from layers_at_work import answer, refused
from torch import Tensor
from torch.nn import functional

from engine.analysis import analyse
from engine.errors import SettingError
from engine.graph import Graph, Node, Wire
from engine.layers import Add, Expression, Flatten, Input, Linear, Output
from engine.layers.expression_reader import FUNCTIONS
from engine.measure import measure
from engine.project import Project
from engine.spec import Shape


def attended(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    return (query @ key.mT / 4).softmax(-1) @ value


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_a_number_is_that_of_torch(name: str) -> None:
    (value,) = answer(Expression(f"0 * a + {name}(0.7)"), torch.zeros(1, 1)).flatten().tolist()
    assert value == pytest.approx(answer(Expression(f"{name}(a)"), torch.full((1, 1), 0.7)).item(), rel=1e-6)


@pytest.mark.parametrize(
    ("text", "shapes", "expected"),
    [
        ("a * sigmoid(b)", ((4, 3), (4, 3)), lambda a, b: a * torch.sigmoid(b)),
        ("a*(1 - b) + c*b", ((3,),) * 3, lambda a, b, c: a * (1 - b) + c * b),
        ("  -a ** 2 / -4", ((3,),), lambda a: -(a**2) / -4),
        ("2 ** a - (a - 1 - pi)", ((3,),), lambda a: 2**a - (a - 1 - torch.pi)),
        ("a * b", ((4, 5, 6), (4, 1, 1)), lambda a, b: a * b),
        ("a / sqrt(mean(a ** 2) + 1e-6)", ((4, 3),), lambda a: a / (a**2).mean((1, 2), keepdim=True).add(1e-6).sqrt()),
        ("softmax(a @ transpose(b) / sqrt(16)) @ c", ((4, 3), (5, 3), (5, 2)), attended),
        ("max(a, b, 0.5) + min(a, 1)", ((3,), (3,)), lambda a, b: torch.maximum(a, b).clamp(min=0.5) + a.clamp(max=1)),
        ("a - max(a) + min(a) + sum(a)", ((3,),), lambda a: a - a.amax(1, True) + a.amin(1, True) + a.sum(1, True)),
        ("exp(log(abs(a))) * cos(pi) + sin(0) + max(1, 2)", ((3,),), lambda a: 2 - a.abs()),
        ("relu(+a) + gelu(a)", ((3,),), lambda a: a.relu() + functional.gelu(a)),
        ("silu(a) * softplus(a)", ((3,),), lambda a: functional.silu(a) * functional.softplus(a)),
    ],
)
def test_it_computes_what_is_written(text: str, shapes: tuple[Shape, ...], expected: Callable[..., Tensor]) -> None:
    inputs = [torch.rand(2, *shape) + 0.5 for shape in shapes]
    layer = Expression(text)
    assert layer.inputs == len(shapes)
    torch.testing.assert_close(answer(layer, *inputs), expected(*inputs))
    assert measure(layer, shapes).output_shape == tuple(expected(*inputs).shape[1:])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        (" \t \n ", "is empty"),
        ("a +", "cannot be read at character"),
        ("a * (b", "bracket at character 5 that is never closed"),
        ("a)", "bracket at character 2 that closes nothing"),
        ("a * x", "names “x” at character 5, which is not known: its inputs are a, b, c … h, and pi is known"),
        ("  a * x", "at character 7"),
        ("ä", "names “ä” at character 1"),
        ("pi * a + foo(a)", "uses “foo” at character 10, which is not known; known are sigmoid, tanh"),
        ("a * tanh", "names the function tanh at character 5 without brackets: write tanh(a)"),
        ("a + c", "uses c but not b"),
        ("1 + 2", "uses none of its inputs"),
        ("a / 0", "divides by zero at character 1"),
        ("a + 1 / (2 - 2)", "divides by zero at character 5"),
        ("a + 0 ** -1", "divides by zero"),
        ("a * 9 ** 9 ** 9", "has a number at character 5 that is too large"),
        ("a * sqrt(-1)", "has a number at character 5 that is too large, or none at all"),
        ("a * (-1) ** 0.5", "too large, or none at all"),
        ("a * 1e999", "too large, or none at all"),
        ("sigmoid(a, b)", "gives sigmoid 2 values at character 1, but it takes one"),
        ("mean(3) + a", "gives mean a number"),
        ("a @ 2", "multiplies matrices at character 1, and a number is none"),
        ("a % 2", "cannot stand in one"),
        ("a < 2", "cannot stand in one"),
        ("a if 1 else a", "cannot stand in one"),
        ("a.shape", "cannot stand in one"),
        ("a[0]", "cannot stand in one"),
        ("True * a", "cannot stand in one"),
        ("'text' * a", "cannot stand in one"),
        ("mean(a, keepdim=1)", "cannot stand in one"),
        ("(lambda: a)()", "cannot stand in one"),
        ("__import__('os').system('true')", "cannot stand in one"),
        ("exp(*a)", "cannot stand in one"),
        ("(" * 900 + "a" + ")" * 900, "too many brackets inside one another"),
        ("-" * 1900 + "a", "too deep"),
        ("+".join("a" * 900), "too deep"),
        ("(" * 10_000 + "a" + ")" * 10_000, "has 20,001 characters; it can have at most 2,000"),
        ("a\x00", "cannot be read"),
        ("a²", "cannot be read"),
        ("α + 1", "names “α” at character 1"),
        ("a × 2", "cannot be read"),
        ("a + 🦊", "cannot be read"),
    ],
)
def test_what_cannot_be_computed_is_said_in_a_sentence(text: str, words: str) -> None:
    message = refused(Expression(text), (3,)).message
    assert words in message
    assert message.startswith("The expression ")
    assert message.endswith(".")
    assert len(message) < 220


@pytest.mark.parametrize(
    ("text", "shapes", "words"),
    [
        ("a + b", ((4,), (5,)), "joins 4 and 5 at character 1: they must be of one shape"),
        ("a + b", ((4, 3), (3,)), "joins 4×3 and 3"),
        ("1 + a @ b", ((4, 3), (4, 3)), "multiplies 4×3 and 4×3 at character 5: the first needs as many columns"),
        ("transpose(a)", ((4,),), "gives transpose at character 1 4, but it needs two dimensions or more"),
        ("a", ((4,), (4,)), "uses only a, but 2 wires arrive"),
        ("a + b", ((4,),) * 3, "uses only a to b, but 3 wires arrive"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(text: str, shapes: tuple[Shape, ...], words: str) -> None:
    assert words in refused(Expression(text), *shapes).message


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="abcx() +-*/@.,0129epimansqrt^[]'\"\n\\", max_size=30))
def test_any_text_is_computed_or_refused(text: str) -> None:
    layer = Expression(text)
    shapes = ((2, 2),) * layer.inputs
    refusal = layer.refuses(*shapes)
    if refusal is None:
        assert measure(layer, shapes).refusal == ""
    else:
        assert refusal.message.startswith("The expression ")


def test_ten_thousand_brackets_are_too_long() -> None:
    with pytest.raises(SettingError, match="cannot be"):
        Expression().with_setting("expression", "(" * 10_000 + "a" + ")" * 10_000)
    assert Expression().with_setting("expression", "a + " * 40 + "a").inputs == 1


def drawn(text: str, wires: int) -> Project:
    graph = Graph.chain(Input(), Expression(text), Flatten(), Linear(10), Output())
    for port in range(1, wires):
        graph = graph._with(wires=(*graph.wires, Wire("input_1", "expression_1", port)))  # pyright: ignore
    return Project(graph)


def test_wires_stay_while_the_expression_is_being_written() -> None:
    project = drawn("a + b", 2)
    assert not analyse(project).faults
    for text in ("a +", "a", "a * b * c"):
        changed = project.with_value("network.expression_1.expression", text)
        assert len(changed.network.incoming("expression_1")) == 2
        changed.network.check()
        assert [fault.node for fault in analyse(changed).faults][:1] == ["expression_1"]


def test_it_asks_for_the_wires_that_it_names() -> None:
    messages = [fault.message for fault in analyse(drawn("a * b * c", 2)).faults]
    assert "Expression needs 3 inputs but has only 2." in messages


def test_a_layer_with_many_wires_can_become_one() -> None:
    graph = Graph().add(Node("input_1", Input()), Node("add_1", Add()))
    for _ in range(3):
        graph = graph.connect("input_1", "add_1")
    assert graph.refuses_kind("add_1", Expression()) == ""
    turned, (name,) = graph.replace_kind(["add_1"], Expression())
    assert [wire.port for wire in turned.incoming(name)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("a * sigmoid(b)", r"y = a \cdot \sigma(b)"),
        ("(a - mean(a)) / sqrt(b + 1e-05)", r"y = \frac{a - \mathrm{mean}(a)}{\sqrt{b + 1 \cdot 10^{-5}}}"),
        ("a - (a - 1) - 2", r"y = a - \left( a - 1 \right) - 2"),
        ("-(a + 1) ** 2 * pi", r"y = \left( -{\left( a + 1 \right)}^{2} \right) \cdot \pi"),
        ("abs(exp(a) ** 2) @ transpose(a)", r"y = \left| {\left( e^{a} \right)}^{2} \right| \, {a}^T"),
        ("max(a, 0)", r"y = \max(a, 0)"),
        ("a +", Expression.formula),
        ("a" + " + a" * 40, Expression.formula),
    ],
)
def test_it_is_drawn_as_it_is_written(text: str, formula: str) -> None:
    assert Expression(text).equation == formula
