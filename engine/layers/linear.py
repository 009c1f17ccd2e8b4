"""Layers in which every input reaches every output, and those that look a vector up."""

from engine.call import INPUT, Call, applied, call, unless
from engine.layers.layer import Accepts, Layer, Refusal, in_words
from engine.layers.weighted import Filled, SingleWeight
from engine.spec import Shape, choice, flag, integer

FAMILY = "Linear"
FLAT_OR_SEQUENCE = Accepts("a flat list of numbers or a sequence (steps × features)", (1, 2), adapter="Flatten")
TOKENS = Accepts("a flat list of token numbers", (1,), adapter="Flatten", tokens=True)


class Linear(SingleWeight, frozen=True):
    """Weighs every input for every output and adds a constant: the fully connected (dense) layer."""

    family = FAMILY
    accepts = FLAT_OR_SEQUENCE
    formula = r"y = W x + b"

    out_features: int = integer(64, low=1, help="Number of outputs (units, neurons); of a sequence, for each step.")
    bias: bool = flag(True, help="Add a learned constant to each output.")

    @property
    def equation(self) -> str:
        return self.formula if self.bias else self.formula.removesuffix(" + b")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Linear", shapes[0][-1], self.out_features, bias=unless(self.bias, True))

    def summary(self) -> str:
        return f"{self.out_features:,}" + ("" if self.bias else ", no bias")


class Bilinear(SingleWeight, frozen=True):
    """Weighs every pair of values from its two inputs for every output."""

    family = FAMILY
    accepts = FLAT_OR_SEQUENCE
    inputs = 2
    formula = r"y_k = x_1^T W_k \, x_2 + b_k"

    # PyTorch goes through the outputs one by one, so that a million would take minutes.
    out_features: int = integer(64, low=1, high=4096, help="Number of outputs; of sequences, for each step.")
    bias: bool = flag(True, help="Add a learned constant to each output.")

    @property
    def equation(self) -> str:
        return self.formula if self.bias else self.formula.removesuffix(" + b_k")

    def module(self, *shapes: Shape) -> Call:
        first, second = shapes
        return call("nn.Bilinear", first[-1], second[-1], self.out_features, bias=unless(self.bias, True))

    def summary(self) -> str:
        return f"{self.out_features:,}" + ("" if self.bias else ", no bias")

    def refuses(self, *shapes: Shape) -> Refusal | None:
        first, second = shapes
        if first[:-1] != second[:-1]:
            words = f"Bilinear needs two lists, or two sequences of as many steps, but receives {in_words(first)}"
            return Refusal(f"{words} and {in_words(second)}.")
        return None


class Embedding(Filled, frozen=True):
    """Looks up a learned vector for each token: a list of token numbers becomes a sequence of vectors."""

    family = FAMILY
    accepts = TOKENS
    formula = r"y_t = W_{x_t}"

    num_embeddings: int = integer(1000, low=1, help="Number of different tokens; they are numbered from 0.")
    embedding_dim: int = integer(64, low=1, help="Length of each vector.")
    padding_idx: int = integer(-1, low=-1, help="Token that stands for nothing and learns nothing; -1: none does.")

    def module(self, *shapes: Shape) -> Call:
        padding = unless(self.padding_idx, -1)
        return call("nn.Embedding", self.num_embeddings, self.embedding_dim, padding_idx=padding)

    def use(self, *shapes: Shape) -> Call:
        return applied(call(".long", INPUT))

    def summary(self) -> str:
        return f"{self.num_embeddings:,} tokens, {self.embedding_dim:,} wide"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return padding_refusal(self.title, self.padding_idx, self.num_embeddings)


class EmbeddingBag(Filled, frozen=True):
    """Looks up a learned vector for each token and makes one of them all: the mean, the sum or the largest values."""

    family = FAMILY
    accepts = TOKENS
    formula = r"y = \frac{1}{n} \sum_{t=1}^{n} W_{x_t}"

    num_embeddings: int = integer(1000, low=1, help="Number of different tokens; they are numbered from 0.")
    embedding_dim: int = integer(64, low=1, help="Length of each vector.")
    mode: str = choice("mean", "sum", "max", help="What is made of the vectors.")
    padding_idx: int = integer(-1, low=-1, help="Token that does not count and learns nothing; -1: none.")

    def module(self, *shapes: Shape) -> Call:
        return call(
            "nn.EmbeddingBag",
            self.num_embeddings,
            self.embedding_dim,
            mode=unless(self.mode, "mean"),
            padding_idx=unless(self.padding_idx, -1),
        )

    def use(self, *shapes: Shape) -> Call:
        return applied(call(".long", INPUT))

    def summary(self) -> str:
        return f"{self.num_embeddings:,} tokens, {self.mode}, {self.embedding_dim:,} wide"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        return padding_refusal(self.title, self.padding_idx, self.num_embeddings)


class Identity(Layer, frozen=True):
    """Passes on what it receives: a place to keep, or an end of a branch."""

    family = FAMILY
    formula = r"y = x"

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Identity")


def padding_refusal(title: str, padding: int, count: int) -> Refusal | None:
    """A token that stands for nothing and is none."""
    if padding >= count:
        return Refusal(f"{title} has no token {padding:,}: its {count:,} are numbered from 0.", "padding_idx", -1)
    return None
