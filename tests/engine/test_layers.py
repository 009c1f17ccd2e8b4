"""What every layer promises, asked of every layer there is."""

import itertools
import textwrap
from collections.abc import Callable
from typing import NamedTuple

import pytest
import torch
from drawings import every, specs
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from engine import modules
from engine.export.source import begun
from engine.layers import (
    AdaptiveAvgPool2d,
    Add,
    AvgPool2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    Fold,
    Input,
    Layer,
    LayerNorm,
    Linear,
    MaxPool2d,
    Output,
    PythonLayer,
    Squeeze,
    Twin,
    in_words,
)
from engine.layers.pooling import MaxUnpool
from engine.layers.weighted import Weighted
from engine.measure import function_of, measure
from engine.spec import Shape

SHAPES: dict[int, Shape] = {1: (12,), 2: (5, 6), 3: (4, 8, 6), 4: (2, 3, 4, 5)}
OF_THEIR_OWN: dict[type[Layer], list[Shape]] = {Squeeze: [(1, 12), (4, 1, 1)], Fold: [(12, 16), (8, 4)]}
"""Shapes for layers that do not take those above, whatever their settings."""
MOST_CHANGES = 9
LAYERS = every(Layer)
WORKING = [kind for kind in LAYERS if kind not in (Input, Output, Twin)]


def taken_by(kind: type[Layer]) -> list[Shape]:
    """One shape for every rank that a layer takes."""
    return OF_THEIR_OWN.get(kind, [shape for shape in SHAPES.values() if kind.accepts.takes(shape)])


def inputs_for(layer: Layer, shape: Shape) -> tuple[Shape, ...]:
    if isinstance(layer, MaxUnpool):
        fitted = fitting(layer.pooling, (shape,)).settings()
        return layer.with_settings({name: fitted[name] for name in layer.settings()}).placed(shape), shape
    return (shape,) * (2 if layer.inputs is None else layer.inputs)


def tensors_for(kind: type[Layer], shapes: tuple[Shape, ...]) -> list[Tensor]:
    """A batch of three samples for each input."""
    if kind.accepts.tokens:
        return [torch.randint(0, 9, (3, *shape)).float() for shape in shapes]
    return [torch.randn(3, *shape, requires_grad=True) for shape in shapes]


class Made(NamedTuple):
    """A layer ready to be applied to tensors, and its module where it has one."""

    function: Callable[..., Tensor]
    module: nn.Module | None


def made(layer: Layer, shapes: tuple[Shape, ...]) -> Made:
    """The layer as the engine makes it."""
    function, module = function_of(layer, *shapes)
    assert function is not None
    return Made(function, module)


def printed(layer: Layer, shapes: tuple[Shape, ...]) -> Made:
    """The layer as its printed source makes it."""
    call = layer.module(*shapes)
    assert call is not None
    names = {"nn": nn, "torch": torch, **{name: getattr(modules, name) for name in modules.__all__}}
    if isinstance(layer, PythonLayer):
        exec(layer.source, names)
    values = tuple("abcdef"[: len(shapes)])
    head = f"lambda {', '.join(values)}:"
    if not call.is_module:
        return Made(eval(f"{head} {call.printed(values)}", names), None)
    module = eval(call.printed(), names)
    if isinstance(layer, Weighted):
        exec(textwrap.dedent("\n".join(begun("module", layer))), {**names, "module": module})
    use = layer.use(*shapes)
    function = eval(f"{head} {use.printed(values, 'module')}", {**names, "module": module}) if use else module
    return Made(function, module)


def fitting(layer: Layer, shapes: tuple[Shape, ...]) -> Layer:
    """The layer with the changes that it asks for itself."""
    for _ in range(MOST_CHANGES):
        refusal = layer.refuses(*shapes)
        if refusal is None:
            return layer
        if not refusal.setting:
            assume(False)
        layer = layer.with_setting(refusal.setting, refusal.value)
    raise AssertionError(f"{layer} asks for one change after the other")


CASES = [(kind, shape) for kind in WORKING for shape in taken_by(kind)]


@pytest.mark.parametrize("kind", LAYERS)
def test_it_has_a_family_a_formula_and_a_short_summary(kind: type[Layer]) -> None:
    assert kind.family
    assert kind.formula
    assert len(kind().summary()) <= 40


