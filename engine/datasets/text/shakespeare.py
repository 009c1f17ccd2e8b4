"""Text, character by character: at each step of a window the network is asked for the next character."""

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np

from engine.datasets.catalogue import TINY_SHAKESPEARE
from engine.datasets.dataset import Loaded, Progress
from engine.datasets.downloads import GROUP, absent
from engine.datasets.fetching import RemoteFile, bring
from engine.datasets.text.vocabulary import Vocabulary
from engine.datasets.text.windows import NextToken, Windows
from engine.errors import DataError
from engine.spec import integer


class TinyShakespeare(NextToken, frozen=True):
    """A million characters of Shakespeare, in windows: after each character the next one is asked for.

    The first nine tenths of the text are trained on. Of the windows of the last tenth every other is for validation,
    and those between are for the test.
    """

    title = "Tiny Shakespeare"
    group = GROUP
    source = "A. Karpathy, char-rnn, 2015; the text is in the public domain"
    downloaded = True
    file: ClassVar[RemoteFile] = TINY_SHAKESPEARE
    characters: ClassVar[str] = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    steps: int = integer(64, low=2, high=4096, help="Characters of a window: how far back the network can look.")
    windows: int = integer(
        12_000, low=10, high=1_000_000, help="Windows to train on, drawn from everywhere in the text; one epoch."
    )
    seed: int = integer(0, high=2**31 - 1, help="Number that decides which windows are drawn.")

    @property
    def download_size(self) -> int:
        return self.file.size

    def is_here(self) -> bool:
        return self.file.found() is not None

    def fetch(self) -> Iterator[Progress]:
        yield from bring(self.title, [self.file])

    @property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary("characters", False, (), tuple(self.characters))

    def load(self) -> Loaded:
        """Raises `DataError` where the text is not here or is not the one it should be."""
        path = self.file.found()
        if path is None:
            raise absent(self.title)
        return self.division.of(self._numbers(path))

    @property
    def division(self) -> Windows:
        return Windows(self.file.size, self.steps, self.windows, self.seed)

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
