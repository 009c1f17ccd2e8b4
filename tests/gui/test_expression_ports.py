"""A layer whose settings decide how many wires arrive, on the canvas."""

import pytest
from canvases import ShowCanvas, assert_agrees, chain, drag, port, wires_of

from engine.graph import Node
from engine.layers import Expression, Input, ReLU
from engine.project import Project
from gui.canvas import Canvas
from gui.canvas.routes import Port


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Canvas:
    network = chain(Input(), ReLU(), Expression("a + b")).add(Node("tanh_1", ReLU(), (300.0, 60.0)))
    return show_canvas(Project(network=network.connect("tanh_1", "expression_1")))


def write(canvas: Canvas, text: str) -> None:
    canvas.editor.attempt("Write", lambda project: project.with_value("network.expression_1.expression", text))


def test_wires_follow_the_inputs_that_an_expression_names(canvas: Canvas) -> None:
    for text in ("a * b * c", "a +", "a", "b - a"):
        write(canvas, text)
        assert_agrees(canvas)
        assert wires_of(canvas) == {
            ("input_1", "relu_1"),
            ("relu_1", "expression_1"),
            ("tanh_1", "expression_1"),
        }


def test_a_wire_can_be_drawn_to_an_input_that_was_written(canvas: Canvas) -> None:
    write(canvas, "a * b * c")
    drag(canvas, port(canvas, "input_1", "output"), port(canvas, "expression_1", "input", 2))
    assert ("input_1", "expression_1") in wires_of(canvas)
    assert_agrees(canvas)


def test_a_wire_that_is_not_needed_any_more_stays_at_the_node(canvas: Canvas) -> None:
    write(canvas, "a")
    item = canvas.picture.nodes["expression_1"]
    for number in range(8):
        point = canvas.picture.point_of(Port("expression_1", "input", number))
        assert item.place.left() <= point.x() <= item.place.right()
