"""What each array of a file is for, as its name and shape suggest: input or target, training, validation or test."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

MOST_LABELS = 1000
"""More different values than these are no classes."""

Kind = Literal["bytes", "whole", "fraction", "text"]
Part = Literal["train", "validation", "test"]


class ArrayFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of an array: its name, its shape with the samples first, what kind of values it holds."""

    name: str
    shape: tuple[int, ...]
    kind: Kind = "fraction"
    examined: bool = False
    """Whether its values have been looked at, so that the rest is known."""
    highest: int = 255
    """Of bytes: the highest value seen."""
    labels: tuple[str, ...] = ()
    """Its different values, where they are few enough for classes."""
    one_hot: bool = False
    """Whether each row is 0 but for one 1."""
    too_many: bool = False
    """Whether it holds more different texts, or more numbers that look like those of classes, than there can be."""
    symbols: tuple[str, ...] = ()
    """Of texts: the different characters in them."""
    longest: int = 0
    """Of texts: how long the longest is; of rows of numbers: how many there are."""
    constant: bool = False
    """Whether what is asked for is the same in every sample."""

    @property
    def are_marks(self) -> bool:
        """Whether it is rows of 0 and 1, each of which may say whether a label applies."""
        are_rows = len(self.shape) == 2 and 2 <= self.shape[1] <= MOST_LABELS
        return are_rows and (self.one_hot or self.labels == ("0", "1"))


class Roles(msgspec.Struct, frozen=True):
    """The names of the arrays of each part; empty: there is none."""

    input: str = ""
    target: str = ""
    validation_input: str = ""
    validation_target: str = ""
    test_input: str = ""
    test_target: str = ""


_TEST = re.compile(r"(?<![a-z])(test|t10k|eval)(?![a-z])")
_VALIDATION = re.compile(r"(?<![a-z])(val|valid|validation|dev)(?![a-z])")
_TARGET = re.compile(
    r"(?<![a-z])(y|ys|labels?|targets?|class(es)?|outputs?|answers?|masks?|\[:, -1\])(?![a-z])|\[:, -1\]$"
)
_CLASSES = re.compile(r"(?<![a-z])(labels?|class(es)?)(?![a-z])")
_INPUT = re.compile(
    r"(?<![a-z])(x|xs|data|images?|imgs?|inputs?|features?|pixels|samples|signals?)(?![a-z])|\[:, :-1\]$"
)


def proposed(arrays: Sequence[ArrayFacts]) -> Roles:
    """The roles that these arrays most likely have."""
    parts: dict[Part, list[ArrayFacts]] = {"train": [], "validation": [], "test": []}
    for array in arrays:
        if array.shape and array.shape[0]:
            parts[_part_of(array.name)].append(array)
    if not parts["train"]:
        whole = parts["test"] or parts["validation"]
        return Roles(*_pair(whole))
    pairs: Mapping[Part, tuple[str, str]] = {part: _pair(found) for part, found in parts.items()}
    # A part of which only the input is there can judge nothing.
    kept = {part: pair if all(pair) else ("", "") for part, pair in pairs.items()}
    return Roles(*pairs["train"], *kept["validation"], *kept["test"])


def _part_of(name: str) -> Part:
    words = name.lower().replace("_", " ")
    return "test" if _TEST.search(words) else "validation" if _VALIDATION.search(words) else "train"


def _pair(arrays: Sequence[ArrayFacts]) -> tuple[str, str]:
    """The input and the target among the arrays of one part."""
    inputs = [array for array in arrays if array.kind != "text"]
    given = max((array for array in inputs if not _is_named(array, _TARGET)), key=_fitness_as_input, default=None)
    if given is None:
        return ("", "")
    others = [array for array in arrays if array.shape[0] == given.shape[0] and array.name != given.name]
    others = [array for array in others if "[" in array.name or "[" not in given.name]
    asked = max(others, key=_fitness_as_target, default=None)
    return (given.name, asked.name if asked else "")


def _fitness_as_input(array: ArrayFacts) -> tuple[bool, bool, int, int]:
    values = 1
    for size in array.shape[1:]:
        values *= size
    return ("[" in array.name, _is_named(array, _INPUT), len(array.shape), values)


def _fitness_as_target(array: ArrayFacts) -> tuple[bool, bool, int]:
    return (_is_named(array, _TARGET), not _is_named(array, _INPUT), -len(array.shape))


def names_classes(name: str) -> bool:
    """Whether an array is called so that its numbers are those of classes."""
    return bool(_CLASSES.search(name.lower().replace("_", " ").replace("/", " ")))


def _is_named(array: ArrayFacts, words: re.Pattern[str]) -> bool:
    return bool(words.search(array.name.lower().replace("_", " ").replace("/", " ")))
