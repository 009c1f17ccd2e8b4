"""Where samples enter and answers leave."""

from collections.abc import Mapping

from engine.call import INPUT, Call, Span, at
from engine.layers.layer import Layer, Refusal, in_words
from engine.losses import Loss
from engine.spec import Shape, choice, flag, integer, number, shape

SAME_LOSS = "training's loss"


def name_of(kind: type[Loss]) -> str:
    """A loss as a sentence names it."""
    return f"{kind.title[0].lower()}{kind.title[1:]}"


_LOSSES: Mapping[str, type[Loss]] = {name_of(kind): kind for kind in Loss.kinds.values() if not kind.nested}


class Input(Layer, frozen=True):
    """Where the samples of the dataset enter the network, or a part of each: some columns of a table, say."""

    family = "Input and output"
    formula = r"x"
    inputs = 0

    shape: Shape = shape((), help="Shape of one sample, such as 1×28×28. Leave it empty to take the dataset's.")
    start: int = integer(
        0, help="First column or channel that enters here, from 0; another Input can take the others.", advanced=True
    )
    stop: int = integer(
        0, help="First column or channel that does not enter here any more; 0 takes all up to the last.", advanced=True
    )

    @property
    def takes_part(self) -> bool:
        """Whether only a part of each sample enters here."""
        return bool(self.start or self.stop)

    def part_of(self, sample: Shape) -> range:
        """The positions of the first dimension that enter here."""
        return range(sample[0] if sample else 0)[self.start : self.stop or None]

    def module(self, *shapes: Shape) -> Call | None:
        return at(INPUT, Span(), Span(self.start or None, self.stop or None)) if self.takes_part else None

    def refuses(self, *shapes: Shape) -> Refusal | None:
        if not self.takes_part:
            return None
        sample = shapes[0]
        size = sample[0] if sample else 0
        words = f"Input takes the part {self._part_in_words()}, but a sample is {in_words(sample)}."
        if self.start >= size:
            return Refusal(words, "start", 0)
        if self.stop > size:
            return Refusal(words, "stop", 0)
        if not self.part_of(sample):
            return Refusal(f"Input takes nothing: the part {self._part_in_words()} holds no position.", "stop", 0)
        return None

    def summary(self) -> str:
        words = [in_words(self.shape)] if self.shape else []
        return ", ".join([*words, *([f"part {self._part_in_words()}"] if self.takes_part else [])])

    def _part_in_words(self) -> str:
        return f"{self.start}:{self.stop or ''}"


class Output(Layer, frozen=True):
    """Where an answer leaves the network; the loss compares it with the target."""

    family = "Input and output"
    formula = r"\hat{y}"
    outputs = False

    auxiliary: bool = flag(
        False,
        help="It only helps the network to learn: its loss counts while training, but its answer is not the network's.",
        advanced=True,
    )
    weight: float = number(
        1.0, low=0.0001, high=10_000, help="How much its loss counts: the losses are added up.", advanced=True
    )
    loss: str = choice(
        SAME_LOSS,
        *_LOSSES,
        help="What compares its answer with the target, where it is a loss of its own.",
        advanced=True,
    )

    losses: tuple[Loss, ...] = ()

    @property
    def own_loss(self) -> Loss | None:
        """The loss that was chosen for this answer alone, with its settings where there are some among `losses`."""
        kind = _LOSSES.get(self.loss)
        return next((loss for loss in self.losses if type(loss) is kind), kind() if kind else None)

    def with_loss(self, loss: Loss) -> "Output":
        """With this loss of its own; the settings of others stay, so that they are there when one is chosen again."""
        others = tuple(each for each in self.losses if type(each) is not type(loss))
        return self.with_settings({"loss": name_of(type(loss)), "losses": (*others, loss)})

    def module(self, *shapes: Shape) -> Call | None:
        return None

    def summary(self) -> str:
        words = ["auxiliary"] if self.auxiliary else []
        words += [f"weight {self.weight:g}"] if self.weight != 1 else []
        return ", ".join([*words, *([self.loss] if self.own_loss else [])])
