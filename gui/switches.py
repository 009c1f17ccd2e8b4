"""Freeze and bypass: which layers can be, the edits with their words, and the boxes in the inspector."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from engine.graph import Node
from engine.layers import Twin
from gui.editor import Editor
from gui.theme import GRID


def can_be_bypassed(node: Node) -> bool:
    """Whether a layer can be skipped: the ends of a network cannot."""
    return node.layer.inputs != 0 and node.layer.outputs


def may_have_weights(editor: Editor, node: Node) -> bool:
    """Whether there may be weights to freeze; what the engine has not seen yet, or skips, may have some."""
    known = editor.here.nodes.get(node.id)
    if known is None or known.output_shape is None or node.bypassed or known.type != type(node.layer).__name__:
        return can_be_bypassed(node)
    return known.parameters > 0


def freezable(editor: Editor, nodes: Sequence[Node]) -> list[Node]:
    """Those of the nodes that can be frozen, or are."""
    return [node for node in nodes if node.frozen or may_have_weights(editor, node)]


def can_have_twin(editor: Editor, node: Node) -> bool:
    """Whether there are weights that another layer could share."""
    return not isinstance(node.layer, Twin) and node.layer.inputs == 1 and may_have_weights(editor, node)


def bypassable(nodes: Sequence[Node]) -> list[Node]:
    """Those of the nodes that can be skipped."""
    return [node for node in nodes if can_be_bypassed(node)]


def freeze(editor: Editor, nodes: Sequence[Node], frozen: bool) -> None:
    """Holds the weights of these nodes, or lets them train."""
    ids = [node.id for node in nodes]
    words = _tr("Freeze {what}") if frozen else _tr("Let {what} train")
    editor.edit_network(words.format(what=_named(ids)), lambda network: network.freeze(ids, frozen))


def bypass(editor: Editor, nodes: Sequence[Node], bypassed: bool) -> None:
    """Skips these nodes, or uses them again."""
    ids = [node.id for node in nodes]
    words = _tr("Bypass {what}") if bypassed else _tr("Use {what} again")
    editor.edit_network(words.format(what=_named(ids)), lambda network: network.bypass(ids, bypassed))


class SwitchBoxes(QWidget):
    """The two switches of the selected layers, each with what it does."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._nodes: Sequence[Node] = ()
        self._frozen = self._box("frozenBox", self.tr("Frozen"), self._switch_frozen)
        self._bypassed = self._box("bypassedBox", self.tr("Bypassed"), self._switch_bypassed)
        helps = (
            self.tr("Its weights stay as they are while the others train."),
            self.tr("It is skipped: what arrives leaves unchanged."),
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6 * GRID)
        for box, help in zip((self._frozen, self._bypassed), helps, strict=True):
            box.setToolTip(help)
            box.setAccessibleDescription(help)
            row.addWidget(box)
        row.addStretch(1)

    def show_nodes(self, nodes: Sequence[Node]) -> None:
        """Shows how these nodes are switched; a switch that none of them has is left out."""
        self._nodes = nodes
        cold, passing = freezable(self._editor, nodes), bypassable(nodes)
        _show(self._frozen, [node.frozen for node in cold])
        _show(self._bypassed, [node.bypassed for node in passing])
        self.setVisible(bool(cold or passing))

    def _box(self, name: str, words: str, switch: Callable[[], None]) -> QCheckBox:
        box = QCheckBox(words, self)
        box.setObjectName(name)
        box.clicked.connect(switch)
        return box

    def _switch_frozen(self) -> None:
        nodes = freezable(self._editor, self._nodes)
        freeze(self._editor, nodes, not all(node.frozen for node in nodes))

    def _switch_bypassed(self) -> None:
        nodes = bypassable(self._nodes)
        bypass(self._editor, nodes, not all(node.bypassed for node in nodes))


def _show(box: QCheckBox, values: Sequence[bool]) -> None:
    box.setVisible(bool(values))
    some, every = any(values), all(values)
    box.setTristate(some and not every)
    states = Qt.CheckState
    box.setCheckState(states.Unchecked if not some else states.Checked if every else states.PartiallyChecked)


def _named(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else _tr("{count} layers").format(count=len(ids))


def _tr(words: str) -> str:
    return QCoreApplication.translate("Switches", words)
