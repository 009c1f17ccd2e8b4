"""The words beside wires: they can be read, or they are not there."""

import pytest
from canvases import chain
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from engine.graph import Graph, Wire
from engine.layers import Conv2d, Input, ReLU
from engine.layout import GAP_TO_THE_RIGHT, NODE_WIDTH
from engine.project import Project
from engine.report import NodeReport, Report
from gui.canvas.scene import NetworkScene
from gui.canvas.wires import WireItem, WireLabel
from gui.theme import LIGHT

WIRE = Wire("conv2d_1", "relu_1")


@pytest.fixture
def scene(qapp) -> NetworkScene:
    return NetworkScene(LIGHT)


def show(scene: NetworkScene, network: Graph, shape: tuple[int, ...] = (512, 128, 128)) -> WireItem:
    """The network with this shape on every wire; answers the wire in question."""
    scene.show_project(Project(network))
    scene.show_report(Report({node.id: NodeReport(node.id, "", output_shape=shape) for node in network.nodes}))
    return scene.wires[WIRE]


def words_of(wire: WireItem) -> WireLabel | None:
    (words,) = (item for item in wire.childItems() if isinstance(item, WireLabel))
    return words if words.isVisible() else None


def covered(scene: NetworkScene, words: WireLabel) -> bool:
    place = words.sceneBoundingRect()
    return any(item.place.intersects(place) for item in scene.nodes.values())


def side_by_side(gap: float, down: float = 0) -> Graph:
    graph = Graph.chain(Input(), Conv2d(), ReLU()).flow("right")
    step = NODE_WIDTH + GAP_TO_THE_RIGHT
    return graph.move({"conv2d_1": (step, 0), "relu_1": (step + NODE_WIDTH + gap, down)})


@pytest.mark.parametrize("gap", [8, 40, GAP_TO_THE_RIGHT])
def test_between_nodes_side_by_side_no_node_covers_them(scene: NetworkScene, gap: float) -> None:
    words = words_of(show(scene, side_by_side(gap)))
    assert words is not None
    assert not covered(scene, words)


@pytest.mark.parametrize("down", [20, 48, 400])
def test_on_a_curve_to_the_right_no_node_covers_them(scene: NetworkScene, down: float) -> None:
    words = words_of(show(scene, side_by_side(40, down)))
    assert words is None or not covered(scene, words)
    assert (words is not None) == (down == 400)


def test_layers_that_nearly_touch_leave_none(scene: NetworkScene) -> None:
    stack = chain(Input(), Conv2d(), ReLU())
    at = stack.node("relu_1").position
    assert words_of(show(scene, stack)) is not None
    assert words_of(show(scene, stack.move({"relu_1": (at[0], at[1] - 20)}))) is None
    assert words_of(show(scene, stack)) is not None


@pytest.mark.parametrize(("zoom", "is_there"), [(1.0, True), (0.3, False)])
def test_from_afar_they_are_not_painted(scene: NetworkScene, zoom: float, is_there: bool) -> None:
    words = words_of(show(scene, side_by_side(GAP_TO_THE_RIGHT)))
    assert words is not None
    area = words.sceneBoundingRect()
    before = painted(scene, area, zoom)
    words.hide()
    assert (painted(scene, area, zoom) != before) == is_there


def painted(scene: NetworkScene, area: QRectF, zoom: float) -> QImage:
    image = QImage((area.size() * zoom).toSize(), QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    scene.render(painter, QRectF(image.rect()), area)
    painter.end()
    return image


def test_where_the_shape_is_no_longer_known_the_wire_is_whole(scene: NetworkScene) -> None:
    graph = chain(Input(), Conv2d(), ReLU()).move({"relu_1": (400, 300)})
    wire = show(scene, graph)
    assert words_of(wire) is not None
    scene.show_report(Report())
    assert words_of(wire) is None
    assert not any(item.isVisible() for item in wire.childItems())
