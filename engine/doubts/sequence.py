"""Layers that stand in an order in which one undoes, repeats or spoils the other."""

import math
from collections.abc import Iterator

from engine.doubts.design import Design, Weighing, doubt, path_of
from engine.graph import Node
from engine.layers import (
    Activation,
    AdaptiveAvgPool2d,
    AvgPool,
    BatchNorm,
    ConvTranspose,
    Depthwise,
    Dropout,
    Flatten,
    GlobalAvgPool,
    Identity,
    Input,
    Layer,
    LayerNorm,
    Linear,
    Output,
    ReLU,
    Sigmoid,
    Silencing,
    Sliding,
    Softmax,
    Tanh,
)
from engine.report import ChangeSetting, Fix, InsertBefore, MoveBehind, Problem, Remove, Replace
from engine.spec import as_percent
from engine.wiring import lacks_inputs

STRAIGHT = Flatten, Identity, Silencing, BatchNorm, AvgPool, AdaptiveAvgPool2d, GlobalAvgPool
"""What bends nothing between two layers that weigh. LayerNorm is not among them: it divides by each sample's spread."""

NARROW: dict[type[Layer], float] = {Linear: 1 / 4, Sliding: 1 / 2, ConvTranspose: 1 / 2}
"""A middle at most this wide, compared with both sides, is a bottleneck that is meant: an autoencoder's code, or the
linear bottleneck of MobileNetV2 (whose first one halves)."""

STRONGEST_DROPOUT = 0.8
"""The share that Srivastava et al. (2014) still tried with success."""

STEEPNESS: dict[type[Layer], int] = {Sigmoid: 2, Tanh: 1}
MOST_SATURATION = 10
"""Five Sigmoid or ten Tanh in a row: the gradient is a thousandth. The original LeNet has four."""

USUAL_WIDTH = 16


def leads_nowhere(design: Design) -> Iterator[Problem]:
    """Layers whose values reach no other."""
    if not any(design.of_kind(Output)):
        return
    for node in design.network.nodes:
        if not node.layer.outputs or design.after(node.id) or lacks_inputs(design.network, node):
            continue
        words = f"{node.layer.title} leads nowhere, so it has no say in the answer."
        is_only_input = isinstance(node.layer, Input) and len(list(design.of_kind(Input))) == 1
        yield doubt(words, node.id, None if is_only_input else Remove(node.id))


def no_nonlinearity(design: Design) -> Iterator[Problem]:
    """Two layers that weigh, with nothing between them that bends."""
    origins: dict[str, tuple[str, str]] = {}
    for node_id in design.order:
        origin, place = _unbent(design, node_id, origins)
        if not origin:
            continue
        origins[node_id] = origin, place
        if isinstance(design.layer(node_id), Weighing) and not _is_meant_linear(design, origin, node_id):
            words = (
                f"No nonlinearity between {origin} and {node_id}. Together they can do no more than one layer; "
                "insert an activation between them."
            )
            yield doubt(words, node_id, InsertBefore(place, ReLU()))


def _unbent(design: Design, node_id: str, origins: dict[str, tuple[str, str]]) -> tuple[str, str]:
    """The weighing layer whose values arrive unbent, and before which layer one would bend them; empty: none."""
    source = design.before(node_id)
    here = "" if isinstance(design.layer(node_id), BatchNorm) else node_id
    if not source:
        return "", ""
    if isinstance(design.layer(source), Weighing):
        return source, here
    if isinstance(design.layer(source), STRAIGHT) and source in origins:
        origin, place = origins[source]
        return origin, place or here
    return "", ""


def _is_meant_linear(design: Design, first: str, second: str) -> bool:
    """Whether two layers are one on purpose: a bottleneck, or a depthwise convolution and the one that mixes it."""
    layers = design.layer(first), design.layer(second)
    if any(isinstance(layer, Depthwise) or getattr(layer, "groups", 1) > 1 for layer in layers):
        return True
    sides = design.entering(first), design.leaving(first), design.leaving(second)
    if type(layers[0]) is not type(layers[1]) or not all(sides):
        return False
    place = -1 if isinstance(layers[0], Linear) else 0
    before, middle, after = (side[place] for side in sides if side)
    share = next(share for kind, share in NARROW.items() if isinstance(layers[0], kind))
    return middle <= share * min(before, after)


