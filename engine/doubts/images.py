"""What windows that slide over an image see of it, and what they miss."""

import math
from collections.abc import Iterator

from msgspec import Struct

from engine.doubts.design import Design, doubt, path_of
from engine.layers import (
    AdaptiveAvgPool2d,
    AdaptivePool,
    AvgPool2d,
    Expression,
    Flatten,
    GlobalPool,
    Layer,
    Linear,
    MatMul,
    MaxPool2d,
)
from engine.layers.layer import pair_in_words, pair_of
from engine.layers.spatial import Windowed
from engine.report import ChangeSetting, Fix, Problem
from engine.spec import Shape

Pool = MaxPool2d | AvgPool2d
ALL_POSITIONS = AdaptivePool, GlobalPool, AvgPool2d, MaxPool2d
Sides = tuple[int, int]

SEEN = 1 / 2
"""What is to be told apart mostly fills half of an image and more. The networks people know see all of it there."""

LEAST_LOSS = 1 / 6
"""One row of thirteen or of seven at the border, as many well-known networks leave out, is no loss; one of five is."""

KEEPS_PLACE = "Activation", "Normalization", "Regularization", "Merge and arithmetic"
"""Families whose layers answer each position from that position alone."""

MAY_MIX_PLACES = MatMul, Expression
"""Layers of these families that need not."""


class Field(Struct, frozen=True):
    """What one position sees: the image's height and width that reach it, and how far apart two positions look."""

    seen: Sides = (1, 1)
    step: Sides = (1, 1)

    def through(self, extent: Sides, stride: Sides) -> "Field":
        """Behind a window of this extent that moves by this stride."""
        seen = tuple(old + (side - 1) * step for old, side, step in zip(self.seen, extent, self.step, strict=True))
        step = tuple(old * factor for old, factor in zip(self.step, stride, strict=True))
        return Field((seen[0], seen[1]), (step[0], step[1]))


def small_receptive_field(design: Design) -> Iterator[Problem]:
    """Positions that see far less than the image, and are then averaged or maxed away before any layer joins them."""
    fields = receptive_fields(design)
    for node in design.of_kind(ALL_POSITIONS):
        field = fields.get(design.before(node.id))
        whole = _image_above(design, node.id) if field and _is_global(design, node.id) else None
        if field is None or whole is None:
            continue
        if all(seen < SEEN * side for seen, side in zip(field.seen, whole, strict=True)):
            words = (
                f"Each position sees only {_by(field.seen)} of {_by(whole)} pixels. {node.id} makes one value of all "
                "positions, so no layer ever sees more of an object than that; "
                "add convolutions or pooling, or keep several positions."
            )
            yield doubt(words, node.id, _several_positions(design, node.id, field.seen, whole))


def _is_global(design: Design, node_id: str) -> bool:
    """Whether one value is made of all positions, and no way leads around it."""
    image, pooled = design.entering(node_id), design.leaving(node_id)
    if image is None or pooled is None or image[1:] == (1, 1):
        return False
    return set(pooled[1:]) <= {1} and node_id in design.passed_by_all


def receptive_fields(design: Design) -> dict[str, Field]:
    """The receptive field behind each node. One whose positions see everything, or that is not understood, has none."""
    fields: dict[str, Field] = {}
    for node_id in design.order:
        layer, shape = design.layer(node_id), design.leaving(node_id)
        if shape is None or len(shape) != 3:
            continue
        feeding = design.network.predecessors(node_id)
        known = [fields[source] for source in feeding if source in fields]
        if len(known) != len(feeding):
            continue
        field = _behind(layer, _widest(known)) if known else Field()
        if field is not None:
            fields[node_id] = field
    return fields


def _widest(fields: list[Field]) -> Field:
    return max(fields, key=lambda field: math.prod(field.seen))


def _behind(layer: Layer, field: Field) -> Field | None:
    window = _window(layer)
    if window is not None:
        return field.through(*window)
    return field if layer.family in KEEPS_PLACE and not isinstance(layer, MAY_MIX_PLACES) else None


