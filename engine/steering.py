"""Steering: what may change of a project while it is trained, what leads from one design to another, and what was
changed in the course of a run.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from engine.blocks import Block, substance
from engine.errors import LayerloomError, SettingError
from engine.events import AnyEvent, Changed, Failed, Started
from engine.graph import Graph, Node
from engine.layers import Layer
from engine.project import Project
from engine.runs import Run
from engine.spec import Spec, write_spec

WHOLE = (
    *("training.epochs", "training.batch_size", "training.accumulation", "training.schedule", "training.clipping"),
    *("training.stops", "training.decay_all", "training.validate_every", "training.validate_unit"),
    *("training.keep_every", "training.watch_gradients", "training.copies", "training.device"),
)
"""What may change by its path, and what may change within these choices."""
WITHIN = ("training.optimizer.", "training.schedule.", "training.clipping.", "training.stops.")

OF_LAYERS = ("dropout", "lr_factor", "decay_factor")
OF_REGULARIZATION = "Regularization"
"""Settings of layers that may change, and the family of which all may."""

MATTERS = (Started, Changed, Failed)
"""The events that `changes_in` looks at."""


class Change(msgspec.Struct, frozen=True):
    """A setting that is to change, by its path in the project, from one value to another; both as JSON knows them."""

    path: str
    value: Any
    before: Any = None


class Way(msgspec.Struct, frozen=True):
    """What leads from one design to another: changes that can be made while it trains, and what cannot be."""

    changes: tuple[Change, ...] = ()
    others: tuple[str, ...] = ()
    """Paths of what differs besides: that takes a new training."""


def steered(project: Project, path: str, value: Any) -> Project:
    """The project with a setting changed that may change while training. Raises `SettingError`, `ProjectError`."""
    if not _is_steerable(project, path):
        raise SettingError(
            f"{path} cannot change once training has begun.",
            expected="Learning rate and other settings of the optimizer can, and batch size, epochs, schedule, "
            "clipping, rules to end, dropout and which layers are frozen.",
            fix="Start a new run.",
        )
    new = project.with_value(path, value)
    before, after = project.training.optimizer, new.training.optimizer
    if after.state_per_weight != before.state_per_weight:
        raise SettingError(
            f"{path} cannot change to or from 0 once training has begun.",
            expected="The optimizer remembers other values with it than without.",
            fix="Start a new run.",
        )
    return new


def value_at(project: Project, path: str) -> Any:
    """The value of a setting as JSON knows it. Raises `SettingError`, `ProjectError` where there is none."""
    head, _, rest = path.partition(".")
    found: Any = project.training if head == "training" else project.data
    if head == "network":
        ids, _, rest = rest.partition(".")
        node = project.node(ids)
        found = node if rest == "frozen" else node.layer
    for name in rest.split("."):
        try:
            found = found[int(name)] if isinstance(found, tuple) else getattr(found, name)
        except (AttributeError, IndexError, ValueError):
            raise SettingError(f"There is no setting “{path}”.") from None
    return _plain(found)


def way(before: Project, after: Project) -> Way:
    """What leads from one design to another."""
    changes, others = list[Change](), list[str]()
    for change in (*_in_training(before, after), *_in_drawing(before.network, after.network)):
        (others.append(change.path) if not _is_steerable(before, change.path) else changes.append(change))
    reached, kept = before, list[Change]()
    for change in changes:
        try:
            there = steered(reached, change.path, change.value)
        except LayerloomError:
            others.append(change.path)
            continue
        if there != reached:
            kept.append(change)
        reached = there
    if substance(reached.network) != substance(after.network) and "network" not in others:
        others.append("network")
    if before.data != after.data:
        others.append("data")
    return Way(tuple(kept), tuple(others))


def differing(before: Project, after: Project) -> Iterator[Change]:
    """All that differs between two designs, whether it can change while one trains or not; what is no setting of what
    was there, another layer say, without values.
    """
    yield from _in_training(before, after)
    for name in before.data.__struct_fields__:
        yield from _differing(f"data.{name}", getattr(before.data, name), getattr(after.data, name))
    yield from _in_drawing(before.network, after.network)


def changes_in(events: Iterable[AnyEvent], since: int = 0) -> list[Changed]:
    """What was changed in the course of a run from a step on, and holds where it is trained again from there: in the
    order of the steps.

    A change replaces later ones of the same setting, which were made before the run went back to an earlier checkpoint.
    Where a training failed, what was changed since the checkpoint that it goes on from is left out: it may be why.
    """
    found: list[Changed] = []
    has_failed = False
    for event in events:
        match event:
            case Started():
                found = [change for change in found if not has_failed or change.step < event.step]
                has_failed = False
            case Failed():
                has_failed = True
            case Changed() if not event.again:
                found = [other for other in found if other.step < event.step or not touches(event.path, other.path)]
                found.append(event)
            case _:
                pass
    return sorted(
        (change for change in found if change.step >= since and not (since and has_failed)), key=lambda each: each.step
    )


def as_trained(run: Run) -> Project:
    """The design of a run with what was changed in its course. Raises `ProjectError`, `RunError`."""
    project = run.project()
    for change in changes_in(run.turns(*MATTERS)):
        project = project.with_value(change.path, change.value)
    return project


def touches(path: str, other: str) -> bool:
    """Whether a change of one setting makes one of another void: they are the same, or the other lies within it."""
    return other == path or other.startswith(f"{path}.")


def noted(changes: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Changes by their paths, in the order in which they are to be made, with one more."""
    return {other: kept for other, kept in changes.items() if not touches(path, other)} | {path: value}


