"""What the source of a Python layer says of itself. It is read as a tree: nothing of it is ever run here."""

import ast
import math
import warnings
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from engine.spec import LONGEST_TEXT, Field, abbreviate

LONGEST = 100_000
SIZES = ("in_features", "in_channels")
"""What a constructor may ask for without a default: the last and the first size of what arrives."""

LARGEST_WHOLE = 1_000_000_000
LARGEST_NUMBER = 1e12
_KINDS = {"int": "integer", "float": "number", "bool": "flag", "str": "text"}


class Reading(msgspec.Struct, frozen=True):
    """The class that is the layer, or the fault for which there is none and the line where it is."""

    class_name: str = ""
    help: str = ""
    fields: tuple[Field, ...] = ()
    """The parameters of its constructor that are settings."""
    sizes: tuple[str, ...] = ()
    """Those of `SIZES` that its constructor asks for."""
    inputs: int | None = 1
    """How many tensors ``forward`` takes; None: any number."""
    names: tuple[str, ...] = ()
    """What the source defines."""
    fault: str = ""
    line: int = 0


class _Parameter(NamedTuple):
    name: str
    annotation: ast.expr | None
    default: ast.expr | None
    line: int
    by_name: bool = True


@lru_cache(maxsize=1_024)
def read(source: str) -> Reading:
    """What the source says. Never raises, whatever the text."""
    try:
        with warnings.catch_warnings():
            # Python warns of odd escapes in what it reads.
            warnings.simplefilter("ignore")
            body = ast.parse(source).body
        return _read(body)
    except SyntaxError as fault:
        return _faulty(f"it is not Python: {abbreviate(fault.msg)}", fault.lineno or 1)
    except (ValueError, RecursionError, MemoryError):
        return _faulty("it is not Python: it cannot be read", 1)


def _faulty(words: str, line: int) -> Reading:
    return Reading(fault=words, line=line)


def _read(body: list[ast.stmt]) -> Reading:
    for statement in body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            return _faulty("a layer cannot import from __future__", statement.lineno)
    classes = [statement for statement in body if isinstance(statement, ast.ClassDef)]
    if not classes:
        return _faulty("there is no class in it", 1)
    made = classes[-1]
    if not made.bases:
        return _faulty(f"the class {made.name} must derive from nn.Module", made.lineno)
    methods = {each.name: each for each in made.body if isinstance(each, ast.FunctionDef)}
    parameters = list(_parameters(methods["__init__"])) if "__init__" in methods else []
    for parameter in parameters:
        if parameter.default is None and (parameter.name not in SIZES or not parameter.by_name):
            words = f"give “{parameter.name}” a default, as in {parameter.name}: int = 8"
            return _faulty(words, parameter.line)
    inputs = _inputs(methods["forward"]) if "forward" in methods else 1
    if inputs == 0:
        return _faulty("forward takes nothing; it needs a tensor after self", methods["forward"].lineno)
    return Reading(
        made.name,
        " ".join((ast.get_docstring(made) or "").split("\n\n")[0].split()),
        tuple(field for parameter in parameters if (field := _field(parameter, made.name))),
        tuple(parameter.name for parameter in parameters if parameter.default is None),
        inputs,
        tuple(dict.fromkeys(_defined(body))),
    )


def _parameters(function: ast.FunctionDef) -> Iterator[_Parameter]:
    """The parameters of a constructor, less the first, which is the module itself, and those for any number."""
    given = function.args
    placed = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(placed) - len(given.defaults))
    for number, (argument, default) in enumerate(zip(placed, [*defaults, *given.defaults], strict=True)):
        if number:
            by_name = number >= len(given.posonlyargs)
            yield _Parameter(argument.arg, argument.annotation, default, argument.lineno, by_name)
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _Parameter(argument.arg, argument.annotation, default, argument.lineno)


def _inputs(forward: ast.FunctionDef) -> int | None:
    given = forward.args
    if given.vararg is not None:
        return None
    return max(0, len(given.posonlyargs) + len(given.args) - len(given.defaults) - 1)


def _field(parameter: _Parameter, class_name: str) -> Field | None:
    """The setting that a parameter is; None: it keeps its default."""
    if parameter.default is None or not parameter.by_name:
        return None
    try:
        default = ast.literal_eval(parameter.default)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None
    help = f"“{parameter.name}” of {class_name}."
    options = _options(parameter.annotation)
    if options:
        made = Field("choice", default, help, options=options, name=parameter.name)
        return made if default in options else None
    return _plain_field(_kind(parameter.annotation, default), default, help, parameter.name)


def _plain_field(kind: str, default: Any, help: str, name: str) -> Field | None:
    match kind, default:
        case "flag", bool():
            return Field("flag", default, help, name=name)
        case "integer", int() if not isinstance(default, bool) and abs(default) <= LARGEST_WHOLE:
            return Field("integer", default, help, -LARGEST_WHOLE, LARGEST_WHOLE, name=name)
        case "number", int() | float() if _is_number(default):
            return Field("number", float(default), help, -LARGEST_NUMBER, LARGEST_NUMBER, name=name)
        case "text", str() if len(default) <= LONGEST_TEXT and _is_text(default):
            return Field("text", default, help, high=LONGEST_TEXT, name=name)
        case _:
            return None


def _kind(annotation: ast.expr | None, default: object) -> str:
    """The kind of setting that an annotation names; without one, the kind of its default."""
    if annotation is None:
        return _KINDS.get(type(default).__name__, "")
    name = annotation.value if isinstance(annotation, ast.Constant) else getattr(annotation, "id", "")
    return _KINDS.get(name, "") if isinstance(name, str) else ""


def _options(annotation: ast.expr | None) -> tuple[str, ...]:
    """The words that a ``Literal["one", "other"]`` allows."""
    if not isinstance(annotation, ast.Subscript) or getattr(annotation.value, "id", "") != "Literal":
        return ()
    listed = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else [annotation.slice]
    values = [each.value if isinstance(each, ast.Constant) else None for each in listed]
    words = tuple(value for value in values if isinstance(value, str) and _is_text(value))
    return words if len(words) == len(values) == len(set(words)) else ()


def _is_number(value: float) -> bool:
    return not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER and math.isfinite(value)


def _is_text(value: str) -> bool:
    """Whether a file can hold it."""
    return all(letter.isprintable() for letter in value)


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement.name
        for target in statement.targets if isinstance(statement, ast.Assign) else ():
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))
