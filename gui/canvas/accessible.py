"""The canvas as assistive technology meets it: a list whose items are the layers, in the order in which values flow."""

# Where Qt's own methods may answer with a null pointer, its stubs forget to say so.
# pyright: reportIncompatibleMethodOverride=false

from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QAccessible, QAccessibleActionInterface, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget

from gui.canvas.neighbours import reading_order
from gui.canvas.speech import description_in_words, name_in_words
from gui.canvas.zoom import ZoomView

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

Related = tuple[QAccessibleInterface, QAccessible.RelationFlag]

_KEPT: dict[int, QAccessibleInterface] = {}
"""Every interface that Qt has in its cache. Qt deletes them there, so Python must not collect them before."""


def accessible(canvas: "Canvas") -> "AccessibleCanvas":
    """Makes a canvas tell of its layers from now on, until it is deleted."""
    interface = AccessibleCanvas(canvas)
    number = _keep(interface)
    canvas.viewport().destroyed.connect(partial(_leave, interface, number))
    return interface


class AccessibleCanvas(QAccessibleWidget):
    """A list of layers, and what lies over them. An item is made when it is first asked for, and goes with its layer.

    It stands for the viewport: Qt loses the interface of a widget whose class gains slots, as a canvas does.
    """

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas.viewport(), QAccessible.Role.List, canvas.tr("Layers of the network"))
        self._numbers: dict[str, int] = {}
        self._order: tuple[object, tuple[str, ...]] = (None, ())

    @property
    def canvas(self) -> "Canvas | None":
        """The canvas while it is there."""
        viewport = self.object()
        canvas = viewport.parent() if viewport else None
        return cast("Canvas", canvas) if isinstance(canvas, ZoomView) else None

    def order(self) -> tuple[str, ...]:
        """The layers in the order in which they are listed."""
        canvas = self.canvas
        if canvas is None:
            return ()
        network = canvas.editor.network
        if self._order[0] is not network:
            self._order = (network, reading_order(network))
        return self._order[1]

    def item(self, node_id: str) -> "AccessibleNode":
        """The item of a layer."""
        if node_id not in self._numbers:
            self._numbers[node_id] = _keep(AccessibleNode(self, node_id))
        return cast("AccessibleNode", _KEPT[self._numbers[node_id]])

    def known(self) -> set[str]:
        """The layers whose items somebody has asked for."""
        return set(self._numbers)

    def forget(self, node_id: str) -> None:
        """Deletes the item of a layer that is gone."""
        _delete(self._numbers.pop(node_id))

    def childCount(self) -> int:
        return len(self.order()) + super().childCount()

    def child(self, index: int) -> QAccessibleInterface | None:
        order = self.order()
        if index >= len(order):
            return super().child(index - len(order))
        return self.item(order[index]) if index >= 0 else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        order = self.order()
        if isinstance(child, AccessibleNode):
            return order.index(child.node_id) if child.node_id in order else -1
        index = super().indexOfChild(child)
        return index + len(order) if index >= 0 else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:
        canvas = self.canvas
        if canvas is None:
            return None
        over = super().childAt(x, y)
        found = canvas.picture.node_at(canvas.mapToScene(canvas.viewport().mapFromGlobal(QPoint(x, y))))
        is_layer = not over and found is not None and found.node.id in canvas.editor.network
        return self.item(found.node.id) if found is not None and is_layer else over

    def focusChild(self) -> QAccessibleInterface | None:
        canvas = self.canvas
        at = canvas.walk.at if canvas is not None and canvas.hasFocus() else None
        return self.item(at) if at is not None else None

    def state(self) -> QAccessible.State:
        state = super().state()
        state.multiSelectable = True
        return state


