"""Spec: something a person can choose. One class in one place; its fields are its settings.

A field is declared once, with its default, limits and help, and becomes the form, the JSON and the tooltip::

    class Dropout(Layer):
        p: float = number(0.5, low=0, high=0.99, help="Share of the values that is silenced at each step.")

Subclasses of a family (`Layer`, `Dataset`, `Loss` …) enter ``Family.kinds`` by being defined.
"""

import json
import math
import re
from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, cast, get_args, get_origin

import msgspec

from engine.errors import LayerloomError, ProjectError, SettingError

Pair = int | tuple[int, int]
Size = int | tuple[int, ...]
Border = int | tuple[int, ...] | Literal["same"]
Shape = tuple[int, ...]

FieldKind = Literal[
    "integer",
    "number",
    "flag",
    "text",
    "code",
    "choice",
    "metric",
    "pair",
    "padding",
    "shape",
    "several",
    "place",
    "names",
    "records",
]

LARGEST_INTEGER = 1_000_000
LONGEST_TEXT = 200
DEEPEST_SHAPE = 6
LONGEST_LIST = 20
LONGEST_PATH = 4096
LONGEST_NAME = 1000
MOST_NAMES = 10_000
MOST_SPECS = 100


class Field(msgspec.Struct, frozen=True):
    """One setting: its kind, default, limits (inclusive), options and the sentence that explains it."""

    kind: FieldKind
    default: Any
    help: str
    low: float | None = None
    high: float | None = None
    options: tuple[str, ...] = ()
    name: str = ""
    length: int = 2
    """Of a pair or padding: how many numbers it is, where one may stand for all: 1, 2 or 3; 0: as many as the class has
    `Spec.sides`."""
    advanced: bool = False
    """Whether few people set it: forms keep it folded away, and files leave it out while it is the default."""
    record: type[msgspec.Struct] | None = None
    """Of records: what each of them is."""

    def annotation(self) -> Any:
        """The type msgspec checks: the plain one, with this field's limits."""
        limits = msgspec.Meta(ge=self.low, le=self.high)
        match self.kind:
            case "integer":
                return Annotated[int, limits]
            case "number":
                return Annotated[float, limits]
            case "flag":
                return bool
            case "metric":
                return Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
            case "text" | "code":
                return Annotated[str, msgspec.Meta(max_length=int(self.high or LONGEST_TEXT))]
            case "choice":
                return Literal[self.options]  # pyright: ignore[reportInvalidTypeForm]
            case "shape":
                return Annotated[tuple[Annotated[int, limits], ...], msgspec.Meta(max_length=DEEPEST_SHAPE)]
            case "several":
                return Annotated[tuple[Annotated[int, limits], ...], msgspec.Meta(max_length=LONGEST_LIST)]
            case "pair" | "padding":
                limited = Annotated[int, limits]
                # Not tuple[limited, limited]: msgspec 0.22 reads past the end of a fixed tuple in a union with
                # a limited integer and crashes.
                several = Annotated[tuple[limited, ...], msgspec.Meta(min_length=self.length, max_length=self.length)]
                sizes = limited | several if self.length != 1 else limited
                return sizes | Literal["same"] if self.kind == "padding" else sizes
            case "place":
                return Annotated[str, msgspec.Meta(max_length=LONGEST_PATH)]
            case "names":
                name = Annotated[str, msgspec.Meta(max_length=LONGEST_NAME)]
                return Annotated[tuple[name, ...], msgspec.Meta(max_length=MOST_NAMES)]
            case "records":
                # A type that is known only while the program runs: no checker can read it.
                return Annotated[tuple[self.record, ...], msgspec.Meta(max_length=MOST_NAMES)]  # pyright: ignore

    def expected(self) -> str:
        """What a value must be, as a sentence."""
        limits = f"whole number from {self.low or 0:,.15g} to {self.high or 0:,.15g}"
        match self.kind:
            case "integer":
                return f"It must be a {limits}."
            case "number":
                return f"It must be a number from {self.low or 0:,.15g} to {self.high or 0:,.15g}."
            case "flag":
                return "It must be true or false."
            case "text":
                return f"It must be a text of at most {self.high or LONGEST_TEXT:,.15g} characters."
            case "code":
                return f"It must be Python of at most {self.high or LONGEST_TEXT:,.15g} characters."
            case "choice":
                return f"It must be one of: {', '.join(self.options)}."
            case "metric":
                return "It must be the name of a metric that the project has, such as loss."
            case "shape":
                return f"It must be a list of at most {DEEPEST_SHAPE} sizes, each a {limits}."
            case "several":
                return f"It must be a list of at most {LONGEST_LIST} numbers, each a {limits}."
            case "pair":
                return f"It must be a {limits}{_SEVERAL[self.length]}."
            case "padding":
                return f"It must be a {limits}{_SEVERAL[self.length]}, or “same”."
            case "place":
                return "It must be the path of a file or folder."
            case "names":
                return f"It must be a list of at most {MOST_NAMES:,} names."
            case "records":
                return f"It must be a list of at most {MOST_NAMES:,} entries."


