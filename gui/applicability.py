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

_TO_THE_DOCUMENT = ("undo", "redo", "history")
"""What does not need the canvas to be in view, of its menus."""
_TO_THE_VIEW = ("zoomIn", "zoomOut", "zoomReset", "fit", "zoomSelection")

_SEVERAL = 2


class Applicability(QObject):
    """Keeps the actions of a window in step with its selection."""

    def __init__(self, canvas: "Canvas", actions: "Actions") -> None:
        super().__init__(actions)
        self._canvas = canvas
        self._actions = actions
        self._shown: dict[str, bool] = {}
        self._is_canvas_shown = True
        in_menus = [row.name for row in actions.rows if row.text and row.menu in ("Edit", "Network")]
        self._of_canvas = [name for name in (*in_menus, *_TO_THE_VIEW) if name not in _TO_THE_DOCUMENT]
        editor = canvas.editor
        for change in (editor.selection_changed, editor.project_changed, editor.place_changed):
            change.connect(self._refresh)
        self._refresh()

    def show_canvas(self, is_shown: bool) -> None:
        """Whether the canvas is in view: behind another page nothing is changed."""
        self._is_canvas_shown = is_shown
        self._refresh()

    def _refresh(self, _change: object = None) -> None:
        for name, applies in self._applying().items():
            if self._shown.get(name) != applies:
                self._actions[name].setEnabled(applies)
                self._shown[name] = applies

    def _applying(self) -> dict[str, bool]:
        if not self._is_canvas_shown:
            return dict.fromkeys(self._of_canvas, False)
        return {**dict.fromkeys(self._of_canvas, True), **self._applying_to_selection()}

    def _applying_to_selection(self) -> dict[str, bool]:
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
