"""Networks that read step by step or look from place to place, each of which trains in minutes on any machine."""

from engine.blocks import Block
from engine.clipping import ClipNorm
from engine.data import Data
from engine.datasets import Digits, DigitStrings, TinyShakespeare
from engine.graph import Graph
from engine.layers import (
    GELU,
    GRU,
    LSTM,
    Add,
    BatchNorm2d,
    CausalSelfAttention,
    Conv1d,
    Conv2d,
    Dropout,
    Embedding,
    Flatten,
    Input,
    LayerNorm,
    LearnedPosition,
    Linear,
    MaxPool1d,
    MaxPool2d,
    Mean,
    MultiheadAttention,
    Output,
    PatchEmbedding,
    ReLU,
    Reshape,
    Transpose,
)
from engine.losses import CTC, CrossEntropy
from engine.metrics import CharacterErrorRate
from engine.optimizers import Adam, AdamW
from engine.project import Project
from engine.schedules import Constant, Cosine, Schedule
from engine.training import Training
from tools.templates.sketch import Sketch, block
from tools.templates.small import classifying, described

NORM = LayerNorm(dimensions=1)
STEPS, CHARACTERS = 64, 65


def on_small_digits(
    network: Graph, title: str, about: str, epochs: int, learning_rate: float, schedule: Schedule | None = None
) -> Project:
    """A network that learns the small digits, whose training takes seconds."""
    plan = Training(CrossEntropy(), Adam(learning_rate), batch_size=128, epochs=epochs, schedule=schedule or Constant())
    return described(network, Data(Digits()), plan, title, about)


def lstm() -> Project:
    """Hochreiter and Schmidhuber (1997), “Long short-term memory”."""
    net = Sketch(Input())
    net.part("Row after row", Reshape((8, 8)), LSTM(64, answer="last step"))
    net.note("The image is a sequence of eight rows. What the network remembers after the last one is its answer.")
    about = (
        "Reads a digit as a sequence, row after row, and remembers what it has seen.\n"
        "S. Hochreiter and J. Schmidhuber, 1997. In 40 epochs it finds 97 % of the small test digits."
    )
    return on_small_digits(classifying(net), "LSTM, row by row", about, 40, 0.01)


def cnn_1d() -> Project:
    """Waibel et al. (1989), “Phoneme recognition using time-delay neural networks”."""
    net = Sketch(Input())
    net.part("Columns", Reshape((8, 8)), Conv1d(32, 3, padding=1), ReLU())
    net.note("Eight values at each of eight steps, as a sound has its frequencies: the window slides over the steps.")
    net.part("Combinations", Conv1d(64, 3, padding=1), ReLU(), MaxPool1d(), Flatten())
    about = (
        "Slides a window over a sequence: how time-delay networks heard what was spoken.\n"
        "A. Waibel, T. Hanazawa, G. Hinton, K. Shikano and K. Lang, 1989. In 40 epochs it finds 97 % of the small test "
        "digits, column by column."
    )
    return on_small_digits(classifying(net), "1-d CNN", about, 40, 0.005, Cosine())


def transformer() -> Project:
    """Vaswani et al. (2017), “Attention is all you need”, as Dosovitskiy et al. (2020) give it images."""
    net = Sketch(Input())
    start = net.end
    looked = net.join(Add(), start, net.then(NORM, MultiheadAttention(4), after=start))
    net.join(Add(), looked, net.then(NORM, Linear(64), GELU(), Linear(32), after=looked))
    net.then(Output())
    encoder = block("Encoder", net, "Each patch looks at all others, then thinks for itself.", {})
    net = Sketch(Input())
    net.part("Patches", PatchEmbedding(32, 2), LearnedPosition())
    net.note("Each patch of 2 × 2 pixels becomes 32 numbers; where it lies is added.")
    net.part("Encoder", encoder(repeat=2), NORM, Mean(1))
    about = (
        "A transformer that reads a digit as a sentence of sixteen patches.\n"
        "A. Vaswani et al., 2017; A. Dosovitskiy et al., 2020. In 60 epochs it finds 97 % of the small test digits."
    )
    return on_small_digits(classifying(net), "Transformer encoder", about, 60, 0.001)


