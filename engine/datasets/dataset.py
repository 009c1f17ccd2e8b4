"""What every dataset promises. A dataset is one class; the list, the form, the preview and the training follow from it.

What a design needs to know (shape, classes, sizes) is answered without reading any samples.
"""

from collections.abc import Generator, Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal, Self, TypeVar

import msgspec
import numpy as np

from engine.datasets.rows import picked
from engine.losses import Task
from engine.spec import Shape, Spec

T = TypeVar("T")

Normalization = Literal["none", "unit", "standard"]

IGNORED = -100
"""In place of a class number: there is no class here. Nothing is learned of such a place, and it is not counted. It is
the number that torch's losses pass over.
"""


class Feature(msgspec.Struct, frozen=True):
    """One input of a table. With ``categories`` its values are places in them; NaN stands for a missing value."""

    name: str
    categories: tuple[str, ...] = ()
    missing: int = 0
    """How many samples are known to lack it."""
    of: str = ""
    """The column that a step made it of; empty: it is one itself."""
    unseen: tuple[str, ...] = ()
    """Those of its categories that no training sample was found to have."""
    dates: str = ""
    """How its dates are written, as in a column of a table; empty: it holds none."""


class Layout(msgspec.Struct, frozen=True):
    """What one sample is: its shape and, for a table, its features, as many as the sample has values."""

    shape: Shape
    features: tuple[Feature, ...] = ()


class Samples(msgspec.Struct, frozen=True):
    """Inputs (N × shape, uint8 or float32) and their targets: class numbers (N × places, int64; int32 where they are
    very many), whether each label applies (N × labels, bool), values (N × target shape, float32) or, of a
    transcription, the numbers of symbols (N × longest, int64), filled up with `IGNORED`; see `Dataset`.

    Where a project is prepared, what is too large for memory are `engine.datasets.rows.Rows` instead: the inputs and,
    where these are images too, the targets.
    """

    inputs: np.ndarray
    targets: np.ndarray

    def __len__(self) -> int:
        return len(self.inputs)

    def pick(self, rows: np.ndarray) -> "Samples":
        """The samples of these rows, in that order; what lies on the disk stays there."""
        return Samples(picked(self.inputs, rows), picked(self.targets, rows))

    def read(self, rows: "np.ndarray | slice") -> "Samples":
        """The samples of these rows, in memory."""
        return Samples(self.inputs[rows], self.targets[rows])

    @property
    def is_streamed(self) -> bool:
        """Whether the inputs are read from the disk while they are needed (see `engine.datasets.rows`)."""
        inputs: Any = self.inputs
        return not isinstance(inputs, np.ndarray)


COUNTED_TOGETHER = 64


def class_counts(targets: Any, classes: int) -> np.ndarray:
    """How often each class occurs among class numbers of any shape, or each label among rows of labels; what is
    `IGNORED` is passed over. Those that lie on the disk are read, a few at a time.
    """
    if not isinstance(targets, np.ndarray):
        pieces = (targets[start : start + COUNTED_TOGETHER] for start in range(0, len(targets), COUNTED_TOGETHER))
        return sum((class_counts(piece, classes) for piece in pieces), np.zeros(classes, np.int64))
    if are_labels(targets):
        return targets.sum(axis=0, dtype=np.int64)
    numbers = targets.ravel()
    if numbers.min(initial=0) < 0:
        numbers = numbers[numbers >= 0]
    return np.bincount(numbers, minlength=classes)


def are_labels(targets: Any) -> bool:
    """Whether targets are rows of labels: a sample may have any number of them."""
    return targets.dtype.kind == "b"


class Skipped(msgspec.Struct, frozen=True):
    """A row or file that could not be used: where it is, such as ``row 17`` or a file's name, and why."""

    place: str
    reason: str


class Loaded(msgspec.Struct, frozen=True, weakref=True):
    """A dataset in memory. A part that is None is split off the training samples."""

    train: Samples
    test: Samples | None = None
    validation: Samples | None = None
    note: str = ""
    """What a person must know of these samples, such as that a part of the set is missing."""
    keys: Mapping[str, np.ndarray] = MappingProxyType({})
    """What the training samples may be divided by, each with a value for each of them: see `Dataset.keys`."""
    names: tuple[str, ...] = ()
    """What each sample is called, such as its file: those for training, then for validation, then for the test. Those
    behind the last name are numbered.
    """
    skipped: tuple[Skipped, ...] = ()
    """What was left out, and why."""
    places: np.ndarray = np.empty(0, np.int64)
    """The number of each training sample's row in its file, where some rows are no samples; empty: they are in order.
    """


class Asked(msgspec.Struct, frozen=True, eq=False):
    """What a person asks a trained network: what it is called, its values as one sample (float32), and what must be
    known of them.
    """

    name: str
    values: np.ndarray
    notes: tuple[str, ...] = ()
    place: int | None = None
    """Where there is a class for each place: the only one whose answer is wanted; None: all are."""


class Progress(msgspec.Struct, frozen=True):
    """How far a long piece of work is: ``done`` of ``total`` (0: not known), in ``unit``."""

    message: str
    done: int = 0
    total: int = 0
    unit: str = ""