_SEVERAL = {1: "", 2: ", or two of them for height and width", 3: ", or three of them for depth, height and width"}


def integer(default: int, *, help: str, low: int = 0, high: int = LARGEST_INTEGER, advanced: bool = False) -> Any:
    """A whole number."""
    return Field("integer", default, help, low, high, advanced=advanced)


def number(default: float, *, help: str, low: float, high: float, advanced: bool = False) -> Any:
    """A finite number with a fraction."""
    return Field("number", float(default), help, low, high, advanced=advanced)


def flag(default: bool, *, help: str, advanced: bool = False) -> Any:
    """Yes or no."""
    return Field("flag", default, help, advanced=advanced)


def text(default: str, *, help: str, longest: int = LONGEST_TEXT, advanced: bool = False) -> Any:
    """A text, short where nothing else is said."""
    return Field("text", default, help, high=longest, advanced=advanced)


def code(default: str, *, help: str, longest: int) -> Any:
    """Source in Python, of many lines; forms leave it to an editor of its own."""
    return Field("code", default, help, high=longest)


def choice(default: str, *options: str, help: str, advanced: bool = False) -> Any:
    """One of a few words."""
    return Field("choice", default, help, options=(default, *options), advanced=advanced)


def metric(default: str, *, help: str, advanced: bool = False) -> Any:
    """The name of one of the project's metrics, which are not known here; the default may stand for something else."""
    return Field("metric", default, help, advanced=advanced)


def place(default: str = "", *, help: str) -> Any:
    """The path of a file or folder; a relative one is looked for among the downloaded files."""
    return Field("place", default, help)


def names(*, help: str, advanced: bool = False) -> Any:
    """A few names, such as those of columns."""
    return Field("names", (), help, advanced=advanced)


def records(kind: type[msgspec.Struct], *, help: str) -> Any:
    """A list of frozen structs of this kind; forms leave it to an editor of its own."""
    return Field("records", (), help, record=kind)


def pair(default: Pair, *, help: str, low: int = 0, high: int = 4096) -> Any:
    """Height and width; one number stands for both."""
    return Field("pair", default, help, low, high)


def size(default: int, *, help: str, low: int = 0, high: int = 4096) -> Any:
    """One number for each side that the class has; one number stands for all."""
    return Field("pair", default, help, low, high, length=0)


def border(default: int, *, help: str, high: int = 4096) -> Any:
    """The sizes of a border, one for each side that the class has; one number stands for all; or ``"same"``."""
    return Field("padding", default, help, 0, high, length=0)


def shape(default: Shape, *, help: str, low: int = 1, high: int = 65_536) -> Any:
    """The shape of one sample, without the batch."""
    return Field("shape", default, help, low, high)


