"""Data sets of Hugging Face: from the Hub by their name, or from a folder that their package has saved."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import msgspec
import numpy as np

from engine.datasets import hub
from engine.datasets.arrays.stored import check_room
from engine.datasets.dataset import Asked, Feature, Layout, Loaded, Normalization, Samples, Skipped
from engine.datasets.files import FromFile
from engine.datasets.hub import HubColumn, Parts
from engine.datasets.images.pictures import Colour, Decoding, UnreadableError, pixels_of
from engine.datasets.text.rows import LABEL_NAMES, TEXT_NAMES
from engine.datasets.text.vocabulary import (
    MOST_TOKENS,
    Counted,
    Vocabulary,
    byte_pairs,
    counted,
    counted_within,
    vocabulary_of,
)
from engine.datasets.text.whole import MOST_STEPS, asked_of, likely_steps, samples_of
from engine.errors import DataError
from engine.losses import Task
from engine.spec import Pair, Shape, choice, flag, integer, names, pair, records, text

Given = Literal["image", "text", "table", "nothing"]
MOST_SKIPPED = 1000
"""Rows that are told one by one."""
LARGEST_KEPT = 128
"""Images of one size, up to this, keep it."""
USUAL_SIZE = 64
UNSEEN = "The data set has not been looked through yet."
USUAL_PARTS = ("", "train", "test", "validation")
"""Others take their place where there are none such; one of another name was typed for this data set."""


class HuggingFace(FromFile, frozen=True):
    """A data set of Hugging Face, by its name on the Hub or from a folder: images, texts or numbers with a label.

    It takes the package “datasets”. What is chosen as input decides what a sample is: an image, a text as the numbers
    of its tokens, or a row of numbers and categories.
    """

    title = "Hugging Face"
    order = 5
    source = "The Hugging Face Hub, or a folder; its licence is that of the data set"
    suffixes: ClassVar[tuple[str, ...]] = ()
    finds = ("path", "rows", "test_rows", "found_as")

    name: str = text("", help="The data set on the Hub, such as stanfordnlp/imdb; empty: a folder.", longest=200)
    config: str = text("", help="Which of its configurations, where it has several.", longest=200)
    train_split: str = text("train", help="The part that is trained on.", longest=200)
    test_split: str = text("", help="The part for the test; empty: a share of the other.", longest=200)
    inputs: tuple[str, ...] = names(help="The columns that are given: one of images, one of texts, or several others.")
    target: str = text("", help="The column that is asked for.", longest=1000)
    size: Pair = pair(USUAL_SIZE, low=1, high=4096, help="Height and width that images are brought to, in pixels.")
    colour: Colour = choice("colour", "grey", help="Whether images keep their colours (3 channels) or are grey (1).")
    tokens: str = choice("words", "characters", "byte pairs", help="What texts are divided into.", advanced=True)
    vocabulary_size: int = integer(
        5000, low=2, high=MOST_TOKENS, help="At most so many different tokens; rarer ones are unknown.", advanced=True
    )
    minimum_count: int = integer(
        2, low=1, help="How often a word or character must be there to be known.", advanced=True
    )
    lower_case: bool = flag(True, help="Reads capital letters as small ones.", advanced=True)
    steps: int = integer(64, low=1, high=MOST_STEPS, help="Tokens of each text: longer ones are cut, others padded.")
    columns: tuple[HubColumn, ...] = records(HubColumn, help="The columns that were found.")
    counts: tuple[Counted, ...] = records(Counted, help="What the texts were found to be made of.")
    rows: int = integer(0, high=2**53, help="Samples for training that were found.", advanced=True)
    test_rows: int = integer(0, high=2**53, help="Samples for the test that were found.", advanced=True)
    found_as: str = text("", help="Stands for the settings under which all this was found.", longest=64, advanced=True)

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        return cls(path=str(path)).refreshed() if path.is_dir() and hub.is_saved(path) else None

    def found(self) -> Path | None:
        # What comes from the Hub lies where the package keeps it.
        return Path(self.name) if self.name and not self.path else super().found()

    @property
    def offers(self) -> Mapping[str, tuple[str, ...]]:
        return dict.fromkeys(("inputs", "target"), tuple(column.name for column in self.columns))

    def is_here(self) -> bool:
        return super().is_here() if self.path else bool(self.name and self.rows)

    @property
    def is_stale(self) -> bool:
        return bool(self.path or self.name) and self.found_as != self._as_asked()

    @property
    def lacks(self) -> str:
        if not self.path and not self.name:
            return "No data set is named yet, such as stanfordnlp/imdb." if hub.is_installed() else hub.LACKING
        if not hub.is_installed():
            return hub.LACKING
        if self.path and (words := super().lacks):
            return words
        return UNSEEN if self.is_stale else self._lacks_choice()

    def _lacks_choice(self) -> str:
        if self._given == "nothing":
            return "The inputs must be one column of images, one of texts, or columns of numbers and categories."
        target = self._target
        if target is None or target.kind not in ("number", "category"):
            return "No column is chosen to be predicted, or none of numbers or categories."
        if self.target in self.inputs:
            return f"“{self.target}” cannot be both given and asked for."
        if self.task == "classification" and len(target.categories) < 2:
            return f"“{self.target}” has only one value: there is nothing to tell apart."
        return ""

    # What was found out

    @property
    def _given(self) -> Given:
        kinds = [column.kind for name in self.inputs if (column := self._column(name))]
        if not kinds or len(kinds) != len(self.inputs):
            return "nothing"
        if kinds == ["image"]:
            return "image"
        # A column of few different texts alone is read, not numbered.
        if kinds == ["text"] or (len(kinds) == 1 and self.inputs[0].lower() in TEXT_NAMES):
            return "text"
        return "table" if {*kinds} <= {"number", "category"} else "nothing"

    def _column(self, name: str) -> HubColumn | None:
        return next((column for column in self.columns if column.name == name), None)

    @property
    def _given_columns(self) -> list[HubColumn]:
        return [column for name in self.inputs if (column := self._column(name))]

    @property
    def _target(self) -> HubColumn | None:
        return self._column(self.target)

    @property
    def _decoding(self) -> Decoding:
        height, width = self.size if isinstance(self.size, tuple) else (self.size, self.size)
        return Decoding(height, width, self.colour)

    @property
    def shape(self) -> Shape:
        if self._given == "image":
            return self._decoding.shape
        return (self.steps,) if self._given == "text" else (max(1, len(self.inputs)),)

    @property
    def task(self) -> Task:  # pyright: ignore[reportIncompatibleVariableOverride]
        target = self._target
        return "regression" if target and target.kind == "number" and not target.categories else "classification"

    @property
    def classes(self) -> tuple[str, ...]:
        return self._target.categories if self._target and self.task == "classification" else ()

    @property
    def features(self) -> tuple[str, ...]:
        return self.inputs if self._given == "table" else ()

    @property
    def layout(self) -> Layout:
        if self._given != "table":
            return Layout(self.shape)
        columns = self._given_columns
        return Layout(
            self.shape,
            tuple(Feature(column.name, column.categories if column.kind == "category" else ()) for column in columns),
        )

    @property
    def normalization(self) -> Normalization:  # pyright: ignore[reportIncompatibleVariableOverride]
        if self._given == "image":
            return "unit"
        return "standard" if self._given == "table" else "none"

    @property
    def largest(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        if self._given == "image":
            return 255.0
        return max(1.0, len(self.vocabulary) - 1.0) if self._given == "text" else 1.0

    @property
    def of_tokens(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._given == "text"

    @property
    def sizes(self) -> tuple[int, int]:
        return (self.rows, self.test_rows)

    @property
    def vocabulary(self) -> Vocabulary:
        """The tokens of texts by their numbers."""
        none = Counted("words", True, 0, 0, ())
        counts = self.counts[0] if self.counts else none
        return vocabulary_of(counts, self.vocabulary_size, self.minimum_count, padded=True)

    def words_of(self, sample: np.ndarray) -> str:
        return self.vocabulary.text(sample) if self._given == "text" else ""

    def asked(self, words: str) -> Asked | None:
        """Of texts a text, or a file that holds one. Raises `DataError`."""
        return asked_of(words, self.vocabulary, self.steps) if self._given == "text" else None

    # Finding out

    def refreshed(self) -> Self:
        parts = self._parts()
        for name in (self.train_split, self.test_split):
            if name not in (*USUAL_PARTS, *parts):
                raise DataError(f"{self.called} has no part “{name}”.", expected=f"It has {', '.join(parts)}.")
        train = self.train_split if self.train_split in parts else next(iter(parts))
        columns = hub.columns_of(parts[train])
        inputs, target = _proposed(columns, self.inputs, self.target)
        chosen = msgspec.structs.replace(self, train_split=train, columns=columns, inputs=inputs, target=target)
        if chosen._lacks_choice():
            return msgspec.structs.replace(chosen, found_as=chosen._as_asked())
        chosen = chosen._with_test(parts)._with_samples(parts[train])
        return msgspec.structs.replace(chosen, found_as=chosen._as_asked())

    def _with_test(self, parts: Parts) -> Self:
        """With the rows counted whose target is known, and a part for the test in which there are some."""
        wanted = [self.test_split] if self.test_split else ["test", "validation"]
        counted_rows = {name: len(self._known(parts[name])[0]) for name in (self.train_split, *wanted) if name in parts}
        test = next((name for name in wanted if counted_rows.get(name) and name != self.train_split), "")
        rows = counted_rows[self.train_split]
        return msgspec.structs.replace(self, test_split=test, rows=rows, test_rows=counted_rows.get(test, 0))

    def _with_samples(self, part: Any) -> Self:
        """With what the texts are made of, and how long or large samples are best where that is asked for first."""
        is_new = not self.found_as
        if self._given == "text":
            return self._with_tokens(_texts(part, self.inputs[0]), propose=is_new)
        if self._given == "image" and is_new:
            size, colour = _likely_size(list(self._stored(part.select(range(min(100, part.num_rows))))))
            return msgspec.structs.replace(self, size=size, colour=colour)
        return self

    def _with_tokens(self, texts: Sequence[str], *, propose: bool) -> Self:
        tokens: Any = self.tokens
        found = counted(texts, tokens, lower_case=self.lower_case, size=self.vocabulary_size)
        whole = msgspec.structs.replace(self, counts=(found,))
        if not propose or not texts:
            return whole
        return msgspec.structs.replace(whole, steps=likely_steps(texts, whole.vocabulary))

    def _as_asked(self) -> str:
        """A few letters that stand for all settings on which depends what is found out."""
        parts = (self.path, self.name, self.config, self.train_split, self.test_split, self.inputs, self.target)
        whole = repr((*parts, self.tokens, self.lower_case, byte_pairs(self.tokens, self.vocabulary_size)))
        return sha256(whole.encode("utf-8", "replace")).hexdigest()[:16]

    # Reading

    def load(self) -> Loaded:
        """Raises `DataError` where the package is not installed, or the data set cannot be read."""
        if self.lacks:
            fix = hub.HOW if self.lacks == hub.LACKING else "Choose another data set, or other columns of it."
            if self.lacks == UNSEEN:
                fix = "Open the project in the window, which does that, and save it."
            raise DataError(self.lacks, fix=fix)
        parts = self._parts()
        samples, names, skipped = self._samples(parts, self.train_split)
        if not len(samples):
            raise DataError(f"No row of {self.called} can be used.", fix="Choose other columns.")
        if not self.test_split:
            return Loaded(samples, names=names, skipped=skipped)
        test, tested, left_out = self._samples(parts, self.test_split)
        of_test = tuple(f"{self.test_split}: {name}" for name in tested)
        return Loaded(samples, test, names=names + of_test, skipped=skipped + left_out)

    def learned(self, loaded: Loaded, rows: np.ndarray) -> tuple[Self, Loaded]:
        """Of texts with a vocabulary of those that are trained on. Raises `DataError`."""
        if self._given != "text":
            return self, loaded
        texts = [words for words in self._known_texts() if words.strip()]
        if len(texts) != len(loaded.train):
            raise DataError(f"{self.called} has changed since it was opened.", fix="Open it again.")
        found = counted_within(self.counts[0], (texts[row] for row in rows.tolist()))
        if found == self.counts[0]:
            return self, loaded
        own = msgspec.structs.replace(self, counts=(found,))
        again = own.load()
        return own, msgspec.structs.replace(loaded, train=again.train, test=again.test)

    def _known_texts(self) -> list[str]:
        """The texts for training whose target is known."""
        part = self._parts()[self.train_split]
        rows, _ = self._known(part)
        return _texts(part if len(rows) == part.num_rows else part.select(rows), self.inputs[0])

    def _parts(self) -> Parts:
        if self.path:
            return hub.parts_in(self.file())
        return hub.parts_of(self.name, self.config, is_known=self.is_here())

    @property
    def called(self) -> str:
        return super().called or self.name

    def _samples(self, parts: Parts, name: str) -> tuple[Samples, tuple[str, ...], tuple[Skipped, ...]]:
        """Those of a part, what each is called, and what was left out."""
        part = parts.get(name)
        if part is None or not {*self.inputs, self.target} <= {*part.column_names}:
            raise DataError(f"{self.called} has changed since it was opened.", fix="Open it again.")
        rows, targets = self._known(part)
        check_room(f"{self.called} in memory", int(np.prod(self.shape)) * len(rows) * self._bytes_each)
        inputs, faults = self._inputs(part, rows)
        lacking = np.setdiff1d(np.arange(part.num_rows), rows)
        skipped = [Skipped(f"row {row + 1:,}", f"it has no “{self.target}”") for row in lacking[:MOST_SKIPPED]]
        skipped += [Skipped(f"row {rows[place] + 1:,}", why) for place, why in faults.items()]
        good = np.setdiff1d(np.arange(len(rows)), list(faults))
        called = tuple(f"row {row + 1:,}" for row in rows[good])
        return Samples(inputs[good] if faults else inputs, targets[good]), called, tuple(skipped)

    @property
    def _bytes_each(self) -> int:
        return 1 if self._given == "image" else 4

    def _known(self, part: Any) -> tuple[np.ndarray, np.ndarray]:
        """The rows whose target is known, and those targets."""
        target = self._target
        if target is None or self.target not in part.column_names:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        if self.task == "classification":
            # Whole numbers that are classes are written as words too.
            values = hub.numbers(part, msgspec.structs.replace(target, kind="category"))
            rows = np.flatnonzero(~np.isnan(values))
            return rows, values[rows].astype(np.int64)
        values = hub.numbers(part, target)
        rows = np.flatnonzero(np.isfinite(values))
        return rows, values[rows].astype(np.float32)[:, None]

    def _inputs(self, part: Any, rows: np.ndarray) -> tuple[np.ndarray, dict[int, str]]:
        """The inputs of these rows, and why some of them, by their places, cannot be used."""
        chosen = part if len(rows) == part.num_rows else part.select(rows)
        if self._given == "image":
            return self._pixels(chosen, len(rows))
        if self._given == "text":
            texts = _texts(chosen, self.inputs[0])
            faults = {place: "it has no text" for place, words in enumerate(texts) if not words.strip()}
            return samples_of(texts, self.vocabulary, self.steps), faults
        matrix = np.stack([hub.numbers(chosen, column) for column in self._given_columns], axis=1)
        return matrix.astype(np.float32), {}

    def _pixels(self, part: Any, count: int) -> tuple[np.ndarray, dict[int, str]]:
        found = np.zeros((count, *self.shape), np.uint8)
        faults: dict[int, str] = {}
        for place, stored in enumerate(self._stored(part)):
            if stored is None:
                faults[place] = "it has no image"
                continue
            try:
                found[place], _ = pixels_of(stored, self._decoding)
            except UnreadableError as fault:
                faults[place] = str(fault)
        return found, faults

    def _stored(self, part: Any) -> Iterator[BytesIO | Path | None]:
        # A folder of someone else may name any file of this machine.
        for found in hub.images(part, self.inputs[0], may_name_files=not self.path):
            yield BytesIO(found) if isinstance(found, bytes) else found


def _texts(part: Any, name: str) -> list[str]:
    return ["" if words is None else str(words) for words in hub.cells(part, name).to_pylist()]


def _proposed(columns: Sequence[HubColumn], inputs: Sequence[str], target: str) -> tuple[tuple[str, ...], str]:
    """The columns that are given and the one that is asked for: those chosen while they are there, else likely ones."""
    there = {column.name: column for column in columns}
    if target not in there:
        target = _likely_target(columns)
    if inputs and {*inputs} <= {*there} and target not in inputs:
        return tuple(inputs), target
    others = [column for column in columns if column.name != target]
    images = [column.name for column in others if column.kind == "image"]
    texts = [column.name for column in others if column.kind == "text" or column.name.lower() in TEXT_NAMES]
    if images or texts:
        likely = images or sorted(texts, key=lambda name: name.lower() not in TEXT_NAMES)
        return (likely[0],), target
    return tuple(column.name for column in others if column.kind in ("number", "category")), target


def _likely_target(columns: Sequence[HubColumn]) -> str:
    fits = [column for column in columns if column.kind in ("number", "category")]
    likely = sorted(
        enumerate(fits),
        key=lambda item: (
            item[1].name.lower() not in LABEL_NAMES,
            not item[1].is_numbered,
            item[1].kind != "category",
            not item[1].categories,
            -item[0],
        ),
    )
    return likely[0][1].name if likely else ""


def _likely_size(stored: Sequence[BytesIO | Path | None]) -> tuple[tuple[int, int], Colour]:
    """Height and width that suit these images, and whether they have colours."""
    from engine.datasets.images.pictures import opened_picture

    sizes: set[tuple[int, int]] = set()
    grey = True
    for one in stored:
        try:
            with opened_picture(one or BytesIO()) as image:
                sizes.add((image.height, image.width))
                grey = grey and image.mode in ("1", "L", "I", "I;16")
        except UnreadableError:
            continue
    only = next(iter(sizes)) if len(sizes) == 1 else (USUAL_SIZE, USUAL_SIZE)
    size = only if max(only) <= LARGEST_KEPT else (USUAL_SIZE, USUAL_SIZE)
    return size, "grey" if grey and sizes else "colour"