class AccessibleNode(QAccessibleWidget):
    """A layer: kind and name, and in its description the problems, settings, shape and wires."""

    def __init__(self, around: AccessibleCanvas, node_id: str) -> None:
        assert around.canvas is not None
        super().__init__(around.canvas.viewport(), QAccessible.Role.ListItem, "")
        self.node_id = node_id
        self._around = around

    @property
    def _canvas(self) -> "Canvas | None":
        """The canvas while the layer is on it."""
        canvas = self._around.canvas
        return canvas if canvas is not None and self.node_id in canvas.picture.nodes else None

    def isValid(self) -> bool:
        return self._canvas is not None

    def object(self) -> None:
        return None

    def parent(self) -> QAccessibleInterface:
        return self._around

    def childCount(self) -> int:
        return 0

    def child(self, _index: int) -> QAccessibleInterface | None:
        return None

    def childAt(self, _x: int, _y: int) -> QAccessibleInterface | None:
        return None

    def indexOfChild(self, _child: QAccessibleInterface) -> int:
        return -1

    def focusChild(self) -> QAccessibleInterface | None:
        return None

    def text(self, kind: QAccessible.Text) -> str:
        canvas = self._canvas
        if canvas is None:
            return ""
        network, node = canvas.picture.network, canvas.picture.nodes[self.node_id].node
        if kind is QAccessible.Text.Name:
            return name_in_words(node)
        if kind is QAccessible.Text.Description and node.id in network:
            return description_in_words(network, node, canvas.picture.report_of(node.id), canvas.problems_of(node.id))
        return ""

    def setText(self, _kind: QAccessible.Text, _text: str) -> None:
        """The name of a layer is changed in its settings."""

    def rect(self) -> QRect:
        canvas = self._canvas
        if canvas is None:
            return QRect()
        place = canvas.mapFromScene(canvas.picture.nodes[self.node_id].place).boundingRect()
        return QRect(canvas.viewport().mapToGlobal(place.topLeft()), place.size())

    def state(self) -> QAccessible.State:
        state, canvas = QAccessible.State(), self._canvas
        state.focusable = state.selectable = state.multiSelectable = True
        if canvas is None:
            state.invalid = True
            return state
        state.selected = self.node_id in canvas.editor.selection
        state.focused = canvas.hasFocus() and canvas.walk.at == self.node_id
        place = canvas.mapFromScene(canvas.picture.nodes[self.node_id].place).boundingRect()
        state.offscreen = not canvas.viewport().rect().intersects(place)
        return state

    def relations(self, match: QAccessible.RelationFlag) -> list[Related]:
        canvas, flags = self._canvas, QAccessible.RelationFlag
        if canvas is None or self.node_id not in canvas.editor.network:
            return []
        network = canvas.editor.network
        # Qt reads a relation from the other end: what feeds this layer flows to it.
        fed_by = [(self._around.item(name), flags.FlowsTo) for name in network.predecessors(self.node_id)]
        feeds = [(self._around.item(wire.target), flags.FlowsFrom) for wire in network.outgoing(self.node_id)]
        return [pair for pair in (*fed_by, *feeds) if pair[1] & match]

    def actionNames(self) -> list[str]:
        return [QAccessibleActionInterface.pressAction(), QAccessibleActionInterface.setFocusAction()]

    def doAction(self, action: str) -> None:
        """Either goes to the layer; to press it opens its block or its settings as well."""
        canvas = self._canvas
        if canvas is None or self.node_id not in canvas.editor.network:
            return
        canvas.setFocus()
        canvas.walk.come_to(self.node_id)
        if action == QAccessibleActionInterface.pressAction():
            canvas.walk.enter()

    def keyBindingsForAction(self, _action: str) -> list[str]:
        return []


def _keep(interface: QAccessibleInterface) -> int:
    number = QAccessible.registerAccessibleInterface(interface)
    _KEPT[number] = interface
    return number


def _delete(number: int) -> None:
    QAccessible.deleteAccessibleInterface(number)
    _KEPT.pop(number, None)


def _leave(canvas: AccessibleCanvas, number: int, _gone: object = None) -> None:
    for node_id in canvas.known():
        canvas.forget(node_id)
    _delete(number)
