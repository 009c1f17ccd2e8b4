"""A call kept as data: what makes a layer's module, and how that, or a function of torch, is applied to what arrives.

`build` makes the network from it and `export` prints it, so the trained model and the exported code cannot disagree.
An argument may be a call itself: ``call("torch.mean", call("torch.stack", INPUTS), dim=0)``.
"""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

OWN = "modules."
"""What the names of Layerloom's own modules start with; see `engine.modules`."""

JUDGES = "torchmetrics."
"""What the names of classes start with that say how good a network is."""

WRITTEN = "written."
"""What the names of classes start with that a person has written; the layer has their source."""

_INFIX = {"+": 1, "-": 1, "*": 2, "/": 2, "@": 2, "**": 4}
_SIGN = 3
_POSTFIX = 5


class Inputs(msgspec.Struct, frozen=True):
    """Stands for the tensors that arrive at a layer, as a list."""


class Value(msgspec.Struct, frozen=True):
    """Stands for one of the tensors that arrive at a layer."""

    number: int = 0


class Own(msgspec.Struct, frozen=True):
    """Stands for what the layer's own module holds under a name, such as its ``weight``."""

    name: str


class Span(msgspec.Struct, frozen=True):
    """A part of a dimension, as Python slices it: ``start:stop:step``."""

    start: int | None = None
    stop: int | None = None
    step: int | None = None

    def __repr__(self) -> str:
        words = [self.start, self.stop] if self.step is None else [self.start, self.stop, self.step]
        return ":".join("" if word is None else str(word) for word in words)


