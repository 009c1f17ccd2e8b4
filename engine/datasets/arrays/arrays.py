"""Arrays in files: one is given to the network, another says what is asked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import msgspec
import numpy as np

from engine.datasets.arrays.cifar import class_names
from engine.datasets.arrays.formats import stored_in, unusable_in
from engine.datasets.arrays.roles import ArrayFacts, Kind, proposed
from engine.datasets.arrays.spelled import spelled, symbols_in
from engine.datasets.arrays.stored import Stored, unusable
from engine.datasets.arrays.values import examined, finite, numbers_of_classes
from engine.datasets.dataset import IGNORED, Loaded, Normalization, Samples, Skipped
from engine.datasets.files import FromFile
from engine.datasets.images.masks import Palette, void_in
from engine.datasets.links import strays_in
from engine.errors import DataError
from engine.losses import Task
from engine.spec import Shape, abbreviate, choice, names, records, text

LARGEST_SIZE = 10**9
SMALLEST_IMAGE = 8
FEWEST_STEPS = 8
"""Fewer measured values in a row than these are no signal, of which each step could have a class."""
CHANNELS = (1, 3, 4)
ROLES = ("input", "target", "validation_input", "validation_target", "test_input", "test_target")

Arrangement = Literal["no image", "grey", "channels first", "channels last"]


class Arrays(FromFile, frozen=True):
    """Arrays in a file or folder: NumPy (.npy, .npz), safetensors, HDF5, IDX (as MNIST) or CIFAR's binary files.

    The first axis counts the samples. Large arrays stay in their file and are read piece by piece.
    """

    title = "Arrays"
    order = 20
    suffixes: ClassVar[tuple[str, ...]] = (".npy", ".npz", ".safetensors", ".h5", ".hdf5", ".gz", ".bin", ".idx")

    input: str = text("", help="The array that is given to the network.", longest=1000)
    target: str = text("", help="The array of what is asked for: labels or values.", longest=1000)
    validation_input: str = text("", help="The array given for validation, where there is one of its own.")
    validation_target: str = text("", help="What is asked for in validation.")
    test_input: str = text("", help="The array given in the test, where there is one of its own.")
    test_target: str = text("", help="What is asked for in the test.")
    images: str = choice(
        "automatic",
        "no image",
        "grey",
        "channels first",
        "channels last",
        help="Which axes of a sample are what: of an image its height and width, with the colour channels around.",
    )
    predicts: str = choice(
        "automatic",
        "classes",
        "values",
        "labels",
        "sequences",
        help="Whether the targets are classes, values, labels of which a sample may have several, as rows of 0 and 1, "
        "or sequences of symbols: texts, or rows of whole numbers.",
    )
    class_names: tuple[str, ...] = names(
        help="What the classes or labels are called, in their order; empty: as they are."
    )
    ignored_values: tuple[str, ...] = names(
        help="Values of masks that stand for no class, such as 255, or that fill sequences up at their end.",
        advanced=True,
    )
    arrays: tuple[ArrayFacts, ...] = records(ArrayFacts, help="The arrays that were found in the file.")

    @classmethod
    def opened(cls, path: Path) -> Self | None:
        stored = stored_in(path)
        if stored is None:
            return None
        facts = tuple(map(_facts, stored))
        roles = proposed(facts)
        if not roles.target and len(facts) == 1 and _has_target_beside(path):
            return cls.opened(path.parent)
        # A column of the inputs would else be taken for the target that cannot be read.
        if (not roles.target or "[" in roles.target) and (unusable_ones := unusable_in(path)):
            raise unusable(f"{unusable_ones[0].place} in {path.name}", unusable_ones[0].reason)
        found = cls(path=str(path), **msgspec.structs.asdict(roles), class_names=class_names(path), arrays=facts)
        return found._examined({one.name: one for one in stored})._without_void()._as_labels()

    def _as_labels(self) -> Self:
        """With targets that look like labels predicted as such. Automatic they stay values: so projects hold them that
        were made before there were labels.
        """
        facts = self._facts(self.target)
        if facts is None or not facts.are_marks or facts.one_hot:
            return self
        # As many labels as measured values are a class for each step, but not where these are too few to be steps.
        are_steps = self.task == "classification" and (
            facts.shape[1] >= FEWEST_STEPS or self._kind(self.input) != "fraction"
        )
        return self if are_steps else msgspec.structs.replace(self, predicts="labels")

    @property
    def is_stale(self) -> bool:
        chosen = [self._facts(name) for name in self._targets if name]
        return any(facts is not None and not facts.examined for facts in chosen)

    def refreshed(self) -> Self:
        found = self._examined(self._stored())
        return found if {*self.ignored_values} <= {*found._labels} else found._without_void()

    def _without_void(self) -> Self:
        """With the values of masks that by custom stand for no class ignored."""
        if not self.places:
            return msgspec.structs.replace(self, ignored_values=())
        return msgspec.structs.replace(self, ignored_values=void_in(Palette(self._labels), self._labels))

    def _examined(self, stored: Mapping[str, Stored]) -> Self:
        """With the values of the chosen arrays looked at."""
        roles = {**dict.fromkeys(self._inputs, False), **dict.fromkeys(self._targets, True)}
        facts = tuple(
            examined(one, stored[one.name], is_target=roles[one.name])
            if one.name in roles and one.name in stored
            else one
            for one in self.arrays
        )
        return msgspec.structs.replace(self, arrays=facts)

    @property
    def offers(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {name: tuple(facts.name for facts in self.arrays) for name in ROLES}
        return {**found, "ignored_values": self._labels} if self._may_ignore else found

    @property
    def idle(self) -> tuple[str, ...]:
        """The parts of their own, while no array is left that could be one."""
        chosen = {name: getattr(self, name) for name in ROLES}
        is_one_left = bool({facts.name for facts in self.arrays} - set(chosen.values()))
        parts = tuple(name for name in ROLES[2:] if not chosen[name] and not is_one_left)
        return parts if self._may_ignore else (*parts, "ignored_values")

    @property
    def _may_ignore(self) -> bool:
        return bool(self.places) or (self.task == "transcription" and bool(self._labels))

    # What it is

    @property
    def shape(self) -> Shape:
        return _arranged(self._stored_shape(self.input), self._arrangement)

    @property
    def channels_first(self) -> bool:
        # No array says which side is time; nearly always it is the longer one.
        return len(self.shape) == 2 and self.shape[0] < self.shape[1]

    @property
    def task(self) -> Task:  # pyright: ignore[reportIncompatibleVariableOverride]
        facts = self._facts(self.target)
        if facts is None:
            return "classification"
        if self.predicts == "sequences":
            return "transcription"
        if self.predicts == "labels":
            return "multilabel"
        asked = _without_one(facts.shape[1:])
        fits = bool(self._labels) and (facts.one_hot or not asked or asked in (self.shape[:1], self.shape[1:]))
        looks_so = facts.kind != "fraction" or facts.one_hot
        are_classes = looks_so if self.predicts == "automatic" else self.predicts == "classes"
        return "classification" if facts.kind == "text" or (are_classes and fits) else "regression"

    @property
    def classes(self) -> tuple[str, ...]:
        if self.task == "regression":
            return ()
        if self.task == "transcription":
            return self._symbols
        if self.task == "multilabel":
            count = self._stored_shape(self.target)[0]
            return self.class_names if len(self.class_names) == count else tuple(map(str, range(count)))
        labels = self._known_labels
        return self.class_names if self._are_numbered or len(self.class_names) == len(labels) else labels

    @property
    def ignores(self) -> bool:
        return bool(self.ignored_values and self.places)

    @property
    def longest(self) -> int:
        found = [facts.longest for name in self._targets if name and (facts := self._facts(name))]
        return max(found, default=0) if self.task == "transcription" else 0

    @property
    def places(self) -> Shape:
        facts, given = self._facts(self.target), self.shape
        if facts is None or facts.one_hot or self.task != "classification":
            return ()
        asked = _without_one(facts.shape[1:])
        return asked if asked and asked in (given[:1], given[1:]) else ()

    @property
    def target_shape(self) -> Shape:
        asked = self._stored_shape(self.target)
        return _arranged(asked, self._arrangement_of(asked, self._kind(self.target))) if len(asked) == 3 else asked

    @property
    def targets(self) -> int:
        return self.target_shape[0]

    @property
    def normalization(self) -> Normalization:  # pyright: ignore[reportIncompatibleVariableOverride]
        return "unit" if self._kind(self.input) == "bytes" else "standard"

    @property
    def largest(self) -> float:  # pyright: ignore[reportIncompatibleVariableOverride]
        facts = self._facts(self.input)
        # What goes up to 16 or 31 was counted so; darker pictures than that are rare.
        highest = facts.highest if facts else 255
        return float(highest) if 0 < highest < 64 else 255.0

    @property
    def brings_validation(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return bool(self.validation_input and self.validation_target)

    @property
    def sizes(self) -> tuple[int, int]:
        return (self._count(self.input), self._count(self.test_input) if self.test_target else 0)

    @property
    def lacks(self) -> str:
        if words := super().lacks:
            return words
        for role, name in (("input", self.input), ("target", self.target)):
            if not name:
                return f"No array is chosen as the {role}."
        pairs = zip(self._inputs, self._targets, strict=True)
        return next((words for given, asked in pairs if (words := self._why_not(given, asked))), "")

    def _why_not(self, given: str, asked: str) -> str:
        """Why these two are no input and target; empty: they are."""
        if not given or not asked:
            return ""
        for name in (given, asked):
            if self._facts(name) is None:
                return f"There is no array “{name}” in the file."
        if self._kind(given) == "text":
            return f"“{given}” holds texts, which cannot be given to the network as they are."
        if self._count(given) != self._count(asked):
            counts = f"{self._count(given):,} samples and “{asked}” {self._count(asked):,}"
            return f"“{given}” holds {counts}: they must be as many."
        if self._stored_shape(given) != self._stored_shape(self.input):
            return f"The samples of “{given}” are of another shape than those of “{self.input}”."
        if self.predicts == "classes" and not self._labels:
            return f"“{asked}” holds too many different values for classes."
        if self.predicts == "labels" and not ((facts := self._facts(asked)) and facts.are_marks):
            return f"“{asked}” holds no labels: they are rows of 0 and 1, a column for each label."
        if self.predicts == "sequences":
            facts = self._facts(asked)
            spells = facts is not None and facts.longest and symbols_in(facts, self.ignored_values)
            return "" if spells else f"“{asked}” holds no sequences: they are texts, or rows of whole numbers."
        return self._why_no_target(asked) if asked == self.target else ""

    def _why_no_target(self, asked: str) -> str:
        """Why nothing can be learned of what this array asks for; empty: something can."""
        facts = self._facts(asked)
        if facts is None:
            return ""
        strange = sorted({*self.ignored_values} - {*self._labels}) if self.places else []
        if strange:
            return f"What is ignored is a value of “{asked}”, but “{abbreviate(strange[0], 60)}” is none of them."
        if self.places and len(self._known_labels) < 2:
            return f"“{asked}” asks for the same everywhere: there is nothing to tell apart."
        if facts.constant and not self.places:
            return f"“{asked}” asks for the same of every sample: there is nothing to tell apart."
        if facts.too_many and facts.kind == "text":
            return (
                f"“{asked}” holds too many different texts for classes: choose that it predicts sequences to read them."
            )
        if facts.too_many and self.predicts == "automatic":
            return f"“{asked}” holds too many numbers for classes: choose that it predicts values, or another target."
        return ""

    # Reading

    def load(self) -> Loaded:
        """Raises `DataError` where the file is not there, damaged, or has changed since it was opened."""
        if self.lacks:
            raise DataError(self.lacks, fix="Choose the file and its arrays.")
        stored = self._stored()
        self._check_unchanged(stored)
        parts = [
            self._samples(stored[given], stored[asked]) if given and asked else None
            for given, asked in zip(self._inputs, self._targets, strict=True)
        ]
        if self.task == "transcription":
            return self._spelled(parts)
        train, validation, test = (finite(part) if part else (None, ()) for part in parts)
        if train[0] is None:
            raise DataError(f"“{self.target}” holds no target that is a finite number.")
        unread = tuple(Skipped(one.place, f"it {one.reason}") for one in unusable_in(self.file()))
        return Loaded(train[0], test[0], validation[0], skipped=(*train[1], *strays_in(self.file()), *unread))

    def _spelled(self, parts: Sequence[Samples | None]) -> Loaded:
        """The parts with their sequences as numbers of symbols, less those that cannot be used."""
        kept, skipped = list[Samples | None](), list[Skipped]()
        for part, name in zip(parts, self._targets, strict=True):
            targets, why = spelled(part.targets, self._keys_of_symbols, self.ignored_values) if part else (None, {})
            skipped += [Skipped(f"sample {row} of “{name}”", words) for row, words in sorted(why.items())]
            if part is None or targets is None or len(why) == len(part):
                kept.append(None)
                continue
            whole = np.full((len(part), self.longest), IGNORED, np.int64)
            whole[:, : targets.shape[1]] = targets
            kept.append(Samples(part.inputs, whole).pick(np.setdiff1d(np.arange(len(part)), list(why))))
        train, validation, test = kept
        if train is None:
            raise DataError(f"“{self.target}” holds no sequence that can be used: {skipped[0].reason}.")
        return Loaded(train, test, validation, skipped=(*skipped, *strays_in(self.file())))

    def _samples(self, given: Stored, asked: Stored) -> Samples:
        values = _as_inputs(given.read())
        arrangement = self._arrangement
        if arrangement == "grey":
            values = values[:, None]
        elif arrangement == "channels last":
            values = np.moveaxis(values, -1, 1)
        return Samples(values.reshape(len(values), *self.shape), self._as_targets(asked))

    def _as_targets(self, asked: Stored) -> np.ndarray:
        values = asked.read()
        facts = self._facts(self.target)
        if self.task == "transcription":
            return values
        if self.task == "multilabel":
            return values.astype(np.bool_)
        if self.task == "regression":
            numbers = values.astype(np.float32).reshape(len(values), *(values.shape[1:] or (1,)))
            last = len(self.target_shape) == 3 and numbers.shape[1:] != self.target_shape
            return (np.moveaxis(numbers, -1, 1) if last else numbers).reshape(len(values), *self.target_shape)
        if facts is not None and facts.one_hot:
            return values.argmax(axis=1).astype(np.int64)
        known = tuple(map(str, range(len(self.class_names)))) if self._are_numbered else self._known_labels
        ignored = self.ignored_values if self.places else ()
        return numbers_of_classes(values, known, asked.name, ignored).reshape(len(values), *self.places)

    def _stored(self) -> Mapping[str, Stored]:
        path = self.file()
        return {one.name: one for one in stored_in(path) or ()}

    def _check_unchanged(self, stored: Mapping[str, Stored]) -> None:
        for name in filter(None, (*self._inputs, *self._targets)):
            now, then = stored.get(name), self._facts(name)
            if now is None or then is None or (now.shape, _kind(now)) != (then.shape, then.kind):
                raise DataError(
                    f"{Path(self.path).name} has changed since it was opened: “{name}” is not what it was.",
                    fix="Open it again.",
                )

    # What was found out

    @property
    def _inputs(self) -> tuple[str, str, str]:
        return (self.input, self.validation_input, self.test_input)

    @property
    def _targets(self) -> tuple[str, str, str]:
        return (self.target, self.validation_target, self.test_target)

    def _facts(self, name: str) -> ArrayFacts | None:
        return next((facts for facts in self.arrays if facts.name == name), None)

    def _kind(self, name: str) -> Kind:
        facts = self._facts(name)
        return facts.kind if facts else "fraction"

    def _count(self, name: str) -> int:
        facts = self._facts(name)
        return max(0, facts.shape[0]) if facts and facts.shape else 0

    def _stored_shape(self, name: str) -> Shape:
        """Shape of one sample as it is stored; (1,) for a single value."""
        facts = self._facts(name)
        return tuple(min(max(size, 1), LARGEST_SIZE) for size in facts.shape[1:7]) or (1,) if facts else (1,)

    @property
    def _labels(self) -> tuple[str, ...]:
        """The labels of all parts, numbers by their size."""
        found = [facts.labels for name in self._targets if name and (facts := self._facts(name))]
        return tuple(sorted({label for labels in found for label in labels}, key=_by_size))

    @property
    def _keys_of_symbols(self) -> tuple[str, ...]:
        """What stands for each symbol in the sequences for training."""
        facts = self._facts(self.target)
        return symbols_in(facts, self.ignored_values) if facts else ()

    @property
    def _symbols(self) -> tuple[str, ...]:
        """What the symbols are called."""
        keys = self._keys_of_symbols
        return self.class_names if len(self.class_names) == len(keys) else keys

    @property
    def _known_labels(self) -> tuple[str, ...]:
        """Those that are classes."""
        ignored = self.ignored_values if self.places else ()
        return tuple(label for label in self._labels if label not in ignored)

    @property
    def _are_numbered(self) -> bool:
        """Whether the labels are places among the names."""
        return all(label.isdecimal() and int(label) < len(self.class_names) for label in self._known_labels)

    @property
    def _arrangement(self) -> Arrangement:
        return self._arrangement_of(self._stored_shape(self.input), self._kind(self.input))

    def _arrangement_of(self, sample: Shape, kind: Kind) -> Arrangement:
        if self.images != "automatic":
            fits: Mapping[str, int] = {"grey": 2, "channels first": 3, "channels last": 3}
            chosen: Any = self.images if fits.get(self.images) == len(sample) else "no image"
            return chosen
        if len(sample) == 2:
            is_square = sample[0] == sample[1]
            return "grey" if min(sample) >= SMALLEST_IMAGE and (kind == "bytes" or is_square) else "no image"
        if len(sample) == 3:
            is_last = sample[2] in CHANNELS and (sample[0] not in CHANNELS or min(sample[:2]) >= SMALLEST_IMAGE)
            return "channels last" if is_last else "channels first"
        return "no image"


def _has_target_beside(path: Path) -> bool:
    """Whether the folder of an array alone, such as images, has another that fits as its target."""
    try:
        beside = stored_in(path.parent) if path.is_file() else None
    except DataError:
        return False
    found = proposed(tuple(map(_facts, beside or ())))
    # As in “train-images-idx3-ubyte.gz” and “x.npy”.
    return bool(found.target) and any(name and path.name.startswith(name) for name in (found.input, found.test_input))


def _facts(stored: Stored) -> ArrayFacts:
    return ArrayFacts(stored.name, stored.shape, _kind(stored))


def _kind(stored: Stored) -> Kind:
    if stored.dtype == np.uint8:
        return "bytes"
    kinds: Mapping[str, Kind] = {"f": "fraction", "U": "text", "S": "text"}
    return kinds.get(stored.dtype.kind, "whole")


def _arranged(sample: Shape, arrangement: Arrangement) -> Shape:
    """The shape with its channels first."""
    if arrangement == "grey":
        return (1, *sample)
    return (sample[-1], *sample[:-1]) if arrangement == "channels last" else sample


def _without_one(sample: Shape) -> Shape:
    return () if sample == (1,) else sample


def _as_inputs(values: np.ndarray) -> np.ndarray:
    if isinstance(values, np.memmap):
        # Whoever prepares them reads them, as float32, or leaves them on the disk.
        return values
    fits = values.dtype == np.uint8 or (values.dtype == np.float32 and values.dtype.isnative)
    return values if fits else values.astype(np.float32)


def _by_size(label: str) -> tuple[float, str]:
    try:
        return (float(label), label)
    except ValueError:
        return (float("inf"), label)
