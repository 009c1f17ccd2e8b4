"""Expressions that people write, such as ``a * sigmoid(b)``: read with Python's grammar, and never run as Python.

What may stand in one is listed here; everything else is refused in a sentence that says where it stands.
"""

import ast
import math
import re
import warnings
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from engine.call import Value, call
from engine.layers.layer import in_words
from engine.layers.merge import meeting
from engine.spec import Shape, abbreviate

LETTERS = "abcdefgh"
"""The inputs, in the order of the wires."""
LONGEST = 2_000
DEEPEST = 100
LARGEST = 1e30

Number = int | float


class Part(NamedTuple):
    """A piece of an expression that depends on inputs: how it is computed, and the shape of it for one sample."""

    call: Any
    shape: Shape


class ExpressionError(Exception):
    """Why an expression means nothing: the end of a sentence that begins with “The expression”."""


class Read(msgspec.Struct, frozen=True):
    """An expression as it was read: its tree, or why there is none, and how many inputs it has."""

    tree: Any = None
    inputs: int = 1
    fault: str = ""


class Function(NamedTuple):
    """A function of one value: what it is called in torch, and what it makes of a number."""

    target: str
    of_number: Callable[[float], float]


FUNCTIONS: Mapping[str, Function] = {
    "sigmoid": Function("torch.sigmoid", lambda x: 1 / (1 + math.exp(-x))),
    "tanh": Function("torch.tanh", math.tanh),
    "relu": Function("torch.relu", lambda x: max(0.0, x)),
    "gelu": Function("nn.functional.gelu", lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2)))),
    "silu": Function("nn.functional.silu", lambda x: x / (1 + math.exp(-x))),
    "softplus": Function("nn.functional.softplus", lambda x: math.log1p(math.exp(x))),
    "exp": Function("torch.exp", math.exp),
    "log": Function("torch.log", math.log),
    "sqrt": Function("torch.sqrt", math.sqrt),
    "abs": Function("torch.abs", abs),
    "sin": Function("torch.sin", math.sin),
    "cos": Function("torch.cos", math.cos),
}
"""Of each value by itself."""

OVER_ALL: Mapping[str, str] = {"mean": ".mean", "sum": ".sum", "max": ".amax", "min": ".amin"}
"""Of all values of a sample together; what remains meets each of them."""

OF_MATRICES = ("softmax", "transpose")
"""Along the last dimension; of the last two."""

OPERATORS: Mapping[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.MatMult: "@",
}
CONSTANTS = {"pi": math.pi}

_ON_NUMBERS: Mapping[str, Callable[[float, float], Any]] = {
    "+": lambda x, y: x + y,
    "-": lambda x, y: x - y,
    "*": lambda x, y: x * y,
    "/": lambda x, y: x / y,
    "**": lambda x, y: x**y,
}
_LETTER = re.compile(rf"\b[{LETTERS}]\b")


@lru_cache(maxsize=1_024)
def read(text: str) -> Read:
    """An expression with everything checked that does not depend on shapes."""
    try:
        tree = _parsed(text)
        used = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in LETTERS})
        wanted = LETTERS[: LETTERS.index(used[-1]) + 1] if used else ""
        if missing := [letter for letter in wanted if letter not in used]:
            raise ExpressionError(f"uses {used[-1]} but not {missing[0]}: a, b, c … are its wires in their order")
        _Reader(text, [()] * len(wanted), checks_shapes=False).answer(tree)
    except ExpressionError as fault:
        letters = _LETTER.findall(text)
        return Read(None, LETTERS.index(max(letters)) + 1 if letters else 1, str(fault))
    return Read(tree, len(wanted))


def computed(text: str, shapes: tuple[Shape, ...]) -> Part:
    """What an expression that can be read makes of inputs of these shapes. Raises `ExpressionError`."""
    return _Reader(text, shapes).answer(read(text).tree)


def _parsed(text: str) -> ast.expr:
    """The tree of an expression that is neither too long nor too deep."""
    if len(text) > LONGEST:
        raise ExpressionError(f"has {len(text):,} characters; it can have at most {LONGEST:,}")
    if not text.strip():
        raise ExpressionError("is empty: write one such as a * sigmoid(a)")
    try:
        with warnings.catch_warnings():
            # Python doubts some texts, such as 1if, which are refused below or mean what they say.
            warnings.simplefilter("ignore")
            tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as fault:
        raise ExpressionError(_syntax(fault, text)) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("cannot be read: it is too deep, or has characters that mean nothing") from None
    _check_depth(tree)
    return tree


