"""The loss of an Output of its own in the inspector: its settings."""

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.graph import Node
from engine.layers import Output
from engine.losses import Loss
from engine.spec import Spec
from gui import theme as looks
from gui.editor import Editor
from gui.form import Form, in_words
from gui.page import label
from gui.words import translated


class OwnLoss(QWidget):
    """Shows one Output."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ownLoss")
        self._editor = editor
        self._node_id = ""
        self._help = label(kind="dim", wraps=True)
        # An Output says itself how much its loss counts.
        self.form = Form(title=in_words, leaves_out=_weight)
        self.form.changed.connect(self._change)
        self.form.withdrawn.connect(lambda name, values: self._change(name, values[0]))
        editor.selection_changed.connect(self.form.restore)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        column.addWidget(self._help)
        column.addWidget(self.form)

    def show_node(self, node: Node | None) -> bool:
        """Shows the settings of its loss; answers whether it has one with some."""
        loss = _loss_of(node)
        if node is None or loss is None or not {*loss.declared} - {"weight"}:
            return False
        self._node_id = node.id
        self._help.setText(translated(loss.help()))
        self.form.show_specs(loss)
        return True

    def _change(self, name: str, value: Any) -> None:
        network = self._editor.network
        node = network.node(self._node_id) if self._node_id in network else None
        loss = _loss_of(node)
        if node is None or loss is None or not isinstance(node.layer, Output):
            return
        words = self.tr("Change {name} of the loss of {node}").format(name=translated(in_words(name)), node=node.id)
        layer = node.layer.with_loss(loss.with_setting(name, value))
        self._editor.attempt(
            words,
            lambda project: project.with_network(project.network.replace_layer(node.id, layer)),
            merge=f"{node.id}.losses.{name}",
        )


def _loss_of(node: Node | None) -> Loss | None:
    return node.layer.own_loss if node is not None and isinstance(node.layer, Output) else None


def _weight(kind: type[Spec]) -> tuple[str, ...]:
    del kind
    return ("weight",)
