"""Two samples made one, and what is asked for with them."""

from engine.augmentation.augmentation import GENERATOR, PICTURES, Mixing, Sort
from engine.call import Call, call
from engine.spec import number

ALPHA = "How evenly two samples are mixed: of small ones one of them nearly alone, of 1 each share alike."
BATCHES = "Share of the steps in which it mixes."


class Mixup(Mixing, frozen=True):
    """Lays two samples over each other, more or less of each, and asks for both by their shares."""

    method = "Zhang, Cisse, Dauphin and Lopez-Paz 2018"
    takes = ("images", "values")

    alpha: float = number(0.2, low=0.01, high=100, help=ALPHA)
    p: float = number(1.0, low=0, high=1, help=BATCHES)

    def function(self, sort: Sort) -> Call:
        return call("mixed_up", PICTURES, GENERATOR, alpha=self.alpha, p=self.p)


class CutMix(Mixing, frozen=True):
    """Pastes a part of one image into another, and asks for both by their areas."""

    title = "CutMix"
    method = "Yun, Han, Oh, Chun, Choe and Yoo 2019"

    alpha: float = number(1.0, low=0.01, high=100, help=ALPHA)
    p: float = number(0.5, low=0, high=1, help=BATCHES)

    def function(self, sort: Sort) -> Call:
        return call("cut_mixed", PICTURES, GENERATOR, alpha=self.alpha, p=self.p)
