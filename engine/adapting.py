"""A template for another number of classes or another size of image: the data change, and the network follows."""

from engine.analysis import analyse
from engine.datasets import RandomImages
from engine.errors import ProjectError
from engine.layers import Input, Output
from engine.project import Project
from engine.templates import can_adapt

_WIDTHS = ("out_features", "out_channels")
_STEPS = (8, 16, 32)
"""Networks that halve an image or cut it into patches may take only multiples of one of these."""
_ABOUT_THE_MACHINE = frozenset({"too-large", "batch-of-one"})
"""Faults that have nothing to do with whether the network fits the images."""


def adapted(project: Project, classes: int, size: int, channels: int) -> Project:
    """The project for images of this size (a square) and so many channels, in so many classes.

    Raises `ProjectError` where the network cannot be had for them, and says which size is the next that can.
    """
    made = _changed(project, classes, size, channels)
    fault = _fault(made)
    if not fault:
        return made
    fitting = _next_fitting(project, classes, size, channels)
    expected = f"The next size that fits is {fitting} × {fitting}." if fitting else fault
    raise ProjectError(f"{project.title} cannot take images of {size} × {size}.", expected=expected)


def _changed(project: Project, classes: int, size: int, channels: int) -> Project:
    dataset = project.data.dataset
    if not can_adapt(project) or not isinstance(dataset, RandomImages):
        raise ProjectError(f"{project.title} cannot be had for other images.", fix="Open it and change it by hand.")
    before = len(dataset.classes)
    wanted = dataset.with_settings({"class_count": classes, "image_size": size, "channels": channels})
    made = project.with_value("data.dataset", wanted.with_setting("samples", min(wanted.samples, wanted.most_samples)))
    if classes != before:
        for node_id, setting in _answering(project, before):
            made = made.with_value(f"network.{node_id}.{setting}", classes)
    return made


def _answering(project: Project, width: int) -> list[tuple[str, str]]:
    """The layers that answer with so many values, one for each Output, and the setting that says so."""
    network, found = project.network, list[tuple[str, str]]()
    for end in (node.id for node in network.nodes if isinstance(node.layer, Output)):
        at = end
        while len(network.predecessors(at)) == 1:
            at = network.predecessors(at)[0]
            layer = network.node(at).layer
            setting = next((name for name in _WIDTHS if name in layer.declared), "")
            if setting and getattr(layer, setting) == width:
                found.append((at, setting))
                break
            if setting or isinstance(layer, Input):
                raise ProjectError(f"{project.title} cannot be had for another number of classes.")
    return found


def _fault(project: Project) -> str:
    """Why the network does not fit its data; empty: it does."""
    faults = (problem for problem in analyse(project).faults if problem.rule not in _ABOUT_THE_MACHINE)
    return next((problem.message for problem in faults), "")


def _next_fitting(project: Project, classes: int, size: int, channels: int) -> int:
    """The next larger size that the network takes, up to the template's own; 0 where there is none."""

    def fits(other: int) -> bool:
        return not _fault(_changed(project, classes, other, channels))

    own = project.data.shape[-1]
    steps = ((size // step + 1) * step for step in _STEPS)
    high = next((other for other in (*steps, own) if other > size and fits(other)), 0)
    low = size
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fits(middle) else (middle, high)
    return high
