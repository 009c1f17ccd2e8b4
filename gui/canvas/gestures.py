"""What a person does with the mouse, one small class each.

A gesture begins with a press. It follows the pointer once that has moved far enough to be no click, and ends in one of
three ways: `click` (it never moved), `finish` (one undo step) or `cancel` (all is as it was). Until then the document
is untouched: what moves is the picture alone.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt

from engine.errors import LayerloomError, ProjectError
from engine.graph import Graph, Position, Wire
from engine.layers import Layer
from gui.canvas.forecast import ForecastBubble
from gui.canvas.items import Band
from gui.canvas.placing import place_at
from gui.canvas.remark_items import carried
from gui.canvas.routes import Port, direct
from gui.canvas.snap import Snap
from gui.canvas.wires import WIRE_REACH, LooseWire, reach_of

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

ADDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
_PULL_REACH = 40
"""How far a wire is pulled from its way before letting go removes it."""


class Gesture:
    """Base of all gestures. Points are in the scene."""

    cursor: Qt.CursorShape | None = None
    scrolls = True
    """Whether the view moves along when the pointer comes near its edge."""
    modifiers = Qt.KeyboardModifier.NoModifier
    """The keys that are held down with the mouse."""

    def __init__(self, canvas: "Canvas") -> None:
        self.canvas = canvas
        self.editor = canvas.editor
        self.picture = canvas.picture

    def click(self, modifiers: Qt.KeyboardModifier) -> None:
        """The button came up where it went down."""

    def move(self, point: QPointF) -> None:
        """The pointer is at this point."""

    def finish(self) -> None:
        """The button came up where the last `move` was."""

    def cancel(self) -> None:
        """Puts everything back."""


class Pan(Gesture):
    """Moves the view."""

    cursor = Qt.CursorShape.ClosedHandCursor
    scrolls = False

    def __init__(self, canvas: "Canvas", start: QPoint) -> None:
        super().__init__(canvas)
        self._last = start

    def drag_to(self, at: QPoint) -> None:
        """Follows the pointer, which is at this point of the viewport."""
        self.canvas.scroll_by(self._last - at)
        self._last = at


class MoveNodes(Gesture):
    """Moves what is selected; the one that is held snaps to what it is wired to, to what is near, and to the grid.

    Alt suspends that. What lies in a frame comes along.
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: "Canvas", grabbed: str, start: QPointF) -> None:
        super().__init__(canvas)
        self._grabbed = grabbed
        self._start = start
        network = self.editor.network
        self._before = carried(network, self.editor.selection)
        self._after = dict(self._before)
        self._snap: Snap | None = None

    def click(self, modifiers: Qt.KeyboardModifier) -> None:
        if not modifiers & ADDING:
            self.editor.select([self._grabbed])

    def move(self, point: QPointF) -> None:
        x, y = self._before[self._grabbed]
        landed = self._rest((x + point.x() - self._start.x(), y + point.y() - self._start.y()))
        step = (landed[0] - x, landed[1] - y)
        self._after = {node_id: (at[0] + step[0], at[1] + step[1]) for node_id, at in self._before.items()}
        self.picture.move(self._after)

    def finish(self) -> None:
        self._hide_lines()
        words = self.canvas.tr("Move")
        self.editor.edit_network(words, lambda network: network.move(self._after))

    def cancel(self) -> None:
        self._hide_lines()
        self.picture.move(self._before)

    def _rest(self, position: Position) -> Position:
        if self.modifiers & Qt.KeyboardModifier.AltModifier:
            self._hide_lines()
            return (round(position[0]), round(position[1]))
        if self._snap is None:
            self._snap = Snap(self.picture, self.editor.network, self._grabbed, self._before)
        return self._snap.rest(position, self.canvas.zoom)

    def _hide_lines(self) -> None:
        if self._snap is not None:
            self._snap.hide()