def bias_before_norm(design: Design) -> Iterator[Problem]:
    """A constant that batch normalisation takes away again."""
    for node in design.network.nodes:
        if not isinstance(node.layer, Weighing) or not node.layer.bias or _is_by_steps(design, node):
            continue
        behind = design.after(node.id)
        if behind and all(isinstance(design.layer(each), BatchNorm) for each in behind):
            words = (
                f"The bias of {node.id} has no effect. {behind[0]} subtracts the mean of the batch and adds a constant "
                "of its own, so the bias only costs memory and time."
            )
            fix = ChangeSetting(path_of(node.id, "bias"), False, "Turn off its bias")
            yield doubt(words, node.id, fix)


def _is_by_steps(design: Design, node: Node) -> bool:
    """Whether a layer has a bias for each feature of a sequence: a norm behind it takes the mean of each step."""
    shape = design.entering(node.id)
    return isinstance(node.layer, Linear) and shape is not None and len(shape) > 1


def softmax_twice(design: Design) -> Iterator[Problem]:
    """A Softmax of a Softmax."""
    for node in design.of_kind(Softmax):
        source = design.before(node.id)
        if source and isinstance(design.layer(source), Softmax):
            words = f"Two Softmax follow each other: {node.id} only evens out the probabilities of {source}."
            yield doubt(words, node.id, Remove(node.id))


def softmax_inside(design: Design) -> Iterator[Problem]:
    """A Softmax whose probabilities are weighed again. Attention multiplies by them instead, and is left in peace."""
    for node in design.of_kind(Softmax):
        behind = design.after(node.id)
        while len(behind) == 1 and isinstance(design.layer(behind[0]), STRAIGHT):
            behind = design.after(behind[0])
        if any(isinstance(design.layer(each), Weighing) for each in behind):
            words = (
                f"{node.id} stands inside the network. Its values compete for a sum of 1, so little of what was found "
                "reaches the layers behind it; hidden layers learn better with ReLU."
            )
            yield doubt(words, node.id, Replace((node.id,), ReLU()))


def activation_twice(design: Design) -> Iterator[Problem]:
    """Two activations with no weights between them. What answers at the end is no second activation."""
    for node, source in _repeated(design, Activation.family):
        closing = any(isinstance(design.layer(each), Output) for each in design.after(node))
        if closing or isinstance(design.layer(node), Softmax) or isinstance(design.layer(source), Softmax):
            continue
        words = (
            f"Two activations in a row: {source} and {node}. With no weights between them the second adds nothing that "
            "the network could use, and costs time and gradient."
        )
        yield doubt(words, node, Remove(node))


def dropout_twice(design: Design) -> Iterator[Problem]:
    """Two layers that silence, as one would."""
    for node, source in _repeated(design, Dropout.family):
        first, second = design.layer(source), design.layer(node)
        if isinstance(first, Silencing) and isinstance(second, Silencing) and type(first) is type(second):
            share = 1 - (1 - first.p) * (1 - second.p)
            words = (
                f"Two {first.title} in a row: {source} and {node}. Together they silence {as_percent(share)} of "
                "the values; one of them with that share does the same."
            )
            yield doubt(words, node, Remove(node))


def norm_twice(design: Design) -> Iterator[Problem]:
    """Values that are standardised when they are already."""
    for node, source in _repeated(design, LayerNorm.family):
        words = (
            f"Two normalisations in a row: {source} and {node}. What the first has standardised the second finds so; "
            "one is enough."
        )
        yield doubt(words, node, Remove(node))


def _repeated(design: Design, family: str) -> Iterator[tuple[str, str]]:
    """The nodes of a family that directly follow one of the same family, each with that one."""
    for node in design.network.nodes:
        source = design.before(node.id)
        if source and node.layer.family == family == design.layer(source).family:
            yield node.id, source


