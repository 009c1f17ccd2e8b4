"""Layers answer what torch's own functions answer, in shapes that people know."""

from collections.abc import Callable

import pytest
import torch
from layers_at_work import answer, made, refused
from torch import Tensor, nn
from torch.nn import functional

from engine import modules
from engine.layers import (
    CELU,
    ELU,
    GEGLU,
    GELU,
    GLU,
    SELU,
    AdaptiveAvgPool1d,
    AdaptiveAvgPool3d,
    AdaptiveLogSoftmax,
    AdaptiveMaxPool1d,
    AdaptiveMaxPool2d,
    AdaptiveMaxPool3d,
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    BatchNorm1d,
    BatchNorm3d,
    Bilinear,
    ChannelShuffle,
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
    CosineSimilarity,
    DepthwiseConv2d,
    Dropout2d,
    Embedding,
    EmbeddingBag,
    Fold,
    FractionalMaxPool2d,
    FractionalMaxPool3d,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    Identity,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    LocalResponseNorm,
    LogSigmoid,
    LogSoftmax,
    LPPool1d,
    LPPool2d,
    LPPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
    MaxUnpool2d,
    Mish,
    PairwiseDistance,
    PixelShuffle,
    PixelUnshuffle,
    PReLU,
    ReGLU,
    ReLU6,
    RMSNorm,
    RReLU,
    SeparableConv2d,
    SiLU,
    Softmax,
    Softmin,
    Softplus,
    Softshrink,
    Softsign,
    SwiGLU,
    Tanhshrink,
    Threshold,
    Unfold,
    Upsample,
)
from engine.measure import measure
from engine.spec import Shape

LIST, SIGNAL, IMAGE, VOLUME = (12,), (4, 12), (4, 8, 6), (2, 6, 6, 6)

