"""Tidying a large network: it is laid out beside the window, in which one may go on or give it up."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton

from engine.errors import LayerloomError
from engine.graph import Graph
from gui.engine_process import Job
from gui.theme import GRID
from gui.words import with_thousands

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

LayOut = Callable[[Graph, Iterable[str] | None], Job]
"""Has `engine.tidy.tidied` done elsewhere."""


class LongTidy(QFrame):
    """Floats above the canvas while a network is laid out; an edit of the network, or its button, ends that."""

    tidied = Signal(str, object)
    """The words of the edit, and the network laid out."""

    def __init__(self, canvas: "Canvas") -> None:
        super().__init__(canvas.viewport())
        self.lay_out: LayOut | None = None
        """None: there is nothing beside the window."""
        self._canvas = canvas
        self._job: Job | None = None
        self._edit = ""
        self.setObjectName("longTidy")
        self.setProperty("kind", "floating")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)
        self._words = QLabel(self)
        bar = QProgressBar(self)
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        cancel = QPushButton(self.tr("Cancel"), self)
        cancel.setObjectName("cancelTidy")
        cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        cancel.clicked.connect(self.give_up)
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        row.setSpacing(2 * GRID)
        for part in (self._words, bar, cancel):
            row.addWidget(part)
        self.hide()
        canvas.editor.project_changed.connect(self.give_up)
        canvas.editor.place_changed.connect(self.give_up)

    def begin(self, words: str, network: Graph, node_ids: Iterable[str] | None) -> None:
        """Has a network laid out in place of any other; ``words`` are those of the edit."""
        assert self.lay_out is not None
        self.give_up()
        self._edit, self._job = words, self.lay_out(network, node_ids)
        self._job.done.connect(self._end)
        self._job.failed.connect(self._fail)
        self._words.setText(self.tr("Tidying {count} layers…").format(count=with_thousands(len(network.nodes))))
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()

    def place(self) -> None:
        """Stands in the middle of the upper edge."""
        room = self._canvas.viewport().width() - self.width()
        self.move(room // 2, self._canvas.covered() + 3 * GRID)

    def give_up(self) -> None:
        """Ends it without a result."""
        job, self._job = self._job, None
        self.hide()
        if job is not None:
            job.cancel()

    def _end(self, network: Graph) -> None:
        self._job = None
        self.hide()
        self.tidied.emit(self._edit, network)

    def _fail(self, error: LayerloomError) -> None:
        self._job = None
        self.hide()
        self._canvas.editor.refused.emit(error)
