"""Freeze and bypass by key and menu, for all selected layers at once."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject

from engine.errors import ProjectError
from engine.graph import Node
from gui.switches import bypass, bypassable, freezable, freeze

if TYPE_CHECKING:
    from gui.canvas.view import Canvas


class Switch(NamedTuple):
    """One way to switch what is selected."""

    name: str
    words: str
    keys: str
    symbol: str
    run: Callable[[], None]


class Switches(QObject):
    """Switches the selected layers: all on, or where all are on already, off."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas)
        self._editor = canvas.editor

    def choices(self) -> list[Switch]:
        """Both switches, as menus list them."""
        return [
            Switch("bypass", self.tr("Bypass"), "Ctrl+B", "", self.toggle_bypass),
            Switch("freeze", self.tr("Freeze"), "Ctrl+Shift+B", "", self.toggle_freeze),
        ]

    def words(self) -> dict[str, str]:
        """What each switch would do to the selection; one that could do nothing is left out."""
        passing, cold = bypassable(self._nodes()), freezable(self._editor, self._nodes())
        words: dict[str, str] = {}
        if passing:
            words["bypass"] = self.tr("Use again") if all(node.bypassed for node in passing) else self.tr("Bypass")
        if cold:
            words["freeze"] = self.tr("Let train") if all(node.frozen for node in cold) else self.tr("Freeze")
        return words

    def toggle_bypass(self) -> None:
        """Skips the selected layers, or uses them again."""
        nodes = bypassable(self._nodes())
        if nodes:
            bypass(self._editor, nodes, not all(node.bypassed for node in nodes))
        elif self._nodes():
            self._refuse(self.tr("The ends of a network cannot be bypassed."))

    def toggle_freeze(self) -> None:
        """Holds the weights of the selected layers, or lets them train."""
        nodes = freezable(self._editor, self._nodes())
        if nodes:
            freeze(self._editor, nodes, not all(node.frozen for node in nodes))
        elif self._nodes():
            self._refuse(self.tr("There is nothing to freeze: what is selected has no weights."))

    def _refuse(self, words: str) -> None:
        self._editor.refused.emit(ProjectError(words))

    def _nodes(self) -> list[Node]:
        network = self._editor.network
        return [network.node(node_id) for node_id in self._editor.selected_nodes]
