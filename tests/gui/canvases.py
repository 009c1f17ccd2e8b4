"""What tests of the canvas share: networks to show, where things are in the view, and what a mouse does there."""

from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from engine.graph import Graph
from engine.layers import Layer
from engine.layout import stacked
from engine.project import Project
from gui.canvas import Canvas
from gui.canvas.routes import Port

LEFT = Qt.MouseButton.LeftButton
CONTROL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)


class ShowCanvas(Protocol):
    """Shows a canvas with a project; the fixture of this name does."""

    def __call__(self, project: Project, width: int = 900, height: int = 700) -> Canvas: ...


def chain(*layers: Layer) -> Graph:
    """A stack, from the first layer to the last."""
    return stacked(Graph.chain(*layers))


def assert_agrees(canvas: Canvas) -> None:
    """What is drawn is what the document holds."""
    network, picture = canvas.editor.network, canvas.picture
    assert {node_id: item.pos().toTuple() for node_id, item in picture.nodes.items()} == {
        node.id: node.position for node in network.nodes
    }
    assert picture.wires.keys() == set(network.wires)
    assert {node_id for node_id, item in picture.nodes.items() if item.is_selected} == set(canvas.editor.selected_nodes)
    assert not any(item.is_ghost for item in picture.nodes.values())
    for wire, item in picture.wires.items():
        path = item.path()
        assert path.pointAtPercent(0) == picture.point_of(Port(wire.source, "output"))
        assert path.currentPosition() == picture.point_of(Port(wire.target, "input", wire.port))


def network_of(canvas: Canvas) -> Graph:
    return canvas.editor.network


def wires_of(canvas: Canvas) -> set[tuple[str, str]]:
    return {(wire.source, wire.target) for wire in network_of(canvas).wires}


def at(canvas: Canvas, point: QPointF) -> QPoint:
    return canvas.mapFromScene(point)


def middle(canvas: Canvas, node_id: str) -> QPoint:
    return at(canvas, canvas.picture.nodes[node_id].place.center())


def port(canvas: Canvas, node_id: str, side: str, number: int = 0) -> QPoint:
    return at(canvas, canvas.picture.point_of(Port(node_id, side, number)))


def drag(canvas: Canvas, start: QPoint, end: QPoint, *, release: bool = True, button=LEFT, modifiers=NONE) -> None:
    view = canvas.viewport()
    QTest.mouseMove(view, start)
    QTest.mousePress(view, button, modifiers, start)
    for step in (0.3, 0.7, 1):
        QTest.mouseMove(view, start + (end - start) * step)
    if release:
        QTest.mouseRelease(view, button, modifiers, end)


def click(canvas: Canvas, where: QPoint, modifiers=NONE) -> None:
    QTest.mouseClick(canvas.viewport(), LEFT, modifiers, where)


def undone(canvas: Canvas, before: Project) -> bool:
    """One undo brings back the very document; redo repeats."""
    after = canvas.editor.project
    canvas.editor.undo_stack.undo()
    exact = canvas.editor.project is before
    canvas.editor.undo_stack.redo()
    return exact and canvas.editor.project is after
