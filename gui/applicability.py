"""Which actions apply to what is selected. The others are greyed in the menus."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from gui.actions import Actions
    from gui.canvas import Canvas

_TO_ANYTHING = ("cut", "copy", "duplicate", "frame")
_TO_LAYERS = (
    *("selectKind", "selectConnected", "selectUpstream", "selectDownstream"),
    *("makeBlock", "replace", "bypass", "freeze"),
)
_TO_SEVERAL = ("alignLeft", "alignCentre", "alignRight", "alignTop", "alignMiddle", "alignBottom")
_TO_THREE = ("distributeHorizontally", "distributeVertically")
_TO_A_BLOCK = ("foldBlock", "unpackBlock", "repeatBlock", "renameBlock", "keepBlock")

_SEVERAL = 2


class Applicability(QObject):
    """Keeps the actions of a window in step with its selection."""

    def __init__(self, canvas: "Canvas", actions: "Actions") -> None:
        super().__init__(actions)
        self._canvas = canvas
        self._actions = actions
        self._shown: dict[str, bool] = {}
        editor = canvas.editor
        for change in (editor.selection_changed, editor.project_changed, editor.place_changed):
            change.connect(self._refresh)
        self._refresh()

    def _refresh(self, _change: object = None) -> None:
        for name, applies in self._applying().items():
            if self._shown.get(name) != applies:
                self._actions[name].setEnabled(applies)
                self._shown[name] = applies

    def _applying(self) -> dict[str, bool]:
        editor, blocks = self._canvas.editor, self._canvas.blocks
        layers, block = len(editor.selected_nodes), blocks.block
        return {
            **dict.fromkeys(_TO_ANYTHING, bool(editor.selection)),
            **dict.fromkeys(_TO_LAYERS, layers > 0),
            **dict.fromkeys(_TO_SEVERAL, layers >= _SEVERAL),
            **dict.fromkeys(_TO_THREE, layers > _SEVERAL),
            **dict.fromkeys(_TO_A_BLOCK, block is not None),
            "uniqueBlock": blocks.is_shared,
            "leaveBlock": bool(editor.place),
            "rename": len(editor.selection) == 1,
        }
