"""Networks that train in minutes on any machine, each on real data."""

from engine.data import Data
from engine.datasets import TinyShakespeare
from engine.layers import (
    GELU,
    Add,
    CausalSelfAttention,
    Embedding,
    Input,
    LayerNorm,
    LearnedPosition,
    Linear,
    Output,
    Transpose,
)
from engine.losses import CrossEntropy
from engine.optimizers import AdamW
from engine.project import Project
from engine.training import Training
from tools.templates.sketch import Sketch, block

STEPS, WIDTH, HEADS, CHARACTERS = 64, 128, 4, 65
NORM = LayerNorm(dimensions=1)


def character_gpt() -> Project:
    """Karpathy (2022), nanoGPT: its setting for a machine without a GPU."""
    net = Sketch(Input())
    net.part(
        "Characters as points",
        Embedding(CHARACTERS, WIDTH, weight_init="normal"),
        LearnedPosition(),
    )
    net.note("Each character becomes a point in a space of 128 dimensions; where it stands in the text is added.")
    net.part("Four times: look back, then think", _transformer()(repeat=4), NORM)
    net.part("The next character", Linear(CHARACTERS, bias=False, weight_init="normal"), Transpose())
    net.then(Output())
    about = (
        "A small GPT that learns to write like Shakespeare, character by character. It looks at 64 characters.\n"
        "A. Karpathy, nanoGPT, 2022. After 2,000 steps its validation loss is 1.88 or less."
    )
    return Project(
        net.drawn(),
        Data(TinyShakespeare(steps=STEPS, windows=12_000)),
        Training(CrossEntropy(), AdamW(learning_rate=1e-3, weight_decay=0.1), batch_size=12, epochs=2),
        "Character GPT",
        about,
    )


def _transformer() -> type:
    net = Sketch(Input())
    start = net.end
    attention = CausalSelfAttention(HEADS, bias=False, weight_init="normal")
    looked = net.join(Add(), start, net.then(NORM, attention, after=start))
    thought = net.then(
        *(NORM, Linear(4 * WIDTH, bias=False, weight_init="normal"), GELU()),
        Linear(WIDTH, bias=False, weight_init="normal", init_std=0.007),
        after=looked,
    )
    net.join(Add(), looked, thought)
    net.then(Output())
    words = "Each character looks back at those before it, then a small network thinks about each; both are added."
    exposed = {
        "heads": "causalselfattention_1.num_heads",
        "width": "linear_2.out_features",
        "hidden": "linear_1.out_features",
    }
    return block("LookAndThink", net, words, exposed)
