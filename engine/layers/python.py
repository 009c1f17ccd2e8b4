"""A layer whose class a person writes in Python, with the settings that its constructor has.

As a block makes a kind of layer of its drawing, so does each source: its fields are the parameters of the constructor,
so form, file, blocks and tooltip need not know of code. Nothing here runs it: see `engine.trust` and `engine.written`.
"""

import weakref
from collections.abc import Mapping
from typing import Any, ClassVar, Self, cast

import msgspec

from engine.call import WRITTEN, Call, call, unless
from engine.errors import LayerloomError, ProjectError, SettingError
from engine.layers.layer import Refusal
from engine.layers.python_reader import LONGEST, SIZES, Reading, read
from engine.layers.weighted import Weighted
from engine.spec import Shape, SpecMeta, carried_over, code

EXAMPLE = '''class Gate(nn.Module):
    """Lets each value pass as far as a learned gate is open."""

    def __init__(self, in_features, openness: float = 1.0):
        super().__init__()
        self.gate = nn.Linear(in_features, in_features)
        nn.init.constant_(self.gate.bias, openness)

    def forward(self, x):
        return x * torch.sigmoid(self.gate(x))
'''
"""What a Python layer is before a person has written anything. It comes with Layerloom, and is trusted as that is."""

MOST_INPUTS = 8
LONGEST_SUMMARY = 40


class PythonLayer(Weighted, frozen=True):
    """A layer that you write yourself: a class in Python that derives from nn.Module, with settings of its own."""

    listed = False
    family = "Python"
    formula = r"y = f(x)"
    reading: ClassVar[Reading]
    inputs: ClassVar[int | None]

    source: str = code(EXAMPLE, longest=LONGEST, help="The class in Python. It runs once you have allowed it.")

    @classmethod
    def read(cls, settings: Mapping[str, Any], path: str, error: type[LayerloomError] = ProjectError) -> Self:
        """The layer with these settings, of the kind that its source makes. Raises ``error``."""
        source = settings.get("source", cls.declared["source"].default)
        kind = kind_of(source) if isinstance(source, str) and len(source) <= LONGEST else cls
        return cast(Self, super(PythonLayer, kind).read(settings, path, error))

    def with_settings(self, changes: Mapping[str, Any]) -> Self:
        """A copy with these settings changed; another source keeps those that it has as well."""
        if changes.get("source", self.source) == self.source:
            return super().with_settings(changes)
        other = type(self).read({"source": changes["source"]}, type(self).__name__, SettingError)
        rest = {name: value for name, value in changes.items() if name != "source"}
        kept = carried_over(self, other)
        return kept.with_settings(rest) if rest else kept

    @property
    def own_settings(self) -> tuple[str, ...]:
        """The settings that its constructor has."""
        return tuple(field.name for field in self.reading.fields)

    @property
    def most_inputs(self) -> int | None:
        return None if self.inputs is None else max(self.inputs, MOST_INPUTS)

    def module(self, *shapes: Shape) -> Call | None:
        sizes = {name: shapes[0][-1 if name == SIZES[0] else 0] for name in self.reading.sizes}
        chosen = {name: unless(getattr(self, name), self.declared[name].default) for name in self.own_settings}
        return call(f"{WRITTEN}{self.reading.class_name}", **sizes, **chosen)

    def summary(self) -> str:
        if self.reading.fault:
            return "cannot be read"
        changed = [name for name in self.own_settings if getattr(self, name) != self.declared[name].default]
        words = [f"{name.replace('_', ' ')} {getattr(self, name)}" for name in changed]
        whole = ", ".join([self.reading.class_name, *words])
        return whole if len(whole) <= LONGEST_SUMMARY else f"{whole[: LONGEST_SUMMARY - 2]} …"

    def refuses(self, *shapes: Shape) -> Refusal | None:
        known = self.reading
        if known.fault:
            return Refusal(f"The code has a fault in line {known.line}: {known.fault}.")
        if self.inputs is not None and len(shapes) > self.inputs:
            return Refusal(f"{known.class_name} takes {self.inputs} but {len(shapes)} wires arrive.")
        if known.sizes and not shapes[0]:
            return Refusal(f"{known.class_name} asks for {known.sizes[0]}, but a single number arrives.")
        return None

    def __reduce__(self) -> tuple[Any, ...]:
        # Its class cannot be found by name in another process.
        return (_revived, (msgspec.structs.asdict(self),))


_kinds: "weakref.WeakValueDictionary[str, type[PythonLayer]]" = weakref.WeakValueDictionary()


def kind_of(source: str) -> type[PythonLayer]:
    """The layer that a source makes, the same for the same source."""
    kind = _kinds.get(source)
    if kind is None:
        kind = _kinds[source] = _made(source)
    return kind


def _made(source: str, **more: Any) -> type[PythonLayer]:
    reading = reading_of(source)
    fields = {field.name: field for field in reading.fields}
    own = msgspec.structs.replace(PythonLayer.declared["source"], default=source)
    namespace: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": reading.help or PythonLayer.__doc__,
        "__annotations__": dict.fromkeys(["source", *fields], Any),
        "listed": False,
        "reading": reading,
        "inputs": reading.inputs,
        "source": own,
        **fields,
        **more,
    }
    return SpecMeta("Python", (PythonLayer,), namespace, frozen=True)


def reading_of(source: str) -> Reading:
    """What a source says of itself; a setting cannot be called as something that every layer has."""
    reading = read(source)
    for field in reading.fields:
        if hasattr(PythonLayer, field.name) or field.name == "source":
            return Reading(fault=f"a setting cannot be called “{field.name}”; the name is taken", line=1)
    return reading


def _revived(settings: Mapping[str, Any]) -> PythonLayer:
    return kind_of(settings["source"])(**settings)


Python = _kinds[EXAMPLE] = _made(EXAMPLE, __doc__=PythonLayer.__doc__, listed=True)
"""The kind that is listed: the example, to be rewritten."""
