"""The source of our own modules, of the curves of learning rates, of means of weights and of what augments batches, as
it stands in `engine.modules`, `engine.rates`, `engine.averages` and `engine.augmentation.changes`. Read, not imported:
nothing here needs torch.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import engine

FOLDER = Path(engine.__file__).with_name("modules")
RATES = Path(engine.__file__).with_name("rates.py")
AVERAGES = Path(engine.__file__).with_name("averages.py")
CHANGES = Path(engine.__file__).with_name("augmentation") / "changes"


def definitions(names: Iterable[str]) -> list[str]:
    """The classes and functions of these names, after those that they use, each once."""
    known, ordered = sources(), dict[str, str]()

    def add(name: str) -> None:
        for used in _used_in(known[name]):
            if used in known and used != name and used not in ordered:
                add(used)
        ordered[name] = known[name]

    for name in names:
        add(name)
    return list(ordered.values())


@cache
def sources() -> dict[str, str]:
    """The source of each of our own modules, curves of rates, means of weights and changes of a batch, by name."""
    found: dict[str, str] = {}
    for file in (*sorted(FOLDER.glob("*.py")), RATES, AVERAGES, *sorted(CHANGES.glob("*.py"))):
        text = file.read_text(encoding="utf-8")
        for statement in ast.parse(text).body:
            if isinstance(statement, ast.ClassDef | ast.FunctionDef):
                found[statement.name] = ast.get_source_segment(text, statement) or ""
    return found


def _used_in(source: str) -> Iterator[str]:
    return (node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name))
