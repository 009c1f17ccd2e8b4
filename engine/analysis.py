"""From a project to a `Report`: order, shapes, parameters, FLOPs, memory, and problems with their fixes."""

from engine.errors import LayerloomError
from engine.layers import Input, in_words
from engine.measure import Measured, measure
from engine.project import Project
from engine.report import NodeReport, Problem, Report, Totals
from engine.spec import Shape


def analyse(project: Project) -> Report:
    """All that is known of a project. Never raises for what a person has drawn."""
    network = project.network
    nodes: dict[str, NodeReport] = {}
    problems: list[Problem] = []
    for node_id in network.order:
        layer = network.node(node_id).layer
        shapes = tuple(nodes[source].output_shape for source in network.predecessors(node_id))
        if isinstance(layer, Input):
            try:
                shapes = (layer.shape or project.data.dataset.shape,)
            except LayerloomError as fault:
                problems.append(Problem(str(fault), node_id))
        known = tuple(shape for shape in shapes if shape is not None)
        found = Measured()
        if known and len(known) == len(shapes):
            found = _measured(project, node_id, known, problems)
        nodes[node_id] = NodeReport(
            node_id,
            type(layer).__name__,
            known,
            found.output_shape,
            found.parameters,
            found.trainable_parameters,
            found.flops,
        )
    return Report(nodes, Totals(), tuple(problems), network.order)


def _measured(project: Project, node_id: str, shapes: tuple[Shape, ...], problems: list[Problem]) -> Measured:
    layer = project.network.node(node_id).layer
    for shape in shapes:
        if not layer.accepts.takes(shape):
            problems.append(
                Problem(f"{layer.title} needs {layer.accepts.words} but receives {in_words(shape)}.", node_id)
            )
            return Measured()
    refusal = layer.refuses(*shapes)
    if refusal:
        problems.append(Problem(refusal.message, node_id))
        return Measured()
    return measure(layer, shapes)
