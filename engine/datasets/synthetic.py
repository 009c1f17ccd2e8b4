"""Points made by a rule: they show what a network can and cannot learn. The same settings give the same points."""

import numpy as np
from numpy.typing import ArrayLike

from engine.datasets.dataset import Dataset, Loaded, Samples
from engine.spec import Shape, integer, number

GROUP = "Made by a rule"
SOURCE = "Made when it is needed, from a rule and a seed"

SAMPLES = "Number of points, shared evenly among the classes."
SEED = "Number that decides which points are drawn."
LARGEST_SEED = 2**31 - 1

YES_OR_NO = ("0", "1")


class _Plane:
    """What all points in the plane answer alike."""

    @property
    def shape(self) -> Shape:
        return (2,)

    @property
    def features(self) -> tuple[str, ...]:
        return ("x1", "x2")


class _Cloud(_Plane):
    """What all clouds of them answer alike."""

    samples: int

    @property
    def sizes(self) -> tuple[int, int]:
        return (self.samples, 0)


class XorPoints(_Plane, Dataset, frozen=True):
    """The four points of exclusive or: true where exactly one of the two inputs is. No single line divides them."""

    title = "XOR (four points)"
    group = GROUP
    source = "M. Minsky and S. Papert, Perceptrons, 1969"

    @property
    def classes(self) -> tuple[str, ...]:
        return YES_OR_NO

    @property
    def sizes(self) -> tuple[int, int]:
        return (4, 0)

    def load(self) -> Loaded:
        inputs = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
        return Loaded(Samples(inputs, np.array([0, 1, 1, 0], np.int64)))


class XorCloud(_Cloud, Dataset, frozen=True):
    """Exclusive or with noise: a cloud of points around each of the four corners."""

    title = "XOR (noisy cloud)"
    group = GROUP
    source = SOURCE
    normalization = "standard"

    samples: int = integer(400, low=4, high=100_000, help=SAMPLES)
    noise: float = number(0.15, low=0, high=2, help="Standard deviation around each corner; corners are 1 apart.")
    seed: int = integer(0, high=LARGEST_SEED, help=SEED)

    @property
    def classes(self) -> tuple[str, ...]:
        return YES_OR_NO

    def load(self) -> Loaded:
        rng = np.random.default_rng(self.seed)
        corner = rng.permutation(np.arange(self.samples) % 4)
        first, second = corner // 2, corner % 2
        inputs = np.stack([first, second], axis=1) + rng.normal(0, self.noise, (self.samples, 2))
        return _points(inputs, first ^ second)


class Circles(_Cloud, Dataset, frozen=True):
    """A ring around a ring: no line divides them, but one hidden layer bends the plane until one does."""

    group = GROUP
    source = SOURCE
    normalization = "standard"

    samples: int = integer(400, low=4, high=100_000, help=SAMPLES)
    noise: float = number(0.08, low=0, high=2, help="Standard deviation around each ring; the outer has radius 1.")
    inner_radius: float = number(0.5, low=0.01, high=0.99, help="Radius of the inner ring.")
    seed: int = integer(0, high=LARGEST_SEED, help=SEED)

    @property
    def classes(self) -> tuple[str, ...]:
        return ("outer", "inner")

    def load(self) -> Loaded:
        from sklearn.datasets import make_circles

        inputs, labels = make_circles(self.samples, noise=self.noise, factor=self.inner_radius, random_state=self.seed)
        return _points(inputs, labels)


class Moons(_Cloud, Dataset, frozen=True):
    """Two half moons that reach into each other."""

    group = GROUP
    source = SOURCE
    normalization = "standard"

    samples: int = integer(400, low=4, high=100_000, help=SAMPLES)
    noise: float = number(0.15, low=0, high=2, help="Standard deviation around each moon, which has radius 1.")
    seed: int = integer(0, high=LARGEST_SEED, help=SEED)

    @property
    def classes(self) -> tuple[str, ...]:
        return ("upper", "lower")

    def load(self) -> Loaded:
        from sklearn.datasets import make_moons

        return _points(*make_moons(self.samples, noise=self.noise, random_state=self.seed))