def _is_steerable(project: Project, path: str) -> bool:
    head, _, rest = path.partition(".")
    if head != "network":
        return path in WHOLE or path.startswith(WITHIN)
    ids, _, name = rest.partition(".")
    if not name:
        return False
    node = project.node(ids)
    return name == "frozen" or _of_layer(node.layer, name)


def _of_layer(layer: Layer, name: str) -> bool:
    """Whether a setting of a layer may change; one that a block lends out may where all that it reaches may."""
    if isinstance(layer, Block):
        lent = next((each for each in layer.blueprint.exposed if each.name == name), None)
        inside = layer.blueprint.graph
        reached = lent.targets if lent else ()
        return bool(reached) and all(_of_layer(inside.node(each.node).layer, each.setting) for each in reached)
    return name in layer.declared and (name in OF_LAYERS or layer.family == OF_REGULARIZATION)


def _in_training(before: Project, after: Project) -> Iterator[Change]:
    """What differs in the training; within a choice where the same is chosen."""
    old, new = before.training, after.training
    for name in old.__struct_fields__:
        yield from _differing(f"training.{name}", getattr(old, name), getattr(new, name))


def _differing(path: str, old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, Spec) and type(old) is type(new) and f"{path}." in WITHIN and not type(old).nested:
        for name in old.declared:
            yield from _differing(f"{path}.{name}", getattr(old, name), getattr(new, name))
    else:
        yield Change(path, _plain(new), _plain(old))


def _in_drawing(before: Graph, after: Graph, place: str = "") -> Iterator[Change]:
    """What differs of drawings of the same layers and wires."""
    if before.ids != after.ids or set(before.wires) != set(after.wires):
        yield Change("network", None)
        return
    for old in before.nodes:
        yield from _in_node(old, after.node(old.id), f"{place}{old.id}")


def _in_node(old: Node, new: Node, ids: str) -> Iterator[Change]:
    if old.frozen != new.frozen:
        yield Change(f"network.{ids}.frozen", new.frozen, old.frozen)
    if old.bypassed != new.bypassed:
        yield Change(f"network.{ids}.bypassed", new.bypassed, old.bypassed)
    if isinstance(old.layer, Block) and isinstance(new.layer, Block):
        yield from _in_drawing(old.layer.inside, new.layer.inside, f"{ids}/")
    elif type(old.layer) is type(new.layer):
        for name in old.layer.declared:
            yield from _differing(f"network.{ids}.{name}", getattr(old.layer, name), getattr(new.layer, name))
    else:
        yield Change(f"network.{ids}", None)


def _plain(value: Any) -> Any:
    if isinstance(value, Spec):
        return write_spec(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return msgspec.to_builtins(value)
