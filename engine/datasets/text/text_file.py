"""A text of one's own, from which a network learns what comes next."""

from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np

from engine.datasets.dataset import Loaded
from engine.datasets.files import FromFile
from engine.datasets.links import strays, strays_in
from engine.datasets.text.reading import looks_like_text, text_of
from engine.datasets.text.vocabulary import MOST_TOKENS, Counted, Vocabulary, counted_before_the_end, vocabulary_of
from engine.datasets.text.windows import NextToken, Windows
from engine.errors import DataError
from engine.spec import choice, flag, integer, records

FOREIGN = frozenset({".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".loom", ".svg", ".xml", ".html"})
"""Endings of texts that are written for machines."""
USUAL = 2000


class TextFile(NextToken, FromFile, frozen=True):  # pyright: ignore[reportIncompatibleVariableOverride]
    """A text, or a folder of texts, in windows: after each character, word or byte pair the next one is asked for.

    The first nine tenths of the text are trained on. Of the windows of the last tenth every other is for validation,
    and those between are for the test.
    """

    title = "Text"
    order = 90
    suffixes: ClassVar[tuple[str, ...]] = (".txt", ".md", ".text", ".rst")

    tokens: str = choice(
        "characters",
        "words",
        "byte pairs",
        help="What the text is divided into. Byte pairs are pieces of words, as large language models read them.",
    )
    vocabulary_size: int = integer(
        USUAL, low=2, high=MOST_TOKENS, help="At most so many different tokens; rarer ones are unknown."
    )
    minimum_count: int = integer(
        1, low=1, help="How often a character or word must be there to be known.", advanced=True
    )
    lower_case: bool = flag(False, help="Reads capital letters as small ones.", advanced=True)
    steps: int = integer(64, low=2, high=4096, help="Tokens of a window: how far back the network can look.")
    windows: int = integer(
        12_000, low=10, high=1_000_000, help="Windows to train on, drawn from everywhere in the text; one epoch."
    )
    seed: int = integer(0, high=2**31 - 1, help="Number that decides which windows are drawn.")
    counts: tuple[Counted, ...] = records(Counted, help="What the text was found to be made of.")

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        texts = _files(path)
        if not texts:
            return None
        return cls(path=str(path)).refreshed()

    @property
    def is_stale(self) -> bool:
        suits = self.counts and self.counts[0].suits(self.tokens, lower_case=self.lower_case, size=self.vocabulary_size)
        return self.is_here() and not suits

    def refreshed(self) -> Self:
        tokens: Any = self.tokens
        text = self._text()
        if not text.strip():
            raise DataError(f"{Path(self.path).name} is empty.", fix="Choose a file with a text in it.")
        found = counted_before_the_end(text, tokens, lower_case=self.lower_case, size=self.vocabulary_size)
        return msgspec.structs.replace(self, counts=(found,))

    @property
    def vocabulary(self) -> Vocabulary:
        if not self.counts:
            return Vocabulary("characters", False, (), ())
        return vocabulary_of(self.counts[0], self.vocabulary_size, self.minimum_count)

    @property
    def sizes(self) -> tuple[int, int]:
        return super().sizes if self.counts else (0, 0)

    @property
    def lacks(self) -> str:
        if words := super().lacks:
            return words
        if self.is_stale:
            return f"The {self.tokens} of the text have not been counted yet."
        if self.counts and not self.division.fit:
            return (
                f"The text has {self.counts[0].total:,} {self.tokens}, too few for windows of {self.steps:,}: "
                f"it takes {self.steps * 22:,}."
            )
        return ""

    def load(self) -> Loaded:
        """Raises `DataError` where the text is not here, or is not what it was when it was opened."""
        if self.lacks:
            self.file()
            raise DataError(self.lacks, fix="Choose a longer text or fewer steps, or open it again.")
        numbers = self.vocabulary.numbers(self._text())
        if len(numbers) != self.counts[0].total:
            raise DataError(f"{Path(self.path).name} has changed since it was opened.", fix="Open it again.")
        is_small = len(self.vocabulary) <= 256
        windows = self.division.of(numbers.astype(np.uint8 if is_small else np.float32))
        return msgspec.structs.replace(windows, skipped=strays_in(self.file()))

    @property
    def division(self) -> Windows:
        return Windows(max(0, self.counts[0].total) if self.counts else 0, self.steps, self.windows, self.seed)

    def _text(self) -> str:
        return "\n".join(map(text_of, _files(self.file())))


def _may_be_text(file: Path) -> bool:
    return file.suffix.lower() in TextFile.suffixes and (file.is_file() or file.is_symlink())


def _files(path: Path) -> list[Path]:
    """The texts in a folder, or the file itself; none where it holds something else as well."""
    if path.is_dir():
        found = sorted(file for file in path.iterdir() if not file.name.startswith("."))
        are_texts = all(_may_be_text(file) for file in found)
        return [file for file in found if not strays(file, path)] if are_texts else []
    is_named = path.suffix.lower() in TextFile.suffixes
    return [path] if is_named or (path.suffix.lower() not in FOREIGN and looks_like_text(path)) else []