def outcome(work: Generator[Any, None, T]) -> T:
    """What a long piece of work returns in the end, without looking at what it yields on the way."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


class Dataset(Spec, frozen=True):
    """Base of all datasets. Shapes are those of one sample: (channels, height, width), (steps, features), (features,).

    A classification asks for one class for each sample or for each of its ``places``, multi-label classification for
    any number of the ``classes`` of each sample, a regression for values of ``target_shape``.
    """

    group: ClassVar[str]
    """The heading it is listed under."""
    source: ClassVar[str]
    """Where it comes from: name, year, licence."""
    task: ClassVar[Task] = "classification"
    normalization: ClassVar[Normalization] = "none"
    """What suits its inputs: as they are, divided by `largest`, or standardised on the training part."""
    largest: ClassVar[float] = 1.0
    """The value that stands for 1 under "unit" normalization."""
    downloaded: ClassVar[bool] = False
    of_tokens: ClassVar[bool] = False
    """Whether its inputs are the numbers of characters or words, between which there is nothing."""
    brings_validation: ClassVar[bool] = False
    """Whether its samples for validation are set apart already."""

    @property
    def shape(self) -> Shape:
        """Shape of one sample."""
        raise NotImplementedError

    @property
    def channels_first(self) -> bool:
        """Whether a curve, a sample of two sides, lies as (channels, steps), as convolutions read it."""
        return False

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes or labels, or the symbols that sequences are made of; empty for a regression."""
        return ()

    @property
    def longest(self) -> int:
        """How many symbols the longest sequence has that is asked for; 0: none is."""
        return 0

    @property
    def targets(self) -> int:
        """How many values a regression predicts."""
        return 1

    @property
    def places(self) -> Shape:
        """Where in a sample there is a class: nowhere in particular, at each step (steps,), at each pixel
        (height, width).
        """
        return ()

    @property
    def ignores(self) -> bool:
        """Whether some of its places may have no class (`IGNORED`)."""
        return False

    @property
    def target_shape(self) -> Shape:
        """Shape of what a regression predicts."""
        return (self.targets,)

    @property
    def answer_shape(self) -> Shape:
        """Shape of the answer to one sample: a score for each class, at each place; one for each label; or the values.
        Of a transcription a score for each symbol and for none, at no fewer steps than these.
        """
        if self.task == "transcription":
            return (len(self.classes) + 1, self.longest)
        return self.target_shape if self.task == "regression" else (len(self.classes), *self.places)

    def words_of(self, sample: np.ndarray) -> str:
        """A sample in words, where that tells more than its class; else empty."""
        del sample
        return ""

    def asked(self, words: str) -> Asked | None:
        """What these words, or the file that they name, ask a network that learned from it; None: they are read as
        numbers, images and rows are everywhere. The dataset itself is not read. Raises `DataError`.
        """
        del words

    @property
    def scales_targets(self) -> bool:
        """Whether the values that a regression predicts are standardised while it trains."""
        return self.normalization == "standard"

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the inputs of a table; empty where they have none."""
        return ()

    @property
    def layout(self) -> Layout:
        """What one sample is, as it is read."""
        return Layout(self.shape, tuple(Feature(name) for name in self.features))

    @property
    def keys(self) -> tuple[str, ...]:
        """What its samples may be divided by, such as the columns of a table; see `Loaded.keys`."""
        return ()

    @property
    def lacks(self) -> str:
        """What a person must choose before it can be read, as a sentence; empty: nothing."""
        return ""

    @property
    def lacks_to_look(self) -> str:
        """What a person must choose before its samples can be looked at, as a sentence; empty: nothing."""
        return self.lacks

    @property
    def sizes(self) -> tuple[int, int]:
        """How many samples come for training and for the test (0: none of their own)."""
        raise NotImplementedError

    def is_here(self) -> bool:
        """Whether `load` works without a download."""
        return True

    @property
    def download_size(self) -> int:
        """How many bytes `fetch` brings where nothing is here yet."""
        return 0

    def fetch(self) -> Iterator[Progress]:
        """Brings what is missing to this machine. Raises `DownloadError`."""
        yield from ()

    def load(self) -> Loaded:
        """Reads it into memory; large arrays and decoded images are only mapped. Raises `DataError`."""
        raise NotImplementedError

    def load_to_learn(self) -> Loaded:
        """What `load` answers; where `learned` makes all inputs anew, they may be missing (zeros) until then. Raises
        `DataError`.
        """
        return self.load()

    def learned(self, loaded: Loaded, rows: np.ndarray) -> tuple[Self, Loaded]:
        """Itself and what it loads, with all that it learns from its samples learned from these training samples alone.
        ``loaded`` is what `load_to_learn` answered.

        What a design knows of it, such as its shape and how many tokens there can be, stays. Raises `DataError`.
        """
        del rows
        return self, loaded

    def to_look(self) -> "tuple[Dataset, Loaded]":
        """What can be looked at: itself and what it loads; where it is yet to be chosen what is to be predicted, what
        that is chosen from, without targets (N × 0). Raises `DataError`.
        """
        return self, self.load()

    @property
    def memory(self) -> int:
        """How many bytes `load` takes at least; 0: not known, or it maps what is large."""
        return 0

    def keep_on_disk(self) -> Iterator[Progress]:
        """Does, step by step, what `load_to_disk` would else do at once. Raises `DataError`."""
        yield from ()

    def load_to_disk(self) -> Loaded | None:
        """What `load` answers, with inputs that stay on the disk; None: it knows no way but `load`. Raises
        `DataError`.
        """
        return None


def fetch(dataset: Dataset) -> Iterator[Progress]:
    """`Dataset.fetch` as a plain function, which another process can be asked for by name."""
    return dataset.fetch()
