"""Text, character by character: at each step of a window the network is asked for the next character."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from engine.datasets.dataset import Dataset, Loaded, Progress, Samples
from engine.datasets.downloads import GROUP, absent
from engine.datasets.fetching import RemoteFile, bring
from engine.errors import DataError
from engine.spec import Shape, integer

_NAMES = {"\n": "↵", " ": "␣"}


class TinyShakespeare(Dataset, frozen=True):
    """A million characters of Shakespeare, in windows: after each character the next one is asked for.

    The first nine tenths of the text are trained on. Of the windows of the last tenth every other is for validation,
    and those between are for the test.
    """

    title = "Tiny Shakespeare"
    group = GROUP
    source = "A. Karpathy, char-rnn, 2015; the text is in the public domain"
    largest = 64.0
    downloaded = True
    brings_validation = True
    file: ClassVar[RemoteFile] = RemoteFile(
        "text/tinyshakespeare.txt",
        1_115_394,
        "sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
        ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",),
    )
    characters: ClassVar[str] = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    steps: int = integer(64, low=2, high=4096, help="Characters of a window: how far back the network can look.")
    windows: int = integer(
        12_000, low=10, high=1_000_000, help="Windows to train on, drawn from everywhere in the text; one epoch."
    )
    seed: int = integer(0, high=2**31 - 1, help="Number that decides which windows are drawn.")

    @property
    def shape(self) -> Shape:
        return (self.steps,)

    @property
    def places(self) -> Shape:
        return (self.steps,)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(_NAMES.get(character, character) for character in self.characters)

    @property
    def sizes(self) -> tuple[int, int]:
        return (self.windows, len(self._held_back()) // 2)

    @property
    def download_size(self) -> int:
        return self.file.size

    def is_here(self) -> bool:
        return self.file.found() is not None

    def fetch(self) -> Iterator[Progress]:
        yield from bring(self.title, [self.file])

    def words_of(self, sample: np.ndarray) -> str:
        return "".join(self.characters[int(number)] for number in sample)

    def load(self) -> Loaded:
        """Raises `DataError` where the text is not here or is not the one it should be."""
        path = self.file.found()
        if path is None:
            raise absent(self.title)
        numbers = self._numbers(path)
        views = sliding_window_view(numbers, self.steps + 1)
        drawn = np.random.default_rng(self.seed).integers(0, self._border - self.steps, self.windows)
        held_back = self._held_back()
        return Loaded(
            _windows(views[drawn]), _windows(views[held_back[1::2]]), validation=_windows(views[held_back[::2]])
        )

    @property
    def _border(self) -> int:
        """Where the last tenth of the text begins."""
        return self.file.size * 9 // 10

    def _held_back(self) -> np.ndarray:
        """Where the windows of the last tenth begin, side by side."""
        return np.arange(self._border, self.file.size - self.steps, self.steps)

    def _numbers(self, path: Path) -> np.ndarray:
        known = np.full(256, 255, np.uint8)
        known[np.frombuffer(self.characters.encode("ascii"), np.uint8)] = np.arange(len(self.characters))
        try:
            numbers = known[np.frombuffer(path.read_bytes(), np.uint8)]
        except OSError as fault:
            raise DataError(f"{path} cannot be read: {fault.strerror or fault}.") from None
        if len(numbers) != self.file.size or (numbers == 255).any():
            raise DataError(f"{path} is not the text it should be.", fix="Delete it, then download it again.")
        return numbers


def _windows(found: np.ndarray) -> Samples:
    """What is read, and the character after each."""
    return Samples(np.ascontiguousarray(found[:, :-1]), found[:, 1:].astype(np.int64))