class Marquee(Gesture):
    """Selects what a rectangle touches."""

    def __init__(self, canvas: "Canvas", start: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        super().__init__(canvas)
        self._start = start
        self._kept = self.editor.selection if modifiers & ADDING else ()
        self._band = Band(self.picture.ink)
        self._band.setRect(QRectF(start, start))
        self.picture.addItem(self._band)
        self._found: tuple[str, ...] = self._kept

    def click(self, modifiers: Qt.KeyboardModifier) -> None:
        self._end()
        if not modifiers & ADDING:
            self.editor.select([])

    def move(self, point: QPointF) -> None:
        area = QRectF(self._start, point).normalized()
        self._band.setRect(area)
        touched = (*self.picture.nodes_in(area), *self.picture.remarks.touched_by(area))
        self._found = tuple(dict.fromkeys((*self._kept, *touched)))
        self.picture.show_selection(self._found)

    def finish(self) -> None:
        self._end()
        self.editor.select(self._found)
        self.picture.show_selection(self.editor.selection)

    def cancel(self) -> None:
        self._end()
        self.picture.show_selection(self.editor.selection)

    def _end(self) -> None:
        self.picture.removeItem(self._band)


class DrawWire(Gesture):
    """Draws a wire from a port in either direction, or moves one end of a wire that is there."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: "Canvas", fixed: Port, moved: Wire | None = None) -> None:
        super().__init__(canvas)
        self._fixed = fixed
        self._moved = moved
        self._line = LooseWire(self.picture.ink)
        self._is_drawn = False
        self._attempt: Graph | None = None
        self._loose_end: QPointF | None = None
        """The point of the empty canvas at which the wire would end."""

    def click(self, modifiers: Qt.KeyboardModifier) -> None:
        del modifiers
        self.canvas.choose_wire(self._moved)
        if self._moved is None:
            self.editor.select([self._fixed.node])

    def move(self, point: QPointF) -> None:
        if not self._is_drawn:
            self._begin()
        port = self._port_under(point)
        end = point if port is None else self.picture.point_of(port)
        start = self.picture.point_of(self._fixed)
        first, last = (start, end) if self._fixed.side == "output" else (end, start)
        self._line.setPath(direct(first, last, self.picture.network.direction))
        is_loose = port is None and self.picture.node_at(point) is None
        self._loose_end = point if is_loose else None
        self._attempt, reason = self._pulled_off(point) if is_loose else self._tried(port, point)
        self.picture.show_hot_port(port)
        self.canvas.say(reason, point)

    def finish(self) -> None:
        attempt, loose_end = self._attempt, self._loose_end
        self._end()
        if attempt is not None:
            self.canvas.say("", QPointF())
            self.editor.edit_network(self._words(), lambda _network: attempt)
            return
        self.canvas.reason.fade()
        if loose_end is not None and self._moved is None:
            self.canvas.searching.from_wire(self._fixed, loose_end)

    def cancel(self) -> None:
        self._end()
        self.canvas.say("", QPointF())

    def _words(self) -> str:
        if self._moved is None:
            return self.canvas.tr("Connect")
        return self.canvas.tr("Remove the wire") if self._loose_end else self.canvas.tr("Move the wire")

    def _begin(self) -> None:
        self._is_drawn = True
        self.picture.addItem(self._line)
        if self._moved is not None:
            self.picture.wires[self._moved].show_lifted(True)
        self.picture.light_ports(self._base(), self._fixed)

    def _end(self) -> None:
        if self._is_drawn:
            self.picture.removeItem(self._line)
        if self._moved in self.picture.wires:
            self.picture.wires[self._moved].show_lifted(False)
        self.picture.show_hot_port(None)
        self.picture.light_ports(None, self._fixed)

    def _base(self) -> Graph:
        network = self.editor.network
        return network.disconnect(self._moved) if self._moved else network

    def _port_under(self, point: QPointF) -> Port | None:
        port = self.picture.port_at(point, self.canvas.zoom)
        is_other_end = port is not None and port.side != self._fixed.side and port.node != self._fixed.node
        return port if is_other_end else None

    def _pulled_off(self, point: QPointF) -> tuple[Graph | None, str]:
        """Without the wire, where it is a moved one and the point well away from it; it may only have been touched."""
        if self._moved is None or reach_of(self.picture.wires[self._moved].path(), _PULL_REACH).contains(point):
            return None, ""
        return self._base(), self.canvas.tr("Let go to remove the wire.")

    def _tried(self, port: Port | None, point: QPointF) -> tuple[Graph | None, str]:
        """The network as it would be, or why it cannot."""
        over = self.picture.node_at(point)
        node_id = port.node if port is not None else over.node.id if over is not None else None
        if node_id is None or (node_id == self._fixed.node and port is None):
            return None, ""
        network = self._base()
        source, target, number = self._fixed.node, node_id, port.number if port is not None else None
        if self._fixed.side == "input":
            source, target, number = node_id, self._fixed.node, self._fixed.number
        if self._moved == Wire(source, target, number or 0):
            return None, ""
        if number is not None:
            # A wire dropped on an input that is taken takes its place.
            network = network.disconnect(*(wire for wire in network.incoming(target) if wire.port == number))
        elif self._moved is not None and self._moved.target == target:
            return None, ""
        reason = network.refuses_wire(source, target, number)
        if reason:
            return None, reason
        try:
            return network.connect(source, target, number), ""
        except ProjectError as error:
            return None, str(error)


class Drop(Gesture):
    """A layer dragged from the palette: the picture shows what dropping it here would give."""

    # It comes in over the edge, and the view must not run away from it; from then on it is as with any other.
    scrolls = False

    def __init__(self, canvas: "Canvas", kind: type[Layer]) -> None:
        super().__init__(canvas)
        self._layer = kind()
        self._network = self.editor.network
        # Where wires are without the ghost: with it they move, and what the pointer means must not change by that.
        self._paths = {wire: item.path() for wire, item in self.picture.wires.items()}
        self._attempt: tuple[Graph, str] | None = None
        self._place: object = None
        self._bubble = ForecastBubble(canvas.viewport())

    def move(self, point: QPointF) -> None:
        place = place_at(self._network, self._layer, point.toTuple(), self._wire_at(point))
        if place == self._place:
            return
        self._place = place
        try:
            self._attempt = place.take(self._network, self._layer)
        except LayerloomError:
            self._attempt = None
            return
        network, new = self._attempt
        self.canvas.preview.show(network, (new,), self._bubble.show_forecast)
        self._bubble.place_beside(self.canvas.mapFromScene(self.picture.nodes[new].place).boundingRect())

    def finish(self) -> None:
        if self._attempt is None:
            self.cancel()
            return
        self._bubble.forget()
        self.canvas.preview.end()
        network, new = self._attempt
        words = self.canvas.tr("Add {layer}").format(layer=self._layer.title)
        self.editor.edit_network(words, lambda _network: network, (new,))

    def cancel(self) -> None:
        self._bubble.forget()
        self.canvas.preview.withdraw()

    def _wire_at(self, point: QPointF) -> Wire | None:
        near = QRectF(point.x() - WIRE_REACH, point.y() - WIRE_REACH, 2 * WIRE_REACH, 2 * WIRE_REACH)
        for wire, path in self._paths.items():
            # A straight wire has no breadth, and an empty rectangle intersects nothing.
            if path.boundingRect().adjusted(-1, -1, 1, 1).intersects(near) and reach_of(path).contains(point):
                return wire
        return None
