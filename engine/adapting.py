"""A template for another number of classes or another size of image: the data change, and the network follows."""

import math

from engine.analysis import analyse
from engine.datasets import RandomImages
from engine.datasets.noise import LARGEST_SET
from engine.errors import ProjectError
from engine.layers import Input, Output
from engine.project import Project
from engine.templates import can_adapt

_WIDTHS = ("out_features", "out_channels")
_ABOUT_THE_MACHINE = frozenset({"too-large", "batch-of-one"})
"""Faults that have nothing to do with whether the network fits the images."""


def adapted(project: Project, classes: int, size: int, channels: int) -> Project:
    """The project for images of this size (a square) and so many channels, in so many classes.

    Raises `ProjectError` where the network cannot be had for them, and says which size is the smallest.
    """
    made = _changed(project, classes, size, channels)
    fault = _fault(made)
    if not fault:
        return made
    least = _smallest(project, classes, size, channels)
    if least > size:
        raise ProjectError(
            f"{project.title} cannot take images of {size} × {size}: they would vanish on their way through it.",
            expected=f"At least {least} × {least}.",
        )
    raise ProjectError(f"{project.title} cannot take images of {size} × {size}.", expected=fault)


def _changed(project: Project, classes: int, size: int, channels: int) -> Project:
    dataset = project.data.dataset
    if not can_adapt(project) or not isinstance(dataset, RandomImages):
        raise ProjectError(f"{project.title} cannot be had for other images.", fix="Open it and change it by hand.")
    before = len(dataset.classes)
    wanted = dataset.with_settings({"class_count": classes, "image_size": size, "channels": channels})
    fitting = min(wanted.samples, LARGEST_SET // math.prod(wanted.shape))
    made = project.with_value("data.dataset", wanted.with_setting("samples", fitting))
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


def _smallest(project: Project, classes: int, size: int, channels: int) -> int:
    """The smallest size from this one up to the template's own that the network takes; this one where none is."""
    low, high = size, project.data.dataset.shape[-1]
    if low >= high or _fault(_changed(project, classes, high, channels)):
        return size
    while high - low > 1:
        middle = (low + high) // 2
        if _fault(_changed(project, classes, middle, channels)):
            low = middle
        else:
            high = middle
    return high
