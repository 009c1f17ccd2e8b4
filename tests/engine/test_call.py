"""A call prints what it does: with the brackets that Python needs, and no others."""

import pytest
import torch

from engine.call import INPUT, INPUTS, Call, Span, Value, applied, at, call
from engine.measure import resolve

A, B, C = Value(0), Value(1), Value(2)


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (call("+", INPUTS), "a + b + c"),
        (call("-", INPUTS), "a - b - c"),
        (call("/", call("+", INPUTS), 3), "(a + b + c) / 3"),
        (call("*", call("+", A, B), C), "(a + b) * c"),
        (call("+", A, call("*", B, C)), "a + b * c"),
        (call("-", A, call("-", B, C)), "a - (b - c)"),
        (call("-", call("-", A, B), C), "a - b - c"),
        (call("/", A, call("-", B)), "a / -b"),
        (call("**", call("-", A), 2), "(-a) ** 2"),
        (call("-", call("**", A, 2)), "-a ** 2"),
        (call("**", A, call("**", B, 2)), "a ** b ** 2"),
        (call("**", call("**", A, 2), 2), "(a ** 2) ** 2"),
        (call("*", A, -2.0), "a * -2.0"),
        (call("**", -2, call("torch.floor", A)), "(-2) ** torch.floor(a)"),
        (at(call("+", A, B), ..., Span(1, None)), "(a + b)[..., 1:]"),
        (at(A, Span(), Span(0, 4, 2), 0), "a[:, 0:4:2, 0]"),
        (at(call(".chunk", A, 2, dim=1), 1), "a.chunk(2, dim=1)[1]"),
        (call(".flatten", call("*", A, B), 1), "(a * b).flatten(1)"),
        (call("torch.mean", call("torch.stack", INPUTS), dim=0), "torch.mean(torch.stack([a, b, c]), dim=0)"),
        (
            call("nn.functional.pad", A, (1, 1, 0, 0), mode="reflect"),
            'nn.functional.pad(a, (1, 1, 0, 0), mode="reflect")',
        ),
    ],
)
def test_an_expression_prints_and_computes_the_same(expression: Call, text: str) -> None:
    assert expression.printed(("a", "b", "c")) == text
    tensors = tuple(torch.rand(3, 4, 4, 4) + 1 for _ in range(3))
    expected = eval(text, {"torch": torch, "nn": torch.nn, **dict(zip("abc", tensors, strict=True))})
    torch.testing.assert_close(expression.made(resolve, tensors), expected, rtol=0, atol=0)


def test_a_module_is_applied_as_its_use_says() -> None:
    use = at(applied(call(".long", INPUT)), Span(), -1)
    embedding = torch.nn.Embedding(5, 3)
    tokens = torch.tensor([[0.0, 4.0]])
    assert use.printed(("x",), "self.embedding_1") == "self.embedding_1(x.long())[:, -1]"
    torch.testing.assert_close(use.made(resolve, (tokens,), embedding), embedding(torch.tensor([4])))