@pytest.mark.parametrize(("kind", "shape"), CASES)
def test_the_printed_call_makes_what_the_engine_makes(kind: type[Layer], shape: Shape) -> None:
    shapes = inputs_for(kind(), shape)
    layer = fitting(kind(), shapes)
    ours, theirs = made(layer, shapes), printed(layer, shapes)
    if ours.module and theirs.module:
        assert repr(ours.module) == repr(theirs.module)
        theirs.module.load_state_dict(ours.module.state_dict())
        ours.module.eval()
        theirs.module.eval()
    tensors = tensors_for(kind, shapes)
    answers: list[Tensor] = []
    for each in (ours, theirs):
        torch.manual_seed(0)
        answers.append(each.function(*tensors))
    torch.testing.assert_close(*answers, rtol=0, atol=0)


@pytest.mark.parametrize("kind", WORKING)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_settings_print_as_they_are_made(kind: type[Layer], data: st.DataObject) -> None:
    drawn = data.draw(specs(kind))
    shapes = inputs_for(drawn, data.draw(st.sampled_from(taken_by(kind))))
    layer = fitting(drawn, shapes)
    with torch.device("meta"):
        ours, theirs = made(layer, shapes), printed(layer, shapes)
    assert repr(ours.module) == repr(theirs.module)


@pytest.mark.parametrize(("kind", "shape"), CASES)
def test_the_analysis_knows_the_true_shape_and_parameters(kind: type[Layer], shape: Shape) -> None:
    shapes = inputs_for(kind(), shape)
    fitted = fitting(kind(), shapes)
    layer = made(fitted, shapes)
    output = layer.function(*tensors_for(kind, shapes))
    measured = measure(fitted, shapes)
    assert measured.output_shape == tuple(output.shape[1:])
    count = sum(p.numel() for p in layer.module.parameters()) if layer.module else 0
    assert measured.parameters == count


@pytest.mark.parametrize(("kind", "shape"), CASES)
def test_gradients_reach_inputs_and_weights(kind: type[Layer], shape: Shape) -> None:
    shapes = inputs_for(kind(), shape)
    layer = made(fitting(kind(), shapes), shapes)
    tensors = tensors_for(kind, shapes)
    layer.function(*tensors).square().sum().backward()
    weights = list(layer.module.parameters()) if layer.module else []
    if kind.accepts.tokens:
        tensors = []
    if issubclass(kind, MaxUnpool):
        # Its second input only says where the values stand.
        tensors = tensors[:1]
    for tensor in [*tensors, *weights]:
        assert tensor.grad is not None


def shallow(layer: Layer) -> Layer:
    """The layer with at most three layers of its own: more of them are measured for minutes and prove no more."""
    counts = [name for name in layer.settings() if name.startswith("num_") and name.endswith("layers")]
    return layer.with_settings({name: min(3, getattr(layer, name)) for name in counts})


@pytest.mark.parametrize("kind", WORKING)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_a_layer_does_not_refuse_torch_takes(kind: type[Layer], data: st.DataObject) -> None:
    layer = shallow(data.draw(specs(kind)))
    ranks = kind.accepts.ranks or (1, 2, 3)
    sizes = st.integers(1, 12)
    shape = data.draw(st.sampled_from(ranks).flatmap(lambda rank: st.tuples(*[sizes] * rank)))
    shapes = inputs_for(layer, shape)
    refusal = layer.refuses(*shapes)
    if refusal is None:
        assert measure(layer, shapes).refusal == ""
    else:
        assert kind.title.casefold() in refusal.message.casefold()
        if refusal.value is not None:
            mended = layer.with_setting(refusal.setting, refusal.value).refuses(*shapes)
            assert mended is None or mended.message != refusal.message


@pytest.mark.parametrize(
    ("layer", "shapes", "expected"),
    [
        (Linear(10), ((784,),), (10,)),
        (Conv2d(32), ((1, 28, 28),), (32, 26, 26)),
        (Conv2d(8, padding="same", dilation=2), ((3, 9, 9),), (8, 9, 9)),
        (Conv2d(4, (3, 1), (2, 1), (1, 0)), ((2, 7, 5),), (4, 4, 5)),
        (MaxPool2d(), ((32, 26, 26),), (32, 13, 13)),
        (AvgPool2d(3, 2, 1), ((4, 7, 7),), (4, 4, 4)),
        (AdaptiveAvgPool2d(), ((512, 7, 7),), (512, 1, 1)),
        (Flatten(), ((32, 13, 13),), (5408,)),
        (Add(), ((4, 5), (4, 5), (4, 5)), (4, 5)),
        (Concat(), ((4, 8, 8), (2, 8, 8)), (6, 8, 8)),
        (Concat(3), ((4, 8, 8), (4, 8, 1)), (4, 8, 9)),
        (Output(), ((10,),), (10,)),
    ],
)
def test_shapes_that_people_know(layer: Layer, shapes: tuple[Shape, ...], expected: Shape) -> None:
    assert measure(layer, shapes).output_shape == expected


