"""What would be, before it is: shown on the picture at once, and foreseen by the engine a moment later."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from engine.errors import LayerloomError
from engine.graph import Graph
from engine.project import Project
from engine.report import Report
from gui.canvas.forecast import Forecast, forecast
from gui.canvas.scene import NetworkScene
from gui.editor import Editor, Selection


class Preview(QObject):
    """One network at a time that is not there yet. Only the newest is foreseen; the picture waits for nothing."""

    asked = Signal(object)
    """The `Project` as it would be, of which a report is wanted."""
    ended = Signal()
    """No report is wanted any more."""

    def __init__(self, editor: Editor, picture: NetworkScene, parent: QObject) -> None:
        super().__init__(parent)
        self._editor = editor
        self._picture = picture
        self._asked: Project | None = None
        self.is_shown = False
        """Whether the picture shows what is not there."""
        self._network = Graph()
        self._new: Selection = ()
        self._tell: Callable[[Forecast], None] = _keep_silent

    def show(self, network: Graph, new: Selection, tell: Callable[[Forecast], None]) -> None:
        """Shows a network with its new nodes as ghosts; tells what is foreseen of it, once that is known."""
        self._picture.show_preview(network, new)
        self.is_shown = True
        self._network, self._new, self._tell = network, new, tell
        try:
            project = self._editor.project_with(network)
        except LayerloomError as error:
            self._asked = None
            tell(Forecast(effect=error.message, severity="fault"))
            return
        if self._asked is None or not self._asked.trains_as(project):
            self._asked = project
            tell(Forecast())
            self.asked.emit(project)

    def show_forecast(self, project: Project, report: Report) -> None:
        """Takes the engine's word, unless something else is shown by now."""
        if project is self._asked:
            after = report.opened(self._editor.place)
            before = self._editor.here if self._editor.is_report_current else after
            self._picture.show_forecast(after)
            self._tell(forecast(before, after, self._network, self._new))

    def withdraw(self) -> None:
        """Shows what is there again."""
        if self.is_shown:
            self.end()
            self._picture.show_project(self._editor.opened, is_block=bool(self._editor.place))

    def end(self) -> None:
        """Expects no answer any more; what is shown comes true."""
        if self.is_shown:
            self.is_shown = False
            self._asked, self._tell = None, _keep_silent
            self.ended.emit()


def _keep_silent(_forecast: Forecast) -> None:
    """Nobody listens."""
