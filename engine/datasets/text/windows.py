"""Windows of a long text: what is read, and at each step the token that comes next."""

import msgspec
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.datasets.dataset import Asked, Dataset, Loaded, Samples
from engine.datasets.text.beginning import are_numbers, beginning
from engine.datasets.text.vocabulary import Vocabulary, trained_on
from engine.spec import Shape


class Windows(msgspec.Struct, frozen=True):
    """How many tokens there are, how many each window has, how many windows are drawn, and by which seed.

    The first nine tenths are trained on. Of the windows of the last tenth every other is for validation, and those
    between are for the test.
    """

    length: int
    steps: int
    drawn: int
    seed: int

    @property
    def border(self) -> int:
        """Where the last tenth begins."""
        return trained_on(self.length)

    @property
    def test_count(self) -> int:
        """How many windows are for the test."""
        return max(0, -(-(self.length - self.steps - self.border) // self.steps)) // 2

    @property
    def fit(self) -> bool:
        """Whether the text is long enough for windows of each part."""
        return self.border > self.steps and self.test_count > 0

    def of(self, numbers: np.ndarray) -> Loaded:
        """The windows of these tokens, which are ``length`` many."""
        views = sliding_window_view(numbers, self.steps + 1)
        starts = np.random.default_rng(self.seed).integers(0, self.border - self.steps, self.drawn)
        held_back = self._held_back()
        test, validation = held_back[1::2], held_back[::2]
        return Loaded(_asked(views[starts]), _asked(views[test]), _asked(views[validation]))

    def _held_back(self) -> np.ndarray:
        """Where the windows of the last tenth begin, side by side."""
        return np.arange(self.border, self.length - self.steps, self.steps)


class NextToken(Dataset, frozen=True):
    """Base of the texts in windows: after each token the next one is asked for."""

    listed = False
    of_tokens = True
    brings_validation = True

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens by their numbers."""
        raise NotImplementedError

    @property
    def division(self) -> Windows:
        """The windows, and for which part they are."""
        raise NotImplementedError

    @property
    def shape(self) -> Shape:
        return (self.division.steps,)

    @property
    def places(self) -> Shape:
        return self.shape

    @property
    def classes(self) -> tuple[str, ...]:
        return self.vocabulary.names

    @property
    def largest(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        return max(1.0, len(self.vocabulary) - 1.0)

    @property
    def sizes(self) -> tuple[int, int]:
        return (self.division.drawn, self.division.test_count)

    def words_of(self, sample: np.ndarray) -> str:
        return self.vocabulary.text(sample)

    def asked(self, words: str) -> Asked | None:
        """A beginning, or a file that holds one: see `beginning`. Raises `DataError`."""
        return None if are_numbers(words) else beginning(words, self.vocabulary, self.division.steps)


def _asked(found: np.ndarray) -> Samples:
    """What is read, and the token after each."""
    return Samples(np.ascontiguousarray(found[:, :-1]), found[:, 1:].astype(np.int64))
