"""Layers in which each step looks at others and takes from them what it needs."""

import math
from typing import Any

from engine.call import INPUT, Call, Value, applied, at, call, unless
from engine.layers.layer import IMAGE, SEQUENCE, Layer, Refusal, in_words, largest_divisor
from engine.layers.position import FAMILY, headed, joined
from engine.layers.weighted import Filled
from engine.spec import Shape, choice, flag, integer, number

FORMULA = r"y = \mathrm{softmax}\left(\frac{Q K^T}{\sqrt{d}}\right) V"
MOST_HEADS = 4096


class Attention(Filled, frozen=True):
    """Base of the layers that weigh queries against keys, several times side by side."""

    listed = False
    family = FAMILY
    accepts = SEQUENCE
    formula = FORMULA

    num_heads: int = integer(
        8, low=1, high=MOST_HEADS, help="How often it looks, each time at its own part of the features."
    )
    dropout: float = number(
        0, low=0, high=0.99, help="Share of the weights of attention that is silenced at each step."
    )
    bias: bool = flag(True, help="Add learned constants to queries, keys, values and the answer.")

    def summary(self) -> str:
        return heads_in_words(self.num_heads)

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return heads_refusal(self.title, shapes[0][1], self.num_heads, "num_heads")


class MultiheadAttention(Attention, frozen=True):
    """Lets each step of a sequence look at all its steps and take from each what it needs: self-attention."""

    causal: bool = flag(False, help="Let each step see itself and earlier steps only.")

    def module(self, *shapes: Shape) -> Call:
        return multihead(self, shapes[0][1])

    def use(self, *shapes: Shape) -> Call:
        mask = causal_mask(INPUT, shapes[0][0]) if self.causal else None
        return at(applied(INPUT, INPUT, INPUT, need_weights=False, attn_mask=mask), 0)

    def summary(self) -> str:
        return heads_in_words(self.num_heads) + (", causal" if self.causal else "")


class CrossAttention(Attention, frozen=True):
    """Lets each step of the first sequence look at all steps of the second and take from each what it needs."""

    inputs = 2

    def module(self, *shapes: Shape) -> Call:
        return multihead(self, shapes[0][1], shapes[1][1])

    def use(self, *shapes: Shape) -> Call:
        return at(applied(Value(0), Value(1), Value(1), need_weights=False), 0)


class CausalSelfAttention(Attention, frozen=True):
    """Self-attention in which each step sees itself and earlier steps only: the heart of GPT."""

    rotary: bool = flag(False, help="Turn queries and keys by their position, so that it need not be added before.")

    def module(self, *shapes: Shape) -> Call:
        steps, features = shapes[0]
        return call(
            "modules.CausalSelfAttention",
            features,
            self.num_heads,
            dropout=unless(self.dropout, 0.0),
            bias=unless(self.bias, True),
            rotary_steps=steps if self.rotary else None,
        )

    def summary(self) -> str:
        return heads_in_words(self.num_heads) + (", rotary" if self.rotary else "")

    def refuses(self, *shapes: Shape) -> Refusal | None:
        features = shapes[0][1]
        if self.rotary and features % self.num_heads == 0 and features // self.num_heads % 2:
            words = f"{self.title} turns pairs, but a head has {features // self.num_heads} features, an odd number."
            return Refusal(words, "rotary", False)
        return super().refuses(*shapes)


class ScaledDotProductAttention(Layer, frozen=True):
    """Attention without weights: the queries of the first wire look up keys (second) and take their values (third)."""

    family = FAMILY
    accepts = SEQUENCE
    formula = FORMULA
    inputs = 3

    num_heads: int = integer(1, low=1, high=MOST_HEADS, help="Parts of the features that look each for themselves.")
    is_causal: bool = flag(False, help="Let each step see itself and earlier steps only.")

    def module(self, *shapes: Shape) -> Call:
        query, key, value = (headed(Value(number), self.num_heads) for number in range(3))
        causal = unless(self.is_causal, False)
        mixed = call("nn.functional.scaled_dot_product_attention", query, key, value, is_causal=causal)
        return joined(mixed, self.num_heads)

    def summary(self) -> str:
        return heads_in_words(self.num_heads) + (", causal" if self.is_causal else "")

    def refuses(self, *shapes: Shape) -> Refusal | None:
        query, key, value = shapes[:3]
        if query[1] != key[1]:
            words = (
                f"{self.title} needs queries and keys of equally many features but receives {query[1]} and {key[1]}."
            )
            return Refusal(words)
        if key[0] != value[0]:
            return Refusal(f"{self.title} needs a value for each key but receives {key[0]} keys and {value[0]} values.")
        return heads_refusal(self.title, math.gcd(key[1], value[1]), self.num_heads, "num_heads")


