"""Pointing: what lies under the pointer, what a press there begins and what merely being there shows."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QMenu

from engine.graph import Wire
from gui.canvas.gestures import ADDING, DrawWire, Gesture, Marquee, MoveNodes
from gui.canvas.menu import menu_at
from gui.canvas.routes import Port

if TYPE_CHECKING:
    from gui.canvas.view import Canvas


class Pointing(QObject):
    """Finds what is meant on a canvas. Points are in the scene."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._editor = canvas.editor
        self._picture = canvas.picture

    # A press

    def gesture_at(self, point: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture:
        """What a press there begins."""
        port = self._picture.port_at(point, self._canvas.zoom)
        if port is not None:
            return self._wire_from(port)
        grip = self._canvas.remarks.grip_at(point)
        if grip is not None:
            return self._canvas.remarks.gesture(grip, point, modifiers)
        item = self._picture.node_at(point)
        if item is not None:
            return self.take_hold(item.node.id, point, modifiers)
        touched = self._picture.wire_at(point)
        if touched is not None:
            return self._wire_end(touched.wire, point)
        self._canvas.choose_wire(None)
        return Marquee(self._canvas, point, modifiers)

    def take_hold(self, node_id: str, point: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture:
        """Selects a node, note or frame as a press on it does; what is selected can then be moved."""
        selection = self._editor.selection
        if modifiers & ADDING:
            rest = tuple(name for name in selection if name != node_id)
            self._editor.select(rest if node_id in selection else (*selection, node_id))
        elif node_id not in selection:
            self._editor.select([node_id])
        if node_id not in self._editor.selection:
            return Gesture(self._canvas)
        return MoveNodes(self._canvas, node_id, point)

    def _wire_from(self, port: Port) -> Gesture:
        """A wire that arrives at the only input is taken off; otherwise a new one begins."""
        if port.side == "input":
            arriving = [wire for wire in self._editor.network.incoming(port.node) if wire.port == port.number]
            if arriving:
                return DrawWire(self._canvas, Port(arriving[0].source, "output"), arriving[0])
        return DrawWire(self._canvas, port)

    def _wire_end(self, wire: Wire, point: QPointF) -> Gesture:
        """The end that is nearer to the pointer comes along."""
        start, end = Port(wire.source, "output"), Port(wire.target, "input", wire.port)
        to_start = (self._picture.point_of(start) - point).manhattanLength()
        to_end = (self._picture.point_of(end) - point).manhattanLength()
        return DrawWire(self._canvas, end if to_start < to_end else start, wire)

    def double_click(self, event: QMouseEvent) -> None:
        """Opens what is there: a note, a block, a name, or on empty canvas the quick search."""
        canvas = self._canvas
        point, is_left = canvas.mapToScene(event.position().toPoint()), event.button() == Qt.MouseButton.LeftButton
        if is_left and canvas.remarks.edit_at(point):
            return
        if is_left and self._is_free(point):
            canvas.searching.at(point)
        elif not is_left or not (canvas.places.enter_at(point) or canvas.rename.begin_at(point)):
            canvas.hand.press(event)

    def _is_free(self, point: QPointF) -> bool:
        """Whether a layer can be put there: on the empty canvas or on a wire."""
        if self._canvas.hand.gesture is not None or self._picture.node_at(point) is not None:
            return False
        # The ports of a short wire reach all along it.
        return self._picture.wire_at(point) is not None or self._picture.port_at(point, self._canvas.zoom) is None

    def menu(self, where: QPoint) -> QMenu:
        """The menu of what is at a point of the viewport, which is selected by that."""
        point = self._canvas.mapToScene(where)
        item, touched = self._picture.node_at(point), self._picture.wire_at(point)
        grip = self._canvas.remarks.grip_at(point)
        chosen = grip.remark if grip is not None else item.node.id if item is not None else ""
        if chosen and chosen not in self._editor.selection:
            self._editor.select([chosen])
        elif not chosen and touched is not None:
            self._canvas.choose_wire(touched.wire)
        return menu_at(self._canvas, chosen, not chosen and touched is not None, where)

    # Being there

    def hover(self, point: QPointF) -> None:
        """Lights up what is under the pointer, follows its wires, and shows its problems."""
        picture = self._picture
        port = picture.port_at(point, self._canvas.zoom)
        item = picture.node_at(point) if port is None else None
        wire = picture.wire_at(point) if port is None and item is None else None
        picture.show_hot_port(port)
        picture.show_hover(item.node.id if item else "", wire.wire if wire else None)
        is_followed = bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.AltModifier)
        followed = port.node if port else item.node.id if item and is_followed else ""
        self._canvas.orientation.trail.follow(wire.wire if wire else None, followed)
        if not self._canvas.hand.is_space_held:
            over = Qt.CursorShape.CrossCursor if port else self._canvas.remarks.cursor_at(point)
            self._canvas.viewport().setCursor(over)
        if item is not None and picture.problems_of(item.node.id):
            self._canvas.show_card(item.node.id)
        elif not self._canvas.card.is_pinned:
            self._canvas.show_card_of_selection()

    def leave(self) -> None:
        """Nothing is under the pointer any more."""
        self._picture.show_hover("", None)
        self._canvas.orientation.trail.follow(None, "")
        self._picture.show_hot_port(None)
        self._canvas.show_card_of_selection()
