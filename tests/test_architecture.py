"""The rules that keep the house in order: who may import whom, what stays in one place, what is never done."""

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from pkgutil import resolve_name
from types import FunctionType, ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
QT = {"PySide6", "shiboken6", "qtawesome", "pyqtgraph"}

DESIGN = "cli", "project", "report", "templates", "preview", "runs", "metrics", "export", "importers", "worker"
"""The engine modules that must be there, with all that they import, without torch; it is called in when needed."""

PROCESS_BORDER = {"engine/worker.py", "gui/engine_process.py"}
"""Where pickles pass between processes of ours. No file is ever unpickled."""

CODE_BORDER = {"engine/written.py"}
"""Where the code that a person has written and allowed is run, which may raise anything; and nothing else."""

BORDERS = {"engine/cli.py", "engine/worker.py", "gui/training_thread.py"}
"""Where a process or a thread ends: whatever goes wrong is caught there, told in a sentence and logged in full."""

METHODS = FunctionType, property, classmethod, staticmethod

POSIX_ONLY = {
    *("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty"),
    *("os.fork", "os.getuid", "os.geteuid", "os.killpg", "os.setsid", "os.nice", "os.mkfifo", "os.uname"),
    *("os.sched_getaffinity", "os.statvfs", "os.getloadavg", "os.wait"),
    *("signal.SIGKILL", "signal.SIGHUP", "signal.SIGUSR1", "signal.SIGUSR2", "signal.SIGSTOP", "signal.SIGCONT"),
    *("signal.SIGALRM", "signal.SIGCHLD", "signal.alarm", "signal.setitimer", "signal.pause"),
}


def modules(folder: str) -> list[Path]:
    """Every module below a folder, as paths from the root."""
    return sorted(path.relative_to(ROOT) for path in (ROOT / folder).rglob("*.py"))


ENGINE, GUI = modules("engine"), modules("gui")
SOURCES = [Path("main.py"), *ENGINE, *GUI, Path("resources/__init__.py")]


def name_of(path: Path) -> str:
    """``engine/layers/__init__.py`` → ``engine.layers``."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def every(paths: list[Path]) -> pytest.MarkDecorator:
    """The test runs for each of these modules."""
    return pytest.mark.parametrize("path", paths, ids=name_of)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax of a module."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of its nodes: walked once, as nearly every rule looks at them."""
    return tuple(ast.walk(tree(path)))


def imported(node: ast.AST) -> Iterator[str]:
    """The full names that an import statement names; of others, none."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "imports are absolute"
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


@cache
def packages_imported(path: Path) -> frozenset[str]:
    """The top packages that a module imports anywhere, in functions too."""
    return frozenset(name.partition(".")[0] for node in nodes(path) for name in imported(node))


def dotted(node: ast.AST) -> str:
    """``torch.load`` for the expression of that name; empty for what is no name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def calls(path: Path, *names: str) -> Iterator[ast.Call]:
    """The calls of functions with these names."""
    return (node for node in nodes(path) if isinstance(node, ast.Call) and dotted(node.func) in names)


def lines(nodes: Iterator[Any] | list[Any]) -> list[str]:
    """Where these nodes are, for the message of a failure."""
    return [f"line {node.lineno}: {ast.unparse(node)[:80]}" for node in nodes]


def texts(path: Path, pattern: str) -> list[ast.Constant]:
    """The text constants of a module, less its docstrings, in which the pattern is found."""
    docs = {id(node.value) for node in nodes(path) if isinstance(node, ast.Expr)}
    return [
        node
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
        if re.search(pattern, node.value)
    ]


