"""The end of a network: what stands between the last weights, the answer and the loss."""

from collections.abc import Iterator

from engine.advice import loss_of
from engine.blocks import Block
from engine.doubts.design import Design, doubt
from engine.layers import (
    Activation,
    AlongDimension,
    BatchNorm,
    Flatten,
    Identity,
    LayerNorm,
    LogSoftmax,
    Output,
    Sigmoid,
    Silencing,
    Softmax,
)
from engine.losses import CrossEntropy, Loss
from engine.report import Fix, Problem, Remove, Unpack
from engine.spec import as_percent

Passing = Silencing | Flatten | Identity
"""Layers behind which an answer has the same values."""


def embedding_as_answer(design: Design) -> Iterator[Problem]:
    """A network that is to tell classes, but learns only where samples lie."""
    if design.output and design.loss.embeds:
        words = (
            f"{design.loss.title} learns where samples lie, not which class each value stands for, so the answer tells "
            "no class. It belongs to an auxiliary Output, or is added to a loss of classes."
        )
        yield doubt(words, design.output, loss_of(design.project, design.output, CrossEntropy))


def dropout_before_output(design: Design) -> Iterator[Problem]:
    """Dropout that silences answers, with no weights behind it that could make up for them."""
    if any(hidden_activation(design)):
        return
    for node_id in _closing(design):
        layer = design.layer(node_id)
        if isinstance(layer, Silencing) and layer.p:
            words = (
                f"{node_id} silences the answers themselves. No weights behind it can make up for that: "
                f"{as_percent(layer.p)} of them are lost at random while training; Dropout "
                "belongs before the last layer with weights."
            )
            yield doubt(words, node_id, Remove(node_id))


def norm_before_output(design: Design) -> Iterator[Problem]:
    """Normalisation of the answers."""
    for node_id in _closing(design):
        layer = design.layer(node_id)
        if layer.family == LayerNorm.family:
            others = "the other samples of its batch" if isinstance(layer, BatchNorm) else "the other values"
            words = (
                f"{node_id} normalises the answers. How large an answer is then depends on {others}, not on what the "
                "network found; normalise before the last layer with weights."
            )
            yield doubt(words, node_id, Remove(node_id))


def softmax_over_numbers(design: Design) -> Iterator[Problem]:
    """A distribution over answers that are none."""
    end = design.last
    if end and isinstance(design.layer(end), Softmax) and design.project.data.dataset.task == "regression":
        words = "Softmax makes all answers sum to 1, which the numbers to predict do not."
        yield doubt(words, end, Remove(end))


def softmax_of_one_value(design: Design) -> Iterator[Problem]:
    """A choice among one."""
    told = {problem.node for seen in design.at_each_output() for problem in softmax_over_numbers(seen)}
    for node in design.of_kind(AlongDimension):
        shape, layer = design.entering(node.id), node.layer
        if not isinstance(layer, AlongDimension) or shape is None or node.id in told:
            continue
        if layer.accepts.takes(shape) and not layer.refuses(shape) and layer.extent(shape) == 1:
            same = 0 if isinstance(layer, LogSoftmax) else 1
            yield doubt(f"{layer.title} over a single value always answers {same}.", node.id, Remove(node.id))


def activation_against_loss(design: Design) -> Iterator[Problem]:
    """A last activation that is not the one which the loss applies itself: sigmoid outputs with cross-entropy."""
    project = design.project
    loss, end = design.loss, design.last
    layer = design.layer(end) if end else None
    if not isinstance(layer, Softmax | Sigmoid) or loss.absorbs in ("", type(layer).__name__):
        return
    of_one = isinstance(layer, Softmax) and design.leaving(end) == (1,)
    # Softmax over labels is a fault of its own, see `engine.advice`.
    if project.data.dataset.task in ("regression", "multilabel") or of_one:
        return
    words = (
        f"{loss.title} applies a {loss.absorbs} of its own; behind {layer.title} it sees only values between 0 and "
        "1 and learns slowly."
    )
    yield doubt(words, end, _matching_loss(design, layer) or Remove(end))


def _matching_loss(design: Design, layer: Softmax | Sigmoid) -> Fix | None:
    if isinstance(layer, Sigmoid) and len(design.project.data.dataset.classes) > 2:
        return None
    kind = next(kind for kind in Loss.kinds.values() if kind.absorbs == type(layer).__name__)
    return loss_of(design.project, design.output, kind)


