"""A layer that computes what a person writes."""

from engine.call import Call
from engine.layers.expression_formula import in_latex
from engine.layers.expression_reader import LETTERS, LONGEST, ExpressionError, computed, read
from engine.layers.layer import Layer, Refusal
from engine.layers.merge import FAMILY
from engine.spec import Shape, abbreviate, text

MOST_SHOWN = 40
MOST_DRAWN = 120
"""Characters of an expression that is drawn as a formula; a longer one would be too small to read."""


class Expression(Layer, frozen=True):
    """Computes what you write of its inputs a, b, c …, such as a * sigmoid(b)."""

    family = FAMILY
    formula = r"y = f(a, b, \dots)"

    expression: str = text(
        "a * sigmoid(a)",
        longest=LONGEST,
        help="Inputs a to h, numbers, pi, + - * / ** @, and functions such as sigmoid, exp, sqrt, mean and softmax.",
    )

    @property
    def inputs(self) -> int:  # pyright: ignore[reportIncompatibleVariableOverride]
        """As many as the expression names: a is the first wire, b the second."""
        return read(self.expression).inputs

    @property
    def equation(self) -> str:
        tree = read(self.expression).tree
        if tree is None or len(self.expression) > MOST_DRAWN:
            return self.formula
        return f"y = {in_latex(tree)}"

    @property
    def most_inputs(self) -> int:
        return len(LETTERS)

    def module(self, *shapes: Shape) -> Call | None:
        whole = computed(self.expression, shapes).call
        return whole if isinstance(whole, Call) else None

    def summary(self) -> str:
        words = self.expression.strip()
        return abbreviate(words if len(words) <= MOST_SHOWN else f"{words[: MOST_SHOWN - 2]} …")

    def refuses(self, *shapes: Shape) -> Refusal | None:
        known = read(self.expression)
        if known.fault:
            return Refusal(f"The expression {known.fault}.")
        if len(shapes) > known.inputs:
            used = "only a" if known.inputs == 1 else f"only {LETTERS[0]} to {LETTERS[known.inputs - 1]}"
            return Refusal(f"The expression uses {used}, but {len(shapes)} wires arrive.")
        try:
            computed(self.expression, shapes)
        except ExpressionError as fault:
            return Refusal(f"The expression {fault}.")
        return None