def several(
    default: tuple[int, ...], *, help: str, low: int = 0, high: int = LARGEST_INTEGER, advanced: bool = False
) -> Any:
    """A few whole numbers."""
    return Field("several", default, help, low, high, advanced=advanced)


class SpecMeta(msgspec.StructMeta):
    """Turns each declared `Field` into an annotation with limits plus a plain default, and keeps the fields by name.

    A setting that is itself a choice (``loss: Loss``) is annotated with its family and has no field; one with a default
    (``schedule: Schedule = Constant()``) is left out of files while it is that. So is a list of choices
    (``steps: tuple[Step, ...] = ()``), which is always given its default. A class that says how many ``sides`` it
    has gets the sizes of its base with as many numbers.
    """

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any) -> Any:
        annotations = namespace.setdefault("__annotations__", {})
        declared: dict[str, Field] = {}
        nested: dict[str, type[Any]] = {}
        usual: dict[str, Spec | tuple[Spec, ...]] = {}
        for base in reversed(bases):
            declared |= getattr(base, "declared", {})
            nested |= getattr(base, "nested", {})
            usual |= getattr(base, "usual", {})
        sides = namespace.get("sides", 0)
        for key, field in declared.items():
            if sides and not field.length:
                namespace[key], annotations[key] = msgspec.structs.replace(field, length=sides), Any
        for key, annotation in annotations.items():
            value = namespace.get(key)
            if isinstance(value, Field):
                declared[key] = msgspec.structs.replace(value, name=key)
                annotations[key] = value.annotation()
                namespace[key] = value.default
            elif family := _family_of(annotation):
                nested[key] = family
                annotations[key] = Any
                if value is not None:
                    usual[key] = value
            elif get_origin(annotation) is not ClassVar:
                raise TypeError(f"{name}.{key}: a setting is declared with integer(), number(), flag() …")
        # As forms show them: what few people set comes last.
        declared = dict(sorted(declared.items(), key=lambda item: item[1].advanced))
        namespace |= {"declared": declared, "nested": nested, "usual": usual}
        return super().__new__(mcls, name, bases, namespace, **config)


def _family_of(annotation: Any) -> "type[Spec] | None":
    """The family that a setting chooses from, once or several times; None: it chooses from none."""
    if get_origin(annotation) is tuple:
        annotation = get_args(annotation)[0]
    return annotation if isinstance(annotation, SpecMeta) else None  # pyright: ignore[reportReturnType]