def mixer() -> Project:
    """Tolstikhin et al. (2021), “MLP-Mixer: An all-MLP architecture for vision”."""
    net = Sketch(Input())
    start = net.end
    across = net.then(NORM, Transpose(), Linear(32), GELU(), Linear(16), Transpose(), after=start)
    mixed = net.join(Add(), start, across)
    net.join(Add(), mixed, net.then(NORM, Linear(64), GELU(), Linear(32), after=mixed))
    net.then(Output())
    mixing = block("Mix", net, "Mixes the patches with one another, then the features of each.", {})
    net = Sketch(Input())
    net.part("Patches", PatchEmbedding(32, 2))
    net.part("Mixing", mixing(repeat=2), NORM, Mean(1))
    net.note("Transposed, a Linear layer mixes patches; transposed back, the next mixes the features of each.")
    about = (
        "Neither convolution nor attention: linear layers mix patches and features in turn.\n"
        "I. Tolstikhin et al., 2021. In 60 epochs it finds 96 % of the small test digits."
    )
    return on_small_digits(classifying(net), "MLP-Mixer", about, 60, 0.001)


def number_reader() -> Project:
    """Shi et al. (2015), “An end-to-end trainable neural network for image-based sequence recognition”."""
    net = Sketch(Input())
    net.part("Strokes", Conv2d(16, padding=1, bias=False), BatchNorm2d(), ReLU(), MaxPool2d())
    net.part("Shapes", Conv2d(32, padding=1, bias=False), BatchNorm2d(), ReLU(), MaxPool2d((2, 1)))
    net.part("Columns", Conv2d(64, padding=1, bias=False), BatchNorm2d(), ReLU(), Flatten(1, 2), Transpose())
    net.note("Each of 33 columns, with all that is seen in it, becomes a step of a sequence.")
    net.part("Read both ways", GRU(64, bidirectional=True))
    net.part("Which digit", Dropout(0.2), Linear(11), Transpose())
    net.note(
        "At each step ten digits and the blank, for none. CTC adds up all ways in which the steps spell the number."
    )
    net.then(Output())
    about = (
        "Reads numbers of three to six handwritten digits; nobody tells it where each of them stands.\n"
        "B. Shi, X. Bai and C. Yao, CRNN, 2015; CTC by A. Graves and others, 2006. In 15 epochs it reads 93 % of the "
        "test numbers without a fault; 1.6 % of the digits are wrong."
    )
    plan = Training(
        CTC(),
        Adam(0.003),
        batch_size=64,
        epochs=15,
        schedule=Cosine(),
        clipping=ClipNorm(),
        metrics=(CharacterErrorRate(),),
    )
    return described(net.drawn(), Data(DigitStrings()), plan, "Number reader", about)


def character_gpt() -> Project:
    """Karpathy (2022), nanoGPT: its setting for a machine without a GPU."""
    net = Sketch(Input())
    net.part("Characters", Embedding(CHARACTERS, 128, weight_init="normal"), LearnedPosition())
    net.note("Each character becomes a point in a space of 128 dimensions; where it stands in the text is added.")
    net.part("Look back", _look_and_think()(repeat=4), NORM)
    net.part("Next one", Linear(CHARACTERS, bias=False, weight_init="normal"), Transpose())
    net.then(Output())
    about = (
        "Learns to write like Shakespeare, one character after the other, looking back at 64 of them.\n"
        "A. Karpathy, nanoGPT, 2022. After 2,000 steps its loss on text that it has not seen is 1.86; nanoGPT tells of "
        "1.88."
    )
    optimizer = AdamW(learning_rate=1e-3, beta2=0.99, weight_decay=0.1)
    schedule = Cosine(warmup=100, final=0.1)
    plan = Training(CrossEntropy(), optimizer, batch_size=12, epochs=2, schedule=schedule)
    return described(net.drawn(), Data(TinyShakespeare(steps=STEPS)), plan, "Character GPT", about)


def _look_and_think() -> type[Block]:
    net = Sketch(Input())
    start = net.end
    attention = CausalSelfAttention(4, bias=False, weight_init="normal")
    looked = net.join(Add(), start, net.then(NORM, attention, after=start))
    widened = (Linear(512, bias=False, weight_init="normal"), GELU())
    narrowed = Linear(128, bias=False, weight_init="normal", init_std=0.007)
    net.join(Add(), looked, net.then(NORM, *widened, narrowed, after=looked))
    net.then(Output())
    words = "Each character looks back at those before it, then a small network thinks about each; both are added."
    exposed = {
        "heads": "causalselfattention_1.num_heads",
        "width": "linear_2.out_features",
        "hidden": "linear_1.out_features",
    }
    return block("Thinker", net, words, exposed)
