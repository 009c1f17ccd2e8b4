"""Blocks unfolded where they stand, with real mouse and keys."""

import pytest
from blocks_drawn import project_with_blocks
from canvases import CONTROL, LEFT, NONE, ShowCanvas, click, middle, undone
from PySide6.QtCore import QBuffer, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtTest import QTest

from engine.blocks import Block
from engine.graph import Node
from engine.layers import ReLU
from engine.layout import GAP, inset_drawing, inset_of, node_height, stacked
from engine.project import Project, from_json, to_json
from engine.tidy import tidied
from gui.canvas import Canvas
from gui.canvas.items import NEAR
from gui.theme import NODE_BAR, NODE_PADDING


@pytest.fixture
def canvas(show_canvas: ShowCanvas) -> Canvas:
    return show_canvas(project_with_blocks(), 900, 1000)


def triangle(canvas: Canvas, node_id: str) -> QPoint:
    return canvas.mapFromScene(canvas.picture.nodes[node_id].fold_place.center())


def inner_point(canvas: Canvas, block_id: str, node_id: str) -> QPoint:
    """Where a layer is seen inside an unfolded block."""
    item = canvas.picture.nodes[block_id]
    block = item.node.layer
    assert isinstance(block, Block)
    inset, node = inset_of(block), inset_drawing(block).node(node_id)
    place = QPointF(*inset.place) + (QPointF(*node.position) - QPointF(*inset.origin) + QPointF(20, 20)) * inset.scale
    return canvas.mapFromScene(item.mapToScene(place))


def overlaps(canvas: Canvas) -> list[tuple[str, str]]:
    items = list(canvas.picture.nodes.values())
    return [
        (one.node.id, other.node.id)
        for one in items
        for other in items
        if one is not other and one.place.intersects(other.place)
    ]


def test_the_triangle_unfolds_and_folds_and_what_follows_makes_room(canvas: Canvas) -> None:
    before = canvas.editor.project
    places = {node.id: node.position for node in before.network.nodes}
    click(canvas, triangle(canvas, "stage_1"))
    assert canvas.editor.network.node("stage_1").unfolded
    assert canvas.editor.network.node("flatten_1").position[1] > places["flatten_1"][1] + 100
    assert (
        canvas.picture.nodes["stage_1"].place.height() == inset_of(canvas.editor.network.node("stage_1").layer).height
    )
    assert overlaps(canvas) == []
    assert undone(canvas, before)
    click(canvas, triangle(canvas, "stage_1"))
    assert {node.id: node.position for node in canvas.editor.network.nodes} == places


def test_a_key_folds_and_unfolds_the_selected_block(canvas: Canvas) -> None:
    canvas.editor.select(["convblock_1"])
    QTest.keyClick(canvas, Qt.Key.Key_Period, CONTROL)
    assert canvas.editor.network.node("convblock_1").unfolded


def test_a_click_inside_selects_the_block_and_a_double_click_enters_there(canvas: Canvas) -> None:
    click(canvas, triangle(canvas, "stage_1"))
    canvas.fit()
    where = inner_point(canvas, "stage_1", "maxpool2d_1")
    click(canvas, where)
    assert (canvas.editor.place, canvas.editor.selection) == ((), ("stage_1",))
    QTest.mouseDClick(canvas.viewport(), LEFT, NONE, where)
    assert (canvas.editor.place, canvas.editor.selection) == (("stage_1",), ("maxpool2d_1",))


def test_an_unfolded_block_is_painted_with_its_inside(canvas: Canvas) -> None:
    click(canvas, triangle(canvas, "convblock_1"))
    canvas.fit()
    where = inner_point(canvas, "convblock_1", "relu_1")
    folded, shown = canvas.palette().color(canvas.backgroundRole()), canvas.viewport().grab().toImage()
    colours = {shown.pixelColor(where + QPoint(x, 0)).name() for x in range(-20, 20)}
    assert canvas.picture.ink.theme.family("Activation").name() in colours, (folded, colours)


def test_the_inside_is_as_sharp_as_the_rest(canvas: Canvas) -> None:
    click(canvas, triangle(canvas, "stage_1"))
    inset, drawn = canvas.picture.nodes["stage_1"].inset, QBuffer()
    assert inset is not None
    generator = QSvgGenerator()
    generator.setOutputDevice(drawn)
    painter = QPainter(generator)
    inset.paint(painter, None)
    painter.end()
    svg = drawn.data().toStdString()
    assert "MaxPool2d" in svg
    assert "<image" not in svg