class Spirals(_Cloud, Dataset, frozen=True):
    """Spiral arms wound around each other: the hardest of the plane puzzles."""

    group = GROUP
    source = SOURCE
    normalization = "standard"

    samples: int = integer(600, low=4, high=100_000, help=SAMPLES)
    arms: int = integer(2, low=2, high=10, help="Number of spiral arms; each is a class.")
    turns: float = number(1.25, low=0.1, high=5, help="How often each arm winds around the middle.")
    noise: float = number(0.02, low=0, high=1, help="Standard deviation around each arm, which reaches out to 1.")
    seed: int = integer(0, high=LARGEST_SEED, help=SEED)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(f"arm {number}" for number in range(1, self.arms + 1))

    def load(self) -> Loaded:
        rng = np.random.default_rng(self.seed)
        arm = rng.permutation(np.arange(self.samples) % self.arms)
        # The root spreads the points evenly along the arm; the middle, where the arms meet, stays empty.
        radius = np.sqrt(rng.uniform(0.01, 1, self.samples))
        angle = 2 * np.pi * (self.turns * radius + arm / self.arms)
        inputs = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return _points(inputs + rng.normal(0, self.noise, inputs.shape), arm)


class Blobs(_Cloud, Dataset, frozen=True):
    """Round clouds of points, each a class: the easiest puzzle, which one linear layer solves."""

    group = GROUP
    source = SOURCE
    normalization = "standard"

    samples: int = integer(400, low=4, high=100_000, help=SAMPLES)
    centers: int = integer(3, low=2, high=20, help="Number of clouds; each is a class.")
    noise: float = number(1, low=0, high=20, help="Standard deviation of each cloud; the middles lie in −10 … 10.")
    seed: int = integer(0, high=LARGEST_SEED, help=SEED)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(f"cloud {number}" for number in range(1, self.centers + 1))

    def load(self) -> Loaded:
        from sklearn.datasets import make_blobs

        made = make_blobs(self.samples, centers=self.centers, cluster_std=self.noise, random_state=self.seed)
        return _points(made[0], made[1])


class RandomClasses(Dataset, frozen=True):
    """Random features in classes: every class has a random middle, and its samples scatter widely around it."""

    title = "Random classes"
    group = GROUP
    source = SOURCE

    samples: int = integer(2000, low=4, high=100_000, help=SAMPLES)
    feature_count: int = integer(100, low=1, high=4096, help="Number of features of a sample.")
    class_count: int = integer(10, low=2, high=1000, help="Number of classes.")
    noise: float = number(2, low=0, high=100, help="Standard deviation around a middle, which itself has deviation 1.")
    seed: int = integer(0, high=LARGEST_SEED, help=SEED)

    @property
    def shape(self) -> Shape:
        return (self.feature_count,)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(str(number) for number in range(self.class_count))

    @property
    def features(self) -> tuple[str, ...]:
        return tuple(f"x{number}" for number in range(1, self.feature_count + 1))

    @property
    def sizes(self) -> tuple[int, int]:
        return (self.samples, 0)

    def load(self) -> Loaded:
        rng = np.random.default_rng(self.seed)
        middles = rng.standard_normal((self.class_count, self.feature_count), np.float32)
        labels = rng.permutation(np.arange(self.samples) % self.class_count)
        scatter = rng.standard_normal((self.samples, self.feature_count), np.float32)
        return _points(middles[labels] + np.float32(self.noise) * scatter, labels)


class TwoPoints(_Plane, Dataset, frozen=True):
    """Two points and the sum of their coordinates as targets: few enough to follow every number by hand."""

    title = "Two points"
    group = GROUP
    source = "Fixed numbers"
    task = "regression"

    @property
    def sizes(self) -> tuple[int, int]:
        return (2, 0)

    def load(self) -> Loaded:
        inputs = np.array([[1, 2], [2, -1]], np.float32)
        return Loaded(Samples(inputs, inputs.sum(axis=1, keepdims=True)))


def _points(inputs: ArrayLike, labels: ArrayLike) -> Loaded:
    return Loaded(Samples(np.asarray(inputs, np.float32), np.asarray(labels, np.int64)))
