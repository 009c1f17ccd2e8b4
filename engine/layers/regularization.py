"""Layers that keep a network from learning its samples by heart."""

from engine.call import Call, call
from engine.layers.layer import Layer
from engine.spec import Shape, number


class Dropout(Layer, frozen=True):
    """Silences a random share of the values while training, so that no single one is relied upon."""

    family = "Regularization"
    formula = r"y = \frac{m \odot x}{1 - p}, \quad m_i \sim \mathrm{Bernoulli}(1 - p)"

    p: float = number(0.5, low=0, high=0.99, help="Share of the values that is silenced at each step.")

    def module(self, *shapes: Shape) -> Call:
        return call("nn.Dropout", self.p)

    def summary(self) -> str:
        return f"{self.p:.0%} silenced"
