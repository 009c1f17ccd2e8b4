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


class StochasticDepth(Layer, frozen=True):
    """Silences a branch for whole samples at random while training, so that deep networks train well."""

    family = "Regularization"
    formula = r"y = \frac{m \, x}{1 - p}, \quad m \sim \mathrm{Bernoulli}(1 - p)"

    p: float = number(0.1, low=0, high=0.99, help="Share of the samples for which the branch is silenced.")

    def module(self, *shapes: Shape) -> Call:
        return call("modules.StochasticDepth", self.p)

    def summary(self) -> str:
        return f"{self.p:.0%} of the samples"


class GaussianNoise(Layer, frozen=True):
    """Adds normal random numbers while training, so that small differences are not relied upon."""

    family = "Regularization"
    formula = r"y = x + \epsilon, \quad \epsilon_i \sim \mathcal{N}(0, \sigma^2)"

    std: float = number(0.1, low=0, high=100, help="Standard deviation of the noise, in units of its input.")

    def module(self, *shapes: Shape) -> Call:
        return call("modules.GaussianNoise", self.std)

    def summary(self) -> str:
        return f"σ = {self.std:g}"
