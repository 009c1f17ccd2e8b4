"""Finding a layer by words: by its name, its family, or what it does. The palette and the quick search rank alike."""

from collections.abc import Iterable

import msgspec

from engine.layers import Layer
from gui.words import translated


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


def kinds_offered() -> tuple[Offer, ...]:
    """Every kind of layer, in the order of the palette."""
    return tuple(map(Offer.of, Layer.kinds.values()))


def ranked(offers: Iterable[Offer], words: str) -> list[Offer]:
    """Those that the words mean, the best match first; without words all, as they come."""
    found = [offer for offer in offers if offer.is_meant_by(words)]
    return sorted(found, key=lambda offer: offer.distance(words)) if words.strip() else found
