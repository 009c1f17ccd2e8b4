"""Layers that keep a network from learning its samples by heart."""

from engine.call import Call, call
from engine.layers.layer import CHANNELS, Layer
from engine.layers.spatial import Spatial
from engine.spec import Shape, as_percent, number

FAMILY = "Regularization"


class Silencing(Layer, frozen=True):
    """Base of those that silence a share of what passes."""

    listed = False
    family = FAMILY
    formula = r"y = \frac{m \odot x}{1 - p}, \quad m_i \sim \mathrm{Bernoulli}(1 - p)"

    p: float = number(0.5, low=0, high=0.99, help="Share that is silenced at each step.")

    def module(self, *shapes: Shape) -> Call:
        return call(f"nn.{type(self).__name__}", self.p)

    def summary(self) -> str:
        return f"{as_percent(self.p)} silenced"


class Dropout(Silencing, frozen=True):
    """Silences a random share of the values while training, so that no single one is relied upon."""


class Dropout2d(Silencing, Spatial, frozen=True):
    """Silences a random share of the channels of an image while training: neighbours are too alike to miss a pixel."""

    sides = 2


class Dropout1d(Silencing, Spatial, frozen=True):
    """Silences a random share of the channels of a signal while training."""

    sides = 1


class Dropout3d(Silencing, Spatial, frozen=True):
    """Silences a random share of the channels of a volume while training."""

    sides = 3


class AlphaDropout(Silencing, frozen=True):
    """Dropout that keeps mean and spread: for networks with SELU."""

    formula = r"y = a (m \odot x + \alpha' (1 - m)) + b, \quad m_i \sim \mathrm{Bernoulli}(1 - p)"


class FeatureAlphaDropout(Silencing, frozen=True):
    """Dropout of whole channels that keeps mean and spread: for convolutional networks with SELU."""

    accepts = CHANNELS
    formula = r"y_c = a (m_c \, x_c + \alpha' (1 - m_c)) + b, \quad m_c \sim \mathrm{Bernoulli}(1 - p)"


class StochasticDepth(Layer, frozen=True):
    """Silences a branch for whole samples at random while training, so that deep networks train well."""

    family = FAMILY
    formula = r"y = \frac{m \, x}{1 - p}, \quad m \sim \mathrm{Bernoulli}(1 - p)"

    p: float = number(0.1, low=0, high=0.99, help="Share of the samples for which the branch is silenced.")

    def module(self, *shapes: Shape) -> Call:
        return call("modules.StochasticDepth", self.p)

    def summary(self) -> str:
        return f"{as_percent(self.p)} of the samples"


class GaussianNoise(Layer, frozen=True):
    """Adds normal random numbers while training, so that small differences are not relied upon."""

    family = FAMILY
    formula = r"y = x + \epsilon, \quad \epsilon_i \sim \mathcal{N}(0, \sigma^2)"

    std: float = number(0.1, low=0, high=100, help="Standard deviation of the noise, in units of its input.")

    def module(self, *shapes: Shape) -> Call:
        return call("modules.GaussianNoise", self.std)

    def summary(self) -> str:
        return f"σ = {self.std:g}"
