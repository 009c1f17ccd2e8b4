"""Walk: the layer at which one is when one works by keys, and the ways on from there."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem

from engine.graph import Graph, Wire
from gui.canvas.key_wire import WireByKeys, why_none
from gui.canvas.neighbours import Way, neighbour, reading_order
from gui.canvas.routes import Port, Side
from gui.canvas.speech import network_in_words, node_in_words, remark_in_words, selection_in_words
from gui.theme import FOCUS_GAP, NODE_RADIUS
from gui.words import translated

if TYPE_CHECKING:
    from gui.canvas.view import Canvas


class Walk(QObject):
    """Goes from layer to layer. The selection comes along, a ring shows where one is, and it is told to who listens."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._at = ""
        self._order: tuple[Graph, tuple[str, ...]] = (Graph(), ())
        self._is_shown = False
        self._ring = QGraphicsPathItem()
        self._ring.setZValue(2)
        self._ring.hide()
        canvas.picture.addItem(self._ring)
        canvas.editor.document_replaced.connect(self._leave)
        canvas.editor.place_changed.connect(self._leave)
        self.show_theme()

    # Where one is

    @property
    def at(self) -> str | None:
        """The layer at which one is: the selected one, or else the last that one came to."""
        selection, network = self._canvas.editor.selection, self._canvas.editor.network
        if len(selection) == 1 and selection[0] in network:
            return selection[0]
        return self._at if self._at in network else None

    def show(self, shown: bool) -> None:
        """Shows the ring while one works by keys."""
        self._is_shown = shown
        self.follow()

    def _leave(self) -> None:
        """A layer of another drawing that happens to have the same name is not where one was."""
        self._at = ""

    def follow(self) -> None:
        """Puts the ring where one is, and describes it."""
        self.describe()
        at = self.at
        is_seen = self._is_shown and at is not None and at in self._canvas.picture.nodes
        self._ring.setVisible(is_seen)
        if is_seen and at is not None:
            place = self._canvas.picture.nodes[at].place.adjusted(-FOCUS_GAP, -FOCUS_GAP, FOCUS_GAP, FOCUS_GAP)
            path = QPainterPath()
            path.addRoundedRect(place, NODE_RADIUS + FOCUS_GAP, NODE_RADIUS + FOCUS_GAP)
            self._ring.setPath(path)

    def describe(self) -> None:
        """Has the canvas tell assistive technology of what is selected, or of the whole network."""
        words = self._in_words()
        if words != self._canvas.accessibleDescription():
            self._canvas.setAccessibleDescription(words)

    def _in_words(self) -> str:
        canvas, selection = self._canvas, self._canvas.editor.selection
        network = canvas.editor.network
        if len(selection) > 1:
            return selection_in_words(selection)
        if not selection or not network.has(selection[0]):
            return network_in_words(network)
        if selection[0] not in network:
            return remark_in_words(network.remark(selection[0]))
        node = network.node(selection[0])
        return node_in_words(network, node, canvas.picture.report_of(node.id), canvas.problems_of(node.id))

    def show_theme(self) -> None:
        """Paints the ring in the colours of the picture."""
        self._ring.setPen(self._canvas.picture.ink.focus)

    @property
    def ring(self) -> QRectF:
        """What the ring surrounds; empty while there is none."""
        return self._ring.path().boundingRect() if self._ring.isVisible() else QRectF()

    # Ways

    def pass_on(self, step: int) -> bool:
        """To the next layer in the order in which values flow, or the one before; False: there is none."""
        order, at = self._in_order(), self.at
        if not order:
            return False
        number = (order.index(at) + step) if at is not None else 0 if step > 0 else len(order) - 1
        if not 0 <= number < len(order):
            return False
        self.come_to(order[number])
        return True

    def go_to_end(self, number: int) -> None:
        """To the first layer (0) or the last (-1)."""
        if order := self._in_order():
            self.come_to(order[number])

    def go(self, way: Way) -> None:
        """The way of an arrow. Several layers that are selected move instead: there is no one place to go from.

        So do notes and frames.
        """
        canvas = self._canvas
        if len(canvas.editor.selection) > 1 or canvas.editor.selection != canvas.editor.selected_nodes:
            canvas.edits.nudge(*_STEPS[way])
        elif canvas.picture.chosen is not None:
            wire = canvas.picture.chosen
            self.come_to(wire.target if way in ("down", "right") else wire.source)
        elif (found := self._neighbour(way)) is not None:
            self.come_to(found)

    def extend(self, way: Way) -> None:
        """The way of an arrow, with the layer there selected as well."""
        found = self._neighbour(way)
        if found is not None:
            kept = [name for name in self._canvas.editor.selection if name != found]
            self.come_to(found, (*kept, found))

    def come_to(self, node_id: str, selection: tuple[str, ...] = ()) -> None:
        """Is at a layer from now on: it is selected and in view, and has the focus."""
        self._at = node_id
        self._canvas.choose_wire(None)
        self._canvas.editor.select(selection or (node_id,))
        self._canvas.reveal([node_id])
        self.show(True)

    def enter(self) -> None:
        """Opens a block, a note or the title of a frame; of any other layer, asks for the settings."""
        if self._canvas.remarks.edit_selected():
            return
        at = self.at
        if at is not None and self._canvas.places.is_block(at):
            self._canvas.places.enter(at)
        else:
            self.edit()

    def edit(self) -> None:
        """Asks for the settings of the layer."""
        if (at := self.at) is not None:
            self._canvas.editor.select([at])
            self._canvas.edit_asked.emit()

    def _neighbour(self, way: Way) -> str | None:
        at, order = self.at, self._in_order()
        if at is None:
            return order[0] if order else None
        return neighbour(self._canvas.editor.network, at, way)

    def _in_order(self) -> tuple[str, ...]:
        network = self._canvas.editor.network
        if self._order[0] is not network:
            self._order = (network, reading_order(network))
        return self._order[1]

    # Wires

    def wire_from(self) -> None:
        """Begins a wire at the output of the layer."""
        self._begin_wire("output")

    def wire_to(self) -> None:
        """Begins a wire at the first free input of the layer."""
        self._begin_wire("input")

    def choose_wire(self, step: int) -> None:
        """Chooses the next of the wires of the layer, those that arrive first; Delete then removes it."""
        wires = self._wires()
        if not wires:
            self._refuse(f"{self.at} has no wires." if self.at else "Choose a layer first.")
            return
        chosen = self._canvas.picture.chosen
        number = wires.index(chosen) + step if chosen in wires else 0 if step > 0 else -1
        wire = wires[number % len(wires)]
        self._at = self.at or ""
        self._canvas.choose_wire(wire)
        self.show(True)
        self.say(self.tr("Wire from {source} to {target}").format(source=wire.source, target=wire.target))

    def _wires(self) -> list[Wire]:
        network, at = self._canvas.editor.network, self.at
        return [*network.incoming(at), *network.outgoing(at)] if at is not None else []

    def _begin_wire(self, side: Side) -> None:
        canvas, at = self._canvas, self.at
        if at is None:
            self._refuse("Choose a layer first.")
            return
        network = canvas.editor.network
        fixed = Port(at, side, (network.free_port(at) or 0) if side == "input" else 0)
        if reason := why_none(network, fixed):
            self._refuse(reason)
        else:
            canvas.hand.begin(WireByKeys(canvas, fixed))

    def _refuse(self, reason: str) -> None:
        """Says beside the layer why something cannot be."""
        canvas, at = self._canvas, self.at
        place = canvas.picture.nodes[at].place if at else canvas.mapToScene(canvas.viewport().rect()).boundingRect()
        canvas.say(reason, QPointF(place.center().x(), place.bottom()))
        canvas.reason.fade()
        self.say(translated(reason))

    def say(self, words: str) -> None:
        """Tells who cannot see it."""
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._canvas, words))


_STEPS: dict[Way, tuple[int, int]] = {"down": (0, 1), "up": (0, -1), "left": (-1, 0), "right": (1, 0)}
