"""An expression as mathematicians write it, in LaTeX."""

import ast
from collections.abc import Mapping

_SUM, _SIGN, _PRODUCT, _POWER, _WHOLE = range(5)
"""How tightly the parts of a formula hold together."""

_RANKS: Mapping[type[ast.operator], int] = {
    ast.Add: _SUM,
    ast.Sub: _SUM,
    ast.Mult: _PRODUCT,
    ast.MatMult: _PRODUCT,
    ast.Div: _WHOLE,
    ast.Pow: _POWER,
}
_SIGNS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: r"\cdot", ast.MatMult: r"\,"}
_NAMED = ("tanh", "log", "sin", "cos", "max", "min")


def in_latex(node: ast.expr) -> str:
    """An expression that can be read, as a formula."""
    match node:
        case ast.Constant(value=number):
            digits, _, power = f"{number:g}".partition("e")
            return rf"{digits} \cdot 10^{{{int(power)}}}" if power else digits
        case ast.Name(id=name):
            return r"\pi" if name == "pi" else name
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return f"-{_inside(operand, _PRODUCT)}"
        case ast.UnaryOp(operand=operand):
            return in_latex(operand)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return rf"\frac{{{in_latex(left)}}}{{{in_latex(right)}}}"
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            return f"{{{_inside(left, _WHOLE)}}}^{{{in_latex(right)}}}"
        case ast.BinOp(left=left, op=operator, right=right):
            rank = _RANKS[type(operator)]
            return f"{_inside(left, rank)} {_SIGNS[type(operator)]} {_inside(right, rank + 1)}"
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _function(name, arguments)
        case _:
            raise ValueError("An expression that can be read has no such part.")


def _function(name: str, arguments: list[ast.expr]) -> str:
    inner = ", ".join(map(in_latex, arguments))
    match name:
        case "sqrt":
            return rf"\sqrt{{{inner}}}"
        case "exp":
            return f"e^{{{inner}}}"
        case "abs":
            return rf"\left| {inner} \right|"
        case "transpose":
            return f"{{{_inside(arguments[0], _WHOLE)}}}^T"
        case "sigmoid":
            return rf"\sigma({inner})"
        case _:
            return (rf"\{name}" if name in _NAMED else rf"\mathrm{{{name}}}") + f"({inner})"


def _inside(node: ast.expr, rank: int) -> str:
    """A part, in brackets where it holds together less tightly than what it stands in."""
    written = in_latex(node)
    return rf"\left( {written} \right)" if _rank(node) < rank else written


def _rank(node: ast.expr) -> int:
    match node:
        case ast.BinOp(op=operator):
            return _RANKS[type(operator)]
        case ast.UnaryOp(op=ast.USub()):
            return _SIGN
        case ast.UnaryOp(operand=operand):
            return _rank(operand)
        case ast.Call(func=ast.Name(id="exp" | "transpose")):
            return _POWER
        case _:
            return _WHOLE