class Call(msgspec.Struct, frozen=True):
    """``target(*arguments, **options)``. The target is

    - a dotted name below ``torch``: ``nn.Conv2d``, ``torch.cat``; or one of our own modules: ``modules.Residual``;
      or a class of torchmetrics by its full name;
      or a class that a person has written: ``written.Gate``;
    - an operator between its arguments: ``+ - * / @ **``; with one argument, ``-`` is a sign;
    - ``[]``: the first argument at the index that the others are;
    - ``.name``: a method of its first argument;
    - ``self``: the layer's own module, applied to the arguments.
    """

    target: str
    arguments: tuple[Any, ...] = ()
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def is_module(self) -> bool:
        """Whether the call makes an ``nn.Module``; otherwise it is applied to the inputs themselves."""
        return self.target.startswith(("nn.", OWN, WRITTEN)) and not self.target.startswith("nn.functional.")

    @property
    def name(self) -> str:
        """The target as source: our own modules, and what people write, stand beside the class that uses them."""
        if self.target.startswith(JUDGES):
            return self.target.rpartition(".")[2]
        return self.target.removeprefix(OWN).removeprefix(WRITTEN)

    def printed(self, inputs: tuple[str, ...] = (), module: str = "") -> str:
        """The call as Python source, where ``inputs`` and ``module`` are the names of what arrives and of the layer."""
        words = self.words(inputs, module)
        match self.target:
            case target if target in _INFIX:
                return f" {target} ".join(words) if len(words) > 1 else f"-{words[0]}"
            case "[]":
                return f"{words[0]}[{', '.join(words[1:])}]"
            case "self":
                return f"{module}({', '.join(words)})"
            case target if target.startswith("."):
                return f"{words[0]}{target}({', '.join(words[1:])})"
            case _:
                return f"{self.name}({', '.join(words)})"

    def words(self, inputs: tuple[str, ...] = (), module: str = "") -> list[str]:
        """The arguments as Python source, one by one."""
        words: list[str] = []
        for number, argument in enumerate(self.arguments):
            if isinstance(argument, Inputs) and self.target in _INFIX:
                words += inputs
            else:
                word = _printed(argument, inputs, module)
                words.append(f"({word})" if self._encloses(argument, number) else word)
        return words + [f"{name}={_printed(value, inputs, module)}" for name, value in self.options]

    def made(
        self, resolve: Callable[[str], Callable[..., Any]], inputs: tuple[Any, ...] = (), module: Any = None
    ) -> Any:
        """What the call returns; ``resolve`` answers what a dotted name or an operator stands for."""

        def value(argument: Any) -> Any:
            match argument:
                case Inputs():
                    return list(inputs)
                case Value():
                    return inputs[argument.number]
                case Own():
                    return getattr(module, argument.name)
                case Call():
                    return argument.made(resolve, inputs, module)
                case Span():
                    return slice(argument.start, argument.stop, argument.step)
                case _:
                    return argument

        arguments = [value(argument) for argument in self.arguments]
        options = {name: value(option) for name, option in self.options}
        match self.target:
            case target if target in _INFIX:
                if self._is_sign:
                    return -arguments[0]
                operands = arguments[0] if isinstance(self.arguments[0], Inputs) else arguments
                return reduce(resolve(target), operands)
            case "[]":
                # What answers with a tuple takes one index alone, and no tuple of one.
                return arguments[0][arguments[1] if len(arguments) == 2 else tuple(arguments[1:])]
            case "self":
                return module(*arguments, **options)
            case target if target.startswith("."):
                return getattr(arguments[0], target[1:])(*arguments[1:], **options)
            case target:
                return resolve(target)(*arguments, **options)

    def targets(self) -> Iterator[str]:
        """Its target, and those of the calls inside it."""
        yield self.target
        for inner in (*self.arguments, *(value for _, value in self.options)):
            if isinstance(inner, Call):
                yield from inner.targets()

    @property
    def _rank(self) -> int:
        """How tightly it binds, as Python reads it."""
        if self.target not in _INFIX:
            return _POSTFIX
        return _SIGN if self._is_sign else _INFIX[self.target]

    @property
    def _is_sign(self) -> bool:
        """Whether it is the sign of its one argument."""
        return self.target == "-" and len(self.arguments) == 1 and not isinstance(self.arguments[0], Inputs)

    def _encloses(self, argument: Any, number: int) -> bool:
        """Whether an argument needs brackets where it stands."""
        if isinstance(argument, Call):
            rank = argument._rank
        elif isinstance(argument, int | float) and argument < 0:
            rank = _SIGN
        else:
            return False
        if self.target in _INFIX:
            # 2 ** 3 ** 4 is read from the right, the others are from the left.
            from_right = self.target == "**"
            return rank < self._rank or (rank == self._rank and (number > 0) != from_right)
        return number == 0 and rank < _POSTFIX and (self.target == "[]" or self.target.startswith("."))


INPUTS = Inputs()
INPUT = Value(0)


def call(target: str, *arguments: Any, **options: Any) -> Call:
    """Options that are None are left out, as one would when writing the call by hand."""
    return Call(target, arguments, tuple((name, value) for name, value in options.items() if value is not None))


def at(value: Any, *index: Any) -> Call:
    """``value[index]``; a slice is a `Span`."""
    return Call("[]", (value, *index))


def applied(*arguments: Any, **options: Any) -> Call:
    """The layer's own module, applied to these."""
    return call("self", *arguments, **options)


def unless(value: T, default: T) -> T | None:
    """None where the value is PyTorch's own default, which one does not write."""
    return None if value == default else value


def quoted(text: str) -> str:
    """A text as Python source, between the quotes that one would write wherever they will do."""
    return f'"{text}"' if text.isprintable() and not {'"', "\\"} & {*text} else repr(text)


def _printed(value: Any, inputs: tuple[str, ...], module: str) -> str:
    match value:
        case Inputs():
            return f"[{', '.join(inputs)}]"
        case Value():
            return inputs[value.number]
        case Own():
            return f"{module}.{value.name}"
        case Call():
            return value.printed(inputs, module)
        case str():
            return quoted(value)
        case _:
            return "..." if value is ... else repr(value)
