"""Transformers for images, and the convolutions that learned from them."""

from engine.blocks import Block
from engine.graph import Graph
from engine.layers import (
    GELU,
    AdaptiveAvgPool2d,
    Add,
    ClassToken,
    Conv2d,
    DepthwiseConv2d,
    Flatten,
    Input,
    LayerNorm,
    LayerScale,
    LearnedPosition,
    Linear,
    MultiheadAttention,
    Output,
    PatchEmbedding,
    Permute,
    Slice,
    StochasticDepth,
)
from engine.optimizers import AdamW
from engine.project import Project
from tools.templates.classics import CLASSES, classified, on_images
from tools.templates.sketch import Sketch, between_ends, block

NORM = LayerNorm(eps=1e-6, dimensions=1)
"""Over the features of each position, as both networks have it."""
CHANNELS_LAST, CHANNELS_FIRST = Permute((2, 3, 1)), Permute((3, 1, 2))


def trained_gently(network: Graph, title: str, about: str) -> Project:
    """As these networks are trained: with AdamW and small steps."""
    project = on_images(network, title, about)
    return project.with_value("training.optimizer", AdamW(learning_rate=0.0005, weight_decay=0.05))


def convnext_tiny() -> Project:
    """Liu et al. (2022), “A ConvNet for the 2020s”."""
    kind = _convnext()
    normalized = (CHANNELS_LAST, NORM, CHANNELS_FIRST)
    shrinking = between_ends(*normalized, Conv2d(192, 2, 2))
    shrink = block("Downsample", shrinking, "Halves the image.", {"channels": "conv2d_1.out_channels"})
    net = Sketch(Input())
    net.part("Stem", Conv2d(96, 4, 4), *normalized)
    seen = 0
    for number, (width, depth) in enumerate(((96, 3), (192, 3), (384, 9), (768, 3)), 1):
        before = (shrink(channels=width),) if number > 1 else ()
        drop = round(0.1 * (seen + (depth - 1) / 2) / 17, 3)
        net.part(f"Stage {number}", *before, kind(channels=width, drop=drop, repeat=depth))
        if number == 1:
            net.note("A convolution that borrows from transformers: one wide look, then a small network per position.")
        seen += depth
    network = classified(net, AdaptiveAvgPool2d(1), Flatten(), NORM, Linear(CLASSES))
    about = (
        "Convolutions, modernised step by step until they matched transformers.\n"
        "Z. Liu et al., 2022. On ImageNet it reaches 82.1 % top-1."
    )
    return trained_gently(network, "ConvNeXt-Tiny", about)


def _convnext() -> type[Block]:
    net = Sketch(Input())
    start = net.end
    net.then(DepthwiseConv2d(kernel_size=7, padding=3), CHANNELS_LAST, NORM, CHANNELS_FIRST)
    way = net.then(Conv2d(384, 1), GELU(), Conv2d(96, 1), LayerScale(), StochasticDepth(0.1))
    net.join(Add(), way, start)
    net.then(Output())
    words = "A wide look at each channel, then a small network at each position; added to what was given."
    exposed = {"channels": "conv2d_2.out_channels, conv2d_1.out_channels × 4", "drop": "stochasticdepth_1.p"}
    return block("ConvNeXt", net, words, exposed)


def vit_b16() -> Project:
    """Dosovitskiy et al. (2020), “An image is worth 16 × 16 words”."""
    net = Sketch(Input())
    net.part("Image to words", PatchEmbedding(768, 16), ClassToken(), LearnedPosition())
    net.note("The image becomes a sentence of 196 patches. One word more, which is learned, gathers the answer.")
    net.part("Transformer", _encoder()(repeat=12), NORM)
    network = classified(net, Slice(1, 0, 1), Flatten(), Linear(CLASSES))
    about = (
        "The transformer that reads an image as a sentence of patches.\n"
        "A. Dosovitskiy et al., 2020. On ImageNet it reaches 81.1 % top-1, more when it has seen more images before."
    )
    return trained_gently(network, "ViT-B/16", about)


def _encoder() -> type[Block]:
    net = Sketch(Input())
    start = net.end
    looked = net.join(Add(), start, net.then(NORM, MultiheadAttention(12), after=start))
    thought = net.then(NORM, Linear(3072), GELU(), Linear(768), after=looked)
    net.join(Add(), looked, thought)
    net.then(Output())
    words = "Each patch looks at all others, then a small network thinks about each; both are added to what was given."
    exposed = {
        "heads": "multiheadattention_1.num_heads",
        "width": "linear_2.out_features",
        "hidden": "linear_1.out_features",
    }
    return block("Encoder", net, words, exposed)