def dropout_before_norm(design: Design) -> Iterator[Problem]:
    """Li et al. (2018), “Understanding the disharmony between dropout and batch normalization by variance shift”."""
    for node in design.of_kind(BatchNorm):
        source = design.before(node.id)
        layer = design.layer(source) if source else None
        if isinstance(layer, Silencing) and layer.p:
            words = (
                f"{node.id} learns its statistics from values that {source} has thinned out. In use nothing is thinned "
                "out, the spread is another, and the answers are worse than in training; Dropout belongs behind it."
            )
            fix = MoveBehind(source, node.id) if len(design.after(source)) == 1 else None
            yield doubt(words, node.id, fix)


def strong_dropout(design: Design) -> Iterator[Problem]:
    """So much is silenced that hardly anything is left to learn from."""
    for node in design.of_kind(Silencing):
        if isinstance(node.layer, Silencing) and node.layer.p > STRONGEST_DROPOUT:
            words = (
                f"{node.id} silences {as_percent(node.layer.p)} of the values. So little is left that learning is "
                f"slow and noisy; 20 % to 50 % is usual, and more than {as_percent(STRONGEST_DROPOUT)} seldom helps."
            )
            usual = Dropout().p
            yield doubt(words, node.id, ChangeSetting(path_of(node.id, "p"), usual, f"Silence {as_percent(usual)}"))


def saturating_stack(design: Design) -> Iterator[Problem]:
    """Sigmoid and Tanh in such a number that no gradient comes through. A norm or a skip between them mends it."""
    stacks: dict[str, tuple[str, ...]] = {}
    goes_on: set[str] = set()
    for node_id in design.order:
        source = design.before(node_id)
        stack = stacks.get(source, ())
        layer = design.layer(node_id)
        if type(layer) in STEEPNESS and not _is_closing(design, node_id):
            goes_on.update(stack[-1:])
            stack = (*stack, node_id)
        keeps = isinstance(layer, Weighing | Sigmoid | Tanh | Silencing | Flatten) or layer.family == "Pooling"
        stacks[node_id] = stack if keeps else ()
    for node_id, stack in stacks.items():
        if stack and stack[-1] == node_id and node_id not in goes_on:
            yield from _saturation(design, stack)


def _is_closing(design: Design, node_id: str) -> bool:
    return any(isinstance(design.layer(each), Output) for each in design.after(node_id))


def _saturation(design: Design, stack: tuple[str, ...]) -> Iterator[Problem]:
    kinds: list[type[Layer]] = [type(design.layer(node_id)) for node_id in stack]
    if sum(STEEPNESS[kind] for kind in kinds) < MOST_SATURATION:
        return
    names = " and ".join(sorted({kind.title for kind in kinds}))
    left = 0.25 ** kinds.count(Sigmoid)
    share = f"at most {100 * left:.2g} % of it" if left < 1 else "next to none of it"
    words = (
        f"{len(stack)} {names} layers stand one behind the other. Each passes on only a part of the gradient, so "
        f"{stack[0]} sees {share} and the first layers hardly learn; use ReLU inside the network."
    )
    yield doubt(words, stack[0], Replace(stack, ReLU()))


def bottleneck_of_one(design: Design) -> Iterator[Problem]:
    """A single value through which all that is known of a sample must pass."""
    narrow = [
        node.id
        for node in design.of_kind(Linear)
        if design.leaving(node.id) == (1,) and _feeds_weights(design, node.id)
    ]
    for node_id in (node_id for node_id in narrow if node_id in design.passed_by_all):
        words = (
            f"Only one value leaves {node_id}. All that the layers behind it can know of a sample is that one number; "
            "give it more outputs."
        )
        fix: Fix = ChangeSetting(
            path_of(node_id, "out_features"), USUAL_WIDTH, f"Set the outputs of {node_id} to {USUAL_WIDTH}"
        )
        yield doubt(words, node_id, fix)


def _feeds_weights(design: Design, node_id: str) -> bool:
    return any(isinstance(design.layer(each), Weighing) for each in design.network.descendants(node_id))


def norm_of_one_value(design: Design) -> Iterator[Problem]:
    """Standardising a single value leaves nothing of it."""
    for node in design.of_kind(LayerNorm):
        shape = design.entering(node.id)
        if shape is None or not isinstance(node.layer, LayerNorm):
            continue
        if math.prod(shape[-node.layer.dimensions :]) == 1:
            words = f"{node.id} always answers the same. The mean of a single value is that value, so nothing is left."
            yield doubt(words, node.id, Remove(node.id))