@pytest.mark.parametrize(
    ("layer", "shapes", "words", "setting", "value"),
    [
        (Conv2d(kernel_size=5), ((1, 3, 9),), "a window of 5 × 5", "kernel_size", (3, 5)),
        (Conv2d(groups=2), ((3, 8, 8),), "Conv2d cannot divide 3 channels into 2", "groups", 1),
        (Conv2d(9, groups=2), ((4, 8, 8),), "Conv2d cannot divide 9 filters into 2", "groups", 1),
        (Conv2d(padding="same", stride=2), ((1, 8, 8),), "its stride must be 1", "stride", 1),
        (MaxPool2d(4), ((1, 2, 2),), "an image of only 1×2×2", "kernel_size", 2),
        (MaxPool2d(2, padding=2), ((1, 8, 8),), "more than half of its window", "padding", 1),
        (MaxPool2d(2, (0, 1)), ((1, 8, 8),), "a stride of 0 in one direction", "stride", 0),
        (Add(), ((4,), (5,)), "Add needs inputs of one shape but receives 4 and 5", "", None),
        (Concat(2), ((4,), (5,)), "joins dimension 2", "dim", 1),
        (Concat(), ((4, 5, 5), (4, 5, 6)), "differ only in dimension 1", "dim", 3),
    ],
)
def test_an_input_that_does_not_fit_is_refused_in_words(
    layer: Layer, shapes: tuple[Shape, ...], words: str, setting: str, value: object
) -> None:
    refusal = layer.refuses(*shapes)
    assert refusal is not None
    assert words in refusal.message
    assert (refusal.setting, refusal.value) == (setting, value)


@pytest.mark.parametrize(
    ("layer", "summary"),
    [
        (Conv2d(), "32 filters, 3 × 3"),
        (Conv2d(8, 5, 2, 1), "8 filters, 5 × 5, stride 2 × 2, padding 1 × 1"),
        (MaxPool2d(), "2 × 2"),
        (MaxPool2d(3, 2), "3 × 3, stride 2 × 2"),
        (Linear(1024, bias=False), "1,024, no bias"),
        (Dropout(0.25), "25 % silenced"),
        (Input((1, 28, 28)), "1×28×28"),
    ],
)
def test_the_summary_says_the_main_settings(layer: Layer, summary: str) -> None:
    assert layer.summary() == summary


def test_values_are_those_of_the_formula() -> None:
    x = torch.tensor([[-2.0, -0.5, 0.0, 1.0]])
    e = torch.exp(x)
    formulas = {
        "ReLU": x.clamp(min=0),
        "LeakyReLU": torch.where(x > 0, x, 0.01 * x),
        "Sigmoid": 1 / (1 + torch.exp(-x)),
        "Tanh": (e - 1 / e) / (e + 1 / e),
        "Softmax": e / e.sum(),
        "GELU": x * 0.5 * (1 + torch.erf(x / 2**0.5)),
        "LayerNorm": (x - x.mean()) / torch.sqrt(x.var(correction=0) + 1e-5),
        "BatchNorm1d": torch.zeros_like(x),
        "Flatten": x,
    }
    for name, expected in formulas.items():
        layer = made(Layer.kinds[name](), ((4,),))
        tensor = torch.cat([x, x]) if name == "BatchNorm1d" else x
        torch.testing.assert_close(layer.function(tensor)[:1], expected, msg=name)


def test_names_are_unique_whatever_their_case() -> None:
    stems = [kind.__name__.lower() for kind in LAYERS]
    assert all(a != b for a, b in itertools.combinations(stems, 2)), "node ids are made from them"


def test_layer_norm_keeps_one_scale_per_value() -> None:
    assert measure(LayerNorm(), ((4, 8, 6),)).parameters == 2 * 4 * 8 * 6


def test_shapes_in_words() -> None:
    assert in_words((32, 13, 13)) == "32×13×13"
    assert in_words((5408,)) == "5,408"
    assert in_words(()) == "a single number"