def test_from_afar_the_title_of_an_unfolded_block_stands_over_its_inside(canvas: Canvas) -> None:
    click(canvas, triangle(canvas, "convblock_1"))
    canvas.zoom_to(NEAR * 0.8, canvas.viewport().rect().center())
    item = canvas.picture.nodes["convblock_1"]
    head = QRectF(NODE_BAR + NODE_PADDING, 4, item.place.width() / 2, node_height(item.node.layer) - 8)
    place = canvas.mapFromScene(item.mapRectToScene(head)).boundingRect()
    shown = canvas.viewport().grab(place).toImage()
    colours = {shown.pixelColor(x, y).name() for x in range(shown.width()) for y in range(shown.height())}
    assert canvas.picture.ink.text.name() in colours


def test_it_stays_unfolded_in_the_file_and_where_it_is_tidied(canvas: Canvas) -> None:
    click(canvas, triangle(canvas, "stage_1"))
    project = canvas.editor.project
    assert from_json(to_json(project)) == project
    canvas.editor.edit_network("Tidy", tidied)
    assert overlaps(canvas) == []


def test_an_edit_inside_makes_room_outside_in_the_same_step(canvas: Canvas) -> None:
    click(canvas, triangle(canvas, "stage_1"))
    before = canvas.editor.project
    canvas.editor.enter(("stage_1",))
    canvas.editor.select(["maxpool2d_1"])
    canvas.edits.stack(ReLU)
    canvas.edits.stack(ReLU)
    canvas.editor.enter(())
    assert overlaps(canvas) == []
    places = [canvas.picture.nodes[name].place for name in ("stage_1", "convblock_1")]
    assert places[1].top() - places[0].bottom() == pytest.approx(GAP, abs=2)
    canvas.editor.undo_stack.undo()
    assert undone(canvas, before)


def test_where_values_flow_to_the_right_the_other_branch_makes_room(canvas: Canvas) -> None:
    branch = Node("relu_1", ReLU(), (340.0, 140.0))
    network = stacked(canvas.editor.network.flow("right")).add(branch).connect("input_1", "relu_1")
    canvas.editor.open(Project(network=network))
    canvas.fit()
    click(canvas, triangle(canvas, "stage_1"))
    assert canvas.editor.network.node("stage_1").unfolded
    assert overlaps(canvas) == []


def test_a_folded_block_and_any_other_layer_write_no_key(canvas: Canvas) -> None:
    assert b"unfolded" not in to_json(canvas.editor.project)


def test_other_layers_have_no_triangle(canvas: Canvas) -> None:
    assert canvas.picture.nodes["flatten_1"].fold_place.isEmpty()
    click(canvas, middle(canvas, "flatten_1"))
    assert not canvas.editor.network.node("flatten_1").unfolded


def test_a_bypassed_block_shows_its_wire_instead_of_its_inside(canvas: Canvas) -> None:
    click(canvas, middle(canvas, "convblock_1"))
    QTest.keyClick(canvas, Qt.Key.Key_Period, CONTROL)
    item, before = canvas.picture.nodes["convblock_1"], canvas.editor.project
    tall, below = item.height, canvas.picture.nodes["flatten_1"].place.top()
    canvas.switches.toggle_bypass()
    assert item.height == node_height(item.node.layer) < tall
    assert item.inset is None or not item.inset.isVisible()
    assert canvas.picture.nodes["flatten_1"].place.top() == below - (tall - item.height)
    said = []
    canvas.editor.refused.connect(said.append)
    canvas.blocks.fold()
    assert "bypass" in said[0].fix
    assert item.fold_place.isEmpty()
    canvas.switches.toggle_bypass()
    assert item.height == tall
    canvas.editor.undo_stack.undo()
    assert undone(canvas, before)


def test_an_inside_that_flows_to_the_right_can_be_read_where_it_is_unfolded(canvas: Canvas) -> None:
    canvas.places.enter("convblock_1")
    canvas.arranging.turn()
    assert canvas.editor.network.direction == "right"
    canvas.places.leave()
    click(canvas, triangle(canvas, "convblock_1"))
    layer = canvas.editor.network.node("convblock_1").layer
    assert isinstance(layer, Block)
    assert layer.inside.direction == "right"
    assert inset_of(layer).scale > 0.8
    canvas.fit()
    QTest.mouseDClick(canvas.viewport(), LEFT, NONE, inner_point(canvas, "convblock_1", "relu_1"))
    assert (canvas.editor.place, canvas.editor.selection) == (("convblock_1",), ("relu_1",))
