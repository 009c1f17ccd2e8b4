"""The plain edits of a canvas: stack, delete, copy, paste, duplicate, nudge. Each is one undo step."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QGuiApplication

from engine.block_edits import adopted
from engine.errors import LayerloomError
from engine.graph import Graph, Position, Wire
from engine.layers import Layer, Twin
from engine.layout import GRID
from engine.project import Project
from gui.canvas import clipboard
from gui.canvas.dragging import at_home
from gui.canvas.placing import Free, clear_of, copied_clear_of, place_in_stack, without
from gui.canvas.remark_items import carried
from gui.canvas.zoom import SCROLL_STEP

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_PASTE_STEP = 6 * GRID


class Edits(QObject):
    """What a person does with the selection, by menus and keys."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._editor = canvas.editor

    def stack(self, kind: type[Layer]) -> None:
        """Adds a layer after the selection, or at the end of the network, and shows it."""
        try:
            layer = at_home(kind, self._editor)()
        except LayerloomError as error:
            self._editor.refused.emit(error)
            return
        network = self._editor.network
        graph, new = place_in_stack(network, layer, self._editor.selected_nodes).take(network, layer)
        words = self.tr("Add {layer}").format(layer=layer.title)
        self._editor.edit_network(words, lambda _network: graph, (new,))
        self._canvas.reveal([new]) if network.nodes else self._canvas.show_beginning()

    def select_all(self) -> None:
        """Selects every node, note and frame."""
        network = self._editor.network
        self._editor.select(each.id for each in (*network.nodes, *network.remarks))

    def delete(self) -> None:
        """Removes the selected nodes, joining what they joined, or the chosen wire."""
        chosen, selection = self._canvas.picture.chosen, self._editor.selection
        if chosen is not None:
            self._editor.edit_network(self.tr("Remove the wire"), lambda network: network.disconnect(chosen))
        elif selection:
            self._editor.edit_network(self.tr("Delete"), lambda network: without(network, selection), ())

    def disconnect_node(self, node_id: str) -> None:
        """Removes the wires of a node."""

        def alone(network: Graph) -> Graph:
            return network.disconnect(*network.incoming(node_id), *network.outgoing(node_id))

        self._editor.edit_network(self.tr("Disconnect"), alone)

    def nudge(self, x: int, y: int) -> None:
        """Moves the selected nodes by steps of the grid, in a row one undo step; with none selected, the view."""
        selection = self._editor.selection
        step = (x * GRID, y * GRID)

        def moved(project: Project) -> Project:
            network = project.network
            places = carried(network, selection)
            return project.with_network(network.move({key: _plus(place, step) for key, place in places.items()}))

        if selection:
            self._editor.attempt(self.tr("Move"), moved, merge=f"move {' '.join(selection)}")
        else:
            self._canvas.scroll_by(QPoint(x, y) * SCROLL_STEP)

    # Copies

    def copy(self) -> None:
        """Puts the selected nodes, and the wires between them, on the clipboard as text."""
        if self._editor.selection:
            copied = clipboard.copied(self._editor.network, carried(self._editor.network, self._editor.selection))
            QGuiApplication.clipboard().setText(clipboard.to_text(copied))

    def cut(self) -> None:
        """Copies and deletes."""
        if self._editor.selection:
            self.copy()
            gone = tuple(carried(self._editor.network, self._editor.selection))
            self._editor.edit_network(self.tr("Cut"), lambda network: without(network, gone), ())

    def paste(self) -> None:
        """Adds what the clipboard holds, at the pointer where it is over the canvas."""
        self.paste_at(self._canvas.hand.pointer)

    def paste_with_wires(self) -> None:
        """Pastes, and wires the copy to the layers from which wires led into what was copied."""
        self.paste_at(self._canvas.hand.pointer, with_wires=True)

    def paste_at(self, where: QPoint | None, *, with_wires: bool = False) -> None:
        """Adds what the clipboard holds, at a point of the viewport or else beside where it was copied."""
        try:
            copied = clipboard.from_text(QGuiApplication.clipboard().text())
        except LayerloomError as error:
            self._editor.refused.emit(error)
            return
        offset = self._paste_offset(copied.network, where)
        if not with_wires:
            self._add_copy(self.tr("Paste"), copied.network, offset)
            return
        # Its wires come from the same layers, so it must not hide what they also lead to.
        offset = copied_clear_of(self._editor.network, copied.network, offset)
        self._add_copy(self.tr("Paste with wires"), copied.network, offset, copied.incoming)

    def duplicate(self) -> None:
        """Adds a copy of the selected nodes beside them."""
        if self._editor.selection:
            part = self._editor.network.part(carried(self._editor.network, self._editor.selection))
            self._add_copy(self.tr("Duplicate"), part, (_PASTE_STEP, _PASTE_STEP))

    def add_twin(self, node_id: str) -> None:
        """Adds a layer beside this one that works with its weights."""
        network, twin = self._editor.network, Twin(node_id)
        place = clear_of(network, network.node(node_id).position, twin)
        graph, new = Free(place).take(network, twin)
        self._editor.edit_network(self.tr("Make a twin"), lambda _network: graph, (new,))
        self._canvas.reveal([new])

    def _add_copy(self, words: str, copied: Graph, offset: Position, incoming: tuple[Wire, ...] = ()) -> None:
        network, copied = self._editor.network, adopted(self._editor.project.network, copied)
        taken = {each.position for each in (*network.nodes, *network.remarks)}
        first = (*copied.nodes, *copied.remarks)[0].position
        while _plus(first, offset) in taken:
            offset = _plus(offset, (_PASTE_STEP, _PASTE_STEP))
        merged, names = network.merge(copied, offset, incoming)
        self._editor.edit_network(words, lambda _network: merged, names)

    def _paste_offset(self, copied: Graph, where: QPoint | None) -> Position:
        if where is None:
            return (_PASTE_STEP, _PASTE_STEP)
        at = self._canvas.mapToScene(where)
        left = min(each.position[0] for each in (*copied.nodes, *copied.remarks))
        top = min(each.position[1] for each in (*copied.nodes, *copied.remarks))
        return (round((at.x() - left) / GRID) * GRID, round((at.y() - top) / GRID) * GRID)


def _plus(one: Position, other: Position) -> Position:
    return (one[0] + other[0], one[1] + other[1])
