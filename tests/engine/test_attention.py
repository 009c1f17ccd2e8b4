"""Attention, positions and what transformers are made of, held against PyTorch's own and the published sizes."""

import math

import pytest
import torch
from layers_at_work import answer, made, refused
from torch import nn

from engine import modules
from engine.layers import (
    CausalSelfAttention,
    ClassToken,
    CrossAttention,
    Layer,
    LayerNorm,
    LearnedPosition,
    Linear,
    MultiheadAttention,
    PatchEmbedding,
    RotaryPosition,
    ScaledDotProductAttention,
    SinePosition,
    SqueezeExcitation,
    Transformer,
    TransformerDecoderLayer,
    TransformerEncoderLayer,
)
from engine.measure import measure
from engine.spec import Shape

STEPS, FEATURES = 5, 8
SEQUENCE = (STEPS, FEATURES)


def drawn(*shape: int) -> torch.Tensor:
    return torch.randn(2, *shape, generator=torch.Generator().manual_seed(0))


def test_the_layers_of_vit_b_16_count_as_published() -> None:
    encoder = TransformerEncoderLayer(12, 3072, activation="gelu", norm_first=True)
    stack = [PatchEmbedding(), ClassToken(), LearnedPosition(), *[encoder] * 12]
    shape, parameters = (3, 224, 224), 0
    for layer in stack:
        measured = measure(layer, (shape,))
        assert measured.output_shape is not None
        shape, parameters = measured.output_shape, parameters + measured.parameters
    assert shape == (197, 768)
    for layer in (LayerNorm(), Linear(1000)):
        parameters += measure(layer, ((768,),)).parameters
    assert parameters == 86_567_656


def test_a_patch_is_what_a_step_is_made_of() -> None:
    layer = PatchEmbedding(6, (2, 4))
    x = drawn(3, 4, 8)
    function, module = made(layer, (3, 4, 8))
    assert module is not None
    patches = x.unfold(2, 2, 2).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)
    weight, bias = module.weight, module.bias
    torch.testing.assert_close(function(x), patches @ weight.flatten(1).T + bias)  # pyright: ignore


