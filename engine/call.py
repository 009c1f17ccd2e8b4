"""A constructor call kept as data.

`build` makes the module from it and `export` prints it, so the trained model and the exported code cannot disagree.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Call(msgspec.Struct, frozen=True):
    """``target(*arguments, **options)``; ``target`` is a dotted name below ``torch`` (``nn.Conv2d``) or ``+``."""

    target: str
    arguments: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def is_module(self) -> bool:
        """Whether the call makes an ``nn.Module``; otherwise it is applied to the inputs themselves."""
        return self.target.startswith("nn.")

    def printed(self, inputs: tuple[str, ...] = ()) -> str:
        """The call as Python source; `INPUTS` stands for the names given."""
        if self.target == "+":
            return " + ".join(inputs)
        return f"{self.target}({', '.join(self.words(inputs))})"

    def words(self, inputs: tuple[str, ...] = ()) -> list[str]:
        """The arguments as Python source, one by one."""
        words = [_printed(argument, inputs) for argument in self.arguments]
        return words + [f"{name}={_printed(value, inputs)}" for name, value in self.options]

    def made(self, resolve: Callable[[str], Callable[..., Any]], inputs: tuple[Any, ...] = ()) -> Any:
        """What the call returns; ``resolve`` answers what a dotted name stands for."""
        arguments = [list(inputs) if isinstance(argument, Inputs) else argument for argument in self.arguments]
        return resolve(self.target)(*arguments, **dict(self.options))


class Inputs(msgspec.Struct, frozen=True):
    """Stands for the tensors that arrive at a layer."""


INPUTS = Inputs()


def call(target: str, *arguments: Any, **options: Any) -> Call:
    """Options that are None are left out, as one would when writing the call by hand."""
    return Call(target, arguments, tuple((name, value) for name, value in options.items() if value is not None))


def unless(value: T, default: T) -> T | None:
    """None where the value is PyTorch's own default, which one does not write."""
    return None if value == default else value


def _printed(value: Any, inputs: tuple[str, ...]) -> str:
    if isinstance(value, Inputs):
        return f"[{', '.join(inputs)}]"
    if isinstance(value, str):
        return f'"{value}"'
    return repr(value)
