"""The beginning of a network: what of a sample enters, and where."""

from collections.abc import Iterator

from engine.doubts.design import Design, doubt, path_of
from engine.layers import Input
from engine.report import ChangeSetting, Problem


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
