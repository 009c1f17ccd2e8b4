"""Finding a layer by words: by its name, its family, or what it does. The palette and the quick search rank alike."""

from collections.abc import Callable, Iterable

import msgspec

from engine.blocks import takes
from engine.layers import Layer
from engine.spec import Shape
from gui.words import translated

_GROUPS = (0, 1, 1, 2)
"""By distance: the name, names with the words in them, the others."""


class Offer(msgspec.Struct, frozen=True):
    """A layer that can be added, and what a person finds it by."""

    layer: Layer
    title: str
    family: str
    help: str

    @classmethod
    def of(cls, kind: type[Layer]) -> "Offer":
        """A layer of this kind as it is before anything is set."""
        return cls(kind(), kind.title, kind.family, kind.help())

    def is_meant_by(self, words: str) -> bool:
        """Whether each of the words is said of it."""
        texts = (self.title, self.family, translated(self.family), self.help, translated(self.help))
        said = " ".join(texts).lower()
        return all(word in said for word in words.lower().split())

    def distance(self, words: str) -> int:
        """How far its name is from what was typed: the same, begins so, has it in it, is only said to be so."""
        title, query = self.title.lower(), " ".join(words.lower().split())
        return 0 if title == query else 1 if title.startswith(query) else 2 if query in title else 3

    def order(self, words: str, *, fits: bool) -> tuple[int, bool, int]:
        """Where it stands among what the words mean; the least is the best match.

        A name typed in full stands above all, a name with the words in it above what is only said to be so. Among
        names, and among the others, what fits comes first.
        """
        distance = self.distance(words)
        return _GROUPS[distance], not fits, distance

    def refusal(self, shape: Shape) -> str:
        """Why it does not take a sample of this shape, which is of a rank that it takes; empty: it does."""
        # What needs more wires than this one cannot say yet what it refuses.
        refusal = self.layer.refuses(shape) if self.layer.inputs in (None, 1) else None
        return refusal.message if refusal is not None else ""

    def fits(self, shape: Shape | None) -> bool:
        """Whether it takes what arrives, where that is known."""
        return shape is None or (self.layer.inputs != 0 and takes(self.layer, shape) and not self.refusal(shape))


def kinds_offered() -> tuple[Offer, ...]:
    """Every kind of layer, in the order of the palette."""
    return tuple(map(Offer.of, Layer.kinds.values()))


def ranked(offers: Iterable[Offer], words: str, fits: Callable[[Offer], bool] = lambda _offer: True) -> list[Offer]:
    """Those that the words mean, the best match first; without words all. Those that fit come before the others."""
    found = [offer for offer in offers if offer.is_meant_by(words)]
    return sorted(found, key=lambda offer: offer.order(words, fits=fits(offer)))