def hidden_activation(design: Design) -> Iterator[Problem]:
    """An activation that the loss would absorb, were there no Dropout or Flatten behind it."""
    loss, at = design.loss, design.last
    between: list[str] = []
    while at and isinstance(design.layer(at), Passing):
        between.append(at)
        at = design.before(at)
    if not at or not between or type(design.layer(at)).__name__ != loss.absorbs:
        return
    alone = len(between) == 1 and design.leaving(between[0]) == design.leaving(at)
    yield doubt(
        f"{loss.title} applies a {loss.absorbs} of its own, and {between[-1]} hides that {at} is one already: "
        "training would apply it twice.",
        at,
        Remove(between[0] if alone else at),
    )


def activation_in_block(design: Design) -> Iterator[Problem]:
    """An activation that the loss would absorb, were it not the end of a block."""
    loss, end = design.loss, design.last
    layer = design.layer(end) if end else None
    if isinstance(layer, Block) and loss.absorbs and _closes(layer) == loss.absorbs:
        words = (
            f"{loss.title} applies a {loss.absorbs} of its own, and {end} ends in one inside, where it is not seen: "
            "training would apply it twice. Let it stand outside the block."
        )
        yield doubt(words, end, Unpack(end))


def _closes(block: Block) -> str:
    """The kind of the layer that answers for a block, in the blocks inside it too; empty: there is none."""
    inside = block.inside
    at = next((node.id for node in inside.nodes if isinstance(node.layer, Output)), "")
    while at:
        at = next(iter(inside.predecessors(at)), "")
        if at and not inside.node(at).bypassed:
            layer = inside.node(at).layer
            return _closes(layer) if isinstance(layer, Block) else type(layer).__name__
    return ""


def bounded_answer(design: Design) -> Iterator[Problem]:
    """Numbers to predict that the last activation cannot reach."""
    if design.project.data.dataset.task != "regression" or design.loss.ends_in():
        return
    bound = next(_bends(design), "")
    if bounds := _bounds(design, bound):
        words = (
            f"The network can answer only {bounds}. {bound} is its last activation, and the "
            "numbers to predict are not so bounded; end with Linear alone."
        )
        yield doubt(words, bound, Remove(bound))


def bounded_scores(design: Design) -> Iterator[Problem]:
    """Scores of classes that are bent before Softmax, Sigmoid or the loss turn them into probabilities."""
    if design.project.data.dataset.task == "regression":
        return
    bends = _bends(design)
    bound = next(bends, "")
    if bound and isinstance(design.layer(bound), Softmax | Sigmoid):
        bound = next(bends, "")
    elif not design.loss.absorbs:
        return
    if bounds := _bounds(design, bound):
        words = (
            f"The scores of the classes are {bounds}. {bound} bends them before they become "
            "probabilities, so no class can be ruled out or be nearly sure; let Linear give the scores."
        )
        yield doubt(words, bound, Remove(bound))


def _bounds(design: Design, node_id: str) -> str:
    """Between what the values of an activation lie; empty: anywhere, as those of a distribution, which is no bound."""
    layer = design.layer(node_id) if node_id else None
    return layer.bounds if isinstance(layer, Activation) and not isinstance(layer, AlongDimension) else ""


def _bends(design: Design) -> Iterator[str]:
    """The activations that close the network, the last one first, up to what is none."""
    for node_id in _tail(design):
        layer = design.layer(node_id)
        if layer.family == Activation.family:
            yield node_id
        elif not isinstance(layer, Passing):
            return


def _closing(design: Design) -> Iterator[str]:
    """The layers at the end up to the last one that finds something: what only shapes the answer."""
    for node_id in _tail(design):
        layer = design.layer(node_id)
        if len(design.network.outgoing(node_id)) > 1:
            # What else it feeds makes something of it.
            return
        if isinstance(layer, Passing | Softmax | Sigmoid) or layer.family == LayerNorm.family:
            yield node_id
        else:
            return


def _tail(design: Design) -> Iterator[str]:
    """The nodes from the one that feeds the Output backwards, as long as each is fed by one alone."""
    at = design.before(design.output) if design.output else ""
    while at:
        yield at
        at = design.before(at)