PLAIN: list[tuple[Layer, Shape, Callable[[Tensor], Tensor]]] = [
    (Identity(), LIST, lambda x: x),
    (GELU("tanh"), LIST, lambda x: functional.gelu(x, approximate="tanh")),
    (SiLU(), LIST, lambda x: x * torch.sigmoid(x)),
    (ELU(0.5), LIST, lambda x: functional.elu(x, 0.5)),
    (SELU(), LIST, functional.selu),
    (CELU(2.0), LIST, lambda x: functional.celu(x, 2.0)),
    (PReLU(init=0.1), LIST, lambda x: functional.leaky_relu(x, 0.1)),
    (RReLU(0.2, 0.4), LIST, lambda x: functional.leaky_relu(x, 0.3)),
    (ReLU6(), LIST, lambda x: x.clamp(0, 6)),
    (LeakyReLU(0.3), LIST, lambda x: functional.leaky_relu(x, 0.3)),
    (Mish(), LIST, lambda x: x * torch.tanh(functional.softplus(x))),
    (Hardswish(), LIST, lambda x: x * (x + 3).clamp(0, 6) / 6),
    (Hardsigmoid(), LIST, lambda x: (x + 3).clamp(0, 6) / 6),
    (Hardtanh(-0.5, 2.0), LIST, lambda x: x.clamp(-0.5, 2.0)),
    (Softplus(2.0), LIST, lambda x: torch.log(1 + torch.exp(2 * x)) / 2),
    (Softsign(), LIST, lambda x: x / (1 + x.abs())),
    (LogSigmoid(), LIST, lambda x: torch.log(torch.sigmoid(x))),
    (Threshold(0.1, -2.0), LIST, lambda x: torch.where(x > 0.1, x, -2.0)),
    (Hardshrink(0.7), LIST, lambda x: torch.where(x.abs() > 0.7, x, 0.0)),
    (Softshrink(0.7), LIST, lambda x: x.sign() * (x.abs() - 0.7).clamp(min=0)),
    (Tanhshrink(), LIST, lambda x: x - torch.tanh(x)),
    (Softmax(), IMAGE, lambda x: torch.softmax(x, 1)),
    (Softmax(0), SIGNAL, lambda x: torch.softmax(x, -1)),
    (Softmax(2), IMAGE, lambda x: torch.softmax(x, 2)),
    (Softmin(), LIST, lambda x: torch.softmax(-x, 1)),
    (LogSoftmax(), LIST, lambda x: torch.log_softmax(x, 1)),
    (GLU(), SIGNAL, lambda x: x[..., :6] * torch.sigmoid(x[..., 6:])),
    (GLU(1), IMAGE, lambda x: x[:, :2] * torch.sigmoid(x[:, 2:])),
    (SwiGLU(), LIST, lambda x: functional.silu(x[:, :6]) * x[:, 6:]),
    (GEGLU(), LIST, lambda x: x[:, :6] * functional.gelu(x[:, 6:])),
    (ReGLU(), LIST, lambda x: x[:, :6] * functional.relu(x[:, 6:])),
    (MaxPool1d(3, 2, 1), SIGNAL, lambda x: functional.max_pool1d(x, 3, 2, 1)),
    (MaxPool2d(3, 2, 1, ceil_mode=True), IMAGE, lambda x: functional.max_pool2d(x, 3, 2, 1, ceil_mode=True)),
    (MaxPool2d(2, 1, dilation=2), IMAGE, lambda x: functional.max_pool2d(x, 2, 1, dilation=2)),
    (MaxPool3d(2), VOLUME, lambda x: functional.max_pool3d(x, 2)),
    (AvgPool1d(3), SIGNAL, lambda x: functional.avg_pool1d(x, 3)),
    (
        AvgPool2d(3, 2, 1, count_include_pad=False),
        IMAGE,
        lambda x: functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
    ),
    (AvgPool3d((1, 2, 3)), VOLUME, lambda x: functional.avg_pool3d(x, (1, 2, 3))),
    (LPPool1d(3), SIGNAL, lambda x: functional.lp_pool1d(x, 2, 3)),
    (LPPool2d(2, norm_type=4), IMAGE, lambda x: functional.lp_pool2d(x, 4, 2)),
    (LPPool3d(2), VOLUME, lambda x: functional.lp_pool3d(x, 2, 2)),
    (AdaptiveAvgPool1d(5), SIGNAL, lambda x: functional.adaptive_avg_pool1d(x, 5)),
    (AdaptiveAvgPool3d((2, 3, 1)), VOLUME, lambda x: functional.adaptive_avg_pool3d(x, (2, 3, 1))),
    (AdaptiveMaxPool1d(5), SIGNAL, lambda x: functional.adaptive_max_pool1d(x, 5)),
    (AdaptiveMaxPool2d((2, 3)), IMAGE, lambda x: functional.adaptive_max_pool2d(x, (2, 3))),
    (AdaptiveMaxPool3d(2), VOLUME, lambda x: functional.adaptive_max_pool3d(x, 2)),
    (GlobalAvgPool(), IMAGE, lambda x: x.mean((2, 3))),
    (GlobalMaxPool(), VOLUME, lambda x: x.amax((2, 3, 4))),
    (BatchNorm1d(), SIGNAL, lambda x: x / (1 + 1e-5) ** 0.5),
    (BatchNorm3d(), VOLUME, lambda x: x / (1 + 1e-5) ** 0.5),
    (LayerNorm(dimensions=1), SIGNAL, lambda x: functional.layer_norm(x, (12,))),
    (LayerNorm(dimensions=2), IMAGE, lambda x: functional.layer_norm(x, (8, 6))),
    (LayerNorm(), IMAGE, lambda x: functional.layer_norm(x, (4, 8, 6))),
    (RMSNorm(dimensions=1), SIGNAL, lambda x: x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt()),
    (GroupNorm(2), IMAGE, lambda x: functional.group_norm(x, 2)),
    (InstanceNorm1d(), SIGNAL, functional.instance_norm),
    (InstanceNorm2d(), IMAGE, functional.instance_norm),
    (InstanceNorm3d(), VOLUME, functional.instance_norm),
    (LocalResponseNorm(3), IMAGE, lambda x: functional.local_response_norm(x, 3)),
    (Dropout2d(), IMAGE, lambda x: x),
    (Upsample(3.0), SIGNAL, lambda x: x.repeat_interleave(3, -1)),
    (Upsample(mode="bilinear"), IMAGE, lambda x: functional.interpolate(x, scale_factor=2, mode="bilinear")),
    (
        Upsample(size=(5, 9), mode="bicubic", align_corners=True),
        IMAGE,
        lambda x: functional.interpolate(x, (5, 9), mode="bicubic", align_corners=True),
    ),
    (PixelShuffle(), IMAGE, lambda x: functional.pixel_shuffle(x, 2)),
    (PixelUnshuffle(), IMAGE, lambda x: functional.pixel_unshuffle(x, 2)),
    (ChannelShuffle(), IMAGE, lambda x: x[:, [0, 2, 1, 3]]),
    (Unfold(2, stride=2), IMAGE, lambda x: functional.unfold(x, 2, stride=2)),
    (Fold(6, 2), (4, 9), lambda x: functional.fold(x, 6, 2, stride=2)),
]