class TransformerLayer(Filled, frozen=True):
    """Base of the layers that are attention and a small network behind it."""

    listed = False
    family = FAMILY
    accepts = SEQUENCE

    nhead: int = integer(8, low=1, high=MOST_HEADS, help="Heads of attention: parts of the features.")
    dim_feedforward: int = integer(2048, low=1, help="Width of the network behind the attention.")
    dropout: float = number(0.1, low=0, high=0.99, help="Share of the values that is silenced at each step.")
    activation: str = choice("relu", "gelu", help="How the network behind the attention bends.")
    norm_first: bool = flag(
        False, help="Normalise before attention and network instead of behind them: deep nets train better."
    )
    bias: bool = flag(True, help="Add learned constants.")

    def summary(self) -> str:
        return f"{heads_in_words(self.nhead)}, {self.dim_feedforward:,} wide"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if len({shape[1] for shape in shapes}) > 1:
            received = " and ".join(map(in_words, shapes))
            return Refusal(f"{self.title} needs two sequences of equally many features but receives {received}.")
        return heads_refusal(self.title, shapes[0][1], self.nhead, "nhead")

    def options(self) -> dict[str, Any]:
        """What differs from PyTorch's own defaults, and the batch first."""
        return {
            "dim_feedforward": unless(self.dim_feedforward, 2048),
            "dropout": unless(self.dropout, 0.1),
            "activation": unless(self.activation, "relu"),
            "batch_first": True,
            "norm_first": unless(self.norm_first, False),
            "bias": unless(self.bias, True),
        }


class TransformerEncoderLayer(TransformerLayer, frozen=True):
    """Self-attention and a small network, each with a skip connection: what BERT, GPT and ViT are stacks of."""

    formula = r"z = \mathrm{norm}(x + \mathrm{attention}(x)), \quad y = \mathrm{norm}(z + \mathrm{network}(z))"

    causal: bool = flag(False, help="Let each step see itself and earlier steps only.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.TransformerEncoderLayer", shapes[0][1], self.nhead, **self.options())

    def use(self, *shapes: Shape) -> Call | None:
        return applied(INPUT, src_mask=causal_mask(INPUT, shapes[0][0])) if self.causal else None


class TransformerDecoderLayer(TransformerLayer, frozen=True):
    """Self-attention, a look at a second sequence, and a small network: writes one sequence while reading another."""

    formula = (
        r"z = \mathrm{norm}(x_1 + \mathrm{attention}(x_1)), \quad"
        r" y = \mathrm{network}(\mathrm{norm}(z + \mathrm{attention}(z, x_2)))"
    )
    inputs = 2

    causal: bool = flag(True, help="Let each step of the first sequence see itself and earlier steps only.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.TransformerDecoderLayer", shapes[0][1], self.nhead, **self.options())

    def use(self, *shapes: Shape) -> Call | None:
        return applied(Value(0), Value(1), tgt_mask=causal_mask(INPUT, shapes[0][0])) if self.causal else None


class Transformer(TransformerLayer, frozen=True):
    """Encoders that read the first sequence, and decoders that write the second while looking at it."""

    formula = r"y = \mathrm{decoder}(x_2, \mathrm{encoder}(x_1))"
    inputs = 2

    num_encoder_layers: int = integer(6, low=1, high=48, help="Layers that read the first sequence.")
    num_decoder_layers: int = integer(6, low=1, high=48, help="Layers that write the second.")
    causal: bool = flag(True, help="Let each step of the second sequence see itself and earlier steps only.")

    def module(self, *shapes: Shape) -> Call:
        depth = (self.num_encoder_layers, self.num_decoder_layers)
        return call("nn.Transformer", shapes[0][1], self.nhead, *depth, **self.options())

    def use(self, *shapes: Shape) -> Call | None:
        if not self.causal:
            return None
        return applied(Value(0), Value(1), tgt_mask=causal_mask(INPUT, shapes[1][0]), tgt_is_causal=True)

    def summary(self) -> str:
        return f"{self.num_encoder_layers} and {self.num_decoder_layers} layers, {heads_in_words(self.nhead)}"


class SqueezeExcitation(Filled, frozen=True):
    """Weighs each channel by what the whole image shows, so that channels that matter here speak louder."""

    family = FAMILY
    accepts = IMAGE
    formula = r"y_c = x_c \, \sigma(W_2 \, \delta(W_1 \, \mathrm{mean}(x)))_c"

    squeeze_channels: int = integer(16, low=1, help="Width of the small network that decides, often a sixteenth.")
    activation: str = choice("ReLU", "SiLU", "GELU", help="How the small network bends.")
    gate: str = choice("Sigmoid", "Hardsigmoid", help="What presses its answer between 0 and 1.")

    def module(self, *shapes: Shape) -> Call:
        return call(
            "modules.SqueezeExcitation",
            shapes[0][0],
            self.squeeze_channels,
            activation=unless(self.activation, "ReLU"),
            gate=unless(self.gate, "Sigmoid"),
        )

    def summary(self) -> str:
        return f"through {self.squeeze_channels:,} channels"


def multihead(layer: Attention, features: int, memory: int | None = None) -> Call:
    """PyTorch's attention for queries of so many features and keys and values of so many others."""
    others = None if memory in (features, None) else memory
    return call(
        "nn.MultiheadAttention",
        features,
        layer.num_heads,
        dropout=unless(layer.dropout, 0.0),
        bias=unless(layer.bias, True),
        kdim=others,
        vdim=others,
        batch_first=True,
    )


def causal_mask(sequence: Any, steps: int) -> Call:
    """What no step may look at: the later ones. It lies on the device of the sequence."""
    return call(".bool", call(".triu", call(".new_ones", sequence, steps, steps), 1))


def heads_in_words(heads: int) -> str:
    """``8 heads``."""
    return "1 head" if heads == 1 else f"{heads} heads"


def heads_refusal(title: str, features: int, heads: int, setting: str) -> Refusal | None:
    """Features that heads cannot share equally."""
    if features % heads == 0:
        return None
    words = f"{title} cannot divide {features} features among {heads} heads."
    return Refusal(words, setting, largest_divisor(features, heads))
