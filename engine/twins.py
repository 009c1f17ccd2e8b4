"""Layers that share the weights of another: whose, and why that may not be possible. Nothing here needs torch."""

from collections.abc import Iterator, Mapping

from engine.blocks import Block
from engine.graph import Graph, Node
from engine.layers import Input, Layer, Output, Twin, in_words
from engine.report import ChangeSetting, Fix, NodeReport, Problem, Remove, UseAgain


def origin_of(network: Graph, node: Node) -> Node | None:
    """The node whose weights a twin uses; None: there is none, or it has none to share."""
    if not isinstance(node.layer, Twin) or node.layer.of not in network:
        return None
    origin = network.node(node.layer.of)
    shares = not isinstance(origin.layer, Twin | Input | Output) and origin.layer.inputs == 1 and not origin.bypassed
    return origin if shares else None


def acting(network: Graph, node: Node, known: Mapping[str, NodeReport]) -> Layer | None:
    """The layer that a twin works as; None: it cannot. ``known`` is what is known of the nodes by now."""
    origin = origin_of(network, node)
    if origin is None or not isinstance(node.layer, Twin):
        return None
    received = known[origin.id].input_shapes if origin.id in known else ()
    return node.layer.applies(origin.layer, received[0] if received else None)


def twins_at_work(network: Graph) -> list[Node]:
    """The twins that are not skipped."""
    return [node for node in network.nodes if isinstance(node.layer, Twin) and not node.bypassed]


def twin_problems(network: Graph, known: Mapping[str, NodeReport]) -> Iterator[Problem]:
    """Why twins cannot use the weights that they name."""
    for node in twins_at_work(network):
        if isinstance(node.layer, Twin) and (problem := _problem(network, node, node.layer, known)):
            yield problem


def _problem(network: Graph, node: Node, twin: Twin, known: Mapping[str, NodeReport]) -> Problem | None:
    if twin.of not in network:
        said = f"There is no layer “{twin.of}” whose weights {node.id} could use."
        words = said if twin.of else f"{node.id} does not say whose weights it uses."
        return Problem(words, node.id, _another(network, node, known), rule="twin-of-none")
    origin = network.node(twin.of)
    if origin.bypassed:
        words = f"{origin.id} is skipped, so {node.id} cannot use its weights."
        return Problem(words, node.id, UseAgain(origin.id), rule="twin-of-none")
    here, there = known[node.id], known[origin.id]
    has_none = there.output_shape is not None and not there.parameters
    if origin_of(network, node) is None or (has_none and not twin.transposed):
        several = not isinstance(origin.layer, Twin | Input | Output) and origin.layer.inputs != 1
        lacks = "takes several inputs" if several else "has no weights of its own"
        words = f"{origin.id} {lacks}, so {node.id} cannot be its twin."
        return Problem(words, node.id, _another(network, node, known), rule="twin-of-none")
    return _not_transposed(node, twin, origin, here) if twin.transposed else _misfit(node, origin, here, there)


def _not_transposed(node: Node, twin: Twin, origin: Node, here: NodeReport) -> Problem | None:
    width = twin.width(origin.layer)
    if not width:
        words = f"The weights of {origin.id} are no matrix to transpose, as those of Linear and Embedding are."
        fix = ChangeSetting(f"network.{node.id}.transposed", False, "Turn transposed off")
        return Problem(words, node.id, fix, rule="twin-misfit")
    if here.input_shapes and here.input_shapes[0][-1:] != (width,):
        words = f"{node.id} goes back from {width:,} numbers but receives {in_words(here.input_shapes[0])}."
        return Problem(words, node.id, rule="twin-misfit")
    if here.input_shapes and here.output_shape is None:
        words = f"{node.id} needs the size of what {origin.id} receives; let {origin.id} stand before it."
        return Problem(words, node.id, rule="twin-misfit")
    return None


def _misfit(node: Node, origin: Node, here: NodeReport, there: NodeReport) -> Problem | None:
    if not here.input_shapes:
        return None
    arriving = in_words(here.input_shapes[0])
    if there.input_shapes and there.output_shape is None:
        # What is wrong with the other is said there.
        return None
    if here.output_shape is None:
        words = f"{node.id} works as {origin.id}, which cannot take {arriving}."
        return Problem(words, node.id, rule="twin-misfit")
    if not there.input_shapes or made_of(origin.layer, here) == made_of(origin.layer, there):
        return None
    words = (
        f"{origin.id} is made for {in_words(there.input_shapes[0])}, and its weights do not fit {arriving}, which "
        f"arrives at {node.id}."
    )
    return Problem(words, node.id, rule="twin-misfit")


def made_of(layer: Layer, known: NodeReport) -> object:
    """The modules that a layer is for what arrives at it, as a value that compares."""
    if not isinstance(layer, Block):
        call = layer.module(*known.input_shapes)
        return call if call and call.is_module else None
    nodes = layer.inside.nodes
    return tuple(tuple(made_of(node.layer, inside[node.id]) for node in nodes) for inside in known.inside)


def _another(network: Graph, node: Node, known: Mapping[str, NodeReport]) -> Fix:
    """The first layer whose weights fit what arrives, or no twin at all."""
    arriving, behind = known[node.id].input_shapes, network.descendants(node.id)
    for other in (other for other in network.nodes if other.id not in behind):
        there = known[other.id]
        plain = not isinstance(other.layer, Twin) and other.layer.inputs == 1 and not other.bypassed
        if plain and there.parameters and arriving and there.input_shapes == arriving:
            return ChangeSetting(f"network.{node.id}.of", other.id, f"Use the weights of {other.id}")
    return Remove(node.id)