@pytest.mark.parametrize(("layer", "shape", "function"), PLAIN, ids=lambda each: type(each).__name__)
def test_it_answers_as_the_function_does(layer: Layer, shape: Shape, function: Callable[[Tensor], Tensor]) -> None:
    torch.manual_seed(1)
    x = torch.randn(2, *shape)
    torch.testing.assert_close(answer(layer, x), function(x))


@pytest.mark.parametrize(
    ("layer", "shape", "function"),
    [
        (Conv1d(6, 3, 2, 1), SIGNAL, lambda x, w, b: functional.conv1d(x, w, b, 2, 1)),
        (Conv1d(6, padding="same", padding_mode="circular"), SIGNAL, None),
        (Conv2d(6, groups=2), IMAGE, lambda x, w, b: functional.conv2d(x, w, b, groups=2)),
        (Conv3d(3, (1, 2, 3)), VOLUME, functional.conv3d),
        (DepthwiseConv2d(8, padding=1), IMAGE, lambda x, w, b: functional.conv2d(x, w, b, padding=1, groups=4)),
        (ConvTranspose1d(3), SIGNAL, lambda x, w, b: functional.conv_transpose1d(x, w, b, 2)),
        (
            ConvTranspose2d(3, 3, 2, 1, 1),
            IMAGE,
            lambda x, w, b: functional.conv_transpose2d(x, w, b, 2, 1, output_padding=1),
        ),
        (ConvTranspose3d(3), VOLUME, lambda x, w, b: functional.conv_transpose3d(x, w, b, 2)),
        (Linear(5), SIGNAL, functional.linear),
    ],
    ids=lambda each: type(each).__name__,
)
def test_it_weighs_as_the_function_does(
    layer: Layer, shape: Shape, function: Callable[[Tensor, Tensor, Tensor], Tensor] | None
) -> None:
    x = torch.randn(2, *shape)
    apply, module = made(layer, shape)
    assert module is not None
    if function is None:
        assert apply(x).shape == (2, 6, 12)
    else:
        torch.testing.assert_close(apply(x), function(x, module.weight, module.bias))


def test_separable_convolutions_are_two() -> None:
    apply, module = made(SeparableConv2d(8, padding=1), IMAGE)
    assert module is not None
    x = torch.randn(2, *IMAGE)
    each = functional.conv2d(x, module.get_parameter("depthwise.weight"), padding=1, groups=4)
    torch.testing.assert_close(apply(x), functional.conv2d(each, module.weight, module.bias))
    assert measure(SeparableConv2d(8), (IMAGE,)).parameters == 4 * 9 + 4 * 8 + 8


def test_tokens_are_looked_up() -> None:
    tokens = torch.tensor([[1.0, 2.0, 2.0], [0.0, 3.0, 1.0]])
    apply, module = made(Embedding(4, 5, padding_idx=0), (3,))
    assert module is not None
    assert torch.equal(apply(tokens), module.weight[tokens.long()])
    assert not apply(tokens)[1, 0].any()
    apply, module = made(EmbeddingBag(4, 5), (3,))
    assert module is not None
    torch.testing.assert_close(apply(tokens), module.weight[tokens.long()].mean(1))


