"""What is done with the code of Python layers: it is edited, read and allowed, and what was allowed is remembered."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt

from engine import trust
from engine.layers import PythonLayer
from gui.code_dialog import CodeDialog

if TYPE_CHECKING:
    from gui.window import Window


class CodeWork(QObject):
    """Opens the dialogs, and tells the processes beside the window what may run."""

    def __init__(self, window: "Window") -> None:
        super().__init__(window)
        self._window = window
        trust.allow(window.settings.allowed_code)
        window.services.allow(trust.allowed())
        window.editor.code_asked.connect(self.show)
        window.inspector.code.asked.connect(self.show)

    def show(self, place: tuple[str, ...], node_id: str) -> None:
        """Shows the code of a layer in the drawing at a place: to be changed, or first to be allowed."""
        editor = self._window.editor
        editor.enter(place)
        if node_id not in editor.network:
            return
        layer = editor.network.node(node_id).layer
        if not isinstance(layer, PythonLayer):
            return
        editor.select([node_id])
        is_allowed = trust.is_allowed(layer.source)
        dialog = CodeDialog(node_id, layer.source, self._window.appearance, self._window, is_allowed=is_allowed)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(partial(self._take, dialog, node_id, layer.source))
        dialog.open()

    def _take(self, dialog: CodeDialog, node_id: str, before: str) -> None:
        """Allows what was applied: whoever wrote it has seen it."""
        source = dialog.source
        self._allow(source)
        if source != before:
            words = self.tr("Change the code of {name}").format(name=node_id)
            path = f"network.{node_id}.source"
            self._window.editor.attempt(words, lambda project: project.with_value(path, source))

    def _allow(self, source: str) -> None:
        if trust.is_allowed(source):
            return
        trust.allow([trust.digest(source)])
        settings = self._window.settings
        settings.allowed_code = [*settings.allowed_code, trust.digest(source)]
        self._window.services.allow(trust.allowed())
        self._window.editor.expire_report()
        self._window.services.analyst.analyse(self._window.editor.project)