def _check_depth(tree: ast.expr) -> None:
    """Raises `ExpressionError` for what would need more steps inside one another than Python has."""
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [inner for node in level for inner in ast.iter_child_nodes(node)]
        if not level:
            return
    raise ExpressionError(f"is too deep: at most about {DEEPEST} operations can lie inside one another")


def _syntax(fault: SyntaxError, text: str) -> str:
    place = (fault.offset or 1) + len(text) - len(text.lstrip())
    if "never closed" in fault.msg:
        return f"has a bracket at character {place} that is never closed"
    if "unmatched" in fault.msg:
        return f"has a bracket at character {place} that closes nothing"
    if "nested" in fault.msg:
        return "has too many brackets inside one another"
    return f"cannot be read at character {min(place, len(text) + 1)}; write it like a * sigmoid(b)"


class _Reader:
    """Turns a tree into what computes it. Without shapes it only looks at the words."""

    def __init__(self, text: str, shapes: Any, checks_shapes: bool = True) -> None:
        self._text = text
        self._shapes = shapes
        self._checks_shapes = checks_shapes

    def answer(self, tree: ast.expr) -> Part:
        """The whole. Raises `ExpressionError`."""
        whole = self._of(tree)
        if not isinstance(whole, Part):
            raise ExpressionError("uses none of its inputs: write a for the first wire, b for the second …")
        return whole

    def _of(self, node: ast.expr) -> Part | Number:
        match node:
            case ast.Constant(value=bool()):
                raise self._unknown(node)
            case ast.Constant(value=int() | float() as number):
                return self._finite(node, lambda: number)
            case ast.Name(id=name):
                return self._named(node, name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                inner = self._of(operand)
                return Part(call("-", inner.call), inner.shape) if isinstance(inner, Part) else -inner
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._of(operand)
            case ast.BinOp(left=left, op=operator, right=right) if type(operator) in OPERATORS:
                return self._joined(node, OPERATORS[type(operator)], self._of(left), self._of(right))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._applied(node, name, [self._of(argument) for argument in arguments])
            case _:
                raise self._unknown(node)

    def _named(self, node: ast.expr, name: str) -> Part | Number:
        if name in LETTERS:
            number = LETTERS.index(name)
            return Part(Value(number), self._shapes[number])
        if name in CONSTANTS:
            return CONSTANTS[name]
        if name in _known():
            raise ExpressionError(f"names the function {name} {self._at(node)} without brackets: write {name}(a)")
        known = f"its inputs are {', '.join(LETTERS[:3])} … {LETTERS[-1]}, and {', '.join(CONSTANTS)} is known"
        raise ExpressionError(f"names “{abbreviate(name, 40)}” {self._at(node)}, which is not known: {known}")

    def _joined(self, node: ast.expr, operator: str, left: Part | Number, right: Part | Number) -> Part | Number:
        if operator == "@":
            return self._product(node, left, right)
        if isinstance(left, Part) and isinstance(right, Part):
            return Part(call(operator, left.call, right.call), self._met(node, left.shape, right.shape))
        if isinstance(left, Part):
            if operator == "/" and right == 0:
                raise ExpressionError(f"divides by zero {self._at(node)}")
            return Part(call(operator, left.call, right), left.shape)
        if isinstance(right, Part):
            return Part(call(operator, left, right.call), right.shape)
        return self._finite(node, lambda: _ON_NUMBERS[operator](float(left), float(right)))

    def _product(self, node: ast.expr, left: Part | Number, right: Part | Number) -> Part:
        if not isinstance(left, Part) or not isinstance(right, Part):
            raise ExpressionError(f"multiplies matrices {self._at(node)}, and a number is none: write * instead of @")
        one, other = left.shape, right.shape
        many = meeting((one[:-2], other[:-2])) if len(one) == len(other) >= 2 and one[-1] == other[-2] else None
        if many is None and self._checks_shapes:
            words = f"{in_words(one)} and {in_words(other)} {self._at(node)}"
            raise ExpressionError(f"multiplies {words}: the first needs as many columns as the second has rows")
        return Part(call("@", left.call, right.call), (*(many or ()), *one[-2:-1], *other[-1:]))

    def _applied(self, node: ast.expr, name: str, values: list[Part | Number]) -> Part | Number:
        if name not in _known():
            known = ", ".join(_known())
            raise ExpressionError(
                f"uses “{abbreviate(name, 40)}” {self._at(node)}, which is not known; known are {known}"
            )
        if name in ("max", "min") and len(values) > 1:
            return self._extreme(node, name, values)
        if len(values) != 1:
            raise ExpressionError(f"gives {name} {len(values)} values {self._at(node)}, but it takes one")
        (value,) = values
        if name in FUNCTIONS:
            target, of_number = FUNCTIONS[name]
            if isinstance(value, Part):
                return Part(call(target, value.call), value.shape)
            return self._finite(node, lambda: of_number(float(value)))
        if not isinstance(value, Part):
            raise ExpressionError(f"gives {name} a number {self._at(node)}, but it takes what depends on an input")
        return self._along(node, name, value)

    def _along(self, node: ast.expr, name: str, value: Part) -> Part:
        """A function of many values together."""
        rank, needed = len(value.shape), {"softmax": 1, "transpose": 2}.get(name, 0)
        if rank < needed and self._checks_shapes:
            words = f"gives {name} {self._at(node)} {in_words(value.shape)}"
            raise ExpressionError(f"{words}, but it needs {'two dimensions' if needed == 2 else 'a dimension'} or more")
        if name == "softmax":
            return Part(call("torch.softmax", value.call, dim=-1), value.shape)
        if name == "transpose":
            return Part(call(".transpose", value.call, -2, -1), (*value.shape[:-2], *value.shape[:-3:-1]))
        dimensions = tuple(range(1, rank + 1))
        whole = call(OVER_ALL[name], value.call, dim=dimensions, keepdim=True) if rank else value.call
        return Part(whole, (1,) * rank)

    def _extreme(self, node: ast.expr, name: str, values: list[Part | Number]) -> Part | Number:
        """The largest or smallest of several."""
        parts = [value for value in values if isinstance(value, Part)]
        numbers = [value for value in values if not isinstance(value, Part)]
        limit = (max if name == "max" else min)(numbers) if numbers else None
        if not parts:
            assert limit is not None
            return limit
        answer = parts[0]
        for other in parts[1:]:
            function = "torch.maximum" if name == "max" else "torch.minimum"
            answer = Part(call(function, answer.call, other.call), self._met(node, answer.shape, other.shape))
        if limit is None:
            return answer
        bound = {"min": limit} if name == "max" else {"max": limit}
        return Part(call(".clamp", answer.call, **bound), answer.shape)

    def _met(self, node: ast.expr, one: Shape, other: Shape) -> Shape:
        met = meeting((one, other))
        if met is None and self._checks_shapes:
            words = f"{in_words(one)} and {in_words(other)} {self._at(node)}"
            raise ExpressionError(f"joins {words}: they must be of one shape, or 1 where they differ")
        return met or ()

    def _finite(self, node: ast.expr, result: Callable[[], Any]) -> Number:
        """A number that was worked out."""
        try:
            number = result()
            if not isinstance(number, complex) and abs(number) <= LARGEST:
                return int(number) if number == int(number) and abs(number) < 2**53 else float(number)
        except ZeroDivisionError:
            raise ExpressionError(f"divides by zero {self._at(node)}") from None
        except (OverflowError, ValueError):
            pass
        raise ExpressionError(f"has a number {self._at(node)} that is too large, or none at all")

    def _unknown(self, node: ast.expr) -> ExpressionError:
        known = "numbers, inputs, + - * / ** @, brackets and functions"
        return ExpressionError(f"has something {self._at(node)} that cannot stand in one; there can be {known}")

    def _at(self, node: ast.expr) -> str:
        """Where a part stands, as a person counts."""
        stripped = self._text.strip()
        place = len(stripped.encode()[: node.col_offset].decode(errors="ignore"))
        return f"at character {place + 1 + len(self._text) - len(self._text.lstrip())}"


def _known() -> tuple[str, ...]:
    return (*FUNCTIONS, *OVER_ALL, *OF_MATRICES)
