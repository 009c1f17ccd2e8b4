"""The data side of a project: which dataset, how it is split, how its numbers are scaled.

`prepare` is what training, evaluation, preview and export all read their samples from. Splits depend on the dataset and
the split seed alone, so an evaluation next year sees the samples that the training never saw. Steps and scaling are
fitted on the training part and on nothing else.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np

from engine.augmentation import Augmentation
from engine.datasets import Dataset, Loaded, Samples
from engine.datasets.dataset import Feature, Layout, Skipped
from engine.datasets.symbols import unlearned
from engine.errors import DataError
from engine.excluded import numbers
from engine.freeing import give_back
from engine.loading import placed, some_in_memory
from engine.scaling import Scaling, from_zero_to_one, standard
from engine.seals import Seal, check
from engine.spec import Shape, Spec, choice, integer, names, number, text
from engine.splits import AtRandom, Division, Shares, Split
from engine.steps import AnyFitted, Fitted, Step, layouts, unseen

SplitName = Literal["train", "validation", "test"]
SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")

MOST_FOLDS = 100
MOST_NAMED = 5
"""Columns that a message names."""


class Data(Spec, frozen=True):
    """A dataset and how it is divided."""

    dataset: Dataset
    validation: float = number(
        0.1,
        low=0,
        high=0.9,
        help="Share of the training samples kept aside to judge each epoch; 0: judge on those trained on.",
    )
    test: float = number(
        0.2,
        low=0,
        high=0.9,
        help="Share kept aside for the final test where the dataset brings no test part; 0: test on those trained on.",
    )
    normalization: Literal["automatic", "none", "unit", "standard"] = choice(
        "automatic",
        "none",
        "unit",
        "standard",
        help="How inputs are scaled: as suits the dataset, not at all, to 0 … 1, or to mean 0 and deviation 1.",
    )
    split_seed: int = integer(0, high=2**31 - 1, help="Number that decides which samples go where.")
    balance: Literal["none", "class weights", "balanced sampling"] = choice(
        "none",
        "class weights",
        "balanced sampling",
        help="What is done for rare classes while training: nothing, their errors count more, or they come more often.",
        advanced=True,
    )
    steps: tuple[Step, ...] = ()
    split: Split = AtRandom()
    folds: int = integer(
        0,
        high=MOST_FOLDS,
        advanced=True,
        help="Parts of about equal size, each of which is the test part of a training of its own; 0: none.",
    )
    fold: int = integer(
        0, high=MOST_FOLDS, advanced=True, help="Which of the folds is the test part; 0: none, a share of all is."
    )

    augmentation: tuple[Augmentation, ...] = ()
    excluded: tuple[str, ...] = names(
        help="Samples for training that are left out: their numbers, counted from 0, and ranges such as 30-34.",
        advanced=True,
    )
    excluded_as: str = text(
        "", longest=200, advanced=True, help="Tells whether the samples that are left out are still those chosen."
    )
    loading: Literal["automatic", "memory", "stream"] = choice(
        "automatic",
        "memory",
        "stream",
        help="Where samples lie while training: in memory if they fit there, always, or on the disk, read as needed.",
        advanced=True,
    )

    def with_other(self, dataset: Dataset) -> "Data":
        """The same settings for other samples: rows and columns of those before are spoken of no more."""
        split = self.split if self.split.needs() in ("", *dataset.keys) else AtRandom()
        return msgspec.structs.replace(self, dataset=dataset, split=split, excluded=(), excluded_as="")

    def check_split(self) -> None:
        """Raises `DataError` where the samples cannot be divided this way; nothing is read for it."""
        self.split.check(self.dataset.keys)
        if self.fold > self.folds or (self.fold and self.folds < 2):
            raise DataError(
                f"There is no fold {self.fold} of {self.folds}.",
                expected="There are two folds or more, and they are counted from 1.",
                fix="Set the fold to 0 to train without folds.",
            )

    @property
    def layout(self) -> Layout:
        """What one sample is when it reaches the network. Raises `DataError` where a step does not fit."""
        before = self.dataset.layout
        after = layouts(before, self.steps)[-1]
        if after.shape[1:] != before.shape[1:] and len(self.dataset.answer_shape) > 1:
            raise DataError(
                "The steps change the size of the images, but not that of what is asked for at each pixel.",
                fix="Remove the step that does.",
            )
        return after

    @property
    def shape(self) -> Shape:
        """The shape of one sample when it reaches the network. Raises `DataError` where a step does not fit."""
        return self.layout.shape if self.steps else self.dataset.shape


class Prepared(msgspec.Struct, frozen=True):
    """Samples as they were read, in three parts, with the steps and the scaling that the training part asks for."""

    train: Samples
    validation: Samples
    test: Samples
    inputs: Scaling
    """What is left to do after the steps."""
    targets: Scaling
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    steps: tuple[AnyFitted, ...] = ()
    features: tuple[Feature, ...] = ()
    """The columns of a table as they were read."""
    skipped: tuple[Skipped, ...] = ()
    """What the dataset left out."""
    learned: dict[str, Any] = {}
    """Settings of the dataset that were learned from the training part, such as the tokens of its texts, as JSON holds
    them; those of the project are of all samples.
    """

    @property
    def left_out(self) -> tuple[str, ...]:
        """What is said of rows or files that the dataset left out, as a sentence; none: nothing was."""
        if not self.skipped:
            return ()
        first, count = self.skipped[0], len(self.skipped)
        if count == 1:
            return (f"{first.place} is left out: {first.reason.rstrip('.')}.",)
        return (f"{count:,} are left out, such as {first.place}: {first.reason.rstrip('.')}.",)

    def part(self, name: SplitName) -> Samples:
        """One of the three parts."""
        return {"train": self.train, "validation": self.validation, "test": self.test}[name]


def divided(data: Data, loaded: Loaded) -> Division:
    """Divides what the dataset brings for training, less what is left out. A part of its own, or of no share, takes no
    rows of it.

    Raises `DataError`.
    """
    data.check_split()
    if data.excluded and (seal := Seal.read(data.excluded_as, data.excluded)):
        check(seal, data.dataset, loaded)
    shares = Shares(
        data.test if loaded.test is None else 0,
        data.validation if loaded.validation is None else 0,
        data.fold,
        data.folds,
    )
    whole = data.split.divide(loaded, shares, data.split_seed)
    if loaded.train.is_streamed:
        give_back()
    # Only now, so that leaving one sample out moves no other into another part.
    return whole.without(numbers(data.excluded, len(loaded.train))) if data.excluded else whole


def prepare(data: Data, learned: dict[str, Any] | None = None) -> Prepared:
    """Reads the dataset, splits it and fits all that is learned from samples on the training part: tokens, steps,
    scaling. ``learned`` is what the dataset had learned when a run was begun; None: it learns now.

    Raises `DataError`.
    """
    layout = data.layout
    if learned:
        data = msgspec.structs.replace(data, dataset=data.dataset.with_settings(learned))
    loaded, streaming = placed(data.dataset, data.loading, to_learn=learned is None)
    notes = [note for note in (loaded.note, streaming) if note]
    rows = divided(data, loaded)
    if data.excluded:
        left_out = len(loaded.train) - len(rows.train) - len(rows.validation) - len(rows.test)
        notes.append(f"{left_out:,} {'sample is' if left_out == 1 else 'samples are'} left out.")
    if not len(rows.train):
        raise DataError(
            f"The split leaves no samples to train on: {data.dataset.title} has {len(loaded.train):,}.",
            fix="Choose smaller shares for validation and test.",
        )
    if learned is None:
        dataset, loaded = data.dataset.learned(loaded, rows.train)
        learned = _changed(data.dataset, dataset)
    train = loaded.train.pick(rows.train)
    validation = loaded.validation or loaded.train.pick(rows.validation)
    # Where folds are tested, the test that comes with the set is kept for the end.
    own_test = None if data.fold else loaded.test
    test = own_test or loaded.train.pick(rows.test)
    if data.dataset.task == "transcription":
        told = unlearned(train.targets, (validation.targets, test.targets), data.dataset.classes)
        notes += [told] if told else []
    steps, train, inputs = _fitted(data, train)
    validation, test = (_complete(part, steps, layout) for part in (validation, test))
    check_complete(inputs, layout)
    if not len(validation):
        validation = train
        notes.append("No samples are kept aside for validation: it is judged on the training samples.")
    if not len(test):
        test = train
        notes.append("No samples are kept aside for the test: it is judged on the training samples.")
    return Prepared(
        train,
        validation,
        test,
        _input_scaling(data, inputs),
        _target_scaling(data, train.targets),
        data.dataset.classes,
        tuple(notes),
        steps,
        _as_seen(data.dataset.layout.features, train),
        loaded.skipped,
        learned,
    )


def _as_seen(features: tuple[Feature, ...], train: Samples) -> tuple[Feature, ...]:
    """The features of a table, each with the categories that no training sample has."""
    if not any(feature.categories for feature in features):
        return features
    columns = some_in_memory(train).T
    strange = [unseen(column, feature) for column, feature in zip(columns, features, strict=True)]
    return tuple(
        msgspec.structs.replace(feature, unseen=tuple(feature.categories[place] for place in places))
        for feature, places in zip(features, strange, strict=True)
    )


def _changed(before: Dataset, after: Dataset) -> dict[str, Any]:
    """The settings, as JSON holds them, that are not what they were."""
    if before == after:
        return {}
    were = before.settings()
    return {name: value for name, value in after.settings().items() if were.get(name) != value}


def _fitted(data: Data, train: Samples) -> tuple[tuple[AnyFitted, ...], Samples, np.ndarray]:
    """The steps fitted on these samples, those of the samples that they keep, and what they make of their inputs."""
    found: list[AnyFitted] = []
    values = some_in_memory(train)
    for step, layout in zip(data.steps, layouts(data.dataset.layout, data.steps), strict=False):
        fitted = step.fit(values, layout)
        values = fitted.apply(values)
        if (kept := fitted.keeps(values)) is not None and not kept.all():
            if train.is_streamed:
                raise DataError(
                    f"{step.title} leaves out samples, but these are read from the disk while they are needed.",
                    fix="Fill what is missing instead, or choose to load the samples into memory.",
                )
            train, values = train.pick(np.flatnonzero(kept)), values[kept]
        if not len(values):
            raise DataError(f"{step.title} leaves no samples to train on.", fix="Fill what is missing instead.")
        found.append(fitted)
    return tuple(found), train, values


def _complete(part: Samples, steps: Sequence[Fitted], after: Layout) -> Samples:
    """The samples that all steps keep. Raises `DataError` where what is left of one lacks a value."""
    if part.inputs.dtype.kind != "f" or part.is_streamed:
        return part
    values, rows = part.inputs, np.arange(len(part))
    for fitted in steps:
        values = fitted.apply(values)
        if (kept := fitted.keeps(values)) is not None:
            values, rows = values[kept], rows[kept]
    check_complete(values, after)
    return part if len(rows) == len(part) else part.pick(rows)


def check_complete(values: np.ndarray, layout: Layout) -> None:
    """Raises `DataError` where samples, as they leave the steps, still lack values or hold infinite ones."""
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return
    lacking = ~np.isfinite(values)
    faulty = np.atleast_1d(np.any(lacking, axis=tuple({0, *range(2, values.ndim)})))
    places = np.flatnonzero(faulty)
    named = layout.features if len(layout.features) == len(faulty) else ()
    names = ", ".join(f"“{named[place].name}”" if named else f"number {place + 1}" for place in places[:MOST_NAMED])
    more = f" and {len(places) - MOST_NAMED:,} more" if len(places) > MOST_NAMED else ""
    rows = int(lacking.reshape(len(values), -1).any(axis=1).sum())
    raise DataError(
        f"Values are missing or infinite in {rows:,} samples: column {names}{more}.",
        expected="A network can only take numbers.",
        fix="Add the step “Fill missing values”, or drop these columns.",
    )


def _input_scaling(data: Data, inputs: np.ndarray) -> Scaling:
    kind = data.normalization
    if kind == "automatic":
        kind = "none" if any(step.scales for step in data.steps) else data.dataset.normalization
    if kind == "standard":
        return standard(inputs)
    if kind == "unit":
        return Scaling((0.0,), (float(data.dataset.largest),)) if inputs.dtype == np.uint8 else from_zero_to_one(inputs)
    return Scaling()


def _target_scaling(data: Data, targets: np.ndarray) -> Scaling:
    # Targets in the hundreds would cost hundreds of steps only to find their mean; every answer is scaled back.
    scales = data.dataset.scales_targets and data.normalization != "none"
    return standard(targets) if scales and targets.dtype.kind == "f" else Scaling()
