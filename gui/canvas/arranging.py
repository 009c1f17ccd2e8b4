"""Arranging: tidy, turn, align and distribute, as a person asks for them on the canvas."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject

from engine.alignment import Axis, Edge, aligned, distributed
from engine.framing import refitted
from engine.graph import Graph
from engine.tidy import tidied
from gui.canvas.glide import Glide
from gui.canvas.long_tidy import LongTidy

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_SEVERAL = 2
_MOST_AT_ONCE = 800
"""More nodes than this are not laid out within a tenth of a second."""


class Choice(NamedTuple):
    """One way to arrange what is selected."""

    name: str
    words: str
    keys: str
    symbol: str
    run: Callable[[], None]


class Arranging(QObject):
    """Gives nodes other places, each time as one undo step, and lets them glide there."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._glide = Glide(canvas)
        self.long_tidy = LongTidy(canvas)
        self.long_tidy.tidied.connect(self._take_places)
        self._shown = self._direction()
        canvas.editor.place_changed.connect(self._follow)
        canvas.editor.project_changed.connect(self._follow)

    def settle(self) -> None:
        """Ends what is still gliding: something else begins."""
        self._glide.finish()

    def tidy(self) -> None:
        """Lays out the network or, where several nodes are selected, these in the place where they stand."""
        chosen = self._canvas.editor.selected_nodes
        part = chosen if len(chosen) >= _SEVERAL else None
        self._tidy(self.tr("Tidy"), self._canvas.editor.network, part)

    def turn(self) -> None:
        """Lays out the network in the other direction: downwards or to the right."""
        network = self._canvas.editor.network
        is_down = network.direction == "down"
        words = self.tr("Flow to the right") if is_down else self.tr("Flow downwards")
        self._tidy(words, network.flow("right" if is_down else "down"), None)

    def align(self, edge: Edge) -> None:
        """Brings the selected nodes to one line."""
        chosen = self._canvas.editor.selected_nodes
        if len(chosen) >= _SEVERAL:
            self._rearrange(self.tr("Align"), lambda network: aligned(network, chosen, edge))

    def distribute(self, axis: Axis) -> None:
        """Leaves equal gaps between the selected nodes."""
        chosen = self._canvas.editor.selected_nodes
        self._rearrange(self.tr("Distribute"), lambda network: distributed(network, chosen, axis))

    def choices(self) -> list[Choice]:
        """All ways to arrange a selection, as menus list them."""
        return [
            Choice("alignLeft", self.tr("Align left"), "Alt+A", "align-horizontal-left", partial(self.align, "left")),
            Choice(
                "alignCentre",
                self.tr("Align centres"),
                "Alt+H",
                "align-horizontal-center",
                partial(self.align, "centre"),
            ),
            Choice(
                "alignRight", self.tr("Align right"), "Alt+D", "align-horizontal-right", partial(self.align, "right")
            ),
            Choice("alignTop", self.tr("Align top"), "Alt+W", "align-vertical-top", partial(self.align, "top")),
            Choice(
                "alignMiddle", self.tr("Align middles"), "Alt+V", "align-vertical-center", partial(self.align, "middle")
            ),
            Choice(
                "alignBottom", self.tr("Align bottom"), "Alt+S", "align-vertical-bottom", partial(self.align, "bottom")
            ),
            Choice(
                "distributeHorizontally",
                self.tr("Distribute horizontally"),
                "Alt+Shift+H",
                "distribute-horizontal-center",
                partial(self.distribute, "horizontally"),
            ),
            Choice(
                "distributeVertically",
                self.tr("Distribute vertically"),
                "Alt+Shift+V",
                "distribute-vertical-center",
                partial(self.distribute, "vertically"),
            ),
        ]

    def _direction(self) -> tuple[tuple[str, ...], str]:
        editor = self._canvas.editor
        return editor.place, editor.network.direction

    def _follow(self, _change: object) -> None:
        """Looks at the beginning of a drawing that was turned, also by undo: it lies elsewhere then."""
        (place, direction), self._shown = self._shown, self._direction()
        if place == self._shown[0] and direction != self._shown[1]:
            self._canvas.show_beginning()

    def _tidy(self, words: str, network: Graph, part: tuple[str, ...] | None) -> None:
        """At once, or beside the window where that would have to wait for it."""
        count = len(network.nodes if part is None else part)
        if count > _MOST_AT_ONCE and self.long_tidy.lay_out is not None:
            self.long_tidy.begin(words, network, part)
        else:
            self._rearrange(words, lambda _network: tidied(network, part))

    def _take_places(self, words: str, tidy: Graph) -> None:
        places = {node.id: node.position for node in tidy.nodes}
        self._rearrange(words, lambda network: network.flow(tidy.direction).move(places))

    def _rearrange(self, words: str, edit: Callable[[Graph], Graph]) -> None:
        editor = self._canvas.editor
        before = {node.id: node.position for node in editor.network.nodes}
        editor.edit_network(words, lambda network: refitted(network, edit(network)))
        after = editor.network
        self._glide.begin({name: place for name, place in before.items() if after.node(name).position != place})
