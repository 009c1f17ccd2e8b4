"""What helps to find one's way on the canvas: minimap, heat, find bar, choosing by what ties layers, going there."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF

from engine.finding import connected, downstream, same_kind, upstream
from engine.graph import Graph
from gui.canvas.find_bar import FindBar
from gui.canvas.heat import Heat
from gui.canvas.minimap import Minimap
from gui.canvas.trail import Trail
from gui.theme import Appearance

if TYPE_CHECKING:
    from gui.canvas.view import Canvas


class Orientation(QObject):
    """Holds what floats above a canvas to show the way, and keeps it in its corner."""

    def __init__(self, canvas: "Canvas", appearance: Appearance) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.trail = Trail(canvas)
        self.minimap = Minimap(canvas, appearance)
        self.heat = Heat(canvas, appearance)
        self.heat.changed.connect(self._place_legend)
        self.heat.changed.connect(self.minimap.refresh)
        self.minimap.moved.connect(self._place_legend)
        self.find_bar = FindBar(canvas, appearance)

    def place(self) -> None:
        """Puts everything back into its corner: Qt moves the children of the viewport along with what is scrolled."""
        self.minimap.place()
        self.find_bar.place()
        self._place_legend()

    def _place_legend(self) -> None:
        self.heat.legend.place(right=self.minimap.isVisible() and self.minimap.is_left)

    # Choosing

    def select_connected(self) -> None:
        """Selects all that hangs together with the selection."""
        self._select(connected)

    def select_upstream(self) -> None:
        """Selects all that the selection's values come from as well."""
        self._select(upstream)

    def select_downstream(self) -> None:
        """Selects all that the selection's values reach as well."""
        self._select(downstream)

    def select_same_kind(self) -> None:
        """Selects every layer of a kind that is selected."""
        self._select(same_kind)

    def _select(self, choose: Callable[[Graph, Iterable[str]], set[str]]) -> None:
        editor = self._canvas.editor
        chosen = choose(editor.network, editor.selected_nodes)
        editor.select(node.id for node in editor.network.nodes if node.id in chosen)

    # Going there

    def zoom_to_selection(self) -> None:
        """Shows what is selected as large as they fit; with none selected, the whole network."""
        picture, area = self._canvas.picture, QRectF()
        for node_id in self._canvas.editor.selection:
            area |= picture.place_of(node_id)
        if area.isEmpty():
            self._canvas.fit()
        else:
            self._canvas.show_area(area)
