"""Changes in words: what was changed while a network trained, or could be, from what to what."""

from typing import Any

from PySide6.QtCore import QCoreApplication

from engine.project import Project
from engine.spec import Spec
from engine.steering import Change, differing
from engine.training import Training
from gui.form import in_words
from gui.words import translated

MOST_LAYERS = 2
"""Whose changes are told one by one."""


def change_in_words(path: str, value: Any, before: Any = None) -> str:
    """One line: ``Learning rate: 0.01 → 0.005``, ``linear_1: frozen``."""
    _, _, rest = path.partition(".")
    if path.startswith("network.") and path.endswith(".frozen"):
        words = _tr("{layer}: frozen") if value else _tr("{layer}: trains again")
        return words.format(layer=rest.removesuffix(".frozen"))
    return f"{title_of(path)}: {_shown(rest, before)} → {_shown(rest, value)}"


def differences_in_words(before: Project, after: Project) -> list[str]:
    """What differs between two designs: ``Learning rate: 0.002 → 0.01``, ``3 layers changed``."""
    found = list(differing(before, after))
    drawn = [change for change in found if change.path.startswith("network")]
    words = [_in_brief(change) for change in found if change not in drawn]
    layers = {change.path.split(".")[1] for change in drawn if change.path != "network"}
    if any(change.path == "network" for change in drawn):
        words.append(_tr("other layers"))
    elif len(layers) > MOST_LAYERS:
        words.append(_tr("{count} layers changed").format(count=len(layers)))
    else:
        words += map(_in_brief, drawn)
    return words


def _in_brief(change: Change) -> str:
    """The change; what differs in no value that people would read, by its name alone."""
    _, _, rest = change.path.partition(".")
    if _shown(rest, change.before) == _shown(rest, change.value):
        return title_of(change.path)
    return change_in_words(change.path, change.value, change.before)


def title_of(path: str) -> str:
    """What people call a setting: ``Learning rate``, ``dropout_1, probability``."""
    head, _, rest = path.partition(".")
    if head != "network" or not rest:
        return in_words((rest or head).rpartition(".")[2])
    layer, _, setting = rest.partition(".")
    return f"{layer}, {in_words(setting).lower()}" if setting else layer


def _shown(path: str, value: Any) -> str:
    if isinstance(value, bool):
        return _tr("yes") if value else _tr("no")
    if isinstance(value, float | int):
        return f"{value:,}" if isinstance(value, int) else f"{value:g}"
    if isinstance(value, list):
        return ", ".join(_shown(path, each) for each in value) or _tr("none")
    if isinstance(value, dict) and "type" in value:
        return _titled(path, str(value["type"]))
    return str(value) if value is not None else "–"


def _titled(path: str, name: str) -> str:
    """What people call a choice."""
    family: type[Spec] | None = Training.nested.get(path.partition(".")[0])
    kind = family.kinds.get(name) if family else None
    return translated(kind.title) if kind else name


def _tr(words: str) -> str:
    return QCoreApplication.translate("Changes", words)
