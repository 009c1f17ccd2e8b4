"""A wire drawn without a mouse: the layers that can take it are lit, keys step through them, Enter connects."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from engine.graph import Graph
from gui.canvas.gestures import Gesture
from gui.canvas.routes import Port, direct
from gui.canvas.scene import takers
from gui.canvas.wires import LooseWire

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_ONWARD = (Qt.Key.Key_Tab, Qt.Key.Key_Down, Qt.Key.Key_Right)
_BACK = (Qt.Key.Key_Backtab, Qt.Key.Key_Up, Qt.Key.Key_Left)


class WireByKeys(Gesture):
    """From a port that is fixed to one of the layers that can take the other end. The pointer has no part in it."""

    scrolls = False

    def __init__(self, canvas: "Canvas", fixed: Port) -> None:
        super().__init__(canvas)
        self._fixed = fixed
        self._typed = ""
        self._choices = choices(self.editor.network, fixed)
        self._at = self._nearest()
        self._line = LooseWire(self.picture.ink)
        self.picture.addItem(self._line)
        self.picture.light_ports(self.editor.network, fixed)
        self._show()

    @property
    def chosen(self) -> str:
        """The layer to which Enter connects."""
        return self._choices[self._at]

    def press(self, event: QKeyEvent) -> None:
        """Goes on to another layer; connects; leaves; or finds one by the beginning of its name."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.canvas.hand.complete()
        elif key == Qt.Key.Key_Escape:
            self.canvas.escape()
        elif key in (*_ONWARD, *_BACK):
            self.step(1 if key in _ONWARD else -1)
        elif key == Qt.Key.Key_Backspace:
            self._find(self._typed[:-1])
        elif event.text().isprintable() and event.text():
            self._find(self._typed + event.text().lower())

    def step(self, step: int) -> None:
        """The next layer, from the last to the first again; or the one before."""
        self._typed = ""
        self._at = (self._at + step) % len(self._choices)
        self._show()

    def finish(self) -> None:
        chosen = self.chosen
        self._end()
        source, target = (self._fixed.node, chosen) if self._fixed.side == "output" else (chosen, self._fixed.node)
        self.editor.edit_network(self.canvas.tr("Connect"), lambda network: network.connect(source, target))
        self.canvas.walk.say(self.canvas.tr("{source} feeds {target}").format(source=source, target=target))

    def cancel(self) -> None:
        self._end()

    def _end(self) -> None:
        self.picture.removeItem(self._line)
        self.picture.show_hot_port(None)
        self.picture.light_ports(None, self._fixed)
        self.canvas.say("", QPointF())

    def _show(self) -> None:
        network = self.editor.network
        other = Port(self.chosen, "output")
        if self._fixed.side == "output":
            other = Port(self.chosen, "input", network.free_port(self.chosen) or 0)
        start, end = self.picture.point_of(self._fixed), self.picture.point_of(other)
        first, last = (start, end) if self._fixed.side == "output" else (end, start)
        self._line.setPath(direct(first, last, self.picture.network.direction))
        self.picture.show_hot_port(other)
        self.canvas.reveal([self.chosen])
        words = self.canvas.tr("To {layer}?") if self._fixed.side == "output" else self.canvas.tr("From {layer}?")
        words = words.format(layer=self.chosen)
        self.canvas.walk.say(words)
        hint = self.canvas.tr("Enter connects, Tab goes on, Esc leaves.")
        self.canvas.say(f"{words} {hint}", end)

    def _find(self, typed: str) -> None:
        """Goes to the first layer whose name or kind begins like this; without one, stays."""
        network = self.editor.network
        names = [(name.lower(), network.node(name).layer.title.lower()) for name in self._choices]
        found = [number for number, pair in enumerate(names) if any(words.startswith(typed) for words in pair)]
        self._typed = typed if found else ""
        if found and typed:
            self._at = found[0]
            self._show()

    def _nearest(self) -> int:
        network = self.editor.network
        x, y = network.node(self._fixed.node).position

        def distance(number: int) -> float:
            other_x, other_y = network.node(self._choices[number]).position
            return abs(other_x - x) + abs(other_y - y)

        return min(range(len(self._choices)), key=distance)


def choices(network: Graph, fixed: Port) -> list[str]:
    """The layers to which a wire could run whose other end is fixed, from the top down."""
    places = {name: network.node(name).position for name in takers(network, fixed)}
    return sorted(places, key=lambda name: (places[name][1], places[name][0]))


def why_none(network: Graph, fixed: Port) -> str:
    """Why no wire can begin there; empty: one can."""
    node = network.node(fixed.node)
    if fixed.side == "output" and not node.layer.outputs:
        return f"Nothing leaves {node.id}: it is where the answer ends."
    if fixed.side == "input" and node.layer.inputs == 0:
        return f"Nothing enters {node.id}: it is where the samples start."
    if fixed.side == "input" and network.free_port(node.id) is None:
        return f"{node.id} already has its input."
    if choices(network, fixed):
        return ""
    if fixed.side == "output":
        return f"No layer can take a wire from {node.id}: each has its input already, or feeds {node.id} itself."
    return f"No layer can feed {node.id}: each gets its values from it."
