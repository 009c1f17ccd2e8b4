"""What a person does with blocks on the canvas: makes them, takes them apart, repeats and names them."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Signal

from engine import block_edits
from engine.blocks import MOST_REPEATS, Block, blueprints
from engine.errors import LayerloomError
from engine.graph import Graph
from engine.layers import Conv2d, Linear
from engine.project import Project
from engine.room import folded
from gui.canvas.line_popup import LinePopup
from gui.editor import Selection
from gui.words import translated

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_LONGEST_NUMBER = len(str(MOST_REPEATS))

Attempt = Callable[[str], tuple[Graph, Selection]]
"""What a text makes of the drawing in view. Raises `LayerloomError` where that cannot be."""


class BlockWork(QObject):
    """The edits of blocks on a canvas. Each is one undo step; what cannot be is refused with its reason."""

    keep_asked = Signal(object)
    """A `Blueprint` to be kept in the person's own library."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._editor = canvas.editor
        self._popup: LinePopup | None = None
        canvas.editor.project_changed.connect(self._end)
        canvas.editor.place_changed.connect(self._end)

    @property
    def block(self) -> Block | None:
        """The selected block, where one alone is selected."""
        selected = self._canvas.places.selected
        layer = self._editor.network.node(selected).layer if selected is not None else None
        return layer if isinstance(layer, Block) else None

    @property
    def is_shared(self) -> bool:
        """Whether the selected block is used elsewhere too, so that this use can become one of its own."""
        block = self.block
        return block is not None and block_edits.uses(self._editor.project.network, block.blueprint.name) > 1

    def do(self, deed: str) -> None:
        """Does what is asked for with the selected block."""
        deeds: dict[str, Callable[[], None]] = {
            "open": self._open_selected,
            "repeat": self.repeat,
            "unique": self.make_unique,
            "unpack": self.unpack,
            "keep": self.keep,
        }
        deeds[deed]()

    def _open_selected(self) -> None:
        if (node_id := self._canvas.places.selected) is not None:
            self._canvas.places.enter(node_id)

    # Making and taking apart

    def make(self) -> None:
        """Asks for a name at the selected layers and makes them one block."""
        network, selection = self._editor.network, self._editor.selected_nodes
        name = block_edits.free_name(_stem(network, selection), self._names())

        def attempt(name: str) -> tuple[Graph, Selection]:
            made, new = block_edits.made_block(network, selection, self._new_name(name))
            return made, (new,)

        try:
            attempt(name)
        except LayerloomError as error:
            self._editor.refused.emit(error)
            return
        self._ask(self.tr("Name of the block"), name, self.tr("Make the block {text}"), attempt)

    def unpack(self) -> None:
        """Puts the layers of the selected blocks in their place."""
        chosen = [node_id for node_id in self._editor.selection if self._canvas.places.is_block(node_id)]
        if not chosen:
            self._refuse()
            return

        def edit(project: Project) -> Project:
            network = project.network
            for node_id in chosen:
                network, new = block_edits.unpacked(network, node_id)
                made.extend(new)
            return project.with_network(network)

        made: list[str] = []
        if self._editor.attempt(self.tr("Unpack {layer}").format(layer=", ".join(chosen)), edit, ()):
            self._editor.select(made)

    # One use

    def make_unique(self) -> None:
        """Asks for a name and makes this use a block of its own, which the others no longer follow."""
        node_id, block = self._canvas.places.selected, self.block
        if node_id is None or block is None:
            self._refuse()
            return
        network = self._editor.network

        def attempt(name: str) -> tuple[Graph, Selection]:
            return block_edits.made_unique(network, node_id, self._new_name(name)), (node_id,)

        name = block_edits.free_name(block.blueprint.name, self._names())
        self._ask(self.tr("Name of this use alone"), name, self.tr("Make {text} of its own"), attempt)

    def repeat(self) -> None:
        """Asks how many of the block follow each other."""
        node_id, block = self._canvas.places.selected, self.block
        if node_id is None or block is None:
            self._refuse()
            return
        network = self._editor.network

        def attempt(text: str) -> tuple[Graph, Selection]:
            if not text.isdecimal() or len(text) > _LONGEST_NUMBER:
                raise LayerloomError(f"A whole number from 1 to {MOST_REPEATS:,}.")
            return network.replace_layer(node_id, block.with_setting("repeat", int(text))), (node_id,)

        self._ask(self.tr("How many in a row"), str(block.repeat), self.tr("Repeat {text} times"), attempt)

    def fold(self) -> None:
        """Shows the inside of the selected block where it stands, or hides it."""
        if (node_id := self._canvas.places.selected) is None:
            self._refuse()
        else:
            self._fold(node_id)

    def fold_at(self, point: QPointF) -> bool:
        """Folds or unfolds the block whose triangle is at a point of the scene; False: there is none."""
        item = self._canvas.picture.node_at(point)
        if item is None or not item.fold_place.contains(point):
            return False
        self._fold(item.node.id)
        return True

    def _fold(self, node_id: str) -> None:
        if self._editor.network.node(node_id).bypassed:
            why = "A bypassed block shows no inside: its wire runs there."
            self._editor.refused.emit(LayerloomError(why, fix="Take off the bypass first."))
            return
        unfolded = not self._editor.network.node(node_id).unfolded
        words = self.tr("Unfold {block}") if unfolded else self.tr("Fold {block}")
        self._editor.edit_network(
            words.format(block=node_id), lambda network: folded(network, node_id, unfolded=unfolded), (node_id,)
        )

    # All uses

    def rename(self) -> None:
        """Asks for another name of the block, which all its uses then have."""
        block = self.block
        if block is None:
            self._refuse()
            return
        old = block.blueprint.name

        def attempt(new: str) -> Graph:
            return block_edits.renamed_block(self._editor.project.network, old, new)

        def rename(new: str) -> None:
            words = self.tr("Rename {old} to {new}").format(old=old, new=new)
            self._editor.attempt_whole(words, lambda project: project.with_network(attempt(new)))

        self._open(LinePopup(self.tr("Name of the block"), old, _refusal(attempt), self._canvas.viewport()), rename)

    def keep(self) -> None:
        """Asks for the block to be kept in the person's own library."""
        block = self.block
        if block is None:
            self._refuse()
        else:
            self.keep_asked.emit(block.blueprint)

    # What they have in common

    def _names(self) -> set[str]:
        return set(blueprints(self._editor.project.network))

    def _new_name(self, name: str) -> str:
        if name in self._names():
            raise LayerloomError(f"There is a block called “{name}” already.")
        return name

    def _ask(self, prompt: str, text: str, words: str, attempt: Attempt) -> None:
        """Asks for a text in place and makes the edit that it stands for."""

        def tried(text: str) -> Project:
            editor = self._editor
            return editor.project.closed(editor.place, editor.opened.with_network(attempt(text)[0]))

        def take(text: str) -> None:
            network, selection = attempt(text)
            self._editor.edit_network(words.format(text=text), lambda _network: network, selection)

        self._open(LinePopup(prompt, text, _refusal(tried), self._canvas.viewport()), take)

    def _open(self, popup: LinePopup, take: Callable[[str], None]) -> None:
        self._end()
        self._canvas.card.forget()
        self._popup = popup
        popup.taken.connect(take)
        popup.closed.connect(self._forget)
        area = QRectF()
        for node_id in self._editor.selection:
            area |= self._canvas.picture.place_of(node_id)
        popup.open_at(self._canvas.mapFromScene(area).boundingRect())

    def _end(self) -> None:
        if self._popup is not None:
            self._popup.leave()

    def _forget(self) -> None:
        self._popup = None

    def _refuse(self) -> None:
        self._editor.refused.emit(LayerloomError("No block is selected.", fix="Select a block first."))


def _refusal(attempt: Callable[[str], object]) -> Callable[[str], str]:
    """Why an edit cannot be made with a text."""

    def refusal(text: str) -> str:
        try:
            attempt(text)
        except LayerloomError as error:
            return " ".join(translated(part) for part in (error.message, error.expected) if part)
        return ""

    return refusal


def _stem(network: Graph, selection: Selection) -> str:
    """What a block of these layers may be called."""
    layers = [network.node(node_id).layer for node_id in selection if node_id in network]
    if any(isinstance(layer, Conv2d) for layer in layers):
        return "ConvBlock"
    return "LinearBlock" if any(isinstance(layer, Linear) for layer in layers) else "LayerBlock"
