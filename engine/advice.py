"""Choices that do not fit together: the ends of a network, its loss and its data. Nothing here needs torch."""

from engine.layers import Output
from engine.project import Project


def absorbed(project: Project) -> str:
    """The id of the activation that training leaves to the loss; empty: none.

    It is the node that feeds the one Output, where it is of the kind that the loss absorbs.
    """
    network = project.network
    ends = [node.id for node in network.nodes if isinstance(node.layer, Output)]
    feeding = network.predecessors(ends[0]) if len(ends) == 1 else ()
    if len(feeding) != 1 or type(network.node(feeding[0]).layer).__name__ != project.training.loss.absorbs:
        return ""
    return feeding[0]
