"""Layers that join inputs, and those that scale: values, shapes that meet, shapes that do not."""

from collections.abc import Callable

import pytest
import torch
from layers_at_work import answer, made, refused
from torch import Tensor
from torch.nn import functional

from engine.layers import (
    Average,
    Concat,
    Divide,
    Dot,
    Layer,
    LayerScale,
    MatMul,
    Maximum,
    Minimum,
    Multiply,
    Scale,
    Shift,
    Stack,
    Subtract,
)
from engine.measure import measure
from engine.spec import Shape


@pytest.mark.parametrize(
    ("layer", "shapes", "expected"),
    [
        (Subtract(), ((4, 3), (4, 3)), lambda a, b: a - b),
        (Divide(), ((4, 3), (4, 3)), lambda a, b: a / b),
        (Multiply(), ((4, 3),) * 3, lambda a, b, c: a * b * c),
        (Multiply(), ((8, 4, 6), (8, 1, 1)), lambda a, b: a * b),
        (Multiply(), ((1, 3), (4, 1)), lambda a, b: a * b),
        (Average(), ((4,),) * 3, lambda a, b, c: (a + b + c) / 3),
        (Maximum(), ((4,),) * 3, lambda a, b, c: torch.stack([a, b, c]).amax(0)),
        (Minimum(), ((4,),) * 2, lambda a, b: torch.stack([a, b]).amin(0)),
        (Stack(), ((4, 3),) * 2, lambda a, b: torch.stack([a, b], dim=1)),
        (Stack(3), ((4, 3),) * 2, lambda a, b: torch.stack([a, b], dim=3)),
        (MatMul(), ((4, 3), (3, 5)), lambda a, b: torch.bmm(a, b)),
        (MatMul(True), ((2, 4, 3), (2, 5, 3)), lambda a, b: torch.einsum("nhik,nhjk->nhij", a, b)),
        (Dot(), ((6,), (6,)), lambda a, b: (a * b).sum(1, keepdim=True)),
        (Dot(True), ((4, 6), (4, 6)), lambda a, b: functional.cosine_similarity(a, b, dim=2)[..., None]),
        (Scale(0.5, learned=False), ((4, 3),), lambda a: a * 0.5),
        (Shift(-2, learned=False), ((4, 3),), lambda a: a - 2),
        (Scale(3), ((4, 3),), lambda a: a * 3),
        (Shift(3), ((4, 3),), lambda a: a + 3),
        (LayerScale(), ((4, 3),), lambda a: a * 1e-6),
    ],
)
def test_it_answers_as_torch_does(layer: Layer, shapes: tuple[Shape, ...], expected: Callable[..., Tensor]) -> None:
    inputs = [torch.rand(2, *shape) + 0.5 for shape in shapes]
    torch.testing.assert_close(answer(layer, *inputs), expected(*inputs))


@pytest.mark.parametrize(
    ("layer", "shapes", "words", "setting", "value"),
    [
        (Multiply(), ((8, 4, 6), (8,)), "Multiply needs inputs of one shape but receives 8×4×6 and 8", "", None),
        (Subtract(), ((4,), (5,)), "Subtract needs inputs of one shape but receives 4 and 5", "", None),
        (Stack(), ((4,), (1,)), "Stack needs inputs of one shape but receives 4 and 1", "", None),
        (Stack(4), ((4, 3), (4, 3)), "adds dimension 4 but receives 4×3 and 4×3", "dim", 3),
        (MatMul(), ((4, 3), (5, 3)), "as many columns in the first as rows in the second", "transpose", True),
        (MatMul(), ((4, 3), (5, 2)), "as many columns in the first as rows in the second", "", None),
        (MatMul(), ((4, 3), (2, 3, 5)), "as many matrices of one as of the other", "", None),
        (Dot(), ((4,), (5,)), "Dot needs two inputs of one shape but receives 4 and 5", "", None),
        (Concat(), ((), ()), "receives a single number and a single number", "", None),
    ],
)
def test_what_does_not_meet_is_refused_in_words(
    layer: Layer, shapes: tuple[Shape, ...], words: str, setting: str, value: object
) -> None:
    refusal = refused(layer, *shapes)
    assert words in refusal.message
    assert (refusal.setting, refusal.value) == (setting, value)


@pytest.mark.parametrize(
    ("layer", "shape", "numbers"),
    [
        (LayerScale(), (96, 7, 5), (96, 1, 1)),
        (LayerScale(), (197, 768), (768,)),
        (Scale(), (12,), (12,)),
        (Scale(per="first dimension"), (4, 9), (4, 1)),
        (Shift(per="last dimension"), (4, 9, 3), (3,)),
        (Shift(per="one for all"), (4, 9, 3), (1,)),
        (Scale(), (), (1,)),
    ],
)
def test_each_channel_or_feature_has_a_number_of_its_own(layer: Layer, shape: Shape, numbers: Shape) -> None:
    _, module = made(layer, shape)
    assert module is not None
    (learned,) = module.parameters()
    assert tuple(learned.shape) == numbers


def test_what_is_fixed_has_no_weights() -> None:
    assert measure(Scale(learned=False), ((4, 3),)).parameters == 0
    assert measure(Scale(), ((4, 3),)).parameters == 3