@pytest.mark.parametrize("shape", [(12,), (5, 12)])
def test_an_adaptive_softmax_with_nll_is_the_loss_of_torch(shape: Shape) -> None:
    layer = AdaptiveLogSoftmax(30, (4, 11), div_value=2.0, head_bias=True)
    apply, module = made(layer, shape)
    assert isinstance(module, modules.AdaptiveLogSoftmax)
    x, classes = torch.randn(9, *shape, requires_grad=True), torch.randint(30, (9, *shape[:-1]))
    answers = apply(x)
    # Of a sequence the classes come first, as for a loss.
    torch.testing.assert_close(answers.exp().sum(1), torch.ones(9, *shape[:-1]))
    mine, theirs = nn.NLLLoss()(answers, classes), module.softmax(x.flatten(0, -2), classes.flatten()).loss
    torch.testing.assert_close(mine, theirs)
    values = [x, *module.parameters()]
    torch.testing.assert_close(torch.autograd.grad(mine, values), torch.autograd.grad(theirs, values))


def test_unpooling_puts_values_back_where_the_largest_stood() -> None:
    image = torch.tensor([[[[1.0, 2.0], [5.0, 3.0]]]])
    put = answer(MaxUnpool2d(), torch.tensor([[[[9.0]]]]), image)
    assert put.tolist() == [[[[0, 0], [9, 0]]]]
    x = torch.randn(2, *IMAGE)
    pooled, places = functional.max_pool2d(x, 2, return_indices=True)
    torch.testing.assert_close(answer(MaxUnpool2d(), pooled, x), functional.max_unpool2d(pooled, places, 2))


def test_two_inputs_are_compared() -> None:
    a, b = torch.randn(2, 3, 5), torch.randn(2, 3, 5)
    torch.testing.assert_close(answer(CosineSimilarity(2), a, b), functional.cosine_similarity(a, b, 2))
    torch.testing.assert_close(answer(PairwiseDistance(), a, b), (a - b + 1e-6).norm(dim=-1))
    assert answer(CosineSimilarity(), a[:, 0], b[:, 0]).shape == (2, 1)
    assert answer(PairwiseDistance(1.0), a[:, 0], b[:, 0]).shape == (2, 1)
    apply, module = made(Bilinear(4), (5,), (3,))
    assert module is not None
    expected = torch.einsum("ni,kij,nj->nk", a[:, 0], module.weight, b[:, 0, :3]) + module.bias
    torch.testing.assert_close(apply(a[:, 0], b[:, 0, :3]), expected)


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (FractionalMaxPool2d(output_size=(3, 4)), IMAGE, (4, 3, 4)),
        (FractionalMaxPool3d(output_ratio=0.5), VOLUME, (2, 3, 3, 3)),
        (ConvTranspose2d(8), IMAGE, (8, 16, 12)),
        (Conv3d(8, padding="same"), VOLUME, (8, 6, 6, 6)),
        (PReLU(per_channel=True), IMAGE, IMAGE),
        (MaxPool2d(3, 2, ceil_mode=True), (1, 8, 8), (1, 4, 4)),
    ],
)
def test_shapes_that_people_know(layer: Layer, shape: Shape, expected: Shape) -> None:
    assert measure(layer, (shape,)).output_shape == expected


