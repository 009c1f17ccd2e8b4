"""Motions that follow a law: a network must find it from what was measured."""

import numpy as np

from engine.datasets.dataset import Dataset, Loaded, Samples
from engine.datasets.synthetic import GROUP, LARGEST_SEED, SAMPLES, SEED
from engine.spec import Shape, integer, number

_RANGES = {"time (s)": (0, 10), "stiffness (N/m)": (1, 4), "damping (kg/s)": (0, 0.5), "mass (kg)": (0.5, 1.5)}


class Oscillator(Dataset, frozen=True):
    """A weight on a spring, pulled one metre and let go: where is it after some seconds?

    It is asked for the distance from rest in metres, for any stiffness, damping and mass.
    """

    title = "Damped oscillator"
    group = GROUP
    source = "Made when it is needed, from R. Hooke's law of the spring, 1678, and a seed"
    task = "regression"
    normalization = "standard"

    samples: int = integer(4000, low=4, high=100_000, help=SAMPLES)
    noise: float = number(0.01, low=0, high=1, help="Standard deviation of what is measured, in metres.")
    seed: int = integer(0, high=LARGEST_SEED, help=SEED)

    @property
    def shape(self) -> Shape:
        return (len(_RANGES),)

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(_RANGES)

    @property
    def sizes(self) -> tuple[int, int]:
        return (self.samples, 0)

    def load(self) -> Loaded:
        rng = np.random.default_rng(self.seed)
        low, high = np.array(list(_RANGES.values())).T
        measured = rng.uniform(low, high, (self.samples, len(_RANGES)))
        distances = distance(*measured.T) + rng.normal(0, self.noise, self.samples)
        return Loaded(Samples(measured.astype(np.float32), distances.astype(np.float32)[:, None]))


def distance(time: np.ndarray, stiffness: np.ndarray, damping: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """The solution of m x″ + c x′ + k x = 0 with x(0) = 1 and x′(0) = 0, where c² < 4 k m."""
    decay = damping / (2 * mass)
    pace = np.sqrt(stiffness / mass - decay**2)
    return np.exp(-decay * time) * (np.cos(pace * time) + decay / pace * np.sin(pace * time))
