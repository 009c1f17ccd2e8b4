"""Texts of one's own with a label each: what a network sorts by what is written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec
import numpy as np

from engine.datasets.dataset import Asked, Loaded, Samples, Skipped
from engine.datasets.files import FromFile
from engine.datasets.tables.listed import list_among
from engine.datasets.text.rows import (
    COLUMNS,
    JSON_LINES,
    MOST_LABELS,
    Row,
    class_folders,
    layout_of,
    only_class,
    rows_in_folder,
    rows_of,
)
from engine.datasets.text.vocabulary import MOST_TOKENS, Counted, Vocabulary, counted, counted_within, vocabulary_of
from engine.datasets.text.whole import MOST_STEPS, asked_of, likely_steps, samples_of
from engine.errors import DataError
from engine.spec import Shape, choice, flag, integer, records, text

USUAL = 5000
SPLIT = ("train", "test")


class LabelCount(msgspec.Struct, frozen=True, array_like=True):
    """A label, and how many texts for training and for the test have it."""

    name: str
    train: int
    test: int = 0


class LabelledTexts(FromFile, frozen=True):
    """Texts to be told apart: columns of text and label, lines of JSON, or a folder with a folder of texts per class.

    Each text becomes the numbers of its tokens, padded or cut to one length: 0 stands for padding, 1 for a token that
    is not known. An Embedding layer makes vectors of them.
    """

    title = "Labelled texts"
    order = 50
    of_tokens = True
    suffixes: ClassVar[tuple[str, ...]] = (*COLUMNS, *JSON_LINES)

    text_column: str = text("", help="The column of the texts.", longest=1000)
    label_column: str = text("", help="The column of the labels.", longest=1000)
    tokens: str = choice(
        "words",
        "characters",
        "byte pairs",
        help="What a text is divided into. Byte pairs are pieces of words, as large language models read them.",
    )
    vocabulary_size: int = integer(
        USUAL, low=2, high=MOST_TOKENS, help="At most so many different tokens; rarer ones are unknown."
    )
    minimum_count: int = integer(2, low=1, help="How often a word or character must be there to be known.")
    lower_case: bool = flag(True, help="Reads capital letters as small ones.")
    steps: int = integer(64, low=1, high=MOST_STEPS, help="Tokens of each text: longer ones are cut, others padded.")
    counts: tuple[Counted, ...] = records(Counted, help="What the texts were found to be made of.")
    labels: tuple[LabelCount, ...] = records(LabelCount, help="The labels, and how many texts have each.")

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        if path.is_dir():
            _refuse_one_class(path)
            return cls(path=str(path))._counted(propose=True) if _folders(path) else None
        if path.suffix.lower() not in cls.suffixes:
            return None
        layout = layout_of(path)
        if not layout.label:
            return None
        return cls(path=str(path), text_column=layout.text, label_column=layout.label)._counted(propose=True)

    @property
    def is_stale(self) -> bool:
        suits = self.counts and self.counts[0].suits(self.tokens, lower_case=self.lower_case, size=self.vocabulary_size)
        return self.is_here() and not suits

    @property
    def idle(self) -> tuple[str, ...]:
        """The columns, where each text is a file of its own."""
        found = self.found()
        return ("text_column", "label_column") if found is not None and found.is_dir() else ()

    def refreshed(self) -> Self:
        return self._counted(propose=False)

    def _counted(self, *, propose: bool) -> Self:
        """With its labels and tokens counted, and a number of steps that suits them where one is to be proposed."""
        train, test = self._rows(), self._rows(test=True)
        tokens: Any = self.tokens
        texts = [row.text for row in train if isinstance(row, Row)]
        found = counted(texts, tokens, lower_case=self.lower_case, size=self.vocabulary_size)
        whole = msgspec.structs.replace(self, counts=(found,), labels=_labels(train, test))
        if len(whole.labels) > MOST_LABELS:
            raise DataError(
                f"{Path(self.path).name} holds {len(whole.labels):,} different labels.",
                expected=f"At most {MOST_LABELS:,} classes can be told apart.",
                fix="Choose another column for the labels.",
            )
        return msgspec.structs.replace(whole, steps=likely_steps(texts, whole.vocabulary)) if propose else whole

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens by their numbers."""
        return vocabulary_of(
            self.counts[0] if self.counts else Counted("words", True, 0, 0, ()),
            self.vocabulary_size,
            self.minimum_count,
            padded=True,
        )

    @property
    def shape(self) -> Shape:
        return (self.steps,)

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(label.name for label in self.labels)

    @property
    def largest(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        return max(1.0, len(self.vocabulary) - 1.0)

    @property
    def sizes(self) -> tuple[int, int]:
        return (sum(label.train for label in self.labels), sum(label.test for label in self.labels))

    @property
    def lacks(self) -> str:
        if words := super().lacks:
            return words
        if self.is_stale:
            return f"The {self.tokens} of the texts have not been counted yet."
        if len(self.labels) < 2:
            return "The texts have only one label: there is nothing to tell apart."
        return ""

    def words_of(self, sample: np.ndarray) -> str:
        return self.vocabulary.text(sample)

    def asked(self, words: str) -> Asked | None:
        """A text, or a file that holds one. Raises `DataError`."""
        return asked_of(words, self.vocabulary, self.steps)

    def load(self) -> Loaded:
        """Raises `DataError` where the texts are not here, or have changed since they were opened."""
        return self._loaded(as_numbers=True)

    def load_to_learn(self) -> Loaded:
        return self._loaded(as_numbers=False)

    def _loaded(self, *, as_numbers: bool) -> Loaded:
        if self.lacks:
            self.file()
            raise DataError(self.lacks, fix="Choose other texts, or open them again.")
        train, test = self._rows(), self._rows(test=True)
        names = (
            *(row.place for row in train if isinstance(row, Row)),
            *(f"{SPLIT[1]}/{row.place}" for row in test if isinstance(row, Row)),
        )
        note = f"The vocabulary has {len(self.vocabulary):,} tokens: an Embedding layer needs as many.{self._lists()}"
        skipped = tuple(row for row in (*train, *test) if isinstance(row, Skipped))
        parts = (self._samples(part, as_numbers=as_numbers) for part in (train, test))
        return Loaded(next(parts), next(parts) if test else None, note=note, names=names, skipped=skipped)

    def _lists(self) -> str:
        """What must be said where the labels look like lists of several; empty: they do not."""
        listing = list_among(self.classes, sum(self.sizes))
        if not listing:
            return ""
        return f" Labels such as “{listing}” seem to list several; of texts each such list is a class of its own."

    def learned(self, loaded: Loaded, rows: np.ndarray) -> tuple[Self, Loaded]:
        """With a vocabulary of the texts that are trained on. Raises `DataError` where they have changed."""
        train, test = self._rows(), self._rows(test=True)
        texts = [row.text for row in train if isinstance(row, Row)]
        if len(texts) != len(loaded.train):
            raise DataError(f"{Path(self.path).name} has changed since it was opened.", fix="Open it again.")
        found = counted_within(self.counts[0], (texts[row] for row in rows.tolist()))
        own = msgspec.structs.replace(self, counts=(found,))
        own_test = own._samples(test) if test else None
        return own, msgspec.structs.replace(loaded, train=own._samples(train), test=own_test)

    def _samples(self, rows: list[Row | Skipped], *, as_numbers: bool = True) -> Samples:
        """Those of these rows; their tokens are all missing (0) where they are not wanted as numbers yet."""
        kept = [row for row in rows if isinstance(row, Row)]
        places = {name: number for number, name in enumerate(self.classes)}
        for row in kept:
            if row.label not in places:
                raise DataError(
                    f"{Path(self.path).name} has changed since it was opened: {row.place} has the new label "
                    f"“{row.label[:60]}”.",
                    fix="Open it again.",
                )
        inputs = np.zeros((len(kept), self.steps), np.float32)
        if as_numbers:
            inputs = samples_of([row.text for row in kept], self.vocabulary, self.steps)
        return Samples(inputs, np.array([places[row.label] for row in kept], np.int64))

    def _rows(self, *, test: bool = False) -> list[Row | Skipped]:
        """All rows of a part. Raises `DataError` where there is none for training."""
        path = self.file()
        found = list(self._part(path, test=test))
        if not test and not any(isinstance(row, Row) for row in found):
            raise DataError(f"{path.name} holds no text with a label.", fix="Choose other columns, or another file.")
        return found

    def _part(self, path: Path, *, test: bool) -> Iterator[Row | Skipped]:
        if path.is_dir():
            folders = _folders(path)
            return rows_in_folder(folders[test]) if len(folders) > test else iter(())
        return iter(()) if test else rows_of(path, self.text_column, self.label_column)


def _refuse_one_class(path: Path) -> None:
    if name := only_class(path):
        raise DataError(
            f"{path.name} holds texts of one class only ({name}).",
            expected="To tell classes apart, there must be at least two, each in a folder of its own.",
            fix="Add a folder with texts of another class, or choose the folder above.",
        )


def _folders(path: Path) -> list[Path]:
    """The folders whose folders are classes: that for training and, if there is one, that for the test."""
    if all((path / part).is_dir() for part in SPLIT):
        parts = [path / part for part in SPLIT]
        return parts if all(map(class_folders, parts)) else []
    return [path] if class_folders(path) else []


def _labels(train: list[Row | Skipped], test: list[Row | Skipped]) -> tuple[LabelCount, ...]:
    counts: dict[str, list[int]] = {}
    for part, rows in enumerate((train, test)):
        for row in rows:
            if isinstance(row, Row):
                counts.setdefault(row.label, [0, 0])[part] += 1
    return tuple(LabelCount(name, *found) for name, found in sorted(counts.items(), key=_by_size))


def _by_size(item: tuple[str, list[int]]) -> tuple[bool, int, str]:
    name = item[0]
    return (not name.isdecimal(), int(name) if name.isascii() and name.isdecimal() else 0, name)
