"""A Python layer in the inspector: what its class is, and the way to its code."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from engine import trust
from engine.graph import Node
from engine.layers import PythonLayer
from gui import theme as looks
from gui.editor import Editor
from gui.page import label


class CodeSection(QWidget):
    """Shows one layer."""

    asked = Signal(tuple, str)
    """The place of a layer and its id: its code is to be shown."""

    def __init__(self, editor: Editor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._editor = editor
        self._node_id = ""
        self._words = label(kind="dim", wraps=True)
        self._words.setObjectName("codeWords")
        self._button = QPushButton(self.tr("Edit code…"), self)
        self._button.setObjectName("editCode")
        self._button.clicked.connect(self._ask)
        row = QHBoxLayout()
        row.addWidget(self._button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(looks.GRID * 2)
        column.addWidget(self._words)
        column.addLayout(row)

    def show_node(self, node: Node | None) -> bool:
        """Shows the code of this layer; answers whether it has any."""
        layer = node.layer if node is not None else None
        if node is None or not isinstance(layer, PythonLayer):
            return False
        self._node_id = node.id
        is_allowed = trust.is_allowed(layer.source)
        lines = layer.source.strip().count("\n") + 1
        words = self.tr("{name}, {lines} lines") if is_allowed else self.tr("{name}, {lines} lines; not allowed to run")
        name = layer.reading.class_name or self.tr("Code at fault")
        self._words.setText(words.format(name=name, lines=lines))
        self._button.setText(self.tr("Edit code…") if is_allowed else self.tr("Read and allow…"))
        return True

    def _ask(self) -> None:
        self.asked.emit(self._editor.place, self._node_id)
