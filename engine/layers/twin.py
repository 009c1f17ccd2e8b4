"""A layer that has no weights of its own: it works with those of another."""

from collections.abc import Mapping

from msgspec.structs import replace

from engine.call import INPUT, Call, Own, call
from engine.layers.layer import Layer
from engine.layers.linear import FAMILY, Embedding, Linear
from engine.spec import Shape, flag, text


class Twin(Layer, frozen=True):
    """Applies another layer or block once more, with the very same weights: both learn as one. For siamese networks,
    which compare what one encoder finds in two samples, and for tied embeddings.
    """

    family = FAMILY
    formula = r"y = f_{\theta}(x), \quad \theta \text{ of the other}"

    of: str = text("", help="Name of the layer whose weights it uses.")
    transposed: bool = flag(
        False,
        help="The way back through a Linear or an Embedding: its matrix transposed. An Embedding so scores tokens.",
    )

    def module(self, *shapes: Shape) -> Call | None:
        return None

    def summary(self) -> str:
        if not self.of:
            return ""
        return f"weights of {self.of}, transposed" if self.transposed else f"weights of {self.of}"

    def called(self, names: Mapping[str, str]) -> "Twin":
        """The same where layers have got other names."""
        return replace(self, of=names[self.of]) if self.of in names else self

    def applies(self, origin: Layer, received: Shape | None) -> Layer | None:
        """The layer that it works as; None: it cannot. The other receives ``received``, which need not be known."""
        if not self.transposed:
            return origin
        if isinstance(origin, Embedding):
            return Linear(origin.num_embeddings, bias=False)
        return Linear(received[-1], bias=False) if isinstance(origin, Linear) and received else None

    def width(self, origin: Layer) -> int:
        """How many numbers a vector has that arrives at a transposed matrix."""
        return origin.embedding_dim if isinstance(origin, Embedding) else getattr(origin, "out_features", 0)

    def use_of(self, origin: Layer, *shapes: Shape) -> Call | None:
        """How the module of the other is applied to what arrives here, where that is not ``module(*inputs)``."""
        if not self.transposed:
            return origin.use(*shapes)
        weight = Own("weight")
        matrix = weight if isinstance(origin, Embedding) else call(".t", weight)
        return call("nn.functional.linear", INPUT, matrix)
