"""From the name of an installed class to the source of a layer that is one. Its file is read; nothing is imported."""

import ast
import re
import sys
import warnings
from importlib.machinery import PathFinder
from pathlib import Path
from typing import NamedTuple

from engine.errors import SettingError
from engine.layers.python_reader import SIZES, read
from engine.spec import abbreviate

_NAME = re.compile(r"(?P<module>[A-Za-z_]\w*(?:\.\w+)*)[:.](?P<name>[A-Za-z_]\w*)")
_MOST_STEPS = 8
"""From where a class is named to where it stands, by way of packages that pass it on."""
_USUAL = {"int": "8", "float": "1.0", "bool": "True", "str": '""'}


class _Found(NamedTuple):
    module: str
    made: ast.ClassDef


def source_for(name: str) -> str:
    """The source of a layer that derives from ``package.module:Class``. Raises `SettingError`."""
    parts = _NAME.fullmatch(name)
    if not parts:
        words = f"“{abbreviate(name, 60)}” does not name a class." if name else "No class is named."
        raise SettingError(words, expected="It must be like package.module:Class, such as torch.nn:Hardtanh.")
    found = _found(parts["module"], parts["name"])
    own = f"Own{parts['name']}"
    head = f"from {parts['module']} import {parts['name']}\n\n\nclass {own}({parts['name']}):\n"
    words = f'    """{parts["name"]} of {parts["module"]}."""\n'
    return head + words + (_constructor(found.made) if found else "")


def _constructor(made: ast.ClassDef) -> str:
    methods = (each for each in made.body if isinstance(each, ast.FunctionDef) and each.name == "__init__")
    function = next(methods, None)
    if function is None:
        return ""
    given = function.args
    placed = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(placed) - len(given.defaults)) + list(given.defaults)
    pairs = [*[*zip(placed, defaults, strict=True)][1:], *zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    parameters = [written for argument, default in pairs if (written := _parameter(argument, default))]
    if not parameters:
        return ""
    names = [parameter.partition(":")[0].partition("=")[0].strip() for parameter in parameters]
    passed = ", ".join(f"{name}={name}" for name in names)
    return f"\n    def __init__(self, {', '.join(parameters)}):\n        super().__init__({passed})\n"


def _parameter(argument: ast.arg, default: ast.expr | None) -> str:
    """A parameter as it is handed on; empty: it is left to its default."""
    kind = getattr(argument.annotation, "id", "")
    if default is None:
        return argument.arg if argument.arg in SIZES else f"{argument.arg}: {kind or 'int'} = {_USUAL.get(kind, '8')}"
    words = f"{argument.arg}{f': {kind}' if kind in _USUAL else ''} = {ast.unparse(default)}"
    return words if read(f"class A(B):\n    def __init__(self, {words}): ...").fields else ""


def _found(module: str, name: str) -> _Found | None:
    """The class where it stands; None: its file holds no Python that could be read. Raises `SettingError`."""
    start = module
    for _ in range(_MOST_STEPS):
        file = _file_of(module)
        if file is None:
            if module == start:
                raise SettingError(
                    f"There is no module {abbreviate(module, 60)}.", fix=f"Install it for {sys.executable}."
                )
            return None
        body = _body(file)
        classes = [each for each in body if isinstance(each, ast.ClassDef) and each.name == name]
        if classes:
            return _Found(module, classes[-1])
        passed = _passed_on(body, name, module, is_package=file.stem == "__init__")
        if passed is None:
            return None
        module, name = passed
    return None


def _file_of(module: str) -> Path | None:
    """Where a module stands, found without importing the packages around it."""
    path, whole = None, ""
    spec = None
    for part in module.split("."):
        whole = f"{whole}.{part}".lstrip(".")
        spec = PathFinder.find_spec(whole, path)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    return Path(spec.origin) if spec is not None and spec.origin and spec.origin.endswith(".py") else None


def _body(file: Path) -> list[ast.stmt]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(file.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _passed_on(body: list[ast.stmt], name: str, module: str, *, is_package: bool) -> tuple[str, str] | None:
    """The module that a name is imported from, and what it is called there."""
    for statement in body:
        for alias in statement.names if isinstance(statement, ast.ImportFrom) else ():
            if isinstance(statement, ast.ImportFrom) and (alias.asname or alias.name) in (name, "*"):
                around = module.split(".")
                kept = around[: len(around) - statement.level + is_package] if statement.level else []
                return ".".join([*kept, *([statement.module] if statement.module else [])]), (
                    name if alias.name == "*" else alias.name
                )
    return None
