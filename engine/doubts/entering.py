"""The beginning of a network: what of a sample enters, and where."""

from collections.abc import Iterator, Sequence

from engine.datasets.dataset import Feature
from engine.doubts.design import Design, doubt, path_of
from engine.errors import DataError
from engine.layers import Embedding, Input
from engine.report import ChangeSetting, ChangeSteps, Fix, Problem
from engine.spec import abbreviate
from engine.steps import OneHot, layouts

FEWEST_CATEGORIES = 3
"""Of two categories one number tells all."""
MOST_NAMED = 3


def inputs_alike(design: Design) -> Iterator[Problem]:
    """Two Inputs at which the same enters."""
    first: dict[tuple[int, int], str] = {}
    feeding = {node_id: layer for node_id, layer in _inputs(design).items() if design.after(node_id)}
    for node_id, layer in feeding.items():
        part = layer.start, layer.stop
        if part in first:
            words = (
                f"The same values enter at {node_id} as at {first[part]}. Let each take a part of its own with start "
                "and stop, or let one of them feed both ways."
            )
            yield doubt(words, node_id)
        first.setdefault(part, node_id)


def unused_part(design: Design) -> Iterator[Problem]:
    """Columns or channels of the samples that enter nowhere."""
    inputs = _inputs(design)
    sample = next((shape for node_id in inputs if (shape := design.entering(node_id))), None)
    if not sample or any(design.leaving(node_id) is None for node_id in inputs):
        return
    used = {position for layer in inputs.values() for position in layer.part_of(sample)}
    start = next((position for position in range(sample[0]) if position not in used), sample[0])
    if start < sample[0]:
        stop = next((position for position in range(start, sample[0]) if position in used), sample[0])
        yield _unused(inputs, start, stop, sample[0])


def _unused(inputs: dict[str, Input], start: int, stop: int, size: int) -> Problem:
    """From ``start`` up to ``stop`` of so many positions nothing enters."""
    if stop < size:
        taker, setting, value = next(each for each, layer in inputs.items() if layer.start == stop), "start", start
    else:
        taker, setting, value = next(each for each, layer in inputs.items() if layer.stop == start), "stop", 0
    gap = f"Position {start}" if stop - start == 1 else f"The part {start}:{stop}"
    words = f"{gap} of each sample, which has {size} along its first dimension, enters nowhere."
    return doubt(words, taker, ChangeSetting(path_of(taker, setting), value, f"Let it enter at {taker}"))


def _inputs(design: Design) -> dict[str, Input]:
    return {node.id: node.layer for node in design.network.nodes if isinstance(node.layer, Input)}


def category_as_number(design: Design) -> Iterator[Problem]:
    """Categories that reach the network as their places, which say that the third is thrice the first."""
    data = design.project.data
    plain = [one for one in data.layout.features if len(one.categories) >= FEWEST_CATEGORIES and not one.of]
    if not plain or any(design.of_kind(Embedding)):
        return
    names = ", ".join(f"“{abbreviate(one.name, 40)}”" for one in plain[:MOST_NAMED])
    more = f" and {len(plain) - MOST_NAMED:,} more" if len(plain) > MOST_NAMED else ""
    words = (
        f"{names}{more} {'is a category' if len(plain) == 1 else 'are categories'}, but the network is given its place "
        "in a list, as if the third were more than the first."
    )
    yield doubt(words, fix=_one_hot(design, plain))


def _one_hot(design: Design, plain: Sequence[Feature]) -> Fix | None:
    """The step that makes columns of these categories; None: they are too many for it."""
    step = OneHot(tuple(one.name for one in plain))
    try:
        layouts(design.project.data.dataset.layout, (*design.project.data.steps, step))
    except DataError:
        return None
    return ChangeSteps((*design.project.data.steps, step), f"Add “{step.title}”")
