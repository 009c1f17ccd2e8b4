"""Layers that arrange values anew do so as torch's own functions do."""

from collections.abc import Callable

import pytest
import torch
from layers_at_work import answer, counted, refused
from torch import Tensor
from torch.nn import functional

from engine.layers import (
    Crop,
    Flatten,
    Layer,
    Max,
    Mean,
    Pad,
    Permute,
    Repeat,
    Reshape,
    Slice,
    Split,
    Squeeze,
    Sum,
    Transpose,
    Unflatten,
    Unsqueeze,
)
from engine.spec import Shape


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (Flatten(), (2, 3, 4), lambda x: x.flatten(1)),
        (Flatten(2), (2, 3, 4), lambda x: x.flatten(2)),
        (Flatten(1, 2), (2, 3, 4), lambda x: x.flatten(1, 2)),
        (Flatten(1, -2), (2, 3, 4), lambda x: x.flatten(1, 2)),
        (Reshape(), (2, 6), lambda x: x.flatten(1)),
        (Reshape((4, 3)), (2, 6), lambda x: x.view(2, 4, 3)),
        (Reshape((3, -1, 2)), (2, 6), lambda x: x.view(2, 3, 2, 2)),
        (Unflatten(), (12,), lambda x: x.unsqueeze(1)),
        (Unflatten(2, (2, -1)), (3, 8), lambda x: x.view(2, 3, 2, 4)),
        (Permute(), (2, 3, 4), lambda x: x.permute(0, 3, 2, 1)),
        (Permute((2, 3, 1)), (2, 3, 4), lambda x: x.permute(0, 2, 3, 1)),
        (Transpose(), (2, 3), lambda x: x.mT),
        (Transpose(3, 1), (2, 3, 4), lambda x: x.transpose(1, 3)),
        (Squeeze(), (1, 3, 1), lambda x: x[:, 0, :, 0]),
        (Squeeze(3), (1, 3, 1), lambda x: x[..., 0]),
        (Unsqueeze(3), (2, 3), lambda x: x[..., None]),
        (Slice(), (4, 3), lambda x: x),
        (Slice(2, 1, 3), (4, 5), lambda x: x[:, :, 1:3]),
        (Slice(1, -2), (4, 5), lambda x: x[:, -2:]),
        (Slice(1, 0, -1, 2), (4, 5), lambda x: x[:, 0:3:2]),
        (Split(), (4, 3), lambda x: x[:, :2]),
        (Split(2, 3, 3), (4, 6), lambda x: x[:, :, 4:]),
        (Split(1, 2, 1), (5,), lambda x: x[:, :3]),
        (Split(1, 2, 2), (5,), lambda x: x[:, 3:]),
        (Pad(), (4,), lambda x: functional.pad(x, (1, 1))),
        (Pad(1, 2, 3, 4, value=7), (2, 3, 4), lambda x: functional.pad(x, (1, 2, 3, 4), value=7.0)),
        (Pad(0, 0, 0, 0, 2, 2), (2, 3, 4), lambda x: functional.pad(x, (0, 0, 0, 0, 2, 2))),
        (Pad(2, 1, mode="reflect"), (2, 3, 4), lambda x: functional.pad(x, (2, 1, 0, 0), mode="reflect")),
        (Pad(2, 1, mode="circular"), (3, 4), lambda x: functional.pad(x, (2, 1), mode="circular")),
        (Pad(1, 1, 1, 1, 1, 1, "replicate"), (2, 3, 4, 5), lambda x: functional.pad(x, (1,) * 6, mode="replicate")),
        (Crop(2), (3, 6, 5), lambda x: x[:, :, 2:4, 1:3]),
        (Crop((1, 2), "bottom right"), (3, 6, 5), lambda x: x[:, :, 5:, 3:]),
        (Crop(2, "top right"), (3, 6, 5), lambda x: x[:, :, :2, 3:]),
        (Repeat(2, 3), (2, 3), lambda x: torch.cat([x, x, x], dim=2)),
        (Repeat(1, 2, True), (2, 3), lambda x: x.repeat_interleave(2, dim=1)),
        (Mean(2), (2, 3, 4), lambda x: x.mean(2)),
        (Max(1, True), (2, 3), lambda x: x.max(1, keepdim=True).values),
        (Sum(3), (2, 3, 4), lambda x: x.sum(-1)),
    ],
)
def test_it_answers_as_torch_does(layer: Layer, shape: Shape, expected: Callable[[Tensor], Tensor]) -> None:
    x = counted(*shape)
    torch.testing.assert_close(answer(layer, x), expected(x), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("layer", "shape", "words", "setting", "value"),
    [
        (Flatten(3), (4, 5), "Flatten works along dimension 3 but receives 4×5", "start_dim", 2),
        (Flatten(2, 1), (4, 5), "Flatten joins dimensions 2 to 1", "end_dim", -1),
        (Flatten(1, 0), (4, 5), "Flatten joins dimensions 1 to 0", "end_dim", -1),
        (Reshape((3, 4)), (2, 5), "makes 3 × 4 but receives 2×5, which is another number", "shape", (1, -1)),
        (Reshape((5, 3)), (2, 5), "makes 5 × 3 but receives 2×5", "shape", (5, -1)),
        (Reshape((-1, 2, -1)), (2, 5), "can leave open one size, not 2", "shape", (1, -1)),
        (Reshape(()), (2, 5), "needs sizes of 1 or more", "shape", (1, -1)),
        (Unflatten(1, (28, 27)), (784,), "makes 28 × 27 but receives 784", "unflattened_size", (28, -1)),
        (Permute((1, 1)), (2, 5), "names the dimensions 1 × 1 but receives 2×5", "dims", ()),
        (Transpose(1, 3), (2, 5), "swaps dimensions 1 and 3 but receives 2×5", "dim1", 2),
        (Squeeze(1), (2, 1), "drops dimension 1 of size 1 but receives 2×1", "dim", 2),
        (Squeeze(), (2, 5), "drops dimensions of size 1 but receives 2×5", "", None),
        (Unsqueeze(4), (2, 5), "adds dimension 4 but receives 2×5", "dim", 3),
        (Slice(1, 4), (4, 5), "keeps nothing: 4: of the 4 positions", "start", 0),
        (Slice(1, 0, -4), (4, 5), "keeps nothing: :-4 of the 4 positions", "stop", 0),
        (Split(1, 3), (2, 5), "makes 3 parts, but dimension 1 of 2×5 has only 2", "parts", 2),
        (Split(1, 2, 3), (2, 5), "there is no part 3", "part", 2),
        (Pad(1, 1, 1), (5,), "at the top, where it has no side", "top", 0),
        (Pad(4, mode="reflect"), (2, 4), "has only 3 to give", "left", 3),
        (Crop(5), (3, 4, 6), "an image of only 3×4×6", "size", (4, 5)),
        (Mean(3), (2, 5), "Mean works along dimension 3", "dim", 2),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    layer: Layer, shape: Shape, words: str, setting: str, value: object
) -> None:
    refusal = refused(layer, shape)
    assert words in refusal.message
    assert (refusal.setting, refusal.value) == (setting, value)


@pytest.mark.parametrize("kind", [Flatten, Slice, Split, Repeat, Unflatten, Mean])
def test_a_single_number_has_no_dimension(kind: type[Layer]) -> None:
    assert "receives a single number" in refused(kind(), ()).message


@pytest.mark.parametrize(
    ("layer", "summary"),
    [
        (Flatten(2), "dimensions 2 to last"),
        (Permute((2, 3, 1)), "to 2, 3, 1"),
        (Slice(1, 2, -1), "2:-1 of dimension 1"),
        (Split(), "part 1 of 2, dimension 1"),
        (Pad(2, 2, 2, 2, mode="reflect"), "2, reflect"),
        (Pad(0, 1, 0, 1), "right 1, bottom 1"),
        (Crop(8), "8 × 8, center"),
    ],
)
def test_the_summary_says_the_main_settings(layer: Layer, summary: str) -> None:
    assert layer.summary() == summary
