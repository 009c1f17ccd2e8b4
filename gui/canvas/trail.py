"""The path of the values through what is under the pointer: all that comes before it and all that follows, lit."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from engine.finding import downstream, upstream, wires_within
from engine.graph import Wire

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_DELAY_MILLISECONDS = 60


class Trail(QObject):
    """Lights the path once the pointer rests for a moment, so that passing over wires costs nothing."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._wanted: tuple[str, str] | None = None
        self._lit: set[Wire] = set()
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MILLISECONDS)
        self._timer.timeout.connect(self._light)
        canvas.editor.project_changed.connect(self._put_out)
        canvas.editor.place_changed.connect(self._put_out)

    def follow(self, wire: Wire | None, node_id: str) -> None:
        """Lights the path through a wire or a node shortly; with neither, puts it out."""
        wanted = (wire.source, wire.target) if wire else (node_id, node_id) if node_id else None
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if wanted is None:
            self._timer.stop()
            self._show(set())
        else:
            self._timer.start()

    def _put_out(self) -> None:
        self.follow(None, "")

    def _light(self) -> None:
        network = self._canvas.editor.network
        if self._wanted is not None and all(end in network for end in self._wanted):
            source, target = self._wanted
            path = wires_within(network, upstream(network, [source]), downstream(network, [target]))
            self._show(path)

    def _show(self, path: set[Wire]) -> None:
        wires = self._canvas.picture.wires
        for wire in self._lit ^ path:
            if wire in wires:
                wires[wire].show_lit(wire in path)
        self._lit = path
