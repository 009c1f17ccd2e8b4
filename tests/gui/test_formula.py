"""Formulas are drawn in the colour of the text; what cannot be drawn is shown as it is written."""

import pytest
from PySide6.QtGui import QTextDocument

from engine.layers import Expression, Layer
from engine.losses import Loss
from engine.optimizers import Optimizer
from gui.formula import Formula, in_html
from gui.theme import DARK, LIGHT

FORMULAS = {
    f"{family.__name__}-{name}": kind.formula
    for family in (Layer, Loss, Optimizer)
    for name, kind in family.kinds.items()
}


@pytest.fixture
def shown(qtbot, appearance):
    def show(latex, width=400):
        formula = Formula(appearance)
        qtbot.addWidget(formula)
        formula.show_formula(latex)
        formula.show()
        formula.resize(width, formula.heightForWidth(width))
        return formula

    return show


def colours(picture):
    image = picture.toImage()
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


@pytest.mark.parametrize("latex", FORMULAS.values(), ids=FORMULAS)
def test_every_formula_is_drawn(shown, latex):
    formula = shown(latex)
    assert formula.is_drawn
    assert DARK.text in colours(formula.grab())
    assert formula.accessibleName() == latex


@pytest.mark.parametrize("latex", [r"\frac{a", r"\left( x", "x_1_2", ""])
def test_what_cannot_be_drawn_is_shown_as_written(shown, latex):
    formula = shown(latex)
    assert not formula.is_drawn
    assert (DARK.text in colours(formula.grab())) is bool(latex)


def test_it_follows_the_theme(shown, appearance):
    formula = shown("x + 1")
    appearance.choose("light")
    assert LIGHT.text in colours(formula.grab())


def test_a_wide_formula_is_made_smaller(shown):
    wide = r"a + b + c + d + e + f + g + h + i + j + k + l + m + n"
    assert shown(wide, 100).heightForWidth(100) < shown(wide, 900).heightForWidth(900)


def test_in_a_tooltip_it_is_a_picture(qapp):
    words = in_html(r"y = \max(0, x)", LIGHT.text)
    document = QTextDocument()
    document.setHtml(words)
    assert document.size().width() > 60
    assert "<code>" in in_html(r"\frac{a", LIGHT.text)


@pytest.mark.parametrize(
    "text",
    [
        "a * sigmoid(b) - tanh(c) / sqrt(2)",
        "softmax(a @ transpose(b) / 8) @ c",
        "-(a + 1) ** 2 * exp(-abs(a)) + max(a, 0.5) * pi",
        "log(a) + sin(a) * cos(a) - min(a) + gelu(a)",
    ],
)
def test_what_a_person_writes_is_drawn(shown, text):
    assert shown(Expression(text).equation).is_drawn