@pytest.mark.parametrize(
    ("layer", "shapes", "words", "setting", "value"),
    [
        (
            Conv1d(kernel_size=5),
            [(1, 3)],
            "Conv1d slides a window of 5 but receives a signal of only 1×3.",
            "kernel_size",
            3,
        ),
        (
            Conv2d(padding=8, padding_mode="reflect"),
            [IMAGE],
            "Conv2d fills a border of 8 × 8 from an image of only 4×8×6.",
            "padding_mode",
            "zeros",
        ),
        (DepthwiseConv2d(6), [IMAGE], "6 cannot be divided among 4 channels", "out_channels", 0),
        (
            ConvTranspose1d(2, 2, 1, 0, 3),
            [SIGNAL],
            "output padding of 3 must be less than its stride",
            "output_padding",
            0,
        ),
        (ConvTranspose2d(2, padding=9), [IMAGE], "cuts off more than it makes", "padding", 0),
        (Softmax(3), [SIGNAL], "Softmax works along dimension 3 but receives 4×12.", "dim", 2),
        (GLU(), [(4, 5)], "GLU halves a dimension of 5 in 4×5, which must be even.", "dim", 1),
        (Hardtanh(2.0, 1.0), [LIST], "lower limit of 2 must be less", "min_val", 0.0),
        (RReLU(0.5, 0.1), [LIST], "smallest slope of 0.5 is larger", "upper", 0.5),
        (
            AdaptiveLogSoftmax(50, (20, 10)),
            [LIST],
            "AdaptiveLogSoftmax needs cutoffs that increase and are less than its 50 classes, not 20, 10.",
            "cutoffs",
            (10, 20),
        ),
        (AdaptiveLogSoftmax(50, (20, 1000)), [LIST], "less than its 50 classes, not 20, 1,000.", "cutoffs", (20,)),
        (AdaptiveLogSoftmax(50, ()), [LIST], "increase and are less than its 50 classes.", "cutoffs", (5,)),
        (AdaptiveLogSoftmax(2, (2,)), [LIST], "less than its 2 classes, not 2.", "cutoffs", (1,)),
        (
            AdaptiveLogSoftmax(50, (5, 10)),
            [LIST],
            "divides 12 values by 4 for each of its groups, so that none are left for the last of 2.",
            "div_value",
            3.464,
        ),
        (GroupNorm(3), [IMAGE], "cannot divide 4 channels into 3 equal groups.", "num_groups", 1),
        (GroupNorm(12), [LIST], "would standardise single values", "num_groups", 1),
        (InstanceNorm2d(), [(8, 1, 1)], "8×1×1 has only one", "", None),
        (LayerNorm(dimensions=3), [SIGNAL], "takes the last 3 dimensions together but receives 4×12.", "dimensions", 0),
        (
            Upsample(mode="bilinear"),
            [SIGNAL],
            "cannot make a signal of 4×12 larger by the mode “bilinear”",
            "mode",
            "linear",
        ),
        (Upsample(size=(8,)), [IMAGE], "size 8 is not one for an image", "size", (8, 6)),
        (PixelShuffle(3), [IMAGE], "one channel of every 9, which 4 channels do not", "upscale_factor", 1),
        (PixelUnshuffle(4), [IMAGE], "cannot divide an image of 4×8×6 into squares of 4 × 4", "downscale_factor", 1),
        (ChannelShuffle(3), [IMAGE], "cannot divide 4 channels into 3 equal groups.", "groups", 1),
        (Fold(8, 2), [(4, 9)], "fills an image of 8 × 8 with 16 patches but receives 9", "output_size", 6),
        (Fold(8, 2), [(5, 16)], "4 numbers for each channel, but receives columns of 5", "kernel_size", 1),
        (FractionalMaxPool2d(7), [IMAGE], "needs room for 5 × 4 windows of 7 × 7", "kernel_size", (4, 3)),
        (
            Embedding(10, padding_idx=10),
            [LIST],
            "Embedding has no token 10: its 10 are numbered from 0.",
            "padding_idx",
            -1,
        ),
        (Bilinear(), [(3, 5), (4, 5)], "sequences of as many steps, but receives 3×5 and 4×5", "", None),
        (CosineSimilarity(), [(3,), (4,)], "compares inputs of one shape but receives 3 and 4", "", None),
        (MaxUnpool2d(), [(4, 4, 4), IMAGE], "which are 4×4×3, but its first input is 4×4×4", "", None),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Layer) else "",
)
def test_an_input_that_does_not_fit_is_refused_in_words(
    layer: Layer, shapes: list[Shape], words: str, setting: str, value: object
) -> None:
    refusal = refused(layer, *shapes)
    assert words in refusal.message
    assert (refusal.setting, refusal.value) == (setting, value)


@pytest.mark.parametrize(
    ("layer", "summary"),
    [
        (Conv1d(8, 5, 2), "8 filters, 5, stride 2"),
        (Conv3d(8, padding="same"), "8 filters, 3 × 3 × 3, same size"),
        (DepthwiseConv2d(), "a filter each, 3 × 3"),
        (MaxPool3d(2, 1), "2 × 2 × 2, stride 1 × 1 × 1"),
        (LayerNorm(dimensions=1), "over the last dimension"),
        (Softmax(0), "over the last dimension"),
        (Embedding(), "1,000 tokens, 64 wide"),
        (Upsample(mode="bilinear"), "2 times, bilinear"),
        (Upsample(size=(8, 8)), "to 8×8"),
    ],
)
def test_the_summary_says_the_main_settings(layer: Layer, summary: str) -> None:
    assert layer.summary() == summary