class Spec(msgspec.Struct, metaclass=SpecMeta, frozen=True, forbid_unknown_fields=True):
    """Base of everything that can be chosen. The docstring's first paragraph is its help."""

    declared: ClassVar[Mapping[str, Field]]
    nested: ClassVar[Mapping[str, type[Any]]]
    usual: ClassVar[Mapping[str, "Spec | tuple[Spec, ...]"]]
    """The defaults of those nested settings that have one; a list of choices always has."""
    kinds: ClassVar[dict[str, type[Any]]]
    title: ClassVar[str]
    sides: ClassVar[int] = 0
    """How many numbers a size is: 1 of a signal, 2 of an image, 3 of a volume; 0: it has none."""
    fold_title: ClassVar[str] = "More settings"
    """What its advanced settings are about, as the line says that hides them."""
    listed: ClassVar[bool] = True
    """Whether this very class is one of its family's ``kinds``; a base that others are made of says no."""

    def __init_subclass__(cls) -> None:
        if Spec in cls.__bases__:
            cls.kinds = {}
            return
        if "title" not in cls.__dict__:
            cls.title = cls.__name__
        if cls.__dict__.get("listed", True):
            cls.kinds[cls.__name__] = cls

    @property
    def idle(self) -> tuple[str, ...]:
        """Settings that mean nothing as the others are."""
        return ()

    @classmethod
    def help(cls) -> str:
        """The first paragraph of the docstring, on one line."""
        return " ".join((cls.__doc__ or "").split("\n\n")[0].split())

    @classmethod
    def read(cls, settings: Mapping[str, Any], path: str, error: type[LayerloomError] = ProjectError) -> Self:
        """The spec with these settings, as JSON holds them. Raises ``error`` with the path of the fault."""
        for name in settings:
            if name not in cls.declared and name not in cls.nested:
                raise unknown_setting(cls, name, error, f"{path}: ")
        for name in cls.nested:
            if name not in settings and name not in cls.usual:
                raise error(f"{path} lacks “{name}”.")
        choices = {
            name: cls._read_choice(name, settings[name], f"{path}.{name}", error)
            for name in cls.nested
            if name in settings
        }
        try:
            read = msgspec.convert({**settings, **choices}, cls)
        except (msgspec.ValidationError, RecursionError, OverflowError) as fault:
            raise _refused(cls, settings, str(fault), path, error) from None
        for name, field in cls.declared.items():
            value = getattr(read, name)
            if isinstance(value, float) and not math.isfinite(value):
                raise error(f"{path}.{name} cannot be {value}.", expected=field.expected())
        return read

    @classmethod
    def _read_choice(cls, name: str, value: Any, path: str, error: type[LayerloomError]) -> "Spec | tuple[Spec, ...]":
        family = cls.nested[name]
        if not isinstance(cls.usual.get(name), tuple):
            return read_spec(family, value, path, error)
        if not isinstance(value, list | tuple):
            raise error(f"{path} is no list.", expected=f"It must be a list of at most {MOST_SPECS}.")
        several = cast("list[Any]", value)
        if len(several) > MOST_SPECS:
            raise error(f"{path} holds {len(several):,} entries.", expected=f"At most {MOST_SPECS} are read.")
        return tuple(read_spec(family, one, f"{path}[{number}]", error) for number, one in enumerate(several))

    def settings(self) -> dict[str, Any]:
        """The settings by name, as JSON holds them; advanced and usual ones only where they are not the default."""
        rare = {name: field.default for name, field in self.declared.items() if field.advanced} | dict(self.usual)
        return {
            name: _written(value)
            for name, value in msgspec.structs.asdict(self).items()
            if not (name in rare and value == rare[name])
        }

    def with_setting(self, name: str, value: Any) -> Self:
        """A copy with one setting changed. Raises `SettingError` where the value is not allowed."""
        return self.with_settings({name: value})

    def with_settings(self, changes: Mapping[str, Any]) -> Self:
        """A copy with these settings changed. Raises `SettingError` where a value is not allowed."""
        return type(self).read({**self.settings(), **changes}, type(self).__name__, SettingError)


Kind = TypeVar("Kind", bound=Spec)
T = TypeVar("T")


def carried_over(old: Spec, new: Kind) -> Kind:
    """The new spec with whatever a person had set in the old one that fits it too."""
    for name, field in old.declared.items():
        value = getattr(old, name)
        if name in new.declared and value != field.default:
            try:
                new = new.with_setting(name, value)
            except SettingError:
                continue
    return new


class Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A spec as a file holds it."""

    type: str
    settings: dict[str, Any] = {}


def _written(value: Any) -> Any:
    if isinstance(value, Spec):
        return write_spec(value)
    if isinstance(value, tuple) and value and isinstance(value[0], Spec):
        return [write_spec(one) for one in cast("tuple[Spec, ...]", value)]
    return msgspec.to_builtins(value)


def write_spec(spec: Spec) -> dict[str, Any]:
    """``{"type": …, "settings": …}``, the form every file uses."""
    return {"type": type(spec).__name__, "settings": spec.settings()}


def read_spec(
    family: type[Kind],
    value: Any,
    path: str,
    error: type[LayerloomError] = ProjectError,
    more: Mapping[str, type[Kind]] = MappingProxyType({}),
) -> Kind:
    """The spec that a file names, or the one given; ``more`` are kinds that the family does not list. Raises ``error``
    with the path of the fault.
    """
    if isinstance(value, family):
        return value
    chosen = convert(value, Chosen, path, error)
    kind = family.kinds.get(chosen.type) or more.get(chosen.type)
    if kind is None:
        names = sorted({*family.kinds, *more})
        alike = get_close_matches(abbreviate(chosen.type, 60), names)
        raise error(
            f"{path}.type: there is no {_spelled(family.__name__)} called “{abbreviate(chosen.type, 60)}”.",
            expected=f"Nearest to it: {', '.join(alike)}." if alike else f"Known: {abbreviate(', '.join(names), 200)}.",
            fix="Correct the name, or open the file with the version that wrote it.",
        )
    return kind.read(chosen.settings, f"{path}.settings", error)


def unknown_setting(kind: type[Spec], name: str, error: type[LayerloomError], place: str = "") -> LayerloomError:
    """The error that says which settings there are instead."""
    known = ", ".join([*kind.nested, *kind.declared])
    return error(
        f"{place}{kind.__name__} has no setting “{abbreviate(name, 60)}”.", expected=f"It has: {known or 'none'}."
    )


_SETTING = re.compile(r" - at `\$\.(\w+)[^`]*`$")


def _refused(
    kind: type[Spec], settings: Mapping[str, Any], fault: str, path: str, error: type[LayerloomError]
) -> LayerloomError:
    found = _SETTING.search(fault)
    if not found:
        return error(f"{path} cannot be read: {abbreviate(fault)}.")
    value = settings[found[1]]
    written = str(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False, default=str)
    shown = abbreviate(written, 60)
    return error(f"{path}.{found[1]} cannot be {shown}.", expected=kind.declared[found[1]].expected())


_FAULT = re.compile(r"^(?P<what>.*?)(?: - at `\$(?P<where>.*)`)?$", re.DOTALL)
_WRONG_TYPE = re.compile(r"Expected `(.*?)`, got `(.*?)`")
_QUOTED = re.compile(r"`(.*?)`")
_LACKS = re.compile(r"Object missing required field `(.*)`")
_SURPLUS = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_JSON_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def convert(value: Any, kind: type[T], path: str, error: type[LayerloomError]) -> T:
    """Checks plain data against a type. Raises ``error`` with the path of the fault, never a msgspec one."""
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError, OverflowError) as fault:
        raise _worded(str(fault), path, error) from None


def _worded(fault: str, path: str, error: type[LayerloomError]) -> LayerloomError:
    parts = _FAULT.match(fault)
    what, place = (parts["what"], f"{path}{parts['where'] or ''}") if parts else (fault, path)
    if wrong := _WRONG_TYPE.match(what):
        expected, got = map(_in_words, wrong.groups())
        return error(f"{place} is {got}.", expected=f"It must be {expected}.")
    if lacking := _LACKS.match(what):
        return error(f"{place} lacks “{lacking[1]}”.")
    if surplus := _SURPLUS.match(what):
        return error(f"{place} has an entry “{abbreviate(surplus[1], 60)}” that is not known.")
    plain = _QUOTED.sub(lambda found: _JSON_WORDS.get(found[1], found[1]), what)
    return error(f"{place}: {abbreviate(plain)}.")


def _spelled(name: str) -> str:
    """``stop rule`` of ``StopRule``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()


def _in_words(types: str) -> str:
    return " or ".join(_JSON_WORDS.get(name, name) for name in types.split(" | "))


def abbreviate(words: str, length: int = 160) -> str:
    """Text from outside as part of a message: cut in the middle where it is long, without line breaks and the like."""
    shown = words if len(words) <= length else f"{words[: length - 40]} … {words[-30:]}"
    return "".join(letter if letter.isprintable() else " " for letter in shown)


def as_percent(share: float, digits: int = 0) -> str:
    """``22 %``, the way in which every share is written."""
    return f"{100 * share:.{digits}f} %"