def _window(layer: Layer) -> tuple[Sides, Sides] | None:
    """The extent and the stride of a window; None: there is none."""
    if not isinstance(layer, Windowed) or layer.sides != 2:
        return None
    extent, stride = layer.window
    return pair_of(extent), pair_of(stride)


def _image_above(design: Design, node_id: str) -> Sides | None:
    """Height and width of the image that a node's values come from; None: there is no one such."""
    starts = [
        design.leaving(source) for source in design.network.ancestors(node_id) if not design.network.incoming(source)
    ]
    image = starts[0] if len(starts) == 1 else None
    return (image[1], image[2]) if image is not None and len(image) == 3 else None


def _several_positions(design: Design, node_id: str, seen: Sides, whole: Sides) -> Fix | None:
    """Cells about as large as what a position sees, for the Linear behind it to join; None: there is none behind it."""
    behind = design.after(node_id)
    while len(behind) == 1 and isinstance(design.layer(behind[0]), Flatten):
        behind = design.after(behind[0])
    joined = len(behind) == 1 and isinstance(design.layer(behind[0]), Linear)
    image = design.entering(node_id)
    if not joined or image is None or not isinstance(design.layer(node_id), AdaptiveAvgPool2d):
        return None
    height, width = (min(size, math.ceil(side / part)) for size, side, part in zip(image[1:], whole, seen, strict=True))
    words = f"Keep {pair_in_words((height, width))} positions"
    return ChangeSetting(path_of(node_id, "output_size"), height if height == width else (height, width), words)


def pooling_drops_rows(design: Design) -> Iterator[Problem]:
    """Rows or columns at the far border that no window reaches, where they are a good part of the image."""
    for node in design.of_kind((MaxPool2d, AvgPool2d)):
        image = design.entering(node.id)
        if image is None or design.leaving(node.id) is None or not isinstance(node.layer, Pool):
            continue
        if node.layer.ceil_mode:
            continue
        lost = _lost(node.layer, image, pair_of(node.layer.padding))
        words = [
            f"{count} of {size} {name}"
            for count, size, name in zip(lost, image[1:], ("rows", "columns"), strict=True)
            if count >= LEAST_LOSS * size
        ]
        if words:
            message = (
                f"{node.id} leaves out {' and '.join(words)}. Its windows do not reach the far border, so what is "
                "there is never seen; add padding, or choose a window that divides the size."
            )
            yield doubt(message, node.id, _padded(node.id, node.layer, image))


def _lost(pool: Pool, image: Shape, border: Sides) -> Sides:
    """How many rows and columns at the far border no window reaches."""
    window = _window(pool)
    assert window is not None
    lost: list[int] = []
    for size, extent, stride, pad in zip(image[1:], *window, border, strict=True):
        reached = (size + 2 * pad - extent) // stride * stride + extent - pad
        lost.append(max(0, size - reached))
    return lost[0], lost[1]


def _padded(node_id: str, pool: Pool, image: Shape) -> Fix | None:
    """The smallest padding with which all is reached; None: there is none."""
    for pad in range(1, min(pair_of(pool.kernel_size)) // 2 + 1):
        if _lost(pool, image, (pad, pad)) == (0, 0):
            return ChangeSetting(path_of(node_id, "padding"), pad, f"Set its padding to {pad}")
    return None


def skipped_pixels(design: Design) -> Iterator[Problem]:
    """A stride larger than the window. A window of 1 that skips is how ResNet halves an image, and is meant."""
    for node in design.of_kind(Windowed):
        window = _window(node.layer)
        if window is None or window[0] == (1, 1):
            continue
        extent, stride = window
        if any(step > side for step, side in zip(stride, extent, strict=True)):
            fitting = min(stride[0], extent[0]), min(stride[1], extent[1])
            words = (
                f"{node.id} skips pixels. Its window of {pair_in_words(extent)} moves by {pair_in_words(stride)}, so "
                "what lies between two positions is never seen; make the stride no larger than the window."
            )
            value = fitting[0] if fitting[0] == fitting[1] else fitting
            fix = ChangeSetting(path_of(node.id, "stride"), value, f"Set its stride to {pair_in_words(fitting)}")
            yield doubt(words, node.id, fix)


def _by(sides: Sides) -> str:
    return f"{sides[0]}×{sides[1]}"
