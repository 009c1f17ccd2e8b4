"""What is dragged onto the canvas: a kind of layer by its name, a block as its whole drawing."""

from PySide6.QtCore import QMimeData

from engine.block_edits import adopted
from engine.blocks import Block, blueprints
from engine.errors import ProjectError
from engine.graph import Graph, Node
from engine.layers import Layer
from engine.library import block_from_json, block_to_json
from gui.editor import Editor

LAYER_MIME = "application/x-layerloom-layer"
BLOCK_MIME = "application/x-layerloom-block"


def carrying(kind: type[Layer]) -> QMimeData:
    """The kind of layer, to be dragged."""
    content = QMimeData()
    if issubclass(kind, Block):
        content.setData(BLOCK_MIME, block_to_json(kind.blueprint))
    else:
        content.setData(LAYER_MIME, kind.__name__.encode())
    return content


def carried_by(content: QMimeData, editor: Editor) -> type[Layer] | None:
    """The kind of layer that is being dragged, as it can be in the drawing in view. Raises `ProjectError`."""
    if not content.hasFormat(BLOCK_MIME):
        return Layer.kinds.get(bytes(content.data(LAYER_MIME).data()).decode(errors="replace"))
    return at_home(block_from_json(bytes(content.data(BLOCK_MIME).data())).kind, editor)


def at_home(kind: type[Layer], editor: Editor) -> type[Layer]:
    """The kind as it can be in the drawing in view: a block whose name means another one in this project gets a new
    one. Raises `ProjectError` for a block that would lie inside itself.
    """
    if not issubclass(kind, Block):
        return kind
    brought = adopted(editor.project.network, Graph((Node("block", kind()),)))
    around = {
        editor.project.opened(editor.place[:depth]).network.node(node_id).layer.title
        for depth, node_id in enumerate(editor.place)
    }
    inside_itself = around & blueprints(brought).keys()
    if inside_itself:
        name = min(inside_itself)
        raise ProjectError(f"{name} cannot lie inside itself.", fix="Use another block there, or unpack it.")
    return type(brought.nodes[0].layer)
