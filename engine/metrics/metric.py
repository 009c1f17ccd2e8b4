"""What a metric is: a number that a person judges a network by, and a choice of which numbers to compute.

A metric is one class; ``function`` is the call of torchmetrics, or of what we put around it, that accumulates batches
on the device. Its numbers go by names that say all of it: ``f1_macro``, ``top_5_accuracy``, ``iou:road`` of one class.
So whoever meets a name in a log can tell what it is, without the project (see `engine.metrics.described`).
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import ClassVar, Literal, Self

import msgspec

from engine.call import Call
from engine.losses import Task
from engine.spec import Spec

MOST_EACH = 100
"""Numbers that one metric may give."""

EACH_CLASS = "each class"
EACH_NUMBER = "each number"

Takes = Literal["labels", "scores", "values", "embeddings", "sequences"]


class Figure(msgspec.Struct, frozen=True):
    """What one number of a metric is. ``percent``: shown as 97.8 %, held as 0.978."""

    title: str
    help: str
    formula: str
    percent: bool = False
    higher_is_better: bool = True


class Asked(msgspec.Struct, frozen=True):
    """What a metric is computed of."""

    count: int
    """The classes, or the numbers that are predicted for each sample."""
    for_each_place: bool = False
    """Whether each place of a sample, such as a pixel, has an answer of its own."""
    are_shares: bool = True
    """Whether the scores of the classes are probabilities."""
    of_labels: bool = False
    """Whether a sample may have any number of the classes."""


class Metric(Spec, frozen=True):
    """Base of all metrics that can be chosen."""

    group: ClassVar[str]
    """The heading it is listed under."""
    formula: ClassVar[str]
    tasks: ClassVar[tuple[Task, ...]]
    takes: ClassVar[Takes]
    """What it compares with the truth: class numbers (N × places), or whether each label applies (N × K); scores of
    classes (N × K × places) or labels, values, an embedding (N × D), or numbers of symbols (N × steps)."""
    takes_samples: ClassVar[bool] = False
    """Whether it must know which places belong to one sample; all others take them as rows, the unknown left out."""
    needs_shares: ClassVar[bool] = False
    """Whether its scores must be probabilities that sum to 1."""
    percent: ClassVar[bool] = False
    higher_is_better: ClassVar[bool] = True

    @property
    def name(self) -> str:
        """How events and files call its number; where it has several, each is followed by ``:`` and what it is of."""
        raise NotImplementedError

    @property
    def full_title(self) -> str:
        """Its title with the settings by which two of a kind differ."""
        return self.title

    @property
    def is_each(self) -> bool:
        """Whether it has a number for each class, or for each number that is predicted."""
        return False

    def names(self, each: Sequence[str]) -> tuple[str, ...]:
        """How its numbers are called, where these are the classes, or the numbers that are predicted."""
        return tuple(f"{self.name}:{one}" for one in each) if self.is_each else (self.name,)

    def function(self, asked: Asked) -> Call:
        """What is given the batches, one after the other, by its ``update``, and answers by its ``compute``."""
        raise NotImplementedError

    def lacks(self, asked: Asked) -> str:
        """Why it says nothing of such data, as a part of a sentence; empty: it does."""
        del asked
        return ""

    @property
    def figure(self) -> Figure:
        """What its number is."""
        return Figure(self.full_title, self.help(), self.formula, self.percent, self.higher_is_better)

    @classmethod
    def named(cls, name: str) -> Self | None:
        """The metric of this kind that has this name; None: none has."""
        return next((one for one in cls.variants() if one.name == name), None)

    @classmethod
    def variants(cls) -> Iterator[Self]:
        """One for all that can be chosen among words."""
        choices = [(name, field.options) for name, field in cls.declared.items() if field.kind == "choice"]
        for words in product(*(options for _, options in choices)):
            yield cls(**dict(zip((name for name, _ in choices), words, strict=True)))