def test_positions_in_sines_are_those_of_the_paper() -> None:
    x = torch.zeros(2, 50, 7)
    added = answer(SinePosition(), x)
    for step, feature in ((0, 0), (0, 1), (3, 2), (49, 5), (20, 6)):
        wave = math.sin if feature % 2 == 0 else math.cos
        expected = wave(step / 10_000 ** (feature // 2 * 2 / 7))
        assert added[1, step, feature].item() == pytest.approx(expected, abs=1e-5)


def test_learned_positions_and_the_class_token_begin_small() -> None:
    x = torch.zeros(2, *SEQUENCE)
    assert answer(LearnedPosition(), x).std().item() == pytest.approx(0.02, rel=0.4)
    token = answer(ClassToken(), x + 1)
    assert token.shape == (2, STEPS + 1, FEATURES)
    assert not token[:, 0].any()
    assert token[:, 1:].eq(1).all()


def test_rotary_positions_keep_lengths_and_know_only_distances() -> None:
    query, key = drawn(1, FEATURES).expand(2, 9, FEATURES), drawn(1, FEATURES).flip(0).expand(2, 9, FEATURES)
    turned_query, turned_key = (answer(RotaryPosition(2), each) for each in (query, key))
    torch.testing.assert_close(turned_query.norm(dim=-1), query.norm(dim=-1))
    alike = turned_query @ turned_key.mT
    torch.testing.assert_close(alike[:, 2, 0], alike[:, 7, 5])
    assert not torch.allclose(alike[:, 2, 0], alike[:, 7, 4])


def test_attention_without_weights_is_its_formula() -> None:
    query, key, value = drawn(3, 4), drawn(6, 4), drawn(6, 2)
    expected = torch.softmax(query @ key.mT / 2, dim=-1) @ value
    torch.testing.assert_close(answer(ScaledDotProductAttention(), query, key, value), expected)


def test_heads_each_look_at_their_part_of_the_features() -> None:
    x = drawn(*SEQUENCE)
    halves = [answer(ScaledDotProductAttention(1, True), *[half] * 3) for half in x.chunk(2, dim=2)]
    torch.testing.assert_close(answer(ScaledDotProductAttention(2, True), x, x, x), torch.cat(halves, dim=2))


def test_self_attention_is_that_of_pytorch() -> None:
    x = drawn(*SEQUENCE)
    function, module = made(MultiheadAttention(2), SEQUENCE)
    assert isinstance(module, nn.MultiheadAttention)
    torch.testing.assert_close(function(x), module(x, x, x)[0])


def test_our_causal_attention_computes_what_pytorch_does() -> None:
    x = drawn(*SEQUENCE)
    ours = modules.CausalSelfAttention(FEATURES, 2)
    function, theirs = made(MultiheadAttention(2, causal=True), SEQUENCE)
    assert isinstance(theirs, nn.MultiheadAttention)
    theirs.in_proj_weight.data, theirs.in_proj_bias.data = ours.attend.weight.data, ours.attend.bias.data
    theirs.out_proj.load_state_dict(ours.project.state_dict())
    torch.testing.assert_close(ours(x), function(x))


@pytest.mark.parametrize(
    "layer",
    [
        CausalSelfAttention(2),
        CausalSelfAttention(2, rotary=True),
        MultiheadAttention(2, causal=True),
        ScaledDotProductAttention(is_causal=True),
        TransformerEncoderLayer(2, 16, causal=True),
        TransformerDecoderLayer(2, 16),
        Transformer(2, 16, num_encoder_layers=1, num_decoder_layers=1),
    ],
)
def test_what_is_causal_does_not_look_ahead(layer: Layer) -> None:
    """The last wire but for a decoder, which writes the first, is the sequence that must not be seen ahead."""
    count = layer.inputs or 2
    function, _ = made(layer, *[SEQUENCE] * count)
    written = 1 if isinstance(layer, Transformer) else 0
    others = [drawn(*SEQUENCE) for _ in range(count)]
    changed = [each.clone() for each in others]
    for number in range(count) if isinstance(layer, ScaledDotProductAttention) else (written,):
        changed[number][:, -1] += 1
    before, after = function(*others), function(*changed)
    torch.testing.assert_close(before[:, :-1], after[:, :-1])
    assert not torch.allclose(before[:, -1], after[:, -1])


def test_a_decoder_looks_at_all_of_the_other_sequence() -> None:
    for layer in (TransformerDecoderLayer(2, 16), CrossAttention(2)):
        function, _ = made(layer, SEQUENCE, (7, FEATURES))
        x, memory = drawn(*SEQUENCE), drawn(7, FEATURES)
        changed = memory.clone()
        changed[:, -1] += 1
        assert not torch.allclose(function(x, memory)[:, 0], function(x, changed)[:, 0])


def test_cross_attention_takes_a_memory_of_other_features() -> None:
    assert measure(CrossAttention(2), (SEQUENCE, (7, 12))).output_shape == SEQUENCE


def test_squeeze_and_excitation_weighs_channels() -> None:
    x = drawn(8, 4, 6)
    function, module = made(SqueezeExcitation(2), (8, 4, 6))
    assert isinstance(module, modules.SqueezeExcitation)
    seen = x.mean(dim=(2, 3))
    hidden = torch.relu(seen @ module.squeeze.weight.flatten(1).T + module.squeeze.bias)
    weights = torch.sigmoid(hidden @ module.excite.weight.flatten(1).T + module.excite.bias)
    torch.testing.assert_close(function(x), x * weights[:, :, None, None])


@pytest.mark.parametrize(
    ("layer", "shapes", "words", "setting", "value"),
    [
        (
            MultiheadAttention(),
            ((5, 12),),
            "MultiheadAttention cannot divide 12 features among 8 heads",
            "num_heads",
            6,
        ),
        (TransformerEncoderLayer(5), ((5, 8),), "cannot divide 8 features among 5 heads", "nhead", 4),
        (
            PatchEmbedding(),
            ((1, 28, 28),),
            "PatchEmbedding cuts patches of 16 × 16, which do not fill an image of 1×28×28",
            "patch_size",
            14,
        ),
        (PatchEmbedding(8, 4), ((1, 8, 6),), "do not fill", "patch_size", (4, 3)),
        (RotaryPosition(), ((5, 7),), "7 features are an odd number", "", None),
        (
            RotaryPosition(4),
            ((5, 12),),
            "cannot divide 12 features into pairs for 4 heads",
            "num_heads",
            3,
        ),
        (CausalSelfAttention(2, rotary=True), ((5, 6),), "a head has 3 features", "rotary", False),
        (ScaledDotProductAttention(), ((5, 6), (5, 8), (5, 8)), "equally many features but receives 6 and 8", "", None),
        (ScaledDotProductAttention(), ((5, 8), (5, 8), (6, 8)), "5 keys and 6 values", "", None),
        (TransformerDecoderLayer(), ((5, 8), (5, 6)), "equally many features but receives 5×8 and 5×6", "", None),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    layer: Layer, shapes: tuple[Shape, ...], words: str, setting: str, value: object
) -> None:
    refusal = refused(layer, *shapes)
    assert words in refusal.message
    assert (refusal.setting, refusal.value) == (setting, value)
