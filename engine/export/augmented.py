"""What an exported training script does to its training samples: the augmentation, and the balance of the classes.

It is printed from the very calls that the training makes, after the functions that they name.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from engine.augmentation import Augmentation, Mixing, Moving
from engine.augmentation.augmentation import Sort, has_maps, sort_of
from engine.augmentation.reach import Reach, some_of
from engine.call import Call
from engine.export.definitions import definitions
from engine.export.source import INDENT, statement

if TYPE_CHECKING:
    from engine.export.model import Model

WHOLE = ("pictures", "generator", "DEVIATIONS")


def mixes(model: "Model") -> bool:
    """Whether samples are mixed, so that what is asked for lies between classes."""
    return any(isinstance(each, Mixing) for each in model.project.data.augmentation)


def changes(model: "Model") -> bool:
    """Whether samples are changed in other ways."""
    return any(not isinstance(each, Mixing) for each in model.project.data.augmentation)


def draws(model: "Model") -> bool:
    """Whether anything is left to a generator."""
    return bool(model.project.data.augmentation) or is_balanced(model)


def is_balanced(model: "Model") -> bool:
    """Whether each class is drawn as often."""
    return model.project.data.balance == "balanced sampling"


def moves_targets(model: "Model") -> bool:
    """Whether what is asked for lies at the pixels, and is changed with them."""
    return changes(model) and has_maps(model.project.data.dataset, model.project.data.shape)


def definitions_of(model: "Model") -> str:
    """The functions that the script calls, after those that these call; empty: none."""
    names = [call.name for call in _calls(model)]
    if any(isinstance(each, Moving) for each in model.project.data.augmentation):
        names.append("warped")
    if is_balanced(model):
        names.append("balanced")
    parts = [*_constants(model), *definitions(dict.fromkeys(names))]
    if changes(model):
        parts.append(_augmented(model))
    if mixes(model):
        parts.append(_mixed(model))
    return "".join(f"\n\n\n{part}" for part in parts)


def _calls(model: "Model") -> list[Call]:
    data = model.project.data
    return [each.function(_sort(model)) for each in data.augmentation]


def _sort(model: "Model") -> Sort:
    return sort_of(model.project.data.dataset, model.project.data.shape)


def _constants(model: "Model") -> Iterator[str]:
    if any("deviations" in dict(call.options) for call in _calls(model)):
        reach, _, scale = _reach(model)
        deviations = np.asarray(reach.deviations) / scale.ravel()
        yield statement(0, "DEVIATIONS = torch.tensor(", [repr([float(f"{value:.6g}") for value in deviations])])


def _reach(model: "Model") -> tuple[Reach, np.ndarray, np.ndarray]:
    """How far the training samples reach before they are scaled, and what scales them."""
    some, scaling = model.preprocessing.halfway(some_of(model.prepared.train.inputs))
    return Reach.of(model.project.data, some), *scaling.arrays(len(model.project.data.shape))


def _augmented(model: "Model") -> str:
    data, maps = model.project.data, moves_targets(model)
    is_image, has_classes = _sort(model) == "images", data.dataset.task == "classification"
    reach, offset, scale = _reach(model)
    lowest, span = _numbers((reach.lowest - offset) / scale), _numbers(reach.span / scale)
    along = (", targets[:, None]" if has_classes else ", targets") if maps else ""
    also = (", pictures[1][:, 0]" if has_classes else ", pictures[1]") if maps else ""
    begin = [f"lowest = {lowest}", f"span = {span}", f"pictures = [(x - lowest) / span{along}]"]
    back = "pictures[0] * span + lowest" if is_image else "pictures[0]"
    first = "\n".join(f"{INDENT}{line}" for line in (begin if is_image else ["pictures = [x]"]))
    others = [each for each in data.augmentation if not isinstance(each, Mixing)]
    steps = "\n".join(_steps(others, model))
    return f'''\
def augmented(x, {"targets, " if maps else ""}generator):
    """Changes scaled samples at random."""
{first}
{steps}
    return {back}{also}'''


def _steps(augmentations: Iterable[Augmentation], model: "Model") -> Iterator[str]:
    sort = _sort(model)
    for moves, group in groupby(augmentations, lambda each: isinstance(each, Moving)):
        calls = [each.function(sort) for each in group]
        if moves:
            yield f"{INDENT}moves = []"
            yield from (f"{_line('moves.append(', call)})" for call in calls)
            yield f"{INDENT}pictures = warped(pictures, moves)"
        else:
            yield from (_line("pictures = ", call) for call in calls)


def _numbers(values: np.ndarray) -> str:
    """One number where all are the same, otherwise one for each channel."""
    numbers = [float(f"{value:.9g}") for value in values.ravel()]
    if len(set(numbers)) == 1:
        return repr(numbers[0])
    return f"x.new_tensor({numbers!r}).reshape(-1, 1, 1)"


def _line(start: str, call: Call) -> str:
    return statement(1, f"{start}{call.name}(", call.words(WHOLE))


def _mixed(model: "Model") -> str:
    sort = _sort(model)
    mixing = [each for each in model.project.data.augmentation if isinstance(each, Mixing)]
    steps = "\n".join(_line("pictures = ", each.function(sort)) for each in mixing)
    return f'''\
def mixed(pictures, generator):
    """Mixes the samples of a batch, and what is asked for with them."""
{steps}
    return pictures'''
