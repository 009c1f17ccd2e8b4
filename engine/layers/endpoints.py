"""Where samples enter and answers leave."""

from engine.call import Call
from engine.layers.layer import Layer, in_words
from engine.spec import Shape, shape


class Input(Layer, frozen=True):
    """Where the samples of the dataset enter the network."""

    family = "Input and output"
    formula = r"x"
    inputs = 0

    shape: Shape = shape((), help="Shape of one sample, such as 1×28×28. Leave it empty to take the dataset's.")

    def module(self, *shapes: Shape) -> Call | None:
        return None

    def summary(self) -> str:
        return in_words(self.shape) if self.shape else ""


class Output(Layer, frozen=True):
    """Where the answer leaves the network; the loss compares it with the target."""

    family = "Input and output"
    formula = r"\hat{y}"
    outputs = False

    def module(self, *shapes: Shape) -> Call | None:
        return None