def loaded_after(names: list[str], watched: set[str], hidden: set[str]) -> dict[str, str]:
    """Imports modules in a fresh process that cannot import ``hidden``; answers which brought in a watched one."""
    program = (
        "import importlib, json, sys\n"
        "names, watched, hidden = json.loads(sys.argv[1])\n"
        "sys.modules.update(dict.fromkeys(hidden))\n"
        "found = {}\n"
        "for name in names:\n"
        "    importlib.import_module(name)\n"
        "    for package in watched:\n"
        "        if sys.modules.get(package): found.setdefault(package, name)\n"
        "print(json.dumps(found))\n"
    )
    arguments = json.dumps([names, sorted(watched), sorted(hidden)])
    done = subprocess.run(
        [sys.executable, "-c", program, arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# Who may import whom


@every(ENGINE)
def test_the_engine_knows_no_window(path: Path) -> None:
    assert not packages_imported(path) & {*QT, "gui", "main"}


def test_the_engine_works_without_qt_installed() -> None:
    assert not loaded_after([name_of(path) for path in ENGINE], QT, hidden=QT)


def test_designing_needs_no_torch() -> None:
    assert not loaded_after([f"engine.{name}" for name in DESIGN], {"torch"}, hidden={"torch"})


def test_the_window_never_loads_torch() -> None:
    assert not loaded_after(["main", *(name_of(path) for path in GUI)], {"torch"}, hidden={"torch"})


@every(GUI)
def test_what_the_window_asks_by_name_is_there(path: Path) -> None:
    for node in texts(path, r"^engine[.\w]*:\w+$"):
        assert callable(resolve_name(str(node.value)))


@every([*GUI, *ENGINE])
def test_pyqtgraph_stays_behind_the_plots(path: Path) -> None:
    assert "pyqtgraph" not in packages_imported(path) or name_of(path).startswith("gui.plots")


def test_the_entry_point_starts_light() -> None:
    names = {name.partition(".")[0] for node in tree(Path("main.py")).body for name in imported(node)}
    assert names <= sys.stdlib_module_names


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=!\[]", words)[0].lower().replace("_", "-") for words in project["dependencies"]}
    ours = {"engine", "gui", "resources", "main"}
    foreign = set[str]().union(*map(packages_imported, SOURCES)) - ours - sys.stdlib_module_names
    distributions = packages_distributions()
    lacking = {
        package
        for package in foreign
        if not {name.lower().replace("_", "-") for name in distributions.get(package, [])} & declared
    }
    assert not lacking


# What stays in one place


@every(GUI)
def test_looks_stay_in_the_theme(path: Path) -> None:
    if path in (Path("gui/theme.py"), Path("gui/colours.py"), Path("gui/icons.py")):
        return
    literals = texts(path, r"#[0-9a-fA-F]{6}\b|^#[0-9a-fA-F]{3}$|\d ?p[xt]\b")
    made = [
        call
        for call in calls(path, "QColor", "QColor.fromRgb", "QColor.fromRgbF", "QColor.fromHsv", "QColor.fromHsvF")
        if any(isinstance(argument, ast.Constant) for argument in call.args)
    ]
    fonts = [*calls(path, "QFont"), *(node for node in nodes(path) if is_font_size(node))]
    assert not lines([*literals, *made, *fonts])


def is_font_size(node: ast.AST) -> bool:
    """Whether a font is given a size there."""
    sizes = {"setPixelSize", "setPointSize", "setPointSizeF"}
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in sizes


def test_the_style_sheet_takes_its_colours_from_the_theme() -> None:
    sheet = (ROOT / "resources/style.qss").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=\s*[;,)])|rgba?\(\s*\d+", sheet)


@every([path for path in SOURCES if path.parts[0] != "resources"])
def test_resources_are_reached_through_their_package(path: Path) -> None:
    assert not lines(texts(path, r"\bresources/"))


# What is never done


@every(SOURCES)
def test_no_file_is_run_as_code(path: Path) -> None:
    assert path.as_posix() in CODE_BORDER or not lines(calls(path, "exec", "compile"))
    assert not lines(calls(path, "eval", "pickle.load", "pickle.Unpickler", "joblib.load"))
    assert path.as_posix() in PROCESS_BORDER or "pickle" not in packages_imported(path)
    assert not lines([call for call in calls(path, "torch.load") if not has_option(call, "weights_only", True)])
    assert not lines([call for call in calls(path, "np.load") if has_option(call, "allow_pickle", True)])
    assert not lines([call for call in nodes(path) if has_option(call, "shell", True)])


def has_option(node: ast.AST, name: str, value: object) -> bool:
    """Whether this is a call with that keyword argument."""
    return isinstance(node, ast.Call) and any(
        keyword.arg == name and isinstance(keyword.value, ast.Constant) and keyword.value.value == value
        for keyword in node.keywords
    )


@every(SOURCES)
def test_only_the_borders_catch_everything(path: Path) -> None:
    everything = [
        node
        for node in nodes(path)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or {"Exception", "BaseException"} & {dotted(part) for part in ast.walk(node.type)})
    ]
    assert path.as_posix() in BORDERS | CODE_BORDER or not everything, lines(everything)


@every(SOURCES)
def test_nothing_posix_only_is_unguarded(path: Path) -> None:
    assert not lines(list(unguarded(tree(path))))


def unguarded(node: ast.AST) -> Iterator[ast.AST]:
    """What exists on POSIX alone and does not stand behind a question for the platform or the attribute."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.If, ast.IfExp)) and re.search(
            r"sys\.platform|os\.name|hasattr\(", ast.unparse(child.test)
        ):
            continue
        if dotted(child) in POSIX_ONLY or POSIX_ONLY.intersection(imported(child)):
            yield child
        yield from unguarded(child)


# What is always done


@every(SOURCES)
def test_what_is_public_says_what_it_promises(path: Path) -> None:
    module = importlib.import_module(name_of(path))
    assert module.__doc__, "the module has no docstring"
    assert not [name for name, thing in public(module) if not inspect.getdoc(thing)]


def public(module: ModuleType) -> Iterator[tuple[str, object]]:
    """The public functions, classes and methods of a module. What implements a protocol is documented there."""
    own = {name: thing for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__}
    protocols = [thing for thing in own.values() if getattr(thing, "_is_protocol", False)]
    promised = {name for protocol in protocols for name in vars(protocol)}
    for name, thing in own.items():
        if not name.startswith("_") and (inspect.isclass(thing) or inspect.isfunction(thing)):
            yield name, thing
            members = methods(thing) if inspect.isclass(thing) and thing not in protocols else ()
            yield from ((f"{name}.{member}", getattr(thing, member)) for member in members if member not in promised)


def methods(kind: type[Any]) -> Iterator[str]:
    """The public methods and properties that a class brings in, less those that override Qt, which documents them."""
    foreign = {
        name for base in kind.__mro__ if not base.__module__.startswith(("engine", "gui")) for name in vars(base)
    }
    for name, member in vars(kind).items():
        if not name.startswith("_") and name not in foreign and isinstance(member, METHODS):
            yield name
