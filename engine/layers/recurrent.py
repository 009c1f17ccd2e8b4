"""Layers that read a sequence step by step and remember what they have read."""

from typing import Any, ClassVar

from engine.call import INPUT, Call, Span, applied, at, call, unless
from engine.layers.layer import SEQUENCE, Refusal
from engine.layers.weighted import Filled
from engine.spec import Shape, choice, flag, integer, number


class Recurrent(Filled, frozen=True):
    """Base of the layers that carry a state from step to step."""

    listed = False
    family = "Recurrent"
    accepts = SEQUENCE
    carries: ClassVar[int] = 1
    """How many states; the first of them is what the layer answers."""

    hidden_size: int = integer(64, low=1, help="Number of features of the state.")
    num_layers: int = integer(1, low=1, high=64, help="Layers on top of each other, each reading the one below.")
    bias: bool = flag(True, help="Add learned constants.")
    dropout: float = number(0, low=0, high=0.99, help="Share that is silenced between layers; none behind the last.")
    bidirectional: bool = flag(False, help="Read from the end as well, and answer with both side by side.")
    answer: str = choice(
        "sequence",
        *("last step", "state"),
        help="What leaves: every step, the last one, or the state after all is read (in both directions).",
    )

    def module(self, *shapes: Shape) -> Call:
        return call(
            f"nn.{type(self).__name__}",
            shapes[0][1],
            self.hidden_size,
            num_layers=unless(self.num_layers, 1),
            bias=unless(self.bias, True),
            batch_first=True,
            # PyTorch warns of dropout that has no layer above to act on.
            dropout=unless(self.dropout, 0.0) if self.num_layers > 1 else None,
            bidirectional=unless(self.bidirectional, False),
            **self.options(),
        )

    def options(self) -> dict[str, Any]:
        """What else it is made with."""
        return {}

    def use(self, *shapes: Shape) -> Call:
        if self.answer != "state":
            steps = at(applied(INPUT), 0)
            return steps if self.answer == "sequence" else at(steps, Span(), -1)
        state = at(applied(INPUT), 1) if self.carries == 1 else at(at(applied(INPUT), 1), 0)
        if not self.bidirectional:
            return at(state, -1)
        return call(".flatten", call(".transpose", at(state, Span(-2)), 0, 1), 1)

    def summary(self) -> str:
        words = [f"{self.hidden_size:,}"]
        words += [f"{self.num_layers} layers"] if self.num_layers > 1 else []
        words += ["both ways"] if self.bidirectional else []
        return ", ".join([*words, *([self.answer] if self.answer != "sequence" else [])])


class LSTM(Recurrent, frozen=True):
    """Reads a sequence step by step; gates decide what it keeps, forgets and says, so that it remembers for long."""

    formula = r"c_t = f_t \odot c_{t-1} + i_t \odot \tanh(W x_t + U h_{t-1} + b), \quad h_t = o_t \odot \tanh(c_t)"
    carries = 2

    proj_size: int = integer(0, help="Features that the state is projected to before it leaves; 0: it leaves as it is.")

    def options(self) -> dict[str, Any]:
        return {"proj_size": unless(self.proj_size, 0)}

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if self.proj_size >= self.hidden_size:
            words = f"LSTM projects {self.hidden_size} features to fewer, and {self.proj_size} are not fewer."
            return Refusal(words, "proj_size", 0)
        return None


class GRU(Recurrent, frozen=True):
    """Reads a sequence step by step with two gates: remembers nearly as well as LSTM and costs a quarter less."""

    formula = r"h_t = (1 - z_t) \odot \tanh(W x_t + r_t \odot U h_{t-1} + b) + z_t \odot h_{t-1}"


class RNN(Recurrent, frozen=True):
    """Reads a sequence step by step and mixes each step into what it remembers; it forgets quickly."""

    formula = r"h_t = \tanh(W x_t + U h_{t-1} + b)"

    nonlinearity: str = choice("tanh", "relu", help="How the state bends.")

    def options(self) -> dict[str, Any]:
        return {"nonlinearity": unless(self.nonlinearity, "tanh")}
